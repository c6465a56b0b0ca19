"""Scene -> pieces: every shape and text of the picture, its layer, and the steps it is visible
at."""

import bisect
import math
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Final

import msgspec

from viz_app.knowledge import theme as themes
from viz_app.model import Frame, Link, Message, Vertex
from viz_app.picture.drawing import arcs
from viz_app.picture.drawing import styles as layers
from viz_app.picture.drawing.arcs import Arc
from viz_app.picture.drawing.flights import Flight, Flights
from viz_app.picture.drawing.geometry import CORNER, CORNERS, Box, Point, head
from viz_app.picture.layout import cards as cards
from viz_app.picture.layout.cards import Face
from viz_app.picture.layout.tensor_block import LINE, SIGN, Block
from viz_app.picture.scene import Scene
from viz_app.picture.words import notation
from viz_app.picture.words.notation import clean

STUB_NAME: Final = 6
"""Maximum number of characters of a name next to a stub."""
STRANGE: Final = ("nan", "inf")
FOREVER: Final = 1 << 30
DECADES: Final = 4
"""Orders of magnitude below the largest gradient at which an arc has its least width."""
HEAD: Final = 8.0
"""Length in pixels of an arrowhead."""
LEAVES: Final = ("leaf", "parameter")
SENDER: Final = 5.0
"""Pixels left and right of the name of an operation at a card's foot, and between two."""
SENDER_HEIGHT: Final = 15.0
"""Height in pixels of such an operation's disc."""


class Piece(msgspec.Struct, frozen=True):
    """A layer of one shape or text, visible at the steps `first` to `last - 1`.

    `of` is the vertex it moves with, or -1 - the link's index. `weight` is the weight of a
    gradient's arc, from 0 (lightest) to 1, or the opacity of a cell. A piece without text is a
    shape. `flight` is what travels along it when it appears.
    """

    layer: int
    first: int
    last: int
    shape: Box | tuple[Point, ...]
    of: int
    text: str | Message = ""
    weight: float | None = None
    flight: Flight | None = None


def pieces(scene: Scene) -> tuple[Piece, ...]:
    """All pieces of a scene; the pieces of one box or link are in drawing order, the lowest
    first."""
    travels = Flights(scene)
    senders = _senders(scene)
    born = births(scene)
    forward = _forward(scene, born, travels, senders)
    return (*forward, *_backward(scene, born, arcs.draw(scene), travels, senders))


def _births(frames: Sequence[Frame]) -> dict[int, int]:
    """The step at which each node appears."""
    births: dict[int, int] = {}
    for frame in frames:
        if frame.phase in ("forward", "update"):
            for node in frame.nodes:
                births.setdefault(node, frame.index)
    return births


def births(scene: Scene) -> Mapping[int, int]:
    """The step at which each vertex appears; vertices made after the last pass appear at the
    end."""
    born = _births(scene.frames)
    end = max(0, len(scene.frames) - 1)
    nodes = scene.trace.nodes

    def untold(vertex: Vertex) -> int:
        made = any(nodes[n].replaces is not None or nodes[n].kind == "op" for n in vertex.nodes)
        return end if made else 0

    found = {}
    for v in scene.vertices:
        steps = [born[n] for n in v.nodes if n in born]
        found[v.index] = min(steps) if steps else untold(v)
    return found


class Tones(msgspec.Struct, frozen=True):
    """The layers of a tensor's lines, numbers, and cells above and below zero."""

    lines: str
    plus: str
    minus: str


VALUE: Final = Tones("values", "value_cells", "value_minus_cells")
GRADIENT: Final = Tones("gradients", "gradient_cells", "gradient_minus_cells")


def name_row(vertex: Vertex, face: Face) -> float:
    """The y coordinate of a card's name: the middle of its row."""
    return vertex.y - face.height / 2 + 5 + themes.ROW / 2 if face.value else vertex.y


def _block(
    block: Block, tones: Tones, vertex: Vertex, top: float, first: int, last: int = FOREVER
) -> Iterable[Piece]:
    """The pieces of a tensor's block, downwards from a row's upper edge."""
    of, x = vertex.index, vertex.x
    y = top + themes.ROW / 2
    for k, line in enumerate(block.lines):
        yield _text(tones.lines, of, first, (x, y + k * LINE), line, last)
    if not block.cells:
        return
    wide, high = block.cell
    left = x - len(block.cells[0]) * wide / 2
    bottom = top + block.height - (themes.ROW - LINE) / 2
    upper = bottom - len(block.cells) * high
    if tones is GRADIENT and not block.lines:
        yield _text(tones.lines, of, first, (left - SIGN / 2, upper + high / 2), "∇", last)
    for row, cells in enumerate(block.cells):
        for column, cell in enumerate(cells):
            middle = round(left + (column + 0.5) * wide, 1), round(upper + (row + 0.5) * high, 1)
            layer = layers.place(tones.minus if cell.minus else tones.plus)
            body = Box(*middle, wide, high, 0.0)
            yield Piece(layer, first, last, body, of, weight=cell.tint)
            if cell.text:
                yield _text("cells", of, first, middle, cell.text, last)


