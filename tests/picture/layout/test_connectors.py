"""Connectors: in a narrow frame no step is larger than the frame shows."""

import functools
import itertools

import pytest

from tests import traces
from tests.browser import whole
from tests.picture.layout.test_placement import LONG
from viz_app.browser import Picture
from viz_app.knowledge import lessons, text
from viz_app.paths import PROJECT
from viz_app.picture import payload, scene
from viz_app.picture.drawing import arcs, geometry, pieces, styles
from viz_app.picture.layout import cards, connectors, rows, tensor_block
from viz_app.picture.layout.iteration_order import Order
from viz_app.picture.layout.rows import PHONE, Placed
from viz_app.picture.words import notation

SKIPS = """
x = torch.tensor([0.5, 1.], requires_grad=True)
h = x.sin()
for _ in range(3):
    h = (h * 2 + x).tanh()
h = h.exp().cos().exp().cos() + x
h.sum().backward()
"""
"""A leaf that is used in the first operations and in the last."""


def _program(name: str) -> str:
    every = lessons.load()
    if name in every:
        return every[name].program
    if name in whole.PROGRAMS:
        return (PROJECT / f"tests/programs/{name}.py").read_text()
    return SKIPS if name == "skips" else traces.PROGRAMS.get(name) or LONG[name]


@functools.lru_cache(len(rows.WIDTHS))
def _drawn(name: str, width: rows.Width = PHONE) -> scene.Scene:
    return scene.build(traces.run(_program(name), traces.UNMEASURED), width=width)


@functools.lru_cache(len(rows.WIDTHS))
def _shown(name: str, width: rows.Width = PHONE) -> Picture:
    return payload.payload(_drawn(name, width), text.load("en"))


SHOWN = [*lessons.load(), *whole.PROGRAMS, *LONG, "skips"]
# By the scope, all tests of the program at one place of the list run together: they share its
# pictures.
EACH_SHOWN = pytest.mark.parametrize("name", SHOWN, scope="module")
EACH = pytest.mark.parametrize("name", [*SHOWN, *sorted(traces.PROGRAMS)], scope="module")


@pytest.mark.parametrize("width", [PHONE, rows.DESK], ids=["phone", "desk"])
@EACH
def test_no_rooms_overlap_and_lines_lead_forward(name: str, width: rows.Width) -> None:
    drawn = _drawn(name, width)
    boxes = [(v.x, v.y, v.width, v.height) for v in drawn.vertices]
    for link in drawn.links:
        if link.stub and not link.connector:
            assert not width.narrow
        elif link.stub:
            (left, y), (right, _), *_ = link.route
            wide, high = cards.stub_room(drawn.faces[link.source])
            assert right - left == pytest.approx(wide, abs=1.5)  # dot has whole points
            assert right < drawn.vertices[link.target].x
            boxes.append(((left + right) / 2, y, right - left, high))
        else:
            source, target = drawn.vertices[link.source], drawn.vertices[link.target]
            assert source.y < target.y if link.bends else source.x < target.x
        assert arcs.whole(link, drawn)
    for (x, y, w, h), (u, v, s, t) in itertools.combinations(boxes, 2):
        assert max(abs(x - u) - (w + s) / 2, abs(y - v) - (h + t) / 2) > -0.2
    for x, y, w, h in boxes:
        assert w / 2 - 0.2 <= x <= drawn.width - w / 2 + 0.2
        assert h / 2 - 0.2 <= y <= drawn.height - h / 2 + 0.2


@EACH_SHOWN
def test_in_each_frame_each_step_is_readable(name: str) -> None:
    for width in rows.WIDTHS:
        for frame in _shown(name, width).frames:
            focus = frame.focus
            # Below six tenths of their size, cards show only their names.
            assert (focus.right - focus.left) * 0.6 <= width.view[0], (width, frame)
            assert (focus.bottom - focus.top) * 0.6 <= width.view[1], (width, frame)


