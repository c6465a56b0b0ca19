"""Slopes, curves and contours are the program's own: it runs again with other numbers."""

import math

import msgspec
import pytest

from viz_app.engine import client
from viz_app.engine.host.validate import disagreements
from viz_app.knowledge import text
from viz_app.limits import FOLDED, Limits
from viz_app.measured import Axis
from viz_app.model import Trace
from viz_app.picture import scene
from viz_app.picture.explain import contour, panel
from viz_app.picture.words.notation import Reading

LEAF = "x = torch.tensor(3., requires_grad=True)\n"
PAIR = "w = torch.tensor([1., 2.], requires_grad=True)\n"
D2L = """
def f(a):
    b = a * 2
    while b.norm() < 1000:
        b = b * 2
    if b.sum() > 0:
        c = b
    else:
        c = 100 * b
    return c
a = torch.tensor(0.75, requires_grad=True)
f(a).backward()
"""

HELD = {
    # program: (the program's own slopes, the gradient, the held parts)
    f"{LEAF}y = x * x.detach()\ny.backward()": ([6.0], [3.0], "x.detach() (line 2)"),
    f"{LEAF}k = x.item()\n(x * k).backward()": ([6.0], [3.0], "x.item() (line 2)"),
    f"{LEAF}(x * float(x)).backward()": ([6.0], [3.0], "float(x) (line 2)"),
    f"{LEAF}(x * x.tolist()).backward()": ([6.0], [3.0], "x.tolist() (line 2)"),
    f"{PAIR}s = w.data.sum()\n(w * s).sum().backward()": (
        [6.0, 6.0], [3.0, 3.0], "w.data (line 2)"),
    f"{PAIR}with torch.no_grad():\n    t = w * 2 + 1\n((w - t) ** 2).sum().backward()": (
        [4.0, 6.0], [-4.0, -6.0], "w * 2 (line 3)"),
    "x = torch.tensor([0.4, 1.7], requires_grad=True)\n"
    "q = x + (x.round() - x).detach()\n(q * q).sum().backward()": (
        [0.0, 0.0], [0.0, 4.0], "(x.round() - x).detach() (line 2)"),
    "x = torch.arange(1., 3.)\nt = x * 2\nx.requires_grad_()\n(x * t).sum().backward()": (
        [4.0, 8.0], [2.0, 4.0], "x * 2 (line 2)"),
    f"{PAIR}a = torch.zeros(2)\na.mul_(0.5).add_(w.detach())\n((w - a) ** 2).sum().backward()": (
        [0.0, 0.0], [0.0, 0.0], None),
    "w = torch.tensor(2., requires_grad=True)\na = torch.zeros(())\n"
    "a.mul_(0.5).add_(w.detach(), alpha=0.5)\n((w - a) ** 2).backward()": (
        [1.0], [2.0], "w.detach() (line 3)"),
    "import numpy as np\nx = torch.tensor(4., requires_grad=True)\n"
    "(x * float(np.sqrt(x.detach().numpy()))).backward()": ([3.0], [2.0], "x.detach() (line 3)"),
}  # fmt: skip

FOLLOWED = {
    # program: (slopes, values of the first curve at its ends)
    f"{LEAF}y = x * x if x > 2 else -x\ny.backward()": ([6.0], (-0.0, 36.0)),
    f"{LEAF}y = x\nfor _ in range(int(x.detach())):\n    y = y * 2\ny.backward()": None,
    "x = torch.tensor([-1., 2.], requires_grad=True)\n"
    "m = (x > 0).float()\n(x * m * 3).sum().backward()": ([0.0, 3.0], (6.0, 6.0)),
    "x = torch.tensor([1., 3.], requires_grad=True)\nx[x.argmax()].backward()": (
        [0.0, 1.0], (3.0, 3.0)),
    "w = torch.nn.Parameter(torch.tensor([1., 2.]))\n(w ** 2).sum().backward()": (
        [2.0, 4.0], (4.0, 8.0)),
    "w = torch.tensor(1., requires_grad=True)\nwith torch.no_grad():\n    w += 1\n"
    "(w ** 2).backward()\nwith torch.no_grad():\n    w -= 1\n(w ** 3).backward()": (
        [4.0], (0.0, 16.0)),
    "x = torch.tensor(2., requires_grad=True)\nh = torch.zeros(2)\nh[0] = x * x\nh[1] = x\n"
    "(h * h).sum().backward()": ([36.0], (0.0, 272.0)),
    "f = torch.func.grad(lambda a: a ** 3)\nx = torch.tensor(2., requires_grad=True)\n"
    "(x * f(x)).backward()": ([36.0], (0.0, 192.0)),
    "torch.manual_seed(1)\nx = torch.ones(1, requires_grad=True)\n"
    "(torch.rand(1) * 0 + x * 5).sum().backward()": ([5.0], (0.0, 10.0)),
    f"{LEAF}try:\n    (x * x).backward()\nexcept BaseException:\n    pass\nprint(1)": (
        [6.0], (0.0, 36.0)),
    "from torch import nn\nm = nn.Linear(1, 1)\nnn.init.constant_(m.weight, 2.)\n"
    "nn.init.zeros_(m.bias)\n(m(torch.ones(1)) ** 2).sum().backward()": ([4.0], (0.0, 16.0)),
}  # fmt: skip


