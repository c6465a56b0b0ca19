"""A long flat picture -> rows below each other, each from left to right, as text is wrapped.

The layout of the whole is cut between its layers, where few lines pass; each part keeps its
places. A line that passes a cut leaves its row on the right, returns between the rows and enters a
later row from the left.
"""

import itertools
import math
from collections.abc import Mapping, Sequence

import msgspec

Point = tuple[float, float]


class Width(msgspec.Struct, frozen=True):
    """A width of rows for a frame of the page.

    `row` is the largest width in pixels of a row with its margins and one line beside it: it is
    readable in the frame. `strip` is that of a picture that stays in one row, since numbers rarely
    decide. `view` are the width and height in pixels of the picture in such a frame. `reach` are
    those of the largest step that the frame shows at seven tenths of its size; longer lines
    become connectors. None: no line is too long. Cards are compact in a `narrow` frame.
    """

    row: int
    strip: int
    view: tuple[float, float]
    reach: tuple[float, float] | None = None
    narrow: bool = False


PHONE = Width(500, 1000, (362.0, 300.0), (480.0, 400.0), narrow=True)
"""390 x 844; three operations in a row read better than below each other."""
FRAME = Width(870, 1520, (658.0, 300.0), (940.0, 346.0), narrow=True)
"""A frame of 700 x 600 in another page."""
PROJECTOR = Width(932, 1630, (949.0, 420.0), (1356.0, 500.0))
"""1280 x 720 in presenter mode, at full size."""
DESK = Width(1080, 1890, (949.0, 420.0), (1356.0, 500.0))
"""1440 x 900."""
LARGE = Width(1440, 2520, (1280.0, 420.0), (1828.0, 500.0))
"""1920 x 1080."""
FILE = Width(932, 1630, (949.0, 420.0))
"""A file, which shows the whole picture rather than a step."""
WIDTHS = (PHONE, FRAME, PROJECTOR, DESK, LARGE)
GAIN = 1.3
"""Least factor by which rows must enlarge a picture that is fitted into its view."""
LOST = 0.1
"""Scale below which a whole picture shows nothing: in a narrow frame it is in rows even if they do
not enlarge it, since one direction to move it in is easier than two."""
PASSING = 3
"""Maximum number of lines that pass a cut."""
LANE = 14.0
"""Pixels between two lines next to or between rows: a backward arc needs that space."""
BESIDE, BELOW = 26.0, 13.0
"""Pixels between a row and the nearest line next to it, and below or above it."""
CORNER = 10.0
"""Radius in pixels of the bends of a line between rows."""
SAMPLE = 20.0
"""Largest distance in pixels of two points of such a line."""
MARGIN = BESIDE + LANE
"""Pixels left and right of a row."""
ONE_MORE, ONE_LINE = 1.0, 0.1
"""The cost of a row, and of a line that passes a cut, in units of an empty row."""


class Placed(msgspec.Struct, frozen=True):
    """The middles of boxes and the routes of lines, in the order they were given, and the size of
    the whole; `turned` are the positions of lines that lead from one row to another."""

    places: tuple[Point, ...]
    routes: tuple[tuple[Point, ...], ...]
    width: float
    height: float
    turned: frozenset[int] = frozenset()


class Line(msgspec.Struct, frozen=True):
    """A line between two boxes, by their positions; a `tied` one is never cut."""

    source: int
    target: int
    tied: bool


def nearest(row: int) -> Width:
    """The widest of `WIDTHS` whose rows are not wider than `row` pixels, or the narrowest."""
    return max((it for it in WIDTHS if it.row <= row), key=lambda it: it.row, default=PHONE)


def wrap(
    placed: Placed,
    rooms: Sequence[tuple[float, float]],
    lines: Sequence[Line],
    width: Width = FILE,
    *,
    longer: bool = False,
) -> Placed:
    """The picture in rows of a width, or as it was if rows would not enlarge it much.

    `rooms` are the widths and heights of the boxes, `lines` belong to the routes. With `longer`, as
    in a narrow frame, a part that can't be cut is a row of its own. Pixels at scale 1, y downward.
    Linear in boxes and lines, but for the choice of cuts.
    """
    if placed.width <= width.strip:
        return placed
    inner = width.row - 2 * MARGIN
    longer = longer or width.narrow
    cuts = _chosen(_cuts(placed, rooms, lines), placed.width, inner, longer)
    if not cuts:
        return placed
    found = _in_rows(placed, rooms, lines, cuts)
    lost = width.narrow and scale(placed, width) < LOST
    return found if lost or scale(found, width) >= GAIN * scale(placed, width) else placed


