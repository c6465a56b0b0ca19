"""What a reader may change in a program's text: its inputs and its operations, as spans.

Literals and operations are found in the parsed text, before anything is added to it; the nodes of
the graph then tell which of them took part. A literal feeds the nodes of the expression around
it, or, where it is bound to a name, the nodes of the expressions that use the name.
"""

import ast
from collections.abc import Iterator
from typing import Literal, NamedTuple

from viz_app.engine.bindings import Bindings, called
from viz_app.engine.places import Places
from viz_app.model import Array, Call, Input, Node, Span

_MOST = 1_000
"""Inputs, and operations, that are told; nobody edits more of them by hand."""

_ELEMENTS = 1_024
"""Of one list of numbers; a longer one is data, not something to edit number by number."""

_RANDOM = frozenset("rand randn randint randperm normal".split())
_MAKERS = _RANDOM | frozenset("tensor zeros ones full eye arange linspace logspace empty".split())
_WRAPPERS = _MAKERS | frozenset("Parameter requires_grad_ array from_numpy to float".split())
"""Calls that hand a literal on as it is, so that what is bound to a name is the literal."""

OPERANDS = ("input", "other", "mat2", "exponent", "target")
"""What torch calls the operands of its functions, for programs that name every argument."""

_OPERATORS: dict[type[ast.operator], tuple[str, frozenset[str]]] = {
    ast.Add: ("+", frozenset(("add",))),
    ast.Sub: ("-", frozenset(("sub",))),
    ast.Mult: ("*", frozenset(("mul",))),
    ast.Div: ("/", frozenset(("div",))),
    ast.Pow: ("**", frozenset(("pow",))),
    ast.MatMult: ("@", frozenset(("matmul",))),
    ast.Mod: ("%", frozenset(("mod", "remainder"))),
    ast.FloorDiv: ("//", frozenset(("floor_divide",))),
}
"""An operator and what the recorder calls it."""

_Kind = Literal["number", "vector", "matrix", "size", "random", "seed", "flag", "bool"]


class _Literal(NamedTuple):
    """A literal of the text: `at` is the piece of the tree from which its nodes are looked for."""

    kind: _Kind
    span: Span
    value: Array
    at: ast.expr


