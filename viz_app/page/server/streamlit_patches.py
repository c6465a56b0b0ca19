"""All replacements in Streamlit and in its server: one list, with the reason for each.

`install` applies the replacements when the server starts, before the first visitor; they stay for
the process's life and are never removed. All were tested with the versions of `TESTED`; another
version causes a warning at the start.
"""

import asyncio
import functools
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from contextvars import Context
from copy import copy, deepcopy
from importlib.metadata import version
from threading import Lock
from types import SimpleNamespace
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

from starlette.types import Receive, Scope, Send
from streamlit import net_util
from streamlit.components.v2.bidi_component import main, serialization
from streamlit.components.v2.bidi_component.main import BidiComponentMixin
from streamlit.cursor import SparseList
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements import spinner
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.scriptrunner_utils.script_run_context_attr import (
    SCRIPT_RUN_CONTEXT_ATTR_NAME,
)
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState
from uvicorn import Server
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.websockets import websockets_sansio_impl
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from viz_app.page.server import health, visitors
from viz_app.page.server.rooms import ROOMS
from viz_app.patches import Patch, put_in
from viz_app.workers.pool import Watch

TESTED = {"streamlit": ("1.67.0",), "uvicorn": ("0.54.0",)}

TOGETHER_SECONDS = 0.005
"""Time for which the event loop waits for further messages of a rerun: as long as Streamlit's loop
rests after it has sent some."""

_log = logging.getLogger(__name__)


def _plain_data(_: Any) -> Any:
    def extract(data: dict[str, Any], _: dict[str, bytes] | None = None) -> dict[str, Any]:
        return data

    return extract


def _key_alone(_: Any) -> Any:
    def identity(self: BidiComponentMixin, **given: Any) -> dict[str, Any]:
        return {"component_name": given["component_name"]}

    return identity


def _plain_state(_: Any) -> Any:
    def make_presenter(events_id: str, *_: Any) -> Callable[[Any, SessionState], Any]:
        def present(state: Any, session: SessionState) -> Any:
            values = session._new_widget_state
            if not isinstance(state, dict) or events_id not in values.widget_metadata:
                return state
            given = values.get(events_id) or []
            events = (it for it in given if isinstance(it, dict) and "event" in it)
            return {str(it["event"]): it.get("value") for it in events} | state

        return present

    return make_presenter


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


class _Filtered(Mapping[str, Any]):
    """The values of a session by their keys, each looked up when it is asked for."""

    def __init__(self, state: SafeSessionState, whole: Callable[[], dict[str, Any]]) -> None:
        self._state, self._whole = state, whole

    def __getitem__(self, key: str) -> Any:
        with self._state._lock:
            return self._state._state[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole())

    def __len__(self) -> int:
        return len(self._whole())


def _looked_up(original: Any) -> Any:
    def filtered_state(self: SafeSessionState) -> _Filtered:
        return _Filtered(self, lambda: original.fget(self))

    return property(filtered_state)


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


def _theme_read_once(original: Any) -> Any:
    @functools.cache
    def read(section: str) -> CustomThemeConfig:
        theme = CustomThemeConfig()
        original(theme, section)
        return theme

    def populate(message: CustomThemeConfig, section: str = "theme") -> None:
        theme = read(section)
        if theme.ListFields():  # a merge makes the part of the message that it is for
            message.MergeFrom(theme)

    return populate


_waiting_lock = Lock()


def _waiting(session: AppSession) -> list[Callable[[], None]]:
    waiting: list[Callable[[], None]] = vars(session).setdefault("_viz_waiting", [])
    return waiting


def _call_waiting(session: AppSession) -> None:
    with _waiting_lock:
        waiting = _waiting(session)
        calls = tuple(waiting)
        waiting.clear()
    with ExitStack() as stack:  # one that raises holds up no other
        for call in reversed(calls):
            stack.callback(call)


def _calls_together(original: Any) -> Any:
    def call_soon(self: AppSession, callback: Callable[[], None]) -> None:
        with _waiting_lock:
            waiting = _waiting(self)
            waiting.append(callback)
            first = len(waiting) == 1
        if first:
            loop = self._event_loop
            original(self, lambda: loop.call_later(TOGETHER_SECONDS, lambda: _call_waiting(self)))

    return call_soon


