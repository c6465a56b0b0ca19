"""The lesson's panel: ideas tied to steps, a prediction, the goal and its hints."""

from collections.abc import Callable
from typing import Any

import msgspec
import streamlit as st

from viz_app import browser
from viz_app.knowledge import goals, lessons
from viz_app.knowledge.lessons import Idea, Lesson
from viz_app.knowledge.text import Text
from viz_app.page.server import panel_scripts
from viz_app.workers.jobs import Picture

KEY = "lesson"

_component = st.components.v2.component(
    "viz_lesson",
    html='<section class="viz-lesson"></section>',
    js=panel_scripts.panel("page/lesson.js"),
    isolate_styles=False,
)


def show(
    lesson: Lesson | None,
    picture: Picture,
    words: Text,
    *,
    live: bool,
    brought: str | None,
    own: browser.OwnProgram | None,
    on_chosen: Callable[[], None],
) -> None:
    """Draw a lesson; nothing for a text that is not a version of it.

    `live`: the picture is of the present text. `brought` is the text of a lesson that came in a
    file or a link. `own` is a program of the visitor's for it to keep. `on_chosen` is called when
    the visitor continues with another lesson: `chosen()`.
    """
    _component(
        key=KEY,
        data=panel_scripts.data(_data(lesson, picture, words, own, brought, live=live)),
        on_chosen_change=on_chosen,
    )


def chosen() -> browser.Chosen:
    """The lesson that the visitor wants to go on to; its slug is "" if there is none."""
    try:
        return msgspec.convert(_state(), browser.Chosen)
    except msgspec.ValidationError:  # no choice, or none that our own panel makes
        return browser.Chosen("", 0)


def _state() -> dict[str, Any]:
    state: dict[str, Any] = st.session_state.get(KEY) or {}
    return dict(state.get("chosen") or {})


def _data(
    lesson: Lesson | None,
    picture: Picture,
    words: Text,
    own: browser.OwnProgram | None,
    brought: str | None,
    *,
    live: bool,
) -> browser.LessonData:
    labels, taken = words.table("lesson"), int(_state().get("count") or 0)
    if lesson is None or not lessons.belongs(lesson.program, picture.source):
        return browser.LessonData(
            "", "", None, own, taken, "", (), None, None, "", "", None, labels
        )

    def translated(translations: lessons.Words) -> str:
        return lessons.words(translations, words.language) if translations else ""

    return browser.LessonData(
        slug=lesson.slug,
        title=translated(lesson.title),
        brought=None
        if brought is None
        else browser.BroughtLesson(translated(lesson.title), brought),
        own=own,
        taken=taken,
        question=translated(lesson.question),
        ideas=tuple(
            browser.Idea(
                text=translated(idea.text),
                answer=translated(idea.answer) if shown.answer_holds else "",
                step=shown.step,
                holds=shown.holds,
                panel=idea.panel,
                unfold=shown.unfold,
                asks=shown.asks,
                change=_change(idea, picture.source, words) if live else "",
            )
            for idea, shown in zip(lesson.ideas, picture.shows, strict=False)
        ),
        predict=_prediction(lesson, picture, words),
        goal=_goal(lesson, picture, words, live=live),
        wrong=translated(lesson.wrong),
        recap=translated(lesson.recap),
        next=_following(lesson, words),
        labels=labels,
    )


def _change(idea: Idea, source: str, words: Text) -> str:
    """The what-if of an idea, "" if it has none for this program."""
    edit = idea.edit
    if edit is None or not edit.fits(source):
        return ""
    return words("lesson.try", find=edit.find.strip(), put=edit.put.strip())


def _prediction(lesson: Lesson, picture: Picture, words: Text) -> browser.LessonPrediction | None:
    asked, language = lesson.predict, words.language
    if asked is None:
        return None
    steps = (
        shown.step
        for idea, shown in zip(lesson.ideas, picture.shows, strict=False)
        if idea.predicts
    )
    return browser.LessonPrediction(
        question=lessons.words(asked.question, language),
        choices=tuple(
            browser.LessonChoice(
                text=lessons.words(choice.text, language),
                why=lessons.words(choice.why, language),
                right=choice.right,
            )
            for choice in asked.choices
        ),
        step=next(steps, None),
    )


def _goal(
    lesson: Lesson, picture: Picture, words: Text, *, live: bool
) -> browser.LessonGoal | None:
    if lesson.goal is None:
        return None
    verdict = picture.verdict if live else None
    unchanged = picture.source == lesson.program
    hints = [lessons.words(hint, words.language) for hint in lesson.hints]
    if lesson.solution is not None:
        edit = lesson.solution
        hints.append(words("lesson.edit", find=edit.find.strip(), put=edit.put.strip()))
    return browser.LessonGoal(
        text=lessons.words(lesson.goal.text, words.language),
        standing="open" if verdict is None else verdict.standing,
        reason="" if verdict is None or unchanged else goals.sentence(verdict, words),
        hints=tuple(hints),
    )


def _following(lesson: Lesson, words: Text) -> browser.LessonLink | None:
    after = lessons.following(lesson.slug)
    if after is None:
        return None
    return browser.LessonLink(after.slug, lessons.words(after.title, words.language))
