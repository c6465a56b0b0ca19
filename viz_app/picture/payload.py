"""Scene -> the browser's data, in one language and one theme.

Elements are sent once, and marks refer to them by index, so the payload is linear in the trace.
Formulas are sent as MathML; the browser builds it element by element from a whitelist. Each field
is explained in viz_app/browser.py.
"""

import hashlib
import html
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from viz_app import browser
from viz_app.knowledge.text import Text
from viz_app.knowledge.theme import MONO_ADVANCE, ON_PAPER_TOO
from viz_app.model import BACKWARD, Array, Change, FormulaPart, Frame, Link, Node, Vertex
from viz_app.picture.drawing import figure, flights, overview, pieces, styles
from viz_app.picture.explain import operation, views
from viz_app.picture.explain.boundary import boundary
from viz_app.picture.explain.no_gradient import Doctor
from viz_app.picture.layout.cards import flow_text, stub_room
from viz_app.picture.scene import Scene
from viz_app.picture.story import grad_life, questions
from viz_app.picture.words import formula, notation, sentence
from viz_app.picture.words.mathml import mathml
from viz_app.picture.words.sizes import norm, strange_word

TABLE_ELEMENTS = 24
"""Maximum number of a tensor's elements in a cell of the table."""
INSPECTOR_ELEMENTS = 128
"""The same for the inspector."""
EXPLAINED = 120
"""Maximum number of boxes of which those that are operations are explained in the inspector."""
GROUPED = 2_000
"""Maximum number of nodes of a folded group in which a view is looked for."""
LINE = 160
"""Maximum number of characters of a line of the program next to the picture."""
PARTS = 24
"""Maximum number of autograd nodes of one call that the inspector lists."""


def payload(scene: Scene, words: Text, theme: str = "light") -> browser.Picture:
    """The component's complete data. KeyError for an unknown theme or message key."""
    colours = ON_PAPER_TOO[theme]
    drawn = figure.draw(scene, colours, words)
    reading = scene.reading
    formulas: dict[str, int] = {}
    frames = _frames(scene, words, formulas)
    boxes = [(v.kind, v.group or reading.label(v.nodes[0], v.output)) for v in scene.vertices]
    links = [(link.source, link.target) for link in scene.links]
    travel, chips = _flights(drawn)
    passes = overview.passes(scene)
    chosen = next((one for one in passes if one.number == scene.chosen), None)
    ask = questions.opening(reading) if chosen is None else None
    pictures, pictured = _views(scene)
    body = browser.Picture(
        language=words.language,
        theme=theme,
        colours=msgspec.structs.asdict(colours),
        advance=MONO_ADVANCE,
        width=scene.width,
        height=scene.height,
        layers=styles.layers(colours),
        figure=drawn.figure,
        of=drawn.of,
        shape_marks=browser.table(
            browser.ShapeMarks,
            (
                (it.element, it.layer, it.first, it.last, it.weight)
                for it in drawn.marks
                if not it.text
            ),
        ),
        text_marks=browser.table(
            browser.TextMarks,
            # The browser writes text as text; only Plotly's own texts are partly HTML.
            (
                (it.element, it.layer, it.first, it.last, html.unescape(it.text))
                for it in drawn.marks
                if it.text
            ),
        ),
        flights=travel,
        chips=chips,
        constants=_constants(scene),
        vertices=tuple(
            msgspec.structs.replace(box, **pictured.get(place, {}))
            for place, box in enumerate(_vertices(scene, words, formulas))
        ),
        views=pictures,
        gradients=_gradients(scene),
        groups=overview.opened(scene, words),
        passes=passes,
        training=overview.training(scene, words),
        paths=overview.paths(scene),
        folded=overview.folded(scene),
        frames=frames,
        opens=_opens(frames) if chosen is None else chosen.first,
        ask=sentence.parts(ask, words) if ask else (),
        lines=_lines(scene),
        formulas=tuple(mathml(latex) for latex in formulas),
        words=words.table("stage"),
        structure=_hash(boxes, links, len(scene.frames)),
        drawn=_hash(drawn.figure),
        wrapped=any(link.bends for link in scene.links),
    )
    return msgspec.structs.replace(body, version=_hash(body))


