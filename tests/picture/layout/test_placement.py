"""Law 5: no two boxes of a layout overlap and every link runs forward; same trace, same places."""

import functools
import itertools
import runpy
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from pygraphviz import AGraph

from tests import traces
from viz_app.model import Link
from viz_app.paths import PROJECT
from viz_app.picture import scene
from viz_app.picture.drawing import arcs
from viz_app.picture.drawing.geometry import Point, crosses, curve
from viz_app.picture.layout import cards as face
from viz_app.picture.layout import graph, placement

CORPUS = PROJECT / "tests" / "programs"
BENCH = {
    each.name: f"{each.setup}{each.forward}loss.backward()\n".replace("224", "32")
    for each in runpy.run_path(str(PROJECT / "bench" / "capture.py"))["WORKLOADS"][:5]
}
"""The measured graphs, with ResNet-18 on smaller pictures."""
TANGLED = (
    "micrograd_value_class_torch_backed", "optim_lbfgs_sine_fit", "rnn_seq2seq_attention",
    "rnn_bilstm_crf", "tutorial_transformer_lm", "tutorial_blitz_net", "gpt_nano_causal",
    "conv_image_operations", "inplace_storm", "training_gan_step",
)  # fmt: skip
"""Places where an arrow shifted aside for the way back would cross another box."""


LONG = {
    "chain": "h = x = torch.tensor([0.5, 1.], requires_grad=True)\n"
    + "h = (h * 2).sin()\n" * 12
    + "h.sum().backward()\n",
    "blocks": "h = x = torch.tensor([0.5, 1.], requires_grad=True)\n"
    + "h = h + h.sin()\n" * 10
    + "h.sum().backward()\n",
    "passed by": "h = first = torch.tensor([0.5, 1.], requires_grad=True) * 2\n"
    + "h = h.sin()\n" * 14
    + "(h + first).sum().backward()\n",
}
"""Long flat programs: wrapped into rows."""


def _program(name: str) -> str:
    found = traces.PROGRAMS.get(name) or BENCH.get(name) or LONG.get(name)
    return found or (CORPUS / f"{name}.py").read_text("utf-8")


@functools.cache
def _drawn(name: str) -> scene.Scene:
    return scene.build(traces.run(_program(name)))


@pytest.mark.parametrize("name", [*sorted(traces.PROGRAMS), *LONG])
def test_no_overlap_and_forward(name: str) -> None:
    drawn = _drawn(name)
    for one, two in itertools.combinations(drawn.vertices, 2):
        apart_x = abs(one.x - two.x) - (one.width + two.width) / 2
        apart_y = abs(one.y - two.y) - (one.height + two.height) / 2
        assert max(apart_x, apart_y) > 0, (one, two)
    for link in drawn.links:
        source, target = drawn.vertices[link.source], drawn.vertices[link.target]
        assert source.y < target.y if link.bends else source.x < target.x
        assert len(link.route) >= 2
    for vertex in drawn.vertices:
        assert vertex.x - vertex.width / 2 + 0.1 >= 0
        assert vertex.x + vertex.width / 2 <= drawn.width + 0.1
        assert vertex.y + vertex.height / 2 <= drawn.height + 0.1


@pytest.mark.parametrize("name", [*sorted(traces.PROGRAMS), *TANGLED, *LONG])
def test_no_arrow_crosses_a_box_forward_or_backward(name: str) -> None:
    drawn = _drawn(name)
    ways: list[tuple[int, tuple[Point, ...]]] = [
        (link.index, arcs.whole(link, drawn)) for link in drawn.links
    ]
    ways += [(arc.link, arc.route) for arc in arcs.draw(drawn).values()]
    for index, route in ways:
        link = drawn.links[index]
        for vertex in drawn.vertices:
            if vertex.index in (link.source, link.target):
                continue
            face = drawn.faces[vertex.index]
            wide, high = face.width / 2 - 1, face.height / 2 - 1
            x, y = vertex.x, vertex.y
            assert not crosses(route, x - wide, y - high, x + wide, y + high), (link, vertex)


def test_same_trace_same_places_in_any_thread() -> None:
    trace = traces.run(traces.NETWORK)
    with ThreadPoolExecutor(4) as pool:
        scenes = list(pool.map(lambda _: scene.build(trace), range(12)))
    assert all(one == scenes[0] for one in scenes)


def test_changed_numbers_keep_the_places() -> None:
    one = scene.build(traces.run(traces.SEED))
    two = scene.build(traces.run(traces.SEED.replace("2., 3.", "4., 5.")))
    assert [(v.x, v.y) for v in one.vertices] == [(v.x, v.y) for v in two.vertices]


def test_card_keeps_its_width_for_shorter_numbers_up_to_a_limit() -> None:
    def built(number: str, before: scene.Scene | None = None) -> scene.Scene:
        trace = traces.run(traces.SEED.replace("2., 3.", number))
        return scene.build(trace, (), face.extents(before.faces) if before else None)

    wide = built("2.5, 3.")
    narrow = built("2., 3.")
    assert narrow.width < wide.width
    steady = built("2., 3.", wide)
    assert [(v.x, v.y) for v in steady.vertices] == [(v.x, v.y) for v in wide.vertices]
    assert built("2.5, 3.", narrow) == wide
    huge = built("-2.1234e-15, -3.1234e-15, -2.1234e-15, -3.1234e-15")
    assert built("2., 3.", huge).width < huge.width
    other = scene.build(traces.run(traces.FAN_OUT))
    assert built("2., 3.", other) == narrow


