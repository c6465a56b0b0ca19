"""The editable spans of real runs: which literals and operations of a text took part, and where."""

import json
from pathlib import Path

import msgspec
import pytest

from tests import traces
from tests.corpus import parses, traced
from tests.plain import PROGRAMS
from viz_app import edit, export
from viz_app.engine.host.validate import disagreements
from viz_app.knowledge import lessons
from viz_app.limits import Limits
from viz_app.model import Span, Trace


def _text(trace: Trace, span: Span) -> str:
    first, last = edit.offsets(trace.source, span)
    return trace.source[first:last]


def _inputs(source: str) -> list[tuple[str, str, str]]:
    trace = traces.run(source, traces.UNMEASURED)
    return [(it.kind, it.name, _text(trace, it.span)) for it in trace.inputs]


def _calls(source: str) -> list[tuple[str, str, list[str]]]:
    trace = traces.run(source, traces.UNMEASURED)
    return [(it.form, it.op, [_text(trace, at) for at in it.operands]) for it in trace.calls]


def test_inputs_and_calls_of_the_first_lesson() -> None:
    source = lessons.first().program
    assert _inputs(source) == [
        ("vector", "a", "[2, 3]"),
        ("flag", "a", ", requires_grad=True"),
        ("number", "", "1"),
        ("number", "", "2"),
        ("number", "", "2"),
    ]
    assert _calls(source) == [
        ("infix", "+", ["a", "1"]),
        ("infix", "**", ["b", "2"]),
        ("infix", "*", ["2", "c"]),
        ("method", "mean", ["d"]),
    ]


LEAF = "w = torch.tensor([1., 2.], requires_grad=True)\n"


