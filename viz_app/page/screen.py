"""The one screen: header, program, ideas and output on the left, the picture on the right.

A rerun of the script runs the program again only if its text has changed.
"""

import streamlit as st

from viz_app.browser import Alert, State
from viz_app.knowledge import text
from viz_app.knowledge.text import Text
from viz_app.page import header, live, session
from viz_app.page.panels import (
    address,
    changes,
    explain,
    inputs,
    lesson,
    opening,
    output,
    program,
    room,
    stage,
)
from viz_app.page.server import first_paint, visitors
from viz_app.page.visit import consent, redraw, running
from viz_app.page.visit.kept_pictures import Seen
from viz_app.page.visit.state import DragStart, Run, taught, visit
from viz_app.workers.jobs import Look


def show() -> None:
    """Draw the page for one visitor."""
    state = visit()
    if not state.begun:  # a run that was stopped midway begins again
        session.open_link(st.query_params.to_dict())
    redraw.begin()
    state.visitor = visitors.visitor(state.id, state.room)
    visitors.enter(state.room)
    words = text.load(state.language)
    st.set_page_config(page_title=words("page.title"), page_icon="∇", layout="wide")
    st.html(first_paint.HIDE)
    addressed = session.addressed()
    # Before the picture: the steps it reports then belong to the program in the address.
    address.show(
        addressed,
        words,
        session=state.id,
        act=state.act,
        on_went=session.gone_elsewhere,
    )
    opening.show(words, on_opened=session.file_opened)
    room.show(addressed, words, on_lead=session.room_led, on_left=session.room_left)
    present = taught(state)
    look = Look(
        state.groups, words.language, stage.theme(), explain.is_open(), present, stage.row()
    )
    badge = None if st.context.is_embedded else header.show(words)
    waiting = consent.waits(state.program)
    # Always there: another element more or less would move the picture, and restart it.
    with st.container(key="queue"):
        place = st.empty()
        run = running.waiting() if waiting else running.run(words, look, place)
    if badge is not None:  # only a running engine has a known wall
        with badge:
            consent.badge(words)
    seen = running.pictured(look)
    picture = seen.picture
    now = picture.source == state.program
    with st.container(key="columns"):
        # The picture first, for a keyboard or a narrow screen; page.css reverses the order.
        right, left = st.columns([69, 31], gap="medium")
    with right:
        stage.show(
            picture,
            run.number,
            state=_state(run),
            chosen_pass=seen.recorded.chosen_pass,
            on_fold=session.folded,
            on_pass=session.pass_chosen,
            on_row=session.row_fits,
        )
        explained = explain.show(look, words, on_open=session.unfolded)
    state.drag = live.offer(
        DragStart(
            state.visitor, state.revision, seen, explained=explained, files=state.beside.files
        )
    )
    with left:
        with st.container(key="consent"):
            if waiting:
                st.button(words("page.run_foreign"), type="primary", on_click=session.agreed)
        program.show(
            run,
            words,
            kept=session.kept(addressed),
            alert=_alert(run, words),
            on_run=session.edited,
            on_removed=session.file_removed,
        )
        _changes(seen, words, live=now)
        inputs.show(picture, words, run=run.number, live=now, on_request=session.change_requested)
        with st.container(key="below"):
            lesson.show(
                present,
                picture,
                words,
                live=now,
                brought=None if state.brought is None else state.toml,
                own=session.own(),
                on_chosen=session.lesson_followed,
            )
            output.show(picture.printed, words, run=run.number)


@st.fragment
def _changes(seen: Seen, words: Text, *, live: bool) -> None:
    redraw.follow(changes.KEY)
    compared = running.compared(seen if live else None)
    changes.show(seen.picture, words, live=live, compared=compared)


def _state(run: Run) -> State:
    """The relation of the picture to the text: ready, error (drawn up to the failure) or stale (of
    an older text)."""
    if run.seen is None:
        return "stale"
    return "ready" if run.failure is None else "error"


def _alert(run: Run, words: Text) -> Alert | None:
    if run.failure is not None:
        refused = "" if run.seen is None else run.seen.picture.refused
        return program.alert(
            run.failure, visit().program, words, pictured=run.seen is not None, refused=refused
        )
    notice = visit().notice
    return None if notice is None else program.notice(notice, words)
