"""Consent where programs run without the full wall: a badge shows it, and a foreign program waits.

Behind the full wall a program from a link can harm no one and runs at once. Without it (macOS,
Windows, a Linux without libseccomp, VIZ_APP_SANDBOX=off) it would run with the user's own rights,
so it is shown first and runs when the user agrees.
"""

import hashlib

import streamlit as st

from viz_app.engine import client
from viz_app.knowledge.text import Text
from viz_app.page.visit.state import visit

REMEMBERED = 200
"""Maximum number of texts remembered as requested by the visitor, each by its digest."""


def came_from_elsewhere(source: str) -> None:
    """Note that this text came in a link or a file."""
    visit().foreign = source


def give(source: str) -> None:
    """Note that the visitor asked to run this text."""
    session = visit()
    session.agreed = (*session.agreed, _digest(source))[-REMEMBERED:]


def _digest(source: str) -> bytes:
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).digest()


def waits(source: str) -> bool:
    """True if this text may not run before the visitor agrees."""
    session = visit()
    if session.foreign != source or _digest(source) in session.agreed:
        return False
    return not client.walled()


def badge(words: Text) -> None:
    """Show how programs are confined here: in a word, with a sentence as its tooltip."""
    wall = client.wall()
    if wall is None:  # unknown before the engine runs
        return
    if wall.missing:
        missing = ", ".join(wall.missing)
        st.badge(words("wall.open"), color="orange", help=words("wall.open_help", missing=missing))
    else:
        st.badge(words("wall.full"), color="gray", help=words("wall.full_help"))
