"""A message in one language: as a row of words with their tones, or as plain text."""

import string
from collections.abc import Sequence

from viz_app.browser import Said
from viz_app.knowledge import particles
from viz_app.knowledge.text import Text
from viz_app.model import Message, Tone, Word

Part = tuple[str, Tone]

LISTED = 12
"""Maximum number of items in a list; a longer one shows the first ones and the last."""


def parts(message: Message, words: Text) -> tuple[Said, ...]:
    """A message in one language, in its tones."""
    return tuple(Said(text, tone) for text, tone in _merged(_parts(message, words)))


def plain(said: str | Message, words: Text) -> str:
    """The message without tones; a plain string stays as it is."""
    return said if isinstance(said, str) else "".join(part.text for part in parts(said, words))


def _parts(item: Word | Message | tuple[Word | Message, ...], words: Text) -> list[Part]:
    if isinstance(item, Word):
        return [(item.text, item.tone)]
    if isinstance(item, tuple):
        return _list(item, words)
    found: list[Part] = []
    for literal, field, _, _ in string.Formatter().parse(_template(item, words)):
        if literal:
            before = found[-1][0] if found else ""
            found.append((particles.settle(before, literal), "plain"))
        if field is not None:
            found += _parts(item.params[field], words)
    return found


def _template(message: Message, words: Text) -> str:
    """The message's text, without "Line {line} · " where the place is not in the text."""
    text = words.messages[message.key]
    head, _, rest = text.partition(" · ")
    return rest if "{line}" in head and message.params["line"] == Word("") else text


def _list(items: Sequence[Word | Message], words: Text) -> list[Part]:
    if len(items) > LISTED:
        items = (*items[: LISTED - 2], Word("…"), items[-1])
    found: list[Part] = []
    for place, item in enumerate(items):
        if place:
            last = place == len(items) - 1
            joint = "list.pair" if len(items) == 2 else "list.last" if last else "list.comma"
            found.append((words(joint).replace("_", " "), "plain"))
        found += _parts(item, words)
    return found


def _merged(found: Sequence[Part]) -> list[Part]:
    merged: list[Part] = []
    for text, tone in found:
        if merged and merged[-1][1] == tone:
            merged[-1] = merged[-1][0] + text, tone
        else:
            merged.append((text, tone))
    return merged
