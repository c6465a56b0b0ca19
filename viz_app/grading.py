"""A submission of a lesson, graded: run again in the confined engine, never believed.

A submission is a program's text, whatever it came in. The score is computed from the trace of our
own run; nothing that the submission says about itself counts.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from viz_app import export, share
from viz_app.engine import client
from viz_app.errors import VizError, failure
from viz_app.knowledge import goals, lessons
from viz_app.knowledge.lessons import Lesson
from viz_app.knowledge.text import Text
from viz_app.limits import Limits
from viz_app.share import Settings

LIMITS: Final = Limits(curves=0, replayed_calls=0, jacobian_calls=0)
"""The page's limits, without the repeated runs that only explanations need."""
SUBMITTED: Final = (".py", ".ipynb", ".txt", ".url")
"""Endings of submissions in a folder; the last two hold a link."""


class Grade(msgspec.Struct, frozen=True):
    """The result of one submission: `score` is the share of the goal that was reached honestly.

    `standing` is the goal's (`goals.Standing`), or "failed" for a submission that gave no trace;
    `reason` says why in a sentence, at `line` and `column` of the program. `checks` has one row per
    condition.
    """

    submission: str
    lesson: str
    reached: bool
    score: float
    standing: Literal["reached", "open", "by_hand", "failed"]
    reason: str
    line: int = 1
    column: int = 1
    checks: tuple[dict[str, Any], ...] = ()


def lesson(name: str) -> Lesson:
    """The lesson of a slug, of a lesson's file, or of a link that brings one.

    VizError "lesson" for an unknown one, "lesson_file" for a wrong file, "no_goal" for a lesson
    that can't be graded.
    """
    found = lessons.load().get(name)
    if found is None and is_link(name):
        found = share.brought(_settings(name))
    if found is None:
        path = Path(name)
        if path.suffix != ".toml" or not path.is_file():
            raise VizError(failure("no_lesson", lesson=name[:80]))
        with path.open("rb") as file:
            found = lessons.read(path.name, file.read(lessons.MOST_BYTES + 1))
    if found.goal is None:
        raise VizError(failure("no_goal", lesson=found.slug))
    return found


def is_link(name: str) -> bool:
    """True for the address of a shared program, which has a `?code=`."""
    return "?" in name and (name.startswith(("?", "http://", "https://")))


def _settings(address: str) -> Settings:
    return share.read(share.split("?" + address.strip().partition("?")[2]))


def linked(address: str) -> str:
    """The program in a link. VizError "link" for one that is damaged or has none."""
    settings = _settings(address)
    if settings.program is not None:
        return settings.program
    if (brought := share.brought(settings)) is not None:
        return brought.program
    if settings.lesson is not None:
        return lessons.load()[settings.lesson].program
    raise VizError(failure("link"))


def grade(name: str, source: str, asked: Lesson, words: Text) -> Grade:
    """Run a submission and compare it with a lesson's goal."""
    try:
        trace = client.run(source, LIMITS)
    except VizError as error:
        return failed(name, asked, error)
    verdict = goals.verdict(asked, trace)
    if verdict is None:
        raise ValueError(f"{asked.slug} has no goal")
    held = [outcome.holds for outcome in verdict.outcomes]
    share_held = sum(held) / (len(held) + (verdict.reason == "kept")) if held else 0.0
    score = {"reached": 1.0, "by_hand": 0.0}.get(verdict.standing, share_held)
    if trace.error is not None:
        reason = export.message(trace.error)
        line, column = trace.error.span.line, trace.error.span.column
    else:
        reason, line, column = goals.sentence(verdict, words), max(verdict.line, 1), 1
    return Grade(
        submission=name,
        lesson=asked.slug,
        reached=verdict.standing == "reached",
        score=round(score, 4),
        standing=verdict.standing,
        reason=reason,
        line=line,
        column=column,
        checks=tuple(_row(outcome) for outcome in verdict.outcomes),
    )


def failed(name: str, asked: Lesson, error: VizError) -> Grade:
    """The grade of a submission that gave no trace."""
    span = error.failure.span
    return Grade(
        submission=name, lesson=asked.slug, reached=False, score=0.0, standing="failed",
        reason=export.message(error.failure), line=span.line, column=span.column,
    )  # fmt: skip


def _row(outcome: goals.Outcome) -> dict[str, Any]:
    condition = outcome.condition
    wanted = condition.number
    return {
        "name": condition.name,
        "part": condition.part,
        "index": list(condition.index),
        "norm": condition.norm,
        "is": condition.relation,
        "number": list(wanted) if isinstance(wanted, tuple) else wanted,
        "tolerance": condition.tolerance,
        "holds": outcome.holds,
        "found": None if outcome.found is None else [export.number(it) for it in outcome.found],
    }


def submissions(folder: Path) -> Iterator[Path]:
    """The submissions in a folder and in those below it, by name; no links of the file system."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in SUBMITTED and path.is_file() and not path.is_symlink():
            yield path


def graded(
    folder: Path, asked: Lesson, words: Text, read: Callable[[Path], str]
) -> Iterator[Grade]:
    """Grade each submission of a folder; `read` gives the text of a file, or raises VizError."""
    for path in submissions(folder):
        name = path.relative_to(folder).as_posix()
        try:
            source = read(path)
            if path.suffix in (".txt", ".url"):
                source = linked(_address(source))
        except VizError as error:
            yield failed(name, asked, error)
            continue
        yield grade(name, source, asked, words)


def _address(text: str) -> str:
    """The first link in a text file."""
    lines = (line.strip().removeprefix("URL=") for line in text.splitlines())
    return next((line for line in lines if is_link(line)), "")


def to_csv(grades: Iterable[Grade]) -> str:
    """One row per submission. A name that a spreadsheet would compute begins with an apostrophe."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("submission", "lesson", "reached", "score", "standing", "line", "reason"))
    for one in grades:
        row = (
            one.submission, one.lesson, str(one.reached).lower(), f"{one.score:g}",
            one.standing, str(one.line), one.reason,
        )  # fmt: skip
        writer.writerow([_cell(cell) for cell in row])
    return table.getvalue()


def _cell(text: str) -> str:
    text = export.safe(text)
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