def _waiting_first(original: Any) -> Any:
    def create(self: AppSession, *given: Any, **named: Any) -> None:
        try:
            if asyncio._get_running_loop() is self._event_loop:
                _call_waiting(self)
        finally:
            original(self, *given, **named)

    return create


class Timer:
    """Takes the place of `threading.Timer` for spinners: one thread serves them all.

    `run` shows the spinner; Streamlit wraps it, and gives this object the attribute by which its
    functions find the session of a thread.
    """

    _watch = Watch()

    def __init__(self, seconds: float, show: Callable[[], None]) -> None:
        self.run = show
        self._seconds = seconds
        self._waiting = ExitStack()

    def start(self) -> None:
        self._waiting.enter_context(self._watch.at_most(self._seconds, self._due))

    def cancel(self) -> None:
        self._waiting.close()

    def _due(self) -> None:
        thread, name = threading.current_thread(), SCRIPT_RUN_CONTEXT_ATTR_NAME
        setattr(thread, name, getattr(self, name))
        try:
            Context().run(self.run)
        except Exception:  # noqa: BLE001  a fault of one session ends no spinners of others
            _log.exception("a spinner was not shown")
        finally:
            delattr(thread, name)


def _one_thread(original: Any) -> Any:
    return SimpleNamespace(Lock=original.Lock, Timer=Timer)


class _Together(NamedTuple):
    """The messages of one flush, which pass Streamlit's loop as one."""

    messages: list[ForwardMsg]


def _copied_once(_: Any) -> Any:
    def copied(self: DeltaGenerator, memo: dict[int, Any]) -> DeltaGenerator:
        before = self._cursor
        cursor = copy(before)  # numbers and tuples, except for the spinners shown there
        if before is not None and cursor is not None:
            shown = before.transient_elements
            cursor._transient_elements = deepcopy(shown) if shown else SparseList()
        made = DeltaGenerator(
            root_container=self._root_container,
            cursor=cursor,
            parent=deepcopy(self._parent, memo),
            block_type=self._block_type,
        )
        made._form_data = self._form_data
        made._creating_fragment_id = self._creating_fragment_id
        return made

    return copied


def _flushed_together(original: Any) -> Any:
    def flush(self: AppSession) -> list[_Together]:
        if self._browser_queue.is_empty():
            return []
        return [_Together(original(self))]

    return flush


def _sent_together(original: Any) -> Any:
    def send(self: Runtime, session: Any, together: _Together) -> None:
        for message in together.messages:
            original(self, session, message)

    return send


class Gathered:
    """A transport that writes at the event loop's next turn, all that was written until then; at
    once from `MOST` bytes on, so that a slow reader holds up the writer as before."""

    MOST = 2**16

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._waiting: list[bytes] = []
        self._size = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._waiting:
            self._loop.call_soon(self._write_all)
        self._waiting.append(data)
        self._size += len(data)
        if self._size >= self.MOST:
            self._write_all()

    def close(self) -> None:
        self._write_all()
        self._transport.close()

    def _write_all(self) -> None:
        data = b"".join(self._waiting)
        self._waiting.clear()
        self._size = 0
        if data:
            self._transport.write(data)


def _writes_gathered(original: Any) -> Any:
    def connection_made(self: WebSocketsSansIOProtocol, transport: asyncio.Transport) -> None:
        original(self, Gathered(transport, self.loop))

    return connection_made


def _compresses_fast(original: Any) -> Any:
    def factory(**given: Any) -> Any:
        settings = {"level": 1, "memLevel": 5}
        return original(**given | {"server_max_window_bits": 14, "compress_settings": settings})

    return factory


