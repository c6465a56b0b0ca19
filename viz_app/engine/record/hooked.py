"""The steps at which the program's own hooks changed a gradient."""

from typing import Final

import torch

from viz_app.engine.record.notes import Note, PassNote, Source
from viz_app.engine.record.values import Held, Summary, opened

_MODULE_HOOK: Final = "BackwardHookFunctionBackward"
"""The node in which torch calls the hooks of a module; by itself it changes nothing."""


def _alike(one: torch.Tensor, other: torch.Tensor) -> bool:
    if one.is_nested or other.is_nested:
        return True  # their numbers have no common order: nothing is claimed of them
    # torch compares no sparse tensors, as an embedding's gradients can be.
    one, other = (it if it.layout is torch.strided else it.to_dense() for it in (one, other))
    return one.shape == other.shape and torch.allclose(
        one, other, rtol=1e-5, atol=1e-8, equal_nan=True
    )


def _batched(tensor: torch.Tensor) -> bool:
    """True for the many tensors in one of `is_grads_batched`, which can't be compared."""
    return torch._C._functorch.is_legacy_batchedtensor(tensor)


def hooked(one: PassNote) -> frozenset[int]:
    """The steps at which a user's hook changed a gradient: the gradient that arrived differs from
    the one sent, or a module's hooks did not return their argument. None are known in a pass with
    batched gradients."""
    if one.hooked is not None:
        return one.hooked
    sent: dict[tuple[int, int], list[torch.Tensor]] = {}
    for note, output, grad in one.roots:
        if grad is not None:
            if _batched(grad):
                return frozenset()
            sent.setdefault((id(note.source or note), output), []).append(grad.detach())
    found = set()
    for index, ran in enumerate(one.ran):
        owner: Note | Source | None = ran.source or ran.note
        for output, held in enumerate(ran.arrived):
            terms = sent.pop((id(owner), output), [])
            grad = _tensor(held)
            if grad is None or not terms:
                continue
            if len(terms) == 1 and terms[0] is grad:
                continue
            total = terms[0]
            for term in terms[1:]:
                total = total + term
            if not _alike(total, grad):
                found.add(index)
        if ran.note is not None and ran.note.grad_fn == _MODULE_HOOK:
            pairs = zip(map(_tensor, ran.arrived), ran.sent, strict=False)
            if any(x is not None and y is not None and not _alike(x, y) for x, y in pairs):
                found.add(index)
        if ran.note is not None:
            for entry, grad in zip(ran.note.inputs, ran.sent, strict=False):
                if entry is not None and grad is not None:
                    owner = entry[0].source or entry[0]
                    sent.setdefault((id(owner), entry[1]), []).append(grad.detach())
    return frozenset(found)


def _tensor(held: Held | None) -> torch.Tensor | None:
    held = opened(held)
    if isinstance(held, tuple):
        shape, dtype, numbers = held
        return torch.tensor(numbers, dtype=dtype).reshape(shape)
    return None if isinstance(held, Summary) else held
