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
