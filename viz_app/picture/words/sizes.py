"""The size of a tensor's numbers, and the presence of nan or infinity."""

import math

from viz_app.model import Array


def norm(array: Array | None) -> float:
    """The Euclidean norm of the finite elements; 0 for None."""
    if array is None:
        return 0.0
    if array.truncated:
        return array.norm or 0.0
    parts = [part for x in array.data for part in (x if isinstance(x, tuple) else (x,))]
    return math.hypot(*(float(x) for x in parts if math.isfinite(x)))


def strange(array: Array | None) -> tuple[int, int]:
    """The numbers of nan and of infinite elements."""
    if array is None:
        return 0, 0
    if array.truncated:
        return array.nan, array.inf
    parts = [x if isinstance(x, tuple) else (x,) for x in array.data]
    nan = sum(any(math.isnan(x) for x in part) for part in parts)
    return nan, sum(any(math.isinf(x) for x in part) for part in parts)


def strange_word(array: Array | None) -> str:
    """ "nan" or "inf" if an array has such an element, else empty."""
    nan, inf = strange(array)
    return "nan" if nan else "inf" if inf else ""
