"""The one screen: header, program, ideas and output on the left, the picture on the right.

What a visitor has done lives in the session: the program's text, the lesson, the language, and
the last run. A rerun of the script runs the program again only if its text has changed.
"""

import uuid
from collections.abc import Mapping
from pathlib import Path

import msgspec
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from viz_app import share
from viz_app.errors import VizError
from viz_app.knowledge import lessons, text
from viz_app.knowledge.text import Text
from viz_app.model import Failure, Trace
from viz_app.page import (
    address,
    appearance,
    changes,
    consent,
    explain,
    history,
    ideas,
    inputs,
    live,
    opening,
    output,
    program,
    running,
    sharing,
    stage,
)
from viz_app.page.history import History
from viz_app.page.live import Base
from viz_app.page.running import Run
from viz_app.share import Settings

ASSETS = Path(__file__).resolve().parents[2] / "assets"


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


def show() -> None:
    """Draw the page for one visitor."""
    session = st.session_state
    if "program" not in session:
        _open_link(st.query_params.to_dict())
    words = text.load(session["language"])
    st.set_page_config(page_title=words("page.title"), page_icon="∇", layout="wide")
    st.html(ASSETS / "page/page.css")
    # Before the picture: the steps it tells then belong to the program in the address.
    address.show(_addressed(), session=session["id"], act=session["act"], on_went=_gone_elsewhere)
    opening.show(on_opened=_file_opened)
    badge = None if st.context.is_embedded else _header(words)
    waiting = consent.waits(session["program"])
    # Always there: an element more or less would move the picture, and it would begin anew.
    with st.container(key="queue"):
        place = st.empty()
        run = running.waiting() if waiting else running.run(words, place)
    if badge is not None:  # only a running engine knows its wall
        with badge:
            consent.badge(words)
    if run.trace is not None:
        session["pictured"] = run.trace
    pictured: Trace = session.get("pictured", NOTHING)
    now = pictured.source == session["program"]
    aside: Trace | None = session.get("aside")
    lesson = lessons.load().get(session["lesson"])
    with st.container(key="columns"):
        left, right = st.columns([31, 69], gap="medium")
    with right:
        scene = stage.show(
            pictured,
            words,
            state=_state(run),
            link=session["link"],
            asked=f"{session['id']} {session['opened']}",
            groups=session["groups"],
            on_fold=_folded,
        )
        opened = explain.show(scene, words, on_open=_unfolded)
    begins = Base(session["id"], session["revision"], scene, session["groups"], words, opened)
    session["live"] = live.offer(begins)
    with left:
        with st.container():
            if waiting:
                st.button(words("page.run_foreign"), type="primary", on_click=_agreed)
        program.show(
            session["program"],
            revision=session["revision"],
            session=session["id"],
            kept=_kept(),
            opened=session["opened"],
            ran=run.source,
            run=run.number,
            read=run.trace is not None,
            error=run.failure.span if run.failure else None,
            alert=_alert(run, words),
            words=words,
            on_run=_edited,
        )
        _changes(pictured, words, live=now)
        inputs.show(
            pictured,
            _history(),
            words,
            source=session["program"],
            session=session["id"],
            revision=session["revision"],
            live=now,
            aside=aside is not None,
            on_wish=_wished,
        )
        with st.container(key="below"):
            ideas.show(lesson, session["program"], scene, words)
            output.show(scene.trace, words)


@st.fragment
def _changes(pictured: Trace, words: Text, *, live: bool) -> None:
    session = st.session_state
    if session.pop("follow", False):
        st.rerun()  # a wish changed more than this fragment
    changes.show(
        pictured,
        _history(),
        words,
        source=session["program"],
        revision=session["revision"],
        live=live,
        aside=session.get("aside"),
        on_wish=_change_wished,
    )


def _state(run: Run) -> str:
    """What the picture is to the text: ready, error (as far as it got) or stale (an older one)."""
    if run.trace is None:
        return "stale"
    return "ready" if run.failure is None else "error"


