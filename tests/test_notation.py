"""How calls are written: in the user's own operands, and so that they mean what was run."""

import ast

import pytest

from tests import traces
from viz_app.picture.notation import Reading

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
    told = reading.expression(last).replace("−", "-")
    assert ast.dump(ast.parse(told)) == ast.dump(ast.parse(written)), told
