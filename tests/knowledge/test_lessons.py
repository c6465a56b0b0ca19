"""The lessons are whole, in every language, and the first is the notebook's own program."""

import functools
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import traces
from tests.examples import examples
from tests.knowledge.wrong_edits import WRONG
from viz_app.engine import client
from viz_app.errors import VizError
from viz_app.knowledge import claims, goals, lessons, text
from viz_app.knowledge.lessons import Edit, Lesson
from viz_app.limits import Limits
from viz_app.model import Trace
from viz_app.picture import moments, scene
from viz_app.picture.payload import payload

# The code cells of the notebook that lesson 1 teaches, unchanged.
NOTEBOOK = [
    "SEED_NUM = 2025",
    """#(1) Import libraries
import os
import random
import numpy as np
import torch

#(2) Set up options
os.environ['PYTHONHASHSEED'] = str(SEED_NUM)
random.seed(a=SEED_NUM)
np.random.seed(seed=SEED_NUM)
torch.use_deterministic_algorithms(mode=True)
torch.manual_seed(seed=SEED_NUM)""",
    "pass",
    "pass",
    """#(1) Define `a`
a = torch.tensor(data=[2, 3], dtype=torch.float, requires_grad=True)

#(2) Print `a`
a""",
    "#(3) Define `b`\nb = a + 1 \n\n#(4) Define `b`\nb",
    "#(5) Define `c`\nc = b ** 2\n\n#(6) Define `c`\nc",
    "#(5) Define `d`\nd = 2 * c\n\n#(6) Define `d`\nd",
    "#(7) Define `obj`\nobj = d.mean()\n\n#(8) Print `obj`\nobj",
    """#(1) Perform backpropagation based on `obj`
obj.backward()

#(2) Print `a.grad`
a.grad""",
]

# The output under the notebook's cells; the address after `Generator at` differs by run.
PRINTED = [
    "tensor([2., 3.], requires_grad=True)",
    "tensor([3., 4.], grad_fn=<AddBackward0>)",
    "tensor([ 9., 16.], grad_fn=<PowBackward0>)",
    "tensor([18., 32.], grad_fn=<MulBackward0>)",
    "tensor(25., grad_fn=<MeanBackward0>)",
    "tensor([6., 8.])",
]

LESSONS = lessons.load()
ALL = pytest.mark.parametrize("lesson", list(LESSONS.values()), ids=lambda each: each.slug)


@functools.cache
def unmeasured(program: str) -> Trace:
    """The trace of a program without the runs that only explanations need."""
    return client.run(program, traces.UNMEASURED)


def test_path_and_side_roads_are_complete() -> None:
    path = [lesson for lesson in LESSONS.values() if not lesson.beside]
    roads = [lesson for lesson in LESSONS.values() if lesson.beside]
    assert [lesson.order for lesson in path] == list(range(1, 25))
    assert len(roads) == 8
    for road in roads:
        assert road.order == LESSONS[road.beside].order
        assert LESSONS[road.beside].beside == ""
    assert {lesson.chapter for lesson in LESSONS.values()} == set(lessons.CHAPTERS)


def test_next_follows_the_path_and_returns_from_a_side_road() -> None:
    slug, way = "slope", ["slope"]
    while (after := lessons.following(slug)) is not None:
        slug = after.slug
        way.append(slug)
    assert way == [lesson.slug for lesson in LESSONS.values() if not lesson.beside]
    for road, back in (("freeze", "one-weight"), ("lstm-gate", "reparametrise")):
        after = lessons.following(road)
        assert after is not None
        assert after.slug == back
    assert lessons.following("none-such") is None


def test_the_first_lesson_is_the_notebook_cell_by_cell() -> None:
    cells = lessons.first().program.split("# %%\n")
    assert [cell.strip("\n") for cell in cells] == NOTEBOOK


def test_the_first_lesson_prints_what_the_notebook_printed() -> None:
    trace = client.run(lessons.first().program, Limits())
    assert trace.error is None
    assert trace.stdout == ""
    generator, *printed = [echo.text for echo in trace.echo]
    assert generator.startswith("<torch._C.Generator")
    assert printed == PRINTED


def test_fan_out_adds_up_to_the_numbers_in_its_text() -> None:
    trace = client.run(lessons.load()["fan-out"].program, Limits())
    grads = {variable.name: variable.grad for variable in trace.variables}
    x, y = grads["x"], grads["y"]
    assert x is not None
    assert y is not None
    assert (x.data, y.data) == ((37.0,), (45.0,))
    leaf = next(node.id for node in trace.nodes if any(name.text == "x" for name in node.names))
    terms = [
        send.grad.data
        for step in trace.steps
        for send in step.sends
        if send.grad is not None and trace.edges[send.edge].source == leaf
    ]
    assert sorted(terms) == [(1.0,), (6.0,), (30.0,)]


