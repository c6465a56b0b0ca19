"""The plane as a classifier of points in it sees it, pass by pass.

A model is found by its loss: cross-entropy, binary cross-entropy, or the squared error against
numbers that encode classes (two numbers, or one-hot rows), of one result for each of a few
points with two coordinates, in one tensor or in two. It is evaluated on a grid in float64, from the
numbers that the trace holds, by a table of operations that treat each point alone. It is shown only
where the same evaluation gives the recorded result at the data's own points, and gives it for them
in the opposite order too: then no point depends on another. Anything else (an unknown operation, a
batch norm, parameters that were not kept) has no such picture.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
import numpy as np

from viz_app import browser
from viz_app.knowledge.formulas import Numbers
from viz_app.model import Array, Node
from viz_app.picture.explain import views
from viz_app.picture.words import notation
from viz_app.picture.words.notation import Reading
from viz_app.picture.words.proof import close, numbers

POINTS: Final = 128
"""Maximum number of points."""
CLASSES: Final = 9
"""Maximum number of classes."""
PASSES: Final = 32
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

LABELS: Final = ((0.0, 1.0), (-1.0, 1.0))
"""Pairs of numbers that encode two classes where a model is trained on squared errors; other
numbers are a regression, in which no class is meant."""
WHOLE: Final = frozenset({"MeanBackward0", "SumBackward0"})
"""Means and sums of all elements."""
PARTLY: Final = frozenset({"MeanBackward1", "SumBackward1"})
"""Means and sums along a side."""
JOINED: Final = frozenset({"CatBackward0", "StackBackward0"})


def _gelu(x: Numbers, by: Mapping[str, Any]) -> Numbers:
    if by["approximate"] == "tanh":
        return x / 2 * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
    shares = [1 + math.erf(it / math.sqrt(2)) for it in x.ravel()]
    return x / 2 * np.array(shares).reshape(x.shape)


def _softmax(x: Numbers, by: Mapping[str, Any]) -> Numbers:
    if x.ndim != 2 or by["dim"] not in (1, -1):
        raise ValueError("it mixes the points")
    powers = np.exp(x - x.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


ALONE: Final[Mapping[str, Callable[[Numbers], Numbers]]] = {
    "ReluBackward0": lambda x: np.maximum(x, 0.0),
    "TanhBackward0": np.tanh,
    "SigmoidBackward0": lambda x: 1 / (1 + np.exp(-x)),
    "SiluBackward0": lambda x: x / (1 + np.exp(-x)),
    "SinBackward0": np.sin,
    "CosBackward0": np.cos,
    "ExpBackward0": np.exp,
    "LogBackward0": np.log,
    "AbsBackward0": np.abs,
    "NegBackward0": np.negative,
}
SET: Final[Mapping[str, Callable[[Numbers, Mapping[str, Any]], Numbers]]] = {
    "LeakyReluBackward0": lambda x, by: np.where(x > 0, x, by["negative_slope"] * x),
    "EluBackward0": lambda x, by: (
        by["scale"]
        * np.where(x > 0, x, by["alpha"] * np.expm1(by["input_scale"] * np.minimum(x, 0)))
    ),
    "SoftplusBackward0": lambda x, by: np.where(
        x * by["beta"] > by["threshold"], x, np.logaddexp(0, x * by["beta"]) / by["beta"]
    ),
    "HardtanhBackward0": lambda x, by: np.clip(x, by["min_val"], by["max_val"]),
    "PowBackward0": lambda x, by: x ** by["exponent"],
    "GeluBackward0": _gelu,
    "SoftmaxBackward0": _softmax,
    "LogSoftmaxBackward0": lambda x, by: np.log(_softmax(x, by)),
}
"""Operations on each number, or on those of each point, that have settings."""
TWO: Final[Mapping[str, Callable[[Numbers, Numbers], Numbers]]] = {
    "AddBackward0": np.add,
    "SubBackward0": np.subtract,
    "MulBackward0": np.multiply,
    "DivBackward0": np.divide,
}
SOFTMAX: Final = frozenset({"LogSoftmaxBackward0", "SoftmaxBackward0", "DivBackward0"})
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
    found = _found(reading, _asked) or _found(reading, _by_its_shares)
    if not found:
        return None
    first, points = found[0]
    where = points.places
    if any(
        loss.labels != first.labels
        or not np.array_equal(loss.classes, first.classes)
        or not np.array_equal(other.places, where)
        for loss, other in found
    ):
        return None
    low, high = where.min(0), where.max(0)
    room = MARGIN * np.where(high > low, high - low, 1.0)
    low, high = low - room, high + room
    middles = (np.arange(GRID) + 0.5) / GRID
    across, up = np.meshgrid(middles, middles[::-1])
    grid = low + np.stack([across.ravel(), up.ravel()], axis=1) * (high - low)
    shown = []
    for loss, own in found:
        one = _pass(reading, loss, own, grid)
        if one is not None:
            shown.append(one)
    if not shown:
        return None
    kept = shown if len(shown) <= PASSES else [*shown[: PASSES // 2], *shown[-PASSES // 2 :]]
    view = browser.BoundaryView(
        name=", ".join(map(reading.label, points.columns)),
        points=tuple((_short(x), _short(y)) for x, y in where),
        labels=tuple(int(label) for label in first.classes),
        meant=tuple(map(_short, first.labels)),
        low=(_short(low[0]), _short(low[1])),
        high=(_short(high[0]), _short(high[1])),
        size=GRID,
        passes=tuple(kept),
    )
    results = {loss.result.id for loss, _ in found}
    return Found(view, frozenset(results.union(*(own.columns for _, own in found))))


def _found(
    reading: Reading, asked: Callable[[Reading, Node], "_Loss | None"]
) -> list[tuple["_Loss", "_Points"]]:
    """The losses of a run that `asked` finds, each with its model's points."""
    found = []
    for node in reading.trace.nodes:
        loss = asked(reading, node)
        points = None if loss is None else _points(reading, loss.result)
        if loss is not None and points is not None:
            found.append((loss, points))
    return found


