"""A lesson's ideas, each tied to the step of the picture that shows it."""

import re
from collections.abc import Mapping

import streamlit as st

from viz_app.browser import Idea, IdeasData
from viz_app.knowledge import lessons
from viz_app.knowledge.lessons import Lesson
from viz_app.knowledge.text import Text
from viz_app.page.server import panel_scripts
from viz_app.paths import ASSETS

_component = st.components.v2.component(
    "viz_ideas",
    html='<section class="viz-ideas"></section>',
    css=(ASSETS / "page/panels.css").read_text("utf-8"),
    js=panel_scripts.panel("page/ideas.js"),
    isolate_styles=False,
)


_NUMBER = re.compile(r"\d+\.?\d*")
_SETUP = re.compile(r"(import|from|pass)\b")


def show(lesson: Lesson | None, source: str, moments: Mapping[str, int], words: Text) -> None:
    """Draw the ideas of a lesson; nothing for a text that is not a version of it.

    `moments` are the frames that show them, for those that this text has.
    """
    found = lesson.ideas if lesson and belongs(lesson.program, source) else ()
    _component(
        key="ideas",
        data=panel_scripts.data(
            IdeasData(
                label=words("page.ideas"),
                jump=words("page.idea_jump"),
                unseen=words("page.idea_unseen"),
                ideas=tuple(
                    Idea(
                        text=lessons.words(idea.text, words.language),
                        answer=lessons.words(idea.answer, words.language) if idea.answer else "",
                        step=moments.get(idea.moment),
                    )
                    for idea in found
                ),
            )
        ),
    )


def belongs(program: str, source: str) -> bool:
    """True if at least half of a program's lines are in a text, whatever their numbers."""
    lines = _lines(program)
    return 2 * len(lines & _lines(source)) >= len(lines)


def _lines(text: str) -> set[str]:
    codes = ("".join(line.split("#")[0].split()) for line in text.splitlines())
    return {_NUMBER.sub("0", code) for code in codes if code and not _SETUP.match(code)}
