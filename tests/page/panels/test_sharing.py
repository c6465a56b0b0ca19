"""Files that browsers have yet to save: bounded over all sessions, and gone with their session."""

import gc

import pytest

from viz_app.browser import Saved
from viz_app.page.panels import sharing


def _file(size: int) -> Saved:
    return Saved(number=1, name="seed.svg", kind="image/svg+xml", body="x" * size)


def test_oldest_files_are_dropped_and_the_newest_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "HELD", 100)
    first, second, third = (sharing._hold(_file(40)) for _ in range(3))
    assert first.file is None
    assert second.file is not None
    large = sharing._hold(_file(200))
    assert second.file is third.file is None
    assert large.file is not None


def test_file_is_dropped_when_its_session_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "HELD", 100)
    sharing._hold(_file(90))  # nobody keeps it
    gc.collect()
    one = sharing._hold(_file(60))
    two = sharing._hold(_file(30))
    assert one.file is not None
    assert two.file is not None
