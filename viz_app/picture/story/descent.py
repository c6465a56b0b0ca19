"""A leaf changed in place -> the optimiser's step as arithmetic, where the run's numbers prove it.

`w ← w − 0.1·∇w`, with a velocity (SGD's momentum), or with Adam's two means. The step size and the
factors are numbers of the program's text, or Adam's defaults. The means start from the first update
that is recorded and go on with each `.grad` the leaf had at an update; the formula, evaluated in
float64, must give each element of the recorded new value, and must not give it with other factors.
Updates of other forms (weight decay, schedules that compute a step size) are described by their
numbers only.
"""

import math
import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from viz_app.model import Array, FormulaPart, Node
from viz_app.picture.words.formula import both, numbers, spoken
from viz_app.picture.words.labels import name as latex_name
from viz_app.picture.words.notation import Reading, number
from viz_app.picture.words.sizes import parts

LITERAL: Final = re.compile(r"(?<![\w.])(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.])")
TEXT: Final = 20_000
"""Maximum number of characters of a program that are searched for the step size."""
EXACT: Final = {"torch.float32": 5e-7, "torch.float64": 1e-14}
"""Relative error of one rounded step, by dtype; other dtypes are too coarse for a proof."""
MEANS: Final = 40.0
"""The same for a velocity or a mean, as a multiple: it was rounded at each step so far."""
RATE: Final = 1e-3
BETAS: Final = (0.9, 0.999)
EPSILON: Final = 1e-8
"""Adam's defaults, which a program need not write."""
SYMBOLS: Final = frozenset(("m", "v"))
"""The names of the means; a leaf of that name is described by its numbers only."""

Row = tuple[float, float, float]
"""An element before and after the step, and its gradient."""


class Step(msgspec.Struct, frozen=True):
    """A proven step: `key` picks the sentence "caption.<key>", `rate` and `keep` fill it."""

    key: str
    rate: float
    formula: tuple[FormulaPart, ...]
    keep: float = 0.0


class _Past(msgspec.Struct):
    """The means of a leaf so far. `count` are its steps, `first` the first step's gradients.

    `velocity` and `keep` are momentum's, `mean`, `square` and `betas` Adam's; those that are None
    were not proven yet.
    """

    count: int = 0
    rate: float | None = None
    first: tuple[float, ...] = ()
    keep: float | None = None
    velocity: tuple[float, ...] | None = None
    betas: tuple[float, float] | None = None
    mean: tuple[float, ...] = ()
    square: tuple[float, ...] = ()


