"""What was measured by running the forward part of a program again: slopes without autograd."""

import msgspec

from viz_app.arrays import Span


class Check(msgspec.Struct, frozen=True, gc=False):
    """Central differences, in float64, of the first pass's root by each element of leaf `node`.

    `slopes` are flat, in row-major order. At the elements `kinks` the one-sided differences
    disagree: there is no one slope. `rough` are the same differences taken in the leaf's own
    `dtype`, with that dtype's step; empty for a leaf of float64, or where there was no time.
    `error` is how far the slopes may be off where float64 would be another program.

    `fixed` are the slopes when the results that gradients do not follow, of the calls at `held`,
    stay as they are; empty where that makes no difference.
    """

    node: int
    slopes: tuple[float, ...]
    kinks: tuple[int, ...]
    dtype: str = ""
    rough: tuple[float, ...] = ()
    error: float = 0.0
    fixed: tuple[float, ...] = ()
    held: tuple[Span, ...] = ()


class Axis(msgspec.Struct, frozen=True, gc=False):
    """One element of a leaf, from `low` to `high`: a side of what is measured over two.

    `leaf` is its place in `Trace.measurable`.
    """

    leaf: int
    element: int
    low: float
    high: float


SIDES = (21, 11)
"""Points a side, evenly over an axis, odd; the fewer for a program that takes longer."""


class Curve(msgspec.Struct, frozen=True, gc=False):
    """The first pass's root `y`, and its slope, over one element of leaf `node`, the rest as it is.

    The point in the middle is the present value.
    """

    node: int
    element: int
    x: tuple[float, ...]
    y: tuple[float, ...]
    slope: tuple[float, ...]
