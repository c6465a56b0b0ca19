"""The lessons: one file each in assets/lessons, named by its slug, read and checked here.

A lesson is a program and a few ideas. An idea is tied to a moment, not to a step number: its step
follows from the trace of the learner's version of the program.
"""

import functools
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from viz_app.knowledge import text
from viz_app.paths import ASSETS

FOLDER = ASSETS / "lessons"

Moment = Literal[
    "first leaf", "first operation", "first backward", "first accumulate", "sum", "end"
]
"""The moment that shows an idea: "sum" is the backward step at which the most terms are added
up."""


class Idea(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence of a lesson, in every language, and the moment that shows it.

    `answer` is what predict mode asks for: one more sentence, hidden while it is on.
    """

    moment: Moment
    text: dict[str, str]
    answer: dict[str, str] = {}


class Lesson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A program to start from. `order` counts from 1; `title` has one entry per language."""

    slug: str
    order: int
    title: dict[str, str]
    program: str
    ideas: tuple[Idea, ...]


@functools.cache
def load() -> dict[str, Lesson]:
    """All lessons by slug, in their order.

    msgspec.ValidationError for a field that is wrong, ValueError without the default language.
    """
    found = [_read(path) for path in sorted(FOLDER.glob("*.toml"))]
    return {lesson.slug: lesson for lesson in sorted(found, key=lambda each: each.order)}


def first() -> Lesson:
    """The lesson that a visitor without a link sees."""
    return next(iter(load().values()))


def words(translations: Mapping[str, str], language: str) -> str:
    """A lesson's words in a language; in the default one if there is no translation."""
    return translations.get(language, translations[text.DEFAULT])


def _read(path: Path) -> Lesson:
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    lesson = msgspec.convert({"slug": path.stem, **table}, Lesson)
    ideas = [each for idea in lesson.ideas for each in (idea.text, idea.answer) if each]
    for translations in (lesson.title, *ideas):
        if text.DEFAULT not in translations:
            raise ValueError(f"{path.name}: {translations} is not in the default language")
    return lesson
