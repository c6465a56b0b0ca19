"""Scene -> Plotly figure: layers, and marks that live from one step to another.

A layer is one Plotly trace (SVG `scatter`), in drawing order. A mark is a piece of a layer (a
polygon, a line or a text) with the steps it is seen at. What a layer shows at step s is all its
marks with `first <= s < last`, so the whole animation is linear in the trace, one restyle a step
sets it, and the browser and `at` (for exports) do the same few lines.
"""

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from viz_app.knowledge import theme as themes
from viz_app.model import Frame, Link, Scene, Vertex
from viz_app.picture import face as cards
from viz_app.picture import layers
from viz_app.picture.face import Face
from viz_app.picture.notation import Reading
from viz_app.picture.shapes import Box, Point, beside, curve, head, outline, smooth

FOREVER: Final = 1 << 30
CORNER: Final = 9.0
HEAD: Final = 8.0
"""Length in pixels of an arrowhead."""
ARC_OFFSET: Final = 8.0
"""How far a backward arc runs beside the forward arrow it belongs to; below, if it can."""


class Mark(msgspec.Struct, frozen=True):
    """A piece of a layer, seen at the steps `first` to `last - 1`.

    `of` is the vertex it belongs to, or -1 - the link's index: what moves with what.
    """

    layer: int
    first: int
    last: int
    shape: Box | tuple[Point, ...]
    of: int
    text: str = ""


class Arc(msgspec.Struct, frozen=True):
    """The way a gradient takes back along one edge of the trace."""

    edge: int
    route: tuple[Point, ...]
    link: int


class Figure(msgspec.Struct, frozen=True):
    """The empty layers as a Plotly figure, all marks in drawing order, a face a vertex."""

    figure: dict[str, Any]
    marks: tuple[Mark, ...]
    arcs: tuple[Arc, ...]
    faces: Mapping[int, Face]


def draw(scene: Scene, theme: themes.Theme) -> Figure:
    """All layers and marks of a scene, deterministic."""
    reading = Reading(scene.trace)
    faces = cards.faces(scene.vertices, scene.frames, reading)
    arcs = {arc.edge: arc for arc in _arcs(scene, faces)}
    marks = [*_forward(scene, faces), *_backward(scene, faces, arcs)]
    return Figure(layers.empty(scene, theme), tuple(marks), tuple(arcs.values()), faces)


def at(figure: Figure, step: int) -> dict[str, Any]:
    """The whole Plotly figure as it looks at one step."""
    traces = []
    for index, empty in enumerate(figure.figure["data"]):
        shown = [m for m in figure.marks if m.layer == index and m.first <= step < m.last]
        traces.append({**empty, **content(shown, empty["mode"] == "text")})
    return {"data": traces, "layout": figure.figure["layout"]}


def content(marks: Sequence[Mark], text: bool) -> dict[str, list[Any]]:
    """x, y (and text) of one layer; None parts two pieces."""
    x: list[float | None] = []
    y: list[float | None] = []
    for mark in marks:
        points = outline(mark.shape)
        x += [point[0] for point in points]
        y += [point[1] for point in points]
        if not text:
            x.append(None)
            y.append(None)
    return {"x": x, "y": y, **({"text": [mark.text for mark in marks]} if text else {})}


def whole(link: Link, scene: Scene, faces: Mapping[int, Face]) -> tuple[Point, ...]:
    """A link's route from the border of one body to the border of the other."""
    source, target = scene.vertices[link.source], scene.vertices[link.target]
    start = source.x + faces[source.index].width / 2, source.y
    end = target.x - faces[target.index].width / 2, target.y
    inner = [p for p in link.route if start[0] + 0.5 < p[0] < end[0] - 0.5]
    return (start, *inner, end)


def _arcs(scene: Scene, faces: Mapping[int, Face]) -> Iterable[Arc]:
    results: dict[tuple[int, int], Vertex] = {}
    for link in scene.links:
        if link.kind == "result":
            card = scene.vertices[link.target]
            results.setdefault((link.source, card.nodes[0]), card)
    for link in scene.links:
        if link.edge is None or scene.trace.edges[link.edge].slot is None:
            continue
        source, disc = scene.vertices[link.source], scene.vertices[link.target]
        own = results.get((disc.index, scene.trace.edges[link.edge].target))
        any_card = next((card for (of, _), card in results.items() if of == disc.index), None)
        route = _arc(link, source, disc, own or any_card, scene, faces)
        yield Arc(link.edge, route, link.index)


