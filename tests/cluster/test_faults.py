"""Faults of a real cluster in the middle of a class: a replica, the proxy or Redis is killed, a
replica drained, clocks are apart, the network is slow and breaks.

Some pages of each class are real Chromium, ten in `make cluster`. Program, step and room are there
again, no answer counts twice, and nothing that was acknowledged is lost. The seconds that it takes
are printed (`pytest -s`), and asserted nowhere.
"""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import parse_qs

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from tests.cluster.cluster import Cluster, cluster, needs_servers, status
from tests.cluster.pages import PAGES, Browsers, browsers
from tests.cluster.pupil import Pupil, until
from tests.line import Line
from tests.patience import PATIENCE_SECONDS
from viz_app.page.server.rooms import Rooms, shown
from viz_app.replicas.by_redis import ByRedis
from viz_app.share import Settings

pytestmark = needs_servers

PROGRAM = "x = torch.tensor(2., requires_grad=True)\ny = x ** 3\ny.backward()\n"
OWN = PROGRAM.replace("3", "4") + "print(x.grad)\n"
HOURS = 2 * 3_600.0
SLOW_SECONDS = 0.3
QUERY = shown(Settings(program=PROGRAM))
SESSIONS = 50


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.Runner]:
    """The event loop of all tests: their browser needs it from one test to the next."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def chromium(loop: asyncio.Runner) -> Iterator[Browsers]:
    made = browsers()
    yield loop.run(made.__aenter__())
    loop.run(made.__aexit__(None, None, None))


@pytest.fixture(scope="module")
def class_cluster() -> Iterator[Cluster]:
    with cluster(3) as made:
        yield made


@pytest.fixture
def servers(class_cluster: Cluster) -> Cluster:
    """The cluster, complete again after the test before."""
    complete(class_cluster)
    return class_cluster


def complete(servers: Cluster, apart: Mapping[int, float] | None = None) -> None:
    """Start the replicas that have ended, at once, some of them with their clocks apart."""
    ended = [(number, it) for number, it in enumerate(servers.replicas) if it.process is None]
    for number, replica in ended:
        replica.start(apart=(apart or {}).get(number, 0.0))
    for _, replica in ended:
        replica.wait()


def said(what: str, since: float) -> None:
    """Print the seconds that it took."""
    print(f"{what} after {time.perf_counter() - since:.1f} s", flush=True)


class Lesson:
    """A room, its secret, and pages in it on each replica."""

    def __init__(self, code: str, secret: str, pupils: list[Pupil], chromium: Browsers) -> None:
        self.code, self.secret, self.pupils, self.chromium = code, secret, pupils, chromium
        self.teacher = Pupil(f"http://localhost:{pupils[0].port}", code, role="lead")
        self._following = {it: asyncio.create_task(it.follow()) for it in (*pupils, self.teacher)}

    def leave(self, pupil: Pupil) -> None:
        """Close a page."""
        self._following[pupil].cancel()

    async def end(self) -> None:
        """Close all pages but Chromium's."""
        for task in self._following.values():
            task.cancel()
        await asyncio.gather(*self._following.values(), return_exceptions=True)

    async def everywhere(self, **wanted: object) -> None:
        for pupil in self.pupils:
            await until(
                lambda pupil=pupil: all(pupil.state.get(it) == wanted[it] for it in wanted)  # type: ignore[misc]
            )

    async def step(self, number: int) -> None:
        await self.teacher.insist("step", self.secret, program=0, step=number)
        await self.everywhere(step=number)
        await self.chromium.at(number, PROGRAM)

    async def ask(self) -> None:
        """Ask a question, which all pages show."""
        await self.teacher.insist("ask", self.secret, text="How much?")
        await until(lambda: all(it.state["question"] for it in self.pupils))

    async def answer(self, text: str) -> None:
        """Answer the question on all pages; each shows that its answer arrived."""
        for pupil in self.pupils:
            assert await pupil.ask("answer", number=1, text=text) == 204
        await self.chromium.answer(text)

    async def all_answered(self, answer: str) -> None:
        """Show the answers: each page's counts once."""
        await self.teacher.insist("reveal", self.secret)
        await until(lambda: bool(self.teacher.state["question"]["tallies"]))
        tallies = self.teacher.state["question"]["tallies"]
        assert tallies == [{"answer": answer, "count": len(self.pupils) + PAGES}]

    async def complete(self) -> None:
        """All follow, and the pages of Chromium run programs of their own."""
        await until(lambda: self.teacher.state["followers"] == len(self.pupils) + PAGES)
        await self.chromium.run(OWN, "tensor(32.)")
        await until(lambda: self.teacher.state["followers"] == len(self.pupils) + PAGES)


@asynccontextmanager
async def lesson(servers: Cluster, chromium: Browsers, pupils: int = 9) -> AsyncIterator[Lesson]:
    """A room with pupils spread over all replicas, and others in Chromium, at step 1."""
    state = ByRedis(servers.redis.url)
    made = Rooms(state).open(QUERY, "")
    assert made is not None
    code, secret = made
    present = [
        Pupil(servers.address, code, cookie=f"viz=app{number % len(servers.replicas)}")
        for number in range(pupils)
    ]
    room = Lesson(code, secret, present, chromium)
    try:
        await room.everywhere(query=QUERY)
        await chromium.join(servers, code)
        await room.step(1)
        yield room
    finally:
        await room.end()
        state.close()


