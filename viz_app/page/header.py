"""The bar at the top: title, lesson, link, theme and language."""

import functools

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from viz_app.knowledge import lessons, text
from viz_app.knowledge.lessons import Lesson
from viz_app.knowledge.text import Text
from viz_app.page import session
from viz_app.page.panels import gallery, sharing, theme
from viz_app.page.visit import redraw
from viz_app.page.visit.state import taught, visit


def show(words: Text) -> DeltaGenerator:
    """Title, choices and buttons; the place for the wall's badge."""
    state = visit()
    choices: list[str | None] = list(lessons.load())
    brought = state.brought  # a label is made for as long as the choice is there
    current = _current()
    if current not in choices:  # a program of one's own, or a lesson from a file
        choices.append(current)
    # A widget reports its choice by its label, so one with other labels is another widget. It also
    # keeps its own choice: a link that was opened needs a new one.
    lesson_key = f"lesson_choice_{words.language}_{state.opened}"
    if current != state.lesson:  # its text has gone; an undo brings both back
        lesson_key += "_own"
    language_key = f"language_choice_{state.opened}"
    with st.container(key="header", horizontal=True, vertical_alignment="center"):
        st.title(f":orange[∇] {words('page.title')}", anchor=False, width="content")
        st.selectbox(
            words("page.lesson"),
            choices,
            index=choices.index(current),
            format_func=lambda slug: _lesson_name(slug, words, brought),
            key=lesson_key,
            label_visibility="collapsed",
            width=470,
            on_change=_lesson_chosen,
            args=(lesson_key, state.opened, current),
        )
        with st.container(key="tools", horizontal=True, width="content"):
            gallery.show(current, state.course, words, on_picked=session.picked)
            theme.show(words)
        st.space("stretch")
        badge = st.empty()
        sharing.show(
            session.linked(),
            state.program,
            words,
            on_reset=session.reset,
            on_teach=session.room_opened,
            on_join=session.room_joined,
        )
        st.segmented_control(
            words("page.language"),
            text.languages(),
            default=state.language,
            format_func=lambda code: text.load(code)("language.short"),
            key=language_key,
            label_visibility="collapsed",
            width="content",
            required=True,
            on_change=_language_chosen,
            args=(language_key, state.opened),
        )
    return badge


def _current() -> str | None:
    """The lesson whose text is shown; None for a program of one's own."""
    return None if taught(visit()) is None else visit().lesson


def _lesson_name(slug: str | None, words: Text, brought: Lesson | None) -> str:
    if slug is None:
        return words("page.own_program")
    if brought is not None and brought.slug == slug:
        return words("page.opened_lesson", title=lessons.words(brought.title, words.language))
    return _lesson_names(words.language)[slug]


@functools.cache
def _lesson_names(language: str) -> dict[str, str]:
    """The names of the server's lessons in the choice: each rerun of each page asks for all."""
    words = text.load(language)
    names = {}
    for slug, lesson in lessons.load().items():
        title = lessons.words(lesson.title, language)
        if lesson.beside:
            names[slug] = words("page.side_choice", title=title)
        else:
            names[slug] = words("page.lesson_choice", order=lesson.order, title=title)
    return names


# Streamlit fires on_change when a widget is removed (its value resets) or created (its initial
# value). Neither is a user action, so events of a widget that belongs to an earlier program are
# ignored.


@redraw.page
def _lesson_chosen(key: str, opened: int, shown: str | None) -> None:
    if opened != visit().opened or shown != _current() or st.session_state[key] == shown:
        return
    session.choose_lesson(st.session_state[key])


@redraw.page
def _language_chosen(key: str, opened: int) -> None:
    state = visit()
    if opened == state.opened and st.session_state[key] != state.language:
        state.language = state.asked_language = st.session_state[key]
