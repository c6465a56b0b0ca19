"""Measurements made by rerunning the forward part of a program: slopes without autograd."""

import msgspec

from viz_app.arrays import Span


class Check(msgspec.Struct, frozen=True, gc=False):
    """Central differences, in float64, of the first pass's root by each element of leaf `node`.

    `slopes` are flat, in row-major order. At the elements `kinks` the one-sided differences
    disagree: the slope is not unique. `rough` are the same differences taken in the leaf's own
    `dtype`, with that dtype's step; empty for a leaf of float64, or if there was no time. `error`
    bounds the error of the slopes if the program would be another one in float64.

    `fixed` are the slopes while the results that gradients do not follow, of the calls at `held`,
    are held fixed; empty if that makes no difference.
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
    """One element of a leaf, from `low` to `high`: one axis of a measurement over two.

    `leaf` is its index in `Trace.measurable`.
    """

    leaf: int
    element: int
    low: float
    high: float


SIDES = (21, 11)
"""Points per side, evenly over an axis, odd; the fewer for a program that takes longer."""


class Curve(msgspec.Struct, frozen=True, gc=False):
    """The first pass's root `y`, and its slope, over one element of leaf `node`, all else
    unchanged.

    The point in the middle is the current value. A slope is nan where those on its two sides
    differ, or where it depends on the step.
    """

    node: int
    element: int
    x: tuple[float, ...]
    y: tuple[float, ...]
    slope: tuple[float, ...]
