"""The ways gradients take back: an arc for each edge, beside the arrow it belongs to."""

from typing import Final

import msgspec

from viz_app.model import Link, Vertex
from viz_app.picture import face as cards
from viz_app.picture.scene import Scene
from viz_app.picture.shapes import Point, beside, curve, smooth

ARC_OFFSET: Final = 8.0
"""How far a backward arc runs beside the forward arrow it belongs to; below, if it can."""


class Arc(msgspec.Struct, frozen=True):
    """The way a gradient takes back along a link."""

    link: int
    route: tuple[Point, ...]


def whole(link: Link, scene: Scene) -> tuple[Point, ...]:
    """A link's route from the border of one body to the border of the other."""
    source, target, faces = scene.vertices[link.source], scene.vertices[link.target], scene.faces
    if link.stub:
        end = target.x - faces[target.index].width / 2, link.route[-1][1]
        return (end[0] - (link.route[1][0] - link.route[0][0]), end[1]), end
    start = source.x + faces[source.index].width / 2, source.y
    end = target.x - faces[target.index].width / 2, target.y
    inner = [p for p in link.route if start[0] + 0.5 < p[0] < end[0] - 0.5]
    return (start, *inner, end)


def draw(scene: Scene) -> dict[int, Arc]:
    """The arc of each of the trace's edges that is drawn and that a gradient can take."""
    results: dict[tuple[int, int], Vertex] = {}
    any_result: dict[int, Vertex] = {}
    for link in scene.links:
        if link.kind == "result":
            card = scene.vertices[link.target]
            results.setdefault((link.source, card.nodes[0]), card)
            any_result.setdefault(link.source, card)
    found = {}
    for link in scene.links:
        edges = [edge for edge in link.edges if scene.trace.edges[edge].slot is not None]
        if not edges:
            continue
        source, target = scene.vertices[link.source], scene.vertices[link.target]
        if target.kind == "group" or link.stub:
            route = tuple(reversed(beside(whole(link, scene), 2 * ARC_OFFSET)))
        else:
            own = results.get((target.index, scene.trace.edges[edges[0]].target))
            route = _arc(link, source, target, own or any_result.get(target.index), scene)
        found.update({edge: Arc(link.index, route) for edge in edges})
    return found


def _arc(
    link: Link,
    source: Vertex,
    disc: Vertex,
    result: Vertex | None,
    scene: Scene,
) -> tuple[Point, ...]:
    """From the result's card below the disc back to the operand's card."""
    faces = scene.faces

    def low(vertex: Vertex) -> float:
        return vertex.y + min(faces[vertex.index].height / 2 - 12, 28)

    face = faces[disc.index]
    bottom = disc.y + face.height / 2 + cards.ARC_DEPTH
    route = whole(link, scene)
    straight = all(abs(y - disc.y) < 1 for _, y in route)
    right = disc.x + face.width / 2
    start = (
        (result.x - faces[result.index].width / 2, low(result)) if result else (right, disc.y + 8)
    )
    if straight and len(route) <= 4:
        end = source.x + faces[source.index].width / 2, low(source)
        control = (bottom - 0.125 * (start[1] + end[1])) / 0.75
        span = (start[0] - end[0]) / 4
        return curve(start, (start[0] - span, control), (end[0] + span, control), end)
    # A route that climbs over something has it below: there the arc runs above.
    over = min(y for _, y in route) < min(route[0][1], route[-1][1]) - ARC_OFFSET
    aside = beside(route[:-1], -ARC_OFFSET if over else ARC_OFFSET)
    clear = disc.x - face.room[0] / 2
    back = tuple(p for p in reversed(aside) if p[0] <= clear + 1) or (aside[0],)
    control = (bottom - 0.125 * (start[1] + back[0][1])) / 0.75
    span = (start[0] - back[0][0]) / 4
    stem = curve(start, (start[0] - span, control), (back[0][0] + span, control), back[0])
    return smooth((*stem, *back[1:]))
