"""The plane as a classifier of points in it sees it, pass by pass.

A model is found by its loss: cross-entropy, or binary cross-entropy, of one result for each of a
few points with two coordinates. It is evaluated on a grid in float64, from the numbers that the
trace holds, by a table of operations that treat each point alone. It is shown only where the same
evaluation gives the recorded result at the data's own points, and gives it for them in the opposite
order too: then no point depends on another. Anything else (an unknown operation, a batch norm,
parameters that were not kept) has no such picture.
"""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec
import numpy as np

from viz_app import browser
from viz_app.knowledge.formulas import Numbers
from viz_app.model import Array, Node
from viz_app.picture.words import notation
from viz_app.picture.words.notation import Reading
from viz_app.picture.words.proof import close, numbers

POINTS: Final = 128
"""Maximum number of points."""
CLASSES: Final = 9
"""Maximum number of classes."""
TURNS: Final = 32
"""Maximum number of backward passes whose boundary is shown."""
GRID: Final = 32
"""Squares per side."""
MARGIN: Final = 0.15
"""Room around the points, as a share of their range."""
EXACT: Final = 2e-4

THRESHOLDS: Final[Mapping[str, float]] = {
    "BinaryCrossEntropyWithLogitsBackward0": 0.0,
    "BinaryCrossEntropyBackward0": 0.5,
}
"""Losses of one number per point, and the number from which on it means the class 1."""

ALONE: Final[Mapping[str, Callable[[Numbers], Numbers]]] = {
    "ReluBackward0": lambda x: np.maximum(x, 0.0),
    "TanhBackward0": np.tanh,
    "SigmoidBackward0": lambda x: 1 / (1 + np.exp(-x)),
    "SiluBackward0": lambda x: x / (1 + np.exp(-x)),
    "SinBackward0": np.sin,
    "ExpBackward0": np.exp,
    "NegBackward0": np.negative,
}
TWO: Final[Mapping[str, Callable[[Numbers, Numbers], Numbers]]] = {
    "AddBackward0": np.add,
    "SubBackward0": np.subtract,
    "MulBackward0": np.multiply,
}
RESHAPED: Final = frozenset(
    f"{name}Backward{number}"
    for name in ("View", "UnsafeView", "ReshapeAlias", "Squeeze", "Unsqueeze")
    for number in (0, 1)
)


class Found(msgspec.Struct, frozen=True):
    """The picture of a model, and the nodes to whose boxes it belongs: the points, and the model's
    results."""

    view: browser.BoundaryView
    nodes: frozenset[int]