class Editable:
    """The literals and operations of a program, found once; `inputs` and `calls` match them."""

    def __init__(self, tree: ast.Module, places: Places) -> None:
        self._places = places
        self._bindings = Bindings(tree)
        self._parents = self._bindings.parents
        self._literals: list[_Literal] = []
        self._operations: list[ast.BinOp | ast.UnaryOp | ast.Call] = []
        self._seeds: list[ast.expr] = []
        self._statements: list[ast.stmt] = []
        self._modules = {"torch"}
        self._read(tree)

    # ---- the text -----------------------------------------------------------------------------

    def _read(self, tree: ast.Module) -> None:
        walk: list[ast.AST] = [tree]
        while walk:
            node = walk.pop()
            if isinstance(node, ast.JoinedStr):
                continue  # positions inside an f-string are not those of the text
            if isinstance(node, ast.Assign | ast.AugAssign):
                self._statements.append(node)  # what changes a tensor in place is placed here
            elif isinstance(node, ast.Import | ast.ImportFrom):
                self._modules |= {(it.asname or it.name).split(".")[0] for it in node.names}
            if not (isinstance(node, ast.expr) and self._literal(node)):
                if isinstance(node, ast.BinOp | ast.UnaryOp | ast.Call):
                    self._operations.append(node)
                walk.extend(ast.iter_child_nodes(node))
            if isinstance(node, ast.Call):
                self._arguments(node)

    def _literal(self, node: ast.expr) -> bool:
        """Note a number or a list of numbers; whether the node is one."""
        up = self._parents[node]
        if isinstance(up, ast.Slice) or (isinstance(up, ast.Subscript) and up.slice is node):
            return False
        number = _number(node)
        if isinstance(node, ast.Constant) and type(node.value) is bool:
            if isinstance(up, ast.keyword) and up.arg == "requires_grad":
                return True  # the switch, which stands with its comma
            kind: _Kind = "bool"
            value = Array((), "bool", (node.value,))
        elif number is not None:
            whole = type(number) is int
            kind = "size" if whole and self._is_size(node) else "number"
            value = Array((), "int" if whole else "float", (number,))
        elif isinstance(node, ast.List) and (numbers := _matrix(node)):
            kind = "vector" if len(numbers.shape) == 1 else "matrix"
            value = numbers
        else:
            return False
        self._literals.append(_Literal(kind, self._places.span_of(node), value, node))
        return True

    def _is_size(self, node: ast.AST) -> bool:
        """Whether a whole number is, or stands in, an argument that counts something."""
        up = self._parents[node]
        if isinstance(up, ast.Tuple):
            node, up = up, self._parents[up]
        keyword = node = up if isinstance(up, ast.keyword) else node
        call = self._parents[node]
        if not isinstance(call, ast.Call):
            return False
        name = called(call)
        first, last = node in call.args[:1], node in call.args[2:3]
        if name in ("arange", "range"):
            return len(call.args) == 1
        counts = {"full": first, "linspace": last, "logspace": last, "tensor": False, "pow": False}
        named = isinstance(keyword, ast.keyword) and keyword.arg in ("size", "steps")
        return counts.get(name, True) or named

    def _arguments(self, call: ast.Call) -> None:
        name = called(call)
        if name == "manual_seed":
            self._seeds.extend(call.args[:1])
            self._seeds.extend(it.value for it in call.keywords if it.arg == "seed")
        sizes = list(call.args)
        if name in _RANDOM and name not in ("normal", "randint"):
            numbers = [_number(each) for each in sizes]
            if sizes and all(type(number) is int for number in numbers):
                first, last = self._places.span_of(sizes[0]), self._places.span_of(sizes[-1])
                span = Span(first.line, first.column, last.end_line, last.end_column)
                value = Array((len(sizes),), "int", tuple(it for it in numbers if it is not None))
                self._literals.append(_Literal("random", span, value, call))
        asks = [it for it in call.keywords if it.arg == "requires_grad"]
        if asks and isinstance(asks[0].value, ast.Constant):
            if type(asks[0].value.value) is bool:
                self._flag(call, asks[0], asks[0].value.value)
        elif name in _MAKERS and not asks and not any(it.arg is None for it in call.keywords):
            self._flag(call, None, False)

    def _flag(self, call: ast.Call, keyword: ast.keyword | None, on: bool) -> None:
        """Note the switch of a call: `, requires_grad=True`, or the place where it would stand."""
        parts = sorted(
            (self._places.span_of(it) for it in (*call.args, *call.keywords)),  # type: ignore[arg-type]
            key=lambda span: (span.line, span.column),
        )
        if keyword is None:
            if not parts or any(isinstance(it, ast.GeneratorExp) for it in call.args):
                return
            whole = self._places.span_of(call)
            line, column = parts[-1].end_line, parts[-1].end_column
            if line == whole.end_line:  # behind the brackets around the last argument
                rest = self._between(line, column, line, whole.end_column - 1)
                column += len(rest[: rest.rfind(")") + 1])
            span = Span(line, column, line, column)
        else:
            own = self._places.span_of(keyword)  # type: ignore[arg-type]
            place = parts.index(own)
            line, column = own.line, own.column
            if place:
                line, column = parts[place - 1].end_line, parts[place - 1].end_column
                # Brackets around the argument before, or a comment after it, are not the switch's.
                between = self._between(line, column, own.line, own.column)
                head, comma, rest = between.partition(",")
                if comma and not head.strip(")") and not rest.strip():
                    column += len(head)
                else:
                    line, column = own.line, own.column
            span = Span(line, column, own.end_line, own.end_column)
        self._literals.append(_Literal("flag", span, Array((), "bool", (on,)), call))

    def _between(self, line: int, column: int, end_line: int, end_column: int) -> str:
        lines = self._places.lines[line - 1 : end_line]
        lines[-1] = lines[-1][: end_column - 1]
        return "\n".join(lines)[column - 1 :]

    # ---- the graph ----------------------------------------------------------------------------

    def inputs(self, nodes: tuple[Node, ...], failed: bool = False) -> tuple[Input, ...]:
        """The literals that feed these nodes, in the text's order.

        Of a run that failed before its end it can't be known which do: all are told, so that the
        number that made it fail can be changed back.
        """
        made = self._made(nodes)
        random = tuple(
            node.id
            for node in nodes
            if node.op in _RANDOM or (node.kind == "parameter" and node.replaces is None)
        )
        seeds = {number for each in self._seeds for number in self._sources(each)}
        drawn = {it.at for it in self._literals if it.kind == "random"}
        found = []
        for kind, span, value, at in self._literals:
            if kind == "size" and self._parents[at] in drawn:
                continue
            if at in seeds and kind in ("number", "size"):
                kind, fed = "seed", random
            else:
                fed = self._fed(at, made)
                if kind == "flag":
                    # One that asks already, by `requires_grad_()` or as a parameter, has no switch.
                    on = bool(value.data[0])
                    fed = tuple(it for it in fed if _switched(nodes[it], on))
            if fed or (failed and kind != "flag"):
                found.append(Input(kind, span, self._name(at), value, fed))
        found.sort(key=lambda it: (it.span.line, it.span.column, it.kind))
        return tuple(found[:_MOST])

    def calls(
        self, nodes: tuple[Node, ...], layers: dict[Span, tuple[int, ...]]
    ) -> tuple[Call, ...]:
        """The operations that made these nodes, in the order in which they were worked out.

        `layers` are the nodes of the layers that were made at each span.
        """
        found = []
        for made in self._operations:
            span = self._places.span_of(made)
            used = tuple(
                it
                for it in layers.get(span, ())
                if nodes[it].kind == "op" and nodes[it].pass_number is None
            )
            if used and isinstance(made, ast.Call):
                found.append(Call("layer", called(made), span, (), used))
        for piece, ids in self._made(nodes).items():
            own = tuple(
                each
                for each in ids
                if nodes[each].kind == "op"
                and nodes[each].pass_number is None
                and (not isinstance(piece, ast.Call) or nodes[each].op == called(piece))
            )
            if own and isinstance(piece, ast.BinOp | ast.UnaryOp | ast.Call):
                found.append(self._call(piece, own))
        found.sort(key=lambda it: (it.nodes[0], it.span.end_line, it.span.end_column))
        return tuple(found[:_MOST])

    def _call(self, piece: ast.BinOp | ast.UnaryOp | ast.Call, ids: tuple[int, ...]) -> Call:
        form: Literal["infix", "prefix", "method", "function"]
        operands: list[ast.expr]
        if isinstance(piece, ast.BinOp):
            form, op, operands = "infix", _OPERATORS[type(piece.op)][0], [piece.left, piece.right]
        elif isinstance(piece, ast.UnaryOp):
            form, op, operands = "prefix", "-", [piece.operand]
        else:
            named = [it.value for it in piece.keywords if it.arg in OPERANDS]
            form, op, operands = "function", called(piece), [*piece.args, *named]
            if isinstance(piece.func, ast.Attribute) and not self._is_module(piece.func.value):
                form, operands = "method", [piece.func.value, *operands]
        spans = tuple(self._places.span_of(it) for it in operands)
        return Call(form, op, self._places.span_of(piece), spans, ids)

    def _is_module(self, node: ast.expr) -> bool:
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and node.id in self._modules

    def _made(self, nodes: tuple[Node, ...]) -> dict[ast.AST, tuple[int, ...]]:
        """The nodes that each operation or statement of the text made."""
        by_span: dict[Span, list[int]] = {}
        by_end: dict[tuple[int, int], list[int]] = {}
        for node in nodes:
            if node.span is not None:
                by_span.setdefault(node.span, []).append(node.id)
                by_end.setdefault((node.span.end_line, node.span.end_column), []).append(node.id)
        made: dict[ast.AST, tuple[int, ...]] = {}
        taken: set[int] = set()
        for piece in self._operations:
            if isinstance(piece, ast.BinOp):
                # The interpreter places `a + f(b)` at f(b), which has the same end.
                span = self._places.span_of(piece)
                ids = by_end.get((span.end_line, span.end_column), ())
                names = _OPERATORS.get(type(piece.op), ("", frozenset()))[1]
                start = (span.line, span.column)
                made[piece] = tuple(
                    it for it in ids if nodes[it].op in names and start <= _start(nodes[it])
                )
                taken |= set(made[piece])
        for other in (*self._operations, *self._statements):
            if not isinstance(other, ast.BinOp):
                ids = by_span.get(self._places.span_of(other), ())
                made[other] = tuple(it for it in ids if it not in taken)
        return made

    def _fed(self, at: ast.AST, made: dict[ast.AST, tuple[int, ...]]) -> tuple[int, ...]:
        """The nodes nearest to a literal: around it, or around the uses of its name."""
        found: set[int] = set()
        seen: set[ast.AST] = set()
        walk = [at]
        while walk:
            piece = walk.pop()
            while not made.get(piece) and not isinstance(piece, ast.stmt):
                part, piece = piece, self._parents[piece]
                if part in seen:
                    break
                seen.add(part)
                walk.extend(self._bindings.readers(piece, part))
                for steered in self._bindings.steered(piece, part):
                    found |= set(made.get(steered, ()))
                if isinstance(piece, ast.stmt):
                    break
            found |= set(made.get(piece, ()))
        return tuple(sorted(found))

    def _sources(self, seed: ast.expr) -> Iterator[ast.AST]:
        """The literals behind a seed: itself, or what is bound to its name."""
        yield seed
        if isinstance(seed, ast.Name):
            for literal in self._literals:
                up = self._parents[literal.at]
                if seed in self._bindings.readers(up, literal.at):
                    yield literal.at

    def _name(self, at: ast.AST) -> str:
        """What a literal is written for: a variable, an argument, a call's name, or nothing."""
        part, up = at, self._parents[at]
        while isinstance(up, ast.Call | ast.keyword | ast.Attribute | ast.Tuple | ast.List):
            if isinstance(up, ast.keyword):
                if called(self._parents[up]) not in _MAKERS:
                    return up.arg or ""
            elif isinstance(up, ast.Call) and called(up) not in _WRAPPERS:
                return self._bindings.parameter(up, part) or called(up)
            elif name := self._bindings.unpacked_name(up, part):
                return name
            part, up = up, self._parents[up]
        return self._bindings.name(up, part)


