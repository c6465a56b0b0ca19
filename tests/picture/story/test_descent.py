"""An optimiser's step is written as arithmetic only where the run's numbers prove it."""

import functools
import re
from typing import Any

import msgspec
import pytest
import torch

from tests import traces
from viz_app.knowledge import text
from viz_app.model import Frame, Trace
from viz_app.picture import payload, scene
from viz_app.picture.story import story
from viz_app.picture.words import sentence
from viz_app.picture.words.notation import Reading

RULES = {
    "plain": "torch.optim.SGD([plain], lr=0.05)",
    "heavy": "torch.optim.SGD([heavy], lr=0.05, momentum=0.9)",
    "adam": "torch.optim.Adam([adam], lr=0.1)",
    "betas": "torch.optim.Adam([betas], lr=0.1, betas=(0.7, 0.95))",
    "nesterov": "torch.optim.SGD([nesterov], lr=0.05, momentum=0.9, nesterov=True)",
    "damped": "torch.optim.SGD([damped], lr=0.05, momentum=0.9, dampening=0.5)",
    "decayed": "torch.optim.Adam([decayed], lr=0.1, weight_decay=0.7)",
    "rms": "torch.optim.RMSprop([rms], lr=0.05)",
    "adagrad": "torch.optim.Adagrad([adagrad], lr=0.1)",
    "nadam": "torch.optim.NAdam([nadam], lr=0.1)",
}
PROGRAM = (
    "".join(f"{name} = torch.tensor([1., -2.], requires_grad=True)\n" for name in RULES)
    + "m = torch.tensor(2., requires_grad=True)\n"
    + f"rules = [{', '.join(RULES.values())}, torch.optim.SGD([m], lr=0.05, momentum=0.9)]\n"
    + "for turn in range(4):\n"
    + "    loss = m ** 2\n"
    + "".join(
        f"    loss = loss + (({name} * torch.tensor([3., 1.]) - 1) ** 2).sum()\n" for name in RULES
    )
    + "    for rule in rules:\n        rule.zero_grad()\n"
    + "    loss.backward()\n"
    + "    for rule in rules:\n        rule.step()\n"
)
BY_HAND = """
w = torch.tensor(1., requires_grad=True)
speed = torch.tensor(0.)
for turn in range(3):
    loss = (w - 3) ** 2
    loss.backward()
    with torch.no_grad():
        speed = 0.8 * speed + w.grad
        w -= 0.1 * speed
    w.grad = None
"""


def _updates(trace: Trace, name: str) -> list[Frame]:
    reading = Reading(trace)
    return [
        it
        for it in story.frames(reading)
        if it.phase == "update" and reading.label(it.nodes[0]) == name
    ]


@functools.cache
def _keys(name: str) -> list[str]:
    return [it.message.key for it in _updates(traces.run(PROGRAM), name)]


def _plain(frame: Frame) -> str:
    return " ".join(it.plain or it.latex for it in frame.formula)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("plain", ["descent", "descent", "descent"]),
        ("heavy", ["descent", "momentum", "momentum"]),
        ("adam", ["update", "adam", "adam"]),
        ("betas", ["update", "adam", "adam"]),
    ],
)
def test_proven_updates_are_described(name: str, keys: list[str]) -> None:
    assert _keys(name) == [f"caption.{key}" for key in keys]


@pytest.mark.parametrize("name", ["nesterov", "damped", "decayed", "rms", "adagrad", "nadam"])
def test_steps_of_other_rules_are_not_called_momentum_or_adam(name: str) -> None:
    assert not {"caption.momentum", "caption.adam"} & set(_keys(name))


def test_leaf_named_like_a_velocity_is_described_by_its_numbers() -> None:
    assert _keys("m")[1:] == ["caption.update"] * 2


def test_factors_are_those_of_the_program() -> None:
    shown = _updates(traces.run(PROGRAM), "betas")[1]
    assert "m ← 0.7·m + 0.3·(∇betas) =" in _plain(shown)
    assert "v ← 0.95·v + 0.05·(∇betas)² =" in _plain(shown)
    assert "√v̂ = √(v/(1 − 0.95^2)) =" in _plain(shown)


def test_means_are_those_of_the_optimiser() -> None:
    torch.manual_seed(0)
    names: dict[str, Any] = {"torch": torch}
    exec(PROGRAM.replace("range(4)", "range(2)"), names)
    means = {
        (leaf, symbol): names["rules"][list(RULES).index(leaf)].state[names[leaf]][key]
        for leaf, symbol, key in (
            ("heavy", "v", "momentum_buffer"),
            ("adam", "m", "exp_avg"),
            ("adam", "v", "exp_avg_sq"),
            ("betas", "m", "exp_avg"),
            ("betas", "v", "exp_avg_sq"),
        )
    }
    for (leaf, symbol), mean in means.items():
        shown = _plain(_updates(traces.run(PROGRAM), leaf)[1])
        equation = re.search(rf"(?<!\w){symbol} ← .*? = .*? = \[(.*?), (.*?)\]", shown)
        assert equation is not None, shown
        assert [float(one) for one in equation.groups()] == pytest.approx(mean.tolist(), rel=5e-4)


def test_first_step_of_adam_shows_only_its_result() -> None:
    shown = _updates(traces.run(PROGRAM), "adam")[0]
    assert _plain(shown) == ("adam ← adam − 0.1·sign(∇adam) = [1, -2] − 0.1·[1, -1] = [0.9, -1.9]")


