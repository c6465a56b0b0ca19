"""The run of a session's text, when a newer request of the visitor stops its thread."""

import contextlib
from threading import Event, Thread
from typing import Any
from unittest.mock import MagicMock

import msgspec
import pytest
import streamlit as st

from tests import traces
from tests.patience import PATIENCE_SECONDS
from viz_app.engine import client
from viz_app.knowledge import text
from viz_app.limits import FOLDED, Limits, Visitor
from viz_app.page.visit import beside, results, running
from viz_app.page.visit.state import Run, Visit, visit
from viz_app.share import Settings
from viz_app.workers.jobs import Look

SOURCE = "x = torch.tensor(2., requires_grad=True)\n(x ** 2).backward()\n"
LATER = SOURCE + "x.grad\n"


LOOK = Look((), "en", "light", explained=False)


class StoppedError(Exception):
    """Stand-in for Streamlit's exceptions that end a thread."""


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    for source in (SOURCE, LATER):
        traces.recorded(source)  # kept by `traces`, whose runs are patched below
    session = {"visit": Visit(program=SOURCE, visitor=Visitor("anna"))}
    monkeypatch.setattr(st, "session_state", session)
    monkeypatch.setattr(st, "spinner", lambda _: contextlib.nullcontext())
    return session


def _run(look: Look = LOOK) -> Run:
    return running.run(text.load("en"), look, MagicMock())


def _stop(*_: Any, **__: Any) -> Any:
    raise StoppedError


@pytest.mark.parametrize(("owner", "name"), [(st, "spinner"), (client, "record")])
def test_nobody_waits_for_a_stopped_thread(
    session: dict[str, Any], monkeypatch: pytest.MonkeyPatch, owner: Any, name: str
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(owner, name, _stop)
        with pytest.raises(StoppedError):
            _run()
    assert session["visit"].last.going == {}
    monkeypatch.setattr(client, "record", lambda *_, **__: traces.recorded(SOURCE))
    assert _run().number == 1


def test_run_of_a_thread_stopped_while_drawing_is_not_repeated(
    session: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = []

    def run(source: str, *_: Any, **__: Any) -> Any:
        runs.append(source)
        return traces.recorded(source)

    monkeypatch.setattr(client, "record", run)
    with monkeypatch.context() as patched:
        patched.setattr(running, "_drawn", _stop)
        with pytest.raises(StoppedError):
            _run()
    assert _run().number == 1
    assert runs == [SOURCE]
    visit().last.again = True
    assert _run().number == 2
    assert runs == [SOURCE, SOURCE]


def test_unfolding_explanations_runs_what_only_they_show(
    session: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = []

    def run(source: str, given: Limits, **_: Any) -> Any:
        limits.append(given)
        return msgspec.structs.replace(traces.recorded(source), limits=given)

    monkeypatch.setattr(client, "record", run)
    assert [_run().number for _ in range(2)] == [1, 1]
    assert running.folded()
    unfolded = msgspec.structs.replace(LOOK, explained=True)
    assert [_run(unfolded).number for _ in range(2)] == [2, 2]
    assert not running.folded()
    assert _run().number == 2  # folded again, it shows no less
    assert limits == [FOLDED, Limits()]


def test_two_threads_with_the_same_text_run_it_once(
    session: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    began, go, runs = Event(), Event(), []

    def run(source: str, *_: Any, **__: Any) -> Any:
        runs.append(source)
        began.set()
        go.wait(PATIENCE_SECONDS)
        return traces.recorded(source)

    monkeypatch.setattr(client, "record", run)
    found: list[Run] = []
    threads = [Thread(target=lambda: found.append(_run())) for _ in range(2)]
    threads[0].start()
    assert began.wait(PATIENCE_SECONDS)
    threads[1].start()
    threads[1].join(0.2)
    assert threads[1].is_alive()
    go.set()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert runs == [SOURCE]
    assert [run.number for run in found] == [1, 1]


def test_files_beside_the_program_run_it_again_and_are_given_to_it(
    session: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []

    def run(source: str, *_: Any, files: client.Files, **__: Any) -> Any:
        given.append(files)
        return traces.recorded(source)

    monkeypatch.setattr(client, "record", run)
    visit().link = Settings(program=SOURCE)  # others open it as well, without the files
    monkeypatch.setattr(results, "recorded", lambda *args, pause: args[3]())
    assert [_run().number for _ in range(2)] == [1, 1]
    visit().beside = beside.added(visit().beside, "a.csv", b"1")
    monkeypatch.setattr(results, "recorded", None)  # not among those that all share
    monkeypatch.setattr(results, "picture", None)
    assert [_run().number for _ in range(2)] == [2, 2]
    visit().beside = beside.without(visit().beside, "a.csv")
    assert given == [(), (("a.csv", b"1"),)]


def test_outdated_result_does_not_replace_the_current_one(
    session: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(source: str, *_: Any, **__: Any) -> Any:
        if source == SOURCE:  # the visitor has typed on meanwhile, and has that answer
            session["visit"].program = LATER
            _run()
        return traces.recorded(source)

    monkeypatch.setattr(client, "record", run)
    last = visit().last
    running._finish(last, (SOURCE, None, 0), LOOK, MagicMock())
    assert last.run is not None
    assert last.run.source == LATER
