"""The lessons: one file each in assets/lessons, named by its slug, read and checked here.

A lesson is data: words in every language, a program, ideas tied to places in the picture, a
prediction, a goal, hints and the one edit that reaches the goal. `read` refuses a wrong file with
line and reason, because teachers write files of their own; nothing in one is ever executed except
its program, in the engine. README.md in assets/lessons describes the format.
"""

import functools
import io
import lzma
import math
import os
import re
import struct
import tokenize
import tomllib
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO, Final, Literal

import msgspec

from viz_app.errors import VizError, failure
from viz_app.knowledge import text
from viz_app.paths import ASSETS

FOLDER: Final = ASSETS / "lessons"
FIRST: Final = "gradient-calculation"
"""The lesson that a visitor without a link sees: the course's own notebook."""
CHAPTERS: Final = ("00", "01", "02", "03", "04", "05", "08")
"""The course's chapters; a file of another chapter is listed after them."""

HOST: Final = "VIZ_APP_LESSONS"
"""The setting that names a host's own course: a folder or a zip file."""
MOST_LESSONS: Final = 500
"""Maximum number of lessons in a host's zip file."""
MOST_OPENED: Final = 40
"""Maximum number of lessons in a zip file that a visitor opens: ours has 32, and each is run three
times to check it."""
MOST_COURSE: Final = 2**20
"""Maximum size of the unpacked lessons of such a file: a session holds them until the browser does.
Ours have an eighth of it."""
MOST_BYTES: Final = 200_000
"""Maximum size of a lesson's file; ours have a fiftieth of it."""
MOST_WORDS: Final = 600
"""Maximum length of one text: it must fit next to the picture."""
MOST_ITEMS: Final = 12
"""Maximum number of ideas, hints, choices or conditions of one lesson."""
MOST_SOURCE: Final = 20_000
"""Maximum number of characters of a lesson's program."""

MOST_NAME: Final = 60
"""Maximum number of characters of a lesson's name."""

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_NAME = re.compile(r"[^\W\d]\w*(\.\w+|\[\d+\])*")
_SETUP = re.compile(r"(import|from|pass)\b")
_NUMBER = re.compile(r"\d+\.?\d*")

Words = dict[str, str]
"""One text, one entry per language."""

Moment = Literal[
    "first leaf", "first operation", "first backward", "first accumulate", "sum", "end"
]
"""The moment that shows an idea: "sum" is the backward step at which the most terms are added
up."""

Panel = Literal["rule", "step", "forward", "slope", "life", "missing"]
"""An explanation below the picture."""


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A step of the picture, named by what the program says and not by its number.

    It is the `nth` step of a phase that is about the variable or parameter `of`, or about the
    operations of the first line that contains `line`; with `pass`, the one of that backward pass.
    """

    phase: Literal["forward", "repeat", "backward", "sum", "accumulate", "update", "write"]
    of: str = ""
    line: str = ""
    in_pass: int | None = msgspec.field(default=None, name="pass")
    nth: int = 1


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One change of a program: the only occurrence of `find` becomes `put`."""

    find: str
    put: str

    def of(self, program: str) -> str:
        """The program after this edit."""
        return program.replace(self.find, self.put, 1)

    def fits(self, program: str) -> bool:
        """True if there is one place for this edit in a program, and it is not made there yet."""
        made = self.find != self.put and self.find in self.put and self.put in program
        return bool(self.find) and program.count(self.find) == 1 and not made


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A condition on the numbers of a run, as data.

    `name` is a top-level variable or a parameter ("net[0].weight", or "net.0.weight"). `index`
    picks elements, one entry per dimension, ":" for all of one. `norm` compares the Euclidean norm
    of the picked elements. `number` is one number for all elements, or one per element in row-major
    order.
    """

    name: str
    relation: Literal["=", "<", ">", "none"] = msgspec.field(name="is")
    part: Literal["value", "grad"] = "grad"
    index: tuple[int | Literal[":"], ...] = ()
    norm: bool = False
    number: float | tuple[float, ...] | None = None
    tolerance: float = 1e-6


class Goal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The state that a learner's edit must reach: `text` in words, `checks` as conditions.

    `keep` are parts of the program that stay as they are. `own_backward`: the lesson is about hooks
    or functions with a backward of their own, which elsewhere count as writing gradients by hand.
    """

    text: Words
    checks: tuple[Condition, ...]
    keep: tuple[str, ...] = ()
    own_backward: bool = False


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One answer to a prediction, and why it is right or wrong.

    `shows` are conditions that hold on the predicted run exactly if the answer is right.
    """

    text: Words
    why: Words
    right: bool = False
    shows: tuple[Condition, ...] = ()


class Prediction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question that is answered before the picture shows it.

    `edit` is the change of the program that the question is about.
    """

    question: Words
    choices: tuple[Choice, ...]
    edit: Edit | None = None


