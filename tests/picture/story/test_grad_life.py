"""The life of .grad: the events of each program, and any forgotten zero_grad."""

import pytest

from tests import traces
from viz_app.knowledge import text
from viz_app.model import Array
from viz_app.picture import scene
from viz_app.picture.explain import panel
from viz_app.picture.story import grad_life, story
from viz_app.picture.words import sentence
from viz_app.picture.words.notation import Reading

LOOP = """w = torch.tensor(1., requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for turn in range(3):
    loss = (w * 3 - 6) ** 2
    loss.backward()
"""
GAN = """torch.manual_seed(0)
g, d = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1)
for_g = torch.optim.SGD(g.parameters(), lr=0.1)
for_d = torch.optim.SGD(d.parameters(), lr=0.1)
noise = torch.ones(2, 1)
for turn in range(3):
    for_d.zero_grad()
    d(torch.ones(2, 1)).mean().backward()
    d(g(noise).detach()).mean().neg().backward()
    for_d.step()
    for_g.zero_grad()
    d(g(noise)).mean().backward()
    for_g.step()
"""
SEEN = {
    "forgotten": (LOOP + "    opt.step()\n", "filled added! added!"),
    "forgotten by hand": (
        LOOP + "    with torch.no_grad():\n        w -= 0.1 * w.grad\n",
        "filled added! added!",
    ),
    "forgotten, through .data": (LOOP + "    w.data -= 0.1 * w.grad\n", "filled added! added!"),
    "forgotten, and clipped": (
        LOOP + "    torch.nn.utils.clip_grad_norm_([w], 1.)\n    opt.step()\n",
        "filled changed added! changed added! changed",
    ),
    "zero_grad after": (
        LOOP + "    opt.step()\n    opt.zero_grad()\n",
        "filled cleared filled cleared filled cleared",
    ),
    "zero_grad before": (
        LOOP.replace("    loss =", "    opt.zero_grad()\n    loss =") + "    opt.step()\n",
        "filled cleared filled cleared filled",
    ),
    "zeros": (
        LOOP + "    opt.step()\n    opt.zero_grad(set_to_none=False)\n",
        "filled zeroed filled zeroed filled zeroed",
    ),
    "zero_": (
        LOOP + "    w.data -= 0.1 * w.grad\n    w.grad.zero_()\n",
        "filled zeroed filled zeroed filled zeroed",
    ),
    "None": (
        LOOP + "    opt.step()\n    w.grad = None\n",
        "filled cleared filled cleared filled cleared",
    ),
    "micro-batches": (
        LOOP + "    if turn == 2:\n        opt.step()\n        opt.zero_grad()\n",
        "filled added added cleared",
    ),
    "micro-batches, then the next": (
        LOOP.replace("range(3)", "range(4)")
        + "    if turn % 2 == 1:\n        opt.step()\n        opt.zero_grad()\n",
        "filled added cleared filled added cleared",
    ),
    "every other turn": (
        LOOP + "    opt.step()\n    if turn % 2 == 1:\n        opt.zero_grad()\n",
        "filled added! cleared filled",
    ),
    "two losses": (
        "w = torch.tensor(1., requires_grad=True)\n(w * 2).backward()\n(w * 3).backward()\n",
        "filled added",
    ),
    "a new leaf": (
        LOOP + "    w = (w - 0.1 * w.grad).detach().requires_grad_()\n",
        "filled",
    ),
    "autograd.grad": (
        "w = torch.tensor(1., requires_grad=True)\ntorch.autograd.grad(w * 2, w)\n",
        "",
    ),
    "never used": (
        "w = torch.tensor(1., requires_grad=True)\n(w * 2).backward()\n"
        "w.data -= 0.1 * w.grad\n(w * 3).backward()\n",
        "filled added",
    ),
}


def written(one: grad_life.Life) -> str:
    return " ".join(each.kind + "!" * (each.forgotten is not None) for each in one.events)


@pytest.mark.parametrize("name", SEEN)
def test_events_of_grad_are_listed(name: str) -> None:
    program, expected = SEEN[name]
    trace = traces.run(program)
    assert trace.error is None
    found = grad_life.lives(trace)
    assert [written(one) for one in found[:1]] == ([expected] if expected else [])


def test_gan_raises_no_zero_grad_warning() -> None:
    found = grad_life.lives(traces.run(GAN))
    assert len(found) == 4
    assert all(one.forgotten is None for life_ in found for one in life_.events)
    assert any("added" in written(one) for one in found)  # the other network's gradient is there


