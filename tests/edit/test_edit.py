"""Edits of the text: like a person's, only at their span, and reversible."""

from collections.abc import Callable

import pytest

from tests import traces
from viz_app import edit
from viz_app.edit import Edit, rows
from viz_app.model import Call, Input, Span

LEAF = "a = torch.tensor([2., 3.], requires_grad=True)\n"
Change = Callable[[str, Call], Edit]


def _text(source: str, span: Span) -> str:
    first, last = edit.offsets(source, span)
    return source[first:last]


def _call(source: str, text: str) -> Call:
    (found,) = [
        it for it in traces.run(source, traces.UNMEASURED).calls if _text(source, it.span) == text
    ]
    return found


def _input(source: str, text: str, kind: str) -> Input:
    (found,) = [
        it
        for it in traces.run(source, traces.UNMEASURED).inputs
        if it.kind == kind and _text(source, it.span) == text
    ]
    return found


def _to(operation: str) -> Change:
    return lambda source, call: edit.change(source, call, operation)


def test_named_operands_are_listed() -> None:
    for before, to, after in (
        ("torch.matmul(input=a, other=a)", "mul", "torch.mul(input=a, other=a)"),
        ("torch.sum(dim=0, input=a)", "mean", "torch.mean(dim=0, input=a)"),
        ("torch.sum(input=a, dim=0)", "exp", "torch.exp(a)"),
        ("torch.exp(input=a)", "sum", "torch.sum(a)"),
    ):
        source = f"{LEAF}b = {before}\n"
        changed = edit.apply(source, edit.change(source, _call(source, before), to))
        assert changed == f"{LEAF}b = {after}\n"


def _wrap(function: str) -> Change:
    return lambda source, call: edit.wrap(source, call.span, function)


def _then(function: str) -> Change:
    return lambda source, call: edit.step_after(source, call, function)


def _keep(operand: int) -> Change:
    return lambda source, call: edit.remove(source, call, operand)


