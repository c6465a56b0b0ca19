"""Trace, pass, leaf -> the chain rule: the product along each path, and the sum over the paths.

The factors are autograd's own Jacobians (`Node.jacobians`). Apart from the rows of `knowledge/ops`
and the same from the other side in `tangents.py`, multiplying them is the only place where the
picture computes: the tests check it against the gradients.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Final, Literal

import msgspec

from viz_app.model import Array, Edge, Pass, Step, Trace
from viz_app.picture.words.notation import Reading

LEAVES: Final = 64
"""Maximum number of leaves of a pass that get a rule: more than anyone reads, each a walk over the
steps."""
PATHS: Final = 6
"""Maximum number of paths that are written out; beyond it, only their sums by the last edge."""

STEPS: Final = 64
"""Maximum number of steps of a pass whose intermediate results get rules: each element needs a
walk."""
ELEMENTS: Final = 4
"""Maximum number of elements of an intermediate result that gets a rule."""

Vector = tuple[float, ...]
Shape = Literal["number", "scaled", "diagonal", "average", "sum", "one_hot", "matrix"]
"""The recognised kind of a Jacobian: a scaled identity, a diagonal, rows of 1/n, zeros and ones,
zeros and ones of which no two share a row or a column, or none of these."""


class Factor(msgspec.Struct, frozen=True):
    """One edge of a path: the derivative of the sender's result by the edge's source.

    `step` is its index in `Trace.steps`.
    """

    step: int
    edge: int


class Path(msgspec.Struct, frozen=True):
    """One path from the root to the leaf; `product` is flat like the leaf, None if a factor is
    unknown."""

    factors: tuple[Factor, ...]
    product: Vector | None


class Term(msgspec.Struct, frozen=True):
    """The gradient that arrives at the leaf over one edge: the trace's number, and the sum of its
    paths."""

    edge: int
    step: int
    sent: Array | None
    product: Vector | None
    paths: int


class Rule(msgspec.Struct, frozen=True):
    """The chain rule of one leaf in one pass. `gradient` is what arrived, `product` our own sum.

    For an intermediate result (`between`) autograd was not called, so there is no `gradient`; each
    `product` is then the Jacobian of all its elements, row by row.
    """

    pass_number: int
    root: tuple[int, int]
    leaf: int
    terms: tuple[Term, ...]
    paths: tuple[Path, ...]
    count: int
    gradient: Array | None
    product: Vector | None


def outputs(rule: Rule, path: Path, trace: Trace) -> dict[int, int]:
    """The output of each node of a path through which the path leaves it."""
    along = (trace.edges[factor.edge] for factor in path.factors)
    return {edge.source: edge.output for edge in along} | dict([rule.root])


def rules(reading: Reading, of: Pass) -> tuple[Rule, ...]:
    """One rule per leaf that a pass with one root reached, for the first `LEAVES` in their
    order."""
    walk = _Walk(reading, of, reading.ran(of.number))
    found = [walk.rule(leaf) for leaf in walk.leaves()[:LEAVES]] if len(of.roots) == 1 else []
    return tuple(found)


def between(reading: Reading, of: Pass) -> tuple[Rule, ...]:
    """One rule per named intermediate result of a pass and leaf that it was made from."""
    steps = reading.ran(of.number)
    found: list[Rule] = []
    if len(of.roots) != 1 or len(steps) > STEPS:
        return ()
    for _, step in steps:
        node = reading.nodes[step.node]
        value = node.values[0] if node.values else None
        named = node.kind == "op" and node.names and node.outputs == 1
        if not named or value is None or (node.id, 0) in of.roots:
            continue
        size = math.prod(value.shape)
        if not 0 < size <= ELEMENTS:
            continue
        part = msgspec.structs.replace(of, roots=((node.id, 0),))
        units = [tuple(float(i == k) for k in range(size)) for i in range(size)]
        walks = [_Walk(reading, part, steps, unit) for unit in units]
        for leaf in walks[0].leaves():
            rows = [walk.rule(leaf) for walk in walks]
            if rows[0].count:
                found.append(_stacked(rows))
    return tuple(found)


def _stacked(rows: Sequence[Rule]) -> Rule:
    """The rules of a result's elements as one, the products stacked as rows."""
    first, replace = rows[0], msgspec.structs.replace
    terms = [
        replace(term, product=_joined([row.terms[place].product for row in rows]))
        for place, term in enumerate(first.terms)
    ]
    paths = [
        replace(path, product=_joined([row.paths[place].product for row in rows]))
        for place, path in enumerate(first.paths)
    ]
    whole = _joined([row.product for row in rows])
    return replace(first, terms=tuple(terms), paths=tuple(paths), product=whole)


