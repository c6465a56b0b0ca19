"""The figure is valid Plotly at each step, escapes names, and shows what the trace holds."""

import html

import msgspec
import plotly.graph_objects
import pytest

from tests import traces
from tests.contrast import contrast
from tests.picture.drawing.test_pieces import KINDS
from viz_app.knowledge import text, theme
from viz_app.picture import payload, scene
from viz_app.picture.drawing import figure, pieces, styles
from viz_app.picture.layout import tensor_block

ENGLISH = text.load("en")


@pytest.mark.parametrize("name", sorted(traces.PROGRAMS))
@pytest.mark.parametrize("colours", sorted(theme.THEMES))
def test_plotly_accepts_every_step(name: str, colours: str) -> None:
    drawn = scene.build(traces.run(traces.PROGRAMS[name]))
    drawing = figure.draw(drawn, theme.THEMES[colours], ENGLISH)
    steps = {0, len(drawn.frames) // 2, max(0, len(drawn.frames) - 1)}
    for step in sorted(steps):
        plotly.graph_objects.Figure(figure.at(drawing, step))


def layer(drawing: figure.Figure, name: str, step: int) -> list[str]:
    place = styles.LAYERS.index(name)
    seen = [m for m in drawing.marks if m.layer == place and m.first <= step < m.last]
    texts = [mark.text for mark in seen]
    assert set(texts) <= set(figure.at(drawing, step)["data"][0]["text"])
    return texts


def test_gradients_appear_as_they_arrive() -> None:
    drawing = figure.draw(scene.build(traces.run(traces.SEED)), theme.LIGHT, ENGLISH)
    assert layer(drawing, "gradients", 4) == []
    assert layer(drawing, "gradients", 7) == ["∇ [6, 8]", "∇ [1, 1]", "∇ [0.5, 0.5]", "∇ 1"]
    assert layer(drawing, "factors_now", 7) == ["× 2b"]
    assert layer(drawing, "symbols", 9) == ["+ 1", "** 2", "2 ×", "mean"]


def test_gradients_of_matrices_are_counted_until_all_have_arrived() -> None:
    steps = "W = torch.ones(4, 4, requires_grad=True)\n(W * W).sum().backward()"
    drawn = scene.build(traces.run(steps))
    drawing = figure.draw(drawn, theme.LIGHT, ENGLISH)
    lines = [it for step in range(len(drawn.frames)) for it in layer(drawing, "gradients", step)]
    assert "∇ Σ 2/2" in lines
    assert not any("4×4 +" in line for line in lines)  # reads like a sum of numbers


def test_factor_names_its_operand_if_gradients_leave_by_several_edges() -> None:
    faces = scene.build(traces.run(traces.NETWORK), ["net", "net.0", "net.2"]).faces.values()
    factors = [[text for _, text in face.factors] for face in faces if face.name == "linear"]
    assert [each for each in factors if each] == [
        ["net[0].weight: (Xᵀ ·)ᵀ", "net[0].bias: × 1"],
        ["net[2].weight: (tanh(linear)ᵀ ·)ᵀ", "net[2].bias: × 1", "tanh(linear): · net[2].weight"],
    ]


def test_backward_arc_is_as_wide_as_its_gradient_norm() -> None:
    steps = "y = x * 100\nz = y * 0.01\nz.backward()"
    drawn = scene.build(traces.run(f"x = torch.tensor(3., requires_grad=True)\n{steps}"))
    arcs = [piece for piece in pieces.pieces(drawn) if piece.layer == styles.LAYERS.index("arcs")]
    sizes = {size for _, sends in drawn.sends for _, size in sends}
    assert sorted(sizes) == pytest.approx([0.01, 1.0], rel=1e-5)
    assert sorted({piece.weight for piece in arcs}) == [0.0, 1.0]  # type: ignore[type-var]


def test_nan_in_a_gradient_is_shown_on_its_card_and_folded_group() -> None:
    program = (
        "v = torch.tensor([0., 4.], requires_grad=True)\n(torch.sqrt(v * 0) * 0).sum().backward()"
    )
    found = payload.payload(scene.build(traces.run(program)), text.load("en"))
    names = [vertex.name for vertex in found.vertices]
    table = found.gradients
    marks = {names[at]: word for at, word in zip(table.vertex, table.strange, strict=True)}
    assert marks["v"] == marks["v*0"] == "nan"
    assert marks[names[-1]] == ""
    ill = traces.NETWORK.replace("torch.randn(8, 2)", "torch.full((8, 2), float('nan'))")
    for source, word in ((ill, "nan"), (traces.NETWORK, "")):
        groups = scene.build(traces.run(source)).groups
        flows = scene.build(traces.run(source), [f"-{group}" for group in groups]).flows
        assert flows
        assert {words for flow in flows.values() for _, _, words in flow.gradients} == {word}


def test_vertices_made_after_the_last_pass_appear_at_the_end_only() -> None:
    drawn = scene.build(traces.run(traces.SQUARE))
    (new,) = (v for v in drawn.vertices if drawn.trace.nodes[v.nodes[0]].replaces is not None)
    assert pieces.births(drawn)[new.index] == len(drawn.frames) - 1
    drawing = figure.draw(drawn, theme.LIGHT, ENGLISH)
    assert layer(drawing, "values", 0) == ["3"]
    assert "2.411" not in layer(drawing, "values", len(drawn.frames) - 2)
    assert "2.411" in layer(drawing, "values", len(drawn.frames) - 1)


def test_fan_out_sum_grows() -> None:
    drawing = figure.draw(scene.build(traces.run(traces.FAN_OUT)), theme.LIGHT, ENGLISH)
    sums = [layer(drawing, "gradients", step)[0] for step in range(6, 11)]
    assert sums == [
        "∇ 1 + …", "∇ 1 + …", "∇ 1 + 6 + …", "∇ 1 + 6 + 30", "∇ 1 + 6 + 30 = 37",
    ]  # fmt: skip


def test_browser_redraws_only_if_something_moves() -> None:
    words = text.load("en")
    one, two, other = (
        payload.payload(scene.build(traces.run(program)), words)
        for program in (
            traces.SEED,
            traces.SEED.replace("[2., 3.]", "[4., 5.]"),
            traces.SEED.replace("d = 2 * c", "d = 2 * c + b"),
        )
    )
    assert one.drawn == two.drawn != other.drawn
    assert one.version != two.version


def test_element_combines_its_layers_from_lowest_to_highest() -> None:
    drawn = scene.build(traces.run(traces.SEED))
    drawing = figure.draw(drawn, theme.LIGHT, ENGLISH)
    (b,) = (
        v.index for v in drawn.vertices if v.kind == "card" and drawn.faces[v.index].name == "b"
    )
    shapes = figure.at(drawing, 7)["layout"]["shapes"]
    paths = [each["path"] for each in drawing.figure.layout["shapes"]]
    body = next(path for path, of in zip(paths, drawing.of, strict=False) if of == b)
    (worn,) = (each for each in shapes if each["path"] == body)
    assert worn["fillcolor"] == theme.LIGHT.gradient_tint  # it has its gradient,
    assert worn["line"]["color"] == theme.LIGHT.gradient  # and the step is about it


def test_names_are_escaped() -> None:
    trace = traces.run(traces.HOSTILE)
    drawing = figure.draw(scene.build(trace), theme.LIGHT, ENGLISH)
    assert any("&lt;b&gt;" in mark.text for mark in drawing.marks)
    for mark in drawing.marks:
        assert "<" not in mark.text
        assert "\u202e" not in html.unescape(mark.text)


@pytest.mark.parametrize("name", sorted(traces.PROGRAMS))
def test_payload_same_bytes_and_linear(name: str) -> None:
    trace = traces.run(traces.PROGRAMS[name])
    for language in text.languages():
        words = text.load(language)
        one = payload.payload(scene.build(trace), words)
        assert msgspec.json.encode(one) == msgspec.json.encode(
            payload.payload(scene.build(trace), words)
        )
        assert len(msgspec.json.encode(one)) < 12_000 + 5_000 * max(
            1, len(trace.nodes) + len(trace.steps)
        )


def test_language_changes_words_but_no_places() -> None:
    drawn = scene.build(traces.run(KINDS))
    said = {}
    for language in text.languages():
        drawing = figure.draw(drawn, theme.LIGHT, text.load(language))
        said[language] = {mark.text for mark in drawing.marks}
        assert drawing.figure == figure.draw(drawn, theme.LIGHT, ENGLISH).figure
    assert {"parameter", "constant", "detached", "no grad"} <= said["en"] - said["ko"]
    assert {"파라미터", "상수", "떼어 냄", "기록 안 함"} <= said["ko"] - said["en"]
    assert {"requires_grad", "retain_grad"} <= said["en"] & said["ko"]


def test_folded_groups_count_in_the_readers_language() -> None:
    folded = scene.build(traces.run(traces.LOOP))
    [rest] = [one.id for one in folded.groups.values() if one.kind == "iterations"]
    opened = scene.build(traces.run(traces.LOOP), [rest])
    for language, iterations, counted in (("en", "29 iterations", "3 ops"),
                                     ("ko", "반복 29번", "연산 3개")):  # fmt: skip
        words = text.load(language)
        assert iterations in {mark.text for mark in figure.draw(folded, theme.LIGHT, words).marks}
        assert counted in {mark.text for mark in figure.draw(opened, theme.LIGHT, words).marks}


SOME = "w = torch.tensor(0., requires_grad=True)\nfor i in range({}):\n"
STEP = "    loss = (w - 3) ** 2\n    loss.backward()\n"


@pytest.mark.parametrize(
    ("program", "said"),
    [
        # Two of sixteen passes at each end are recorded, one of them before the box.
        (SOME.format(60) + STEP, ("59 iterations, 31 recorded", "반복 59번 중 31번 기록")),
        # One of two does nothing; nothing was left out.
        (
            SOME.format(31) + "    if i % 2:\n        continue\n" + STEP * 2,
            ("29 iterations, 15 with operations", "반복 29번 중 연산이 있는 15번"),
        ),
    ],
    ids=["shortened", "skipped"],
)
def test_a_box_of_iterations_says_how_many_it_stands_for(
    program: str, said: tuple[str, str]
) -> None:
    drawn = scene.build(traces.run(program))
    for language, iterations in zip(("en", "ko"), said, strict=True):
        marks = figure.draw(drawn, theme.LIGHT, text.load(language)).marks
        assert iterations in {mark.text for mark in marks}


def test_table_gradients_are_empty_until_filled() -> None:
    drawn = scene.build(traces.run(traces.SEED))
    found = payload.payload(drawn, text.load("en"))
    names = [vertex.name for vertex in found.vertices]
    entries = zip(*msgspec.structs.astuple(found.gradients), strict=True)
    leaf = [entry for entry in entries if names[entry[0]] == "a"]
    assert leaf == [(names.index("a"), 9, pieces.FOREVER, "[6, 8]", 10.0, "")]
    for place, vertex in enumerate(found.vertices):
        assert vertex.kind != "card" or place in found.gradients.vertex


@pytest.mark.parametrize("name", sorted(theme.THEMES))
def test_text_can_be_read(name: str) -> None:
    t = theme.THEMES[name]
    for ink in (t.ink, t.muted, t.value, t.gradient, t.leaf_text):
        for ground in (t.paper, t.card):
            assert contrast(ink, ground) >= 4.5, (ink, ground)
    for ink in (t.ink, t.value, t.gradient):
        assert contrast(ink, t.gradient_tint) >= 4.5, ink
    assert contrast(t.ink, t.disc) >= 4.5
    assert contrast(t.value, t.disc) >= 4.5


def _blend(over: str, ground: str, part: float) -> str:
    pairs = [(int(over[k : k + 2], 16), int(ground[k : k + 2], 16)) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(a * part + b * (1 - part)):02x}" for a, b in pairs)


@pytest.mark.parametrize("name", sorted(theme.THEMES))
def test_numbers_can_be_read_on_the_strongest_tint(name: str) -> None:
    t = theme.THEMES[name]
    for tint in (t.value, t.gradient, t.muted):
        for ground in (t.card, t.disc, t.gradient_tint):
            assert contrast(t.ink, _blend(tint, ground, tensor_block.STRONG)) >= 4.5


def test_a_matrix_is_a_grid_tinted_by_size_and_a_larger_one_a_heat_map() -> None:
    def shown(size: str) -> tensor_block.Block:
        drawn = scene.build(
            traces.run(f"x = torch.arange(-2., {size}\nx.requires_grad_()\ny = 2 * x")
        )
        face = next(face for face in drawn.faces.values() if face.name == "x")
        assert face.value
        assert face.width >= face.value.width
        return face.value

    small = shown("4.).view(2, 3)")
    assert [[cell.text for cell in row] for row in small.cells] == [
        ["-2", "-1", "0"],
        ["1", "2", "3"],
    ]
    assert [cell.minus for cell in small.cells[0]] == [True, True, False]
    tints = [cell.tint for row in small.cells for cell in row]
    assert max(tints) == tints[5] == tensor_block.STRONG
    assert min(tints) == tints[2] == tensor_block.FAINT
    assert tints[1] == tints[3]
    large = shown("62.).view(8, 8)")
    assert large.lines == ("8×8",)
    assert {cell.text for row in large.cells for cell in row} == {""}
    assert shown("88.).view(9, 10)").cells == ()
    strange = shown("4.).view(2, 3) / torch.tensor([0., 1., 1.])")
    assert [cell.text for cell in strange.cells[0]] == ["-inf", "-1", "0"]
    assert strange.cells[0][0].tint == tensor_block.STRONG
