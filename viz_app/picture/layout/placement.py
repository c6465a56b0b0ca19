"""Graph -> places, layered from left to right by Graphviz's dot; a tangle gets plain layers.

A long flat picture is wrapped into rows (rows.py); lines too long for the frame become connectors
(connectors.py). Iterations of a loop that no line joins are still in a row (iteration_order.py).

dot receives only generated ids and sizes, never a visitor's text. libgvc is not thread-safe, so one
layout runs at a time. Same graph and sizes, same places.
"""

import functools
import math
import threading
from collections import Counter
from collections.abc import Collection, Mapping, Sequence, Set
from itertools import accumulate

import msgspec
import networkx as nx

from viz_app.model import Link, Vertex
from viz_app.picture.layout import connectors, iteration_order, rows
from viz_app.picture.layout import graph as graphs
from viz_app.picture.layout.connectors import Line as _Line
from viz_app.picture.layout.connectors import Size as _Size
from viz_app.picture.layout.iteration_order import Loop, Order

POINTS_PER_INCH = 72.0
RANK_GAP = 17.0
"""Pixels between the rooms of two layers of a chain: an arrow and its head."""
BRANCH_GAP = 26.0
"""The same where links branch and need room to bend."""
NODE_GAP = 16.0
"""Pixels between two rooms of one layer."""
NARROW_BRANCH_GAP, NARROW_NODE_GAP = 20.0, 12.0
"""`BRANCH_GAP` and `NODE_GAP` in a narrow frame."""
HUB = 6
"""Maximum number of uses of leaves and constants that get a link from one box; beyond it, only the
first one does."""
STUB = 16.0
"""Length in pixels of the stub drawn at its other uses."""
STUB_ABOVE = 18.0
STUB_GAP = 12.0
"""Distance in pixels of the first stub of a box above the middle, and of the next below it: there
is room for a name between two."""
COLUMN = 5
"""Maximum number of leaves and constants stacked in one column, if only one box uses them; more get
several columns, as the parameters of an LSTM would otherwise form a tower."""
COLUMNS = 8
"""Maximum number of such columns: further ones would only make the box's links longer."""
TANGLED = 200_000
"""Maximum sum, over the layers, of the squared number of lines that pass: beyond this, dot would
take seconds to order lines that nobody can follow in any order."""
SAMPLES = 8
"""Least number of points sampled from each cubic Bézier of a route; long ones get more."""
KEPT = 64
"""Number of cached layouts: a class edits a few programs at once; one of 100 operations has about
100 kB."""

Box = tuple[float, float]
Point = tuple[float, float]

_ONE_AT_A_TIME = threading.Lock()


class Layout(msgspec.Struct, frozen=True):
    """Places in pixels at scale 1, the origin at the top left, y downward."""

    vertices: tuple[Vertex, ...]
    links: tuple[Link, ...]
    width: float
    height: float


def warm_up() -> None:
    """Load Graphviz and its fonts, which come with the first layout: eleven megabytes."""
    with _ONE_AT_A_TIME:
        drawing = nx.nx_agraph.to_agraph(nx.DiGraph([("a", "b")]))
        drawing.layout(prog="dot")
        drawing.close()


