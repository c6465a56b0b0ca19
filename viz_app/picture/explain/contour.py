"""Trace, two elements -> the contour plot of the first pass's result over both of them.

The heights are measured by the engine (`client.survey`); this module computes the range, the
contour lines, the current point, the negative gradient and the training path.
"""

import hashlib
import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, Final

import msgspec
import numpy as np
from contourpy import FillType, LineType, contour_generator

from viz_app.knowledge.text import Text
from viz_app.measured import SIDES, Axis
from viz_app.model import Node, Trace
from viz_app.picture.explain import chain_rule, held_fixed
from viz_app.picture.words import notation
from viz_app.picture.words.notation import Reading

JSON = dict[str, Any]

CHOICES: Final = 64
"""Maximum number of elements to choose from; the first ones of each leaf."""
LEVELS: Final = 9
TICKS: Final = 5
UPWARDS: Final = 24
"""Number of characters that fit along the vertical axis; a longer name keeps its end."""
ALIKE: Final = 4.0
"""If the ranges differ by less than this factor, use one scale, so that the gradient is
perpendicular to the contour lines."""
LEFT, TOP, WIDTH, HEIGHT, RIGHT, BELOW = 50, 8, 366, 160, 14, 36
"""The drawing's size and margins, in pixels at scale 1."""
ARROW: Final = 54
"""Length of the arrow in pixels, less at the border: it shows a direction; its numbers are in
words."""
ROOM: Final = 30
"""Minimum distance in pixels between a label and other text."""

Pixel = tuple[float, float]
Point = tuple[float, float]
"""A position on the grid: column and row."""


class Element(msgspec.Struct, frozen=True):
    """One element of a leaf that the first pass reached, and its label.

    `leaf` is the index of its node in `Trace.measurable`.
    """

    leaf: int
    node: int
    element: int
    name: str


