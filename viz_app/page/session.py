"""The visitor's state, and what each control does to it: text, lesson, language, history, link.

It lives in Streamlit's session; the functions below are callbacks of the page's controls. The
following rerun of the script shows the new state.
"""

import time
import uuid
from collections.abc import Mapping, Sequence

import msgspec
import streamlit as st

from viz_app import grading, share
from viz_app.browser import BroughtCourse, CourseLesson, OwnProgram
from viz_app.engine import client
from viz_app.errors import VizError, failure
from viz_app.knowledge import lessons, text
from viz_app.knowledge.lessons import Lesson
from viz_app.model import Failure
from viz_app.page.panels import (
    address,
    explain,
    gallery,
    inputs,
    lesson,
    opening,
    program,
    room,
    sharing,
    stage,
)
from viz_app.page.visit import beside, consent, history, redraw, running
from viz_app.page.visit.history import History
from viz_app.page.visit.state import chosen_lesson, chosen_pass, taught, visit
from viz_app.replicas.shared import AwayError
from viz_app.share import Settings
from viz_app.workers import pool
from viz_app.workers.jobs import Preview, Unpack

CODE_LETTERS = 6
"""Letters of a room's code; a second code has more."""
COURSE_SECONDS = 60
"""Time after which no further lesson of a course that was opened is checked; one takes a quarter of
a second."""


def open_link(parameters: Mapping[str, str]) -> None:
    """Show what the address requests: at the beginning, and after going back or forward."""
    session = visit()
    # Lets the browser see that a page already open has got a new session.
    session.id = session.id or uuid.uuid4().hex
    try:
        settings = share.read(parameters)
        session.notice = None
    except VizError as error:
        settings = Settings(language=parameters.get("lang"))
        session.notice = error.failure
    settings = _in_room(settings)
    _bring(None)
    try:
        _bring(share.brought(settings), settings.toml)
    except VizError as error:
        settings = msgspec.structs.replace(settings, lesson=None, toml=None)
        session.notice = error.failure
    own = settings.program is not None and settings.lesson is None
    session.lesson = None if own else settings.lesson or lessons.first().slug
    session.asked_language = settings.language
    session.language = text.choose(settings.language, st.context.locale)
    brought = session.brought.program if session.brought is not None else None
    open_program(brought if settings.program is None else settings.program, settings)
    session.begun = True


def _bring(lesson: Lesson | None, toml: str | None = None) -> None:
    """Keep a lesson that is not one of the server's, and its text; None: there is none."""
    session = visit()
    session.brought, session.toml = lesson, None if lesson is None else toml


def _in_room(settings: Settings) -> Settings:
    """The settings of a link into a room: at first those of the room's program."""
    session = visit()
    if settings.room != session.room:
        session.room, session.secret, session.put = settings.room, None, None
    if settings.room is None or settings.lesson is not None or settings.program is not None:
        return settings
    try:
        led = room.followed(settings.room)
    except AwayError:  # its own events bring program and step, once they come
        session.notice = failure("rooms_away")
        return settings
    if led is None:
        session.room = None
        session.notice = failure("room")
        return msgspec.structs.replace(settings, room=None)
    return msgspec.structs.replace(
        settings,
        lesson=led.lesson,
        toml=led.toml,
        program=led.program,
        groups=led.groups,
        turn=led.turn,
        step=led.step,
    )


@redraw.page
def room_opened() -> None:
    """Open a room for the program that the visitor sees."""
    session = visit()
    try:
        made = room.opened(addressed())
    except AwayError:
        session.notice = failure("rooms_away")
        return
    if made is None:
        session.notice = failure("rooms_full")
        return
    session.room, session.secret = made
    session.put = None


@redraw.page
def room_joined() -> None:
    """Follow the room whose code the visitor typed."""
    session, code = visit(), sharing.code()
    if not code:
        return
    secret = None
    try:
        if len(code) > CODE_LETTERS:  # a second code, of one more device that leads
            led = room.taken_over(code)
            known = led is not None
            if led is not None:
                code, secret = led
        else:
            known = room.followed(code) is not None
    except AwayError:
        session.notice = failure("rooms_away")
        return
    if not known:
        session.notice = failure("no_room", room=code)
        return
    asked = {"room": code}
    if session.asked_language is not None:
        asked["lang"] = session.asked_language
    session.act += 1
    open_link(asked)
    if secret is not None and session.room == code:
        session.secret = secret


@redraw.page
def room_led() -> None:
    """Lead a room that this browser opened earlier."""
    session, known = visit(), room.led()
    if known is not None and known.code == session.room:
        session.secret = known.secret


@redraw.page
def room_left() -> None:
    """Leave the room; end it if the visitor led it."""
    session = visit()
    if session.room is not None and session.secret is not None:
        try:
            room.end(session.room, session.secret)
        except AwayError:
            session.notice = failure("rooms_away")
            return
    session.room = session.secret = None


def unfolded() -> None:
    """Let drags include the explanations from now on, although the page is not redrawn.

    If the run left out what only they need, the page is redrawn with it.
    """
    drag = visit().drag
    if drag is not None:
        drag.explained = explain.is_open()
    if explain.is_open() and running.folded():
        redraw.whole()


