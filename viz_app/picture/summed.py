"""Step of the engine -> what it adds up, and where it puts zeros: broadcasting, views, indexing."""

import math

from viz_app.knowledge import ops
from viz_app.model import Array, Node, Step


def axes(node: Node, slot: int, arrived: Array | None, sent: Array | None) -> tuple[int, ...]:
    """The axes of the result along which an operand was repeated: its gradient is summed there.

    Only of operations that work element by element, and of what they add (a layer's bias).
    """
    row = ops.row(node.grad_fn)
    apart = row.role in ("copy", "swap", "scale", "gate")
    added = slot < len(row.partials) and row.partials[slot].latex == "1" and row.role == "mix"
    if arrived is None or sent is None or not (apart or added):
        return ()
    result, operand = arrived.shape, sent.shape
    new = len(result) - len(operand)
    if new < 0:
        return ()
    sizes = (0,) * new + operand
    fits = all(size in (0, 1, whole) for size, whole in zip(sizes, result, strict=True))
    found = tuple(
        axis for axis, (size, whole) in enumerate(zip(sizes, result, strict=True)) if size != whole
    )
    return found if fits else ()


def places(step: Step, sent: Array | None) -> str:
    """How a move put numbers back: "zeros" beside them, "added" where a place was taken twice.

    Empty where each number has one place and no place is left.
    """
    arrived = [array for array in step.upstream if array is not None]
    if sent is None or not arrived or sent.truncated or any(one.truncated for one in arrived):
        return ""
    known = {x for one in arrived for x in one.data}
    if any(x not in known for x in sent.data if x != 0):
        return "added"
    size = sum(math.prod(one.shape) for one in arrived)
    return "zeros" if math.prod(sent.shape) > size else ""
