"""Operations that autograd did not record, for the graph of a program that got no gradient.

A program without `requires_grad`, or one whose root was computed under `no_grad`, has operations
but no autograd nodes. The first results without gradient are noted with their operands and values,
up to a budget; they become nodes only if the run needs them: if it recorded nothing at all, or if
its last backward call was refused because its root has no history.
"""

from typing import TYPE_CHECKING, Any, Final

import torch

from viz_app.engine.record.arguments import arguments
from viz_app.engine.record.call_names import CallName
from viz_app.engine.record.notes import Note, RawScope
from viz_app.engine.record.values import same
from viz_app.engine.text.positions import Site

if TYPE_CHECKING:
    from viz_app.engine.record.recorder import Recorder

RESULTS: Final = 256
"""Maximum number of notes: enough for a lesson's program, and little work for a long one."""
ELEMENTS: Final = 2**20
"""Maximum number of elements of all their values together."""
SETTINGS: Final = frozenset({"requires_grad", "data", "detach"})
"""Calls that return their operand's own numbers and compute nothing."""

At = tuple[Site | None, RawScope, int | None]
"""The place of a call in the text and in the program's structure, and its number."""


class Unfollowed:
    """The notes of results without gradient, in the order in which they were made."""

    def __init__(self, recorder: "Recorder") -> None:
        self.recorder = recorder
        self.notes: list[Note] = []
        self._elements = ELEMENTS
        self._later: dict[Note, Note] = {}
        """The first version of a tensor that was changed in place -> its present one."""

    def result(self, name: CallName, out: torch.Tensor, args: Any, kwargs: Any, at: At) -> None:
        """Note the operands and the value of a call's result, in its own note; in a new one if the
        call changed a tensor in place."""
        first = self.recorder.origins.of(out)
        if first is None or out.numel() > self._elements or len(self.notes) >= RESULTS:
            return
        site, scope, call = at
        note, old = first, None
        if first.call != call:
            old = self._later.get(first, first)
            if not name.changes or name.plain in SETTINGS or 0 not in old.values:
                return
            note = Note("constant", name.plain, site=site, scope=scope, call=call)
            self._later[first] = note
            note.names = first.names
        note.made_of = self.recorder.operands(
            name, args, kwargs, site,
            note_of=lambda one: (old, 0) if one is out and old is not None else self._operand(one),
            keep=self.notes.append,
        )  # fmt: skip
        if not name.arithmetic:
            note.arguments = arguments(args, kwargs)
        self._value(note, out)

    def root(self, tensor: torch.Tensor) -> Note | None:
        """The note of a tensor at which no backward call can begin, None if it has none."""
        source = self.recorder.sources.get(id(tensor))
        if source is not None:
            return source.note
        note = self.recorder.origins.of(tensor)
        return None if note is None else self._later.get(note, note)

    def nodes(self) -> list[Note]:
        """The notes that become nodes at the end of the run: those that the root of the last
        backward call was made from, if it was refused, and all named results if there is nothing
        else to show."""
        recorder = self.recorder
        known = [note for one in recorder.passes for note in one.notes] + recorder.notes
        for first, last in self._later.items():
            last.names = first.names
        walk: list[Note] = []
        if recorder.passes:
            walk += filter(None, recorder.passes[-1].refused)
        if all(note.kind == "constant" for note in known):
            walk += [note for note in self.notes if note.names and note.made_of]
        kept = {id(note) for note in known}
        wanted: set[int] = set()
        while walk:
            note = walk.pop()
            if id(note) not in kept and id(note) not in wanted:
                wanted.add(id(note))
                walk.extend(one.note for one in note.made_of)
        found = [note for note in self.notes if id(note) in wanted]
        for note in found:
            if note.made_of:
                note.kind, note.operands = "op", note.made_of
        return found

    def _operand(self, tensor: torch.Tensor) -> tuple[Note, int]:
        """The note of an operand in its present version."""
        recorder = self.recorder
        if tensor.requires_grad or id(tensor) in recorder.sources:
            return recorder.note_of(tensor)
        first = recorder.made(tensor)
        note = self._later.get(first, first)
        if 0 in note.values:
            if same(note.values[0], tensor, recorder.limits):
                return note, 0
            # It was written to without a call that was reported.
            note = Note(note.kind, None, site=note.site, scope=note.scope)
            self._later[first] = note
            note.names = first.names
        self._value(note, tensor)
        return note, 0

    def _value(self, note: Note, tensor: torch.Tensor) -> None:
        small = tensor.numel() <= self._elements
        note.values[0] = self.recorder.borrowed.lend(tensor) if small else None
        self._elements -= tensor.numel() if small else 0
        self.notes.append(note)
