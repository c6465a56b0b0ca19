"""Thousands of runs and reruns, and processes killed on the way: does anything stay behind?

    python -m bench.soak [runs|pages|kills] [COUNT]

`runs`: the engine alone. One run in ten is no seed but a loop, a crash, garbage or a text that does
not parse. `pages`: the whole server, ten sessions that change their programs. `kills`: the same,
and with each tenth change a worker, the engine's zygote or one of its children is killed; every
session must have its seed's gradient on the page afterwards. Each prints what the processes hold
at the start and after each tenth: descriptors, processes and megabytes.
"""

import argparse
import asyncio
import contextlib
import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from websockets.exceptions import WebSocketException

from bench.load import PROGRAM, Session, children, memory, server
from tests.browser.serve import serve
from viz_app.engine.client import Engine
from viz_app.engine.host.zygote_client import Zygote
from viz_app.errors import VizError
from viz_app.limits import Limits
from viz_app.paths import PROJECT

LOG = PROJECT / "artefacts" / "soak.log"
SEED = "a = torch.tensor([2., 3.], requires_grad=True)\n(2 * (a + 1) ** 2).mean().backward()\n"
ODD = (
    "while True: pass",
    "import ctypes; ctypes.string_at(0)",
    "import os; os.write(3, b'garbage and more')",
    "def f(:",
    "import os; os._exit(0)",
    "kept = [torch.ones(2**22) for _ in range(1000)]",
)
LIMITS = Limits(wall_seconds=0.2, cpu_seconds=2)
SESSIONS = 10
VICTIMS = ("viz_app.workers.worker", "viz_app.engine.process")


def descendants(pid: int) -> Iterator[int]:
    """The ids of all descendants of a process."""
    for child in children(pid):
        yield child
        yield from descendants(child)


def held(pid: int) -> str:
    """Descriptors, descendants and megabytes of a process, the latter with its descendants'."""
    descriptors = len(os.listdir(f"/proc/{pid}/fd"))
    return (
        f"{descriptors:4} descriptors {len(list(descendants(pid))):3} processes "
        f"{memory(pid):8.1f} MB"
    )


def runs(count: int) -> int:
    engine = Engine("auto")
    engine.start()
    for _ in range(20):
        engine.run(SEED)
    for number in range(count + 1):
        if number % max(count // 10, 1) == 0:
            time.sleep(0.2)  # the last child is being reaped
            assert isinstance(engine._zygote, Zygote)
            zygote = engine._zygote.process.pid
            print(f"{number:6}  page {held(os.getpid())}   zygote {held(zygote)}", flush=True)
        with contextlib.suppress(VizError):  # some are meant to be refused
            if number % 10 == 9:
                engine.run(ODD[number // 10 % len(ODD)], LIMITS)
            else:
                engine.run(SEED)
    engine.close()
    return 0


def victim(pid: int, chance: random.Random) -> int | None:
    """A worker, a zygote or one of its children; children of a zygote have its command line."""
    found = []
    for process in descendants(pid):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            command = Path(f"/proc/{process}/cmdline").read_text()
            if any(name in command for name in VICTIMS):
                found.append(process)
    return chance.choice(found) if found else None


async def pages(address: str, count: int, *, kills: bool) -> int:
    """The number of sessions that did not come back."""
    pid, chance, done = server(), random.Random(0), 0
    sessions = [Session(address) for _ in range(SESSIONS)]
    connections = [await session.open() for session in sessions]
    killed = 0

    async def edit(at: int) -> None:
        nonlocal done, killed
        while done < count:
            done += 1
            if kills and done % 10 == 0 and (process := victim(pid, chance)) is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
                    killed += 1
            await sessions[at].edit(connections[at], PROGRAM.format(number=done))

    async def look() -> None:
        shown = 0
        while True:
            if done >= shown:
                print(f"{done:6}  {held(pid)}  {killed} killed", flush=True)
                shown += max(count // 10, 1)
            await asyncio.sleep(0.1)

    looking = asyncio.create_task(look())
    ended = await asyncio.gather(*map(edit, range(SESSIONS)), return_exceptions=True)
    looking.cancel()
    gone = 0
    for at, session in enumerate(sessions):  # each must come to its own gradient again
        problem = ended[at]
        number = 100 + at
        try:
            await session.edit(connections[at], PROGRAM.format(number=number) + "# the last\n")
            wrong = f"{2 * (number + 1)}." not in session.printed
        except (OSError, TimeoutError, EOFError, WebSocketException) as trouble:
            problem, wrong = trouble, True
        if problem is not None or wrong:
            gone += 1
            print(f"session {at}: {problem!r}, printed {session.printed!r}")
    print(f"{'end':>6}  {held(pid)}  {killed} killed, {gone} of {SESSIONS} sessions lost")
    return gone


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("what", nargs="?", choices=("runs", "pages", "kills"), default="runs")
    parser.add_argument("count", nargs="?", type=int, default=2000)
    given = parser.parse_args()
    if given.what == "runs":
        sys.exit(runs(given.count))
    with serve(LOG) as served:
        kills = given.what == "kills"
        sys.exit(asyncio.run(pages(served, given.count, kills=kills)))
