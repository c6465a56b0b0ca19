"""How the page's process is set up."""

import asyncio
import gc
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import Any

import pytest
from streamlit import config
from streamlit.components.v2.bidi_component import serialization
from streamlit.components.v2.bidi_component.main import BidiComponentMixin
from streamlit.proto.BidiComponent_pb2 import BidiComponent
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState

from viz_app.page.server import streamlit_patches


class StoppedError(Exception):
    pass


def test_garbage_is_collected_for_ever_in_a_small_share_of_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    rests: list[float] = []

    def collect() -> None:
        nonlocal now
        now += len(rests)  # it takes longer from time to time

    async def sleep(seconds: float) -> None:
        rests.append(seconds)
        if len(rests) == 4:
            raise StoppedError

    monkeypatch.setattr(gc, "collect", collect)
    with ThreadPoolExecutor() as thread, pytest.raises(StoppedError):
        thread.submit(asyncio.run, streamlit_patches.collect_garbage(sleep, lambda: now)).result()
    assert rests == [10, 50, 100, 150]


@pytest.mark.parametrize("host", [None, True, False])
def test_streamlit_s_own_collection_is_off_unless_the_host_asks_for_it(
    host: bool | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gc, "freeze", lambda: None)
    monkeypatch.setattr(gc, "set_threshold", lambda _: None)
    option = config.get_config_options()[streamlit_patches.AFTER_RERUN]
    before = option.value, option.where_defined
    if host is None:  # as where `.streamlit/config.toml` is not read
        option.set_value(True, option.DEFAULT_DEFINITION)
    else:
        option.set_value(host, "environment variable")
    streamlit_patches.spare_the_collector()
    assert config.get_option(streamlit_patches.AFTER_RERUN) is bool(host)
    option.set_value(*before)


def test_a_component_s_data_is_written_once_and_not_searched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "_extract_dataframes_from_dict"
    monkeypatch.setattr(serialization, name, getattr(serialization, name))
    name = "_build_bidi_identity_kwargs"
    monkeypatch.setattr(BidiComponentMixin, name, getattr(BidiComponentMixin, name))
    searched: list[object] = []
    monkeypatch.setattr(serialization, "is_dataframe_like", searched.append)
    data, message = {"a": [1, None], "b": {"c": "d"}}, BidiComponent()
    serialization.serialize_mixed_data(data, message)
    assert len(searched) == 2
    streamlit_patches.spare_components()
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


def test_all_threads_of_a_session_wait_for_one_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SafeSessionState, "__init__", SafeSessionState.__init__)
    streamlit_patches.lock_sessions()
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


def test_a_callback_is_not_stopped_on_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    class State(SessionState):
        def on_script_will_rerun(self, *given: Any, **named: Any) -> None:
            safe["a"] = 1  # a callback's doing
            asked.append(True)
            safe["b"] = 2

    def stop() -> None:
        if asked:
            raise StoppedError

    asked: list[bool] = []
    monkeypatch.setattr(
        SafeSessionState, "on_script_will_rerun", SafeSessionState.on_script_will_rerun
    )
    streamlit_patches.finish_callbacks()
    safe = SafeSessionState(State(), stop)
    safe.on_script_will_rerun(None)
    with pytest.raises(StoppedError):  # the next touch of the session is a place to stop again
        _ = safe["a"]
    asked.clear()
    assert (safe["a"], safe["b"]) == (1, 2)


def test_what_the_page_drew_is_sent_before_its_fragment_is_drawn_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def drawn(text: str, *path: int, fragment: str = "") -> ForwardMsg:
        message = ForwardMsg()
        message.metadata.delta_path.extend(path)
        message.delta.fragment_id = fragment
        message.delta.new_element.text.body = text
        return message

    monkeypatch.setattr(ForwardMsgQueue, "clear", ForwardMsgQueue.clear)
    streamlit_patches.keep_what_is_unsent()
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
    # The whole page drawn anew takes the place of what is unsent.
    queue.enqueue(drawn("page", 0, 0))
    queue.clear(retain_lifecycle_msgs=True)
    assert queue.is_empty()
