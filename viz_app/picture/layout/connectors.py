"""Lines too long for the frame -> connectors, as in drawings that continue on another page.

A line whose two ends can't be seen together in the frame (`Width.reach`) is drawn at its target
only, and begins there at its source as a small card: name, value and gradient. What such lines held
together falls into parts, which are below each other in the order of the program.
"""

import functools
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec

from viz_app.picture.layout import graph
from viz_app.picture.layout.iteration_order import Order, Pair
from viz_app.picture.layout.rows import Placed, Point

FULLER = 7 / 6
"""Factor of the reach from which on a step gives up a leaf that is used once: shown at less than
six tenths of its size instead of seven, its cards would have no numbers."""
FEW = 2
"""Maximum number of connectors of a box in a row; one with more is below the one before, as two
would not fit beside each other."""
ROUNDS = 12
"""Maximum number of layouts: with fewer lines, other boxes move closer together."""

Size = tuple[int, float, float]
"""A box: its index, width and height in pixels."""
Line = tuple[int, int, int, str]
"""A line: its index, source, target and kind."""
Place = Callable[[tuple[Size, ...], tuple[Line, ...], Order], Placed]
Bounds = tuple[float, float, float, float]


class Connected(msgspec.Struct, frozen=True):
    """A layout with connectors: `starts` are the left ends of those, by the lines' indices."""

    placed: Placed
    starts: Mapping[int, Point]


def connect(
    sizes: Sequence[Size],
    lines: Sequence[Line],
    order: Order,
    rooms: Mapping[int, tuple[float, float]],
    reach: tuple[float, float],
    gap: float,
    place: Place,
    cut: frozenset[int],
) -> Connected:
    """Lay out with `place` until no step is larger than `reach`, or nothing else can be cut.

    `rooms` are the widths and heights in pixels of the sources as small cards, `gap` is the
    distance of two parts, and the lines in `cut` are connectors in any case. The places of
    connectors follow those of the boxes.
    """
    uses = Counter(source for _, source, _, _ in lines)
    for _ in range(ROUNDS):
        ends = [(_end(index), *rooms[source]) for index, source, _, _ in lines if index in cut]
        drawn = [
            (index, _end(index) if index in cut else source, target, kind)
            for index, source, target, kind in lines
        ]
        boxes = (*sizes, *ends)
        right = _with_ends(order, drawn)
        found = _parts(boxes, drawn, right, reach[0], gap, place, _first_uses(lines, cut))
        more = frozenset[int]()
        if found.width > reach[0] or found.height > reach[1]:  # otherwise each step is in reach
            rest = [line for line in lines if line[0] not in cut]
            more = _long(found, sizes, rest, uses, reach, first=False)
            more = more or _long(found, sizes, rest, uses, reach, first=True)
            more = more or _overfull(found, boxes, lines, cut, reach)
        more = more or _later(lines, cut)
        if not more:
            break
        cut |= more
    starts = {
        _end(index): (round(x - wide / 2, 1), y)
        for (index, wide, _), (x, y) in zip(boxes, found.places, strict=True)
        if index < 0
    }
    return Connected(found, starts)


def _later(lines: Sequence[Line], cut: frozenset[int]) -> frozenset[int]:
    """The remaining lines of leaves whose first use has a connector, and of those that are first
    used by the same operation: a leaf elsewhere is far from the others that are named with it."""
    made = {target for _, _, target, _ in lines}
    first: dict[int, tuple[int, int]] = {}
    for index, source, target, _ in lines:
        first.setdefault(source, (index, target))
    given_up = {
        target for source, (index, target) in first.items() if source not in made and index in cut
    }
    return frozenset(
        index
        for index, source, _, kind in lines
        if index not in cut
        and kind == "operand"
        and source not in made
        and first[source][1] in given_up
    )


