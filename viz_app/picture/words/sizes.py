"""The size of a tensor's numbers, and the presence of nan or infinity."""

import math
from collections.abc import Sequence
from typing import cast

from viz_app.model import Array


def norm(array: Array | None) -> float:
    """The Euclidean norm of the finite elements; 0 for None."""
    if array is None:
        return 0.0
    if array.truncated:
        return array.norm or 0.0
    return math.hypot(*filter(math.isfinite, parts(array)))


def strange(array: Array | None) -> tuple[int, int]:
    """The numbers of nan and of infinite elements."""
    if array is None:
        return 0, 0
    if array.truncated:
        return array.nan, array.inf
    if all(map(math.isfinite, parts(array))):
        return 0, 0
    elements = [x if isinstance(x, tuple) else (x,) for x in array.data]
    nan = sum(any(map(math.isnan, element)) for element in elements)
    return nan, sum(any(map(math.isinf, element)) for element in elements)


def parts(array: Array) -> Sequence[float]:
    """The numbers of an array, of complex ones both parts."""
    if tuple in map(type, array.data):
        return [part for x in array.data for part in (x if isinstance(x, tuple) else (x,))]
    return cast("Sequence[float]", array.data)


def strange_word(array: Array | None) -> str:
    """ "nan" or "inf" if an array has such an element, else empty."""
    nan, inf = strange(array)
    return "nan" if nan else "inf" if inf else ""
