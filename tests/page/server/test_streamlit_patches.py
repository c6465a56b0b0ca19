"""The replacements in Streamlit serve their purpose, and do no more."""

import asyncio
import functools
import socket
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context
from copy import deepcopy
from queue import Queue
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette
from streamlit import config
from streamlit.components.v2.bidi_component import main, serialization
from streamlit.components.v2.bidi_component.main import BidiComponentMixin
from streamlit.components.v2.presentation import make_bidi_component_presenter
from streamlit.cursor import RunningCursor
from streamlit.delta_generator import DeltaGenerator
from streamlit.elements import spinner
from streamlit.elements.lib.form_utils import FormData
from streamlit.proto.BidiComponent_pb2 import BidiComponent
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NewSession_pb2 import NewSession
from streamlit.runtime import app_session
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.scriptrunner_utils import script_run_context
from streamlit.runtime.scriptrunner_utils.script_run_context import (
    ThreadState,
    get_script_run_ctx,
)
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState
from streamlit.testing.v1 import AppTest
from uvicorn import Config, Server
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Frame, Opcode

from tests.patience import PATIENCE_SECONDS
from viz_app.page.server import rooms, streamlit_patches
from viz_app.page.server.rooms import Rooms
from viz_app.workers.pool import Watch


class StoppedError(Exception):
    pass


