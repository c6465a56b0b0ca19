"""Faults of a real cluster: a replica, the proxy, Redis killed or drained in the middle of a class.

Program, step and room are there again, no answer counts twice, and nothing that was acknowledged is
lost. The seconds that it takes are printed (`pytest -s`), and asserted nowhere.
"""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from urllib.parse import parse_qs

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from tests.cluster.cluster import Cluster, cluster, needs_servers, status
from tests.cluster.pupil import Pupil, until
from tests.patience import PATIENCE_SECONDS
from viz_app.page.server.rooms import Rooms, shown
from viz_app.replicas.by_redis import ByRedis
from viz_app.share import Settings

pytestmark = needs_servers

PROGRAM = "x = torch.tensor(2., requires_grad=True)\ny = x ** 3\ny.backward()\n"
QUERY = shown(Settings(program=PROGRAM))
SESSIONS = 50


@pytest.fixture(scope="module")
def class_cluster() -> Iterator[Cluster]:
    with cluster(3) as made:
        yield made


@pytest.fixture
def servers(class_cluster: Cluster) -> Cluster:
    """The cluster, complete again after the test before."""
    for replica in class_cluster.replicas:
        if replica.process is None:
            replica.start()
            replica.wait()
    return class_cluster


class Lesson:
    """A room, its secret, and pages in it on each replica."""

    def __init__(self, code: str, secret: str, pupils: list[Pupil]) -> None:
        self.code, self.secret, self.pupils = code, secret, pupils
        self.teacher = Pupil(f"http://localhost:{pupils[0].port}", code, role="lead")

    async def everywhere(self, **wanted: object) -> None:
        for pupil in self.pupils:
            await until(
                lambda pupil=pupil: all(pupil.state.get(it) == wanted[it] for it in wanted)  # type: ignore[misc]
            )

    async def step(self, number: int) -> None:
        await self.teacher.insist("step", self.secret, program=0, step=number)
        await self.everywhere(step=number)


@asynccontextmanager
async def lesson(servers: Cluster, pupils: int = 9) -> AsyncIterator[Lesson]:
    """A room with pupils spread over all replicas, at step 1."""
    state = ByRedis(servers.redis.url)
    made = Rooms(state).open(QUERY, "")
    assert made is not None
    code, secret = made
    present = [
        Pupil(servers.address, code, cookie=f"viz=app{number % len(servers.replicas)}")
        for number in range(pupils)
    ]
    tasks = [asyncio.create_task(it.follow()) for it in present]
    room = Lesson(code, secret, present)
    tasks.append(asyncio.create_task(room.teacher.follow()))
    try:
        await room.everywhere(query=QUERY)
        await room.step(1)
        yield room
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
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


def test_a_replica_is_killed_with_fifty_sessions(servers: Cluster) -> None:
    async def fault() -> None:
        async with lesson(servers) as room, sessions(servers, room.code, 1) as there:
            await room.teacher.insist("ask", room.secret, text="How much?")
            await until(lambda: all(it.state["question"] for it in room.pupils))
            for pupil in room.pupils:
                assert await pupil.ask("answer", number=1, text="6") == 204
            before = [it.shown for it in there]
            killed = time.perf_counter()
            await asyncio.to_thread(servers.replicas[1].end, signal.SIGKILL)
            await room.step(2)
            print(
                f"killed: the step is everywhere after {time.perf_counter() - killed:.1f} s", end=""
            )
            await until(lambda: all(it.shown > was for it, was in zip(there, before, strict=True)))
            print(f", all {SESSIONS} pages are back after {time.perf_counter() - killed:.1f} s")
            for pupil in room.pupils:  # nobody is sure that it arrived
                await pupil.insist("answer", number=1, text="6.0")
            await room.teacher.insist("reveal", room.secret)
            await until(lambda: bool(room.teacher.state["question"]["tallies"]))
            tallies = room.teacher.state["question"]["tallies"]
            assert tallies == [{"answer": "6", "count": len(room.pupils)}]

    asyncio.run(fault())


def test_redis_is_killed_and_comes_back(servers: Cluster) -> None:
    async def fault() -> None:
        async with lesson(servers) as room:
            await room.teacher.insist("ask", room.secret, text="How much?")
            await until(lambda: all(it.state["question"] for it in room.pupils))
            for pupil in room.pupils[::2]:
                assert await pupil.ask("answer", number=1, text="6") == 204
            await asyncio.to_thread(servers.redis.kill)
            assert await room.teacher.ask("step", room.secret, program=0, step=2) == 502
            assert await room.pupils[1].ask("answer", number=1, text="7") == 502
            assert [it.state["step"] for it in room.pupils] == [1] * len(room.pupils)
            assert status(servers.port, "/_stcore/health") == 200
            await asyncio.to_thread(servers.redis.start)
            back = time.perf_counter()
            await room.step(3)
            print(
                f"Redis: the step is everywhere {time.perf_counter() - back:.1f} s after its return"
            )
            for pupil in room.pupils:  # those that were acknowledged think that they were not
                await pupil.insist("answer", number=1, text="6")
            await until(lambda: room.teacher.state["question"]["answered"] == len(room.pupils))
            await until(lambda: room.teacher.state["followers"] == len(room.pupils))

    asyncio.run(fault())


def test_what_was_acknowledged_before_redis_was_killed_is_there(servers: Cluster) -> None:
    async def fault() -> None:
        async with lesson(servers) as room:
            await room.teacher.insist("ask", room.secret, text="How much?")
            await until(lambda: all(it.state["question"] for it in room.pupils))
            given = await asyncio.gather(
                *(it.ask("answer", number=1, text="6") for it in room.pupils)
            )
            await asyncio.to_thread(servers.redis.kill)
            await asyncio.to_thread(servers.redis.start)
            await room.teacher.insist("reveal", room.secret)
            await until(lambda: bool(room.teacher.state["question"]["tallies"]))
            tallies = room.teacher.state["question"]["tallies"]
            assert tallies == [{"answer": "6", "count": given.count(204)}]
            assert given.count(204) == len(room.pupils)

    asyncio.run(fault())


def test_the_proxy_is_restarted(servers: Cluster) -> None:
    async def fault() -> None:
        async with lesson(servers) as room:
            names = [it.page for it in room.pupils]
            await asyncio.to_thread(servers.stop_proxy)
            await until(lambda: not any(it.connected for it in room.pupils))
            await asyncio.to_thread(servers.start_proxy)
            back = time.perf_counter()
            await room.step(2)
            print(
                f"proxy: the step is everywhere {time.perf_counter() - back:.1f} s after its return"
            )
            assert [it.page for it in room.pupils] == names
            await until(lambda: room.teacher.state["followers"] == len(room.pupils))

    asyncio.run(fault())


def test_a_replica_is_drained(servers: Cluster) -> None:
    """It is not ready first, hands its pages over, and ends by itself."""

    async def fault() -> None:
        async with lesson(servers) as room, sessions(servers, room.code, 2) as there:
            drained = servers.replicas[2]
            before = [it.shown for it in there]
            assert drained.process is not None
            began = time.perf_counter()
            drained.process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(drained.process.wait, PATIENCE_SECONDS)
            drained.process = None
            await until(lambda: all(it.shown > was for it, was in zip(there, before, strict=True)))
            await room.step(2)
            took = time.perf_counter() - began
            print(f"drained: all {SESSIONS} pages are elsewhere after {took:.1f} s")

    asyncio.run(fault())
