"""Small calls added to the visitor's parsed program, so that a run can be followed.

Python's own meaning is unchanged: each addition is a statement between statements, or a call that
returns its argument. Added pieces carry the position of the neighbouring code, so tracebacks and
spans are the visitor's own.
"""

import ast
from bisect import bisect
from collections.abc import Iterator
from typing import Any, TypeGuard

from viz_app.engine.text.cells import MARK
from viz_app.engine.text.positions import Places

LINE, BIND, NAMED, ENTER, COUNT, ECHO = (
    "__viz_line__",
    "__viz_bind__",
    "__viz_named__",
    "__viz_enter__",
    "__viz_count__",
    "__viz_echo__",
)
"""The builtins that a run provides: `Execution` in execute.py implements them."""


def instrument(tree: ast.Module, places: Places) -> bool:
    """Add the calls to a parsed program, in place; return True if it has a notebook's cells."""
    marks = _marks(tree, places)
    echoed = _echoed(tree, places, marks)
    for node in ast.walk(tree):  # before the statements move; ast.walk does not recurse
        if isinstance(node, ast.NamedExpr):
            node.value = _wrap(NAMED, node.target.id, node.value)
    for statement in echoed:
        value = statement.value
        statement.value = _call(ECHO, value, ast.Constant(statement.lineno), value)
    if marks:
        # Each cell of a notebook is compiled alone, so a later one may begin with such an import.
        first = tree.body[:1]
        tree.body.sort(key=lambda statement: not _opens(statement, first[0]))
    tree.body = _Instrument(places).body(tree.body)
    return bool(marks)


def _marks(tree: ast.Module, places: Places) -> list[int]:
    """The lines between cells; a line that only looks like one is inside a string."""
    inside: set[int] = set()
    for statement in tree.body:
        inside.update(range(statement.lineno + 1, (statement.end_lineno or 0) + 1))
    lines = enumerate(places.lines, start=1)
    return [number for number, line in lines if MARK.match(line) and number not in inside]


def _echoed(tree: ast.Module, places: Places, marks: list[int]) -> list[ast.Expr]:
    """The bare expressions that a notebook would show: the last statement of each cell.

    A text without cells is one cell, in which a name, an attribute or a subscript alone in its
    statement is shown as well: it has no other purpose. A docstring is never shown.
    """
    last = {bisect(marks, statement.lineno): statement for statement in tree.body}
    ends = {id(statement) for statement in last.values()}
    bare = [statement for statement in tree.body if isinstance(statement, ast.Expr)]
    if ast.get_docstring(tree, clean=False) is not None:
        del bare[0]
    return [
        statement
        for statement in bare
        if (id(statement) in ends or (not marks and isinstance(statement.value, _LOOKS)))
        and not _silenced(statement, places)
    ]


_LOOKS = ast.Name | ast.Attribute | ast.Subscript


def _opens(statement: ast.stmt, first: ast.stmt) -> bool:
    """True if a statement must stay first: a docstring, an import from __future__."""
    if isinstance(statement, ast.ImportFrom):
        return statement.module == "__future__"
    return (
        statement is first
        and isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
    )


def _silenced(statement: ast.Expr, places: Places) -> bool:
    """True if a semicolon ends the line, which suppresses a notebook's output."""
    span = places.span_of(statement)
    rest = places.lines[span.end_line - 1][span.end_column - 1 :].strip()
    return rest.startswith(";") and not rest[1:].split("#")[0].strip()


def _call(function: str, at: ast.AST, *args: ast.expr) -> ast.Call:
    call = ast.Call(ast.Name(function, ast.Load()), list(args), [])
    for part in (call, call.func, *(a for a in args if not hasattr(a, "lineno"))):
        ast.copy_location(part, at)
    return call


def _wrap(function: str, name: str, value: ast.expr) -> ast.Call:
    return _call(function, value, ast.Constant(name), value)


def _statement(function: str, at: ast.stmt, *args: ast.expr) -> ast.Expr:
    return ast.copy_location(ast.Expr(_call(function, at, *args)), at)


