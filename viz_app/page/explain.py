"""The explanations below the picture: chain rule, Jacobian of the step, slope, no gradient.

It follows the picture's step ("viz:step") in the browser and leads to a step with "viz:goto". It is
a fragment of its own: measuring over two elements runs the program in the child, and the picture
is not drawn anew for it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import streamlit as st

from viz_app.engine import client
from viz_app.errors import VizError
from viz_app.knowledge.text import Text
from viz_app.page import redraw, script
from viz_app.picture import contour
from viz_app.picture.explain import explain
from viz_app.picture.scene import Scene

ASSETS = Path(__file__).resolve().parents[2] / "assets" / "explain"
KEY = "explain"

_component = st.components.v2.component(
    "viz_explain",
    html='<section class="viz-explain"></section>',
    css=(ASSETS / "explain.css").read_text("utf-8"),
    js=script.panel("explain/explain.js"),
    isolate_styles=False,
)


def show(scene: Scene, words: Text, *, on_open: Callable[[], None]) -> bool:
    """Draw the panel and return whether it is unfolded; folded, it costs no more than its bar.

    `on_open` is called when it is folded or unfolded, in the fragment.
    """
    _panel(scene, words, on_open)
    return is_open()


def is_open() -> bool:
    """Whether the visitor has unfolded the panel."""
    return bool((st.session_state.get(KEY) or {}).get("open"))


@st.fragment
def _panel(scene: Scene, words: Text, on_open: Callable[[], None]) -> None:
    redraw.follow(KEY)
    state: dict[str, Any] = st.session_state.get(KEY) or {}
    whole = is_open()
    data = explain(scene, words, whole=whole)
    if whole:
        data["contour"] = _contour(scene, words, state.get("survey"))
    _component(
        key=KEY,
        data=data,
        on_open_change=redraw.part(KEY, on_open),
        on_survey_change=redraw.part(KEY, redraw.nothing),
    )


class _Ask(msgspec.Struct, frozen=True):
    """Two of the elements that can be chosen, of the program `base`."""

    x: int
    y: int
    base: str


class _Surface(msgspec.Struct, frozen=True):
    """What was measured last; `heights` is empty where that failed."""

    source: str
    x: int
    y: int
    heights: tuple[float, ...]


def _contour(scene: Scene, words: Text, asked: object) -> dict[str, Any]:
    """What can be chosen, and the contour plot that was asked for, if it is of this program."""
    trace, reading = scene.trace, scene.reading
    found = contour.elements(trace, reading)
    data: dict[str, Any] = {
        "names": [one.name for one in found],
        "base": contour.identity(trace),
        "asked": None,
        "drawn": None,
    }
    try:
        ask = msgspec.convert(asked, _Ask)
    except msgspec.ValidationError:
        return data  # nothing was asked, or nothing our own panel asks
    known = range(len(found))
    if ask.base != data["base"] or ask.x == ask.y or ask.x not in known or ask.y not in known:
        return data
    last: _Surface | None = st.session_state.get("surface")
    if last is None or (last.source, last.x, last.y) != (trace.source, ask.x, ask.y):
        last = _Surface(trace.source, ask.x, ask.y, _measured(scene, found[ask.x], found[ask.y]))
        st.session_state["surface"] = last
    drawn = contour.draw(trace, reading, found[ask.x], found[ask.y], last.heights, words)
    return data | {"asked": [ask.x, ask.y], "drawn": drawn}


def _measured(scene: Scene, x: contour.Element, y: contour.Element) -> tuple[float, ...]:
    across, up = contour.axes(scene.trace, scene.reading, x, y)
    try:
        return client.survey(scene.trace.source, across, up, visitor=st.session_state["visitor"])
    except VizError:
        return ()  # the same program ran; what can't be measured is said to be so