def _joined(vectors: Sequence[Vector | None]) -> Vector | None:
    known = [vector for vector in vectors if vector is not None]
    return sum(known, ()) if len(known) == len(vectors) else None


def recognise(matrix: Array) -> Shape:
    """The kind of a Jacobian (rows: results, columns: operands)."""
    rows, columns = matrix.shape
    data = _floats(matrix)
    if rows == columns == 1:
        return "number"
    if rows == columns:
        off = any(data[i * columns + k] for i in range(rows) for k in range(columns) if i != k)
        if not off:
            diagonal = {data[i * columns + i] for i in range(rows)}
            return "scaled" if len(diagonal) == 1 else "diagonal"
    each = [data[i * columns : (i + 1) * columns] for i in range(rows)]
    if any(data) and all(x in (0, 1) for x in data):
        alone = all(sum(row) <= 1 for row in each) and all(
            sum(c) <= 1 for c in zip(*each, strict=True)
        )
        return "one_hot" if alone else "sum"
    if all(_averages(row) for row in each) and len({max(row) for row in each}) == 1:
        return "average"
    return "matrix"


def _averages(row: Sequence[float]) -> bool:
    """True if all nonzero elements are 1/n, n of them."""
    parts = [x for x in row if x]
    even = len(parts) > 1 and len(set(parts)) == 1
    return even and math.isclose(parts[0] * len(parts), 1, rel_tol=1e-6)


def _floats(array: Array) -> Vector:
    return tuple(float(x) for x in array.data if not isinstance(x, tuple))


class _Tail:
    """A factor and the tail after it: paths share their ends, so a long one costs linear time."""

    def __init__(self, factor: Factor, rest: "_Tail | None") -> None:
        self.factor, self.rest = factor, rest
        self.length: int = 1 + (rest.length if rest is not None else 0)


def _factors(tail: _Tail | None) -> Iterator[Factor]:
    while tail is not None:
        yield tail.factor
        tail = tail.rest