class _Points(msgspec.Struct, frozen=True):
    """The points in the plane, and the nodes that hold their coordinates: one with both, or one for
    each."""

    columns: tuple[int, ...]
    places: Numbers


class _Loss(msgspec.Struct, frozen=True):
    """A loss, the model's result that it is about, and the class of each point.

    `threshold` is the number from which on a result means the class 1; None where each class has a
    result of its own. `labels` are the numbers that encode the two classes of a squared error.
    """

    node: Node
    result: Node
    classes: Numbers
    threshold: float | None = None
    labels: tuple[float, ...] = ()


def _asked(reading: Reading, node: Node) -> _Loss | None:
    """The loss of a model that classifies, if a node is one."""
    if node.grad_fn == "MseLossBackward0" or node.grad_fn in WHOLE:
        return _squared(reading, node)
    target = numbers(dict(node.saved).get("target"))
    if node.grad_fn not in THRESHOLDS and node.grad_fn != "NllLossBackward0":
        return None
    if target is None or not 2 <= target.size <= POINTS:
        return None
    if not np.isin(target, np.arange(CLASSES)).all():
        return None  # shares of classes, or a row that is ignored
    result = _operand(reading, node, 0)
    if node.grad_fn == "NllLossBackward0":
        if result is not None and result.grad_fn == "LogSoftmaxBackward0":
            result = _operand(reading, result, 0)
    elif not np.isin(target, (0.0, 1.0)).all():
        return None
    elif result is not None and _one_hot(target):  # one number per class
        return _Loss(node, result, target.argmax(1))
    if result is None:
        return None
    return _Loss(node, result, target.ravel(), THRESHOLDS.get(node.grad_fn or ""))


def _by_its_shares(reading: Reading, node: Node) -> _Loss | None:
    """A cross-entropy that the program writes out, found by the classes that it asks a softmax for:
    with one-hot targets, or picked from the logarithms. Its number is that of the pass's root."""
    if node.grad_fn not in SOFTMAX:
        return None
    wanted, step = views.target(reading, node), next(iter(reading.proofs.steps(node.id)[-1:]), None)
    if wanted is None or step is None or not _one_hot(np.round(wanted, 6)):
        return None
    roots = [it.roots for it in reading.trace.passes if it.number == step.pass_number]
    result = _operand(reading, views.exponential(reading, node) or node, 0)
    if result is None or len(roots) != 1 or len(roots[0]) != 1 or len(wanted) > POINTS:
        return None
    return _Loss(reading.nodes[roots[0][0][0]], result, wanted.argmax(1))


