"""Trace, pass, seeds -> forward mode: the tangent of every tensor for a seed of 1 in one element.

A dual number is value + tangent · ε with ε² = 0; through a step with the Jacobian J a tangent v
becomes J · v, and the tangents of several operands add up. The Jacobians are autograd's own, as in
`chain_rule.py`; the tests check the products against torch's forward mode and the gradients.
"""

import math
from collections.abc import Mapping, Sequence

import msgspec

from viz_app.model import Array, Node, Pass
from viz_app.picture.explain import chain_rule
from viz_app.picture.explain.chain_rule import Vector
from viz_app.picture.words.notation import Reading

Place = tuple[int, int]
"""Output `1` of node `0`."""


class Seed(msgspec.Struct, frozen=True):
    """The one element that gets the tangent 1: an element of a leaf, counted in row-major order."""

    leaf: int
    element: int


class Dual(msgspec.Struct, frozen=True):
    """One forward pass. `tangents` are flat, by (node, output), in the order of the forward run.

    Tensors that do not depend on the seed are left out; None means that the tangent is unknown,
    because a Jacobian on the way is too large or unknown.
    """

    seed: Seed
    tangents: Mapping[Place, Vector | None]


def propagate(reading: Reading, of: Pass, seeds: Sequence[Seed]) -> tuple[Dual, ...]:
    """One forward pass per seed, through all the steps that a backward pass went back."""
    trace = reading.trace
    duals: list[dict[Place, Vector | None]] = [
        {(seed.leaf, 0): _unit(reading.nodes[seed.leaf], seed.element)} for seed in seeds
    ]
    ran = [step.node for step in trace.steps if step.pass_number == of.number]
    for node in (reading.nodes[place] for place in dict.fromkeys(reversed(ran))):
        if node.kind not in ("op", "hidden"):
            continue
        into = [(edge, local(node, edge.slot)) for edge in reading.into[node.id]
                if edge.slot is not None]  # fmt: skip
        for tangents in duals:
            parts = [
                (matrix, tangents[edge.source, edge.output])
                for edge, matrix in into
                if (edge.source, edge.output) in tangents
            ]
            if parts:
                tangents.update(_split(node, _sum([through(*part) for part in parts])))
    return tuple(Dual(seed, known) for seed, known in zip(seeds, duals, strict=True))


def local(node: Node, slot: int | None) -> Array | None:
    """The Jacobian of a node along one slot, shaped (elements of its outputs, elements of that
    operand)."""
    return node.jacobians[slot or 0] if (slot or 0) < len(node.jacobians) else None


def through(matrix: Array | None, tangent: Vector | None) -> Vector | None:
    """J · v; None if either is unknown."""
    if matrix is None or tangent is None or len(matrix.shape) != 2:
        return None
    rows, columns = matrix.shape
    data = [float(x) for x in matrix.data if not isinstance(x, tuple)]
    if len(tangent) != columns or len(data) != rows * columns:
        return None
    if chain_rule.recognise(matrix) in (
        "scaled",
        "diagonal",
    ):  # infinity times the neighbouring zeros is not nan here
        return tuple(data[i * columns + i] * tangent[i] for i in range(rows))
    return tuple(
        sum(data[i * columns + k] * tangent[k] for k in range(columns)) for i in range(rows)
    )


def _unit(leaf: Node, element: int) -> Vector | None:
    value = leaf.values[0]
    if value is None or value.truncated or not 0 <= element < len(value.data):
        return None
    return tuple(float(place == element) for place in range(len(value.data)))


def _sum(parts: Sequence[Vector | None]) -> Vector | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or len({len(part) for part in known}) != 1:
        return None
    return tuple(sum(column) for column in zip(*known, strict=True))


def _split(node: Node, tangent: Vector | None) -> dict[Place, Vector | None]:
    """The tangent of each output; a Jacobian's rows are the elements of all outputs."""
    if tangent is None or node.outputs == 1:
        return {(node.id, output): tangent for output in range(node.outputs)}
    sizes = [math.prod(value.shape) if value is not None else None for value in node.values]
    if None in sizes or sum(size or 0 for size in sizes) != len(tangent):
        return {(node.id, output): None for output in range(node.outputs)}
    found: dict[Place, Vector | None] = {}
    start = 0
    for output, size in enumerate(sizes):
        found[node.id, output] = tangent[start : start + (size or 0)]
        start += size or 0
    return found
