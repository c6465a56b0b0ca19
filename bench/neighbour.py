"""Effects of a visitor's program on the others: their seed, the server's health, its memory.

    python -m bench.neighbour [FILE ...] [--generated HOW_MANY] [--only PATTERN] [--seconds 15]

Opens each program (the files given, programs of random graphs, or else the cells of tests/hostile)
in one session. Meanwhile another session runs the seed again and again, and the server is asked for
its health. Prints, for each program, the slowest of both (right: a seed within twice its quiet time
and 0.3 s, health within 0.5 s), and the memory of all the server's processes over what it was,
after the visitor has left (right: within 50 MB). Exits with 1 where one was worse.
"""

import argparse
import asyncio
import contextlib
import os
import random
import re
import statistics
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import WebSocketException

from bench.load import PROGRAM, Session, memory, server
from tests.browser.serve import serve
from tests.engine.process.test_hostile import programs
from viz_app.paths import PROJECT

LOG = PROJECT / "artefacts" / "neighbour.log"
QUIET = 15
"""Number of seeds run alone, whose median is the quiet time."""
SEED_SECONDS, HEALTH_SECONDS, MEGABYTES = 0.3, 0.5, 50.0
LEFT_SECONDS = 30.0
"""Time for the memory to come back: garbage is collected on a timer."""


class Neighbour:
    """Another visitor, whose seeds are timed."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.session = Session(address)
        self.connection: ClientConnection | None = None
        self.count = 0

    async def seed(self) -> float:
        """Seconds from the seed, with another number, to its picture."""
        if self.connection is None:
            self.connection = await self.session.open()
        self.count += 1
        return await self.session.edit(self.connection, PROGRAM.format(number=self.count))

    def health(self) -> float:
        began = time.perf_counter()
        with urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=60) as answer:
            answer.read()
        return time.perf_counter() - began


async def beside(neighbour: Neighbour, text: str, seconds: float) -> tuple[float, float]:
    """The slowest seed and health check while a program is run and shown, and a little longer."""
    visitor = Session(neighbour.address)
    connection = await visitor.open()
    running = asyncio.create_task(visitor.edit(connection, text))
    seeds, healths = [0.0], [0.0]

    async def ask() -> None:
        while True:
            healths.append(await asyncio.to_thread(neighbour.health))
            await asyncio.sleep(0.02)

    asking = asyncio.create_task(ask())
    ends = time.monotonic() + seconds
    while time.monotonic() < ends and not running.done():
        seeds.append(await neighbour.seed())
    seeds.append(await neighbour.seed())
    asking.cancel()
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError, OSError, TimeoutError, WebSocketException):
        await running
    connection.transport.abort()
    return max(seeds), max(healths)


async def settled(pid: int, most: float) -> float:
    """The memory once it is down to `most`, or as low as it gets in time."""
    least, ends = memory(pid), time.monotonic() + LEFT_SECONDS
    while least > most and time.monotonic() < ends:
        await asyncio.sleep(1)
        least = min(least, memory(pid))
    return least


async def measure(address: str, chosen: list[tuple[str, str]], seconds: float) -> int:
    neighbour, pid = Neighbour(address), server()
    for _ in range(5):
        await neighbour.seed()
    quiet = statistics.median([await neighbour.seed() for _ in range(QUIET)])
    allowed = 2 * quiet + SEED_SECONDS
    first, worse = memory(pid), 0
    print(f"quiet seed {quiet * 1000:.0f} ms, so at most {allowed * 1000:.0f}; {first:.0f} MB")
    for name, text in chosen:
        before = memory(pid)
        seed, health = await beside(neighbour, text, seconds)
        more = await settled(pid, before + MEGABYTES) - before
        wrong = seed > allowed or health > HEALTH_SECONDS or more > MEGABYTES
        worse += wrong
        print(
            f"{'!' if wrong else ' '} {name:40} seed {seed * 1000:6.0f} ms  "
            f"health {health * 1000:5.0f} ms  memory {more:+5.0f} MB, {before + more:.0f} in all",
            flush=True,
        )
    print(f"{worse} of {len(chosen)} programs are felt by others")
    return worse


GRAPHS = {
    "dense": (300, "ys.append(torch.stack(ys).sum() / len(ys))"),
    "wide": (20_000, "ys.append(x * k)"),
    "deep": (20_000, "ys[-1] = ys[-1] * 1.0001 + 1"),
    "doubled": (15_000, "ys[-1] = ys[-1] + ys[-1]"),
    "random": (4_000, "ys.append(torch.stack(random.choices(ys, k=random.randint(1, 9))).mean())"),
}
"""The line that grows a graph of a kind, and the most times that it runs."""


def generated(count: int) -> Iterator[tuple[str, str]]:
    """(name, text) of programs whose graphs are of each kind in turn, and of random sizes."""
    for number in range(count):
        kind = tuple(GRAPHS)[number % len(GRAPHS)]
        most, line = GRAPHS[kind]
        size = round(most ** random.Random(number).uniform(0.4, 1))
        yield (
            f"{number:03} {kind} {size}",
            f"import random\nrandom.seed({number})\n"
            "x = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)\nys = [x]\n"
            f"for k in range({size}):\n    {line}\n"
            "torch.stack(ys).sum().backward()\n",
        )


def chosen(files: list[str], graphs: int, only: str) -> Iterator[tuple[str, str]]:
    """(name, text) of each program."""
    found = [(Path(it).stem, Path(it).read_text("utf-8")) for it in files]
    found += generated(graphs)
    if not found:
        found = [(name, text.replace("@PID@", str(os.getpid()))) for name, text, _ in programs()]
    return (each for each in found if re.search(only, each[0]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*")
    parser.add_argument("--generated", type=int, default=0)
    parser.add_argument("--only", default="")
    parser.add_argument("--seconds", type=float, default=15.0)
    given = parser.parse_args()
    with serve(LOG) as served:
        texts = list(chosen(given.files, given.generated, given.only))
        sys.exit(bool(asyncio.run(measure(served, texts, given.seconds))))