def _first_uses(lines: Sequence[Line], cut: frozenset[int]) -> dict[int, int]:
    """The first target of each source among the lines that are cut."""
    found: dict[int, int] = {}
    for index, source, target, _ in lines:
        if index in cut:
            found[source] = min(target, found.get(source, target))
    return found


def _with_ends(order: Order, lines: Sequence[Line]) -> Order:
    """The order of boxes and their connectors, which are left of them."""
    ends: dict[int, list[int]] = {}
    for _, source, target, _ in lines:
        if source < 0:
            ends.setdefault(target, []).append(source)
    right = (
        (one, box)
        for one, other in order.right
        if len(ends.get(other, ())) <= FEW
        for box in (other, *ends.get(other, ()))
    )
    return Order(tuple(right), order.below)


def _end(line: int) -> int:
    """The box of a line's connector, and back."""
    return -1 - line


def _parts(
    boxes: Sequence[Size],
    lines: Sequence[Line],
    order: Order,
    row: float,
    gap: float,
    place: Place,
    uses: Mapping[int, int],
) -> Placed:
    """The parts that lines, or a row, hold together, below each other by their first results; one
    without a result, as of a leaf, is above the first of `uses`, the targets of its connectors.
    Single boxes are beside each other, up to `row` pixels."""
    made = {target for _, _, target, _ in lines}
    parts = graph.parts([box[0] for box in boxes], [*(line[1:3] for line in lines), *order.right])
    first: dict[int, int] = {}
    for part in parts:
        first |= dict.fromkeys(part, min(part & made, default=min(part)))

    def rank(part: Collection[int]) -> tuple[int, bool, int]:
        index = min(part)
        if first[index] in made or index not in uses:
            return first[index], True, index
        return first[uses[index]], False, index

    parts = sorted(parts, key=rank)
    home = {index: number for number, part in enumerate(parts) for index in part}
    boxes_of: list[list[Size]] = [[] for _ in parts]
    lines_of: list[list[Line]] = [[] for _ in parts]
    right_of: list[list[Pair]] = [[] for _ in parts]
    below_of: list[list[Pair]] = [[] for _ in parts]
    for box in boxes:
        boxes_of[home[box[0]]].append(box)
    for line in lines:
        lines_of[home[line[1]]].append(line)
    for one, other in order.right:
        right_of[home[one]].append((one, other))
    for one, other in order.below:
        if home[one] == home[other]:
            below_of[home[one]].append((one, other))
    places: dict[int, Point] = {}
    routes: dict[int, tuple[Point, ...]] = {}
    turned = set[int]()
    top = right = 0.0
    beside, high = 0.0, 0.0  # of the row of single boxes
    for own, between, *pairs in zip(boxes_of, lines_of, right_of, below_of, strict=True):
        found = place(tuple(own), tuple(between), Order(*map(tuple, pairs)))
        single = len(own) == 1
        if high and not (single and beside + found.width <= row):
            top += high + gap
            beside, high = 0.0, 0.0

        def moved(point: Point, left: float = beside, by: float = top) -> Point:
            return round(point[0] + left, 1), round(point[1] + by, 1)

        places |= {box[0]: moved(point) for box, point in zip(own, found.places, strict=True)}
        for at, (line, route) in enumerate(zip(between, found.routes, strict=True)):
            routes[line[0]] = tuple(map(moved, route))
            if at in found.turned:
                turned.add(line[0])
        right = max(right, beside + found.width)
        if single:
            beside, high = beside + found.width + gap, max(high, found.height)
        else:
            top += found.height + gap
    return Placed(
        tuple(places[index] for index, _, _ in boxes),
        tuple(routes[line[0]] for line in lines),
        right,
        top + high if high else top - gap,
        frozenset(at for at, line in enumerate(lines) if line[0] in turned),
    )


