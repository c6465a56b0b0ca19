"""How the page's process is set up."""

from threading import Thread
from typing import Any

import pytest
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState

from viz_app.page import process


def test_all_threads_of_a_session_wait_for_one_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SafeSessionState, "__init__", SafeSessionState.__init__)
    process.lock_sessions()
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
    class StoppedError(Exception):
        pass

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
    process.finish_callbacks()
    safe = SafeSessionState(State(), stop)
    safe.on_script_will_rerun(None)
    with pytest.raises(StoppedError):  # the next touch of the session is a place to stop again
        _ = safe["a"]
    asked.clear()
    assert (safe["a"], safe["b"]) == (1, 2)