def _hash(*values: object) -> str:
    return hashlib.sha256(msgspec.json.encode(values)).hexdigest()[:16]


def _constants(scene: Scene) -> tuple[int, ...]:
    """The constants and the links from them, as in `Picture.of`."""
    made = {link.target for link in scene.links}
    boxes = {
        vertex.index: None
        for vertex in scene.vertices
        if scene.faces[vertex.index].style == "constant" and vertex.index not in made
    }
    return (*boxes, *(-1 - link.index for link in scene.links if link.source in boxes))


def _opens(frames: Sequence[browser.Frame]) -> int:
    """The last step before the first backward pass."""
    backward = (place for place, frame in enumerate(frames) if frame.half == "backward")
    return max(0, next(backward, len(frames)) - 1)


def _lines(scene: Scene) -> dict[int, str]:
    """The lines that the steps are about."""
    lines = scene.trace.source.split("\n")
    about = {frame.span.line for frame in scene.frames if frame.span}
    return {
        line: notation.clean(lines[line - 1], LINE) for line in sorted(about) if line <= len(lines)
    }


def _flights(drawn: figure.Figure) -> tuple[browser.Flights, tuple[browser.Chip, ...]]:
    """The flights of all steps, and each number once."""
    chips: dict[flights.Chip, int] = {}
    found: list[tuple[int, int, int, int, int, int, bool]] = []
    for mark in drawn.marks:
        if (it := mark.flight) is None:
            continue
        before, after = (
            -1 if chip is None else chips.setdefault(chip, len(chips))
            for chip in (it.before, it.after)
        )
        found.append((mark.element, mark.first, before, after, it.via, it.to, it.late))
    table = browser.table(browser.Flights, found)
    return table, tuple(browser.Chip(chip.text, chip.grid) for chip in chips)


def _vertices(scene: Scene, words: Text, formulas: dict[str, int]) -> tuple[browser.Vertex, ...]:
    reading = scene.reading
    lines = scene.trace.source.split("\n")
    born = pieces.births(scene)
    doctor = reading.once(Doctor)
    kept = grad_life.kept(scene.trace)
    calls = {node: at for at, call in enumerate(scene.trace.calls) for node in call.nodes}
    rows = {vertex.index for vertex in _rows(scene).values()}
    found: list[browser.Vertex] = []
    for vertex in scene.vertices:
        place = _box(vertex, scene)
        if vertex.group is not None:
            found.append(overview.box(vertex, place, scene, born[vertex.index], words))
            continue
        nodes = [reading.nodes[index] for index in vertex.nodes]
        node = next((n for n in reversed(nodes) if n.kind == "op"), nodes[-1])
        part = vertex.kind == "disc" and len(nodes) == 1 and reading.inside(node)
        several = vertex.kind == "disc" and len(nodes) > 1
        value = node.values[vertex.output] if vertex.output < len(node.values) else None
        line = node.span.line if node.span else None
        known = line is not None and 0 < line <= len(lines)
        short = notation.text(value, TABLE_ELEMENTS) if value else ""
        long = value is not None and len(value.data) > TABLE_ELEMENTS
        operation = node.grad_fn or words(f"stage.kind_{node.kind}")
        parts = tuple(browser.Named(reading.label(n.id), n.grad_fn or "") for n in nodes[:PARTS])
        more = (browser.Named("…", ""),) * (len(nodes) > PARTS)
        found.append(
            browser.Vertex(
                id=_identity(vertex),
                kind="card" if vertex.kind == "card" else "disc",
                within=scene.home[vertex.index],
                box=place,
                first=born[vertex.index],
                name=reading.label(node.id, vertex.output),
                node=words(f"stage.kind_{node.kind}"),
                operation=operation,
                value=short,
                whole=notation.text(value, INSPECTOR_ELEMENTS) if long else short,
                type=_type(value, words),
                grad_fn=" · ".join(n.grad_fn for n in nodes if n.grad_fn),
                call=reading.expression(reading.part(node) if part else node)
                if part or node.kind == "op"
                else "",
                change=next((at for n in nodes if (at := calls.get(n.id)) is not None), None),
                line=line,
                source=notation.clean(lines[line - 1].strip(), 120) if known and line else "",
                size=None if value is None else overview.round_size(norm(value)),
                strange=strange_word(value),
                saved=tuple(
                    browser.Named(name, notation.text(array, TABLE_ELEMENTS))
                    for n in nodes
                    for name, array in n.saved
                ),
                freed=tuple(
                    grad_life.freed(scene.trace, kept[n.id], words) for n in nodes if n.id in kept
                ),
                asks=node.requires_grad,
                row=vertex.index in rows,
                opens=scene.calls[nodes[0].id] if several else None,
                folds=scene.home[vertex.index] if part else None,
                parts=parts + more if several else (),
                why=_why(vertex, doctor, words),
                **_operation(reading, node, words, formulas)
                if vertex.kind == "disc" and len(nodes) == 1 and len(found) < EXPLAINED
                else {},
            )
        )
    return tuple(found)


