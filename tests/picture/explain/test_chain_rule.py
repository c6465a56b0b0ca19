"""The multiplied chain rule equals the gradient; so do the finite differences."""

import html
import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from tests import traces
from viz_app.errors import VizError
from viz_app.knowledge import text
from viz_app.model import Array, Trace
from viz_app.paths import PROJECT
from viz_app.picture import scene
from viz_app.picture.explain import chain_rule, panel
from viz_app.picture.words.notation import Reading

PROGRAMS = sorted((PROJECT / "tests" / "programs").glob("*.py"))
EXAMPLES = {path.stem: path for path in PROGRAMS}
TOLERANCE = {
    "training_autocast_bfloat16": 0.05,  # three significant digits
    "training_grad_accum_amp_scheduler": 0.05,
    "integer_dtype_zoo": 0.05,
    # Here autograd and the function's true slope differ, and the panel says so:
    "views_gather_scatter_zoo": math.inf,  # scatter's backward is wrong where an index repeats
    "inplace_chain_of_views": math.inf,  # an operand lies in the memory that is written
    "numpy_foreign_memory_written_later": math.inf,  # numpy overwrote what backward needs
    "function_fake_quantisation": math.inf,  # a straight-through estimator: steps with a slope
    "rnn_gru_many_to_one": math.inf,  # padding_idx: no gradient by design
}


def all_rules(trace: Trace) -> Iterator[chain_rule.Rule]:
    reading = Reading(trace)
    for each in trace.passes:
        yield from chain_rule.rules(reading, each)


def close(ours: tuple[float, ...], theirs: Array, rel: float = 1e-4) -> bool:
    numbers = [float(x) for x in theirs.data if not isinstance(x, tuple)]
    size = max([1.0, *(abs(x) for x in numbers if math.isfinite(x))])
    return len(ours) == len(numbers) and all(
        abs(a - b) <= rel * size or not (math.isfinite(a) or math.isfinite(b))
        for a, b in zip(ours, numbers, strict=True)
    )


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_three_ways_agree(name: str) -> None:
    try:
        trace = traces.run(EXAMPLES[name].read_text("utf-8"))
    except VizError:
        return  # a text that does not parse has no gradient
    loose = TOLERANCE.get(name, 1e-4)
    every = list(all_rules(trace))
    for rule in every:
        if rule.product is None or rule.gradient is None or rule.gradient.truncated:
            continue
        assert close(rule.product, rule.gradient, loose)
        if rule.paths and all(path.product is not None for path in rule.paths):
            parts = [path.product for path in rule.paths if path.product is not None]
            assert close(tuple(map(math.fsum, zip(*parts, strict=True))), rule.gradient, loose)
        for term in rule.terms:
            assert (
                term.product is None or term.sent is None or close(term.product, term.sent, loose)
            )
    gradients = {rule.leaf: rule.gradient for rule in every if rule.pass_number == 1}
    for check in trace.checks:
        gradient = gradients.get(check.node)
        hooked = any(step.hooked for step in trace.steps)
        if gradient is None or hooked or check.kinks:
            continue
        # A backward that is not the derivative on purpose: straight through, reversed.
        chosen = any(one in trace.source for one in ("autograd.Function", "hard=True"))
        ways = [way for way in (check.slopes, check.fixed) if way]
        assert (
            chosen
            or name in APART
            or any(close(way, gradient, 10 * loose + check.error) for way in ways)
        )


APART = {
    "files_tensor_roundtrip",  # what is loaded from a file is another leaf
    "distributions_bernoulli_and_beta",  # an implicit derivative of a sampler that rejects
    "multi_output_linalg",  # eigh reads one half of a matrix, whose gradient is of both
    "inplace_leaf_under_no_grad_then_use",  # the leaf is overwritten between its two uses
    "views_storage_and_versions",  # a value written to through detach(), behind its gradient
    "modules_lazy_and_init",  # known fault: moved where it was made, and initialised again after
}
"""Programs whose gradient is not the slope of the program that runs again."""


def test_most_examples_are_small_enough() -> None:
    """The test above needs enough examples to mean something."""
    multiplied = measured = 0
    for path in PROGRAMS[::4]:
        try:
            trace = traces.run(path.read_text("utf-8"))
        except VizError:
            continue
        multiplied += any(rule.product is not None for rule in all_rules(trace))
        measured += bool(trace.checks)
    assert multiplied >= len(PROGRAMS[::4]) // 3
    assert measured >= len(PROGRAMS[::4]) // 3


