"""Forward mode is torch's own: every tangent, and all of them together are the gradient."""

import math
from typing import Any

import pytest
import torch
from torch.autograd import forward_ad

from tests import traces
from tests.picture.explain.test_chain_rule import EXAMPLES, TOLERANCE, close
from viz_app.errors import VizError
from viz_app.knowledge import lessons, text
from viz_app.model import Trace
from viz_app.picture import scene
from viz_app.picture.explain import chain_rule, forward_mode, panel, tangents
from viz_app.picture.explain.tangents import Dual, Seed
from viz_app.picture.words.notation import Reading

BODIES = {
    "seed": "b = a + 1\nc = b ** 2\nd = 2 * c\nobj = d.mean()",
    "product": "b = a * w[0, :2]\nobj = b.sum() * a[0]",
    "matmul": "b = w @ a[:, None].expand(2, 2)\nc = b.T\nobj = c.tanh().sum()",
    "softmax": "b = torch.softmax(w, dim=1)\nc = (b * w).log1p()\nobj = c.prod()",
    "outputs": "b, c = w.unbind(0)\nd = b / c + a.sin()\nobj = (d ** 3).sum()",
    "in place": "b = a.sin().mul_(a)\nobj = b.sum()",
    "norm": "b = torch.linalg.norm(w, dim=0)\nc = torch.cat([a, b])\nobj = c.std()",
    "choice": "b = torch.where(a > 2, a ** 2, -a)\nobj = torch.maximum(b, w[1]).sum()",
}
LEAVES = "a = torch.tensor([2., 3.])\nw = torch.tensor([[0.5, 2.], [1., 4.]])\n"


def all_of(trace: Trace, number: int = 1) -> list[tuple[chain_rule.Rule, list[Dual]]]:
    """Each leaf of a pass, with one forward pass per element.

    Of a leaf whose numbers were not all recorded, with the first only: each is unknown.
    """
    reading = Reading(trace)
    [of] = [each for each in trace.passes if each.number == number]
    found = []
    for rule in chain_rule.rules(reading, of):
        value = reading.nodes[rule.leaf].values[0]
        size = math.prod(value.shape) if value is not None else 0
        if value is not None and value.truncated:
            size = 1
        seeds = [Seed(rule.leaf, element) for element in range(size)]
        found.append((rule, list(tangents.propagate(reading, of, seeds))))
    return found


@pytest.mark.filterwarnings("ignore:`torch.jit.script`:DeprecationWarning")  # torch's forward mode
@pytest.mark.parametrize("name", sorted(BODIES))
def test_every_tangent_is_torchs_own(name: str) -> None:
    asking = LEAVES.replace(")\n", ", requires_grad=True)\n")
    trace = traces.run(f"{asking}{BODIES[name]}\nobj.backward()\n")
    assert trace.error is None
    reading = Reading(trace)
    compared = 0
    for rule, duals in all_of(trace):
        assert duals
        for dual in duals:
            theirs = by_torch(BODIES[name], reading.label(rule.leaf), dual.seed.element)
            for (node, output), ours in dual.tangents.items():
                tangent = theirs.get(reading.label(node, output))
                if tangent is not None and reading.nodes[node].names:
                    assert ours == pytest.approx(tangent.reshape(-1).tolist(), rel=1e-5, abs=1e-6)
                    compared += 1
    assert compared >= 4


def by_torch(body: str, leaf: str, element: int) -> dict[str, torch.Tensor]:
    """The tangent of every name of a program, by torch's forward mode."""
    names: dict[str, Any] = {"torch": torch}
    exec(LEAVES, names)
    unit = torch.zeros_like(names[leaf])
    unit.view(-1)[element] = 1
    with forward_ad.dual_level():
        names[leaf] = forward_ad.make_dual(names[leaf], unit)  # type: ignore[no-untyped-call]
        exec(body, names)
        return {
            name: found
            for name, value in names.items()
            if isinstance(value, torch.Tensor)
            and (found := forward_ad.unpack_dual(value).tangent) is not None  # type: ignore[no-untyped-call]
        }


@pytest.mark.parametrize("name", sorted(EXAMPLES)[::6])
def test_all_forward_passes_together_are_the_gradient(name: str) -> None:
    try:
        trace = traces.run(EXAMPLES[name].read_text("utf-8"))
    except VizError:
        return  # a text that does not parse has no gradient
    if not trace.passes or any(step.hooked for step in trace.steps):
        return
    for rule, duals in all_of(trace):
        ours = [dual.tangents.get(rule.root) for dual in duals]
        if rule.gradient is None or rule.gradient.truncated or rule.product is None:
            continue
        known = [tangent for tangent in ours if tangent is not None and len(tangent) == 1]
        if len(known) == len(rule.gradient.data) and not weighted(trace, rule):
            assert close(tuple(x for (x,) in known), rule.gradient, TOLERANCE.get(name, 1e-4))


def weighted(trace: Trace, rule: chain_rule.Rule) -> bool:
    first = next(step for step in trace.steps if step.node == rule.root[0])
    given = first.upstream[rule.root[1]]
    return given is None or given.data != (1.0,)


def start(trace: Trace, number: int, root: tuple[int, int]) -> list[float]:
    """The gradient that a pass began with."""
    step = next(one for one in trace.steps if one.pass_number == number and one.node == root[0])
    array = step.upstream[root[1]]
    assert array is not None
    return [float(x) for x in array.data if not isinstance(x, tuple)]


