"""The texts a visitor can go back and forward to, and what led from one to the next."""

from typing import Literal

import msgspec

_LONGEST = 200
"""Texts kept to go back to."""


class History(msgspec.Struct, frozen=True):
    """Texts to go back and forward to, each with the key of what led away from it.

    `drag` is the drag whose first text is the last entry of `done`; `answered` the last wish.
    """

    done: tuple[tuple[str, str], ...] = ()
    undone: tuple[tuple[str, str], ...] = ()
    drag: int | None = None
    answered: int = 0


def changed(history: History, before: str, name: str, drag: int | None = None) -> History:
    """The history after `name` led away from a text; a drag that goes on is one step."""
    going_on = drag is not None and drag == history.drag
    done = history.done if going_on else (*history.done, (name, before))[-_LONGEST:]
    return History(done, (), drag, history.answered)


def typed(history: History, before: str) -> History:
    """The history after the visitor typed another text."""
    return changed(history, before, "inputs.done_text")


def go(source: str, history: History, way: Literal["undo", "redo"]) -> tuple[str, History]:
    """The text one step back or forward and the history there; as they were at the end."""
    back, forth = ("done", "undone") if way == "undo" else ("undone", "done")
    entries: tuple[tuple[str, str], ...] = getattr(history, back)
    if not entries:
        return source, history
    name, text = entries[-1]
    other = (*getattr(history, forth), (name, source))
    return text, msgspec.structs.replace(history, **{back: entries[:-1], forth: other})
