"""One send of a backward step with the surrounding numbers: the evidence for a reason.

Everything here is read from the trace. What the trace did not keep (a tensor that is too large, a
result inside a call) is None, and a reason that needs it is not given.
"""

import functools
import math
from collections.abc import Iterable, Sequence
from typing import Final

from viz_app.knowledge import ops
from viz_app.model import Array, Node, Send, Step
from viz_app.picture.words import notation
from viz_app.picture.words.notation import Reading
from viz_app.picture.words.sizes import parts

VANISHED: Final = 1e-10
"""A gradient smaller than this moves no parameter; a saturated sigmoid sends such."""

SHOWN: Final = 4
"""Maximum number of distinct values that a sentence lists."""


class Passage:
    """One `send` of `step`; all arrays are as long as what arrived, None where unknown."""

    def __init__(self, reading: Reading, step: Step, send: Send) -> None:
        self.reading = reading
        self.step = step
        self.send = send
        self.edge = reading.trace.edges[send.edge]
        self.node = reading.nodes[step.node]
        self.op = ops.base(step.grad_fn)
        single = step.upstream[0] if len(step.upstream) == 1 else None
        self.shape = single.shape if single is not None else None
        self.arrived = numbers(single)
        self.sent = numbers(send.grad)
        self.whole = (
            single is not None and send.grad is not None and single.shape == send.grad.shape
        )
        """True if the arrived and the sent gradient match element by element."""

    @property
    def slot(self) -> int:
        """The operand's index in `next_functions`."""
        return self.edge.slot or 0

    @functools.cached_property
    def operand(self) -> Array | None:
        """The value of the tensor that the gradient is sent to."""
        return result(self.reading.nodes[self.edge.source], self.edge.output)

    @functools.cached_property
    def others(self) -> tuple[Array | None, ...]:
        """The values of all other operands."""
        return tuple(
            result(self.reading.nodes[edge.source], edge.output)
            for edge in self.reading.into[self.node.id]
            if edge.id != self.edge.id
        )

    @property
    def x(self) -> tuple[float, ...] | None:
        """The operand, repeated to the shape of what arrived."""
        return self.spread(self.operand)

    @property
    def y(self) -> tuple[float, ...] | None:
        """The result of the node."""
        return self.spread(result(self.node, 0))

    @functools.cached_property
    def alive(self) -> tuple[int, ...]:
        """The elements at which a gradient other than zero arrived."""
        return tuple(i for i, g in enumerate(self.arrived or ()) if abs(g) >= VANISHED)

    @functools.cached_property
    def jacobian(self) -> Array | None:
        """The node's measured Jacobian for this operand: one row per result element."""
        found = self.node.jacobians
        return found[self.slot] if self.slot < len(found) else None

    def spread(self, array: Array | None) -> tuple[float, ...] | None:
        """The numbers of an operand, broadcast to the shape of what arrived."""
        return broadcast(array, self.shape) if self.shape is not None else None

    def holds(self, values: Sequence[float] | None, at: Iterable[int]) -> str:
        """The distinct values at these elements as a short list; empty if they are unknown."""
        return listed(values[i] for i in at) if values is not None else ""


def listed(values: Iterable[float]) -> str:
    """The distinct values, the first few of them, as a short list."""
    found = list(dict.fromkeys(map(notation.number, values)))
    return ", ".join(found[:SHOWN]) + (", …" if len(found) > SHOWN else "")


def numbers(array: Array | None) -> tuple[float, ...] | None:
    """Every element of a real tensor that was kept whole, else None."""
    if array is None or array.truncated or any(isinstance(x, tuple) for x in array.data):
        return None
    return tuple(float(x) for x in array.data if not isinstance(x, tuple))


def result(node: Node, output: int = 0) -> Array | None:
    """The value of an output; inside a call, the copy that the node saved."""
    value = node.values[output] if output < len(node.values) else None
    return value or (dict(node.saved).get("result") if output == 0 else None)


def broadcast(array: Array | None, shape: tuple[int, ...]) -> tuple[float, ...] | None:
    """The elements of an array repeated to `shape`; None if they are unknown or do not fit."""
    data = numbers(array)
    if data is None or array is None or len(array.shape) > len(shape):
        return None
    if array.shape == shape:
        return data
    sizes = (1,) * (len(shape) - len(array.shape)) + array.shape
    if any(size not in (1, wanted) for size, wanted in zip(sizes, shape, strict=True)):
        return None
    places = [0]
    stride = 1
    for size, wanted in zip(reversed(sizes), reversed(shape), strict=True):
        step = stride if size > 1 else 0
        places = [step * i + place for i in range(wanted) for place in places]
        stride *= size
    return tuple(data[place] for place in places)


def broken(array: Array | None) -> bool:
    """True if an element is nan or infinite."""
    if array is None:
        return False
    return bool(array.nan or array.inf) or not all(map(math.isfinite, parts(array)))


def nan(array: Array | None) -> bool:
    """True if an element is nan."""
    if array is None:
        return False
    return bool(array.nan) or any(map(math.isnan, parts(array)))


def gone(array: Array | None) -> bool:
    """True if all elements are zero or nearly; for a large tensor its statistics decide."""
    if array is None or not array.data or broken(array):
        return False
    if array.truncated:
        return array.norm is not None and array.norm < VANISHED
    return all(
        math.hypot(*x) < VANISHED if isinstance(x, tuple) else abs(x) < VANISHED for x in array.data
    )


def zero(array: Array | None) -> bool:
    """True if all elements are exactly zero."""
    if array is None or broken(array):
        return False
    if array.truncated:
        return array.norm == 0
    return all(x == (0.0, 0.0) if isinstance(x, tuple) else x == 0 for x in array.data)
