"""The origins of tensors without gradient, for later; none of the tensors is kept alive."""

import weakref
from typing import NamedTuple

import torch

from viz_app.engine.record.notes import Note


class Origin(NamedTuple):
    """A tensor's origin: a note that becomes a node once something uses the tensor."""

    tensor: "weakref.ref[torch.Tensor]"
    note: Note


class Origins:
    """The notes of tensors that are not nodes yet, by identity."""

    def __init__(self) -> None:
        self._known: dict[int, Origin] = {}
        self._most = 4096

    def of(self, tensor: torch.Tensor) -> Note | None:
        """The note of a tensor, None if there is none; an `id` may be that of a deleted one."""
        origin = self._known.get(id(tensor))
        return origin.note if origin is not None and origin.tensor() is tensor else None

    def remember(self, tensor: torch.Tensor, note: Note) -> None:
        """Give a tensor its note, replacing any other."""
        self._known[id(tensor)] = Origin(weakref.ref(tensor), note)
        if len(self._known) > self._most:
            self._known = {k: o for k, o in self._known.items() if o.tensor() is not None}
            # Twice the number alive: a search through all is amortised over as many new ones.
            self._most = max(4096, 2 * len(self._known))

    def remove(self, tensor: torch.Tensor) -> Note | None:
        """Remove and return the note of a tensor that becomes a node now."""
        note = self.of(tensor)
        self._known.pop(id(tensor), None)
        return note
