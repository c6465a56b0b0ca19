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
from viz_app.engine.record.values import SMALL, Held, Loan, Summary, own_numbers, settled, snapshot
from viz_app.limits import Limits


class Loans:
    """The current loans, found by their memory; a loan without a holder is gone.

    `lent` are the bytes lent since the last `settle`, memory lent several times counted as often.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.lent = 0
        self._loans: dict[int, list[weakref.ref[Loan]]] = {}
        self._exposed: set[int] = set()
        self._given: dict[int, list[tuple[PassNote, torch.Tensor]]] = {}

    def lend(self, tensor: torch.Tensor, *, marked: bool = False) -> Held | None:
        """A tensor's current value, without a copy when it is large; `marked` if it will be
        compared."""
        if (
            tensor.numel() <= SMALL
            or tensor.layout is not torch.strided
            or not own_numbers(tensor)
            or (place := storage(tensor)) is None
            or place in self._exposed
            or not tensor.untyped_storage().resizable()  # numpy's memory, which it may write to
        ):
            return self.snapshot(tensor, marked=marked)
        loan = Loan(tensor.detach(), marked=marked)
        self.lent += tensor.nbytes
        loans = self._loans.setdefault(place, [])
        if len(loans) > 64:  # memory reused again and again by tensors that no longer exist
            loans[:] = [known for known in loans if known() is not None]
        loans.append(weakref.ref(loan))
        return loan

    def snapshot(self, tensor: torch.Tensor, *, marked: bool = False) -> Held | None:
        """A tensor's current value for good: the numbers of a small one, the summary of a large
        one."""
        if not own_numbers(tensor):
            return None
        if tensor.numel() <= self._limits.elements or tensor.layout is not torch.strided:
            held: Held | None = snapshot(tensor)
        else:
            held = settled(tensor, self._limits, marked=marked)
        return held.detach().clone() if held is tensor else held

    def reclaim(self, tensor: torch.Tensor) -> None:
        """Copy the loans that share this tensor's memory, which is about to be written to."""
        if not self._loans and not self._given:
            return
        place = storage(tensor)
        if place is None:
            return
        returned: dict[Any, torch.Tensor | Summary] = {}
        for known in self._loans.pop(place, ()):
            if (loan := known()) is not None:
                self._return(loan, returned)
                if isinstance(loan.held, torch.Tensor):
                    loan.held = loan.held.clone()
        for this, grad in self._given.pop(place, ()):
            copy_gradients(this, [grad])

    def close(self) -> None:
        """Copy or summarise all loans: no write will be reported from now on."""
        for place, given in list(self._given.items()):
            for this, grad in given:
                copy_gradients(this, [grad])
            del self._given[place]
        self.settle()
        for loans in self._loans.values():
            for known in loans:
                if (loan := known()) is not None and isinstance(loan.held, torch.Tensor):
                    loan.held = loan.held.clone()
        self._loans.clear()

    def settle(self) -> None:
        """Summarise all large loans, so that none keeps memory alive which the program has let
        go."""
        self.lent = 0
        for place, loans in list(self._loans.items()):
            returned: dict[Any, torch.Tensor | Summary] = {}
            left = []
            for known in loans:
                if (loan := known()) is not None:
                    self._return(loan, returned)
                    if isinstance(loan.held, torch.Tensor):
                        left.append(known)
            if left:
                self._loans[place] = left
            else:
                del self._loans[place]

    def _return(self, loan: Loan, returned: dict[Any, torch.Tensor | Summary]) -> None:
        """Summarise a large loan; `returned` has the summaries of the same memory."""
        if isinstance(lent := loan.held, torch.Tensor):
            key = lent.data_ptr(), lent.shape, lent.stride(), lent.dtype, loan.marked
            if key not in returned:
                returned[key] = settled(lent, self._limits, marked=loan.marked)
            if isinstance(kept := returned[key], Summary):
                loan.held = kept

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
