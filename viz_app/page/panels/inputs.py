"""The inputs and the operations of the program, as fields that rewrite its text.

The component shows what the last run found in its text; its requests are `Wish`es, which become
edits of that text. A wish about an older text is dropped, never guessed at.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import streamlit as st

from viz_app import edit
from viz_app.browser import InputsData, Wish, ready
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


def show(picture: Picture, words: Text, *, run: int, live: bool, on_wish: Any) -> None:
    """Draw the panel; nothing for a program with nothing to change and nothing to undo.

    `live` is true if the picture is of the visit's current text, and `run` is the number of the
    run. The session is the key for the pictures of a drag. `on_wish` is called when the visitor
    requests a change: `wish()`.
    """
    state = visit()
    undo, redo = undoing(state.program, state.history, words)
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
        on_wish_change=on_wish,
    )


def wish() -> Wish | None:
    """The visitor's request; None for data that our own panel does not send."""
    try:
        return msgspec.convert(dict(st.session_state[KEY]["wish"]), Wish)
    except msgspec.ValidationError:
        return None


def fulfil(
    wish: Wish, source: str, history: History, found: Editable | None
) -> tuple[str, History]:
    """The text after a wish and the history that leads back; both unchanged if it can't be done."""
    kept = msgspec.structs.replace(history, answered=wish.id)
    at_rest = msgspec.structs.replace(kept, drag=None)
    if wish.kind in ("undo", "redo"):
        steps = -wish.times if wish.kind == "undo" else wish.times
        return jump(source, at_rest, len(history.done) + steps)
    if wish.kind == "jump":
        return jump(source, at_rest, wish.at)
    if found is None or found.source != source:
        return source, kept
    try:
        change = _edit(wish, found)
        after = edit.apply(source, change)
    except (ValueError, IndexError):
        return source, kept  # nothing at that place can be changed as requested
    if after == source:
        return source, kept
    return after, changed(kept, source, change.name, wish.drag)


def _edit(wish: Wish, found: Editable) -> Edit:
    source = found.source
    keep = wish.index[0] if wish.index else 0
    for kind in edit.KINDS:
        if wish.kind == kind:
            return edit.make(source, found.calls[wish.at], kind, wish.text, keep)
    it = found.inputs[wish.at]
    steps: dict[str, Callable[[], Edit]] = {
        "number": lambda: (
            edit.set_element(source, it.span, wish.index, wish.text)
            if it.value.shape
            else edit.set_number(source, it.span, wish.text)
        ),
        "shape": lambda: edit.resize(source, it.span, wish.index),
        "switch": lambda: edit.set_flag(source, it.span, wish.on),
        "seed": lambda: edit.roll(source, it.span),
    }
    if wish.kind not in steps:
        raise ValueError("no edit of the text")
    return steps[wish.kind]()