def _alert(run: Run, words: Text) -> dict[str, str] | None:
    if run.failure is not None:
        return program.alert(run.failure, words, pictured=run.trace is not None)
    notice: Failure | None = st.session_state["notice"]
    return None if notice is None else program.notice(notice, words)


def _open_link(parameters: Mapping[str, str]) -> None:
    """Show what the address asks for: at the beginning, and after going back or forward."""
    session = st.session_state
    # Tells the browser's side that a page already open has got a new session.
    session.setdefault("id", uuid.uuid4().hex)
    try:
        settings = share.read(parameters)
        session["notice"] = None
    except VizError as error:
        settings = Settings(language=parameters.get("lang"))
        session["notice"] = error.failure
    own = settings.program is not None and settings.lesson is None
    session["lesson"] = None if own else settings.lesson or lessons.first().slug
    session["asked_language"] = settings.language
    session["language"] = text.choose(settings.language, st.context.locale)
    session.setdefault("act", 0)
    _open(settings.program, settings)


def _unfolded() -> None:
    """A drag that begins now shows the explanations anew, though the page is not drawn anew."""
    base: Base | None = st.session_state.get("live")
    if base is not None:
        base.whole = explain.is_open()


def _settings() -> Settings:
    """What a link to the present text says; the step is the browser's to add."""
    session = st.session_state
    lesson = lessons.load().get(session["lesson"])
    own = lesson is None or lesson.program != session["program"]
    return Settings(
        lesson=session["lesson"],
        program=session["program"] if own else None,
        language=session["asked_language"],
        groups=session["groups"],
    )


def _folded() -> None:
    """Keep what the visitor opened or folded; the latest wish about a group counts."""
    wish = stage.wish()
    if wish is None:
        return
    group = wish.removeprefix("-")
    others = [each for each in st.session_state["groups"] if each.removeprefix("-") != group]
    st.session_state["groups"] = (*others, wish)[-share.MOST_GROUPS :]


def _addressed() -> Settings:
    """What the address says: a program too long for it stays with the browser's tab."""
    settings = _settings()
    if settings.program is None or len(share.encode(settings.program)) <= share.LONGEST:
        return settings
    return msgspec.structs.replace(settings, program=None)


def _kept() -> str:
    """The text that a session begun with the present address would show."""
    settings = _addressed()
    if settings.program is not None:
        return settings.program
    return (lessons.load().get(settings.lesson or "") or lessons.first()).program


def _gone_elsewhere() -> None:
    _open_link(address.parameters())


def _file_opened() -> None:
    session = st.session_state
    try:
        own = opening.opened()
    except VizError as error:
        session["notice"] = error.failure
        return
    session["lesson"] = session["notice"] = None
    session["act"] += 1
    _open(own)


def _reset() -> None:
    st.session_state["notice"] = None
    st.session_state["act"] += 1
    _open(None)


def _open(own: str | None, link: Settings | None = None) -> None:
    """Put a program before the visitor: one of their own, or else the chosen lesson's."""
    session = st.session_state
    session["link"] = link or Settings()
    if own is not None:
        consent.came_from_elsewhere(own)
    session["groups"] = session["link"].groups
    session["opened"] = session.get("opened", 0) + 1
    session["program"] = lessons.load()[session["lesson"]].program if own is None else own
    session["revision"] = session.get("revision", 0) + 1
    session["aside"] = None
    session["history"] = History(answered=_history().answered)


def _history() -> History:
    history: History = st.session_state.get("history", History())
    return history


def _change_wished() -> None:
    _wished(changes.KEY)
    st.session_state["follow"] = True


