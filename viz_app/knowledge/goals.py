"""A lesson's goal against the trace of a run: reached, not yet, or only by hand. Pure functions.

A goal is met by autograd's own work. A number that the program wrote there itself looks the same in
`.grad`; it is recognised by: a `.grad` that is not what the backward passes left there, a name that
was given to another tensor, a value that was overwritten after it was computed, a gradient changed
by a hook or by a backward of the program's own.
"""

import ast
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from viz_app import syntax
from viz_app.knowledge import lessons
from viz_app.knowledge.lessons import Condition, Goal, Lesson
from viz_app.knowledge.text import Text
from viz_app.model import Array, Node, Number, Step, Trace, Variable

Standing = Literal["open", "by_hand", "reached"]
"""open: not reached yet. by_hand: the numbers are there, but not by autograd's work."""


_MOST_SHOWN = 6
"""Maximum number of numbers in a sentence."""


class Outcome(msgspec.Struct, frozen=True):
    """One condition against a run: whether it holds, and the numbers that were found, None without
    any (no such name, no gradient)."""

    condition: Condition
    holds: bool
    found: tuple[Number, ...] | None


class Verdict(msgspec.Struct, frozen=True):
    """The goal of a lesson against one run.

    `reason` is the key of a sentence in the table "goal", with `name` and `line` as its
    parameters; `outcomes` has one entry per condition, none if the run did not come so far.
    """

    standing: Standing
    reason: str
    name: str = ""
    line: int = 0
    outcomes: tuple[Outcome, ...] = ()


def verdict(lesson: Lesson, trace: Trace) -> Verdict | None:
    """The verdict on a run of a learner's version of a lesson; None for a lesson without a goal."""
    goal = lesson.goal
    if goal is None:
        return None
    if not lessons.belongs(lesson.program, trace.source):
        return Verdict("open", "foreign")
    if trace.error is not None:
        return Verdict("open", "failed", line=trace.error.span.line)
    outcomes = tuple(outcome(condition, trace) for condition in goal.checks)
    missing = next((one for one in outcomes if not one.holds), None)
    if missing is not None:
        return Verdict("open", _why_not(missing), missing.condition.name, outcomes=outcomes)
    source = lessons.code(trace.source)
    for part in goal.keep:
        if lessons.code(part) not in source:
            return Verdict("open", "kept", part, outcomes=outcomes)
    for reason, name, line in _by_hand(lesson, goal, trace):
        return Verdict("by_hand", reason, name, line, outcomes)
    return Verdict("reached", "reached", outcomes=outcomes)


def _why_not(missing: Outcome) -> str:
    if missing.condition.relation == "none":
        return "filled"
    if missing.found is None:
        return "no_grad" if missing.condition.part == "grad" else "no_value"
    return "other"


def outcome(condition: Condition, trace: Trace) -> Outcome:
    """A condition against a run."""
    known, array = _array(condition, trace)
    if condition.relation == "none":
        return Outcome(condition, known and array is None, None if array is None else array.data)
    picked = None if array is None else _picked(array, condition.index)
    if picked is None:
        return Outcome(condition, holds=False, found=None)
    if condition.norm:
        picked = (math.sqrt(sum(abs(_plain(each)) ** 2 for each in picked)),)
    wanted = condition.number
    numbers = wanted if isinstance(wanted, tuple) else (wanted,) * len(picked)
    holds = len(numbers) == len(picked) > 0 and all(
        _compare(_plain(each), number or 0.0, condition)
        for each, number in zip(picked, numbers, strict=True)
    )
    return Outcome(condition, holds, picked)


def _plain(number: Number) -> float | complex:
    return complex(*number) if isinstance(number, tuple) else float(number)


def _compare(found: float | complex, wanted: float, condition: Condition) -> bool:
    if condition.relation == "=":
        return abs(found - wanted) <= condition.tolerance * max(1.0, abs(wanted))
    if isinstance(found, complex):
        return False
    return found < wanted if condition.relation == "<" else found > wanted


def _array(condition: Condition, trace: Trace) -> tuple[bool, Array | None]:
    """The numbers of a name, after True if the run knows it.

    A parameter that asks for no gradient takes no part in the graph and has no name there, so a
    parameter's name counts as known.
    """
    variable, node = _bearer(condition.name, trace)
    if variable is not None:
        return True, variable.value if condition.part == "value" else variable.grad
    if node is not None:
        return True, (node.values if condition.part == "value" else node.grads)[0]
    return not condition.name.isidentifier(), None


def _bearer(name: str, trace: Trace) -> tuple[Variable | None, Node | None]:
    """The variable of a name, and its node; for a parameter the newest node of that name."""
    written = re.sub(r"\.(\d+)", r"[\1]", name)
    for variable in trace.variables:
        if variable.name == name:
            return variable, trace.nodes[variable.node[0]] if variable.node else None
    if written.isidentifier():
        return None, None
    named = [
        node for node in trace.nodes
        if node.kind in ("leaf", "parameter") and any(it.text == written for it in node.names)
    ]  # fmt: skip
    return None, named[-1] if named else None


def _picked(array: Array, index: Sequence[int | str]) -> tuple[Number, ...] | None:
    """The elements of an index; None if it is out of range or they were not kept."""
    if array.truncated or len(index) > len(array.shape):
        return None
    sides = []
    for side, entry in itertools.zip_longest(array.shape, index, fillvalue=":"):
        whole = range(int(side))
        if entry != ":" and not -len(whole) <= int(entry) < len(whole):
            return None
        sides.append(whole if entry == ":" else (whole[int(entry)],))
    picked = []
    for place in itertools.product(*sides):
        at = 0
        for side, one in zip(array.shape, place, strict=True):
            at = at * side + one
        picked.append(array.data[at])
    return tuple(picked)


