"""Insertion of new text into a program, with the fewest brackets; positions in the text."""

import ast
import functools
import re
from bisect import bisect_right

import msgspec

from viz_app import notebook, syntax
from viz_app.model import Span

_NEWLINE = re.compile(r"\r\n|\r|\n")
_OPENED = re.compile(r"\(\s*\Z")
_CLOSED = re.compile(r"\s*\)")


class Edit(msgspec.Struct, frozen=True):
    """A change of the text at `span` from `old` to `new`.

    `name` is the catalogue key of the change.
    """

    name: str
    span: Span
    old: str
    new: str


def apply(source: str, edit: Edit) -> str:
    """The text after an edit. ValueError if its span has another text by now."""
    start, end = offsets(source, edit.span)
    if source[start:end] != edit.old:
        raise ValueError("the text has changed")
    return source[:start] + edit.new + source[end:]


def undo(edit: Edit) -> Edit:
    """The edit that reverts an applied one."""
    lines, at = _NEWLINE.split(edit.new), edit.span
    column = len(lines[-1]) + (at.column if len(lines) == 1 else 1)
    span = Span(at.line, at.column, at.line + len(lines) - 1, column)
    return Edit(edit.name, span, edit.new, edit.old)


def offsets(source: str, span: Span) -> tuple[int, int]:
    """The start and end of a span in the text. ValueError if the text is not that long."""
    starts = _starts(source)
    if not 1 <= span.line <= span.end_line <= len(starts):
        raise ValueError("outside the text")
    start = starts[span.line - 1] + span.column - 1
    end = starts[span.end_line - 1] + span.end_column - 1
    if not start <= end <= len(source):
        raise ValueError("outside the text")
    return start, end


class Operand(str):
    """A piece of new text that is one expression, to be put in brackets where it needs them."""

    __slots__ = ()


def fit(source: str, span: Span, pieces: "list[str | Operand]", name: str) -> Edit:
    """The edit that writes the pieces, as one expression, with the fewest brackets."""
    start, end = offsets(source, span)
    first, last = _statement(source, start, end)
    before, after = source[first:start], source[end:last]
    bare: set[int] = set()
    whole = len(pieces)

    def written() -> str:
        made = "".join(
            f"({piece})" if isinstance(piece, Operand) and place not in bare else piece
            for place, piece in enumerate(pieces)
        )
        return made if whole in bare else f"({made})"

    meant = _meaning(before + written() + after)
    if meant is None:
        raise ValueError("this would be no program")
    for place in (whole, *(at for at, piece in enumerate(pieces) if isinstance(piece, Operand))):
        bare.add(place)
        if not _same(_meaning(before + written() + after), meant):
            bare.discard(place)
    new = written()
    # Brackets around the replaced part are removed with it.
    opened, closed = _OPENED.search(before), _CLOSED.match(after)
    while opened and closed:
        outer, rest = before[: opened.start()], after[closed.end() :]
        if not _same(_meaning(outer + new + rest), meant):
            break
        if _same(_meaning(outer + source[start:end] + rest), _meaning(source[first:last])):
            break
        start, end = first + opened.start(), end + closed.end()
        before, after = outer, rest
        opened, closed = _OPENED.search(before), _CLOSED.match(after)
    return put(source, start, end, new, name)


def _meaning(text: str) -> ast.AST | None:
    """The tree of a statement, None for a text that is not a statement."""
    try:
        return syntax.parse(text)
    except SyntaxError:
        return None


def _same(one: object, other: object) -> bool:
    """True if two trees are equal but for positions; a third of the time of two `ast.dump`."""
    if type(one) is not type(other):
        return False
    if isinstance(one, ast.AST):
        mine, theirs = vars(one), vars(other)
        for name in one._fields:  # noqa: SIM110  a generator's frames would halve the depth
            if not _same(mine.get(name), theirs.get(name)):
                return False
        return True
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other


def _statement(source: str, start: int, end: int) -> tuple[int, int]:
    """The start and end of the top-level statement around a range of the text."""
    for first, last in _statements(source):
        if first <= start and end <= last:
            return first, last
    raise ValueError("no statement there")


@functools.lru_cache(maxsize=8)  # many edits of one text are tried
def _statements(source: str) -> list[tuple[int, int]]:
    """The start and end of each top-level statement of the text."""
    whole = Text(source, 0)
    return [whole.place(statement) for statement in notebook.parsed(source).body]


def put(source: str, start: int, end: int, new: str, name: str) -> Edit:
    return Edit(f"inputs.done_{name}", _span(source, start, end), source[start:end], new)


def _span(source: str, start: int, end: int) -> Span:
    starts = _starts(source)
    line, end_line = (bisect_right(starts, place) for place in (start, end))
    return Span(line, start - starts[line - 1] + 1, end_line, end - starts[end_line - 1] + 1)


@functools.lru_cache(maxsize=8)
def _starts(text: str) -> list[int]:
    """The start of each line of the text."""
    return [0, *(found.end() for found in _NEWLINE.finditer(text))]


class Text:
    """A parsed text and the positions of its pieces, in characters from 0."""

    def __init__(self, text: str, shift: int) -> None:
        self._text = text
        self._starts = _starts(text)
        self._shift = shift

    def place(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """The start and end of a piece."""
        end = node.end_lineno, node.end_col_offset
        return self._offset(node.lineno, node.col_offset), self._offset(end[0] or 0, end[1] or 0)

    def _offset(self, line: int, column: int) -> int:
        """The character offset of a column, which CPython counts in bytes of UTF-8."""
        start = self._starts[line - 1]
        text = self._text[start : start + column]
        if not text.isascii():
            text = text.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "replace")
        return start + len(text) - self._shift


def expression(text: str) -> tuple[Text, ast.expr]:
    """The parsed expression, which may span several lines. ValueError if the text is not one."""
    try:
        tree = syntax.expression(f"({text}\n)")
    except SyntaxError as error:
        raise ValueError("no expression") from error
    return Text(f"({text}", 1), tree