def _peer_noted(original: Any) -> Any:
    async def call(
        self: ProxyHeadersMiddleware, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if scope["type"] != "lifespan":
            scope[visitors.PEER] = scope.get("client")
        await original(self, scope, receive, send)

    return call


def _streams_end(original: Any) -> Any:
    async def shutdown(self: Server, *given: Any, **named: Any) -> None:
        await health.drain(lambda: self.force_exit)
        ROOMS.stop()
        await original(self, *given, **named)

    return shutdown


PATCHES = (
    Patch(serialization, "_extract_dataframes_from_dict", _plain_data,
          "Streamlit searches a component's data for dataframes, and imports pandas and the like "
          "for each value of each rerun. Our data is plain."),
    Patch(BidiComponentMixin, "_build_bidi_identity_kwargs", _key_alone,
          "Streamlit serialises a component's data a second time, to hash it. Our components have "
          "a key, which is identity enough."),
    Patch(main, "make_bidi_component_presenter", _plain_state,
          "Each look at a component's state defines a new class, so that a program can assign to "
          "the state: sixty for a rerun, and with their functions nearly all of the garbage, which "
          "stopped everyone for a fifth of a second after each eighty reruns. Ours is only read."),
    Patch(SafeSessionState, "__init__", _one_lock,
          "A rerun's thread can start while the thread before is still stopping, and each has its "
          "own lock around the shared state of their session: the new one could fail with "
          "'dictionary changed size during iteration', and the rerun was lost. Now all threads "
          "of a session share one lock."),
    Patch(SafeSessionState, "on_script_will_rerun", _callbacks_through,
          "At each access to the session a newer request of the same visitor may stop the thread, "
          "even in the middle of a callback: text and lesson could then belong to different "
          "programs. The request now waits until all callbacks are done."),
    Patch(SafeSessionState, "filtered_state", _looked_up,
          "A selectbox makes a copy of all of the session's values, to look at its own."),
    Patch(ForwardMsgQueue, "clear", _keep_unsent,
          "A fragment rerun drops the fragment's queued messages of the full run but keeps the "
          "full run's 'script finished' message, so the browser removed the fragment and rebuilt "
          "it. Queued messages are now sent first."),
    Patch(app_session, "_populate_theme_msg", _theme_read_once,
          "Each rerun looks up and rewrites the settings of the theme, which do not change: a "
          "twelfth of a busy server's time."),
    Patch(AppSession, "_call_soon_on_event_loop", _calls_together,
          "Each of a rerun's forty messages wakes the event loop by itself. Those that come before "
          "it has woken are now handled together, in their order."),
    Patch(AppSession, "_create_scriptrunner", _waiting_first,
          "A rerun that comes as the one before ends gets a thread of its own, and Streamlit then "
          "ignores what it hears of the thread before. What still waited to be handled together "
          "would be lost, and the page stay as it was: it is handled first."),
    Patch(DeltaGenerator, "__deepcopy__", _copied_once,
          "A fragment keeps a copy of the containers that it is in, and each of them copied those "
          "around it for itself, attribute by attribute: a tenth of a rerun."),
    Patch(spinner, "threading", _one_thread,
          "A spinner starts a thread, which shows it if the block takes half a second: for each "
          "rerun, since each program's run has one."),
    Patch(AppSession, "flush_browser_queue", _flushed_together,
          "The loop that sends goes once around the event loop for each message of a rerun. Those "
          "that wait for one visitor now take one turn."),
    Patch(Runtime, "_send_message", _sent_together,
          "The other half: the messages that took one turn are sent in their order."),
    Patch(WebSocketsSansIOProtocol, "connection_made", _writes_gathered,
          "Each message of a rerun is a write to the socket, in which another thread takes the "
          "interpreter. Those of one turn are now written together."),
    Patch(websockets_sansio_impl, "ServerPerMessageDeflateFactory", _compresses_fast,
          "Compression at zlib's usual level, in a window of 4 kB, took a tenth of a rerun. The "
          "fastest level in 16 kB sends as many bytes in half the time, with 48 kB more for each "
          "page."),
    Patch(net_util, "get_external_ip", _nobody_asked,
          "For each request with an unknown Origin, Streamlit asks a server on the internet for "
          "our own address, inside the event loop."),
    Patch(ProxyHeadersMiddleware, "__call__", _peer_noted,
          "uvicorn replaces the peer's address by a forwarded one and trusts every client on "
          "127.0.0.1; trust is the host's decision. The peer's address is noted first."),
    Patch(Server, "shutdown", _streams_end,
          "uvicorn waits for all answers to end before anything of ours hears of the end, and a "
          "room's events have none: the server stayed until the last page had been closed. It also "
          "stops listening at once: a proxy must first have seen that it is no longer ready."),
)  # fmt: skip


def install() -> None:
    """Apply all replacements, and warn of a version that they were not tested with."""
    for package, tested in TESTED.items():
        if version(package) not in tested:
            _log.warning("%s %s is not tested: %s", package, version(package), ", ".join(tested))
    put_in(PATCHES)
