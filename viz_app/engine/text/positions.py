"""The positions of events in the visitor's text: from a running frame to spans, loops and calls.

The interpreter has the exact position of every instruction (`co_positions`); this module turns it
into a `Span` in characters and the loops and functions around it, and caches the answer, because a
loop looks up the same places again and again.
"""

import ast
import dis
from types import CodeType, FrameType
from typing import NamedTuple

from viz_app.engine.wire import FILENAME
from viz_app.model import Span


class Site(NamedTuple):
    """One place of the text: its span, the loops around it (ids, outermost first), its function.

    `left` is set for `left op right` where left is a plain number or a name: the number or name.
    """

    span: Span
    loops: tuple[int, ...]
    function: int | None
    left: int | float | complex | str | None = None


class Region(NamedTuple):
    """A function's or a loop's body in the text, in ast positions (line, UTF-8 column); `line` is
    that of its head."""

    id: int
    label: str
    start: tuple[int, int]
    end: tuple[int, int]
    is_loop: bool
    line: int


class Places:
    """The text's map. Built once from the parsed tree, before anything is added to it.

    `sets_data`: it has an assignment to a tensor's `.data`, which may change the shape.
    """

    def __init__(self, source: str, tree: ast.Module, filename: str = FILENAME) -> None:
        # Python's grammar ends lines at \n, \r\n and \r only; str.splitlines also splits at \x0c
        # and at U+2028, which would make every later line number wrong.
        text = source.replace("\r\n", "\n").replace("\r", "\n")
        self.lines = text.split("\n")
        self.filename = filename
        self._call_ends: dict[tuple[int, int], ast.expr] = {}
        self._lefts: dict[tuple[int, int, int, int], int | float | complex | str] = {}
        self._stores: dict[tuple[int, int], ast.stmt] = {}
        self.sets_data = False
        self.regions: list[Region] = []
        self.region_of: dict[ast.AST, int] = {}
        self._sites: dict[tuple[int, int], Site] = {}
        self._codes: dict[int, tuple[CodeType, list[tuple[int | None, ...]]]] = {}
        for node in ast.walk(tree):
            self._note(node)

    def _note(self, node: ast.AST) -> None:
        if isinstance(node, ast.Call):
            self._call_ends[node.end_lineno or 0, node.end_col_offset or 0] = node
        elif isinstance(node, ast.Assign | ast.AugAssign):
            for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                if isinstance(target, ast.Subscript | ast.Attribute):
                    self._stores[target.lineno, target.col_offset] = node
                if isinstance(target, ast.Attribute) and isinstance(node, ast.Assign):
                    self.sets_data |= target.attr == "data"
        elif isinstance(node, ast.BinOp):
            left, at = node.left, (node.lineno, node.end_lineno or 0)
            key = (*at, node.col_offset, node.end_col_offset or 0)
            if isinstance(left, ast.Name):
                self._lefts[key] = left.id
            elif (
                isinstance(left, ast.Constant)
                and isinstance(left.value, int | float | complex)
                and not isinstance(left.value, bool)
            ):
                self._lefts[key] = left.value
        elif isinstance(node, ast.For | ast.AsyncFor | ast.While):
            head = self._head(node)
            self._region(node, node.body[0], node.body[-1], head, is_loop=True)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            self._region(node, node.body[0], node.body[-1], node.name, is_loop=False)
        elif isinstance(node, ast.Lambda):
            self._region(node, node.body, node.body, "lambda", is_loop=False)

    def _head(self, node: ast.For | ast.AsyncFor | ast.While) -> str:
        if isinstance(node, ast.While):
            return f"while {ast.unparse(node.test)}"[:60]
        return f"for {ast.unparse(node.target)} in {ast.unparse(node.iter)}"[:60]

    def _region(
        self,
        node: ast.stmt | ast.expr,
        first: ast.stmt | ast.expr,
        last: ast.stmt | ast.expr,
        label: str,
        *,
        is_loop: bool,
    ) -> None:
        end = (last.end_lineno or 0, last.end_col_offset or 0)
        region = Region(
            len(self.regions), label, (first.lineno, first.col_offset), end, is_loop, node.lineno
        )
        self.region_of[node] = region.id
        self.regions.append(region)

    def span(self, line: int, column: int, end_line: int, end_column: int) -> Span:
        """A Span in characters from an ast position (columns from 0, in UTF-8 bytes)."""
        return Span(
            line, self._characters(line, column), end_line, self._characters(end_line, end_column)
        )

    def _characters(self, line: int, column: int) -> int:
        if not 1 <= line <= len(self.lines):
            return 1
        text = self.lines[line - 1]
        if text.isascii():
            return column + 1
        return len(text.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "replace")) + 1

    def span_of(self, node: ast.stmt | ast.expr | ast.keyword) -> Span:
        """The Span of a piece of the tree."""
        return self.span(
            node.lineno, node.col_offset, node.end_lineno or node.lineno, node.end_col_offset or 0
        )

    def site(self, frame: FrameType) -> Site:
        """The current position of a frame of the visitor's."""
        return self.site_at(frame.f_code, frame.f_lasti)

    def site_at(self, code: CodeType, instruction: int) -> Site:
        """The position in the text of one instruction of a code object of the visitor's."""
        # Hashing a code object walks its constants; its id is safe because it is kept alive.
        key = (id(code), instruction)
        site = self._sites.get(key)
        if site is None:
            site = self._sites[key] = self._find(code, instruction)
        return site

    def _find(self, code: CodeType, instruction: int) -> Site:
        known = self._codes.get(id(code))
        if known is None:
            known = self._codes[id(code)] = (code, list(code.co_positions()))
        line, end_line, column, end_column = known[1][instruction // 2]
        line = line or code.co_firstlineno
        end_line, column, end_column = end_line or line, column or 0, end_column or 0
        whole: ast.expr | ast.stmt | None = None
        running = dis.opname[code.co_code[instruction]]
        if "CALL" in running:
            # A method call in a chain over several lines is placed at its attribute's line, but its
            # end is exact and no two calls share an end.
            whole = self._call_ends.get((end_line, end_column))
        elif running == "STORE_SUBSCR":
            # The instruction covers x[i] only; the event is the statement.
            whole = self._stores.get((line, column))
        if whole is not None:
            span = self.span_of(whole)
            at = (whole.lineno, whole.col_offset)
        else:
            span = self.span(line, column, end_line, end_column)
            at = (line, column)
        inside = [r for r in self.regions if r.start <= at < r.end]
        functions = [r for r in inside if not r.is_loop]
        function = max(functions, key=lambda r: r.start) if functions else None
        loops = tuple(
            r.id for r in inside if r.is_loop and (function is None or r.start >= function.start)
        )
        left = self._lefts.get((line, end_line, column, end_column))
        return Site(span, loops, function.id if function else None, left)
