"""The record of a running program: a node for each operation, the steps of each backward.

The engine's README.md describes how a call becomes a node and a hook becomes a step. The recorder
never changes what the program computes: it reads, and its hooks return None. `listener.py` has the
function mode and the hooks that call this module.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

import torch
from torch.nn.parameter import is_lazy

from viz_app.engine.record.arguments import arguments
from viz_app.engine.record.call_names import CallName
from viz_app.engine.record.hooked import hooked
from viz_app.engine.record.loans import Loans, copy_gradients
from viz_app.engine.record.location import Location
from viz_app.engine.record.notes import (
    OURS,
    Fn,
    Note,
    Operand,
    PassNote,
    RawScope,
    Source,
    number_note,
)
from viz_app.engine.record.origins import Origins
from viz_app.engine.record.pass_marks import PassMarks
from viz_app.engine.record.tensors import base_name, exhausted, fn_name, grad_fn, kind_of, tensors
from viz_app.engine.record.unfollowed import Unfollowed
from viz_app.engine.record.values import Held, same, settled
from viz_app.engine.text.positions import Places, Site
from viz_app.limits import Limits
from viz_app.model import Kind

Tensor = torch.Tensor
_SEQUENCES = (tuple, list)
_NUMBERS = frozenset({int, float, bool, complex})
_LENT = 64 * 2**20
"""Bytes of tensors held by reference from which those of finished passes become summaries."""


Noted = tuple[Source | None, Note | None]
"""The source of a tensor without `grad_fn`, or the note of its origin."""


class Describing:
    """A block that describes a call or a step: if it fails, that is left out, and the program
    continues."""

    __slots__ = ("recorder",)

    def __init__(self, recorder: "Recorder") -> None:
        self.recorder = recorder

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, problem: BaseException | None, _: object) -> bool:
        if not isinstance(problem, Exception):
            return False
        self.recorder.unable(problem)
        return True


class Recorder:
    """The notes of one run. `full(code)` is called at once when a budget is used up.

    `notes` are the nodes made since the last backward call, `passes` the backward calls kept: those
    that are `wanted`, or of a long run the first, the last and the `chosen` ones.
    """

    def __init__(
        self,
        places: Places,
        limits: Limits,
        full: Callable[[str], None],
        namespace: dict[str, Any],
    ) -> None:
        self.where = Location(places)
        self.namespace = namespace
        self.limits = limits
        self.full = full
        self.notes: list[Note] = []
        self.passes: list[PassNote] = []
        self.total_passes = 0
        self.pass_marks = PassMarks()
        self.wanted: frozenset[int] | None = None
        self.chosen: frozenset[int] = frozenset()
        self.running: PassNote | None = None
        self.by_fn: dict[Fn, Note | Source] = {}
        self.sources: dict[int, Source] = {}
        self.origins = Origins()
        self.unfollowed = Unfollowed(self)
        self.named_modules: list[tuple[str, torch.nn.Module, Site | None]] = []
        self.reached: dict[int, tuple[str, ...]] = {}
        self.left_out = 0
        self.describing = Describing(self)
        self.quiet = 0
        self._since = 0
        self._last_part = 0
        self._cut_off = False
        self.borrowed = Loans(limits)
        self._hooks = any("hook" in line for line in places.lines)
        self._kept = 0
        self._calls = 0
        self._epoch = 0

    @contextlib.contextmanager
    def silent(self) -> Iterator[None]:
        """Suspend recording inside a custom Function, whose forward is not shown."""
        self.quiet += 1
        try:
            yield
        finally:
            self.quiet -= 1

    def reaches(self, path: str, leaf: Tensor) -> None:
        """Add a path by which the program reaches a leaf, in all its versions."""
        self.reached[id(leaf)] = (*self.reached.get(id(leaf), ()), path)

    def name_modules(self, named: list[tuple[str, torch.nn.Module, Site | None]]) -> None:
        """Set the names of modules, the best first, in place of those known so far."""
        self.named_modules = named

    # ---- a call becomes a node ----------------------------------------------------------------

    def before(self, name: CallName, args: Any, kwargs: Any) -> tuple[Operand, ...]:
        """Note the operands of a call that is about to change its first argument, while they
        exist."""
        first = args[0] if args else next(iter(kwargs.values()), None)
        if self.running is not None and isinstance(first, Tensor):
            copy_gradients(self.running, [first])
        operands: tuple[Operand, ...] = ()
        # An update or initialisation of a leaf under no_grad is not in the graph.
        leaf = isinstance(first, Tensor) and first.is_leaf and first.requires_grad
        if (
            not leaf
            and torch.is_grad_enabled()
            and any(t.requires_grad for t in tensors((args, kwargs)))
        ):
            operands = self.operands(name, args, kwargs, None)
        # An optimiser's fused step writes to all of its lists.
        fused = name.plain.startswith("fused_")
        for changing in tensors((args, kwargs) if fused else (first, kwargs.get("out"))):
            self.borrowed.reclaim(changing)
        return operands

    def called(
        self,
        name: CallName,
        args: Any,
        kwargs: Any,
        result: Any,
        operands: tuple[Operand, ...] = (),
    ) -> None:
        """Note a call's result: a node for each new `grad_fn` among its outputs."""
        if name.changes:
            self._epoch += 1
            if not isinstance(result, Tensor):
                result = args[0] if args else None
        call: int | None = None
        for out in (result,) if isinstance(result, Tensor) else tensors(result):
            fn = grad_fn(out)
            if fn is not None and fn in self.by_fn:
                self.note_of(out)
                continue
            if fn is None and out.requires_grad and id(out) in self.sources and not name.changes:
                continue
            if call is None:
                self._calls += 1
                call = self._calls
                site, scope = self.where.here()
            if fn is not None:
                operands = operands or self.operands(name, args, kwargs, site)
                note = self._node("op", fn, site, scope, call)
                note.op, note.operands = name.plain, operands
                if not name.arithmetic or any(
                    entry is not None and entry[0].call == call for entry in note.inputs
                ):
                    note.arguments = arguments(args, kwargs)
                note.values[out.output_nr] = self.borrowed.lend(out)
            elif out.requires_grad:
                self._leaf(name, out, site, scope)
            else:
                self._origin(name, out, args, operands, site, scope, call)
                if out is result and not self.quiet and self.running is None:
                    self.unfollowed.result(name, out, args, kwargs, (site, scope, call))

    def _node(
        self, kind: Kind, fn: Fn, site: Site | None, scope: RawScope, call: int | None
    ) -> Note:
        """Note a new autograd node and, before it, the hidden ones between it and known ones."""
        number = self.running.number if self.running else None
        note = Note(kind, None, fn, site, scope, call, number, fn_name(fn))
        note.unseen = self._unseen(fn)
        self.by_fn[fn] = note
        # An iterative walk: a thousand nodes in a row would break a recursive one.
        hidden: list[Note] = []
        walk = [note]
        by_fn = self.by_fn
        while walk:
            one = walk.pop()
            inputs: list[tuple[Note, int] | None] = []
            for before, output in one.fn.next_functions:
                if before is None:
                    inputs.append(None)
                    continue
                known = by_fn.get(before)
                if known is None and (variable := getattr(before, "variable", None)) is not None:
                    known = by_fn[before] = self.source(variable)
                    known.unhooked.append(before)
                elif known is None and self._unseen(before):
                    one.unseen = True
                    inputs.append(None)
                    continue
                elif known is None:
                    name = fn_name(before)
                    known = Note("hidden", None, before, site, scope, call, number, name)
                    by_fn[before] = known
                    hidden.append(known)
                    walk.append(known)
                if isinstance(known, Source):
                    if known.epoch != self._epoch:
                        self._refresh(known)
                    known = known.note
                inputs.append((known, output))
            one.inputs = tuple(inputs)
        for one in sorted(hidden, key=lambda h: h.fn._sequence_nr()):
            self._keep(one)
        self._keep(note)
        return note

    def _unseen(self, fn: Fn) -> bool:
        """True if an autograd node that is not known was made before the recording went on."""
        return self._since > 0 and fn._sequence_nr() < self._since

    def _keep(self, note: Note) -> None:
        self.notes.append(note)
        self._kept += 1
        if self._kept > self.limits.nodes:
            self.full("limit_nodes")

    def operands(
        self,
        name: CallName,
        args: Any,
        kwargs: Any,
        site: Site | None,
        note_of: Callable[[Tensor], tuple[Note, int]] | None = None,
        keep: Callable[[Note], None] | None = None,
    ) -> tuple[Operand, ...]:
        """The operands of a call. `note_of` finds a tensor's note and `keep` keeps that of a
        number: those of the graph, unless others are given."""
        note_of, keep = note_of or self.note_of, keep or self._keep
        found = []
        index = -1
        for value in (*args, *kwargs.values()) if kwargs else args:
            if isinstance(value, Tensor):
                index += 1
                position = 1 - index if name.swapped and index < 2 else index
                note, output = note_of(value)
                found.append(Operand(note, output, position))
            elif isinstance(value, _SEQUENCES):
                for part in tensors(value):
                    index += 1
                    found.append(Operand(*note_of(part), index))
            else:
                index += 1
                if name.arithmetic and index < 2 and type(value) in _NUMBERS:
                    note = number_note(value)
                    keep(note)
                    position = 1 - index if name.swapped else index
                    found.append(Operand(note, 0, position))
                    if index == 1 and name.plain in ("add", "mul") and self._first(site, value):
                        found = [o._replace(position=1 - o.position) for o in found]
        return tuple(found)

    def _first(self, site: Site | None, value: Any) -> bool:
        """True if the text has `2 * x`: torch reports it just like `x * 2`."""
        left = site.left if site else None
        if isinstance(left, str):
            left = self.namespace.get(left)
        return type(left) is type(value) and bool(left == value)

    # ---- tensors that no recorded operation made ----------------------------------------------

    def note_of(self, tensor: Tensor) -> tuple[Note, int]:
        """The node and output number behind any tensor, noted on the spot if it is new."""
        fn = grad_fn(tensor)
        if fn is None:
            return self.source(tensor).note, 0
        note = self.by_fn.get(fn)
        if note is None:
            # Made without a reported call: inside a torch.func transform, by create_graph, by
            # iterating, or a view that autograd recreated after its base had changed.
            site, scope = self.where.here()
            note = self._node("op", fn, site, scope, None)
        assert isinstance(note, Note)
        if (output := tensor.output_nr) not in note.values:
            note.values[output] = self.borrowed.lend(tensor)
            if note.kind == "hidden" or note.op is None:
                note.kind, note.op = "op", note.op or base_name(note.grad_fn or "")
        return note, output

    def source(self, tensor: Tensor) -> Source:
        """The leaf or constant behind a tensor without `grad_fn`, in its current version."""
        known = self.sources.get(id(tensor))
        if known is not None:
            self._refresh(known)
            return known
        note = Note(kind_of(tensor), None)
        origin = self.origins.remove(tensor)
        if origin is not None:
            if origin.source is not None:  # a cut that was noted when it got its name
                note = origin
            else:
                note.site, note.scope, note.names = origin.site, origin.scope, origin.names
            if note.kind == "constant":
                note.op, note.operands, note.call = origin.op, origin.operands, origin.call
                note.unrecorded = origin.unrecorded
        known = Source(tensor, note, self._epoch)
        note.source = known
        note.values[0] = self._value(tensor, note.kind)
        self.sources[id(tensor)] = known
        self._keep(note)
        return known

    def _value(self, tensor: Tensor, kind: Kind) -> Held | None:
        # A parameter is not made from someone's array, so every write to it is reported.
        hold = self.borrowed.lend if kind == "parameter" else self.borrowed.snapshot
        return hold(tensor, marked=True)

    def _refresh(
        self, source: Source, op: str | None = None, at: tuple[Site | None, RawScope] | None = None
    ) -> None:
        """Make a new node for a leaf that was changed in place since it was last seen."""
        if source.epoch == self._epoch:
            return
        source.epoch = self._epoch
        tensor, old = source.tensor, source.note
        kind = kind_of(tensor)
        if old.values.get(0) is None and not is_lazy(tensor):
            # A lazy layer's parameter has its numbers from now on.
            old.values[0] = self._value(tensor, kind)
        if kind == old.kind and same(old.values.get(0), tensor, self.limits):
            return
        self._renew(source, op, at or self.where.here(), old.names, old)

    def _renew(
        self,
        source: Source,
        op: str | None,
        at: tuple[Site | None, RawScope],
        names: tuple[tuple[str, int], ...],
        replaces: Note | None,
    ) -> None:
        """Make a new node for a leaf; `replaces` is the one whose new value it is."""
        kind = kind_of(source.tensor)
        note = Note(kind, op, site=at[0], scope=at[1])
        note.source, note.replaces = source, replaces
        note.values[0] = self._value(source.tensor, kind)
        note.names = names
        source.note = note
        self._keep(note)

    def to_swap(self, first: Tensor, second: Tensor) -> tuple[Noted, Noted]:
        """Let go of two tensors that are about to exchange all they are but their identity."""
        return (self._let_go(first), self._let_go(second))

    def _let_go(self, tensor: Tensor) -> Noted:
        return self.sources.pop(id(tensor), None), self.origins.remove(tensor)

    def swapped(self, first: Tensor, second: Tensor, noted: tuple[Noted, Noted]) -> None:
        """Note that they have. Each leaf is the other Python object now, with its hooks, and a node
        of its own with the other's name."""
        self._epoch += 1
        known = [origin if source is None else source.note for source, origin in noted]
        names = [() if note is None else note.names for note in known]
        for (source, origin), tensor, called in zip(
            noted, (second, first), reversed(names), strict=True
        ):
            if source is not None:
                source.tensor = tensor
                self.sources[id(tensor)] = source
                self._renew(source, None, self.where.here(), called, None)
            elif origin is not None:
                origin.names = called
                self.origins.remember(tensor, origin)

    def look_again(self) -> None:
        """Find, at the program's end, the leaves that were changed without a reported call."""
        self._epoch += 1
        for source in self._without_graph():
            self._refresh(source)

    def _without_graph(self) -> list[Source]:
        """The sources that are still such: an operation may have changed their kind."""
        return [it for it in self.sources.values() if grad_fn(it.tensor) is None]

    def _leaf(self, name: CallName, out: Tensor, site: Site | None, scope: RawScope) -> None:
        known = self.sources.get(id(out))
        if known is not None:
            self._refresh(known, name.plain, (site, scope))
        elif isinstance(out, torch.nn.Parameter):
            self.made(out)  # a layer is being made
        elif name.plain == "requires_grad" or not (name.changes or out._is_view()):
            note = self.source(out).note
            note.site, note.scope = note.site or site, note.scope or scope

    def made(self, tensor: Tensor) -> Note:
        """Note a tensor that came about here without a reported call; it becomes a node once it
        takes part."""
        note = self.origins.of(tensor)
        if note is None:
            site, scope = self.where.here()
            note = Note(kind_of(tensor), None, site=site, scope=scope)
            self.origins.remember(tensor, note)
        return note

    def _origin(
        self,
        name: CallName,
        out: Tensor,
        args: Any,
        operands: tuple[Operand, ...],
        site: Site | None,
        scope: RawScope,
        call: int | None,
    ) -> None:
        """Remember the origin of a result without gradient, and what it was cut from."""
        old = self.origins.of(out)
        if old is not None:
            if name.changes and old.op in ("data", "detach"):
                for operand in old.operands:  # p.data.add_(...) writes to p itself
                    if operand.note.source is not None:
                        self._refresh(operand.note.source, name.plain, (site, scope))
            return
        if id(out) in self.sources or (self.running and not torch.is_grad_enabled()):
            return
        note = Note("constant", name.plain, site=site, scope=scope, call=call)
        note.unrecorded = not torch.is_grad_enabled()
        if not self.quiet:
            note.operands = operands or tuple(
                Operand(*self.note_of(value), position)
                for position, value in enumerate(args)
                if isinstance(value, Tensor) and value.requires_grad
            )
        self.origins.remember(out, note)

    # ---- names --------------------------------------------------------------------------------

    def bind(self, name: str, value: Any) -> None:
        """Note that the program gave a value a name; called after each assignment."""
        if isinstance(value, torch.nn.Module):
            if name.isidentifier():
                self.named_modules.append((name, value, self.where.here()[0]))
            return
        dotted = not name.isidentifier()
        if grad_fn(value) is not None or id(value) in self.sources:
            note, output = self.note_of(value)
            note.rename(name, output)
        elif value.requires_grad:
            if not dotted:  # a module's own parameters are named after the module, later
                note = self.source(value).note
                note.rename(name, 0)
                if note.site is None:
                    note.site, note.scope = self.where.here()
            else:
                self.made(value)
        else:
            origin = self.made(value)
            origin.rename(name, 0)
            if origin.operands and not self.quiet:
                self.source(value)  # a named cut is worth a node even if nothing uses it

    # ---- a hook becomes a step ----------------------------------------------------------------

    def begin(self, kind: Literal["backward", "grad"], roots: Any, initial: Any) -> PassNote:
        """Note a backward call that begins at `roots` with their `initial` gradients, and its
        place."""
        starts = []
        for root, grad in zip(roots, initial, strict=False):
            if isinstance(root, Tensor) and root.requires_grad:
                starts.append((*self.note_of(root), grad))
        self.counted()
        notes, self.notes = self.notes, []
        number = self.total_passes
        this = PassNote(number, kind, self.where.here()[0], starts, notes, len(notes))
        if not starts:
            this.refused = tuple(map(self.unfollowed.root, roots))
        self.passes.append(this)
        for _, _, grad in starts:
            if grad is not None:
                self.borrowed.given(this, grad)
        return this

    @contextlib.contextmanager
    def inside(self, this: PassNote) -> Iterator[None]:
        """Attribute everything made during the engine's run to this pass."""
        self.running = this
        try:
            yield
        finally:
            self.running = None

    def leaf_hooked(self, fn: Fn, source: Source) -> None:
        """Note a leaf's own autograd node, which no call reported."""
        self.by_fn[fn] = source

    def leaves(self) -> list[Note]:
        """The leaves that the first backward call reaches, in the order of `rerun`'s walk."""
        found: dict[int, Note] = {}
        walk = [note for note, _, _ in self.passes[0].roots]
        seen: set[int] = set()
        while walk:
            note = walk.pop()
            if note.source is not None:
                found.setdefault(id(note.source), note)
            elif id(note) not in seen:
                seen.add(id(note))
                walk.extend(entry[0] for entry in note.inputs if entry is not None)
        return list(found.values())

    def end(self, this: PassNote, returned: Any) -> None:
        """Note the graph a finished backward call made and what it returned, and forget old passes.

        `returned` are (input, gradient) pairs of `autograd.grad`.
        """
        for ran in this.ran:
            for sent in ran.sent:
                if sent is not None and sent.requires_grad:
                    with self.inside(this):
                        self.note_of(sent)
        for tensor, grad in returned:
            note, output = self.note_of(tensor)
            if note.fn is not None:
                note.grads = (*note.grads, (output, self.borrowed.snapshot(grad)))
        copy_gradients(this, [grad for _, grad in returned])
        if self._hooks:
            for grad in tensors([(ran.sent, ran.arrived) for ran in this.ran]):
                self.borrowed.given(this, grad)
        this.notes.extend(self.notes)
        self.notes.clear()
        this.whole = this.number > self._last_part and not self._cut_off
        if self.borrowed.lent > _LENT:
            self.settle()
        self._roll()

    def choose(self, number: int) -> None:
        """Keep this pass of a long run, too, and the next one, before which its step is."""
        self.chosen = frozenset((number, number + 1))

    def keep_only(self, wanted: Iterable[int]) -> None:
        """Keep these passes and no others."""
        self.wanted = frozenset(wanted)

    def _roll(self) -> None:
        """Drop passes that are not kept: those not wanted, or of a long run those in the middle."""
        passes, limits = self.passes, self.limits
        if self.wanted is not None:
            # What the next passes use may have been noted in the latest one, or in the first one
            # after a pause.
            late = self.total_passes >= max(self.wanted)
            for one in [it for it in passes if not self._is_wanted(it)]:
                if late or one.number not in (self._last_part, self.total_passes):
                    passes.remove(one)
                    self._drop(one)
            return
        free = [it for it in passes if it.number not in self.chosen]
        while len(free) > limits.passes_whole or (
            self._kept > limits.nodes_whole and len(free) > limits.passes_least
        ):
            middle = free.pop(len(free) // 2)
            passes.remove(middle)
            self._drop(middle)

    def _is_wanted(self, one: PassNote) -> bool:
        return one.whole and self.wanted is not None and one.number in self.wanted

    @property
    def sated(self) -> bool:
        """True once as many passes, or nodes, are recorded as are kept of a long run."""
        limits = self.limits
        return len(self.passes) >= limits.passes_whole or (
            self._kept > limits.nodes_whole and len(self.passes) >= limits.passes_least
        )

    def finish(self) -> None:
        """Drop the remaining notes of passes that are not wanted."""
        for one in [it for it in self.passes if self.wanted and not self._is_wanted(it)]:
            self.passes.remove(one)
            self._drop(one)

    def missing(self) -> bool:
        """True if a wanted pass was not recorded completely."""
        return self.wanted is not None and not self.wanted <= {it.number for it in self.passes}

    def counted(self) -> None:
        """Count a backward call."""
        self.total_passes += 1
        if self.total_passes > self.limits.passes:
            self.full("limit_passes")

    def leave(self) -> None:
        """Let go of the program: no hook is on its leaves, and nothing is kept by reference."""
        self.borrowed.close()
        for source in self.sources.values():
            for hooks in source.hooks:
                hooks.pop(OURS, None)
            source.hooks = ()
            source.unhooked.extend(source.hooked)
            source.hooked.clear()

    def resume(self) -> None:
        """Go on with the record: any leaf may have changed, and autograd nodes were made unseen."""
        self._epoch += 1
        self._since = torch._C._autograd._get_sequence_nr()
        self._last_part = self.total_passes + 1
        self._cut_off = False
        for source in self._without_graph():
            self._refresh(source, None, (source.note.site, ()))

    def reaches_unseen(self) -> None:
        """Note that a pass ran nodes that were made unseen: neither it nor a later one is whole."""
        self._cut_off = True

    def recall(self, name: str, tensor: Tensor) -> None:
        """Give a tensor the name that it got while nothing was recorded; where is not known."""
        fn = grad_fn(tensor)
        if fn is not None:
            if isinstance(made := self.by_fn.get(fn), Note):
                made.rename(name, tensor.output_nr)
            return
        known = self.sources.get(id(tensor))
        note = known.note if known is not None else self.origins.of(tensor)
        if note is None:
            note = Note(kind_of(tensor), None)
            self.origins.remember(tensor, note)
        note.rename(name, 0)

    def unable(self, problem: BaseException) -> None:
        """Leave out a call or step that can't be described; the program continues without it."""
        self.left_out += 1
        if exhausted(problem):
            self.release()

    def release(self) -> None:
        """Keep less, for memory is used up."""
        while len(self.passes) > self.limits.passes_least:
            self._drop(self.passes.pop(len(self.passes) // 2))
        self.settle()

    def settle(self) -> None:
        """Summarise the large tensors of all finished passes."""
        self.borrowed.settle()
        for one in self.passes:
            if one.hooked is not None:
                continue
            one.hooked = hooked(one)
            known: dict[int, Any] = {}

            def kept(grads: tuple[Any, ...], known: dict[int, Any] = known) -> tuple[Any, ...]:
                for grad in grads:
                    if id(grad) not in known:
                        known[id(grad)] = settled(grad, self.limits)
                return tuple(known[id(grad)] for grad in grads)

            one.ran = [
                ran._replace(sent=kept(ran.sent), arrived=kept(ran.arrived)) for ran in one.ran
            ]
            one.roots = [(note, output, None) for note, output, _ in one.roots]

    def _drop(self, old: PassNote) -> None:
        """Forget a pass in the middle of a long run: its nodes, its hooks and its tensors."""
        self._hand_on(old)
        self._kept -= len(old.notes)
        self.borrowed.forget(old)
        for note in old.notes:
            source = note.source
            if note.fn is not None:
                self.by_fn.pop(note.fn, None)
            elif source is not None and source.note is note:
                self.sources.pop(id(source.tensor), None)
                self.origins.remember(source.tensor, note.again())
                for fn in (*source.unhooked, *source.hooked):
                    self.by_fn.pop(fn, None)
                note.hooks = source.hooks
            for hooks in note.hooks:
                hooks.pop(OURS, None)
            note.fn, note.replaces, note.inputs, note.operands = None, None, (), ()
            note.saved, note.jacobians, note.hooks, note.arguments = (), (), (), ()
        old.ran.clear()

    def _hand_on(self, old: PassNote) -> None:
        """Give the nodes of a dropped pass that a later one has run to the pass that follows it."""
        later = next((it for it in self.passes if it.number > old.number), None)
        if later is None or self._kept > self.limits.nodes_whole:  # a graph that grows and grows
            return
        taken: list[Note] = []
        needed: set[int] = set()
        for note in reversed(old.notes):
            if note.ran_in > old.number or id(note) in needed:
                taken.append(note)
                needed.update(id(entry[0]) for entry in note.inputs if entry is not None)
                needed.update(id(operand.note) for operand in note.operands)
        if taken:
            gone = set(taken)
            old.notes = [note for note in old.notes if note not in gone]
            later.notes[:0] = reversed(taken)
            later.forward += len(taken)