def _rule(trace: Trace, language: str) -> panel.JSON:
    explained = panel.explain(scene.build(trace), text.load(language))
    rule: panel.JSON = explained["rules"][0]
    return rule | {"curve": explained["curves"][0] if explained["curves"] else {}}


@pytest.mark.parametrize("source", HELD)
def test_both_slopes_are_given_and_held_parts_are_named(source: str) -> None:
    trace = client.run(source, Limits())
    assert not list(disagreements(trace, Limits()))
    assert trace.unchecked is None
    slopes, gradient, part = HELD[source]
    [check] = trace.checks
    assert check.slopes == pytest.approx(slopes, abs=1e-3)
    grad = next(it.grad for it in trace.variables if it.is_leaf and it.grad is not None)
    assert grad.data == pytest.approx(gradient, abs=1e-3)
    if part is None:
        return
    assert check.fixed == pytest.approx(gradient, abs=1e-3)
    english = _rule(trace, "en")
    assert english["badge"]["state"] == "held"
    assert part in english["badge"]["text"]
    assert "Three ways" not in english["badge"]["text"]
    korean = _rule(trace, "ko")
    code, _, line = part.rpartition(" (line ")
    assert f"{line[:-1]}번째 줄의 {code}" in korean["badge"]["text"]
    if slopes[0] != gradient[0]:
        for rule in (english, korean):
            assert rule["curve"]["gradient"] == pytest.approx(gradient[0], abs=1e-3)
            assert code in rule["curve"]["here"]


@pytest.mark.parametrize("source", [key for key, value in FOLLOWED.items() if value])
def test_branches_are_decided_again_in_a_rerun(source: str) -> None:
    expected = FOLLOWED[source]
    assert expected is not None
    trace = client.run(source, Limits())
    assert trace.error is None
    check, curve = trace.checks[0], trace.curves[0]
    assert check.slopes == pytest.approx(expected[0], abs=1e-3)
    assert check.fixed == ()
    assert (curve.y[0], curve.y[-1]) == pytest.approx(expected[1], abs=1e-3)
    assert _rule(trace, "en")["badge"]["state"] in ("agree", "measured")


@pytest.mark.parametrize("source", [key for key, value in FOLLOWED.items() if value])
def test_everything_else_is_measured_the_same_without_curves(source: str) -> None:
    whole, folded = client.run(source, Limits()), client.run(source, FOLDED)
    assert whole.curves
    assert folded == msgspec.structs.replace(whole, curves=())


def test_number_of_iterations_follows_the_changed_number() -> None:
    trace = client.run(D2L, Limits())
    [curve] = trace.curves
    for x, y in zip(curve.x, curve.y, strict=True):
        if x == 0:
            assert math.isnan(y)  # the loop has no end there
            continue
        b = 2 * x
        while abs(b) < 1000:
            b *= 2
        if abs(abs(b) / 1000 - 1) > 1e-3:
            assert y == pytest.approx(b if b > 0 else 100 * b, rel=1e-4)


def test_contour_is_computed_by_the_program_itself() -> None:
    source = f"{PAIR}(w[0] * w[1].detach()).backward()"
    trace = client.run(source, Limits())
    x, y = (Axis(0, element, 1.0, 3.0) for element in (0, 1))
    heights = client.survey(source, x, y)
    side = math.isqrt(len(heights))
    assert heights[-1] == pytest.approx(9.0)
    assert heights[side - 1] == heights[-side] == pytest.approx(3.0)
    reading = Reading(trace)
    one, other = contour.elements(reading)
    for language, words in (
        ("en", "holds w[1].detach() (line 2) fixed"),
        ("ko", "값은 고정됩니다"),
    ):
        drawn = contour.draw(reading, one, other, heights, text.load(language))
        assert any(words in sentence for sentence in drawn["text"])