def put(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Apply some of the replacements, for one test."""
    for owner, name, make, _ in streamlit_patches.PATCHES:
        if name in names:
            monkeypatch.setattr(owner, name, make(getattr(owner, name)))


def test_untested_version_causes_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(streamlit_patches, "PATCHES", ())
    streamlit_patches.install()
    assert caplog.messages == []
    monkeypatch.setattr(streamlit_patches, "TESTED", {"streamlit": ("0.1",)})
    streamlit_patches.install()
    assert [" is not tested: 0.1" in message for message in caplog.messages] == [True]


def test_component_data_is_serialised_once_and_not_searched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    searched: list[object] = []
    monkeypatch.setattr(serialization, "is_dataframe_like", searched.append)
    data, message = {"a": [1, None], "b": {"c": "d"}}, BidiComponent()
    serialization.serialize_mixed_data(data, message)
    assert len(searched) == 2
    put(monkeypatch, "_extract_dataframes_from_dict", "_build_bidi_identity_kwargs")
    again = BidiComponent()
    serialization.serialize_mixed_data(data, again)
    assert again == message
    assert len(searched) == 2
    one, two = (
        BidiComponentMixin._build_bidi_identity_kwargs(
            None,  # type: ignore[arg-type]
            component_name="viz_stage",
            isolate_styles=False,
            width="stretch",
            height="content",
            proto=again,
            data=each,
        )
        for each in (data, {})
    )
    assert one == two


def test_component_state_is_the_same_without_a_new_class(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def values(has: dict[str, Any], kind: str = "json_trigger_value") -> SessionState:
        state = SessionState()
        widgets = state._new_widget_state
        for name, value in has.items():
            widgets.set_widget_metadata(
                WidgetMetadata(
                    name,
                    deserializer=lambda given: given,
                    serializer=lambda given: given,
                    value_type=kind,  # type: ignore[arg-type]
                )
            )
            widgets.set_from_value(name, value)
        return state

    went = [{"event": "went", "value": {"to": 3}}, {"event": "open", "value": None}]
    cases: tuple[tuple[Any, SessionState], ...] = (
        ({"open": True, "step": 2}, values({"events": went})),
        ({"step": 2}, values({"events": None})),
        ({}, values({"events": went})),
        ({"step": 2}, values({})),
        (None, values({"events": went})),
        ({"step": 2}, values({"events": ["forged", {"value": 1}, *went]})),
    )
    before = [make_bidi_component_presenter("events", "id")(*case) for case in cases]
    put(monkeypatch, "make_bidi_component_presenter")
    after = [vars(main)["make_bidi_component_presenter"]("events", "id")(*case) for case in cases]
    assert after == before
    assert {type(it) for it in after} == {dict, type(None)}


def test_all_threads_of_a_session_wait_for_one_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, "__init__")
    state = SessionState()
    one, two = (SafeSessionState(state, lambda: None) for _ in range(2))
    stranger = SafeSessionState(SessionState(), lambda: None)

    def write(to: SafeSessionState) -> Thread:
        thread = Thread(target=to.__setitem__, args=("a", 1))
        thread.start()
        thread.join(0.5)
        return thread

    with one._lock:
        waiting = write(two)
        assert waiting.is_alive()
        assert not write(stranger).is_alive()
    waiting.join(5)
    assert not waiting.is_alive()
    assert one["a"] == 1


def test_callback_is_not_stopped_midway(monkeypatch: pytest.MonkeyPatch) -> None:
    class State(SessionState):
        def on_script_will_rerun(self, *given: Any, **named: Any) -> None:
            safe["a"] = 1  # a callback's doing
            asked.append(True)
            safe["b"] = 2

    def stop() -> None:
        if asked:
            raise StoppedError

    asked: list[bool] = []
    put(monkeypatch, "on_script_will_rerun")
    safe = SafeSessionState(State(), stop)
    safe.on_script_will_rerun(None)
    with pytest.raises(StoppedError):  # the next touch of the session is a place to stop again
        _ = safe["a"]
    asked.clear()
    assert (safe["a"], safe["b"]) == (1, 2)


def test_session_values_are_looked_up_singly(monkeypatch: pytest.MonkeyPatch) -> None:
    state = SessionState()
    state["mine"], state["none"] = 1, None
    safe = SafeSessionState(state, lambda: None)
    whole = safe.filtered_state
    inherited = vars(SafeSessionState)["filtered_state"]
    for owner, name, make, _ in streamlit_patches.PATCHES:
        if name == "filtered_state":
            monkeypatch.setattr(owner, name, make(inherited))
    copied = dict(safe.filtered_state)
    assert copied == whole == {"mine": 1, "none": None}
    assert len(safe.filtered_state) == 2

    def no_more(_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(SessionState, "filtered_state", property(no_more))
    assert "mine" in safe.filtered_state
    assert "other" not in safe.filtered_state
    assert safe.filtered_state["none"] is None


def test_page_messages_are_sent_before_its_fragment_is_redrawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def drawn(text: str, *path: int, fragment: str = "") -> ForwardMsg:
        message = ForwardMsg()
        message.metadata.delta_path.extend(path)
        message.delta.fragment_id = fragment
        message.delta.new_element.text.body = text
        return message

    put(monkeypatch, "clear")
    queue = ForwardMsgQueue()
    queue.enqueue(drawn("page", 0, 0))
    queue.enqueue(drawn("choice", 0, 1, fragment="changes"))
    queue.enqueue(ForwardMsg(script_finished=ForwardMsg.FINISHED_SUCCESSFULLY))
    queue.clear(retain_lifecycle_msgs=True, fragment_ids_this_run=["changes"])
    queue.enqueue(drawn("choices", 0, 1, fragment="changes"))
    queue.enqueue(ForwardMsg(script_finished=ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY))
    sent = [it.delta.new_element.text.body or it.script_finished for it in queue.flush()]
    assert sent == [
        "page",
        "choice",
        ForwardMsg.FINISHED_SUCCESSFULLY,
        "choices",
        ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
    ]
    # A redraw of the whole page replaces unsent messages.
    queue.enqueue(drawn("page", 0, 0))
    queue.clear(retain_lifecycle_msgs=True)
    assert queue.is_empty()


def test_the_theme_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def theme() -> NewSession:
        made = NewSession()
        app_session._populate_theme_msg(made.custom_theme)
        app_session._populate_theme_msg(made.custom_theme.dark, "theme.dark")
        app_session._populate_theme_msg(made.custom_theme.sidebar, "theme.sidebar")
        return made

    def no_more(section: str) -> None:
        raise AssertionError(section)

    config.get_config_options()
    before = theme()
    assert before.custom_theme.dark.primary_color
    put(monkeypatch, "_populate_theme_msg")
    assert theme() == before
    monkeypatch.setattr(config, "get_options_for_section", no_more)
    assert theme() == before


def test_queued_messages_wake_the_loop_once_and_stay_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(monkeypatch, "_call_soon_on_event_loop")
    found: list[int] = []
    woken: list[Any] = []
    later: list[Any] = []

    class Loop:
        def call_soon_threadsafe(self, callback: Any) -> None:
            woken.append(callback)

        def call_later(self, seconds: float, callback: Any) -> None:
            assert 0 < seconds < 0.01
            later.append(callback)

    def broken() -> None:
        raise StoppedError

    session: Any = SimpleNamespace(_event_loop=Loop())
    call_soon: Any = functools.partial(AppSession._call_soon_on_event_loop, session)
    for number in range(3):
        call_soon(functools.partial(found.append, number))
    call_soon(broken)
    call_soon(functools.partial(found.append, 3))
    (wake,) = woken
    wake()
    call_soon(functools.partial(found.append, 4))
    assert woken == [wake]
    with pytest.raises(StoppedError):  # as the loop reports it, after the others
        later.pop()()
    assert found == [0, 1, 2, 3, 4]
    call_soon(functools.partial(found.append, 5))
    woken.pop()()
    later.pop()()
    assert found == [0, 1, 2, 3, 4, 5]


def test_what_waits_of_a_thread_is_heard_before_another_takes_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order: list[str] = []
    monkeypatch.setattr(
        AppSession, "_create_scriptrunner", lambda _, rerun: order.append(f"create {rerun}")
    )
    put(monkeypatch, "_call_soon_on_event_loop", "_create_scriptrunner")

    async def follow() -> None:
        session: Any = SimpleNamespace(_event_loop=asyncio.get_running_loop())
        AppSession._call_soon_on_event_loop(session, lambda: order.append("drawn"))
        AppSession._create_scriptrunner(session, "next")  # type: ignore[arg-type]
        assert order == ["drawn", "create next"]
        with ThreadPoolExecutor() as other:  # a file that was changed is noticed in a thread
            AppSession._call_soon_on_event_loop(session, lambda: order.append("later"))
            other.submit(AppSession._create_scriptrunner, session, "again").result()  # type: ignore[arg-type]
        assert order[2:] == ["create again"]
        while order[-1] != "later":
            await asyncio.sleep(0)

    asyncio.run(follow())


def test_messages_of_one_flush_take_one_turn_and_stay_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(monkeypatch, "flush_browser_queue", "_send_message")
    queue = ForwardMsgQueue()
    session: Any = SimpleNamespace(_browser_queue=queue)
    flush: Any = functools.partial(AppSession.flush_browser_queue, session)
    assert flush() == []
    names = ["new_session", "page_config_changed", "script_finished"]
    for name in names:
        message = ForwardMsg()
        if name == "script_finished":
            message.script_finished = ForwardMsg.FINISHED_SUCCESSFULLY
        else:
            getattr(message, name).SetInParent()
        queue.enqueue(message)
    (together,) = flush()
    assert flush() == []
    sent: list[ForwardMsg] = []
    client = SimpleNamespace(write_forward_msg=sent.append)
    active: Any = SimpleNamespace(client=client, script_run_count=0)
    send: Any = Runtime._send_message
    send(None, active, together)
    assert [message.WhichOneof("type") for message in sent] == names
    assert active.script_run_count == 1


class Wire:
    """A transport that keeps what is written to it."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.written.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, _: str) -> None:
        return None


def test_writes_of_one_turn_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, "connection_made")
    soon: list[Any] = []
    loop: Any = SimpleNamespace(call_soon=soon.append)
    config = Config(Starlette())
    protocol: Any = WebSocketsSansIOProtocol(config, ServerState(), {}, loop)
    wire = Wire()
    protocol.connection_made(wire)
    transport = protocol.transport
    transport.write(b"a")
    transport.write(b"b")
    assert wire.written == []
    soon.pop()()
    assert (wire.written, soon) == ([b"ab"], [])
    transport.write(b"c")
    transport.write(b"d" * transport.MOST)
    assert wire.written[1:] == [b"c" + b"d" * transport.MOST]
    transport.write(b"e")
    assert not transport.is_closing()
    transport.close()
    assert (wire.written[2:], transport.is_closing()) == ([b"e"], True)
    for callback in soon:  # nothing is left to write
        callback()


