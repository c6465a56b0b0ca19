"""The badge of a chain rule: autograd, our product and finite differences compared.

Each statement is checked: which ways agree, which differ, which element has no unique slope, and,
for a missing way, the reason that the trace gives.
"""

import math
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from viz_app.knowledge.text import Text
from viz_app.limits import JACOBIAN_COLUMNS, JACOBIAN_ROWS
from viz_app.measured import Check
from viz_app.model import Array, Node, Step, Trace
from viz_app.picture.explain import chain_rule, held_fixed
from viz_app.picture.explain.passage import numbers
from viz_app.picture.words import notation
from viz_app.picture.words.notation import Reading

CLOSE: Final = 1e-3
"""Relative difference up to which two ways agree: float32 against float64."""
COARSE: Final = {"bfloat16": 5e-2, "float16": 1e-2}
"""The same where a value on the way is of a narrower type."""

SLOPES: Final = 8
"""Maximum number of slopes that are written out."""

Numbers = tuple[float, ...]


def badge(rule: chain_rule.Rule, reading: Reading, words: Text) -> dict[str, Any]:
    """The state and the sentences for one rule."""
    trace = reading.trace
    if not any(rule.root in each.roots for each in trace.passes):
        return {"state": "alone", "text": words("explain.alone")}
    theirs = numbers(rule.gradient)
    if theirs is None:
        return {"state": "none", "text": words(f"explain.{_incomparable(rule.gradient)}")}
    found = Compared(theirs, rule, reading)
    steps = list(_between(rule, reading))
    state = found.state()
    largest = notation.number(float(f"{found.largest:.2g}"))
    texts = [
        words(f"explain.{key}", count=len(places), size=len(theirs))
        for key, places in (
            ("broken", found.broken),
            ("kink", found.kinks),
            ("edge", found.edges),
        )
        if places
    ]
    if state == "differ":
        texts.append(words(f"explain.{found.difference(steps)}", difference=largest))
    elif found.ways and len(found.left_out) < len(theirs):
        agreement = words(
            f"explain.{found.agreement()}", difference=largest, **_own(found.check, trace, words)
        )
        texts.append(words("explain.elsewhere", text=agreement) if texts else agreement)
    if found.coarse and found.ways:
        texts.append(words("explain.coarse", dtype=found.coarse))
    if state != "differ" and found.check is not None and (rough := found.rough()) is not None:
        off = notation.number(float(f"{rough:.2g}"))
        dtype = found.check.dtype.removeprefix("torch.")
        texts.append(words("explain.rough", dtype=dtype, difference=off))
    if rule.product is None:
        key, op = _unmultiplied(steps, reading)
        texts.append(words(f"explain.{key}", op=op))
    if found.check is None:
        texts.append(words(f"explain.unchecked_{_unmeasured(rule, reading)}"))
    return {"state": state, "text": " ".join(texts)}


def _own(check: Check | None, trace: Trace, words: Text) -> dict[str, str]:
    """The parts that autograd holds fixed, and the slopes of the program itself."""
    if check is None or not check.fixed:
        return {}
    slopes = [notation.number(round(x, 4)) for x in check.slopes[:SLOPES]]
    more = ["…"] if len(check.slopes) > SLOPES else []
    return {"cuts": held_fixed.quoted(check, trace, words), "slopes": ", ".join(slopes + more)}


def _incomparable(gradient: Array | None) -> str:
    if gradient is None:
        return "none_unseen"
    return "none_complex" if "complex" in gradient.dtype else "none_large"