def test_fan_out_adds_up() -> None:
    trace = traces.run(traces.FAN_OUT)
    rule = next(one for one in all_rules(trace) if one.leaf == 0)
    assert [term.product for term in rule.terms] == [(1.0,), (6.0,), (30.0,)]
    assert sorted(path.product or () for path in rule.paths) == [(1.0,), (6.0,), (12.0,), (18.0,)]
    assert rule.product == (37.0,)
    assert rule.count == 4


@pytest.mark.parametrize(
    ("shape", "data", "kind"),
    [
        ((1, 1), (5,), "number"),
        ((2, 2), (2, 0, 0, 2), "scaled"),
        ((2, 2), (6, 0, 0, 8), "diagonal"),
        ((1, 2), (0.5, 0.5), "average"),
        ((1, 3), (1, 1, 1), "sum"),
        ((2, 3), (0, 0, 1, 1, 0, 0), "one_hot"),
        ((3, 2), (1, 0, 0, 1, 0, 0), "one_hot"),  # padding: a result that comes from nowhere
        ((4, 2), (1, 0, 0, 1, 1, 0, 0, 1), "sum"),  # broadcasting
        ((2, 4), (0.5, 0.5, 0, 0, 0, 0, 0.5, 0.5), "average"),  # mean(dim=1)
        ((2, 3), (0, 0, 0, 0, 0, 0), "matrix"),
        ((2, 2), (1, 2, 3, 4), "matrix"),
    ],
)
def test_jacobians_are_recognised(
    shape: tuple[int, ...], data: tuple[float, ...], kind: chain_rule.Shape
) -> None:
    assert chain_rule.recognise(Array(shape, "torch.float32", data)) == kind


def test_kink_is_reported() -> None:
    trace = traces.run(
        "a = torch.tensor([0., 2.], requires_grad=True)\na.relu().sum().backward()\n"
    )
    assert trace.checks[0].kinks == (0,)
    assert trace.checks[0].slopes[1] == pytest.approx(1)


@pytest.mark.parametrize(
    ("why", "text"),
    [
        ("random", "a * (time.time_ns() % 10**9)"),
        ("long", "sum(a * k for k in range(800))"),
    ],
)
def test_missing_finite_differences_are_explained(why: str, text: str) -> None:
    trace = traces.run(
        f"import time\na = torch.tensor(2., requires_grad=True)\nb = {text}\nb.backward()"
    )
    assert (trace.checks, trace.unchecked) == ((), why)


def test_curve_contains_the_current_point() -> None:
    trace = traces.run(traces.SEED)
    assert [curve.element for curve in trace.curves] == [0, 1]
    curve = trace.curves[0]
    middle = len(curve.x) // 2
    assert (curve.x[middle], curve.y[middle]) == pytest.approx((2, 25))
    assert curve.slope[middle] == pytest.approx(6)
    assert curve.y[0] == pytest.approx(((curve.x[0] + 1) ** 2 * 2 + 32) / 2)


@pytest.mark.parametrize("name", sorted(traces.PROGRAMS))
@pytest.mark.parametrize("language", text.languages())
def test_every_program_has_explanations(name: str, language: str) -> None:
    shown = scene.build(traces.run(traces.PROGRAMS[name]))
    explained = panel.explain(shown, text.load(language))
    states = {"agree", "product", "measured", "alone"}
    assert {rule["badge"]["state"] for rule in explained["rules"]} <= states
    if explained["rules"]:
        assert explained["rules"][0]["badge"]["state"] != "alone"
    last = len(shown.frames)
    for rule in explained["rules"]:
        assert all(0 <= term["frame"] < last for term in rule["terms"])


def test_seed_formulas_match_the_blackboard() -> None:
    explained = panel.explain(scene.build(traces.run(traces.SEED)), text.load("en"))
    rule, *others = explained["rules"]
    assert [one["name"] for one in others] == ["∂d/∂a", "∂c/∂a", "∂b/∂a"]
    assert others[0]["total"] == "[12, 16]"
    [path] = rule["paths"]
    assert rule["badge"]["state"] == "agree"
    assert [factor["frame"] for factor in path["factors"]] == [5, 6, 7, 8]
    assert path["product"] == rule["total"] == "[6, 8]"


BETWEEN = """
w = torch.tensor([[1., 2.], [3., 4.]], requires_grad=True)
x = torch.tensor([[5., 6.]], requires_grad=True)
y = torch.nn.functional.linear(x, w)
z = torch.tanh(y * x) + x[:, :1]
loss = (z ** 2).mean()
loss.backward()
"""


