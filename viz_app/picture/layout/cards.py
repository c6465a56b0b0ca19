"""The text of each card and disc, and the room it needs, measured before the layout.

A character's width is that of the widest font a browser may choose, so nothing that fits here
overlaps there. Widths are rounded up, so that another number rarely moves the picture.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from viz_app.knowledge import text, theme
from viz_app.model import Array, Change, Frame, Group, Message, Node, Vertex, Word
from viz_app.picture.layout.tensor_block import Block, block, sized, width
from viz_app.picture.story import broadcast_frames
from viz_app.picture.story.folded_story import Flow
from viz_app.picture.words import formula, notation, sentence
from viz_app.picture.words.notation import Reading
from viz_app.picture.words.sizes import strange_word

FULL_CARDS = 60
"""Maximum number of cards that show their numbers; beyond it, names only, numbers on hover."""
QUANTUM = 18.0
"""Widths are multiples of this."""
SPARE = 2 * QUANTUM
"""Pixels by which a card may stay wider than needed when its number changes."""
PADDING = 12.0
NARROW_QUANTUM, NARROW_PADDING = 6.0, 8.0
"""The same in a narrow frame, where an operation and its operands are seen together."""
LEAST, LEAST_ROW = 90.0, 108.0
"""Least widths in pixels of a card with a gradient, for one number and for several: another number
rarely makes it wider."""
TERMS = 28
"""Maximum number of characters of a sum; a longer one shows its number of terms."""
ARC_DEPTH = 24.0
"""Distance in pixels between a disc and the backward arc below it."""
OVERHANG = 18.0
"""Pixels by which a `grad_fn` may extend into the gaps left and right of its disc, in total."""
STACK = 5.0
"""Offset in pixels of the second sheet behind a folded group."""
LABEL = 15.0
"""Height in pixels of a row of small text."""

OPENS = "▸"
"""The sign of things that open: a folded group, a call of several autograd nodes."""

NAME = 18
"""Maximum number of columns of a card's name; the inspector and the tip show all of it."""
FACTOR = 34
"""Maximum number of characters of a local factor with its operand; a longer one is in the formula
only."""
NARROW_FACTOR = 16
"""The same in a narrow frame, where a longer one has a row of its own below its operand."""
TARGET = 14
"""Maximum number of columns of the operand's name before its factor, where gradients leave by
several edges."""

STUB = 15
"""Maximum number of columns of the source's name at a connector."""
STUB_PADDING = 8.0
"""Pixels inside a connector's border, in total above and below, and on each side."""
FOOT = 17.0
"""Height in pixels of the row below a card's numbers in a narrow frame."""
STUB_NUMBERS = 16
"""Maximum number of columns of its value and gradient there; a longer one has its shape only."""

Style = str
"""leaf, parameter, constant, cut (made by `detach` or under `no_grad`), result, disc or group."""


class Face(msgspec.Struct, frozen=True):
    """The texts of one vertex and its sizes in pixels at scale 1.

    `gradient_height` is the height of the gradient below the value, 0 if there is none. `width` and
    `height` are those of the card or disc itself; `room` includes its labels. `repeats` are (edge,
    forward, backward): labels of broadcasting along an edge, at its factor's position. `short` is
    the value in one line at a connector, `short_width` the width in pixels of that and of each
    gradient there. A `narrow` face takes less room; its `foot` is the height in pixels of the row
    inside the card that has its note, and names the operations whose gradients arrive from afar.
    `gradients` are the card's gradient as it changes: its block, and its line at a connector. A
    Message is translated when it is drawn.
    """

    style: Style
    name: str
    value: Block | None
    note: str | Message
    above: str | Message
    gradient_height: float
    factors: tuple[tuple[int, str], ...]
    width: float
    height: float
    room: tuple[float, float]
    repeats: tuple[tuple[int, str, str], ...] = ()
    short: str = ""
    short_width: float = 0.0
    narrow: bool = False
    foot: float = 0.0
    gradients: tuple[tuple[Block, str], ...] = ()