def scale(placed: Placed, width: Width) -> float:
    """The factor by which a whole picture is enlarged in its view."""
    return min(width.view[0] / placed.width, width.view[1] / placed.height)


def _cuts(
    placed: Placed, rooms: Sequence[tuple[float, float]], lines: Sequence[Line]
) -> dict[float, int]:
    """The x coordinates at which the picture can be cut, with the number of lines that pass."""
    sides = [(x - w / 2, x + w / 2) for (x, _), (w, _) in zip(placed.places, rooms, strict=True)]
    changes: dict[float, int] = {}
    for line in lines:
        start, end = sides[line.source][1], sides[line.target][0]
        by = PASSING + 1 if line.tied else 1
        changes[start] = changes.get(start, 0) + by
        changes[end] = changes.get(end, 0) - by
    passing, before = dict[float, int](), 0
    steps = iter(sorted(changes.items()))
    step = next(steps, None)
    ordered = sorted(sides)
    end = ordered[0][1]
    for left, right in ordered[1:]:
        if left > end + 1:
            middle = (left + end) / 2
            while step is not None and step[0] < middle:
                before += step[1]
                step = next(steps, None)
            if before <= PASSING:
                passing[middle] = before
        end = max(end, right)
    return passing


def _chosen(
    cuts: Mapping[float, int], width: float, inner: float, longer: bool
) -> tuple[float, ...]:
    """The cuts that make the fewest and fullest rows of at most `inner` pixels.

    Where one can't be as short: () or, with `longer`, that row as short as it can be.
    """
    best: dict[float, tuple[float, tuple[float, ...]]] = {0.0: (0.0, ())}
    last = 0.0
    for cut, lines in (*sorted(cuts.items()), (width, 0)):
        ways = [
            (cost + ONE_MORE + ONE_LINE * lines + (1 - (cut - start) / inner) ** 2, (*before, cut))
            for start, (cost, before) in best.items()
            if cut - start <= inner or (longer and start == last)
        ]
        if ways:
            best[cut] = min(ways)
        last = cut
        best = {
            start: each
            for start, each in best.items()
            if cut - start <= inner or (longer and start == last)
        }
    return best[width][1][:-1] if width in best else ()


class _Row(msgspec.Struct):
    """A part of the picture: where it was, and how far it moves."""

    left: float
    right: float
    top: float = math.inf
    bottom: float = -math.inf
    dx: float = 0.0
    dy: float = 0.0

    def reach(self, low: float, high: float) -> None:
        self.top, self.bottom = min(self.top, low), max(self.bottom, high)

    def moved(self, point: Point) -> Point:
        return round(point[0] + self.dx, 1), round(point[1] + self.dy, 1)