def _views(scene: Scene) -> tuple[tuple[browser.OperationView, ...], dict[int, dict[str, int]]]:
    """The pictures made for operations, and the fields of the boxes that have one, by index.

    A call's result has that of its call, a folded loop or module that of what it contains. The
    points of a classifier, its result and what contains that have what it says in the plane.
    """
    reading = scene.reading
    plane = boundary(reading)
    planned: int | None = None
    sends = {
        scene.trace.steps[frame.step].node: frame.index
        for frame in scene.frames
        if frame.step is not None
    }
    found: list[browser.OperationView] = []
    known: dict[tuple[int, ...], int | None] = {}
    boxes: dict[int, dict[str, int]] = {}
    for vertex in scene.vertices[:EXPLAINED]:
        members = vertex.nodes
        if vertex.kind == "card":
            node = reading.nodes[members[0]]
            members = reading.calls.get(node.call, members) if node.call is not None else members
        if members not in known:
            nodes = [reading.nodes[node] for node in members]
            view = _view(scene, vertex, nodes)
            known[members] = None if view is None else len(found)
            found += [] if view is None else [view]
            if view is None and plane is not None and plane.nodes & set(members):
                if planned is None:
                    planned = len(found)
                    found.append(plane.view)
                known[members] = planned
        if (at := known[members]) is not None:
            senders = (*members, *views.senders(reading, members))
            sent = max((sends[node] for node in senders if node in sends), default=0)
            boxes[vertex.index] = {"view": at, "sends": sent}
    return tuple(found), boxes


def _view(scene: Scene, vertex: Vertex, nodes: Sequence[Node]) -> browser.OperationView | None:
    if vertex.group is None:
        if nodes[0].kind in ("leaf", "parameter"):
            return views.of_leaf(scene.reading, nodes[0])
        return views.view(scene.reading, nodes)
    if len(nodes) > GROUPED:
        return None
    kind = scene.groups[vertex.group].kind
    if kind in ("loop", "iterations"):
        return views.iterations(scene.reading, nodes)
    return views.attention(scene.reading, nodes) if kind == "module" else None


