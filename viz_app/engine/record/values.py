"""Tensor -> Array, in two steps: `snapshot` at once and cheaply, while the program runs; `array`
later.

A value must be taken when it exists, because the program may overwrite it. Turning a small one
into numbers can wait until the program has ended, and is saved altogether for parts dropped from a
long run. A large one that can't be kept by reference becomes its head and statistics at once
(`settled`): copies of a network's weights would soon fill the memory.
"""

import math
import zlib
from collections.abc import Iterator
from typing import Any

import torch

from viz_app.limits import Limits
from viz_app.model import Array, Number

_PART = 2**15
"""Number of elements whose statistics are computed at once."""

_COMPARED = frozenset({torch.float32, torch.float64, torch.int32, torch.int64})
"""The dtypes whose extremes are found without a wider copy."""

_PLAIN = (torch.Tensor, torch.nn.Parameter)

SMALL = 16
"""Number of elements up to which reading the numbers at once is cheaper than cloning the tensor."""


class Loan:
    """A tensor held by reference; before its memory is written to, a small one is replaced by a
    copy and a large one by its summary, `marked` for one that will be compared."""

    __slots__ = ("__weakref__", "held", "marked")

    def __init__(self, tensor: torch.Tensor, *, marked: bool) -> None:
        self.held: torch.Tensor | Summary = tensor
        self.marked = marked


class Summary:
    """The head and statistics of a large tensor; `mark` is a checksum of all its numbers, for a
    value that will be compared."""

    __slots__ = ("array", "mark")

    def __init__(self, array: Array, mark: int | None) -> None:
        self.array = array
        self.mark = mark


Kept = torch.Tensor | Summary | tuple[tuple[int, ...], torch.dtype, Any]
Held = Kept | Loan
"""A value taken: a clone, a loan, a summary, or (shape, dtype, nested numbers) for a small
tensor."""


def snapshot(tensor: torch.Tensor) -> Held | None:
    """A private copy of a tensor's current value; None if it has none that can be read.

    Must be called with no function mode active. A sparse tensor is made dense; a tensor of a
    functorch level, a meta tensor or a fake one has no value of its own.
    """
    dtype = tensor.dtype  # a quantised tensor's is kept along with its numbers
    if not own_numbers(tensor):
        return None
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


def opened(held: Held | None) -> Kept | None:
    """A value as it is held, lent or not."""
    return held.held if isinstance(held, Loan) else held


def own_numbers(tensor: torch.Tensor) -> bool:
    """False for a tensor without numbers, and for a subclass that answers for its numbers in code
    of its own (`__torch_dispatch__`), as a masked tensor."""
    return not (tensor.is_meta or tensor.is_nested) and (
        type(tensor) in _PLAIN
        or not torch._C._dispatch_keys(tensor).has(torch._C.DispatchKey.Python)
    )


def settled(held: Any, limits: Limits, *, marked: bool = False) -> Any:
    """A value that holds no large tensor any more: a summary in place of it."""
    tensor = opened(held)
    if (
        not isinstance(tensor, torch.Tensor)
        or tensor.layout is not torch.strided
        or tensor.is_quantized
        or tensor.numel() <= limits.elements
    ):
        return held
    return summary(tensor, limits, marked=marked) or held


def summary(tensor: torch.Tensor, limits: Limits, *, marked: bool = False) -> Summary | None:
    """The head and statistics of a tensor now, None if its numbers can't be read."""
    try:
        found = array(tensor, limits)
        mark = _mark(tensor) if marked else None
        return None if found is None else Summary(found, mark)
    except (RuntimeError, NotImplementedError, ValueError, TypeError):
        return None


def _mark(tensor: torch.Tensor) -> int:
    """A checksum of a tensor's numbers in their order."""
    plain = tensor.detach().resolve_conj().resolve_neg().contiguous().reshape(-1)
    return zlib.crc32(plain.view(torch.uint8).numpy().data)


def same(held: Held | None, tensor: torch.Tensor, limits: Limits) -> bool:
    """True if a tensor still has the value that was taken; nan equals nan."""
    if held is None:
        return True
    held = opened(held)
    assert held is not None
    if isinstance(held, Summary):
        if (held.array.shape, held.array.dtype) != (tuple(tensor.shape), str(tensor.dtype)):
            return False
        now = snapshot(tensor)
        return isinstance(now, torch.Tensor) and held.mark == _mark(now)
    if isinstance(held, tuple):
        now = snapshot(tensor)
        return held == now or repr(held) == repr(now)
    if held.shape != tensor.shape or held.dtype != tensor.dtype:
        return False
    present = snapshot(tensor) if tensor.layout is not torch.strided else tensor.detach()
    if not isinstance(present, torch.Tensor):
        return False
    if held.is_floating_point() and held.element_size() == 1:
        held, present = held.float(), present.float()  # PyTorch compares no numbers of eight bits
    return torch.equal(held, present) or (
        held.is_floating_point() and torch.allclose(held, present, rtol=0, atol=0, equal_nan=True)
    )


def array(held: Held | None, limits: Limits) -> Array | None:
    """The numbers of a taken value: all of them up to `limits.elements`, else head and statistics.

    Shape () gives one number. dtype is torch's name. Statistics leave nan and infinity out. None
    too for a tensor of a kind whose numbers can't be read.
    """
    try:
        return _array(held, limits)
    except (RuntimeError, NotImplementedError, ValueError, TypeError):
        return None


def _array(held: Held | None, limits: Limits) -> Array | None:
    held = opened(held)
    if held is None:
        return None
    if isinstance(held, tuple):
        shape, dtype, nested = held
        return Array(shape, str(dtype), tuple(_flat(nested, dtype.is_complex)))
    if isinstance(held, Summary):
        return held.array
    tensor = held.detach()
    if not own_numbers(tensor):
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
    if flat.dtype not in _COMPARED:
        flat = flat.double()
    low, high = torch.aminmax(flat)
    nan = inf = 0
    # A sum over finite numbers is finite in float64, so one check settles the common case.
    if not (math.isfinite(low.item()) and math.isfinite(high.item())):
        nan, inf = int(torch.isnan(flat).sum()), int(torch.isinf(flat).sum())
        flat = flat[torch.isfinite(flat)]
        if flat.numel() == 0:
            return {"nan": nan, "inf": inf}
        low, high = torch.aminmax(flat)
    total = squares = 0.0
    for part in torch.split(flat, _PART):  # a part in float64 fits the processor's cache
        wide = part.double()
        total += float(wide.sum())
        squares += float(torch.dot(wide, wide))
    mean, norm = total / flat.numel(), math.sqrt(squares)
    return {
        "minimum": float(low),
        "maximum": float(high),
        "mean": mean if math.isfinite(mean) else None,
        "norm": norm if math.isfinite(norm) else None,
        "nan": nan,
        "inf": inf,
    }


def _norm(wide: torch.Tensor) -> float | None:
    found = float(torch.linalg.vector_norm(wide)) if wide.numel() else math.inf
    return found if math.isfinite(found) else None
