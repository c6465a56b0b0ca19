"""The common name of a function that torch reports, and its treatment of its arguments."""

from collections.abc import Callable
from typing import Any, NamedTuple

_ARITHMETIC = frozenset(
    """
    add sub mul div truediv floordiv floor_divide pow mod remainder fmod true_divide
    subtract multiply divide float_power maximum minimum
    """.split()
)
"""Calls whose plain numbers are operands; elsewhere a number may be an axis, an index, a size."""

_READ = frozenset({"T", "H", "mT", "mH", "real", "imag", "data"})
"""Properties that are operations; reading any other property (shape, grad, ...) is none."""

_WRITTEN = frozenset({"data", "requires_grad"})
"""Properties whose assignment changes a leaf."""

_SILENT = frozenset(
    """
    backward register_hook register_post_accumulate_grad_hook retain_grad size dim item
    tolist __repr__ __str__ __format__ __len__ __bool__ __hash__
    is_floating_point numel element_size storage_offset stride __reduce_ex__ grad __iter__
    __dir__
    """.split()
)
"""Calls that make no node: inspections of a tensor, and backward itself, which is patched
separately."""

_EXPOSING = frozenset({"numpy", "__array__", "__dlpack__", "data_ptr", "untyped_storage"})
"""Calls that let others write to a tensor's memory without any call that torch reports."""

BLANK = frozenset({"empty", "empty_like", "empty_strided", "empty_permuted", "new_empty"})
"""Calls whose result is the previous content of the memory."""


class CallName(NamedTuple):
    """The name of a call and what it does. `plain`: add for `__radd__`, `add_` and `add`.

    `changes`: it may change its first argument.

    `swapped`: a reflected operator, whose operands arrive in the other order. `arithmetic`: its
    plain numbers are operands. `silent`: nothing to note. `exposes`: it hands out the memory
    itself. `sets_grad`: it assigns another tensor, or None, to a tensor's `.grad`.
    """

    plain: str
    changes: bool
    swapped: bool
    arithmetic: bool
    silent: bool
    exposes: bool = False
    sets_grad: bool = False


_known: dict[str, CallName] = {}


def call_name(function: Callable[..., Any]) -> CallName:
    """The name of a function as torch's function mode reports it; looked up once per name."""
    name = getattr(function, "__name__", "") or type(function).__name__
    if name in ("__get__", "__set__", "__delete__"):
        # Reading a property arrives as its descriptor's method; the property has the name.
        name = f"{name}{getattr(getattr(function, '__self__', None), '__name__', '')}"
    known = _known.get(name)
    if known is None:
        known = _known[name] = _work_out(name)
    return known


def _work_out(name: str) -> CallName:
    if name.startswith("__get__"):
        plain = name.removeprefix("__get__")
        return CallName(plain, False, False, False, silent=plain not in _READ)
    if name in ("__set__grad", "__delete__grad"):
        return CallName("grad", False, False, False, silent=True, sets_grad=True)
    if name.startswith("__set__"):
        plain = name.removeprefix("__set__")
        return CallName(plain, True, False, False, silent=plain not in _WRITTEN)
    if name in _EXPOSING:
        return CallName(name.strip("_"), False, False, False, silent=True, exposes=True)
    silent = name in _SILENT
    if name.startswith("__") and name.endswith("__"):
        plain = name.strip("_")
        changes = plain == "setitem"
        swapped = False
        if plain.startswith("i") and plain[1:] in _OPERATORS:
            plain, changes = plain[1:], True
        elif plain.startswith("r") and plain[1:] in _OPERATORS:
            plain, swapped = plain[1:], True
        plain = {"truediv": "div", "floordiv": "floor_divide"}.get(plain, plain)
        return CallName(plain, changes, swapped, plain in _ARITHMETIC, silent)
    if name == "rsub":
        return CallName("sub", False, True, True, silent)
    changes = name.endswith("_") or name.startswith("_fused_")
    plain = name.strip("_")
    return CallName(plain, changes, False, plain in _ARITHMETIC, silent)


_OPERATORS = frozenset(
    """
    add sub mul div truediv floordiv pow mod matmul and or xor lshift rshift
    """.split()
)
