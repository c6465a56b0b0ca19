"""The contents of the leaves' `.grad` between backward passes: the program's writes, and what
stays.

Most writes clear it (`zero_grad`); clipping scales it. A leaf that was changed in place is a new
card of the same leaf, and holds the old card's `.grad`.
"""

from collections.abc import MutableMapping

import msgspec

from viz_app.model import Array, Change, FormulaPart, Frame, Message, Node, Step, Word, Write
from viz_app.picture.words import formula
from viz_app.picture.words.formula import FIRST_TERMS, SHOWN_TERMS, spoken
from viz_app.picture.words.notation import Reading

MOST_NAMED = 6
"""Maximum number of leaves that a sentence names one by one."""


def write(reading: Reading, of: Write, index: int) -> Frame:
    """The frame of one write: every leaf it changed."""
    named = of.nodes if len(of.nodes) <= MOST_NAMED else of.nodes[: MOST_NAMED - 1]
    names = [Word(f"{reading.label(node)}.grad", "name") for node in named]
    key = "caption.write_" + _became(of)
    params: dict[str, Word | Message | tuple[Word | Message, ...]] = {
        "line": Word(reading.line(of.span)),
        "name": names[0],
    }
    if len(of.nodes) > 1:
        key += "_many"
        params["names"] = (*names, *_more(len(of.nodes) - len(names)))
        params["count"] = Word(str(len(of.nodes)))
    else:
        params["before"] = Word(_held(of.before[0]), "gradient")
        params["after"] = Word(_held(of.after[0]), "gradient")
    lines = list(zip(of.nodes, of.after, strict=True))[:SHOWN_TERMS]
    formulas = [formula.put(reading.label(node), after) for node, after in lines]
    if len(of.nodes) > len(lines):
        formulas.append(FormulaPart(r"\dots", "muted", "…"))
    return Frame(
        index=index,
        phase="write",
        nodes=of.nodes,
        edges=(),
        span=of.span,
        message=Message(key, params),
        formula=tuple(part for one in formulas for part in (FormulaPart(""), one))[1:],
        changes=tuple(
            Change(node=node, output=0, total=after, before=before, emptied=after is None)
            for node, before, after in zip(of.nodes, of.before, of.after, strict=True)
        ),
    )


def _more(count: int) -> list[Message]:
    """The end of a list from which `count` items are left out."""
    return [Message("list.more", {"count": Word(str(count))})] if count else []


def carried(
    frame: Frame, nodes: tuple[Node, ...], held: MutableMapping[int, Array | None]
) -> Frame:
    """The frame of leaves changed in place, with the gradients that their `.grad` still holds."""
    changes = []
    for node in frame.nodes:
        old = nodes[node].replaces
        grad = None if old is None else held.get(old)
        if grad is not None:
            held[node] = grad
            changes.append(Change(node=node, output=0, total=grad))
    return msgspec.structs.replace(frame, changes=tuple(changes)) if changes else frame


def _became(of: Write) -> str:
    if all(after is None for after in of.after):
        return "none"
    if all(after is not None and zero(after) for after in of.after):
        return "zero"
    return "other"


def zero(array: Array) -> bool:
    """True if every element is 0."""
    if array.truncated:
        return array.minimum == array.maximum == 0 and not array.nan and not array.inf
    return all(x == (0.0, 0.0) if isinstance(x, tuple) else x == 0 for x in array.data)


def _held(array: Array | None) -> str:
    return "None" if array is None else spoken(array)


def accumulated(reading: Reading, step: Step, came: list[tuple[Array | None, str]]) -> Message:
    """The sentence of a step that adds the arrived gradients, each with its sender, to a leaf's
    `.grad`."""
    first = step.upstream[0] if step.upstream else None
    label = reading.label(step.node)
    total = step.accumulated or first
    params: dict[str, Word | Message | tuple[Word | Message, ...]] = {
        "op": Word(step.grad_fn, "name", reading.spelled(reading.nodes[step.node])),
        "name": Word(label, "name"),
        "total": Word(spoken(total), "gradient"),
        "grad": Word(spoken(first), "gradient"),
        "before": Word(spoken(step.before), "gradient"),
    }
    key = "caption.accumulate"
    if len(came) > 1:
        key = "caption.accumulate_terms"
        params["count"] = Message(f"count.{len(came)}") if len(came) <= 10 else Word(str(len(came)))
        terms: list[Word | Message] = [
            Message(
                "caption.term",
                {"grad": Word(spoken(grad), "gradient"), "by": Word(by, "name")},
            )
            for grad, by in (came if len(came) <= SHOWN_TERMS else came[:FIRST_TERMS])
        ]
        params["terms"] = (*terms, *_more(len(came) - len(terms)))
    if step.before is not None:
        key += "_again"
    return Message(key, params)