@ALL
def test_a_lesson_runs_with_its_goal_open_and_reaches_it_by_the_solution(lesson: Lesson) -> None:
    before, after = unmeasured(lesson.program), unmeasured(lesson.solved)
    assert before.error is None
    assert before.steps
    assert standing(lesson, before) == "open"
    assert standing(lesson, after) == "reached"


@ALL
def test_wrong_edits_do_not_reach_the_goal(lesson: Lesson) -> None:
    wrong = WRONG[lesson.slug]
    assert len(set(wrong)) == 3
    for find, put in wrong:
        assert lesson.program.count(find) >= 1, find
        trace = unmeasured(lesson.program.replace(find, put, 1))
        assert standing(lesson, trace) == "open", (find, put)


def standing(lesson: Lesson, trace: Trace) -> str:
    found = goals.verdict(lesson, trace)
    assert found is not None
    return found.standing


@ALL
def test_each_idea_has_its_place_and_says_numbers_of_the_run(lesson: Lesson) -> None:
    trace = unmeasured(lesson.program)
    built = scene.build(trace)
    steps = [moments.step(idea, built) for idea in lesson.ideas]
    assert None not in steps
    assert steps == sorted({step for step in steps if step is not None})
    for idea in lesson.ideas:
        assert not idea.unfold or idea.unfold in {it.name for it in built.groups.values()}
        for sentence in (*idea.text.values(), *idea.answer.values()):
            assert claims.holds(sentence, trace), sentence


@ALL
def test_run_shows_exactly_the_right_choice(lesson: Lesson) -> None:
    assert lesson.predict is not None
    edit = lesson.predict.edit
    trace = unmeasured(edit.of(lesson.program) if edit else lesson.program)
    assert trace.error is None
    for choice in lesson.predict.choices:
        shown = all(goals.outcome(one, trace).holds for one in choice.shows)
        assert choice.shows
        assert shown == choice.right, choice.text["en"]


ASKING = [lesson for lesson in LESSONS.values() if any(idea.asks for idea in lesson.ideas)]


def test_many_lessons_ask_for_a_steps_gradient() -> None:
    assert len(ASKING) >= 22
    assert not any(idea.asks for idea in lessons.first().ideas)  # a first visitor just watches


def test_prediction_without_a_number_is_a_choice_with_a_step() -> None:
    choosing = {
        lesson.slug for lesson in LESSONS.values() if any(idea.predicts for idea in lesson.ideas)
    }
    # A first visitor, and a class that follows a teacher, are pointed to it but not stopped.
    assert choosing >= {lessons.first().slug, "fan-out"}
    for slug in choosing:
        asked = LESSONS[slug].predict
        assert asked is not None
        assert asked.edit is None  # the question is about what the picture is going to show


@pytest.mark.parametrize("lesson", ASKING, ids=lambda each: each.slug)
def test_gradient_asked_for_is_in_the_trace_and_not_given_away(lesson: Lesson) -> None:
    trace = unmeasured(lesson.program)
    built = scene.build(trace)
    drawn = payload(built, text.load("en"))
    for idea in lesson.ideas:
        if not idea.asks:
            continue
        at = moments.step(idea, built)
        assert at is not None
        question, frame = drawn.frames[at].ask, built.frames[at]
        assert question is not None
        assert lessons.same(question.numbers, idea.asks)
        # The question's numbers are those that autograd accumulated or sent, not only the file's.
        arrived = [change.total.data for change in frame.changes if change.total is not None] + [
            term.data for change in frame.changes for term in change.terms if term is not None
        ]
        real = [[float(it) for it in found if not isinstance(it, tuple)] for found in arrived]
        assert any(lessons.same(found, idea.asks) for found in real)
        before = lesson.ideas[: lesson.ideas.index(idea)]
        told = " ".join(words for other in before for words in other.text.values())
        assert len(idea.asks) > 1 or f"{idea.asks[0]:g}" not in claims.numerals(told)


TRYING = [
    (lesson, idea.edit)
    for lesson in LESSONS.values()
    for idea in lesson.ideas
    if idea.edit is not None
]


@pytest.mark.parametrize(("lesson", "edit"), TRYING, ids=lambda it: getattr(it, "slug", ""))
def test_a_what_if_runs_changes_something_and_does_not_reach_the_goal(
    lesson: Lesson, edit: Edit
) -> None:
    before, after = unmeasured(lesson.program), unmeasured(edit.of(lesson.program))
    assert after.error is None
    assert standing(lesson, after) == "open"
    assert (before.stdout, before.variables) != (after.stdout, after.variables)


