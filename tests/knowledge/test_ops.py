"""Every row of knowledge/ops occurs in a real run, is proven there, and its LaTeX renders."""

from collections import Counter
from typing import Any

import pytest
import torch

from tests import calls
from tests.traces import ONCE, run
from viz_app.knowledge import formulas, ops
from viz_app.knowledge.formulas import Text
from viz_app.model import Node, Trace
from viz_app.picture.words.mathml import mathml
from viz_app.picture.words.notation import Reading

CALLS = calls.calls()
NAMES = pytest.mark.parametrize("name", sorted(CALLS))
DRAWN = {"RreluWithNoise"}
"""Row that uses a random slope in each call during training."""


def points(name: str, leaf: str, shape: tuple[int, ...]) -> torch.Tensor:
    """Random numbers of the row's domain, the same each time, all different."""
    low, high = next(row.domain for row in ops.ROWS if row.grad_fn == name)
    generator = torch.Generator().manual_seed(ord(leaf) + len(name))
    drawn = torch.rand(shape, generator=generator, dtype=torch.float64)
    return low + (high - low) * drawn


def occurrence(name: str) -> tuple[Trace, Node]:
    """The row's own node, with weights that make the upstream gradient uneven."""
    leaves, expression = CALLS[name]
    made = "".join(
        f"{leaf} = torch.tensor({points(name, leaf, shape).tolist()}, "
        "dtype=torch.float64, requires_grad=True)\n"
        for leaf, shape in leaves
    )
    trace = run(
        f"{calls.SETUP}{made}r = {expression}\n"
        "w = torch.linspace(0.5, 1.5, r.numel(), dtype=r.dtype).reshape(r.shape)\n"
        "(r * w).sum().backward()\n",
        ONCE,
    )
    assert trace.error is None
    # Sums and products also occur in the lines around the call.
    found = (node for node in trace.nodes if name in (node.grad_fn, ops.base(node.grad_fn)))
    return trace, next(found)


def test_table_has_at_least_125_operations() -> None:
    names = Counter(row.grad_fn for row in ops.ROWS)
    assert len(names) >= 125
    assert set(CALLS) <= set(names)
    assert all(row.source for row in ops.ROWS)


@NAMES
def test_claims_of_each_row_are_proven_in_a_run(name: str) -> None:
    trace, node = occurrence(name)
    proofs = Reading(trace).proofs
    row = proofs.row(node)
    assert row is not ops.OPAQUE
    seen = all(trace.nodes[edge.source].values[0] for edge in trace.edges if edge.target == node.id)
    if row.equals is not None and seen:
        assert proofs.equation(node) is not None
    for slot, known in enumerate(row.slots):
        if known is not None and slot < len(node.inputs) and node.inputs[slot] is not None:
            assert proofs.derivative(node, slot) is not None
    assert not proofs.disproved


@NAMES
def test_finite_differences_agree(name: str) -> None:
    if name in DRAWN:
        pytest.skip("draws a new slope each time")
    leaves, expression = CALLS[name]
    space: dict[str, Any] = {"torch": torch}
    exec(calls.SETUP, space)

    def call(*tensors: torch.Tensor) -> torch.Tensor:
        names = dict(zip((leaf for leaf, _ in leaves), tensors, strict=True))
        result = eval(expression, space | names)
        assert isinstance(result, torch.Tensor)
        return result

    inputs = tuple(points(name, leaf, shape).requires_grad_() for leaf, shape in leaves)
    through_float32 = name == "ToCopy"
    assert torch.autograd.gradcheck(
        call, inputs, eps=1e-2 if through_float32 else 1e-6, atol=1e-4, fast_mode=False
    )


@NAMES
def test_formulas_of_each_row_render(name: str) -> None:
    trace, node = occurrence(name)
    proofs = Reading(trace).proofs
    written = [proofs.equation(node)] + [
        found.written if (found := proofs.derivative(node, slot)) else None
        for slot in range(len(node.inputs))
    ]
    for one in written:
        if one is not None:
            assert one.plain
            assert mathml(one.latex).startswith("<math")


def test_the_settings_choose_the_row() -> None:
    whole = ops.find("MseLossBackward0", {"reduction": 2})
    assert whole is not ops.find("MseLossBackward0", {"reduction": 1})
    assert ops.find("DivBackward2", {"rounding_mode": "floor"}).slots[0] is not None
    assert (
        ops.find("LinalgVectorNormBackward0", {"ord": 1.0}).slots
        != ops.find("LinalgVectorNormBackward0", {"ord": 2.0}).slots
    )


def test_row_of_the_exact_overload_takes_precedence() -> None:
    assert ops.find("PowBackward2", {}).grad_fn == "PowBackward2"
    assert ops.find("PowBackward1", {}).grad_fn == "Pow"


def test_unknown_operation_is_opaque() -> None:
    assert ops.find("NoSuchBackward7", {}) is ops.OPAQUE
    assert ops.find(None, {}) is ops.OPAQUE
    assert ops.base("NoSuchBackward7") == "NoSuch"


def test_powers_are_written_short() -> None:
    slot = ops.find("PowBackward0", {}).slots[0]
    assert slot is not None
    labels = {"x": Text("b")}
    for exponent, written in ((2, "2b"), (3, "3b²"), (1, "1")):
        tree = formulas.bind(slot.expression, {"y": exponent})
        if exponent > 1:
            assert formulas.plain(tree, labels).text == written