def linked() -> Settings:
    """The settings of a link to the current text; the browser adds the step."""
    session = visit()
    known = taught(session)
    own = known is None or known.program != session.program
    return Settings(
        lesson=None if known is None else known.slug,
        toml=None if known is None else session.toml,
        program=session.program if own else None,
        language=session.asked_language,
        groups=session.groups,
        turn=chosen_pass(session),
        room=session.room,
    )


@redraw.page
def folded() -> None:
    """Keep the groups that the visitor opened or folded; a group's latest request counts."""
    session = visit()
    groups = session.groups
    for number, request in stage.fold_requests(session.folded)[-share.MOST_GROUPS :]:
        session.folded = number
        group = request.removeprefix("-")
        groups = (*(each for each in groups if each.removeprefix("-") != group), request)
    session.groups = groups[-share.MOST_GROUPS :]


@redraw.page
def pass_chosen() -> None:
    """Run the text again for the backward pass that the visitor chose."""
    session, request = visit(), stage.pass_request()
    if (
        request is None
        or request.number <= session.pass_answered
        or request.revision != session.revision
    ):
        return
    session.pass_answered = request.number
    session.chosen_pass = session.program, request.pass_number


@redraw.page
def row_fits() -> None:
    """Keep the width of rows that fits the picture's frame."""
    session = visit()
    session.row = stage.row_request() or session.row


def addressed() -> Settings:
    """The settings in the address: a text too long for it stays with the browser."""
    settings = linked()
    if settings.toml is not None and not share.fits(settings):  # the gallery still has the lesson
        settings = msgspec.structs.replace(
            settings, lesson=None, toml=None, program=visit().program
        )
    if not share.fits(settings):
        settings = msgspec.structs.replace(settings, program=None)
    return settings


def kept(settings: Settings) -> str:
    """The text that a session begun with these settings in its address would show."""
    if settings.program is not None:
        return settings.program
    brought = visit().brought
    if settings.toml is not None and brought is not None:
        return brought.program
    return (lessons.load().get(settings.lesson or "") or lessons.first()).program


@redraw.page
def gone_elsewhere() -> None:
    open_link(address.parameters())


@redraw.page
def file_opened() -> None:
    session = visit()
    found: Lesson | None = None
    try:
        name, own = opening.opened()
        if isinstance(own, bytes):
            _open_course(name, own)
            return
        if beside.is_data(name):
            session.beside = beside.added(session.beside, name, own.encode("utf-8", "replace"))
            session.notice = None
            return
        if name.lower().endswith(".toml"):
            found = lessons.read(name, own.encode())
    except VizError as error:
        session.notice = error.failure
        return
    if found is None:
        _bring(None)
        session.lesson = session.notice = None
        session.act += 1
        open_program(own)
        return
    _open_lesson(found, own)
    if not consent.waits(found.program):
        session.notice = _previewed(found)


@redraw.page
def file_removed() -> None:
    """Remove a file beside the program."""
    session, request = visit(), program.removed()
    if request.id > session.removed:
        session.removed = request.id
        session.beside = beside.without(session.beside, request.name)


def _open_lesson(brought: Lesson, toml: str) -> None:
    """Open a lesson that the visitor brought."""
    session = visit()
    _bring(brought, toml)
    session.lesson = brought.slug
    session.notice = None
    session.act += 1
    open_program(brought.program)


def _open_course(name: str, data: bytes) -> None:
    """Open the first lesson of a course in a zip file; the browser keeps all of them.

    VizError for a file that is no such course.
    """
    session = visit()
    unpacked = pool.do(Unpack(name[:80], data), visitor=session.visitor).lessons
    session.course = BroughtCourse(
        key=uuid.uuid4().hex,
        name=name[:80].rpartition(".")[0],
        lessons=tuple(
            CourseLesson(one.slug, lessons.words(one.title, session.language), toml)
            for one, toml in unpacked
        ),
    )
    first, toml = unpacked[0]
    _open_lesson(first, toml)
    if not consent.waits(first.program):
        session.notice = _course_fault([one for one, _ in unpacked])


def _course_fault(found: Sequence[Lesson]) -> Failure | None:
    """The first lesson of a course that is not as it should be, None if all are."""
    until = time.monotonic() + COURSE_SECONDS
    for count, one in enumerate(found):
        if time.monotonic() >= until:
            return failure("course_slow", seconds=COURSE_SECONDS, checked=count, count=len(found))
        fault = _previewed(one)
        if fault is not None:
            words = text.load(visit().language)
            reason = words(f"error.{fault.code}", **fault.params)
            return failure("course_lesson", file=f"{one.slug}.toml", reason=reason)
    return None


def _previewed(found: Lesson) -> Failure | None:
    """The fault of a lesson that a teacher opened, None if it is as it should be."""
    session = visit()
    try:
        run, solved, predicted = (
            None
            if program is None
            else client.record(program, grading.LIMITS, visitor=session.visitor)
            for program in lessons.programs(found)
        )
        if run is not None:
            job = Preview(run, solved, predicted, found, session.language)
            pool.do(job, visitor=session.visitor)
    except VizError as error:
        return error.failure
    return None


