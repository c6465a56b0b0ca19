"""Every row of knowledge/ops: it is well formed, it occurs, and its derivative is autograd's."""

import re
from collections import Counter
from typing import Any

import numpy as np
import pytest
import torch

from tests import calls, operations
from tests.traces import run
from viz_app.knowledge import ops
from viz_app.knowledge.text import languages, load
from viz_app.model import Array, Node, Step, Trace
from viz_app.picture import payload
from viz_app.picture.notation import Reading

CALLS = calls.calls()
ROWS = pytest.mark.parametrize("row", ops.ROWS, ids=lambda row: row.grad_fn)
STEPS = {"Round", "Sgn", "Sign", "Floor", "Ceil", "Trunc"}
"""Flat but for jumps: finite differences are zero, too, between them."""
DRAWN = {"RreluWithNoise"}
"""In training, another random slope each call."""
SUMS = {"Aminmax"}
"""The formula is of each of two outputs; finite differences check it."""


def points(row: ops.Operation, name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """Random numbers of the row's domain, the same each time; no two are alike."""
    low, high = row.domain
    generator = torch.Generator().manual_seed(ord(name) + len(row.grad_fn))
    drawn = torch.rand(shape, generator=generator, dtype=torch.float64)
    return low + (high - low) * drawn


def occurrence(row: ops.Operation) -> tuple[Trace, Node, Step]:
    """The row's own node and backward step, weights making the upstream gradient uneven."""
    leaves, expression = CALLS[row.grad_fn]
    made = "".join(
        f"{name} = torch.tensor({points(row, name, shape).tolist()}, "
        "dtype=torch.float64, requires_grad=True)\n"
        for name, shape in leaves
    )
    trace = run(
        f"{calls.SETUP}{made}r = {expression}\n"
        "w = torch.linspace(0.5, 1.5, r.numel(), dtype=r.dtype).reshape(r.shape)\n"
        "(r * w).sum().backward()\n"
    )
    assert trace.error is None
    nodes = [
        node
        for node in trace.nodes
        if node.grad_fn is not None and ops.row(node.grad_fn).grad_fn == row.grad_fn
    ]
    # Sums and products also stand in the lines around the call.
    node = nodes[0]
    return trace, node, next(step for step in trace.steps if step.node == node.id)


def numbers(array: Array | None) -> Any:
    assert array is not None
    return np.array(array.data, dtype=float).reshape(array.shape)


def test_there_are_rows_enough() -> None:
    names = Counter(row.grad_fn for row in ops.ROWS)
    assert len(names) == len(ops.ROWS) >= 125
    assert set(names) == set(CALLS)
    assert all(row.source for row in ops.ROWS)


@ROWS
def test_the_formula_is_autograds(row: ops.Operation) -> None:
    trace, node, step = occurrence(row)
    arrays = Reading(trace).arrays(node)
    result = next(value for value in node.values if value is not None)
    formula = operations.FORMULAS.get(row.grad_fn)
    if not row.partials or row.grad_fn in SUMS:
        assert formula is None
        return
    upstream = numbers(next(g for g in step.upstream if g is not None))
    checked = 0
    for send in step.sends:
        slot = trace.edges[send.edge].slot
        assert slot is not None
        if formula is not None:
            operands = [numbers(array) for array in arrays if array is not None]
            ours = formula(upstream, operands, numbers(result))[slot]
        else:
            at = row.partials[slot].at
            assert at is not None
            columns = np.broadcast_arrays(
                *[numbers(array) for array in arrays if array is not None], numbers(result)
            )
            rows = [column.reshape(-1).tolist() for column in columns]
            partial = np.array([at(tuple(x[:-1]), x[-1]) for x in zip(*rows, strict=True)])
            ours = upstream * partial.reshape(upstream.shape)
            shape = numbers(send.grad).shape
            if ours.shape != shape:  # one operand for many elements
                ours = ours.sum().reshape(shape)
        np.testing.assert_allclose(ours, numbers(send.grad), rtol=1e-7, atol=1e-9)
        checked += 1
    assert checked


@ROWS
def test_finite_differences_agree(row: ops.Operation) -> None:
    if row.grad_fn in DRAWN:
        pytest.skip("draws a new slope each time; the formula test covers its rest")
    leaves, expression = CALLS[row.grad_fn]
    space: dict[str, Any] = {"torch": torch}
    exec(calls.SETUP, space)

    def call(*tensors: torch.Tensor) -> torch.Tensor:
        names = dict(zip((name for name, _ in leaves), tensors, strict=True))
        result = eval(expression, space | names)
        assert isinstance(result, torch.Tensor)
        return result

    inputs = tuple(points(row, name, shape).requires_grad_() for name, shape in leaves)
    through_float32 = row.grad_fn == "ToCopy"
    assert torch.autograd.gradcheck(
        call, inputs, eps=1e-2 if through_float32 else 1e-6, atol=1e-4, fast_mode=False
    )


@ROWS
def test_the_role_is_true(row: ops.Operation) -> None:
    trace, _, step = occurrence(row)
    assert {f"caption.{row.role}"} <= set(load("en").messages)
    assert trace.steps
    assert step.sends
    if row.role not in ("copy", "move"):
        return
    sends = [numbers(send.grad).reshape(-1) for send in step.sends]
    upstream = np.concatenate([numbers(g).reshape(-1) for g in step.upstream if g is not None])
    if row.role == "copy":
        assert all(np.allclose(send, upstream) for send in sends)
    else:  # every number that left is one that arrived, in another place
        left = np.concatenate(sends)
        assert set(left[left != 0]) <= set(upstream)


@pytest.mark.parametrize("language", languages())
def test_every_role_has_its_sentence(language: str) -> None:
    words = load(language)
    for role in {row.role for row in ops.ROWS} | {"opaque"}:
        assert f"caption.{role}" in words


@ROWS
def test_formulas_fill_and_render(row: ops.Operation) -> None:
    labels = (r"\text{a}", r"\text{b}", r"\text{c}")
    for template in (row.latex, *(partial.latex for partial in row.partials)):
        latex = ops.fill(template, labels, r"\text{r}", 4)
        assert not re.search(r"<\w", latex)
        if latex:
            assert payload.mathml(latex).startswith("<math")
    for partial in row.partials:
        assert not re.search(r"<\w", ops.plain(partial.plain, ("a", "b", "c"), "r", 4))


@ROWS
def test_a_formula_that_says_equal_is_true(row: ops.Operation) -> None:
    if row.latex == "<0>":  # no other operation leaves its operand as it is
        assert row.role == "copy"


def test_powers_are_written_short() -> None:
    plain = ops.row("PowBackward0").partials[0].plain
    assert ops.plain(plain, ("b", "2"), "c", 1) == "× 2b"
    assert ops.plain(plain, ("b", "3"), "c", 1) == "× 3b²"


def test_an_overload_of_its_own_comes_first() -> None:
    assert ops.row("PowBackward2").grad_fn == "PowBackward2"
    assert ops.row("PowBackward1").grad_fn == "Pow"


def test_unknown_is_opaque() -> None:
    assert ops.row("NoSuchBackward7").role == "opaque"
    assert ops.row(None).role == "opaque"
    assert ops.base("NoSuchBackward7") == "NoSuch"


def test_missing_operand_is_refused() -> None:
    with pytest.raises(IndexError):
        ops.fill("<1>", ("a",), "r", 1)
