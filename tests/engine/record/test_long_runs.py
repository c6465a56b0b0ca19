"""Long trainings: any pass is as plain PyTorch ran it, and two runs are compared.

The limits keep few passes, so that short programs are long ones.
"""

import json
import math
from array import array
from typing import Any

import msgspec
import pytest

from tests import compare
from tests.corpus import LIMITS
from tests.plain import Observation, plain_python
from viz_app import export, transcript
from viz_app.engine import client, wire
from viz_app.engine.program import execute
from viz_app.knowledge import text
from viz_app.model import Trace

SHORT = msgspec.structs.replace(
    LIMITS, passes_whole=6, curves=0, replayed_calls=0, jacobian_calls=0
)
"""Limits under which a run of seven passes is a long one."""

CHOSEN = 17
"""A pass that is neither among the first nor among the last of any program below."""

DATA = "torch.manual_seed(1)\nX = torch.randn(12, 3)\nY = torch.randn(12, 1)\n"

PROGRAMS = {
    "a layer and Adam": DATA
    + """
net = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
losses = []
for epoch in range(30):
    optimizer.zero_grad()
    loss = ((net(X) - Y) ** 2).mean()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
print(losses)
""",
    "by hand, gradients accumulate": """
w = torch.tensor([1., -2.], requires_grad=True)
for turn in range(30):
    loss = (w * w).sum() + turn
    loss.backward()
    with torch.no_grad():
        w -= 0.01 * w.grad
    if turn % 3 == 2:
        w.grad.zero_()
""",
    "new leaves in each iteration": """
w = torch.tensor([1., -2.], requires_grad=True)
for turn in range(30):
    loss = (w * w).sum()
    grad, = torch.autograd.grad(loss, w)
    w = (w - 0.01 * grad).detach().requires_grad_()
""",
    "data is given new numbers": """
w = torch.tensor([1., -2.], requires_grad=True)
for turn in range(30):
    loss = (w ** 2).sum()
    loss.backward()
    w.data = w.data - 0.01 * w.grad
    w.grad = None
""",
    "a state carried on": DATA
    + """
cell = torch.nn.RNNCell(3, 4)
head = torch.nn.Linear(4, 1)
optimizer = torch.optim.SGD([*cell.parameters(), *head.parameters()], lr=0.05, momentum=0.9)
state = torch.zeros(1, 4)
for epoch in range(3):
    for x, y in zip(X, Y):
        state = cell(x[None], state.detach())
        loss = (head(state) - y).square().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
""",
    "a graph that grows": """
w = torch.tensor(0.9, requires_grad=True)
state = torch.tensor(1.)
for turn in range(30):
    state = torch.tanh(state * w) + 0.1
    state.backward(retain_graph=True)
""",
    "a backward call every third iteration": """
w = torch.tensor(0.9, requires_grad=True)
loss = 0
for turn in range(90):
    loss = loss + (w * turn - 1) ** 2
    if turn % 3 == 2:
        loss.backward()
        loss = 0
""",
    "a running total with its graph": """
w = torch.tensor(0.9, requires_grad=True)
total = 0
for turn in range(30):
    loss = (w * turn - 1) ** 2
    total += loss
    loss.backward(retain_graph=True)
print(total)
""",
    "features computed once": DATA
    + """
w = torch.randn(3, 2, requires_grad=True)
v = torch.randn(2, 1, requires_grad=True)
features = torch.tanh(X @ w)
for turn in range(30):
    loss = ((features @ v - Y) ** 2).mean()
    loss.backward(retain_graph=True)
    with torch.no_grad():
        v -= 0.1 * v.grad
""",
    "features computed in the middle": DATA
    + """
w = torch.randn(3, 2, requires_grad=True)
v = torch.randn(2, 1, requires_grad=True)
for turn in range(30):
    if turn % 10 == 8 or not turn:
        features = torch.tanh(X @ w)
    loss = ((features @ v - Y) ** 2).mean()
    loss.backward(retain_graph=True)
""",
    "two networks": DATA
    + """
g, d = torch.nn.Linear(3, 3), torch.nn.Linear(3, 1)
og = torch.optim.SGD(g.parameters(), lr=0.1)
od = torch.optim.SGD(d.parameters(), lr=0.1)
def step():
    fake = g(X)
    od.zero_grad()
    (d(fake.detach()).mean() - d(X).mean()).backward()
    od.step()
    og.zero_grad()
    (-d(fake).mean()).backward()
    og.step()
for turn in range(15):
    step()
""",
    "a closure": DATA
    + """
w = torch.zeros(3, 1, requires_grad=True)
optimizer = torch.optim.LBFGS([w], lr=0.1, max_iter=3)
def closure():
    optimizer.zero_grad()
    loss = ((X @ w - Y) ** 2).mean()
    loss.backward()
    return loss
for turn in range(12):
    optimizer.step(closure)
""",
    "all in one statement": """
w = torch.tensor(2., requires_grad=True)
[(w * turn).backward() for turn in range(30)]
""",
    "a second derivative": """
x = torch.tensor(1.5, requires_grad=True)
for turn in range(15):
    slope, = torch.autograd.grad(x ** 4, x, create_graph=True)
    slope.backward()
    with torch.no_grad():
        x -= 0.01 * x.grad
    x.grad = None
""",
    "a mode of the program's own": """
from torch.overrides import TorchFunctionMode
class Quiet(TorchFunctionMode):
    def __torch_function__(self, function, types, args=(), kwargs=None):
        return function(*args, **(kwargs or {}))
w = torch.tensor(2., requires_grad=True)
for turn in range(30):
    with Quiet():
        loss = (w * turn) ** 2
        loss.backward()
    w.grad = None
""",
    "a custom Function and hooks": """
class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x * 2
        return y
    @staticmethod
    def backward(ctx, grad):
        return grad * 2
w = torch.tensor([2., 3.], requires_grad=True)
w.register_hook(lambda grad: grad * 0.5)
for turn in range(30):
    loss = Double.apply(w).sum()
    loss.backward()
    with torch.no_grad():
        w.sub_(w.grad, alpha=0.01)
    w.grad = None
""",
    "random numbers in each iteration": """
w = torch.zeros(3, requires_grad=True)
dropout = torch.nn.Dropout(0.5)
for turn in range(30):
    loss = (dropout(w) + torch.randn(3)).square().sum()
    loss.backward()
    with torch.no_grad():
        w -= 0.01 * w.grad
    w.grad.zero_()
""",
    "an error in the end": """
w = torch.zeros(3, requires_grad=True)
for turn in range(30):
    loss = (w * turn).sum()
    loss.backward()
    assert turn < 25
""",
}


