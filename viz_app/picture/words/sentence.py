"""A message in one language: as a row of words with their tones, or as plain text."""

from collections.abc import Sequence

from viz_app.browser import Said
from viz_app.knowledge import particles
from viz_app.knowledge.text import Text, pieces
from viz_app.model import Message, Word

LISTED = 12
"""Maximum number of items in a list; a longer one shows the first ones and the last."""


def parts(message: Message, words: Text) -> tuple[Said, ...]:
    """A message in one language, in its tones."""
    return tuple(_merged(_parts(message, words)))


def plain(written: str | Message, words: Text) -> str:
    """The message without tones; a plain string stays as it is."""
    return (
        written
        if isinstance(written, str)
        else "".join(part.text for part in parts(written, words))
    )


def _parts(item: Word | Message | tuple[Word | Message, ...], words: Text) -> list[Said]:
    if isinstance(item, Word):
        return [Said(item.text, item.tone, plain(item.plain, words))]
    if isinstance(item, tuple):
        return _list(item, words)
    found: list[Said] = []
    for literal, field in pieces(_template(item, words)):
        if literal:
            before = found[-1].text if found else ""
            found.append(Said(particles.settle(before, literal)))
        if field is not None:
            found += _parts(item.params[field], words)
    return found


def _template(message: Message, words: Text) -> str:
    """The message's text, without "Line {line} · " where the place is not in the text."""
    text = words.messages[message.key]
    head, _, rest = text.partition(" · ")
    return rest if "{line}" in head and message.params["line"] == Word("") else text


def _list(items: Sequence[Word | Message], words: Text) -> list[Said]:
    if len(items) > LISTED:
        items = (*items[: LISTED - 2], Word("…"), items[-1])
    found: list[Said] = []
    for place, item in enumerate(items):
        if place:
            last = place == len(items) - 1
            joint = "list.pair" if len(items) == 2 else "list.last" if last else "list.comma"
            found.append(Said(words(joint).replace("_", " ")))
        found += _parts(item, words)
    return found


def _merged(found: Sequence[Said]) -> list[Said]:
    merged: list[Said] = []
    for part in found:
        last = merged[-1] if merged else None
        if last is not None and last.tone == part.tone and not (last.plain or part.plain):
            merged[-1] = Said(last.text + part.text, last.tone)
        else:
            merged.append(part)
    return merged