@ALL
def test_lesson_is_whole_in_every_language(lesson: Lesson) -> None:
    parts = (lesson.question, lesson.wrong, lesson.recap, lesson.goal, lesson.hints)
    assert all(parts)
    assert len(lesson.hints) >= 2
    for path, translations in lessons.sentences(lesson):
        assert set(translations) == set(text.languages()), path
        assert all(words == words.strip() and words for words in translations.values())
        numbers = [sorted(map(float, claims.numerals(words))) for words in translations.values()]
        if ".ideas" in path:
            assert set(numbers[0]) | {0.0} == set(numbers[1]) | {0.0}, path


def test_untranslated_lesson_falls_back_to_english() -> None:
    title = lessons.first().title
    assert lessons.words(title, "ko") == title["ko"]
    assert lessons.words(title, "xx") == title["en"]


# ------------------------------------------------------------------------------- refused files

SMALL = """order = 1
program = '''
x = torch.tensor(2., requires_grad=True)
y = x * x
y.backward()
'''
[title]
en = "T"

[[ideas]]
moment = "first leaf"
text.en = "x"

[goal]
text.en = "G"
checks = [{ name = "x", is = "=", number = 6 }]

[solution]
find = "2."
put = "3."
"""


def test_minimal_lesson_file_is_read() -> None:
    assert lessons.read("own-one.toml", SMALL.encode()).solved.count("3.") == 1


@pytest.mark.parametrize(
    ("find", "put", "line", "reason"),
    [
        ("order = 1", "order = ", 1, "Invalid value"),
        ("order = 1", 'order = "1"', 1, "Expected `int`"),
        ("order = 1", "order = 0", 1, "counts from 1"),
        ("order = 1", "order = 1\nimport = 'os'", 1, "unknown field"),
        ('en = "T"', 'ko = "T"', 7, "default language"),
        ('en = "T"', 'en = " "', 7, "from 1 to"),
        ('"first leaf"', '"last leaf"', 11, "Invalid enum"),
        ('moment = "first leaf"', 'at = { phase = "forward", of = "x y" }', 11, "is no name"),
        ('moment = "first leaf"', 'at = { phase = "forward", line = "z" }', 11, "no line"),
        ('moment = "first leaf"', "", 10, "either a moment or a place"),
        ('text.en = "x"', 'text.en = "x"\npanel = "console"', 13, "Invalid enum"),
        ('text.en = "x"', 'text.en = "x"\nasks = [nan]', 13, "finite"),
        ('text.en = "x"', 'text.en = "x"\npredicts = true', 13, "no prediction"),
        ('name = "x"', 'name = "__import__(0)"', 16, "is no name"),
        ("number = 6", "number = nan", 16, "finite"),
        ('is = "=", number = 6', 'is = "none", number = 6', 16, "`none` has no number"),
        ('is = "="', 'is = "eval"', 16, "Invalid enum"),
        ('find = "2."', 'find = "x"', 18, "exactly once"),
        ('put = "3."', 'put = "2."', 18, "changes nothing"),
        ('put = "3."', "put = 3", 20, "Expected `str`"),
    ],
)  # fmt: skip
def test_invalid_lesson_file_is_refused_with_line_and_reason(
    find: str, put: str, line: int, reason: str
) -> None:
    assert SMALL.count(find) >= 1
    with pytest.raises(VizError) as error:
        lessons.read("own-one.toml", SMALL.replace(find, put, 1).encode())
    found = error.value.failure
    assert found.code == "lesson_file"
    assert reason in str(found.params["reason"])
    assert found.span.line == line


@pytest.mark.parametrize("name", ["../x.toml", "A.toml", "a b.toml", "<b>.toml", "-.toml"])
def test_the_name_of_a_file_is_a_slug(name: str) -> None:
    if name == "../x.toml":  # its folder says nothing
        assert lessons.read(name, SMALL.encode()).slug == "x"
        return
    with pytest.raises(VizError):
        lessons.read(name, SMALL.encode())


@pytest.mark.parametrize(
    "data", [b"\xff\xfe", b"", b"a" * 300_000, b"x = " + b"[" * 9_000, b"\x00"]
)
def test_any_bytes_are_a_lesson_or_refused(data: bytes) -> None:
    with pytest.raises(VizError) as error:
        lessons.read("own-one.toml", data)
    assert error.value.failure.code == "lesson_file"


# ---------------------------------------------------------------------------- a teacher's course


