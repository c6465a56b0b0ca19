"""The pictures of a drag: those of its numbers, and of nothing that the session did not run."""

import asyncio
import gc
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from starlette.requests import Request
from starlette.responses import Response

from tests import traces
from viz_app.browser import ChangeRequest
from viz_app.engine import client
from viz_app.errors import VizError, failure
from viz_app.knowledge import text
from viz_app.limits import Limits, Quota, Visitor
from viz_app.page import live
from viz_app.page.visit.kept_pictures import Seen
from viz_app.page.visit.state import DragStart
from viz_app.picture import scene
from viz_app.picture.layout import cards
from viz_app.picture.payload import payload
from viz_app.workers import pool
from viz_app.workers.jobs import Draw, Look

SOURCE = "x = torch.tensor(3., requires_grad=True)\ny = x ** 2\ny.backward()\nprint(x.grad)\n"
WORDS = text.load("en")


LOOK = Look((), "en", "light", explained=False)


def _start(source: str = SOURCE, *, explained: bool = False) -> DragStart:
    recorded = traces.recorded(source)
    return DragStart(
        Visitor("me", "192.0.2.1"),
        7,
        Seen(recorded, LOOK, pool.draw(Draw(recorded, LOOK))),
        explained=explained,
    )


def _follow(start: DragStart, change: ChangeRequest, drawn: str = "") -> Any:
    return json.loads(live.follow(start, change, drawn))


def _change(number: str, **others: Any) -> ChangeRequest:
    return msgspec.convert(
        {"id": 0, "base": 7, "kind": "number", "text": number, **others}, ChangeRequest
    )


def test_live_picture_matches_the_dragged_number() -> None:
    start = _start()
    shown = _follow(start, _change("5"))
    text = SOURCE.replace("3.", "5.")
    # The whole run, with all that explains it, shows the very same.
    before = cards.extents(scene.build(traces.run(SOURCE)).faces)
    built = scene.build(client.run(text, Limits()), (), before)
    assert shown["text"] == text
    assert shown["picture"] == json.loads(msgspec.json.encode(payload(built, WORDS)))
    assert shown["printed"] == [{"text": "tensor(10.)", "stream": "out"}]
    assert shown["state"] == "ready"
    assert shown["explain"] is None
    assert "figure" not in _follow(start, _change("6"), shown["picture"]["drawn"])["picture"]


def test_open_explanations_follow_a_drag() -> None:
    shown = _follow(_start(explained=True), _change("5"))
    assert "10" in json.dumps(shown["explain"]["rules"])


def test_dragged_number_that_stops_the_program_shows_what_was_recorded() -> None:
    start = _start("n = 3\nx = torch.ones(3, requires_grad=True)\n(x * torch.ones(n)).sum()\n")
    shown = _follow(start, _change("2"))
    assert shown["state"] == "error"
    assert shown["picture"]["vertices"][0]["name"] == "x"


def test_earlier_picture_stays_if_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise VizError(failure("limit_rate", limit=1, seconds=1))

    start = _start()
    monkeypatch.setattr(client, "record", refuse)
    shown = _follow(start, _change("5"))
    assert (shown["state"], shown["picture"]) == ("stale", None)
    assert "5." in shown["text"]


def _get(change: str, session: str = "me") -> Response:
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/live",
        "query_string": urlencode({"change": change}).encode(),
        "headers": [(b"viz-session", session.encode())],
    }
    # In a thread: the browser tests leave an event loop running in this one.
    with ThreadPoolExecutor() as thread:
        return thread.submit(asyncio.run, live.answer(Request(scope))).result()


def test_live_route_answers_its_own_session_only() -> None:
    change = json.dumps({"id": 0, "base": 7, "kind": "number", "at": 0, "text": "4"})
    assert _get(change).status_code == 204
    start = live.offer(_start())
    answer = _get(change)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert json.loads(bytes(answer.body))["printed"] == [{"text": "tensor(8.)", "stream": "out"}]
    assert _get(change, "you").status_code == 204
    assert _get(change.replace("7", "6")).status_code == 204
    assert _get(change.replace("number", "change")).status_code == 400
    assert _get("{" * 5_000).status_code == 400
    # A text that is not a number changes nothing.
    hostile = _get(change.replace('"4"', '"4; import os"'))
    assert json.loads(bytes(hostile.body))["text"] == SOURCE
    del start
    gc.collect()
    assert _get(change).status_code == 204


@pytest.mark.parametrize(
    "shares", [Quota(live=1), Quota(live_each=1), Quota(live_address=1)], ids=str
)
def test_drag_skips_pictures_while_too_many_are_being_made(
    shares: Quota, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one picture is in progress, another is refused at once; after its end there is room
    again."""
    monkeypatch.setattr(live, "_shares", lambda: shares)
    begun, ending = threading.Event(), threading.Event()

    def follow(*_: object) -> bytes:
        begun.set()
        assert ending.wait(30)
        return b"{}"

    monkeypatch.setattr(live, "follow", follow)
    start = live.offer(_start())
    change = json.dumps({"id": 0, "base": 7, "kind": "number", "at": 0, "text": "4"})
    with ThreadPoolExecutor() as threads:
        first = threads.submit(_get, change)
        assert begun.wait(30)
        assert _get(change).status_code == 429
        ending.set()
        assert first.result().status_code == 200
    assert _get(change).status_code == 200
    del start