def test_messages_are_compressed_fast_and_readable(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, "ServerPerMessageDeflateFactory")
    loop: Any = SimpleNamespace()
    made: list[dict[str, Any]] = []

    def compressor(**settings: Any) -> Any:
        made.append(settings)
        return compress(**settings)

    compress = zlib.compressobj
    monkeypatch.setattr(zlib, "compressobj", compressor)
    protocol: Any = WebSocketsSansIOProtocol(Config(Starlette()), ServerState(), {}, loop)
    (factory,) = protocol.conn.available_extensions
    answer, ours = factory.process_request_params([("client_max_window_bits", None)], [])
    assert made == [{"wbits": -14, "level": 1, "memLevel": 5}]
    theirs = ClientPerMessageDeflateFactory().process_response_params(answer, [])
    text = b"the same words, " * 2_000
    for _ in range(2):
        packed = ours.encode(Frame(Opcode.BINARY, text))
        assert len(packed.data) < len(text) / 50
        assert bytes(theirs.decode(packed).data) == text


def test_containers_are_copied_once_and_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    outer = DeltaGenerator(cursor=RunningCursor(0, (3,)), parent=DeltaGenerator())
    inner = DeltaGenerator(cursor=RunningCursor(0, (3, 1)), parent=outer, block_type="column")
    inner._form_data, inner._creating_fragment_id = FormData("form"), "fragment"
    assert inner._cursor is not None
    inner._cursor.lock_element()
    inner._cursor.transient_elements[0] = Element()

    def fields(one: Any) -> tuple[Any, ...]:
        kept = one._root_container, one._block_type, one._form_data, one._creating_fragment_id
        at = one._cursor
        where = None if at is None else (type(at), at.delta_path, list(at.transient_elements))
        return *kept, where, one._parent and fields(one._parent)

    before = deepcopy((outer, inner))
    put(monkeypatch, "__deepcopy__")
    after = deepcopy((outer, inner))
    assert [fields(one) for one in after] == [fields(one) for one in before]
    assert after[1]._parent is after[0]
    assert before[1]._parent is not before[0]
    made = after[1]._cursor
    assert made is not None
    made.transient_elements[1] = Element()
    made.lock_element()
    assert fields(inner) == fields(before[1]) != fields(after[1])