def test_a_course_is_a_folder_or_a_zip_of_lessons(tmp_path: Path) -> None:
    (tmp_path / "two.toml").write_text(SMALL.replace("order = 1", "order = 2"))
    (tmp_path / "one.toml").write_text(SMALL)
    (tmp_path / "notes.md").write_text("not a lesson")
    (tmp_path / "._one.toml").write_bytes(b"\0\5\26\7 of macOS")
    assert list(lessons.course(tmp_path)) == ["one", "two"]
    packed = tmp_path / "course.zip"
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("deep/three.toml", SMALL)
        file.writestr("__MACOSX/deep/._three.toml", b"\0\5\26\7")
        file.writestr("../../four.toml", SMALL)
    assert list(lessons.course(packed)) == ["four", "three"]


def test_a_file_that_windows_saved_is_read() -> None:
    saved = b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode()
    assert lessons.read("a.toml", saved) == lessons.read("a.toml", SMALL.encode())


@pytest.mark.parametrize("kind", ["wrong file", "bomb", "many", "twice", "empty", "no zip", "none"])
def test_invalid_course_is_refused(kind: str, tmp_path: Path) -> None:
    packed = tmp_path / "course.zip"
    if kind != "none":
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
            if kind == "wrong file":
                file.writestr("a.toml", "order = ")
            if kind == "bomb":
                file.writestr("a.toml", b"#" * 50_000_000)
            if kind == "many":
                for number in range(lessons.MOST_LESSONS + 1):
                    file.writestr(f"l{number}.toml", SMALL)
            if kind == "twice":
                file.writestr("x/a.toml", SMALL)
                file.writestr("y/a.toml", SMALL)
    if kind == "no zip":
        packed.write_bytes(b"PK nonsense")
    with pytest.raises(VizError) as error:
        lessons.course(packed)
    assert error.value.failure.code == "lesson_file"


def packed(files: Sequence[tuple[str, str | bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as file:
        for name, content in files:
            file.writestr(name, content)
    return made.getvalue()


LARGE = f"{SMALL}\n# {'-' * 190_000}\n"
"""A lesson with a long comment."""


def test_a_course_that_is_opened_has_its_lessons_in_order_with_their_texts() -> None:
    later = SMALL.replace("order = 1", "order = 2")
    data = packed([("c/a.toml", later.replace("\n", "\r\n")), ("c/b.toml", SMALL), ("c/x.py", "1")])
    found = lessons.opened_course("c.zip", data)
    assert [(lesson.slug, text) for lesson, text in found] == [("b", SMALL), ("a", later)]


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ([], "no lesson"),
        ([("a.toml", "order = ")], "Invalid value"),
        ([("a.toml", b"\0" * 50_000_000)], "more than 200000 bytes"),
        ([(f"l{n}.toml", SMALL) for n in range(lessons.MOST_OPENED + 1)], "at most 40"),
        ([(f"l{n}.toml", LARGE) for n in range(6)], "more than 1048576 bytes"),
        ([("x/a.toml", SMALL), ("y/a.toml", SMALL)], "two lessons"),
        ([("<b>.toml", SMALL)], "small letters"),
    ],
)
def test_a_wrong_course_is_not_opened(files: list[tuple[str, str | bytes]], reason: str) -> None:
    with pytest.raises(VizError) as error:
        lessons.opened_course("c.zip", packed(files))
    assert error.value.failure.code == "lesson_file"
    assert reason in str(error.value.failure.params["reason"])


WHOLE = {
    method: packed([("a.toml", SMALL), ("b.toml", SMALL)], method)
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
}


@pytest.mark.parametrize("method", WHOLE)
@examples(200)
@given(places=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=6),
       end=st.floats(0, 1))  # fmt: skip
def test_any_bytes_are_a_course_or_refused(
    method: int, places: list[tuple[float, int]], end: float
) -> None:
    data = bytearray(WHOLE[method])
    for at, byte in places:
        data[int(at * (len(data) - 1))] = byte
    cut = bytes(data[: int((1 - end**4) * len(data))])
    try:
        found = [lesson.slug for lesson, _ in lessons.opened_course("c.zip", cut)]
    except VizError as refused:
        found = [refused.failure.code]
    assert found == ["lesson_file"] or all(map(lessons.is_slug, found))


def test_a_hosts_lessons_come_after_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own-one.toml").write_text(SMALL)
    monkeypatch.setenv(lessons.HOST, str(tmp_path))
    assert [*LESSONS, "own-one"] == list(lessons.load.__wrapped__())
    (tmp_path / "slope.toml").write_text(SMALL)
    with pytest.raises(VizError):
        lessons.load.__wrapped__()
