"""The gallery: every lesson in its chapter with a picture of our own, and picking one."""

import asyncio
import xml.etree.ElementTree as ET

import pytest
import streamlit as st
from starlette.requests import Request

from viz_app import browser
from viz_app.knowledge import lessons, text
from viz_app.page.panels import gallery
from viz_app.page.server import thumbnails


@pytest.mark.parametrize("language", text.languages())
def test_every_lesson_is_in_its_chapter(language: str) -> None:
    chapters = gallery._chapters(language, "light")
    assert len(chapters) == len(lessons.CHAPTERS)
    cards = [card for chapter in chapters for card in chapter.lessons]
    assert sorted(card.slug for card in cards) == sorted(lessons.load())
    assert sum(card.order is None for card in cards) == 8
    assert len({card.image for card in cards}) == len(cards)


def _asked(slug: str, language: str = "en", theme: str = "light") -> tuple[int, bytes]:
    found = {"slug": slug, "language": language, "theme": theme, "digest": "0"}
    request = Request({"type": "http", "path_params": found, "headers": []})
    answer = asyncio.run(thumbnails._served(request))
    return answer.status_code, bytes(answer.body)


def test_picture_of_a_lesson_is_our_own_drawing_of_its_run() -> None:
    status, body = _asked("slope")
    assert status == 200
    root = ET.fromstring(body)
    drawn = "".join(root.itertext())
    assert root.tag.endswith("svg")
    assert "MulBackward0" in drawn


@pytest.mark.parametrize(
    ("slug", "language", "theme"),
    [("none", "en", "light"), ("../slope", "en", "light"), ("slope", "xx", "light"),
     ("slope", "en", "none")],
)  # fmt: skip
def test_nothing_else_is_drawn(slug: str, language: str, theme: str) -> None:
    assert _asked(slug, language, theme)[0] == 404


@pytest.mark.parametrize(
    "state", [{}, {"kind": "x"}, {"kind": 1}, {"kind": "lesson", "count": "a"}]
)
def test_unknown_pick_is_ignored(state: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {gallery.KEY: {"picked": state}})
    assert gallery.picked() == browser.Picked()
