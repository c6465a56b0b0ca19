"""Without the full wall a foreign program is shown first and runs when the visitor agrees."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.page.test_page import _data
from tests.patience import PATIENCE_SECONDS
from viz_app import share
from viz_app.engine import client, wire
from viz_app.paths import PROJECT

SOURCE = "x = torch.ones(2)\nprint('ran')\n"


def _open(monkeypatch: pytest.MonkeyPatch, *, walled: bool, **query: str) -> AppTest:
    monkeypatch.setattr(client, "walled", lambda: walled)
    wall = wire.Wall(missing=() if walled else ("open", "seccomp"))
    monkeypatch.setattr(client, "wall", lambda: wall)
    at = AppTest.from_file(str(PROJECT / "viz_app/page/main.py"), default_timeout=PATIENCE_SECONDS)
    for key, value in query.items():
        at.query_params[key] = value
    return at.run()


def _printed(at: AppTest) -> str:
    return "".join(piece["text"] for piece in _data(at, "viz_output")["pieces"])


def test_program_from_a_link_waits_for_consent(monkeypatch: pytest.MonkeyPatch) -> None:
    at = _open(monkeypatch, walled=False, code=share.encode(SOURCE))
    assert not at.exception
    data = _data(at, "viz_program")
    assert data["value"] == SOURCE
    assert "link or a file" in data["alert"]["sentence"]
    assert "ran" not in _printed(at)
    (button,) = [it for it in at.button if it.label == "Run this program"]
    button.click().run()
    assert "ran" in _printed(at)
    assert _data(at, "viz_program")["alert"] is None
    assert not [it for it in at.button if it.label == "Run this program"]


def test_linked_program_runs_at_once_behind_the_full_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    at = _open(monkeypatch, walled=True, code=share.encode(SOURCE))
    assert "ran" in _printed(at)
    assert _data(at, "viz_program")["alert"] is None


def test_lesson_needs_no_consent(monkeypatch: pytest.MonkeyPatch) -> None:
    at = _open(monkeypatch, walled=False, lesson="fan-out")
    assert _data(at, "viz_program")["alert"] is None
    assert _printed(at)


@pytest.mark.parametrize(("walled", "word"), [(True, "Confined"), (False, "Not confined")])
def test_badge_shows_the_confinement(
    monkeypatch: pytest.MonkeyPatch, walled: bool, word: str
) -> None:
    at = _open(monkeypatch, walled=walled)
    assert [it.value for it in at.markdown if word in it.value]