def _in_rows(
    placed: Placed,
    rooms: Sequence[tuple[float, float]],
    lines: Sequence[Line],
    cuts: Sequence[float],
) -> Placed:
    edges = (0.0, *cuts, placed.width)
    rows = [_Row(left, right) for left, right in itertools.pairwise(edges)]

    def row_of(x: float) -> int:
        return next(at for at, row in enumerate(rows) if x <= row.right or row is rows[-1])

    homes = [row_of(x) for x, _ in placed.places]
    for (_, y), (_, high), home in zip(placed.places, rooms, homes, strict=True):
        rows[home].reach(y - high / 2, y + high / 2)
    # A line's part in its first row, and in its last.
    parts: dict[int, tuple[tuple[Point, ...], tuple[Point, ...]]] = {}
    turning: dict[int, list[int]] = {}
    for at, (line, route) in enumerate(zip(lines, placed.routes, strict=True)):
        first, last = homes[line.source], homes[line.target]
        if first != last:
            parts[at] = _until(route, rows[first].right), _since(route, rows[last].left)
            turning.setdefault(first, []).append(at)
        for home, part in zip((first, last), parts.get(at, (route, route)), strict=True):
            rows[home].reach(min(y for _, y in part), max(y for _, y in part))
    lanes = max(map(len, turning.values()), default=0)
    far = any(homes[lines[at].target] - homes[lines[at].source] > 1 for at in parts)
    beside = BESIDE + LANE * lanes * (1 + far)
    below = 0.0
    for home, row in enumerate(rows):
        row.dx, row.dy = beside - row.left, below - row.top
        below += row.bottom - row.top + 2 * BELOW + LANE * max(0, len(turning.get(home, ())) - 1)
    routes = [
        tuple(map(rows[homes[line.source]].moved, route))
        for line, route in zip(lines, placed.routes, strict=True)
    ]
    for first, several in turning.items():
        # The lowest bends first, and so passes none of the others.
        for lane, at in enumerate(sorted(several, key=lambda at: -parts[at][0][-1][1])):
            start, end = parts[at]
            row, later = rows[first], rows[homes[lines[at].target]]
            out = row.right + row.dx + BESIDE + LANE * lane
            down = row.bottom + row.dy + BELOW + LANE * lane
            skips = homes[lines[at].target] - first > 1
            into = beside - BESIDE - LANE * (len(several) - 1 - lane + lanes * skips)
            leaves, enters = [*map(row.moved, start)], [*map(later.moved, end)]
            corners = [
                leaves[-1], (out, leaves[-1][1]), (out, down), (into, down), (into, enters[0][1]),
                enters[0],
            ]  # fmt: skip
            routes[at] = (*leaves[:-1], *_turns(corners), *enters[1:])
    right = max(row.right + row.dx for row in rows) + BESIDE + LANE * lanes
    return Placed(
        tuple(rows[home].moved(place) for place, home in zip(placed.places, homes, strict=True)),
        tuple(routes),
        right,
        rows[-1].bottom + rows[-1].dy,
        frozenset(parts),
    )


def _until(route: Sequence[Point], x: float) -> tuple[Point, ...]:
    """The part of a route before a cut, and the point where it passes it."""
    for at, (a, b) in enumerate(itertools.pairwise(route)):
        if b[0] >= x:
            return (*route[: at + 1], _between(a, b, x))
    return tuple(route)


def _since(route: Sequence[Point], x: float) -> tuple[Point, ...]:
    """The point where a route passes a cut for the last time, and the part after it."""
    back = _until([(-u, v) for u, v in reversed(route)], -x)
    return tuple((-u, v) for u, v in reversed(back))


def _between(a: Point, b: Point, x: float) -> Point:
    if b[0] == a[0]:
        return b
    part = min(1.0, max(0.0, (x - a[0]) / (b[0] - a[0])))
    return x, a[1] + part * (b[1] - a[1])


def _turns(corners: Sequence[Point]) -> list[Point]:
    """A line with right angles as a polyline with round corners and no long segments."""
    points = [corners[0]]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        radius = min(CORNER, math.dist(before, corner) / 2, math.dist(corner, after) / 2)
        start, end = _towards(corner, before, radius), _towards(corner, after, radius)
        points += _sampled(points[-1], start)
        for k in (1, 2, 3):
            t = k / 3
            points.append(
                (
                    (1 - t) ** 2 * start[0] + 2 * t * (1 - t) * corner[0] + t**2 * end[0],
                    (1 - t) ** 2 * start[1] + 2 * t * (1 - t) * corner[1] + t**2 * end[1],
                )
            )
    points += _sampled(points[-1], corners[-1])
    return [(round(x, 1), round(y, 1)) for x, y in points]


def _towards(a: Point, b: Point, length: float) -> Point:
    far = math.dist(a, b) or 1.0
    return a[0] + (b[0] - a[0]) * length / far, a[1] + (b[1] - a[1]) * length / far


def _sampled(a: Point, b: Point) -> list[Point]:
    count = max(1, math.ceil(math.dist(a, b) / SAMPLE))
    return [
        (a[0] + (b[0] - a[0]) * k / count, a[1] + (b[1] - a[1]) * k / count)
        for k in range(1, count + 1)
    ]
