"""A leaf changed in place -> `w ← w − 0.1 · ∇w`, where the run's numbers prove it.

The step size is a number of the program's text. Updates of other forms (momentum, Adam, weight
decay) are told by their numbers only.
"""

import re
from typing import Final

from viz_app.model import Array, Node, Piece
from viz_app.picture.words.formula import numbers, spoken
from viz_app.picture.words.labels import name as latex_name
from viz_app.picture.words.notation import Reading, number

LITERAL: Final = re.compile(r"(?<![\w.])(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.])")
TEXT: Final = 20_000
"""Maximum number of characters of a program that are searched for the step size."""
EXACT: Final = {"torch.float32": 5e-7, "torch.float64": 1e-14}
"""Relative error of one rounded step, by dtype; other dtypes are too coarse for a proof."""


def rate(reading: Reading, node: Node, grad: Array | None) -> float | None:
    """The number of the program's text that, times the gradient, was subtracted from a leaf.

    None unless it gives each element of the new value, and changes at least one of them by more
    than rounding. `grad` is the leaf's `.grad` at that time.
    """
    if node.replaces is None or grad is None or grad.truncated:
        return None
    old, new = (reading.nodes[one].values[0] for one in (node.replaces, node.id))
    if old is None or new is None or old.dtype not in EXACT or old.dtype != new.dtype:
        return None
    if not old.shape == new.shape == grad.shape or old.truncated or new.truncated:
        return None
    rows = [
        (float(x), float(y), float(g))
        for x, y, g in zip(old.data, new.data, grad.data, strict=True)
        if not isinstance(x, tuple) and not isinstance(y, tuple) and not isinstance(g, tuple)
    ]
    exact = EXACT[old.dtype]
    moved = max(rows, key=lambda row: abs(row[0] - row[1]), default=None)
    if moved is None or abs(moved[0] - moved[1]) <= 1_000 * exact * abs(moved[0]) or not moved[2]:
        return None
    measured = (moved[0] - moved[1]) / moved[2]
    found = min(_literals(reading), key=lambda one: abs(one - measured), default=None)
    if found is None or any(
        not abs(x - found * g - y) <= exact * max(abs(x), abs(found * g), abs(y))
        for x, y, g in rows
    ):
        return None
    return found


def _literals(reading: Reading) -> list[float]:
    found = LITERAL.findall(reading.trace.source[:TEXT])
    return [value for one in dict.fromkeys(found) if (value := float(one)) > 0]


def formula(reading: Reading, node: Node, grad: Array, rate: float) -> tuple[Piece, ...]:
    """w ← w − rate · ∇w, by names and by numbers."""
    label = reading.label(node.id)
    old, new = reading.nodes[node.replaces or 0].values[0], node.values[0]
    by = number(rate)
    of, plain = numbers(grad), spoken(grad)
    if plain.startswith("-"):
        of, plain = rf"\left({of}\right)", f"({plain})"
    sign = latex_name(label)
    return (
        Piece(
            rf"{sign} \leftarrow {sign} - {by} \cdot \nabla {sign} =", "plain",
            f"{label} ← {label} − {by}·∇{label} =",
        ),
        Piece(f"{numbers(old)} -", "value", f"{spoken(old)} −"),
        Piece(rf"{by} \cdot {of}", "gradient", f"{by}·{plain}"),
        Piece(f"= {numbers(new)}", "value", f"= {spoken(new)}"),
    )  # fmt: skip