def _arc(
    link: Link,
    source: Vertex,
    disc: Vertex,
    result: Vertex | None,
    scene: Scene,
    faces: Mapping[int, Face],
) -> tuple[Point, ...]:
    """From the result's card below the disc back to the operand's card."""

    def low(vertex: Vertex) -> float:
        return vertex.y + min(faces[vertex.index].height / 2 - 12, 28)

    face = faces[disc.index]
    bottom = disc.y + face.height / 2 + cards.ARC_DEPTH
    route = whole(link, scene, faces)
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


# Marks


def _births(frames: Sequence[Frame]) -> dict[int, int]:
    """The step at which each node appears."""
    births: dict[int, int] = {}
    for frame in frames:
        if frame.phase in ("forward", "update"):
            for node in frame.nodes:
                births.setdefault(node, frame.index)
    return births


def births(scene: Scene) -> Mapping[int, int]:
    """The step at which each vertex appears."""
    born = _births(scene.frames)
    return {v.index: min(born.get(n, 0) for n in v.nodes) for v in scene.vertices}


def rows(vertex: Vertex, face: Face) -> dict[str, list[Point]]:
    """Where the texts of a card stand: one point a row, by layer."""
    if not face.value:
        return {"names": [(vertex.x, vertex.y)]}
    y = vertex.y - face.height / 2 + 5 + themes.ROW / 2
    found = {"names": [(vertex.x, y)]}
    y += themes.ROW
    found["values"] = [(vertex.x, y + k * cards.LINE) for k in range(len(face.value))]
    y += themes.ROW + (len(face.value) - 1) * cards.LINE
    found["gradients"] = [(vertex.x, y + k * cards.LINE) for k in range(face.gradient_rows)]
    return found


def _forward(scene: Scene, faces: Mapping[int, Face]) -> Iterable[Mark]:
    born = births(scene)
    for link in scene.links:
        route = whole(link, scene, faces)
        first, of = max(born[link.source], born[link.target]), -1 - link.index
        if link.kind == "replaces":
            yield Mark(layers.place("replaces"), first, FOREVER, route, of)
            continue
        yield Mark(layers.place("ghost_lines"), 0, first, route, of)
        yield Mark(layers.place("edges"), first, FOREVER, route, of)
        yield Mark(layers.place("heads"), first, FOREVER, head(route, HEAD), of)
        if scene.frames and scene.frames[first].phase == "forward":
            yield Mark(layers.place("now_lines"), first, first + 1, route, of)
            yield Mark(layers.place("now_heads"), first, first + 1, head(route, HEAD + 2), of)
    layer = {"leaf": "leaves", "parameter": "leaves", "constant": "constants", "disc": "discs"}
    for vertex in scene.vertices:
        face, first = faces[vertex.index], born[vertex.index]
        of, body = vertex.index, _body(vertex, face)
        yield Mark(layers.place("ghost_boxes"), 0, first, body, of)
        yield Mark(layers.place(layer.get(face.style, "results")), first, FOREVER, body, of)
        yield Mark(layers.place("now_boxes"), first, first + 1, body, of)
        if vertex.kind == "disc":
            yield _text("symbols", of, first, (vertex.x, vertex.y), face.name)
            if face.above:
                place = vertex.x, vertex.y - face.height / 2 - 9
                yield _text("above", of, first, place, face.above)
            continue
        places = rows(vertex, face)
        yield _text("names", of, first, places["names"][0], face.name)
        for place, line in zip(places.get("values", ()), face.value, strict=False):
            yield _text("values", of, first, place, line)
        if face.note:
            place = vertex.x, vertex.y + face.height / 2 + 11
            yield _text("notes", of, first, place, face.note)


