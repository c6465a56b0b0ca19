"""The operations of the program: as rows, and what each can become, tried in the child."""

import contextlib
from typing import Any

import msgspec

from viz_app import edit
from viz_app.edit import Offer
from viz_app.engine import client
from viz_app.errors import VizError
from viz_app.knowledge.text import Text
from viz_app.limits import Visitor
from viz_app.model import Call, Span, Trace, Tried
from viz_app.picture import notation

WHOLE = 400
"""Nodes up to which a program is run to its end with each choice; a longer one to the operation."""
ATTEMPTS = 2
"""A busy machine may come to try nothing in the time of `TRIAL`: then it gets it once more."""


class Tries(msgspec.Struct, frozen=True):
    """What can be done to call `at` of the text `source`, and what came of each when tried.

    `complete` is false when the time was not enough to try them all.
    """

    source: str
    at: int
    offers: tuple[tuple[Offer, Tried], ...]
    complete: bool


def rows(trace: Trace) -> list[dict[str, Any]]:
    """A row a call, in the order in which they were worked out."""
    numbers = {it.span: at for at, it in enumerate(trace.inputs) if not it.value.shape}
    return [
        {
            "at": at,
            "name": _name(trace, call),
            "op": call.op + "=" * (call.form == "augmented"),
            "operands": [
                {"at": numbers.get(span), "text": _text(trace.source, span)}
                for span in call.operands
            ],
        }
        for at, call in enumerate(trace.calls)
    ]


def marks(trace: Trace) -> list[dict[str, Any]]:
    """What each call is and where it is seen: its text, its nodes in the picture, its shape."""
    return [
        {
            "name": "" if call.form == "augmented" else _name(trace, call),
            "nodes": call.nodes,
            "span": list(msgspec.structs.astuple(call.span)),
            "text": notation.clean(_text(trace.source, call.span), 60),
            "shape": _shapes(
                tuple(it.shape for it in trace.nodes[call.nodes[-1]].values if it is not None)
            ),
        }
        for call in trace.calls
    ]


def tries(trace: Trace, at: int, visitor: Visitor | None = None) -> Tries:
    """Try what can be done to a call: one confined child, in a visitor's turn, up to `TRIAL`,
    and another where that came to none.

    IndexError for a call that is not there.
    """
    call = trace.calls[at]
    offers = edit.offers(trace.source, call)
    # Around it and behind it are the same operation, written in two ways: one of them is tried.
    tried = [each for each in offers if each.kind != "wrap"]
    texts = tuple(edit.apply(trace.source, each.edit) for each in tried)
    whole = len(trace.nodes) <= WHOLE
    outcomes: tuple[Tried, ...] = ()
    with contextlib.suppress(VizError):  # the same program runs; what can't be tried is not offered
        for _ in range(ATTEMPTS):
            outcomes = client.try_out(trace.source, call.span, texts, whole=whole, visitor=visitor)
            if outcomes or not texts:
                break
    known = {
        (each.kind, each.to, each.keep): outcome
        for each, outcome in zip(tried, outcomes, strict=False)
    }
    known |= {("wrap", to, keep): it for (kind, to, keep), it in known.items() if kind == "step"}
    found = [(each, known.get((each.kind, each.to, each.keep))) for each in offers]
    fitting = tuple((each, it) for each, it in found if it is not None and _fits(it))
    return Tries(trace.source, at, fitting, len(outcomes) == len(tried))


def _fits(tried: Tried) -> bool:
    """An operation that gave nothing but a failure is not offered."""
    return bool(tried.shapes) or tried.error is None


def choices(found: Tries, trace: Trace, words: Text) -> dict[str, Any]:
    """What the choice shows: those that let the program run to its end first."""
    call = trace.calls[found.at]
    kinds: dict[str, list[dict[str, Any]]] = {}
    for offer, tried in sorted(found.offers, key=lambda each: each[1].error is not None):
        kinds.setdefault(offer.kind, []).append(_choice(offer, tried, trace, call, words))
    return {"at": found.at, "complete": found.complete, "kinds": kinds}


def _choice(offer: Offer, tried: Tried, trace: Trace, call: Call, words: Text) -> dict[str, Any]:
    kept = ""
    if offer.kind == "remove" and call.operands:
        kept = _text(trace.source, call.operands[offer.keep])
    stops = None
    if tried.error is not None:
        line = tried.error.span.line
        message = notation.clean(f"{tried.error.type}: {tried.error.message}", 200)
        stops = {"mark": words("changes.stops", line=line), "why": message}
    return {
        "to": offer.to,
        "keep": offer.keep,
        "label": offer.to or notation.clean(kept or offer.edit.new, 24),
        "shape": _shapes(tried.shapes),
        "writes": notation.clean(" ".join(offer.edit.new.split()), 80),
        "stops": stops,
    }


def _shapes(shapes: tuple[tuple[int, ...], ...]) -> str:
    """`(2, 3)`, as PyTorch writes a size."""
    return ", ".join(str(shape) for shape in shapes)


def _name(trace: Trace, call: Call) -> str:
    if call.form == "layer":
        return trace.nodes[call.nodes[-1]].scope[-1].name
    return next((name.text for name in trace.nodes[call.nodes[-1]].names), "")


def _text(source: str, span: Span) -> str:
    first, last = edit.offsets(source, span)
    return " ".join(source[first:last].split())
