"""Trace, tensor -> why it has no gradient: the reason, the line, the cut, the mend.

A pure function of the trace. It asks, in this order: did the program get as far as a backward
pass; does the tensor take part in autograd at all; did the pass reach it; where was the way to it
cut. What a gradient of zeros or nan comes from is `blocked.py`'s.
"""

import re
from collections.abc import Iterable
from typing import Final

import msgspec

from viz_app.model import Array, Edge, Message, Node, Step, Trace, Variable, Word
from viz_app.picture import blocked, notation
from viz_app.picture.lines import CHOOSING, COPYING, DETACHING, Lines
from viz_app.picture.notation import Reading

FOLLOWED: Final = 32
"""Results that are looked at behind a tensor that leads nowhere; a few tell where it goes."""

_FAILURES: Final = {
    "backward_twice": "freed",
    "saved_modified": "modified",
    "inplace_leaf": "modified_leaf",
    "not_scalar": "not_scalar",
    "no_grad_fn": "no_graph",
    "unused": "unused_input",
    "integer_grad": "integer",
}
"""What a hint of the engine says about the gradients that are missing."""


class Diagnosis(msgspec.Struct, frozen=True):
    """Why a tensor has no gradient.

    `reason` picks the sentences "why.<reason>" and "mend.<reason>", filled by `params`; `line` is
    where it happened (None: nowhere in particular), `nodes` and `edges` the cut in the picture.
    """

    reason: str
    line: int | None
    params: dict[str, Word | Message | tuple[Word | Message, ...]]
    nodes: tuple[int, ...] = ()
    edges: tuple[int, ...] = ()

    @property
    def sentences(self) -> tuple[Message, Message]:
        """What happened, and what can be done about it."""
        return (
            Message(f"why.{self.reason}", self.params),
            Message(f"mend.{self.reason}", self.params),
        )


