"""Every row of knowledge/ops: it is well formed, and its local derivative is autograd's."""

import re

import pytest

from tests.traces import run
from viz_app.knowledge import ops
from viz_app.picture import payload
from viz_app.picture.notation import Reading

CALLS = {
    "Add": "x + y", "Sub": "x - y", "Rsub": "3 - x", "Mul": "x * y", "Div": "x / y",
    "Pow": "x ** y", "Neg": "-x", "Reciprocal": "x.reciprocal()", "Abs": "x.abs()",
    "Exp": "x.exp()", "Expm1": "x.expm1()", "Log": "x.log()", "Log1P": "x.log1p()",
    "Log2": "x.log2()", "Sqrt": "x.sqrt()", "Rsqrt": "x.rsqrt()", "Sin": "x.sin()",
    "Cos": "x.cos()", "Tan": "x.tan()", "Asin": "x.asin()", "Atan": "x.atan()",
    "Sinh": "x.sinh()", "Cosh": "x.cosh()", "Erf": "x.erf()", "Tanh": "x.tanh()",
    "Sigmoid": "x.sigmoid()", "LogSigmoid": "torch.nn.functional.logsigmoid(x)",
    "Relu": "x.relu()", "Silu": "torch.nn.functional.silu(x)",
    "Softplus": "torch.nn.functional.softplus(x)", "Clone": "x.clone()",
}  # fmt: skip
"""How to call each row that has a numeric derivative. `torch.square` is Pow in autograd."""
NUMERIC = [row for row in ops.ROWS if any(partial.at for partial in row.partials)]


def test_names_are_unique() -> None:
    names = [row.grad_fn for row in ops.ROWS]
    assert len(names) == len(set(names))
    assert all(row.source for row in ops.ROWS)


@pytest.mark.parametrize("row", NUMERIC, ids=lambda row: row.grad_fn)
def test_local_derivative_is_autograds(row: ops.Operation) -> None:
    if row.grad_fn == "Square":
        pytest.skip("torch.square leaves a PowBackward0")
    low, high = row.domain
    points = [low + (high - low) * k / 4 + 0.013 for k in range(4)]
    others = [0.5 + 0.3 * k for k in range(4)]
    trace = run(
        f"x = torch.tensor({points}, dtype=torch.float64, requires_grad=True)\n"
        f"y = torch.tensor({others}, dtype=torch.float64, requires_grad=True)\n"
        f"r = {CALLS[row.grad_fn]}\nr.sum().backward()\n"
    )
    assert trace.error is None
    node = next(n for n in trace.nodes if any(name.text == "r" for name in n.names))
    assert ops.base(node.grad_fn) == row.grad_fn
    step = next(step for step in trace.steps if step.node == node.id)
    result = node.values[0]
    arrays = Reading(trace).arrays(node)
    assert result is not None
    assert step.sends
    for send in step.sends:
        slot = trace.edges[send.edge].slot
        assert slot is not None
        at = row.partials[slot].at
        assert at is not None
        assert send.grad is not None
        for k, gradient in enumerate(send.grad.data):
            operands = tuple(
                float(array.data[k if array.shape else 0])  # type: ignore[arg-type]
                for array in arrays
                if array is not None
            )
            ours = at(operands, float(result.data[k]))  # type: ignore[arg-type]
            assert ours == pytest.approx(gradient, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("row", ops.ROWS, ids=lambda row: row.grad_fn)
def test_formulas_fill_and_render(row: ops.Operation) -> None:
    labels = (r"\text{a}", r"\text{b}", r"\text{c}")
    for template in (row.latex, *(partial.latex for partial in row.partials)):
        latex = ops.fill(template, labels, r"\text{r}", 4)
        assert not re.search(r"<\w", latex)
        if latex:
            assert payload.mathml(latex).startswith("<math")
    for partial in row.partials:
        assert not re.search(r"<\w", ops.plain(partial.plain, ("a", "b", "c"), "r", 4))


def test_powers_are_written_short() -> None:
    plain = ops.row("PowBackward0").partials[0].plain
    assert ops.plain(plain, ("b", "2"), "c", 1) == "× 2b"
    assert ops.plain(plain, ("b", "3"), "c", 1) == "× 3b²"


def test_unknown_is_opaque() -> None:
    assert ops.row("NoSuchBackward7").role == "opaque"
    assert ops.row(None).role == "opaque"
    assert ops.base("NoSuchBackward7") == "NoSuch"


def test_missing_operand_is_refused() -> None:
    with pytest.raises(IndexError):
        ops.fill("<1>", ("a",), "r", 1)
