"""Runs and pictures that pages hold: shared, bounded, and made again once given up."""

import gc
from typing import Any

import pytest

from tests.page.test_page import _app, _data, _edit
from viz_app.engine import client
from viz_app.engine.client import Recorded
from viz_app.page.visit import kept_pictures
from viz_app.page.visit.kept_pictures import Seen, Store
from viz_app.workers import pool
from viz_app.workers.jobs import Draw, Look, Picture

LOOK = Look((), "en", "light", explained=False)


def _seen(source: str, size: int) -> Seen:
    empty: dict[str, Any] = dict.fromkeys(Picture.__struct_fields__, b"")
    empty |= {"source": source, "error": None, "degree": "whole", "short": True}
    empty |= {"inputs": (), "calls": (), "shows": (), "verdict": None, "stage": bytes(size)}
    return Seen(Recorded(source, b"body"), LOOK, Picture(**empty))


def test_least_recently_used_picture_is_dropped_and_keeps_its_text() -> None:
    store = Store(1_000)
    one, two, three = (_seen(name, 400) for name in ("one", "two", "three"))
    for each in (one, two, one, three):
        store.use(each)
    assert [it.gone for it in (one, two, three)] == [False, True, False]
    assert two.recorded == Recorded("two", None)
    assert two.picture.source == "two"
    assert two.size() < 50
    assert store.bytes() <= 1_000


def test_picture_larger_than_the_limit_is_held_alone() -> None:
    store = Store(1_000)
    small, large = _seen("small", 10), _seen("large", 5_000)
    store.use(small)
    store.use(large)
    assert (small.gone, large.gone) == (True, False)
    other = _seen("other", 10)
    store.use(other)
    assert (large.gone, other.gone) == (True, False)


def test_pictures_without_a_page_are_not_counted() -> None:
    store = Store(1_000)
    left = _seen("left", 900)
    store.use(left)
    del left
    gc.collect()
    assert store.bytes() == 0
    stays = _seen("stays", 900)
    store.use(stays)
    assert not stays.gone


def test_same_answer_in_the_same_look_is_held_once() -> None:
    store = Store(1_000)
    made = store.keep(_seen("a", 10), b"")
    same = Recorded("a", b"body")
    assert store.like(same, LOOK, b"") is made
    assert store.like(same, Look((), "ko", "light", explained=False), b"") is None
    assert store.like(Recorded("a", b"else"), LOOK, b"") is None
    assert store.like(same, LOOK, b"widths") is None
    made.give_up()
    assert store.like(same, LOOK, b"") is None


SOURCE = "x = torch.tensor(3., requires_grad=True)\ny = x ** 2\ny.backward()\nprint(x.grad)\n"


def test_page_whose_picture_was_dropped_runs_its_text_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = _edit(_app(), SOURCE)
    panels = ("viz_stage", "viz_inputs", "viz_output")
    before = {name: _data(at, name) for name in panels}
    ran: list[str] = []
    original = client.record

    def record(source: str, *given: Any, **named: Any) -> Recorded:
        ran.append(source)
        return original(source, *given, **named)

    monkeypatch.setattr(client, "record", record)
    at.run()
    assert ran == []  # a rerun for another reason runs nothing
    at.session_state["visit"].seen.give_up()
    at.run()
    assert not at.exception
    assert ran == [SOURCE]
    after = {name: _data(at, name) for name in panels}
    assert after["viz_stage"]["picture"] == before["viz_stage"]["picture"]
    assert after["viz_inputs"]["inputs"] == before["viz_inputs"]["inputs"]
    assert after["viz_output"]["pieces"] == before["viz_output"]["pieces"]


def test_two_pages_with_one_program_hold_one_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Draw] = []
    original = pool.draw

    def draw(job: Draw, **named: Any) -> Picture:
        drawn.append(job)
        return original(job, **named)

    monkeypatch.setattr(pool, "draw", draw)
    source = SOURCE + "# ours\n"
    first, second = (_edit(_app(), source) for _ in range(2))
    assert first.session_state["visit"].seen is second.session_state["visit"].seen
    assert [job.run.source for job in drawn].count(source) == 1
    assert kept_pictures.store().bytes() >= first.session_state["visit"].seen.size()
