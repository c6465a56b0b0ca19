"""Trace, tensor -> the reason why it has no gradient, with its line, the cut and the fix.

A pure function of the trace. It checks, in this order: did the program get as far as a backward
pass; does the tensor take part in autograd at all; did the pass reach it; where was the path to it
cut. The origin of zero and nan gradients is found by `zero_gradient.py`.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import msgspec

from viz_app.knowledge import ops
from viz_app.model import Array, Edge, Message, Node, Pass, Step, Variable, Word, Write
from viz_app.picture.explain import nonfinite_gradient as ill
from viz_app.picture.explain import zero_gradient
from viz_app.picture.explain.passage import SHOWN, broken, gone
from viz_app.picture.explain.source_lines import (
    CASTING,
    CHOOSING,
    COPYING,
    DETACHING,
    PLACING,
    Lines,
)
from viz_app.picture.explain.zero_gradient import Block, Ways
from viz_app.picture.words import notation
from viz_app.picture.words.notation import Reading

FOLLOWED: Final = 32
"""Maximum number of results examined after a tensor that leads nowhere; a few show where it
goes."""

GAP: Final = 1e-3
"""Finite differences larger than this are not zero."""

LEAVES: Final = frozenset({"leaf", "parameter"})

_FAILURES: Final = {
    "backward_twice": "freed",
    "saved_modified": "modified",
    "leaf_modified": "modified_early",
    "inplace_leaf": "modified_leaf",
    "not_scalar": "not_scalar",
    "no_grad_fn": "no_graph",
    "unused": "unused_input",
}
"""The engine's hints -> the reasons for the gradients that are missing."""

_IN_PASS: Final = frozenset({"freed", "modified", "modified_early"})
"""Failures during a pass, which concern only the tensors that its root was made from."""

_ORDINARY: Final = frozenset({"nonleaf", "returned", "not_asked", "cleared"})
"""Reasons for a gradient that is missing on purpose."""

_AT_PASS: Final = frozenset({"zero_upstream", "zero_added", "zero_arrived", "nan_upstream"})
"""Reasons that are located at the line of the backward call."""

_WITH_VALUES: Final = {
    "zero_relu": "zero_measured",
    "zero_local": "zero_measured",
    "nan_where": "nan_measured",
    "nan_local": "nan_measured",
    "nan_slope": "nan_measured",
    "infinite": "nan_measured",
    "nan_log": "nan_measured",
    "nan_forward": "nan_forward_many",
    "inf_forward": "inf_forward_many",
    "zero_saturated": "zero_measured",
}
"""Reasons whose sentence shows the values that prove it -> the reason if these are unknown."""


class Diagnosis(msgspec.Struct, frozen=True):
    """The reason why a tensor has no gradient.

    `reason` picks the sentences "why.<reason>" and "mend.<reason>" (or `words`, those of a special
    case of it), filled by `params`; `line` is where it happened (None: nowhere in particular),
    `nodes` and `edges` the cut in the picture. A `problem` is a gradient that was required and is
    missing, or is zero, nan or infinite; the others are as they should be: results keep no
    gradient, and a tensor that never required one gets none.
    """

    reason: str
    line: int | None
    params: dict[str, Word | Message | tuple[Word | Message, ...]]
    nodes: tuple[int, ...] = ()
    edges: tuple[int, ...] = ()
    problem: bool = True
    words: str = ""

    @property
    def sentences(self) -> tuple[Message, Message]:
        """The sentence about what happened, and the one about how to fix it."""
        return (
            Message(f"why.{self.words or self.reason}", self.params),
            Message(f"mend.{self.words or self.reason}", self.params),
        )