def test_server_shutdown_does_not_wait_for_event_streams_of_rooms(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(monkeypatch, "shutdown")
    them = Rooms()
    for module in (rooms, streamlit_patches):
        monkeypatch.setattr(module, "ROOMS", them)
    made = them.open("lesson=chain", "")
    assert made is not None
    server = Server(Config(Starlette(routes=rooms.routes()), log_level="warning"))
    listening = socket.create_server(("127.0.0.1", 0))
    running = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    running.start()
    with socket.create_connection(listening.getsockname(), timeout=PATIENCE_SECONDS) as page:
        page.sendall(f"GET /room/{made[0]}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        heard = b""
        while b"data: " not in heard:
            heard += page.recv(4096)
        server.should_exit = True
        running.join(PATIENCE_SECONDS)
        assert not running.is_alive()


def test_one_thread_shows_the_spinners_that_are_due(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    put(monkeypatch, "threading")
    watch = Watch()
    monkeypatch.setattr(streamlit_patches.Timer, "_watch", watch)
    shown: Queue[tuple[object, object, str]] = Queue()

    def show() -> None:
        thread = threading.current_thread().name
        shown.put((get_script_run_ctx(), ThreadState.get().fragment_id, thread))

    def started(session: str, seconds: float, call: Any) -> Any:
        """A timer that Streamlit has prepared in a fragment of that name."""
        timer: Any = vars(spinner)["threading"].Timer(seconds, call)
        ThreadState.initialize(fragment_id=session)
        script_run_context.add_script_run_ctx(timer, session)  # type: ignore[arg-type]
        timer.start()
        return timer

    def broken() -> None:
        raise StoppedError

    def in_a_script() -> None:
        gone = started("gone", 3_600, show)
        gone.cancel()
        gone.cancel()
        assert watch._due == {}
        started("broken", 0, broken)
        for name in ("first", "second"):
            timer = started(name, 0, show)
            assert shown.get(timeout=PATIENCE_SECONDS) == (name, name, "watch")
            timer.cancel()

    Context().run(in_a_script)
    assert watch._thread is not None
    assert not any("ctx" in name for name in vars(watch._thread))
    assert caplog.messages == ["a spinner was not shown"]


def test_spinner_appears_and_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    put(monkeypatch, "threading")
    monkeypatch.setattr(spinner, "DELAY_SECS", 0)
    there = threading.Event()
    wait = functools.partial(there.wait, PATIENCE_SECONDS)

    def script(wait):  # type: ignore[no-untyped-def]  # its text is run without our imports
        import streamlit as st

        with st.spinner("Running"):
            assert wait()

    sent: list[ForwardMsg] = []
    original = vars(spinner)["enqueue_message"]

    def enqueue(message: ForwardMsg) -> None:
        sent.append(message)
        original(message)
        there.set()

    monkeypatch.setattr(spinner, "enqueue_message", enqueue)
    app = AppTest.from_function(script, args=(wait,))
    app.run(timeout=PATIENCE_SECONDS)
    assert not app.exception
    texts = [[it.spinner.text for it in one.delta.new_transient.elements] for one in sent]
    assert texts == [["Running"], []]
