"""Polygons and polylines in picture coordinates: pixels at scale 1, y downward."""

import itertools
import math
from collections.abc import Sequence
from typing import Final

import msgspec

Point = tuple[float, float]

CORNERS: Final = {"parameter": 20.0, "constant": 0.0, "cut": 0.0}
"""Corner radii that show a card's kind without a colour; other cards are rounded by `CORNER`."""
CORNER: Final = 9.0


class Box(msgspec.Struct, frozen=True):
    """A rectangle around (x, y) with rounded corners."""

    x: float
    y: float
    width: float
    height: float
    corner: float


def path(shape: Box | Sequence[Point]) -> str:
    """A shape as an SVG path without arcs and relative moves, the form that Plotly accepts.

    A polyline whose end is its beginning is closed.
    """
    if isinstance(shape, Box):
        return _rounded(shape)
    closed = len(shape) > 3 and shape[0] == shape[-1]
    points = "L".join(f"{x:.6g},{y:.6g}" for x, y in (shape[:-1] if closed else shape))
    return f"M{points}{'Z' if closed else ''}"


def _rounded(box: Box) -> str:
    corner = min(box.corner, box.width / 2, box.height / 2)
    left, right = box.x - box.width / 2, box.x + box.width / 2
    top, bottom = box.y - box.height / 2, box.y + box.height / 2
    # A cubic with its handles at 0.5523 of the way matches a quarter circle to 0.03 %.
    far = corner * (1 - 0.5523)
    x0, x1, x2, x3, x4, x5 = (f"{x:.6g}" for x in _along(left, right, corner, far))
    y0, y1, y2, y3, y4, y5 = (f"{y:.6g}" for y in _along(top, bottom, corner, far))
    return (
        f"M{x2},{y0}L{x3},{y0}C{x4},{y0},{x5},{y1},{x5},{y2}"
        f"L{x5},{y3}C{x5},{y4},{x4},{y5},{x3},{y5}"
        f"L{x2},{y5}C{x1},{y5},{x0},{y4},{x0},{y3}"
        f"L{x0},{y2}C{x0},{y1},{x1},{y0},{x2},{y0}Z"
    )


def _along(first: float, last: float, corner: float, far: float) -> tuple[float, ...]:
    """The coordinates of a rounded rectangle's points along one axis, in ascending order."""
    return first, first + far, first + corner, last - corner, last - far, last


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
        u, v, w, z = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
        x = u * a[0] + v * b[0] + w * c[0] + z * d[0]
        y = u * a[1] + v * b[1] + w * c[1] + z * d[1]
        points.append((round(x, 1), round(y, 1)))
    return tuple(points)


def beside(route: Sequence[Point], offset: float) -> tuple[Point, ...]:
    """A polyline shifted sideways: downwards, where it runs to the right."""
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


def crosses(route: Sequence[Point], left: float, top: float, right: float, bottom: float) -> bool:
    """True if a polyline enters a rectangle (clipping after Liang and Barsky, 1984)."""
    for (x, y), (u, v) in itertools.pairwise(route):
        beside = (x <= left and u <= left) or (x >= right and u >= right)
        if beside or (y <= top and v <= top) or (y >= bottom and v >= bottom):
            continue  # most segments end here, after one comparison
        enters, leaves = 0.0, 1.0
        for towards, room in (
            (x - u, x - left),
            (u - x, right - x),
            (y - v, y - top),
            (v - y, bottom - y),
        ):
            if towards == 0:
                if room <= 0:
                    break
            elif towards < 0:
                enters = max(enters, room / towards)
            else:
                leaves = min(leaves, room / towards)
        else:
            if enters < leaves:
                return True
    return False