class Doctor:
    """The diagnosis of one trace; `variable` and `card` examine one tensor of it."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.trace = trace = reading.trace
        self.lines = Lines(trace.source)
        self.cuts = {node.id for node in trace.nodes if self._sources(node)}
        self.uses: dict[int, list[Edge]] = {}
        for edge in trace.edges:
            self.uses.setdefault(edge.source, []).append(edge)
        roots = [node for each in trace.passes for node, _ in each.roots]
        self.related = self._before(roots, cut=True)
        self.asking = [one.name for one in trace.variables if one.requires_grad]
        self.named = {variable.name: variable for variable in trace.variables}
        self.held = {it.node: it for it in reversed(trace.variables) if it.is_leaf and it.node}
        self.ways: dict[int, Ways] = {}
        self.steps: dict[int, list[Step]] = {}
        for step in trace.steps:
            self.steps.setdefault(step.node, []).append(step)

    def variable(self, name: str) -> Diagnosis | None:
        """The reason why `name.grad` is None, zero or nan at the end; None if it is none of these.

        KeyError for a name that holds no tensor.
        """
        found = self.named[name]
        node = self.reading.nodes[found.node[0]] if found.node else None
        return self._examine(name, node, found)

    def card(self, node: int, output: int = 0) -> Diagnosis | None:
        """The same for the tensor on a card, for which the last pass counts."""
        found = self.reading.nodes[node]
        variable = self.held.get((node, output))
        name = self.reading.given(found, output) or self.reading.label(node, output)
        return self._examine(name, found, variable, output)

    # ---- the questions ------------------------------------------------------------------------

    def _examine(
        self, name: str, node: Node | None, variable: Variable | None, output: int = 0
    ) -> Diagnosis | None:
        asks = variable.requires_grad if variable else bool(node and node.requires_grad)
        grad = variable.grad if variable else node.grads[output] if node else None
        if grad is not None:
            return self._strange(name, node, grad) if broken(grad) or gone(grad) else None
        if not asks:
            return self._asks_nothing(name, node, variable)
        found = self._failed(name, node)
        if found is None:
            if node is None and variable is not None and not variable.is_leaf:
                return None  # as a view whose base was changed since: how it was used is not known
            found = self._missing(name, node, variable, output)
        leaf = variable.is_leaf if variable else bool(node and node.kind in LEAVES)
        kept = leaf or bool(node and node.retains)
        wanted = found.problem if found.reason == "cleared" else found.reason not in _ORDINARY
        return msgspec.structs.replace(found, problem=kept and wanted)

    # ---- a gradient of zeros, of nan or infinite -----------------------------------------------

    def _strange(self, name: str, node: Node | None, grad: Array) -> Diagnosis | None:
        if node is None:
            return None
        versions = self._versions(node)
        steps = [step for one in reversed(versions) for step in self.steps.get(one, ())]
        last = max(steps, key=lambda step: (step.pass_number, step.order), default=None)
        kind = broken if broken(grad) else gone
        left = None if last is None else last.accumulated or next(iter(last.upstream), None)
        written = self._written(versions, last)
        if written is not None and kind(written[2]) and (left is None or not kind(left)):
            return self._overwritten(name, node, written, last, versions)
        if last is None:
            return None
        if left is not None and not kind(left):
            had = Word(notation.text(left, SHOWN), "gradient")
            return self._diagnosis("changed", name, node, before=had)
        found = self._into_leaf(last, steps, kind)
        return self._block_diagnosis(found, name, node)

    def _into_leaf(
        self, last: Step, steps: Sequence[Step], kind: Callable[[Array | None], bool]
    ) -> Block:
        """The origin of the gradient that the last step added: this pass, or the earlier
        `.grad`."""
        came = [array for array in last.upstream if array is not None]
        if kind is gone:
            if last.before is not None and not gone(last.before):
                return Block("zero_added", last, node=last.node)
            return zero_gradient.explain(
                self.reading, self.reading.nodes[last.node], self._ways(last)
            )
        if not any(broken(array) for array in came):
            # `.grad` was already broken before: look at the pass that brought it.
            earlier = [step for step in steps if any(broken(array) for array in step.upstream)]
            if not earlier:
                return Block("nan_held", last, node=last.node)
            last = earlier[-1]
        seen: set[int] = set()
        while True:
            at = self.reading.nodes[last.node]
            found = ill.explain(self.reading, at, self._ways(last))
            if found.reason != "nan_update" or found.node is None or found.node in seen:
                return found
            # A tensor that an update made nan: that update's gradient was nan before.
            seen.add(found.node)
            changed = self._versions(self.reading.nodes[found.node])[1:]
            before = [
                step
                for one in changed
                for step in self.steps.get(one, ())
                if any(broken(array) for array in step.upstream)
            ]
            if not before:
                return found
            last = min(before, key=lambda step: (step.pass_number, step.order))

    def _ways(self, step: Step) -> Ways:
        number = step.pass_number
        if number not in self.ways:
            self.ways[number] = Ways(self.trace, number)
        return self.ways[number]

    def _block_diagnosis(self, found: Block, name: str, node: Node) -> Diagnosis:
        step = found.step
        by = step.node if step else found.node
        at = self.reading.nodes[by] if by is not None else None
        edges = (found.edge,) if found.edge is not None else ()
        line: int | None = None
        more: dict[str, Word] = {"values": Word(found.values)}
        if found.reason in _AT_PASS:
            number = step.pass_number if step else self.trace.passes[-1].number
            line = self._line_of(next(p for p in self.trace.passes if p.number == number))
        elif found.reason in ("zero_hook", "nan_hook"):
            line = self.lines.hooked()
        if found.reason == "zero_sum" and found.node is not None:
            of = name if found.node == node.id else self.reading.label(found.node)
            more["of"] = Word(of, "name")
        if found.reason == "nan_where" and found.node is not None:
            more["mask"] = Word(self._operation(self.reading.nodes[found.node]), "name")
        if found.reason in ("nan_update", "nan_given") and at is not None:
            more["of"] = Word(self.reading.label(at.id), "name")
        if step is not None and found.edge is not None:
            edge = self.trace.edges[found.edge]
            sent = next(send.grad for send in step.sends if send.edge == edge.id)
            arrived = next((array for array in step.upstream if array is not None), None)
            more["arrived"] = Word(notation.text(arrived, SHOWN), "gradient")
            more["sent"] = Word(notation.text(sent, SHOWN), "gradient")
            more["to"] = Word(self.reading.label(edge.source, edge.output), "name")
            slopes = self._measured(found, step, node)
            if slopes:
                more["slopes"] = Word(slopes)
                return self._diagnosis("zero_gap", name, at, line=line, edges=edges, **more)
        reason = found.reason
        if not found.values and reason in _WITH_VALUES:
            reason = _WITH_VALUES[reason]
        return self._diagnosis(reason, name, at, line=line, edges=edges, **more)

    def _measured(self, found: Block, step: Step, leaf: Node) -> str:
        """The finite differences by a leaf, where they are not the zeros that backward gives."""
        check = next((one for one in self.trace.checks if one.node == leaf.id), None)
        if found.reason not in ("zero_local", "zero_measured") or check is None:
            return ""
        if step.pass_number != self.trace.passes[0].number or check.kinks:
            return ""
        slopes = check.fixed or check.slopes
        if not all(math.isfinite(x) for x in slopes) or max(map(abs, slopes)) < GAP:
            return ""
        value = leaf.values[0]
        shape = value.shape if value is not None else (len(slopes),)
        return notation.text(Array(shape, "float", slopes), SHOWN)

    # ---- what the program itself did to .grad --------------------------------------------------

    def _written(
        self, versions: Sequence[int], last: Step | None
    ) -> tuple[Write, int, Array | None] | None:
        """The last write to a leaf's `.grad` after its last step, with the value it left."""
        for write in reversed(self.trace.writes):
            for node, after in zip(write.nodes, write.after, strict=True):
                if node in versions:
                    late = last is None or write.passes_before >= last.pass_number
                    return (write, node, after) if late else None
        return None

    def _overwritten(
        self,
        name: str,
        node: Node,
        written: tuple[Write, int, Array | None],
        last: Step | None,
        versions: Sequence[int],
    ) -> Diagnosis:
        """The program replaced a gradient that had arrived.

        It is a problem if an update follows that could no longer use the gradient.
        """
        write, at, after = written
        reason = "cleared" if after is None else "zeroed" if gone(after) else "written"
        before = None if last is None else last.accumulated or next(iter(last.upstream), None)
        if last is None:
            reason += "_only"
        used = last is None or at != last.node or at == versions[0]
        found = self._diagnosis(
            reason,
            name,
            node,
            line=write.span.line if write.span else None,
            before=Word(notation.text(before, SHOWN) if before else "", "gradient"),
        )
        return msgspec.structs.replace(found, problem=reason.startswith("written") or not used)

    # ---- no gradient at all --------------------------------------------------------------------

    def _asks_nothing(self, name: str, node: Node | None, held: Variable | None) -> Diagnosis:
        found = self._follows_nothing(name, node, held)
        return msgspec.structs.replace(found, problem=False)

    def _follows_nothing(self, name: str, node: Node | None, held: Variable | None) -> Diagnosis:
        if node is not None and self._sources(node):
            return self._cut(name, node)
        dtype = (
            held.value.dtype if held else node.values[0].dtype if node and node.values[0] else ""
        )
        reason = "off" if re.search("float|complex", dtype) else "integer"
        line = self.lines.asked_off(name)
        if line is None and node is not None and any("." in one.text for one in node.names):
            line = self.lines.asked_off(None)  # perhaps in a loop over all parameters
        if line is None:
            made = self.lines.made_from(name, self.asking)
            if made is not None:
                reason = "detached" if made[1] in DETACHING else "copied"
                return self._diagnosis(reason, name, node, line=made[0], op=Word(made[1], "name"))
            late = self.lines.asked_late(name, self.asking) if reason == "off" else None
            if late is not None:
                of, asked = Word(late[0], "name"), Word(str(late[1]))
                line = self.lines.assigned(name)
                return self._diagnosis("too_early", name, node, line=line, of=of, asked=asked)
            if node is not None and node.kind == "op" and reason == "off":
                return self._result(name, node)
        line = line or self.lines.assigned(name) or self._line(node)
        return self._diagnosis(reason, name, node, line=line)

    def _result(self, name: str, node: Node) -> Diagnosis:
        """A result that autograd did not record, made from tensors none of which requires a
        gradient, or from some that do while recording was off."""
        asking, made = self.reading.made_from(node.id)
        found = self._diagnosis("off", name, node, line=self._line(node))
        several = "off_made_several" if len(made) > 1 else "off_made"
        words = "off_unrecorded" if asking else several if made else ""
        return msgspec.structs.replace(found, words=words, params={**found.params, "from": made})

    def _failed(self, name: str, node: Node | None) -> Diagnosis | None:
        """The program stopped, and no backward pass had reached the tensor by then."""
        error = self.trace.error
        versions = self._versions(node) if node is not None else ()
        if error is None or any(self.steps.get(one) for one in versions):
            return None
        reason = _FAILURES.get(error.hint or "", "stopped")
        line: int | None = error.span.line
        if reason in _IN_PASS:
            roots = [one for one, _ in self.trace.passes[-1].roots] if self.trace.passes else []
            if self._before(roots, cut=False).isdisjoint(versions):
                reason = "stopped"
        if reason == "modified":
            line = self.lines.overwritten(error.forward_line or 0, error.span.line) or line
        stopped = Word(notation.clean(error.type))
        return self._diagnosis(reason, name, None, line=line, error=stopped)

    def _missing(
        self, name: str, node: Node | None, held: Variable | None, output: int
    ) -> Diagnosis:
        if held is not None and held.node is not None:
            output = held.node[1]
        if node is None:
            return self._diagnosis("unused", name, None, line=self.lines.assigned(name))
        if not self.trace.passes:
            return self._diagnosis("no_backward", name, node)
        leaf = node.kind in LEAVES
        if not leaf and self._reached_output(node, output):
            return self._diagnosis("nonleaf", name, node)
        versions = self._versions(node)
        came = [
            step
            for one in versions
            for step in self.steps.get(one, [])
            if step.grad_fn == "AccumulateGrad"
        ]
        given = [step for step in came if step.upstream != (None,)]
        if given:
            last = max(given, key=lambda step: (step.pass_number, step.order))
            written = self._written(versions, last)
            if written is not None and written[2] is None:
                return self._overwritten(name, node, written, last, versions)
            return msgspec.structs.replace(
                self._diagnosis("vanished", name, node, line=self._line(node)), problem=True
            )
        passed = self._passed_by(name, versions) if leaf else None
        if passed is not None and passed.reason != "not_sent":
            return passed
        if (silent := self._gave_none(name, versions)) is not None:
            return silent
        if passed is not None:
            return passed
        if self.trace.truncated is not None:
            return self._diagnosis("not_kept", name, node)
        if not leaf and not any(edge.output == output for edge in self.uses.get(node.id, ())):
            return self._diagnosis("unused", name, node)
        cut = self._first_cut(versions, self.related)
        # A cut that leads to no part of the pass counts unless the text shows an earlier one.
        elsewhere = self._first_cut(versions, None)
        line = self._line(self.reading.nodes[elsewhere.target]) if elsewhere else None
        unseen = self._cut_in_text(name, node)
        if cut is None and unseen is not None and (line is None or (unseen.line or 0) < line):
            return unseen
        if cut := cut or elsewhere:
            return self._cut(name, self.reading.nodes[cut.target], cut)
        return self._leads_elsewhere(name, node, versions)

    def _reached_output(self, node: Node, output: int) -> bool:
        """True if a gradient arrived at this output of a result in a kept pass."""
        arrived = (step.upstream for step in self.steps.get(node.id, ()))
        return any(output < len(arrays) and arrays[output] is not None for arrays in arrived) or (
            output < len(node.grads) and node.grads[output] is not None
        )

    def _gave_none(self, name: str, versions: Iterable[int]) -> Diagnosis | None:
        """The step between a leaf and a root that received a gradient and sent None on."""
        none = {
            send.edge: step.node
            for steps in self.steps.values()
            for step in steps
            for send in step.sends
            if send.grad is None and any(array is not None for array in step.upstream)
        }
        for edge in self._onwards(versions) if none else ():
            if edge.id in none:
                to = Word(self.reading.label(edge.source, edge.output), "name")
                at = self.reading.nodes[none[edge.id]]
                return self._diagnosis("gave_none", name, at, edges=(edge.id,), to=to)
        return None

    def _passed_by(self, name: str, versions: Iterable[int]) -> Diagnosis | None:
        """A pass whose root was made from the leaf, yet that stored no gradient in it."""
        for each in reversed(self.trace.passes):
            if self._before([node for node, _ in each.roots], cut=False).isdisjoint(versions):
                continue
            line = self._line_of(each)
            if each.kind == "grad":
                return self._diagnosis("returned", name, None, line=line)
            asked = each.span is not None and "inputs" in self.lines.text(each.span)
            return self._diagnosis("not_asked" if asked else "not_sent", name, None, line=line)
        return None

    def _cut_in_text(self, name: str, node: Node) -> Diagnosis | None:
        """A leaf's first use, if autograd can't follow it and the text says why."""
        unseen = self.lines.used_unseen(name) if node.kind in LEAVES else None
        if unseen is None or not unseen[1]:
            return None
        reason = "detached" if unseen[1] in DETACHING else "copied"
        return self._diagnosis(reason, name, node, line=unseen[0], op=Word(unseen[1], "name"))

    def _leads_elsewhere(self, name: str, node: Node, versions: Iterable[int]) -> Diagnosis:
        after = [self.reading.nodes[one] for one in self._after(versions)]
        labels = [name, *(self.reading.label(one.id) for one in after)]
        taken = self.lines.as_number(labels)
        if taken is not None:
            return self._diagnosis("number", name, node, line=taken)
        chosen = self.lines.chosen_from(labels)
        if chosen is not None:
            return self._diagnosis("choice", name, node, line=chosen[0], op=Word(chosen[1], "name"))
        if after:
            return self._diagnosis("elsewhere", name, after[-1])
        unseen = self.lines.used_unseen(name) if node.kind in LEAVES else None
        if unseen is not None:
            return self._diagnosis("unfollowed", name, node, line=unseen[0])
        return self._diagnosis("unused", name, node)

    # ---- a cut --------------------------------------------------------------------------------

    def _cut(self, name: str, at: Node, edge: Edge | None = None) -> Diagnosis:
        """The diagnosis of a cut: `at` was made from a tensor that requires a gradient, but
        requires none."""
        value = at.values[0] if at.values else None
        dtype = value.dtype if value is not None else ""
        whole = bool(dtype) and not re.search("float|complex", dtype)
        op = at.op or ""
        edges = (edge.id,) if edge else tuple(one.id for one in self._sources(at))
        if op in DETACHING:
            reason = "detached"
        elif op in PLACING and whole:
            reason = "positions"
        elif op in CHOOSING or dtype == "torch.bool":
            reason = "choice"
        elif whole:
            reason = "cast" if op in CASTING else "counts"
        elif op in COPYING:
            reason = "copied"
        elif at.unrecorded:
            switch = self.lines.switched_off(at.span.line) if at.span else None
            if switch is not None:
                off = Word(str(switch))
                return self._diagnosis("no_grad", name, at, edges=edges, switch=off)
            reason = "unrecorded"
        else:
            reason = "no_history"
        return self._diagnosis(reason, name, at, edges=edges)

    def _sources(self, node: Node) -> list[Edge]:
        """The edges from tensors that require a gradient into a constant."""
        if node.kind != "constant":
            return []
        into = self.reading.into[node.id]
        return [edge for edge in into if self.reading.nodes[edge.source].requires_grad]

    def _first_cut(self, start: Iterable[int], family: set[int] | None) -> Edge | None:
        """The first edge after a tensor (towards a root, within `family`) that is a cut."""
        if not self.cuts:
            return None
        seen = set(start)
        walk = sorted(seen)
        for one in walk:
            for edge in self.uses.get(one, ()):
                if family is not None and edge.target not in family:
                    continue
                if edge.target in self.cuts:
                    return edge
                if edge.target not in seen:
                    seen.add(edge.target)
                    walk.append(edge.target)
        return None

    def _onwards(self, start: Iterable[int]) -> Iterator[Edge]:
        """The edges that autograd follows from a tensor towards all results, the nearest first."""
        seen = set(start)
        walk = sorted(seen)
        for one in walk:
            for edge in self.uses.get(one, ()):
                if edge.slot is None:
                    continue
                yield edge
                if edge.target not in seen:
                    seen.add(edge.target)
                    walk.append(edge.target)

    # ---- the graph ----------------------------------------------------------------------------

    def _before(self, roots: Iterable[int], *, cut: bool) -> set[int]:
        """All nodes that the roots were made from; with `cut`, also through cuts."""
        found = set(roots)
        walk = list(found)
        while walk:
            for edge in self.reading.into[walk.pop()]:
                if (cut or edge.slot is not None) and edge.source not in found:
                    found.add(edge.source)
                    walk.append(edge.source)
        return found

    def _after(self, start: Iterable[int]) -> list[int]:
        """The nodes made from a tensor, the nearest first."""
        seen = set(start)
        walk = sorted(seen)
        first = len(walk)
        for one in walk:
            if len(walk) > FOLLOWED:
                break
            for edge in self.uses.get(one, ()):
                if edge.target not in seen:
                    seen.add(edge.target)
                    walk.append(edge.target)
        return walk[first:]

    def _versions(self, node: Node) -> tuple[int, ...]:
        """A leaf and its earlier versions, before it was changed in place."""
        found = [node.id]
        while (before := self.reading.nodes[found[-1]].replaces) is not None:
            if before >= found[-1]:
                break  # a cycle: no true trace has one
            found.append(before)
        return tuple(found)

    # ---- the diagnosis -----------------------------------------------------------------------

    def _line_of(self, of: Pass) -> int | None:
        return of.span.line if of.span else None

    def _line(self, node: Node | None) -> int | None:
        return node.span.line if node is not None and node.span else None

    def _diagnosis(
        self,
        reason: str,
        name: str,
        at: Node | None,
        *,
        line: int | None = None,
        edges: tuple[int, ...] = (),
        **more: Word,
    ) -> Diagnosis:
        line = line or self._line(at)
        params: dict[str, Word | Message | tuple[Word | Message, ...]] = {
            "name": Word(name, "name"),
            "line": Word(str(line) if line else "?"),
            "op": Word(self._operation(at), "name"),
            **more,
        }
        return Diagnosis(reason, line, params, (at.id,) if at else (), edges)

    def _operation(self, node: Node | None) -> str:
        if node is None:
            return ""
        return notation.clean((node.op or ops.base(node.grad_fn)).strip("_"))


def variables(reading: Reading) -> tuple[tuple[str, Diagnosis], ...]:
    """Every top-level tensor without a gradient, or with zeros or nan, and its diagnosis."""
    doctor = reading.once(Doctor)
    found = ((one.name, doctor.variable(one.name)) for one in reading.trace.variables)
    return tuple((name, diagnosis) for name, diagnosis in found if diagnosis is not None)
