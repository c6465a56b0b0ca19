"""An operation is explained by proven rules, and by a curve where it works element by element."""

import functools
import html
import math
import re

import pytest

from tests import traces
from viz_app.knowledge import text
from viz_app.model import Node
from viz_app.picture import payload, scene
from viz_app.picture.explain import operation
from viz_app.picture.words.notation import Reading

PROGRAM = """
x = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)
y = torch.sigmoid(x)
z = y ** 2
w = torch.exp(2 * z)
r = torch.relu(x)
root = torch.sqrt(x + 1)
s = torch.softmax(x, dim=0)
alone = torch.softmax(x[:1], dim=0)
m = w.mean()
p = w * r
L = (p + s + root).sum() + m + alone.sum()
L.backward()
"""


@functools.cache
def _reading() -> Reading:
    return Reading(traces.run(PROGRAM))


def _made(name: str) -> Node:
    reading = _reading()
    return next(it for it in reading.trace.nodes if reading.label(it.id) == name)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("y", lambda x: 1 / (1 + math.exp(-x))),
        ("z", lambda x: x**2),
        ("r", lambda x: max(0.0, x)),
        ("w", math.exp),
        ("2*z", lambda x: 2 * x),
    ],
)
def test_curve_is_the_function_itself(name: str, function: object) -> None:
    assert callable(function)
    found = operation.curve(_reading(), _made(name))
    assert found is not None
    assert found.ys == pytest.approx([function(x) for x in found.xs], rel=1e-3, abs=1e-3)
    assert [it.y for it in found.here] == pytest.approx([function(it.x) for it in found.here])


def test_points_are_those_of_the_run_with_autograds_slopes() -> None:
    found = operation.curve(_reading(), _made("y"))
    assert found is not None
    assert [it.x for it in found.here] == [0.5, -1.0, 2.0]
    slopes = [it.y * (1 - it.y) for it in found.here]
    assert [it.slope for it in found.here] == pytest.approx(slopes, rel=1e-4)


def test_no_slope_is_shown_where_nothing_arrived() -> None:
    found = operation.curve(_reading(), _made("w"))
    assert found is not None
    assert [it.slope is None for it in found.here] == [False, False, False]
    trace = traces.run("x = torch.tensor([0., 1.], requires_grad=True)\ny = x ** 2\n"
                       "(y * torch.tensor([0., 3.])).sum().backward()")  # fmt: skip
    reading = Reading(trace)
    node = next(it for it in trace.nodes if reading.label(it.id) == "y")
    curve = operation.curve(reading, node)
    assert curve is not None
    assert [it.slope for it in curve.here] == [None, 2.0]


def test_curve_has_a_gap_where_the_function_has_none() -> None:
    found = operation.curve(_reading(), _made("root"))
    assert found is not None
    assert [y is None for y in found.ys] == [x < 0 for x in found.xs]


@pytest.mark.parametrize("name", ["s", "alone", "m", "p", "L"])
def test_operation_that_mixes_elements_has_no_curve(name: str) -> None:
    assert operation.curve(_reading(), _made(name)) is None


def test_rules_are_the_equation_and_the_derivatives() -> None:
    assert operation.rules(_reading(), _made("p")) == (
        r"\text{p} = \text{w} \cdot \text{r}",
        r"\frac{\partial \text{p}}{\partial \text{w}} = \text{r}",
        r"\frac{\partial \text{p}}{\partial \text{r}} = \text{w}",
    )


def test_picture_has_the_sentence_in_each_language() -> None:
    shown = scene.build(traces.run(PROGRAM))
    for language, words in (("en", "its slope is 1.245"), ("ko", "기울기는 1.245")):
        picture = payload.payload(shown, text.load(language))
        told = [it.curve.text for it in picture.vertices if it.curve is not None]
        assert any(words in one for one in told)
        rules = [k for it in picture.vertices for k in it.rules]
        assert rules
        assert max(rules) < len(picture.formulas)


def test_a_step_is_told_as_a_product_in_numbers_at_its_disc() -> None:
    body = payload.payload(scene.build(traces.run(traces.SEED)), text.load("en"))

    def told(place: int) -> dict[str, str]:
        return {
            body.vertices[disc].call: "".join(
                html.unescape(re.sub("<[^>]*>", "", body.formulas[one.formula]))
                for one in parts
                if one
            )
            for disc, parts in body.frames[place].products.items()
        }

    assert [told(place) for place in range(10)] == [
        *[{}] * 5,
        {"mean(d)": "1·0.5=[0.5,0.5]"},
        {"2*c": "[0.5,0.5]·2=[1,1]"},
        {"b ** 2": "[1,1]·[6,8]=[6,8]"},
        {"a + 1": "[6,8]·1=[6,8]"},
        {},
    ]


def test_a_product_that_a_hook_changed_is_not_told() -> None:
    hooked = "x = torch.tensor(3., requires_grad=True)\ny = x * 2\n"
    hooked += "y.register_hook(lambda grad: grad * 5)\n(y * y).backward()\n"
    body = payload.payload(scene.build(traces.run(hooked)), text.load("en"))
    told = [body.vertices[disc].call for frame in body.frames for disc in frame.products]
    assert told == ["y*y"]
