"""Trace -> the life of `.grad` (None, filled, added to, zeroed) and of the saved tensors.

Events between two backward passes are the program's own writes (`Trace.writes`). A forgotten
`zero_grad` is a gradient that outlived an update of its leaf, was added to, and was then used for
the next update: accumulating over several batches has no update in between, and a gradient that is
discarded unused (a GAN's other network) does no harm.
"""

import math
import re
from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from viz_app.knowledge.text import Text
from viz_app.model import Array, Message, Step, Trace, Word
from viz_app.picture.story.grad_slots import zero
from viz_app.picture.words import notation
from viz_app.picture.words.notation import Reading

LEAVES: Final = 12
EVENTS: Final = 24
"""Maximum number of leaves, and of events per leaf, in the panel; the first ones are kept."""
NAMES: Final = 8
"""Maximum number of results without a `.grad` that are named."""

_BITS: Final = re.compile(r"\D(\d+)$")

Kind = Literal["filled", "added", "cleared", "zeroed", "changed"]


class Event(msgspec.Struct, frozen=True):
    """One event of one `.grad`: in step `step` of the engine, or between passes (None).

    `line` is its line, if known; `value` the content of `.grad` after it. `forgotten` is the line
    of the update that the gradient it was added to outlived (0 if the line is unknown), None if all
    is well.
    """

    kind: Kind
    step: int | None
    line: int | None
    value: Array | None
    forgotten: int | None = None


class Life(msgspec.Struct, frozen=True):
    """All events of a leaf's `.grad`; `node` is the leaf's newest version."""

    node: int
    events: tuple[Event, ...]


def lives(trace: Trace) -> tuple[Life, ...]:
    """The life of every leaf's `.grad` that a backward pass reached, in the leaves' order."""
    first: dict[int, int] = {}
    families: dict[int, list[int]] = {}
    for node in trace.nodes:
        if node.kind in ("leaf", "parameter"):
            before = node.replaces
            first[node.id] = node.id if before is None else first.get(before, node.id)
            families.setdefault(first[node.id], []).append(node.id)
    steps: dict[int, list[tuple[int, Step]]] = {}
    for place, step in enumerate(trace.steps):
        if step.grad_fn == "AccumulateGrad" and step.node in first:
            steps.setdefault(first[step.node], []).append((place, step))
    writes: dict[int, list[tuple[int, Event]]] = {}
    for write in trace.writes:
        line = write.span.line if write.span else None
        for leaf, after in zip(write.nodes, write.after, strict=True):
            kind: Kind = "cleared" if after is None else "zeroed" if zero(after) else "changed"
            event = Event(kind, None, line, after)
            writes.setdefault(first.get(leaf, leaf), []).append((write.passes_before, event))
    return tuple(
        Life(families[one][-1], _events(trace, steps[one], families[one], writes.get(one, [])))
        for one in sorted(steps)
    )


def _events(
    trace: Trace,
    steps: list[tuple[int, Step]],
    family: list[int],
    writes: list[tuple[int, Event]],
) -> tuple[Event, ...]:
    """The events of one leaf; `writes` are its writes in order, each with the backward calls before
    it."""
    passes = {each.number: each for each in trace.passes}
    found: list[Event] = []
    writes = list(writes)
    for at, (place, step) in enumerate(steps):
        span = passes[step.pass_number].span
        before = steps[at - 1][1] if at else None
        while writes and writes[0][0] < step.pass_number:
            event = writes.pop(0)[1]
            if before is not None:  # a value from before the first pass is not part of this life
                found.append(event)
        held = step.before is not None and not zero(step.before)
        forgotten = None
        if held and before is not None and before.node != step.node:
            following = steps[at + 1][1].node if at + 1 < len(steps) else family[-1]
            if following != step.node:
                updated = trace.nodes[step.node].span
                forgotten = updated.line if updated else 0
        value = step.accumulated or (step.upstream[0] if step.upstream else None)
        line = span.line if span else None
        found.append(Event("added" if held else "filled", place, line, value, forgotten))
    return (*found, *(event for _, event in writes))


def _lives(reading: Reading) -> tuple[Life, ...]:
    return lives(reading.trace)


def history(reading: Reading) -> Mapping[int, Message]:
    """The sentence about what came before, by the index of the accumulating step."""
    found: dict[int, Message] = {}
    for life in reading.once(_lives):
        name = Word(reading.label(life.node), "name")
        for last, event in zip((None, *life.events), life.events, strict=False):
            if event.step is None:
                continue
            if event.forgotten is not None:
                line = Word(str(event.forgotten or "?"))
                found[event.step] = Message("life.forgotten", {"name": name, "update": line})
            elif last is not None and last.kind in ("cleared", "zeroed") and last.line is not None:
                line = Word(str(last.line))
                found[event.step] = Message(f"life.was_{last.kind}", {"name": name, "line": line})
    return found


# ---- saved tensors ----


class Kept(msgspec.Struct, frozen=True):
    """The saved tensors of a node: their size, and the pass that freed them (None: none did)."""

    size: int
    freed: int | None


