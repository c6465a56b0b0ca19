"""Where programs run without the full wall: a badge says so, and a stranger's program waits.

Behind the full wall a program from a link can harm no one and runs at once. Without it (macOS,
Windows, a Linux without libseccomp, VIZ_APP_SANDBOX=off) it would run with the user's own rights,
so it is shown first and runs when the user says so.
"""

import hashlib

import streamlit as st

from viz_app.engine import client
from viz_app.knowledge.text import Text
from viz_app.page.visit.state import visit

REMEMBERED = 200
"""Texts of which it is known that the visitor asked for them, each by its digest."""


def came_from_elsewhere(source: str) -> None:
    """Note that this text came in a link or a file."""
    visit().foreign = source


def give(source: str) -> None:
    """The visitor asked for this text to be run."""
    session = visit()
    session.agreed = (*session.agreed, _digest(source))[-REMEMBERED:]


def _digest(source: str) -> bytes:
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).digest()


def waits(source: str) -> bool:
    """Whether this text may not run before the visitor says so."""
    session = visit()
    if session.foreign != source or _digest(source) in session.agreed:
        return False
    return not client.walled()


def badge(words: Text) -> None:
    """How programs are confined here, in a word, and in a sentence for who points at it."""
    wall = client.wall()
    if wall is None:  # not known before the engine runs
        return
    if wall.missing:
        missing = ", ".join(wall.missing)
        st.badge(words("wall.open"), color="orange", help=words("wall.open_help", missing=missing))
    else:
        st.badge(words("wall.full"), color="gray", help=words("wall.full_help"))
