"""A replacement in a library, as listed by `record/torch_patches.py`, `program/file_calls.py` and
`server/streamlit_patches.py`."""

import contextlib
import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

Original = Any
"""The function that is replaced, or a descriptor of one."""


class Patch(NamedTuple):
    """One replacement: its place, the function that makes it from the original, and its reason."""

    owner: Any
    name: str
    make: Callable[[Original], Any]
    why: str


@contextlib.contextmanager
def lent(patches: Iterable[Patch]) -> Iterator[None]:
    """Replace each original for the duration of the block."""
    patches = tuple(patches)
    originals = [(owner, name, vars(owner).get(name, _INHERITED)) for owner, name, _, _ in patches]
    put_in(patches)
    try:
        yield
    finally:
        for owner, name, original in reversed(originals):
            if original is _INHERITED:
                delattr(owner, name)
            else:
                setattr(owner, name, original)


_INHERITED = object()
"""A class has no function of its own there: that of a base class is replaced for it alone."""


def put_in(patches: Iterable[Patch]) -> None:
    """Replace each original by its patch; nothing restores them."""
    for owner, name, make, _ in patches:
        setattr(owner, name, make(inspect.getattr_static(owner, name)))
