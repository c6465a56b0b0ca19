"""What is known of one visit, in one place of Streamlit's session.

What a single panel remembers for itself (a choice it tried, a plot it drew) stays with that panel.
"""

from threading import Event

import msgspec
import streamlit as st

from viz_app.engine.client import Recorded
from viz_app.limits import Visitor
from viz_app.model import Failure
from viz_app.page.visit.history import History
from viz_app.page.visit.kept_pictures import Seen
from viz_app.share import Settings


class Run(msgspec.Struct, frozen=True):
    """How the run of a text ended. `seen` is what it left, as it was first looked at, None if
    nothing came. `failure` is None for a program that ran to its end. `number` counts a session's
    runs.
    """

    number: int
    source: str
    seen: Seen | None
    failure: Failure | None


class Last(msgspec.Struct):
    """A session's last run, whether its text is to be run again, and what is being run.

    Streamlit stops the thread of a visitor's request at its next touch of the session once a newer
    one has come, which has a thread of its own by then. This is no such touch, so what a program
    came to is kept, and the newer thread waits for it instead of running the same once more. To
    draw it touches the session: `recorded` has come, and is not drawn yet.
    """

    run: Run | None = None
    recorded: Recorded | None = None
    again: bool = False
    wanted: str | None = None
    going: dict[str, Event] = {}


class Compared(msgspec.Struct, frozen=True):
    """The rows of a "what if" as JSON, and the two runs that they are of."""

    before: Seen
    after: Seen | None
    rows: bytes


class Visit(msgspec.Struct):
    """A visitor's text and how it is looked at.

    `id` names the session to the browser. `opened` counts the programs put before the visitor,
    `revision` the texts, `act` what the browser's way back leads through; `taken` is the last edit
    that came, `folded` the last wish about a group. `foreign` is a text that came in a link or a
    file, `agreed` are digests of those the visitor asked to run. `behind` are the parts of the page
    that are to be drawn. `aside` is what a "what if" began from, `seen` what is pictured, `newest`
    the run whose picture was shown last. Not `begun` until a link was opened whole.
    """

    id: str = ""
    begun: bool = False
    visitor: Visitor = Visitor("")
    link: Settings = Settings()
    lesson: str | None = None
    language: str = ""
    asked_language: str | None = None
    program: str = ""
    groups: tuple[str, ...] = ()
    opened: int = 0
    revision: int = 0
    act: int = 0
    taken: int = 0
    folded: int = 0
    notice: Failure | None = None
    history: History = History()
    foreign: str | None = None
    agreed: tuple[bytes, ...] = ()
    behind: set[str] = set()
    last: Last = msgspec.field(default_factory=Last)
    newest: Run | None = None
    seen: Seen | None = None
    aside: Seen | None = None
    compared: Compared | None = None


def visit() -> Visit:
    """The visit of this session: the same object for as long as the session lasts.

    To ask for it touches the session: where a newer request has come, the thread is stopped here.
    """
    found: Visit = st.session_state.setdefault("visit", Visit())
    return found
