"""Redrawing the whole page where Streamlit would redraw only a fragment.

Widget events from the same tick arrive as one message. If a fragment's widget comes first,
Streamlit runs every callback but reruns only that fragment, so the rest of the page (a text sent to
run, a message to another fragment) would stay stale. So callbacks record which parts are stale, and
a fragment checks that it is the only one.
"""

import functools
from collections.abc import Callable
from typing import ParamSpec

import streamlit as st

from viz_app.page.visit.state import visit

PAGE = "page"

_P = ParamSpec("_P")


def part(name: str, callback: Callable[_P, None]) -> Callable[_P, None]:
    """A callback after which the fragment `name` must be redrawn."""

    @functools.wraps(callback)
    def called(*given: _P.args, **named: _P.kwargs) -> None:
        visit().behind.add(name)
        callback(*given, **named)

    return called


def page(callback: Callable[_P, None]) -> Callable[_P, None]:
    """A callback after which the whole page must be redrawn."""
    return part(PAGE, callback)


def whole() -> None:
    """Redraw the whole page after the callback of a fragment."""
    visit().behind.add(PAGE)


def nothing() -> None:
    """A callback that does nothing, for an element whose event alone triggers the redraw."""


def begin() -> None:
    """Note that the whole page is about to be redrawn."""
    visit().behind = set()


def follow(name: str) -> None:
    """Redraw the whole page if more than the fragment `name` is stale; called first in the
    fragment."""
    behind = visit().behind
    behind.discard(name)
    if behind:
        st.rerun()
