"""Polygons and polylines in picture coordinates: pixels at scale 1, y downward."""

import itertools
import math
from collections.abc import Sequence
from typing import Final

import msgspec

Point = tuple[float, float]

ROUNDNESS: Final = 8
"""Points a rounded corner."""


class Box(msgspec.Struct, frozen=True):
    """A rectangle around (x, y) with rounded corners."""

    x: float
    y: float
    width: float
    height: float
    corner: float


def outline(shape: Box | tuple[Point, ...]) -> tuple[Point, ...]:
    """The points of a shape; a box's are closed."""
    if not isinstance(shape, Box):
        return shape
    corner = min(shape.corner, shape.width / 2, shape.height / 2)
    points = []
    for quarter, (sx, sy) in enumerate(((1, -1), (1, 1), (-1, 1), (-1, -1))):
        cx = shape.x + sx * (shape.width / 2 - corner)
        cy = shape.y + sy * (shape.height / 2 - corner)
        for k in range(ROUNDNESS + 1):
            angle = math.pi / 2 * (quarter - 1 + k / ROUNDNESS)
            points.append(
                (round(cx + corner * math.cos(angle), 1), round(cy + corner * math.sin(angle), 1))
            )
    return (*points, points[0])


def head(route: Sequence[Point], size: float) -> tuple[Point, ...]:
    """The triangle at the end of a polyline."""
    (x, y) = route[-1]
    back = next((p for p in reversed(route) if math.dist(p, (x, y)) > size * 0.8), route[0])
    angle = math.atan2(y - back[1], x - back[0])
    points = [(x, y)]
    for turn in (2.7, -2.7):
        points.append(
            (
                round(x + size * math.cos(angle + turn), 1),
                round(y + size * math.sin(angle + turn), 1),
            )
        )
    return (*points, (x, y))


def curve(a: Point, b: Point, c: Point, d: Point, samples: int = 18) -> tuple[Point, ...]:
    """A cubic Bézier as a polyline."""
    points = []
    for k in range(samples + 1):
        t = k / samples
        s = 1 - t
        w = (s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t)
        points.append(
            (
                round(sum(u * p[0] for u, p in zip(w, (a, b, c, d), strict=True)), 1),
                round(sum(u * p[1] for u, p in zip(w, (a, b, c, d), strict=True)), 1),
            )
        )
    return tuple(points)


def beside(route: Sequence[Point], offset: float) -> tuple[Point, ...]:
    """A polyline moved sideways: below, where it runs to the right."""
    points = []
    for i, (x, y) in enumerate(route):
        before, after = route[max(0, i - 1)], route[min(len(route) - 1, i + 1)]
        dx, dy = after[0] - before[0], after[1] - before[1]
        length = math.hypot(dx, dy) or 1.0
        points.append((round(x - offset * dy / length, 1), round(y + offset * dx / length, 1)))
    return tuple(points)


def smooth(route: Sequence[Point]) -> tuple[Point, ...]:
    """A polyline with its corners cut twice (Chaikin 1974), the ends kept."""
    kept = (*route[:-1:2], route[-1])
    for _ in range(2):
        cut = [kept[0]]
        for (ax, ay), (bx, by) in itertools.pairwise(kept):
            cut.append((round(0.75 * ax + 0.25 * bx, 1), round(0.75 * ay + 0.25 * by, 1)))
            cut.append((round(0.25 * ax + 0.75 * bx, 1), round(0.25 * ay + 0.75 * by, 1)))
        kept = (*cut, kept[-1])
    return kept
