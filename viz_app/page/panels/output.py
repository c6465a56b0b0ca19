"""The notebook's output: printed text, echoed expressions and warnings, in order."""

import streamlit as st

from viz_app.browser import OutputData, ready
from viz_app.knowledge.text import Text
from viz_app.page.server import panel_scripts

_component = st.components.v2.component(
    "viz_output",
    html='<section class="viz-output" role="region"></section>',
    js=panel_scripts.panel("page/output.js"),
    isolate_styles=False,
)


def show(printed: bytes, words: Text, *, run: int) -> None:
    """Draw the panel; the program's output reaches the page as text only.

    `printed` is JSON of `picture/printed.py`. `run` is the number of the session's run: the picture
    waits for this panel, which is the last.
    """
    _component(
        key="output",
        data=panel_scripts.data(
            OutputData(
                label=words("page.output"),
                name=words("page.output_name"),
                empty=words("page.output_empty"),
                pieces=ready(printed),
                run=run,
            )
        ),
    )
