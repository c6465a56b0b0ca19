"""The start of a backward pass: its roots, and the gradient it was given for each.

`L.backward()` starts from 1 and computes ∂L/∂x. `y.backward(v)` computes the gradient of v·y, the
sum of v times y, and `autograd.backward([y, z])` that of y + z: the gradient that a pass starts
with is a factor like any other, and its results are named after it. If a hook of the program
changed a gradient on the way, the results are the gradient of no root: they are written ∇x.
"""

from collections.abc import Sequence

import msgspec

from viz_app.model import Array, Pass, Step
from viz_app.picture.words import labels
from viz_app.picture.words.notation import Reading

MOST_ROOTS = 4
"""Maximum number of roots in a name; a longer list becomes the first root and their number."""


class Root(msgspec.Struct, frozen=True):
    """One root of a pass: its node and output, the gradient it starts with (None if unknown), and a
    flag for the plain 1 of a single number, which needs no mention."""

    place: tuple[int, int]
    grad: Array | None
    plain: bool
    symbol: str


class Start(msgspec.Struct, frozen=True):
    """The start of a pass. `name` is what its gradients are of: `L`, `v·y`, `y + z`; empty if a
    hook changed one."""

    roots: tuple[Root, ...]
    name: str

    def at(self, place: tuple[int, int]) -> Root | None:
        """The root at an output of a node, None if the pass did not start there."""
        return next((one for one in self.roots if one.place == place), None)


def start(reading: Reading, of: Pass) -> Start:
    """The roots of a pass with the gradients that it starts with.

    The gradient that arrived at a root is that one plus what other roots sent there; it is known
    where nothing was sent to the root.
    """
    known = reading.once(_starts)
    if of.number not in known:
        known[of.number] = _start(reading, of, [step for _, step in reading.ran(of.number)])
    return known[of.number]


def _starts(reading: Reading) -> dict[int, Start]:
    """The starts found so far, by the numbers of the passes."""
    return {}


def _start(reading: Reading, of: Pass, steps: Sequence[Step]) -> Start:
    trace = reading.trace
    at = {step.node: step for step in steps}
    sent = {
        (trace.edges[send.edge].source, trace.edges[send.edge].output)
        for step in steps
        for send in step.sends
    }
    roots = tuple(dict.fromkeys(of.roots))
    found = []
    for place, root in enumerate(roots):
        step = at.get(root[0])
        arrived = step.upstream if step is not None else ()
        grad = arrived[root[1]] if root[1] < len(arrived) and root not in sent else None
        symbol = "v" if len(roots) == 1 else f"v{str(place + 1).translate(_LOWERED)}"
        found.append(
            Root(root, grad, _one(grad) or (grad is None and _number(reading, root)), symbol)
        )
    if any(step.hooked for step in steps):
        return Start(tuple(found), "")
    if len(found) == 1 and found[0].plain:
        return Start(tuple(found), reading.label(*found[0].place))
    terms = []
    for one in found[:MOST_ROOTS]:
        label = labels.grouped(reading.label(*one.place))
        terms.append(label if one.plain else f"{one.symbol}·{label}")
    if len(found) > MOST_ROOTS:
        terms.append("…")
    return Start(tuple(found), " + ".join(terms) or "L")


def _one(grad: Array | None) -> bool:
    return grad is not None and not grad.shape and grad.data in ((1.0,), (1,), ((1.0, 0.0),))


def _number(reading: Reading, root: tuple[int, int]) -> bool:
    """True if a root is a single number."""
    values = reading.nodes[root[0]].values
    value = values[root[1]] if root[1] < len(values) else None
    return value is not None and not value.shape


_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
