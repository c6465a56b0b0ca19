"""An operation -> its equation, the rule of its derivative, and a curve through its values here.

Everything is proven by the run (`words/proof.py`). A curve is drawn for an operation that works
element by element on one tensor, with no other operands than plain numbers: its equation,
evaluated on each element alone, must give the recorded result.
"""

import math
from collections.abc import Sequence
from typing import Final

import msgspec

from viz_app.browser import OperationPoint
from viz_app.model import Edge, Node
from viz_app.picture.words import formula
from viz_app.picture.words.formula import partial
from viz_app.picture.words.labels import name
from viz_app.picture.words.notation import Reading

POINTS: Final = 25
"""Number of points of a curve."""
SHOWN: Final = 8
"""Maximum number of elements that are marked on a curve."""


class Curve(msgspec.Struct, frozen=True):
    """The operation over one element, None where it is not finite, and the elements of this run."""

    operand: str
    xs: tuple[float, ...]
    ys: tuple[float | None, ...]
    here: tuple[OperationPoint, ...]


def rules(reading: Reading, node: Node) -> tuple[str, ...]:
    """The proven equation and derivatives of a node in LaTeX, one line each."""
    label = reading.label(node.id)
    found = formula.equation(reading, node)
    lines = [] if found is None or found.plain == label else [f"{name(label)} = {found.latex}"]
    for edge in _followed(reading, node):
        of = reading.label(edge.source, edge.output)
        local = formula.factor(reading, node, edge.slot or 0)
        if local is not None and label != of:
            lines.append(f"{partial(label, of)} = {formula.alone(local.latex)[0]}")
    return tuple(lines)


def curve(reading: Reading, node: Node) -> Curve | None:
    """The operation as a curve, None if it does not work element by element on one tensor."""
    edges = _followed(reading, node)
    if len(edges) != 1 or node.outputs != 1:
        return None
    source, result = reading.nodes[edges[0].source].values[edges[0].output], node.values[0]
    if source is None or result is None or source.truncated or source.shape != result.shape:
        return None
    xs = [x for x in source.data[:SHOWN] if isinstance(x, int | float)]
    slot = edges[0].slot or 0
    own = reading.proofs.along(node, slot, xs)
    if own is None or not xs or not all(map(math.isfinite, xs)):
        return None
    for y, recorded in zip(own, result.data, strict=False):
        if isinstance(recorded, tuple) or not math.isclose(y, recorded, rel_tol=1e-4, abs_tol=1e-6):
            return None
    margin = max(1.0, max(xs) - min(xs), *(abs(x) for x in xs)) / 2
    low, high = min(xs) - margin, max(xs) + margin
    places = [low + (high - low) * k / (POINTS - 1) for k in range(POINTS)]
    ys = reading.proofs.along(node, slot, places)
    if ys is None:
        return None
    return Curve(
        reading.label(edges[0].source, edges[0].output),
        tuple(map(_rounded, places)),
        tuple(_rounded(y) if math.isfinite(y) else None for y in ys),
        tuple(
            OperationPoint(x, y, slope)
            for x, y, slope in zip(xs, own, _slopes(reading, node, slot, len(xs)), strict=True)
        ),
    )


def _rounded(x: float) -> float:
    return float(f"{x:.5g}")


def _followed(reading: Reading, node: Node) -> Sequence[Edge]:
    """The edges along which a gradient goes back."""
    return [edge for edge in reading.into[node.id] if edge.slot is not None]


def _slopes(reading: Reading, node: Node, slot: int, count: int) -> list[float | None]:
    """For each element what the last step sent, divided by what had arrived."""
    found: list[float | None] = [None] * count
    for step in reading.proofs.steps(node.id):
        sent = reading.proofs.sent(step, slot)
        arrived = step.upstream[0] if step.upstream else None
        if sent is None or arrived is None or step.hooked or sent.shape != arrived.shape:
            continue
        for place, (down, up) in enumerate(zip(sent.data, arrived.data, strict=False)):
            if place >= count or isinstance(down, tuple) or isinstance(up, tuple) or not up:
                continue
            if math.isfinite(down / up):
                found[place] = down / up
    return found
