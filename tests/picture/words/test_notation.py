"""The notation of calls: with the user's own operands, and with the meaning of the call that
ran."""

import ast
import math

import pytest

from tests import traces
from viz_app.model import Array
from viz_app.picture.words import notation
from viz_app.picture.words.notation import Reading


@pytest.mark.parametrize(
    ("sides", "shape", "brief"),
    [
        ((), "()", "0"),
        ((2,), "(2,)", "[0, 1]"),
        ((8,), "(8,)", "[0, … ] (8,)"),
        ((4, 4), "4×4", "4×4"),
        ((2, 1, 3), "2×1×3", "2×1×3"),
    ],
)
def test_a_shape_is_never_written_like_a_value(
    sides: tuple[int, ...], shape: str, brief: str
) -> None:
    array = Array(sides, "torch.float32", tuple(map(float, range(math.prod(sides)))))
    assert notation.shape(array) == shape
    assert notation.brief(array) == brief
    assert "[8]" not in brief + notation.sides(array)


LEAVES = """a = torch.tensor([1., 2.], requires_grad=True)
b = torch.tensor([3., 4.], requires_grad=True)
m = torch.ones(2, 2, requires_grad=True)
"""


@pytest.mark.parametrize(
    "written",
    [
        "a + b - a",
        "a - (b - a)",
        "a*(b + a)",
        "a*b + a",
        "(a*b)**2",
        "(a - 4)**2",
        "(a ** b) ** a",
        "a ** (b ** a)",
        "-(a + b)",
        "(-a) ** b",
        "a/(b*a)",
        "a/b*a",
        "m @ (m + a)",
        "m @ m*b",
        "(a + 1e-05)*b",
        "a - -b",
    ],
)
def test_an_expression_keeps_the_brackets_it_needs(written: str) -> None:
    trace = traces.run(f"{LEAVES}r = {written}\n")
    reading = Reading(trace)
    last = [node for node in trace.nodes if node.kind == "op"][-1]
    expression = reading.expression(last).replace("−", "-")
    assert ast.dump(ast.parse(expression)) == ast.dump(ast.parse(written)), expression


def test_cleaned_names_are_cut_before_they_are_cached() -> None:
    notation._clean.cache_clear()
    assert notation.clean("a\u202eb") == "ab"
    assert notation.clean("x" * 10**6) == "x" * 23 + "…"
    assert notation.clean("x" * 24) == "x" * 24
    assert notation.clean("\u200b" * 10**6 + "x") == "…"
    longer = notation.clean("x" * (10**6 - 1))
    assert notation._clean.cache_info().hits == 1  # the same piece of another long name
    assert longer == "x" * 23 + "…"


@pytest.mark.parametrize(
    ("change", "written"),
    [
        ("y[0].add_(5)", "y[0] + 5"),
        ("y[0].sub_(x[1])", "y[0] - x[1]"),
        ("y[0] *= x[1]", "y[0]*x[1]"),
        ("y[1].add_(x[0], alpha=2)", "add(y[1], x[0], alpha=2)"),
        ("y[1].exp_()", "exp(y[1])"),
        ("y[1].neg_()", "neg(y[1])"),
        ("y[0].pow_(2)", "y[0] ** 2"),
        ("y[1].clamp_(max=2.)", "clamp(y[1], max=2)"),
    ],
)
def test_an_in_place_operation_on_a_view_is_written_with_its_own_operands(
    change: str, written: str
) -> None:
    start = "x = torch.tensor([[1., 2.], [3., 4.]], requires_grad=True)\ny = x * 1\n"
    trace = traces.run(f"{start}{change}\ny.sum().backward()\n")
    reading = Reading(trace)
    (view,) = (node for node in trace.nodes if reading.changed_view(node))
    assert reading.expression(view) == written
    assert view.grad_fn == "AsStridedBackward0"


def test_a_view_that_is_changed_and_keeps_its_name_is_numbered() -> None:
    trace = traces.run(
        "x = torch.tensor([[1., 2.], [3., 4.]], requires_grad=True)\n"
        "y = x * 1\nz = y[0]\nz *= 2\nz -= x[0]\ny.sum().backward()\n"
    )
    reading = Reading(trace)
    views = [node for node in trace.nodes if reading.changed_view(node)]
    assert [reading.label(node.id) for node in views] == ["z₂", "z₃"]
    assert [reading.expression(node) for node in views] == ["z*2", "z₂ - x[0]"]
