"""Changes of the program other than typing: an operation's choice, the history, what if.

Its own component, in its own fragment: trying the choices of an operation runs programs in the
child, and the picture is not redrawn for it.
"""

import msgspec
import streamlit as st

from viz_app.browser import Ask, ChangesData, ready
from viz_app.knowledge.text import Text
from viz_app.page.server import panel_scripts
from viz_app.page.visit import history, operations, redraw
from viz_app.page.visit.operations import Tries
from viz_app.page.visit.state import visit
from viz_app.workers.jobs import Picture

KEY = "changes"

_component = st.components.v2.component(
    "viz_changes",
    html='<section class="viz-changes"></section>',
    js=panel_scripts.panel("changes/changes.js"),
    isolate_styles=False,
)


def show(picture: Picture, words: Text, *, live: bool, compared: bytes | None) -> None:
    """Draw the open parts.

    `picture` is of the visit's current text if `live`. `compared` are the rows of a "what if", as
    JSON. A change chosen here is a request of the inputs' panel.
    """
    state = visit()
    asked = _asked(picture) if live else None
    _component(
        key=KEY,
        data=panel_scripts.data(
            ChangesData(
                calls=ready(picture.call_marks),
                choices=None
                if asked is None
                else operations.choices(asked, words, picture.calls[asked.at]),
                history=history.states(state.program, state.history, words, state.differences),
                whatif=None if compared is None else ready(compared),
                revision=state.revision,
                live=live,
                labels=words.table("changes"),
            )
        ),
        on_ask_change=redraw.part(KEY, redraw.nothing),
    )


def _asked(picture: Picture) -> Tries | None:
    """The results of trying, once for each text and call; None before anything was requested."""
    session = st.session_state
    last: Tries | None = session.get("tries")
    state = session.get(KEY) or {}
    try:
        ask = msgspec.convert(dict(state.get("ask") or {}), Ask)
    except (msgspec.ValidationError, TypeError, ValueError):
        return None  # no request, or none that our own panel makes
    if ask.base != visit().revision or not 0 <= ask.at < len(picture.calls):
        return None
    if last is None or (last.source, last.at) != (picture.source, ask.at):
        state = visit()
        last = session["tries"] = operations.tries(
            picture,
            ask.at,
            whole=picture.short,
            visitor=state.visitor,
            files=state.beside.files,
        )
    return last
