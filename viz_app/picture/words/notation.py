"""The notation of numbers, tensors and operations: PyTorch's, with four significant digits."""

import ast
import itertools
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache, wraps
from itertools import islice
from typing import Any, TypeVar

import msgspec

from viz_app import syntax
from viz_app.knowledge import ops
from viz_app.model import Argument, Array, Edge, Node, Number, Span, Step, Trace, Word
from viz_app.picture.words.labels import ATOM, SIGN, STRENGTH, bracketed, function
from viz_app.picture.words.proof import USUAL, Labels, Proofs

PYTHON_NUMBERS = frozenset({"int", "float", "bool", "complex"})
"""The dtypes of plain Python numbers; an operand of that kind is written inside its disc."""

ARGUMENTS = 6
"""Maximum number of arguments of a call that are written out."""
EXPRESSION_LENGTH = 14
"""Maximum number of characters of an expression that names a result without a name."""
SPELLED = 28
"""Maximum number of columns of an expression that represents its operation in a caption."""
NAMES_FOLLOWED = 16
"""Maximum number of repeated names that are counted along a path."""
NAMED_SOURCES = 4
"""Maximum number of tensors named as those that a result was made from."""


def number(x: Number) -> str:
    """One element, four significant digits: `25`, `0.5`, `-1.234e-05`, `nan`, `1+2j`."""
    if not isinstance(x, float):  # most are
        if isinstance(x, tuple):
            real, imaginary = number(x[0]), number(x[1])
            return f"{real}{'' if imaginary.startswith('-') else '+'}{imaginary}j"
        if isinstance(x, int) and abs(x) < 10**9:
            return str(x)
    if not math.isfinite(x):
        return str(float(x))
    if abs(x) < 10**5 and x == int(x):
        return str(int(x))
    text = f"{x:.4g}"
    if "e" in text and abs(x) < 10**6 and abs(x) > 1:
        text = f"{float(text):.6g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        return f"{mantissa}e{int(exponent)}"
    return text


def shape(array: Array) -> str:
    """`8×4`, `(8,)`, `()`: never a number in brackets, which is a value."""
    return sides(array) if len(array.shape) > 1 else str(array.shape)


def sides(array: Array) -> str:
    """`8×4`, `8`: a shape after the word "shape"."""
    return "×".join(str(size) for size in array.shape) or "()"


def text(array: Array | None, limit: int = 40) -> str:
    """Nested brackets in PyTorch's order, cut after `limit` elements; `…` replaces the rest."""
    if array is None:
        return "…"
    if not array.shape:
        return number(array.data[0]) if array.data else "…"
    if 0 in array.shape:  # as PyTorch prints it, however many empty rows there are
        return "[]"
    shown = iter(array.data[:limit])
    return _nested(array.shape, shown)


def _nested(sizes: tuple[int, ...], data: Iterator[Number]) -> str:
    parts: list[str] = []
    if len(sizes) == 1:
        parts += map(number, islice(data, sizes[0]))
        if len(parts) < sizes[0]:
            parts.append("…")
        return "[" + ", ".join(parts) + "]"
    for _ in range(sizes[0]):
        part = _nested(sizes[1:], data)
        if part.strip("[…, ]") == "" and part != "[]":
            parts.append("…")
            break
        parts.append(part)
    return "[" + ", ".join(parts) + "]"


def element(label: str, place: int, shape: tuple[int, ...]) -> str:
    """The label of one element of a tensor, `a[1, 0]`; `place` counts in row-major order."""
    found: list[str] = []
    for size in reversed(shape):
        found.append(str(place % size))
        place //= size
    return f"{label}[{', '.join(reversed(found))}]" if shape else label


def brief(array: Array | None) -> str:
    """One row of a card: the numbers if they fit, else the shape."""
    if array is None:
        return "…"
    if len(array.data) <= 4 and not array.truncated and len(array.shape) <= 1:
        return text(array)
    if len(array.shape) == 1:
        return f"[{number(array.data[0])}, … ] {shape(array)}"
    return shape(array)


