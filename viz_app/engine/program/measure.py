"""Slopes and curves of the first result, measured by running the program again."""

import math
from collections.abc import Mapping, Sequence

import torch

from viz_app.engine.program.rerun import Cut, Move, Rerun, UnableError
from viz_app.measured import Check, Curve
from viz_app.model import Span

POINTS = (21, 11)
"""Number of points of a curve, evenly over its range; odd, so that the current value is one of
them. The fewer for a program that takes longer."""
RUNS = 4
"""Minimum number of runs within the budget; with fewer the program is too long to begin with."""
STEPS = {torch.float64: 6e-6, torch.float32: 5e-3, torch.float16: 0.1, torch.bfloat16: 0.2}
"""Step of a central difference, by dtype, relative to the size of the number: the cube root of
epsilon."""
KINK = 1e-3
"""Relative distance of one-sided differences from which the slope is not unique."""
NEARER = 8.0
"""Factor by which the step is reduced to distinguish a kink from a bend."""
CLOSE = 1e-3
"""Relative difference up to which slopes are equal."""
SITES = 8
"""Maximum number of places of the text that are tried one by one, to see which are held fixed."""


class Measuring:
    """Measurements of one program within `budget`, counted in statements and calls.

    `most` is the number of curves.
    """

    rerun: Rerun
    cuts: Mapping[int, Cut]

    def __init__(self, budget: int, most: int) -> None:
        self.budget = budget
        self.most = most
        self.checks: list[Check] = []
        self.curves: list[Curve] = []

    def measure(self, rerun: Rerun, recorded: float, nodes: Sequence[int | None]) -> None:
        """Measure differences of every element that the budget reaches, then curves of the first
        ones.

        `recorded` is the recorded run's value, `nodes` the node of each leaf. Raises UnableError if
        nothing can be measured.
        """
        self.rerun = rerun
        if not abs(rerun.value - recorded) <= CLOSE * max(1.0, abs(recorded)):
            raise UnableError("random")
        self._afford(1)
        self.cuts = rerun.cuts(rerun.wide)
        for leaf, node in enumerate(nodes):
            size = len(rerun.leaves[leaf].data)
            runs = 2 * size * (1 if rerun.wide else 2)
            # Slopes are given with the parts held fixed in them, or not at all.
            if size and node is not None and self._affords(runs + (2 * size if self.cuts else 0)):
                self._afford(runs)
                self.checks.append(self._check(leaf, node))
        for leaf, node in enumerate(nodes):
            for element in range(len(rerun.leaves[leaf].data)):
                points = next((many for many in POINTS if self._affords(3 * many)), 0)
                if node is None or len(self.curves) == self.most or not points:
                    break
                self._afford(3 * points)
                self.curves.append(self._curve(leaf, node, element, points))
        if not self.checks and not self.curves and nodes:
            raise UnableError("long")
        if rerun.wide:
            places = {node: leaf for leaf, node in enumerate(nodes)}
            self.checks = [self._roughly(check, places[check.node]) for check in self.checks]

    def _affords(self, runs: int) -> bool:
        return runs * self.rerun.cost <= self.budget

    def _afford(self, runs: int) -> bool:
        """Take the cost of `runs` runs from the budget, if there is enough."""
        if not self._affords(runs):
            return False
        self.budget -= runs * self.rerun.cost
        return True

    def _value(self, *moves: Move, wide: bool, held: Mapping[int, Cut] | None = None) -> float:
        try:
            return self.rerun.at(*moves, wide=wide, held=held)
        except UnableError:
            if self.rerun.halted:
                raise
            return math.nan  # there is no value there

    def _difference(
        self,
        leaf: int,
        element: int,
        step: float,
        *,
        wide: bool,
        held: Mapping[int, Cut] | None = None,
    ) -> float:
        high = self._value((leaf, element, step), wide=wide, held=held)
        low = self._value((leaf, element, -step), wide=wide, held=held)
        return (high - low) / (2 * step)

    def _check(self, leaf: int, node: int) -> Check:
        of, wide = self.rerun.leaves[leaf], self.rerun.wide
        here = self._value(wide=wide)
        size = STEPS[torch.float64 if wide else of.dtype]
        slopes, kinks, error = [], [], 0.0
        for element, x in enumerate(of.data):
            step = size * max(1.0, abs(x))
            high = self._value((leaf, element, step), wide=wide)
            low = self._value((leaf, element, -step), wide=wide)
            slope = (high - low) / (2 * step)
            kink, finer = self._kink((leaf, element, 0.0), step, (low, here, high), wide=wide)
            if not wide:
                error = max(error, abs(finer - slope))
                slope = (4 * finer - slope) / 3
            slopes.append(slope)
            if kink:
                kinks.append(element)
        check = Check(node, tuple(slopes), tuple(kinks), error=error)
        return self._held(check, leaf)

    def _kink(
        self, at: Move, step: float, near: tuple[float, float, float], *, wide: bool
    ) -> tuple[bool, float]:
        """True if the slopes on the two sides of a point differ, and the slope over half the step.

        `near` are the values a step below, at and above the point. In double precision the slope
        over half the step is nan unless it was needed.
        """
        leaf, element, shift = at
        low, here, high = near
        slope = (high - low) / (2 * step)
        gap = abs((high - here) / step - (here - low) / step)
        if wide:
            if gap <= KINK * max(1.0, abs(slope)):
                return False, math.nan
            # At a mere bend the gap shrinks with the step, at a kink it stays.
            close = step / NEARER
            high = self._value((leaf, element, shift + close), wide=True)
            low = self._value((leaf, element, shift - close), wide=True)
            return not abs(high - 2 * here + low) / close <= gap / 2, math.nan
        # Where the slope is unique, differences over half the step are half as far apart.
        high = self._value((leaf, element, shift + step / 2), wide=False)
        low = self._value((leaf, element, shift - step / 2), wide=False)
        half = abs(2 * (high - here) / step - 2 * (here - low) / step)
        noise = 16 * torch.finfo(self.rerun.leaves[leaf].dtype).eps * abs(here) / step
        least = max(0.7 * gap, 0.05 * max(1.0, abs(slope)), noise)
        return not half <= least, (high - low) / step

    def _steady(self, at: tuple[int, int], slope: float, step: float, *, wide: bool) -> bool:
        """True if a smaller step gives the same slope; in single precision it is too rough."""
        return not wide or math.isclose(
            self._difference(*at, step, wide=True), slope, rel_tol=1e-2, abs_tol=1e-4
        )

    def _held(self, check: Check, leaf: int) -> Check:
        """The check with the leaf's slopes while the parts that gradients do not follow are held
        fixed.

        Unchanged where that makes no difference.
        """
        wide = self.rerun.wide
        of = self.rerun.leaves[leaf]
        cuts = self.cuts
        if not cuts:
            return check
        self._afford(2 * len(of.data))
        size = STEPS[torch.float64 if wide else of.dtype]
        steps = [size * max(1.0, abs(x)) for x in of.data]

        def slope(element: int, held: Mapping[int, Cut]) -> float:
            return self._difference(leaf, element, steps[element], wide=wide, held=held)

        fixed = tuple(slope(element, cuts) for element in range(len(of.data)))
        gaps = [
            abs(one - other) / max(1.0, abs(one), abs(other))
            for one, other in zip(fixed, check.slopes, strict=True)
        ]
        apart = [place for place, gap in enumerate(gaps) if not gap <= CLOSE + check.error]
        if not apart:
            return check
        witness = apart[0]
        sites: dict[Span, None] = dict.fromkeys(cut.span for cut in cuts.values())
        spans = []
        for span in list(sites)[:SITES]:
            if len(sites) == 1 or not self._afford(2):
                spans.append(span)
                continue
            others = {call: cut for call, cut in cuts.items() if cut.span != span}
            moved = slope(witness, others)
            if not abs(moved - fixed[witness]) <= CLOSE * max(1.0, abs(moved)):
                spans.append(span)
        return Check(
            check.node, check.slopes, check.kinks, error=check.error, fixed=fixed,
            held=tuple(spans or list(sites)[:SITES]),
        )  # fmt: skip

    def _roughly(self, check: Check, leaf: int) -> Check:
        """The check with the differences in the leaf's own dtype in addition to those in
        float64."""
        of = self.rerun.leaves[leaf]
        if of.dtype not in STEPS or of.dtype is torch.float64 or not self._afford(2 * len(of.data)):
            return check
        rough = []
        for element, x in enumerate(torch.tensor(of.data, dtype=of.dtype)):
            step = STEPS[of.dtype] * max(1.0, abs(float(x)))
            high = self._value((leaf, element, step), wide=False)
            low = self._value((leaf, element, -step), wide=False)
            moved = float(x + step) - float(x - step)  # what the dtype can represent
            rough.append((high - low) / moved)
        return Check(
            check.node, check.slopes, check.kinks, str(of.dtype), tuple(rough),
            check.error, check.fixed, check.held,
        )  # fmt: skip

    def _curve(self, leaf: int, node: int, element: int, points: int) -> Curve:
        of, wide = self.rerun.leaves[leaf], self.rerun.wide
        x = of.data[element]
        reach = max(1.0, abs(x))
        step = STEPS[torch.float64 if wide else of.dtype] * reach
        shifts = [reach * (2 * k / (points - 1) - 1) for k in range(points)]
        ys, slopes = [], []
        for shift in shifts:
            low, here, high = (
                self._value((leaf, element, shift + side), wide=wide) for side in (-step, 0.0, step)
            )
            gap = abs(high - 2 * here + low) / step
            slope = (high - low) / (2 * step)
            # Differences of single precision are rough: only a large gap is looked at twice.
            if gap > (KINK if wide else 0.05) * max(1.0, abs(slope)):
                at = (leaf, element, shift)
                if self._kink(at, step, (low, here, high), wide=wide)[0]:
                    slope = math.nan
            elif not shift and not self._steady((leaf, element), slope, step / NEARER, wide=wide):
                slope = math.nan  # the current value's is compared with the gradient
            ys.append(here)
            slopes.append(slope)
        return Curve(node, element, tuple(x + shift for shift in shifts), tuple(ys), tuple(slopes))