class _Walk:
    """One pass: the gradients that were sent, and the vectors of our own products."""

    def __init__(
        self,
        reading: Reading,
        of: Pass,
        steps: Sequence[tuple[int, Step]],
        unit: Vector | None = None,
    ) -> None:
        trace = reading.trace
        self.trace, self.reading, self.of, self.unit = trace, reading, of, unit
        self.into: dict[tuple[int, int], list[tuple[int, Step, Edge, Array | None]]] = {}
        self.at: dict[int, int] = {}
        for place, step in steps:
            self.at.setdefault(step.node, place)
            for send in step.sends:
                edge = trace.edges[send.edge]
                key = edge.source, edge.output
                self.into.setdefault(key, []).append((place, step, edge, send.grad))
        self.steps = dict(steps)
        self.ways: dict[tuple[int, int], int] = {}
        self.vectors: dict[tuple[int, int], Vector | None] = {}
        self.through_node: dict[int, int] = {}
        for root in dict.fromkeys(of.roots):
            self._lead(root, 1)
            self.vectors[root] = unit or self._start(root)
        for _, step in steps:
            for output in range(self.reading.nodes[step.node].outputs):
                self._arrive((step.node, output))

    def leaves(self) -> list[int]:
        kinds = ("leaf", "parameter")
        return sorted(node for node, _ in self.into if self.reading.nodes[node].kind in kinds)

    def _start(self, root: tuple[int, int]) -> Vector | None:
        """The gradient that the backward call itself began with."""
        place = self.at.get(root[0])
        if place is None or root in self.into:
            return None
        given = self.steps[place].upstream
        array = given[root[1]] if root[1] < len(given) else None
        return _floats(array) if array is not None and not array.truncated else None

    def _arrive(self, key: tuple[int, int]) -> None:
        if key in self.ways:
            return
        came = self._came(key)
        self._lead(key, sum(self.through_node.get(step.node, 0) for _, step, _, _ in came))
        self.vectors[key] = _sum([self.through(step, edge) for _, step, edge, _ in came])

    def _came(self, key: tuple[int, int]) -> list[tuple[int, Step, Edge, Array | None]]:
        """The gradients sent to a tensor; with a `unit`, only those that come from its result."""
        came = self.into.get(key, [])
        return came if self.unit is None else [c for c in came if self.through_node.get(c[1].node)]

    def _lead(self, key: tuple[int, int], ways: int) -> None:
        """Record that `ways` paths lead from the roots to a tensor, and through its node."""
        self.ways[key] = ways
        self.through_node[key[0]] = self.through_node.get(key[0], 0) + ways

    def through(self, step: Step, edge: Edge, start: Vector | None = None) -> Vector | None:
        """A vector that arrived at a step, times the step's Jacobian along one edge."""
        node = self.reading.nodes[step.node]
        slot = edge.slot or 0
        matrix = node.jacobians[slot] if slot < len(node.jacobians) else None
        if matrix is None or step.hooked:
            return None
        if node.outputs > 1:
            sizes = [math.prod(value.shape) if value is not None else None for value in node.values]
            vector: Vector = ()
            for output, size in enumerate(sizes):
                part = self.vectors.get((step.node, output))
                if part is None and (step.node, output) in self.into:
                    return None
                if part is None and size is None:
                    # Python never saw this result. Nothing arrived at it, nor at those after it.
                    after = range(output + 1, len(sizes))
                    if any(self.vectors.get((step.node, one)) is not None for one in after):
                        return None
                    size = matrix.shape[0] - len(vector)
                vector += part if part else (0.0,) * (size or 0)
        else:
            known = start if start is not None else self.vectors.get((step.node, 0))
            if known is None:
                return None
            vector = known
        rows, columns = matrix.shape
        data = _floats(matrix)
        if len(vector) != rows or len(data) != rows * columns:
            return None
        if recognise(matrix) in ("scaled", "diagonal"):  # infinity times 0 is no nan here
            return tuple(vector[i] * data[i * columns + i] for i in range(rows))
        return tuple(
            sum(vector[i] * data[i * columns + k] for i in range(rows)) for k in range(columns)
        )

    def rule(self, leaf: int) -> Rule:
        key = leaf, 0
        self._arrive(key)
        came = self._came(key)
        terms = tuple(
            Term(
                edge.id,
                place,
                None if self.unit else sent,
                self.through(step, edge),
                self.through_node.get(step.node, 0),
            )
            for place, step, edge, sent in came
        )
        count = self.ways[key]
        place = next(
            (p for p, s in self.steps.items() if s.node == leaf and s.grad_fn == "AccumulateGrad"),
            None,
        )
        original = self.reading.original(leaf)
        versions = [node for node, _ in self.into if self.reading.original(node) == original]
        if len(versions) > 1:
            place = None  # changed in place between two uses: each version has a part
        if self.unit is not None:
            place = None  # autograd was called for another result's gradient
        arrived = self.steps[place].upstream if place is not None else ()
        gradient = arrived[0] if arrived else None
        if gradient is None and len(terms) == 1:
            gradient = terms[0].sent
        paths = self._paths(key) if count <= PATHS else ()
        root = self.of.roots[0]
        return Rule(self.of.number, root, leaf, terms, paths, count, gradient, self.vectors[key])

    def _paths(self, leaf: tuple[int, int]) -> tuple[Path, ...]:
        """All paths, starting at the root; the last to arrive at the leaf comes last."""
        found: list[Path] = []
        walk: list[tuple[tuple[int, int], _Tail | None]] = [(leaf, None)]
        while walk:
            key, tail = walk.pop()
            if tail is not None and tail.length > len(self.trace.edges):
                return ()  # a cycle: no true trace has one
            if key in self.of.roots:
                factors = tuple(_factors(tail))
                found.append(Path(factors, self._product(key, factors)))
                continue
            for place, step, edge, _ in reversed(self.into.get(key, [])):
                outputs = range(self.reading.nodes[step.node].outputs)
                for output in outputs:
                    if self.ways.get((step.node, output)):
                        walk.append(((step.node, output), _Tail(Factor(place, edge.id), tail)))
        return tuple(found)

    def _product(self, root: tuple[int, int], factors: Sequence[Factor]) -> Vector | None:
        vector = self.vectors[root]
        for factor in factors:
            step, edge = self.steps[factor.step], self.trace.edges[factor.edge]
            if vector is None or self.reading.nodes[step.node].outputs > 1:
                return None
            vector = self.through(step, edge, vector)
        return vector


def _sum(vectors: Sequence[Vector | None]) -> Vector | None:
    known = [vector for vector in vectors if vector is not None]
    if not known or len(known) != len(vectors) or len({len(one) for one in known}) != 1:
        return None
    return tuple(sum(column) for column in zip(*known, strict=True))
