"""What the notebook prints: printed text and echoed expressions, in the order they came."""

from pathlib import Path

import streamlit as st

from viz_app.knowledge.text import Text
from viz_app.model import Trace
from viz_app.page import script

ASSETS = Path(__file__).resolve().parents[2] / "assets"

_component = st.components.v2.component(
    "viz_output",
    html='<section class="viz-output" role="region"></section>',
    css=(ASSETS / "page/panels.css").read_text("utf-8"),
    js=script.panel("page/output.js"),
    isolate_styles=False,
)


def show(trace: Trace, words: Text) -> None:
    """Draw the panel; what the program wrote reaches the page as text only."""
    _component(
        key="output",
        data={
            "label": words("page.output"),
            "name": words("page.output_name"),
            "empty": words("page.output_empty"),
            "text": printed(trace),
        },
    )


def printed(trace: Trace) -> str:
    """The prints and echoes of a run, interleaved; each echo on lines of its own."""
    parts: list[str] = []
    start = 0
    for echo in trace.echo:
        parts.append(trace.stdout[start : echo.offset])
        start = echo.offset
        if parts[-1] and not parts[-1].endswith("\n"):
            parts.append("\n")
        parts.append(f"{echo.text}\n")
    parts.append(trace.stdout[start:])
    return "".join(parts).rstrip("\n")
