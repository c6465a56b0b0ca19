"""The questions for a learner: the numbers of the trace, and typical mistakes."""

import math

import pytest

from tests import traces
from viz_app.browser import Question
from viz_app.knowledge import lessons, text
from viz_app.picture import scene
from viz_app.picture.payload import payload

X = "x = torch.tensor(3., requires_grad=True)\n"


def _asks(source: str) -> list[Question]:
    body = payload(scene.build(traces.run(source)), text.load("en"))
    return [frame.ask for frame in body.frames if frame.ask is not None]


def _slips(ask: Question) -> dict[str, list[list[float]]]:
    found: dict[str, list[list[float]]] = {}
    for slip in ask.slips:
        found.setdefault(slip.key, []).append(list(slip.numbers))
    return found


def test_questions_follow_a_path_and_end_with_grad() -> None:
    asks = _asks(lessons.first().program)
    assert [(ask.kind, ask.name, list(ask.numbers)) for ask in asks] == [
        ("send", "d", [0.5, 0.5]),
        ("send", "c", [1, 1]),
        ("send", "b", [6, 8]),
        ("send", "a", [6, 8]),
        ("grad", "a", [6, 8]),
    ]
    # Each states what arrived; the first of a pass is on no card before.
    assert [ask.received for ask in asks] == ["1", "[0.5, 0.5]", "[1, 1]", "[6, 8]", ""]
    # [0.5, 0.5] arrives and is sent on times 2.
    known = {"upstream": [[0.5, 0.5]], "local": [[2, 2]], "sign": [[-1, -1]]}
    assert _slips(asks[1]) == known


def test_each_single_path_of_a_sum_is_a_known_mistake() -> None:
    asks = _asks(lessons.load()["fan-out"].program)
    last = next(ask for ask in asks if ask.kind == "grad" and ask.name == "x")
    assert last.numbers == (37,)
    assert _slips(last) == {"path": [[1], [6], [30]], "sign": [[-37]]}


def test_earlier_content_of_grad_is_a_known_mistake() -> None:
    asks = _asks(X + "(2 * x).backward()\n(5 * x).backward()\n")
    assert asks[-1].numbers == (7,)
    assert _slips(asks[-1]) == {"old": [[2]], "before": [[5]], "path": [[5]], "sign": [[-7]]}


def test_question_about_a_large_tensor_is_about_its_largest_element() -> None:
    source = (
        "w = torch.arange(12.).reshape(3, 4).requires_grad_()\n(w * w).sum().backward()\nw.grad\n"
    )
    ask = _asks(source)[-1]
    assert (ask.place, ask.numbers) == ("[2, 3]", (22,))
    assert ask.there == "∇ w[2, 3] = 11, ∇ w[2, 3] = 11"


def test_question_about_one_element_has_the_numbers_for_its_answer() -> None:
    asks = _asks(lessons.load()["two-layer-mlp"].program)
    # 2 / 8 · (pred − Y) = 0.25 · (-0.8102 - 1)
    assert asks[0].there == "pred[7, 0] = -0.8102, Y[7, 0] = 1"
    assert asks[0].numbers == pytest.approx([-0.45255], rel=1e-3)
    tanh = next(ask for ask in asks if ask.name == "linear")
    assert tanh.there.startswith(f"∇ tanh(linear){tanh.place} = ")
    # A few numbers are all on their cards.
    assert {ask.there for ask in _asks(lessons.first().program)} == {""}


@pytest.mark.parametrize("number", ["nan", "inf"])
def test_no_question_has_an_answer_that_is_not_a_number(number: str) -> None:
    asks = _asks(X + f"(x * float('{number}')).backward()\n")
    assert all(math.isfinite(each) for ask in asks for each in ask.numbers)
    assert len(asks) < 2


@pytest.mark.parametrize("lesson", list(lessons.load().values()), ids=lambda each: each.slug)
def test_no_listed_mistake_equals_the_right_answer(lesson: lessons.Lesson) -> None:
    asks = _asks(lesson.program)
    assert asks
    for ask in asks:
        assert all(slip.numbers != ask.numbers for slip in ask.slips)
        assert all(len(slip.numbers) == len(ask.numbers) for slip in ask.slips)


def test_every_mistake_has_its_sentence() -> None:
    for language in text.languages():
        words = text.load(language).table("stage")
        keys = {"upstream", "local", "sum", "path", "before", "old", "sign"}
        assert {f"predict_{key}" for key in keys} <= set(words)
