"""The reasons for a gradient that is missing, zero or nan, word for word in both languages."""

from typing import Any

import pytest

from tests import traces
from viz_app.knowledge import text
from viz_app.picture import scene
from viz_app.picture.explain import panel

ZERO_AT_LOOP_END = """\
w = torch.tensor(1., requires_grad=True)
for i in range(2):
    L = (w - 3) ** 2
    L.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad.zero_()
"""
MASK_OF_INFINITIES = """\
s = torch.tensor([1., 2.], requires_grad=True)
mask = torch.tensor([0., float('-inf')])
p = torch.softmax(s + mask, 0)
x = torch.tensor(0., requires_grad=True)
L = p[0] + x**0.5 * 0
L.backward()
"""
MASKED_ROW = """\
torch.manual_seed(0)
m = torch.nn.MultiheadAttention(2, 1, batch_first=True)
x = torch.rand(1, 2, 2, requires_grad=True)
mask = torch.tensor([[False, True], [True, True]])
out, _ = m(x, x, x, attn_mask=mask)
out[:, 0].sum().backward()
"""
NEGATIVE_BASE = """\
x = torch.tensor(-2., requires_grad=True)
p = torch.tensor(3., requires_grad=True)
y = x**p
y.backward()
"""
MIXED_RELU = """\
x = torch.tensor([-1., 2.], requires_grad=True)
y = torch.relu(x)
y[0].backward()
"""
SINGULAR = """\
A = torch.tensor([[1., 2.], [2., 4.]], requires_grad=True)
torch.det(A).backward()
"""
UNUSED_RESULT = """\
x = torch.tensor(2., requires_grad=True)
a = x * 2
b = x * 3
b.backward()
"""
POSITIONS = """\
x = torch.tensor([1., 3.], requires_grad=True)
v, i = torch.sort(x, descending=True)
(v[0] * 2).backward()
"""
PACKED = """\
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
x = torch.ones(1, 2, 1, requires_grad=True)
y, n = pad_packed_sequence(pack_padded_sequence(x, [2], batch_first=True), batch_first=True)
y.sum().backward()
"""
LSTM = """\
x = torch.ones(2, 1, 1, requires_grad=True)
out, (h, c) = torch.nn.LSTM(1, 1)(x)
out.sum().backward()
"""

SAID = [
    (ZERO_AT_LOOP_END, "w", 7, "had brought -3.2; line 7 then filled w.grad with zeros",
     "7번째 줄에서 w.grad를 0으로 채웠습니다"),
    (MASK_OF_INFINITIES, "x", 5, "0 arrived at pow", "pow에 0이 도착했는데 0에서"),
    (MASKED_ROW, "x", 5, "A row that enters Softmax is −∞ throughout", "한 행이 모두 −∞"),
    (NEGATIVE_BASE, "p", 3, "the logarithm of -2 is undefined", "-2의 로그는 정의되지 않습니다"),
    (MIXED_RELU, "x", 2, "relu got -1 where a gradient arrived", "relu의 입력은 -1입니다"),
    (SINGULAR, "A", 2, "Finite differences give [[4, -2], [-2, 1]] for A instead",
     "A의 유한 차분은 [[4, -2], [-2, 1]]"),
    (UNUSED_RESULT, "a", 2, "Autograd recorded no operation on a", "a 텐서를 쓴 연산이 기록되지"),
    (POSITIONS, "i", 2, "sort gives i as positions, not values", "값이 있던 자리(인덱스)"),
    (LSTM, "c", 2, "Autograd recorded no operation on c", "c 텐서를 쓴 연산이 기록되지"),
]  # fmt: skip


def _explained(program: str, language: str) -> dict[str, Any]:
    return panel.explain(scene.build(traces.run(program)), text.load(language))


def _why(explained: dict[str, Any], name: str) -> tuple[int, str]:
    one = next(
        one for one in (*explained["reasons"], *explained["ordinary"]) if one["name"] == name
    )
    return one["line"], "".join(said.text for said in one["why"])


@pytest.mark.parametrize(("program", "name", "line", "english", "korean"), SAID)
def test_reason_matches_the_run(
    program: str, name: str, line: int, english: str, korean: str
) -> None:
    for language, words in (("en", english), ("ko", korean)):
        at, said = _why(_explained(program, language), name)
        assert at == line
        assert words in said


def test_mask_of_infinities_is_not_reported() -> None:
    explained = _explained(MASK_OF_INFINITIES, "en")
    reasons = ["".join(said.text for said in one["why"]) for one in explained["reasons"]]
    assert not any("mask" in reason or "tensor" in reason for reason in reasons)


def test_lengths_are_not_reported_as_cast_numbers() -> None:
    _, said = _why(_explained(PACKED, "en"), "n")
    assert "turns" not in said
    assert "integers" in said


@pytest.mark.parametrize(
    ("program", "problems"),
    [
        (traces.SEED, []),
        (ZERO_AT_LOOP_END, []),
        (UNUSED_RESULT, []),
        (POSITIONS, []),
        (traces.TWICE, []),
        (MIXED_RELU, ["x"]),
        ("a = torch.tensor(2., requires_grad=True)\nb = torch.tensor(3., requires_grad=True)\n"
         "(a * 5).backward()\n", ["b"]),
        ("w = torch.tensor(2., requires_grad=True)\nopt = torch.optim.SGD([w], lr=0.1)\n"
         "(w * w).backward()\nopt.zero_grad()\nopt.step()\n"
         "with torch.no_grad():\n    w -= 1\n", ["w"]),
    ],
)  # fmt: skip
def test_only_problems_are_counted(program: str, problems: list[str]) -> None:
    explained = _explained(program, "en")
    assert [one["name"] for one in explained["reasons"]] == problems
    assert explained["missing"] == len(problems)


def test_life_mentions_a_passing_gradient_only_where_one_passed() -> None:
    for language in text.languages():
        others = _explained(UNUSED_RESULT, language)["life"]["others"]
        assert others
        assert not any("a" in sentence.split(":")[0].split(", ") for sentence in others)
