"""Values kept by reference instead of by copy, and the copying just before they change.

Copying every saved tensor and every gradient would double the cost of a backward pass, and hardly
any of them is ever overwritten. A call that is about to write says so first (`Recorder.before`).
"""

from typing import Any

import torch

from viz_app.engine.reading import pointer, storage
from viz_app.engine.records import Note, PassNote


class Borrowed:
    """The saved tensors that notes hold by reference, found by the memory they stand in."""

    def __init__(self) -> None:
        self._notes: dict[int, list[Note]] = {}

    def lend(self, note: Note) -> None:
        """Remember what of a note's saved tensors is held by reference."""
        for _, held in note.saved:
            if isinstance(held, torch.Tensor) and (place := storage(held)) is not None:
                self._notes.setdefault(place, []).append(note)

    def reclaim(self, tensor: torch.Tensor) -> None:
        """This tensor is about to be written to: copy what shares its memory."""
        place = storage(tensor) if self._notes else None
        for note in self._notes.pop(place, ()) if place is not None else ():
            note.saved = tuple(
                (label, held.detach().clone())
                if isinstance(held, torch.Tensor) and storage(held) == place
                else (label, held)
                for label, held in note.saved
            )

    def forget(self, note: Note) -> None:
        """A note is dropped, and its saved tensors with it."""
        for _, held in note.saved:
            place = storage(held) if isinstance(held, torch.Tensor) else None
            notes = self._notes.get(place, ()) if place is not None else ()
            if isinstance(notes, list) and note in notes:
                notes.remove(note)
        note.saved = ()


def copy_gradients(this: PassNote, tensors: list[torch.Tensor]) -> None:
    """These gradients of a pass are about to change hands: copy the steps' references to them."""
    pointers = {place for tensor in tensors if (place := pointer(tensor)) is not None}
    if not pointers:
        return

    def copies(grads: Any) -> Any:
        return tuple(
            g.detach().clone() if g is not None and pointer(g) in pointers else g for g in grads
        )

    for index, ran in enumerate(this.ran):
        if any(g is not None and pointer(g) in pointers for g in (*ran.sent, *ran.arrived)):
            this.ran[index] = ran._replace(sent=copies(ran.sent), arrived=copies(ran.arrived))
