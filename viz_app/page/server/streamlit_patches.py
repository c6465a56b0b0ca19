"""How the page's process is set up, before the first visitor: garbage, locks, callbacks, queues,
addresses."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakValueDictionary

from starlette.types import Receive, Scope, Send
from streamlit import config, net_util
from streamlit.components.v2.bidi_component import serialization
from streamlit.components.v2.bidi_component.main import BidiComponentMixin
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from viz_app.page.server import visitors

GARBAGE = 100_000
"""Objects made before the youngest are searched for garbage: a search in the middle of a long
trace's picture doubles its time."""
AFTER_RERUN = "runner.postScriptGC"
"""Streamlit's setting for a full collection after each rerun, which takes two thirds of the time
of a busy server."""
REST_SECONDS = 10.0
"""Least time between two full collections of our own."""
SHARE = 50
"""A full collection takes at most one part in this many of the process's time."""


def spare_the_collector() -> None:
    """Leave full collections to `collect_garbage`, unless the host's own setting says otherwise."""
    if not config.is_manually_set(AFTER_RERUN):
        config.set_option(AFTER_RERUN, False)
    gc.freeze()  # what was imported is not garbage
    gc.set_threshold(GARBAGE)


async def collect_garbage(
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    clock: Callable[[], float] = time.perf_counter,
) -> None:
    """Collect all garbage now and then, for ever: sessions that ended are full of cycles."""
    taken = 0.0
    while True:
        await sleep(max(REST_SECONDS, SHARE * taken))
        began = clock()
        gc.collect()
        taken = clock() - began


def spare_components() -> None:
    """Mount a component without searching its data for dataframes, and without hashing the data.

    Ours have plain data, and a key, which alone is their identity. Streamlit 1.67 imports pandas'
    kin for each value of each rerun, and writes the data as JSON a second time.
    """

    def plain(data: dict[str, Any], _: dict[str, bytes] | None = None) -> dict[str, Any]:
        return data

    def identity(self: BidiComponentMixin, **given: Any) -> dict[str, Any]:
        return {"component_name": given["component_name"]}

    serialization._extract_dataframes_from_dict = plain  # type: ignore[assignment]
    BidiComponentMixin._build_bidi_identity_kwargs = identity  # type: ignore[method-assign]


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


def ask_nobody_for_our_address() -> None:
    """Keep Streamlit from asking a server on the internet, in its event loop, for our address.

    Streamlit 1.67 does for each request whose Origin it does not know.
    """
    net_util.get_external_ip = lambda: None


def note_peers() -> None:
    """Note where a connection comes from before uvicorn puts a forwarded address in its place.

    uvicorn believes whoever asks from 127.0.0.1; whom to believe is the host's to say.
    """
    original: Any = ProxyHeadersMiddleware.__call__

    async def call(
        self: ProxyHeadersMiddleware, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if scope["type"] != "lifespan":
            scope[visitors.PEER] = scope.get("client")
        await original(self, scope, receive, send)

    ProxyHeadersMiddleware.__call__ = call  # type: ignore[assignment, method-assign]
