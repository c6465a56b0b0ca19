"""Where in the text each of torch's own layers was made, so that it can be changed there.

What a layer does is placed where the network is called (`net(x)`); what can be changed is the
call that made it (`nn.ReLU()`), in a Sequential, in a class, or in a list.
"""

import sys
import weakref
from collections.abc import Callable, Iterable
from types import CodeType
from typing import Any

import torch

from viz_app.engine.record.notes import Note
from viz_app.engine.record.torch_patches import stands_in
from viz_app.engine.text.positions import Places
from viz_app.engine.wire import FILENAME
from viz_app.model import Span

_TORCHS = "torch.nn.modules."

_made: weakref.WeakKeyDictionary[torch.nn.Module, tuple[CodeType, int]] = (
    weakref.WeakKeyDictionary()
)
"""The instruction of the visitor's that made a layer."""


def _is_torchs(module: Any) -> bool:
    """One of torch's own classes: its `__eq__` and `__hash__` are nobody else's."""
    return type(module).__module__.startswith(_TORCHS)


@stands_in(torch.nn.Module, "__init__")
def _module_made(inner: Callable[..., None]) -> Callable[..., None]:
    def __init__(self: torch.nn.Module, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        inner(self, *args, **kwargs)
        if _is_torchs(self):
            frame = sys._getframe(1)
            while frame is not None:
                if frame.f_code.co_filename == FILENAME:
                    _made[self] = frame.f_code, frame.f_lasti
                    break
                frame = frame.f_back  # type: ignore[assignment]

    return __init__


def layers(notes: Iterable[Note], places: Places) -> dict[Span, list[Note]]:
    """What the layers did that were made at each span, where torch's own code did it."""
    found: dict[Span, list[Note]] = {}
    for note in notes:
        kind, what, _ = note.scope[-1] if note.scope else ("", None, 0)
        made = (
            _made.get(what) if what is not None and kind == "module" and _is_torchs(what) else None
        )
        if made is not None:
            found.setdefault(places.site_at(*made).span, []).append(note)
    return found
