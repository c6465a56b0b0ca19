"""`check`: a submission is run again, and only an honest goal ends with 0."""

import csv
import io
import json
import shutil
from pathlib import Path

import msgspec
import pytest

from viz_app import grading, share
from viz_app.__main__ import main
from viz_app.knowledge import lessons
from viz_app.share import Settings

SLOPE = lessons.load()["slope"]
SOLVED = SLOPE.solved
CHEAT = SLOPE.program + "x.grad = torch.tensor(10.)\n"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endless submission is stopped after a second of computing."""
    monkeypatch.setattr(grading, "LIMITS", msgspec.structs.replace(grading.LIMITS, cpu_seconds=1))


def check(
    capsys: pytest.CaptureFixture[str], lesson: str, submission: str, *options: str
) -> tuple[int, str, str]:
    code = main(["check", lesson, submission, *options])
    out, error = capsys.readouterr()
    assert "Traceback" not in error
    assert error.count("\n") <= 1
    return code, out, error


def written(folder: Path, text: str, name: str = "work.py") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_solved_lesson_has_exit_code_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, error = check(capsys, "slope", written(tmp_path, SOLVED))
    assert (code, error) == (0, "")
    assert out.startswith("slope: Reached")


def test_json_has_score_reason_and_the_numbers_that_were_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, error = check(capsys, "slope", written(tmp_path, SLOPE.program), "--json")
    graded = json.loads(out)
    assert code == 2
    assert "Not yet: x.grad is 6." in error
    assert (graded["lesson"], graded["reached"], graded["score"]) == ("slope", False, 0)
    assert graded["standing"] == "open"
    assert graded["checks"][0] | {"tolerance": 0} == {
        "name": "x", "part": "grad", "index": [], "norm": False, "is": "=", "number": 10,
        "tolerance": 0, "holds": False, "found": [6.0],
    }  # fmt: skip


def test_score_is_the_share_of_the_goal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    half = lessons.load()["chain"].program
    _, out, _ = check(capsys, "chain", written(tmp_path, half), "--json")
    assert json.loads(out)["score"] == 0.5


def test_cheat_has_exit_code_2_its_line_and_no_score(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, CHEAT)
    code, out, error = check(capsys, "slope", path, "--json")
    graded = json.loads(out)
    assert (code, graded["standing"], graded["score"]) == (2, "by_hand", 0)
    assert error.startswith(f"{path}:{CHEAT.count(chr(10))}:1: ")
    assert "by hand" in error


HOSTILE = {
    "endless": "while True:\n    pass\n",
    "exits": "import os\nos._exit(0)\n",
    "exits politely": "raise SystemExit(0)\n",
    "no python": "def (\n",
    "empty": "",
    "claims": "print('{\"reached\": true, \"score\": 1}')\n",
    "reads": "print(open('/etc/passwd').read())\n",
    "writes": "open('/tmp/grade.json', 'w').write('1')\n",
    "bytes": "\u202e\x00",
    "hides numbers": "torch.Tensor.__eq__ = lambda *a: True\nfloat = lambda *a: 10.\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_submission_is_graded_and_gains_nothing(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, error = check(capsys, "slope", written(tmp_path, HOSTILE[kind]), "--json")
    graded = json.loads(out)
    assert code == 2
    assert not graded["reached"]
    assert graded["score"] == 0
    assert error
    assert "root:" not in out + error


def test_solution_that_never_ends_is_not_accepted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, error = check(capsys, "slope", written(tmp_path, SOLVED + "while True:\n    pass\n"))
    assert code == 2
    assert "computing time" in error


@pytest.mark.parametrize("base", ["https://x.org/", "http://x.org/app/", ""])
def test_link_is_a_submission(base: str, capsys: pytest.CaptureFixture[str]) -> None:
    link = base + "?" + share.link("", Settings(lesson="slope", program=SOLVED)).partition("?")[2]
    assert check(capsys, "slope", link)[0] == 0
    assert check(capsys, "chain", link)[0] == 2


@pytest.mark.parametrize("link", ["?code=!!", "?code=", "https://x.org/?step=3", "?lesson=none"])
def test_damaged_link_is_no_submission(link: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, error = check(capsys, "slope", link)
    assert code == 2
    assert error


def test_folder_of_submissions_becomes_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ann").mkdir()
    written(tmp_path / "ann", SOLVED)
    written(tmp_path, CHEAT, "=cmd.py")
    written(tmp_path, "\n " + share.link("https://x.org", Settings(program=SOLVED)), "link.txt")
    written(tmp_path, "no link here", "note.txt")
    written(tmp_path, "{}", "broken.ipynb")
    written(tmp_path, SOLVED, "not-handed-in.md")
    (tmp_path / "other.py").symlink_to(tmp_path / "ann" / "work.py")
    code, out, _ = check(capsys, "slope", str(tmp_path))
    rows = {row["submission"]: row for row in csv.DictReader(io.StringIO(out))}
    assert code == 2
    assert {name: row["standing"] for name, row in rows.items()} == {
        "'=cmd.py": "by_hand", "ann/work.py": "reached", "link.txt": "reached",
        "note.txt": "failed", "broken.ipynb": "failed",
    }  # fmt: skip
    assert {row["score"] for name, row in rows.items() if row["reached"] == "true"} == {"1"}


def test_teachers_own_lesson_file_is_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        (lessons.FOLDER / "slope.toml").read_text("utf-8").replace("number = 10 }", "number = 8 }")
    )
    own = written(tmp_path, text, "my-slope.toml")
    eight = written(tmp_path, SLOPE.program.replace("3.", "4."))
    assert check(capsys, own, eight)[0] == 0
    assert check(capsys, "slope", eight)[0] == 2


def test_a_lesson_in_a_link_is_checked_and_grades_submissions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        (lessons.FOLDER / "slope.toml").read_text("utf-8").replace("number = 10 }", "number = 8 }")
    )
    eight = SLOPE.program.replace("3.", "4.")
    own = share.link("https://x.org", Settings(lesson="my-slope", toml=text))
    assert check(capsys, own, written(tmp_path, eight))[0] == 0
    assert check(capsys, own, written(tmp_path, SLOPE.program))[0] == 2
    # A learner hands in the page's address, which names a lesson: the grader's own counts.
    done = share.link("https://x.org", Settings(lesson="slope", toml=text, program=eight))
    assert check(capsys, own, done)[0] == 0
    assert check(capsys, "slope", done)[0] == 2
    assert check(capsys, own, own)[0] == 2


@pytest.mark.parametrize("name", ["none-such", "../../etc/passwd", "no-file.toml", ""])
def test_unknown_lesson_is_named(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, error = check(capsys, name, "?code=x")
    assert (code, out) == (2, "")
    assert "There is no lesson" in error


def test_grading_refuses_an_invalid_lesson_file_with_line_and_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = written(tmp_path, "order = 1\nprogram = 3\n[title]\nen = 'x'\n", "mine.toml")
    code, _, error = check(capsys, own, "?code=x")
    assert code == 2
    assert ":2:" in error
    assert "Expected `str`" in error


def test_reason_is_in_korean_on_request(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, _, error = check(capsys, "slope", written(tmp_path, SLOPE.program), "--lang", "ko")
    assert "아직입니다. x.grad 값은 6입니다." in error


@pytest.mark.parametrize(
    ("find", "put", "said"),
    [
        ("", "", ""),
        ("number = 10 }", "number = 6 }", "met before anything is changed"),
        ("number = 10 }", "number = 11 }", "solution does not reach"),
        ("y.backward()", "y.backward_()", "stops with an error"),
        ("asks = [6]", "asks = [7]", "an idea asks for a gradient"),
        ('of = "y"', 'of = "z"', "the step of idea 2 does not occur"),
        (
            "y = 9 carries",
            "y = 8 carries",
            "idea 2 states a number that its run does not have: “y = 8 carries",
        ),
        ("number = 9.06,", "number = 9.07,", "exactly the right choice"),
    ],
)
def test_a_lesson_is_checked_by_itself(
    find: str, put: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (lessons.FOLDER / "slope.toml").read_text("utf-8")
    assert find in text
    own = written(tmp_path, text.replace(find, put, 1) if find else text, "mine.toml")
    code = main(["check", own])
    out, error = capsys.readouterr()
    assert code == (2 if said else 0)
    assert said in error
    assert out.startswith("mine: " if not said else "")


@pytest.mark.parametrize("packed", [False, True])
def test_each_lesson_of_a_course_is_checked(
    packed: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (lessons.FOLDER / "slope.toml").read_text("utf-8")
    course = tmp_path / "course"
    course.mkdir()
    written(course, text, "fine.toml")
    written(course, text.replace("number = 10 }", "number = 11 }"), "wrong.toml")
    asked = shutil.make_archive(str(course), "zip", course) if packed else str(course)
    code = main(["check", asked])
    out, error = capsys.readouterr()
    assert code == 2
    assert out.startswith("fine: ")
    assert error.count("\n") == 1
    assert "wrong.toml:1:1: " in error
    assert "solution does not reach" in error
    (course / "wrong.toml").unlink()
    assert main(["check", str(course)]) == 0
