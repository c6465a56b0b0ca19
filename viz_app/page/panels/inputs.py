"""The inputs and the operations of the program, as fields that rewrite its text.

The component shows what the last run found in its text; each `ChangeRequest` that it sends becomes
an edit of that text. One about an older text is dropped, never guessed at.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import streamlit as st

from viz_app import edit
from viz_app.browser import ChangeRequest, InputsData, ready
from viz_app.edit import Edit
from viz_app.knowledge.text import Text
from viz_app.page.server import panel_scripts
from viz_app.page.visit.history import History, changed, jump, undoing
from viz_app.page.visit.operations import Editable
from viz_app.page.visit.state import visit
from viz_app.workers.jobs import Picture

KEY = "inputs_panel"

_component = st.components.v2.component(
    "viz_inputs",
    html='<section class="viz-inputs"></section>',
    js=panel_scripts.panel("inputs/inputs.js"),
    isolate_styles=False,
)


def show(picture: Picture, words: Text, *, run: int, live: bool, on_request: Any) -> None:
    """Draw the panel; nothing for a program with nothing to change and nothing to undo.

    `live` is true if the picture is of the visit's current text, and `run` is the number of the
    run. The session is the key for the pictures of a drag. `on_request` is called when the visitor
    requests a change: `request()`.
    """
    state = visit()
    undo, redo = undoing(state.program, state.history, words, state.differences)
    _component(
        key=KEY,
        data=panel_scripts.data(
            InputsData(
                inputs=ready(picture.input_rows),
                calls=ready(picture.call_rows),
                session=state.id,
                revision=state.revision,
                run=run,
                live=live,
                answered=state.history.answered,
                undo=undo,
                redo=redo,
                whatif=state.whatif is not None,
                labels=words.table("inputs"),
            )
        ),
        on_request_change=on_request,
    )


def request() -> ChangeRequest | None:
    """The visitor's request; None for data that our own panel does not send."""
    try:
        return msgspec.convert(dict(st.session_state[KEY]["request"]), ChangeRequest)
    except msgspec.ValidationError:
        return None


def fulfil(
    request: ChangeRequest, source: str, history: History, found: Editable | None
) -> tuple[str, History]:
    """The text after a request, and the history that leads back; the same if it can't be done."""
    kept = msgspec.structs.replace(history, answered=request.id)
    at_rest = msgspec.structs.replace(kept, drag=None)
    if request.kind in ("undo", "redo"):
        steps = -request.times if request.kind == "undo" else request.times
        return jump(source, at_rest, len(history.done) + steps)
    if request.kind == "jump":
        return jump(source, at_rest, request.at)
    if found is None or found.source != source:
        return source, kept
    try:
        change = _edit(request, found)
        after = edit.apply(source, change)
    except (ValueError, IndexError):
        return source, kept  # nothing at that place can be changed as requested
    if after == source:
        return source, kept
    return after, changed(kept, source, change.name, request.drag)


def _edit(request: ChangeRequest, found: Editable) -> Edit:
    source = found.source
    keep = request.index[0] if request.index else 0
    for kind in edit.KINDS:
        if request.kind == kind:
            return edit.make(source, found.calls[request.at], kind, request.text, keep)
    it = found.inputs[request.at]
    steps: dict[str, Callable[[], Edit]] = {
        "number": lambda: (
            edit.set_element(source, it.span, request.index, request.text)
            if it.value.shape
            else edit.set_number(source, it.span, request.text)
        ),
        "shape": lambda: edit.resize(source, it.span, request.index),
        "switch": lambda: edit.set_flag(source, it.span, request.on),
        "seed": lambda: edit.roll(source, it.span),
    }
    if request.kind not in steps:
        raise ValueError("no edit of the text")
    return steps[request.kind]()
