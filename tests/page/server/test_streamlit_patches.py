"""The replacements in Streamlit serve their purpose, and do no more."""

import functools
import socket
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette
from streamlit import config
from streamlit.components.v2.bidi_component import main, serialization
from streamlit.components.v2.bidi_component.main import BidiComponentMixin
from streamlit.components.v2.presentation import make_bidi_component_presenter
from streamlit.proto.BidiComponent_pb2 import BidiComponent
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NewSession_pb2 import NewSession
from streamlit.runtime import app_session
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState
from uvicorn import Config, Server

from tests.patience import PATIENCE_SECONDS
from viz_app.page.server import rooms, streamlit_patches
from viz_app.page.server.rooms import Rooms


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

    class Loop:
        def call_soon_threadsafe(self, callback: Any) -> None:
            woken.append(callback)

    def broken() -> None:
        raise StoppedError

    session: Any = SimpleNamespace(_event_loop=Loop())
    call_soon: Any = functools.partial(AppSession._call_soon_on_event_loop, session)
    for number in range(3):
        call_soon(functools.partial(found.append, number))
    call_soon(broken)
    call_soon(functools.partial(found.append, 3))
    (wake,) = woken
    with pytest.raises(StoppedError):  # as the loop reports it, after the others
        wake()
    assert found == [0, 1, 2, 3]
    call_soon(functools.partial(found.append, 4))
    woken.pop()()
    assert found == [0, 1, 2, 3, 4]


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
