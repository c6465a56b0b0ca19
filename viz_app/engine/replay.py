"""The forward run up to the first backward call, once more in float64, with other inputs.

Finite differences and the curve of a result over one element need the value of the result at
other places. The calls that autograd recorded are kept and made again, on copies: what was a
constant stays one, so the function is the one that autograd differentiated.
"""

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch

from viz_app.engine.reading import grad_fn
from viz_app.engine.records import Note
from viz_app.measured import Check, Curve

Tensor = torch.Tensor
Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any], Any]

CALLS = 300
"""Of one replay; a longer program is not replayed."""
ELEMENTS = 1_024
"""Of one operand or result."""
SLOW = 0.5
"""Seconds of computing up to a call: a program with long kernels is not run again."""
POINTS = 33
"""Of a curve, evenly over its range; odd, so that the present value is one of them."""
CURVES = 16
"""Elements that get one, in the order of the leaves."""
STEPS = {torch.float64: 6e-6, torch.float32: 5e-3, torch.float16: 0.1, torch.bfloat16: 0.2}
"""Of a central difference, by dtype, times the size of the number: the cube root of epsilon."""
STEP = STEPS[torch.float64]
KINK = 1e-3
"""One-sided differences farther apart than this, relatively: there is no one slope."""
NEARER = 8.0
"""How much smaller the step is that tells a kink from a bend."""
CLOSE = 1e-3
"""A replay that misses the recorded value by more, relatively, is of another program."""

_NARROW = frozenset({torch.float32, torch.float16, torch.bfloat16})
_WIDEN = {"float": torch.Tensor.double, "half": torch.Tensor.double, "bfloat16": Tensor.double}


