"""The state of one visit, in one struct in Streamlit's session.

State that belongs to a single panel (a choice it tried, a plot it drew) stays with that panel.
"""

from threading import Event

import msgspec
import streamlit as st

from viz_app.browser import BroughtCourse
from viz_app.engine.client import Files, Recorded
from viz_app.knowledge import lessons
from viz_app.knowledge.lessons import Lesson
from viz_app.limits import Visitor
from viz_app.model import Failure
from viz_app.page.visit.beside import NONE, Held
from viz_app.page.visit.history import Differences, History
from viz_app.page.visit.kept_pictures import Seen
from viz_app.share import Settings


class Run(msgspec.Struct, frozen=True):
    """The outcome of a text's run.

    `seen` is its result, in the look first requested, None if there is none. `failure` is None for
    a program that ran to its end. `number` counts a session's runs. `chosen_pass` is the backward
    pass that was chosen, `beside` the number of the files beside the program.
    """

    number: int
    source: str
    seen: Seen | None
    failure: Failure | None
    chosen_pass: int | None = None
    beside: int = 0


Wanted = tuple[str, int | None, int]
"""A text to run, the chosen backward pass, and the number of the files beside it."""


class Last(msgspec.Struct):
    """A session's last run, a flag for running its text again, and the texts being run.

    Streamlit stops the thread of a visitor's request at its next access to the session once a newer
    request has come, which has a thread of its own by then. This struct is no such access, so the
    result of a program is kept, and the newer thread waits for it instead of running the same
    again. Drawing it accesses the session: `recorded` has arrived, and is not drawn yet. `opened`
    numbers the opened program that was run (`Visit.opened`).
    """

    run: Run | None = None
    recorded: tuple[Wanted, Recorded] | None = None
    again: bool = False
    opened: int = -1
    wanted: Wanted | None = None
    going: dict[Wanted, Event] = {}


class Compared(msgspec.Struct, frozen=True):
    """The rows of a "what if" as JSON, and the two runs that they compare."""

    before: Seen
    after: Seen | None
    rows: bytes


class DragStart:
    """The state of a session's page from which a drag begins.

    `revision` is that of the pictured text, if the picture is of it. `explained` is true if the
    explanations are open. `files` are those beside the program.
    """

    def __init__(
        self,
        visitor: Visitor,
        revision: int,
        seen: Seen,
        *,
        explained: bool,
        files: Files = (),
    ) -> None:
        self.visitor = visitor
        self.revision = revision
        self.seen = seen
        self.explained = explained
        self.files = files
        self.extents = seen.picture.extents
        """Extents of the picture seen last: the next one keeps its widths."""


class Visit(msgspec.Struct):
    """A visitor's text and its look.

    `id` names the session to the browser. `opened` counts the programs opened for the visitor,
    `revision` the texts, `act` the steps of the browser's history; `taken` is the last edit
    that arrived, `folded` the last request about a group, `pass_answered` the last one about a
    backward pass; `chosen_pass` is a text and the pass of it that was chosen. `differences` are
    those between the texts of `history`. `row` is the width of the picture's rows that fits its
    frame, None until the browser reports it. `foreign` is a text that came in a link or a file,
    `agreed` are digests of those the visitor asked to run. `behind` are the stale parts of the
    page. `brought` is a lesson that came in a file or a link, `toml` its text; `course` is one that
    came in a file, until the browser keeps it. `whatif` is the base of a "what if", `seen` the
    pictured run, `newest` the run whose picture was shown last, `drag` the page as a drag finds it.
    `room` is the code of the room that the page is in, `secret` that of a room it leads, `put` the
    parameters of the program that it has shown there last. `beside` are the files beside the
    program, `removed` is the last request to remove one. `begun` is set once a link was opened
    completely.
    """

    id: str = ""
    begun: bool = False
    visitor: Visitor = Visitor("")
    link: Settings = Settings()
    lesson: str | None = None
    brought: Lesson | None = None
    course: BroughtCourse | None = None
    toml: str | None = None
    language: str = ""
    asked_language: str | None = None
    program: str = ""
    groups: tuple[str, ...] = ()
    opened: int = 0
    revision: int = 0
    act: int = 0
    taken: int = 0
    folded: int = 0
    pass_answered: int = 0
    chosen_pass: tuple[str, int] | None = None
    row: int | None = None
    notice: Failure | None = None
    history: History = History()
    differences: Differences = {}
    foreign: str | None = None
    agreed: tuple[bytes, ...] = ()
    behind: set[str] = set()
    last: Last = msgspec.field(default_factory=Last)
    newest: Run | None = None
    seen: Seen | None = None
    whatif: Seen | None = None
    compared: Compared | None = None
    drag: DragStart | None = None
    room: str | None = None
    secret: str | None = None
    put: str | None = None
    beside: Held = NONE
    removed: int = 0


def chosen_lesson(state: Visit) -> Lesson | None:
    """The lesson that the visitor opened last, whatever the text is by now."""
    return state.brought or lessons.load().get(state.lesson or "")


def taught(state: Visit) -> Lesson | None:
    """The lesson of which the text is a version, if any: none once its lines have gone."""
    lesson = chosen_lesson(state)
    if lesson is None or not lessons.belongs(lesson.program, state.program):
        return None
    return lesson


def chosen_pass(state: Visit) -> int | None:
    """The backward pass that was chosen of the current text."""
    return (
        state.chosen_pass[1]
        if state.chosen_pass is not None and state.chosen_pass[0] == state.program
        else None
    )


def visit() -> Visit:
    """The visit of this session: the same object for as long as the session lasts.

    This accesses the session: if a newer request has come, the thread is stopped here.
    """
    try:
        found: Visit = st.session_state["visit"]
    except KeyError:
        found = st.session_state["visit"] = Visit()
    return found
