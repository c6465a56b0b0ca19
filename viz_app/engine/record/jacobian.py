"""The Jacobian of one autograd node, read off the node itself.

A node's backward is a vector-Jacobian product, so a one in each position of its output in turn
gives the rows. It is called before the engine runs, when all its saved tensors still exist.
"""

import math
from functools import lru_cache
from typing import Any

import torch

from viz_app.engine.record.notes import Fn
from viz_app.engine.record.values import Held, snapshot
from viz_app.limits import JACOBIAN_COLUMNS, JACOBIAN_ROWS

Outputs = tuple[tuple[tuple[int, ...], torch.dtype, torch.device], ...]
"""The shape, dtype and device of each output of a node."""


def outputs(fn: Fn) -> Outputs:
    """The outputs of a node whose Jacobian can be read; empty if it should not be."""
    if isinstance(fn, torch._C._FunctionBase):
        return ()  # the visitor's own backward, which may print or count
    made = fn._input_metadata
    if any(one.is_nested_tensor for one in made):
        return ()  # rows of different lengths: it has no shape in plain numbers
    found = tuple((tuple(one.shape), one.dtype, one.device) for one in made)
    if sum(math.prod(shape) for shape, _, _ in found) > JACOBIAN_ROWS:
        return ()
    return () if any(dtype.is_complex for _, dtype, _ in found) else found


@lru_cache(maxsize=256)
def units(made: Outputs) -> tuple[tuple[torch.Tensor, ...], ...]:
    """The unit vectors to call a node with, one row per element of its outputs.

    The same tensors serve every node with these outputs: nodes do not write to them, and their
    answers are copied.
    """
    zeros = [torch.zeros(shape, dtype=dtype, device=device) for shape, dtype, device in made]
    rows = []
    for place, zero in enumerate(zeros):
        for element in range(zero.numel()):
            unit = zero.clone()
            unit.view(-1)[element] = 1
            rows.append((*zeros[:place], unit, *zeros[place + 1 :]))
    return tuple(rows)


def jacobian(fn: Fn, made: Outputs) -> tuple[Held | None, ...]:
    """One matrix per slot of `next_functions`, shaped (output elements, input elements), or None.

    `made` are the node's `outputs`. None where no gradient goes, where the matrix is too large or
    not of plain numbers, and for a node that can't be called any more (freed, its saved tensors
    overwritten, or an input that got another shape by `x.data = ...`).
    """
    try:
        answers = [fn(*row) for row in units(made)]
        rows = [sent if isinstance(sent, tuple) else (sent,) for sent in answers]
        slots = zip(fn.next_functions, zip(*rows, strict=True), strict=False)
        return tuple(_slot(before, output, parts) for (before, output), parts in slots)
    except (RuntimeError, NotImplementedError, TypeError):
        return ()


def _slot(before: Fn, output: int, parts: tuple[Any, ...]) -> Held | None:
    if before is None or not all(isinstance(part, torch.Tensor) for part in parts):
        return None
    if parts[0].is_complex() or any(part.layout is not torch.strided for part in parts):
        return None
    # The engine, not the node, sums over broadcast dimensions.
    made = before._input_metadata[output]
    if made.is_nested_tensor:
        return None
    shape = made.shape
    if parts[0].shape != shape:
        parts = tuple(part.sum_to_size(shape) for part in parts)
    if not 0 < parts[0].numel() <= JACOBIAN_COLUMNS:
        return None
    if len(parts) == 1 and parts[0].numel() == 1:
        return (1, 1), parts[0].dtype, [[parts[0].item()]]
    return snapshot(torch.stack(parts).reshape(len(parts), -1))
