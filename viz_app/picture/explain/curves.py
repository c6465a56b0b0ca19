"""A result as a curve over one element of an input, with its slopes, for the panel.

The curve is the program's own, run again with other numbers. Where its slope at the current value
is not the gradient, both are shown, with the parts that the gradient holds fixed.
"""

import math
from collections.abc import Sequence
from typing import Any

from viz_app.knowledge.text import Text
from viz_app.measured import Curve
from viz_app.model import Array, Trace
from viz_app.picture.explain import chain_rule, held_fixed
from viz_app.picture.words import notation
from viz_app.picture.words.notation import Reading

JSON = dict[str, Any]


def panel(reading: Reading, words: Text) -> list[JSON]:
    """The curves, each with the sentence about its current value."""
    trace = reading.trace
    if not trace.curves:
        return []
    gradients = {rule.leaf: rule.gradient for rule in chain_rule.rules(reading, trace.passes[0])}
    found = []
    root = (
        reading.label(*trace.passes[0].roots[0]) if trace.passes and trace.passes[0].roots else ""
    )
    for curve in trace.curves:
        value = reading.nodes[curve.node].values[0]
        shape = value.shape if value is not None else ()
        name = notation.element(reading.label(curve.node), curve.element, shape)
        columns = (curve.x, curve.y, curve.slope)
        gradient = _gradient(curve, gradients.get(curve.node))
        key, more = _here(trace, curve, gradient, words)
        texts = [[notation.number(_short(x)) for x in row] for row in zip(*columns, strict=True)]
        x, y, slope = texts[len(texts) // 2]
        number = "" if gradient is None else notation.number(_short(gradient))
        here = words(f"explain.{key}", name=name, root=root, x=x, y=y, slope=slope, gradient=number)
        found.append(
            {
                "name": name,
                "root": root,
                "points": [
                    _point(row, written)
                    for row, written in zip(zip(*columns, strict=True), texts, strict=True)
                ],
                "here": f"{here} {more}".rstrip(),
                "gradient": gradient if key in ("slope_apart", "slope_kink") else None,
            }
        )
    return found


def _point(row: Sequence[float], texts: Sequence[str]) -> JSON:
    names = ("x", "y", "slope")
    numbers = (x if math.isfinite(x) else None for x in row)
    return {
        **dict(zip(names, numbers, strict=True)),
        **{f"{name}_text": text for name, text in zip(names, texts, strict=True)},
    }


def _gradient(curve: Curve, array: Array | None) -> float | None:
    """The gradient that backward computed for the curve's element."""
    if array is None or array.truncated or curve.element >= len(array.data):
        return None
    number = array.data[curve.element]
    return None if isinstance(number, tuple) or not math.isfinite(number) else float(number)


def _here(trace: Trace, curve: Curve, gradient: float | None, words: Text) -> tuple[str, str]:
    """The sentence about the current value, and one about the parts held fixed, or ""."""
    slope = curve.slope[len(curve.slope) // 2]
    check = next((one for one in trace.checks if one.node == curve.node), None)
    kink = check is not None and curve.element in check.kinks
    if kink or not math.isfinite(slope):
        return "slope_none" if gradient is None else "slope_kink", ""
    if gradient is None:
        return "slope_plain", ""
    if held_fixed.same(slope, gradient, check.error if check is not None else 0.0):
        return "slope_here", ""
    if check is not None and held_fixed.apart(check, curve.element):
        return "slope_apart", words(
            "explain.slope_held", cuts=held_fixed.quoted(check, trace, words)
        )
    return "slope_apart", ""


def _short(x: float) -> float:
    """The number without the last digits, which are noise of the finite difference."""
    return round(x, 6) if math.isfinite(x) else x
