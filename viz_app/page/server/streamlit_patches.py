"""All replacements in Streamlit and in its server: one list, with the reason for each.

`install` applies the replacements when the server starts, before the first visitor; they stay for
the process's life and are never removed. All were tested with the versions of `TESTED`; another
version causes a warning at the start.
"""

import logging
from collections.abc import Callable
from importlib.metadata import version
from typing import Any
from weakref import WeakValueDictionary

from starlette.types import Receive, Scope, Send
from streamlit import net_util
from streamlit.components.v2.bidi_component import serialization
from streamlit.components.v2.bidi_component.main import BidiComponentMixin
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from viz_app.page.server import visitors
from viz_app.patches import Patch, put_in

TESTED = {"streamlit": ("1.67.0",), "uvicorn": ("0.54.0",)}

_log = logging.getLogger(__name__)


def _plain_data(_: Any) -> Any:
    def extract(data: dict[str, Any], _: dict[str, bytes] | None = None) -> dict[str, Any]:
        return data

    return extract


def _key_alone(_: Any) -> Any:
    def identity(self: BidiComponentMixin, **given: Any) -> dict[str, Any]:
        return {"component_name": given["component_name"]}

    return identity


def _one_lock(original: Any) -> Any:
    locks: WeakValueDictionary[int, Any] = WeakValueDictionary()

    def init(
        self: SafeSessionState, state: SessionState, yield_callback: Callable[[], None]
    ) -> None:
        original(self, state, yield_callback)
        # A lock lives as long as one of the threads, and each holds the state: its id is unique.
        object.__setattr__(self, "_lock", locks.setdefault(id(state), self._lock))

    return init


def _callbacks_through(original: Any) -> Any:
    def will_rerun(self: SafeSessionState, *given: Any, **named: Any) -> None:
        may_stop = self._yield_callback
        may_stop()
        object.__setattr__(self, "_yield_callback", lambda: None)
        try:
            original(self, *given, **named)
        finally:
            object.__setattr__(self, "_yield_callback", may_stop)

    return will_rerun


def _keep_unsent(original: Any) -> Any:
    def clear(
        self: ForwardMsgQueue,
        retain_lifecycle_msgs: bool = False,
        fragment_ids_this_run: list[str] | None = None,
    ) -> None:
        if fragment_ids_this_run is None:
            original(self, retain_lifecycle_msgs)
        else:  # new messages take no index among those drawn before
            self._delta_index_map = {}

    return clear


def _nobody_asked(_: Any) -> Any:
    return lambda: None


def _peer_noted(original: Any) -> Any:
    async def call(
        self: ProxyHeadersMiddleware, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if scope["type"] != "lifespan":
            scope[visitors.PEER] = scope.get("client")
        await original(self, scope, receive, send)

    return call


PATCHES = (
    Patch(serialization, "_extract_dataframes_from_dict", _plain_data,
          "A component's data is searched for dataframes, which imports pandas' kin for each "
          "value of each rerun. Ours have plain data."),
    Patch(BidiComponentMixin, "_build_bidi_identity_kwargs", _key_alone,
          "A component's data is written as JSON a second time, to be hashed. Ours have a key, "
          "which alone is their identity."),
    Patch(SafeSessionState, "__init__", _one_lock,
          "A rerun's thread starts while that of the run before may still be on its way to stop, "
          "and each has a lock of its own around the one state of their session: the new one "
          "could fail with 'dictionary changed size during iteration', and the rerun was lost. "
          "One lock for all threads of a session."),
    Patch(SafeSessionState, "on_script_will_rerun", _callbacks_through,
          "Each touch of the session is a place where a newer request of the same visitor may "
          "stop the thread, in the middle of a callback too: the text then was of one program "
          "and the lesson of another. The request waits until all callbacks are through."),
    Patch(ForwardMsgQueue, "clear", _keep_unsent,
          "A fragment's run takes out what a run of the whole page drew of the fragment and did "
          "not send yet, and leaves the word that this run is through: the browser took the "
          "fragment for gone, and made it anew when it came. What is unsent is sent first."),
    Patch(net_util, "get_external_ip", _nobody_asked,
          "For each request whose Origin is not known, a server on the internet is asked, in the "
          "event loop, for our own address."),
    Patch(ProxyHeadersMiddleware, "__call__", _peer_noted,
          "uvicorn puts a forwarded address in the peer's place and believes whoever asks from "
          "127.0.0.1; whom to believe is the host's to say. The peer is noted first."),
)  # fmt: skip


def install() -> None:
    """Apply all replacements, and warn of a version that they were not tested with."""
    for package, tested in TESTED.items():
        if version(package) not in tested:
            _log.warning("%s %s is not tested: %s", package, version(package), ", ".join(tested))
    put_in(PATCHES)