@pytest.mark.parametrize(
    ("before", "at", "change", "after"),
    [
        # another operation
        ("a ** 2", "a ** 2", _to("exp"), "a.exp()"),
        ("a**2", "a**2", _to("*"), "a*2"),
        ("a + 1", "a + 1", _to("*"), "a * 1"),
        ("a.mean()", "a.mean()", _to("sum"), "a.sum()"),
        ("a.sum(dim=0)", "a.sum(dim=0)", _to("mean"), "a.mean(dim=0)"),
        ("torch.sum(a, dim=0)", "torch.sum(a, dim=0)", _to("mean"), "torch.mean(a, dim=0)"),
        ("torch.sum((a + 1), dim=0)", "torch.sum((a + 1), dim=0)", _to("mean"),
         "torch.mean((a + 1), dim=0)"),
        ("torch.exp(a)", "torch.exp(a)", _to("sin"), "torch.sin(a)"),
        ("torch.relu(a + 1)", "torch.relu(a + 1)", _to("tanh"), "torch.tanh(a + 1)"),
        ("a.exp()", "a.exp()", _to("softplus"), "torch.nn.functional.softplus(a)"),
        ("a.exp()", "a.exp()", _to("relu"), "a.relu()"),
        ("torch.sum(\n    a * 2,  # twice\n    dim=0,\n)",
         "torch.sum(\n    a * 2,  # twice\n    dim=0,\n)",
         _to("mean"), "torch.mean(\n    a * 2,  # twice\n    dim=0,\n)"),
        ("torch.exp(\n    a,  # here\n)", "torch.exp(\n    a,  # here\n)", _to("sin"),
         "torch.sin(\n    a,  # here\n)"),
        ("(a  # one\n     + 1)", "a  # one\n     + 1", _to("*"), "(a  # one\n     * 1)"),
        ("(a\n     .exp()\n     .sum())", "a\n     .exp()", _to("sin"),
         "(a\n     .sin()\n     .sum())"),
        ("a + 0; 그래프 *= 3", "그래프 *= 3", _to("+"), "a + 0; 그래프 += 3"),
        ("-a", "-a", _to("exp"), "a.exp()"),
        ("-a ** 2", "a ** 2", _to("exp"), "-a.exp()"),
        # brackets where the text would mean something else without them, and only there
        ("a + 1", "a + 1", _to("exp"), "a.exp()"),
        ("2 * a + 1", "2 * a", _to("+"), "2 + a + 1"),
        ("2 * a + 1", "2 * a + 1", _to("*"), "2 * a * 1"),
        ("1 + 2 * a", "1 + 2 * a", _to("*"), "1 * (2 * a)"),
        ("2 * a ** 2", "a ** 2", _to("+"), "2 * (a + 2)"),
        ("2 * (a + 2)", "a + 2", _to("**"), "2 * a ** 2"),
        ("(a + 1) * 2", "(a + 1) * 2", _to("+"), "a + 1 + 2"),
        ("(a + 1) ** 2", "a + 1", _to("exp"), "a.exp() ** 2"),
        ("(a + 1).exp()", "a + 1", _to("*"), "(a * 1).exp()"),
        ("(2 * a + 1) ** 2", "(2 * a + 1) ** 2", _to("exp"), "(2 * a + 1).exp()"),
        ("((a + 1))", "a + 1", _to("*"), "((a * 1))"),
        # other operands
        ("a - 1", "a - 1", edit.swap, "1 - a"),
        ("2 * a - 1", "2 * a - 1", edit.swap, "1 - 2 * a"),
        ("(a + 1) * a", "(a + 1) * a", edit.swap, "a * (a + 1)"),
        ("(a + 1) ** 2", "(a + 1) ** 2", edit.swap, "2 ** (a + 1)"),
        ("a.mul(a + 1)", "a.mul(a + 1)", edit.swap, "(a + 1).mul(a)"),
        ("(a + 1).mul(a)", "(a + 1).mul(a)", edit.swap, "a.mul(a + 1)"),
        ("torch.dot(a, a + 1)", "torch.dot(a, a + 1)", edit.swap, "torch.dot(a + 1, a)"),
        # more and fewer steps
        ("a ** 2", "a ** 2", _wrap("exp"), "torch.exp(a ** 2)"),
        ("a ** 2 + 1", "a ** 2", _wrap("exp"), "torch.exp(a ** 2) + 1"),
        ("(a + 1) * 2", "a + 1", _wrap("exp"), "torch.exp(a + 1) * 2"),
        ("a ** 2", "a ** 2", _then("exp"), "(a ** 2).exp()"),
        ("a.exp()", "a.exp()", _then("sum"), "a.exp().sum()"),
        ("2 - a.exp()", "a.exp()", _then("* 2"), "2 - a.exp() * 2"),
        ("a.exp().sum()", "a.exp()", _then("+ 1"), "(a.exp() + 1).sum()"),
        ("a ** 2", "a ** 2", _keep(0), "a"),
        ("a.exp().sum()", "a.exp()", _keep(0), "a.sum()"),
        ("(a ** 2).mean()", "a ** 2", _keep(0), "a.mean()"),
        ("(a + 1) * 2", "(a + 1) * 2", _keep(0), "a + 1"),
        ("3 * (2 - a)", "3 * (2 - a)", _keep(1), "2 - a"),
        ("a - (1 - a)", "1 - a", _keep(1), "a - a"),
        # several lines, comments, other alphabets
        ("(a  # one\n     .exp()\n     .sum())", "a  # one\n     .exp()", _keep(0),
         "(a\n     .sum())"),
        ("(a\n     .exp()\n     .sum())", "a\n     .exp()\n     .sum()", _to("mean"),
         "(a\n     .exp()\n     .mean())"),
        ("(a +\n     1) ** 2", "(a +\n     1) ** 2", _keep(0), "(a +\n     1)"),
        ("a * 1; 결과 = a + 1", "a + 1", _to("*"), "a * 1; 결과 = a * 1"),
        ("(가 := a) ** 2 + 가", "(가 := a) ** 2", _to("exp"), "(가 := a).exp() + 가"),
    ],
)  # fmt: skip
def test_operation_edits_read_as_if_written_by_a_person(
    before: str, at: str, change: Change, after: str
) -> None:
    source = f"{LEAF}그래프 = {before}  # 끝\n그래프.sum().backward()\n"
    done = change(source, _call(source, at))
    assert edit.apply(source, done) == f"{LEAF}그래프 = {after}  # 끝\n그래프.sum().backward()\n"
    assert done.name.startswith("inputs.done_")