def _wished(key: str = inputs.KEY) -> None:
    """Change the text as a component asks; a wish of another text is late."""
    session = st.session_state
    wish = inputs.wish(key)
    if wish is None:
        return
    if wish.base != session["revision"]:
        session["history"] = msgspec.structs.replace(_history(), answered=wish.id)
        return
    run: Run | None = session.get("run")
    trace = run.trace if run else None
    aside: Trace | None = session["aside"]
    source = session["program"]
    if wish.kind == "whatif":
        session["aside"] = trace if trace is not None and trace.source == source else None
    elif wish.kind in ("keep", "drop"):
        session["aside"] = None
        if wish.kind == "drop" and aside is not None and aside.source != source:
            session["history"] = history.changed(_history(), source, "changes.done_drop")
            source = aside.source
    else:
        source, session["history"] = inputs.fulfil(wish, source, _history(), trace)
    if source != session["program"]:
        session["program"] = source
        session["revision"] += 1
        session["notice"] = None


def _edited() -> None:
    before, wanted = st.session_state["program"], program.wanted()
    # What is typed in one go, with pauses, is one way back: in the history and in the browser's.
    st.session_state["act"] += _history().drag != wanted.burst
    if wanted.text != before:
        st.session_state["history"] = history.typed(_history(), before, wanted.burst)
    if not wanted.paused:
        consent.give(wanted.text)
    elif consent.waits(before):
        consent.came_from_elsewhere(wanted.text)  # changed, but nobody has asked to run it
    st.session_state["program"] = wanted.text
    st.session_state["notice"] = None
    # An unchanged text is sent only to run again what failed.
    st.session_state["again"] = True


def _agreed() -> None:
    consent.give(st.session_state["program"])
    st.session_state["notice"] = None


def _header(words: Text) -> DeltaGenerator:
    """Title, choices and buttons; the place for the wall's badge."""
    session = st.session_state
    choices: list[str | None] = list(lessons.load())
    if session["lesson"] is None:
        choices.append(None)
    # A widget tells its choice by its label, so one with other labels is another widget.
    # It keeps its own choice, too: what a link opened needs a new one.
    lesson_key = f"lesson_choice_{words.language}_{session['opened']}"
    language_key = f"language_choice_{session['opened']}"
    with st.container(key="header", horizontal=True, vertical_alignment="center"):
        st.title(f":orange[∇] {words('page.title')}", anchor=False, width="content")
        st.selectbox(
            words("page.lesson"),
            choices,
            index=choices.index(session["lesson"]),
            format_func=lambda slug: _lesson_name(slug, words),
            key=lesson_key,
            label_visibility="collapsed",
            width=300,
            on_change=_lesson_chosen,
            args=(lesson_key, session["opened"]),
        )
        st.space("stretch")
        badge = st.empty()
        sharing.show(
            _settings(),
            session["program"],
            words,
            on_reset=_reset,
        )
        appearance.show(words)
        st.segmented_control(
            words("page.language"),
            text.languages(),
            default=session["language"],
            format_func=lambda code: text.load(code)("language.short"),
            key=language_key,
            label_visibility="collapsed",
            width="content",
            required=True,
            on_change=_language_chosen,
            args=(language_key, session["opened"]),
        )
    return badge


def _lesson_name(slug: str | None, words: Text) -> str:
    if slug is None:
        return words("page.own_program")
    lesson = lessons.load()[slug]
    title = lessons.words(lesson.title, words.language)
    return words("page.lesson_choice", order=lesson.order, title=title)


# A widget that leaves the page "changes" back to its first value, a new one tells its own: neither
# is a choice of the visitor's. Of the one that belonged to another opening nothing counts any more.


def _lesson_chosen(key: str, opened: int) -> None:
    session = st.session_state
    if opened != session["opened"] or session[key] == session["lesson"]:
        return
    session["lesson"] = session[key]
    session["notice"] = None
    session["act"] += 1
    _open(None)


def _language_chosen(key: str, opened: int) -> None:
    session = st.session_state
    if opened == session["opened"] and session[key] != session["language"]:
        session["language"] = session["asked_language"] = session[key]