def lay_out(
    graph: graphs.Graph,
    rooms: Mapping[int, Box],
    width: rows.Width = rows.FILE,
    *,
    small: Mapping[int, Box] | None = None,
    uses: Collection[int] = (),
    loops: Sequence[Loop] = (),
    crude: bool = False,
) -> Layout:
    """Place every vertex so that no two rooms overlap, and route every link around them.

    `rooms` gives the (width, height) in pixels that each vertex needs, labels included; the vertex
    is in the middle of its room. A long flat picture is in rows of `width`; `small` are the rooms
    of connectors, for a frame that shows parts; `uses` are the links that only leaves and constants
    pass, of which a box keeps few (`HUB`); `loops` are the iterations that stay in a row. A `crude`
    layout, and that of a tangle, only places later results further to the right, with straight
    lines between. KeyError for a vertex without a room.
    """
    vertices, links = graphs.vertices(graph), graphs.links(graph)
    if not vertices:
        return Layout((), (), 0.0, 0.0)
    sizes = tuple((vertex.index, *rooms[vertex.index]) for vertex in vertices)
    stubs, hubs = _stubs(links, uses)
    lines = tuple((it.index, it.source, it.target, it.kind) for it in links)
    short = tuple(line for line in lines if line[0] not in stubs)
    order = iteration_order.order(loops, vertices, [it for it in links if it.index not in stubs])
    layers = _layers(sizes, [*((it.source, it.target) for it in links), *order.right])
    starts: Mapping[int, Point] = {}

    def in_rows(boxes: tuple[_Size, ...], between: tuple[_Line, ...], own: Order) -> rows.Placed:
        return _wrapped(boxes, between, own, hubs, width)

    if crude or _tangled(layers, short):
        found = _in_layers(sizes, short, layers)
    elif width.reach is None:
        found = in_rows(sizes, short, order)
    else:
        known = small or {}
        # A name is enough at the many uses of a hub, where there is room for it beside the line.
        hubs_cut: frozenset[int] = frozenset()
        gap = NARROW_NODE_GAP if width.narrow else NODE_GAP
        ends = {index: known.get(index, (STUB, STUB)) for index, _, _ in sizes}
        if width.narrow:
            stubs, hubs_cut, short = frozenset(), stubs, lines
        connected = connectors.connect(
            sizes, short, order, ends, width.reach, gap, in_rows, hubs_cut
        )
        found, starts = connected.placed, connected.starts
    placed = []
    for vertex, (x, y) in zip(vertices, found.places[: len(vertices)], strict=True):
        wide, high = rooms[vertex.index]
        placed.append(msgspec.structs.replace(vertex, x=x, y=y, width=wide, height=high))
    ways = {
        line[0]: (route, place in found.turned)
        for place, (line, route) in enumerate(zip(short, found.routes, strict=True))
    }
    routed = []
    at: dict[int, int] = {}
    for link in links:
        if link.index in stubs:
            target = placed[link.target]
            y = round(target.y - STUB_ABOVE + STUB_GAP * at.setdefault(link.target, 0), 1)
            at[link.target] += 1
            end = round(target.x - target.width / 2, 1)
            route: tuple[Point, ...] = ((end - STUB, y), (end, y))
            bends = False
        else:
            route, bends = ways[link.index]
        if start := starts.get(link.index):
            route = start, *route
        stub = link.index in stubs or link.index in starts
        routed.append(msgspec.structs.replace(link, route=route, stub=stub, bends=bends))
    return Layout(tuple(placed), tuple(routed), found.width, found.height)


def _stubs(links: Sequence[Link], uses: Collection[int]) -> tuple[frozenset[int], tuple[int, ...]]:
    """The links of `uses` that are drawn as stubs, and the boxes they come from that no link leads
    to.

    Their hundreds of parallel lines would show nothing, and make the layout slow.
    """
    made = {link.target for link in links}
    of: dict[int, list[int]] = {}
    for link in links:
        if link.index in uses:
            of.setdefault(link.source, []).append(link.index)
    several = {source: some for source, some in sorted(of.items()) if len(some) > HUB}
    stubs = frozenset(index for some in several.values() for index in some[1:])
    return stubs, tuple(source for source in several if source not in made)


def _layers(sizes: Sequence[_Size], between: Sequence[tuple[int, int]]) -> list[list[int]]:
    """The boxes by the longest path to them, those of one layer in their own order."""
    plain = nx.DiGraph()
    plain.add_nodes_from(index for index, _, _ in sizes)
    plain.add_edges_from(between)
    return [sorted(layer) for layer in nx.topological_generations(plain)]


def _tangled(layers: Sequence[Sequence[int]], lines: Sequence[_Line]) -> bool:
    """True if too many lines pass the layers for dot to order them."""
    at = {index: place for place, layer in enumerate(layers) for index in layer}
    more = [0] * (len(layers) + 1)
    for _, source, target, _ in lines:
        more[at[source]] += 1
        more[at[target]] -= 1
    passing = accumulate(more)
    return (
        sum((len(layer) + count) ** 2 for layer, count in zip(layers, passing, strict=False))
        > TANGLED
    )


def _in_layers(
    sizes: Sequence[_Size], lines: Sequence[_Line], layers: Sequence[Sequence[int]]
) -> rows.Placed:
    """The same as `_placed`, layer by layer in the given order: linear in boxes and lines."""
    rooms = {index: (width, height) for index, width, height in sizes}
    places: dict[int, Point] = {}
    left = high = 0.0
    for layer in layers:
        wide = max(rooms[index][0] for index in layer)
        top = 0.0
        for index in layer:
            places[index] = round(left + wide / 2, 1), round(top + rooms[index][1] / 2, 1)
            top += rooms[index][1] + NODE_GAP
        high = max(high, top - NODE_GAP)
        left += wide + BRANCH_GAP
    routes = []
    for _, source, target, _ in lines:
        (x, y), (u, v) = places[source], places[target]
        routes.append(((x + rooms[source][0] / 2, y), (u - rooms[target][0] / 2, v)))
    return rows.Placed(
        tuple(places[index] for index, _, _ in sizes),
        tuple(routes),
        left - BRANCH_GAP,
        high,
    )