def _forward(
    scene: Scene,
    born: Mapping[int, int],
    travels: Flights,
    senders: Mapping[int, Mapping[int, Sequence[str]]],
) -> Iterable[Piece]:
    faces, born_in = scene.faces, _births(scene.frames)
    # At the step of its first use, a leaf of which the operation has only a connector is in view.
    elsewhere = {
        link.source
        for link in scene.links
        if link.connector
        and born[link.source] == born[link.target]
        and any(node in born_in for node in scene.vertices[link.source].nodes)
    }
    for link in scene.links:
        route = arcs.whole(link, scene)
        first, of = max(born[link.source], born[link.target]), -1 - link.index
        if link.kind == "replaces":
            yield Piece(layers.place("replaces"), first, FOREVER, route, of)
            continue
        broken = any(scene.reading.breaks(scene.trace.edges[edge]) for edge in link.edges)
        if link.kind == "cut" or broken:
            yield Piece(layers.place("cuts"), first, FOREVER, route, of)
            x, y = route[len(route) // 2 - 1]
            middle = ((x + route[len(route) // 2][0]) / 2, (y + route[len(route) // 2][1]) / 2)
            yield _text("scissors", of, first, middle, "✂")  # the card names the operation that cut
        if link.kind == "cut":
            continue
        yield Piece(layers.place("ghost_lines"), 0, first, route, of)
        if not broken:
            yield Piece(layers.place("edges"), first, FOREVER, route, of)
        if link.connector:
            source, body = faces[link.source], arcs.small(link, scene)
            style = "copied_leaves" if source.style in LEAVES else "copies"
            yield Piece(layers.place("ghost_boxes"), 0, first, body, of)
            yield Piece(layers.place(style), first, FOREVER, body, of)
            if link.source in elsewhere and born[link.source] == born[link.target]:
                yield Piece(layers.place("now_boxes"), first, first + 1, body, of)
            yield _text("far_names", of, first, _far(body, 0), cards.stub_name(source))
            if source.short:
                yield _text("far_values", of, first, _far(body, 1), source.short)
        elif link.stub:
            name = clean(faces[link.source].name.removeprefix("▸ "), STUB_NAME)
            yield _text("above", of, first, (route[0][0], route[0][1] - 6), name)
        pointed = head(route, HEAD)
        yield Piece(layers.place("heads"), first, FOREVER, pointed, of)
        if scene.frames and scene.frames[first].phase == "forward":
            now, flight = layers.place("now_lines"), travels.forward(link)
            yield Piece(now, first, first + 1, route, of, flight=flight)
            yield Piece(layers.place("now_heads"), first, first + 1, pointed, of)
    styles = {
        "leaf": "leaves",
        "parameter": "leaves",
        "constant": "constants",
        "cut": "cut_off",
        "disc": "discs",
        "group": "groups",
    }
    for vertex in scene.vertices:
        face, first = faces[vertex.index], born[vertex.index]
        of, body = vertex.index, _body(vertex, face)
        if vertex.kind == "group":
            behind = Box(body.x + cards.STACK, body.y - cards.STACK, *_size(body), body.corner)
            yield Piece(layers.place("sheets"), first, FOREVER, behind, of)
        yield Piece(layers.place("ghost_boxes"), 0, first, body, of)
        yield Piece(layers.place(styles.get(face.style, "results")), first, FOREVER, body, of)
        if vertex.index not in elsewhere and any(node in born_in for node in vertex.nodes):
            yield Piece(layers.place("now_boxes"), first, first + 1, body, of)
        if vertex.kind == "disc":
            yield _text("symbols", of, first, (vertex.x, vertex.y), face.name)
            y = vertex.y - face.height / 2 - 9
            if face.note:
                yield _text("above", of, first, (vertex.x, y), face.note)
                y -= cards.LABEL
            if face.above:
                yield _text("functions", of, first, (vertex.x, y), face.above)
            continue
        y = name_row(vertex, face)
        if vertex.kind == "group" and first:
            yield _text("above", of, 0, (vertex.x, y), face.name, first)
        yield _text("names", of, first, (vertex.x, y), face.name)
        if face.value:
            yield from _block(face.value, VALUE, vertex, y + themes.ROW / 2, first)
            if face.value.ill in STRANGE:
                yield Piece(layers.place("strange"), first, FOREVER, body, of)
        if face.above:
            place = vertex.x, vertex.y - face.height / 2 - cards.STACK - 9
            yield _text("above", of, first, place, face.above)
        if face.note:
            place = vertex.x, vertex.y + face.height / 2 + (8 - face.foot if face.foot else 11)
            note_layers = {"group": "warnings", "leaf": "notes", "parameter": "notes"}
            layer_of_note = note_layers.get(face.style, "above")
            # Where the senders are named instead, the note makes room.
            begins = first
            for step in senders.get(vertex.index, ()) if face.foot else ():
                if step > begins:
                    yield _text(layer_of_note, of, begins, place, face.note, step)
                begins = max(begins, step + 1)
            yield _text(layer_of_note, of, begins, place, face.note)


def _far(body: Box, row: int) -> Point:
    """The position of a row of a connector: name, value, gradient."""
    return body.x, body.y - body.height / 2 + cards.STUB_PADDING / 2 + (row + 0.5) * cards.LABEL


def _text(
    layer: str, of: int, first: int, place: Point, text: str | Message, last: int = FOREVER
) -> Piece:
    return Piece(layers.place(layer), first, last, (place,), of, text or " ")


def _backward(
    scene: Scene,
    born: Mapping[int, int],
    ways: Mapping[int, Arc],
    travels: Flights,
    senders: Mapping[int, Mapping[int, Sequence[str]]],
) -> Iterable[Piece]:
    faces = scene.faces
    by_output = {(v.nodes[0], v.output): v for v in scene.vertices if v.kind == "card"}
    discs = {node: v for v in scene.vertices if v.kind != "card" for node in v.nodes}
    starts = [frame.index for frame in scene.frames if frame.starts]
    factors: dict[int, list[tuple[Vertex, int, str]]] = {}
    for v in scene.vertices:
        for k, (edge, text) in enumerate(faces[v.index].factors):
            factors.setdefault(edge, []).append((v, k, text))
    links = {edge: link for link in scene.links for edge in link.edges}
    named = {edge for edge, link in links.items() if link.connector}
    repeats = {edge: both for v in scene.vertices for edge, *both in faces[v.index].repeats}

    weights = _weights(scene, ways)

    def ends(step: int) -> int:
        after = bisect.bisect_right(starts, step)
        return starts[after] if after < len(starts) else FOREVER

    changed: dict[int, list[int]] = {}
    for frame in scene.frames:
        step, until = frame.index, ends(frame.index)
        for change in frame.changes:
            card = by_output.get((change.node, change.output))
            if card is not None:
                changed.setdefault(card.index, []).append(step)
        if frame.phase in ("forward", "update"):
            continue
        if frame.phase == "repeat":
            yield from _repeat(scene, frame, by_output, factors, repeats, links)
            continue
        along: dict[int, list[int]] = {}
        for edge in frame.edges:
            if edge in ways:
                along.setdefault(ways[edge].link, []).append(edge)
        drawn = set()
        for edge in frame.edges:
            # What reaches a leaf from a connector comes from elsewhere.
            if edge not in ways or (frame.phase == "accumulate" and edge in named):
                continue
            arc, of = ways[edge], -1 - ways[edge].link
            if arc.link not in drawn:
                drawn.add(arc.link)
                weight = weights.get((step, arc.link))
                pointed = head(arc.route, HEAD)
                if frame.phase == "backward":
                    past = [(layers.place("arcs"), arc.route)]
                    past.append((layers.place("arc_heads"), pointed))
                    for layer, shape in past:
                        yield Piece(layer, step + 1, until, shape, of, weight=weight)
                now = layers.place("back_lines")
                flight = travels.backward(frame, tuple(along[arc.link]), scene.links[arc.link])
                yield Piece(now, step, step + 1, arc.route, of, flight=flight)
                yield Piece(layers.place("back_heads"), step, step + 1, pointed, of)
            for vertex, k, text in factors.get(edge, ()):
                if frame.phase == "backward":
                    place = _row(vertex, faces[vertex.index], k)
                    yield _text("factors_now", vertex.index, step, place, text, step + 1)
                    yield _text("factors", vertex.index, step + 1, place, text, until)
            if frame.phase == "sum" and edge in factors and edge in repeats:
                vertex, k, _ = factors[edge][0]
                place = _row(vertex, faces[vertex.index], k)
                yield _text("factors_now", vertex.index, step, place, repeats[edge][1], step + 1)
        if frame.phase in ("backward", "sum"):
            for at in dict.fromkeys(links[it].index for it in frame.edges if it in named):
                small = arcs.small(scene.links[at], scene)
                yield Piece(layers.place("back_boxes"), step, step + 1, small, -1 - at)
        for vertex in _current(scene, frame, by_output, discs, named):
            body = _body(vertex, faces[vertex.index])
            yield Piece(layers.place("back_boxes"), step, step + 1, body, vertex.index)
    for index, steps in senders.items():
        for step, names in steps.items():
            yield from _from_afar(scene.vertices[index], faces[index], step, names)
    shown = {  # a card without numbers has no gradients either
        index: [(step, *texts) for step, texts in zip(steps, faces[index].gradients, strict=False)]
        for index, steps in changed.items()
    }
    for vertex in scene.vertices:
        if vertex.group is not None:
            for step, size, word in scene.flows[vertex.group].gradients:
                ill = word or "0" * (size == 0)
                line = cards.flow_text(size, "∇", word)
                size_now = Block((line,), ill=ill)
                shown.setdefault(vertex.index, []).append((step, size_now, line))
    leaves = {v.index for v in scene.vertices if faces[v.index].style in ("leaf", "parameter")}
    far: dict[int, list[Link]] = {}
    for link in scene.links:
        if link.connector:
            far.setdefault(link.source, []).append(link)
    for vertex in scene.vertices:
        face = faces[vertex.index]
        if not face.value or not face.gradient_height:
            continue
        top = name_row(vertex, face) + themes.ROW / 2 + face.value.height
        wait = vertex.x, top + themes.ROW / 2
        times = shown.get(vertex.index, [])
        blank = born[vertex.index]
        for k, (step, gradient, line) in enumerate(times):
            following = times[k + 1][0] if k + 1 < len(times) else FOREVER
            until = following if vertex.index in leaves else min(following, ends(step))
            for link in far.get(vertex.index, ()):
                used, of = max(step, born[link.target]), -1 - link.index
                if used < until:
                    small = arcs.small(link, scene)
                    yield _text("far_gradients", of, used, _far(small, 2), line, until)
                    if gradient != cards.EMPTIED:
                        yield Piece(layers.place("reached"), used, until, small, of)
            if gradient == cards.EMPTIED:
                yield _text("waiting", vertex.index, blank, wait, "∇ ·", step)
                yield _text("waiting", vertex.index, step, wait, gradient.lines[0], until)
                blank = until
                continue
            yield _text("waiting", vertex.index, blank, wait, "∇ ·", step)
            blank = until
            yield from _block(gradient, GRADIENT, vertex, top, step, until)
            body = _body(vertex, face)
            yield Piece(layers.place("reached"), step, until, body, vertex.index)
            if gradient.ill:
                layer = layers.place("strange" if gradient.ill in STRANGE else "zeros")
                yield Piece(layer, step, until, body, vertex.index)
        yield _text("waiting", vertex.index, blank, wait, "∇ ·")


def _row(disc: Vertex, face: Face, row: int) -> Point:
    """The position of the factor of one of an operation's operands."""
    return disc.x, disc.y + face.height / 2 + cards.ARC_DEPTH + 11 + row * cards.LABEL


def _senders(scene: Scene) -> dict[int, dict[int, tuple[str, ...]]]:
    """The operations whose gradients arrive over connectors, by card and step."""
    cards_of = {(v.nodes[0], v.output): v.index for v in scene.vertices if v.kind == "card"}
    senders = {node: v for v in scene.vertices if v.kind != "card" for node in v.nodes}
    named = {edge for link in scene.links if link.connector for edge in link.edges}
    found: dict[int, dict[int, tuple[str, ...]]] = {}
    for frame in scene.frames:
        if frame.phase != "accumulate":
            continue
        names: dict[int, dict[int, str]] = {}
        for index in frame.edges:
            edge = scene.trace.edges[index]
            card, sender = cards_of.get((edge.source, edge.output)), senders.get(edge.target)
            if index in named and card is not None and sender is not None:
                names.setdefault(card, {})[sender.index] = scene.faces[sender.index].name
        for card, several in names.items():
            found.setdefault(card, {})[frame.index] = tuple(several.values())
    return found


def _from_afar(card: Vertex, face: Face, step: int, names: Sequence[str]) -> Iterable[Piece]:
    """The discs that sent a gradient to a card over connectors, in small at its foot, or above a
    card without one."""
    if face.foot:
        y = card.y + (face.height - face.foot) / 2 - 1
    elif face.room[1] >= face.height + 2 * SENDER_HEIGHT:
        y = card.y - (face.height + SENDER_HEIGHT) / 2 - 2
    else:
        return
    advance = (themes.SMALL + 1) * themes.SANS_ADVANCE

    def wide(name: str) -> float:
        return notation.columns(name) * advance + 2 * SENDER

    room = face.width - 2 * advance - 2 * SENDER
    kept = [notation.fitted(names[0], max(1, int((room - 2 * SENDER) / advance)))]
    for place, name in enumerate(names[1:], 1):
        more = [wide(f"+{len(names) - place - 1}")] if place + 1 < len(names) else []
        if sum(map(wide, (*kept, name))) + sum(more) + SENDER * len(kept) > room:
            kept.append(f"+{len(names) - place}")
            break
        kept.append(name)
    left = card.x - (2 * advance + sum(map(wide, kept)) + SENDER * (len(kept) - 1)) / 2
    yield _text("factors_now", card.index, step, (left + advance / 2, y), "←", step + 1)
    left += 2 * advance
    for name in kept:
        middle = round(left + wide(name) / 2, 1)
        body = Box(middle, y, round(wide(name), 1), SENDER_HEIGHT, SENDER_HEIGHT / 2)
        for layer in ("discs", "back_boxes"):
            yield Piece(layers.place(layer), step, step + 1, body, card.index)
        yield _text("factors_now", card.index, step, (middle, y), name, step + 1)
        left += wide(name) + SENDER


def _repeat(
    scene: Scene,
    frame: Frame,
    by_output: Mapping[tuple[int, int], Vertex],
    factors: Mapping[int, Sequence[tuple[Vertex, int, str]]],
    repeats: Mapping[int, Sequence[str]],
    links: Mapping[int, Link],
) -> Iterable[Piece]:
    """The broadcast operand's card, its path to the operation, and the shape it gets there."""
    step = frame.index
    for edge in frame.edges:
        source = by_output.get((scene.trace.edges[edge].source, scene.trace.edges[edge].output))
        if edge in links and links[edge].connector:
            small, of = arcs.small(links[edge], scene), -1 - links[edge].index
            yield Piece(layers.place("now_boxes"), step, step + 1, small, of)
        elif source is not None:
            body = _body(source, scene.faces[source.index])
            yield Piece(layers.place("now_boxes"), step, step + 1, body, source.index)
        if edge in repeats:
            vertex, k, _ = factors[edge][0]
            place = _row(vertex, scene.faces[vertex.index], k)
            yield _text("repeats", vertex.index, step, place, repeats[edge][0], step + 1)
        if edge in links:
            route, of = arcs.whole(links[edge], scene), -1 - links[edge].index
            yield Piece(layers.place("now_lines"), step, step + 1, route, of)
            yield Piece(layers.place("now_heads"), step, step + 1, head(route, HEAD), of)


def _weights(scene: Scene, ways: Mapping[int, Arc]) -> dict[tuple[int, int], float]:
    """The weight of each frame's arcs, by the norm of what they carry, over four decades.

    Empty where all gradients are of one order of magnitude: there is no difference to show.
    """
    sizes: dict[tuple[int, int], float] = {}
    for step, sends in scene.sends:
        for edge, size in sends:
            if edge in ways and size > 0:
                key = step, ways[edge].link
                sizes[key] = math.hypot(sizes.get(key, 0.0), size)
    if not sizes or max(sizes.values()) < 10 * min(sizes.values()):
        return {}
    most = math.log10(max(sizes.values()))
    least = max(most - DECADES, math.log10(min(sizes.values())))
    return {
        key: round(max(0.0, (math.log10(size) - least) / (most - least)), 2)
        for key, size in sizes.items()
    }


def _size(body: Box) -> tuple[float, float]:
    return body.width, body.height


def _current(
    scene: Scene,
    frame: Frame,
    by_output: Mapping[tuple[int, int], Vertex],
    discs: Mapping[int, Vertex],
    named: Set[int],
) -> Iterable[Vertex]:
    """The vertices that a backward step is about: its disc and where it sends, or the leaf.

    One that is only `named` at its edge is elsewhere.
    """
    for node in frame.nodes:
        if node in discs:
            yield discs[node]
        elif (node, 0) in by_output:
            yield by_output[node, 0]
    if frame.phase in ("backward", "sum"):
        for index in frame.edges:
            edge = scene.trace.edges[index]
            if index not in named and (edge.source, edge.output) in by_output:
                yield by_output[edge.source, edge.output]


def _body(vertex: Vertex, face: Face) -> Box:
    corner = face.height / 2 if vertex.kind == "disc" else CORNERS.get(face.style, CORNER)
    return Box(vertex.x, vertex.y, face.width, face.height, corner)
