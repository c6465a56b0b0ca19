"""The badge of a chain rule claims only what the run shows, in both languages."""

from typing import Any

import pytest

from tests import traces
from viz_app.knowledge import text
from viz_app.picture import scene
from viz_app.picture.explain import panel

A = "x = torch.tensor([2.], requires_grad=True)\n"
SQUARE = """\
class Sq(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, k):
        ctx.save_for_backward(x)
        ctx.k = k
        return x**k
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return g * ctx.k * x ** (ctx.k - 1), None
x = torch.tensor(3., requires_grad=True)
Sq.apply(x, 2).backward()
"""
LAYER = "l = torch.nn.Linear(2, 1)\nx = torch.ones(1, 2, requires_grad=True)\n"

CASES = [
    (A + "x.std().backward()", "broken", "the result is nan or infinite",
     "결과가 nan이거나 무한대"),
    (SQUARE, "measured", "Sq has a custom backward", "Sq의 backward는 직접 만든 것"),
    (SQUARE, "measured", "Autograd and finite differences agree", "autograd와 유한 차분이 일치"),
    (LAYER + "l.register_full_backward_hook(lambda *a: None)\nl(x).sum().backward()", "measured",
     "a module's backward hook is on the way", "모듈의 backward 훅이 있어"),
    (A + "x.register_hook(lambda g: g * 2)\n(x * x).sum().backward()", "differ",
     "a hook of the program changed a gradient", "프로그램의 훅이 그래디언트를 바꾸었습니다"),
    (LAYER + "with torch.autocast('cpu', dtype=torch.bfloat16):\n    y = l(x).sum()\ny.backward()",
     "agree", "Numbers of type bfloat16 are involved", "bfloat16"),
    ("x = torch.tensor([1. + 1j, 2.], requires_grad=True)\n(x * x.conj()).real.sum().backward()",
     "none", "The gradient is complex", "그래디언트가 복소수라서"),
    ("x = torch.randn(50, 50, requires_grad=True)\n(x @ x).sum().backward()", "none",
     "The tensor is too large", "텐서가 너무 커서"),
    ("A = torch.tensor([[1., 2.], [2., 4.]], requires_grad=True)\ntorch.det(A).backward()",
     "differ", "finite differences differ from them by up to 4", "유한 차분은 최대 4만큼"),
    ("x = torch.tensor([0., 2.], requires_grad=True)\nx.abs().sum().backward()", "kink",
     "At 1 of 2 elements the slope is not unique", "원소 2개 가운데 1개에서는 기울기가 하나가"),
    ("x = torch.tensor(1e-9, dtype=torch.float64, requires_grad=True)\nx.sqrt().backward()", "kink",
     "a little to one side the result is nan", "조금만 옆으로 가도 결과가 nan"),
    (A + "torch.nn.functional.dropout(x * torch.ones(9)).sum().backward()", "agree",
     "Three ways agree", "세 가지 방법이 일치"),
    (A + "import time\n(x * (time.time_ns() % 10**9)).sum().backward()", "product",
     "each run of the program gives another value", "다시 실행할 때마다"),
    ("x = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)\n"
     "torch.exp(300 * x).backward()", "agree", "Three ways agree", "세 가지 방법이 일치"),
]  # fmt: skip


def _badge(program: str, language: str, rule: int = 0) -> dict[str, Any]:
    explained = panel.explain(scene.build(traces.run(program)), text.load(language))
    badge: dict[str, Any] = explained["rules"][rule]["badge"]
    return badge


@pytest.mark.parametrize(("program", "state", "english", "korean"), CASES)
def test_badge_matches_the_measurements(
    program: str, state: str, english: str, korean: str
) -> None:
    for language, words in (("en", english), ("ko", korean)):
        badge = _badge(program, language)
        assert badge["state"] == state
        assert words in badge["text"]
        assert f"short_{state}" in text.load(language).table("explain")


@pytest.mark.parametrize(
    "program",
    [
        "x = torch.tensor(1., requires_grad=True)\ntorch.acos(x).backward()",
        "x = torch.tensor(0., requires_grad=True)\n(x**0.5).backward()",
        "x = torch.tensor(0., requires_grad=True)\ntorch.hypot(x, x * 0).backward()",
        "x = torch.tensor(1., requires_grad=True)\n((x - 1) ** 2).sqrt().backward()",
    ],
)
def test_infinite_or_undefined_gradient_is_no_kink(program: str) -> None:
    badge = _badge(program, "en")
    assert badge["state"] == "broken"
    assert "the slope is not unique" not in badge["text"]


def test_anomaly_mode_changes_no_badge() -> None:
    with_mode = A + "with torch.autograd.detect_anomaly():\n    (x * x).sum().backward()"
    assert _badge(with_mode, "en")["state"] == "agree"
