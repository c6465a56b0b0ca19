"""The axes over which a backward step sums what was broadcast forward."""

from viz_app.model import Array, Node
from viz_app.picture.words.notation import Reading


def axes(
    reading: Reading, node: Node, slot: int, arrived: Array | None, sent: Array | None
) -> tuple[int, ...]:
    """The axes of the result along which an operand was repeated: its gradient is summed over them.

    Only along an input that the operation treats element by element according to its proven
    derivative; an operation without a formula claims nothing.
    """
    row = reading.proofs.row(node)
    each = slot < len(row.slots) and row.slots[slot]
    if not each or not each.factor or row.reduces or arrived is None or sent is None:
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
    if not fits or not found:
        return ()
    known = reading.proofs.derivative(node, slot) or reading.proofs.equation(node)
    return found if known is not None else ()