@pytest.mark.parametrize("slug", sorted(lessons.load()))
def test_a_lessons_forward_passes_are_its_gradients(slug: str) -> None:
    trace = traces.run(lessons.load()[slug].program)
    number = compared = 0
    for each in trace.passes[:2]:
        number = each.number
        for rule, duals in all_of(trace, number):
            ours = [dual.tangents[rule.root] for dual in duals]
            if rule.gradient is not None and None not in ours:
                weights = start(trace, number, rule.root)  # v of backward(v); 1 for a number
                products = [
                    math.fsum(v * x for v, x in zip(weights, one or (), strict=True))
                    for one in ours
                ]
                assert close(tuple(products), rule.gradient)
                compared += 1
    assert compared >= 1


def test_the_seeds_dual_numbers() -> None:
    explained = panel.explain(scene.build(traces.run(traces.SEED)), text.load("en"))
    [mode] = explained["forward"]
    assert mode["seeds"] == ["a[0]", "a[1]"]
    names = [row["name"] for row in mode["rows"]]
    values = [row["value"] for row in mode["rows"]]
    assert list(zip(names, values, mode["tangents"][0], strict=True)) == [
        ("a", "[2, 3]", "[1, 0]"),
        ("b", "[3, 4]", "[1, 0]"),
        ("c", "[9, 16]", "[6, 0]"),
        ("d", "[18, 32]", "[12, 0]"),
        ("obj", "25", "6"),
    ]
    assert [row["frame"] for row in mode["rows"]] == [0, 1, 2, 3, 4]
    assert mode["ends"][0]["text"] == "The tangent of obj, 6, is what backward found for a.grad[0]."
    assert [end["state"] for end in mode["ends"]] == ["agree", "agree"]
    assert "reverse mode 1, one for each element of obj" in mode["count"]
    assert "forward mode 2, one for each element of a" in mode["count"]


def _numbers(grid: dict[str, Any]) -> list[float | None]:
    return [cell["number"] for cell in grid["cells"]]


def test_the_step_of_the_seeds_square() -> None:
    explained = panel.explain(scene.build(traces.run(traces.SEED)), text.load("en"))
    op = {"text": "PowBackward0", "plain": "b ** 2"}
    [square] = [step for step in explained["steps"] if step["op"] == op]
    assert (square["made"], square["frame"]) == (2, 7)
    first, second = square["forward"]
    tangent, product = first["parts"][0]["tangent"], first["parts"][0]["product"]
    assert _numbers(tangent) == [1, 0]
    assert _numbers(product) == _numbers(first["total"]) == [6, 0]
    assert _numbers(second["total"]) == [0, 8]


def test_more_results_than_inputs_are_cheaper_forward() -> None:
    program = "x = torch.tensor(2., requires_grad=True)\ny = x * torch.arange(1., 4.)\n"
    trace = traces.run(f"{program}y.backward(gradient=torch.tensor([1., 10., 100.]))\n")
    explained = panel.explain(scene.build(trace), text.load("en"))
    [mode] = explained["forward"]
    assert "reverse mode 3" in mode["count"]
    assert "forward mode 1" in mode["count"]
    assert mode["less"] == "Here forward mode needs fewer."
    assert mode["tangents"][0][-1] == "[1, 2, 3]"
    assert "add up to 321: what backward found for x.grad." in mode["ends"][0]["text"]


def test_unknown_jacobian_is_reported_and_a_hook_breaks_agreement() -> None:
    large = "x = torch.ones(40, requires_grad=True)\n(x * 2).sum().backward()\n"
    explained = panel.explain(scene.build(traces.run(large)), text.load("en"))
    assert {end["state"] for end in explained["forward"][0]["ends"]} == {"none"}
    assert len(explained["forward"][0]["seeds"]) == forward_mode.SEEDS
    hooked = (
        "x = torch.tensor(3., requires_grad=True)\ny = x * x\n"
        "y.register_hook(lambda g: g * 5)\n(y * 2).backward()\n"
    )
    explained = panel.explain(scene.build(traces.run(hooked)), text.load("en"))
    [end] = explained["forward"][0]["ends"]
    assert end["state"] == "differ"
    assert "is 12; for x.grad backward found 60" in end["text"]


@pytest.mark.parametrize("language", text.languages())
@pytest.mark.parametrize("name", sorted(traces.PROGRAMS))
def test_forward_mode_can_be_described(name: str, language: str) -> None:
    shown = scene.build(traces.run(traces.PROGRAMS[name]))
    explained = panel.explain(shown, text.load(language))
    for mode in explained["forward"]:
        assert mode["until"] < len(shown.frames)
        assert len(mode["tangents"]) == len(mode["ends"]) == len(mode["seeds"])
        assert all(len(texts) == len(mode["rows"]) for texts in mode["tangents"])


def test_a_dual_number_of_a_large_tensor_is_no_sum_of_shapes() -> None:
    program = "w = torch.ones(4, 5, requires_grad=True)\n(w * w).sum().backward()"
    explained = panel.explain(scene.build(traces.run(program)), text.load("en"))
    [mode] = explained["forward"]
    assert mode["rows"][0]["value"] == "(shape 4×5, ‖·‖ = 4.472)"
    assert mode["tangents"][0][0] == "(shape 4×5, ‖·‖ = 1)"
