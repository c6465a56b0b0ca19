"""A replacement in a library, as `record/torch_patches.py` and `server/streamlit_patches.py` list
them."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

Original = Any
"""The function that is replaced, or a descriptor of one."""


class Patch(NamedTuple):
    """One replacement: where it stands, what makes it of the original, and why it is needed."""

    owner: Any
    name: str
    make: Callable[[Original], Any]
    why: str


def put_in(patches: Iterable[Patch]) -> None:
    """Replace each original by what is made of it; nothing puts them back."""
    for owner, name, make, _ in patches:
        setattr(owner, name, make(owner.__dict__[name]))
