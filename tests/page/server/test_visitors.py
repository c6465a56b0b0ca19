"""Visitors: addresses behind proxies, and the number of pages each may have open."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from tests.page.server.test_streamlit_patches import put
from tests.patience import until
from tests.replicas.kinds import KINDS, Kind, kind
from tests.replicas.redis_server import needs_redis, redis_server
from viz_app.limits import Quota
from viz_app.page.server import guard, visitors
from viz_app.page.server.visitors import IDLE_SECONDS, Connections
from viz_app.replicas.by_redis import ByRedis


def _scope(peer: str | None, *forwarded: str, **more: Any) -> Scope:
    headers = [(b"x-forwarded-for", it.encode()) for it in forwarded]
    client = peer and (peer, 5)
    return {"type": "http", "headers": headers, "client": client, **more}


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.7", (), "192.0.2.7"),
        ("192.0.2.7", ("198.51.100.1",), "192.0.2.7"),  # not a proxy of ours
        ("10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("198.51.100.1:4711",), "198.51.100.1"),
        ("10.0.0.1", ("203.0.113.9, 198.51.100.1, 10.0.0.2",), "198.51.100.1"),
        ("10.0.0.1", ("203.0.113.9", "198.51.100.1"), "198.51.100.1"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("10.0.0.1", ("made up, 10.0.0.2",), "10.0.0.2"),
        ("10.0.0.1", ("",), "10.0.0.1"),
        ("::ffff:10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("[2001:db8:1:2:3::4]:80",), "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", (), "2001:db8:1:2::/64"),
        (None, ("198.51.100.1",), ""),
        ("a socket", ("198.51.100.1",), ""),
    ],
)
def test_only_proxies_named_by_the_host_are_trusted(
    peer: str | None, forwarded: tuple[str, ...], address: str
) -> None:
    believed = visitors.proxies({"VIZ_APP_TRUSTED_PROXIES": "10.0.0.0/24, 2001:db8:9::1"})
    assert visitors.address(_scope(peer, *forwarded), believed) == address


def test_no_proxy_is_trusted_without_a_setting() -> None:
    assert visitors.proxies({}) == ()
    assert visitors.address(_scope("127.0.0.1", "198.51.100.1"), ()) == "127.0.0.1"
    with pytest.raises(ValueError, match="VIZ_APP_TRUSTED_PROXIES"):
        visitors.proxies({"VIZ_APP_TRUSTED_PROXIES": "my-proxy"})


def test_trust_settings_of_uvicorn_have_no_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    """Uvicorn takes an address forwarded by anybody on this machine for the client's."""
    put(monkeypatch, "__call__")
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["client"][0])
        seen.append(visitors.address(scope, ()))

    trusting: Any = ProxyHeadersMiddleware(app, "127.0.0.1")  # type: ignore[arg-type]
    called = trusting(_scope("127.0.0.1", "198.51.100.1"), None, None)
    with ThreadPoolExecutor() as thread:
        thread.submit(asyncio.run, called).result()
    assert seen == ["198.51.100.1", "127.0.0.1"]


def test_the_page_reads_the_address_that_the_guard_wrote() -> None:
    forged = {"headers": [(b"Viz-Address", b"203.0.113.9"), (b"host", b"localhost")]}
    scope = visitors.named({**_scope("192.0.2.7"), **forged}, "192.0.2.7")
    assert scope["headers"] == [(b"host", b"localhost"), (b"viz-address", b"192.0.2.7")]


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_pages_per_address_are_limited_and_leave_room_for_others() -> None:
    pages = Connections(Quota(sessions=4, sessions_address=2), Clock())
    first, second = pages.open("school"), pages.open("school")
    assert first
    assert second
    assert pages.open("school") is None
    assert pages.open("home")
    assert pages.open("office")
    assert pages.open("home") is None  # all are taken
    pages.close(first)
    pages.close(first)
    assert pages.open("school")
    assert pages.open("school") is None


def test_the_page_that_is_idle_longest_gives_way() -> None:
    clock = Clock()
    pages = Connections(Quota(sessions=3, sessions_address=2), clock)
    one, two, other = pages.open("school"), pages.open("school"), pages.open("home")
    assert one
    assert two
    assert other
    clock.now += IDLE_SECONDS - 1
    assert pages.open("school") is None
    pages.note_message(one)
    clock.now += 2
    assert pages.open("school")  # in place of one of its own address
    assert two.ended.is_set()
    assert not one.ended.is_set()
    assert pages.open("office")  # in place of any
    assert other.ended.is_set()
    assert pages.open("shop") is None
    pages.note_message(two)  # it is gone already
    pages.close(two)
    assert pages.open("shop") is None


