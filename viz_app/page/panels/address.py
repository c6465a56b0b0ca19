"""The address bar: it follows the visible state, and the browser's back and forward move through
it.

The browser writes the address, because it alone has the step; the server supplies the program for
it, and is notified when the visitor goes back or forward.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

from viz_app import share
from viz_app.browser import AddressData
from viz_app.knowledge.text import Text
from viz_app.page.panels import stage
from viz_app.page.server import panel_scripts
from viz_app.page.visit import redraw
from viz_app.share import Settings

KEY = "address"

_component = st.components.v2.component(
    "viz_address",
    html='<span class="viz-address" hidden></span>',
    js=panel_scripts.panel("page/address.js"),
    isolate_styles=False,
)


def show(
    settings: Settings, words: Text, *, session: str, act: int, on_went: Callable[[], None]
) -> None:
    """Put a program into the address, as a new entry of the history if `act` has changed.

    `on_went` is called when the browser has moved to another address: `parameters()`.
    """
    state: dict[str, Any] = st.session_state.get(KEY, {})
    _component(
        key=KEY,
        data=panel_scripts.data(
            AddressData(
                query=share.query(settings),
                theme=stage.theme(),
                act=act,
                session=session,
                went=(state.get("went") or {}).get("count", 0),
                away=words("page.away"),
            )
        ),
        on_went_change=on_went,
        on_back_change=redraw.page(redraw.nothing),
    )


def parameters() -> dict[str, str]:
    """The parameters of the address after the visitor went back or forward."""
    state: dict[str, Any] = st.session_state[KEY]["went"]
    return share.split(str(state["query"]))
