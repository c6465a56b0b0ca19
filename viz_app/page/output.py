"""What the notebook prints: printed text, echoed expressions, warnings, in the order they came."""

from pathlib import Path
from typing import Literal

import streamlit as st

from viz_app.knowledge.text import Text
from viz_app.model import Trace
from viz_app.page import script

Stream = Literal["out", "err"]

ASSETS = Path(__file__).resolve().parents[2] / "assets"

_component = st.components.v2.component(
    "viz_output",
    html='<section class="viz-output" role="region"></section>',
    css=(ASSETS / "page/panels.css").read_text("utf-8"),
    js=script.panel("page/output.js"),
    isolate_styles=False,
)


def show(trace: Trace, words: Text, *, run: int) -> None:
    """Draw the panel; what the program wrote reaches the page as text only.

    `run` counts the session's runs: the picture waits for this panel, which is the last.
    """
    _component(
        key="output",
        data={
            "label": words("page.output"),
            "name": words("page.output_name"),
            "empty": words("page.output_empty"),
            "pieces": printed(trace),
            "run": run,
        },
    )


def printed(trace: Trace) -> list[tuple[str, Stream]]:
    """The prints, echoes and warnings of a run, interleaved: pieces, and what each comes by.

    Each echo, and what was written to stderr, is on lines of its own.
    """
    pieces: list[tuple[str, Stream]] = []
    start = 0

    def add(text: str, stream: Stream) -> None:
        if pieces and pieces[-1][1] == stream:
            text = pieces.pop()[0] + text
        elif pieces and text and not pieces[-1][0].endswith("\n"):
            pieces[-1] = (pieces[-1][0] + "\n", pieces[-1][1])
        if text:
            pieces.append((text, stream))

    def prints(end: int) -> None:
        nonlocal start
        add(trace.stdout[start:end], "out")
        start = end

    asides = list(trace.stderr)
    for place, echo in enumerate(trace.echo):
        while asides and asides[0].echoes <= place:
            prints(asides[0].offset)
            add(asides.pop(0).text, "err")
        prints(echo.offset)
        if pieces and not pieces[-1][0].endswith("\n"):
            add("\n", pieces[-1][1])
        add(f"{echo.text}\n", "out")
    for aside in asides:
        prints(aside.offset)
        add(aside.text, "err")
    prints(len(trace.stdout))
    if pieces:
        pieces[-1] = (pieces[-1][0].rstrip("\n"), pieces[-1][1])
    return [piece for piece in pieces if piece[0]]
