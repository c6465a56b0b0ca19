"""The page's jobs for a worker and a worker's answers: data, sent as msgpack."""

from typing import Literal

import msgspec

from viz_app.engine.client import Recorded
from viz_app.knowledge.goals import Verdict
from viz_app.knowledge.lessons import Lesson
from viz_app.measured import Axis
from viz_app.model import Call, Failure, Input
from viz_app.picture.layout import rows

Degree = Literal["whole", "crude", "bare"]
"""The extent of a picture: all of it; an overview without explanations, placed in plain layers; or
none, only the program's output and the editable parts."""
DEGREES: tuple[Degree, ...] = ("whole", "crude", "bare")


class Look(msgspec.Struct, frozen=True):
    """A visitor's view of a run: groups opened ("ID") or folded ("-ID") by hand, language and
    theme, a flag for open explanations, the lesson that it is a version of, and the width of the
    picture's rows (`layout/rows.py`)."""

    groups: tuple[str, ...]
    language: str
    theme: str
    explained: bool
    lesson: Lesson | None = None
    row: int = rows.PROJECTOR.row


class Draw(msgspec.Struct, frozen=True, tag="draw"):
    """A job: make the picture of a run.

    `before` are the `Picture.extents` of the picture that this one replaces. The figure is left out
    if it is `drawn` already.
    """

    run: Recorded
    look: Look
    degree: Degree = "whole"
    before: bytes = b""
    drawn: str = ""


class Survey(msgspec.Struct, frozen=True, tag="survey"):
    """A job: draw the result over the elements `x` and `y` that the explanations of `base` offer.

    Without `heights`, find the axes along which these are to be measured.
    """

    run: Recorded
    language: str
    x: int
    y: int
    base: str
    heights: tuple[float, ...] | None = None


class Compare(msgspec.Struct, frozen=True, tag="compare"):
    """A job: compare the values and gradients of two runs; `after` is None if the change failed."""

    before: Recorded
    after: Recorded | None


class Save(msgspec.Struct, frozen=True, tag="save"):
    """Make a file of a run, in a format of `render/exports.py`, at a step of its picture."""

    run: Recorded
    form: str
    language: str
    theme: str
    step: int | None


class Preview(msgspec.Struct, frozen=True, tag="preview"):
    """A job: check a lesson by the runs of its programs (`lessons.programs`); a fault is the
    answer's failure."""

    run: Recorded
    solved: Recorded | None
    predicted: Recorded | None
    lesson: Lesson
    language: str


class Unpack(msgspec.Struct, frozen=True, tag="unpack"):
    """A job: read the lessons of a zip file that a visitor opened; a wrong file is the answer's
    failure."""

    name: str
    data: bytes


Job = Draw | Survey | Compare | Save | Preview | Unpack


class Shown(msgspec.Struct, frozen=True, gc=False):
    """The place of a lesson's idea in the picture: its frame, and the folded group that it unfolds
    ("" for none).

    `holds` and `answer_holds`: the numbers in its sentences are those of this run. `asks`: the
    lesson asks for the gradient of its step, and this run has one.
    """

    step: int | None
    unfold: str
    holds: bool
    answer_holds: bool
    asks: bool


class Picture(msgspec.Struct, frozen=True, gc=False):
    """Everything the page needs of a run: JSON for its panels, and the data that edits need.

    `calls` are without their nodes. `short`: the program ends quickly. `shows` are the places of
    the lesson's ideas; `verdict` is the lesson's goal against this run. `extents` are for the next
    picture of the same program. `refused` is the reason why the backward call that ended the
    program could not begin.
    """

    source: str
    error: Failure | None
    degree: Degree
    inputs: tuple[Input, ...]
    calls: tuple[Call, ...]
    short: bool
    shows: tuple[Shown, ...]
    verdict: Verdict | None
    stage: bytes
    explain: bytes
    input_rows: bytes
    call_rows: bytes
    call_marks: bytes
    printed: bytes
    extents: bytes
    refused: str = ""


class Made(msgspec.Struct, frozen=True):
    """A worker's answer: a picture, other JSON or axes, a course's lessons with their texts, or the
    failure of the run.

    `last` means that the worker ends now.
    """

    picture: Picture | None = None
    body: bytes = b""
    axes: tuple[Axis, Axis] | None = None
    lessons: tuple[tuple[Lesson, str], ...] = ()
    failure: Failure | None = None
    last: bool = False