@pytest.mark.parametrize(
    ("program", "found"),
    [
        ("y = w * 3", ("number", "", "3")),
        ("y = w * -3.5", ("number", "", "-3.5")),
        ("k = 1e-3\ny = w * k", ("number", "k", "1e-3")),
        ("k: float = 2.\ny = w * k", ("number", "k", "2.")),
        ("k = 2\nj = k\ny = w * j", ("number", "k", "2")),
        ("def f(k):\n    return w * k\ny = f(3)", ("number", "k", "3")),
        ("def f(x, k=3.):\n    return x * k\ny = f(w)", ("number", "k", "3.")),
        ("def f(x, *, k=3.):\n    return x * k\ny = f(w)", ("number", "k", "3.")),
        ("f = lambda x, k=2.5: x * k\ny = f(w)", ("number", "k", "2.5")),
        ("def f(x, unused=3.):\n    return x * 2\ny = f(w)", ("number", "", "2")),
        ("class C:\n    def f(self, x, k):\n        return x * k\ny = C().f(w, 2.5)",
         ("number", "k", "2.5")),
        ("class C:\n    def __init__(self):\n        self.k = 2.5\nc = C()\ny = w * c.k",
         ("number", "k", "2.5")),
        ("import dataclasses\n@dataclasses.dataclass\nclass C:\n    k: float = 2.5\n"
         "y = w * C().k", ("number", "k", "2.5")),
        ("for _ in range(3):\n    w = w * w", ("size", "range", "3")),
        ("n = 3\nfor _ in range(n):\n    w = w * w", ("size", "n", "3")),
        ("for _ in range(3):\n    pass", None),
        ("y = sum([w * i for i in range(3)])", ("size", "range", "3")),
        ("for k in (torch.ones(2), torch.ones(3, 2)):\n    y = w * k", ("size", "k", "3, 2")),
        ("i = 0\nwhile i < 3:\n    w = w * w\n    i += 1", ("number", "", "3")),
        ("xs = [1., 2.]\nfor x in xs:\n    w = w * x", ("vector", "xs", "[1., 2.]")),
        ("a, k = 1., 2.\ny = w * k", ("number", "k", "2.")),
        ("w.sum().backward()\nwith torch.no_grad():\n    w -= 0.1 * w.grad",
         ("number", "", "0.1")),
        ("w.sum().backward()\nwith torch.no_grad():\n    w.add_(w.grad, alpha=-0.5)",
         ("number", "alpha", "-0.5")),
        ("y = w * torch.arange(2)", ("size", "", "2")),
        ("y = w * torch.linspace(0, 1, 2)", ("size", "", "2")),
        ("y = w * torch.linspace(0, 1, steps=2)", ("number", "", "0")),
        ("y = w * torch.full((2,), 7)", ("size", "", "(2,)")),
        ("y = w * torch.zeros(2, 2)", ("size", "", "2, 2")),
        ("y = w * torch.full((2,), 7)", ("number", "", "7")),
        ("y = w * torch.zeros(2)", ("size", "", "2")),
        ("y = torch.nn.Linear(in_features=2, out_features=1)(w)", ("size", "out_features", "1")),
        ("y = w.sum(dim=0, keepdim=True)", ("bool", "keepdim", "True")),
        ("square = False\nif square:\n    y = w * w\nelse:\n    y = w.exp()",
         ("bool", "square", "False")),
        ("k = 2\ndef f(k):\n    return w * k\ny = f(w)", None),
        ("def f():\n    return w * k\nk = 7\ny = f()", ("number", "k", "7")),
        ("y = w.sum(dim=0)", ("size", "dim", "0")),
        ("y = w.view(2, 1)", ("size", "view", "2")),
        ("y = w[1:2] * w", ("number", "w[…]", "2")),
        ("y = w * torch.tensor((1., 2.))", ("vector", "", "(1., 2.)")),
        ("y = w * (1 + 2j)", ("number", "imag", "2")),
        ("z = torch.tensor(1 + 2j)\ny = w * z", ("number", "z.imag", "2")),
        ("z = torch.tensor([[[1., 2.]], [[3., 4.]]])\ny = w * z", ("matrix", "z[1]", "[[3., 4.]]")),
        ("c = {'k': 2.5}\ny = w * c['k']", ("number", "k", "2.5")),
        ("k = 2 * 3.5\ny = w * k", ("number", "k", "3.5")),
        ("y = w.clamp(min=0)", ("number", "min", "0")),
        ("y = w * float(3)", ("number", "", "3")),
        ("y = torch.nn.Linear(2, 3)(w)", ("size", "out_features", "3")),
        ("def f(hidden=3):\n    return torch.nn.Linear(2, hidden)\ny = f()(w)",
         ("size", "hidden", "3")),
        ("y = torch.nn.functional.leaky_relu(w, 0.2)", ("number", "negative_slope", "0.2")),
        ("own = True\ny = w * 2 if own else w", ("bool", "own", "True")),
        ("(w * w).backward(torch.tensor([1., 0.5]))", ("vector", "gradient", "[1., 0.5]")),
        ("y = (w * w).sum()\ny.backward(retain_graph=True)", ("bool", "retain_graph", "True")),
        ("v = torch.ones(2)\nv.requires_grad = True\ny = v * w",
         ("bool", "v.requires_grad", "True")),
        ("v = torch.ones(2)\nv.requires_grad_(True)\ny = v * w",
         ("bool", "v.requires_grad", "True")),
        ("torch.manual_seed(7)\nv = torch.rand(2, requires_grad=True)\ny = v * w",
         ("seed", "manual_seed", "7")),
        ("import numpy as np\nnp.random.seed(7)\ny = w * torch.tensor(np.random.rand(2))",
         ("seed", "seed", "7")),
        ("import numpy as np\nnp.random.seed(7)\ny = w * torch.rand(2)", ("seed", "", "")),
        ("y = torch.nn.Linear(2, 1)(w)", ("seed", "", "")),
        ("p = torch.nn.Parameter(torch.ones(2))\ny = p * w", ("size", "p", "2")),
        ("y = (w * torch.tensor([[1, 2], [3, 4]])).sum()", ("matrix", "", "[[1, 2], [3, 4]]")),
        ("rows = [3., 4.]\ny = w * torch.tensor(rows)", ("vector", "rows", "[3., 4.]")),
        ("y = w * torch.tensor([[[1.], [2.]]])", ("matrix", "", "[[1.], [2.]]")),
        ("y = w * torch.randn(3, 2)", ("random", "", "3, 2")),
        ("torch.manual_seed(7)\ny = w * torch.randn(2)", ("seed", "manual_seed", "7")),
        ("S = 7\ntorch.manual_seed(seed=S)\ny = w * torch.randn(2)", ("seed", "S", "7")),
        ("torch.manual_seed(7)\ny = w * 1.5", ("number", "", "1.5")),
        ("lr = 0.1\nwith torch.no_grad():\n    w -= lr * w", ("number", "lr", "0.1")),
        ("o = torch.optim.SGD([w], lr=0.5)\nw.sum().backward()\no.step()",
         ("number", "lr", "0.5")),
        ("y = f'{w * 3}'", None),
        ("unused = 3", None),
    ],
)  # fmt: skip
def test_literal_is_an_input_if_it_feeds_the_graph(
    program: str, found: tuple[str, str, str] | None
) -> None:
    known = [("vector", "w", "[1., 2.]"), ("flag", "w", ", requires_grad=True")]
    others = [each for each in _inputs(LEAF + program) if each not in known]
    assert found in others if found else others == []


@pytest.mark.parametrize(
    ("program", "flags"),
    [
        ("a = torch.tensor([1.])\nb = w * a", [""]),
        ("a = torch.tensor([1])\nb = w * a", []),
        ("a = torch.tensor([1.]).requires_grad_()\nb = w * a", []),
        ("a = torch.nn.Parameter(torch.ones(2))\nb = w * a", []),
        ("a = torch.ones(2, requires_grad=True)\nb = w * a", [", requires_grad=True"]),
        ("a = torch.ones(2, requires_grad=False)\nb = w * a", [", requires_grad=False"]),
    ],
)
def test_requires_grad_flag_is_found(program: str, flags: list[str]) -> None:
    found = [text for kind, _, text in _inputs(LEAF + program) if kind == "flag"]
    assert found[1:] == flags


