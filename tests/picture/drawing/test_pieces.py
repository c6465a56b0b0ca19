"""The marks of a card without colour: its kind by shape and word, nan, inf and zeros."""

import functools

import pytest

from tests import traces
from viz_app.knowledge import text
from viz_app.knowledge.theme import LIGHT
from viz_app.picture import scene
from viz_app.picture.drawing import geometry, pieces, styles
from viz_app.picture.words import notation, sentence

KINDS = """
x = torch.tensor(3., requires_grad=True)
k = torch.tensor(4.)
p = torch.nn.Parameter(torch.tensor(2.))
frozen = (x * p).detach()
with torch.no_grad():
    quiet = x * 2
kept = x * k
kept.retain_grad()
y = kept + frozen * p + quiet * x
y.backward()
"""
ILL = """
w = torch.tensor([1., 2.], requires_grad=True)
v = torch.tensor([0., 4.], requires_grad=True)
dead = torch.relu(w - 5)
s = torch.sqrt(v * 0)
many = torch.full((9,), float("inf"), requires_grad=True)
loss = dead.sum() + (s * 0).sum() + (many * 0).sum()
loss.backward()
"""


@functools.cache
def drawn(program: str) -> scene.Scene:
    return scene.build(traces.run(program))


def test_every_kind_of_card_has_a_word_and_a_shape() -> None:
    built = drawn(KINDS)
    found = {
        face.name: (face.style, sentence.plain(face.note, text.load("en")))
        for face in built.faces.values()
        if face.style != "disc" and face.name in ("x", "k", "p", "frozen", "quiet", "kept", "y")
    }
    assert found == {
        "x": ("leaf", "requires_grad"),
        "p": ("parameter", "parameter"),
        "k": ("constant", "constant"),
        "frozen": ("cut", "detached"),
        "quiet": ("cut", "no grad"),
        "kept": ("result", "retain_grad"),
        "y": ("result", ""),
    }
    dashes = {
        name: look.dash for name, look in zip(styles.LAYERS, styles.looks(LIGHT), strict=True)
    }
    corners = [
        geometry.CORNERS.get(style, geometry.CORNER) for style in ("leaf", "parameter", "cut")
    ]
    assert len(set(corners)) == 3
    assert dashes["cut_off"] != dashes["constants"]


def test_nan_inf_and_zeros_are_marked_where_they_arise() -> None:
    built = drawn(ILL)
    names = {vertex.index: built.faces[vertex.index].name for vertex in built.vertices}
    seen: dict[str, set[str]] = {"strange": set(), "zeros": set()}
    for piece in pieces.pieces(built):
        if (layer := styles.LAYERS[piece.layer]) in seen:
            seen[layer].add(names[piece.of])
    assert seen["strange"] == {"v*0", "v", "many", "many*0", "sum(many*0)", "loss"}
    assert {"w", "w - 5", "s"} <= seen["zeros"]
    texts = {piece.text for piece in pieces.pieces(built)}
    assert "[inf, … ] (9,) · inf" in texts
    assert "∇ [0, … ] (9,) = 0" in texts


@pytest.mark.parametrize(
    ("name", "wide", "short"),
    [
        ("loss", 18, "loss"),
        ("a_rather_long_name_for_it", 18, "a_rather_long_nam…"),
        ("model.encoder.layers.0.linear1.weight", 18, "…0.linear1.weight"),
        ("학습률이_아주_긴_이름", 12, "학습률이_아…"),
    ],
)
def test_name_is_cut_where_it_distinguishes_least(name: str, wide: int, short: str) -> None:
    assert notation.fitted(name, wide) == short
    assert notation.columns(short) <= wide


def test_folded_module_shows_its_number_of_parameters() -> None:
    trace = traces.run(traces.NETWORK)
    net = next(it for it in scene.build(trace).groups.values() if it.name == "net")
    shown = scene.build(trace, [f"-{net.id}"])
    box = next(it for it in shown.vertices if it.group == net.id)
    above = shown.faces[box.index].above
    assert sentence.plain(above, text.load("en")) == "3 ops · 13 parameters"  # 2·3 + 3 + 3·1 + 1
