"""When the whole page must be drawn, though Streamlit meant to draw a fragment of it.

What elements tell in the same moment reaches the server as one message. If one of a fragment's
spoke first, the callbacks of all are called, but only that fragment is drawn: a text that was sent
to run would wait for ever. So callbacks note that the page is behind, and a fragment looks.
"""

import functools
from collections.abc import Callable
from typing import ParamSpec

import streamlit as st

_P = ParamSpec("_P")


def page(callback: Callable[_P, None]) -> Callable[_P, None]:
    """A callback after which the whole page is to be drawn."""

    @functools.wraps(callback)
    def called(*given: _P.args, **named: _P.kwargs) -> None:
        st.session_state["behind"] = True
        callback(*given, **named)

    return called


@page
def nothing() -> None:
    """The callback of an element whose word alone is enough to draw the page."""


def begin() -> None:
    """The whole page is about to be drawn."""
    st.session_state["behind"] = False


def follow() -> None:
    """Called first in a fragment: draws the whole page instead if that is behind."""
    if st.session_state["behind"]:
        st.rerun()