def sentence(verdict: Verdict, words: Text) -> str:
    """The reason of a verdict in words; for a number that is not there yet, with the number."""
    missing = next((one for one in verdict.outcomes if not one.holds), None)
    found = "" if missing is None else _shown(missing)
    key = f"goal.{verdict.reason}"
    if verdict.reason == "written" and not verdict.line:
        key = "goal.written_somewhere"
    return words(key, name=verdict.name, line=verdict.line, what=_what(missing), found=found)


def _what(outcome: Outcome | None) -> str:
    """The subject of a condition, as it would be written in the program: "a.grad[0]"."""
    if outcome is None:
        return ""
    condition = outcome.condition
    part = f"{condition.name}.grad" if condition.part == "grad" else condition.name
    index = f"[{', '.join(map(str, condition.index))}]" if condition.index else ""
    return f"{part}{index}.norm()" if condition.norm else part + index


def _shown(outcome: Outcome) -> str:
    """The numbers that were found; the first few of many."""
    numbers = [f"{_plain(each):.6g}" for each in (outcome.found or ())[:_MOST_SHOWN]]
    more = ", …" if len(outcome.found or ()) > _MOST_SHOWN else ""
    return numbers[0] if len(numbers) == 1 else f"[{', '.join(numbers)}{more}]"


# ------------------------------------------------------------------ autograd's work or by hand


def _by_hand(lesson: Lesson, goal: Goal, trace: Trace) -> Iterator[tuple[str, str, int]]:
    """The reason, name and line of each way in which a goal was met without autograd."""
    for condition in goal.checks:
        name = condition.name
        if line := _rebound(name, lesson, trace.source):
            yield "rebound", name, line
        variable, node = _bearer(name, trace)
        if node is None:  # a result that is no longer the one its operation gave
            if variable is not None and variable.grad_fn is not None:
                yield "overwritten", name, 0
            continue
        if condition.part == "value":
            if not _computed(variable, node, trace):
                yield "overwritten", name, 0
        elif node.kind in ("leaf", "parameter"):
            if not _accumulated(node, trace, none=condition.relation == "none"):
                yield "written", name, _written(node, trace)
        elif variable is not None and variable.grad != node.grads[(variable.node or (0, 0))[1]]:
            yield "written", name, 0
    if not goal.own_backward:
        for step in trace.steps:
            if step.hooked or _own_function(step):
                span = trace.nodes[step.node].span
                yield "own_backward", "", span.line if span else 0


def _own_function(step: Step) -> bool:
    """True for a `torch.autograd.Function` of the program: PyTorch's own names end in a digit."""
    return step.grad_fn.endswith("Backward")


def _rebound(name: str, lesson: Lesson, source: str) -> int:
    """The line that gives the name of a goal to one more tensor than the lesson does; 0 if none."""
    root = re.match(r"\w+", name)
    whole = root[0] if root else name
    usual = max(len(_bindings(whole, each)) for each in (lesson.program, lesson.solved))
    lines = _bindings(whole, source)
    return lines[usual] if len(lines) > usual else 0


def _bindings(name: str, source: str) -> list[int]:
    """The lines that bind a name, in their order."""
    found = []
    for node in ast.walk(syntax.parse(source)):
        if (
            (isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store))
            or (isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name)
            or (isinstance(node, ast.alias) and (node.asname or node.name) == name)
        ):
            found.append(node.lineno)
    return sorted(found)


def _family(node: Node, trace: Trace) -> frozenset[int]:
    """A leaf and the nodes that it replaced by changes in place."""
    found = {node.id}
    while node.replaces is not None and node.replaces not in found:
        node = trace.nodes[node.replaces]
        found.add(node.id)
    return frozenset(found)


def _empty(array: Array | None) -> bool:
    return array is None or (not array.truncated and not any(map(_nonzero, array.data)))


def _nonzero(number: Number) -> bool:
    return _plain(number) != 0


def _accumulated(leaf: Node, trace: Trace, *, none: bool) -> bool:
    """True if a leaf's `.grad` is what the backward passes left there, from nothing on.

    In between, the program may have emptied it. With `none`, no pass may have filled it.
    """
    family = _family(leaf, trace)
    steps = [
        step for step in trace.steps
        if step.node in family and step.grad_fn == "AccumulateGrad"
        and step.accumulated is not None
    ]  # fmt: skip
    if none:
        return not steps
    if not steps or leaf.grads[0] != steps[-1].accumulated:
        return False
    if trace.truncated is not None:
        return True
    before: Array | None = None
    for step in steps:
        if not _empty(step.before) and step.before != before:
            return False
        before = step.accumulated
    return True


def _written(leaf: Node, trace: Trace) -> int:
    """The line of the last write to a leaf's `.grad`, 0 if it is unknown."""
    family = _family(leaf, trace)
    spans = [write.span for write in trace.writes if family & set(write.nodes) and write.span]
    return spans[-1].line if spans else 0


def _computed(variable: Variable | None, node: Node, trace: Trace) -> bool:
    """True if a value is the one that its operation gave, and backward went through that."""
    if variable is None or variable.node is None or node.kind not in ("op", "hidden"):
        return True
    reached = Counter(step.node for step in trace.steps)
    return node.values[variable.node[1]] == variable.value and reached[node.id] > 0
