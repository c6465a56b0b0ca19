"""The picture in the page: a Streamlit component that draws with plotly.js and steps by itself.

plotly.js comes from the app's own server: app.py serves `routes()`. It is the build that installing
the package brought from npm, or else the installed plotly package's. The component loads it once,
and nothing from anywhere else. Its messages to and from the other panels are declared in
viz_app/browser.py.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import plotly
import streamlit as st
from starlette.routing import Route

from viz_app import browser
from viz_app.page.server import panel_scripts, vendored
from viz_app.page.visit.state import visit
from viz_app.picture.layout import rows
from viz_app.workers.jobs import Picture

SMALL = vendored.BUILD / "plotly.min.js"
WHOLE = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
"""plotly.js with all kinds of traces; `SMALL` has only the few that the picture needs."""

KEY = "stage"

_component = st.components.v2.component(
    "viz_stage",
    html='<div class="viz-stage"></div>',
    js=panel_scripts.panel("stage/stage.js"),
    isolate_styles=False,
)


def routes() -> list[Route]:
    """The routes that the server must serve in addition to the page."""
    return [vendored.route(_plotly())]


def _plotly() -> Path:
    return SMALL if SMALL.exists() else WHOLE


def show(
    picture: Picture,
    run: int,
    *,
    state: browser.State,
    chosen_pass: int | None,
    on_fold: Callable[[], None],
    on_pass: Callable[[], None],
    on_row: Callable[[], None],
) -> None:
    """Draw a picture, and state which text it is of.

    `state` is "ready", "stale" or "error"; it is applied once every panel shows run number `run`.
    The link gives the initial step, speed, selection, view and colours; it is applied once per
    opened program. `chosen_pass` is the backward pass that was chosen. `on_fold` is called when the
    visitor's requests about groups differ from the picture's: `fold_requests()`; `on_pass` when
    another pass is chosen: `pass_request()`; `on_row` when rows of another width fit the frame:
    `row_request()`.
    """
    seen = visit()
    of = browser.Program(picture.source, seen.revision, seen.opened)
    link = seen.link
    _component(
        key=KEY,
        data=panel_scripts.data(
            browser.StageData(
                picture=browser.ready(picture.stage),
                plotly=vendored.address(_plotly()),
                program=of if picture.source == seen.program else None,
                state=state,
                run=run,
                step=link.step,
                speed=link.speed,
                node=link.node,
                view=link.view,
                colour=link.colour,
                names=link.names,
                hide_constants=link.hide_constants,
                predict=link.predict,
                present=link.present,
                embedded=bool(st.context.is_embedded),
                asked=f"{seen.id} {seen.opened}",
                folded=seen.folded,
                pass_answered=seen.pass_answered,
                chosen_pass=chosen_pass,
                row=row(),
                rows=tuple(it.row for it in rows.WIDTHS),
            )
        ),
        on_fold_change=on_fold,
        on_pass_change=on_pass,
        on_row_change=on_row,
    )


def theme() -> str:
    """The name of the theme that the visitor sees, one of THEMES."""
    return "dark" if st.context.theme.type == "dark" else "light"


def row() -> int:
    """The width of the picture's rows: as the browser reported it, or a common one."""
    seen = visit()
    if seen.row is not None:
        return seen.row
    if "Mobi" in st.context.headers.get("User-Agent", ""):
        return rows.PHONE.row
    if seen.link.present:
        return rows.PROJECTOR.row
    return (rows.FRAME if st.context.is_embedded else rows.DESK).row


def fold_requests(after: int) -> list[tuple[int, str]]:
    """The groups that the visitor opened ("ID") or folded ("-ID") after a request, in order."""
    state: dict[str, Any] = st.session_state.get(KEY) or {}
    try:
        asked = msgspec.convert(dict(state.get("fold") or {}), browser.Fold)
    except (msgspec.ValidationError, TypeError, ValueError):
        return []  # no request, or none that our own panel makes
    return [
        (request.number, request.group)
        for request in asked.groups
        if request.number > after and re.fullmatch(r"-?[0-9a-f]{8}", request.group)
    ]


def row_request() -> int | None:
    """The width of rows that fits the frame, None for no request of our own panel's."""
    state: dict[str, Any] = st.session_state.get(KEY) or {}
    request = state.get("row")
    return rows.nearest(request).row if type(request) is int else None


def pass_request() -> browser.PassRequest | None:
    """The backward pass that the visitor has chosen, None for no request of our own panel's."""
    state: dict[str, Any] = st.session_state.get(KEY) or {}
    try:
        return msgspec.convert(dict(state.get("pass") or {}), browser.PassRequest)
    except (msgspec.ValidationError, TypeError, ValueError):
        return None