class _Instrument:
    """A walk through bodies of statements; its depth is that of the blocks, never of
    expressions."""

    def __init__(self, places: Places) -> None:
        self.places = places

    def body(
        self, statements: list[ast.stmt], first: list[ast.stmt] | None = None
    ) -> list[ast.stmt]:
        """A block with its additions; `first` goes before the first real statement."""
        done: list[ast.stmt] = []
        start = 0
        for statement in statements:
            if not _opens(statement, statements[0]):
                break
            start += 1
        done.extend(statements[:start])
        done.extend(first or [])
        for statement in statements[start:]:
            done.extend(self._before(statement))
            self._inside(statement)
            done.append(statement)
            done.extend(self._after(statement))
        return done or statements

    def _before(self, statement: ast.stmt) -> Iterator[ast.stmt]:
        yield _statement(LINE, statement, ast.Constant(statement.lineno))
        if isinstance(statement, ast.For | ast.AsyncFor | ast.While):
            loop = self.places.region_of[statement]
            yield _statement(ENTER, statement, ast.Constant(loop))

    def _inside(self, statement: ast.stmt) -> None:
        first: list[ast.stmt] = []
        if isinstance(statement, _REPEATED):
            region = self.places.region_of[statement]
            first.append(_statement(COUNT, statement.body[0], ast.Constant(region)))
        if isinstance(statement, ast.For | ast.AsyncFor):
            first.extend(self._names(statement.target, statement))
        elif isinstance(statement, ast.With | ast.AsyncWith):
            for item in statement.items:
                if item.optional_vars is not None:
                    first.extend(self._names(item.optional_vars, statement))
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Attribute | ast.Subscript):
                    statement.value = _wrap(NAMED, ast.unparse(target)[:80], statement.value)
        if hasattr(statement, "body") and isinstance(statement.body, list):
            statement.body = self.body(statement.body, first)
        for part in ("orelse", "finalbody"):
            block = getattr(statement, part, None)
            if block:
                # `elif` is an `if` alone in the else; a line call before it is harmless.
                setattr(statement, part, self.body(block))
        for branch in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            branch.body = self.body(branch.body)

    def _after(self, statement: ast.stmt) -> Iterator[ast.stmt]:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                yield from self._names(target, statement)
        elif isinstance(statement, ast.AugAssign) or (
            isinstance(statement, ast.AnnAssign) and statement.value is not None
        ):
            yield from self._names(statement.target, statement)

    def _names(self, target: ast.expr, at: ast.stmt) -> Iterator[ast.stmt]:
        """Calls that report the value of each plain name in a target, once it is bound."""
        if isinstance(target, ast.Name):
            name = ast.copy_location(ast.Name(target.id, ast.Load()), target)
            yield _statement(BIND, at, ast.Constant(target.id), name)
        elif isinstance(target, ast.Tuple | ast.List):
            for part in target.elts:
                yield from self._names(part, at)
        elif isinstance(target, ast.Starred):
            yield from self._names(target.value, at)


class LoopCounter(ast.NodeTransformer):
    """A transformer of a shell's cells: those that record with a `with` block report the iterations
    of their loops and functions, named by the places of their heads; others stay as they are."""

    def visit(self, node: ast.AST) -> ast.AST:
        """Add the calls to a cell's tree, in place."""
        blocks = list(_blocks(node))
        if not any(_records(statement) for block in blocks for statement in block):
            return node
        for block in blocks:
            for statement in tuple(block):
                if isinstance(statement, _LOOPS):
                    at = block.index(statement)
                    block.insert(at, _report(ENTER, statement, at=statement))
                if isinstance(statement, _REPEATED) or _records(statement):
                    body = statement.body
                    start = _opens(body[0], body[0])
                    body.insert(int(start), _report(COUNT, statement, at=body[0]))
        return node


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The blocks of statements in a tree, those around before those inside."""
    waiting = [node]
    while waiting:
        around = waiting.pop()
        for name in ("body", "orelse", "finalbody"):
            block = getattr(around, name, None)
            if isinstance(block, list):
                yield block
                waiting.extend(block)
        waiting.extend(getattr(around, "handlers", ()))
        waiting.extend(getattr(around, "cases", ()))


_LOOPS = ast.For | ast.AsyncFor | ast.While
_REPEATED = _LOOPS | ast.FunctionDef | ast.AsyncFunctionDef


def _records(node: ast.AST) -> TypeGuard[ast.With | ast.AsyncWith]:
    """True for `with viz_app.record() as run:`, under whatever name the package has."""
    return isinstance(node, ast.With | ast.AsyncWith) and any(
        isinstance(call := item.context_expr, ast.Call)
        and (getattr(call.func, "attr", None) or getattr(call.func, "id", None)) == "record"
        for item in node.items
    )


def _report(function: str, head: Any, at: Any) -> ast.Expr:
    place = ast.Tuple([ast.Constant(head.lineno), ast.Constant(head.col_offset)], ast.Load())
    for part in (place, *place.elts):
        ast.copy_location(part, at)
    return _statement(function, at, place)
