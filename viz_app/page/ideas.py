"""A lesson's ideas, each tied to the step of the picture at which it is seen."""

import re
from collections.abc import Iterator
from pathlib import Path

import streamlit as st

from viz_app.knowledge import lessons
from viz_app.knowledge.lessons import Lesson, Moment
from viz_app.knowledge.text import Text
from viz_app.page import script
from viz_app.picture.scene import Scene

ASSETS = Path(__file__).resolve().parents[2] / "assets"

_component = st.components.v2.component(
    "viz_ideas",
    html='<section class="viz-ideas"></section>',
    css=(ASSETS / "page/panels.css").read_text("utf-8"),
    js=script.panel("page/ideas.js"),
    isolate_styles=False,
)


_NUMBER = re.compile(r"\d+\.?\d*")
_SETUP = re.compile(r"(import|from|pass)\b")


def show(lesson: Lesson | None, source: str, scene: Scene, words: Text) -> None:
    """Draw the ideas of a lesson; nothing for a text that is no version of it."""
    found = lesson.ideas if lesson and belongs(lesson.program, source) else ()
    _component(
        key="ideas",
        data={
            "label": words("page.ideas"),
            "jump": words("page.idea_jump"),
            "unseen": words("page.idea_unseen"),
            "ideas": [
                {
                    "text": lessons.words(idea.text, words.language),
                    "answer": lessons.words(idea.answer, words.language) if idea.answer else "",
                    "step": step(idea.moment, scene),
                }
                for idea in found
            ],
        },
    )


def belongs(program: str, source: str) -> bool:
    """Whether at least half of a program's lines are in a text, whatever their numbers."""
    lines = _lines(program)
    return 2 * len(lines & _lines(source)) >= len(lines)


def _lines(text: str) -> set[str]:
    codes = ("".join(line.split("#")[0].split()) for line in text.splitlines())
    return {_NUMBER.sub("0", code) for code in codes if code and not _SETUP.match(code)}


def step(moment: Moment, scene: Scene) -> int | None:
    """The index of the frame at which a moment is seen; None if this program has no such moment."""
    return next(_steps(moment, scene), None)


def _steps(moment: Moment, scene: Scene) -> Iterator[int]:
    kinds = {node.id: node.kind for node in scene.trace.nodes}
    frames = scene.frames
    match moment:
        case "first leaf" | "first operation":
            wanted = {"leaf", "parameter"} if moment == "first leaf" else {"op", "hidden"}
            for frame in frames:
                if frame.phase == "forward" and wanted & {kinds[node] for node in frame.nodes}:
                    yield frame.index
        case "first backward" | "first accumulate":
            phase = moment.removeprefix("first ")
            yield from (frame.index for frame in frames if frame.phase == phase)
        case "sum":
            sums = [
                (-len(change.terms), frame.index)
                for frame in frames
                for change in frame.changes
                if change.total is not None and len(change.terms) > 1
            ]
            yield from (index for _, index in sorted(sums))
        case "end":
            yield from (frame.index for frame in reversed(frames))