def test_prints_files_and_settings_are_those_of_one_run() -> None:
    source = (
        "import warnings\nprint('once')\ntorch.set_default_dtype(torch.float64)\n"
        "x = torch.tensor(2., requires_grad=True)\nwarnings.warn('w')\n(x * x).backward()\nx.grad"
    )
    trace = client.run(source)
    assert trace.stdout == "once\n"
    assert len(trace.stderr) == 1
    assert [echo.text for echo in trace.echo] == ["tensor(4.)"]
    assert trace.checks[0].slopes == pytest.approx((4.0,))
    assert client.run("torch.ones(1).dtype").echo[0].text == "torch.float32"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("import time\nx = torch.tensor(2., requires_grad=True)\n"
         "(x * (time.time_ns() % 10**9)).backward()", "random"),
        ("x = torch.tensor([2.], requires_grad=True)\nx.std().backward()", "broken"),
        ("x = torch.tensor(2., requires_grad=True)\n"
         "torch.autograd.backward([x * 2, x * 3])", "roots"),
        ("x = torch.tensor(2., requires_grad=True)\ny = x\nfor _ in range(800):\n    y = y * 1\n"
         "y.backward()", "long"),
        ("x = torch.tensor(2., requires_grad=True)\n(x * torch.ones(2000, 1000)).sum().backward()",
         "long"),
        ("x = torch.tensor(2., requires_grad=True)\nassert not hasattr(torch, 'once')\n"
         "torch.once = 1\n(x * 2).backward()", "unheard"),
    ],
)  # fmt: skip
def test_reasons_for_missing_measurements(source: str, why: str) -> None:
    trace = client.run(source, Limits())
    assert trace.error is None
    assert trace.unchecked == why
    assert (trace.checks, trace.curves) == ((), ())
    for language in text.languages():
        assert f"explain.unchecked_{why}" in text.load(language)


@pytest.mark.parametrize(
    "source",
    [
        "x = torch.ones(2)\nx.sum().backward()",
        "x = torch.ones(2, requires_grad=True)\nx.backward(torch.ones(2))\nx.grad",
        "x = torch.ones(2, 2).to_sparse().requires_grad_()\ntorch.sparse.sum(x).backward()",
        "x = torch.tensor(2j, requires_grad=True)\n(x * x).abs().backward()",
        "x = torch.ones(3000, requires_grad=True)\n(x * 2).sum().backward()",
        "x = torch.ones(2, requires_grad=True)\nx.sum().backward(inputs=[])",
        "x = torch.ones(2, requires_grad=True)\n(x * 2).backward()",
    ],
)
def test_unusual_start_of_backward_is_measured_or_explained(source: str) -> None:
    trace = client.run(source, Limits())
    assert trace.error is None or trace.error.code == "exception"
    assert not list(disagreements(trace, Limits()))


def test_custom_straight_through_function_shows_both_slopes() -> None:
    trace = client.run(
        "class Round(torch.autograd.Function):\n"
        "    @staticmethod\n    def forward(ctx, x):\n        return x.round()\n"
        "    @staticmethod\n    def backward(ctx, g):\n        return g\n"
        "x = torch.tensor(1.7, requires_grad=True)\n(Round.apply(x) * 3).backward()",
        Limits(),
    )
    rule = _rule(trace, "en")
    assert rule["badge"]["state"] not in ("agree", "measured", "product")
    assert "slope 0 there, but the gradient is 3" in rule["curve"]["here"]
    assert rule["curve"]["gradient"] == 3.0


def test_the_same_program_gives_the_same_measurements() -> None:
    for source in (D2L, *list(HELD)[:3]):
        assert client.run(source) == client.run(source)


def test_a_result_without_a_graph_is_not_measured() -> None:
    trace = client.run(
        "w = torch.tensor(2., requires_grad=True)\nwith torch.no_grad():\n    loss = w * 3\n"
        "loss.backward()\n",
        Limits(),
    )
    assert trace.error is not None
    assert trace.error.type == "RuntimeError"
    assert trace.error.span.line == 4
