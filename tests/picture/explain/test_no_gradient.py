"""Programs without a gradient, each with its expected reason and line."""

import re

import pytest

from tests import traces
from tests.reasons import FINE, TABLE
from viz_app.knowledge import text
from viz_app.picture import scene
from viz_app.picture.explain import no_gradient, panel
from viz_app.picture.words import sentence
from viz_app.picture.words.notation import Reading


def test_table_of_reasons_has_its_minimum_length() -> None:
    assert len(TABLE) >= 40


@pytest.mark.parametrize(("expected", "program"), TABLE, ids=[case[0] for case in TABLE])
def test_reason_and_line_are_reported(expected: str, program: str) -> None:
    reason, name, line = expected.split()
    found = no_gradient.Doctor(Reading(traces.run(program))).variable(name)
    assert found is not None
    assert (found.reason, found.line) == (reason, int(line))
    for language in text.languages():
        for each in found.sentences:
            words = sentence.plain(each, text.load(language))
            assert words
            assert not re.search(r"\{[a-z_]+\}|\?|  ", words)  # nothing is missing


def test_good_gradient_has_no_diagnosis() -> None:
    assert no_gradient.variables(Reading(traces.run(FINE))) == ()


def test_nothing_is_said_of_a_view_whose_base_was_changed_after_its_use() -> None:
    program = (
        "x = torch.tensor([[1., 2.], [3., 4.]], requires_grad=True)\n"
        "y = x * 1\na, b = y.unbind(0)\nc = a + b\ny += 2\n(y * c).sum().backward()\n"
    )
    found = no_gradient.Doctor(Reading(traces.run(program)))
    assert found.variable("a") is None  # a gradient came through it
    assert found.variable("c") is not None


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(KeyError):
        no_gradient.Doctor(Reading(traces.run(FINE))).variable("nothing")


@pytest.mark.parametrize(
    ("name", "operation"),
    [
        ("detached a 3", "detach"),
        ("zero_relu a 2", "relu"),
        ("no_grad a 4", "mul"),
        ("zero_saturated a 2", "sigmoid"),
    ],
)
def test_the_cut_is_shown_in_the_picture(name: str, operation: str) -> None:
    program = next(case[1] for case in TABLE if case[0] == name)
    shown = scene.build(traces.run(program))
    explained = panel.explain(shown, text.load("en"))
    at = next(one["at"] for one in explained["reasons"] if one["name"] == name.split()[1])
    assert {shown.trace.nodes[node].op for node in shown.vertices[at].nodes} == {operation}