def kept(trace: Trace) -> Mapping[int, Kept]:
    """The saved tensors of each node, by its id. Memory shared with a value counts too."""
    keeping = {each.number for each in trace.passes if each.keeps}
    freed: dict[int, int] = {}
    for step in trace.steps:
        if step.pass_number not in keeping:
            freed.setdefault(step.node, step.pass_number)
    return {
        node.id: Kept(sum(size(array) for _, array in node.saved), freed.get(node.id))
        for node in trace.nodes
        if node.saved
    }


def size(array: Array) -> int:
    """The number of bytes of a tensor's elements."""
    bits = _BITS.search(array.dtype.removesuffix("_"))
    return math.prod(array.shape) * (int(bits[1]) // 8 if bits else 1)


def freed(trace: Trace, one: Kept, words: Text) -> str:
    """The sentence about when a node's saved tensors were freed."""
    at = next((each for each in trace.passes if each.number == one.freed), None)
    if at is not None:
        return words("life.freed", size=one.size, line=at.span.line if at.span else "?")
    return words("life.kept" if trace.passes else "life.waiting", size=one.size)


# ---- the panel ----


def panel(reading: Reading, frames: Mapping[int, int], words: Text, whole: bool) -> dict[str, Any]:
    """The panel's content; unless `whole`, only the number of leaves that a forgotten `zero_grad`
    spoiled."""
    trace = reading.trace
    found = reading.once(_lives)
    spoiled = [life for life in found if any(one.forgotten is not None for one in life.events)]
    if not whole:
        return {"forgotten": len(spoiled)}
    return {
        "forgotten": len(spoiled),
        "leaves": [_leaf(life, reading, frames, words) for life in found[:LEAVES]],
        "others": _others(reading, words),
        "saved": _saved(trace, words),
    }


def forgotten(reading: Reading) -> tuple[int, tuple[str, ...]] | None:
    """The line of the first backward call that added to a gradient which an update had used, and
    the names of the leaves to which that happened; None if it is unknown or did not happen."""
    found = [
        (event.line, reading.label(life.node))
        for life in reading.once(_lives)
        for event in life.events
        if event.forgotten is not None and event.line is not None
    ]
    if not found:
        return None
    return min(line for line, _ in found), tuple(dict.fromkeys(name for _, name in found))


def _leaf(life: Life, reading: Reading, frames: Mapping[int, int], words: Text) -> dict[str, Any]:
    trace = reading.trace
    name = reading.label(life.node)
    events = []
    for event in life.events[:EVENTS]:
        line = str(event.line or "?")
        value = notation.text(event.value, 6) if event.value is not None else "None"
        came = trace.steps[event.step].upstream if event.step is not None else ()
        grad = notation.text(next(iter(came), None), 6)
        text = words(f"life.{event.kind}", line=line, value=value, grad=grad)
        more = ""
        if event.forgotten is not None:
            more = words("life.forgotten", name=name, update=str(event.forgotten or "?"))
        frame = frames.get(event.step) if event.step is not None else None
        events.append({"text": text, "frame": frame, "forgotten": more})
    spoiled = any(event.forgotten is not None for event in life.events)
    return {
        "name": name,
        "why": words("life.leaf"),
        "events": events,
        "more": max(0, len(life.events) - EVENTS),
        "mend": words("life.mend", name=name) if spoiled else "",
    }


def _others(reading: Reading, words: Text) -> list[str]:
    """Sentences about the results that keep a gradient because of `retain_grad`, and those that
    keep none."""
    trace = reading.trace
    ran = {step.node for step in trace.steps}
    named = [node for node in trace.nodes if node.kind == "op" and node.names and node.id in ran]
    lines = []
    for key, asked in (("life.retained", True), ("life.not_leaf", False)):
        names = dict.fromkeys(reading.label(node.id) for node in named if node.retains is asked)
        shown = ", ".join(list(names)[:NAMES]) + (", …" if len(names) > NAMES else "")
        if names:
            lines.append(words(key, names=shown))
    return lines


def _saved(trace: Trace, words: Text) -> list[str]:
    """One line per pass: how much memory it freed or kept."""
    sizes = kept(trace)
    lines = []
    in_pass: dict[int, dict[int, None]] = {}
    for step in trace.steps:
        if step.node in sizes:
            in_pass.setdefault(step.pass_number, {})[step.node] = None
    for each in trace.passes:
        here = [sizes[node] for node in sorted(in_pass.get(each.number, ()))]
        if not here:
            continue
        gone = [one for one in here if one.freed == each.number]
        key = "life.pass_keeps" if each.keeps else "life.pass_frees"
        count = sum(one.size for one in (here if each.keeps else gone))
        line = str(each.span.line) if each.span else "?"
        nodes = str(len(here if each.keeps else gone))
        lines.append(words(key, number=str(each.number), line=line, nodes=nodes, size=str(count)))
    waiting = [one for one in sizes.values() if one.freed is None]
    if waiting and trace.passes:
        total = str(sum(one.size for one in waiting))
        lines.append(words("life.left", nodes=str(len(waiting)), size=total))
    return lines[:EVENTS]
