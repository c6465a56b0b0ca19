"""The backward passes of a run: a mark of each one, and a plan to record some of them.

Recording a pass costs many times what the program itself takes, and hardly any pass of a training
is looked at. So after its first passes a program runs on its own (`listener.Listening.leave`); only
the mark of each pass is noted. The marks determine between which statements the wanted passes are
made, and a second run, in a fresh child, is recorded there.
"""

import math
import zlib
from array import array
from collections.abc import Iterator
from typing import Any

import torch

from viz_app.engine.record.tensors import own_grad, weighted
from viz_app.engine.wire import Plan
from viz_app.model import Marks

_LEAF: Any = torch._C._functions.AccumulateGrad  # type: ignore[attr-defined]
"""The type of a leaf's autograd node."""

_NONE = -1.0
"""The value in a plan for a missing norm."""


class PassMarks:
    """The marks of a run's passes, in order. `starts` are the statements, counted as they run, that
    begin after the pass before."""

    def __init__(self) -> None:
        self._values: list[float | None] = []
        self._norms: list[float | None] = []
        self._lines: list[int] = []
        self._loops: list[int] = []
        self._starts: list[int] = []

    def mark(
        self, root: float | None, norm: float | None, line: int, loop: int, start: int
    ) -> None:
        """Note a pass that has just ended."""
        self._values.append(root)
        self._norms.append(norm)
        self._lines.append(line)
        self._loops.append(loop)
        self._starts.append(start)

    def marks(self) -> Marks:
        """The marks as a noun."""
        return Marks(
            tuple(self._values), tuple(self._norms), tuple(self._lines), tuple(self._loops)
        )

    def plan(self, kept: int, chosen_pass: int | None, error: str) -> Plan:
        """The plan to record the first and last passes, `kept` in all, and a chosen one, of a run
        that ended with this type of error.

        The recording begins one pass early, at whose operations the values come from that the next
        one uses, and ends one late, before which the step of the optimiser is.
        """
        most = len(self._starts)
        half = kept // 2
        wanted = {*range(1, half + 1), *range(most - half + 1, most + 1)}
        if chosen_pass is not None and 1 <= chosen_pass <= most:
            wanted |= {chosen_pass, min(chosen_pass + 1, most)}
        stretches: list[tuple[int, int | None]] = []
        for number in sorted(wanted):
            start = self._starts[number - 2] if number > 2 else 0
            end = self._starts[number] if number < most else None
            before = stretches[-1] if stretches else None
            if before is not None and (before[1] is None or start <= before[1]):
                stretches[-1] = before[0], end
            else:
                stretches.append((start, end))
        norms = array("d", (_NONE if it is None else it for it in self._norms)).tobytes()
        return Plan(tuple(stretches), tuple(sorted(wanted)), self.digest(), error, norms)

    def digest(self) -> int:
        """A number that is the same for two runs with equal marks."""
        columns = (
            array("d", (math.inf if it is None or math.isnan(it) else it for it in column))
            for column in (self._values, self._norms, self._lines, self._starts)
        )
        return zlib.crc32(b"".join(column.tobytes() for column in columns))


def norms(plan: Plan) -> tuple[float | None, ...]:
    """The norms of a first run's marks, in the order of its passes. ValueError for bytes that are
    no doubles."""
    found = array("d")
    found.frombytes(plan.norms)
    return tuple(None if it == _NONE else it for it in found)


def leaves(roots: Any) -> list[torch.Tensor]:
    """The leaves that a backward call from these tensors reaches."""
    found: list[torch.Tensor] = []
    walk = list(_functions(roots))
    seen = set(walk)
    for one in walk:  # it grows
        if type(one) is _LEAF:
            found.append(one.variable)
            continue
        for before, _ in one.next_functions:
            if before is not None and before not in seen:
                seen.add(before)
                walk.append(before)
    return found


def _functions(roots: Any) -> Iterator[Any]:
    for root in roots:
        if isinstance(root, torch.autograd.graph.GradientEdge):
            yield root.node
        elif (made := root.grad_fn) is not None:
            yield made
        elif root.requires_grad:
            yield torch.autograd.graph.get_gradient_edge(root).node


def root_value(roots: Any, initial: Any) -> float | None:
    """The number at which a backward call begins: a scalar, or what its initial gradient makes of
    it; None where there is no such number, or more than one."""
    if len(roots) != 1 or not isinstance(roots[0], torch.Tensor):
        return None
    root = roots[0]
    if root.is_complex() or root.layout is not torch.strided:
        return None
    try:
        if root.dim() == 0:
            return float(root.item())
        value = weighted(root, initial[0])
        return None if math.isnan(value) and bool(root.isfinite().all()) else value
    except (RuntimeError, NotImplementedError):  # without numbers of its own
        return None


def norm(gradients: list[torch.Tensor]) -> float | None:
    """The norm of gradients taken together; None if there are none, or it can't be computed."""
    if not gradients or any(it.layout is not torch.strided for it in gradients):
        return None
    # Reading a number takes a tenth of the time of computing its norm.
    several = [it for it in gradients if it.numel() != 1]
    try:
        sizes = [abs(it.item()) for it in gradients if it.numel() == 1]
        if not several:
            return math.hypot(*sizes)
        with torch.no_grad():
            size = math.hypot(*sizes, *(it.item() for it in torch._foreach_norm(several)))
            if math.isinf(size):  # in single precision the squares of finite numbers may be
                double = [it.double() for it in several]
                size = math.hypot(*sizes, *(it.item() for it in torch._foreach_norm(double)))
    except (RuntimeError, NotImplementedError, TypeError):
        return None
    return size


def gradients(reached: list[torch.Tensor]) -> list[torch.Tensor]:
    """The `.grad` of leaves."""
    return [grad for leaf in reached if (grad := own_grad(leaf)) is not None]