@pytest.mark.parametrize("language", text.languages())
def test_forgotten_zero_grad_is_reported(language: str) -> None:
    words = text.load(language)
    trace = traces.run(SEEN["forgotten"][0])
    said = [
        sentence.plain(frame.message, words)
        for frame in story.frames(Reading(trace))
        if frame.phase == "accumulate"
    ]
    warning = words("life.forgotten", name="w", update=6)
    assert [warning in one for one in said] == [False, True, True]
    life = panel.explain(scene.build(trace), words)["life"]
    assert life["forgotten"] == 1
    [leaf] = life["leaves"]
    assert [bool(one["forgotten"]) for one in leaf["events"]] == [False, True, True]
    assert leaf["mend"] == words("life.mend", name="w")
    assert all(one["frame"] is not None for one in leaf["events"])
    short = panel.explain(scene.build(trace), words, whole=False)["life"]
    assert short == {"forgotten": 1}


def test_zeroing_is_shown_with_its_line() -> None:
    for name, line, what in (("zeros", 7, "filled with zeros"), ("None", 7, "set back to None")):
        trace = traces.run(SEEN[name][0])
        said = [
            sentence.plain(frame.message, text.load("en"))
            for frame in story.frames(Reading(trace))
            if frame.phase == "accumulate"
        ]
        assert [f"w.grad had been {what} in line {line}." in one for one in said] == [
            False, True, True,
        ]  # fmt: skip


def test_tensors_that_keep_a_gradient_and_their_reasons() -> None:
    trace = traces.run(
        "a = torch.tensor(2., requires_grad=True)\nb = a * 3\nb.retain_grad()\n"
        "c = b ** 2\nd = c + 1\nd.backward()\n"
    )
    words = text.load("en")
    life = panel.explain(scene.build(trace), words)["life"]
    assert [leaf["name"] for leaf in life["leaves"]] == ["a"]
    assert life["others"] == [
        words("life.retained", names="b"),
        words("life.not_leaf", names="c, d"),
    ]


SAVED = "a = torch.tensor([1., 2.], requires_grad=True)\nb = a ** 2\nc = b.exp().sum()\n"


def test_saved_tensors_have_sizes_and_an_end() -> None:
    trace = traces.run(SAVED + "c.backward(retain_graph=True)\nc.backward()\n")
    assert [each.keeps for each in trace.passes] == [True, False]
    kept = {trace.nodes[node].grad_fn: one for node, one in grad_life.kept(trace).items()}
    assert kept == {
        "PowBackward0": grad_life.Kept(8, 2),
        "ExpBackward0": grad_life.Kept(8, 2),
    }
    words = text.load("en")
    life = panel.explain(scene.build(trace), words)["life"]
    assert life["saved"] == [
        words("life.pass_keeps", number=1, line=4, nodes=2, size=16),
        words("life.pass_frees", number=2, line=5, nodes=2, size=16),
    ]


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("c.backward()\n", "8 bytes, freed by backward in line 4"),
        ("c.backward(retain_graph=True)\n", "8 bytes, not freed: retain_graph kept them"),
        ("torch.autograd.grad(c, a, create_graph=True)\n", "8 bytes, not freed"),
        ("torch.autograd.grad(c, a)\n", "8 bytes, freed by backward in line 4"),
    ],
)
def test_disc_shows_when_its_saved_tensors_were_freed(end: str, said: str) -> None:
    trace = traces.run(SAVED + end)
    kept = grad_life.kept(trace)
    power = next(node.id for node in trace.nodes if node.grad_fn == "PowBackward0")
    assert grad_life.freed(trace, kept[power], text.load("en")).startswith(said)


@pytest.mark.parametrize(
    ("dtype", "size"),
    [("float32", 24), ("float64", 48), ("bfloat16", 12), ("int64", 48), ("bool", 6),
     ("complex64", 48), ("float8_e4m3fn", 6)],
)  # fmt: skip
def test_size_of_an_array_in_bytes(dtype: str, size: int) -> None:
    assert grad_life.size(Array((2, 3), f"torch.{dtype}", ())) == size


@pytest.mark.parametrize("name", sorted(traces.PROGRAMS))
@pytest.mark.parametrize("language", text.languages())
def test_every_program_can_be_described(name: str, language: str) -> None:
    trace = traces.run(traces.PROGRAMS[name])
    life = grad_life.panel(Reading(trace), {}, text.load(language), whole=True)
    assert life["forgotten"] == 0