@pytest.mark.parametrize(
    ("program", "call"),
    [
        ("y = w + 1\ny *= 3", ("augmented", "*", ["y", "3"])),
        ("with torch.no_grad():\n    w -= 0.5", ("augmented", "-", ["w", "0.5"])),
        ("y = 1 - w", ("infix", "-", ["1", "w"])),
        ("y = 1 / w", ("infix", "/", ["1", "w"])),
        ("y = -w", ("prefix", "-", ["w"])),
        ("y = w @ w", ("infix", "@", ["w", "w"])),
        ("y = torch.exp(w)", ("function", "exp", ["w"])),
        ("from torch import sin\ny = sin(w)", ("function", "sin", ["w"])),
        ("import torch.nn.functional as F\ny = F.relu(w)", ("function", "relu", ["w"])),
        ("y = w.pow(2)", ("method", "pow", ["w", "2"])),
        ("y = w + w.exp()", ("infix", "+", ["w", "w.exp()"])),
        ("y = (w + 1) * (w - 1).sum()", ("infix", "*", ["w + 1", "(w - 1).sum()"])),
    ],
)
def test_operation_and_its_operands_are_found(
    program: str, call: tuple[str, str, list[str]]
) -> None:
    (form, op, operands) = call
    trace = traces.run(LEAF + program, traces.UNMEASURED)
    found = _calls(LEAF + program)
    # Brackets around an operand are not part of it, but they are of a BinOp's own left end.
    assert (form, op, operands) in found
    for each in trace.calls:
        nodes = [trace.nodes[node] for node in each.nodes]
        assert all(node.kind == "op" or (node.op and form == "augmented") for node in nodes)


def test_iterations_of_a_loop_are_one_operation() -> None:
    trace = traces.run(LEAF + "for _ in range(3):\n    w = w * 2\n")
    (call,) = trace.calls
    assert len(call.nodes) == 3
    number = next(it for it in trace.inputs if it.kind == "number")
    assert number.nodes == call.nodes


@pytest.mark.parametrize("path", [it for it in PROGRAMS if parses(it)], ids=lambda it: it.name)
def test_every_program_of_the_corpus_can_be_edited_everywhere(path: Path) -> None:
    """Each span holds the text of its input or operation, and each edit there still parses."""
    trace = traced(path)
    source = trace.source
    for it in trace.inputs:
        text = _text(trace, it.span)
        if it.kind in ("flag", "bool"):
            new = edit.set_flag(source, it.span, not it.value.data[0])
        elif not it.value.data:
            new = edit.roll(source, it.span)
        elif it.value.shape:
            values = eval(f"[{text}]" if it.kind == "random" else text)
            flat = [each for row in values for each in (row if isinstance(row, list) else [row])]
            assert tuple(flat) == it.value.data
            new = edit.set_element(source, it.span, (0,) * len(it.value.shape), "5")
        else:
            assert eval(text) == it.value.data[0]
            new = edit.set_number(source, it.span, "5")
        compile(edit.apply(source, new), "edited", "exec")
    tried = set()
    for place, call in enumerate(trace.calls):
        choices = edit.choices(call)
        if choices and (call.form, call.op) in tried:  # of those alike, all on the first only
            choices = (choices[place % len(choices)],)
        tried.add((call.form, call.op))
        for to in choices:
            compile(edit.apply(source, edit.change(source, call, to)), "edited", "exec")


def test_json_of_a_trace_has_the_inputs_and_calls() -> None:
    exported = json.loads(export.to_json(traces.run(LEAF + "y = w * 3\n")))
    assert exported["inputs"][0] == {
        "kind": "vector", "span": [1, 18, 1, 26], "name": "w", "value": [1.0, 2.0], "nodes": [0],
    }  # fmt: skip
    assert exported["calls"] == [
        {"form": "infix", "op": "*", "span": [2, 5, 2, 10],
         "operands": [[2, 5, 2, 6], [2, 9, 2, 10]], "nodes": [2]}
    ]  # fmt: skip


def test_inputs_and_calls_with_invalid_spans_or_nodes_are_refused() -> None:
    trace = traces.run(LEAF + "y = w * 3\n")
    assert not list(disagreements(trace, Limits()))
    lie = msgspec.structs.replace
    for forged in (
        lie(trace.inputs[0], nodes=(99,)),
        lie(trace.inputs[0], span=Span(99, 1, 99, 2)),
    ):
        assert list(disagreements(lie(trace, inputs=(forged,)), Limits()))
    for call in (
        lie(trace.calls[0], operands=(Span(0, 1, 1, 1),)),
        lie(trace.calls[0], nodes=()),
    ):
        assert list(disagreements(lie(trace, calls=(call,)), Limits()))


@pytest.mark.parametrize(
    ("made", "flags"),
    [
        ("torch.tensor([2., 3.])", 1),
        ("torch.tensor([2, 3], dtype=torch.float)", 1),
        ("torch.ones(2)", 1),
        ("torch.tensor([2, 3])", 0),
        ("torch.arange(2)", 0),
        ("torch.randint(3, (2,))", 0),
    ],
)
def test_a_program_that_recorded_nothing_offers_the_switch(made: str, flags: int) -> None:
    found = [kind for kind, _, _ in _inputs(f"a = {made}\n(a * 2).sum().backward()\n")]
    assert found.count("flag") == flags
