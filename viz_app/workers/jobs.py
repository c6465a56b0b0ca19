"""What the page asks of a worker and what a worker answers: data, sent as msgpack."""

from typing import Literal

import msgspec

from viz_app.engine.client import Recorded
from viz_app.measured import Axis
from viz_app.model import Call, Failure, Input

Degree = Literal["whole", "crude", "bare"]
"""How much of a picture is made: all of it; an overview without explanations, placed in layers as
they come; or none, only what the program printed and what can be changed."""
DEGREES: tuple[Degree, ...] = ("whole", "crude", "bare")


class Look(msgspec.Struct, frozen=True):
    """How a visitor looks at a run: groups opened ("ID") or folded ("-ID") by hand, language and
    theme, and whether the explanations are open."""

    groups: tuple[str, ...]
    language: str
    theme: str
    explained: bool


class Draw(msgspec.Struct, frozen=True, tag="draw"):
    """Make the picture of a run.

    `before` are the `Picture.extents` of the picture that this one replaces. The figure is left
    out if it is `drawn` already.
    """

    run: Recorded
    look: Look
    degree: Degree = "whole"
    before: bytes = b""
    drawn: str = ""


class Survey(msgspec.Struct, frozen=True, tag="survey"):
    """Draw the result over the elements `x` and `y` that the explanations of `base` offer.

    Without `heights`, find the axes along which these are to be measured.
    """

    run: Recorded
    language: str
    x: int
    y: int
    base: str
    heights: tuple[float, ...] | None = None


class Compare(msgspec.Struct, frozen=True, tag="compare"):
    """Lay values and gradients of two runs side by side, or of one whose change gave nothing."""

    before: Recorded
    after: Recorded | None


Job = Draw | Survey | Compare


class Picture(msgspec.Struct, frozen=True, gc=False):
    """All that the page needs of a run: ready JSON for its panels, and what edits go by.

    `calls` are without their nodes. `short` says that the program is quickly run to its end.
    `moments` are the frames at which the moments of a lesson's ideas are seen. `extents` are for
    the next picture of the same program.
    """

    source: str
    error: Failure | None
    degree: Degree
    inputs: tuple[Input, ...]
    calls: tuple[Call, ...]
    short: bool
    moments: dict[str, int]
    stage: bytes
    explain: bytes
    input_rows: bytes
    call_rows: bytes
    call_marks: bytes
    printed: bytes
    extents: bytes


class Made(msgspec.Struct, frozen=True):
    """What a worker answers: a picture, other JSON or axes, or why the run gave none of these.

    `last` says that the worker ends now.
    """

    picture: Picture | None = None
    body: bytes = b""
    axes: tuple[Axis, Axis] | None = None
    failure: Failure | None = None
    last: bool = False
