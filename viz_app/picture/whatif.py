"""The what-if comparison: values and gradients of leaves and result, before and after a change."""

from viz_app.browser import Compared, Pair, Side
from viz_app.model import Array, Trace
from viz_app.picture.words import notation
from viz_app.picture.words.notation import Reading

_MOST = 40
"""Maximum number of rows; a model's other parameters are in the picture."""
_CELL, _WHOLE = 8, 128
"""Maximum number of a tensor's elements in a cell, and in its tooltip."""


Spoken = dict[str, tuple[Array | None, Array | None]]
"""Value and gradient by name."""


def rows(before: Trace, after: Trace | None) -> tuple[Compared, ...]:
    """One row per leaf, then the results backward began at: value and gradient, old and new.

    Tensors are matched by name; one that exists on one side only is empty on the other.
    """
    old, new = _spoken_of(before), _spoken_of(after) if after is not None else {}
    names = sorted({**old, **new}, key=lambda name: _order(name, old, new))
    nothing: tuple[Array | None, Array | None] = (None, None)
    return tuple(
        Compared(
            name=name,
            value=_pair(old.get(name, nothing)[0], new.get(name, nothing)[0]),
            grad=_pair(old.get(name, nothing)[1], new.get(name, nothing)[1]),
        )
        for name in names[:_MOST]
    )


def _order(name: str, old: Spoken, new: Spoken) -> tuple[int, ...]:
    """The sort key: the program's own order, with names that only the new one has at the end."""
    known = list(old) if name in old else list(new)
    return (name not in old, known.index(name))


def _spoken_of(trace: Trace) -> Spoken:
    """Value and gradient by name: the leaves, then the roots of the backward passes."""
    reading = Reading(trace)
    found: Spoken = {}
    for node in trace.nodes:
        if node.kind in ("leaf", "parameter") and node.requires_grad:
            name = reading.label(node.id)
            # An updated leaf is a new node; the last one that got a gradient is kept.
            if name not in found or node.grads[0] is not None:
                found[name] = (node.values[0], node.grads[0])
    for each in trace.passes:
        for root, output in each.roots:
            node = trace.nodes[root]
            if node.kind == "op":
                name = reading.label(root, output)
                found.pop(name, None)
                found[name] = (node.values[output], node.grads[output])
    return found


def _pair(old: Array | None, new: Array | None) -> Pair:
    return Pair(_side(old), _side(new), old != new)


def _side(it: Array | None) -> Side:
    return Side(*("" if it is None else notation.text(it, most) for most in (_CELL, _WHOLE)))
