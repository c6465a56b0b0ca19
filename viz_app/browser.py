"""What crosses to the browser, and what its panels say to each other: each field named once.

The server fills these structs; `python -m viz_app.browser` writes their JSON schema, of which
`make types` makes assets/browser.d.ts, and `tsc` holds the JavaScript to it. So a field has one
name and one meaning in both languages, and no list's places have to be known by heart.
"""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType, field

from viz_app import arrays

Half = Literal["forward", "backward"]
State = Literal["ready", "stale", "running", "error"]


class Span(msgspec.Struct, frozen=True):
    """A stretch of the program's text: `arrays.Span`, whose places have names here."""

    line: int
    column: int
    end_line: int
    end_column: int

    @staticmethod
    def of(span: arrays.Span) -> "Span":
        return Span(span.line, span.column, span.end_line, span.end_column)


class Rectangle(msgspec.Struct, frozen=True):
    """A rectangle by its edges."""

    left: float
    top: float
    right: float
    bottom: float


# ---- what the panels say to each other: window events ----


class Step(msgspec.Struct, frozen=True):
    """The picture is at a step, and the line of the program that belongs to it."""

    step: int
    line: int | None
    span: Span | None
    phase: Half


class Goto(msgspec.Struct, frozen=True, omit_defaults=True):
    """The picture is to go to a step, or to show a vertex."""

    step: int | UnsetType = UNSET
    vertex: int | UnsetType = UNSET


class Standing(msgspec.Struct, frozen=True):
    """How the text in the editor stands to the picture."""

    state: Literal["ready", "stale", "running"]


class Program(msgspec.Struct, frozen=True):
    """The text of a picture, its revision, and which opened program it is."""

    text: str
    revision: int
    opened: int


class View(msgspec.Struct, frozen=True):
    """What a link remembers of what is seen; None is the default."""

    step: int
    speed: float | None
    node: str | None
    view: str | None
    colour: str | None
    predict: str | None
    playing: bool


class Operation(msgspec.Struct, frozen=True, omit_defaults=True):
    """The choice of an operation is wanted, beside `anchor`: by its place in the program's calls or
    by a place of the text."""

    anchor: Rectangle
    at: int | UnsetType = UNSET
    line: int | UnsetType = UNSET
    column: int | UnsetType = UNSET


class Beside(msgspec.Struct, frozen=True):
    """Something is to open beside `anchor`."""

    anchor: Rectangle


ChangeKind = Literal[
    "number", "shape", "switch", "seed",
    "change", "swap", "step", "wrap", "remove",
    "undo", "redo", "jump", "whatif", "keep", "drop",
]  # fmt: skip


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change that a visitor wants.

    `at` is the place in `Trace.inputs` or `Trace.calls`. Changes of one `drag` are one entry of
    the history. Undo and redo go so many `times`.
    """

    kind: ChangeKind
    at: int = 0
    index: tuple[int, ...] = ()
    text: str = ""
    on: bool = False
    drag: int | None = None
    times: int = 1


class Wish(Change, frozen=True, kw_only=True):
    """A change of the text that the visitor saw, of revision `base`."""

    id: int
    base: int


class Live(msgspec.Struct, frozen=True):
    """What the page shows of a number while it is dragged; the picture is None where the run left
    nothing, and `explain` while nobody sees it."""

    text: str
    picture: Any
    printed: list[Any] | None
    explain: Any
    state: State


class Events(msgspec.Struct, frozen=True):
    """The window events by name, with what each tells; None for those that tell nothing more.

    "viz:live" has None when the panels are to show again what the server gave them; "viz:drawn"
    when the picture is not of the present text.
    """

    step: Step = field(name="viz:step")
    goto: Goto = field(name="viz:goto")
    stale: Standing = field(name="viz:stale")
    drawn: Program | None = field(name="viz:drawn")
    view: View = field(name="viz:view")
    live: Live | None = field(name="viz:live")
    wish: Change = field(name="viz:wish")
    operation: Operation = field(name="viz:operation")
    history: Beside = field(name="viz:history")
    whatif: Beside = field(name="viz:whatif")
    open: None = field(name="viz:open")
    printed: None = field(name="viz:printed")
    free: None = field(name="viz:free")


def schema() -> bytes:
    """The JSON schema of all that crosses."""
    _, found = msgspec.json.schema_components((Events, Wish))
    roots = {"title": "Browser", "type": "object", "$defs": found}
    return msgspec.json.format(msgspec.json.encode(roots))


if __name__ == "__main__":
    print(schema().decode())
