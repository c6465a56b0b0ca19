"""The run of the session's text: once for each text, in the visitor's turn."""

from threading import Event

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


class Last(msgspec.Struct):
    """A session's last run, whether its text is to be run again, and what is being run.

    Streamlit stops the thread of a visitor's request at its next touch of the session once a newer
    one has come, which has a thread of its own by then. This is no such touch, so what a program
    came to is kept, and the newer thread waits for it instead of running the same once more.
    """

    run: Run | None = None
    again: bool = False
    wanted: str | None = None
    going: dict[str, Event] = {}


def last() -> Last:
    """The last run of this session; the same object for as long as the session lasts."""
    found: Last = st.session_state.setdefault("last", Last())
    return found


def run(words: Text, place: DeltaGenerator) -> Run:
    """The run of the present text: the last one, if the text is still the same.

    `place` shows the visitor's place in the queue.
    """
    kept = last()
    source: str = st.session_state["program"]
    kept.wanted = source
    while kept.run is None or kept.run.source != source or kept.again:
        with st.spinner(words("page.running" if kept.run else "page.starting")):
            # The spinner is a place to stop, so nobody waits yet for this thread.
            mine = Event()
            going = kept.going.setdefault(source, mine)
            if going is mine:
                try:
                    _finish(kept, source, words, place)
                finally:  # a thread that was stopped in the queue has not run it
                    del kept.going[source]
                    mine.set()
            else:
                going.wait()
        place.empty()
    return kept.run


def _finish(kept: Last, source: str, words: Text, place: DeltaGenerator) -> None:
    """Run a text, and keep what came of it unless another one is wanted by now."""
    trace, failure = None, None
    try:
        trace = _trace(source, words, place)
        failure = trace.error
    except VizError as error:
        failure = error.failure
    if kept.wanted == source:
        number = kept.run.number + 1 if kept.run else 1
        kept.run = Run(number=number, source=source, trace=trace, failure=failure)
        kept.again = False


def _trace(source: str, words: Text, place: DeltaGenerator) -> Trace:
    # A class opens the same lessons at the same time; their own programs stay their own.
    if any(lesson.program == source for lesson in lessons.load().values()):
        return _lesson_trace(source)

    def on_place(number: int) -> None:
        place.caption(words("page.queue", place=number))

    return client.run(source, Limits(), visitor=st.session_state["visitor"], on_place=on_place)


@st.cache_resource(max_entries=64, show_spinner=False)
def _lesson_trace(source: str) -> Trace:
    return client.run(source, Limits())


def waiting() -> Run:
    """A stranger's text that is shown and not run."""
    session = st.session_state
    session["notice"] = failure("foreign")
    before = last().run
    number = before.number if before else 0
    return Run(number=number, source=session["program"], trace=None, failure=None)
