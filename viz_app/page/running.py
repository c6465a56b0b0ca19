"""The run of the session's text: once for each text, in the visitor's turn."""

import msgspec
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from viz_app.engine import client
from viz_app.errors import VizError, failure
from viz_app.knowledge import lessons
from viz_app.knowledge.text import Text
from viz_app.limits import Limits
from viz_app.model import Failure, Trace

NOTHING = msgspec.convert(
    dict.fromkeys(Trace.__struct_fields__, ())
    | {
        "version": 1,
        "source": "",
        "stdout": "",
        "error": None,
        "truncated": None,
        "unchecked": None,
    },
    Trace,
)
"""What is pictured when not even the first program could be read."""


class Run(msgspec.Struct, frozen=True):
    """How the run of a text ended. `trace` is what it left, None if nothing came.

    `failure` is None for a program that ran to its end. `number` counts a session's runs.
    """

    number: int
    source: str
    trace: Trace | None
    failure: Failure | None


def run(words: Text, place: DeltaGenerator) -> Run:
    """The run of the present text: the last one, if the text is still the same.

    `place` shows the visitor's place in the queue.
    """
    session = st.session_state
    last: Run | None = session.get("run")
    source: str = session["program"]
    if last is not None and last.source == source and not session.get("again"):
        return last
    trace, failure = None, None
    with st.spinner(words("page.starting" if last is None else "page.running")):
        try:
            trace = _trace(source, words, place)
            failure = trace.error
        except VizError as error:
            failure = error.failure
    ended = Run(number=last.number + 1 if last else 1, source=source, trace=trace, failure=failure)
    session["run"], session["again"] = ended, False
    return ended


def _trace(source: str, words: Text, place: DeltaGenerator) -> Trace:
    # A class opens the same lessons at the same time; their own programs stay their own.
    if any(lesson.program == source for lesson in lessons.load().values()):
        return _lesson_trace(source)

    def on_place(number: int) -> None:
        place.caption(words("page.queue", place=number))

    try:
        return client.run(source, Limits(), visitor=st.session_state["id"], on_place=on_place)
    finally:
        place.empty()


@st.cache_resource(max_entries=64, show_spinner=False)
def _lesson_trace(source: str) -> Trace:
    return client.run(source, Limits())


def waiting() -> Run:
    """A stranger's text that is shown and not run."""
    session = st.session_state
    session["notice"] = failure("foreign")
    last: Run | None = session.get("run")
    number = last.number if last else 0
    return Run(number=number, source=session["program"], trace=None, failure=None)
