"""The shared state, of both kinds: the same laws in memory and in Redis."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.patience import PATIENCE_SECONDS, beside, until
from tests.replicas.kinds import KINDS, Kind, kind
from tests.replicas.redis_server import needs_redis, redis_server
from viz_app.replicas import shared
from viz_app.replicas.by_redis import ByRedis
from viz_app.replicas.shared import AwayError, Record, Shared, Update, once

LIFE = 10_000.0
"""Seconds; far longer than a busy machine takes for a test."""
WINDOW = 6_000.0


@pytest.fixture(params=KINDS)
def state(request: Any, tmp_path: Path) -> Iterator[Kind]:
    with kind(request.param, tmp_path, kept_bytes=1_000) as made:
        yield made


def _put(value: bytes, **entries: bytes) -> Callable[[bytes | None], Update]:
    return lambda _: Update(LIFE, value, entries)


def _entry(name: str) -> Callable[[bytes | None], Update]:
    return lambda _: Update(LIFE, entries={name: b""})


def test_a_record_is_read_by_every_replica(state: Kind) -> None:
    one, other = state.replica(), state.replica()
    assert other.read("room") is None
    assert other.look("room") == Record(None, {}, 0)
    assert one.update("room", _put(b"a", anna=b"1"))
    assert other.read("room") == b"a"
    assert other.update("room", lambda _: Update(LIFE, entries={"ben": b"2", "anna": b"3"}))
    assert one.look("room") == Record(b"a", {"anna": b"3", "ben": b"2"}, 0)
    assert one.update("room", lambda _: Update(LIFE, b"b", {"cid": b"4"}, fresh=True))
    assert other.look("room") == Record(b"b", {"cid": b"4"}, 0)
    assert other.alive(["room", "none"]) == [True, False]
    assert other.alive([]) == []


def test_nothing_changes_without_a_decision(state: Kind) -> None:
    one = state.replica()
    seen: list[bytes | None] = []

    def refuse(value: bytes | None) -> None:
        seen.append(value)

    assert not one.update("room", refuse)
    assert one.update("room", _put(b"a"))
    assert not one.update("room", refuse)
    assert seen == [None, b"a"]
    with pytest.raises(ZeroDivisionError):
        one.update("room", lambda _: 1 // 0)  # type: ignore[arg-type, return-value]
    assert one.read("room") == b"a"


def test_changes_at_the_same_time_are_all_made(state: Kind) -> None:
    replicas = [state.replica() for _ in range(4)]
    replicas[0].update("count", _put(b"0"))

    def more(value: bytes | None) -> Update:
        return Update(LIFE, b"%d" % (int(value or b"0") + 1))

    def work(number: int) -> None:
        for turn in range(10):
            replicas[number].update("count", more)
            replicas[number].update("count", _entry(f"{number} {turn}"))

    ends = [beside(lambda number=number: work(number)) for number in range(4)]  # type: ignore[misc]
    for end in ends:
        end()
    found = replicas[0].look("count")
    assert (found.value, len(found.entries)) == (b"40", 40)


def test_record_expires_after_its_last_change(state: Kind) -> None:
    one = state.replica()
    one.update("room", _put(b"a", anna=b"1"))
    state.pass_time(LIFE - 1_000)
    one.update("room", lambda _: Update(LIFE, entries={"ben": b"2"}))
    assert one.read("room") == b"a"
    state.pass_time(1_000)
    assert one.look("room") == Record(None, {}, 0)
    assert one.alive(["room"]) == [False]
    one.update("room", _put(b"b"))
    state.pass_time(LIFE - 1_000)
    one.update("room", _put(b"c"))
    state.pass_time(LIFE - 1_000)
    assert one.read("room") == b"c"


def test_a_new_record_has_no_entries_of_one_that_ended(state: Kind) -> None:
    one = state.replica()
    one.update("room", _put(b"a", anna=b"1"))
    state.pass_time(LIFE)
    one.update("room", lambda _: Update(LIFE, b"b", {"ben": b"2"}, fresh=True))
    assert one.look("room").entries == {"ben": b"2"}


def test_listeners_are_woken_on_every_replica(state: Kind) -> None:
    one, other = state.replica(), state.replica()
    woken: dict[Shared, list[set[str] | None]] = {one: [], other: []}
    for it, calls in woken.items():
        it.listen(calls.append)
    if state.several:  # they have connected
        until(lambda: all(None in calls for calls in woken.values()))
    one.update("room", _put(b"a"))
    until(lambda: all({"room"} in calls for calls in woken.values()))
    other.announce("hall", 3)
    until(lambda: all({"hall"} in calls for calls in woken.values()))


def test_announced_counts_of_replicas_are_added_up(state: Kind) -> None:
    replicas = [state.replica() for _ in range(3)] if state.several else [state.replica()]
    for it in replicas:
        it.listen(lambda _: None)
    for number, it in enumerate(replicas, 2):
        it.announce("room", number)
    most = sum(range(2, 2 + len(replicas)))
    until(lambda: replicas[0].look("room").present == most)
    replicas[-1].announce("room", 0)
    until(lambda: replicas[0].look("room").present == most - 1 - len(replicas))
    if state.several:  # one that ends takes its own with it
        replicas[1].close()
        until(lambda: replicas[0].look("room").present == 2)


def test_event_is_counted_for_all_names_or_for_none(state: Kind) -> None:
    one, other = state.replica(), state.replica()
    assert one.spend([("school", 3), ("anna", 2)], WINDOW) is None
    state.pass_time(WINDOW / 3)
    assert other.spend([("school", 3), ("anna", 2)], WINDOW) is None
    refused = one.spend([("school", 3), ("anna", 2)], WINDOW)
    assert refused is not None
    assert refused[0] == 1
    assert refused[1] == pytest.approx(2 * WINDOW / 3, rel=0.1)
    assert (one.spent("school", WINDOW), one.spent("anna", WINDOW), one.spent("ben", WINDOW)) == (
        2,
        2,
        0,
    )
    assert one.spend([("school", 3), ("ben", 2)], WINDOW) is None
    refused = other.spend([("school", 3), ("ben", 2)], WINDOW)
    assert refused is not None
    assert refused[0] == 0
    state.pass_time(2 * WINDOW / 3)  # the first no longer counts
    assert other.spend([("school", 3), ("ben", 2)], WINDOW) is None
    assert one.spent("anna", WINDOW) == 1


def test_a_rate_is_exact_when_all_come_at_once(state: Kind) -> None:
    replicas = [state.replica() for _ in range(4)]
    passed = []

    def work(it: Shared) -> None:
        for _ in range(10):
            if it.spend([("school", 25)], WINDOW) is None:
                passed.append(it)

    for end in [beside(lambda it=it: work(it)) for it in replicas]:  # type: ignore[misc]
        end()
    assert len(passed) == 25


def test_usage_adds_up_and_decays(state: Kind) -> None:
    one, other = state.replica(), state.replica()
    assert one.use("school", 0, WINDOW) == 0
    assert one.use("school", 8, WINDOW) == pytest.approx(8, rel=0.2)
    state.pass_time(WINDOW)
    assert other.use("school", 4, WINDOW) == pytest.approx(8, rel=0.2)
    state.pass_time(2 * WINDOW)
    assert one.use("school", 0, WINDOW) == pytest.approx(2, rel=0.2)


def test_results_are_kept_up_to_a_size(state: Kind) -> None:
    one, other = state.replica(), state.replica()
    assert one.kept("a") is None
    for name in "abc":
        one.keep(name, name.encode() * 300)
    assert other.kept("a") == b"a" * 300  # used just now
    other.keep("d", b"d" * 300)
    assert [one.kept(name) is not None for name in "abcd"] == [True, False, True, True]
    one.keep("a", b"e" * 400)  # in place of the last one
    assert [one.kept(name) is not None for name in "abcd"] == [True, False, True, True]
    one.keep("f", b"f" * 1_000)
    assert [one.kept(name) is not None for name in "abcdf"] == [False] * 4 + [True]


def test_claim_has_one_holder_and_expires(state: Kind) -> None:
    one, other = state.replica(), state.replica()
    assert one.claim("a")
    assert not other.claim("a")
    assert other.claim("b")
    one.release("a")
    assert other.claim("a")
    state.pass_time(shared.CLAIM_SECONDS)  # its holder is gone
    assert one.claim("a")


def test_simultaneous_requests_cost_one_run(state: Kind) -> None:
    replicas = [state.replica() for _ in range(3)]
    all_there = threading.Barrier(30)
    made = []

    def make() -> bytes:
        made.append(1)
        return b"picture"

    def ask(number: int) -> bytes:
        all_there.wait(PATIENCE_SECONDS)
        return once(replicas[number % 3], "a", make)

    ends = [beside(lambda number=number: ask(number)) for number in range(30)]  # type: ignore[misc]
    assert {end() for end in ends} == {b"picture"}
    assert made == [1]


def test_failed_or_oversized_result_blocks_nobody(
    state: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = state.replica()
    with pytest.raises(ZeroDivisionError):
        once(one, "a", lambda: b"%d" % (1 // 0))
    assert once(one, "a", lambda: b"good") == b"good"
    monkeypatch.setattr(shared, "BODY_BYTES", 3)
    for number in range(3):  # each makes it again, without waiting
        assert once(one, "b", lambda number=number: b"long %d" % number) == b"long %d" % number  # type: ignore[misc]
    assert one.claim("b")


def test_waiting_for_a_result_can_be_given_up(state: Kind) -> None:
    one = state.replica()
    assert one.claim("a")

    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        once(one, "a", lambda: b"", stop)


# --------------------------------------------------------------------------- Redis alone


@needs_redis
def test_lost_redis_is_reported_at_once_and_found_again(tmp_path: Path) -> None:
    """Killed without warning: acknowledged changes are there again, and every listener is woken."""
    woken: list[set[str] | None] = []
    with redis_server(tmp_path) as server:
        one = ByRedis(server.url)
        one.listen(woken.append)
        until(lambda: woken == [None])
        one.announce("room", 7)
        one.update("room", _put(b"a"))
        for number in range(50):
            one.update("room", _entry(f"{number}"))
        server.kill()
        until(lambda: not one.up)
        for call in (
            lambda: one.read("room"),
            lambda: one.update("room", _put(b"b")),
            lambda: one.spend([("a", 1)], 60),
            lambda: one.kept("a"),
        ):
            with pytest.raises(AwayError):
                call()
        assert once(one, "a", lambda: b"made here") == b"made here"
        woken.clear()
        server.start()
        until(lambda: None in woken)
        assert one.up
        found = one.look("room")
        assert (found.value, len(found.entries), found.present) == (b"a", 50, 7)
        one.close()


@needs_redis
def test_change_is_abandoned_after_repeated_conflicts(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server:
        one, other = ByRedis(server.url), ByRedis(server.url)
        tries = 0

        def decide(_: bytes | None) -> Update:
            nonlocal tries
            tries += 1
            other.update("room", _put(b"%d" % tries))
            return Update(LIFE, b"mine")

        with pytest.raises(AwayError):
            one.update("room", decide)
        assert other.read("room") == b"%d" % tries
        one.close()
        other.close()