def _operation(
    reading: notation.Reading, node: Node, words: Text, formulas: dict[str, int]
) -> dict[str, Any]:
    """The rules of an operation, and its curve with a sentence about it."""
    fields = {
        "rules": tuple(
            formulas.setdefault(latex, len(formulas)) for latex in operation.rules(reading, node)
        )
    }
    curve = operation.curve(reading, node)
    if curve is None:
        return fields
    numbers = msgspec.structs.asdict(curve.here[0])
    text = words(
        "picture.op_curve" if numbers["slope"] is not None else "picture.op_curve_flat",
        operand=curve.operand,
        **{key: notation.number(one) for key, one in numbers.items() if one is not None},
    )
    return {
        **fields,
        "curve": browser.OperationCurve(curve.operand, curve.xs, curve.ys, curve.here, text),
    }


def _rows(scene: Scene) -> dict[tuple[int, int], Vertex]:
    """The box that has each tensor's row in the table: its card, or, if Python never saw it, the
    disc that made it."""
    found = {(v.nodes[0], v.output): v for v in scene.vertices if v.kind == "card"}
    shown = {node for node, _ in found}
    for vertex in scene.vertices:
        node = scene.reading.nodes[vertex.nodes[0]]
        alone = vertex.kind == "disc" and len(vertex.nodes) == 1 and scene.reading.inside(node)
        if alone and node.id not in shown:
            found.update({(node.id, output): vertex for output in range(node.outputs)})
    return found


def _why(vertex: Vertex, doctor: Doctor, words: Text) -> browser.Why | None:
    """The reason why the tensor of a card has no gradient at the end, and the fix."""
    node = doctor.reading.nodes[vertex.nodes[0]]
    if vertex.kind == "disc" or notation.is_number(node):
        return None
    found = doctor.card(node.id, vertex.output)
    if found is None:
        return None
    why, mend = found.sentences
    return browser.Why(found.line, sentence.parts(why, words), sentence.parts(mend, words))


def _box(vertex: Vertex, scene: Scene) -> browser.Box:
    face = scene.faces[vertex.index]
    return browser.Box(vertex.x, vertex.y, vertex.width, vertex.height, face.width, face.height)


def _identity(vertex: Vertex) -> str:
    """The box's id in a link: the trace's node, and a card's output."""
    node = vertex.nodes[0]
    return f"{node}.{vertex.output}" if vertex.kind == "card" else str(node)


def _type(value: Array | None, words: Text) -> str:
    """A tensor's dtype and size: `float32 · 2 numbers`, `float32 · shape 4×4`."""
    if value is None:
        return ""
    dtype = value.dtype.removeprefix("torch.")
    sides = value.shape
    if not sides:
        return words("picture.type_one", dtype=dtype)
    if len(sides) == 1 and sides[0] > 1:
        return words("picture.type_several", dtype=dtype, count=sides[0])
    return words("picture.type_shape", dtype=dtype, shape=notation.shape(value))


def _gradients(scene: Scene) -> browser.Gradients:
    """The texts of the table's Gradient column, with their steps."""
    rows = _rows(scene)
    kinds = {node.id: node.kind for node in scene.trace.nodes}
    starts = [frame.index for frame in scene.frames if frame.starts]
    times: dict[int, list[tuple[int, str, float, str]]] = {}
    keeps = set()
    for frame in scene.frames:
        for change in frame.changes:
            card = rows.get((change.node, change.output))
            if card is None:
                continue
            leaf = kinds[change.node] in ("leaf", "parameter")
            if leaf:
                keeps.add(card.index)
            arriving = leaf or change.arrived < change.awaited
            if change.total is None and arriving and not change.emptied:
                continue
            array = change.total or next(iter(change.terms), None)
            text = "" if change.emptied else _gradient(change)
            entry = (frame.index, text, norm(array), strange_word(array))
            times.setdefault(card.index, []).append(entry)
    for vertex in scene.vertices:
        if vertex.group is not None:
            gradients = scene.flows[vertex.group].gradients
            times[vertex.index] = [
                (step, flow_text(size, "∇", word), size, word) for step, size, word in gradients
            ]
    found: list[tuple[int, int, int, str, float, str]] = []
    for index, shown in sorted(times.items()):
        for place, (step, text, size, word) in enumerate(shown):
            last = shown[place + 1][0] if place + 1 < len(shown) else pieces.FOREVER
            if index not in keeps:
                after = bisect_right(starts, step)
                last = min([last, *starts[after : after + 1]])
            if text:
                found.append((index, step, last, text, overview.round_size(size), word or ""))
    return browser.table(browser.Gradients, found)


