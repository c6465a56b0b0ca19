"""The editable parts of a program's text: its inputs and its operations, as spans.

Literals and operations are found in the parsed text, before anything is added to it; the nodes of
the graph then show which of them took part. A literal feeds the nodes of the expression around it,
or, if it is bound to a name, the nodes of the expressions that use the name.
"""

import ast
from collections.abc import Iterator
from typing import Literal

from viz_app.engine.text.bindings import Bindings, called
from viz_app.engine.text.literals import (
    FILLED,
    MAKERS,
    RANDOM,
    SEEDERS,
    Found,
    Meanings,
    array,
    asked,
    behind_imports,
    imaginary,
    number,
    numbers,
    root,
)
from viz_app.engine.text.positions import Places
from viz_app.limits import EDITABLE
from viz_app.model import Array, Call, Input, Node, Pass, Span

_DRAWS = RANDOM | frozenset("uniform standard_normal integers choice".split())
_DRAWN = RANDOM | frozenset("dropout bernoulli multinomial".split())
"""Calls that draw at random, and operations whose result is drawn."""

OPERANDS = ("input", "other", "mat2", "exponent", "target")
"""torch's names for the operands of its functions, for programs that name every argument."""

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
"""Operator -> its sign and the recorder's names for it."""


class Editable:
    """The literals and operations of a program, found once; `inputs` and `calls` match them."""

    def __init__(self, tree: ast.Module, places: Places) -> None:
        self._places = places
        self._bindings = Bindings(tree)
        self._parents = self._bindings.parents
        self._literals: list[Found] = []
        self._operations: list[ast.BinOp | ast.UnaryOp | ast.Call] = []
        self._seeds: list[tuple[ast.expr, bool]] = []
        """The pieces that set a seed, each with True if it is torch's."""
        self._draws: list[tuple[ast.Call, bool]] = []
        self._statements: list[ast.stmt] = []
        imports = [it for it in ast.walk(tree) if isinstance(it, ast.Import | ast.ImportFrom)]
        names = {(it.asname or it.name).split(".")[0] for each in imports for it in each.names}
        self._modules = {"torch"} | names
        self._meanings = Meanings(self._bindings, self._modules)
        self._unsown = behind_imports(tree, places)
        self._read(tree)

    # ---- the text -----------------------------------------------------------------------------

    def _read(self, tree: ast.Module) -> None:
        walk: list[ast.AST] = [tree]
        while walk:
            node = walk.pop()
            if isinstance(node, ast.JoinedStr):
                continue  # positions inside an f-string are not those of the text
            if isinstance(node, ast.Assign | ast.AugAssign):
                self._statements.append(node)  # a change of a tensor in place is located here
            if not (isinstance(node, ast.expr) and self._literal(node)):
                if isinstance(node, ast.BinOp | ast.UnaryOp | ast.Call):
                    self._operations.append(node)
                walk.extend(ast.iter_child_nodes(node))
            if isinstance(node, ast.Call):
                self._arguments(node)

    def _literal(self, node: ast.expr) -> bool:
        """Note a number or a list of numbers; return True if the node is one."""
        up = self._parents[node]
        value = imaginary(node) or number(node)
        if isinstance(node, ast.Constant) and type(node.value) is bool:
            if isinstance(up, ast.keyword) and up.arg == "requires_grad":
                return True  # the switch, which includes its comma
            self._note("bool", node, Array((), "bool", (node.value,)))
        elif value is not None:
            whole = type(value) is int
            size = whole and self._meanings.is_size(node)
            self._note(
                "size" if size else "number", node, Array((), "int" if whole else "float", (value,))
            )
        elif isinstance(node, ast.List) and (found := numbers(node)):
            self._note("vector" if len(found.shape) == 1 else "matrix", node, found)
        elif isinstance(node, ast.Tuple) and (found := numbers(node)):
            if self._meanings.is_data(node):
                self._note("vector" if len(found.shape) == 1 else "matrix", node, found)
            elif len(found.shape) == 1 and self._meanings.is_size(node.elts[0]):
                self._note("size", node, found)
            else:
                return False
        else:
            return False
        return True

    def _note(self, kind: Literal["number", "vector", "matrix", "size", "bool"],
              node: ast.expr, value: Array) -> None:  # fmt: skip
        span = self._places.span_of(node)
        if imaginary(node) is not None:  # without its j
            span = Span(span.line, span.column, span.end_line, span.end_column - 1)
        self._literals.append(Found(kind, span, value, node))

    def _arguments(self, call: ast.Call) -> None:
        name = called(call)
        torchs = self._is_module(call.func) and not self._is_numpy(call.func)
        if name in SEEDERS:
            torchs = name == "manual_seed"
            self._seeds += [(it, torchs) for it in call.args[:1]]
            self._seeds += [(it.value, torchs) for it in call.keywords]
        elif name in _DRAWS:
            self._draws.append((call, torchs))
        sizes = list(call.args)
        drawn = name in RANDOM and name not in ("normal", "randint")
        side_by_side = array(sizes)
        if (
            side_by_side
            and side_by_side.dtype == "int"
            and (drawn or (name in FILLED and sizes[1:]))
        ):
            first, last = self._places.span_of(sizes[0]), self._places.span_of(sizes[-1])
            span = Span(first.line, first.column, last.end_line, last.end_column)
            self._literals.append(Found("random" if drawn else "size", span, side_by_side, call))
        asks = [it for it in call.keywords if it.arg == "requires_grad"]
        if asks and isinstance(asks[0].value, ast.Constant):
            if type(asks[0].value.value) is bool:
                self._flag(call, asks[0], asks[0].value.value)
        elif name in MAKERS and not asks and not any(it.arg is None for it in call.keywords):
            self._flag(call, None, False)

    def _flag(self, call: ast.Call, keyword: ast.keyword | None, on: bool) -> None:
        """Note the switch of a call: `, requires_grad=True`, or the place to insert it."""
        spans = [*map(self._places.span_of, call.args), *map(self._places.span_of, call.keywords)]
        parts = sorted(spans, key=lambda span: (span.line, span.column))
        if keyword is None:
            if not parts or any(isinstance(it, ast.GeneratorExp) for it in call.args):
                return
            whole = self._places.span_of(call)
            line, column = parts[-1].end_line, parts[-1].end_column
            if line == whole.end_line:  # after the brackets around the last argument
                rest = self._between(line, column, line, whole.end_column - 1)
                column += len(rest[: rest.rfind(")") + 1])
            span = Span(line, column, line, column)
        else:
            own = self._places.span_of(keyword)
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
        self._literals.append(Found("flag", span, Array((), "bool", (on,)), call))

    def _between(self, line: int, column: int, end_line: int, end_column: int) -> str:
        lines = self._places.lines[line - 1 : end_line]
        lines[-1] = lines[-1][: end_column - 1]
        return "\n".join(lines)[column - 1 :]

    # ---- the graph ----------------------------------------------------------------------------

    def inputs(
        self, nodes: tuple[Node, ...], passes: tuple[Pass, ...], failed: bool = False
    ) -> tuple[Input, ...]:
        """The literals that feed these nodes, or a backward call's roots, in the text's order.

        For a run that failed before its end this can't be known: all are listed, so that the number
        that made it fail can be changed back, and so can the switch without which nothing was
        recorded.
        """
        made = self._made(nodes)
        roots: dict[Span | None, list[int]] = {}
        for each in passes:
            roots.setdefault(each.span, []).extend(node for node, _ in each.roots)
        for piece in self._operations:
            made[piece] += tuple(roots.get(self._places.span_of(piece), ()))
        seeds = self._sown(nodes, made)
        grouped = {it.at for it in self._literals if isinstance(it.at, ast.Call)
                   and it.kind in ("random", "size")}  # fmt: skip
        found = []
        for kind, span, value, at in self._literals:
            if kind == "size" and self._parents[at] in grouped:
                continue
            if at in seeds and kind in ("number", "size"):
                kind, fed = "seed", seeds[at]
            else:
                fed = self._fed(at, made)
                if kind == "bool":
                    fed = fed or self._asked(at, made)
                elif kind == "flag":
                    # A tensor that already requires a gradient, by `requires_grad_()` or as a
                    # parameter, has no switch.
                    on = bool(value.data[0])
                    unseen = not fed
                    fed = tuple(it for it in fed if _switched(nodes[it], on))
            offered = kind != "flag" or (unseen and not on and _decimal(at))
            if fed or (failed and offered):
                found.append(Input(kind, span, self._meanings.name(at), value, fed))
        sown = any(torchs for _, torchs in self._seeds)
        if self._unsown and not sown and (drawn := self._drawn(nodes, made, torchs=True)):
            # The place to insert a seed.
            found.append(Input("seed", self._unsown, "", Array((0,), "int", ()), drawn))
        found.sort(key=lambda it: (it.span.line, it.span.column, it.kind))
        return tuple(found[:EDITABLE])

    def _drawn(
        self, nodes: tuple[Node, ...], made: dict[ast.AST, tuple[int, ...]], *, torchs: bool
    ) -> tuple[int, ...]:
        """The nodes drawn at random: by torch, or by anything else."""
        found = {it for call, own in self._draws if own == torchs for it in self._fed(call, made)}
        if torchs:
            given = {
                it
                for call in self._operations
                if called(call) == "Parameter"
                for it in self._fed(call, made)
            }
            found |= {
                it.id
                for it in nodes
                if it.op in _DRAWN
                or (it.kind == "parameter" and it.replaces is None and it.id not in given)
            }
        return tuple(sorted(found))

    def _sown(
        self, nodes: tuple[Node, ...], made: dict[ast.AST, tuple[int, ...]]
    ) -> dict[ast.AST, tuple[int, ...]]:
        """The pieces that seed, and the nodes drawn after each."""
        found: dict[ast.AST, tuple[int, ...]] = {}
        for seed, torchs in self._seeds:
            if drawn := self._drawn(nodes, made, torchs=torchs):
                for source in self._sources(seed):
                    found[source] = tuple(sorted({*found.get(source, ()), *drawn}))
        return found

    def _asked(self, at: ast.AST, made: dict[ast.AST, tuple[int, ...]]) -> tuple[int, ...]:
        """The tensors of `w.requires_grad = True` and `w.requires_grad_(True)`."""
        names = set(asked(self._parents[at]))
        return tuple(
            node
            for piece, ids in made.items()
            if ids and not names.isdisjoint(self._bindings.readers(self._parents[piece], piece))
            for node in ids
        )

    def calls(
        self, nodes: tuple[Node, ...], layers: dict[Span, tuple[int, ...]]
    ) -> tuple[Call, ...]:
        """The operations that made these nodes, in evaluation order.

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
            if isinstance(piece, ast.AugAssign):
                op, names = _OPERATORS.get(type(piece.op), ("", frozenset()))
                if own := tuple(it for it in ids if nodes[it].op in names):
                    spans = tuple(map(self._places.span_of, (piece.target, piece.value)))
                    whole = self._places.span_of(piece)
                    found.append(Call("augmented", op, whole, spans, own))
        found.sort(key=lambda it: (it.nodes[0], it.span.end_line, it.span.end_column))
        return tuple(found[:EDITABLE])

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
        return root(node) in self._modules

    def _is_numpy(self, node: ast.expr) -> bool:
        return root(node) in ("np", "numpy", "random")

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
                if isinstance(piece, ast.stmt) or (
                    isinstance(piece, ast.IfExp) and part is piece.test
                ):
                    break
            found |= set(made.get(piece, ()))
        return tuple(sorted(found))

    def _sources(self, seed: ast.expr) -> Iterator[ast.AST]:
        """The literals behind a seed: itself, or those bound to its name."""
        yield seed
        if isinstance(seed, ast.Name):
            for literal in self._literals:
                up = self._parents[literal.at]
                if seed in self._bindings.readers(up, literal.at):
                    yield literal.at


def _start(node: Node) -> tuple[int, int]:
    return (node.span.line, node.span.column) if node.span is not None else (0, 0)


def _decimal(call: ast.AST) -> bool:
    """True if a call that makes a tensor surely makes one of a floating dtype."""
    if not isinstance(call, ast.Call):
        return False
    dtypes = [ast.unparse(it.value) for it in call.keywords if it.arg == "dtype"]
    if dtypes:
        return any(word in dtypes[0] for word in ("float", "double", "half"))
    if called(call) in ("tensor", "as_tensor", "full", "arange"):
        numbers = (it.value for it in ast.walk(call) if isinstance(it, ast.Constant))
        return any(type(number) is float for number in numbers)
    return called(call) in FILLED or called(call) in RANDOM - {"randint", "randperm"}


def _switched(node: Node, on: bool) -> bool:
    """True if a tensor may require a gradient, and does so according to the switch."""
    value = node.values[0]
    kinds = ("torch.float", "torch.bfloat", "torch.complex")
    return node.requires_grad == on and value is not None and value.dtype.startswith(kinds)
