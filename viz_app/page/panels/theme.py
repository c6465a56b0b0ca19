"""The switch between the light and the dark theme, and the system's own, followed at once."""

import streamlit as st

from viz_app.browser import ThemeData
from viz_app.knowledge.text import Text
from viz_app.page.panels import stage
from viz_app.page.server import panel_scripts
from viz_app.page.visit import redraw

_component = st.components.v2.component(
    "viz_theme",
    html='<button type="button" class="viz-theme"></button>',
    js=panel_scripts.panel("page/theme.js"),
    isolate_styles=False,
)


def show(words: Text) -> None:
    """Draw the switch."""
    theme = stage.theme()
    _component(
        key="theme",
        width="content",
        data=panel_scripts.data(ThemeData(theme, words(f"page.theme_from_{theme}"))),
        on_system_change=redraw.page(redraw.nothing),
    )