EMPTIED = Block(("∇ None",))
"""The gradient of a leaf after `zero_grad`."""


def gradient(change: Change, *, narrow: bool = False) -> Block:
    """The gradient of a card as its terms arrive: `1 + 6 + …`, then `1 + 6 + 30 = 37`; narrower in
    a `narrow` frame. Matrices are counted, as a sum of shapes would read like numbers."""
    if change.emptied:
        return EMPTIED
    terms = list(change.terms)
    if change.before is not None and terms:
        terms.insert(0, change.before)
    if len(terms) < 2 and change.awaited < 2:
        total = change.total if change.total is not None else next(iter(terms), None)
        return block(total, "∇ ", narrow=narrow)
    texts = [notation.brief(term) for term in terms]
    arrived = change.arrived + (len(terms) > len(change.terms))
    if change.arrived < change.awaited or arrived > len(terms):
        texts.append("…")
    written = " + ".join(texts)
    in_full = len(written) <= TERMS and all(term is None or len(term.shape) < 2 for term in terms)
    if change.total is None:
        return Block((f"∇ {written}" if in_full else f"∇ Σ {arrived}/{change.awaited}",))
    whole = notation.brief(change.total)
    shown = block(change.total, "∇ ", narrow=narrow)
    if not in_full or len(written) + len(whole) > TERMS or len(terms) == 1:
        return shown
    return Block((f"∇ {written} = {whole}",), ill=shown.ill)


def short(array: Array | None, sign: str = "") -> str:
    """A tensor in one line at a connector: its numbers if they are few, or its shape."""
    if array is None:
        return f"{sign}…"
    shape = sign + notation.shape(array)
    line = shape if len(array.shape) > 1 and strange_word(array) else sized(array, sign)
    return line if notation.columns(line) <= STUB_NUMBERS else shape


def short_gradient(change: Change) -> str:
    """The gradient of a card in one line at a connector, as its terms arrive."""
    if change.emptied:
        return EMPTIED.lines[0]
    if change.total is not None:
        return short(change.total, "∇ ")
    if change.awaited < 2:
        return short(next(iter(change.terms), None), "∇ ")
    return f"∇ Σ {change.arrived}/{change.awaited}"


def faces(
    vertices: Sequence[Vertex],
    frames: Sequence[Frame],
    reading: Reading,
    groups: Mapping[str, Group],
    flows: Mapping[str, Flow],
    *,
    narrow: bool = False,
) -> Mapping[int, Face]:
    """The face of every vertex, wide enough for all that its gradient row will ever show.

    Local factors take less width and more rows in a `narrow` frame.
    """
    gradients: dict[tuple[int, int], list[Change]] = {}
    for frame in frames:
        for change in frame.changes:
            gradients.setdefault((change.node, change.output), []).append(change)
    compact = sum(vertex.kind == "card" for vertex in vertices) > FULL_CARDS
    loops = _loops(vertices, groups)
    found = {}
    for vertex in vertices:
        if vertex.group is not None:
            found[vertex.index] = _group(
                groups[vertex.group], flows[vertex.group], len(vertex.nodes),
                _parameters(vertex, reading), loops.get(vertex.group, ""),
                shortened=reading.trace.truncated is not None,
            )  # fmt: skip
        elif vertex.kind == "disc":
            found[vertex.index] = _disc(vertex, reading, compact, narrow)
        else:
            shown = gradients.get((vertex.nodes[0], vertex.output), [])
            found[vertex.index] = _card(vertex, reading, shown, compact, narrow)
    return found


def _loops(vertices: Sequence[Vertex], groups: Mapping[str, Group]) -> Mapping[str, str]:
    """The loop of each folded group of iterations, abbreviated but unambiguous; none if a picture
    has only one loop."""
    found: dict[str, Group] = {}
    for vertex in vertices:
        if vertex.group is not None and groups[vertex.group].kind == "iterations":
            above = groups[vertex.group].parent
            while above is not None and groups[above].kind != "loop":
                above = groups[above].parent
            if above is not None:
                found[vertex.group] = groups[above]
    headers = {loop.name for loop in found.values()}
    if len(headers) < 2:
        return {}
    short = {name: name.partition(" in ")[0] for name in headers}
    several = Counter(short.values())
    return {
        box: name if several[short[name := loop.name]] > 1 else short[name]
        for box, loop in found.items()
    }


