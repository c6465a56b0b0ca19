"""The parts of a program that gradients do not follow, where the program's own slope shows it."""

import math
from collections.abc import Sequence
from typing import Final

from viz_app.knowledge.text import Text
from viz_app.measured import Check
from viz_app.model import Span, Trace
from viz_app.picture.words import notation

CLOSE: Final = 1e-3
"""Relative difference up to which two slopes are equal: float32 against float64."""
LONGEST: Final = 48
"""Maximum number of characters of the program's text that are quoted."""


def same(one: float, other: float, error: float = 0.0) -> bool:
    """True if two slopes are equal up to `error` and the precision of float32."""
    return abs(one - other) <= CLOSE * max(1.0, abs(one), abs(other)) + error


def follows(check: Check, gradient: Sequence[float]) -> bool:
    """True if a gradient is the program's own slope at every element that has one."""
    pairs = enumerate(zip(check.slopes, gradient, strict=True))
    return all(i in check.kinks or same(one, other, check.error) for i, (one, other) in pairs)


def apart(check: Check | None, element: int) -> bool:
    """True if holding those parts fixed changes the slope by this element."""
    if check is None or element >= len(check.fixed):
        return False
    fixed, own = check.fixed[element], check.slopes[element]
    return math.isfinite(fixed) and not same(fixed, own, check.error)


def quoted(check: Check, trace: Trace, words: Text) -> str:
    """The parts as written in the program, with their lines."""
    lines = trace.source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return ", ".join(
        words("explain.cut", code=_code(span, lines), line=span.line) for span in check.held
    )


def _code(span: Span, lines: list[str]) -> str:
    line = lines[span.line - 1]
    several = span.end_line != span.line
    code = line[span.column - 1 :] if several else line[span.column - 1 : span.end_column - 1]
    return notation.clean(f"{code.rstrip()} …" if several else code, LONGEST)
