"""Tensor -> Array, in two steps: `take` at once, cheaply, while the program runs; `array` later.

A value must be taken when it exists, because the program may overwrite it; turning it into numbers
and statistics can wait until the program has ended, and is saved altogether for parts dropped from
a long run.
"""

import math
from collections.abc import Iterator
from typing import Any, cast

import torch

from viz_app.limits import Limits
from viz_app.model import Array, Number

SMALL = 16
"""Number of elements up to which reading the numbers at once is cheaper than cloning the tensor."""


class Loan:
    """A tensor held by reference; it is replaced by a copy before its memory is written to."""

    __slots__ = ("__weakref__", "tensor")

    def __init__(self, tensor: torch.Tensor) -> None:
        self.tensor = tensor


Held = torch.Tensor | Loan | tuple[tuple[int, ...], torch.dtype, Any]
"""A value taken: a clone, a loan, or (shape, dtype, nested numbers) for a small tensor."""


def take(tensor: torch.Tensor) -> Held | None:
    """A private copy of a tensor's current value; None if it has none that can be read.

    Must be called with no function mode active. A sparse tensor is made dense; a tensor of a
    functorch level, a meta tensor or a fake one has no value of its own.
    """
    dtype = tensor.dtype  # a quantised tensor's is kept along with its numbers
    try:
        if tensor.layout is not torch.strided:
            tensor = tensor.detach().to_dense()
        elif tensor.is_quantized:
            tensor = tensor.detach().dequantize()
        if tensor._is_zerotensor():
            tensor = torch.zeros(tensor.shape, dtype=tensor.dtype)
        if tensor.numel() == 0:  # however many empty rows it has
            return tuple(tensor.shape), dtype, []
        if tensor.numel() <= SMALL:
            return tuple(tensor.shape), dtype, tensor.tolist()
        return tensor.detach().clone()
    except (RuntimeError, NotImplementedError, ValueError, TypeError):
        return None  # no value: shown as unknown


def same(held: Held | None, tensor: torch.Tensor) -> bool:
    """True if a tensor still has the value that was taken; nan equals nan."""
    if held is None:
        return True
    if isinstance(held, tuple):
        now = take(tensor)
        return held == now or repr(held) == repr(now)
    if isinstance(held, Loan):
        held = held.tensor
    if held.shape != tensor.shape or held.dtype != tensor.dtype:
        return False
    present = take(tensor) if tensor.layout is not torch.strided else tensor.detach()
    if not isinstance(present, torch.Tensor):
        return False
    return torch.equal(held, present) or (
        held.is_floating_point() and torch.allclose(held, present, rtol=0, atol=0, equal_nan=True)
    )


def array(held: Held | None, limits: Limits) -> Array | None:
    """The numbers of a taken value: all of them up to `limits.elements`, else head and statistics.

    Shape () gives one number. dtype is torch's name. Statistics leave nan and infinity out.
    """
    if held is None:
        return None
    if isinstance(held, tuple):
        shape, dtype, nested = held
        return Array(shape, str(dtype), tuple(_flat(nested, dtype.is_complex)))
    tensor = (held.tensor if isinstance(held, Loan) else held).detach()
    if tensor.is_nested:  # rows of different lengths have no shape in plain numbers
        return None
    if tensor.is_conj() or tensor.is_neg():
        tensor = tensor.resolve_conj().resolve_neg()
    if tensor._is_zerotensor():  # zeros without memory, as the backward of sgn sends
        tensor = torch.zeros(tensor.shape, dtype=tensor.dtype)
    shape, dtype = tuple(tensor.shape), tensor.dtype
    flat = tensor.reshape(-1)
    if flat.numel() <= limits.elements:
        return Array(shape, str(dtype), tuple(_flat(flat.tolist(), dtype.is_complex)))
    head = tuple(_flat(flat[: limits.head].tolist(), dtype.is_complex))
    return Array(shape, str(dtype), head, truncated=True, **_statistics(flat))


def number(value: float | complex) -> Array:
    """A plain Python number that took part in an operation."""
    kind = type(value).__name__
    if isinstance(value, complex):
        return Array((), kind, ((value.real, value.imag),))
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**64:
        return Array((), kind, (_float(value),))
    return Array((), kind, (value,))


def _float(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, value)


def _flat(nested: Any, is_complex: bool) -> Iterator[Number]:
    if isinstance(nested, list):
        for part in nested:
            if isinstance(part, list):
                yield from _flat(part, is_complex)
            else:
                yield (part.real, part.imag) if is_complex else part
    else:
        yield (nested.real, nested.imag) if is_complex else nested


def _statistics(flat: torch.Tensor) -> dict[str, Any]:
    """Statistics of a flat tensor, computed in float64 so that hardly any overflows."""
    if flat.is_complex():
        size = flat.abs().double()
        finite = size[torch.isfinite(size)]
        nan, inf = int(torch.isnan(size).sum()), int(torch.isinf(size).sum())
        return {"norm": _norm(finite), "nan": nan, "inf": inf}
    wide = flat.double()
    low, high = torch.aminmax(wide)
    nan = inf = 0
    # A sum over finite numbers is finite in float64, so one check settles the common case.
    if not (math.isfinite(low.item()) and math.isfinite(high.item())):
        nan, inf = int(torch.isnan(wide).sum()), int(torch.isinf(wide).sum())
        wide = wide[torch.isfinite(wide)]
        if wide.numel() == 0:
            return {"nan": nan, "inf": inf}
        low, high = torch.aminmax(wide)
    return {
        "minimum": cast(float, low.item()),
        "maximum": cast(float, high.item()),
        "mean": _finite(wide.mean()),
        "norm": _norm(wide),
        "nan": nan,
        "inf": inf,
    }


def _norm(wide: torch.Tensor) -> float | None:
    return _finite(torch.linalg.vector_norm(wide)) if wide.numel() else None


def _finite(fact: torch.Tensor) -> float | None:
    """A statistic of finite numbers, None if it is beyond float64."""
    found = float(fact.item())
    return found if math.isfinite(found) else None