def test_page_that_gives_way_is_closed_and_frees_its_place() -> None:
    clock = Clock()
    pages = Connections(Quota(sessions=1), clock)
    answers: dict[str, list[Message]] = {"old": [], "new": []}

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        await send({"type": "websocket.send", "text": "too late"})

    async def walled() -> bool:
        return True

    async def visit(name: str, messages: asyncio.Queue[Message]) -> None:
        async def send(message: Message) -> None:
            answers[name].append(message)
            if message["type"] == "websocket.close":  # as uvicorn does
                await messages.put({"type": "websocket.disconnect", "code": 1013})

        scope = _scope("192.0.2.7", type="websocket", path="/_stcore/stream")
        await guarded(scope, messages.get, send)

    async def both() -> None:
        old, new = asyncio.Queue[Message](), asyncio.Queue[Message]()
        visiting = asyncio.create_task(visit("old", old))
        while not answers["old"]:
            await asyncio.sleep(0)
        await visit("new", new)  # there is no room: refused
        assert answers["new"] == [{"type": "websocket.close", "code": 1013}]
        answers["new"].clear()
        clock.now += IDLE_SECONDS + 1
        coming = asyncio.create_task(visit("new", new))
        await visiting
        await new.put({"type": "websocket.disconnect", "code": 1000})
        await coming

    guarded = guard.Guard(page, walled, lambda: (pages, ()))
    with ThreadPoolExecutor() as thread:
        thread.submit(asyncio.run, both()).result()
    assert answers["old"] == [
        {"type": "websocket.accept"},
        {"type": "websocket.close", "code": 1013},
    ]
    assert answers["new"][0] == {"type": "websocket.accept"}
    assert pages.open("anybody")


@pytest.fixture(params=KINDS)
def state(request: Any, tmp_path: Path) -> Iterator[Kind]:
    with kind(request.param, tmp_path) as made:
        yield made


def _replicas(state: Kind, quota: Quota) -> list[Connections]:
    """The pages of each replica: of two where they share a Redis."""
    views = [state.replica() for _ in range(1 + state.several)]
    for view in views:
        view.listen(lambda _: None)  # as rooms do: it gives signs of life
        until(lambda view=view: view.up)  # type: ignore[misc]
    return [Connections(quota, Clock(), view) for view in views]


def test_address_has_one_share_over_all_replicas(state: Kind) -> None:
    them = _replicas(state, Quota(sessions_address=4))
    where = [them[number % len(them)] for number in range(4)]
    there = [(pages, pages.open("school")) for pages in where]
    assert all(page for _, page in there)
    for pages in them:
        assert pages.open("school") is None
        assert pages.open("home")
    replica, page = there[1]
    assert page
    replica.close(page)
    assert them[0].open("school")
    assert [pages.open("school") for pages in them] == [None] * len(them)


def test_room_counts_as_a_group_of_its_own(state: Kind) -> None:
    """Neither keeps the others of its address out nor is kept out by them."""
    them = _replicas(state, Quota(sessions_address=5, sessions_room=3))

    def come(number: int, room: str) -> bool:
        pages = them[number % len(them)]
        page = pages.open("school")
        if page is None:
            return False
        pages.enter(page.name, room)
        return not page.ended.is_set()

    assert [come(number, "") for number in range(4)] == [True, True, True, False]
    assert [come(number, "ABCDEF") for number in range(3)] == [True, True, False]  # five are there


def test_page_refused_by_a_full_room_counts_as_in_no_room(state: Kind) -> None:
    [pages, *_] = _replicas(state, Quota(sessions_address=5, sessions_room=1))
    first, second, third = (pages.open("school") for _ in range(3))
    assert first
    assert second
    assert third
    for page in (first, second, third):
        pages.enter(page.name, "ABCDEF")
    assert [page.room for page in (first, second, third)] == ["ABCDEF", "", ""]
    assert [page.ended.is_set() for page in (first, second, third)] == [False, False, True]
    pages.enter(first.name, "")  # there is no place: it stays
    assert first.room == "ABCDEF"
    pages.close(second)
    pages.enter(first.name, "")
    assert first.room == ""
    pages.enter("unknown", "ABCDEF")


@needs_redis
def test_without_the_shared_state_each_replica_counts_its_own(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server:
        state = ByRedis(server.url)
        pages = Connections(Quota(sessions_address=2), Clock(), state)
        assert pages.open("school")
        server.kill()
        assert pages.open("school")
        assert pages.open("school") is None
        state.close()