@pytest.mark.parametrize(
    ("old", "typed", "new"),
    [
        ("2", "5", "5"),
        ("2", "2.5", "2.5"),
        ("2", "-1", "-1"),
        ("2", "007", "7"),
        ("2", "+3", "3"),
        ("2.", "5", "5."),
        ("2.", "5.", "5."),
        ("2.", "-1", "-1."),
        ("2.", "2.25", "2.25"),
        ("2.0", "5", "5.0"),
        ("0.50", "1", "1.0"),
        ("-1", "1", "1"),
        ("-1.", "0", "0."),
        ("1e-3", "2e-3", "2e-3"),
        ("1e-3", "1", "1.0"),
        ("1_000", "5", "5"),
        ("0x10", "5", "5"),
    ],
)
def test_a_number_keeps_its_notation(old: str, typed: str, new: str) -> None:
    assert edit.number(old, typed) == new


@pytest.mark.parametrize("typed", ["", "x", "1e", "--1", "1;2", "1 + 1", "nan", "1_0", "1" * 99])
def test_text_that_is_not_a_number_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        edit.number("2", typed)


@pytest.mark.parametrize(
    ("before", "number", "typed", "after"),
    [
        ("a + 1", "1", "-1", "a + -1"),
        ("2 * a", "2", "-3", "-3 * a"),
        ("2 ** a", "2", "-2", "(-2) ** a"),
        ("(-2) ** a", "-2", "2", "2 ** a"),
        ("a ** 2", "2", "0.5", "a ** 0.5"),
        ("a.pow(3)", "3", "4", "a.pow(4)"),
    ],
)
def test_number_is_edited_in_its_context(before: str, number: str, typed: str, after: str) -> None:
    source = f"{LEAF}b = {before}\nb.sum().backward()\n"
    done = edit.set_number(source, _input(source, number, "number").span, typed)
    assert edit.apply(source, done) == f"{LEAF}b = {after}\nb.sum().backward()\n"


@pytest.mark.parametrize(
    ("before", "index", "typed", "after"),
    [
        ("[2., 3.]", (1,), "5", "[2., 5.]"),
        ("[[1, 2],\n [3, 4]]", (1, 0), "-7", "[[1, 2],\n [-7, 4]]"),
        ("8, 2", (0,), "3", "3, 2"),
        ("8", (0,), "3", "3"),
        ("[ 1.5,# 하나\n 2. ]", (1,), "4", "[ 1.5,# 하나\n 4. ]"),
    ],
)
def test_one_element_of_a_literal_is_edited(
    before: str, index: tuple[int, ...], typed: str, after: str
) -> None:
    source = f"가 = f({before})\n"
    lines = before.split("\n")
    end = (len(lines), len(lines[-1]) + (7 if len(lines) == 1 else 1))
    assert edit.apply(source, edit.set_element(source, Span(1, 7, *end), index, typed)) == (
        f"가 = f({after})\n"
    )


@pytest.mark.parametrize(
    ("before", "shape", "after"),
    [
        ("[2., 3.]", (3,), "[2., 3., 3.]"),
        ("[2., 3.]", (1,), "[2.]"),
        ("[2.]", (3,), "[2., 2., 2.]"),
        ("[1,2]", (3,), "[1,2,2]"),
        ("[[1., 2.], [3., 4.]]", (3, 2), "[[1., 2.], [3., 4.], [3., 4.]]"),
        ("[[1., 2.], [3., 4.]]", (2, 3), "[[1., 2., 2.], [3., 4., 4.]]"),
        ("[[1., 2.], [3., 4.]]", (1, 1), "[[1.]]"),
        ("[[1.],\n [2.]]", (3, 2), "[[1., 1.],\n [2., 2.],\n [2., 2.]]"),
        ("[1., 2.,]", (3,), "[1., 2., 2.,]"),
        ("(1., 2.)", (3,), "(1., 2., 2.)"),
        ("(1., 2.)", (1,), "(1.,)"),
        ("(1., 2.,)", (1,), "(1.,)"),
        ("(1.,)", (2,), "(1., 1.,)"),
    ],
)
def test_a_list_grows_and_shrinks(before: str, shape: tuple[int, ...], after: str) -> None:
    lines = before.split("\n")
    span = Span(1, 1, len(lines), len(lines[-1]) + 1)
    done = edit.resize(before, span, shape)
    assert edit.apply(before, done) == after
    assert edit.apply(after, edit.undo(done)) == before


