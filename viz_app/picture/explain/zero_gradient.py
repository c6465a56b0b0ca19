"""Trace, tensor -> the step at which its gradient became zero on the way back.

The walk leads from the tensor towards the root while everything that is sent is zero, and ends at
the step that received something else. A reason is given where the numbers of that step prove it
(`_PROOFS`); elsewhere only the numbers are.
"""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from viz_app.model import Node, Send, Step, Trace
from viz_app.picture.explain.passage import Passage, broadcast, gone, numbers
from viz_app.picture.words.notation import Reading

FULL: Final = 1e-6
"""A softmax output closer to 0 or 1 than this is saturated."""
FAR: Final = 5.0
"""The curves of sigmoid, tanh and the like are flat only further out than this."""
SHRUNK: Final = 1e-3
"""A step that leaves more than this of a gradient did not end it alone."""


class Block(msgspec.Struct, frozen=True):
    """The reason, with its step and edge; `node` if no step is responsible.

    `values` are the numbers that prove it, as text.
    """

    reason: str
    step: Step | None = None
    edge: int | None = None
    node: int | None = None
    values: str = ""


class Ways:
    """The paths of the gradients of one pass: each node's step, and the steps that sent to it."""

    def __init__(self, trace: Trace, number: int) -> None:
        self.number = number
        self.steps: dict[int, Step] = {}
        self.senders: dict[int, list[tuple[Step, Send]]] = {}
        self.roots = {
            node for each in trace.passes if each.number == number for node, _ in each.roots
        }
        self.zeros: dict[int, Block] = {}
        """Origins of zeros found so far, for the requested nodes and those on their way."""
        for step in trace.steps:
            if step.pass_number != number:
                continue
            self.steps[step.node] = step
            for send in step.sends:
                self.senders.setdefault(trace.edges[send.edge].source, []).append((step, send))


def explain(reading: Reading, node: Node, ways: Ways) -> Block:
    """The origin of the zeros that reached a node in this pass."""
    walk = [node.id]
    found = _end(reading, walk, ways)
    # On a path without forks all have the same origin: thousands are not examined one by one.
    straight = all(len(ways.senders.get(one, ())) == 1 for one in walk[:-1])
    ways.zeros |= dict.fromkeys(walk if straight else (node.id,), found)
    return found


def _end(reading: Reading, walk: list[int], ways: Ways) -> Block:
    """The origin of the zeros; `walk` begins with a node and collects those that its zeros came
    through."""
    edges = reading.trace.edges
    seen = set(walk)
    for one in walk:
        if one in ways.zeros:
            return ways.zeros[one]
        own = ways.steps.get(one)
        sent = ways.senders.get(one, [])
        outputs = [edges[send.edge].output for _, send in sent if not gone(send.grad)]
        if own is not None and own.hooked and outputs:
            return Block("zero_hook", own, node=one)
        if len(outputs) > len(set(outputs)):  # several nonzero gradients of one tensor
            return Block("zero_sum", sent[0][0], sent[0][1].edge, one)
        if one in ways.roots and own is not None and all(gone(array) for array in own.upstream):
            return Block("zero_upstream", node=one)
        for step, send in sent:
            if any(not gone(array) for array in step.upstream if array is not None):
                return _blocked(Passage(reading, step, send))
            if step.node not in seen:
                seen.add(step.node)
                walk.append(step.node)
    return Block("zero_arrived", node=walk[-1])


def _blocked(at: Passage) -> Block:
    """The reason that the numbers of the step prove, otherwise the measured numbers."""
    for reason, operations, proves in _PROOFS:
        if at.op in operations and proves(at):
            values = at.holds(at.x if at.x is not None else at.y, at.alive)
            return Block(reason, at.step, at.edge.id, values=values)
    if at.sent is None or any(at.sent):
        reason = "zero_shrunk" if at.sent is not None else "zero_measured"
    else:
        reason = "zero_local" if _no_slope(at) else "zero_measured"
    return Block(reason, at.step, at.edge.id, values=at.holds(at.x, at.alive))


# ---- the proofs of the reasons ----


def _all(values: Sequence[float] | None, at: Passage, test: Callable[[float], bool]) -> bool:
    return values is not None and bool(at.alive) and all(test(values[i]) for i in at.alive)