def _number(node: ast.expr) -> int | float | None:
    """The value of a number as it is written, with or without a sign; None for anything else."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = node.operand
        value = _number(inner) if isinstance(inner, ast.Constant) else None
        return None if value is None else -value
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        value = node.value  # type: ignore[assignment]
        # What msgpack can't carry, nobody drags.
        return value if type(value) is float or abs(value or 0) < 2**53 else None
    return None


def _row(node: ast.expr) -> tuple[int | float, ...] | None:
    if not isinstance(node, ast.List) or not 1 <= len(node.elts) <= _ELEMENTS:
        return None
    numbers = tuple(_number(each) for each in node.elts)
    known = tuple(number for number in numbers if number is not None)
    return known if len(known) == len(numbers) else None


def _matrix(node: ast.List) -> Array | None:
    """The numbers of a list, or of a list of equally long lists; None for any other list."""
    if not 1 <= len(node.elts) <= _ELEMENTS:
        return None
    row = _row(node)
    rows = [row] if row else [_row(each) for each in node.elts]
    known = [each for each in rows if each is not None]
    if len(known) < len(rows) or len({len(each) for each in known}) > 1:
        return None
    flat = tuple(number for each in known for number in each)
    if len(flat) > _ELEMENTS:
        return None
    shape = (len(flat),) if row else (len(known), len(known[0]))
    return Array(shape, "int" if all(type(each) is int for each in flat) else "float", flat)


def _start(node: Node) -> tuple[int, int]:
    return (node.span.line, node.span.column) if node.span is not None else (0, 0)


def _switched(node: Node, on: bool) -> bool:
    """Whether a tensor may ask for a gradient, and does so if the switch says so."""
    value = node.values[0]
    kinds = ("torch.float", "torch.bfloat", "torch.complex")
    return node.requires_grad == on and value is not None and value.dtype.startswith(kinds)