RESHAPED = """
w = torch.ones(1, requires_grad=True)
for turn in range(30):
    loss = (w ** 2).sum()
    loss.backward()
    w.data = torch.ones(2 + turn % 3)
    w.grad = None
"""


def test_a_leaf_whose_shape_changes_gets_its_gradient_in_the_middle_of_a_long_run() -> None:
    trace = client.run(RESHAPED, SHORT, chosen_pass=CHOSEN)
    assert compare.variables(trace, plain_python().run(RESHAPED)) == []
    assert trace.error is None
    (step,) = (
        step for step in trace.steps if step.pass_number == CHOSEN and step.accumulated is not None
    )
    assert step.accumulated is not None
    assert step.accumulated.data == (2.0,) * (2 + (CHOSEN - 2) % 3)


def upto(trace: Trace, plain: Observation, last: int) -> tuple[Trace, Observation]:
    """Both as if the program had ended with this pass."""
    assert trace.truncated is not None
    cut = msgspec.structs.replace(trace.truncated, passes=last)
    before = msgspec.structs.replace(
        trace, truncated=cut, passes=tuple(it for it in trace.passes if it.number <= last)
    )
    return before, plain | {"passes": plain["passes"][:last]}


@pytest.mark.parametrize("name", PROGRAMS)
def test_any_pass_of_a_long_run_equals_plain_pytorchs(name: str) -> None:
    source = PROGRAMS[name]
    plain = plain_python().run(source)
    trace = client.run(source, SHORT, chosen_pass=CHOSEN)
    assert trace.truncated is not None
    assert not trace.truncated.differs
    assert {1, 2, 3, CHOSEN, CHOSEN + 1} <= set(trace.truncated.passes_kept)
    assert compare.well_formed(trace) == []
    assert compare.variables(trace, plain) == []
    assert compare.output(trace, plain) == []
    assert compare.conservation(trace, plain) == []
    for number in (CHOSEN, CHOSEN + 1, trace.truncated.passes):
        assert compare.backward(*upto(trace, plain, number)) == []


def test_the_marks_of_all_passes_are_the_programs_numbers() -> None:
    trace = client.run(PROGRAMS["a layer and Adam"], SHORT)
    marks = trace.marks
    assert str(list(marks.values)) + "\n" == trace.stdout
    assert set(marks.lines) == {11}
    assert set(marks.loops) == {8}
    kept = {it.number: [] for it in trace.passes}  # type: dict[int, list[float]]
    for step in trace.steps:
        if step.accumulated is not None:
            kept[step.pass_number] += [float(it) for it in step.accumulated.data]  # type: ignore
    for number, grads in kept.items():
        assert math.isclose(marks.norms[number - 1] or 0, math.hypot(*grads), rel_tol=1e-6)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_marks_do_not_depend_on_how_many_passes_are_recorded(name: str) -> None:
    whole = msgspec.structs.replace(SHORT, passes_whole=1_000, nodes_whole=10**9)
    assert client.run(PROGRAMS[name], SHORT).marks == client.run(PROGRAMS[name], whole).marks