class Compared:
    """Autograd's numbers and those of the other ways, element by element."""

    def __init__(self, theirs: Numbers, rule: chain_rule.Rule, reading: Reading) -> None:
        self.theirs = theirs
        check = _check(rule, reading.trace)
        self.check = check if check is not None and len(check.slopes) == len(theirs) else None
        if self.check is not None and held_fixed.follows(self.check, theirs):
            # Autograd follows the program itself: nothing was held fixed on the way.
            self.check = msgspec.structs.replace(self.check, fixed=(), held=())
        self.measured = (self.check.fixed or self.check.slopes) if self.check else None
        """Finite differences of the function that autograd differentiated."""
        self.product = rule.product
        self.ways: tuple[Numbers, ...] = tuple(
            way for way in (rule.product, self.measured) if way is not None
        )
        self.broken = [i for i, x in enumerate(theirs) if not math.isfinite(x)]
        flagged = [i for i in self.check.kinks if i not in self.broken] if self.check else []
        slopes = self.check.slopes if self.check else ()
        self.kinks = [i for i in flagged if math.isfinite(slopes[i])]
        self.edges = [i for i in flagged if not math.isfinite(slopes[i])]
        self.left_out = {*self.broken, *self.kinks, *self.edges}
        self.coarse = reading.once(_coarse)
        self.size = max([1.0, *(abs(x) for x in theirs if math.isfinite(x))])

    def gaps(self, way: Numbers) -> list[float]:
        """The distance of a way from autograd at each comparable element."""
        pairs = enumerate(zip(self.theirs, way, strict=True))
        return [abs(x - y) for i, (x, y) in pairs if i not in self.left_out]

    @property
    def largest(self) -> float:
        """The largest difference; infinite where a way has no number."""
        found = [gap for way in self.ways for gap in self.gaps(way)]
        return max((gap if math.isfinite(gap) else math.inf for gap in found), default=0.0)

    def apart(self, way: Numbers | None) -> bool:
        """True if a way differs by more than rounding explains."""
        close = COARSE.get(self.coarse, CLOSE) * self.size
        if self.check is not None and way is self.measured:
            close += self.check.error
        return way is not None and any(not gap <= close for gap in self.gaps(way))

    def state(self) -> str:
        """The state that the badge shows in short."""
        if any(self.apart(way) for way in self.ways):
            return "differ"
        if self.broken:
            return "broken"
        if self.kinks or self.edges:
            return "kink"
        return self.agreement() if self.ways else "none"

    def agreement(self) -> str:
        """The key of the sentence about the ways that agree."""
        if self.check is not None and self.check.fixed:
            return "held"
        if len(self.ways) == 2:
            return "agree"
        return "product" if self.product is not None else "measured"

    def difference(self, steps: list[Step]) -> str:
        """The key of the sentence about the way that differs from autograd, by what the trace shows
        of it."""
        if not math.isfinite(self.largest):
            return "differ_nan"
        if any(step.hooked for step in steps):
            return "differ_hook"
        if self.check is None or not self.apart(self.measured):
            return "differ_product"
        return "differ_all" if self.product is None or self.apart(self.product) else "differ_slope"

    def rough(self) -> float | None:
        """The error of the differences in the leaf's own dtype; None where it means nothing."""
        if self.check is None or self.check.fixed or not self.check.rough:
            return None
        off = max(self.gaps(self.check.rough), default=math.nan)
        return off if off and math.isfinite(off) else None


def _check(rule: chain_rule.Rule, trace: Trace) -> Check | None:
    """The finite differences of a rule: only the first pass was measured, and without hooks."""
    if rule.pass_number != 1 or any(step.hooked for step in trace.steps):
        return None
    return next((one for one in trace.checks if one.node == rule.leaf), None)


def _coarse(reading: Reading) -> str:
    """The narrowest number type among the values, if narrower than float32."""
    nodes = reading.trace.nodes
    found = {value.dtype for node in nodes for value in node.values if value is not None}
    return next((name for name in COARSE if f"torch.{name}" in found), "")


def _between(rule: chain_rule.Rule, reading: Reading) -> Iterator[Step]:
    """The steps of the rule's pass between its root and its leaf."""
    seen, walk = {rule.leaf}, [rule.leaf]
    for one in walk:
        for edge in reading.uses[one]:
            if edge.slot is not None and edge.target not in seen:
                seen.add(edge.target)
                walk.append(edge.target)
    for _, step in reading.ran(rule.pass_number):
        if step.node in seen:
            yield step


def custom(node: Node) -> bool:
    """True for a custom autograd Function: `SqBackward`, where PyTorch's own nodes end in a
    number."""
    return (node.grad_fn or "").endswith("Backward")


def _unmultiplied(steps: list[Step], reading: Reading) -> tuple[str, str]:
    """The reason for a missing product along the paths, as far as the trace shows one: a hook, or
    the first step without a Jacobian."""
    if any(step.hooked for step in steps):
        return "product_hooked", ""
    for step in steps:
        node = reading.nodes[step.node]
        missing = any(
            send.grad is not None and (matrix is None)
            for send in step.sends
            for slot in (reading.trace.edges[send.edge].slot or 0,)
            for matrix in (node.jacobians[slot] if slot < len(node.jacobians) else None,)
        )
        if not missing:
            continue
        op = notation.clean((node.op or node.grad_fn or "").strip("_"))
        arrays = [*step.upstream, *(send.grad for send in step.sends)]
        if node.grad_fn == "BackwardHookFunctionBackward":
            return "product_hook", op
        if custom(node):
            return "product_custom", op
        if any(array is not None and "complex" in array.dtype for array in arrays):
            return "product_complex", op
        if _large(step):
            return "product_large", op
        return "product_unread", op
    return "product_unknown", ""


def _large(step: Step) -> bool:
    came = sum(math.prod(array.shape) for array in step.upstream if array is not None)
    sent = (math.prod(send.grad.shape) for send in step.sends if send.grad is not None)
    return came > JACOBIAN_ROWS or max(sent, default=0) > JACOBIAN_COLUMNS


def _unmeasured(rule: chain_rule.Rule, reading: Reading) -> str:
    """The reason for missing finite differences."""
    trace = reading.trace
    if rule.pass_number != 1:
        return "later"
    if any(step.hooked for step in trace.steps):
        return "hooked"
    if trace.unchecked is not None:
        return trace.unchecked
    value = reading.nodes[rule.leaf].values[0]
    return "complex" if value is not None and "complex" in value.dtype else "budget"
