"""The program's own writes to the `.grad` of leaves: `zero_grad`, `p.grad = None`, clipping.

The engine's own accumulating is reported by hooks (`listener.py`). A `.grad` is recognised by its
memory, so that a write is noted however it is reached: `p.grad`, a list of gradients, a view.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch

from viz_app.engine.record.notes import Note, Source
from viz_app.engine.record.recorder import Recorder
from viz_app.engine.record.tensors import storage, tensors, without_modes
from viz_app.engine.record.values import Held, same
from viz_app.engine.text.positions import Site
from viz_app.model import Array, Write


@dataclass(slots=True, eq=False)
class WriteNote:
    """Changes of `.grad` at one place of the text with nothing in between: (leaf, before, after).

    `changed` are those leaves. `notes` is the list of nodes that was growing then, `at` its length,
    `passes` the number of backward calls so far.
    """

    site: Site | None
    notes: list[Note]
    at: int
    passes: int
    leaves: list[tuple[Note, Held | None, Held | None]] = field(default_factory=list)
    changed: set[Note] = field(default_factory=set)

    def add(self, leaf: Note, before: Held | None, after: Held | None) -> None:
        """Note the change of one more leaf."""
        self.leaves.append((leaf, before, after))
        self.changed.add(leaf)

    def goes_on(self, other: "WriteNote", leaf: Note) -> bool:
        """True if the other write, to this leaf, follows immediately, at the same place, and the
        leaf is another one."""
        return (
            self.notes is other.notes
            and (self.at, self.passes) == (other.at, other.passes)
            and (self.site and self.site.span) == (other.site and other.site.span)
            and leaf not in self.changed
        )


class Writes:
    """The writes of one run; `before` and `after` are called around each call that may be one."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self._noted: list[WriteNote] = []
        self._owners: dict[int, Source] = {}
        self._changing: list[tuple[Source, Held | None]] = []

    def holds(self, source: Source, grad: torch.Tensor | None) -> None:
        """Record that this is the leaf's `.grad` from now on."""
        if grad is None or (place := storage(grad)) is None:
            return
        self._owners[place] = source
        if len(self._owners) > 64 + 4 * len(self.recorder.sources):  # most are gone
            self._owners = {
                storage(held) or 0: one
                for one in self._owners.values()
                if (held := one.tensor.grad) is not None
            }

    def before(self, changing: Any) -> None:
        """Find which of these tensors, which are about to be written to, are gradients of
        leaves."""
        self._changing = []
        for tensor in tensors(changing) if self._owners else ():
            place = storage(tensor)
            source = self._owners.get(place) if place is not None else None
            grad = source.tensor.grad if source is not None else None
            if source is not None and grad is not None and storage(grad) == place:
                self._changing.append((source, self.recorder.borrowed.lend(grad, marked=True)))

    def setting(self, func: Callable[..., Any], args: Any) -> Any:
        """Handle a call that replaces a tensor's `.grad` by another tensor, or None."""
        with without_modes():
            source = self.recorder.sources.get(id(args[0]))
            grad = None if source is None else source.tensor.grad
            before = None if grad is None else self.recorder.borrowed.lend(grad, marked=True)
        result = func(*args)
        with without_modes():
            self._changing = [] if source is None else [(source, before)]
            self.after()
        return result

    def after(self) -> None:
        """Note the gradients that the finished call changed."""
        changing, self._changing = self._changing, []
        for source, before in changing:
            grad = source.tensor.grad
            if (
                grad is None
                if before is None
                else grad is not None and same(before, grad, self.recorder.limits)
            ):
                continue
            self.holds(source, grad)
            self._note(source, before, None if grad is None else self.recorder.borrowed.lend(grad))

    def _note(self, source: Source, before: Held | None, after: Held | None) -> None:
        recorder = self.recorder
        note = recorder.source(source.tensor).note
        # Writes while the engine runs are placed after the pass.
        at = 0 if recorder.running else len(recorder.notes)
        write = WriteNote(
            recorder.where.here()[0],
            recorder.notes,
            at,
            recorder.total_passes,
        )
        if self._noted and self._noted[-1].goes_on(write, note):
            self._noted[-1].add(note, before, after)
            return
        write.add(note, before, after)
        if self._noted and self._noted[-1].notes is not write.notes:  # a pass may have been dropped
            kept = {id(notes) for notes in self._stretches()}
            self._noted = [one for one in self._noted if id(one.notes) in kept]
        self._noted.append(write)

    def _stretches(self) -> Iterator[list[Note]]:
        """The lists of nodes made before and in each kept pass, and since the last one."""
        yield from (one.notes for one in self.recorder.passes)
        yield self.recorder.notes

    def assemble(
        self, id_of: Callable[[Note], int | None], array: Callable[[Held | None], Array | None]
    ) -> Iterator[Write]:
        """The writes in order, except those whose leaves are not nodes of the trace."""
        last = -1
        made_in: dict[int, list[WriteNote]] = {}
        for write in self._noted:
            made_in.setdefault(id(write.notes), []).append(write)
        for notes in self._stretches():
            ids = [id_of(note) for note in notes]
            known = (-1 if index is None else index for index in ids)
            newest = list(itertools.accumulate(known, max, initial=last))
            for write in made_in.get(id(notes), ()):
                leaves = [
                    (index, array(before), array(after))
                    for note, before, after in write.leaves
                    if (index := _node(note, id_of)) is not None
                ]
                if leaves:
                    nodes, held, left = zip(*leaves, strict=True)
                    yield Write(
                        span=write.site.span if write.site else None,
                        passes_before=write.passes,
                        nodes_before=1 + max(newest[write.at], *nodes),
                        nodes=nodes,
                        before=held,
                        after=left,
                    )
            last = newest[-1]


def _node(note: Note | None, id_of: Callable[[Note], int | None]) -> int | None:
    """The node of a leaf; a version that nothing used has none, but an earlier one may."""
    while note is not None and id_of(note) is None:
        note = note.replaces
    return None if note is None else id_of(note)