def test_a_second_run_computes_the_norms_of_the_passes_that_it_records() -> None:
    source = PROGRAMS["by hand, gradients accumulate"]
    plans: list[wire.Plan] = []
    first = execute.run(source, SHORT, again=plans.append)
    (plan,) = plans
    assert len(plan.norms) == 8 * 30
    right = execute.run(source, SHORT, plan=plan)
    assert right.marks == first.marks
    assert right.truncated is not None
    assert not right.truncated.differs
    others = msgspec.structs.replace(plan, norms=array("d", [9.0] * 30).tobytes())
    wrong = execute.run(source, SHORT, plan=others)
    assert wrong.truncated is not None
    assert wrong.truncated.differs
    for number in wrong.truncated.passes_kept:
        assert wrong.marks.norms[number - 1] == first.marks.norms[number - 1]
    assert wrong.marks.norms[CHOSEN - 1] == 9.0


def test_the_step_of_the_optimiser_is_between_a_chosen_pass_and_the_next() -> None:
    trace = client.run(PROGRAMS["a layer and Adam"], SHORT, chosen_pass=CHOSEN)
    nodes = {node.id: node for node in trace.nodes}
    used = {
        number: [nodes[step.node] for step in trace.steps if step.pass_number == number]
        for number in (CHOSEN, CHOSEN + 1)
    }
    weights = {
        number: [node for node in used[number] if node.kind == "parameter"] for number in used
    }
    for before, after in zip(*weights.values(), strict=True):
        assert after.replaces == before.id
        assert after.values != before.values
        assert after.op is not None


def attempts(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The requests that the client makes from now on."""
    made: list[Any] = []
    attempt = client.Engine._attempt

    def noted(self: client.Engine, request: wire.Asked, *args: Any, **kwargs: Any) -> Any:
        made.append(request)
        return attempt(self, request, *args, **kwargs)

    monkeypatch.setattr(client.Engine, "_attempt", noted)
    return made


@pytest.mark.parametrize(
    ("name", "runs"),
    [
        ("a layer and Adam", 2),
        ("a state carried on", 2),
        ("a running total with its graph", 2),
        ("a graph that grows", 3),
        ("features computed in the middle", 3),
        ("all in one statement", 1),
        ("data is given new numbers", 1),
    ],
)
def test_a_run_is_recorded_as_a_whole_only_if_its_passes_depend_on_what_was_not(
    monkeypatch: pytest.MonkeyPatch, name: str, runs: int
) -> None:
    made = attempts(monkeypatch)
    client.run(PROGRAMS[name], SHORT, chosen_pass=CHOSEN)
    assert len(made) == runs


def test_a_program_that_differs_from_run_to_run_is_noticed() -> None:
    source = (
        "import time\nw = torch.tensor(1., requires_grad=True)\n"
        "for turn in range(20):\n    loss = w * time.perf_counter_ns()\n    loss.backward()\n"
    )
    trace = client.run(source, SHORT)
    assert trace.truncated is not None
    assert trace.truncated.differs
    assert export.to_table(trace).endswith(f"{export.DIFFERS}\n")
    assert json.loads(export.to_json(trace))["truncated"]["differs"]
    for language in ("en", "ko"):
        words = text.load(language)
        document = transcript.document(trace, words, language)
        assert next(transcript.lines(document, words)) == words("picture.differs")
    assert compare.conservation(trace) == []


def test_a_program_whose_length_differs_is_recorded_in_one_run() -> None:
    source = (
        "import time\nw = torch.tensor(1., requires_grad=True)\n"
        "for turn in range(20 + time.perf_counter_ns() % 1000):\n    (w * 2).backward()\n"
    )
    trace = client.run(source, SHORT)
    cut = trace.truncated
    assert cut is not None
    assert cut.passes_kept == (1, 2, 3, cut.passes - 2, cut.passes - 1, cut.passes)


def test_limit_met_only_by_the_second_run_is_not_reported() -> None:
    source = (
        "w = torch.tensor(1., requires_grad=True)\n"
        "for turn in range(40):\n    loss = w\n"
        "    for _ in range(1 if turn < 20 else 30):\n        loss = loss * 1.01\n"
        "    loss.backward()\n"
    )
    few = msgspec.structs.replace(SHORT, nodes=100)
    trace = client.run(source, few)
    assert trace.error is None
    assert trace.truncated is not None
    assert trace.truncated.passes == 40
    assert len(trace.marks.values) == 40
    assert trace.truncated.passes_kept[:3] == (1, 2, 3)


def test_endless_loop_reports_its_number_of_passes() -> None:
    source = (
        "w = torch.tensor(1., requires_grad=True)\nwhile True:\n    loss = w * 2\n"
        "    loss.backward()\n"
    )
    limits = msgspec.structs.replace(SHORT, passes=500)
    trace = client.run(source, limits)
    assert trace.error is not None
    assert trace.error.code == "limit_passes"
    assert trace.truncated is not None
    assert trace.truncated.passes == trace.error.params["passes"]
    assert trace.truncated.passes > 400


def test_a_run_in_this_process_records_all_it_keeps() -> None:
    trace = execute.run(PROGRAMS["by hand, gradients accumulate"], SHORT)
    assert trace.truncated is not None
    assert trace.truncated.passes_kept == (1, 2, 3, 28, 29, 30)
    assert not trace.truncated.differs
