"""The possible changes of each operation of the program, tried in the child."""

import contextlib
from typing import Protocol

import msgspec

from viz_app import edit
from viz_app.browser import Choice, Choices, Stops
from viz_app.edit import Offer, rows
from viz_app.engine import client
from viz_app.engine.client import Files
from viz_app.errors import VizError
from viz_app.knowledge.text import Text
from viz_app.limits import Visitor
from viz_app.model import Call, Input, Tried
from viz_app.picture.words import notation

ATTEMPTS = 2
"""Maximum number of attempts: a busy machine may get to try nothing in the time of `TRIAL`."""


class Editable(Protocol):
    """The data that edits need: a text, its literals and its operations, as its run found them."""

    @property
    def source(self) -> str: ...
    @property
    def inputs(self) -> tuple[Input, ...]: ...
    @property
    def calls(self) -> tuple[Call, ...]: ...


class Tries(msgspec.Struct, frozen=True):
    """The possible changes of call `at` of the text `source`, each with the result of its trial.

    `complete` is false if there was not enough time to try them all.
    """

    source: str
    at: int
    offers: tuple[tuple[Offer, Tried], ...]
    complete: bool


def tries(
    found: Editable,
    at: int,
    *,
    whole: bool,
    visitor: Visitor | None = None,
    files: Files = (),
) -> Tries:
    """Try the possible changes of a call: one confined child, in a visitor's place in the queue, up
    to `TRIAL`, and another if that one tried none. `whole` runs the program to its end with each.
    `files` are those beside the program.

    IndexError for a call that does not exist.
    """
    call = found.calls[at]
    offers = edit.offers(found.source, call)
    # Wrapping it and adding a step after it are the same operation, written in two ways: one is
    # tried.
    tried = [each for each in offers if each.kind != "wrap"]
    texts = tuple(edit.apply(found.source, each.edit) for each in tried)
    outcomes: tuple[Tried, ...] = ()
    with contextlib.suppress(VizError):  # the same program runs; what can't be tried is not offered
        for _ in range(ATTEMPTS):
            outcomes = client.try_out(
                found.source, call.span, texts, whole=whole, files=files, visitor=visitor
            )
            if outcomes or not texts:
                break
    known = {
        (each.kind, each.to, each.keep): outcome
        for each, outcome in zip(tried, outcomes, strict=False)
    }
    known |= {("wrap", to, keep): it for (kind, to, keep), it in known.items() if kind == "step"}
    offered = [(each, known.get((each.kind, each.to, each.keep))) for each in offers]
    fitting = tuple((each, it) for each, it in offered if it is not None and _fits(it))
    return Tries(found.source, at, fitting, len(outcomes) == len(tried))


def _fits(tried: Tried) -> bool:
    """True unless the operation gave nothing but a failure: then it is not offered."""
    return bool(tried.shapes) or tried.error is None


def choices(found: Tries, words: Text, call: Call) -> Choices:
    """The content of the choice: changes that let the program run to its end come first."""
    kinds: dict[str, list[Choice]] = {}
    for offer, tried in sorted(found.offers, key=lambda each: each[1].error is not None):
        kinds.setdefault(offer.kind, []).append(_choice(offer, tried, found.source, call, words))
    return Choices(found.at, found.complete, kinds)


def _choice(offer: Offer, tried: Tried, source: str, call: Call, words: Text) -> Choice:
    kept = ""
    if offer.kind == "remove" and call.operands:
        kept = rows.text(source, call.operands[offer.keep])
    stops = None
    if tried.error is not None:
        line = tried.error.span.line
        message = notation.clean(f"{tried.error.type}: {tried.error.message}", 200)
        stops = Stops(words("changes.stops", line=line), message)
    return Choice(
        to=offer.to,
        keep=offer.keep,
        label=offer.to or notation.clean(kept or offer.edit.new, 24),
        shape=rows.shapes(tried.shapes),
        writes=notation.clean(" ".join(offer.edit.new.split()), 80),
        stops=stops,
    )