def elements(reading: Reading) -> tuple[Element, ...]:
    """The elements to choose from; empty where the program can't be run again."""
    trace = reading.trace
    if not trace.measurable or not trace.passes:
        return ()
    reached = {rule.leaf for rule in chain_rule.rules(reading, trace.passes[0])}
    leaves = [(leaf, node) for leaf, node in enumerate(trace.measurable) if node in reached]
    most = max(1, CHOICES // max(1, len(leaves)))
    found = []
    for leaf, node in leaves[:CHOICES]:
        value = reading.nodes[node].values[0] if node is not None else None
        if node is None or value is None or "float" not in value.dtype or value.truncated:
            continue
        for place in range(min(most, len(value.data))):
            name = notation.element(reading.label(node), place, value.shape)
            found.append(Element(leaf, node, place, name))
    return tuple(found)


def identity(trace: Trace) -> str:
    """An identifier of the program that a choice belongs to."""
    return hashlib.sha256(trace.source.encode("utf-8", "replace")).hexdigest()[:16]


def path(reading: Reading, x: Element, y: Element) -> tuple[Pixel, ...]:
    """Both values when each backward pass began, and at the end, without repeats."""
    points = [each for each in _points(reading, x, y) if math.isfinite(sum(each))]
    return tuple(points[:1]) + tuple(b for a, b in pairwise(points) if a != b)


def reached(reading: Reading, x: Element, y: Element) -> Iterator[tuple[int, int]]:
    """The number of each backward pass, and its place on the path."""
    place, last = -1, None
    for of, point in zip(reading.trace.passes, _points(reading, x, y), strict=False):
        if not math.isfinite(sum(point)):
            continue
        place, last = place + (point != last), point
        yield of.number, place


def _points(reading: Reading, x: Element, y: Element) -> list[Pixel]:
    trace = reading.trace
    moments = [each.nodes_before for each in trace.passes] + [len(trace.nodes)]
    columns = (_values(reading, one, moments) for one in (x, y))
    return list(zip(*columns, strict=True))


def _values(reading: Reading, one: Element, moments: Sequence[int]) -> Iterator[float]:
    """An element of a leaf at each moment (a count of nodes), in the version current then."""
    trace = reading.trace
    leaf = reading.nodes[one.node]
    same = {leaf.id}
    versions: list[Node] = []
    for node in trace.nodes:
        again = node.kind in (leaf.kind, "parameter") and _named(reading, node) == _named(
            reading, leaf
        )
        if node.id in same or node.replaces in same or (again and node.id > leaf.id):
            same.add(node.id)
            versions.append(node)
    for moment in moments:
        known = [node for node in versions if node.id < moment] or versions[:1]
        yield _at(known[-1], one.element)


def _named(reading: Reading, node: Node) -> tuple[str, tuple[int, ...]]:
    return reading.label(node.id), node.values[0].shape if node.values[0] is not None else ()


def _at(node: Node, element: int) -> float:
    value = node.values[0]
    if value is None or element >= len(value.data):
        return math.nan
    found = value.data[element]
    return math.nan if isinstance(found, tuple) else float(found)


def axes(reading: Reading, x: Element, y: Element) -> tuple[Axis, Axis]:
    """The ranges around the current values, or around the training path."""
    way = path(reading, x, y)
    middles, halves = [], []
    for place, one in enumerate((x, y)):
        start = _at(reading.nodes[one.node], one.element)
        numbers = [start, *(point[place] for point in way)]
        low, high = min(numbers), max(numbers)
        reach = max(1.0, abs(start))
        middles.append((low + high) / 2)
        halves.append(reach if low == high else max(0.7 * (high - low), 0.1 * reach))
    if max(halves) <= ALIKE * min(halves):
        halves = [max(halves[0], halves[1] * WIDTH / HEIGHT)] * 2
        halves[1] *= HEIGHT / WIDTH
    first, second = (
        Axis(one.leaf, one.element, middle - half, middle + half)
        for one, middle, half in zip((x, y), middles, halves, strict=True)
    )
    return first, second


def draw(reading: Reading, x: Element, y: Element, heights: Sequence[float], words: Text) -> JSON:
    """The plot in pixels, and its sentences. `heights` has one row per y."""
    side = math.isqrt(len(heights))
    known = [height for height in heights if math.isfinite(height)]
    if side not in SIDES or not known:
        return {"why": words("explain.no_contour")}
    plot = _Plot(axes(reading, x, y), side)
    way = path(reading, x, y)
    levels, even = _levels(known, trained=len(way) > 1)
    grid = Grid(heights, side)
    bands = [grid.regions(level) for level in levels]
    lines = [grid.lines(level) for level in levels]
    here = _at(reading.nodes[x.node], x.element), _at(reading.nodes[y.node], y.element)
    point = plot.pixel(*here)
    taken = [point]
    gradient = _gradient(reading, x, y)
    arrow = plot.arrow(point, gradient)
    if arrow is not None:
        taken += [arrow, ((point[0] + arrow[0]) / 2, (point[1] + arrow[1]) / 2)]
    on_way = [plot.pixel(*each) for each in way] if len(way) > 1 else []
    defined = () if len(known) == len(heights) else grid.regions(-math.inf)
    return {
        "whole": {"x": 0, "y": 0, "width": LEFT + WIDTH + RIGHT, "height": TOP + HEIGHT + BELOW},
        "inner": {"x": LEFT, "y": TOP, "width": WIDTH, "height": HEIGHT},
        "names": [x.name, y.name if len(y.name) <= UPWARDS else f"…{y.name[1 - UPWARDS :]}"],
        "ticks": [plot.ticks(0), plot.ticks(1)],
        "defined": plot.outline(defined) if len(known) < len(heights) else None,
        "bands": [plot.outline(band) for band in bands],
        "lines": [plot.polyline(line) for line in lines],
        "labels": plot.labels(levels, lines, [*taken, *on_way]),
        "point": _round(point),
        "arrow": _round(arrow) if arrow is not None else None,
        "way": [_round(each) for each in on_way],
        "reached": [
            {"number": number, "place": place, "text": _pair(way[place])}
            for number, place in (reached(reading, x, y) if on_way else ())
        ],
        "text": _text(
            reading, (x, y), here, gradient, way, known, words, alike=plot.alike(), even=even
        ),
    }


class Grid:
    """Heights on a square grid; lines and regions have points (column, row), in its units.

    Points without a value, or with an infinite one, belong to no region.
    """

    def __init__(self, heights: Sequence[float], side: int) -> None:
        known = np.ma.masked_invalid(np.reshape(np.asarray(heights, np.float64), (side, side)))
        # contourpy types its results as any of its output forms.
        self._lines: Any = contour_generator(
            z=known, name="serial", corner_mask=True,
            line_type=LineType.Separate, fill_type=FillType.OuterOffset,
        )  # fmt: skip

    def lines(self, level: float) -> tuple[tuple[Point, ...], ...]:
        """The lines at height `level`; a closed line ends where it begins."""
        return tuple(tuple((x, y) for x, y in run.tolist()) for run in self._lines.lines(level))

    def regions(self, level: float) -> tuple[tuple[Point, ...], ...]:
        """Closed outlines of everything at `level` or above; a hole is an outline of its own."""
        points, offsets = self._lines.filled(math.nextafter(level, -math.inf), math.inf)
        return tuple(
            tuple((x, y) for x, y in polygon[first : last - 1].tolist())
            for polygon, ends in zip(points, offsets, strict=True)
            for first, last in pairwise(ends.tolist())
        )


def steps(low: float, high: float, most: int) -> tuple[float, ...]:
    """Evenly spaced round numbers between two: 1, 2 or 5 times a power of ten apart, at most
    `most`."""
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


class _Plot:
    """The mapping from values to pixels."""

    def __init__(self, of: tuple[Axis, Axis], side: int) -> None:
        self.of, self.side = of, side

    def pixel(self, x: float, y: float) -> Pixel:
        across, up = (
            (value - axis.low) / (axis.high - axis.low)
            for value, axis in zip((x, y), self.of, strict=True)
        )
        return LEFT + across * WIDTH, TOP + (1 - up) * HEIGHT

    def alike(self) -> bool:
        """True if both axes have the same scale."""
        across, up = (axis.high - axis.low for axis in self.of)
        return math.isclose(across / WIDTH, up / HEIGHT, rel_tol=1e-6)

    def _grid(self, at: Point) -> Pixel:
        across, up = (k / (self.side - 1) for k in at)
        return LEFT + across * WIDTH, TOP + (1 - up) * HEIGHT

    def outline(self, loops: Sequence[Sequence[Point]]) -> str:
        """An SVG path of closed outlines."""
        return "".join(f"{self._walk(loop)}Z" for loop in loops if loop)

    def polyline(self, runs: Sequence[Sequence[Point]]) -> str:
        """An SVG path of open lines."""
        return "".join(map(self._walk, runs))

    def _walk(self, points: Sequence[Point]) -> str:
        return "M" + "L".join("{:.1f},{:.1f}".format(*self._grid(point)) for point in points)

    def arrow(self, start: Pixel, gradient: tuple[float, float] | None) -> Pixel | None:
        """The arrow's tip: against the gradient, in the axes' scales."""
        if gradient is None:
            return None
        across, down = (
            slope * room / (axis.high - axis.low)
            for slope, room, axis in zip(gradient, (-WIDTH, HEIGHT), self.of, strict=True)
        )
        size = math.hypot(across, down)
        if not 0 < size < math.inf:
            return None
        room = min(
            (edge - at) / way
            for at, way, low, high in (
                (start[0], across / size, LEFT, LEFT + WIDTH),
                (start[1], down / size, TOP, TOP + HEIGHT),
            )
            if way
            for edge in (low if way < 0 else high,)
        )
        length = min(ARROW, room - 4)
        return start[0] + length * across / size, start[1] + length * down / size

    def ticks(self, place: int) -> list[JSON]:
        axis = self.of[place]
        return [
            {"at": round(self.pixel(at, at)[place], 1), "text": notation.number(at)}
            for at in steps(axis.low, axis.high, TICKS)
        ]

    def labels(
        self,
        levels: Sequence[float],
        lines: Sequence[Sequence[Sequence[Point]]],
        taken: Sequence[Pixel],
    ) -> list[JSON]:
        """One number per level, on its longest line, where nothing else is written."""
        found: list[JSON] = []
        written = list(taken)
        for level, runs in zip(levels, lines, strict=True):
            points = [self._grid(point) for run in sorted(runs, key=len)[::-1] for point in run]
            inner = [
                (x, y)
                for x, y in points
                if LEFT + 16 < x < LEFT + WIDTH - 16 and TOP + 8 < y < TOP + HEIGHT - 8
            ]
            free = (
                at for at in inner[len(inner) // 2 :] + inner[: len(inner) // 2]
                if all(math.dist(at, other) > ROOM for other in written)
            )  # fmt: skip
            at = next(free, None)
            if at is not None:
                written.append(at)
                x, y = _round(at)
                found.append({"x": x, "y": y, "text": notation.number(level)})
        return found


def _levels(known: Sequence[float], *, trained: bool) -> tuple[tuple[float, ...], bool]:
    """The heights of the lines, and a flag for even spacing, where close lines mean a steep slope.

    1, 2, 5, 10 and so on where even ones would miss most of the picture: at a loss that goes down
    towards 0, or when more than half lies below the first.
    """
    low, high = min(known), max(known)
    even = steps(low, high, LEVELS)
    skewed = bool(even) and sorted(known)[len(known) // 2] < even[0]
    if low > 0 and (trained or skewed):
        first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
        powers = [float(f"{digit}e{k}") for k in range(first, last + 1) for digit in (1, 2, 5)]
        kept = [level for level in powers if low < level < high]
        if len(kept) > 2:
            return tuple(sorted(kept[:: -math.ceil(len(kept) / LEVELS)])), False
    return tuple(level for level in even if low < level < high), True


def _gradient(reading: Reading, x: Element, y: Element) -> tuple[float, float] | None:
    """The first backward pass's gradient for both elements."""
    trace = reading.trace
    found = {rule.leaf: rule.gradient for rule in chain_rule.rules(reading, trace.passes[0])}
    slopes = []
    for one in (x, y):
        array = found.get(one.node)
        if array is None or array.truncated or one.element >= len(array.data):
            return None
        slope = array.data[one.element]
        slopes.append(math.nan if isinstance(slope, tuple) else float(slope))
    return (slopes[0], slopes[1]) if all(map(math.isfinite, slopes)) else None


def _text(
    reading: Reading,
    of: tuple[Element, Element],
    here: Pixel,
    gradient: tuple[float, float] | None,
    way: Sequence[Pixel],
    known: Sequence[float],
    words: Text,
    *,
    alike: bool,
    even: bool,
) -> list[str]:
    trace = reading.trace
    names = {"x": of[0].name, "y": of[1].name}
    root = reading.label(*trace.passes[0].roots[0])
    text = [
        words("explain.contour_shows", root=root, low=_number(min(known)),
              high=_number(max(known)), **names),
        words("explain.contour_even" if even else "explain.contour_powers"),
        words("explain.contour_here", point=_pair(here), **names),
    ]  # fmt: skip
    if gradient is not None and any(gradient):
        key, cuts = _proven(trace, of, gradient, words)
        arrow = _pair((-gradient[0], -gradient[1]))
        text.append(words(key, root=root, arrow=arrow, cuts=cuts))
    elif gradient is not None:
        text.append(words("explain.contour_flat"))
    if len(way) > 1:
        text.append(words("explain.contour_way", first=_pair(way[0]), last=_pair(way[-1]),
                          count=len(way) - 1))  # fmt: skip
    if not alike:
        text.append(words("explain.contour_scales"))
    if len(elements(reading)) > 2:
        text.append(words("explain.contour_slice"))
    return text


def _proven(
    trace: Trace, of: tuple[Element, Element], gradient: tuple[float, float], words: Text
) -> tuple[str, str]:
    """The sentence that is true of the arrow, and the parts that it holds fixed."""
    checks = {check.node: check for check in trace.checks}
    for one, slope in zip(of, gradient, strict=True):
        check = checks.get(one.node)
        if (
            check is not None
            and held_fixed.apart(check, one.element)
            and not held_fixed.same(slope, check.slopes[one.element], check.error)
        ):
            return "explain.contour_arrow_held", held_fixed.quoted(check, trace, words)
    for one, slope in zip(of, gradient, strict=True):
        check = checks.get(one.node)
        if (
            check is None
            or one.element in check.kinks
            or not held_fixed.same(slope, check.slopes[one.element], check.error)
        ):
            return "explain.contour_arrow_only", ""
    return "explain.contour_arrow", ""


def _pair(of: Pixel) -> str:
    return f"({', '.join(map(_number, of))})"


def _number(x: float) -> str:
    return notation.number(round(x, 6) + 0.0)  # without the minus of a zero


def _round(at: Pixel) -> list[float]:
    return [round(x, 1) for x in at]
