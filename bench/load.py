"""Number of visitors a server can hold: real Streamlit sessions over WebSockets on the loopback.

    python -m bench.load [--sessions 10 50 100] [--seconds 30] [--rounds 2] [--before COMMIT]

Starts the app, opens the sessions, and lets each change its program again and again, with a pause
of about a second as a person has: the same messages as from a browser, to Streamlit's script, the
engine and back, without a browser's drawing. Half of the sessions are dropped and opened again in
the middle. Prints sessions held, reruns per second, p50 and p95 of a rerun (from the message to the
finished script), the processor time of the page's process for each rerun, which tells more than the
others while the machine has other work, and the memory of the server's processes. With `--before`,
the app of that commit takes turns with this one, in a checkout of its own, and the ratios are
printed.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.BidiComponent_pb2 import BidiComponent
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.browser.serve import serve
from viz_app.paths import PROJECT

LOG = PROJECT / "artefacts" / "load.log"
PROGRAM = """a = torch.tensor([2., {number}.], requires_grad=True)
b = a + 1
c = b ** 2
(2 * c).mean().backward()
print(a.grad)
"""
PAUSE_SECONDS = 1.0
PATIENCE_SECONDS = 120.0


class Session:
    """One visitor's tab. `held` says whether its page has come; `forwarded` is the address that a
    proxy names, `printed` and `drawn` what the output panel and the picture were given last."""

    def __init__(self, address: str, *, forwarded: str = "", query: str = "") -> None:
        self.address = address.replace("http", "ws") + "/_stcore/stream"
        self.headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        self.query = query
        self.connection: ClientConnection
        self.component = ""
        self.runs = 0
        self.held = False
        self.printed = self.drawn = ""

    async def open(self) -> ClientConnection:
        """A connection whose page has arrived for the first time."""
        connection = await connect(
            self.address,
            additional_headers=self.headers,
            subprotocols=[Subprotocol("streamlit")],
            max_size=2**26,
            open_timeout=PATIENCE_SECONDS,
        )
        asked = BackMsg()
        asked.rerun_script.query_string = self.query
        await connection.send(asked.SerializeToString())
        await self._finished(connection)
        self.held = bool(self.component)
        return connection

    async def edit(self, connection: ClientConnection, text: str) -> float:
        """Seconds from a changed program to the finished script."""
        self.runs += 1
        self.drawn = ""
        asked = BackMsg()
        state = asked.rerun_script.widget_states.widgets.add()
        state.id = self.component
        numbers = {"id": self.runs, "base": 1, "burst": self.runs}
        state.json_value = json.dumps({"edit": {"text": text, "paused": False, **numbers}})
        began = time.perf_counter()
        await connection.send(asked.SerializeToString())
        await self._finished(connection, text)
        return time.perf_counter() - began

    async def _finished(self, connection: ClientConnection, text: str | None = None) -> None:
        """Read until a script is through, whose program's panel says that `text` was run."""
        ran = text is None
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                data = await connection.recv()
                assert isinstance(data, bytes)
                message = ForwardMsg.FromString(data)
                if message.WhichOneof("type") == "delta":
                    panel = message.delta.new_element.bidi_component
                    if panel.component_name == "viz_program":
                        self.component = panel.id
                        ran = ran or json.loads(content(panel))["ran"] == text
                    elif panel.component_name == "viz_output":
                        self.printed = content(panel)
                    elif panel.component_name == "viz_stage":
                        self.drawn = content(panel)
                if message.WhichOneof("type") == "script_finished" and ran:
                    return


def content(panel: BidiComponent) -> str:
    """The data of a panel, as JSON."""
    return str((panel.bytes or b"").decode() or panel.json or panel.mixed.json)


async def visit(session: Session, until: float, taken: list[float], troubles: list[str]) -> None:
    """Change programs until the time is over; half of the sessions reconnect once on the way."""
    chance = random.Random(id(session))
    drops = chance.random() < 0.5
    try:
        connection = await session.open()
        while time.monotonic() < until:
            await asyncio.sleep(chance.uniform(0.5, 1.5) * PAUSE_SECONDS)
            text = PROGRAM.format(number=chance.randrange(10**6))
            taken.append(await session.edit(connection, text))
            if drops and time.monotonic() > until - 5:
                drops = False
                connection.transport.abort()  # a laptop that is closed says no goodbye
                connection = await session.open()
        await connection.close()
    except (OSError, TimeoutError, EOFError) as problem:
        troubles.append(f"{type(problem).__name__}: {problem}")