class Extent(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The part of a face that the next picture keeps: see `steadied`."""

    style: Style
    width: float
    height: float
    room: tuple[float, float]


def extents(faces: Mapping[int, Face]) -> dict[int, Extent]:
    """The extent of each face."""
    return {
        index: Extent(one.style, one.width, one.height, one.room) for index, one in faces.items()
    }


def steadied(faces: Mapping[int, Face], before: Mapping[int, Extent]) -> Mapping[int, Face]:
    """The faces with their earlier widths, where these are only a little more than they need.

    This keeps the picture still while a number is dragged. Faces of another program, recognised by
    their styles, heights and places, are left as they are.
    """
    if faces.keys() != before.keys() or any(
        (face.style, face.height, face.room[1])
        != (before[index].style, before[index].height, before[index].room[1])
        for index, face in faces.items()
    ):
        return faces
    found = {}
    for index, face in faces.items():
        old = before[index]
        spare = max(old.width - face.width, old.room[0] - face.room[0])
        least = min(old.width - face.width, old.room[0] - face.room[0])
        if least >= 0 and spare <= SPARE:
            room = old.room[0], face.room[1]
            face = msgspec.structs.replace(face, width=old.width, room=room)
        found[index] = face
    return found


def stub_name(face: Face) -> str:
    """The name at a connector that replaces a line from this face."""
    return notation.fitted(face.name.removeprefix(f"{OPENS} "), STUB)


def stub_room(face: Face) -> tuple[float, float]:
    """The width and height in pixels of a connector: the face as a small card."""
    name = width(stub_name(face), theme.SMALL, theme.MONO_ADVANCE)
    rows = 1 + bool(face.short) + bool(face.short and face.gradient_height)
    return math.ceil(max(name, face.short_width) + 2 * STUB_PADDING), rows * LABEL + STUB_PADDING


def _round(x: float, quantum: float = QUANTUM) -> float:
    return math.ceil(x / quantum) * quantum


def _card(
    vertex: Vertex, reading: Reading, changes: Sequence[Change], compact: bool, narrow: bool
) -> Face:
    node = reading.nodes[vertex.nodes[0]]
    value = node.values[vertex.output] if vertex.output < len(node.values) else None
    name = notation.fitted(reading.label(node.id, vertex.output), NAME)
    style, note = _style(node, reading)
    if compact:
        wide = _round(width(name, theme.TEXT, theme.MONO_ADVANCE) + PADDING)
        return Face(style, name, None, "", "", 0.0, (), wide, 28.0, (wide, 34.0))
    shown = block(value, narrow=narrow)
    gradients = tuple(
        (gradient(change, narrow=narrow), short_gradient(change)) for change in changes
    )
    waiting = Block(("∇ ·",))
    below = waiting, *(each for each, _ in gradients)
    blocks = shown, *below
    title = width(name, theme.TEXT + 1, theme.MONO_ADVANCE)
    least = LEAST_ROW if value is not None and value.shape else LEAST
    least = least if node.requires_grad else 60.0
    below_value = max(each.height for each in below) if node.requires_grad else 0.0
    high = theme.ROW + shown.height + below_value + 10
    # Below a note is an empty row above the card as well, which a narrow frame has no room for.
    several = any(change.awaited > 1 for change in changes)
    foot = FOOT if narrow and (note or several) else 0.0
    if narrow:
        text_width = max(title, _widest(note), *(each.text for each in blocks))
        grid = max(each.grid for each in blocks)
        wide = max(least, _round(max(text_width + 2 * NARROW_PADDING, grid), NARROW_QUANTUM))
    else:
        wide = max(least, _round(max(title, *(each.width for each in blocks)) + 2 * PADDING))
    margin = LABEL + 5 if note and not narrow else 0.0
    room = max(wide, _widest(note)), high + foot + 2 * margin
    line = short(value)
    lines = _widest_line((line, *(each for _, each in gradients)))
    return Face(
        style, name, shown, note, "", below_value, (), wide, high + foot, room, (), line, lines,
        narrow, foot, gradients,
    )  # fmt: skip


def _widest_line(lines: Iterable[str]) -> float:
    """The width in pixels of the longest line at a connector."""
    return max(width(line, theme.SMALL, theme.MONO_ADVANCE) for line in lines)


def _style(node: Node, reading: Reading) -> tuple[Style, str | Message]:
    """The style of a card, and the word below it with the same meaning: Python's own, or a
    Message."""
    if node.kind == "leaf":
        return "leaf", "requires_grad"
    if node.kind == "parameter":
        return "parameter", Message("card.parameter")
    if node.kind != "constant":
        made = "result" if node.requires_grad else "constant"
        return made, "retain_grad" if node.retains else ""
    if node.id in reading.broken:
        return "cut", "requires_grad=False"
    if any(reading.nodes[edge.source].requires_grad for edge in reading.into[node.id]):
        return "cut", Message("card.detached" if node.op == "detach" else "card.no_grad")
    return "constant", Message("card.constant")


def _widest(note: str | Message) -> float:
    """The width in pixels of small text, in its longest language: switching languages moves
    nothing."""
    texts = [sentence.plain(note, text.load(code)) for code in text.languages()]
    return max(width(each, theme.SMALL, theme.SANS_ADVANCE) for each in texts)


def _parameters(vertex: Vertex, reading: Reading) -> int:
    """The number of elements of the parameters in a group, each counted once."""
    nodes = [reading.nodes[node] for node in vertex.nodes]
    values = [it.values[0] for it in nodes if it.kind == "parameter" and it.replaces is None]
    return sum(math.prod(value.shape) for value in values if value is not None)


def _group(
    group: Group, flow: Flow, size: int, parameters: int, loop: str, *, shortened: bool
) -> Face:
    """A folded group of `size` nodes: its name, and the norms of its flow; of a module also the
    number of elements of its parameters, of iterations the loop where there are several, and how
    many of them are in the record, which may be `shortened`."""
    name = f"{OPENS} {group.name}"
    strange = [f"{count} {word}" for word, count in (("nan", flow.nan), ("inf", flow.inf)) if count]
    value = flow_text(flow.value)
    what = "tensor" if group.kind in ("sources", "results", "stretch") else "parameter"
    count, what = (group.operations, "operation") if group.operations else (size, what)
    above = Message(
        f"card.{what}s" if count > 1 else f"card.one_{what}", {"count": Word(str(count))}
    )
    if group.kind == "iterations":
        some = "recorded" if shortened else "used"
        above = Message(
            "card.iterations" if group.inside >= group.span else f"card.iterations_{some}",
            {"count": Word(str(group.span)), "part": Word(str(group.inside))},
        )
        if loop:
            above = Message("card.iterations_of", {"all": above, "of": Word(loop)})
    if group.kind == "module" and parameters and group.operations:
        above = Message("card.module", {"size": above, "count": Word(f"{parameters:,}")})
    gradients = [flow_text(size, "∇", word) for _, size, word in flow.gradients]
    longest = max(
        width(name, theme.TEXT + 1, theme.MONO_ADVANCE),
        _widest(above) - 2 * PADDING,
        *(width(row, theme.TEXT, theme.MONO_ADVANCE) for row in (value, "‖∇‖ 0.1234", *gradients)),
    )
    wide = max(LEAST, _round(longest + 2 * PADDING))
    below_value = theme.ROW if gradients or group.operations else 0.0
    high = 2 * theme.ROW + below_value + 10
    room = wide + 2 * STACK, high + 2 * (LABEL + 5 + STACK)
    return Face(
        "group",
        name,
        Block((value,)),
        " · ".join(strange),
        above,
        below_value,
        (),
        wide,
        high,
        room,
        (),
        value,
        _widest_line((value, *gradients)),
    )


def flow_text(size: float | None, what: str = "·", strange: str = "") -> str:
    """`‖·‖ 2.31`: a norm on a folded group; `‖∇‖ nan` where it has no number."""
    if strange:
        return f"‖{what}‖ {strange}"
    return "…" if size is None else f"‖{what}‖ {notation.number(float(f'{size:.3g}'))}"


def _disc(vertex: Vertex, reading: Reading, compact: bool, narrow: bool) -> Face:
    nodes = [reading.nodes[node] for node in vertex.nodes]
    seen = [node for node in nodes if node.kind == "op"] or nodes
    main = seen[-1] if len(nodes) > 1 else reading.part(nodes[0])
    symbol = reading.notation(main)
    # The name of a tensor that Python never saw is on no card.
    note = notation.fitted(reading.label(main.id), NAME) if nodes[0].kind == "hidden" else ""
    note = "" if len(nodes) > 1 or note == symbol else note
    above = notation.clean(main.grad_fn or "")
    if len(nodes) > 1:
        above += f" +{len(nodes) - 1} {OPENS}"
    factors, repeats = ([], []) if compact else _factors(vertex, reading, narrow)
    inner = width(symbol, theme.TEXT - 1, theme.MONO_ADVANCE) + 16
    wide = 2 * theme.DISC if inner <= 2 * theme.DISC + 4 else _round(inner)
    high = 2 * theme.DISC
    if compact:
        return Face("disc", symbol, None, "", "", 0.0, (), wide, 30.0, (wide, 36.0))
    widest = max(
        wide,
        width(above, theme.SMALL, theme.SANS_ADVANCE) - OVERHANG,
        width(note, theme.SMALL, theme.SANS_ADVANCE) - OVERHANG,
        *(width(text, theme.SMALL + 1, theme.SANS_ADVANCE) for _, text in factors),
        *(
            width(text, theme.SMALL + 1, theme.SANS_ADVANCE)
            for _, *each in repeats
            for text in each
        ),
        0.0,
    )
    below = ARC_DEPTH + 4 + LABEL * max(1, len(factors))
    room = _round(widest), high + 2 * max(below, 2 * LABEL + 4)
    return Face(
        "disc", symbol, None, note, above, 0.0, tuple(factors), wide, high, room, tuple(repeats)
    )


def _factors(
    vertex: Vertex, reading: Reading, narrow: bool
) -> tuple[list[tuple[int, str]], list[tuple[int, str, str]]]:
    """(edge, text) of the rows of local factors below the disc, in edge order; a long one has two
    in a `narrow` frame.

    Also (edge, forward, backward) for each operand that is broadcast. In a call of several nodes an
    operand gets no factor while one of its paths is unknown: the others are only terms.
    """
    inside = set(vertex.nodes)
    ways = [
        edge
        for node in vertex.nodes
        for edge in reading.into[node]
        if edge.slot is not None and edge.source not in inside
    ]
    shown = ways[:4]
    starts = {(edge.source, edge.output) for edge in shown}
    of = shown if len(inside) == 1 else [e for e in ways if (e.source, e.output) in starts]
    known = {edge.id: formula.arc(reading, edge, inside) for edge in of}
    terms = {(e.source, e.output) for e in of if len(inside) > 1 and known[e.id] is None}
    found: list[tuple[int, str]] = []
    repeats: list[tuple[int, str, str]] = []
    for edge in shown:
        local = known[edge.id]
        if local is None or (edge.source, edge.output) in terms:
            continue
        # Where gradients leave by several edges, each factor names its operand.
        name = notation.fitted(reading.label(edge.source, edge.output), TARGET)
        to = f"{name}: " if len(ways) > 1 else ""
        local = local if len(to + local) <= FACTOR else "…"
        rows = [to + local] if not (narrow and to and len(to + local) > NARROW_FACTOR) else [
            to.rstrip(), local]  # fmt: skip
        found += [(edge.id, row) for row in rows]
        if both := broadcast_frames.labels(reading, edge, name):
            repeats.append((edge.id, *both))
    return found, repeats
