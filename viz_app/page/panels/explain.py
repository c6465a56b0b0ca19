"""The explanations below the picture: chain rule, Jacobian of the step, slope, no gradient.

The panel follows the picture's step ("viz:step") in the browser and moves to a step with
"viz:goto". It is its own fragment: measuring over two elements runs the program in the child, and
the picture is not redrawn for it.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import streamlit as st

from viz_app.engine import client
from viz_app.engine.client import Recorded
from viz_app.errors import VizError
from viz_app.knowledge.text import Text
from viz_app.page.server import panel_scripts
from viz_app.page.visit import redraw, running
from viz_app.page.visit.state import visit
from viz_app.workers import pool
from viz_app.workers.jobs import Look, Survey

KEY = "explain"

_component = st.components.v2.component(
    "viz_explain",
    html='<section class="viz-explain"></section>',
    js=panel_scripts.panel("explain/explain.js"),
    isolate_styles=False,
)


def show(look: Look, words: Text, *, on_open: Callable[[], None]) -> bool:
    """Draw the panel and return True if it is unfolded; folded, it costs no more than its bar.

    `on_open` is called when it is folded or unfolded, in the fragment.
    """
    _panel(look, words, on_open)
    return is_open()


def is_open() -> bool:
    """True if the visitor has unfolded the panel."""
    return bool((st.session_state.get(KEY) or {}).get("open"))


@st.fragment
def _panel(look: Look, words: Text, on_open: Callable[[], None]) -> None:
    redraw.follow(KEY)
    state: dict[str, Any] = st.session_state.get(KEY) or {}
    seen = running.pictured(msgspec.structs.replace(look, explained=is_open()))
    data = seen.picture.explain
    if is_open() and (plot := _contour(seen.recorded, words, state.get("survey"))):
        data = msgspec.json.encode(_parts(data) | {"contour": msgspec.Raw(plot)})
    _component(
        key=KEY,
        data=data,
        on_open_change=redraw.part(KEY, on_open),
        on_survey_change=redraw.part(KEY, redraw.nothing),
    )


_parts = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class _Ask(msgspec.Struct, frozen=True):
    """Two of the elements that can be chosen, of the program `base`."""

    x: int
    y: int
    base: str


class _Plot(msgspec.Struct, frozen=True):
    """The contour plot that was drawn last; `body` is empty if there is none."""

    source: str
    language: str
    ask: _Ask
    body: bytes


def _contour(recorded: Recorded, words: Text, asked: object) -> bytes:
    """The requested contour plot, if it is of this program; else empty."""
    try:
        ask = msgspec.convert(asked, _Ask)
    except msgspec.ValidationError:
        return b""  # no request, or none that our own panel makes
    last: _Plot | None = st.session_state.get("plot")
    now = recorded.source, words.language, ask
    if last is None or (last.source, last.language, last.ask) != now:
        last = st.session_state["plot"] = _Plot(*now, _drawn(recorded, words.language, ask))
    return last.body


def _drawn(recorded: Recorded, language: str, ask: _Ask) -> bytes:
    state = visit()
    visitor = state.visitor
    job = Survey(recorded, language, ask.x, ask.y, ask.base)
    try:
        axes = pool.do(job, visitor=visitor).axes
        if axes is None:
            return b""
        try:
            heights = client.survey(
                recorded.source, *axes, files=state.beside.files, visitor=visitor
            )
        except VizError:
            heights = ()  # the same program ran; the plot says that it can't be measured
        return pool.do(msgspec.structs.replace(job, heights=heights), visitor=visitor).body
    except VizError:  # no worker could do it: the panel offers the choice again
        return b""