def _gradient(change: Change) -> str:
    """The sum once the engine read it; a single term is its own sum."""
    if change.total is None and len(change.terms) > 1:
        rest = [] if change.arrived == len(change.terms) else ["…"]
        terms = [notation.text(term, TABLE_ELEMENTS) for term in change.terms]
        return " + ".join(terms + rest)
    array = change.total if change.total is not None else next(iter(change.terms), None)
    return notation.text(array, TABLE_ELEMENTS)


def _frames(scene: Scene, words: Text, formulas: dict[str, int]) -> tuple[browser.Frame, ...]:
    reading = scene.reading
    halves = list(_halves(scene.frames))
    sizes = Counter(halves)
    seen: Counter[tuple[browser.Half, int | None]] = Counter()
    where: dict[int, list[Vertex]] = {}
    for vertex in scene.vertices:
        for node in vertex.nodes:
            where.setdefault(node, []).append(vertex)
    about = {node: found[0].index for node, found in where.items()}
    boxes = {node: found[0].index for node, found in where.items() if found[0].kind == "group"}
    about |= {v.nodes[0]: v.index for v in reversed(scene.vertices) if v.kind == "card"}
    cards = {(v.nodes[0], v.output): v for v in scene.vertices if v.kind == "card"}
    stubs = {edge: link for link in scene.links if link.stub for edge in link.edges}
    found: list[browser.Frame] = []
    for frame, half in zip(scene.frames, halves, strict=True):
        seen[half] += 1
        about_box = -1
        if frame.nodes:
            about_box = boxes.get(frame.nodes[0], about.get(frame.nodes[-1], -1))
        found.append(
            browser.Frame(
                half=half[0],
                pass_number=half[1],
                place=seen[half],
                count=sizes[half],
                caption=sentence.parts(frame.message, words),
                formula=_written(frame.formula, formulas),
                span=browser.Span.of(frame.span) if frame.span else None,
                vertex=about_box,
                held=_held(frame, scene, where),
                products=_products(frame, scene, where, formulas),
                moment=scene.moments[frame.index],
                ask=questions.question(frame, cards, reading),
                focus=_focus(frame, scene, where, stubs),
            )
        )
    return tuple(found)


def _written(
    parts: Iterable[FormulaPart], formulas: dict[str, int]
) -> tuple[browser.Written | None, ...]:
    return tuple(
        browser.Written(formulas.setdefault(piece.latex, len(formulas)), piece.tone)
        if piece.latex
        else None
        for piece in parts
    )


def _products(
    frame: Frame,
    scene: Scene,
    where: Mapping[int, Sequence[Vertex]],
    formulas: dict[str, int],
) -> dict[int, tuple[browser.Written | None, ...]]:
    """The product of a backward step in numbers, at the disc of its operation."""
    if frame.phase != "backward" or frame.step is None:
        return {}
    discs = [v for v in where.get(frame.nodes[0], ()) if v.kind == "disc" and len(v.nodes) == 1]
    parts = formula.in_numbers(scene.reading, scene.trace.steps[frame.step]) if discs else ()
    return {v.index: _written(parts, formulas) for v in discs if parts}