@pytest.mark.parametrize("shape", [(), (0,), (2, 2)])
def test_a_shape_that_does_not_fit_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - min() of nothing is one of them
        edit.resize("[1, 2]", Span(1, 1, 1, 7), shape)


@pytest.mark.parametrize(
    ("off", "on"),
    [
        ("torch.tensor([1.])", "torch.tensor([1.], requires_grad=True)"),
        ("torch.tensor([1.], requires_grad=False)", "torch.tensor([1.], requires_grad=True)"),
        ("torch.ones(2, dtype=torch.double)",
         "torch.ones(2, dtype=torch.double, requires_grad=True)"),
        ("torch.tensor(([1.]))", "torch.tensor(([1.]), requires_grad=True)"),
    ],
)  # fmt: skip
def test_requires_grad_is_added_and_removed(off: str, on: str) -> None:
    rest = "w = torch.ones(1, requires_grad=True)\n(a * w).sum().backward()\n"

    def flag(source: str) -> Span:
        (found,) = [
            it
            for it in traces.run(source, traces.UNMEASURED).inputs
            if it.kind == "flag" and it.name == "a"
        ]
        return found.span

    before = f"a = {off}\n{rest}"
    after = edit.apply(before, edit.set_flag(before, flag(before), True))
    assert after == f"a = {on}\n{rest}"
    again = edit.apply(after, edit.set_flag(after, flag(after), False))
    assert again in (before, before.replace(", requires_grad=False", ""))


def test_comment_before_requires_grad_stays() -> None:
    source = "a = torch.tensor([1.],  # data\n                 requires_grad=True)\nb = a * 2\n"
    (flag,) = [it for it in traces.run(source, traces.UNMEASURED).inputs if it.kind == "flag"]
    assert edit.apply(source, edit.set_flag(source, flag.span, False)) == source.replace(
        "True", "False"
    )


def test_without_a_seed_rolling_adds_one_behind_the_imports() -> None:
    for before, after in (
        ("import torch\n\na = torch.rand(2, requires_grad=True)\n",
         "import torch\ntorch.manual_seed(0)\n\na = torch.rand(2, requires_grad=True)\n"),
        ("a = torch.rand(2, requires_grad=True)\r\n",
         "torch.manual_seed(0)\r\na = torch.rand(2, requires_grad=True)\r\n"),
    ):  # fmt: skip
        source = before + "a.sum().backward()\n"
        (seed,) = [it for it in traces.run(source, traces.UNMEASURED).inputs if it.kind == "seed"]
        sown = edit.apply(source, edit.roll(source, seed.span))
        assert sown == after + "a.sum().backward()\n"
        (seed,) = [it for it in traces.run(sown, traces.UNMEASURED).inputs if it.kind == "seed"]
        assert "torch.manual_seed(2113)" in edit.apply(sown, edit.roll(sown, seed.span))


def test_statement_alone_on_its_line_is_removed_with_the_line() -> None:
    source = f"{LEAF}b = a + 1\nb *= 3  # more\nb.sum().backward()\n"
    after = edit.apply(source, edit.remove(source, _call(source, "b *= 3")))
    assert after == f"{LEAF}b = a + 1\nb.sum().backward()\n"
    source = f"{LEAF}b = a + 1\nfor _ in range(2):\n    b *= 3\nb.sum().backward()\n"
    with pytest.raises(ValueError, match="empty"):
        edit.remove(source, _call(source, "b *= 3"))


def test_imaginary_number_keeps_its_j() -> None:
    source = "a = 1+2j"
    assert edit.apply(source, edit.set_number(source, Span(1, 7, 1, 8), "-3.5")) == "a = 1+-3.5j"