class Steps:
    """The steps of a run's optimisers, asked for in the run's order."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        found = LITERAL.findall(reading.trace.source[:TEXT])
        self.literals = [value for one in dict.fromkeys(found) if (value := float(one)) > 0]
        self.fractions = [value for value in self.literals if value < 1]
        self._past: dict[int, _Past] = {}

    def of(self, node: Node, grad: Array | None) -> Step | None:
        """The step that made this version of a leaf; `grad` is the leaf's `.grad` at that time."""
        if node.replaces is None:
            return None
        past = self._past[node.id] = self._past.pop(node.replaces, _Past())
        rows = _rows(self.reading, node, grad)
        if rows is None or grad is None or node.op == "mul":  # scaled before the step: decay
            return None
        past.count += 1
        exact = EXACT[grad.dtype]
        terms = _Terms(self.reading, node, grad)
        if node.op == "addcdiv":
            return self._adam(past, rows, exact, terms)
        return self._momentum(past, rows, exact, terms)

    # ---- SGD ----------------------------------------------------------------------------------

    def _momentum(
        self, past: _Past, rows: Sequence[Row], exact: float, terms: "_Terms"
    ) -> Step | None:
        grads = tuple(g for _, _, g in rows)
        plain = self._rate(rows, grads, exact, self.literals)
        before = past.velocity
        if before is None:
            if past.count == 1 and plain is not None:
                past.velocity, past.rate = grads, plain
            return None if plain is None else Step("descent", plain, terms.descent(plain))
        keeps = self.fractions if past.keep is None else [past.keep]
        # The step size stays, if it can: another one may fit by chance.
        for keep in keeps if plain is None or plain != past.rate else ():
            velocity = tuple(keep * v + g for v, g in zip(before, grads, strict=True))
            rates = [past.rate] if past.rate else self.literals
            rate = self._rate(rows, velocity, MEANS * exact, rates)
            if rate is None:
                continue
            past.keep, past.velocity, past.rate = keep, velocity, rate
            if terms.label in SYMBOLS:
                return None
            return Step("momentum", rate, terms.momentum(rate, keep, before, velocity), keep)
        past.velocity = None  # another rule, or a plain one
        return None if plain is None else Step("descent", plain, terms.descent(plain))

    def _rate(
        self, rows: Sequence[Row], by: Sequence[float], exact: float, rates: Sequence[float]
    ) -> float | None:
        """The factor that, times `by`, was subtracted from each element, and changed at least one
        by more than rounding."""
        gaps = [abs(x - y) for x, y, _ in rows]
        moved = gaps.index(max(gaps)) if gaps else None
        if moved is None or not by[moved]:
            return None
        x, y, _ = rows[moved]
        if abs(x - y) <= 1_000 * min(exact, EXACT["torch.float32"]) * abs(x):
            return None
        found = min(rates, key=lambda one: abs(one - (x - y) / by[moved]), default=None)
        if found is None or not _gives(rows, [found * b for b in by], exact):
            return None
        return found

    # ---- Adam ---------------------------------------------------------------------------------

    def _adam(self, past: _Past, rows: Sequence[Row], exact: float, terms: "_Terms") -> Step | None:
        grads = tuple(g for _, _, g in rows)
        rates = [*self.literals, RATE]
        if past.count == 1:
            past.first = grads
            taken = [g / (abs(g) + EPSILON) for g in grads]
            past.rate = self._rate(rows, taken, MEANS * exact, rates)
            if past.rate is None:
                return None
            signs = [math.copysign(1.0, g) if g else 0.0 for g in grads]
            return Step("update", past.rate, terms.signed(past.rate, signs))
        if past.rate is None:
            return None  # another rule
        tried = [past.betas] if past.betas else [] if past.count > 2 else self._betas()
        for betas in tried:
            if past.betas is None:
                past.mean = tuple((1 - betas[0]) * g for g in past.first)
                past.square = tuple((1 - betas[1]) * g * g for g in past.first)
            one, two = betas
            mean = tuple(one * m + (1 - one) * g for m, g in zip(past.mean, grads, strict=True))
            square = tuple(
                two * v + (1 - two) * g * g for v, g in zip(past.square, grads, strict=True)
            )
            taken = _ratio(mean, square, betas, past.count)
            rate = self._rate(rows, taken, MEANS * exact, rates)
            known = rate is not None and past.betas is not None
            if rate is None or not (known or self._sure(past, rows, exact, betas, rate)):
                continue
            shown = terms.adam(rate, betas, past, mean, square)
            past.betas, past.mean, past.square = betas, mean, square
            return None if terms.label in SYMBOLS else Step("adam", rate, shown)
        past.rate = None
        return None

    def _betas(self) -> Iterator[tuple[float, float]]:
        yield BETAS
        some = self.fractions[:8]
        yield from ((one, two) for one in some for two in (*some, BETAS[1]))
        yield from ((BETAS[0], two) for two in some)

    def _sure(
        self,
        past: _Past,
        rows: Sequence[Row],
        exact: float,
        betas: tuple[float, float],
        rate: float,
    ) -> bool:
        """True if Adam's second step would have differed with other factors; with equal gradients
        it would not."""
        for changed in (0, 1):
            other = [1 - 10 * (1 - beta) if k == changed else beta for k, beta in enumerate(betas)]
            one, two = (max(0.0, beta) for beta in other)
            pairs = [(f, g) for f, (_, _, g) in zip(past.first, rows, strict=True)]
            mean = [(1 - one) * (one * f + g) for f, g in pairs]
            square = [(1 - two) * (two * f * f + g * g) for f, g in pairs]
            taken = [rate * part for part in _ratio(mean, square, (one, two), 2)]
            if _gives(rows, taken, 2 * MEANS * exact):
                return False
        return True