def _one_hot(target: Numbers) -> bool:
    """True for rows that are 1 in one place and 0 in the others."""
    if target.ndim != 2 or not 2 <= target.shape[1] <= CLASSES:
        return False
    return bool(np.isin(target, (0.0, 1.0)).all() and (target.sum(1) == 1).all())


def _squared(reading: Reading, node: Node) -> _Loss | None:
    """The squared error against two numbers that stand for classes, or against one-hot rows:
    `mse_loss`, or the mean or sum of (result - target)²."""
    target: Numbers | None
    if node.grad_fn == "MseLossBackward0":
        result, target = _operand(reading, node, 0), numbers(dict(node.saved).get("target"))
    else:
        square = _operand(reading, node, 0)
        if square is not None and square.grad_fn in PARTLY:
            square = _operand(reading, square, 0)
        if square is None or dict(square.settings).get("exponent") != 2:
            return None
        error = _operand(reading, square, 0)
        if error is None or error.grad_fn != "SubBackward0" or not _plain(error):
            return None
        result = next(
            (it for slot in (0, 1) if (it := _operand(reading, error, slot)) is not None), None
        )
        other = _constant(reading, error)
        target = None if other is None else numbers(other.values[0])
    recorded = None if result is None else numbers(result.values[0])
    if result is None or target is None or recorded is None or target.shape != recorded.shape:
        return None  # broadcast, each point's result would be compared with the others' targets
    if _one_hot(target) and len(target) <= POINTS:
        return _Loss(node, result, target.argmax(1))
    labels = tuple(sorted({float(it) for it in target.ravel()}))
    if labels not in LABELS or not 2 <= target.size <= POINTS:
        return None
    middle = sum(labels) / 2
    return _Loss(node, result, (target.ravel() > middle).astype(int), middle, labels)


def _plain(node: Node) -> bool:
    """True for a sum or difference without a factor."""
    return dict(node.settings).get("alpha", 1) == 1


def _operand(reading: Reading, node: Node, slot: int) -> Node | None:
    return next(
        (reading.nodes[edge.source] for edge in reading.into[node.id] if edge.slot == slot), None
    )


def _constant(reading: Reading, node: Node) -> Node | None:
    """The only operand that no gradient goes to."""
    edges = [edge for edge in reading.into[node.id] if edge.slot is None]
    return reading.nodes[edges[0].source] if len(edges) == 1 else None


def _points(reading: Reading, result: Node) -> _Points | None:
    """The points that a result was computed from: the only such tensor among all it was, or the
    only two constants with one number for each of its rows."""
    waiting, seen, found, columns = [result.id], {result.id}, list[Node](), list[Node]()
    rows = None if result.values[0] is None else result.values[0].shape[:1]
    while waiting:
        at = waiting.pop()
        node = reading.nodes[at]
        if node.kind in ("constant", "leaf") and _plane(next(iter(node.values), None)):
            found.append(node)
        joined = any(reading.nodes[edge.target].grad_fn in JOINED for edge in reading.uses[at])
        column = node.kind == "constant" or (node.kind == "leaf" and joined)
        if column and _column(next(iter(node.values), None), rows):
            columns.append(node)
        for edge in reading.into[at]:
            if edge.source not in seen:
                seen.add(edge.source)
                waiting.append(edge.source)
    chosen = found or sorted(columns, key=lambda node: node.id)
    if len(chosen) != (1 if found else 2) or any(node.replaces is not None for node in chosen):
        return None
    values = [numbers(node.values[0]) for node in chosen]
    known = [value.reshape(len(value), -1) for value in values if value is not None]
    if len(known) < len(values):
        return None
    return _Points(tuple(node.id for node in chosen), np.concatenate(known, axis=1))


