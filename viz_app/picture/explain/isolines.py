"""Heights on a square grid -> the regions above a level and the lines around them.

Marching squares: each square of four points is cut where the level lies between two of them, by
linear interpolation. Points are (column, row), in units of the grid; nan lies below every level.
"""

import math
from collections.abc import Mapping, Sequence

Point = tuple[float, float]
Corner = tuple[int, int]
Side = tuple[Corner, Corner]


def regions(heights: Sequence[float], side: int, level: float) -> tuple[tuple[Point, ...], ...]:
    """Closed outlines of all that is at `level` or above; a hole is an outline of its own."""
    outlines = [[point for point, _ in loop] for loop in _loops(heights, side, level)]
    return tuple(
        tuple(here for here, after in zip(one, one[1:] + one[:1], strict=True) if here != after)
        for one in outlines
    )


def lines(heights: Sequence[float], side: int, level: float) -> tuple[tuple[Point, ...], ...]:
    """Where the height is `level`: the outlines without the grid's border and that of no value."""
    found: list[tuple[Point, ...]] = []
    for loop in _loops(heights, side, level):
        start = next((k for k, (_, true) in enumerate(loop) if not true), None)
        if start is None:  # all of it is line
            found.append((*(point for point, _ in loop), loop[0][0]))
            continue
        run: list[Point] = []
        for point, true in (*loop[start:], *loop[: start + 1]):
            if true:
                run.append(point)
            else:
                found += [tuple(run)] if len(run) > 1 else []
                run = []
    return tuple(found)


def steps(low: float, high: float, most: int) -> tuple[float, ...]:
    """Round numbers between two, evenly: 1, 2 or 5 times a power of ten apart, at most `most`."""
    if not (math.isfinite(low) and math.isfinite(high)) or not low < high:
        return ()
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    for factor in (1, 2, 5, 10, 20):
        step = factor * power
        first, last = math.ceil(low / step), math.floor(high / step)
        if last - first < most:
            return tuple(round(k * step, 12 - math.floor(math.log10(step)))
                         for k in range(first, last + 1))  # fmt: skip
    return ()


def _loops(
    heights: Sequence[float], side: int, level: float
) -> list[tuple[tuple[Point, bool], ...]]:
    """Outlines as (point, whether the height there is the level)."""
    inside = {
        (column, row): heights[row * side + column] >= level
        for row in range(side)
        for column in range(side)
    }  # what is around the grid is outside, and so is nan
    after: dict[Side, Side] = {}
    for row in range(-1, side):
        for column in range(-1, side):
            after |= _square(column, row, inside, heights, side, level)
    found = []
    while after:
        start, here = after.popitem()
        loop = [start]
        while here != start:
            loop.append(here)
            here = after.pop(here)
        found.append(tuple(_cut(one, inside, heights, side, level) for one in loop))
    return found


def _square(
    column: int,
    row: int,
    inside: Mapping[Corner, bool],
    heights: Sequence[float],
    side: int,
    level: float,
) -> dict[Side, Side]:
    """How an outline goes through one square: from where it leaves the region to where it enters.

    The corners are walked around; the next square meets the shared side the other way round.
    """
    corners = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)]
    above = [inside.get(corner, False) for corner in corners]
    leaves = [k for k in range(4) if above[k] and not above[(k + 1) % 4]]
    enters = [k for k in range(4) if not above[k] and above[(k + 1) % 4]]

    def at(k: int) -> Side:
        one, other = corners[k], corners[(k + 1) % 4]
        return min(one, other), max(one, other)

    if len(leaves) < 2:
        return {at(leave): at(enter) for leave, enter in zip(leaves, enters, strict=True)}
    # Two opposite corners are above: joined over the middle if that is above, too.
    known = [heights[y * side + x] for x, y in corners if 0 <= x < side and 0 <= y < side]
    joined = len(known) == 4 and sum(known) / 4 >= level
    turn = 1 if joined else 3
    return {at(leave): at((leave + turn) % 4) for leave in leaves}


def _cut(
    one: Side, inside: Mapping[Corner, bool], heights: Sequence[float], side: int, level: float
) -> tuple[Point, bool]:
    (x, y), (p, q) = one if inside.get(one[0], False) else one[::-1]  # from inside to outside
    if not (0 <= p < side and 0 <= q < side):
        return (float(x), float(y)), False
    here, there = heights[y * side + x], heights[q * side + p]
    if not (math.isfinite(here) and math.isfinite(there)):
        return (float(x), float(y)), False
    part = (here - level) / (here - there)
    return (x + (p - x) * part, y + (q - y) * part), True