def test_momentum_by_hand_is_described_like_the_optimisers() -> None:
    frames = _updates(traces.run(BY_HAND), "w")
    assert [it.message.key for it in frames] == ["caption.descent", "caption.momentum"]
    assert _plain(frames[1]) == (
        "w ← w − 0.1·v = 1.4 − 0.1·(-6.4) = 2.04  v ← 0.8·v + ∇w = 0.8·(-4) + (-3.2) = -6.4"
    )
    said = sentence.plain(frames[1].message, text.load("en"))
    assert re.search(r"v keeps 0\.8 of what it was, the gradient is added, and 0\.1 times v", said)


def test_one_wrong_digit_ends_the_proof() -> None:
    trace = traces.run(BY_HAND)
    node = _updates(trace, "w")[1].nodes[0]
    value = trace.nodes[node].values[0]
    assert value is not None
    forged = msgspec.structs.replace(value, data=(2.0401,))
    nodes = list(trace.nodes)
    nodes[node] = msgspec.structs.replace(nodes[node], values=(forged,))
    changed = msgspec.structs.replace(trace, nodes=tuple(nodes))
    assert _updates(changed, "w")[1].message.key == "caption.update"


TURNS = """
w = torch.tensor([2., -4.], requires_grad=True)
b = torch.tensor(1., requires_grad=True)
opt = torch.optim.SGD([w, b], lr=0.1)
for _ in range(3):
    opt.zero_grad()
    loss = (w ** 2).sum() + b
    loss.backward()
    torch.nn.utils.clip_grad_value_([w, b], 5.)
    opt.step()
"""


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_step_counter_names_the_kind_of_step(lang: str) -> None:
    words = text.load(lang)
    shown = payload.payload(scene.build(traces.run(TURNS)), words)
    counted = [(it.half, it.place, it.count, it.pass_number) for it in shown.frames]
    updates = [it for it in counted if it[0] == "update"]
    # Those of a turn are counted together, and belong to the pass whose gradients they use.
    assert updates == [("update", place, 2, turn) for turn in (1, 2) for place in (1, 2)]
    assert counted[counted.index(updates[2]) - 1][0] == "write"
    assert {words(f"stage.{it.half}") for it in shown.frames} == {
        words(f"stage.{half}") for half in ("forward", "backward", "update", "write")
    }
    for half in ("forward", "backward", "write"):
        own = [it for it in counted if it[0] == half]
        for turn in {it[3] for it in own}:
            places = [it[1] for it in own if it[3] == turn]
            assert places == list(range(1, len(places) + 1))
            assert {it[2] for it in own if it[3] == turn} == {len(places)}


LAST = """
w = torch.tensor([0., 1.], requires_grad=True)
b = torch.tensor(0., requires_grad=True)
opt = torch.optim.SGD([b, w], lr=0.1, momentum=0.9)
for turn in range(2):
    loss = ((w * torch.tensor([1., 2.]) + b - 3) ** 2).mean()
    opt.zero_grad()
    loss.backward(){}
    opt.step()
"""


def _end(program: str) -> Frame:
    return scene.build(traces.run(program)).frames[-1]


@pytest.mark.parametrize("clipped", [False, True])
def test_the_update_after_the_last_pass_is_told_at_the_last_step(*, clipped: bool) -> None:
    between = "\n    torch.nn.utils.clip_grad_norm_([w, b], 1.0)" if clipped else ""
    program = LAST.format(between)
    trace = traces.run(program)
    unended = story.frames(Reading(trace))
    last = _end(program)
    assert (last.index, last.phase) == (len(unended) - 1, "accumulate")  # no step more
    said = sentence.plain(last.message, text.load("en"))
    names: dict[str, Any] = {}
    exec("import torch\n" + program, names)  # our own text
    name = Reading(trace).label(last.nodes[0])
    now = names[name].detach()
    # The leaf of the last step, whichever it is.
    shown = "[" + ", ".join(f"{x:.4g}" for x in now.tolist()) + "]" if now.dim() else f"{now:.4g}"
    line = 10 if clipped else 9
    assert said.endswith(
        f" Line {line} then changes {name} in place to {shown}, and another tensor too."
    )
    # By the numbers of the momentum, the clipped gradient's if it was clipped.
    velocity = names["opt"].state[names[name]]["momentum_buffer"]
    terms = " ".join(part.plain for part in last.formula)
    assert f"{name} ← {name} − 0.1·v" in terms
    found = re.search(r"v ← 0\.9·v.* = (\[.*\]|[-0-9.]+)$", terms)
    assert found
    numbers = [float(x) for x in re.findall(r"-?[\d.]+", found[1].replace("−", "-"))]
    assert numbers == pytest.approx(velocity.flatten().tolist(), rel=1e-3)


def test_a_folded_last_step_tells_the_update_too() -> None:
    program = (
        "net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Tanh())\n"
        "opt = torch.optim.SGD(net.parameters(), lr=0.1)\n"
        "net(torch.ones(1, 2)).sum().backward()\nopt.step()\n"
    )
    trace = traces.run(program)
    keys = {
        scene.build(trace, requests).frames[-1].message.key
        for requests in ((), ("-net",), ("net",))
    }
    assert keys == {"caption.with_sequel"}


@pytest.mark.parametrize("after", ["", "w.grad = None", "p = w * 2", "w.grad.zero_()"])
def test_nothing_is_added_where_no_leaf_is_updated_after_the_last_pass(after: str) -> None:
    program = f"w = torch.tensor(2., requires_grad=True)\n(w * w).backward()\n{after}\n"
    assert _end(program).message.key != "caption.with_sequel"