def boundary(reading: Reading) -> Found | None:
    """The picture of the model that a run trains; None where there is none, or more than one."""
    found: list[tuple[Node, Node, Node, Numbers]] = []
    for node in reading.trace.nodes:
        loss = _asked(reading, node)
        if loss is None:
            continue
        result, target = loss
        points = _points(reading, result)
        if points is not None:
            found.append((node, result, points, target))
    if not found or len({points.id for _, _, points, _ in found}) != 1:
        return None
    points, target = found[0][2], found[0][3]
    where = numbers(points.values[0])
    if where is None or any(not np.array_equal(target, other) for *_, other in found):
        return None
    low, high = where.min(0), where.max(0)
    room = MARGIN * np.where(high > low, high - low, 1.0)
    low, high = low - room, high + room
    middles = (np.arange(GRID) + 0.5) / GRID
    across, up = np.meshgrid(middles, middles[::-1])
    grid = low + np.stack([across.ravel(), up.ravel()], axis=1) * (high - low)
    turns = []
    for loss_node, result, _, _ in found:
        turn = _turn(reading, loss_node, result, points, where, grid)
        if turn is not None:
            turns.append(turn)
    if not turns:
        return None
    kept = turns if len(turns) <= TURNS else [*turns[: TURNS // 2], *turns[-TURNS // 2 :]]
    view = browser.BoundaryView(
        name=reading.label(points.id),
        points=tuple((_short(x), _short(y)) for x, y in where),
        labels=tuple(int(label) for label in target),
        low=(_short(low[0]), _short(low[1])),
        high=(_short(high[0]), _short(high[1])),
        size=GRID,
        turns=tuple(kept),
    )
    return Found(view, frozenset({points.id} | {result.id for _, result, _, _ in found}))


def _asked(reading: Reading, node: Node) -> tuple[Node, Numbers] | None:
    """The model's result that a loss is about, and the class of each point."""
    target = numbers(dict(node.saved).get("target"))
    if node.grad_fn not in THRESHOLDS and node.grad_fn != "NllLossBackward0":
        return None
    if target is None or not 2 <= target.size <= POINTS:
        return None
    if not np.isin(target, np.arange(CLASSES)).all():
        return None  # shares of classes, or a row that is ignored
    result = _operand(reading, node, 0)
    if node.grad_fn == "NllLossBackward0":
        if result is None or result.grad_fn != "LogSoftmaxBackward0":
            return None
        result = _operand(reading, result, 0)
    elif not np.isin(target, (0.0, 1.0)).all():
        return None
    return None if result is None else (result, target.ravel())


def _operand(reading: Reading, node: Node, slot: int) -> Node | None:
    return next(
        (reading.nodes[edge.source] for edge in reading.into[node.id] if edge.slot == slot), None
    )


def _constant(reading: Reading, node: Node) -> Node | None:
    """The only operand that no gradient goes to."""
    edges = [edge for edge in reading.into[node.id] if edge.slot is None]
    return reading.nodes[edges[0].source] if len(edges) == 1 else None


def _points(reading: Reading, result: Node) -> Node | None:
    """The points that a result was computed from: the only such tensor among all it was."""
    waiting, seen, found = [result.id], {result.id}, []
    while waiting:
        at = waiting.pop()
        node = reading.nodes[at]
        if node.kind in ("constant", "leaf") and _plane(next(iter(node.values), None)):
            found.append(node)
        for edge in reading.into[at]:
            if edge.source not in seen:
                seen.add(edge.source)
                waiting.append(edge.source)
    moved = [node for node in found if node.replaces is not None]
    return found[0] if len(found) == 1 and not moved else None


def _plane(value: Array | None) -> bool:
    """True for a whole tensor of a few points with two coordinates."""
    if value is None or value.truncated or len(value.shape) != 2:
        return False
    return 2 <= value.shape[0] <= POINTS and value.shape[1] == 2


class _Model(msgspec.Struct):
    """A model at given points in place of the data's; `values` caches its nodes.

    KeyError for an operation outside the table, ValueError for shapes that do not fit,
    RecursionError for a model of hundreds of operations in a row.
    """

    reading: Reading
    data: int
    places: Numbers
    values: dict[int, tuple[Numbers, bool]] = {}

    def value(self, node: Node) -> tuple[Numbers, bool]:
        """The value of a node, and if it depends on the points."""
        known = self.values.get(node.id)
        if known is None:
            known = self.values[node.id] = self._value(node)
        return known

    def _value(self, node: Node) -> tuple[Numbers, bool]:
        if node.id == self.data:
            return self.places, True
        if node.kind in ("leaf", "parameter", "constant"):
            kept = numbers(node.values[0])
            if kept is None or node.unrecorded:
                raise KeyError(node.id)
            return kept, False
        name = node.grad_fn or ""
        if name in ALONE:
            x, moves = self._at(node, 0)
            return ALONE[name](x), moves
        if name == "TBackward0":
            x, moves = self._at(node, 0)
            return self._still(x.T, moves)
        if name in RESHAPED:
            return self._reshaped(node)
        settings = dict(node.settings)
        if name in TWO and settings.get("alpha", 1) == 1:
            (left, moves), (right, also) = self._at(node, 0), self._at(node, 1)
            return TWO[name](left, right), moves or also
        if name in ("MmBackward0", "MvBackward0"):
            (left, moves), (right, also) = self._at(node, 0), self._at(node, 1)
            return left @ self._still(right, also)[0], moves
        if name == "AddmmBackward0" and settings.get("alpha") == settings.get("beta") == 1:
            (bias, also), (left, moves) = self._at(node, 0), self._at(node, 1)
            return left @ self._still(*self._at(node, 2))[0] + self._still(bias, also)[0], moves
        raise KeyError(name)

    @staticmethod
    def _still(value: Numbers, moves: bool) -> tuple[Numbers, bool]:
        """A value that may not depend on the points: rows of it are no points."""
        if moves:
            raise ValueError("it mixes the points")
        return value, False

    def _at(self, node: Node, slot: int) -> tuple[Numbers, bool]:
        """An operand by its slot, or the only one without."""
        found = _operand(self.reading, node, slot) or _constant(self.reading, node)
        if found is None:
            raise KeyError(slot)
        return self.value(found)

    def _reshaped(self, node: Node) -> tuple[Numbers, bool]:
        x, moves = self._at(node, 0)
        own = node.values[0]
        if own is None or not moves or x.size != len(self.places):
            raise KeyError(node.id)
        return x.reshape((-1, 1) if len(own.shape) == 2 else (-1,)), True


def _turn(
    reading: Reading, loss: Node, result: Node, points: Node, where: Numbers, grid: Numbers
) -> browser.BoundaryTurn | None:
    """The plane in the pass that began at a loss; None if that is not proven."""
    steps = reading.proofs.steps(loss.id)
    recorded, value = numbers(result.values[0]), numbers(loss.values[0])
    if not steps or recorded is None or value is None or value.size != 1:
        return None
    try:
        with np.errstate(all="ignore"):
            there = _Model(reading, points.id, where).value(result)
            turned = _Model(reading, points.id, where[::-1]).value(result)
            everywhere = _Model(reading, points.id, grid).value(result)
    except (KeyError, ValueError, RecursionError):
        return None
    same = there[1] and there[0].shape == recorded.shape == turned[0].shape
    if not same or len(everywhere[0]) != len(grid) or not np.isfinite(everywhere[0]).all():
        return None
    if not close(there[0], recorded, EXACT) or not close(turned[0], recorded[::-1], EXACT):
        return None
    cells, said = _classes(loss, everywhere[0]), _classes(loss, recorded)
    if cells is None or said is None:
        return None
    return browser.BoundaryTurn(
        number=steps[-1].pass_number,
        loss=notation.number(float(value.ravel()[0])),
        cells="".join(map(str, cells)),
        results=tuple(
            ", ".join(notation.number(float(x)) for x in np.atleast_1d(row)) for row in recorded
        ),
        said=tuple(said),
    )


def _classes(loss: Node, result: Numbers) -> list[int] | None:
    """The class that a model says for each row of its result."""
    threshold = THRESHOLDS.get(loss.grad_fn or "")
    if threshold is None:
        fits = result.ndim == 2 and 2 <= result.shape[1] <= CLASSES
        return [int(x) for x in result.argmax(1)] if fits else None
    fits = result.ndim == 1 or (result.ndim == 2 and result.shape[1] == 1)
    return [int(x > threshold) for x in result.ravel()] if fits else None


def _short(number: float) -> float:
    return float(f"{number:.5g}")