class Replay:
    """Keeps the calls of one run; `budget` counts replayed calls, 0 switches it off.

    `unable` says why there is nothing to replay, if so.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.calls: list[Call] = []
        self.given: dict[int, tuple[Tensor, Tensor]] = {}
        self.made: set[int] = set()
        self.root: Tensor | None = None
        self.weight: Tensor | None = None
        self.leaves: tuple[tuple[Note, int], ...] = ()
        self.open = budget > 0
        self.began = time.thread_time()
        self.unable: str | None = None
        self.frozen: Callable[[], None] | None = None
        """Called once all is kept; it may end the run."""

    # ---- while the program runs ---------------------------------------------------------------

    def before(self, args: Any, kwargs: Any) -> None:
        """A call is about to be made: copy the operands that no kept call gave."""
        for tensor in _tensors((args, kwargs)):
            if id(tensor) in self.made or id(tensor) in self.given:
                continue
            if tensor.layout is not torch.strided:
                return self.close("layout")
            if tensor.numel() > ELEMENTS:
                return self.close("large")
            if (fn := grad_fn(tensor)) is not None:
                return self.close(_unheard(fn))
            self.given[id(tensor)] = tensor, _wide(tensor.detach().clone())
        return None

    def after(self, func: Callable[..., Any], args: Any, kwargs: Any, result: Any) -> None:
        """Keep a call whose result asks for a gradient."""
        whole = (result,) if isinstance(result, Tensor) else _tensors(result)
        results = [one for one in whole if grad_fn(one) is not None]
        if not results:
            return None
        self.before(args, kwargs)
        if not self.open:
            return None
        if torch.is_autocast_enabled("cpu"):
            return self.close("autocast")
        if len(self.calls) >= CALLS:
            return self.close("long")
        if any(one.numel() > ELEMENTS for one in results):
            return self.close("large")
        if time.thread_time() - self.began > SLOW:
            return self.close("slow")
        self.calls.append((func, args, kwargs, result))
        self.made.update(id(one) for one in results)
        return None

    def changed(self, tensor: Any) -> None:
        """A leaf was written to in place: it counts as it is when it is next used."""
        if isinstance(tensor, Tensor) and grad_fn(tensor) is None:
            if any(
                tensor is one
                for _, args, kwargs, _ in self.calls
                for one in _tensors((args, kwargs))
            ):
                return self.close("changed")
            self.given.pop(id(tensor), None)
        return None

    def freeze(self, roots: Any, initial: Any, leaf: Callable[[Tensor], Note]) -> None:
        """The first backward begins: from here on nothing is kept."""
        if not self.open:
            return None
        self.open = False
        if len(roots) != 1:
            return self.close("roots")
        if id(roots[0]) not in self.made:
            return self.close(_unheard(grad_fn(roots[0])))
        self.root = roots[0]
        self.weight = None if initial[0] is None else _wide(initial[0].detach().clone())
        self.leaves = tuple(
            (leaf(tensor), key) for key, (tensor, _) in self.given.items() if tensor.requires_grad
        )
        return self.frozen() if self.frozen is not None else None

    def close(self, why: str) -> None:
        """Give up, for this reason; what was kept is let go."""
        self.open = False
        self.unable = why
        self.calls.clear()
        self.given.clear()
        self.root = None

    # ---- afterwards ---------------------------------------------------------------------------

    def value(self, *moved: tuple[int, int, float], wide: bool = True) -> float:
        """The root (weighted by the initial gradient) with (leaf, element) moved by so much.

        In float64, or not `wide` in the program's own dtypes. Raises whatever a call raises there.
        """
        known = {
            key: value.clone() if wide else value.to(tensor.dtype, copy=True)
            for key, (tensor, value) in self.given.items()
        }
        for leaf, element, shift in moved:
            known[leaf].view(-1)[element] += shift
        for func, args, kwargs, result in self.calls:
            if wide:
                func = _WIDEN.get(getattr(func, "__name__", ""), func)
                args, kwargs = _widened(args), _widened(kwargs)
            again = func(*_swap(args, known), **_swap(kwargs, known))
            if func.__name__ in ("__setitem__",):
                continue
            for old, new in zip(_tensors(result), _tensors(again), strict=True):
                known[id(old)] = new
        root = known[id(self.root)]
        return float((root if self.weight is None else root * self.weight).sum())

    def measurable(self) -> tuple[tuple[Note, int], ...]:
        """The leaves that can be moved: their notes, and their keys in `given`."""
        return () if self.unable is not None or self.root is None else self.leaves

    def repeats(self, here: float) -> bool:
        """Whether a replay with nothing moved, `here`, gives what the program got."""
        assert self.root is not None
        recorded = self.root.detach().double()
        there = float((recorded if self.weight is None else recorded * self.weight).sum())
        return abs(here - there) <= CLOSE * max(1.0, abs(there))

    def tell(
        self, place: Callable[[Note], int | None]
    ) -> tuple[tuple[Check, ...], tuple[Curve, ...]]:
        """Differences of every element that the budget reaches, then curves of the first ones."""
        if self.root is None:
            return (), ()
        try:
            return self._tell(place)
        except (RuntimeError, ValueError, TypeError, IndexError, KeyError, NotImplementedError):
            self.unable = "unheard"  # a call that can't be made a second time
            return (), ()

    def _tell(
        self, place: Callable[[Note], int | None]
    ) -> tuple[tuple[Check, ...], tuple[Curve, ...]]:
        here = self.value()
        if not math.isfinite(here):
            self.unable = "broken"
            return (), ()
        if not self.repeats(here):
            self.unable = "random" if self.value() != here else "rounding"
            return (), ()
        checks: list[Check] = []
        curves: list[Curve] = []
        for note, key in self.leaves:
            node, leaf = place(note), self.given[key][1]
            cost = 2 * leaf.numel() * len(self.calls)
            if node is None or not leaf.is_floating_point() or cost > self.budget:
                continue
            self.budget -= cost
            checks.append(self._check(node, key, leaf, here))
        for note, key in self.leaves:
            node, leaf = place(note), self.given[key][1]
            if node is None or not leaf.is_floating_point():
                continue
            for element in range(leaf.numel()):
                cost = 2 * POINTS * len(self.calls)
                if len(curves) < CURVES and cost <= self.budget:
                    self.budget -= cost
                    curves.append(self._curve(node, key, leaf, element))
        keys = {place(note): key for note, key in self.leaves}
        return tuple(self._roughly(one, keys[one.node]) for one in checks), tuple(curves)

    def _roughly(self, check: Check, key: int) -> Check:
        """The check with the differences in the leaf's own dtype beside those in float64."""
        leaf = self.given[key][0].detach()
        cost = 2 * leaf.numel() * len(self.calls)
        if leaf.dtype not in _NARROW or cost > self.budget:
            return check
        self.budget -= cost
        slopes = []
        for element, x in enumerate(self.given[key][1].to(leaf.dtype).reshape(-1)):
            step = STEPS[leaf.dtype] * max(1.0, abs(float(x)))
            high = self.value((key, element, step), wide=False)
            low = self.value((key, element, -step), wide=False)
            moved = float(x + step) - float(x - step)  # what of the step the dtype can tell
            slopes.append((high - low) / moved)
        return Check(check.node, check.slopes, check.kinks, str(leaf.dtype), tuple(slopes))

    def _check(self, node: int, key: int, leaf: Tensor, here: float) -> Check:
        slopes, kinks = [], []
        for element, x in enumerate(leaf.reshape(-1).tolist()):
            step = STEP * max(1.0, abs(x))
            high, low = self.value((key, element, step)), self.value((key, element, -step))
            slopes.append((high - low) / (2 * step))
            ahead, behind = (high - here) / step, (here - low) / step
            gap = abs(ahead - behind)
            if not gap <= KINK * max(1.0, abs(ahead), abs(behind)):
                # At a mere bend the gap shrinks with the step, at a kink it stays.
                near = step / NEARER
                high, low = self.value((key, element, near)), self.value((key, element, -near))
                if not abs(high - 2 * here + low) / near <= gap / 2:
                    kinks.append(element)
        return Check(node, tuple(slopes), tuple(kinks))

    def _curve(self, node: int, key: int, leaf: Tensor, element: int) -> Curve:
        x = float(leaf.reshape(-1)[element])
        reach = max(1.0, abs(x))
        step = STEP * reach
        shifts = [reach * (2 * k / (POINTS - 1) - 1) for k in range(POINTS)]
        ends = [
            (self.value((key, element, shift - step)), self.value((key, element, shift + step)))
            for shift in shifts
        ]
        return Curve(
            node,
            element,
            tuple(x + shift for shift in shifts),
            tuple((low + high) / 2 for low, high in ends),
            tuple((high - low) / (2 * step) for low, high in ends),
        )


def _unheard(fn: Any) -> str:
    """Why the calls up to an autograd node are not all known."""
    if fn is not None and fn.name() == "BackwardHookFunctionBackward":
        return "hook"
    return "custom" if isinstance(fn, torch._C._FunctionBase) else "unheard"


def _wide(tensor: Tensor) -> Tensor:
    return tensor.double() if tensor.dtype in _NARROW else tensor


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _tensors(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _tensors(one)


def _swap(value: Any, known: dict[int, Tensor]) -> Any:
    """The same arguments with the replay's tensors."""
    if isinstance(value, Tensor):
        return known.get(id(value), value)
    if type(value) in (tuple, list):
        return type(value)(_swap(one, known) for one in value)
    if type(value) is dict:
        return {key: _swap(one, known) for key, one in value.items()}
    return value


def _widened(value: Any) -> Any:
    """The same arguments with float64 for narrower types."""
    if isinstance(value, torch.dtype):
        return torch.float64 if value in _NARROW else value
    if type(value) in (tuple, list):
        return type(value)(_widened(one) for one in value)
    if type(value) is dict:
        return {key: _widened(one) for key, one in value.items()}
    return value