def _text(layer: str, of: int, first: int, place: Point, text: str, last: int = FOREVER) -> Mark:
    written = html.escape(text, quote=False)
    return Mark(layers.place(layer), first, last, (place,), of, written)


def _backward(scene: Scene, faces: Mapping[int, Face], arcs: Mapping[int, Arc]) -> Iterable[Mark]:
    born = births(scene)
    by_output = {(v.nodes[0], v.output): v for v in scene.vertices if v.kind == "card"}
    discs = {node: v for v in scene.vertices if v.kind == "disc" for node in v.nodes}
    starts = [frame.index for frame in scene.frames if frame.starts]
    factors = {edge: (v, k, text) for v in scene.vertices
               for k, (edge, text) in enumerate(faces[v.index].factors)}  # fmt: skip

    def ends(step: int) -> int:
        return next((start for start in starts if start > step), FOREVER)

    shown: dict[int, list[tuple[int, tuple[str, ...]]]] = {}
    for frame in scene.frames:
        step, until = frame.index, ends(frame.index)
        for change in frame.changes:
            card = by_output.get((change.node, change.output))
            if card is not None:
                shown.setdefault(card.index, []).append((step, cards.gradient(change)))
        if frame.phase not in ("backward", "accumulate"):
            continue
        for edge in frame.edges:
            if edge not in arcs:
                continue
            route, of = arcs[edge].route, -1 - arcs[edge].link
            if frame.phase == "backward":
                yield Mark(layers.place("arcs"), step + 1, until, route, of)
                yield Mark(layers.place("arc_heads"), step + 1, until, head(route, HEAD), of)
            yield Mark(layers.place("back_lines"), step, step + 1, route, of)
            yield Mark(layers.place("back_heads"), step, step + 1, head(route, HEAD + 3), of)
            if edge in factors and frame.phase == "backward":
                vertex, k, text = factors[edge]
                place = (
                    vertex.x,
                    vertex.y
                    + faces[vertex.index].height / 2
                    + cards.ARC_DEPTH
                    + 11
                    + k * cards.LABEL,
                )
                yield _text("factors_now", vertex.index, step, place, text, step + 1)
                yield _text("factors", vertex.index, step + 1, place, text, until)
        for vertex in _current(scene, frame, by_output, discs):
            body = _body(vertex, faces[vertex.index])
            yield Mark(layers.place("back_boxes"), step, step + 1, body, vertex.index)
    leaves = {v.index for v in scene.vertices if faces[v.index].style in ("leaf", "parameter")}
    for vertex in scene.vertices:
        face = faces[vertex.index]
        if not face.gradient_rows:
            continue
        places = rows(vertex, face)["gradients"]
        times = shown.get(vertex.index, [])
        blank = born[vertex.index]
        for k, (step, written) in enumerate(times):
            following = times[k + 1][0] if k + 1 < len(times) else FOREVER
            until = following if vertex.index in leaves else min(following, ends(step))
            yield _text("waiting", vertex.index, blank, places[0], "∇ ·", step)
            blank = until
            for row, line in enumerate(written):
                yield _text(
                    "gradients",
                    vertex.index,
                    step,
                    places[row],
                    f"∇ {line}" if row == 0 else f"  {line}",
                    until,
                )
            yield Mark(layers.place("reached"), step, until, _body(vertex, face), vertex.index)
        yield _text("waiting", vertex.index, blank, places[0], "∇ ·")


def _current(
    scene: Scene,
    frame: Frame,
    by_output: Mapping[tuple[int, int], Vertex],
    discs: Mapping[int, Vertex],
) -> Iterable[Vertex]:
    """The vertices a backward step is about: its disc and where it sends, or the leaf."""
    for node in frame.nodes:
        if node in discs:
            yield discs[node]
        elif (node, 0) in by_output:
            yield by_output[node, 0]
    if frame.phase == "backward":
        for index in frame.edges:
            edge = scene.trace.edges[index]
            if (edge.source, edge.output) in by_output:
                yield by_output[edge.source, edge.output]


def _body(vertex: Vertex, face: Face) -> Box:
    corner = face.height / 2 if vertex.kind == "disc" else CORNER
    return Box(vertex.x, vertex.y, face.width, face.height, corner)