class Session:
    """A page's WebSocket: opened again at the proxy, with its address, when it breaks."""

    def __init__(self, servers: Cluster, query: str, cookie: str) -> None:
        self.address = servers.address.replace("http", "ws") + "/_stcore/stream"
        self.query, self.cookie = query, cookie
        self.shown = 0
        """Number of times at which the page has come, with its program run."""

    async def stay(self) -> None:
        """Hold the connection until cancelled."""
        while True:
            try:
                async with connect(
                    self.address,
                    subprotocols=[Subprotocol("streamlit")],
                    additional_headers={"Cookie": self.cookie},
                    max_size=2**26,
                    open_timeout=PATIENCE_SECONDS,
                    close_timeout=1,
                ) as connection:
                    await self._show(connection)
            except (OSError, ConnectionClosed, InvalidHandshake):
                await asyncio.sleep(0.5)

    async def _show(self, connection: ClientConnection) -> None:
        asked = BackMsg()
        asked.rerun_script.query_string = self.query
        await connection.send(asked.SerializeToString())
        ran = False
        async for data in connection:
            assert isinstance(data, bytes)
            message = ForwardMsg.FromString(data)
            if message.WhichOneof("type") == "delta":
                panel = message.delta.new_element.bidi_component
                if panel.component_name == "viz_program":
                    text = str(panel.bytes or panel.json or panel.mixed.json)
                    ran = ran or "x ** 3" in text
            if message.WhichOneof("type") == "script_finished" and ran:
                self.shown, ran = self.shown + 1, False


@asynccontextmanager
async def sessions(servers: Cluster, code: str, replica: int) -> AsyncIterator[list[Session]]:
    """Pages of a room on one replica, all shown."""
    query = f"{QUERY}&room={code}"
    assert parse_qs(query)["room"] == [code]
    there = [Session(servers, query, f"viz=app{replica}") for _ in range(SESSIONS)]
    tasks = [asyncio.create_task(it.stay()) for it in there]
    try:
        await until(lambda: all(it.shown for it in there))
        yield there
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


# Tests that end replicas are last: each replica that the next one needs takes seconds to start.


def test_class_continues_after_redis_returns(
    servers: Cluster, loop: asyncio.Runner, chromium: Browsers
) -> None:
    async def fault() -> None:
        async with lesson(servers, chromium) as room:
            await room.ask()
            for pupil in room.pupils[::2]:
                assert await pupil.ask("answer", number=1, text="6") == 204
            await chromium.answer("6")
            await asyncio.to_thread(servers.redis.kill)
            assert await room.teacher.ask("step", room.secret, program=0, step=2) == 502
            assert await room.pupils[1].ask("answer", number=1, text="7") == 502
            assert [it.state["step"] for it in room.pupils] == [1] * len(room.pupils)
            await chromium.at(1, PROGRAM)
            assert status(servers.port, "/_stcore/health") == 200
            await asyncio.to_thread(servers.redis.start)
            back = time.perf_counter()
            await room.step(3)
            said("Redis is back: the step is everywhere", back)
            for pupil in room.pupils:  # those that were acknowledged think that they were not
                await pupil.insist("answer", number=1, text="6")
            await room.all_answered("6")
            await room.complete()

    loop.run(fault())


def test_acknowledged_changes_survive_a_kill_of_redis(
    servers: Cluster, loop: asyncio.Runner, chromium: Browsers
) -> None:
    async def fault() -> None:
        async with lesson(servers, chromium) as room:
            await room.ask()
            await chromium.answer("6")
            given = await asyncio.gather(
                *(it.ask("answer", number=1, text="6") for it in room.pupils)
            )
            await asyncio.to_thread(servers.redis.kill)
            await asyncio.to_thread(servers.redis.start)
            assert given == [204] * len(room.pupils)
            await room.all_answered("6")

    loop.run(fault())


def test_class_continues_after_the_proxy_is_restarted(
    servers: Cluster, loop: asyncio.Runner, chromium: Browsers
) -> None:
    async def fault() -> None:
        async with lesson(servers, chromium) as room:
            names = [it.page for it in room.pupils]
            await room.ask()
            await chromium.answer("6")
            await asyncio.to_thread(servers.stop_proxy)
            await until(lambda: not any(it.connected for it in room.pupils))
            await asyncio.to_thread(servers.start_proxy)
            back = time.perf_counter()
            await room.step(2)
            said("the proxy is back: the step is everywhere", back)
            assert [it.page for it in room.pupils] == names
            for pupil in room.pupils:
                await pupil.insist("answer", number=1, text="6")
            await room.all_answered("6")
            await room.complete()

    loop.run(fault())


