"""Trace, tensor -> where its gradient became zero, infinite or nan on the way back."""

import math
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from viz_app.knowledge import ops
from viz_app.model import Array, Node, Send, Step, Trace
from viz_app.picture.notation import Reading

VANISHED: Final = 1e-10
"""A gradient smaller than this moves no parameter; a saturated sigmoid sends such."""

FULL: Final = 1e-6
"""A share of a softmax closer to 1 than this is saturated."""
_SHARED: Final = frozenset({"Softmax", "LogSoftmax"})
_REASONS: Final = {
    "zero_relu": "Relu LeakyRelu PreluKernel RreluWithNoise Threshold Elu Celu",
    "zero_clamp": "Clamp ClampMin ClampMax Hardtanh Hardsigmoid Hardswish Softshrink Hardshrink",
    "zero_saturated": "Sigmoid Tanh Softmax LogSoftmax LogSigmoid Erf Erfc Gelu Silu Softplus",
    "zero_flat": "Round Floor Ceil Trunc Sign Sgn",
    "zero_not_chosen": (
        "Max Min Amax Amin Aminmax Median Mode Kthvalue Topk Maximum Minimum Fmax Fmin "
        "MaxPool2DWithIndices AdaptiveMaxPool2D Cummax Cummin"
    ),
    "zero_masked": (
        "Where MaskedFill Select Slice Index IndexSelect MaskedSelect Gather Embedding Tril Triu "
        "IndexPut IndexFill CopySlices NativeDropout NllLoss"
    ),
    "zero_factor": "Mul Dot Mm Mv Bmm Addmm",
}
_MASKS: Final = frozenset({"Where", "MaskedFill", "IndexPut"})
_BY_OPERATION: Final = {
    name: reason for reason, names in _REASONS.items() for name in names.split()
}


class Block(msgspec.Struct, frozen=True):
    """Why, at which step of the engine, along which edge; `node` where it is no step's doing."""

    reason: str
    step: Step | None = None
    edge: int | None = None
    node: int | None = None


class Ways:
    """The ways gradients of the last pass took: by node its step, and what steps sent it."""

    def __init__(self, trace: Trace) -> None:
        self.newest = max((step.pass_number for step in trace.steps), default=0)
        self.last = {(step.pass_number, step.node): step for step in trace.steps}
        self.senders: dict[int, list[tuple[Step, Send]]] = {}
        self.found: dict[int, Block] = {}
        """Where the zeros of nodes come from that were asked about, or passed on the way."""
        self.broken: Block | None = None
        """Where the first nan or infinity comes from, once it was asked."""
        for (number, _), step in self.last.items():
            if number == self.newest:
                for send in step.sends:
                    to = trace.edges[send.edge].source
                    self.senders.setdefault(to, []).append((step, send))


def explain(trace: Trace, reading: Reading, node: Node, grad: Array, ways: Ways) -> Block | None:
    """What made a gradient nan, infinite or zero; None for a good one."""
    if _broken(grad):
        ways.broken = ways.broken or _nan(trace, reading)
        return ways.broken
    if _gone(grad):
        return _zero(trace, reading, node, ways)
    return None


def _numbers(array: Array | None) -> list[float]:
    return [float(x) for x in array.data if not isinstance(x, tuple)] if array else []


def _broken(array: Array | None) -> bool:
    if array is None:
        return False
    return bool(array.nan or array.inf) or any(not math.isfinite(x) for x in _numbers(array))


def _gone(array: Array | None) -> bool:
    """All elements (next to) zero. A head alone can't tell, but its statistics can."""
    if array is None or not array.data:
        return False
    if array.truncated:
        return array.norm is not None and array.norm < VANISHED
    numbers = _numbers(array)
    return bool(numbers) and all(abs(x) < VANISHED for x in numbers)


def _full(array: Array | None) -> bool:
    """Whether one share of a softmax is nearly all of it. (Of its logarithm: nearly 0.)"""
    return any(abs(x - 1) < FULL or -FULL < x <= 0 for x in _numbers(array) if abs(x) > VANISHED)


def _any(arrays: Iterable[Array | None]) -> bool:
    return any(_broken(array) for array in arrays)


def _nan(trace: Trace, reading: Reading) -> Block:
    roots = [reading.nodes[node] for each in trace.passes for node, _ in each.roots]
    hidden = not any(_any(root.values) for root in roots) and any(
        ops.row(step.grad_fn).grad_fn in _MASKS for step in trace.steps
    )
    for node in () if hidden else trace.nodes:  # what a where leaves out is no harm forward
        inputs = [edge.source for edge in reading.into[node.id]]
        if _any(node.values) and not any(_any(reading.nodes[one].values) for one in inputs):
            return Block("nan_forward", node=node.id)
    masked = False
    for step in trace.steps:
        row = ops.row(step.grad_fn)
        masked |= row.grad_fn in _MASKS
        if _any(step.upstream):
            continue
        for send in step.sends:
            if not _broken(send.grad):
                continue
            nan = any(math.isnan(x) for x in _numbers(send.grad))
            zero = any(x == 0 for array in step.upstream for x in _numbers(array))
            reason = "nan_where" if nan and zero and masked else "nan_local" if nan else "infinite"
            return Block(reason, step, send.edge)
    return Block("nan_upstream")


def _first(sent: Sequence[tuple[Step, Send]]) -> tuple[Step, int]:
    return sent[0][0], sent[0][1].edge


def _zero(trace: Trace, reading: Reading, node: Node, ways: Ways) -> Block:
    """Walk from the tensor towards the root while all that is sent is zero."""
    ended = ways.last.get((ways.newest, node.id))
    if ended is not None and not _gone(ended.before) and ended.before is not None:
        return Block("zero_added", node=node.id)
    walk = [node.id]
    found = _end(trace, reading, walk, ways)
    # On a way without forks all have it from the same place: thousands are not asked one by one.
    straight = all(len(ways.senders.get(one, ())) == 1 for one in walk[:-1])
    ways.found |= dict.fromkeys(walk if straight else (node.id,), found)
    return found


def _end(trace: Trace, reading: Reading, walk: list[int], ways: Ways) -> Block:
    """Where zeros come from; `walk` begins with a node and gets those that they came through."""
    seen = set(walk)
    for one in walk:
        if one in ways.found:
            return ways.found[one]
        own = ways.last.get((ways.newest, one))
        if own is not None and own.hooked:
            return Block("zero_hook", own, node=one)
        sent = ways.senders.get(one, ())
        outputs = [trace.edges[send.edge].output for _, send in sent if not _gone(send.grad)]
        if len(outputs) > len(set(outputs)):  # several that are not zero, of one tensor
            return Block("zero_sum", *_first(sent), node=one)
        for step, send in sent:
            if any(not _gone(array) for array in step.upstream if array is not None):
                name = ops.base(step.grad_fn)
                reason = _BY_OPERATION.get(name, "zero_local")
                if name in _SHARED and not _full(reading.nodes[step.node].values[0]):
                    reason = "zero_cancelled"
                return Block(reason, step, send.edge)
            if step.node not in seen:
                seen.add(step.node)
                walk.append(step.node)
    return Block("zero_upstream", node=walk[-1])
