"""A lesson's ideas, each tied to the step of the picture that shows it."""

from collections.abc import Sequence

import streamlit as st

from viz_app.browser import Idea, IdeasData
from viz_app.knowledge import lessons
from viz_app.knowledge.lessons import Lesson
from viz_app.knowledge.text import Text
from viz_app.page.server import panel_scripts
from viz_app.paths import ASSETS
from viz_app.workers.jobs import Shown

_component = st.components.v2.component(
    "viz_ideas",
    html='<section class="viz-ideas"></section>',
    css=(ASSETS / "page/panels.css").read_text("utf-8"),
    js=panel_scripts.panel("page/ideas.js"),
    isolate_styles=False,
)


def show(lesson: Lesson | None, shows: Sequence[Shown], words: Text) -> None:
    """Draw the ideas of a lesson at the places that `shows` has; nothing for a text that is not a
    version of it."""
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
                        answer=lessons.words(idea.answer, words.language)
                        if idea.answer and shown.answer_holds
                        else "",
                        step=shown.step,
                    )
                    for idea, shown in zip(lesson.ideas if lesson else (), shows, strict=False)
                ),
            )
        ),
    )