class Doctor:
    """Knows one trace; `variable` and `card` examine one tensor of it."""

    def __init__(self, trace: Trace, reading: Reading | None = None) -> None:
        self.trace = trace
        self.reading = reading or Reading(trace)
        self.lines = Lines(trace.source)
        self.cuts = {node.id for node in trace.nodes if self._sources(node)}
        self.uses: dict[int, list[Edge]] = {}
        for edge in trace.edges:
            self.uses.setdefault(edge.source, []).append(edge)
        roots = [node for each in trace.passes for node, _ in each.roots]
        self.reached = self._before(roots, cut=False)
        self.related = self._before(roots, cut=True)
        self.ways = blocked.Ways(trace)
        self.steps: dict[int, list[Step]] = {}
        for step in trace.steps:
            self.steps.setdefault(step.node, []).append(step)

    def variable(self, name: str) -> Diagnosis | None:
        """Why `name.grad` is None, zero or nan at the end; None if it is none of these.

        KeyError for a name that holds no tensor.
        """
        found = {variable.name: variable for variable in self.trace.variables}[name]
        node = self.reading.nodes[found.node[0]] if found.node else None
        return self._examine(name, node, found)

    def card(self, node: int, output: int = 0) -> Diagnosis | None:
        """The same of the tensor on a card, for which the last pass counts."""
        found = self.reading.nodes[node]
        variable = next(
            (one for one in self.trace.variables if one.node == (node, output) and one.is_leaf),
            None,
        )
        return self._examine(self.reading.label(node, output), found, variable, output)

    # ---- the questions ------------------------------------------------------------------------

    def _examine(
        self, name: str, node: Node | None, variable: Variable | None, output: int = 0
    ) -> Diagnosis | None:
        asks = variable.requires_grad if variable else bool(node and node.requires_grad)
        grad = variable.grad if variable else node.grads[output] if node else None
        if not asks and grad is None:
            return self._asks_nothing(name, node, variable)
        if grad is not None:
            return self._strange(name, node, grad)
        return self._failed(name) or self._missing(name, node, variable)

    def _strange(self, name: str, node: Node | None, grad: Array) -> Diagnosis | None:
        """There is a gradient, but of nan or zeros."""
        if node is None:
            return None
        found = blocked.explain(self.trace, self.reading, node, grad, self.ways)
        if found is None:
            return None
        by = found.step.node if found.step else found.node
        at = self.reading.nodes[by] if by is not None else None
        edges = (found.edge,) if found.edge is not None else ()
        if found.reason == "zero_upstream":
            start = self.trace.passes[-1].span if self.trace.passes else None
            return self._told(found.reason, name, at, line=start.line if start else None)
        if found.reason == "zero_hook":
            return self._told(found.reason, name, at, line=self.lines.hooked())
        if found.reason == "zero_added":
            last = self.trace.passes[-1].span
            return self._told(found.reason, name, at, line=last.line if last else None)
        if found.reason == "zero_sum" and found.node is not None:
            of = name if found.node == node.id else self.reading.label(found.node)
            return self._told(found.reason, name, at, edges=edges, of=Word(of, "name"))
        return self._told(
            found.reason, name, at, edges=(found.edge,) if found.edge is not None else ()
        )

    def _asks_nothing(self, name: str, node: Node | None, held: Variable | None) -> Diagnosis:
        if node is not None and self._sources(node):
            return self._cut(name, node)
        dtype = (
            held.value.dtype if held else node.values[0].dtype if node and node.values[0] else ""
        )
        reason = "off" if re.search("float|bfloat|complex", dtype) else "integer"
        line = self.lines.asked_off(name)
        if line is None and node is not None and any("." in one.text for one in node.names):
            line = self.lines.asked_off(None)  # a module's parameter, perhaps in a loop over all
        if line is None:
            asking = [one.name for one in self.trace.variables if one.requires_grad]
            made = self.lines.made_from(name, asking)
            if made is not None:
                reason = "detached" if made[1] in DETACHING else "copied"
                return self._told(reason, name, node, line=made[0], op=Word(made[1], "name"))
            late = self.lines.asked_late(name, asking) if reason == "off" else None
            if late is not None:
                of, asked = Word(late[0], "name"), Word(str(late[1]))
                line = self.lines.assigned(name)
                return self._told("too_early", name, node, line=line, of=of, asked=asked)
        line = line or self.lines.assigned(name) or self._line(node)
        return self._told(reason, name, node, line=line)

    def _failed(self, name: str) -> Diagnosis | None:
        """The program stopped before, or in, the backward pass that would have come here."""
        error = self.trace.error
        if error is None:
            return None
        reason = _FAILURES.get(error.hint or "", "stopped")
        line: int | None = error.span.line
        if reason == "modified":
            line = self.lines.overwritten(error.forward_line or 0, error.span.line) or line
        stopped = Word(notation.clean(error.type))
        return self._told(reason, name, None, line=line, error=stopped)

    def _missing(self, name: str, node: Node | None, held: Variable | None) -> Diagnosis:
        if node is None:
            return self._told("unused", name, None, line=self.lines.assigned(name))
        if not self.trace.passes:
            return self._told("no_backward", name, node)
        if held is not None and not held.is_leaf and (self.steps.get(node.id) or any(node.grads)):
            return self._told("nonleaf", name, node)
        versions = self._versions(node)
        came = [
            step
            for one in versions
            for step in self.steps.get(one, [])
            if step.grad_fn == "AccumulateGrad"
        ]
        if came and all(step.upstream == (None,) for step in came):
            senders = [use for one in versions for use in self.uses.get(one, ())]
            sender = self.reading.nodes[senders[-1].target] if senders else node
            return self._told("gave_none", name, sender)
        if came:
            return self._told("cleared", name, node, line=self.lines.clearing() or self._line(node))
        if any(one in self.reached for one in versions):
            last = self.trace.passes[-1]
            reason = "returned" if last.kind == "grad" else "not_asked"
            return self._told(reason, name, node, line=last.span.line if last.span else None)
        cut = self._first_cut(versions, self.related)
        # A cut that nothing of the pass comes from is told unless the text knows of one before it.
        aside = self._first_cut(versions, None)
        line = self._line(self.reading.nodes[aside.target]) if aside else None
        unseen = self._cut_in_text(name, node)
        if cut is None and unseen is not None and (line is None or (unseen.line or 0) < line):
            return unseen
        if cut := cut or aside:
            return self._cut(name, self.reading.nodes[cut.target], cut)
        return self._leads_elsewhere(name, node, versions)

    def _cut_in_text(self, name: str, node: Node) -> Diagnosis | None:
        """A leaf's first use, if autograd can't follow it and the text says why."""
        unseen = self.lines.used_unseen(name) if node.kind in ("leaf", "parameter") else None
        if unseen is None or not unseen[1]:
            return None
        reason = "detached" if unseen[1] in DETACHING else "copied"
        return self._told(reason, name, node, line=unseen[0], op=Word(unseen[1], "name"))

    def _leads_elsewhere(self, name: str, node: Node, versions: Iterable[int]) -> Diagnosis:
        after = [self.reading.nodes[one] for one in self._after(versions)]
        labels = [name, *(self.reading.label(one.id) for one in after)]
        taken = self.lines.as_number(labels)
        if taken is not None:
            return self._told("number", name, node, line=taken)
        chosen = self.lines.chosen_from(labels)
        if chosen is not None:
            return self._told("choice", name, node, line=chosen[0], op=Word(chosen[1], "name"))
        if not after and node.kind in ("leaf", "parameter"):
            unseen = self.lines.used_unseen(name)
            if unseen is not None:
                return self._told("unfollowed", name, node, line=unseen[0])
            return self._told("unused", name, node)
        return self._told("elsewhere", name, after[-1] if after else node)

    # ---- a cut --------------------------------------------------------------------------------

    def _cut(self, name: str, at: Node, edge: Edge | None = None) -> Diagnosis:
        """`at` was made from something that asks for a gradient, yet does not ask for one."""
        value = at.values[0] if at.values else None
        whole = value is not None and not re.search("float|complex", value.dtype)
        op = at.op or ""
        edges = (edge.id,) if edge else tuple(one.id for one in self._sources(at))
        if op in DETACHING:
            return self._told("detached", name, at, edges=edges)
        if op in CHOOSING or (whole and value is not None and value.dtype == "torch.bool"):
            return self._told("choice", name, at, edges=edges)
        if whole:
            return self._told("cast", name, at, edges=edges)
        if op in COPYING:
            return self._told("copied", name, at, edges=edges)
        switch = self.lines.switched_off(at.span.line) if at.span else None
        off = Word(str(switch or (at.span.line if at.span else "?")))
        return self._told("no_grad", name, at, edges=edges, switch=off)

    def _sources(self, node: Node) -> list[Edge]:
        """What a constant was made from that asks for a gradient."""
        if node.kind != "constant":
            return []
        into = self.reading.into[node.id]
        return [edge for edge in into if self.reading.nodes[edge.source].requires_grad]

    def _first_cut(self, start: Iterable[int], family: set[int] | None) -> Edge | None:
        """The first edge on the way from a tensor (to a root, within `family`) that is a cut."""
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

    # ---- the graph ----------------------------------------------------------------------------

    def _before(self, roots: Iterable[int], *, cut: bool) -> set[int]:
        """All that the roots were made from; with `cut`, also through cuts."""
        found = set(roots)
        walk = list(found)
        while walk:
            for edge in self.reading.into[walk.pop()]:
                if (cut or edge.slot is not None) and edge.source not in found:
                    found.add(edge.source)
                    walk.append(edge.source)
        return found

    def _after(self, start: Iterable[int]) -> list[int]:
        """What was made from a tensor, the nearest first."""
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
        """A leaf and what it was before it was changed in place."""
        found = [node.id]
        while (before := self.reading.nodes[found[-1]].replaces) is not None:
            if before >= found[-1]:
                break  # a circle: no true trace has one
            found.append(before)
        return tuple(found)

    # ---- what is told ------------------------------------------------------------------------

    def _line(self, node: Node | None) -> int | None:
        return node.span.line if node is not None and node.span else None

    def _told(
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
        return notation.clean((node.op or node.grad_fn or "").strip("_"))


def variables(trace: Trace, reading: Reading | None = None) -> tuple[tuple[str, Diagnosis], ...]:
    """Every top-level tensor without a gradient, or with one of zeros or nan, and why."""
    doctor = Doctor(trace, reading)
    found = ((one.name, doctor.variable(one.name)) for one in trace.variables)
    return tuple((name, diagnosis) for name, diagnosis in found if diagnosis is not None)