def _long(
    placed: Placed,
    sizes: Sequence[Size],
    lines: Sequence[Line],
    uses: Mapping[int, int],
    reach: tuple[float, float],
    *,
    first: bool,
) -> frozenset[int]:
    """The remaining lines that make a step larger than `reach`: of its operands the furthest.

    A leaf that is used once stays: it is next to its use, so that nothing would be closer. Of one
    with several uses the shortest line is given up only with `first`: without the others, it may be
    short enough.
    """
    bounds = {
        index: (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
        for (index, wide, high), (x, y) in zip(sizes, placed.places, strict=False)
    }

    def size(box: Bounds) -> float:
        return max((box[2] - box[0]) / reach[0], (box[3] - box[1]) / reach[1])

    made = {target for _, _, target, _ in lines}
    steps = {target: bounds[target] for _, _, target, kind in lines if kind != "result"}
    for _, source, target, kind in lines:
        if kind == "result" and source in steps:
            steps[source] = _around(steps[source], bounds[target])
    operands: dict[int, list[tuple[float, int, int]]] = {}
    shortest: dict[int, tuple[float, int]] = {}
    for index, source, target, kind in lines:
        if kind != "result":
            far = size(_around(steps[target], bounds[source]))
            movable = kind == "operand" and (uses[source] > 1 or source in made)
            operands.setdefault(target, []).append((far, index if movable else -1, source))
            if source not in made and not first:
                # Of those that fit, the first: leaves are named together, before their first use.
                here = max(1.0, far), index
                shortest[source] = min(here, shortest.get(source, here))
    kept = {index for _, index in shortest.values()}
    found = set[int]()
    for target, several in operands.items():
        step = steps[target]
        for _, index, source in sorted(several):
            both = _around(step, bounds[source])
            if index >= 0 and index not in kept and size(both) > max(1.0, size(step)):
                found.add(index)
            else:
                step = both
    return frozenset(found)


def _overfull(
    placed: Placed,
    boxes: Sequence[Size],
    lines: Sequence[Line],
    cut: frozenset[int],
    reach: tuple[float, float],
) -> frozenset[int]:
    """The line of the highest operand, or the widest, of each step still too large by `FULLER`.

    Where its results alone are too large, all their lines: what uses them no longer spreads them.
    Where a gradient that is accumulated comes from too far, that of the leaf's furthest later use.
    """
    bounds = {
        index: (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
        for (index, wide, high), (x, y) in zip(boxes, placed.places, strict=True)
    }

    def size(box: Bounds) -> tuple[float, float]:
        return (box[2] - box[0]) / reach[0], (box[3] - box[1]) / reach[1]

    steps = {target: bounds[target] for _, _, target, kind in lines if kind != "result"}
    operands: dict[int, list[tuple[float, float, int]]] = {}
    made_by = {target: source for _, source, target, kind in lines if kind == "result"}
    for card, disc in made_by.items():
        if disc in steps:
            steps[disc] = _around(steps[disc], bounds[card])
    made = {target for _, _, target, _ in lines}
    uses: dict[int, list[tuple[int, int]]] = {}
    spread = {disc for disc, step in steps.items() if max(size(step)) > FULLER}
    found = set[int]()
    for index, source, target, kind in lines:
        if kind == "result":
            continue
        own = bounds[_end(index) if index in cut else source]
        steps[target] = _around(steps[target], own)
        if kind == "operand" and index not in cut:
            operands.setdefault(target, []).append((*size(own), index))
            if source not in made:
                uses.setdefault(source, []).append((index, target))
            if made_by.get(source) in spread:
                found.add(index)
    for target, several in operands.items():
        wide, high = size(steps[target])
        if max(wide, high) > FULLER:
            found.add(max(several, key=lambda it: it[high >= wide])[2])
    for source, (first, *later) in uses.items():
        far = [(max(size(_around(bounds[source], bounds[to]))), line) for line, to in later]
        ends = (bounds[to] for _, to in (first, *later))
        if far and max(size(functools.reduce(_around, ends, bounds[source]))) > FULLER:
            found.add(max(far)[1])
    return frozenset(found)


def _around(a: Bounds, b: Bounds) -> Bounds:
    return min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3])
