"""The kind of a literal of the text (a number, a list of them, a size), and its purpose."""

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from typing import Literal, NamedTuple

import torch

from viz_app.engine.text.bindings import Bindings, called
from viz_app.engine.text.positions import Places
from viz_app.model import Array, Span

_ELEMENTS = 1_024
"""Maximum number of elements of one list of numbers; a longer one is data, not something to edit
number by number."""

_SHOWN = 20
"""Maximum number of characters of an indexed expression."""

RANDOM = frozenset("rand randn randint randperm normal".split())
FILLED = frozenset("zeros ones empty".split())
MAKERS = RANDOM | FILLED | frozenset("tensor full eye arange linspace logspace".split())
_LISTS = frozenset("tensor as_tensor array asarray Parameter".split())
"""Calls that accept a tuple of numbers like a list."""
_WRAPPERS = MAKERS | _LISTS | frozenset("requires_grad_ from_numpy to float".split())
"""Calls that pass a literal on unchanged, so that a name bound to the result means the literal."""
_METHODS = frozenset("double view reshape unsqueeze".split())
"""Methods that pass on the literal that a tensor was made of."""

SEEDERS = frozenset("manual_seed seed default_rng".split())

_COUNTED = frozenset(
    """rand randn randperm zeros ones empty eye new_zeros new_ones new_empty view reshape expand
    repeat tile permute transpose unsqueeze squeeze flatten unflatten select narrow split chunk roll
    movedim swapaxes diagonal unfold topk one_hot repeat_interleave broadcast_to sum mean prod amax
    amin argmax argmin softmax log_softmax cumsum cumprod logsumexp stack cat unbind""".split()
)
"""Calls whose integers count something, or name a dimension."""

_PLACED = {"full": 0, "new_full": 0, "linspace": 2, "logspace": 2, "randint": 2}
"""Calls with one argument that counts something, and its position."""

_COUNTS = re.compile(
    r"size|steps|shape|dims?\d?|axis|(start|end)_dim|chunks|kernel_size|stride|padding|dilation"
    r"|groups|epochs|d_model|nhead|diagonal|repeats|hidden\w*|(num|n)_\w+"
    r"|\w+_(size|features|channels|dims?|layers|heads|embeddings|classes|shape|steps)"
)
"""Names of parameters that count something."""


class Found(NamedTuple):
    """A literal of the text: `at` is the piece of the tree from which its nodes are looked up."""

    kind: Literal["number", "vector", "matrix", "size", "random", "seed", "flag", "bool"]
    span: Span
    value: Array
    at: ast.expr


def number(node: ast.expr) -> int | float | None:
    """The value of a number as written, with or without a sign; None for anything else."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = node.operand
        value = number(inner) if isinstance(inner, ast.Constant) else None
        return None if value is None else -value
    written = node.value if isinstance(node, ast.Constant) else None
    if type(written) is float:
        return written
    # A value that msgpack can't carry is not for dragging.
    return written if type(written) is int and abs(written) < 2**53 else None


def array(values: list[ast.expr]) -> Array | None:
    """The numbers of adjacent literals; None if anything else is among them."""
    row = _row(values)
    return None if row is None else _array((len(row),), row)


def numbers(node: ast.List | ast.Tuple) -> Array | None:
    """The numbers of a list, or of a list of equally long lists; None for any other list."""
    if row := array(node.elts):
        return row
    if len(node.elts) > _ELEMENTS:
        return None
    rows = [_row(it.elts) if isinstance(it, ast.List | ast.Tuple) else None for it in node.elts]
    known = [each for each in rows if each is not None]
    if not known or len(known) < len(rows) or len({len(each) for each in known}) > 1:
        return None
    flat = tuple(number for each in known for number in each)
    return _array((len(known), len(known[0])), flat) if len(flat) <= _ELEMENTS else None


def _row(values: list[ast.expr]) -> tuple[int | float, ...] | None:
    if not 1 <= len(values) <= _ELEMENTS:
        return None
    known = tuple(each for each in map(number, values) if each is not None)
    return known if len(known) == len(values) else None


def _array(shape: tuple[int, ...], flat: tuple[int | float, ...]) -> Array:
    return Array(shape, "int" if all(type(each) is int for each in flat) else "float", flat)


class Meanings:
    """The purposes of the literals of one text. `modules` are the names of its imports."""

    def __init__(self, bindings: Bindings, modules: set[str]) -> None:
        self._bindings = bindings
        self._parents = bindings.parents
        self._modules = modules

    def is_data(self, node: ast.Tuple) -> bool:
        """True if a tensor is made of this tuple, as of a list."""
        up = self._parents[node]
        if isinstance(up, ast.keyword):
            up = self._parents[up]
        return isinstance(up, ast.Call) and called(up) in _LISTS

    def is_size(self, node: ast.AST, names: bool = True) -> bool:
        """True if an integer counts something, at its own place or where its name is read."""
        up = self._parents[node]
        if names and not isinstance(up, ast.Call | ast.Tuple):
            readers = self._bindings.readers(up, node)
            if any(self.is_size(it, names=False) for it in readers):
                return True
        if isinstance(up, ast.Tuple):
            node, up = up, self._parents[up]
        if isinstance(up, ast.keyword):
            call = self._parents[up]
            return isinstance(call, ast.Call) and _COUNTS.fullmatch(up.arg or "") is not None
        if not isinstance(up, ast.Call) or node not in up.args:
            return isinstance(up, ast.arguments) and bool(
                _COUNTS.fullmatch(self._bindings.name(up, node))
            )
        name, place = called(up), up.args.index(node)
        if name in ("arange", "range"):
            return len(up.args) == 1
        if name in _COUNTED or _PLACED.get(name) == place:
            return True
        return _COUNTS.fullmatch(self.parameter(up, node)) is not None

    def parameter(self, call: ast.Call, argument: ast.AST) -> str:
        """The name that the called function gives to an argument by its position, or ""."""
        if own := self._bindings.parameter(call, argument):
            return own
        if called(call) == "backward":
            return "gradient"
        if argument not in call.args or root(call.func) not in self._modules:
            return ""
        place = call.args.index(argument)
        return (*_parameters(called(call)), *[""] * (place + 1))[place]

    def name(self, at: ast.AST) -> str:
        """The purpose of a literal: a variable, an argument, a call's name, or nothing."""
        found = self._variable(at)
        if imaginary(at) is None:
            return found
        return f"{found}.imag" if found else "imag"

    def _variable(self, at: ast.AST) -> str:
        part, up, place = at, self._parents[at], ""
        if indexed := self._indexed(at):
            return indexed
        while isinstance(
            up, ast.Call | ast.keyword | ast.Attribute | ast.Tuple | ast.List | ast.Dict
        ) or _constant(up):
            if isinstance(up, ast.Dict):
                key = up.keys[up.values.index(part)] if part in up.values else None
                return key.value if isinstance(key, ast.Constant) and type(key.value) is str else ""
            if isinstance(up, ast.keyword):
                if called(self._parents[up]) not in MAKERS:
                    return (up.arg or "") + place
            elif isinstance(up, ast.Call) and not (
                called(up) in _WRAPPERS or (part is up.func and called(up) in _METHODS)
            ):
                return self.parameter(up, part) or called(up)
            elif name := self._bindings.unpacked_name(up, part):
                return name + place
            elif isinstance(part, ast.expr) and (
                isinstance(up, ast.List) or (isinstance(up, ast.Tuple) and self.is_data(up))
            ):
                place = f"[{up.elts.index(part)}]{place}"
            if isinstance(up, ast.Call) and called(up) == "requires_grad_" and part in up.args:
                place = ".requires_grad"
                if isinstance(up.func, ast.Attribute) and isinstance(up.func.value, ast.Name):
                    return up.func.value.id + place
            part, up = up, self._parents[up]
        if isinstance(up, ast.Assign) and (tensors := [ast.unparse(it) for it in asked(up)]):
            return f"{tensors[0][:_SHOWN]}.requires_grad"
        found = self._bindings.name(up, part)
        return found + place if found else ""

    def _indexed(self, at: ast.AST) -> str:
        """`w[…]` for a number of `w[0]`, `w[1:]` or `w[0, :2]`, else ""."""
        up = self._parents[at]
        while isinstance(up, ast.Slice | ast.Tuple):
            at, up = up, self._parents[up]
        if not isinstance(up, ast.Subscript) or at is not up.slice:
            return ""
        return f"{ast.unparse(up.value)[:_SHOWN]}[…]"


