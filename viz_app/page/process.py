"""How the page's process is set up, before the first visitor: garbage, locks, callbacks, queues."""

import gc
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState

GARBAGE = 100_000
"""Objects that are made before garbage is looked for: Streamlit looks after every rerun, and
looking in the middle of a long trace's picture doubles its time."""


def spare_the_collector() -> None:
    """Have garbage looked for seldom, and not among what was imported."""
    gc.freeze()
    gc.set_threshold(GARBAGE)


def lock_sessions() -> None:
    """One lock for all threads of a session.

    Streamlit 1.67 starts a rerun's thread while that of the run before may still be on its way to
    stop, and gives each a lock of its own around the one state of their session: the new one then
    could fail with "dictionary changed size during iteration", and the rerun was lost.
    """
    original: Any = SafeSessionState.__init__
    locks: WeakValueDictionary[int, Any] = WeakValueDictionary()

    def init(
        self: SafeSessionState, state: SessionState, yield_callback: Callable[[], None]
    ) -> None:
        original(self, state, yield_callback)
        # A lock lives as long as one of the threads, and each holds the state: its id is its own.
        object.__setattr__(self, "_lock", locks.setdefault(id(state), self._lock))

    SafeSessionState.__init__ = init  # type: ignore[method-assign]


def finish_callbacks() -> None:
    """What a visitor did is carried out whole, or not yet.

    In Streamlit 1.67 each touch of the session is a place where a newer request of the same visitor
    may stop the thread, in the middle of a callback too: the text then was of one program and the
    lesson of another, and nobody was told. The request waits until all callbacks are through.
    """
    original: Any = SafeSessionState.on_script_will_rerun

    def will_rerun(self: SafeSessionState, *given: Any, **named: Any) -> None:
        may_stop = self._yield_callback
        may_stop()
        object.__setattr__(self, "_yield_callback", lambda: None)
        try:
            original(self, *given, **named)
        finally:
            object.__setattr__(self, "_yield_callback", may_stop)

    SafeSessionState.on_script_will_rerun = will_rerun  # type: ignore[method-assign]


def keep_what_is_unsent() -> None:
    """What a fragment's run finds unsent is sent before what that run draws.

    Streamlit 1.67 takes out what a run of the whole page drew of the fragment, and leaves the word
    that this run is through: the browser took the fragment for gone, and made it anew when it came.
    A choice of operations that stood open was closed.
    """
    original: Any = ForwardMsgQueue.clear

    def clear(
        self: ForwardMsgQueue,
        retain_lifecycle_msgs: bool = False,
        fragment_ids_this_run: list[str] | None = None,
    ) -> None:
        if fragment_ids_this_run is None:
            original(self, retain_lifecycle_msgs)
        else:  # what is drawn now takes no place among what was drawn before
            self._delta_index_map = {}

    ForwardMsgQueue.clear = clear  # type: ignore[method-assign]