def _rows(reading: Reading, node: Node, grad: Array | None) -> list[Row] | None:
    """The elements of a leaf before and after an update, with their gradients; None if some are
    unknown or too coarse."""
    if node.replaces is None or grad is None or grad.truncated:
        return None
    old, new = (reading.nodes[one].values[0] for one in (node.replaces, node.id))
    if old is None or new is None or old.dtype not in EXACT:
        return None
    if not old.dtype == new.dtype == grad.dtype or old.truncated or new.truncated:
        return None
    if not old.shape == new.shape == grad.shape:
        return None
    before, after, grads = (tuple(map(float, parts(array))) for array in (old, new, grad))
    if not all(map(math.isfinite, (*before, *after, *grads))):
        return None
    return list(zip(before, after, grads, strict=True))


def _gives(rows: Sequence[Row], taken: Sequence[float], exact: float) -> bool:
    """True if subtracting `taken` gives each new value, up to the fraction `exact` of it."""
    least = min(exact, EXACT["torch.float32"])
    return all(
        abs(x - part - y) <= least * max(abs(x), abs(y)) + exact * abs(part)
        for (x, y, _), part in zip(rows, taken, strict=True)
    )


def _ratio(
    mean: Sequence[float], square: Sequence[float], betas: tuple[float, float], count: int
) -> list[float]:
    """m̂ / (√v̂ + ε)."""
    one, two = (1 - beta**count for beta in betas)
    return [(m / one) / (math.sqrt(v / two) + EPSILON) for m, v in zip(mean, square, strict=True)]