def _constant(node: ast.AST) -> bool:
    """True for `2 * 3. + 1`, `1 + 2j` and `[0.1] * 4`: made of literals alone."""
    alone = (ast.BinOp, ast.UnaryOp, ast.List, ast.Constant, ast.operator, ast.unaryop)
    return isinstance(node, ast.BinOp) and all(
        isinstance(it, (*alone, ast.expr_context)) for it in ast.walk(node)
    )


_GATED = tuple("input_size hidden_size num_layers bias batch_first dropout bidirectional".split())
_RECURRENT = {
    "RNN": (*_GATED[:3], "nonlinearity", *_GATED[3:]),
    "LSTM": (*_GATED, "proj_size"),
    "GRU": _GATED,
}


@cache
def _parameters(name: str) -> tuple[str, ...]:
    """The parameters of one of torch's own layers, functions or optimizers, where available."""
    if name in _RECURRENT:  # their own signature is `*args, **kwargs`
        return _RECURRENT[name]
    for module in (torch.nn, torch.nn.functional, torch.optim):
        found = getattr(module, name, None)
        if callable(found):
            try:
                return tuple(inspect.signature(found).parameters)
            except (ValueError, TypeError):
                return ()
    return ()


def asked(piece: ast.AST) -> Iterator[ast.expr]:
    """The tensor whose `requires_grad` a statement or call sets."""
    if isinstance(piece, ast.Assign):
        for target in piece.targets:
            if isinstance(target, ast.Attribute) and target.attr == "requires_grad":
                yield target.value
    elif (
        isinstance(piece, ast.Call)
        and called(piece) == "requires_grad_"
        and isinstance(piece.func, ast.Attribute)
    ):
        yield piece.func.value


def behind_imports(tree: ast.Module, places: Places) -> Span | None:
    """The place for a line that affects all that follows: after the imports at the text's
    beginning."""
    before = None
    for statement in tree.body:
        note = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if note or isinstance(statement, ast.Import | ast.ImportFrom):
            before = statement
            continue
        span = places.span_of(statement)
        line, column = span.line, span.column
        if before is not None and (before.end_lineno or 0) < line:
            line, column = (before.end_lineno or 0) + 1, 1
        for each in getattr(statement, "decorator_list", [])[:1] if before is None else ():
            line = min(line, each.lineno)
        return Span(line, column, line, column)
    return None


def imaginary(node: ast.AST) -> float | None:
    """The number before a j; None for anything else."""
    if isinstance(node, ast.Constant) and type(node.value) is complex:
        return node.value.imag
    return None


def root(node: ast.expr) -> str:
    """The name that a dotted name begins with, or ""."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