@pytest.mark.parametrize(
    ("program", "result", "leaf"),
    [
        (traces.SEED, "d", "a"),
        (traces.SEED, "b", "a"),
        (traces.FAN_OUT, "v", "x"),
        (traces.FAN_OUT, "u", "y"),
        (BETWEEN, "y", "w"),
        (BETWEEN, "y", "x"),
        (BETWEEN, "z", "x"),
        (BETWEEN, "z", "w"),
    ],
)
def test_any_result_on_the_way_has_its_rule(program: str, result: str, leaf: str) -> None:
    trace = traces.run(program)
    reading = Reading(trace)
    [rule] = [
        one
        for one in chain_rule.between(reading, trace.passes[0])
        if (reading.label(*one.root), reading.label(one.leaf)) == (result, leaf)
    ]
    space: dict[str, Any] = {"torch": torch}
    exec(program[: program.rindex("\n", 0, -1)], space)  # without its backward()
    size = space[result].numel()
    rows = [
        torch.autograd.grad(space[result].reshape(-1)[i], space[leaf], retain_graph=True)[0]
        for i in range(size)
    ]
    theirs = torch.stack(rows).reshape(-1).tolist()
    assert rule.gradient is None  # autograd was not asked
    assert rule.product == pytest.approx(theirs, rel=1e-5)
    parts = [path.product for path in rule.paths if path.product is not None]
    assert len(parts) == rule.count
    assert [math.fsum(column) for column in zip(*parts, strict=True)] == pytest.approx(
        theirs, rel=1e-5
    )


def test_each_term_of_a_sum_has_its_paths() -> None:
    explained = panel.explain(scene.build(traces.run(traces.FAN_OUT)), text.load("en"))
    rule = explained["rules"][0]
    assert rule["name"] == "∂z/∂x"
    for term in rule["terms"]:
        products = [float(path["product"]) for path in rule["paths"] if path["by"] == term["by"]]
        assert len(products) == term["paths"]
        assert sum(products) == float(term["text"])


def test_matrices_are_written_as_such() -> None:
    explained = panel.explain(scene.build(traces.run(BETWEEN)), text.load("en"))
    rules = {rule["name"]: rule for rule in explained["rules"]}
    [path] = rules["∂y/∂x"]["paths"]
    [factor] = path["factors"]
    assert "mtable" in factor["number"]
    assert re.findall(r"<mn>(.*?)</mn>", factor["number"]) == ["1", "2", "3", "4"]
    assert (factor["kind"], path["short"]) == ("mixes elements", "")
    assert path["product"] == "[[1, 2], [3, 4]]"
    assert "·" not in re.sub("<.*?>", "", html.unescape(factor["symbol"]))


def test_kink_is_reported_without_failing() -> None:
    trace = traces.run(
        "a = torch.tensor([0., 2.], requires_grad=True)\na.relu().sum().backward()\n"
    )
    explained = panel.explain(scene.build(trace), text.load("en"))
    assert explained["rules"][0]["badge"]["state"] == "kink"


@pytest.mark.parametrize(
    ("dtype", "least", "most"),
    [("float32", 1e-9, 1e-2), ("float16", 1e-6, 0.5), ("bfloat16", 1e-6, 1.0), ("float64", 0, 0)],
)
def test_finite_differences_use_the_programs_dtype_and_then_float64(
    dtype: str, least: float, most: float
) -> None:
    program = (
        f"a = torch.tensor([2., 3.], dtype=torch.{dtype}, requires_grad=True)\n"
        "b = ((a + 1) ** 2 * 2).mean()\nb.backward()\n"
    )
    trace = traces.run(program)
    [check] = trace.checks
    assert check.slopes == pytest.approx([6, 8], rel=1e-8)
    if dtype == "float64":
        assert (check.dtype, check.rough) == ("", ())
        return
    assert check.dtype == f"torch.{dtype}"
    off = max(abs(x - y) for x, y in zip(check.rough, [6, 8], strict=True))
    assert least < off < most  # as exact as that dtype can be, and no more
    badge = panel.explain(scene.build(trace), text.load("en"))["rules"][0]["badge"]
    assert badge["state"] == "agree"
    assert f"in {dtype} itself they are up to" in badge["text"]


def test_meaning_of_a_vector_gradient_is_explained_where_backward_begins() -> None:
    program = (
        "x = torch.tensor([1., 2.], requires_grad=True)\ny = x ** 2\nz = y * 3\n"
        "z.backward(gradient=torch.tensor([1., 10.]))\n"
    )
    explained = panel.explain(scene.build(traces.run(program)), text.load("en"))
    first, second = explained["steps"]
    assert "gradient of (v * z).sum()" in first["start"]
    assert second["start"] == ""
    explained = panel.explain(scene.build(traces.run(traces.SEED)), text.load("en"))
    assert all(not step["start"] for step in explained["steps"])