def test_a_connector_has_its_source_s_value_and_the_gradient_it_has_at_each_step() -> None:
    drawn = _drawn("skips")
    layers = {styles.place(name): name for name in ("far_values", "far_gradients")}
    shown = [piece for piece in pieces.pieces(drawn) if piece.layer in layers]
    by_link = {-1 - it.of: drawn.vertices[drawn.links[-1 - it.of].source] for it in shown}
    stubs = [link for link in drawn.links if link.connector]
    assert stubs
    assert {link.index for link in stubs} == by_link.keys()
    card_gradients = styles.place("gradients")
    cards_shown = [it for it in pieces.pieces(drawn) if it.layer == card_gradients]
    compared = 0
    for piece in shown:
        link, source = drawn.links[-1 - piece.of], by_link[-1 - piece.of]
        value = drawn.trace.nodes[source.nodes[0]].values[0]
        assert value is not None
        if layers[piece.layer] == "far_values":
            assert piece.text in (tensor_block.sized(value), notation.shape(value))
            continue
        # As on the card, at the same steps.
        same = [it for it in cards_shown if it.of == source.index and it.first == piece.first]
        assert 1 <= len(same) <= 2  # a long one has two lines
        assert isinstance(piece.text, str)
        assert piece.text.startswith("∇ ")
        card = " ".join(str(it.text) for it in same)
        if "Σ" in piece.text:  # its terms have not all arrived
            assert "+ …" in card or "Σ" in card
        elif len(card) > cards.STUB_NUMBERS:
            assert piece.text == f"∇ {notation.shape(value)}"
        else:
            assert card.endswith(piece.text.removeprefix("∇ "))
            compared += 1
        assert {it.last for it in same} == {same[0].last}
        assert piece.last <= same[0].last
        small = arcs.small(link, drawn)
        assert piece.shape == (pieces._far(small, 2),)
        assert abs(piece.shape[0][1] - small.y) < small.height / 2
    assert compared


def test_a_leaf_that_is_far_away_is_named_at_its_use() -> None:
    drawn = _drawn("skips")
    stubs = [link for link in drawn.links if link.stub]
    leaf = next(v for v in drawn.vertices if drawn.faces[v.index].name == "x")
    assert sum(link.source == leaf.index for link in stubs) > 1
    # What arrives there, the leaf's own step shows.
    assert drawn.frames[-1].phase == "accumulate"
    focus = payload.payload(drawn, text.load("en")).frames[-1].focus
    assert focus.left <= leaf.x <= focus.right
    assert focus.top <= leaf.y <= focus.bottom


def test_a_step_that_names_a_new_constant_does_not_show_its_card() -> None:
    names = 0
    for name in ("training_xor", "rnn_cell_by_hand"):
        source = (PROJECT / f"tests/programs/{name}.py").read_text()
        drawn = scene.build(traces.run(source, traces.UNMEASURED), width=PHONE)
        stubs = {e: link for link in drawn.links if link.connector for e in link.edges}
        shown = payload.payload(drawn, text.load("en"))
        for frame, view in zip(drawn.frames, shown.frames, strict=True):
            named = [stubs[edge] for edge in frame.edges if edge in stubs]
            new = [
                link
                for link in named
                if frame.phase == "forward"
                and {*drawn.vertices[link.source].nodes} <= {*frame.nodes}
            ]
            names += len(new)
            for link in new:
                card, focus = drawn.vertices[link.source], view.focus
                (left, y), (right, _), *_ = link.route
                assert focus.left <= left < right <= focus.right
                assert focus.top <= y <= focus.bottom
                outside = max(
                    focus.left - card.x, card.x - focus.right,
                    focus.top - card.y, card.y - focus.bottom,
                )  # fmt: skip
                assert outside > 0
    assert names


@pytest.mark.parametrize("width", [PHONE, rows.DESK], ids=["phone", "desk"])
@EACH
def test_each_highlighted_box_is_in_its_step_s_view(name: str, width: rows.Width) -> None:
    drawn = _drawn(name, width)
    layers = {styles.place(layer) for layer in ("now_boxes", "back_boxes")}
    frames = _shown(name, width).frames
    for piece in pieces.pieces(drawn):
        if piece.layer in layers:
            assert isinstance(piece.shape, geometry.Box)
            box = piece.shape
            for frame in frames[piece.first : piece.last]:
                focus = frame.focus
                assert focus.left - 1 <= box.x - box.width / 2
                assert box.x + box.width / 2 <= focus.right + 1
                assert focus.top - 1 <= box.y - box.height / 2
                assert box.y + box.height / 2 <= focus.bottom + 1


@EACH
def test_a_file_has_no_connectors(name: str) -> None:
    drawn = _drawn(name, rows.FILE)
    assert all(len(link.route) == 2 for link in drawn.links if link.stub)


def test_parts_are_stacked_in_the_order_of_their_results() -> None:
    sizes = [(index, 50.0, 20.0) for index in range(6)]
    lines = [(0, 4, 5, "operand"), (1, 0, 1, "operand"), (2, 2, 3, "operand")]

    def place(
        own: tuple[connectors.Size, ...], between: tuple[connectors.Line, ...], order: Order
    ) -> Placed:
        places = tuple((25.0 + 80 * at, 10.0) for at in range(len(own)))
        routes = tuple(((50.0, 10.0), (80.0, 10.0)) for _ in between)
        return Placed(places, routes, 130.0, 20.0)

    found = connectors.connect(sizes, lines, Order(), {}, (500.0, 500.0), 10.0, place, frozenset())
    assert not found.starts
    assert [y for _, y in found.placed.places] == [10.0, 10.0, 40.0, 40.0, 70.0, 70.0]
    assert found.placed.height == 80.0


