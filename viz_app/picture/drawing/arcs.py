"""The paths of gradients on their way back: one arc per edge, next to the arrow it belongs to."""

from collections.abc import Iterator
from itertools import dropwhile
from typing import Final

import msgspec

from viz_app.model import Link, Vertex
from viz_app.picture.drawing.geometry import (
    CORNER,
    CORNERS,
    Box,
    Point,
    beside,
    crosses,
    curve,
    smooth,
)
from viz_app.picture.layout import cards as cards
from viz_app.picture.scene import Scene

ARC_OFFSET: Final = 8.0
"""Distance in pixels of a backward arc from its forward arrow; below it, if there is room."""
NEAR: Final = 3.0
"""The same where there is little room."""
COLUMN: Final = 256.0
"""Width in pixels of the strips by which boxes are looked up."""


class Arc(msgspec.Struct, frozen=True):
    """The path of a gradient back along a link."""

    link: int
    route: tuple[Point, ...]


def small(connector: Link, scene: Scene) -> Box:
    """The small card at which a connector begins."""
    face = scene.faces[connector.source]
    (left, y), (right, _), *_ = connector.route
    wide, high = cards.stub_room(face)
    corner = high / 2 if face.style == "disc" else min(CORNERS.get(face.style, CORNER), high / 3)
    return Box((left + right) / 2, y, wide, high, corner)


def whole(link: Link, scene: Scene) -> tuple[Point, ...]:
    """A link's route from the border of one body to the border of the other."""
    source, target, faces = scene.vertices[link.source], scene.vertices[link.target], scene.faces
    if link.stub and not link.connector:
        end = target.x - faces[target.index].width / 2, link.route[-1][1]
        return (end[0] - (link.route[1][0] - link.route[0][0]), end[1]), end
    start = source.x + faces[source.index].width / 2, source.y
    if link.connector:
        start = link.route[1]
    end = target.x - faces[target.index].width / 2, target.y
    if link.bends:
        return start, *link.route[2 if link.connector else 0 :], end
    inner = [p for p in link.route if start[0] + 0.5 < p[0] < end[0] - 0.5]
    return (start, *inner, end)


def draw(scene: Scene) -> dict[int, Arc]:
    """The arc of each drawn edge of the trace that can carry a gradient, by the edge's id."""
    results: dict[tuple[int, int], Vertex] = {}
    any_result: dict[int, Vertex] = {}
    for link in scene.links:
        if link.kind == "result":
            card = scene.vertices[link.target]
            results.setdefault((link.source, card.nodes[0]), card)
            any_result.setdefault(link.source, card)
    found = {}
    boxes = _Boxes(scene)
    for link in scene.links:
        edges = [edge for edge in link.edges if scene.trace.edges[edge].slot is not None]
        if not edges:
            continue
        source, target = scene.vertices[link.source], scene.vertices[link.target]
        result = None
        if target.kind != "group" and not link.stub:
            own = results.get((target.index, scene.trace.edges[edges[0]].target))
            result = own or any_result.get(target.index)
        ends = {link.source, link.target, -1 - link.index}
        for route in _ways(link, source, target, result, scene):
            if not boxes.crossed(route, ends):
                break
        found.update({edge: Arc(link.index, route) for edge in edges})
    return found


class _Boxes:
    """The bodies of all boxes and connectors, looked up by position."""

    def __init__(self, scene: Scene) -> None:
        self.columns: dict[int, list[tuple[int, float, float, float, float]]] = {}
        bodies = [
            (v.index, Box(v.x, v.y, face.width, face.height, 0.0))
            for v in scene.vertices
            for face in [scene.faces[v.index]]
        ]
        bodies += [(-1 - it.index, small(it, scene)) for it in scene.links if it.connector]
        for index, body in bodies:
            left, right = body.x - body.width / 2, body.x + body.width / 2
            box = index, left, body.y - body.height / 2, right, body.y + body.height / 2
            for column in range(int(left // COLUMN), int(right // COLUMN) + 1):
                self.columns.setdefault(column, []).append(box)

    def crossed(self, route: tuple[Point, ...], but: set[int]) -> bool:
        """True if a route enters a box that is not one of its ends."""
        low, high = min(x for x, _ in route), max(x for x, _ in route)
        above, below = min(y for _, y in route), max(y for _, y in route)
        return any(
            top < below and bottom > above and index not in but
            and crosses(route, left, top, right, bottom)
            for column in range(int(low // COLUMN), int(high // COLUMN) + 1)
            for index, left, top, right, bottom in self.columns.get(column, ())
        )  # fmt: skip


def _ways(
    link: Link, source: Vertex, target: Vertex, result: Vertex | None, scene: Scene
) -> Iterator[tuple[Point, ...]]:
    """Routes from a link's end back to its start, the best first, and at least one."""
    if target.kind != "group" and not link.stub:
        yield from _arcs(link, source, target, result, scene)
    straight = whole(link, scene)
    # The forward arrow's own route crosses no box: the last resort.
    for by in (2 * ARC_OFFSET, NEAR, 0.0):
        yield tuple(reversed(beside(straight, by)))


def _arcs(
    link: Link, source: Vertex, disc: Vertex, result: Vertex | None, scene: Scene
) -> Iterator[tuple[Point, ...]]:
    """Routes from the result's card, below the disc, back to the operand's card, the best first.

    If the disc has no such card, because Python never saw its result, they begin at the disc.
    """
    faces = scene.faces

    def low(vertex: Vertex) -> float:
        return vertex.y + min(faces[vertex.index].height / 2 - 12, 28)

    face = faces[disc.index]
    bottom = disc.y + face.height / 2 + cards.ARC_DEPTH
    route = whole(link, scene)
    straight = all(abs(y - disc.y) < 1 for _, y in route)
    start = (
        (result.x - faces[result.index].width / 2, low(result))
        if result
        else (disc.x, disc.y + face.height / 2)
    )
    if straight and len(route) <= 4:
        end = source.x + faces[source.index].width / 2, low(source)
        control = (bottom - 0.125 * (start[1] + end[1])) / 0.75
        span = (start[0] - end[0]) / 4
        yield curve(start, (start[0] - span, control), (end[0] + span, control), end)
        return
    # A route that climbs over something has it below: there the arc runs above.
    over = min(y for _, y in route) < min(route[0][1], route[-1][1]) - ARC_OFFSET
    clear = disc.x - face.room[0] / 2
    for by in (-ARC_OFFSET, ARC_OFFSET) if over else (ARC_OFFSET, -ARC_OFFSET):
        shifted = beside(route[:-1], by)
        if link.bends:
            back = tuple(dropwhile(lambda p: p[0] > clear + 1, reversed(shifted)))
        else:
            back = tuple(p for p in reversed(shifted) if p[0] <= clear + 1)
        back = back or (shifted[0],)
        control = (bottom - 0.125 * (start[1] + back[0][1])) / 0.75
        span = (start[0] - back[0][0]) / 4
        stem = curve(start, (start[0] - span, control), (back[0][0] + span, control), back[0])
        yield smooth((*stem, *back[1:]))
