"""The story has every step once, in the engine's order, in every language."""

import re

import pytest

from tests import traces
from viz_app.knowledge import text
from viz_app.model import Frame
from viz_app.picture.story import story
from viz_app.picture.words import sentence
from viz_app.picture.words.notation import Reading


def caption(frame: Frame, language: str = "en") -> str:
    return sentence.plain(frame.message, text.load(language))


@pytest.mark.parametrize("name", sorted(traces.PROGRAMS))
def test_every_step_once_in_order(name: str) -> None:
    trace = traces.run(traces.PROGRAMS[name])
    frames = story.frames(Reading(trace))
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert [frame.step for frame in frames if frame.step is not None] == list(
        range(len(trace.steps))
    )
    covered = [n for f in frames if f.phase in ("forward", "update") for n in f.nodes]
    assert len(covered) == len(set(covered))
    # The last frame is the end of the last backward pass; what comes after it has no frame.
    end = trace.passes[-1].nodes_before if trace.passes and not trace.error else len(trace.nodes)
    assert set(covered) >= {n.id for n in trace.nodes[:end] if n.kind != "constant"}
    assert not trace.passes or trace.error or frames[-1].step == len(trace.steps) - 1
    for frame in frames:
        if frame.step is not None:
            ready = {n for f in frames[: frame.index] for n in f.nodes}
            assert set(frame.nodes) <= ready
        for language in text.languages():
            words = caption(frame, language)
            assert words
            assert not re.search(r"\{[a-z_]+\}", words)


def test_story_of_the_seed_matches_the_lesson() -> None:
    frames = story.frames(Reading(traces.run(traces.SEED)))
    phases = [frame.phase for frame in frames]
    assert phases == ["forward"] * 5 + ["backward"] * 4 + ["accumulate"]
    assert caption(frames[7]) == (
        "Line 4 · PowBackward0 receives ∂obj/∂c = [1, 1], multiplies by its local derivative "
        "∂c/∂b = 2b = [6, 8], and sends ∂obj/∂b = [6, 8] to b."
    )
    assert caption(frames[9]) == (
        "AccumulateGrad · a is a leaf, so [6, 8] is stored in a.grad, which was None."
    )


def test_fan_out_adds_term_by_term() -> None:
    frames = story.frames(Reading(traces.run(traces.FAN_OUT)))
    terms = [
        [term.data[0] for term in change.terms if term is not None]
        for frame in frames
        for change in frame.changes
        if change.node == 0
    ]
    assert terms == [[1], [1, 6], [1, 6, 30], [1, 6, 30]]
    assert "x is used three times, so three gradients arrive and are added" in caption(frames[10])
    assert "1 through z, 6 through v, and 30 through u" in caption(frames[10])


def test_a_sum_of_many_terms_shows_its_first_and_its_last() -> None:
    source = (
        "w = torch.tensor(2., requires_grad=True)\nz = w * 0\n"
        "for k in range(30):\n    z = z + w * k\nz.backward()\n"
    )
    last = story.frames(Reading(traces.run(source)))[-1]
    said = "29 through w*29, 28 through w*28, 27 through w*27, and 28 more. w.grad is now 435."
    assert caption(last).endswith(said)
    assert ", 그 밖에 28개. 이제 w.grad는 435입니다." in caption(last, "ko")
    assert r"29 + 28 + 27 + \cdots + 0" in [piece.latex for piece in last.formula]