def test_a_function_of_another_module_is_called_as_the_program_calls_it() -> None:
    for imports, name in (
        ("import torch.nn.functional as F", "F.softplus"),
        ("from torch.nn import functional as fun", "fun.softplus"),
        ("from torch import nn", "nn.functional.softplus"),
        ("import torch", "torch.nn.functional.softplus"),
    ):
        source = f"{imports}\n{LEAF}b = a.exp()\nb.sum().backward()\n"
        after = edit.apply(source, edit.change(source, _call(source, "a.exp()"), "softplus"))
        assert f"b = {name}(a)\n" in after


def test_rolling_visits_every_seed() -> None:
    source, seen = "torch.manual_seed(0)", []
    for _ in range(10_000):
        span = Span(1, 19, 1, len(source))
        seen.append(_text(source, span))
        source = edit.apply(source, edit.roll(source, span))
    assert source == "torch.manual_seed(0)"
    assert len(set(seen)) == 10_000


def test_an_edit_of_a_text_that_has_changed_is_refused() -> None:
    done = edit.set_number("x = 1", Span(1, 5, 1, 6), "2")
    with pytest.raises(ValueError, match="changed"):
        edit.apply("x = 3", done)
    with pytest.raises(ValueError, match="outside"):
        edit.apply("", done)


def test_learning_rate_and_iterations_come_first() -> None:
    program = (
        "w = torch.tensor(1., requires_grad=True)\nopt = torch.optim.SGD([w], lr=0.5)\n"
        "for turn in range(3):\n    opt.zero_grad()\n    (w * w).backward()\n    opt.step()\n"
    )
    assert [row.name for row in rows.inputs(traces.run(program))] == ["lr", "range", "w"]
    named = program.replace("0.5", "rate").replace("range(3)", "range(epochs)")
    named = f"size = 2.\nrate = 0.5\nepochs = 3\n{named.replace('1.', 'size')}"
    found = [row.name for row in rows.inputs(traces.run(named))]
    assert found == ["rate", "epochs", "size"]


def test_a_size_is_named_after_the_layer_it_makes() -> None:
    program = """n = 2
net = torch.nn.Sequential(torch.nn.Linear(n, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))
class Two(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv1d(1, 4, kernel_size=2)
        self.rest = torch.nn.ModuleList([torch.nn.Linear(4, 4) for _ in range(2)])
    def forward(self, x):
        for layer in self.rest:
            x = layer(x)
        return self.conv1(x)
two = Two()
(two(torch.ones(1, 4)).sum() + net(torch.ones(2)).sum()).backward()
"""
    found = [(row.owner, row.name) for row in rows.inputs(traces.run(program))]
    assert ("net[0]", "out_features") in found
    assert ("net[2]", "in_features") in found
    assert ("conv1", "kernel_size") in found
    assert ("", "n") in found  # a name of its own
    assert ("", "in_features") in found  # of two layers
    assert {owner for owner, _ in found} == {"", "net[0]", "net[2]", "conv1"}


def test_every_argument_of_a_layer_has_its_owner() -> None:
    program = """net = torch.nn.Sequential(torch.nn.BatchNorm1d(4), torch.nn.Dropout(0.5))
att = torch.nn.MultiheadAttention(4, 2, batch_first=True)
lstm = torch.nn.LSTM(4, 3)
lstm(att(*[net(torch.ones(1, 3, 4).transpose(1, 2)).transpose(1, 2)] * 3)[0])[0].sum().backward()
"""
    trace = traces.run(program.replace("BatchNorm1d(4)", "BatchNorm1d(num_features=4)"))
    found = {(row.owner, row.name) for row in rows.inputs(trace)}
    assert found >= {
        ("net[0]", "num_features"),  # its buffers are fed by it, too
        ("net[1]", "p"),  # no parameter is
        ("att", "embed_dim"),  # and a layer inside it
        ("att", "batch_first"),
        ("lstm", "input_size"),
        ("lstm", "hidden_size"),
    }
    [layer] = [row for row in rows.calls(trace) if row.op == "Dropout"]
    assert layer.name == "net[1]"


def test_notebook_whose_last_cell_is_not_python_still_has_inputs() -> None:
    program = "# %%\nx = torch.tensor(3., requires_grad=True)\n# %%\ny = x * * 2\n"
    assert [row.name for row in rows.inputs(traces.run(program))] == ["x"]
