"""The gallery: the lessons by chapter, and the visitor's own programs, which the browser keeps."""

import functools
from collections.abc import Callable
from typing import Any

import msgspec
import streamlit as st

from viz_app import browser
from viz_app.knowledge import lessons, text
from viz_app.knowledge.lessons import Lesson
from viz_app.knowledge.text import Text
from viz_app.page.panels import stage
from viz_app.page.server import panel_scripts, thumbnails

KEY = "gallery"

_component = st.components.v2.component(
    "viz_gallery",
    html='<div class="viz-gallery-root"></div>',
    js=panel_scripts.panel("gallery/gallery.js"),
    isolate_styles=False,
)


def show(
    current: str | None,
    course: browser.BroughtCourse | None,
    words: Text,
    *,
    on_picked: Callable[[], None],
) -> None:
    """Draw the button that opens the gallery, and give the browser a course to keep.

    `on_picked` is called when the visitor has picked something: `picked()`.
    """
    _component(
        key=KEY,
        width="content",
        data=panel_scripts.data(
            browser.GalleryData(
                chapters=_chapters(words.language, stage.theme()),
                course=course,
                current=current,
                taken=_picked().count,
                labels=words.table("gallery"),
            )
        ),
        on_picked_change=on_picked,
    )


def picked() -> browser.Picked:
    """The visitor's latest pick; of the kind "" if there is none."""
    return _picked()


def _picked() -> browser.Picked:
    state: dict[str, Any] = st.session_state.get(KEY) or {}
    try:
        return msgspec.convert(dict(state.get("picked") or {}), browser.Picked)
    except (msgspec.ValidationError, TypeError, ValueError):
        return browser.Picked()  # no pick, or none that our own panel makes


@functools.cache
def _chapters(language: str, theme: str) -> tuple[browser.Chapter, ...]:
    """The chapters in the course's order; those of other courses after them, by their names."""
    words = text.load(language)
    found: dict[str, list[Lesson]] = {name: [] for name in lessons.CHAPTERS}
    for lesson in lessons.load().values():
        found.setdefault(lesson.chapter, []).append(lesson)
    return tuple(
        browser.Chapter(
            name=words(f"gallery.chapter_{name}") if name in lessons.CHAPTERS else name,
            lessons=tuple(_card(lesson, language, theme) for lesson in those),
        )
        for name, those in found.items()
        if those
    )


def _card(lesson: Lesson, language: str, theme: str) -> browser.GalleryLesson:
    return browser.GalleryLesson(
        slug=lesson.slug,
        title=lessons.words(lesson.title, language),
        order=None if lesson.beside else lesson.order,
        image=thumbnails.address(lesson, language, theme),
    )