def _held(
    frame: Frame, scene: Scene, where: Mapping[int, Sequence[Vertex]]
) -> dict[int, browser.Held]:
    """The changed `.grad` of each card that the step affects."""
    changes = {change.node: change for change in frame.changes}
    cards = [
        (v, change)
        for node, change in changes.items()
        for v in where.get(node, ())
        if v.kind == "card"
    ]
    if frame.phase == "accumulate" and frame.step is not None:
        step = scene.trace.steps[frame.step]
        added = next(iter(step.upstream), None)
        return {
            v.index: browser.Held(
                _text(step.before), _text(added), _text(step.accumulated or added)
            )
            for v, _ in cards
            if v.nodes[0] == step.node
        }
    if frame.phase == "write":
        return {
            v.index: browser.Held(_text(change.before), "", _text(change.total))
            for v, change in cards
        }
    return {}


def _text(array: Array | None) -> str | None:
    return None if array is None else notation.text(array, TABLE_ELEMENTS)


def _halves(frames: Iterable[Frame]) -> Iterator[tuple[browser.Half, int | None]]:
    """The half of each step, and its pass; an update belongs to the pass before it."""
    number = None
    for frame in frames:
        if frame.phase in BACKWARD:
            number = frame.pass_number
            yield "backward", number
        elif frame.phase == "update":
            yield "update", number
        else:
            yield "write" if frame.phase == "write" else "forward", frame.pass_number


def _break(scene: Scene) -> browser.Rectangle | None:
    """The first line at which the path of a gradient ends, with its boxes."""
    edges, vertices = scene.trace.edges, scene.vertices
    for link in scene.links:
        if any(scene.reading.breaks(edges[edge]) for edge in link.edges):
            ends = vertices[link.source], vertices[link.target]
            return browser.Rectangle(
                min(v.x - v.width / 2 for v in ends), min(v.y - v.height / 2 for v in ends),
                max(v.x + v.width / 2 for v in ends), max(v.y + v.height / 2 for v in ends),
            )  # fmt: skip
    return None


def _focus(
    frame: Frame, scene: Scene, where: Mapping[int, Sequence[Vertex]], stubs: Mapping[int, Link]
) -> browser.Rectangle:
    """The part of the picture that must be in view."""
    if frame.phase == "refused" and (broken := _break(scene)) is not None:
        return broken
    trace = scene.trace
    edges = [trace.edges[edge] for edge in frame.edges if edge not in stubs]
    nodes = set(frame.nodes)
    if frame.phase == "update" and len(nodes) == 1:  # and the value before
        nodes.update(old for node in frame.nodes if (old := trace.nodes[node].replaces) is not None)
    if frame.phase in ("sum", "accumulate"):  # and where that comes from
        nodes |= {edge.target for edge in edges}
    if frame.phase == "repeat":  # and where that goes
        nodes |= {trace.edges[edge].target for edge in frame.edges}
    seen = {v.index: v for node in nodes for v in where.get(node, ())}
    for edge in edges:
        vertices = where.get(edge.source, ())
        # The tensor's card, not the operation that made it.
        made = [v for v in vertices if v.kind == "card" and v.output == edge.output]
        seen |= {v.index: v for v in made or vertices}
    named = [
        link
        for edge in frame.edges
        if (link := stubs.get(edge)) is not None and link.connector and link.target in seen
    ]
    if frame.phase in ("forward", "repeat"):
        # The operation's own step has a small card of a leaf that is used here for the first time.
        for link in named:
            seen.pop(link.source, None)
    boxes = [
        (v.x - v.width / 2, v.y - v.height / 2, v.x + v.width / 2, v.y + v.height / 2)
        for v in seen.values()
    ]
    for link in named:
        (left, y), (right, _), *_ = link.route
        high = stub_room(scene.faces[link.source])[1]
        boxes.append((left, y - high / 2, right, y + high / 2))
    if not boxes:
        return browser.Rectangle(0.0, 0.0, scene.width, scene.height)
    columns = list(zip(*boxes, strict=True))
    return browser.Rectangle(min(columns[0]), min(columns[1]), max(columns[2]), max(columns[3]))
