"""The arguments of a call, and the settings its autograd node kept, except for tensors."""

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import torch

from viz_app.engine.record.notes import Fn
from viz_app.model import Plain

MOST: Final = 32
"""Maximum number of arguments kept of one call; of a list of tensors, its first ones."""
LONGEST: Final = 64
"""Maximum number of characters of a string that is kept."""
SIZES: Final = 16
"""Maximum number of items of a tuple that is kept."""


def arguments(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[str, Any, bool], ...]:
    """(name, value, is a tensor) for each argument; a tensor's value is its index among the
    tensors.

    Raises nothing: a value of another kind is kept as unknown.
    """
    found: list[tuple[str, Any, bool]] = []
    tensors = 0
    named = ((str(place), value) for place, value in enumerate(args))
    for name, value in (*named, *kwargs.items()) if kwargs else named:
        if isinstance(value, torch.Tensor):
            found.append((name, tensors, True))
            tensors += 1
        elif isinstance(value, (tuple, list)) and any(isinstance(v, torch.Tensor) for v in value):
            for place, part in enumerate(value):
                if isinstance(part, torch.Tensor):
                    found.append((f"{name}.{place}", tensors, True))
                    tensors += 1
        else:
            found.append((name, value, False))
        if len(found) > MOST:
            break
    return tuple(found[:MOST])


def changed(function: Callable[..., Any], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The keyword arguments that differ from the function's defaults.

    A function of torch's that is written in Python reports all of its arguments, with the defaults
    of those that the program left out.
    """
    usual = _defaults(function) if kwargs else {}
    return {name: value for name, value in kwargs.items() if not _same(value, usual.get(name, ...))}


@functools.lru_cache(maxsize=512)
def _defaults(function: Callable[..., Any]) -> Mapping[str, Any]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return {}
    return {one.name: one.default for one in parameters if one.default is not one.empty}


def _same(value: Any, usual: Any) -> bool:
    if value is usual:
        return True
    numbers = (int, float)
    alike = (type(value) in numbers and type(usual) in numbers) or type(value) is type(usual) is str
    return alike and bool(value == usual)


def plain(value: Any) -> tuple[Plain, bool]:
    """A value in serialisable form, and True if it is of a kind that has one."""
    if isinstance(value, torch.Size):
        value = tuple(value)
    kind = type(value)
    if kind in (bool, float, type(None)):
        return value, True
    if kind is int:
        return _number(value), True
    if kind is str:
        return value[:LONGEST], True
    numbers = kind in (tuple, list) and len(value) <= SIZES
    if numbers and all(type(one) in (int, float, bool, type(None)) for one in value):
        return tuple(_number(one) if type(one) is int else one for one in value), True
    if isinstance(value, torch.dtype):
        return str(value), True
    return None, False


def _number(value: int) -> int | float:
    """An integer; autograd gives a negative one modulo 2 to the 64."""
    if 2**63 <= value < 2**64:
        return value - 2**64
    return value if -(2**63) <= value < 2**63 else float("inf") * (1 if value > 0 else -1)


_fields: dict[type, tuple[str, ...]] = {}


def kept(fn: Fn) -> Iterator[tuple[str, Plain | complex]]:
    """The settings that an autograd node kept for backward, in autograd's own names; no tensors."""
    kind: Any = type(fn)
    fields = _fields.get(kind)
    if fields is None:
        # A saved tensor has a raw form, too. Reading one could call a hook of the visitor's.
        every = dir(kind)
        fields = _fields[kind] = tuple(
            name for name in every if name.startswith("_saved_") and f"_raw{name}" not in every
        )
    for name in fields:
        try:
            value = getattr(fn, name, None)
        except RuntimeError:
            continue  # freed by a backward pass
        converted, known = plain(value)
        if known or type(value) is complex:
            yield name.removeprefix("_saved_"), value if type(value) is complex else converted
