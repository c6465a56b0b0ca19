"""Plain nouns that the others build on: a tensor's numbers without the tensor, a span of the
text."""

import msgspec

Number = bool | int | float | tuple[float, float]
"""One element of a tensor at full precision; a pair is a complex number (real, imaginary)."""


class Span(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A span of the program's text.

    Lines and columns count from 1, in characters; the end is exclusive, as in an editor's
    selection: `end_column` is the column just after the last character.
    """

    line: int
    column: int
    end_line: int
    end_column: int


class Array(msgspec.Struct, frozen=True, gc=False):
    """A tensor's numbers, without the tensor.

    `data` is flat, in row-major order: every element while there are at most
    `Limits.elements` of them, else the first `Limits.head` (then `truncated` is true and the
    statistics are filled; `minimum` to `norm` leave nan and infinite elements out and are None
    when nothing is left, or for complex numbers, which have only a norm).
    `dtype` is torch's name ("torch.float32"), or "int", "float", "bool", "complex" for a plain
    Python number.
    """

    shape: tuple[int, ...]
    dtype: str
    data: tuple[Number, ...]
    truncated: bool = False
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    norm: float | None = None
    nan: int = 0
    inf: int = 0