def _wrapped(
    sizes: tuple[_Size, ...],
    lines: tuple[_Line, ...],
    order: Order,
    hubs: Sequence[int],
    width: rows.Width,
) -> rows.Placed:
    """The layout of boxes, or of a part of them, in rows."""
    at_place = {index: place for place, (index, _, _) in enumerate(sizes)}
    first = tuple(hub for hub in hubs if hub in at_place)
    high = connectors.FULLER * width.reach[1] if width.reach else math.inf
    found = _placed(sizes, lines, order, first, high, width.narrow)
    between = [
        # A connector is never cut off: its index is negative.
        rows.Line(at_place[source], at_place[target], kind == "result" or source < 0)
        for _, source, target, kind in lines
    ]
    rooms = [(wide, high) for _, wide, high in sizes]
    # One iteration may be open, and wider than a row of folded ones.
    return rows.wrap(found, rooms, between, width, longer=bool(order.right))


@functools.lru_cache(maxsize=KEPT)
def _placed(
    sizes: tuple[_Size, ...],
    lines: tuple[_Line, ...],
    order: Order,
    first: tuple[int, ...],
    high: float,
    narrow: bool,
) -> rows.Placed:
    """The places of (index, width, height), the routes of (index, source, target, kind).

    Boxes in `first` are placed left of everything. `high` is the largest height in pixels of a
    column of results. Gaps are smaller in a `narrow` frame.

    Cached, because a changed number mostly changes no size: dragging one needs no new layout.
    """
    plain: graphs.Graph = nx.MultiDiGraph()
    branch_gap, node_gap = (
        (NARROW_BRANCH_GAP, NARROW_NODE_GAP) if narrow else (BRANCH_GAP, NODE_GAP)
    )
    blocks = _blocks(sizes, lines, order, high, branch_gap, node_gap)
    inside = {index: head for head, block in blocks.items() for index in block.inside}
    for index, width, height in sizes:
        if inside.get(index, index) != index:
            continue
        if index in blocks:
            width, height = blocks[index].room
        plain.add_node(
            f"v{index}",
            width=width / POINTS_PER_INCH,
            height=height / POINTS_PER_INCH,
            shape="box",
            fixedsize="true",
            label="",
        )
    made = {target for _, _, target, _ in lines}
    columns = _columns(sizes, lines, made, high if narrow else None)
    for index, source, target, kind in lines:
        if inside.get(target, target) != target:
            continue
        plain.add_edge(
            f"v{source}",
            f"v{target}",
            key=f"e{index}",
            tailport="e",
            headport="w",
            arrowhead="none",
            # A result is placed next to its use rather than next to the leaves it is made of.
            weight="4" if kind == "result" else "2" if source in made else "1",
            # The scissors and their word need room.
            minlen="2" if kind == "cut" else str(1 + columns.get(source, 0)),
        )
    branches = any(degree > 1 for _, degree in (*plain.in_degree(), *plain.out_degree()))
    joined = {(source, target) for _, source, target, _ in lines}
    unjoined = (pair for pair in order.right if pair not in joined)
    for place, (before, after) in enumerate((*unjoined, *order.below)):
        plain.add_edge(f"v{before}", f"v{after}", key=f"o{place}", style="invis", weight="2")
    gap = branch_gap if branches else RANK_GAP
    with _ONE_AT_A_TIME:
        drawing = nx.nx_agraph.to_agraph(plain)
        drawing.graph_attr.update(
            rankdir="LR",
            ranksep=str(gap / POINTS_PER_INCH),
            nodesep=str(node_gap / POINTS_PER_INCH),
            splines="spline",
        )
        if first:
            drawing.add_subgraph([f"v{index}" for index in first], name="first", rank="source")
        for place, layer in enumerate(graphs.parts((), order.below)):
            drawing.add_subgraph(
                [f"v{index}" for index in sorted(layer)], name=f"layer{place}", rank="same"
            )
        drawing.layout(prog="dot")
        left, low, right, top = (float(x) for x in drawing.graph_attr["bb"].split(","))

        def flip(point: Point) -> Point:
            return round(point[0] - left, 1), round(top - point[1], 1)

        positions = {
            index: flip(_point(drawing.get_node(f"v{index}").attr["pos"]))
            for index, _, _ in sizes
            if inside.get(index, index) == index
        }
        routes = {
            (source, target, index): [
                flip(point)
                for point in _route(
                    drawing.get_edge(f"v{source}", f"v{target}", f"e{index}").attr["pos"]
                )
            ]
            for index, source, target, _ in lines
            if inside.get(target, target) == target
        }
        drawing.close()
    for head, block in blocks.items():
        # All lines of a block enter it together.
        entry = next(route for (_, target, _), route in routes.items() if target == head)
        middle = positions[head]

        def moved(point: Point, by: Point = middle) -> Point:
            return round(point[0] + by[0], 1), round(point[1] + by[1], 1)

        positions |= {index: moved(point) for index, point in block.inside.items()}
        for index, source, target, _ in lines:
            if target in block.bends:
                routes[source, target, index] = [*entry, *map(moved, block.bends[target])]
    return rows.Placed(
        tuple(positions[index] for index, _, _ in sizes),
        tuple(tuple(routes[source, target, index]) for index, source, target, _ in lines),
        right - left,
        top - low,
    )


