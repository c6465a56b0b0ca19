"""A backward call that could not begin: its frame, and the break in the picture."""

import pytest

from tests import traces
from tests.engine.record.test_unfollowed import NO_GRADIENT, ONLY_FORWARD, SWITCHED_OFF
from viz_app.knowledge import text
from viz_app.picture import scene
from viz_app.picture.drawing import pieces, styles
from viz_app.picture.explain.no_gradient import Doctor
from viz_app.picture.words import sentence


def _scissors(program: str) -> set[tuple[str, str]]:
    shown = scene.build(traces.run(program))
    names = {it.index: shown.faces[it.index].name for it in shown.vertices}
    layer = styles.place("scissors")
    cut = {-1 - it.of for it in pieces.pieces(shown) if it.layer == layer}
    return {(names[it.source], names[it.target]) for it in shown.links if it.index in cut}


@pytest.mark.parametrize("program", [NO_GRADIENT, ONLY_FORWARD])
def test_break_is_reported_at_the_tensor_that_could_require_a_gradient(program: str) -> None:
    assert _scissors(program) == {("a", "+ 1")}


def test_break_is_reported_at_the_leaf_if_recording_was_off() -> None:
    assert _scissors(SWITCHED_OFF) == {("w", "×")}


def test_recorded_program_has_no_break() -> None:
    assert _scissors(traces.SEED) == set()


def test_last_frame_names_the_tensor_without_history() -> None:
    frames = {it: scene.build(traces.run(it)).frames for it in (NO_GRADIENT, SWITCHED_OFF)}
    assert [it.phase for it in frames[NO_GRADIENT]] == ["forward"] * 3 + ["refused"]
    said = {it: sentence.plain(found[-1].message, text.load("en")) for it, found in frames.items()}
    assert said[NO_GRADIENT] == (
        "Line 6 · Backward can't begin at obj: it was made from a without requires_grad, so "
        "autograd recorded nothing."
    )
    assert "the whole way from w to it" in said[SWITCHED_OFF]


def test_result_is_sent_to_the_tensors_it_was_made_from() -> None:
    shown = scene.build(traces.run(NO_GRADIENT))
    found = Doctor(shown.reading).variable("obj")
    assert found is not None
    assert found.reason == "off"
    assert sentence.plain(found.sentences[1], text.load("en")) == (
        "Make a with requires_grad=True."
    )
