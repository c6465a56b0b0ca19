"""The tables' claims about a node, checked against this run's numbers; only proven ones are shown.

An equation is proven if it gives the recorded result from the recorded operands. A derivative is
proven along one input if, at every step of the node, it times what arrived equals what was sent;
where only zeros arrived, if it is the Jacobian that was read off the node. For a tensor that was
kept in part (`Array.truncated`), the kept part proves an element-wise formula; other formulas stay
unproven. What is not proven is not shown, and what a run disproves is counted in
`Proofs.disproved`: it is a bug of ours.
"""

import itertools
import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, Final, Literal

import msgspec
import numpy as np

from viz_app.knowledge import formulas, ops
from viz_app.knowledge.formulas import Call, Expression, Name, Num, Numbers, Text, UnboundError
from viz_app.knowledge.formulas.expression import ATOM
from viz_app.model import Array, Edge, Node, Step, Trace
from viz_app.picture.words import labels as written_labels

Form = Literal["factor", "left", "right", "product"]
"""factor: multiplies element by element; left, right: a matrix that multiplies from that side;
product: the whole vector-Jacobian product, in terms of the upstream gradient G."""

Proof = Literal["steps", "jacobian", "differences"]

WRITTEN: Final = 6
"""Maximum number of elements of a local derivative whose numbers are given."""
MOST: Final = 65_536
"""Maximum number of elements that a formula is evaluated over: this excludes large products."""
NESTED: Final = 3
"""Maximum depth of nested nodes, unseen by Python, that one formula spells out."""
LENGTH: Final = 60
"""Maximum number of characters of a formula with such parts: a longer one describes a function."""
DEPTH: Final = 64
"""Maximum depth of nested nodes, unseen by Python, whose values are computed."""
TURNED: Final = 64
"""Maximum number of elements of an operand for checking a derivative by finite differences."""
WORD: Final = 32
"""Maximum number of characters of a plain argument of a call that is written by its name."""
PARTS: Final = 12
"""Maximum number of tensors that a formula of many operands names; a longer list is not written
out."""

_EXACT: Final = {
    "torch.float64": 1e-6, "torch.complex128": 1e-6, "torch.float32": 2e-4,
    "torch.complex64": 2e-4, "torch.float16": 6e-3, "torch.bfloat16": 5e-2, "torch.complex32": 6e-3,
}  # fmt: skip
"""Relative differences up to which numbers of a dtype count as equal; in float64 some of PyTorch's
kernels use constants of single precision."""

_COMPLEX: Final = {"torch.float64": "torch.complex128", "torch.float32": "torch.complex64"}
"""The dtype of complex numbers with the digits of a real one."""
_FAILS: Final = (
    UnboundError, ValueError, TypeError, IndexError, KeyError, ZeroDivisionError, OverflowError,
    ArithmeticError, np.linalg.LinAlgError, MemoryError, AttributeError,
    RuntimeError,  # of numpy: more dimensions than it has
)  # fmt: skip
"""Exceptions of a formula for operands that it is not made for: it is not proven then."""


class Written(msgspec.Struct, frozen=True):
    """A proven formula in LaTeX and in plain text; `strength` decides if it needs brackets.

    `of` are the tensors it names: (label, node, output), or (label, node, name) for one that only a
    node saved, under that name.
    """

    latex: str
    plain: str
    strength: int
    of: tuple[tuple[str, int, int | str], ...] = ()
    part: bool = False


class Derivative(msgspec.Struct, frozen=True):
    """The proven gradient along one input.

    `written` is the local derivative itself for a factor or a matrix, else the product that names
    `G`; `value` holds the factor's numbers if they are few, `constant` means it is a single plain
    number. `proof` is its evidence: the steps' sent gradients, the Jacobian that was read, or
    differences of the node's proven equation.
    """

    form: Form
    written: Written
    value: Array | None = None
    constant: bool = False
    proof: Proof = "steps"


NOTHING: Final = Derivative("product", Written("0", "0", ATOM))
"""The gradient sent where only zeros arrived, whatever the local derivative is."""


class _Bound(msgspec.Struct, frozen=True):
    """A row with the names of one node: numbers where known, labels of tensors. `inputs` are the
    labels for a formula that does not name the result, which may share an operand's label:
    `y ← y + 1`. `kept` are operands whose saved numbers differ from the recorded ones: they were
    changed without autograd's knowledge."""

    row: ops.Row
    settings: dict[str, Any]
    values: dict[str, Array]
    sources: dict[str, tuple[int, int | str]]
    labels: dict[str, str]
    inputs: dict[str, str] = {}
    kept: dict[str, tuple[Array, tuple[int, int | str]]] = {}

    def as_kept(self) -> "_Bound":
        """The same row with the numbers that the node saved."""
        values = self.values | {name: array for name, (array, _) in self.kept.items()}
        sources = self.sources | {name: source for name, (_, source) in self.kept.items()}
        return msgspec.structs.replace(self, values=values, sources=sources, kept={})


class Places(tuple[Numbers | None, ...]):
    """A list of index tensors among a node's settings; one is equal to itself alone."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


class _Whole(msgspec.Struct, frozen=True):
    """The proven formulas of a call that made several nodes."""

    equation: Written | None
    sends: tuple[tuple[int, Written], ...] = ()


class _Given(msgspec.Struct, frozen=True):
    """A tensor among a call's arguments, for the tests of `CallRow.when`."""

    kind: str
    array: Array | None


def numbers(array: Array | None) -> Numbers | None:
    """A tensor as a numpy array, None where it was not kept whole."""
    if array is None or array.truncated:
        return None
    return _flat(array).reshape(array.shape)


def _flat(array: Array) -> Numbers:
    if array.data and isinstance(array.data[0], tuple):
        return np.array([complex(*x) if isinstance(x, tuple) else x for x in array.data])
    if array.dtype.startswith(("torch.int", "torch.uint")) or array.dtype == "int":
        return np.array(array.data, dtype=np.float64)
    if array.dtype in ("torch.bool", "bool"):
        return np.array(array.data, dtype=bool)
    return np.array(array.data, dtype=np.float64)


def close(ours: Numbers, theirs: Numbers, exact: float, scale: float = 0.0) -> bool:
    """True if two arrays hold the same numbers, nan and infinities in the same places.

    `exact` is relative to the larger of each number and, a thousand times less strictly, `scale`.
    """
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    if ours.shape != theirs.shape:
        return False
    if not ours.size:
        return True
    size = np.abs(theirs)
    most = float(size.max())
    if math.isfinite(most):  # the common case, without a search for nan and infinities
        room = exact * size + (exact * 1e-2 * (most + scale) + 1e-300)
        return bool((np.abs(ours - theirs) <= room).all())
    nan = np.isnan(ours)
    if not np.array_equal(nan, np.isnan(theirs)):
        return False
    bad = ~np.isfinite(ours) | ~np.isfinite(theirs)
    if not np.array_equal(ours[bad & ~nan], theirs[bad & ~nan]):
        return False
    one, two = ours[~bad], theirs[~bad]
    if not one.size:
        return True
    most = float(np.max(np.abs(two)))
    room = exact * (np.abs(two) + 0.01 * most) + exact * 1e-2 * scale
    return bool(np.all(np.abs(one - two) <= room + 1e-300))