def test_in_a_narrow_frame_cards_take_less_width() -> None:
    program = """
x = torch.tensor([[0.1234, 0.2345, 0.3456, 0.4567]], requires_grad=True)
scale = torch.tensor([0.1234, -0.2345, 0.3456, 0.4567], requires_grad=True)
(x.exp() * scale).sum().backward()
"""
    trace = traces.run(program, traces.UNMEASURED)
    wide, narrow = (
        {face.name: face for face in scene.build(trace, width=width).faces.values()}
        for width in (rows.DESK, PHONE)
    )
    for name in ("x", "scale"):
        assert narrow[name].width < wide[name].width - 90
    # Numbers in two lines, or a heat map with the size: no line is cut.
    assert wide["scale"].value == tensor_block.Block(("[0.1234, -0.2345, 0.3456, 0.4567]",))
    assert narrow["scale"].value == tensor_block.Block(("[0.1234, -0.2345,", "0.3456, 0.4567]"))
    shown = narrow["x"].value
    assert shown is not None
    assert {cell.text for row in shown.cells for cell in row} == {""}
    assert shown.lines == ("1×4 ‖·‖ 0.631",)


def test_in_a_narrow_frame_a_long_factor_is_below_its_operand() -> None:
    wide, narrow = (
        [face for face in _drawn("two-layer-mlp", width).faces.values() if face.name == "linear"]
        for width in (rows.DESK, PHONE)
    )
    for at_desk, on_phone in zip(wide, narrow, strict=True):
        rows_of: dict[int, list[str]] = {}
        for edge, row in on_phone.factors:
            rows_of.setdefault(edge, []).append(row)
        assert tuple((edge, " ".join(texts)) for edge, texts in rows_of.items()) == at_desk.factors
        if at_desk.style == "disc":
            assert on_phone.room[0] < at_desk.room[0] - 50
            assert max(map(len, rows_of.values())) == 2


@pytest.mark.parametrize("name", ["skips", "training_xor", "fan-out", "two-layer-mlp", "residual"])
def test_where_a_gradient_arrives_its_operation_is_in_view_or_at_the_foot_of_the_card(
    name: str,
) -> None:
    drawn = _drawn(name)
    shown = payload.payload(drawn, text.load("en"))
    layer = styles.place("factors_now")
    links = {edge: link for link in drawn.links for edge in link.edges}
    discs, outlines = styles.place("discs"), styles.place("back_boxes")
    found = pieces.pieces(drawn)
    shown_at = {it.first: it.of for it in found if it.layer == layer and it.text == "←"}
    named = 0
    for frame, part in zip(drawn.frames, shown.frames, strict=True):
        if frame.phase not in ("accumulate", "sum"):
            continue
        for edge in frame.edges:
            if (link := links.get(edge)) is None:
                continue
            disc, focus = drawn.vertices[link.target], part.focus
            if link.connector and frame.phase == "accumulate":
                card = shown_at[frame.index]
                assert card == link.source
                own = [it for it in found if it.of == card and it.first == frame.index]
                texts = [str(it.text) for it in own if it.layer == layer]
                shown_name = drawn.faces[disc.index].name
                assert any(it == shown_name or "…" in it or "+" in it for it in texts)
                body = drawn.vertices[card]
                small = [it.shape for it in own if it.layer == discs]
                assert small
                assert {it.shape for it in own if it.layer == outlines} >= set(small)
                for box in small:
                    assert isinstance(box, geometry.Box)
                    assert abs(box.x - body.x) + box.width / 2 <= body.width / 2
                    assert abs(box.y - body.y) + box.height / 2 <= body.height / 2
                named += 1
            else:
                assert focus.left <= disc.x <= focus.right
                assert focus.top <= disc.y <= focus.bottom
    assert bool(named) == bool(shown_at) == (name != "residual")


def test_leaves_that_are_named_together_are_near_each_other() -> None:
    source = (PROJECT / "tests/programs/hooks_of_all_kinds.py").read_text()
    drawn = scene.build(traces.run(source, traces.UNMEASURED), width=PHONE)
    shown = payload.payload(drawn, text.load("en"))
    together = [
        part.focus
        for frame, part in zip(drawn.frames, shown.frames, strict=True)
        if frame.phase == "forward" and len(frame.nodes) > 1 and not frame.edges
    ]
    assert together
    assert max(focus.bottom - focus.top for focus in together) < 500