def children(pid: int) -> list[int]:
    """The ids of a process's children."""
    try:
        tasks = [it.read_text() for it in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []
    return [int(child) for task in tasks for child in task.split()]


def server() -> int:
    """The id of the app's own process: the child of ours that is Streamlit."""
    return children(os.getpid())[-1]


def memory(pid: int) -> float:
    """Megabytes of a process and all that it started, what they share counted once."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:  # it has ended
        return 0.0
    own = next(int(it.split()[1]) for it in rollup.splitlines() if it.startswith("Pss:"))
    return own / 1024 + sum(map(memory, children(pid)))


def processor(pid: int) -> float:
    """Milliseconds of processor time used by a process itself."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


class Result(msgspec.Struct):
    """One storm: sessions held, reruns per second, milliseconds and megabytes; `page` is the
    processor time of the page's process, in milliseconds per rerun."""

    held: int
    reruns: float
    p50: float
    p95: float
    page: float
    memory: float
    troubles: list[str]


async def storm(address: str, sessions: int, seconds: float) -> Result:
    first = Session(address)
    await (await first.open()).close()  # the engine is warm from here on
    pid = server()
    until = time.monotonic() + seconds
    taken: list[float] = []
    troubles: list[str] = []
    visitors = [Session(address) for _ in range(sessions)]
    tasks = [asyncio.create_task(visit(it, until, taken, troubles)) for it in visitors]
    began, used = time.monotonic(), processor(pid)
    await asyncio.sleep(seconds - 6)
    after = memory(pid)
    await asyncio.gather(*tasks)
    times = sorted(taken) or [float("nan")]  # a machine that is too busy finishes none
    return Result(
        held=sum(it.held for it in visitors),
        reruns=len(taken) / (time.monotonic() - began),
        p50=statistics.median(times) * 1000,
        p95=times[int(len(times) * 0.95)] * 1000,
        page=(processor(pid) - used) / (len(taken) + sessions),
        memory=after,
        troubles=troubles,
    )


def measured(root: Path, sessions: int, seconds: float) -> Result:
    """One storm on a server of its own, of the app in `root`."""
    with serve(LOG, root=root) as address:
        result = asyncio.run(storm(address, sessions, seconds))
    if "Traceback" in LOG.read_text():
        result.troubles.append(f"the server's log has a traceback: {LOG}")
    return result


@contextmanager
def checkout(commit: str) -> Iterator[Path]:
    """A commit of this repository in a folder of its own, with the files built from npm."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "before"
        git = ["git", "-C", str(PROJECT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(root), commit], check=True)
        try:
            if (PROJECT / "assets/build").exists():
                shutil.copytree(PROJECT / "assets/build", root / "assets/build")
            yield root
        finally:
            subprocess.run([*git, "remove", "--force", str(root)], check=True)


def shown(name: str, sessions: int, results: list[Result]) -> Result:
    """The medians of some storms, printed as a row."""
    middle = Result(
        held=min(it.held for it in results),
        reruns=statistics.median(it.reruns for it in results),
        p50=statistics.median(it.p50 for it in results),
        p95=statistics.median(it.p95 for it in results),
        page=statistics.median(it.page for it in results),
        memory=statistics.median(it.memory for it in results),
        troubles=[each for it in results for each in it.troubles],
    )
    print(
        f"{name:8} {sessions:4} sessions, {middle.held:4.0f} held {middle.reruns:7.1f} reruns/s "
        f"p50 {middle.p50:6.0f} ms  p95 {middle.p95:6.0f} ms  "
        f"page {middle.page:5.1f} ms each  {middle.memory:6.0f} MB",
        flush=True,
    )
    for trouble in sorted(set(middle.troubles)):
        print(f"  {middle.troubles.count(trouble)} x {trouble}")
    return middle


def main(roots: dict[str, Path], counts: list[int], seconds: float, rounds: int) -> None:
    for sessions in counts:
        found: dict[str, list[Result]] = {name: [] for name in roots}
        for _ in range(rounds):
            for name, root in roots.items():
                found[name].append(measured(root, sessions, seconds))
        middle = {name: shown(name, sessions, results) for name, results in found.items()}
        if "before" in middle:
            before, now = middle["before"], middle["now"]
            print(
                f"{'now/before':18} {now.reruns / before.reruns:5.2f} x reruns, "
                f"{now.p50 / before.p50:5.2f} x p50, {now.p95 / before.p95:5.2f} x p95, "
                f"{now.page / before.page:5.2f} x the page's processor time",
                flush=True,
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, nargs="+", default=[10, 50, 100])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--before", metavar="COMMIT")
    given = parser.parse_args()
    run = given.sessions, given.seconds, given.rounds
    if given.before:
        with checkout(given.before) as root:
            main({"before": root, "now": PROJECT}, *run)
    else:
        main({"now": PROJECT}, *run)
