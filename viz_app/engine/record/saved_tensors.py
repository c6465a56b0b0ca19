"""The tensors that an autograd node kept for its backward, read off the node."""

from collections.abc import Callable, Iterator
from typing import Any

import torch

from viz_app.engine.record.values import Held

_PLAIN = (bool, int, float, complex, str)

_fields: dict[type, dict[str, str]] = {}
"""Kind of autograd node -> the attributes that may hold saved tensors, and their labels."""


def saved(
    fn: Any, hold: Callable[[torch.Tensor], Held | None]
) -> Iterator[tuple[str, Held | None]]:
    """The tensors that an autograd node saved for its backward, in autograd's own names."""
    kind: Any = type(fn)
    fields = _fields.get(kind)
    if fields is None:
        names = [name for name in dir(kind) if name.startswith("_saved_")] or ["saved_tensors"]
        fields = _fields[kind] = {name: name.removeprefix("_saved_") for name in names}
    numbers: tuple[str, ...] = ()
    for name, label in fields.items():
        try:
            value = getattr(fn, name, None)
        except RuntimeError:
            continue  # freed by an earlier backward, or changed in place since it was saved
        if value is None:
            continue
        if isinstance(value, torch.Tensor):
            if value.dtype is torch.uint8 and kind.__name__.startswith("Mkldnn"):
                continue  # a kernel's scratch memory: uninitialised, not numbers
            yield label, hold(value)
        elif isinstance(value, tuple | list):
            for index, part in enumerate(value):
                if isinstance(part, torch.Tensor):
                    yield f"{label}[{index}]", hold(part)
        elif isinstance(value, _PLAIN):
            numbers = (*numbers, name)
    for name in numbers:
        del fields[name]  # a field that is a number once always is one
