"""A tensor on a card: a line of text, a grid of numbers, or a heat map.

A grid's cells are tinted by value, on a diverging scale centred on zero: the larger in size, the
stronger, in one colour above zero and grey below; the sign shows it as well.
"""

import math
from typing import Final

import msgspec

from viz_app.knowledge import theme
from viz_app.model import Array, Number
from viz_app.picture.words import notation
from viz_app.picture.words.sizes import norm, strange_word

NUMBERS: Final = 4
"""Maximum number of rows and columns of a matrix that is written out."""
HEAT: Final = 8
"""Maximum number of rows and columns of a heat map."""
LINE: Final = 17.0
"""Height in pixels of a row of numbers, or of a further line."""
SPOT: Final = (14.0, 9.0)
"""Width and height in pixels of a heat map's element."""
SIGN: Final = 16.0
"""Pixels left of a grid for its ∇."""
NARROW_GRID: Final = 200.0
"""Maximum width in pixels of a grid of numbers in a narrow frame: a wider one is a heat map."""
NARROW_LINE: Final = 24
"""Maximum number of columns of a line there: a longer one is broken into two."""
FAINT, STRONG = 0.05, 0.42
"""Opacity of the tint behind a number: for zero, and for the largest. Ink stays readable on it."""
SPOT_FAINT, SPOT_STRONG = 0.06, 0.9
"""The same without a number."""


class Cell(msgspec.Struct, frozen=True):
    """An element of a grid: its number ("" in a heat map), and its tint's opacity."""

    text: str
    tint: float
    minus: bool


class Block(msgspec.Struct, frozen=True):
    """Lines of text, below them a grid; either may be missing. Sizes are pixels at scale 1.

    `ill` is "nan" or "inf" if there is such an element, "0" if all elements are 0.
    """

    lines: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...] = ()
    cell: tuple[float, float] = (0.0, 0.0)
    ill: str = ""

    @property
    def grid(self) -> float:
        """The width in pixels of the grid with the room of its sign on both sides."""
        return len(self.cells[0]) * self.cell[0] + 2 * SIGN if self.cells else 0.0

    @property
    def text(self) -> float:
        """The largest width in pixels of a line."""
        return max(
            (width(line, theme.TEXT, theme.MONO_ADVANCE) for line in self.lines), default=0.0
        )

    @property
    def width(self) -> float:
        """The largest width in pixels."""
        return max(self.grid, self.text)

    @property
    def height(self) -> float:
        """The height in pixels."""
        text = theme.ROW + (len(self.lines) - 1) * LINE if self.lines else theme.ROW - LINE
        return text + len(self.cells) * self.cell[1]


def width(text: str, size: float, advance: float) -> float:
    """The largest width of a text in pixels; East Asian wide characters count double."""
    return notation.columns(text) * size * advance


def sized(array: Array, sign: str = "") -> str:
    """A tensor in a line: its numbers, or its shape and norm, of a gradient the norm alone."""
    if len(array.shape) < 2:
        return sign + notation.brief(array)
    size = notation.number(float(f"{norm(array):.3g}"))
    return f"‖∇‖ {size}" if sign else f"{notation.shape(array)} ‖·‖ {size}"


def block(array: Array | None, sign: str = "", *, narrow: bool = False) -> Block:
    """A tensor's block, narrower in a `narrow` frame; `sign` precedes it if there is a line."""
    if array is None:
        return Block((f"{sign}…",))
    ill = strange_word(array) or "0" * (len(array.data) > 0 and norm(array) == 0)
    line = sign + notation.brief(array)
    if ill and len(array.data) > 4:  # otherwise it can be read off the numbers
        line += " = 0" if ill == "0" else f" · {ill}"
    sides = array.shape
    matrix = len(sides) == 2 and min(sides) > 0 and not array.truncated
    if not matrix or max(sides) > HEAT or any(isinstance(x, tuple) for x in array.data):
        text = line if ill or len(sides) < 2 else sized(array, sign)
        return Block(_broken(text, narrow), ill=ill)
    texts = [notation.number(x) for x in array.data]
    widest = max(width(each, theme.TEXT, theme.MONO_ADVANCE) for each in texts)
    cell = math.ceil((widest + 8) / 6) * 6.0, LINE
    written = max(sides) <= NUMBERS and not (narrow and sides[1] * cell[0] > NARROW_GRID)
    sizes = [abs(_real(x)) for x in array.data]
    most = max((size for size in sizes if math.isfinite(size)), default=0.0)
    low, high = (FAINT, STRONG) if written else (SPOT_FAINT, SPOT_STRONG)
    cells = []
    for x, text, size in zip(array.data, texts, sizes, strict=True):
        part = min(1.0, size / most) if most and not math.isnan(size) else 0.0
        tint = round(low + (high - low) * part, 2)
        cells.append(Cell(text if written else "", tint, _real(x) < 0))
    rows = tuple(tuple(cells[i : i + sides[1]]) for i in range(0, len(cells), sides[1]))
    if not written:
        few = len(array.data) <= NUMBERS * NUMBERS
        return Block((sized(array, sign) if few and not ill else line,), rows, SPOT, ill)
    return Block((), rows, cell, ill)


def _broken(line: str, narrow: bool) -> tuple[str, ...]:
    """A long line of numbers in two halves for a `narrow` frame."""
    if not narrow or notation.columns(line) <= NARROW_LINE:
        return (line,)
    ends = [place for place in range(len(line)) if line.startswith(", ", place)]
    if not ends:
        return (line,)
    end = min(ends, key=lambda place: abs(2 * place + 2 - len(line)))
    return line[: end + 1], line[end + 2 :]


def _real(x: Number) -> float:
    return math.nan if isinstance(x, tuple) else float(x)