def test_page_that_left_is_no_longer_counted(
    servers: Cluster, loop: asyncio.Runner, chromium: Browsers
) -> None:
    """The proxy says so. A replica by itself would find out by its second beat to that page."""

    async def fault() -> None:
        async with lesson(servers, chromium) as room:
            there = len(room.pupils) + PAGES
            await until(lambda: room.teacher.state["followers"] == there)
            await room.step(2)
            left, *others = (it for it in room.pupils if it.cookie == room.pupils[0].cookie)
            beats = others[0].beats
            room.leave(left)
            await until(lambda: room.teacher.state["followers"] == there - 1)
            assert others[0].beats < beats + 2

    loop.run(fault())


def test_slow_and_broken_connection_to_a_replica(
    servers: Cluster, loop: asyncio.Runner, chromium: Browsers
) -> None:
    """Answers are lost on the way, or their acknowledgements are."""

    async def fault(way: Line) -> None:
        async with lesson(servers, chromium) as room:
            asked = time.perf_counter()
            await room.step(2)
            said(f"{SLOW_SECONDS} s each way: the step is everywhere", asked)
            await room.ask()
            await chromium.answer("6")
            given = [
                asyncio.create_task(it.ask("answer", number=1, text="6")) for it in room.pupils
            ]
            await until(lambda: room.teacher.state["question"]["answered"] > PAGES)
            await asyncio.to_thread(way.cut)
            sure = [await it for it in given]
            await until(lambda: sum(it.connected for it in room.pupils) >= 6)
            await asyncio.to_thread(way.mend)
            mended = time.perf_counter()
            await room.step(3)
            said("the way is mended: the step is everywhere", mended)
            for pupil, status_ in zip(room.pupils, sure, strict=True):
                if status_ != 204:  # pages that were acknowledged do not answer again
                    await pupil.insist("answer", number=1, text="6")
            await room.all_answered("6")
            await room.complete()

    with Line(servers.replicas[1].port, SLOW_SECONDS) as way:
        servers.stop_proxy()
        servers.start_proxy({1: way.port})
        try:
            loop.run(fault(way))
        finally:
            servers.stop_proxy()
            servers.start_proxy()


def test_sessions_continue_after_their_replica_is_killed(
    servers: Cluster, loop: asyncio.Runner, chromium: Browsers
) -> None:
    async def fault() -> None:
        async with lesson(servers, chromium) as room, sessions(servers, room.code, 1) as there:
            await room.ask()
            await room.answer("6")
            before = [it.shown for it in there]
            killed = time.perf_counter()
            await asyncio.to_thread(servers.replicas[1].end, signal.SIGKILL)
            await room.step(2)
            said("killed: the step is everywhere", killed)
            await until(lambda: all(it.shown > was for it, was in zip(there, before, strict=True)))
            said(f"killed: all {SESSIONS} pages are back", killed)
            await chromium.follow()
            said(f"killed: all {PAGES} of Chromium follow", killed)
            for pupil in room.pupils:  # nobody is sure that it arrived
                await pupil.insist("answer", number=1, text="6.0")
            await room.all_answered("6")
            # Another one takes its place while its pages are still counted.
            await asyncio.gather(room.complete(), asyncio.to_thread(complete, servers))

    loop.run(fault())


def test_sessions_move_from_a_drained_replica(
    servers: Cluster, loop: asyncio.Runner, chromium: Browsers
) -> None:
    """It is not ready first, hands its pages over, and ends by itself."""

    async def fault() -> None:
        async with lesson(servers, chromium) as room, sessions(servers, room.code, 2) as there:
            drained = servers.replicas[2]
            before = [it.shown for it in there]
            assert drained.process is not None
            began = time.perf_counter()
            drained.process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(drained.process.wait, PATIENCE_SECONDS)
            drained.process = None
            ended = time.perf_counter()
            await until(lambda: all(it.shown > was for it, was in zip(there, before, strict=True)))
            await room.step(2)
            said(f"drained: all {SESSIONS} pages are elsewhere", began)
            said("drained: the step is everywhere after its end", ended)
            await room.complete()

    loop.run(fault())


def test_class_continues_with_clocks_that_differ(
    class_cluster: Cluster, loop: asyncio.Runner, chromium: Browsers
) -> None:
    """One replica is two hours ahead, one two behind; the third one's sessions move to them."""
    servers = class_cluster
    for replica in servers.replicas[1:]:
        replica.end(signal.SIGKILL)
    complete(servers, {1: HOURS, 2: -HOURS})

    async def fault() -> None:
        async with lesson(servers, chromium) as room, sessions(servers, room.code, 0) as there:
            await room.ask()
            await room.answer("6")
            before = [it.shown for it in there]
            killed = time.perf_counter()
            await asyncio.to_thread(servers.replicas[0].end, signal.SIGKILL)
            await room.step(2)
            await until(lambda: all(it.shown > was for it, was in zip(there, before, strict=True)))
            await chromium.follow()
            said("clocks apart: all pages of a killed replica are back", killed)
            for pupil in room.pupils:
                await pupil.insist("answer", number=1, text="6")
            await room.all_answered("6")
            await room.complete()

    try:
        loop.run(fault())
    finally:
        for replica in servers.replicas[1:]:
            replica.end(signal.SIGKILL)  # the next test has clocks that agree