class _Block(msgspec.Struct, frozen=True):
    """Results in columns: the room of all, and the place of each and the bends of its line from
    the left border, relative to the middle."""

    room: Box
    inside: Mapping[int, Point]
    bends: Mapping[int, tuple[Point, ...]]


def _blocks(
    sizes: Sequence[_Size],
    lines: Sequence[_Line],
    order: Order,
    high: float,
    lane: float,
    gap: float,
) -> dict[int, _Block]:
    """The blocks of results that are together higher than `high` pixels, by their first one.

    Only of those that no line leaves, which would have to pass the others, and no order binds.
    `lane` and `gap` are the pixels between two columns and rows.
    """
    rooms = {index: (width, height) for index, width, height in sizes}
    bound = {source for _, source, _, _ in lines}
    bound.update(*order.right, *order.below)
    results: dict[int, list[int]] = {}
    for _, source, target, kind in lines:
        if kind == "result":
            results.setdefault(source, []).append(target)
    found = {}
    for several in results.values():
        whole = sum(rooms[index][1] + gap for index in several)
        if whole <= high or bound.intersection(several):
            continue
        down = math.ceil(len(several) / math.ceil(whole / high))
        columns = [several[at : at + down] for at in range(0, len(several), down)]
        tall = max(rooms[index][1] for index in several)
        width = sum(lane + max(rooms[index][0] for index in column) for column in columns)
        room = width, down * (tall + gap)
        inside: dict[int, Point] = {}
        bends: dict[int, tuple[Point, ...]] = {}
        left = lane - width / 2
        for column in columns:
            for row, index in enumerate(column):
                above = row * (tall + gap) - room[1] / 2 + gap / 2
                y = above + gap / 2 + tall / 2
                inside[index] = left + max(rooms[it][0] for it in column) / 2, y
                end = inside[index][0] - rooms[index][0] / 2, y
                along = (lane - width / 2, above), (left - lane, above)
                bends[index] = (end,) if column is columns[0] else (*along, end)
            left += max(rooms[index][0] for index in column) + lane
        found[several[0]] = _Block(room, inside, bends)
    return found


def _columns(
    sizes: Sequence[_Size], lines: Sequence[_Line], made: Set[int], high: float | None
) -> dict[int, int]:
    """The number of columns by which the leaves and constants of a crowded box are moved left:
    `COLUMN` in each, or as many as are not higher than `high` pixels.

    The first are furthest left, as they are read first.
    """
    heights = {index: height for index, _, height in sizes}
    uses = Counter(source for _, source, _, _ in lines)
    alone: dict[int, list[int]] = {}
    for _, source, target, _ in lines:
        if source not in made and uses[source] == 1:
            alone.setdefault(target, []).append(source)
    found: dict[int, int] = {}
    for sources in alone.values():
        needed = len(sources) / COLUMN
        if high is not None:
            needed = sum(heights[index] + NARROW_NODE_GAP for index in sources) / high
        count = min(COLUMNS, math.ceil(needed))
        each = math.ceil(len(sources) / count)
        found |= {source: count - 1 - place // each for place, source in enumerate(sources)}
    return found


def _point(text: str) -> Point:
    x, y = text.split(",")[:2]
    return float(x), float(y)


def _route(text: str) -> tuple[Point, ...]:
    """dot's `[s,x,y] [e,x,y] p0 p1 p2 p3 ...` (cubic Béziers) as a polyline."""
    words = text.replace("\\\n", "").split()
    start = next((_point(w[2:]) for w in words if w.startswith("s,")), None)
    end = next((_point(w[2:]) for w in words if w.startswith("e,")), None)
    controls = [_point(word) for word in words if word[0] not in "se"]
    points = [controls[0]]
    for i in range(0, len(controls) - 3, 3):
        a, b, c, d = controls[i : i + 4]
        straight = abs(a[1] - d[1]) + abs(a[1] - b[1]) + abs(a[1] - c[1]) < 0.5
        samples = 1 if straight else SAMPLES + int(math.dist(a, d) / 60)
        for k in range(1, samples + 1):
            t = k / samples
            points.append(_bezier(a, b, c, d, t))
    return (*([start] if start else ()), *points, *([end] if end else ()))


def _bezier(a: Point, b: Point, c: Point, d: Point, t: float) -> Point:
    s = 1 - t
    u, v, w, z = s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t
    return (
        u * a[0] + v * b[0] + w * c[0] + z * d[0],
        u * a[1] + v * b[1] + w * c[1] + z * d[1],
    )
