"""The panel of inputs and operations without a browser: requests, edits and the way back."""

from typing import Any

import pytest

from tests import traces
from viz_app.browser import ChangeRequest
from viz_app.knowledge import text
from viz_app.page.panels import inputs
from viz_app.page.visit.history import History, typed

SOURCE = "a = torch.tensor([2., 3.], requires_grad=True)\nb = a ** 2\nb.sum().backward()\n"


def _fulfil(source: str, history: History, **wanted: Any) -> tuple[str, History]:
    asked = ChangeRequest(id=history.answered + 1, base=0, **wanted)
    after, history = inputs.fulfil(asked, source, history, traces.run(source))
    assert history.answered == asked.id
    return after, history


@pytest.mark.parametrize(
    ("wanted", "old", "new"),
    [
        ({"kind": "number", "at": 0, "index": (1,), "text": "5"}, "3.", "5."),
        ({"kind": "number", "at": 2, "text": "3"}, "** 2", "** 3"),
        ({"kind": "shape", "at": 0, "index": (1,)}, "[2., 3.]", "[2.]"),
        ({"kind": "switch", "at": 1, "on": False}, ", requires_grad=True", ""),
        ({"kind": "change", "at": 0, "text": "exp"}, "a ** 2", "a.exp()"),
        ({"kind": "swap", "at": 0}, "a ** 2", "2 ** a"),
        ({"kind": "step", "at": 0, "text": "exp"}, "a ** 2", "(a ** 2).exp()"),
        ({"kind": "wrap", "at": 0, "text": "exp"}, "a ** 2", "torch.exp(a ** 2)"),
        ({"kind": "remove", "at": 0, "index": (0,)}, "a ** 2", "a"),
    ],
)
def test_a_request_is_fulfilled_undone_and_redone(
    wanted: dict[str, Any], old: str, new: str
) -> None:
    after, history = _fulfil(SOURCE, History(), **wanted)
    assert after == SOURCE.replace(old, new)
    for language in text.languages():
        assert text.load(language)(history.done[-1][0])
    back, history = _fulfil(after, history, kind="undo")
    assert back == SOURCE
    again, history = _fulfil(back, history, kind="redo")
    assert again == after
    assert history.undone == ()
    assert len(history.done) == 1


@pytest.mark.parametrize(
    "wanted",
    [
        {"kind": "number", "at": 99, "text": "5"},
        {"kind": "number", "at": 0, "index": (9,), "text": "5"},
        {"kind": "number", "at": 0, "index": (0,), "text": "5; import os"},
        {"kind": "change", "at": 0, "text": "system"},
        {"kind": "wrap", "at": 0, "text": "os.system"},
        {"kind": "remove", "at": 0, "index": (5,)},
        {"kind": "swap", "at": 99},
        {"kind": "keep"},
        {"kind": "shape", "at": 0, "index": (0,)},
        {"kind": "seed", "at": 0},
        {"kind": "undo"},
        {"kind": "redo"},
    ],
)
def test_impossible_request_changes_nothing(wanted: dict[str, Any]) -> None:
    after, history = _fulfil(SOURCE, History(), **wanted)
    assert after == SOURCE
    assert history == History(answered=1)


def test_a_drag_is_one_step_back() -> None:
    source, history = SOURCE, History()
    for number in ("2.1", "2.2", "2.3"):
        source, history = _fulfil(
            source, history, kind="number", at=0, index=(0,), text=number, drag=7
        )
    assert "[2.3, 3.]" in source
    assert _fulfil(source, history, kind="undo")[0] == SOURCE
    source, history = _fulfil(source, history, kind="number", at=0, index=(0,), text="9.", drag=8)
    assert len(history.done) == 2


def test_a_request_about_another_text_is_dropped() -> None:
    wanted = ChangeRequest(id=4, base=0, kind="number", at=0, index=(0,), text="5")
    other = SOURCE + "# changed"
    for found in (traces.run(SOURCE), None):
        after = inputs.fulfil(wanted, other, History(), found)
        assert after == (other, History(answered=4))


def test_typing_can_be_undone_too() -> None:
    history = typed(History(), SOURCE, burst=-1)
    assert _fulfil("x = 1", history, kind="undo")[0] == SOURCE


def test_a_burst_of_typing_is_one_entry_until_something_else_is_done() -> None:
    history = typed(History(), SOURCE, burst=-1)
    history = typed(history, SOURCE + "# so", burst=-1)
    assert [text for _, text in history.done] == [SOURCE]
    back, history = _fulfil(SOURCE + "# so far", history, kind="undo")
    assert back == SOURCE
    history = typed(history, SOURCE, burst=-1)
    history = typed(history, SOURCE + "# and", burst=-2)
    assert [text for _, text in history.done] == [SOURCE, SOURCE + "# and"]
    assert history.undone == ()


@pytest.mark.parametrize(("times", "found"), [(1, "5."), (2, "4."), (3, "2."), (2**60, "2.")])
def test_several_steps_back_and_forward_are_one_request(times: int, found: str) -> None:
    source, history = SOURCE, History()
    for number in ("4.", "5.", "6."):
        source, history = _fulfil(source, history, kind="number", at=0, index=(0,), text=number)
    back, past = _fulfil(source, history, kind="undo", times=times)
    assert f"[{found}, 3.]" in back
    again, past = _fulfil(back, past, kind="redo", times=times)
    assert (again, past.done, past.undone) == (source, history.done, ())
    assert _fulfil(source, history, kind="undo", times=-(2**60))[0] == source
