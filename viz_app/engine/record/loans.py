"""Values kept by reference instead of by copy, and the copying just before they change.

Copying every value, gradient and saved tensor would double the cost of a large network's step, and
hardly any of them is ever overwritten. A call that is about to write is reported first
(`Recorder.before`); one that hands the memory to numpy counts as writing, then and later.
"""

import weakref
from typing import Any

import torch

from viz_app.engine.record.notes import PassNote
from viz_app.engine.record.tensors import storage
from viz_app.engine.record.values import SMALL, Held, Loan, take


class Loans:
    """The current loans, found by their memory; a loan without a holder is gone."""

    def __init__(self) -> None:
        self._loans: dict[int, list[weakref.ref[Loan]]] = {}
        self._exposed: set[int] = set()
        self._given: dict[int, list[tuple[PassNote, torch.Tensor]]] = {}

    def lend(self, tensor: torch.Tensor) -> Held | None:
        """A tensor's current value, without a copy when it is large."""
        if (
            tensor.numel() <= SMALL
            or tensor.layout is not torch.strided
            or (place := storage(tensor)) is None
            or place in self._exposed
            or not tensor.untyped_storage().resizable()  # numpy's memory, which it may write to
        ):
            return take(tensor)
        loan = Loan(tensor.detach())
        loans = self._loans.setdefault(place, [])
        if len(loans) > 64:  # memory reused again and again by tensors that no longer exist
            loans[:] = [known for known in loans if known() is not None]
        loans.append(weakref.ref(loan))
        return loan

    def reclaim(self, tensor: torch.Tensor) -> None:
        """Copy the loans that share this tensor's memory, which is about to be written to."""
        if not self._loans and not self._given:
            return
        place = storage(tensor)
        if place is None:
            return
        for known in self._loans.pop(place, ()):
            loan = known()
            if loan is not None:
                loan.tensor = loan.tensor.clone()
        for this, grad in self._given.pop(place, ()):
            copy_gradients(this, [grad])

    def given(self, this: PassNote, grad: torch.Tensor) -> None:
        """Note that the program has this gradient of a pass too, and may write to it later."""
        if (place := storage(grad)) is not None:
            self._given.setdefault(place, []).append((this, grad))

    def forget(self, old: PassNote) -> None:
        """Drop a pass."""
        for place, ones in list(self._given.items()):
            left = [one for one in ones if one[0] is not old]
            if left:
                self._given[place] = left
            else:
                del self._given[place]

    def expose(self, tensor: torch.Tensor) -> None:
        """Copy this tensor from now on: its memory goes where writes are not reported."""
        self.reclaim(tensor)
        if (place := storage(tensor)) is not None:
            self._exposed.add(place)


def copy_gradients(this: PassNote, tensors: list[torch.Tensor]) -> None:
    """Copy the steps' references to these gradients of a pass, which are about to change hands."""
    places = {place for tensor in tensors if (place := storage(tensor)) is not None}
    if not places:
        return

    def is_one(held: Any) -> bool:
        return isinstance(held, torch.Tensor) and storage(held) in places

    def copies(grads: Any) -> Any:
        return tuple(g.detach().clone() if is_one(g) else g for g in grads)

    for index, ran in enumerate(this.ran):
        if any(is_one(g) for g in (*ran.sent, *ran.arrived)):
            this.ran[index] = ran._replace(sent=copies(ran.sent), arrived=copies(ran.arrived))