def choose_lesson(slug: str) -> None:
    """Open a lesson's own program."""
    session = visit()
    session.lesson = slug
    _bring(None)
    session.notice = None
    session.act += 1
    open_program(None)


@redraw.page
def lesson_followed() -> None:
    chosen = lesson.chosen()
    if chosen.text is not None:
        _open_kept(chosen.slug, chosen.text)
    elif chosen.slug in lessons.load():
        choose_lesson(chosen.slug)


def _open_kept(slug: str, toml: str) -> None:
    """Open a lesson by the browser's account, which anyone can have written."""
    if not lessons.is_slug(slug):
        return
    try:
        brought = lessons.read(f"{slug}.toml", toml.encode("utf-8", "replace"))
    except VizError as error:
        visit().notice = error.failure
        return
    _open_lesson(brought, toml)


def own() -> OwnProgram | None:
    """The text that ran last, if it is the visitor's own, for the browser to remember."""
    session = visit()
    run = session.last.run
    if taught(session) is not None or run is None or run.source != session.program:
        return None
    if run.seen is None or not session.program.strip():
        return None
    return OwnProgram(f"{session.id} {session.opened}", session.program)


@redraw.page
def picked() -> None:
    """Open the lesson or program picked in the gallery."""
    pick = gallery.picked()
    if pick.kind == "lesson" and pick.value in lessons.load():
        choose_lesson(pick.value)
    elif pick.kind in ("program", "blank"):
        session = visit()
        _bring(None)
        session.lesson = session.notice = None
        session.act += 1
        open_program(pick.value)
    elif pick.kind == "opened":
        _open_kept(pick.name, pick.value)
    elif pick.kind == "kept":
        session = visit()
        if session.course is not None and session.course.key == pick.value:
            session.course = None


@redraw.page
def reset() -> None:
    session = visit()
    session.notice = None
    session.act += 1
    open_program(None)


def open_program(own: str | None, link: Settings | None = None) -> None:
    """Open a program for the visitor: one of their own, or else the chosen lesson's."""
    session = visit()
    session.link = link or Settings()
    if own is not None:
        consent.came_from_elsewhere(own)
    session.groups = session.link.groups
    session.opened += 1
    behind, before = session.history, session.program
    lesson = chosen_lesson(session)
    program = own if own is not None else lesson.program if lesson else ""
    session.program = program
    session.chosen_pass = None if session.link.turn is None else (program, session.link.turn)
    session.revision += 1
    session.whatif = None
    # The browser's back and forward move through the texts of one history.
    way = history.opened(program, before, behind) if link else History(answered=behind.answered)
    session.history = way


@redraw.page
def change_requested() -> None:
    """Change the text as a control requests; a request about another text is too late."""
    session = visit()
    request = inputs.request()
    if request is None:
        return
    session.history = msgspec.structs.replace(session.history, answered=request.id)
    if request.base != session.revision:
        return
    run = session.last.run
    seen = run.seen if run else None
    whatif = session.whatif
    source, dragged = session.program, session.history.drag
    if request.kind == "whatif":
        session.whatif = seen if seen and seen.recorded.source == source else None
    elif request.kind in ("keep", "drop"):
        session.whatif = None
        if request.kind == "drop" and whatif is not None and whatif.recorded.source != source:
            session.history = history.changed(session.history, source, "changes.done_drop")
            source = whatif.recorded.source
    elif request.kind == "try":
        after = _tried(taught(session), request.at, source)
        if after != source:
            session.whatif = seen if seen and seen.recorded.source == source else None
            session.history = history.changed(session.history, source, "changes.done_try")
        source = after
    else:
        source, session.history = inputs.fulfil(
            request, source, session.history, seen.picture if seen else None
        )
    if source != session.program:
        session.act += request.drag is None or request.drag != dragged
        session.program = source
        session.revision += 1
        session.notice = None


def _tried(lesson: Lesson | None, place: int, source: str) -> str:
    """The text with the what-if of one of a lesson's ideas; the text itself if it has none."""
    ideas = () if lesson is None else lesson.ideas[place : place + 1]
    edits = [idea.edit for idea in ideas if idea.edit is not None and idea.edit.fits(source)]
    return edits[0].of(source) if edits and place >= 0 else source


@redraw.page
def edited() -> None:
    session = visit()
    before, wanted = session.program, program.wanted()
    if wanted.base != session.revision:
        return  # about a program that is gone: the visitor has opened another one
    session.taken = wanted.id
    # Text typed in one burst, with pauses, is one step in the history and in the browser's.
    session.act += session.history.drag != wanted.burst
    if wanted.text != before:
        session.history = history.typed(session.history, before, wanted.burst)
    if not wanted.paused:
        consent.give(wanted.text)
    elif consent.waits(before):
        consent.came_from_elsewhere(wanted.text)  # changed, but nobody has asked to run it
    session.program = wanted.text
    session.notice = None
    # An unchanged text is sent only to rerun a failure.
    session.last.again = True


@redraw.page
def agreed() -> None:
    session = visit()
    consent.give(session.program)
    session.notice = None
