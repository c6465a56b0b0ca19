"""The Jacobian of one autograd node, read off the node itself.

A node's backward is a vector-Jacobian product, so a one in each place of its output in turn gives
the rows. It is asked before the engine runs, when everything it saved is still there.
"""

import math
from typing import Any

import torch

from viz_app.engine.records import Fn
from viz_app.engine.snapshot import Held, take

ROWS = 16
"""Elements of a node's outputs up to which it is asked, a call an element."""
COLUMNS = 36
"""Elements of an operand: a larger matrix is not read any more."""


def calls(fn: Fn) -> int:
    """How many calls of the node its Jacobian takes; 0 if it should not be asked."""
    if isinstance(fn, torch._C._FunctionBase):
        return 0  # the visitor's own backward, which may print or count
    sizes = [math.prod(one.shape) for one in fn._input_metadata]
    return sum(sizes) if sum(sizes) <= ROWS else 0


def jacobian(fn: Fn) -> tuple[Held | None, ...]:
    """An entry a slot of `next_functions`: (elements of the outputs, of that input), or None.

    None where no gradient goes, where it is too large or not of plain numbers, and for a node
    that can't be asked any more (freed, or what it saved was overwritten).
    """
    outputs = fn._input_metadata
    if any(one.dtype.is_complex for one in outputs):
        return ()
    zeros = [torch.zeros(tuple(one.shape), dtype=one.dtype) for one in outputs]
    rows: list[tuple[Any, ...]] = []
    try:
        for place, zero in enumerate(zeros):
            for element in range(zero.numel()):
                unit = zero.clone()
                unit.view(-1)[element] = 1
                sent = fn(*zeros[:place], unit, *zeros[place + 1 :])
                rows.append(sent if isinstance(sent, tuple) else (sent,))
    except (RuntimeError, NotImplementedError, TypeError):
        return ()
    if not rows:
        return ()
    slots = zip(fn.next_functions, zip(*rows, strict=True), strict=False)
    return tuple(_slot(before, output, parts) for (before, output), parts in slots)


def _slot(before: Fn, output: int, parts: tuple[Any, ...]) -> Held | None:
    if before is None or not all(isinstance(part, torch.Tensor) for part in parts):
        return None
    if parts[0].is_complex() or any(part.layout is not torch.strided for part in parts):
        return None
    # The engine, not the node, sums over what was broadcast.
    shape = tuple(before._input_metadata[output].shape)
    if parts[0].shape != shape:
        parts = tuple(part.sum_to_size(shape) for part in parts)
    if not 0 < parts[0].numel() <= COLUMNS:
        return None
    return take(torch.stack([part.detach().reshape(-1) for part in parts]))
