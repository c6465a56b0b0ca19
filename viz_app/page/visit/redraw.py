"""When the whole page must be drawn, though Streamlit meant to draw a fragment of it.

What elements tell in the same moment reaches the server as one message. If one of a fragment's
spoke first, the callbacks of all are called, but only that fragment is drawn: a text that was sent
to run, or a word to another fragment, would wait for ever. So callbacks note what is behind, and a
fragment looks whether that is itself alone.
"""

import functools
from collections.abc import Callable
from typing import ParamSpec

import streamlit as st

from viz_app.page.visit.state import visit

PAGE = "page"

_P = ParamSpec("_P")


def part(name: str, callback: Callable[_P, None]) -> Callable[_P, None]:
    """A callback after which the fragment `name` is to be drawn."""

    @functools.wraps(callback)
    def called(*given: _P.args, **named: _P.kwargs) -> None:
        visit().behind.add(name)
        callback(*given, **named)

    return called


def page(callback: Callable[_P, None]) -> Callable[_P, None]:
    """A callback after which the whole page is to be drawn."""
    return part(PAGE, callback)


def whole() -> None:
    """Draw the whole page after the callback of a fragment."""
    visit().behind.add(PAGE)


def nothing() -> None:
    """The callback of an element whose word alone is enough to be drawn."""


def begin() -> None:
    """The whole page is about to be drawn."""
    visit().behind = set()


def follow(name: str) -> None:
    """Called first in the fragment `name`: draws the whole page if more than that is behind."""
    behind = visit().behind
    behind.discard(name)
    if behind:
        st.rerun()
