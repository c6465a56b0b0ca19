"""The recorder's notes -> the nodes, edges, passes and steps of a Trace, after the run."""

from collections.abc import Iterator, Set
from keyword import iskeyword
from typing import Any

import msgspec
import torch

from viz_app.engine.record.arguments import kept, plain
from viz_app.engine.record.hooked import hooked as found_hooked
from viz_app.engine.record.layer_sites import layers
from viz_app.engine.record.notes import Note, PassNote, RawScope
from viz_app.engine.record.recorder import Recorder
from viz_app.engine.record.tensors import grad_fn, own_grad
from viz_app.engine.record.values import Held, Summary, array, number, opened, snapshot
from viz_app.engine.scrub import words_of
from viz_app.engine.text.positions import Places, Site
from viz_app.limits import Limits
from viz_app.model import (
    Argument,
    Array,
    Edge,
    Name,
    Node,
    Pass,
    Scope,
    Send,
    Span,
    Step,
    Stopped,
    Truncation,
)

_SAVED = 64
"""Maximum number of elements of a saved tensor kept whole: most repeat a value in the trace."""

_PATHS = 4
"""Maximum number of paths kept of one parameter, as of a tied weight."""

_SCOPES = 12
"""Number of frames kept from the outside and from the inside of a scope; those between are left
out."""