@pytest.mark.parametrize(
    ("call", "said", "said_ko", "latex"),
    [
        (
            "x * b",
            "the gradients of b's copies along dim 0 add up to ∂sum(y)/∂b = [2, 2, 2]",
            "b 복사본들의 그래디언트를 dim 0 방향으로 더하면 ∂sum(y)/∂b = [2, 2, 2]",
            r"= 0} ([[1, 1, \dots], \dots], \text{shape }2 \times 3) \cdot \text{x}",
        ),
        (
            "x + b",
            "the gradients of b's copies along dim 0 add up to ∂sum(y)/∂b = [2, 2, 2]",
            "b 복사본들의 그래디언트를 dim 0 방향으로 더하면 ∂sum(y)/∂b = [2, 2, 2]",
            r"\sum_{\text{dim} = 0} ([[1, 1, \dots], \dots], \text{shape }2 \times 3) \cdot 1",
        ),
        (
            "x - c",
            "the gradients of c's copies along dim 0, 1 add up to ∂sum(y)/∂c = -6",
            "dim 0, 1 방향",
            r"\cdot \left(-1\right)",
        ),
        (
            "x / x[:, :1]",
            "copies along dim 1 add up to",
            "dim 1 방향으로 더하면",
            r"\text{dim} = 1",
        ),
        (
            "torch.nn.functional.linear(x, torch.ones(3, 3), b)",
            "[2, 2, 2] to b, summed over dim 0",
            "dim 0 방향으로 합침",
            "",
        ),
        ("x[0]", "0 wherever nothing was taken", "아무것도 가져가지 않은 자리에는 0을", ""),
        ("b[1:]", "0 wherever nothing was taken, and sends", "0을 채운", ""),
        ("b[[0, 0, 1]]", "adds up where a place was taken more than once", "더한 다음", ""),
        ("b.expand(2, 3)", "adds up the gradients of all copies", "복사본들의 그래디언트를", ""),
        ("x.reshape(3, 2)", "puts every number back in its old place, and", "되돌린 다음", ""),
    ],
)
def test_sums_and_zeros_are_explained(call: str, said: str, said_ko: str, latex: str) -> None:
    frames = story.frames(
        Reading(
            traces.run(
                "x = torch.ones(2, 3, requires_grad=True)\n"
                "b = torch.tensor([1., 2., 3.], requires_grad=True)\n"
                f"c = torch.tensor(2., requires_grad=True)\ny = {call}\ny.sum().backward()\n"
            )
        )
    )
    steps = [frame for frame in frames if frame.phase in ("backward", "sum")]
    assert any(said in caption(frame) for frame in steps)
    assert any(said_ko in caption(frame, "ko") for frame in steps)
    assert any(latex in " ".join(piece.latex for piece in frame.formula) for frame in steps)


def test_broadcasting_is_a_step_before_forward_and_after_backward() -> None:
    frames = story.frames(
        Reading(
            traces.run(
                "w = torch.tensor(2., requires_grad=True)\nx = torch.tensor([1., 3.])\n"
                "y = w * x\ny.sum().backward()\n"
            )
        )
    )
    assert [frame.phase for frame in frames] == [
        "forward", "repeat", "forward", "forward", "backward", "backward", "sum", "accumulate",
    ]  # fmt: skip
    assert "w is repeated along dim 0 to the shape (2,)" in caption(frames[1])
    product, added = frames[5:7]
    # The gradient arrives when it is added up, not before.
    assert "sends 2 gradients, one for each copy, to w" in caption(product)
    assert not any(change.node == 0 for change in product.changes)
    assert [change.terms[0].data for change in added.changes if change.terms[0]] == [(4.0,)]
    assert product.edges == added.edges == frames[1].edges


def test_operation_without_a_row_is_called_opaque() -> None:
    trace = traces.run(
        "a = torch.tensor([1., 2.], requires_grad=True)\nclass Twice(torch.autograd.Function):\n"
        "    @staticmethod\n    def forward(ctx, x):\n        return x * 2\n"
        "    @staticmethod\n    def backward(ctx, g):\n        return g * 2\n"
        "Twice.apply(a).sum().backward()\n"
    )
    said = [caption(frame) for frame in story.frames(Reading(trace))]
    assert any("only its numbers here, no formula), and sends ∂" in one for one in said)
    assert any("[2, 2]" in one for one in said)


def test_second_pass_names_the_earlier_gradient() -> None:
    frames = story.frames(Reading(traces.run(traces.SQUARE)))
    again = [caption(frame) for frame in frames if frame.phase == "accumulate"]
    assert "two gradients arrive" in again[0]
    assert "already holds 6" in again[1]
    assert sum(frame.starts for frame in frames) == 2


def test_story_of_a_loop_is_linear_in_size() -> None:
    short = story.frames(Reading(traces.run(traces.LOOP.replace("30", "2"))))
    long = story.frames(Reading(traces.run(traces.LOOP.replace("30", "4"))))

    def size(frames: tuple[Frame, ...]) -> float:
        return sum(len(f.changes) + len(f.edges) + len(f.nodes) for f in frames) / len(frames)

    assert size(long) < size(short) * 1.5
