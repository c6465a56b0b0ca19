"""Runs and pictures shared by their content: one for a class that opens a link, none of others."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests import traces
from tests.patience import beside
from tests.replicas.kinds import Clock
from viz_app.engine import client
from viz_app.engine.client import Recorded
from viz_app.limits import FOLDED, Limits
from viz_app.page.visit import results, running
from viz_app.page.visit.state import Visit
from viz_app.replicas import current
from viz_app.replicas.memory import Memory
from viz_app.share import Settings
from viz_app.workers import pool
from viz_app.workers.jobs import Draw, Look, Picture

SOURCE = "x = torch.tensor(2., requires_grad=True)\n(x ** 2).backward()\n"


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch) -> Iterator[Memory]:
    made = Memory(Clock())
    monkeypatch.setattr(current, "shared", lambda: made)
    yield made
    made.close()


def _recorded(source: str, limits: Limits, chosen_pass: int | None, made: list[int]) -> Recorded:
    def run() -> Recorded:
        made.append(1)
        return Recorded(source, b"answer", None, limits, chosen_pass)

    return results.recorded(source, limits, chosen_pass, run, pause=lambda: None)


def test_one_run_serves_all_who_open_a_text() -> None:
    made: list[int] = []
    ends = [beside(lambda: _recorded(SOURCE, Limits(), None, made)) for _ in range(20)]
    assert {end() for end in ends} == {Recorded(SOURCE, b"answer")}
    assert made == [1]


def test_other_text_limit_pass_or_edition_needs_another_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[int] = []
    for source, limits, chosen_pass in (
        (SOURCE, Limits(), None),
        (SOURCE + "x\n", Limits(), None),
        (SOURCE, FOLDED, None),
        (SOURCE, Limits(), 3),
    ):
        for _ in range(2):
            found = _recorded(source, limits, chosen_pass, made)
            assert (found.source, found.limits, found.chosen_pass) == (source, limits, chosen_pass)
    assert len(made) == 4
    monkeypatch.setattr(results, "edition", lambda: "another")
    _recorded(SOURCE, Limits(), None, made)
    assert len(made) == 5


def test_foreign_result_is_computed_again(state: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    for body in (b"\x80", b"not msgpack", b"\x81\xa6source\x01"):
        monkeypatch.setattr(state, "kept", lambda _, body=body: body)
        made: list[int] = []
        assert _recorded(SOURCE, Limits(), None, made).body == b"answer"
        assert made == [1]


def test_a_shared_picture_is_the_one_that_was_drawn() -> None:
    job = Draw(traces.recorded(SOURCE), Look((), "en", "light", explained=False))
    drawn = []

    def draw() -> Picture:
        drawn.append(1)
        return pool.draw(job)

    try:
        first, second = (results.picture(b"digest", draw, pause=lambda: None) for _ in range(2))
    finally:
        pool.close()
    assert first == second
    assert drawn == [1]


def test_visitors_own_texts_are_not_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is neither kept nor looked for, also if it is the text of another one's link."""
    runs: list[str] = []

    def record(source: str, *_: Any, **__: Any) -> Recorded:
        runs.append(source)
        return Recorded(source, b"answer")

    monkeypatch.setattr(client, "record", record)
    opened, writes = Visit(link=Settings(program=SOURCE)), Visit()
    for visit, times in ((writes, 2), (opened, 1), (opened, 0), (writes, 1)):
        monkeypatch.setattr(running, "visit", lambda visit=visit: visit)
        before = len(runs)
        for _ in range(max(times, 1)):
            assert running._recorded(SOURCE, Limits(), None).body == b"answer"
        assert len(runs) - before == times