class Idea(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence of a lesson, in every language, and the moment or place that shows it.

    `answer` is what predict mode asks for: one more sentence, hidden while it is on. `panel` is an
    explanation to open, `unfold` the name of a group to open, `edit` a what-if to try.

    `asks` are the numbers of the gradient that the step brings: the page asks for it before it
    shows the step and these words. `predicts`: the lesson's prediction is about this step, and the
    page points to it when the step comes.
    """

    text: Words
    moment: Moment | None = None
    at: Place | None = None
    answer: Words = {}
    panel: Panel | None = None
    unfold: str = ""
    edit: Edit | None = None
    asks: tuple[float, ...] = ()
    predicts: bool = False


class Lesson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A program to start from, and the words around it.

    `order` counts from 1 along the path; a side road has the lesson it leaves from in `beside`.
    """

    slug: str
    order: int
    title: Words
    program: str
    ideas: tuple[Idea, ...] = ()
    chapter: str = ""
    beside: str = ""
    question: Words = {}
    predict: Prediction | None = None
    goal: Goal | None = None
    hints: tuple[Words, ...] = ()
    solution: Edit | None = None
    wrong: Words = {}
    recap: Words = {}

    @property
    def solved(self) -> str:
        """The program after the edit that reaches the goal."""
        return self.program if self.solution is None else self.solution.of(self.program)


def programs(lesson: Lesson) -> tuple[str, str | None, str | None]:
    """The programs that show whether a lesson is as it should be: its own, the one after the
    solution, and the one that its prediction is about (None if that is its own, or there is
    none)."""
    edit = None if lesson.predict is None else lesson.predict.edit
    return (
        lesson.program,
        None if lesson.goal is None else lesson.solved,
        None if edit is None else edit.of(lesson.program),
    )


def same(numbers: Sequence[float], asked: Sequence[float]) -> bool:
    """True if a run's numbers are those that an idea asks for, to three digits."""
    if len(numbers) != len(asked):
        return False
    pairs = zip(numbers, asked, strict=True)
    return all(math.isclose(one, other, rel_tol=1e-3, abs_tol=1e-9) for one, other in pairs)


@functools.cache
def load() -> dict[str, Lesson]:
    """All lessons by slug, in their order: ours, then those that VIZ_APP_LESSONS names.

    VizError "lesson_file" for a wrong file.
    """
    ours = course(FOLDER)
    named = os.environ.get(HOST, "")
    theirs = course(Path(named)) if named else {}
    for slug in theirs:
        if slug in ours:
            raise _refused(f"{slug}.toml", 1, "a lesson of the course has this name already")
    return ours | theirs


def course(path: Path) -> dict[str, Lesson]:
    """The lessons of a folder or a zip file by slug, in their order.

    VizError "lesson_file" for a wrong file, or if there is no lesson at all.
    """
    files = _in_folder(path) if path.is_dir() else _in_zip(path.name, path, MOST_LESSONS)
    return {lesson.slug: lesson for lesson, _ in _ordered(path.name, files)}


def opened_course(name: str, data: bytes) -> list[tuple[Lesson, str]]:
    """The lessons of a zip file that a visitor opens, in their order, each with its text.

    VizError "lesson_file" as for `course`, and for more than MOST_OPENED lessons or MOST_COURSE
    bytes.
    """
    files = _bounded(name, _in_zip(name, io.BytesIO(data), MOST_OPENED))
    return [
        (lesson, text.decode("utf-8-sig").replace("\r\n", "\n"))
        for lesson, text in _ordered(name, files)
    ]


def _bounded(name: str, files: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    """The same files; VizError once they have more than MOST_COURSE bytes together."""
    total = 0
    for file, data in files:
        total += len(data)
        if total > MOST_COURSE:
            raise _refused(name, 1, f"its lessons have more than {MOST_COURSE} bytes")
        yield file, data


def _ordered(name: str, files: Iterable[tuple[str, bytes]]) -> list[tuple[Lesson, bytes]]:
    """The lessons of a course with the contents of their files, in their order."""
    found = [(read(file, data), data) for file, data in files]
    if not found:
        raise _refused(name, 1, "there is no lesson (.toml) in it")
    slugs = [lesson.slug for lesson, _ in found]
    for slug in slugs:
        if slugs.count(slug) > 1:
            raise _refused(f"{slug}.toml", 1, "two lessons have this name")
    return sorted(found, key=lambda one: _place(one[0]))


def _in_folder(path: Path) -> Iterator[tuple[str, bytes]]:
    """The names and contents of a folder's lessons, each read at most up to the allowed size."""
    for file in sorted(file for file in path.glob("*.toml") if _is_lesson(file.name)):
        with file.open("rb") as opened:
            yield file.name, opened.read(MOST_BYTES + 1)


def _in_zip(name: str, file: Path | BinaryIO, most: int) -> Iterator[tuple[str, bytes]]:
    """The names and contents of a zip file's lessons, each read at most up to the allowed size."""
    try:
        with zipfile.ZipFile(file) as packed:
            entries = [it for it in packed.infolist() if _is_lesson(it.filename)]
            if len(entries) > most:
                raise _refused(name, 1, f"at most {most} lessons are allowed")
            for entry in sorted(entries, key=lambda it: it.filename):
                with packed.open(entry) as stream:
                    yield entry.filename.rpartition("/")[2], stream.read(MOST_BYTES + 1)
    except _NO_ZIP as error:
        raise _refused(name, 1, "it is neither a folder nor a zip file of lessons") from error


_NO_ZIP = (
    OSError, EOFError, ValueError, RuntimeError, NotImplementedError, struct.error,
    zipfile.BadZipFile, zlib.error, lzma.LZMAError,
)  # fmt: skip
"""Errors that `zipfile` raises for a file that is damaged, encrypted or no zip at all."""


def _is_lesson(name: str) -> bool:
    """True for a lesson's file, False for the metadata that macOS adds for each file of a zip."""
    return name.endswith(".toml") and not name.rpartition("/")[2].startswith(".")


def _place(lesson: Lesson) -> tuple[int, bool, str]:
    return lesson.order, bool(lesson.beside), lesson.slug


def first() -> Lesson:
    """The lesson that a visitor without a link sees."""
    return load()[FIRST]


def following(slug: str) -> Lesson | None:
    """The next lesson of the path; after a side road, the one after where it left."""
    lessons = load()
    if slug not in lessons:
        return None
    way = [lesson for lesson in lessons.values() if not lesson.beside or lesson.slug == slug]
    later = way[way.index(lessons[slug]) + 1 :]
    return next((lesson for lesson in later if not lesson.beside), None)


def words(translations: Mapping[str, str], language: str) -> str:
    """A lesson's words in a language; in the default one if there is no translation."""
    return translations.get(language, translations[text.DEFAULT])


@functools.lru_cache(maxsize=128)  # each part of the page asks, before and after its run
def belongs(program: str, source: str) -> bool:
    """True if a text is a version of a program: it has at least half of its lines, whatever their
    numbers."""
    lines = _lines_of_lesson(program)
    return 2 * len(lines & _lines(source)) >= len(lines)


def _lines(source: str) -> frozenset[str]:
    codes = ("".join(line.split("#")[0].split()) for line in source.splitlines())
    return frozenset(_NUMBER.sub("0", code) for code in codes if code and not _SETUP.match(code))


_lines_of_lesson = functools.lru_cache(maxsize=64)(_lines)


def code(source: str) -> str:
    """The tokens of a program without comments and white space; the text itself if it has none."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (tokenize.TokenError, SyntaxError):
        return ""
    return "".join(
        token.string for token in tokens if token.type not in (tokenize.COMMENT, tokenize.STRING)
    ).replace(" ", "")


# ------------------------------------------------------------------------------- reading a file


def is_slug(name: str) -> bool:
    """True for a name that a lesson can have: small letters, digits and hyphens."""
    return len(name) <= MOST_NAME and _SLUG.fullmatch(name) is not None


def read(name: str, data: bytes) -> Lesson:
    """The lesson in a file. VizError "lesson_file", with line and reason, for a wrong one."""
    slug = Path(name).stem
    if not is_slug(slug):
        raise _refused(name, 1, "the name must be small letters, digits and hyphens: my-lesson")
    if len(data) > MOST_BYTES:
        raise _refused(name, 1, f"the file has more than {MOST_BYTES} bytes")
    try:
        written = data.decode("utf-8-sig")  # Windows' Notepad may begin a file with a mark
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _refused(name, line, "the file is not text in UTF-8") from error
    try:
        table = tomllib.loads(written)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"line (\d+)", str(error))
        line = int(at[1]) if at else written.count("\n") + 1
        raise _refused(name, line, re.sub(r" \(at .*", "", str(error))) from error
    except RecursionError as error:
        raise _refused(name, 1, "the file is nested too deeply") from error
    try:
        lesson = msgspec.convert(table | {"slug": slug}, Lesson)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$")
        raise _refused(name, _line(written, path.rstrip("`")), reason) from error
    for path, reason in _faults(lesson):
        raise _refused(name, _line(written, path), reason)
    return lesson


def _refused(name: str, line: int, reason: str) -> VizError:
    found = failure("lesson_file", line=line, file=name[:80], reason=reason[:300])
    return VizError(msgspec.structs.replace(found, params=found.params | {"line": line}))


_STEP = re.compile(r"\.?(\w+)(?:\[(\d+)\])?|\[\.\.\.\]")


def _line(written: str, path: str) -> int:
    """The line of a field such as ".ideas[2].at.phase": its own, or that of the nearest table."""
    lines = written.splitlines()
    at, before = 0, ""
    for step in _STEP.finditer(path):
        key, count = step[1], int(step[2] or 0)
        if key is None:
            continue
        whole = f"{before}{key}"
        header = re.compile(rf"\s*\[\[?\s*{re.escape(whole)}\s*\]")
        field = re.compile(rf"\s*{re.escape(key)}\s*[.=]")
        found = [place for place, line in enumerate(lines) if header.match(line)]
        if count < len(found):
            at, before = found[count], f"{whole}."
            continue
        later = next((place for place in range(at, len(lines)) if field.match(lines[place])), None)
        inline = re.search(rf"\b{re.escape(key)}\s*=", lines[at]) if lines else None
        if later is not None and inline is None:
            at = later
    return at + 1


def _faults(lesson: Lesson) -> Iterator[tuple[str, str]]:
    """The path and reason of each fault that the types alone do not show."""
    program = lesson.program
    if len(program) > MOST_SOURCE:
        yield ".program", f"the program has more than {MOST_SOURCE} characters"
    if not program.strip():
        yield ".program", "the program is empty"
    if lesson.order < 1:
        yield ".order", "the order counts from 1"
    for path, sizes in (("ideas", lesson.ideas), ("hints", lesson.hints)):
        if len(sizes) > MOST_ITEMS:
            yield f".{path}[{MOST_ITEMS}]", f"at most {MOST_ITEMS} are allowed"
    yield from _faults_of_words(lesson)
    for path, edit in _edits(lesson):
        if not edit.fits(program):
            yield path, f"{edit.find!r} must occur exactly once in the program"
        elif edit.find == edit.put:
            yield path, "the edit changes nothing"
    for place, idea in enumerate(lesson.ideas):
        if (idea.moment is None) == (idea.at is None):
            yield f".ideas[{place}]", "an idea has either a moment or a place (`at`)"
        if not all(map(math.isfinite, idea.asks)):
            yield f".ideas[{place}].asks", "a number must be finite"
        if idea.at is not None:
            yield from _faults_of_place(f".ideas[{place}].at", idea.at, program)
    if lesson.goal is not None:
        yield from _faults_of_goal(lesson.goal, lesson)
    elif lesson.hints or lesson.solution:
        yield ".hints", "hints and a solution need a goal"
    if lesson.predict is not None:
        yield from _faults_of_prediction(lesson.predict)
    predicting = [place for place, idea in enumerate(lesson.ideas) if idea.predicts]
    if predicting and lesson.predict is None:
        yield f".ideas[{predicting[0]}].predicts", "there is no prediction"
    if len(predicting) > 1:
        yield f".ideas[{predicting[1]}].predicts", "the prediction is about one step"


def _faults_of_place(path: str, place: Place, program: str) -> Iterator[tuple[str, str]]:
    if bool(place.of) == bool(place.line):
        yield path, "a place has either a name (`of`) or a part of a line (`line`)"
    elif place.of and not _NAME.fullmatch(place.of):
        yield path, f"{place.of!r} is no name"
    elif place.line and place.line not in program:
        yield path, f"no line of the program contains {place.line!r}"
    if place.nth < 1 or (place.in_pass is not None and place.in_pass < 1):
        yield path, "`nth` and `pass` count from 1"


def _faults_of_goal(goal: Goal, lesson: Lesson) -> Iterator[tuple[str, str]]:
    if not 0 < len(goal.checks) <= MOST_ITEMS:
        yield ".goal", f"a goal has from 1 to {MOST_ITEMS} checks"
    yield from _faults_of_conditions(".goal.checks", goal.checks)
    if lesson.solution is None:
        yield ".goal", "a goal needs a solution: the edit that reaches it"
    for place, part in enumerate(goal.keep):
        kept = code(part)
        if not kept or kept not in code(lesson.program) or kept not in code(lesson.solved):
            yield f".goal.keep[{place}]", f"{part!r} is not in the program and in its solution"


def _faults_of_prediction(predict: Prediction) -> Iterator[tuple[str, str]]:
    if not 2 <= len(predict.choices) <= MOST_ITEMS:
        yield ".predict", f"a prediction has from 2 to {MOST_ITEMS} choices"
    if sum(choice.right for choice in predict.choices) != 1:
        yield ".predict", "exactly one choice is right"
    for place, choice in enumerate(predict.choices):
        yield from _faults_of_conditions(f".predict.choices[{place}].shows", choice.shows)
        if choice.right and not choice.shows:
            yield f".predict.choices[{place}]", "the right choice needs `shows`: what proves it"


def _faults_of_conditions(path: str, conditions: Iterable[Condition]) -> Iterator[tuple[str, str]]:
    for place, one in enumerate(conditions):
        at = f"{path}[{place}]"
        numbers = one.number if isinstance(one.number, tuple) else (one.number,)
        if not _NAME.fullmatch(one.name):
            yield at, f"{one.name!r} is no name of a variable or parameter"
        if (one.relation == "none") != (one.number is None):
            yield at, "`none` has no number, every other relation has one"
        if one.relation == "none" and (one.part != "grad" or one.index or one.norm):
            yield at, "only a whole gradient can be `none`"
        if any(number is not None and not math.isfinite(number) for number in numbers):
            yield at, "a number must be finite"
        if not (math.isfinite(one.tolerance) and one.tolerance >= 0):
            yield at, "a tolerance is not negative"
        if len(one.index) > 8:
            yield at, "an index has at most 8 entries"


def _faults_of_words(lesson: Lesson) -> Iterator[tuple[str, str]]:
    for path, translations in sentences(lesson):
        for language, sentence in translations.items():
            if not re.fullmatch(r"[A-Za-z]{2,8}([-_]\w{2,8})?", language):
                yield path, f"{language!r} is no language"
            if not sentence.strip() or len(sentence) > MOST_WORDS:
                yield path, f"a text has from 1 to {MOST_WORDS} characters"
        if translations and text.DEFAULT not in translations:
            yield path, f"the text in the default language ({text.DEFAULT}) is missing"


def sentences(lesson: Lesson) -> Iterator[tuple[str, Words]]:
    """All words of a lesson that it has, with the path of their field."""
    yield ".title", lesson.title
    if not lesson.title:
        yield ".title", {text.DEFAULT: ""}
    optional: list[tuple[str, Words]] = [
        (".question", lesson.question), (".wrong", lesson.wrong), (".recap", lesson.recap)
    ]  # fmt: skip
    for place, idea in enumerate(lesson.ideas):
        yield f".ideas[{place}].text", idea.text or {text.DEFAULT: ""}
        optional.append((f".ideas[{place}].answer", idea.answer))
    for place, hint in enumerate(lesson.hints):
        yield f".hints[{place}]", hint or {text.DEFAULT: ""}
    if lesson.goal is not None:
        yield ".goal.text", lesson.goal.text or {text.DEFAULT: ""}
    if lesson.predict is not None:
        yield ".predict.question", lesson.predict.question or {text.DEFAULT: ""}
        for place, choice in enumerate(lesson.predict.choices):
            yield f".predict.choices[{place}].text", choice.text or {text.DEFAULT: ""}
            yield f".predict.choices[{place}].why", choice.why or {text.DEFAULT: ""}
    yield from ((path, sentence) for path, sentence in optional if sentence)


def _edits(lesson: Lesson) -> Iterator[tuple[str, Edit]]:
    if lesson.solution is not None:
        yield ".solution", lesson.solution
    if lesson.predict is not None and lesson.predict.edit is not None:
        yield ".predict.edit", lesson.predict.edit
    for place, idea in enumerate(lesson.ideas):
        if idea.edit is not None:
            yield f".ideas[{place}].edit", idea.edit