def test_layout_requires_a_room_for_every_vertex() -> None:
    drawn = graph.build(traces.run(traces.SEED))
    with pytest.raises(KeyError):
        placement.lay_out(drawn, {})


def test_boxes_hold_their_text() -> None:
    trace = traces.run(traces.FAN_OUT)
    drawn = scene.build(trace)
    for found in drawn.faces.values():
        assert found.room[0] >= found.width
        assert found.room[1] >= found.height


def test_hub_is_linked_only_to_its_first_use() -> None:
    program = "w = torch.tensor(2., requires_grad=True)\nh = w\n" + "h = h * w\n" * 9
    drawn = scene.build(traces.run(program + "h.backward()\n"))
    uses = [link for link in drawn.links if link.kind == "operand" and link.source == 0]
    assert [link.stub for link in uses] == [False, *[True] * (len(uses) - 1)]
    few = scene.build(traces.run("w = torch.tensor(2., requires_grad=True)\n(w * w).backward()\n"))
    assert not any(link.stub for link in few.links)


def test_many_parameters_of_one_layer_are_placed_in_columns() -> None:
    recurrent = (
        "lstm = torch.nn.LSTM(3, 4, num_layers=3)\nlstm(torch.ones(2, 3))[0].sum().backward()\n"
    )
    drawn = scene.build(traces.run(recurrent))
    kinds = {node.id: node.kind for node in drawn.trace.nodes}
    cards = [v for v in drawn.vertices if kinds[v.nodes[0]] == "parameter"]
    columns = Counter(card.x for card in cards)
    assert len(cards) == 12
    assert len(columns) > 1
    assert max(columns.values()) <= placement.COLUMN
    few = scene.build(traces.run(traces.NETWORK))
    leaves = [v for v in few.vertices if few.trace.nodes[v.nodes[0]].kind == "parameter"]
    assert {leaves[0].x} == {card.x for card in leaves[:2]}


def _crossings(routes: dict[int, tuple[Point, ...]], links: Sequence[Link]) -> int:
    """The number of crossings between lines of different boxes."""
    boxes = {}
    for index, route in routes.items():
        xs, ys = [x for x, _ in route], [y for _, y in route]
        boxes[index] = min(xs), min(ys), max(xs), max(ys)
    found = 0
    for one, two in itertools.combinations(routes, 2):
        a, b = boxes[one], boxes[two]
        ends = {links[one].source, links[one].target} & {links[two].source, links[two].target}
        if ends or a[2] < b[0] or b[2] < a[0] or a[3] < b[1] or b[3] < a[1]:
            continue
        found += sum(
            _cut(*p, *q)
            for p in itertools.pairwise(routes[one])
            for q in itertools.pairwise(routes[two])
        )
    return found


def _cut(a: Point, b: Point, c: Point, d: Point) -> bool:
    def side(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


def _dot(drawn: scene.Scene) -> dict[int, tuple[Point, ...]]:
    """The lines that Graphviz's dot draws between boxes of the same sizes, left to itself."""
    plain = AGraph(directed=True, strict=False, rankdir="LR", splines="true")
    for vertex in drawn.vertices:
        plain.add_node(vertex.index, shape="box", fixedsize=True, label="",
                       width=vertex.width / 72, height=vertex.height / 72)  # fmt: skip
    for link in drawn.links:
        plain.add_edge(link.source, link.target, key=str(link.index), arrowhead="none")
    plain.layout(prog="dot")
    found = {}
    for link in drawn.links:
        words = plain.get_edge(link.source, link.target, str(link.index)).attr["pos"].split()
        controls = [word.split(",") for word in words if word[0] not in "se"]
        points = [(float(x), float(y)) for x, y in controls]
        route = [points[0]]
        for place in range(0, len(points) - 3, 3):
            a, b, c, d = points[place : place + 4]
            route += curve(a, b, c, d, 24)[1:]
        found[link.index] = tuple(route)
    return found


@pytest.mark.parametrize("name", [*sorted(traces.PROGRAMS), *BENCH])
def test_no_more_lines_cross_than_in_plain_dot(name: str) -> None:
    drawn = _drawn(name)
    ours = {link.index: arcs.whole(link, drawn) for link in drawn.links}
    assert _crossings(ours, drawn.links) <= _crossings(_dot(drawn), drawn.links)


@pytest.mark.parametrize("name", TANGLED)
def test_extending_lines_to_the_boxes_adds_no_crossing(name: str) -> None:
    # Between the boxes' rooms they are dot's own, out of the right side and into the left.
    drawn = _drawn(name)
    led = [link for link in drawn.links if not link.stub]
    ours = {link.index: arcs.whole(link, drawn) for link in led}
    dots = {link.index: link.route for link in led}
    assert _crossings(ours, drawn.links) <= _crossings(dots, drawn.links)
