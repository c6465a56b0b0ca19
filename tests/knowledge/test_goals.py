"""A goal is reached by autograd's work; numbers written by hand are recognised."""

import functools

import pytest

from tests import traces
from viz_app.engine import client
from viz_app.knowledge import goals, lessons
from viz_app.knowledge.goals import Verdict
from viz_app.knowledge.lessons import Condition
from viz_app.model import Trace

LESSONS = lessons.load()


@functools.cache
def run(program: str) -> Trace:
    return client.run(program, traces.UNMEASURED)


def verdict(slug: str, program: str) -> Verdict:
    found = goals.verdict(LESSONS[slug], run(program))
    assert found is not None
    return found


def changed(slug: str, *edits: tuple[str, str]) -> Verdict:
    program = LESSONS[slug].program
    for find, put in edits:
        assert find in program
        program = program.replace(find, put, 1)
    return verdict(slug, program)


def appended(slug: str, *lines: str) -> Verdict:
    return verdict(slug, LESSONS[slug].program + "\n".join(lines))


# Programs whose numbers meet the goal, by other means than autograd's work.
CHEATS = {
    "assigned": ("slope", ["x.grad = torch.tensor(10.)"], "written"),
    "filled": ("slope", ["x.grad.fill_(10.)"], "written"),
    "added to": ("slope", ["x.grad += 4"], "written"),
    "scaled": ("gradient-calculation", ["a.grad.mul_(2)"], "written"),
    "through .data": ("gradient-calculation", ["a.grad.data *= 2"], "written"),
    "through numpy": ("gradient-calculation", ["a.grad.numpy()[:] = [12, 16]"], "written"),
    "in an alias": ("gradient-calculation", ["t = a", "t.grad = a.grad * 2"], "written"),
    "by autograd.grad": (
        "slope", ["y = x * x * 10 / 6", "x.grad = torch.autograd.grad(y, x)[0]"], "written"
    ),
    "another leaf": (
        "slope",
        ["x = torch.tensor(5., requires_grad=True)", "(x * x).backward()"],
        "rebound",
    ),
    "a constant with a grad": (
        "slope", ["x = torch.tensor(5.)", "x.grad = torch.tensor(10.)"], "rebound"
    ),
    "emptied for none": ("gan-step", ["G.grad = None"], "written"),
    "zeroed for 0": (
        "matrix-product", ["W.grad[:, 1] = 0"], "written"
    ),
    "parameters emptied for none": ("freeze", ["net[0].zero_grad()"], "written"),
    "a value overwritten": (
        "one-weight", ["loss.data.zero_()", "w.data.fill_(3.)"], "overwritten"
    ),
}  # fmt: skip


@pytest.mark.parametrize("cheat", CHEATS)
def test_numbers_written_by_hand_are_recognised(cheat: str) -> None:
    slug, lines, reason = CHEATS[cheat]
    found = appended(slug, *lines)
    assert run(LESSONS[slug].program + "\n".join(lines)).error is None
    assert all(one.holds for one in found.outcomes), found
    assert (found.standing, found.reason) == ("by_hand", reason)


def test_grad_of_a_result_written_by_hand_is_recognised() -> None:
    assert appended("leaves", "h.grad = torch.tensor(12.)").standing == "open"
    wrong = (("loss = h ** 2", "h.retain_grad()\nloss = h ** 3"),)
    assert changed("leaves", *wrong).standing == "open"
    found = changed("leaves", *wrong, ("print", "h.grad = torch.tensor(12.)\nprint"))
    assert (found.standing, found.reason) == ("by_hand", "written")


def test_line_that_writes_by_hand_is_reported() -> None:
    found = appended("slope", "x.grad = torch.tensor(10.)")
    assert found.line == LESSONS["slope"].program.count("\n") + 1


def test_grad_set_before_backward_counts_as_written_by_hand() -> None:
    found = changed("slope", ("y.backward()", "x.grad = torch.tensor(4.)\ny.backward()"))
    assert (found.standing, found.reason) == ("by_hand", "written")


def test_gradient_changed_by_a_hook_does_not_count() -> None:
    found = changed("slope", ("y =", "x.register_hook(lambda g: g * 10 / 6)\ny ="))
    assert (found.standing, found.reason) == ("by_hand", "own_backward")


def test_gradient_of_a_custom_backward_does_not_count() -> None:
    own = (
        "class Ten(torch.autograd.Function):\n"
        "    @staticmethod\n    def forward(ctx, x):\n        return x * x\n"
        "    @staticmethod\n    def backward(ctx, g):\n        return g * 10\n"
        "y = Ten.apply(x)"
    )
    found = changed("slope", ("y = x * x", own))
    assert (found.standing, found.reason) == ("by_hand", "own_backward")


def test_printing_the_expected_number_does_not_reach_the_goal() -> None:
    assert appended("slope", "print('x.grad', 10.)").standing == "open"


@pytest.mark.parametrize(
    "edits",
    [
        [("3.", "5.")],
        [("x * x", "x * x + 4 * x")],
        [("x * x", "(x + 2) ** 2")],
        [("3.", "5."), ("x.grad", "print(x.grad)\nx.grad")],
        [("y.backward()", "y.backward(gradient=torch.tensor(10 / 6))")],
        [("y.backward()", "y.backward()\nx.grad = None\n(5 * x * x / 3).backward()")],
    ],
)
def test_any_honest_edit_reaches_the_goal(edits: list[tuple[str, str]]) -> None:
    assert changed("slope", *edits).standing == "reached"


def test_open_goal_has_a_reason() -> None:
    assert verdict("slope", "print(1)").reason == "foreign"
    assert changed("slope", ("x * x", "x * z")).reason == "failed"
    assert changed("slope", ("3.", "4.")).reason == "other"
    assert changed("leaves", ("h ** 2", "h ** 3")).reason == "no_grad"
    assert appended("slope", "del x").reason == "no_grad"
    assert changed("one-weight", ("0.02", "0.12"), ("range(6)", "range(60)")).reason == "kept"


def test_deleted_name_does_not_count_as_none() -> None:
    assert appended("gan-step", "del G").standing == "open"


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (Condition("W", "=", index=(":", 0), number=(1.0, 0.0, 2.0)), True),
        (Condition("W", "=", index=(0,), number=(1.0, -1.0)), True),
        (Condition("W", "=", index=(-1, -1), number=-2.0), True),
        (Condition("W", "=", index=(3,), number=0.0), False),
        (Condition("W", "=", index=(0, 0, 0), number=1.0), False),
        (Condition("W", "=", number=(1.0, -1.0)), False),
        (Condition("W", "<", number=2.5), True),
        (Condition("W", ">", number=0.0), False),
        (Condition("W", "=", norm=True, number=10**0.5), True),
        (Condition("y", "none"), True),
        (Condition("none_such", "none"), False),
        (Condition("none_such", "=", number=0.0), False),
    ],
)
def test_conditions_select_and_compare(condition: Condition, holds: bool) -> None:
    trace = run(LESSONS["matrix-product"].program)
    assert goals.outcome(condition, trace).holds == holds


def test_nan_meets_no_condition() -> None:
    trace = run("x = torch.tensor(0., requires_grad=True)\n(x * float('nan')).backward()")
    for relation in ("=", "<", ">"):
        condition = Condition("x", relation, number=0.0, tolerance=1e9)
        assert not goals.outcome(condition, trace).holds
