"""The words on the screen: one catalogue per language in assets/text, flat keys "table.name".

A message is plain text with `{name}` placeholders and nothing else: no attribute, index, format or
conversion, so that no parameter can reach further than its own text. A missing key or parameter
raises KeyError; a test checks that all languages have the same keys and placeholders.
"""

import functools
import string
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from viz_app.knowledge import particles
from viz_app.model import Failure
from viz_app.paths import ASSETS

FOLDER = ASSETS / "text"


def failed(failure: Failure, words: "Text") -> str:
    """The sentence of a failure, and how far the program came if a limit ended it."""
    sentence = words(f"error.{failure.code}", **failure.params)
    if "passes" not in failure.params:
        return sentence
    return f"{sentence} {words('reached.passes', **failure.params)}"


DEFAULT = "en"
"""The language shown to a browser whose own has no catalogue."""


class Text(msgspec.Struct, frozen=True):
    """One language's catalogue. Call it with a key and the placeholders' values."""

    language: str
    messages: Mapping[str, str]
    tables: dict[str, Mapping[str, str]] = {}
    """The tables used so far; each rerun of each page uses several."""

    def __call__(self, key: str, /, **params: object) -> str:
        """The message, filled. KeyError for an unknown key or a missing parameter.

        Surplus parameters are ignored: a Failure's fill both its error and its hint. Double
        particles in a Korean message are settled (`particles.py`).
        """
        found = ""
        for literal, name in pieces(self.messages[key]):
            found += particles.settle(found, literal) if found else literal
            if name is not None:
                value = params[name]
                found += f"{value:g}" if isinstance(value, float) else str(value)
        return found

    def __contains__(self, key: object) -> bool:
        return key in self.messages

    def table(self, name: str) -> Mapping[str, str]:
        """The templates of one table, keys without the table's name; for the browser's side."""
        if name in self.tables:
            return self.tables[name]
        start = f"{name}."
        found = {
            key.removeprefix(start): text
            for key, text in self.messages.items()
            if key.startswith(start)
        }
        if not found:
            raise KeyError(name)
        return self.tables.setdefault(name, found)


@functools.cache
def pieces(template: str) -> tuple[tuple[str, str | None], ...]:
    """The literal texts of a catalogue's message, each with the placeholder after it; parsed once,
    since each rerun of each page uses several messages."""
    return tuple((literal, name) for literal, name, _, _ in string.Formatter().parse(template))


def placeholders(template: str) -> frozenset[str]:
    """The names of a message's placeholders. ValueError for anything but a plain `{name}`."""
    names = set()
    for _, name, spec, conversion in string.Formatter().parse(template):
        if name is None:
            continue
        if not name.isidentifier() or spec or conversion:
            raise ValueError(f"only plain {{name}} placeholders are allowed: {template!r}")
        names.add(name)
    return frozenset(names)


@functools.cache
def languages() -> tuple[str, ...]:
    """Codes of all languages that have a catalogue, the default first."""
    codes = sorted(path.stem for path in FOLDER.glob("*.toml"))
    return (DEFAULT, *(code for code in codes if code != DEFAULT))


@functools.cache
def load(language: str) -> Text:
    """The catalogue of a language.

    KeyError for a language without one, ValueError for a bad message.
    """
    if language not in languages():
        raise KeyError(language)
    tables = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    messages = dict(_flatten(tables, ""))
    for template in messages.values():
        placeholders(template)
    return Text(language=language, messages=messages)


def choose(*preferred: str | None) -> str:
    """The first that has a catalogue, else the default.

    Each is a code or a browser's locale: "ko", "ko-KR".
    """
    known = languages()
    for each in preferred:
        code = (each or "").replace("_", "-").partition("-")[0].lower()
        if code in known:
            return code
    return DEFAULT


def _flatten(table: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{key}.")
        elif isinstance(value, str):
            yield f"{prefix}{key}", value
        else:
            raise ValueError(f"{prefix}{key}: a message is a text")