class Assembled:
    """The graph of one run as the model's nouns; `ids` finds the node of a note.

    `hurried`: the run was stopped, and its client waits for as long as a few numbers take.
    """

    def __init__(
        self,
        recorder: Recorder,
        limits: Limits,
        places: Places,
        hooks: bool,
        *,
        hurried: bool = False,
    ) -> None:
        self.recorder = recorder
        self.limits = limits = _fitting(recorder, limits, limits.numbers // (4 if hurried else 1))
        self.places = places
        self.hooks = hooks
        self._saved_limits = msgspec.structs.replace(limits, elements=_SAVED)
        self.module_paths = _module_paths(recorder)
        self.parameter_names = _parameter_names(recorder)
        self.parameter_sites = _parameter_sites(recorder)
        self._arrays: dict[int, tuple[Any, Array | None]] = {}
        unfollowed = recorder.unfollowed.nodes()
        targets = [list(_targets(one)) for one in recorder.passes]
        reached = {id(note) for target in targets for note in target}
        self.notes = [
            *_in_order(recorder, self.parameter_names, unfollowed, reached, limits),
            *unfollowed,
        ]
        self.ids = {id(note): index for index, note in enumerate(self.notes)}
        outputs = self._outputs()
        grads = self._grads(targets)
        self.edges: list[Edge] = []
        self.slot_edges: dict[tuple[int, int], int] = {}
        for note in self.notes:
            self._edges_of(note)
        self.nodes = tuple(self._node(note, outputs, grads) for note in self.notes)
        self.passes: list[Pass] = []
        self.steps: list[Step] = []
        self._last_made = -1
        for one, target in zip(recorder.passes, targets, strict=True):
            self._pass(one, target)

    def truncated(self) -> Truncation | None:
        """The part of a long run that was left out, None if nothing was."""
        kept = tuple(one.number for one in self.recorder.passes)
        total = self.recorder.total_passes
        return Truncation("passes", kept, total) if len(kept) < total else None

    def node_of(self, tensor: torch.Tensor) -> tuple[int, int] | None:
        """(node, output) of a live tensor, None if it took no part."""
        fn = grad_fn(tensor)
        if fn is not None:
            note = self.recorder.by_fn.get(fn)
            output = tensor.output_nr
        else:
            source = self.recorder.sources.get(id(tensor))
            note, output = source.note if source else self.recorder.origins.of(tensor), 0
        index = self.ids.get(id(note))
        return None if index is None else (index, output)

    def id_of(self, note: Note) -> int | None:
        """The node of a note, None if it is not in the trace."""
        return self.ids.get(id(note))

    def array(self, held: Held | torch.Tensor | None) -> Array | None:
        """A value's numbers; a gradient that occurs several times is converted once."""
        if held is None:
            return None
        found = opened(held)
        known = self._arrays.get(id(found))
        if known is None:
            known = (found, array(_plain(found), self.limits))
            self._arrays[id(found)] = known
        return known[1]

    def layers(self) -> dict[Span, tuple[int, ...]]:
        """The nodes of the layers that were made at each span of the text."""
        return {
            span: tuple(self.ids[id(note)] for note in notes)
            for span, notes in layers(self.notes, self.places).items()
        }

    # ---- nodes --------------------------------------------------------------------------------

    def _outputs(self) -> dict[int, int]:
        count = {id(note): 1 + max(note.values, default=0) for note in self.notes}
        for note in self.notes:
            for entry in note.inputs:
                if entry is not None:
                    key = id(entry[0])
                    count[key] = max(count.get(key, 1), entry[1] + 1)
        for one in self.recorder.passes:
            for ran in one.ran:
                if ran.note is not None:
                    key = id(ran.note)
                    count[key] = max(count.get(key, 1), len(ran.arrived))
        return count

    def _grads(self, targets: list[list[Note | None]]) -> dict[int, dict[int, Array | None]]:
        grads: dict[int, dict[int, Array | None]] = {}
        for one, target in zip(self.recorder.passes, targets, strict=True):
            for ran, note in zip(one.ran, target, strict=True):
                if ran.source is not None:
                    grads[id(note)] = {0: self.array(ran.after)}
                else:
                    grads[id(note)] = {i: self.array(g) for i, g in enumerate(ran.arrived)}
        for note in self.notes:
            if note.grads:
                grads[id(note)] = {i: self.array(g) for i, g in note.grads}
            source = note.source
            if source is not None and source.note is note and note.kind != "constant":
                grad = own_grad(source.tensor)
                grads[id(note)] = {0: None if grad is None else self.array(snapshot(grad))}
        return grads

    def _node(
        self, note: Note, outputs: dict[int, int], grads: dict[int, dict[int, Array | None]]
    ) -> Node:
        count = outputs[id(note)]
        own = grads.get(id(note), {})
        value = number(note.number) if note.number is not None else None
        names = [Name(text, output) for text, output in note.names]
        if note.source is not None:
            known = {name.text for name in names}
            paths = self.parameter_names.get(id(note.source.tensor), ())
            names = [Name(path) for path in paths if path not in known] + names
        site = note.site
        if site is None and note.source is not None:  # a copy of a whole module made it
            site = self.parameter_sites.get(id(note.source.tensor))
        settings = tuple(kept(note.fn)) if note.fn is not None else ()
        replaced = note.replaces
        while replaced is not None and id(replaced) not in self.ids:
            replaced = replaced.replaces  # a version that nothing used is left out
        return Node(
            id=self.ids[id(note)],
            kind=note.kind,
            op=note.op,
            grad_fn=note.grad_fn,
            names=tuple(names),
            span=site.span if site else None,
            call=note.call,
            scope=self._scope(note.scope),
            pass_number=note.pass_number,
            inputs=tuple(
                (self.ids[id(entry[0])], entry[1])
                if entry is not None and id(entry[0]) in self.ids
                else None
                for entry in note.inputs
            ),
            outputs=count,
            values=(value,)
            if value is not None
            else tuple(self.array(note.values.get(i)) for i in range(count)),
            grads=tuple(own.get(i) for i in range(count)),
            requires_grad=note.kind != "constant" and not note.made_of,
            saved=tuple(
                (label, found)
                for label, held in note.saved
                if (found := array(held, self._saved(note, held)))
            )
            + tuple(
                (name, Array((), "torch.complex128", ((number.real, number.imag),)))
                for name, number in settings
                if isinstance(number, complex)
            ),
            replaces=self.ids.get(id(replaced)) if replaced is not None else None,
            jacobians=tuple(map(self._matrix, note.jacobians)),
            retains=note.retains,
            settings=tuple(
                (name, value) for name, value in settings if not isinstance(value, complex)
            ),
            arguments=tuple(self._argument(note, *one) for one in note.arguments),
            unrecorded=note.unrecorded,
        )

    def _saved(self, note: Note, held: Held | None) -> Limits:
        """The limits for a saved tensor: whole if no value of the trace repeats it."""
        found = opened(held)
        if note.kind == "hidden" or found is None or isinstance(found, Summary):
            return self.limits
        dtype = found[1] if isinstance(found, tuple) else found.dtype
        return self._saved_limits if dtype.is_floating_point else self.limits

    def _argument(self, note: Note, name: str, value: Any, is_tensor: bool) -> Argument:
        if is_tensor:
            given = [one for one in note.operands if one.note.number is None]
            operand = given[value] if value < len(given) else None
            index = None if operand is None else self.ids.get(id(operand.note))
            if operand is None or index is None:
                return Argument(name, unknown=True)
            return Argument(name, tensor=(index, operand.output))
        found, known = plain(value)
        return Argument(name, found, unknown=not known)

    def _matrix(self, held: Held | None) -> Array | None:
        """A Jacobian, whole or not at all."""
        found = self.array(held)
        return None if found is None or found.truncated else found

    def _scope(self, scope: RawScope) -> tuple[Scope, ...]:
        scopes = []
        if len(scope) > 2 * _SCOPES:  # a recursion: a thousand frames around a thousand nodes
            scope = scope[:_SCOPES] + scope[-_SCOPES:]
        for kind, what, ordinal in scope:
            if kind == "module":
                name = self.module_paths.get(id(what)) or type(what).__name__
                scopes.append(Scope("module", name, ordinal))
            else:
                region = self.places.regions[what]
                if region.is_loop:
                    scopes.append(Scope("loop", region.label, ordinal, region.line))
                else:
                    scopes.append(Scope("function", region.label, ordinal))
        return tuple(scopes)

    # ---- edges --------------------------------------------------------------------------------

    def _edges_of(self, note: Note) -> None:
        target = self.ids[id(note)]
        waiting = list(note.operands)
        for slot, entry in enumerate(note.inputs):
            if entry is None or id(entry[0]) not in self.ids:
                continue
            position = None
            for operand in waiting:
                if operand.note is entry[0] and operand.output == entry[1]:
                    position = operand.position
                    waiting.remove(operand)
                    break
            self.slot_edges[target, slot] = len(self.edges)
            self._edge(entry[0], entry[1], target, slot, position)
        for operand in waiting:
            if operand.note.kind == "constant" or note.kind == "constant" or note.made_of:
                self._edge(operand.note, operand.output, target, None, operand.position)

    def _edge(
        self, source: Note, output: int, target: int, slot: int | None, position: int | None
    ) -> None:
        index = self.ids.get(id(source))
        if index is not None and index != target:
            self.edges.append(Edge(len(self.edges), index, output, target, slot, position))

    # ---- backward -----------------------------------------------------------------------------

    def _pass(self, one: PassNote, targets: list[Note | None]) -> None:
        before = [self.ids[id(n)] for n in one.notes[: one.forward] if id(n) in self.ids]
        nodes_before = 1 + max(before, default=self._last_made)
        refused = next((self.ids.get(id(root)) for root in one.refused), None)
        if refused is not None:
            nodes_before = len(self.nodes)  # the nodes that its root was made from come last
        made = (self.ids[id(n)] for n in one.notes if id(n) in self.ids)
        self._last_made = max(made, default=self._last_made)
        roots = tuple((self.ids[id(n)], output) for n, output, _ in one.roots if id(n) in self.ids)
        span = one.site.span if one.site else None
        self.passes.append(
            Pass(
                one.number, one.kind, span, nodes_before, roots, one.keeps, self._stopped(one),
                refused,
            )
        )  # fmt: skip
        hooked = found_hooked(one) if self.hooks else frozenset()
        for order, (ran, note) in enumerate(zip(one.ran, targets, strict=True), start=1):
            index = self.ids.get(id(note))
            if note is None or index is None:
                continue
            sends = tuple(
                Send(self.slot_edges[index, slot], self.array(grad))
                for slot, grad in enumerate(ran.sent)
                if (index, slot) in self.slot_edges
            )
            self.steps.append(
                Step(
                    pass_number=one.number,
                    order=order,
                    node=index,
                    grad_fn=(note.grad_fn or "") if ran.source is None else "AccumulateGrad",
                    upstream=tuple(self.array(grad) for grad in ran.arrived),
                    sends=sends,
                    hooked=order - 1 in hooked,
                    before=self.array(ran.before),
                    accumulated=self.array(ran.after),
                )
            )

    def _stopped(self, one: PassNote) -> Stopped | None:
        """The place where an error ended the pass; a leaf's node is the version that was used."""
        if one.stop is None:
            return None
        at, error = one.stop.at, one.stop.error
        index = self.ids.get(id(at if isinstance(at, Note) else at.note))
        if index is None:
            return None
        return Stopped(
            index,
            tuple(map(self.array, one.stop.arrived)),
            type(error).__name__,
            words_of(error),
            one.stop.refused,
        )


def _fitting(recorder: Recorder, limits: Limits, numbers: int) -> Limits:
    """The limits with as many elements per tensor as the numbers of the whole trace allow."""
    sizes: dict[int, int] = {}
    notes = [note for one in recorder.passes for note in one.notes] + recorder.notes
    for note in notes:
        for held in (*note.values.values(), *(one for _, one in note.saved)):
            _count(held, sizes)
    for one in recorder.passes:
        for ran in one.ran:
            for held in (*ran.sent, *ran.arrived, ran.before, ran.after):
                _count(held, sizes)
    elements = limits.elements
    while elements > limits.head and numbers < sum(
        size if size <= elements else limits.head for size in sizes.values()
    ):
        elements //= 2
    return msgspec.structs.replace(limits, elements=max(elements, limits.head))


def _count(held: Held | None, sizes: dict[int, int]) -> None:
    """Note the size of a value that is still a tensor; a smaller one is as large as it is."""
    found = opened(held)
    if isinstance(found, torch.Tensor):
        sizes[id(found)] = found.numel()


def _plain(held: Held | None) -> Held | None:
    """A gradient as it was kept, by reference: sparse ones made dense; None for batched ones
    (unknown)."""
    if not isinstance(held, torch.Tensor):
        return held
    functorch = torch._C._functorch
    if functorch.is_legacy_batchedtensor(held) or functorch.is_functorch_wrapped_tensor(held):
        return None
    return held if held.layout is torch.strided else snapshot(held)


def _in_order(
    recorder: Recorder,
    named: dict[int, tuple[str, ...]],
    unfollowed: list[Note],
    reached: Set[int],
    limits: Limits,
) -> list[Note]:
    """All notes in creation order, without leaves and versions of leaves that nothing ever used,
    `unfollowed` and the steps of passes (`reached`) included. A trained leaf keeps also the named
    versions that nothing used, but not one that was only put back on the way to the next."""
    notes = [note for one in recorder.passes for note in one.notes] + recorder.notes
    listed = {id(note) for note in notes}
    used = {id(operand.note) for note in unfollowed for operand in note.operands}
    # The inputs of a kept node may have been made in a part that was dropped.
    earlier: list[Note] = []
    for note in notes:
        for other in (
            *(entry[0] for entry in note.inputs if entry is not None),
            *(operand.note for operand in note.operands),
        ):
            used.add(id(other))
            if id(other) not in listed:
                listed.add(id(other))
                earlier.append(other)
    trained = {id(ran.source) for one in recorder.passes for ran in one.ran}
    following = {id(note.replaces): note for note in notes if note.replaces is not None}
    kept = []
    for note in earlier + notes:
        source = note.source
        # Without a name, it is a view or a copy that code under no_grad looked at.
        known = source is not None and (note.names or id(source.tensor) in named)
        unseen = note.kind in ("leaf", "parameter") and not known
        stale = source is not None and (source.note is not note or unseen) and id(note) not in used
        if not stale or id(note) in reached:
            kept.append(note)
        elif id(source) in trained and not unseen:
            after = following.get(id(note))
            if after is None or not _put_back(note, after, limits):
                kept.append(note)
    return kept


def _put_back(note: Note, after: Note, limits: Limits) -> bool:
    """True for a version whose value an earlier one has, and that the same statement overwrote:
    an optimiser's line search returned to where it had been."""
    at = (note.site, note.scope)
    if note.site is None or at != (after.site, after.scope):
        return False
    value = array(note.values.get(0), limits)
    earlier = note.replaces
    while earlier is not None:
        if value is not None and array(earlier.values.get(0), limits) == value:
            return True
        if (earlier.site, earlier.scope) != at:  # the version that the statement began with
            return False
        earlier = earlier.replaces
    return False


def _targets(one: PassNote) -> Iterator[Note | None]:
    """The node of each step: for AccumulateGrad, the version of the leaf that was used."""
    last: dict[int, Note] = {}
    for note, _, _ in one.roots:
        if note.source is not None:
            last[id(note.source)] = note
    for ran in one.ran:
        if ran.note is None:
            assert ran.source is not None
            yield last.get(id(ran.source), ran.source.note)
            continue
        for entry in ran.note.inputs:
            if entry is not None and entry[0].source is not None:
                last[id(entry[0].source)] = entry[0]
        yield ran.note


def _module_paths(recorder: Recorder) -> dict[int, str]:
    paths: dict[int, str] = {}
    for name, module, _ in recorder.named_modules:
        for path, part in torch.nn.Module.named_modules(module):
            paths.setdefault(id(part), f"{name}.{path}" if path else name)
    return paths


def _parameter_sites(recorder: Recorder) -> dict[int, Site]:
    """The site where the module that holds a parameter first got its name."""
    sites: dict[int, Site] = {}
    for _, module, site in recorder.named_modules:
        for part in torch.nn.Module.parameters(module):
            if site is not None:
                sites.setdefault(id(part), site)
    return sites


def submodules(path: str, module: torch.nn.Module) -> Iterator[tuple[str, torch.nn.Module]]:
    """A module and those registered in it, each with the path that Python would accept."""
    paths = {"": path}
    for name, part in torch.nn.Module.named_modules(module, remove_duplicate=False):
        if name:
            owner, _, key = name.rpartition(".")
            paths[name] = paths[owner] + _member(key)
        yield paths[name], part


def _member(key: str) -> str:
    """The access to a registered part: `[0]` in a Sequential or a list, else an attribute."""
    if key.isdigit():
        return f"[{key}]"
    return f".{key}" if key.isidentifier() and not iskeyword(key) else f"[{key!r}]"


def _parameter_names(recorder: Recorder) -> dict[int, tuple[str, ...]]:
    """The paths of each parameter, the best first; no two parameters share one.

    A module's own path says what the parameter is, so it comes before a place in a list
    (`net.conv1.weight`, `params[0]`). Names that a module had inside functions only come last:
    nothing outside can use them.
    """
    found = {key: [(1, path) for path in paths[:_PATHS]] for key, paths in recorder.reached.items()}
    taken = {path: key for key, paths in recorder.reached.items() for path in paths[:_PATHS]}
    for root, module, _ in recorder.named_modules:
        rank = 0 if _head(root) in recorder.namespace else 2
        for place, part in submodules(root, module):
            for key, parameter in part._parameters.items():
                known = found.get(id(parameter), [])
                path = place + _member(key)
                of_modules = sum(ranked != 1 for ranked, _ in known)
                if (
                    parameter is None
                    or of_modules >= _PATHS
                    or any(path == one for _, one in known)
                ):
                    continue
                owner = taken.setdefault(path, id(parameter))
                if owner == id(parameter):
                    found[id(parameter)] = [*known, (rank, path)]
                elif not known:
                    numbered = _numbered(path, taken, id(parameter))
                    found[id(parameter)] = [(rank, numbered)]
    return {
        key: tuple(path for _, path in sorted(paths, key=lambda one: one[0]))[:_PATHS]
        for key, paths in found.items()
    }


def _head(path: str) -> str:
    """The name that a path begins with."""
    return path.partition(".")[0].partition("[")[0]


def _numbered(path: str, taken: dict[str, int], parameter: int) -> str:
    """A path that another parameter has, with the first free number appended."""
    number = 2
    while taken.setdefault(f"{path} ({number})", parameter) != parameter:
        number += 1
    return f"{path} ({number})"
