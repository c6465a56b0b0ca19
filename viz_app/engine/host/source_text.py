"""Checks of a program's text before a child gets it, and its division into lines."""

import re

from viz_app.errors import VizError, failure
from viz_app.limits import Limits
from viz_app.model import Span

NEWLINE = re.compile(r"\r\n|\r|\n")
"""Line ends in Python's grammar; str.splitlines accepts more, and would count wrongly."""


def check(source: str, limits: Limits) -> None:
    """Raise VizError for a text that no child should even parse."""
    try:
        data = source.encode("utf-8")
    except UnicodeEncodeError as problem:
        line, column = _place(source, problem.start)
        raise VizError(failure("encoding", line=line, column=column)) from problem
    if len(data) > limits.source_bytes:
        kept = data[: limits.source_bytes].decode("utf-8", "ignore")
        line, column = _place(source, len(kept))
        raise VizError(
            failure("too_long", line=line, column=column,
                    bytes=len(data), most=limits.source_bytes)
        )  # fmt: skip
    lines = len(NEWLINE.findall(source)) + 1
    if lines > limits.lines:
        raise VizError(
            failure("too_many_lines", line=limits.lines + 1, column=1,
                    lines=lines, most=limits.lines)
        )  # fmt: skip


def _place(source: str, index: int) -> tuple[int, int]:
    """Line and column, from 1, of a character of the text."""
    lines = NEWLINE.split(source[:index])
    return len(lines), len(lines[-1]) + 1


def statement(source: str, line: int) -> Span:
    """The text of a line without its indentation; a line beyond the text becomes its last."""
    lines = NEWLINE.split(source)
    line = min(max(line, 1), len(lines))
    text = lines[line - 1]
    start = len(text) - len(text.lstrip())
    return Span(line, start + 1, line, max(len(text.rstrip()), start) + 1)
