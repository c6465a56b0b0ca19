"""How the page's process is set up."""

from threading import Thread

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