def _column(value: Array | None, rows: tuple[int, ...] | None) -> bool:
    """True for a whole tensor of one number for each of a few rows."""
    if value is None or value.truncated or value.shape[:1] != rows:
        return False
    return value.shape[1:] in ((), (1,)) and 2 <= value.shape[0] <= POINTS


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
    columns: tuple[int, ...]
    places: Numbers
    values: dict[int, tuple[Numbers, bool]] = {}

    def value(self, node: Node) -> tuple[Numbers, bool]:
        """The value of a node, and if it depends on the points."""
        known = self.values.get(node.id)
        if known is None:
            known = self.values[node.id] = self._value(node)
        return known

    def _value(self, node: Node) -> tuple[Numbers, bool]:
        if node.id in self.columns:
            at, own = self.columns.index(node.id), node.values[0]
            if len(self.columns) == 1:
                return self.places, True
            flat = own is not None and len(own.shape) == 1
            return (self.places[:, at] if flat else self.places[:, at : at + 1]), True
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
        if name in JOINED:
            return self._joined(node)
        if name in RESHAPED:
            return self._reshaped(node)
        settings = dict(node.settings)
        if name in SET:
            x, moves = self._at(node, 0)
            return SET[name](x, settings), moves
        if name in TWO and _plain(node):
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

    def _joined(self, node: Node) -> tuple[Numbers, bool]:
        """Tensors side by side: each point's own numbers in its row."""
        edges = self.reading.into[node.id]
        places = [edge.position for edge in edges if edge.position is not None]
        dim, own = dict(node.settings).get("dim"), node.values[0]
        if len(set(places)) < len(edges) or own is None or dim not in (1, len(own.shape) - 1, -1):
            raise ValueError("not side by side")
        ordered = sorted(edges, key=lambda edge: edge.position or 0)
        parts = [self.value(self.reading.nodes[edge.source]) for edge in ordered]
        put = np.stack if node.grad_fn == "StackBackward0" else np.concatenate
        return put([part for part, _ in parts], axis=1), any(moves for _, moves in parts)

    def _reshaped(self, node: Node) -> tuple[Numbers, bool]:
        x, moves = self._at(node, 0)
        own = node.values[0]
        if own is None or not moves or x.size != len(self.places):
            raise KeyError(node.id)
        return x.reshape((-1, 1) if len(own.shape) == 2 else (-1,)), True


def _pass(
    reading: Reading, loss: _Loss, points: _Points, grid: Numbers
) -> browser.BoundaryPass | None:
    """The plane in the pass that began at a loss; None if that is not proven."""
    node, result = loss.node, loss.result
    steps = reading.proofs.steps(node.id)
    recorded, value = numbers(result.values[0]), numbers(node.values[0])
    if not steps or recorded is None or value is None or value.size != 1:
        return None
    columns, where = points.columns, points.places
    try:
        with np.errstate(all="ignore"):
            there = _Model(reading, columns, where).value(result)
            turned = _Model(reading, columns, where[::-1]).value(result)
            everywhere = _Model(reading, columns, grid).value(result)
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    same = there[1] and there[0].shape == recorded.shape == turned[0].shape
    if not same or len(everywhere[0]) != len(grid) or not np.isfinite(everywhere[0]).all():
        return None
    if not close(there[0], recorded, EXACT) or not close(turned[0], recorded[::-1], EXACT):
        return None
    cells, predicted = _classes(loss, everywhere[0]), _classes(loss, recorded)
    if cells is None or predicted is None:
        return None
    return browser.BoundaryPass(
        number=steps[-1].pass_number,
        loss=notation.number(float(value.ravel()[0])),
        cells="".join(map(str, cells)),
        results=tuple(
            ", ".join(notation.number(float(x)) for x in np.atleast_1d(row)) for row in recorded
        ),
        predicted=tuple(predicted),
    )


def _classes(loss: _Loss, result: Numbers) -> list[int] | None:
    """The class that a model says for each row of its result."""
    if loss.threshold is None:
        fits = result.ndim == 2 and 2 <= result.shape[1] <= CLASSES
        return list(map(int, result.argmax(1).tolist())) if fits else None
    fits = result.ndim == 1 or (result.ndim == 2 and result.shape[1] == 1)
    return list(map(int, (result.ravel() > loss.threshold).tolist())) if fits else None


def _short(number: float) -> float:
    return float(f"{number:.5g}")
