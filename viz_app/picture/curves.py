"""A result as a curve over one element of an input, with its slopes, for the panel."""

import math
from typing import Any

from viz_app.model import Trace
from viz_app.picture import notation
from viz_app.picture.notation import Reading

JSON = dict[str, Any]


def told(trace: Trace, reading: Reading) -> list[JSON]:
    found = []
    root = (
        reading.label(*trace.passes[0].roots[0]) if trace.passes and trace.passes[0].roots else ""
    )
    for curve in trace.curves:
        value = reading.nodes[curve.node].values[0]
        shape = value.shape if value is not None else ()
        name = notation.element(reading.label(curve.node), curve.element, shape)
        columns = (curve.x, curve.y, curve.slope)
        found.append(
            {
                "name": name,
                "root": root,
                "points": [
                    [x if math.isfinite(x) else None for x in row]
                    for row in zip(*columns, strict=True)
                ],
                "texts": [
                    [notation.number(_short(x)) for x in row] for row in zip(*columns, strict=True)
                ],
            }
        )
    return found


def _short(x: float) -> float:
    """Without the last digits, which are the finite difference's."""
    return round(x, 6) if math.isfinite(x) else x
