"""Files that a visitor opens beside the program: bounded, for one session and for all."""

import gc

import msgspec
import pytest

from viz_app.errors import VizError
from viz_app.limits import Beside
from viz_app.page.visit import beside


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    gc.collect()  # what other tests held
    monkeypatch.setattr(beside, "LIMITS", Beside(files=3, bytes=10 * 2**20, all_bytes=25 * 2**20))


MEGABYTES = b"a" * (4 * 2**20)


def test_kinds_of_files() -> None:
    assert all(map(beside.is_data, ("a.csv", "A.TXT", "x.y.json", "점수.tsv")))
    assert not any(map(beside.is_data, ("a.py", "a.ipynb", "a.toml", "csv", ".csv", "a")))


def test_a_name_is_one_without_its_folders_and_a_new_content_replaces_the_old() -> None:
    held = beside.added(beside.NONE, "C:\\data\\names.txt", b"a")
    held = beside.added(held, "../../names.csv", b"b")
    again = beside.added(held, "names.txt", b"c")
    assert again.files == (("names.csv", b"b"), ("names.txt", b"c"))
    assert again.number != held.number
    assert beside.without(again, "names.csv").files == (("names.txt", b"c"),)


def test_what_is_too_much_beside_one_program_is_refused_by_name() -> None:
    held = beside.NONE
    for name in ("a", "b", "c"):
        held = beside.added(held, name, b"")
    with pytest.raises(VizError) as refused:
        beside.added(held, "d.csv", b"")
    assert refused.value.failure.code == "files_full"
    assert refused.value.failure.params["name"] == "d.csv"
    held = beside.added(beside.added(beside.NONE, "a", MEGABYTES), "b", MEGABYTES)
    with pytest.raises(VizError):
        beside.added(held, "c", MEGABYTES)
    assert len(beside.added(held, "b", MEGABYTES).files) == 2  # in the place of the old one


def test_all_sessions_together_have_a_bound_and_one_that_ended_gives_its_room_back() -> None:
    sessions = [beside.added(beside.NONE, str(n), MEGABYTES) for n in range(6)]
    with pytest.raises(VizError) as refused:
        beside.added(beside.NONE, "late.csv", MEGABYTES)
    assert refused.value.failure.code == "files_busy"
    sessions[0] = beside.without(sessions[0], "0")
    other = beside.added(beside.NONE, "late.csv", MEGABYTES)
    del sessions[1:3]
    gc.collect()
    more = beside.added(other, "more.csv", MEGABYTES)
    assert more.size() == 2 * len(MEGABYTES)
    assert msgspec.structs.asdict(beside.NONE)["files"] == ()