def clean(name: str, length: int = 24) -> str:
    """A visitor's text without control and bidi characters, shortened."""
    most = 4 * length
    return _clean(name[:most], length, more=len(name) > most)


@lru_cache(maxsize=4_096)  # for pieces of texts: a whole one can be megabytes
def _clean(name: str, length: int, *, more: bool) -> str:
    kept = "".join(c for c in name if unicodedata.category(c)[0] != "C")
    return kept if len(kept) <= length and not more else kept[: length - 1] + "…"


def indexed(name: str) -> str:
    """A module's name as code writes it: `net[0]` for `net.0`."""
    return _NUMBERED.sub(r"[\1]", name)


def columns(text: str) -> int:
    """The width of a text in columns of a monospaced font; East Asian wide characters count
    double."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def fitted(name: str, wide: int) -> str:
    """A name cut to `wide` columns.

    A dotted name keeps its end, which distinguishes it from others.
    """
    if columns(name) <= wide:
        return name
    head, _, tail = name.rpartition(".")
    if head and columns(tail) <= wide - 2:
        for part in reversed(head.split(".")):
            if columns(part) + columns(tail) > wide - 2:
                break
            tail = f"{part}.{tail}"
        return f"…{tail}"
    while columns(name) > wide - 1:
        name = name[:-1]
    return f"{name}…"


def numbered(name: str, count: int) -> str:
    """A name with a number below the line: `h₂`."""
    return f"{name}{str(count).translate(_LOWERED)}"


def snake(name: str) -> str:
    """`view_as_real` for `ViewAsReal`: the function name of an autograd node."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _could_require(node: Node) -> bool:
    value = node.values[0]
    return (
        node.kind == "constant"
        and value is not None
        and value.dtype.startswith(("torch.float", "torch.complex", "torch.bfloat"))
    )


def is_number(node: Node) -> bool:
    """True if a constant is a plain Python number, written inside the disc that uses it."""
    value = node.values[0] if node.values else None
    return node.kind == "constant" and value is not None and value.dtype in PYTHON_NUMBERS


_Found = TypeVar("_Found")


def _once(method: Callable[["Reading", Node], _Found]) -> Callable[["Reading", Node], _Found]:
    """A method about one node that computes once for each: many parts of the picture ask for it.

    A node and its `part` differ in kind.
    """

    @wraps(method)
    def known(reading: "Reading", node: Node) -> _Found:
        key = method, node.id, node.kind
        if key not in reading._known:
            reading._known[key] = method(reading, node)
        found: _Found = reading._known[key]
        return found

    return known