def _exact(at: Passage) -> bool:
    """True if all that was sent is exactly 0, each element from one element that arrived."""
    return at.whole and at.sent is not None and not any(at.sent) and bool(at.alive)


def _not_positive(at: Passage) -> bool:
    return _exact(at) and _all(at.x if at.x is not None else at.y, at, lambda x: x <= 0)


def _cut_off(at: Passage) -> bool:
    x, y = at.x, at.y
    return _exact(at) and x is not None and y is not None and all(x[i] != y[i] for i in at.alive)


def _far_out(at: Passage) -> bool:
    return _little(at) and _all(at.x, at, lambda x: abs(x) >= FAR)


def _little(at: Passage) -> bool:
    """True if almost nothing is left of each element that arrived."""
    sent, arrived = at.sent, at.arrived
    return (
        at.whole
        and sent is not None
        and arrived is not None
        and all(abs(sent[i]) <= SHRUNK * abs(arrived[i]) for i in at.alive)
    )


def _full(at: Passage) -> bool:
    """True if each output is nearly 0 or nearly 1."""
    return at.y is not None and all(min(abs(y), abs(y - 1)) < FULL for y in at.y)


def _even(at: Passage) -> bool:
    """True if the same gradient arrived for every output."""
    arrived = at.arrived
    if not arrived:
        return False
    return max(arrived) - min(arrived) <= FULL * max(abs(g) for g in arrived)


def _lost(at: Passage) -> bool:
    """True if, wherever a gradient arrived, the result is another operand's number."""
    x, y = at.x, at.y
    others = [at.spread(other) for other in at.others]
    return x is not None and y is not None and all(
        x[i] != y[i] and any(other is not None and other[i] == y[i] for other in others)
        for i in at.alive
    )  # fmt: skip


def _left_out(at: Passage) -> bool:
    return _exact(at) and (at.op != "NativeDropout" or _all(at.y, at, lambda y: y == 0))


def _overwritten(at: Passage) -> bool:
    return _exact(at) and at.slot == 0


def _times_zero(at: Passage) -> bool:
    """True if another operand is 0 wherever a gradient arrived; in a matrix product, throughout."""
    if at.sent is None or any(at.sent):
        return False
    if at.op == "Mul":
        others = [broadcast(other, at.shape) for other in at.others if at.shape is not None]
        return any(_all(other, at, lambda x: x == 0) for other in others)
    matrices = [numbers(other) for other in at.others if other is not None and other.shape]
    return at.op != "Addmm" and any(one is not None and not any(one) for one in matrices)


def _real(at: Passage) -> bool:
    return at.sent is not None


def _no_slope(at: Passage) -> bool:
    """True if the measured Jacobian is 0 in the rows of all elements where a gradient arrived."""
    if at.jacobian is None or not at.alive:
        return False
    rows, columns = at.jacobian.shape
    return rows == len(at.arrived or ()) and not any(
        x for i in at.alive for x in at.jacobian.data[i * columns : (i + 1) * columns]
    )


_PROOFS: Final[tuple[tuple[str, frozenset[str], Callable[[Passage], bool]], ...]] = tuple(
    (reason, frozenset(operations.split()), proves)
    for reason, operations, proves in (
        ("zero_relu", "Relu", _not_positive),
        ("zero_clamp", "Clamp ClampMin ClampMax Hardtanh", _cut_off),
        (
            "zero_saturated",
            "Sigmoid Tanh LogSigmoid Erf Erfc Gelu Silu Mish Softplus Elu Celu",
            _far_out,
        ),
        ("zero_cancelled", "Softmax", _even),
        ("zero_shares", "Softmax", _full),
        ("zero_flat", "Round Floor Ceil Trunc Sign Sgn", _real),
        ("zero_not_chosen", "Maximum Minimum Fmax Fmin", _lost),
        ("zero_masked", "Where MaskedFill Tril Triu NativeDropout", _left_out),
        ("zero_overwritten", "IndexPut IndexFill IndexCopy MaskedScatter CopySlices", _overwritten),
        ("zero_factor", "Mul Dot Mm Mv Bmm", _times_zero),
    )
)
"""(reason, operations, proof), in the order they are tried."""