class Proofs:
    """The proven formulas of one trace; each is computed once, on first use."""

    def __init__(self, trace: Trace, labels: "Labels") -> None:
        self.trace = trace
        self.labels = labels
        self.nodes = {node.id: node for node in trace.nodes}
        self.disproved: list[tuple[int, str]] = []
        """(node, what) of formulas that this run contradicts."""
        self._steps: dict[int, list[Step]] = {}
        for step in trace.steps:
            self._steps.setdefault(step.node, []).append(step)
        self._grads = {
            (step.pass_number, step.order, trace.edges[send.edge].slot): send.grad
            for step in trace.steps
            for send in step.sends
        }
        self._numbers: dict[int, tuple[Array, Numbers | None]] = {}
        self._bounds: dict[int, _Bound | None] = {}
        self._equations: dict[int, Written | None] = {}
        self._derivatives: dict[tuple[int, int], Derivative | None] = {}
        self._settings: dict[int, dict[str, Any]] = {}
        self._calls: dict[int, _Whole | None] = {}
        self._names: dict[int, Written | None] = {}
        self._following: dict[tuple[int, int], bool] = {}
        self._unseen: dict[int, Array | None] = {}
        """Values of nodes that Python never saw, computed by their rows."""
        self._depth = 0

    # ---- the results ---------------------------------------------------------------------------

    def row(self, node: Node) -> ops.Row:
        """The row that the node's name and settings choose; nothing of it is proven yet."""
        bound = self._bound(node)
        return bound.row if bound is not None else ops.OPAQUE

    def equation(self, node: Node) -> Written | None:
        """The proven equation of the node's result, from its row."""
        if node.id not in self._equations:
            self._equations[node.id] = self._equation(node)
        return self._equations[node.id]

    def derivative(self, node: Node, slot: int) -> Derivative | None:
        """The proven gradient that the node sends along one input."""
        key = node.id, slot
        if key not in self._derivatives:
            found = self._derivative(node, slot)
            if found is None and self._only_zeros(node, slot):
                found = NOTHING
            self._derivatives[key] = found
        return self._derivatives[key]

    def along(self, node: Node, slot: int, places: Sequence[float]) -> list[float] | None:
        """A node's proven equation on other numbers in the place of one operand, element by
        element; None if it is not proven, if it mixes elements, or if another operand is more than
        a single number."""
        bound = self._bound(node)
        if bound is None or bound.kept or not places or slot >= len(bound.row.operands):
            return None
        if bound.row.equals is None or self.equation(node) is None:
            return None
        moved = bound.row.operands[slot]
        given = np.array(places, dtype=np.float64)
        try:
            tree = formulas.bind(bound.row.equals, bound.settings)
            values = self._values(tree, bound.values)
            if any(values[one].size != 1 for one in formulas.names(tree) - {moved}):
                return None
            with np.errstate(all="ignore"):
                found = np.asarray(formulas.evaluate(tree, {**values, moved: given}))
                if found.shape != given.shape:
                    return None
                if not formulas.elementwise(tree):
                    some = sorted({0, len(places) // 2, len(places) - 1})
                    alone = [formulas.evaluate(tree, {**values, moved: x}) for x in given[some]]
                    each = np.reshape(alone, (len(some), -1))
                    if not np.allclose(each, found[some, None], equal_nan=True):
                        return None
            return [float(one) for one in found]
        except (*_FAILS, IndexError, TypeError, ValueError):
            return None

    def transposes(self, node: Node) -> bool | None:
        """True if a view transposes matrices (the last two dimensions); None if it is not a plain
        view."""
        form, facts = ops.base(node.grad_fn), self.facts(node)
        if form in ("Transpose", "Permute"):
            return True if facts.get("matrix") else None
        return ops.transposes(node.grad_fn)

    def call(self, node: Node) -> Written | None:
        """The result of a call that made several nodes, in terms of the call's own arguments."""
        if node.id not in self._calls:
            self._calls[node.id] = self._whole_call(node)
        found = self._calls[node.id]
        return found.equation if found is not None else None

    def named(self, node: Node) -> Written | None:
        """A call by its own name, if the rows of its nodes, evaluated one after the other, give the
        recorded result."""
        if node.id not in self._names:
            written = _by_name(node, self.labels)
            made = () if node.call is None else self.labels.calls.get(node.call, ())
            alone = all(self.nodes[one].kind != "op" or one == node.id for one in made)
            proven = written is not None and alone and self._follows(node, DEPTH, seen(node)[0])
            self._names[node.id] = written if proven else None
        return self._names[node.id]

    def _follows(self, node: Node, depth: int, output: int = 0) -> bool:
        """True if the rows of a node and of the nodes of its call behind it give their results."""
        known = self._following.get((node.id, output))
        if known is not None or not depth:
            return known or False
        self._following[node.id, output] = False
        bound = self._bound(node)
        made = self._value(node, output)
        equals = None if bound is None else bound.row.result(output)
        if bound is None or equals is None or made is None or not result_size(made):
            return False
        try:
            tree = formulas.bind(equals, bound.settings)
        except _FAILS:
            return False
        if not self._gives(tree, {"r": made, **bound.values}, made):
            return False
        inner = {
            (edge.source, edge.output) for edge in self.labels.into[node.id]
            if edge.slot is not None and self.nodes[edge.source].kind == "hidden"
        }  # fmt: skip
        found = all(self._follows(self.nodes[one], depth - 1, place) for one, place in inner)
        self._following[node.id, output] = found
        return found

    def together(self, node: Node) -> tuple[tuple[int, Written], ...]:
        """The total that such a call sends to each tensor: (node of the tensor, proven formula)."""
        self.call(node)
        found = self._calls[node.id]
        return found.sends if found is not None else ()

    # ---- binding ------------------------------------------------------------------------------

    def _array(self, array: Array | None) -> Numbers | None:
        if array is None:
            return None
        known = self._numbers.get(id(array))
        if known is None:
            known = self._numbers[id(array)] = array, numbers(array)
        return known[1]

    def facts(self, node: Node) -> dict[str, Any]:
        """The node's settings, and its saved tensors under their names."""
        known = self._settings.get(node.id)
        if known is None:
            known = dict(node.settings)
            lists: dict[str, dict[int, Array]] = {}
            for label, array in node.saved:
                head, bracket, place = label.partition("[")
                if bracket:
                    lists.setdefault(head, {})[int(place[:-1])] = array
                else:
                    known[label] = array
            for head, parts in lists.items():
                known[head] = Places(
                    self._array(parts.get(place)) for place in range(1 + max(parts))
                )
            if ops.base(node.grad_fn) in ("Transpose", "Permute"):
                known["matrix"] = self._matrix(node, known)
            self._settings[node.id] = known
        return known

    def _matrix(self, node: Node, facts: Mapping[str, Any]) -> bool:
        """True if a change of dimensions is the transpose of the last two."""
        order = facts.get("dims")
        if isinstance(order, tuple):
            rank = len(order)
            plain = (*range(rank - 2), rank - 1, rank - 2)
            return rank >= 2 and tuple(one % rank for one in order) == plain
        value = node.values[0] if node.values else None
        shape = value.shape if value is not None else self._arrived(node)
        two = [facts.get("dim0"), facts.get("dim1")]
        if shape is None or not all(isinstance(one, int) for one in two) or len(shape) < 2:
            return set(two) == {-1, -2}
        rank = len(shape)
        return {one % rank for one in two if one is not None} == {rank - 1, rank - 2}

    def _bound(self, node: Node) -> _Bound | None:
        if node.id not in self._bounds:
            self._bounds[node.id] = self._bind(node)
        return self._bounds[node.id]

    def _bind(self, node: Node) -> _Bound | None:
        facts = self.facts(node)
        row = self._many(node, facts) or ops.find(node.grad_fn, facts)
        if row is ops.OPAQUE:
            return None
        settings = dict(row.defaults) | facts
        values: dict[str, Array] = {}
        sources: dict[str, tuple[int, int | str]] = {}
        labels: dict[str, str] = {}
        changed: dict[str, tuple[Array, tuple[int, int | str]]] = {}
        places = self._operands(node, row, facts)
        several = self.labels.inside(node)
        for slot, (name, argument) in enumerate(zip(row.operands, row.arguments, strict=True)):
            edge = places[slot] if slot < len(places) else None
            kept = facts.get(argument)
            if edge is None or edge.slot is None:
                # No gradient goes there: the node itself has the value it was given.
                if isinstance(kept, int | float) and not isinstance(kept, bool):
                    settings[name] = kept
                    continue
                if edge is not None and not self._is(edge, kept, several):
                    edge = None
            if edge is not None:
                source = self.nodes[edge.source]
                array = self._value(source, edge.output)
                if isinstance(kept, Array) and (array is None or array.shape != kept.shape):
                    array = kept  # as passed to the node: a row for a vector
                elif isinstance(kept, Array) and source.kind == "hidden":
                    array = kept  # computed by a row, and so rounded otherwise
                elif isinstance(kept, Array) and array is not None and self._other(array, kept):
                    changed[name] = kept, (node.id, argument)
                number = plain_number(array)
                if number is not None and source.kind == "constant":
                    settings[name] = number
                    continue
                if array is not None:
                    values[name] = array
                saved = isinstance(kept, Array) and array is kept
                sources[name] = (node.id, argument) if saved else (edge.source, edge.output)
                labels[name] = self.labels.label(edge.source, edge.output)
            elif isinstance(kept, Array):
                number, known = plain_number(kept, zero_dimensional=True), self._named(node, kept)
                if number is not None and (not known or known == self.labels.short(kept)):
                    settings[name] = number
                    continue
                values[name] = kept
                sources[name] = node.id, argument
                labels[name] = known or self.labels.short(kept) or _unseen(node, argument)
            elif argument in ("weight", "bias") and (
                slot >= len(node.inputs) or node.inputs[slot] is None
            ):
                settings[name] = 1 if argument == "weight" else 0  # a layer without weight or bias
        for name, _ in row.defaults:
            kept = facts.get(name)
            if isinstance(kept, Array):  # a complex number, which no setting can be
                del settings[name]
                values[name] = kept
                sources[name] = node.id, name
                labels[name] = f"({self.labels.short(kept)})"
        for name, argument in row.extra:
            kept = facts.get(argument)
            if isinstance(kept, Array):
                number = plain_number(kept, zero_dimensional=True)
                if number is not None:
                    settings[name] = number
                    continue
                values[name] = kept
                sources[name] = node.id, argument
                labels[name] = self._named(node, kept) or self.labels.short(kept) or argument
        for output, value in enumerate(node.values):
            name = "r" if output == 0 else f"r{output}"
            if value is not None:
                values[name] = value
            sources[name] = node.id, output
            labels[name] = self.labels.label(node.id, output)
        if "r" not in values and isinstance(facts.get("result"), Array):
            values["r"] = facts["result"]
            sources["r"] = node.id, "result"
        size = self._shape(node, 0)
        made = values.get("r") or self._upstream(node)
        if made is not None:
            settings["kind"] = made.dtype.removeprefix("torch.")
            if size is not None:
                settings["width"] = size[-1] if size else 1
                settings["n"] = max(1, math.prod(size) // max(1, math.prod(made.shape)))
        arguments = dict(zip(row.operands, row.arguments, strict=True)) | dict(row.extra)
        inputs = {name: label for name, label in labels.items() if name in arguments}
        distinguish(inputs, sources, arguments)
        distinguish(labels, sources, arguments)
        return _Bound(row, settings, values, sources, labels, inputs, changed)

    def _other(self, array: Array, kept: Array) -> bool:
        """True if two tensors of one shape hold different numbers."""
        if array.data == kept.data:
            return False
        one, two = self._array(array), self._array(kept)
        return one is not None and two is not None and not close(one, two, self._exact((kept,)))

    def _operands(
        self, node: Node, row: ops.Row, facts: Mapping[str, Any]
    ) -> Sequence[Edge | None]:
        """The edges to the operands, without other constants that the node keeps, such as a mask or
        an index."""
        places = self.labels.places(node)
        left = [edge for edge in places if edge is not None and edge.slot is None]
        count = len(left)
        extra = [facts.get(argument) for _, argument in row.extra]
        lists = [array for label, array in node.saved if "[" in label]
        for kept in (*extra, *lists):
            if isinstance(kept, Array):
                beside = next((edge for edge in left if self._holds(edge, kept)), None)
                left = [edge for edge in left if edge is not beside]
        if len(left) == count:
            return places
        free = iter(left)
        return [
            edge if edge is None or edge.slot is not None else next(free, None) for edge in places
        ]

    def _holds(self, edge: Edge, kept: Array) -> bool:
        """True if an edge comes from a tensor with these numbers."""
        values = self.nodes[edge.source].values
        value = values[edge.output] if edge.output < len(values) else None
        return value is not None and value.shape == kept.shape and value.data == kept.data

    def _value(self, node: Node, output: int) -> Array | None:
        """A node's value: the recorded one, or, where Python never saw it, one computed by its own
        row.

        A computed value is proven by the formula that uses it, checked against a recorded result.
        """
        if output < len(node.values) and node.values[output] is not None:
            return node.values[output]
        if node.kind != "hidden":
            return None
        if output:
            bound = self._bound(node)
            kept = bound.row.others[output - 1] if bound and output <= len(bound.row.others) else ""
            found = self.facts(node).get(kept)
            return found if isinstance(found, Array) else None
        if node.id not in self._unseen:
            self._unseen[node.id] = None  # a chain of them that is too long stays unknown
            if self._depth < DEPTH:
                self._depth += 1
                self._unseen[node.id] = self._worked_out(node)
                self._depth -= 1
        return self._unseen[node.id]

    def _worked_out(self, node: Node) -> Array | None:
        bound = self._bound(node)
        if bound is None:
            return None
        if "r" in bound.values:  # the node saved its result
            return bound.values["r"]
        if bound.row.equals is None:
            return None
        try:
            tree = formulas.bind(bound.row.equals, bound.settings)
            names = formulas.names(tree)
            shapes = {name: one.shape for name, one in bound.values.items()}
            arrived = self._arrived(node)
            if arrived is not None:
                shapes["r"] = arrived
            with np.errstate(all="ignore"):
                values = self._values(tree, bound.values, {}, shapes)
                found = np.asarray(formulas.evaluate(tree, values))
        except _FAILS:
            return None
        if found.size > MOST or (arrived is not None and found.shape != arrived):
            return None
        used = [bound.values[name].dtype for name in names if name in bound.values]
        if upstream := self._upstream(node):
            used.append(upstream.dtype)
        dtype = max(used, key=lambda one: _EXACT.get(one, 0.0), default="torch.float32")
        if np.iscomplexobj(found):
            dtype = _COMPLEX.get(dtype, dtype)
        return packed(found, dtype)

    def _is(self, edge: Edge, kept: object, several: bool) -> bool:
        """True if a constant operand of the call is what the node itself received."""
        values = self.nodes[edge.source].values
        value = values[edge.output] if edge.output < len(values) else None
        if isinstance(kept, Array):
            return value is not None and kept.data == value.data
        return not several

    def _named(self, node: Node, array: Array) -> str:
        """The label of the constant operand that holds these numbers: of the node, or of the call
        that made it, if only one does."""
        for edge in self.labels.into[node.id]:
            if self._is_constant(edge, array):
                return self.labels.label(edge.source, edge.output)
        if node.call is None or node.kind != "hidden":
            return ""
        whole = {
            self.labels.label(edge.source, edge.output)
            for edge in self._given.get(node.call, ())
            if self._is_constant(edge, array)
        }
        return whole.pop() if len(whole) == 1 else ""

    def _is_constant(self, edge: Edge, array: Array) -> bool:
        """True if an edge comes from a constant with these numbers."""
        value = self.nodes[edge.source].values
        return (
            edge.slot is None
            and bool(value)
            and value[0] is not None
            and value[0].data == array.data
            and value[0].dtype == array.dtype
        )

    @cached_property
    def _given(self) -> dict[int, list[Edge]]:
        """The constants that were passed to each call."""
        found: dict[int, list[Edge]] = {}
        for edge in self.trace.edges:
            call = self.nodes[edge.target].call
            if edge.slot is None and call is not None:
                found.setdefault(call, []).append(edge)
        return found

    def _shape(self, node: Node, slot: int) -> tuple[int, ...] | None:
        """The shape of an operand: of its value, or of the gradient sent to it."""
        for edge in self.labels.into[node.id]:
            if edge.slot != slot:
                continue
            values = self.nodes[edge.source].values
            value = values[edge.output] if edge.output < len(values) else None
            if value is not None:
                return value.shape
            for step in self._steps.get(node.id, ()):
                for send in step.sends:
                    if send.edge == edge.id and send.grad is not None:
                        return send.grad.shape
        sizes = self.facts(node).get("self_sym_sizes")
        return sizes if slot == 0 and isinstance(sizes, tuple) else None

    def _arrived(self, node: Node) -> tuple[int, ...] | None:
        found = self._upstream(node)
        return None if found is None else found.shape

    def _upstream(self, node: Node) -> Array | None:
        """The first upstream gradient of a node: it has the shape and dtype of its result."""
        steps = self._steps.get(node.id)
        return steps[0].upstream[0] if steps and steps[0].upstream else None

    def _many(self, node: Node, facts: Mapping[str, Any]) -> ops.Row | None:
        """A row for an operation with any number of operands or results."""
        form = ops.base(node.grad_fn)
        dim = facts.get("dim")
        count = len(node.inputs)
        if form in ("Cat", "Stack") and isinstance(dim, int) and 0 < count <= PARTS:
            parts = tuple(f"x{k}" for k in range(count))
            slots: list[ops.Slot | None] = []
            start = 0
            shapes = self._pieces(node, count, dim)
            for k, shape in enumerate(shapes):
                if shape is None:
                    return None
                if form == "Stack":
                    tree = Call("select", (Name("G"),), (dim, k))
                else:
                    size = shape[dim] if -len(shape) <= dim < len(shape) else 0  # cat ignores (0,)
                    tree = Call("piece", (Name("G"),), (dim, start, start + size))
                    start += size
                slots.append(ops.Slot(tree, False))
            made = Call(form.lower(), tuple(map(Name, parts)), (dim,))
            own = tuple(f"tensors[{k}]" for k in range(count))  # the argument's own name
            return ops.Row(node.grad_fn or "", parts, own, (), made, slots=tuple(slots))
        if form in (
            "Unbind",
            "Split",
            "SplitWithSizes",
            "UnsafeSplit",
            "UnsafeSplitWithSizes",
        ) and isinstance(dim, int):
            if not 0 < node.outputs <= PARTS:
                return None
            given = tuple(Name("G" if k == 0 else f"G{k}") for k in range(node.outputs))
            join = Call("stack" if form == "Unbind" else "cat", given, (dim,))
            first: Expression | None = None
            if form == "Unbind":
                first = Call("select", (Name("x"),), (dim, 0))
            elif node.values[0] is not None and node.values[0].shape:
                first = Call("piece", (Name("x"),), (dim, 0, node.values[0].shape[dim]))
            slot = ops.Slot(join, False)
            return ops.Row(node.grad_fn or "", ("x",), ("self",), (), first, slots=(slot,))
        return None

    def _pieces(self, node: Node, count: int, dim: int) -> list[tuple[int, ...] | None]:
        """The shapes of the parts of a `cat`; that of a single unknown one is what is left."""
        shapes = [self._shape(node, place) for place in range(count)]
        value = node.values[0] if node.values else None
        whole = value.shape if value is not None else self._arrived(node)
        known = [one for one in shapes if one is not None]
        if len(known) == count - 1 and whole and -len(whole) <= dim < len(whole):
            left = whole[dim] - sum(one[dim] for one in known if len(one) == len(whole))
            axis = dim % len(whole)
            shapes[shapes.index(None)] = (*whole[:axis], left, *whole[axis + 1 :])
        return shapes

    # ---- writing ------------------------------------------------------------------------------

    def _write(self, bound: _Bound, tree: Expression, part: bool = False) -> Written | None:
        used = formulas.names(tree)
        if any(not bound.labels.get(name) and not formulas.is_upstream(name) for name in used):
            return None
        texts = {name: label_text(bound.labels[name]) for name in used if name in bound.labels}
        plain = {name: one[1] for name, one in texts.items()}
        latex = {name: one[0] for name, one in texts.items()}
        for name in filter(formulas.is_upstream, used):
            plain[name] = Text("G" + name[1:].translate(_SUBSCRIPT))
            latex[name] = Text("G" if name == "G" else f"G_{{{name[1:]}}}")
        try:
            words, signs = formulas.plain(tree, plain), formulas.latex(tree, latex)
        except _FAILS:
            return None
        of = tuple(
            (bound.labels[name], *bound.sources[name])
            for name in sorted(used)
            if name in bound.sources and not formulas.shape_only(tree, name)
        )
        return Written(signs.text, words.text, min(words.strength, signs.strength), of, part)

    # ---- proving ------------------------------------------------------------------------------

    def _exact(self, arrays: Iterable[Array | None]) -> float:
        return max((_EXACT.get(one.dtype, 0.0) for one in arrays if one is not None), default=1e-8)

    def _equation(self, node: Node) -> Written | None:
        bound = self._bound(node)
        if bound is None or bound.row.equals is None:
            return None
        if bound.kept and (found := self._equation_of(node, bound.as_kept(), False)):
            return found
        return self._equation_of(node, bound, True)

    def _equation_of(self, node: Node, bound: _Bound, counts: bool) -> Written | None:
        """The row's equation, if these numbers prove it; `counts` a contradiction."""
        if bound.row.equals is None:
            return None
        result = bound.values.get("r")
        if result is None or not math.prod(result.shape):
            return None
        try:
            tree = formulas.bind(bound.row.equals, bound.settings)
        except _FAILS:
            return None
        match tree:
            case Call(function="+" | "dot" as sign, arguments=(one, two)) if self.labels.swapped(
                node
            ):
                tree = Call(sign, (two, one))
        if not any("complex" in one.dtype for one in bound.values.values()):
            tree = formulas.without(tree, "conj")
        if formulas.names(tree) <= bound.inputs.keys():
            bound = msgspec.structs.replace(bound, labels=bound.inputs)
        tree, longer = self._spelled_out(tree, bound, NESTED)
        written = self._write(longer, tree, result.truncated)
        if written is None or (len(written.plain) > LENGTH and longer is not bound):
            return None
        bound = longer
        proven = self._gives(tree, bound.values, result)
        if proven is False and counts:
            self.disproved.append((node.id, f"{bound.row.grad_fn}: {written.plain}"))
        read = formulas.as_read(tree)
        if proven and read != tree and not self._gives(read, bound.values, result):
            return None  # the shapes that the text leaves out matter: an outer product is not x·x
        return written if proven else None

    def _spelled_out(
        self, tree: Expression, bound: _Bound, depth: int
    ) -> tuple[Expression, _Bound]:
        """A formula with unseen operands replaced by their own formulas: `x[0][1]`, where `x[0]`
        has no name and no recorded value."""
        unseen = {
            name: self._unseen_formula(*bound.sources[name])
            for name in formulas.names(tree)
            if depth and name in bound.sources
        }
        if not any(unseen.values()):
            return tree, bound
        values, sources, labels = dict(bound.values), dict(bound.sources), dict(bound.labels)
        parts: dict[str, Expression] = {}
        for name, inner in unseen.items():
            if inner is None:
                continue
            made, of = self._spelled_out(*inner, depth - 1)
            renamed = {one: f"{name}/{one}" for one in formulas.names(made)}
            parts[name] = formulas.replaced(made, {k: Name(v) for k, v in renamed.items()})
            for one, longer in renamed.items():
                if one in of.values:
                    values[longer] = of.values[one]
                if one in of.sources:
                    sources[longer], labels[longer] = of.sources[one], of.labels[one]
        whole = msgspec.structs.replace(bound, values=values, sources=sources, labels=labels)
        found = formulas.replaced(tree, parts)
        match found:  # autograd takes 1/x first: 2/x is written as intended
            case Call(function="dot", arguments=(Call("/", (Num(1), below)), above)):
                found = Call("/", (above, below))
        behind: dict[str, set[tuple[int, int | str]]] = {}
        for name in formulas.names(found):
            if name in labels:
                behind.setdefault(labels[name], set()).add(sources[name])
        clear = all(len(one) == 1 for one in behind.values())
        return (found, whole) if clear else (tree, bound)

    def _unseen_formula(self, source: int, output: int | str) -> tuple[Expression, _Bound] | None:
        """The formula of a tensor that Python never saw, if it is known."""
        node = self.nodes.get(source)
        if node is None or node.kind != "hidden" or output != 0 or node.values[0] is not None:
            return None
        bound = self._bound(node)
        made = self._value(node, 0)
        if bound is None or bound.row.equals is None or made is None:
            return None
        try:
            tree = formulas.bind(bound.row.equals, bound.settings)
        except _FAILS:
            return None
        if "r" not in bound.values:  # its shape may be needed
            bound = msgspec.structs.replace(bound, values={**bound.values, "r": made})
        return tree, bound

    def _gives(self, tree: Expression, arrays: Mapping[str, Array], result: Array) -> bool | None:
        """True if a formula gives the recorded result; None if it can't be evaluated."""
        exact = self._exact([*(arrays[name] for name in formulas.names(tree) if name in arrays),
                             result])  # fmt: skip
        try:
            if not result.truncated:
                shapes = {name: one.shape for name, one in arrays.items()}
                values = self._values(tree, arrays, {}, shapes)
                theirs = self._array(result)
                with np.errstate(all="ignore"):
                    ours = np.asarray(formulas.evaluate(tree, values))
                if ours.size != result_size(result):
                    return False
                ours = within_range(ours.reshape(result.shape), result.dtype)
                return close(ours, theirs, exact, scale_of(values))
            if not formulas.elementwise(tree):
                return None
            count = len(result.data)
            values = {
                name: head(arrays[name], result.shape, count) for name in formulas.names(tree)
            }
            with np.errstate(all="ignore"):
                ours = np.broadcast_to(formulas.evaluate(tree, values), (count,))
            return close(ours, _flat(result), exact, scale_of(values))
        except _FAILS:
            return None

    def _values(
        self,
        tree: Expression,
        arrays: Mapping[str, Array],
        given: Mapping[str, Numbers] = {},
        shapes: Mapping[str, tuple[int, ...]] = {},
    ) -> dict[str, Numbers]:
        values: dict[str, Numbers] = dict(given)
        total = 1
        for name in formulas.names(tree):
            if name in values:
                continue
            found = self._array(arrays.get(name))
            if found is None and name in shapes and formulas.shape_only(tree, name):
                found = np.broadcast_to(0.0, shapes[name])
            if found is None:
                raise UnboundError(name)
            values[name] = found
            total *= max(1, found.size) if found.ndim > 1 else 1
        if total > MOST**2:
            raise UnboundError("too large")
        return values

    def _only_zeros(self, node: Node, slot: int) -> bool:
        """True if only zeros arrived at a node, each time, and only zeros were sent on."""
        steps = self.steps(node.id)
        for step in steps:
            arrays = [self.sent(step, slot), *(one for one in step.upstream if one is not None)]
            if step.hooked or any(one is None or not one.data or one.truncated or _any_nonzero(one)
                                  for one in arrays):  # fmt: skip
                return False  # a tensor without elements proves nothing either
        return bool(steps)

    def _derivative(self, node: Node, slot: int) -> Derivative | None:
        bound = self._bound(node)
        if bound is None or slot >= len(bound.row.slots):
            return None
        if bound.kept and (found := self._derivative_of(node, slot, bound.as_kept(), False)):
            return found
        return self._derivative_of(node, slot, bound, True)

    def _derivative_of(
        self, node: Node, slot: int, bound: _Bound, counts: bool
    ) -> Derivative | None:
        """The row's derivative, if these numbers prove it; `counts` a contradiction."""
        wanted = bound.row.slots[slot]
        if wanted is None:
            return None
        try:
            tree = formulas.bind(wanted.expression, bound.settings)
        except _FAILS:
            return None
        factor = wanted.factor
        if self._complex(node, bound):
            real = {k for k, one in bound.values.items() if "complex" not in one.dtype}
            tree = conjugated(tree, factor, real)
            if self._real(node, slot) and not bound.row.reduces:  # autograd keeps the real part
                tree = formulas.bind(Call("*", (Name("G"), tree)) if factor else tree, {})
                tree, factor = Call("real", (tree,)), False
        elif not any("complex" in one.dtype for one in bound.values.values()):
            tree = formulas.without(tree, "conj")
        prover = _Prover(self, node, slot, bound, tree, factor)
        proven = prover.by_steps()
        by: Proof = "steps"
        if proven is None:
            proven = prover.by_jacobian()
            by = "jacobian"
        if proven is None and self._only_zeros(node, slot) and self.equation(node) is not None:
            proven, by = prover.by_differences(), "differences"
        form, shown = prover.form()
        if form != "factor" and any(map(_UPSTREAM.fullmatch, bound.labels.values())):
            return None  # the program has a variable G: a formula in G would be read as that one
        if formulas.names(shown) - {"G"} <= bound.inputs.keys():
            # The result is not part of the formula: its name needs no distinguishing.
            bound = msgspec.structs.replace(bound, labels=bound.inputs)
        written = self._write(bound, shown)
        if written is None:
            return None
        if proven is False and counts:
            self.disproved.append((node.id, f"{bound.row.grad_fn}[{slot}]: {written.plain}"))
        if not proven:
            return None
        value = prover.value() if form == "factor" else None
        return Derivative(form, written, value, isinstance(shown, Num), by)

    def _whole_call(self, node: Node) -> _Whole | None:
        rows = _CALLS.get((node.op or "").strip("_"), ())
        result = seen(node)[1]
        if not rows or result is None or not math.prod(result.shape):
            return None
        bound = self._arguments(node, rows[0])
        if bound is None:
            return None
        facts, settings, values, sources, labels = bound
        self._counted(facts, settings, values)
        row = next((row for row in rows if row.fits(facts)), None)
        if row is None or row.equals is None:
            return None
        whole = _Bound(ops.OPAQUE, settings, values, sources, labels)
        try:
            arrays = {name: self._array(one) for name, one in values.items()}
            settings["n"] = _averaged(row.equals, settings, arrays)
            tree = formulas.bind(row.equals, settings)
        except _FAILS:
            return None
        written = self._write(whole, tree)
        if written is None:
            return None
        proven = self._gives(tree, values, result)
        if proven is False:
            self.disproved.append((node.id, f"{row.name}(): {written.plain}"))
        if not proven:
            return None
        return _Whole(written, tuple(self._sends(node, row, whole)))

    def _counted(
        self, facts: dict[str, Any], settings: dict[str, Any], values: Mapping[str, Array]
    ) -> None:
        """Numbers that follow from a call's arguments: of samples, of samples that count, of
        features, of rows of classes (one per sample and place)."""
        shape = settings.get("normalized_shape")
        settings["last"] = tuple(range(-len(shape), 0)) if isinstance(shape, tuple) else None
        first = values.get("input") or values.get("query")
        if first is not None:
            settings["batch"] = first.shape[0] if len(first.shape) > 1 else 1
            settings["width"] = first.shape[-1] if first.shape else 1
            classes = first.shape[min(1, len(first.shape) - 1)] if first.shape else 1
            settings["rows"] = math.prod(first.shape) // max(1, classes)
            kind = first.dtype.removeprefix("torch.")
            if kind in ("float32", "float64", "float16", "complex64", "complex128"):
                settings["epsilon"] = float(np.finfo(kind).eps)
        target, ignore = values.get("target"), settings.get("ignore_index")
        if target is not None and not target.truncated and isinstance(ignore, int):
            settings["counted"] = sum(one != ignore for one in target.data)
            facts["ignored"] = settings["counted"] != len(target.data)

    def _arguments(self, node: Node, row: ops.CallRow) -> Any:
        """The arguments of a call by name: for tests, settings, arrays, sources and labels."""
        facts: dict[str, Any] = {}
        settings: dict[str, Any] = {}
        values: dict[str, Array] = {}
        sources: dict[str, tuple[int, int]] = {}
        labels: dict[str, str] = {}
        order = [name for name, _ in row.signature]
        for name, default in row.signature:
            if default != "required":
                facts[name] = settings[name] = default
        for one in node.arguments:
            place = int(one.name) if one.name.isdigit() else None
            if place is not None and place >= len(order):
                return None
            name = one.name if place is None else order[place]
            if one.unknown or "." in name:
                return None
            if one.tensor is None:
                facts[name] = settings[name] = one.value
                continue
            source, output = one.tensor
            outputs = self.nodes[source].values
            array = outputs[output] if output < len(outputs) else None
            kind = "" if array is None else "float" if "float" in array.dtype else "int"
            facts[name] = _Given(kind, array)
            settings.pop(name, None)
            if array is not None:
                values[name] = array
            sources[name] = source, output
            labels[name] = self.labels.label(source, output)
        distinguish(labels, sources, {name: name for name in labels})
        return facts, settings, values, sources, labels

    def _sends(self, node: Node, row: ops.CallRow, whole: _Bound) -> Iterator[tuple[int, Written]]:
        group = {one.id for one in self.trace.nodes if one.call == node.call}
        for name, expression in row.sends:
            if name not in whole.sources:
                continue
            try:
                tree = formulas.bind(expression, whole.settings)
            except _FAILS:
                continue
            written = self._write(whole, tree)
            if written is None:
                continue
            found = [
                self._sent(step, whole, tree, group, whole.sources[name])
                for step in self._steps.get(node.id, ())
            ]
            if False in found:
                self.disproved.append((node.id, f"{row.name}() to {name}: {written.plain}"))
            elif True in found:
                yield whole.sources[name][0], written

    def _sent(
        self,
        step: Step,
        whole: _Bound,
        tree: Expression,
        group: set[int],
        to: tuple[int, int | str],
    ) -> bool | None:
        """True if the total that a call sent to a tensor in one pass matches the formula."""
        upstream = self._array(step.upstream[0]) if step.upstream else None
        total: Numbers = None
        for other in self.trace.steps:
            if other.pass_number != step.pass_number or other.node not in group:
                continue
            for send in other.sends:
                edge = self.trace.edges[send.edge]
                if (edge.source, edge.output) == to:
                    part = self._array(send.grad)
                    if part is None:
                        return None
                    total = part if total is None else total + part
        if upstream is None or total is None or not np.any(upstream):
            return None
        try:
            values = self._values(tree, whole.values, {"G": upstream})
            with np.errstate(all="ignore"):
                ours = np.asarray(formulas.evaluate(tree, values))
            ours = unbroadcast(ours, total.shape)
        except _FAILS:
            return None
        return close(ours, total, self._exact(whole.values.values()))

    def _complex(self, node: Node, bound: _Bound) -> bool:
        """True if PyTorch's convention needs the conjugate of a local derivative: for functions
        with a complex result. Functions with a real one, such as |x|, have their own rule."""
        result = bound.values.get("r")
        steps = self.steps(node.id)
        if result is None and steps and steps[0].upstream:
            result = steps[0].upstream[0]
        arrays = [result] if result is not None else bound.values.values()
        return any("complex" in one.dtype for one in arrays)

    def _real(self, node: Node, slot: int) -> bool:
        """True if the gradient sent to an operand is real."""
        sent = [self.sent(step, slot) for step in self.steps(node.id)]
        return any(one is not None and "complex" not in one.dtype for one in sent)

    def steps(self, node: int) -> Sequence[Step]:
        """The backward steps of a node, in the order they ran."""
        return self._steps.get(node, ())

    def sent(self, step: Step, slot: int) -> Array | None:
        """The gradient that a step sent along one input of its node."""
        return self._grads.get((step.pass_number, step.order, slot))


class _Prover:
    """The check of one node's derivative against the steps that the engine ran, and its
    Jacobian."""

    def __init__(
        self, proofs: Proofs, node: Node, slot: int, bound: _Bound, tree: Expression, factor: bool
    ) -> None:
        self.proofs, self.node, self.slot = proofs, node, slot
        self.bound, self.tree, self.factor = bound, tree, factor
        self.keep: tuple[int, ...] | None = None
        if bound.row.reduces:
            dim = bound.settings.get("dim")
            self.keep = tuple(dim) if isinstance(dim, tuple) else () if dim is None else (dim,)

    def by_steps(self) -> bool | None:
        """True if every step sent what the formula gives; None if no step can decide it."""
        seen = None
        known = formulas.names(self.tree) if not self.factor else {"G"}
        for step in self.proofs.steps(self.node.id):
            sent = self.proofs.sent(step, self.slot)
            if sent is None or not step.upstream or step.hooked:
                continue
            arrived = [one for one in step.upstream if one is not None]
            if not arrived or not math.prod(sent.shape):
                continue
            fits = self._step(step, sent)
            if not fits and not self._named(step, known):
                return None
            if fits is False:
                return False
            if fits and any(_any_nonzero(one) for one in arrived):
                seen = True
        return seen

    def _named(self, step: Step, known: Collection[str]) -> bool:
        """True if a formula names everything that arrived; otherwise it is not wrong where it does
        not fit: it is about other steps."""
        return all(
            array is None or ("G" if not output else f"G{output}") in known
            or not _any_nonzero(array)
            for output, array in enumerate(step.upstream)
        )  # fmt: skip

    def _step(self, step: Step, sent: Array) -> bool | None:
        exact = self.proofs._exact([*self.bound.values.values(), sent])
        given: dict[str, Numbers] = {}
        for output, array in enumerate(step.upstream):
            name = "G" if output == 0 else f"G{output}"
            found = self.proofs._array(array)
            if found is not None:
                given[name] = found
            elif array is None and output < len(self.node.values):
                value = self.node.values[output]
                if value is not None:
                    given[name] = np.zeros(value.shape)
        try:
            if not sent.truncated:
                ours = self.product(given, sent.shape)
                theirs: Numbers = self.proofs._array(sent)
                if np.iscomplexobj(ours) and not np.iscomplexobj(theirs):
                    return None  # autograd keeps only the real part: no formula here
                scale = scale_of(given if self.factor else {**given, "": ours})
                return close(within_range(ours, sent.dtype), theirs, exact, scale)
            return self._part(step, sent, exact)
        except _FAILS:
            return None

    def product(self, given: Mapping[str, Numbers], shape: tuple[int, ...]) -> Numbers:
        """The gradient that the formula sends for these upstream gradients, in the operand's
        shape."""
        values = dict(self.proofs._values(self.tree, self.bound.values, given, self._shapes()))
        if not self.factor:
            # An operand may be needed for its shape only.
            with np.errstate(all="ignore"):
                found = np.asarray(formulas.evaluate(self.tree, values))
            return unbroadcast(found, shape)
        upstream = np.asarray(given["G"])
        if self.keep is not None:
            upstream = kept(upstream, shape, self.keep)
            if "r" in values:
                values["r"] = kept(values["r"], shape, self.keep)
        with np.errstate(all="ignore"):
            factor = formulas.evaluate(self.tree, values)
            if self.tree == Num(1):
                found = upstream  # anything but a number stays unchanged
            elif isinstance(self.tree, Call) and self.tree.function in formulas.CONDITIONS:
                found = np.where(factor != 0, upstream, 0.0)  # Iverson: 0, whatever it multiplies
            else:
                found = upstream * factor
        return unbroadcast(np.asarray(found), shape)

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes of all names, including operands whose numbers are unknown."""
        found = {name: one.shape for name, one in self.bound.values.items()}
        for slot, name in enumerate(self.bound.row.operands):
            shape = None if name in found else self.proofs._shape(self.node, slot)
            if shape is not None:
                found[name] = shape
        arrived = self.proofs._arrived(self.node)
        if arrived is not None:
            found.setdefault("r", arrived)
        return found

    def _part(self, step: Step, sent: Array, exact: float) -> bool | None:
        """The kept part of a large gradient, from an element-wise formula."""
        arrived = step.upstream[0]
        if arrived is None or not formulas.elementwise(self.tree):
            return None
        count = len(sent.data)
        names = formulas.names(self.tree) - {"G"}
        values = {name: head(self.bound.values[name], sent.shape, count) for name in names}
        grads = head(self._wide(arrived, sent.shape), sent.shape, count)
        if not self.factor:
            values["G"] = grads
        with np.errstate(all="ignore"):
            found = formulas.evaluate(self.tree, values)
            ours = np.broadcast_to(found * grads if self.factor else found, (count,))
        return close(ours, _flat(sent), exact, 0.0)

    def _wide(self, array: Array, shape: tuple[int, ...]) -> Array:
        """An upstream gradient with the reduced dimensions restored, of size 1."""
        if self.keep is None or array.truncated or len(array.shape) == len(shape):
            return array
        dims = range(len(shape)) if not self.keep else [d % len(shape) for d in self.keep]
        wide = tuple(1 if k in set(dims) else n for k, n in enumerate(shape))
        if math.prod(wide) != math.prod(array.shape):
            return array
        return msgspec.structs.replace(array, shape=wide)

    def by_jacobian(self) -> bool | None:
        """True if the formula is the Jacobian that was read off the node; None without one."""
        matrix = None
        if self.slot < len(self.node.jacobians):
            matrix = self.proofs._array(self.node.jacobians[self.slot])
        if matrix is None or self.node.outputs != 1:
            return None
        shape = self.proofs._shape(self.node, self.slot)
        result = self.bound.values.get("r")
        made = result.shape if result is not None else self.proofs._arrived(self.node)
        if shape is None or made is None or math.prod(made) != matrix.shape[0]:
            return None
        exact = self.proofs._exact(self.bound.values.values())
        try:
            for place, row in enumerate(matrix):
                unit = np.zeros(matrix.shape[0])
                unit[place] = 1
                ours = self.product({"G": unit.reshape(made)}, shape)
                if not close(np.reshape(ours, -1), row, exact):
                    return False
        except _FAILS:
            return None
        return True

    def by_differences(self) -> Literal[True] | None:
        """True if the formula is the slope of the node's proven equation at this operand, by
        central differences; else None: nothing is known."""
        if self.slot >= len(self.bound.row.operands):
            return None
        name = self.bound.row.operands[self.slot]
        operand = self.proofs._array(self.bound.values.get(name))
        result = self.proofs._array(self.bound.values.get("r"))
        equals = self.bound.row.equals
        if operand is None or result is None or equals is None or not operand.size:
            return None
        if operand.size > TURNED or np.iscomplexobj(operand) or np.iscomplexobj(result):
            return None
        try:
            tree = formulas.bind(equals, self.bound.settings)
            values = self.proofs._values(tree, self.bound.values, {}, self._shapes())
            upstream = np.linspace(0.5, 1.5, result.size).reshape(result.shape)
            ours = self.product({"G": upstream}, operand.shape).reshape(-1)
            slopes = np.zeros(operand.size)
            for place, x in enumerate(operand.reshape(-1)):
                step = 1e-6 * max(1.0, abs(float(x)))
                ends = []
                for shift in (step, -step):
                    moved = np.array(operand, dtype=np.float64)
                    moved.reshape(-1)[place] += shift
                    with np.errstate(all="ignore"):
                        found = formulas.evaluate(tree, {**values, name: moved})
                    ends.append(float(np.sum(upstream * np.reshape(found, result.shape))))
                slopes[place] = (ends[0] - ends[1]) / (2 * step)
        except _FAILS:
            return None
        return True if close(slopes, ours, 1e-4, 1.0) else None

    def form(self) -> tuple[Form, Expression]:
        """The best way to write the product: as a factor, as a matrix on one side, or as it is."""
        match self.tree:
            case Call(function="*", arguments=(Name(text="G"), other)) if not _upstream(other):
                return ("factor", other) if self._whole() else ("product", self.tree)
            case Call(function="@", arguments=(Name(text="G"), other)) if not _upstream(other):
                return "right", other
            case Call(function="@", arguments=(other, Name(text="G"))) if not _upstream(other):
                return "left", other
            case Call(function="outer", arguments=(Name(text="G"), other)):
                return "right", Call("T", (other,))
        return ("factor" if self.factor else "product"), self.tree

    def _whole(self) -> bool:
        """True if a factor multiplies a single number, or an array of its own shape."""
        arrived = self.proofs._arrived(self.node)
        shape = self.proofs._shape(self.node, self.slot)
        return arrived is not None and (arrived == shape or math.prod(arrived) == 1)

    def value(self) -> Array | None:
        """The numbers of a factor if they are few."""
        result = self.bound.values.get("r")
        shape = self.proofs._shape(self.node, self.slot)
        if shape is None:
            return None
        try:
            _, shown = self.form()
            values = dict(self.proofs._values(shown, self.bound.values))
            if self.keep is not None and "r" in values:
                values["r"] = kept(values["r"], shape, self.keep)
            with np.errstate(all="ignore"):
                found = np.asarray(formulas.evaluate(shown, values))
            if self.keep is None and result is not None:
                wide = np.broadcast_shapes(found.shape, result.shape)
                found = np.broadcast_to(found, wide)
        except _FAILS:
            return None
        if found.size > WRITTEN:
            return None
        return packed(found, result.dtype if result is not None else "torch.float32")


USUAL: Final[dict[str, object]] = {
    "alpha": 1, "beta": 1, "value": 1, "reduction": "mean", "correction": 1, "unbiased": True,
    "rounding_mode": None, "label_smoothing": 0.0, "approximate": "none", "log_target": False,
    "ignore_index": -100, "dim": None, "keepdim": False, "padding": 0, "dilation": 1,
    "ceil_mode": False, "return_indices": False, "largest": True, "sorted": True,
    "descending": False, "dtype": None,
}  # fmt: skip
"""Settings that are shown in an expression, and the default value that need not be written."""
_UPSTREAM: Final = re.compile("G[₀-₉]*")
_SPLITS: Final = frozenset(
    ("Unbind", "Split", "SplitWithSizes", "UnsafeSplit", "UnsafeSplitWithSizes")
)
_CALLS: Final[dict[str, list[ops.CallRow]]] = {}
for _row in ops.CALLS:
    _CALLS.setdefault(_row.name, []).append(_row)


def _averaged(
    tree: Expression, settings: Mapping[str, Any], values: Mapping[str, Numbers]
) -> int | None:
    """The number of elements that a loss averages over: those that its sum covers."""
    for one in parts(tree):
        if isinstance(one, Call) and one.function == "sum" and not one.settings:
            inner = formulas.bind(one.arguments[0], settings)
            with np.errstate(all="ignore"):
                return int(np.size(formulas.evaluate(inner, values)))
    return None


def _python(value: Any) -> str:
    """A plain argument as Python writes it; a number in four digits."""
    match value:
        case bool() | str() | None:
            return repr(value)
        case int() | float():
            return formulas.number(value, True)
        case (only,):
            return f"({_python(only)},)"
    return f"({', '.join(map(_python, value))})"


def _by_name(node: Node, labels: "Labels") -> Written | None:
    """The call as the program made it, `trapezoid(x, dim=1)`; None if an argument was not kept,
    or if there are too many."""
    name = (node.op or "").strip("_")
    shown = written_labels.function(name)
    if not node.arguments or not name.isidentifier() or len(node.arguments) > PARTS:
        return None
    latex: list[str] = []
    plain: list[str] = []
    of: list[tuple[str, int, int | str]] = []
    given = [
        one
        for one in node.arguments
        if one.name.isdigit()
        or one.tensor is not None
        or one.unknown
        or one.value != USUAL.get(one.name)
    ]
    for head, group in itertools.groupby(given, lambda one: one.name.partition(".")[0]):
        parts = list(group)
        signs, words = [], []
        for one in parts:
            if one.unknown:
                return None
            if one.tensor is not None:
                label = labels.label(*one.tensor)
                of.append((label, *one.tensor))
                as_latex, as_plain = label_text(label)
                signs.append(as_latex.text)
                words.append(as_plain.text)
            else:
                word = _python(one.value)
                if len(word) > WORD:
                    return None
                words.append(word)
                signs.append(written_labels.name(word))
        if parts[0].name != head:
            signs, words = [f"[{', '.join(signs)}]"], [f"[{', '.join(words)}]"]
        keyword = "" if head.isdigit() else f"{head}="
        plain.append(keyword + words[0])
        latex.append((f"{written_labels.name(head)}=" if keyword else "") + signs[0])
    behind: dict[str, set[tuple[int, int | str]]] = {}
    for label, source, output in of:
        behind.setdefault(label, set()).add((source, output))
    if not of or any(len(one) > 1 for one in behind.values()):
        return None
    several = sum(one is not None for one in node.values) > 1
    first = "[0]" if several else ""
    return Written(
        f"{written_labels.operator(shown)}({', '.join(latex)}){first}",
        f"{shown}({', '.join(plain)}){first}",
        ATOM,
        tuple(of),
    )


class Labels:
    """The interface that gives proofs the names of tensors; `notation.Reading` implements it."""

    into: dict[int, list[Edge]]
    calls: dict[int, tuple[int, ...]]

    def label(self, node: int, output: int = 0) -> str:
        """The label of output `output` of a node."""
        raise NotImplementedError

    def places(self, node: Node) -> tuple[Edge | None, ...]:
        """The edges into a node in the order of `next_functions`."""
        raise NotImplementedError

    def inside(self, node: Node) -> bool:
        """True if a node belongs to a call that made several."""
        raise NotImplementedError

    def swapped(self, node: Node) -> bool:
        """True if the program wrote the two operands of a sum or product in reverse order."""
        raise NotImplementedError

    def short(self, array: Array) -> str:
        """The numbers of a small tensor without a name, else empty."""
        raise NotImplementedError


# ---- numbers -----------------------------------------------------------------------------------


def _unseen(node: Node, argument: str) -> str:
    """The name of an operand that Python never saw: the mask of a dropout, or else the argument."""
    return "mask" if "dropout" in (node.op or "") and argument == "other" else argument


def seen(node: Node) -> tuple[int, Array | None]:
    """The number and value of the output that Python saw: the first, or the only one."""
    known = [(output, one) for output, one in enumerate(node.values) if one is not None]
    first = node.values[0] if node.values else None
    return known[0] if len(known) == 1 and first is None else (0, first)


def plain_number(array: Array | None, zero_dimensional: bool = False) -> int | float | None:
    """The value of a plain Python number (or of a tensor without dimensions), else None."""
    if array is None or array.shape or len(array.data) != 1:
        return None
    if not zero_dimensional and array.dtype not in ("int", "float", "bool"):
        return None
    value = array.data[0]
    return None if isinstance(value, tuple) else int(value) if isinstance(value, bool) else value


def packed(found: Numbers, dtype: str) -> Array:
    """A numpy array as a recorded tensor."""
    flat = np.asarray(found).reshape(-1)
    if np.iscomplexobj(flat):
        data: tuple[Any, ...] = tuple((float(x.real), float(x.imag)) for x in flat)
    else:
        data = tuple(float(x) for x in flat)
    return Array(tuple(np.shape(found)), dtype, data)


_LARGEST: Final = {
    "torch.float32": float(np.finfo(np.float32).max),
    "torch.bfloat16": float(np.finfo(np.float32).max),
    "torch.float16": float(np.finfo(np.float16).max),
}


def within_range(found: Numbers, dtype: str) -> Numbers:
    """Numbers as a dtype holds them: infinite beyond its largest number."""
    most = _LARGEST.get(dtype)
    if most is None or np.iscomplexobj(found):
        return found
    sizes = np.abs(found)
    if sizes.max(initial=0.0) <= most:
        return found
    return np.where(sizes > most, np.copysign(np.inf, found), found)


def result_size(array: Array) -> int:
    """The number of elements of a tensor."""
    return math.prod(array.shape)


def scale_of(values: Mapping[str, Numbers]) -> float:
    """The largest finite operand: cancelling sums are as inexact as their terms."""
    found = 0.0
    for one in values.values():
        one = np.asarray(one)
        if one.dtype == bool or not one.size:
            continue
        most = float(np.abs(one).max())
        if not math.isfinite(most):
            most = float(np.abs(one[np.isfinite(one)]).max(initial=0.0))
        found = max(found, most)
    return found


def _any_nonzero(array: Array) -> bool:
    return any(x not in (0, (0.0, 0.0)) for x in array.data)


def _upstream(tree: Expression) -> bool:
    return any(map(formulas.is_upstream, formulas.names(tree)))


def kept(array: Numbers, shape: tuple[int, ...], dims: tuple[int, ...]) -> Numbers:
    """A reduced tensor with its removed dimensions restored, of size 1."""
    array = np.asarray(array)
    if not shape or array.ndim == len(shape):
        return array
    gone = set(range(len(shape))) if not dims else {one % len(shape) for one in dims}
    return array.reshape([1 if k in gone else n for k, n in enumerate(shape)])


def unbroadcast(array: Numbers, shape: tuple[int, ...]) -> Numbers:
    """The array summed over broadcast dimensions, or repeated along them, until it has the
    operand's shape."""
    if array.shape == shape:
        return array
    if array.size < math.prod(shape) or array.ndim < len(shape):
        return np.broadcast_to(array, shape)
    extra = array.ndim - len(shape)
    array = array.sum(axis=tuple(range(extra))) if extra else array
    axes = tuple(k for k, (a, b) in enumerate(zip(array.shape, shape, strict=True)) if a != b == 1)
    return (array.sum(axis=axes, keepdims=True) if axes else array).reshape(shape)


def head(array: Array, shape: tuple[int, ...], count: int) -> Numbers:
    """The first `count` elements of a tensor broadcast to a shape.

    Raises UnboundError where they were not kept.
    """
    if array.truncated:
        if array.shape != shape or len(array.data) < count:
            raise UnboundError("a part that was not kept")
        return _flat(array)[:count]
    whole = _flat(array).reshape(array.shape)
    places = np.unravel_index(np.arange(count), shape)
    lead = len(shape) - whole.ndim
    if lead < 0:
        raise UnboundError("another shape")
    index = tuple(
        np.zeros(count, dtype=int) if n == 1 else places[lead + k]
        for k, n in enumerate(whole.shape)
    )
    if any(n not in (1, shape[lead + k]) for k, n in enumerate(whole.shape)):
        raise UnboundError("another shape")
    return whole[index] if whole.ndim else np.full(count, whole)


def conjugated(tree: Expression, factor: bool, real: Collection[str] = frozenset()) -> Expression:
    """A derivative in PyTorch's convention for complex numbers: a local derivative is conjugated, a
    product with G in each operand whose numbers, not only its shape, it needs. `real` names those
    that are not complex, such as an index."""
    if isinstance(tree, Num):
        return tree
    if factor:
        return tree if formulas.names(tree) <= set(real) else Call("conj", (tree,))
    spared = {
        name for name in formulas.names(tree) if name in real or formulas.shape_only(tree, name)
    }
    return _conjugated(tree, spared)


def _conjugated(tree: Expression, spared: Collection[str]) -> Expression:
    match tree:
        case Name(text=text) if text not in spared and not formulas.is_upstream(text):
            return Call("conj", (tree,))
        case Call(function="conj", arguments=(Name() as inner,)) if inner.text not in spared and (
            not formulas.is_upstream(inner.text)
        ):
            return inner
        case Call(function=function, arguments=arguments, settings=settings):
            return Call(function, tuple(_conjugated(one, spared) for one in arguments), settings)
    return tree


def distinguish(
    labels: dict[str, str],
    sources: Mapping[str, tuple[int, int | str]],
    arguments: Mapping[str, str],
) -> None:
    """Give different tensors of one formula that share a label the names of their arguments."""
    behind: dict[str, set[tuple[int, int | str]]] = {}
    # −mean(y) next to mean(y) would read as its negative, whichever y each is of.
    alike = {name: label.lstrip("-−") if "(" in label else label for name, label in labels.items()}
    for name, label in alike.items():
        behind.setdefault(label, set()).add(sources[name])
    for name, label in alike.items():
        if len(behind[label]) > 1 and name in arguments:
            labels[name] = arguments[name]


_SUBSCRIPT: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@lru_cache(maxsize=4_096)
def label_text(label: str) -> tuple[Text, Text]:
    """A label as a part of a formula, in LaTeX and in plain text."""
    holds = written_labels.strength(label)
    return Text(written_labels.name(label), holds), Text(label, holds)


def parts(tree: Expression) -> Iterator[Expression]:
    """Each part of a tree, the whole first."""
    yield tree
    if isinstance(tree, Call):
        for one in tree.arguments:
            yield from parts(one)
