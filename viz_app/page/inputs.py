"""The inputs and the operations of the program, as fields that rewrite its text.

The component shows what the last run told of its text; what it asks for is a `Wish`, which
becomes an edit of that text. A wish about an older text is dropped, never guessed at.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec
import streamlit as st

from viz_app import edit
from viz_app.edit import Edit
from viz_app.knowledge.text import Text
from viz_app.model import Input, Trace
from viz_app.page import operations, script
from viz_app.page.history import History, changed, jump, undoing

ASSETS = Path(__file__).resolve().parents[2] / "assets" / "inputs"
KEY = "inputs_panel"

MOST_FIELDS = 64
"""Fields of one list; a longer one is edited in the text."""

_component = st.components.v2.component(
    "viz_inputs",
    html='<section class="viz-inputs"></section>',
    css=(ASSETS / "inputs.css").read_text("utf-8"),
    js=script.panel("inputs/inputs.js"),
    isolate_styles=False,
)


class Wish(msgspec.Struct, frozen=True):
    """What a visitor wants changed; `base` is the revision of the text they saw.

    `at` is the place in `Trace.inputs` or `Trace.calls`. Wishes of one `drag` are one entry of
    the history. Undo and redo go so many `times`.
    """

    id: int
    base: int
    kind: Literal[
        "number", "shape", "switch", "seed",
        "change", "swap", "step", "wrap", "remove",
        "undo", "redo", "jump", "whatif", "keep", "drop",
    ]  # fmt: skip
    at: int = 0
    index: tuple[int, ...] = ()
    text: str = ""
    on: bool = False
    drag: int | None = None
    times: int = 1


def show(
    trace: Trace,
    past: History,
    words: Text,
    *,
    source: str,
    session: str,
    revision: int,
    run: int,
    live: bool,
    aside: bool,
    on_wish: Any,
) -> None:
    """Draw the panel; nothing for a program with nothing to change and nothing to undo.

    `live` says that the trace is of the present text `source`, revision `revision`, and `run` how
    many runs there were; `aside` that another text is kept for a "what if". `session` asks for the
    pictures of a drag. `on_wish` is called when the visitor asks for a change: `wish()`.
    """
    undo, redo = undoing(source, past, words)
    _component(
        key=KEY,
        data={
            "inputs": _inputs(trace),
            "calls": operations.rows(trace),
            "session": session,
            "revision": revision,
            "run": run,
            "live": live,
            "answered": past.answered,
            "undo": undo,
            "redo": redo,
            "aside": aside,
            "labels": words.table("inputs"),
        },
        on_wish_change=on_wish,
    )


def wish() -> Wish | None:
    """What the visitor asked for; None for what our own panel does not send."""
    try:
        return msgspec.convert(dict(st.session_state[KEY]["wish"]), Wish)
    except msgspec.ValidationError:
        return None


def fulfil(wish: Wish, source: str, history: History, trace: Trace | None) -> tuple[str, History]:
    """The text after a wish and the history that leads back; as they were if it can't be done."""
    kept = msgspec.structs.replace(history, answered=wish.id)
    at_rest = msgspec.structs.replace(kept, drag=None)
    if wish.kind in ("undo", "redo"):
        steps = -wish.times if wish.kind == "undo" else wish.times
        return jump(source, at_rest, len(history.done) + steps)
    if wish.kind == "jump":
        return jump(source, at_rest, wish.at)
    if trace is None or trace.source != source:
        return source, kept
    try:
        change = _edit(wish, trace)
        after = edit.apply(source, change)
    except (ValueError, IndexError):
        return source, kept  # nothing that stands there can become what was asked for
    if after == source:
        return source, kept
    return after, changed(kept, source, change.name, wish.drag)


def _edit(wish: Wish, trace: Trace) -> Edit:
    source = trace.source
    keep = wish.index[0] if wish.index else 0
    for kind in edit.KINDS:
        if wish.kind == kind:
            return edit.make(source, trace.calls[wish.at], kind, wish.text, keep)
    it = trace.inputs[wish.at]
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


def _inputs(trace: Trace) -> list[dict[str, Any]]:
    """The rows: a switch stands in the row of the literal that feeds the same tensor."""
    rows: list[dict[str, Any]] = []
    operands = {span for call in trace.calls for span in call.operands}
    operands -= {it.span for it in trace.inputs if it.value.shape}
    for at, it in enumerate(trace.inputs):
        if it.kind == "flag":
            mates = [row for row in rows if row["nodes"] == it.nodes and row["switch"] is None]
            if not mates:
                mates = [_row(trace, at, it, [])]
                rows += mates
            mates[-1]["switch"] = {"at": at, "on": bool(it.value.data[0])}
        elif it.kind == "bool":
            switch = {"at": at, "on": bool(it.value.data[0])}
            rows.append({**_row(trace, at, it, []), "switch": switch})
        elif it.span not in operands:
            rows.append(_row(trace, at, it, _fields(trace.source, it)))
    return rows


def _row(trace: Trace, at: int, it: Input, fields: list[list[str]]) -> dict[str, Any]:
    return {
        "at": at,
        "kind": it.kind,
        "name": it.name,
        "line": it.span.line,
        "shape": list(it.value.shape),
        "fields": fields,
        "nodes": it.nodes,
        "switch": None,
    }


def _fields(source: str, it: Input) -> list[list[str]]:
    """The numbers as they are written, a list a row."""
    if not 0 < len(it.value.data) <= MOST_FIELDS:
        return []
    texts = edit.elements(source, it.span)
    wide = it.value.shape[-1] if it.value.shape else 1
    return [texts[start : start + wide] for start in range(0, len(texts), wide)]
