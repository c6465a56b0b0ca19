"""A backward step's numbers -> the sentence that is true of them.

The sentence is chosen by what arrived, what was sent, and the derivatives that were proven
(`proof.py`), never by the operation's name: "passes unchanged" appears only where sent equals
arrived, "puts every number back" only where the numbers are the same ones.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Literal

from viz_app.knowledge.formulas import Call, Expression
from viz_app.model import Array, Edge, Node, Send, Step
from viz_app.picture.words import broadcasting
from viz_app.picture.words.notation import Reading
from viz_app.picture.words.proof import NOTHING, Derivative

Effect = Literal[
    "copy", "scale", "swap", "gate", "spread", "share", "move", "move_zeros", "move_added",
    "copies", "zeros", "mix", "opaque",
]  # fmt: skip
"""copy: what arrived is sent; scale, swap: multiplied by a factor; gate: each element is let
through or becomes 0; spread, share: one gradient for many elements, whole or divided; move: the
same numbers in other positions; move_zeros: with zeros between them; move_added: added where a
position was taken twice; copies: the sum over an element's copies; zeros: only zeros arrived, and
no more is known; mix: a product of matrices or another formula in G; opaque: nothing is proven but
the numbers."""

_BACK = frozenset(
    """
    like T unpermute swap_dims flip unroll unrot90 pixel_unshuffle unselect uncut unindexed
    undiagonal put_along put_rows unchosen untaken put_embedding unwindows unstrided piece select
    stack cat pooled_back unpadded rows take_along indexed diag_embed_back pixel_shuffle
    """.split()
)
"""Functions that put numbers back where they came from."""
_COPIES = frozenset(
    "gathered unrepeat reflected_back replicated_back nearest_back nearest_exact_back".split()
)
"""Functions that add up the copies of a repeated element."""


def effect(reading: Reading, step: Step, sends: Sequence[tuple[Send, Edge]]) -> Effect:
    """The effect of a step on what arrived, as far as its numbers and proven formulas show."""
    node = reading.nodes[step.node]
    found = [reading.proofs.derivative(node, edge.slot or 0) for _, edge in sends]
    known = [one for one in found if one is not None]
    arrived = step.upstream[0] if step.upstream else None
    if not sends or len(known) != len(sends) or arrived is None or step.hooked:
        return "opaque"
    if NOTHING in known:
        return "zeros"
    if all(one.form == "factor" for one in known):
        return _factors(reading, step, node, arrived, sends, known)
    heads = {_head(reading, node, edge.slot or 0) for _, edge in sends}
    if heads <= _BACK:
        return _moved(step, sends)
    if heads <= _COPIES:
        return "copies"
    return "mix"


def _head(reading: Reading, node: Node, slot: int) -> str:
    """The outermost function of a vector-Jacobian product."""
    row = reading.proofs.row(node)
    found = row.slots[slot]
    tree: Expression | None = found.expression if found else None
    return tree.function if isinstance(tree, Call) else ""


def _factors(
    reading: Reading,
    step: Step,
    node: Node,
    arrived: Array,
    sends: Sequence[tuple[Send, Edge]],
    known: Sequence[Derivative],
) -> Effect:
    if all(one.constant and one.written.plain == "1" for one in known):
        pairs = [(send.grad, edge) for send, edge in sends]
        if all(
            grad is not None
            and (
                same(grad, arrived)
                or broadcasting.axes(reading, node, edge.slot or 0, arrived, grad)
            )
            for grad, edge in pairs
        ):
            return "copy"
        if all(grad is not None and repeats(grad, arrived) for grad, _ in pairs):
            return "spread"
    if len(sends) == 1:
        grad, one = sends[0][0].grad, known[0]
        if grad is not None and reading.proofs.row(node).reduces and one.constant:
            return "share"
        if grad is not None and is_condition(one.written.plain) and lets_through(grad, arrived):
            return "gate"
        return "scale"
    return "swap"


def same(one: Array, other: Array) -> bool:
    """True if two tensors hold the same numbers in the same places."""
    return one.shape == other.shape and all(
        x == y or _key(x) == _key(y) for x, y in zip(one.data, other.data, strict=False)
    )


def repeats(grad: Array, arrived: Array) -> bool:
    """True if every number sent is one that arrived."""
    known = set(map(_key, arrived.data))
    return not arrived.truncated and all(_key(x) in known for x in grad.data)


def is_condition(plain: str) -> bool:
    """True if a factor is one condition in brackets, 1 where it holds and 0 elsewhere; a list of
    numbers is none."""
    one = plain.startswith("[") and plain.endswith("]") and "]" not in plain[:-1]
    return one and re.fullmatch(r"\[[-−+\d.,e… nainfj]*\]", plain) is None


def lets_through(grad: Array, arrived: Array) -> bool:
    """True if each element was let through or is 0."""
    if grad.shape != arrived.shape:
        return False
    return all(
        not _key(x) or x == y or _key(x) == _key(y)
        for x, y in zip(grad.data, arrived.data, strict=False)
    )


def _moved(step: Step, sends: Sequence[tuple[Send, Edge]]) -> Effect:
    """Decide if the numbers that arrived were sent on, in other positions, with zeros, or added
    up."""
    arrived = [one for one in step.upstream if one is not None]
    sent = [send.grad for send, _ in sends if send.grad is not None]
    if not sent or any(one.truncated for one in (*arrived, *sent)):
        return "mix"
    before = Counter(_key(x) for one in arrived for x in one.data)
    after = Counter(_key(x) for one in sent for x in one.data)
    if before == after:
        return "move"
    if not before - after and set(after - before) <= {_key(0.0)}:
        return "move_zeros"
    total, now = (sum(map(_plain, counted.elements())) for counted in (before, after))
    size = max((abs(_plain(x)) for x in before), default=0.0)
    room = 1e-4 * max(size, 1e-30) * len(before)
    fewer = sum(after.values()) - after[_key(0.0)] <= sum(before.values())
    return "move_added" if abs(total - now) <= room and fewer else "mix"


def _plain(x: float | tuple[Any, ...]) -> complex:
    """A gradient's number as a complex number, in whichever form it was kept."""
    if isinstance(x, tuple):
        return complex(*x) if len(x) == 2 else complex(math.nan)
    return x


def _key(x: Any) -> float | tuple[Any, ...]:
    """A number such that nan equals nan and −0 equals 0, in complex numbers too."""
    if isinstance(x, tuple):
        return tuple(map(_key, x)) if any(x) else 0.0
    value = float(x)
    return ("nan",) if value != value else value + 0.0
