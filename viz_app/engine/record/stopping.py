"""The node at which an error ended a backward pass, and the gradients that had arrived there.

The engine does not report which node raised. On a CPU its order is known: a node is ready when all
that send to it have run, AccumulateGrad goes first, then the node made last.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import torch

from viz_app.engine.record.notes import Note, PassNote, Source, Stop
from viz_app.engine.record.values import snapshot

Place = Note | Source


def stop(this: PassNote, error: BaseException, inputs: Iterable[Any]) -> Stop | None:
    """Return the place where the pass stopped, None if no node was running.

    `inputs` are the tensors or edges whose gradients were requested, empty for all leaves.
    """
    if not isinstance(error, Exception):
        return None  # the run itself is being ended
    if _refused(this, error):
        last = this.ran[-1]
        assert last.note is not None
        return Stop(last.note, _held(last.arrived), error, refused=True)
    if not this.ran and _refused_roots(error):
        return None
    at = _running(this, tuple(inputs or ()))
    return None if at is None else Stop(at, _held(_arrived(this, at)), error)


def _refused(this: PassNote, error: Exception) -> bool:
    """True if anomaly detection refused the gradients that the last node sent, after it ran."""
    return (
        bool(this.ran)
        and this.ran[-1].note is not None
        and torch.is_anomaly_check_nan_enabled()
        and torch.is_anomaly_enabled()
        and "returned nan values" in str(error)
        and any(sent is not None and bool(sent.isnan().any()) for sent in this.ran[-1].sent)
    )


def _refused_roots(error: Exception) -> bool:
    """True if the engine refused the gradients it was to start with: then no node ran."""
    return str(error).startswith("invalid gradient at index")


def _running(this: PassNote, inputs: tuple[Any, ...]) -> Place | None:
    """The node that the engine was running, among those that had not finished."""
    done = {id(ran.source or ran.note) for ran in this.ran}
    senders: dict[int, int] = {}
    found: dict[int, Place] = {}
    walk: list[Place] = [note.source or note for note, _, _ in this.roots]
    while walk:
        place = walk.pop()
        if id(place) in found:
            continue
        found[id(place)] = place
        for target, _ in _inputs(place):
            if id(place) not in done:
                senders[id(target)] = senders.get(id(target), 0) + 1
            walk.append(target)
    needed = _needed(found, inputs) if inputs else set(found)
    ready = [
        place
        for key, place in found.items()
        if key in needed and key not in done and not senders.get(key)
    ]
    if this.kind == "grad":  # a leaf's gradient is returned, nothing runs there
        ready = [place for place in ready if isinstance(place, Note)]
    return max(ready, key=_priority, default=None)


def _inputs(place: Place) -> Iterator[tuple[Place, int]]:
    if isinstance(place, Note):
        for entry in place.inputs:
            if entry is not None:
                yield entry[0].source or entry[0], entry[1]


def _needed(found: dict[int, Place], inputs: tuple[Any, ...]) -> set[int]:
    """The nodes on a path to the inputs: the engine runs no others."""
    before: dict[int, list[int]] = {}
    for key, place in found.items():
        for target, _ in _inputs(place):
            before.setdefault(id(target), []).append(key)
    nodes = [_node(one) for one in inputs]
    ends = [
        key
        for key, place in found.items()
        if any(
            place.tensor is one if isinstance(place, Source) else place.fn is node
            for one, node in zip(inputs, nodes, strict=True)
        )
    ]
    needed = {key for key in ends if isinstance(found[key], Source)}
    walk = [key for end in ends for key in before.get(end, ())]
    while walk:
        key = walk.pop()
        if key not in needed:
            needed.add(key)
            walk.extend(before.get(key, ()))
    return needed


def _node(one: Any) -> Any:
    return one.grad_fn if isinstance(one, torch.Tensor) else one.node


def _priority(place: Place) -> float:
    return float("inf") if isinstance(place, Source) else place.fn._sequence_nr()


def _arrived(this: PassNote, at: Place) -> tuple[torch.Tensor | None, ...]:
    """The sum of the gradients sent to each output of the node."""
    sums: dict[int, torch.Tensor] = {}

    def add(output: int, grad: torch.Tensor | None) -> None:
        if grad is not None:
            sums[output] = sums[output] + grad if output in sums else grad

    with torch.no_grad():
        for note, output, grad in this.roots:
            if (note.source or note) is at:
                add(output, grad)
        for ran in this.ran:
            if ran.note is None:
                continue
            for entry, grad in zip(ran.note.inputs, ran.sent, strict=False):
                if entry is not None and (entry[0].source or entry[0]) is at:
                    add(entry[1], grad)
    count = max([0, *sums, *(at.values if isinstance(at, Note) else ())]) + 1
    return tuple(sums.get(output) for output in range(count))


def _held(arrived: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(snapshot(one) if isinstance(one, torch.Tensor) else one for one in arrived)
