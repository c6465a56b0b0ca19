"""How many visitors a server holds: real Streamlit sessions over WebSockets on the loopback.

    python -m bench.load [SESSIONS] [SECONDS]

Starts the app, opens the sessions, and lets each change its program again and again, with a pause
of about a second as a person has: the same messages as from a browser, to Streamlit's script, the
engine and back, without a browser's drawing. Half of the sessions are dropped and opened anew in
the middle. Prints sessions held, reruns a second, p50 and p95 of a rerun (from the message to the
finished script), and memory a session.
"""

import asyncio
import json
import os
import random
import resource
import statistics
import sys
import time
from pathlib import Path

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.browser.serve import serve

LOG = Path(__file__).resolve().parents[1] / "artefacts" / "load.log"
PROGRAM = """a = torch.tensor([2., {number}.], requires_grad=True)
b = a + 1
c = b ** 2
(2 * c).mean().backward()
print(a.grad)
"""
PAUSE_SECONDS = 1.0
PATIENCE_SECONDS = 60.0


class Session:
    """One visitor's tab. `held` says whether its page has come."""

    def __init__(self, address: str) -> None:
        self.address = address.replace("http", "ws") + "/_stcore/stream"
        self.component = ""
        self.runs = 0
        self.held = False

    async def open(self) -> ClientConnection:
        """A connection whose page has come for the first time."""
        connection = await connect(
            self.address,
            subprotocols=[Subprotocol("streamlit")],
            max_size=2**26,
            open_timeout=PATIENCE_SECONDS,
        )
        asked = BackMsg()
        asked.rerun_script.query_string = ""
        await connection.send(asked.SerializeToString())
        await self._finished(connection)
        self.held = bool(self.component)
        return connection

    async def edit(self, connection: ClientConnection, number: int) -> float:
        """Seconds from a changed program to the finished script."""
        self.runs += 1
        asked = BackMsg()
        state = asked.rerun_script.widget_states.widgets.add()
        state.id = self.component
        text = PROGRAM.format(number=number)
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
                        ran = ran or json.loads(panel.mixed.json or panel.json)["ran"] == text
                if message.WhichOneof("type") == "script_finished" and ran:
                    return


async def visit(session: Session, until: float, taken: list[float], troubles: list[str]) -> None:
    """Change programs until the time is over; half of the sessions drop once on the way."""
    chance = random.Random(id(session))
    drops = chance.random() < 0.5
    try:
        connection = await session.open()
        while time.monotonic() < until:
            await asyncio.sleep(chance.uniform(0.5, 1.5) * PAUSE_SECONDS)
            taken.append(await session.edit(connection, chance.randrange(10**6)))
            if drops and time.monotonic() > until - 5:
                drops = False
                connection.transport.abort()  # a laptop that is closed says no goodbye
                connection = await session.open()
        await connection.close()
    except (OSError, TimeoutError, EOFError) as problem:
        troubles.append(f"{type(problem).__name__}: {problem}")


def memory(pid: int) -> float:
    """Resident megabytes of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def server() -> int:
    """The id of the app's own process: the child of ours that is Streamlit."""
    own = os.getpid()
    found = Path(f"/proc/{own}/task/{own}/children").read_text().split()
    return int(found[0])


async def storm(address: str, sessions: int, seconds: float) -> None:
    first = Session(address)
    await (await first.open()).close()  # the engine is warm from here on
    pid = server()
    before = memory(pid)
    until = time.monotonic() + seconds
    taken: list[float] = []
    troubles: list[str] = []
    visitors = [Session(address) for _ in range(sessions)]
    tasks = [asyncio.create_task(visit(it, until, taken, troubles)) for it in visitors]
    await asyncio.sleep(seconds - 6)
    after = memory(pid)
    began = until - seconds
    await asyncio.gather(*tasks)
    span = time.monotonic() - began
    times = sorted(taken)
    print(f"sessions held        {sum(it.held for it in visitors):8} of {sessions}")
    print(f"reruns a second      {len(times) / span:8.1f}")
    if times:  # a machine that is too busy finishes none
        print(f"p50                  {statistics.median(times) * 1000:8.0f} ms")
        print(f"p95                  {times[int(len(times) * 0.95)] * 1000:8.0f} ms")
    print(f"memory a session     {(after - before) / sessions:8.1f} MB of {after:.0f} in all")
    for trouble in sorted(set(troubles)):
        print(f"  {troubles.count(trouble)} x {trouble}")


def main(sessions: int, seconds: float) -> None:
    with serve(LOG) as address:
        asyncio.run(storm(address, sessions, seconds))
    if "Traceback" in LOG.read_text():
        print(f"the server's log has a traceback: {LOG}")


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 25
    main(number, float(sys.argv[2]) if len(sys.argv) > 2 else 30.0)