class _Terms:
    """The formulas of one step, by names and by numbers."""

    def __init__(self, reading: Reading, node: Node, grad: Array) -> None:
        self.label = reading.label(node.id)
        self.sign = latex_name(self.label)
        self.old = reading.nodes[node.replaces or 0].values[0]
        self.new = node.values[0]
        self.grad = grad

    def descent(self, rate: float) -> tuple[FormulaPart, ...]:
        """w ← w − rate · ∇w."""
        of = rf"\nabla {self.sign}", f"∇{self.label}"
        return self._step(rate, of, _operand(self.grad))

    def momentum(
        self, rate: float, keep: float, before: Sequence[float], now: Sequence[float]
    ) -> tuple[FormulaPart, ...]:
        """w ← w − rate · v, where v ← keep · v + ∇w."""
        by, (old, plain), (of, plain_grad) = number(keep), self._given(before), _operand(self.grad)
        velocity = self._array(now)
        return (
            *self._step(rate, ("v", "v"), _operand(velocity)),
            FormulaPart(""),
            FormulaPart(rf"v \leftarrow {by} \cdot v + \nabla {self.sign} =", "plain",
                        f"v ← {by}·v + ∇{self.label} ="),
            FormulaPart(rf"{by} \cdot {old} + {of} = {numbers(velocity)}", "gradient",
                        f"{by}·{plain} + {plain_grad} = {spoken(velocity)}"),
        )  # fmt: skip

    def signed(self, rate: float, signs: Sequence[float]) -> tuple[FormulaPart, ...]:
        """w ← w − rate · sign(∇w), which is what Adam's first step comes to."""
        of = rf"\operatorname{{sign}}(\nabla {self.sign})", f"sign(∇{self.label})"
        return self._step(rate, of, self._given(signs))

    def adam(
        self,
        rate: float,
        betas: tuple[float, float],
        past: _Past,
        mean: Sequence[float],
        square: Sequence[float],
    ) -> tuple[FormulaPart, ...]:
        """The step by the ratio of the means m and v, both divided by what is missing to 1."""
        one, two = (1 - beta**past.count for beta in betas)
        m_hat, v_root = [m / one for m in mean], [math.sqrt(v / two) for v in square]
        top, below = self._given(m_hat), self._given(v_root)
        return (
            *self._step(
                rate,
                (r"\frac{\hat m}{\sqrt{\hat v} + \epsilon}", "m̂/(√v̂ + ε)"),
                (rf"\frac{{{top[0]}}}{{{below[0]}}}", f"{top[1]}/{below[1]}"),
            ),
            FormulaPart(""),
            *self._mean("m", betas[0], "", past.mean, mean),
            FormulaPart(""),
            *self._mean("v", betas[1], "²", past.square, square),
            FormulaPart(""),
            *self._unbiased(
                (r"\hat m", "m̂"), (r"\frac{{m}}{{{}}}", "m/{}"), betas[0], past.count, m_hat
            ),
            FormulaPart(""),
            *self._unbiased(
                (r"\sqrt{\hat v}", "√v̂"), (r"\sqrt{{\frac{{v}}{{{}}}}}", "√(v/{})"),
                betas[1], past.count, v_root,
            ),
        )  # fmt: skip

    def _step(
        self, rate: float, of: tuple[str, str], given: tuple[str, str]
    ) -> tuple[FormulaPart, ...]:
        """w ← w − rate · `of`, by names and by the numbers of `of`."""
        by, sign, label = number(rate), self.sign, self.label
        return (
            FormulaPart(rf"{sign} \leftarrow {sign} - {by} \cdot {of[0]} =", "plain",
                        f"{label} ← {label} − {by}·{of[1]} ="),
            FormulaPart(f"{numbers(self.old)} -", "value", f"{spoken(self.old)} −"),
            FormulaPart(rf"{by} \cdot {given[0]}", "gradient", f"{by}·{given[1]}"),
            FormulaPart(f"= {numbers(self.new)}", "value", f"= {spoken(self.new)}"),
        )  # fmt: skip

    def _mean(
        self, name: str, beta: float, power: str, before: Sequence[float], now: Sequence[float]
    ) -> tuple[FormulaPart, ...]:
        """m ← β · m + (1 − β) · ∇w."""
        keep, add = number(beta), number(round(1 - beta, 12))
        (old, earlier), (of, grad) = self._given(before), _operand(self.grad)
        raised = "^2" if power else ""
        mean = self._array(now)
        return (
            FormulaPart(rf"{name} \leftarrow {keep} \cdot {name} + {add} \cdot "
                        rf"(\nabla {self.sign}){raised} =", "plain",
                        f"{name} ← {keep}·{name} + {add}·(∇{self.label}){power} ="),
            FormulaPart(rf"{keep} \cdot {old} + {add} \cdot {of}{raised} = {numbers(mean)}",
                        "gradient", f"{keep}·{earlier} + {add}·{grad}{power} = {spoken(mean)}"),
        )  # fmt: skip

    def _unbiased(
        self, name: tuple[str, str], of: tuple[str, str], beta: float, count: int,
        value: Sequence[float],
    ) -> tuple[FormulaPart, ...]:  # fmt: skip
        """m̂ = m / (1 − β^count)."""
        less = f"1 - {number(beta)}^{{{count}}}", f"(1 − {number(beta)}^{count})"
        found = self._array(value)
        return (
            FormulaPart(rf"{name[0]} = {of[0].format(less[0])} =", "plain",
                        f"{name[1]} = {of[1].format(less[1])} ="),
            FormulaPart(numbers(found), "gradient", spoken(found)),
        )  # fmt: skip

    def _given(self, data: Sequence[float]) -> tuple[str, str]:
        return _operand(self._array(data))

    def _array(self, data: Sequence[float]) -> Array:
        return Array(self.grad.shape, self.grad.dtype, tuple(data))


def _operand(array: Array) -> tuple[str, str]:
    """A tensor's numbers as a factor or a term: a negative number gets its brackets."""
    latex, plain = both(array)
    return (rf"\left({latex}\right)", f"({plain})") if plain.startswith("-") else (latex, plain)
