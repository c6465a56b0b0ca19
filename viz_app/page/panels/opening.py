"""Opening a program (`.py`, `.ipynb`), a lesson (`.toml`), a course (`.zip`) or data (`.csv`,
`.txt`, …) from a file, chosen or dropped."""

import base64
import binascii
from collections.abc import Callable
from typing import Any, Final

import streamlit as st

from viz_app import notebook
from viz_app.browser import OpeningData
from viz_app.errors import VizError, failure
from viz_app.knowledge.text import Text
from viz_app.limits import Limits
from viz_app.page.server import panel_scripts
from viz_app.page.visit import beside

KEY = "opening"

FILE_BYTES = 2 * 2**20
"""Maximum size of a file to open: a notebook with a few pictures fits, and a play of Shakespeare's;
a program has its own limit."""

PACKED_LETTERS: Final = 4 * -(-FILE_BYTES // 3)
"""The letters of so large a file in base64."""

_component = st.components.v2.component(
    "viz_opening",
    html='<span class="viz-opening"></span>',
    js=panel_scripts.panel("page/opening.js"),
    isolate_styles=False,
)


def show(words: Text, *, on_opened: Callable[[], None]) -> None:
    """Let the page accept files. `on_opened` is called when one has arrived: `opened()`."""
    _component(
        key=KEY,
        data=panel_scripts.data(OpeningData(FILE_BYTES, _file().get("id"), words("page.opening"))),
        on_file_change=lambda: on_opened() if _file() else None,
    )


def _file() -> dict[str, Any]:
    """The file in the component's state, empty if there is none."""
    state: dict[str, Any] = st.session_state.get(KEY) or {}
    return dict(state.get("file") or {})


def opened() -> tuple[str, str | bytes]:
    """The name of the file that the visitor chose, and the program in it, the text of a lesson
    (.toml) or of a file with data, or the bytes of a course (.zip). VizError if it has none."""
    state = _file()
    text, name = state.get("text"), str(state.get("name"))
    packed = name.lower().endswith(".zip")
    most = PACKED_LETTERS if packed else FILE_BYTES
    if state.get("large") or (isinstance(text, str) and len(text) > most):
        raise VizError(failure("file_large"))
    if packed:
        try:
            return name, base64.b64decode(text if isinstance(text, str) else "", validate=True)
        except (binascii.Error, ValueError) as error:
            raise VizError(failure("file_text")) from error
    if (name.lower().endswith(".toml") or beside.is_data(name)) and isinstance(text, str):
        return name, text
    return name, program(name, text if isinstance(text, str) else None)


def program(name: str, text: str | None) -> str:
    """The program in a file's text: the code cells of a notebook; `text` is None if it was not
    text.

    VizError "file_text", "file_notebook" or "too_long".
    """
    if text is None:
        raise VizError(failure("file_text"))
    if name.lower().endswith(".ipynb"):
        try:
            text = notebook.program(text)
        except notebook.NotebookError as problem:
            raise VizError(failure("file_notebook")) from problem
    size, most = len(text.encode("utf-8", "replace")), Limits().source_bytes
    if size > most:
        raise VizError(failure("too_long", bytes=size, most=most))
    return text.replace("\r\n", "\n").replace("\r", "\n")