class Reading(Labels):
    """The names used for one trace's tensors and operations.

    `label(node, output)` is the user's own name, else a short expression (`u*v`), else the
    operation's name. Labels are built once, in creation order; all readings of one trace are equal.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.lines = trace.source.split("\n")
        self.into: dict[int, list[Edge]] = {node.id: [] for node in trace.nodes}
        for edge in trace.edges:
            self.into[edge.target].append(edge)
        self.nodes = {node.id: node for node in trace.nodes}
        calls: dict[int, list[int]] = {}
        for node in trace.nodes:
            if node.call is not None and node.kind in ("op", "hidden"):
                calls.setdefault(node.call, []).append(node.id)
        self.calls = {call: tuple(members) for call, members in calls.items()}
        ran: dict[int, list[tuple[int, Step]]] = {}
        for place, step in enumerate(trace.steps):
            ran.setdefault(step.pass_number, []).append((place, step))
        self._ran = ran
        self.proofs = Proofs(trace, self)
        self.broken = self._broken()
        """The tensors at which the path of a gradient would end: those that require one, or
        else those that could require one."""
        self._shared: dict[Any, Any] = {}
        self._known: dict[tuple[Any, int, str], Any] = {}
        self._early = False
        """True once a label was asked for before it was there."""
        self._labels: dict[tuple[int, int], str] = {}
        names = Counter(
            self.given(node, output)
            for node in trace.nodes
            for output in {name.output for name in node.names}
        )
        self._given = names.keys()
        self._renamed = {name for name, count in names.items() if count > 1}
        self._behind: dict[int, dict[str, int]] = {}
        self._counts: dict[object, Counter[str]] = {}
        self._of_call: dict[int, set[str]] = {call: set() for call in self.calls}
        """The labels of each call's nodes so far."""
        self._operations = self._operations_on()
        self._numbers: dict[int, dict[str, int]] = {}
        """For each operation, the highest number of each name among its operands so far."""
        for node in trace.nodes:
            behind = self._versions(node)
            for output in range(max(1, node.outputs)):
                name, given = self._name(node, output), self.given(node, output)
                if given in self._renamed:
                    count = self._apart((node.id, output), name, behind.get(given, 0) + 1)
                    behind[given] = count
                    self._labels[node.id, output] = self._take((node.id, output), name, count)
                else:
                    self._labels[node.id, output] = self._own(node, name, output)
                if node.call in self._of_call and node.kind in ("op", "hidden"):
                    self._of_call[node.call].add(self._labels[node.id, output])
        if self._early:  # what was written then has to be written again
            self._known.clear()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Reading) and self.trace == other.trace

    __hash__ = None  # type: ignore[assignment]

    def once(self, of: Callable[["Reading"], _Found]) -> _Found:
        """Compute something of this reading once: several stages of the picture share it."""
        if of not in self._shared:
            self._shared[of] = of(self)
        found: _Found = self._shared[of]
        return found

    def label(self, node: int, output: int = 0) -> str:
        """The label of output `output` of a node."""
        found = self._labels.get((node, output))
        if found is None:
            self._early = True
            return f"#{node}"
        return found

    @cached_property
    def uses(self) -> Mapping[int, Sequence[Edge]]:
        """The edges out of each node, in the order of the trace."""
        found: dict[int, list[Edge]] = {node: [] for node in self.nodes}
        for edge in self.trace.edges:
            found[edge.source].append(edge)
        return found

    def _operations_on(self) -> dict[tuple[int, int], set[int]]:
        """The operations that take each output, each by the last node that its call made."""
        found: dict[tuple[int, int], set[int]] = {}
        for node in self.trace.nodes:
            of = node.id if node.call not in self.calls else self.calls[node.call][-1]
            for source in self._made_of(node):
                found.setdefault(source, set()).add(of)
        return found

    def _apart(self, source: tuple[int, int], name: str, count: int) -> int:
        """The number of a name, from `count` on, that no other operand of the same operation has:
        `x + x` would be twice the same tensor."""
        operations = self._operations.get(source, ())
        highest = max((self._numbers.get(of, {}).get(name, 0) for of in operations), default=0)
        return max(count, highest + 1)

    def _take(self, source: tuple[int, int], name: str, count: int) -> str:
        """The label of a name with this number, which no later operand beside it gets."""
        for of in self._operations.get(source, ()):
            self._numbers.setdefault(of, {})[name] = count
        return name if count == 1 else numbered(name, count)

    def _broken(self) -> frozenset[int]:
        unrecorded = [
            edge for edge in self.trace.edges
            if self.nodes[edge.target].kind == "op" and not self.nodes[edge.target].requires_grad
        ]  # fmt: skip
        used = dict.fromkeys(edge.source for edge in unrecorded)
        asking = [node for node in used if self.nodes[node].requires_grad]
        able = [node for node in used if not self.into[node] and _could_require(self.nodes[node])]
        return frozenset(asking or able)

    def breaks(self, edge: Edge) -> bool:
        """True if the path of a gradient ends at this edge: autograd did not record the operation
        that it leads into."""
        target = self.nodes[edge.target]
        return edge.source in self.broken and target.kind == "op" and not target.requires_grad

    def made_from(self, root: int) -> tuple[bool, tuple[Word, ...]]:
        """The names of tensors from which one was made that requires no gradient, at most
        `NAMED_SOURCES`: of those that require one (True), or else of those that could (False)."""
        asking: set[int] = set()
        seen, walk = {root}, [root]
        while walk:
            for edge in self.into[walk.pop()]:
                if self.nodes[edge.source].requires_grad:
                    asking.add(edge.source)
                elif edge.source not in seen:
                    seen.add(edge.source)
                    walk.append(edge.source)
        labels = dict.fromkeys(self.label(one) for one in sorted(asking or seen & self.broken))
        names = islice(labels, NAMED_SOURCES)
        return bool(asking), tuple(Word(label, "name") for label in names)

    def ran(self, pass_number: int) -> Sequence[tuple[int, Step]]:
        """The steps of a backward pass, each with its index in `Trace.steps`."""
        return self._ran.get(pass_number, ())

    def _name(self, node: Node, output: int) -> str:
        given = self.given(node, output)
        if given:
            return given
        value = node.values[0] if node.values else None
        if is_number(node) and value is not None:
            return text(value)
        if node.kind in ("leaf", "parameter", "constant"):
            return clean(self.subscript(node) or self._maker(node) or node.kind)
        if self.turned(node) and self.into[node.id]:
            return self._transposed(node)
        written = self.expression(node)
        name = written
        if len(written) > EXPRESSION_LENGTH:
            name = clean(node.op if node.kind == "op" and node.op else self._word(node))
        return name if node.outputs < 2 else f"{name}[{output}]"

    def _transposed(self, node: Node) -> str:
        edge = self.into[node.id][0]
        return f"{self.label(edge.source, edge.output)}ᵀ".replace("ᵀᵀ", "")

    def _versions(self, node: Node) -> dict[str, int]:
        """For each name that the program gives several times, how many tensors of that name a
        node's inputs depend on, at most `NAMES_FOLLOWED` names."""
        found: dict[str, int] = {}
        for source, _ in self._made_of(node) if self._renamed else ():
            for name, count in self._behind.get(source, {}).items():
                found[name] = max(count, found.get(name, 0))
        if len(found) > NAMES_FOLLOWED:
            found = dict(list(found.items())[-NAMES_FOLLOWED:])
        self._behind[node.id] = found
        return found

    def _made_of(self, node: Node) -> list[tuple[int, int]]:
        """The outputs that a node is made of; of a changed view, also those that its operation
        took."""
        found = [(edge.source, edge.output) for edge in self.into[node.id]]
        if self.changed_view(node):
            found += [one.tensor for one in node.arguments if one.tensor is not None]
        return found

    def original(self, leaf: int) -> int:
        """The original leaf of a leaf that was changed in place: all its versions have one
        `.grad`."""
        while (before := self.nodes[leaf].replaces) is not None and before < leaf:
            leaf = before
        return leaf

    def given(self, node: Node, output: int = 0) -> str:
        """The name that the program gave to an output; empty if it gave none."""
        names = [name.text for name in node.names if name.output == output]
        return fitted(clean(names[0], 200), 24) if names else ""

    def _own(self, node: Node, name: str, output: int) -> str:
        """The name, distinguished from those of the node's inputs and of its own call's nodes, and
        from other results of the same iteration of a loop that have it too."""
        if node.kind not in ("op", "hidden"):
            # Formulas call constants that are named alike by the arguments they were passed for.
            if node.kind == "constant" or node.names or self.subscript(node):
                return name
            return self._take((node.id, output), name, self._apart((node.id, output), name, 1))
        named = any(one.output == output for one in node.names)
        near = {self.label(*source) for source in self._made_of(node)}
        beside: set[str] = set() if node.call is None or named else self._of_call[node.call]
        loops = tuple(scope for scope in node.scope if scope.kind == "loop")
        taken = self._counts.setdefault(loops, Counter())
        # `sum` and `x[…]` may be several results; `u*v` or `wᵀ` is the same one each time.
        whole = node.kind == "op" and "…" not in name and name == self.expression(node)
        exact = named or whole or self.turned(node) or bool(self.subscript(node))
        if node.kind == "hidden" and not exact and any(name in it for it in (taken, near, beside)):
            name = clean(self._word(node)) + ("" if node.outputs < 2 else f"[{output}]")
        count = 1 if exact else taken[name] + (name in self._given) + 1
        if not exact:
            count = self._apart((node.id, output), name, count)
        while (found := name if count == 1 else numbered(name, count)) in near or found in beside:
            count += 1
        if not named:
            taken[name] = max(count, taken[name])
        return found if exact else self._take((node.id, output), name, count)

    def _maker(self, node: Node) -> str:
        """The operation that a constant was made by, unless its numbers were changed since."""
        filled = _FILLED.get(node.op or "")
        value = node.values[0] if node.values else None
        if filled is not None and value is not None and any(x != filled for x in value.data):
            return "tensor"
        return node.op or ""

    def _word(self, node: Node) -> str:
        """The short name of a node inside a call: `norm`, `log_softmax`."""
        symbol = self.sign(node).symbol
        return symbol if symbol.isidentifier() else snake(ops.base(node.grad_fn))

    @_once
    def turned(self, node: Node) -> bool:
        """True if a node is the transpose of a matrix, or of the matrices of a batch."""
        if node.kind == "op" and node.call is not None and len(self.calls[node.call]) > 1:
            return False
        return self.proofs.transposes(node) is True

    def several(self, node: Node) -> bool:
        """True if a node is the result of a call that made more than one."""
        whole = node.kind == "op" and node.call is not None
        return whole and len(self.calls[node.call or 0]) > 1

    @_once
    def changed_view(self, node: Node) -> bool:
        """True for the result of an in-place operation on a view, as in `y[0].add_(1)`.

        Autograd reads it from the changed base: the base is its only operand in the graph, and the
        operation's own are those of the base's CopySlices.
        """
        if not self.several(node):
            return False
        made = self.calls[node.call or 0]
        return any(
            edge.source in made and self.nodes[edge.source].grad_fn == "CopySlices"
            for edge in self.into[node.id]
            if edge.slot is not None
        )

    def inside(self, node: Node) -> bool:
        """True if a node belongs to a call that made several."""
        return node.call is not None and len(self.calls.get(node.call, ())) > 1

    def made(self, call: int) -> Node | None:
        """The node of a call's result."""
        ids = [one for one in self.calls[call] if self.nodes[one].kind == "op"]
        return self.nodes[ids[-1]] if ids else None

    def called(self, nodes: Sequence[int]) -> str:
        """The name of the call that made these nodes, as written in the program."""
        names = [node.op for node in map(self.nodes.__getitem__, nodes) if node.op]
        return (names or [snake(ops.base(self.nodes[nodes[-1]].grad_fn))])[-1].strip("_")

    def part(self, node: Node) -> Node:
        """A node as one of the nodes that its call made: described by its own operation, not by the
        call."""
        if not self.several(node):
            return node
        return msgspec.structs.replace(node, kind="hidden", op=None, arguments=())

    @_once
    def sign(self, node: Node) -> ops.Row:
        """The row whose symbol represents a node: that of the call that made it."""
        op = node.op if node.kind == "op" else None
        facts = self.proofs.facts(node)
        return ops.sign(node.grad_fn, op, facts, self.several(node))

    def operands(self, node: Node) -> tuple[str, ...]:
        """The operands' labels in autograd's order (`next_functions`)."""
        return tuple(
            self.label(edge.source, edge.output) if edge else "" for edge in self.places(node)
        )

    def arrays(self, node: Node) -> tuple[Array | None, ...]:
        """The operands' values in autograd's order."""
        found: list[Array | None] = []
        for edge in self.places(node):
            values = self.nodes[edge.source].values if edge else ()
            found.append(values[edge.output] if edge and edge.output < len(values) else None)
        return tuple(found)

    def places(self, node: Node) -> tuple[Edge | None, ...]:
        """The edges into a node in the order of `next_functions`.

        Constants fill the slots without a gradient, in the order Python saw them.
        """
        slots = {edge.slot: edge for edge in self.into[node.id] if edge.slot is not None}
        rest = sorted(
            (edge for edge in self._constants(node) if edge.slot is None),
            key=lambda edge: (edge.position is None, edge.position, edge.id),
        )
        count = max([*slots, len(node.inputs) - 1, len(slots) + len(rest) - 1], default=-1) + 1
        free = iter(rest)
        return tuple(slots.get(slot) or next(free, None) for slot in range(count))

    def _constants(self, node: Node) -> list[Edge]:
        """The edges into a node; a hidden product's only constant was passed to its whole call."""
        own = self.into[node.id]
        if node.kind != "hidden" or node.call is None or ops.base(node.grad_fn) not in _PRODUCTS:
            return own
        given = [
            edge
            for of in self.calls[node.call]
            for edge in self.into[of]
            if edge.slot is None and not is_number(self.nodes[edge.source])
        ]
        return own if given[1:] or any(edge in own for edge in given) else own + given

    @_once
    def written(self, node: Node) -> tuple[tuple[str, bool], ...]:
        """The call's operands as the program wrote them, left to right.

        Each is (label, True for a plain Python number). A call's nodes count as one: `1 / x` is
        two.
        """
        if self.changed_view(node):
            return tuple((self._argument(one.name, [one]), _plain(one)) for one in node.arguments)
        group: tuple[int, ...] = (node.id,)
        if node.kind == "op" and node.call is not None:
            group = self.calls[node.call]
        # The constants of a whole call are listed with its result: `part` of it does not read them.
        part = node.kind != self.nodes[node.id].kind
        given = {one.tensor: place for place, one in enumerate(node.arguments)}

        def place(edge: Edge) -> int | None:
            # An input of a node inside the call has no position of its own among the call's
            # operands.
            position = edge.position
            return given.get((edge.source, edge.output)) if position is None else position

        edges = sorted(
            (
                edge for of in group for edge in self.into[of]
                if edge.source not in group and not (part and edge.slot is None)
            ),
            key=lambda edge: (place(edge) is None, place(edge), edge.slot or 0, edge.id),
        )  # fmt: skip
        found = tuple(
            (self._operand(edge, node), is_number(self.nodes[edge.source])) for edge in edges
        )
        # Python passes `2 * c` to the tensor as c.__rmul__(2); the text has the order.
        return found[::-1] if self._reflected(node, found) else found

    def _operand(self, edge: Edge, node: Node) -> str:
        """An operand as it enters a formula: `linear(x, w)` multiplies by `wᵀ`."""
        inner = self.nodes[edge.target]
        if inner.kind == "hidden" and self.sign(node).infix and self.turned(inner):
            return self.label(inner.id)
        return self.label(edge.source, edge.output)

    def _reflected(self, node: Node, found: tuple[tuple[str, bool], ...]) -> bool:
        if [number for _, number in found] != [False, True] or node.span is None:
            return False
        span, lines = node.span, self.lines
        if span.line != span.end_line or span.line > len(lines):
            return False
        try:
            call = syntax.parse(lines[span.line - 1][span.column - 1 : span.end_column - 1].strip())
        except (SyntaxError, ValueError):
            return False  # a span that is not an expression of its own, as in `x += 1`
        match call.body:
            case [ast.Expr(ast.BinOp(left=ast.Constant()))]:
                return True
            case [ast.Expr(ast.BinOp(left=ast.UnaryOp(operand=ast.Constant())))]:
                return True
        return False

    @_once
    def notation(self, node: Node) -> str:
        """The text in the disc: `+ 1`, `** 2`, `2 ×`, `×`, `mean`."""
        row = self.sign(node)
        symbol = self._symbol(node).replace("-", "−")
        written = self.written(node)
        if row.infix and len(written) == 2:
            left, right = (label if number else "" for label, number in written)
            return f"{left} {symbol} {right}".strip()
        return symbol

    def _symbol(self, node: Node) -> str:
        """The row's symbol; a call that made several nodes has its own name instead."""
        own = node.op if node.kind == "op" else None
        return self.sign(node).symbol or clean(
            (own or snake(ops.base(node.grad_fn))).strip("_"), 12
        )

    def spelled(self, node: Node) -> str:
        """An operation in plain words: its expression, or, where that is long, the symbol on its
        disc; of a leaf the place where its gradient is stored."""
        if node.kind in ("leaf", "parameter"):
            return f"{self.label(node.id)}.grad"
        part = self.part(node)
        written = self.expression(part)
        return written if columns(written) <= SPELLED else self.notation(part)

    @_once
    def expression(self, node: Node) -> str:
        """The call with the user's operands: `a + 1`, `mean(d)` for `d.mean()`, `u*v`."""
        if subscript := self.subscript(node):
            return subscript
        if not node.op and self.turned(node) and self.into[node.id]:
            return self._transposed(node)
        row = self.sign(node)
        operator = row.infix or row.binds
        if self.changed_view(node):
            # `y[0].add_(x, alpha=2)` is not y[0] + x
            operator = operator and [one.name for one in node.arguments] in (["0"], ["0", "1"])
            if not node.arguments:
                return f"{ops.base(node.grad_fn).lower()}({', '.join(self.operands(node))})"
        if node.kind == "op" and node.arguments and not operator:
            return self._call(node, row)
        symbol = self._symbol(node)
        if row.code and not row.infix:
            symbol = row.code
        labels = [label for label, _ in self.written(node)]
        keywords = self._keywords(node)
        if keywords and node.op and not row.infix:
            symbol = clean(node.op.strip("_"), 16)
        if row.scaled(self.proofs.facts(node)):
            row = ops.OPAQUE  # `add(x, y, alpha=2)` is not x + y
            symbol = clean((node.op or ops.base(node.grad_fn)).strip("_").lower(), 12)
        if row.infix and len(labels) == 2:
            space, sign = "" if row.binds else " ", row.code or symbol
            own = STRENGTH.get(sign, 0)
            # `a - (b - c)` needs its brackets, `(a - b) - c` does not; ** is right-associative.
            left = bracketed(labels[0], own + (sign == "**"))
            return f"{left}{space}{sign}{space}{bracketed(labels[1], own + 1)}"
        if row.infix and len(labels) == 1:
            symbol = clean(ops.base(node.grad_fn).lower(), 12)
        elif row.binds and len(labels) == 1:
            return f"{symbol}{bracketed(labels[0], SIGN)}"
        return f"{symbol}({', '.join((*labels, *keywords))})"

    def _call(self, node: Node, row: ops.Row) -> str:
        """A call by its name, with its arguments as the program passed them: `softmax(x, dim=1)`.

        What was not kept, or would be too long, is `…`: a call written without an argument that
        changes its result would be another call.
        """
        own = node.op or ops.base(node.grad_fn)
        given = [
            (head, list(parts))
            for head, parts in itertools.groupby(
                node.arguments, lambda one: one.name.partition(".")[0]
            )
            if not head.startswith("_")
        ]
        texts = [(head, self._argument(head, parts)) for head, parts in given]
        if own in _PROPERTIES and len(texts) == 1:
            return f"{bracketed(texts[0][1], ATOM)}.{own}"
        if own == "getitem":
            return f"{bracketed(texts[0][1], ATOM)}[…]"
        while texts and texts[-1][1] == "None" and texts[-1][0].isdigit():
            texts.pop()
        written = [
            text if head.isdigit() else f"{head}={text}"
            for head, text in texts
            if head.isdigit() or text not in ("None", _setting(USUAL.get(head)))
        ]
        if len(written) > ARGUMENTS:
            written[ARGUMENTS:] = ["…"]
        return f"{row.code or clean(function(own), 32)}({', '.join(written)})"

    def _argument(self, head: str, parts: Sequence[Argument]) -> str:
        texts = [
            self.label(*one.tensor)
            if one.tensor is not None
            else "…" if one.unknown else _setting(one.value)
            for one in parts
        ]  # fmt: skip
        return texts[0] if parts[0].name == head else f"[{', '.join(texts)}]"

    def _keywords(self, node: Node) -> list[str]:
        """The settings that change a call's result, as keyword arguments."""
        usual = USUAL
        if node.kind != "op":
            usual = _USUAL_INSIDE if self.sign(node).reduces else {}
        return [
            f"{name}={_setting(value)}"
            for name, value in node.settings
            if name in usual and value not in (None, (), usual[name])
        ]

    @_once
    def subscript(self, node: Node) -> str:
        """`a[1:]` as the program wrote it; for a view inside a call, the part it takes; else
        empty."""
        if node.kind == "hidden":
            return self._taken(node)
        span = node.span
        if span is None or span.line != span.end_line or not 0 < span.line <= len(self.lines):
            return ""
        written = self.lines[span.line - 1][span.column - 1 : span.end_column - 1]
        found = _SUBSCRIPT.fullmatch(clean(written, EXPRESSION_LENGTH + 1))
        return found.group() if found and len(written) <= EXPRESSION_LENGTH else ""

    def _taken(self, node: Node) -> str:
        """`x[0]` for a node that took a part inside a call."""
        facts, edges = self.proofs.facts(node), self.into[node.id]
        kind, dim = ops.base(node.grad_fn), facts.get("dim")
        if kind not in ("Select", "Slice") or not isinstance(dim, int) or not edges:
            return ""
        if kind == "Select":
            index = str(facts.get("index"))
        else:
            start, end = facts.get("start") or 0, facts.get("end")
            last = "" if end is None or end >= 2**62 else str(end)
            index = f"{start or ''}:{last}"
            if (step := facts.get("step")) not in (1, None):
                index += f":{step}"
        of = self.label(edges[0].source, edges[0].output)
        return f"{of}[{':, ' * dim if dim >= 0 else '..., '}{index}]"

    def swapped(self, node: Node) -> bool:
        """True if the program wrote the two operands the other way round: `2 * c`."""
        written = [label for label, _ in self.written(node)]
        operands = list(self.operands(node))
        return len(written) == 2 and written != operands and written == operands[::-1]

    def short(self, array: Array) -> str:
        """The numbers of a small tensor without a name, else empty."""
        return text(array) if len(array.data) <= 4 and not array.truncated else ""

    def line(self, span: Span | None) -> str:
        """The line a span begins on, as text; empty without a span."""
        return str(span.line) if span else ""


_SUBSCRIPT = re.compile(r"[\w.]+(\[([^\[\]=\"']|\[[^\[\]=\"']*\])+\])+")
_NUMBERED = re.compile(r"\.(\d+)(?=\.|$)")
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_PRODUCTS = frozenset(("Mm", "Mv", "Bmm", "Dot", "Addmm", "Addmv", "Baddbmm", "Convolution"))
_PROPERTIES = frozenset(("T", "H", "mT", "mH", "real", "imag", "data"))
_USUAL_INSIDE = {name: one for name, one in USUAL.items() if name != "keepdim"} | {"ord": 2}
"""The same for a reduction inside a call, whose name is that of its numbers: `norm(x, dim=1)`."""
_FILLED = {"zeros": 0, "zeros_like": 0, "new_zeros": 0, "ones": 1, "ones_like": 1, "new_ones": 1}
"""The number that each of these calls fills its tensor with."""


def _plain(given: Argument) -> bool:
    """True for a plain Python number."""
    return isinstance(given.value, int | float) and not isinstance(given.value, bool)


def _setting(value: object) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(str, value))})" if len(value) != 1 else str(value[0])
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        return value if value.startswith("torch.") else clean(repr(value))
    return number(value) if isinstance(value, int | float) else repr(value)
