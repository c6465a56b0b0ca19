"""The texts a visitor can go back and forward to, and the changes between them."""

import re
from itertools import pairwise
from typing import Literal

import msgspec

from viz_app.browser import States
from viz_app.knowledge.text import Text
from viz_app.picture.words import notation

_LONGEST = 200
"""Maximum number of texts to go back to."""
_CHARACTERS = 500_000
"""Maximum number of characters of all these texts; the last one is kept whatever its length."""
_SHOWN = 28
"""Maximum number of characters shown of the old and of the new text of a change."""


class History(msgspec.Struct, frozen=True):
    """Texts to go back and forward to, each with the key of the change that led away from it.

    `drag` is the drag, or the burst of typing, whose first text is the last entry of `done`;
    `answered` the last request.
    """

    done: tuple[tuple[str, str], ...] = ()
    undone: tuple[tuple[str, str], ...] = ()
    drag: int | None = None
    answered: int = 0


def changed(history: History, before: str, name: str, drag: int | None = None) -> History:
    """The history after `name` led away from a text; a continued drag is one step."""
    going_on = drag is not None and drag == history.drag
    done = history.done if going_on else (*history.done, (name, before))[-_LONGEST:]
    while len(done) > 1 and sum(len(text) for _, text in done) > _CHARACTERS:
        done = done[1:]
    return History(done, (), drag, history.answered)


def typed(history: History, before: str, burst: int) -> History:
    """The history after the visitor typed another text; a burst of typing is one step."""
    return changed(history, before, "inputs.done_text", burst)


def go(source: str, history: History, way: Literal["undo", "redo"]) -> tuple[str, History]:
    """The text one step back or forward and the history there; both unchanged at the end."""
    back, forth = ("done", "undone") if way == "undo" else ("undone", "done")
    entries: tuple[tuple[str, str], ...] = getattr(history, back)
    if not entries:
        return source, history
    name, text = entries[-1]
    other = (*getattr(history, forth), (name, source))
    return text, msgspec.structs.replace(history, drag=None, **{back: entries[:-1], forth: other})


def jump(source: str, history: History, state: int) -> tuple[str, History]:
    """The text of one of `states`, counted from 0, and the history there."""
    state = min(max(state, 0), len(history.done) + len(history.undone))
    while len(history.done) != state:
        way: Literal["undo", "redo"] = "undo" if state < len(history.done) else "redo"
        source, history = go(source, history, way)
    return source, history


def place_of(text: str, source: str, history: History) -> int | None:
    """The index in `states` of this text, the nearest to the current one; None if none has it."""
    now = len(history.done)
    texts = [each for _, each in history.done] + [source]
    texts += [each for _, each in reversed(history.undone)]
    places = [place for place, each in enumerate(texts) if each == text]
    return min(places, key=lambda place: abs(place - now), default=None)


def opened(text: str, source: str, history: History) -> History:
    """The history of a text that a link opened: moved to it if it is one of `states`, else new."""
    place = place_of(text, source, history)
    if place is None:
        return History(answered=history.answered)
    return jump(source, history, place)[1]


Differences = dict[tuple[str, str], tuple[int, str, str]]
"""The first difference of two texts of one history, by the texts: see `difference`."""


def states(source: str, history: History, words: Text, known: Differences | None = None) -> States:
    """The texts of the history, for the browser.

    `known` caches the differences from call to call: those of this history and no others.
    """
    texts = [text for _, text in history.done] + [source]
    texts += [text for _, text in reversed(history.undone)]
    names = [name for name, _ in history.done] + [name for name, _ in reversed(history.undone)]
    before = known or {}
    found = {pair: before.get(pair) or difference(*pair) for pair in pairwise(texts)}
    if known is not None:
        known.clear()
        known.update(found)
    steps = zip(names, pairwise(texts), strict=False)
    names_now = (_done(name, found[pair], words) for name, pair in steps)
    return States(now=len(history.done), names=(words("changes.first"), *names_now))


def step(name: str, before: str, after: str, words: Text, known: Differences | None = None) -> str:
    """The change from one text to the next, with the piece that differs: `2. → 2.5`."""
    found = (known or {}).get((before, after)) or difference(before, after)
    return _done(name, found, words)


def _done(name: str, found: tuple[int, str, str], words: Text) -> str:
    line, old, new = found
    return words("changes.done", name=words(name), line=line, old=old or "∅", new=new or "∅")


def undoing(
    source: str, history: History, words: Text, known: Differences | None = None
) -> tuple[str | None, str | None]:
    """The changes that undo would revert and redo would repeat; None for nothing.

    `known` are the differences found by `states`.
    """
    back = step(*history.done[-1], source, words, known) if history.done else None
    forth = None
    if history.undone:
        name, after = history.undone[-1]
        forth = step(name, source, after, words, known)
    return back, forth


def difference(before: str, after: str) -> tuple[int, str, str]:
    """The line (from 1) at which two texts differ, and each one's differing part, in whole
    words."""
    first = _alike(before, after)
    for _ in range(_SHOWN):
        if not first or not any(_inside_a_word(text, first) for text in (before, after)):
            break
        first -= 1
    last = _alike(before[first:][::-1], after[first:][::-1])
    for _ in range(_SHOWN):
        if not last or not any(_inside_a_word(text, len(text) - last) for text in (before, after)):
            break
        last -= 1
    pieces = [text[first : len(text) - last][: 4 * _SHOWN] for text in (before, after)]
    words = [" ".join(piece.split()) for piece in pieces]
    if not all(words):  # an added or removed part includes its comma
        words = [each.strip(", ") or each for each in words]
    old, new = (notation.clean(each, _SHOWN) for each in words)
    return before.count("\n", 0, first) + 1, old, new


def _alike(one: str, other: str) -> int:
    """The length of the common prefix of two texts; by halves, for long texts."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _inside_a_word(text: str, place: int) -> bool:
    """True if a name or a number extends over a position of the text."""
    return re.fullmatch(r"[\w.]{2}", text[max(place - 1, 0) : place + 1]) is not None
