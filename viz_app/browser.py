"""The data sent to the browser, and between its panels: each field once.

The server fills these structs; `python -m viz_app.browser` writes their JSON schema, from which
`make types` makes assets/browser.d.ts, and `tsc` checks the JavaScript against it. So a field has
one name and one meaning in both languages, and no list depends on remembered positions.

Large collections are sent as tables: one list per field instead of one struct per row, which costs
no more than bare lists. `rows` in assets/page/table.js turns a table into objects.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeVar

import msgspec
from msgspec import UNSET, UnsetType, field

from viz_app import arrays
from viz_app.model import Tone

Half = Literal["forward", "backward", "update", "write"]
"""The kind of a step: an update changes values in place, a write changes `.grad` between passes."""
Table = TypeVar("Table", bound=msgspec.Struct)
State = Literal["ready", "stale", "running", "error"]


class Span(msgspec.Struct, frozen=True):
    """A span of the program's text: `arrays.Span` with named fields."""

    line: int
    column: int
    end_line: int
    end_column: int

    @staticmethod
    def of(span: arrays.Span) -> "Span":
        return Span(span.line, span.column, span.end_line, span.end_column)


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of a sentence in one tone; `plain` instead of it while PyTorch's names are off."""

    text: str
    tone: Tone = "plain"
    plain: str = ""


class Named(msgspec.Struct, frozen=True):
    """A name with its text."""

    name: str
    text: str


class Rectangle(msgspec.Struct, frozen=True):
    """A rectangle by its edges."""

    left: float
    top: float
    right: float
    bottom: float


# ---- the picture (picture/payload.py) ----


class LineWidth(msgspec.Struct, frozen=True):
    """The width of a line in pixels: `least` at weight 0, `least + more` at weight 1."""

    least: float
    more: float


class Layer(msgspec.Struct, frozen=True, omit_defaults=True):
    """A layer of the drawing: its style, and its behaviour in the browser.

    `strong` are the properties that the projector's switch strengthens. `small` is its treatment in
    a picture seen from afar: it stays, is hidden, or its text grows, and is cut to the end of a
    dotted name. A mark's weight is the `width` of a line or the opacity of a `cell`. A `pulse`
    travels the lines that begin at a step. A `shadow` represents a box that has not appeared yet.
    What `arrives` is visible once what travels at its step has arrived. An `optional` text is
    visible if the switch for autograd's names is on.
    """

    style: dict[str, str]
    strong: tuple[str, ...] = ()
    small: Literal["stays", "hidden", "grows", "cut"] = "stays"
    width: LineWidth | None = None
    cell: bool = False
    pulse: Literal["value", "gradient"] | None = None
    shadow: bool = False
    arrives: bool = False
    optional: bool = False


class ShapeMarks(msgspec.Struct, frozen=True):
    """A table: the layer that a shape has at the steps `first <= step < last`, and its weight."""

    element: list[int]
    layer: list[int]
    first: list[int]
    last: list[int]
    weight: list[float | None]


class TextMarks(msgspec.Struct, frozen=True):
    """A table: the layer that a text has at the steps `first <= step < last`, and the text
    itself."""

    element: list[int]
    layer: list[int]
    first: list[int]
    last: list[int]
    text: list[str]


class Box(msgspec.Struct, frozen=True):
    """A vertex's centre, the size of its pointer area, and the size of the body itself."""

    x: float
    y: float
    width: float
    height: float
    body_width: float
    body_height: float


class Why(msgspec.Struct, frozen=True):
    """The reason why a tensor has no gradient at the end, and the fix."""

    line: int | None
    why: tuple[Said, ...]
    mend: tuple[Said, ...]


class OperationPoint(msgspec.Struct, frozen=True):
    """An element of the operand, the result there, and the slope that autograd multiplied by."""

    x: float
    y: float
    slope: float | None


class OperationCurve(msgspec.Struct, frozen=True):
    """An operation over one element of its operand (`y` is None where it is not finite), and the
    elements of this run with the slopes that autograd multiplied by."""

    operand: str
    x: tuple[float, ...]
    y: tuple[float | None, ...]
    here: tuple[OperationPoint, ...]
    text: str


Matrix = tuple[tuple[str, ...], ...]
"""A matrix of numbers as they are written, row by row."""


class ConvolutionNames(msgspec.Struct, frozen=True):
    """The names of a convolution's tensors."""

    input: str
    kernel: str
    result: str


class ConvolutionView(msgspec.Struct, frozen=True, tag_field="kind", tag="convolution"):
    """A convolution: the first sample's `image` and `result` (one grid per channel), the `kernels`
    (by output channel, then by input channel) and, once a backward pass went through it, what
    arrived (`upstream`) and the kernels' `gradient`. Empty: not kept whole, or too large.

    `channels` counts the input's channels that a kernel sees, from the one in `begins` on;
    `samples` all of the input, of which the first is shown. `summed`: the run proves that each
    number of the result is the sum of the products under the kernel, and the bias; `added`: that
    each number of the gradient is the sum over all places of what arrived there times what the
    kernel's number saw.
    """

    names: ConvolutionNames
    image: tuple[Matrix, ...]
    kernels: tuple[tuple[Matrix, ...], ...]
    result: tuple[Matrix, ...]
    bias: tuple[str, ...]
    upstream: tuple[Matrix, ...]
    gradient: tuple[tuple[Matrix, ...], ...]
    stride: tuple[int, int]
    padding: tuple[int, int]
    dilation: tuple[int, int]
    channels: int
    begins: tuple[int, ...]
    samples: int
    summed: bool
    added: bool


class BarsView(msgspec.Struct, frozen=True, tag_field="kind", tag="bars"):
    """The shares of a softmax, in rows that add up to 1, and the gradient sent to its operand
    `name`. `places` are the rows' indices, empty for a single one.

    `right` is the index of the right class of each row (-1: the row is ignored), empty if the loss
    is not said to have one. `target` are the shares that the loss asks for, and `factors` times
    (shares minus target) is the gradient: one number for all rows, or one per row. Both are empty
    if that is not proven.
    """

    name: str
    places: tuple[str, ...]
    rows: Matrix
    right: tuple[int, ...]
    target: Matrix
    gradient: Matrix
    factors: tuple[str, ...]


class AttentionView(msgspec.Struct, frozen=True, tag_field="kind", tag="attention"):
    """The shares of an attention, one grid (queries, keys) per head, and the gradients that arrived
    at them.

    `weighed`: the run proves that each output is the sum of the values, each times its share;
    `returned`: that each value got, from each output, its gradient times the same share.
    """

    heads: tuple[Matrix, ...]
    gradients: tuple[Matrix, ...]
    weighed: bool
    returned: bool


class RowsView(msgspec.Struct, frozen=True, tag_field="kind", tag="rows"):
    """An embedding's table `name`: how often each row was looked up, and the norm of each row of
    the gradient that one lookup sent."""

    name: str
    used: tuple[int, ...]
    gradient: tuple[str, ...]


class Terms(msgspec.Struct, frozen=True):
    """The terms of the gradient of the tensor `name`, one per iteration, with their norms; `total`
    is the gradient at the end, empty if these are not all of its terms."""

    name: str
    terms: tuple[str, ...]
    norms: tuple[float, ...]
    total: str


class IterationsView(msgspec.Struct, frozen=True, tag_field="kind", tag="iterations"):
    """A loop that uses the same tensors in each of `iterations`: what each one sent to
    them."""

    iterations: tuple[int, ...]
    tensors: tuple[Terms, ...]


class BoundaryPass(msgspec.Struct, frozen=True):
    """The plane as a model classifies it in backward pass `number`: the class of each square
    (`cells`, a digit each, from the top left), and at each point its recorded result and the class
    that it means. `loss` is the pass's."""

    number: int
    loss: str
    cells: str
    results: tuple[str, ...]
    predicted: tuple[int, ...]


class BoundaryView(msgspec.Struct, frozen=True, tag_field="kind", tag="boundary"):
    """A classifier of the points `name` in the plane, with their classes `labels`, pass by pass.

    The squares fill the plane from `low` to `high`, `size` per side; each has the class that the
    model predicts at its centre, evaluated from the run's own parameters. `meant` are the numbers
    that encode the classes 0 and 1 where the loss compares numbers, empty elsewhere.
    """

    name: str
    points: tuple[tuple[float, float], ...]
    labels: tuple[int, ...]
    meant: tuple[float, ...]
    low: tuple[float, float]
    high: tuple[float, float]
    size: int
    passes: tuple[BoundaryPass, ...]


OperationView = (
    ConvolutionView | BarsView | AttentionView | RowsView | IterationsView | BoundaryView
)


class Vertex(msgspec.Struct, frozen=True, omit_defaults=True):
    """A box of the picture with its texts; `first` is the step at which it appears.

    `within` is the open group around it. `opens` and `folds` are the groups that a click opens or
    folds; `group` is the group it represents. `change` is the index of its operation in the
    program. `parts` are the autograd nodes of a folded call. `row`: it has a row in the table;
    `asks`: its tensor requires a gradient. `rules` are the formulas of an operation (indices in
    `Picture.formulas`), `curve` is its graph if it works element by element, `view` a picture made
    for it (an index in `Picture.views`), whose gradients are shown from the step `sends` on.
    """

    id: str
    kind: Literal["card", "disc", "group"]
    within: str | None
    box: Box
    first: int
    name: str
    node: str
    operation: str
    value: str
    whole: str
    type: str
    grad_fn: str
    call: str
    line: int | None
    source: str
    size: float | None
    strange: str
    asks: bool
    row: bool
    opens: str | None
    folds: str | None
    saved: tuple[Named, ...] = ()
    freed: tuple[str, ...] = ()
    parts: tuple[Named, ...] = ()
    group: str | None = None
    change: int | None = None
    why: Why | None = None
    rules: tuple[int, ...] = ()
    curve: OperationCurve | None = None
    view: int | None = None
    sends: int = 0


class Gradients(msgspec.Struct, frozen=True):
    """A table: the gradient of a vertex at the steps `first <= step < last`, and its norm `size`.

    The norm leaves nan and inf out; `strange` is "nan" or "inf" if there is one.
    """

    vertex: list[int]
    first: list[int]
    last: list[int]
    text: list[str]
    size: list[float]
    strange: list[str]


class OpenGroup(msgspec.Struct, frozen=True):
    """An open group around visible boxes; `within` is the one around it."""

    name: str
    kind: str
    within: str | None


class Pass(msgspec.Struct, frozen=True):
    """A backward pass: its first and last step, the loop iteration, the value that it began at."""

    number: int
    first: int
    last: int
    iteration: str | None
    value: float | None
    text: str


class LossCurve(msgspec.Struct, frozen=True):
    """The values at which the backward passes of one call of the program began, kept or not: the
    pass numbers and, for each, the value, None where it is no finite number.

    `name` is the result's, `line` that of the call.
    """

    name: str
    line: int
    numbers: tuple[int, ...]
    values: tuple[float | None, ...]


class Training(msgspec.Struct, frozen=True):
    """All backward passes of a run: their number, their curves, the first one with nan or an
    infinity, the one with the largest gradient, and a notice about them."""

    passes: int
    curves: tuple[LossCurve, ...]
    strange: int | None
    largest: int | None
    notice: str


class Path(msgspec.Struct, frozen=True):
    """A tensor that training changes, with its value when each pass began."""

    name: str
    values: tuple[float, ...]


class Folded(msgspec.Struct, frozen=True):
    """A table: the entries that a search finds in folded groups, and the group's vertex."""

    name: list[str]
    operation: list[str]
    line: list[int]
    vertex: list[int]


class Written(msgspec.Struct, frozen=True):
    """A formula of a step: its index in `Picture.formulas`, and its tone."""

    formula: int
    tone: Tone


class Held(msgspec.Struct, frozen=True):
    """The content of `.grad` before a step, the term that the step adds, the content after it.

    None for None in `.grad`, "" if nothing is added but the program itself writes.
    """

    before: str | None
    added: str | None
    after: str | None


class Slip(msgspec.Struct, frozen=True):
    """A known mistake, and the answer it leads to."""

    key: str
    numbers: tuple[float, ...]


class Question(msgspec.Struct, frozen=True):
    """A gradient to predict: the right numbers, of a whole tensor or of its element at `place`.

    `received` is what arrived at the operation, as in a caption, "" where that is not one tensor.
    `there` are the numbers at `place` from which the answer follows, as a card too small for all of
    its numbers does not show them: `pred[7, 0] = -0.8102, Y[7, 0] = 1`.
    """

    vertex: int
    kind: Literal["grad", "send"]
    node: Said
    name: str
    place: str
    there: str
    received: str
    numbers: tuple[float, ...]
    slips: tuple[Slip, ...]


class Frame(msgspec.Struct, frozen=True):
    """A step: number `place` of the `count` of its `half` in a pass. None in `formula` ends a line.

    `vertex` is the box that it is about, or -1; `held` is by vertex, and so are the `products` of a
    backward step in numbers; `moment` is the time of the step, independent of folding; `focus` must
    be in view.
    """

    half: Half
    pass_number: int | None
    place: int
    count: int
    caption: tuple[Said, ...]
    formula: tuple[Written | None, ...]
    span: Span | None
    vertex: int
    held: dict[int, Held]
    products: dict[int, tuple[Written | None, ...]]
    moment: int
    ask: Question | None
    focus: Rectangle


class Chip(msgspec.Struct, frozen=True, omit_defaults=True):
    """A number as it travels: its text and, of a matrix, rows of tints from -9 to 9."""

    text: str
    grid: tuple[tuple[int, ...], ...] = ()


class Flights(msgspec.Struct, frozen=True):
    """A table: what travels along line `element` at `step`, as places in `Picture.chips` or -1.

    Chip `before` becomes chip `after` at vertex `via` and goes to vertex `to`; it sets off once the
    others are through if it is `late`.
    """

    element: list[int]
    step: list[int]
    before: list[int]
    after: list[int]
    via: list[int]
    to: list[int]
    late: list[bool]


class Figure(msgspec.Struct, frozen=True):
    """A figure of plotly.js."""

    data: list[dict[str, Any]]
    layout: dict[str, Any]


class Picture(msgspec.Struct):
    """The stage's complete content.

    `of` is the vertex that each element of the figure belongs to, or -1 - its link's index. A
    picture with the same `structure` has the same boxes, links and number of steps; with the same
    `drawn`, the same figure, which may then be left out; with the same `version`, everything is
    equal. A program that was just opened is shown at step `opens`, its first forward pass being
    finished, with the question `ask`. `lines` are the lines of the program that its steps concern.
    `constants` are the constants and their links, as in `of`. A `wrapped` picture is in rows.
    `advance` is the width of a character of its names, in units of their size.
    """

    language: str
    theme: str
    colours: dict[str, str]
    advance: float
    width: float
    height: float
    layers: tuple[Layer, ...]
    figure: Figure | UnsetType
    of: tuple[int, ...]
    shape_marks: ShapeMarks
    text_marks: TextMarks
    flights: Flights
    chips: tuple[Chip, ...]
    constants: tuple[int, ...]
    vertices: tuple[Vertex, ...]
    views: tuple[OperationView, ...]
    gradients: Gradients
    groups: dict[str, OpenGroup]
    passes: tuple[Pass, ...]
    training: Training
    paths: tuple[Path, ...]
    folded: Folded
    frames: tuple[Frame, ...]
    opens: int
    ask: tuple[Said, ...]
    lines: dict[int, str]
    formulas: tuple[str, ...]
    words: Mapping[str, str]
    structure: str = ""
    drawn: str = ""
    version: str = ""
    note: str = ""
    wrapped: bool = False


# ---- the explanations (picture/explain/) ----


class Cell(msgspec.Struct, frozen=True):
    """A number of a grid as text; `number` tints the cell, None if it has none."""

    text: str
    number: float | None


class Grid(msgspec.Struct, frozen=True):
    """A small matrix, row by row."""

    rows: int
    columns: int
    cells: tuple[Cell, ...]


class Judged(msgspec.Struct, frozen=True):
    """The agreement of several ways to a number, and its sentence."""

    state: str
    text: str


class Factor(msgspec.Struct, frozen=True):
    """A factor of a product in MathML, as a derivative, as a formula, and in numbers."""

    partial: str
    symbol: str
    number: str
    frame: int
    kind: str


class Product(msgspec.Struct, frozen=True):
    """The product along one path: multiplied out, if it is `short`, and its value."""

    factors: tuple[Factor, ...]
    short: str
    by: str
    product: str


class Term(msgspec.Struct, frozen=True):
    """A term of a sum over uses: the gradient that came back through `by`, and its number of
    paths."""

    text: str
    by: str
    frame: int
    paths: int | str


class Rule(msgspec.Struct, frozen=True):
    """A chain rule; folded, only its name and badge are sent."""

    name: str
    badge: Judged
    left: str | UnsetType = UNSET
    terms: tuple[Term, ...] | UnsetType = UNSET
    total: str | UnsetType = UNSET
    paths: tuple[Product, ...] | UnsetType = UNSET
    count: int | str | UnsetType = UNSET


class StepOperand(msgspec.Struct, frozen=True):
    """The Jacobian of a step by one operand, and the gradient sent there."""

    slot: int
    name: str
    matrix: Grid
    kind: str
    formula: str
    sent: Grid | None


class Push(msgspec.Struct, frozen=True):
    """The tangent of an operand, and its product with the Jacobian."""

    tangent: Grid | None
    product: Grid | None


class Pushed(msgspec.Struct, frozen=True):
    """A step's Jacobian-vector products for one seed, by operand, and their sum."""

    parts: dict[int, Push]
    total: Grid | None


class ExplainedStep(msgspec.Struct, frozen=True):
    """A backward step at frame `frame`; the forward run made its result at frame `made`."""

    frame: int
    op: Said
    start: str
    result: str
    arrived: Grid
    operands: tuple[StepOperand, ...]
    pass_number: int
    made: int | None
    forward: tuple[Pushed, ...]


class DualRow(msgspec.Struct, frozen=True):
    """A tensor of forward mode, its operation, and the rule of its tangent."""

    name: str
    made: str
    value: str
    rule: str
    frame: int | None


class Mode(msgspec.Struct, frozen=True):
    """Forward mode for the pass that ends at frame `until`; `tangents` are by seed, then by row."""

    pass_number: int
    count: str
    less: str
    seeds: tuple[str, ...]
    rows: tuple[DualRow, ...]
    left_out: int
    tangents: tuple[tuple[str, ...], ...]
    ends: tuple[Judged, ...]
    until: int


class CurvePoint(msgspec.Struct, frozen=True):
    """A point of a curve with its slope, as numbers and as text."""

    x: float | None
    y: float | None
    slope: float | None
    x_text: str
    y_text: str
    slope_text: str


class Curve(msgspec.Struct, frozen=True):
    """The result over one element; `gradient` is autograd's, if it differs from the curve's
    slope."""

    name: str
    root: str
    points: tuple[CurvePoint, ...]
    here: str
    gradient: float | None


class Reason(msgspec.Struct, frozen=True):
    """The reason why a tensor has no gradient; `at` is the vertex where it went missing."""

    name: str
    line: int | None
    at: int | None
    why: tuple[Said, ...]
    mend: tuple[Said, ...]


class Happened(msgspec.Struct, frozen=True):
    """An event of a leaf's `.grad`, and the step that was forgotten before it."""

    text: str
    frame: int | None
    forgotten: str


class LeafLife(msgspec.Struct, frozen=True):
    """The life of a leaf's `.grad`; `more` events are left out."""

    name: str
    why: str
    events: tuple[Happened, ...]
    more: int
    mend: str


class RepairOffer(msgspec.Struct, frozen=True):
    """An edit that mends an error or a mistake: what it does, and the program's text after it."""

    label: str
    text: str


class Life(msgspec.Struct, frozen=True):
    """The life of `.grad` and of saved tensors; folded, only the number of spoiled leaves.

    `repair` clears their gradients.
    """

    forgotten: int
    repair: RepairOffer | UnsetType = UNSET
    leaves: tuple[LeafLife, ...] | UnsetType = UNSET
    others: tuple[str, ...] | UnsetType = UNSET
    saved: tuple[str, ...] | UnsetType = UNSET


class Tick(msgspec.Struct, frozen=True):
    """A number on an axis, `at` in pixels."""

    at: float
    text: str


class Label(msgspec.Struct, frozen=True):
    """The height of a contour line, as a number on it."""

    x: float
    y: float
    text: str


class Area(msgspec.Struct, frozen=True):
    """A part of a drawing."""

    x: float
    y: float
    width: float
    height: float


class ReachedPoint(msgspec.Struct, frozen=True):
    """The point of a training path at which backward pass `number` begins: its place on the path,
    and its numbers."""

    number: int
    place: int
    text: str


class Plot(msgspec.Struct, frozen=True):
    """A contour plot in pixels; `names` and `ticks` are of x, then of y; points are (x, y)."""

    whole: Area
    inner: Area
    names: tuple[str, ...]
    ticks: tuple[tuple[Tick, ...], ...]
    defined: str | None
    bands: tuple[str, ...]
    lines: tuple[str, ...]
    labels: tuple[Label, ...]
    point: tuple[float, ...]
    arrow: tuple[float, ...] | None
    way: tuple[tuple[float, ...], ...]
    reached: tuple[ReachedPoint, ...]
    text: tuple[str, ...]


class NoPlot(msgspec.Struct, frozen=True):
    """The reason why there is no contour plot."""

    why: str


class Contour(msgspec.Struct, frozen=True):
    """The elements of program `base` to choose from, and the plot over those `asked` for.

    `drawn` is a Plot, or NoPlot, or None before the first request.
    """

    names: tuple[str, ...]
    base: str
    asked: tuple[int, ...] | None
    drawn: Any


class Explained(msgspec.Struct, frozen=True):
    """The data of the explanations panel; folded (not `whole`), only its bar's."""

    words: Any
    whole: bool
    rules: tuple[Rule, ...]
    missing: int
    life: Life
    absent: str | UnsetType = UNSET
    steps: tuple[ExplainedStep, ...] | UnsetType = UNSET
    forward: tuple[Mode, ...] | UnsetType = UNSET
    curves: tuple[Curve, ...] | UnsetType = UNSET
    reasons: tuple[Reason, ...] | UnsetType = UNSET
    ordinary: tuple[Reason, ...] | UnsetType = UNSET
    contour: Contour | UnsetType = UNSET


class Survey(msgspec.Struct, frozen=True):
    """A request of the explanations panel for a plot over two elements of program `base`."""

    x: int
    y: int
    base: str


# ---- messages between the panels: window events ----


class Asked(msgspec.Struct, frozen=True):
    """The question about the gradient of a step, with its text."""

    step: int
    text: str
    question: Question


class Step(msgspec.Struct, frozen=True):
    """The picture's current step, its line of the program, the number of its backward pass, and the
    question about the next step."""

    step: int
    line: int | None
    span: Span | None
    phase: Literal["forward", "backward"]
    pass_number: int | None = field(name="pass")
    next: Asked | None


class Asks(msgspec.Struct, frozen=True):
    """The steps whose gradient the lesson asks for before they are shown."""

    steps: tuple[int, ...]


class GoalStands(msgspec.Struct, frozen=True):
    """The goal of the lesson on the page, in its language; `reached` by the last run."""

    text: str
    reached: bool


class Goto(msgspec.Struct, frozen=True, omit_defaults=True):
    """A request that the picture go to a step, show a vertex or open a group, and that the
    explanation `panel` be shown. `node` is the id of a box to select, None for none."""

    step: int | UnsetType = UNSET
    node: str | UnsetType | None = UNSET
    vertex: int | UnsetType = UNSET
    group: str | UnsetType = UNSET
    panel: str | UnsetType = UNSET


class Standing(msgspec.Struct, frozen=True):
    """The relation of the editor's text to the picture."""

    state: Literal["ready", "stale", "running"]


class Program(msgspec.Struct, frozen=True):
    """The text of a picture, its revision, and the number of the opened program."""

    text: str
    revision: int
    opened: int


class View(msgspec.Struct, frozen=True):
    """The part of the visible state that a link remembers; None is the default."""

    step: int | None
    speed: float | None
    node: str | None
    view: str | None
    colour: str | None
    names: str | None
    constants: str | None
    predict: str | None
    present: str | None
    playing: bool


class Operation(msgspec.Struct, frozen=True, omit_defaults=True):
    """A request for the choices of an operation, next to `anchor`: by its index among the program's
    calls or by a position in the text."""

    anchor: Rectangle
    at: int | UnsetType = UNSET
    line: int | UnsetType = UNSET
    column: int | UnsetType = UNSET


class Anchored(msgspec.Struct, frozen=True):
    """A request to open something next to `anchor`."""

    anchor: Rectangle


ChangeKind = Literal[
    "number", "shape", "switch", "seed",
    "change", "swap", "step", "wrap", "remove",
    "undo", "redo", "jump", "whatif", "keep", "drop", "try",
]  # fmt: skip


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A change that a visitor requests.

    `at` is the index in `Trace.inputs` or `Trace.calls`; for "try", in the ideas of the lesson, one
    of which has a what-if. Changes of one `drag` are one entry of the history. Undo and redo are
    repeated `times` times.
    """

    kind: ChangeKind
    at: int = 0
    index: tuple[int, ...] = ()
    text: str = ""
    on: bool = False
    drag: int | None = None
    times: int = 1


class ChangeRequest(Change, frozen=True, kw_only=True):
    """A change of the text that the visitor saw, of revision `base`."""

    id: int
    base: int


class Printed(msgspec.Struct, frozen=True):
    """A piece of a run's output: printed or echoed, or to stderr."""

    text: str
    stream: Literal["out", "err"]


class Live(msgspec.Struct, frozen=True):
    """The page's content for a number while it is dragged; the picture is None if the run left
    nothing, and `explain` while nobody sees it."""

    text: str
    picture: Picture | None
    printed: tuple[Printed, ...] | None
    explain: Explained | None
    state: State


class Events(msgspec.Struct, frozen=True):
    """The window events by name, with their details; None for those without any.

    "viz:live" has None if the panels must show the server's data again; "viz:drawn" if the picture
    is not of the current text.
    """

    step: Step = field(name="viz:step")
    goal: GoalStands | None = field(name="viz:goal")
    asks: Asks = field(name="viz:asks")
    goto: Goto = field(name="viz:goto")
    stale: Standing = field(name="viz:stale")
    drawn: Program | None = field(name="viz:drawn")
    view: View = field(name="viz:view")
    live: Live | None = field(name="viz:live")
    change: Change = field(name="viz:change")
    repair: RepairOffer = field(name="viz:repair")
    operation: Operation = field(name="viz:operation")
    history: Anchored = field(name="viz:history")
    whatif: Anchored = field(name="viz:whatif")
    open: None = field(name="viz:open")
    printed: None = field(name="viz:printed")
    progress: None = field(name="viz:progress")
    free: None = field(name="viz:free")


# ---- the data of each panel, and its requests ----


class StageData(msgspec.Struct, frozen=True):
    """The stage's data: see page/panels/stage.py. `row` is the width of the picture's rows, `rows`
    lists the available widths, the narrowest first."""

    picture: Picture
    plotly: str
    program: Program | None
    state: State
    run: int
    step: int | None
    speed: float | None
    node: str | None
    view: tuple[float, ...] | None
    colour: str | None
    names: bool
    hide_constants: bool
    predict: bool
    present: bool
    embedded: bool
    asked: str
    folded: int
    pass_answered: int
    chosen_pass: int | None
    row: int
    rows: tuple[int, ...]


class Standalone(msgspec.Struct, frozen=True):
    """The data of a standalone file: the stage, the explanations, and the program's text.

    `picture` is the number under which a notebook's kernel knows it, "" in a file.
    """

    stage: StageData
    explain: Explained
    source: str
    picture: str


class FoldRequest(msgspec.Struct, frozen=True):
    """Request number `number`: a group to be opened ("ID") or folded ("-ID")."""

    number: int
    group: str


class Fold(msgspec.Struct, frozen=True):
    """Requests of the stage that the server has not answered yet."""

    groups: tuple[FoldRequest, ...]


class KernelAsked(msgspec.Struct, frozen=True):
    """Question number `ask` to a notebook's kernel: a picture, with all requests so far."""

    ask: int
    picture: str
    groups: tuple[FoldRequest, ...]


class KernelAnswer(msgspec.Struct, frozen=True):
    """The answer to question `ask`: a `Standalone` as JSON; None for another kernel's picture."""

    ask: int
    held: str | None


class PassRequest(msgspec.Struct, frozen=True):
    """Request number `number`: also record a backward pass of the text with this revision."""

    number: int
    pass_number: int
    revision: int


class Switch(msgspec.Struct, frozen=True):
    """A flag of the program, on or off; `at` is its index in `Trace.inputs`."""

    at: int
    on: bool


class InputRow(msgspec.Struct, frozen=True):
    """A literal to change; `fields` are its numbers as text, one list per row.

    `owner` is the layer whose argument it is, "" for any other literal.
    """

    at: int
    kind: str
    name: str
    owner: str
    line: int
    shape: tuple[int, ...]
    fields: list[list[str]]
    switch: Switch | None


class Operand(msgspec.Struct, frozen=True):
    """An operand of an operation, and its index in `Trace.inputs` if it is a number."""

    at: int | None
    text: str


class CallRow(msgspec.Struct, frozen=True):
    """An operation to change; `at` is its index in `Trace.calls`."""

    at: int
    name: str
    line: int
    op: str
    operands: tuple[Operand, ...]


class InputsData(msgspec.Struct, frozen=True):
    """The data of the inputs panel: see page/panels/inputs.py.

    `undo` and `redo` name the changes that they would revert and repeat.
    """

    inputs: tuple[InputRow, ...]
    calls: tuple[CallRow, ...]
    session: str
    revision: int
    run: int
    live: bool
    answered: int
    undo: str | None
    redo: str | None
    whatif: bool
    labels: Mapping[str, str]


class CallMark(msgspec.Struct, frozen=True):
    """An operation with its label in the choice, and the span of its text."""

    name: str
    span: Span
    text: str
    shape: str


class Stops(msgspec.Struct, frozen=True):
    """The error with which a choice ends the program: its place, and Python's message."""

    mark: str
    why: str


class Choice(msgspec.Struct, frozen=True):
    """An operation that fits instead: its label, the shape of its result, the text it would
    write."""

    to: str
    keep: int
    label: str
    shape: str
    writes: str
    stops: Stops | None


class Choices(msgspec.Struct, frozen=True):
    """The changes that call `at` allows, by kind; not `complete` if there was no time to try
    all."""

    at: int
    complete: bool
    kinds: dict[str, list[Choice]]


class States(msgspec.Struct, frozen=True):
    """The texts of the history, oldest first, each by the change that led to it, and the current
    one."""

    now: int
    names: tuple[str, ...]


class Side(msgspec.Struct, frozen=True):
    """A tensor shortened for a cell, and whole for its tooltip."""

    text: str
    whole: str


class Pair(msgspec.Struct, frozen=True):
    """A tensor before a change and after it."""

    before: Side
    after: Side
    changed: bool


class Compared(msgspec.Struct, frozen=True):
    """A row of "what if"."""

    name: str
    value: Pair
    grad: Pair


class ChangesData(msgspec.Struct, frozen=True):
    """The data of the changes panel: `whatif` are the rows of "what if", if it is on."""

    calls: tuple[CallMark, ...]
    choices: Choices | None
    history: States
    whatif: tuple[Compared, ...] | None
    revision: int
    live: bool
    labels: Mapping[str, str]


class Ask(msgspec.Struct, frozen=True):
    """The call of revision `base` whose choice was opened."""

    at: int
    base: int


class OutputData(msgspec.Struct, frozen=True):
    """The data of the output panel, and the number of the run in the session."""

    label: str
    name: str
    empty: str
    pieces: tuple[Printed, ...]
    run: int


class Mark(msgspec.Struct, frozen=True):
    """A marked span of the text."""

    line: int
    kind: Literal["error"]
    span: Span


class Alert(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error in parts: its place, a sentence, Python's or PyTorch's own words, the fix, and the
    state of the picture."""

    sentence: str
    place: str = ""
    message: str = ""
    hint: str = ""
    picture: str = ""
    repairs: tuple[RepairOffer, ...] = ()


class BesideFile(msgspec.Struct, frozen=True):
    """A file that the visitor opened beside the program, and its size in words."""

    name: str
    size: str


class Removed(msgspec.Struct, frozen=True):
    """A request to remove a file beside the program."""

    id: int
    name: str


class ProgramData(msgspec.Struct, frozen=True):
    """The data of the program's editor: see page/panels/program.py.

    `editor` and `meanings` are addresses: of the editor's bundle, if there is one, and of the names
    that it completes. `files` are those beside the program.
    """

    value: str
    revision: int
    taken: int
    session: str
    kept: str
    opened: int
    ran: str
    run: int
    read: bool
    marks: tuple[Mark, ...]
    alert: Alert | None
    language: str
    labels: Mapping[str, str]
    colours: dict[str, str]
    editor: str | None
    meanings: str
    files: tuple[BesideFile, ...]


class Wanted(msgspec.Struct, frozen=True):
    """A text to run: the last of a `burst` of typing, or, if `paused`, after a mere pause in it.

    It was typed on top of the text of revision `base`.
    """

    id: int
    base: int
    text: str
    burst: int
    paused: bool


class Idea(msgspec.Struct, frozen=True):
    """An idea of a lesson, and the step that shows it, if the program has one.

    `holds`: the numbers in its text are those of the run. `panel` is the explanation that it opens,
    `unfold` the id of the folded group that it opens first ("" for none). `asks`: its gradient is
    asked for before the text is shown. `change` is the what-if that it offers to try ("" for none).
    """

    text: str
    answer: str
    step: int | None
    holds: bool
    panel: str | None
    unfold: str
    asks: bool
    change: str


class LessonChoice(msgspec.Struct, frozen=True):
    """One answer to a lesson's prediction."""

    text: str
    why: str
    right: bool


class LessonPrediction(msgspec.Struct, frozen=True):
    """A lesson's question with its choices. `step` is the one that it is about, None if it is
    about none of this program."""

    question: str
    choices: tuple[LessonChoice, ...]
    step: int | None


class LessonGoal(msgspec.Struct, frozen=True):
    """A lesson's goal, and the last run's verdict with its `reason`.

    `hints` open one by one; the last one is the solution.
    """

    text: str
    standing: Literal["open", "by_hand", "reached"]
    reason: str
    hints: tuple[str, ...]


class LessonLink(msgspec.Struct, frozen=True):
    """A lesson that can be opened."""

    slug: str
    title: str


class OwnProgram(msgspec.Struct, frozen=True):
    """A program of the visitor's own; a later text with the same key takes its place."""

    key: str
    text: str


class BroughtLesson(msgspec.Struct, frozen=True):
    """The text of a lesson that came in a file or a link, and its title."""

    title: str
    text: str


class LessonData(msgspec.Struct, frozen=True):
    """The data of the lesson's panel, which is not shown without ideas and goal.

    `brought` is the lesson itself if the server does not have it: the browser keeps it. `own` is a
    program of the visitor's for it to keep.
    `taken` is the last choice that has arrived.
    """

    slug: str
    title: str
    brought: BroughtLesson | None
    own: OwnProgram | None
    taken: int
    question: str
    ideas: tuple[Idea, ...]
    predict: LessonPrediction | None
    goal: LessonGoal | None
    wrong: str
    recap: str
    next: LessonLink | None
    labels: Mapping[str, str]


class Chosen(msgspec.Struct, frozen=True):
    """Choice number `count` of a lesson; one that the server does not have comes with its text."""

    slug: str
    count: int
    text: str | None = None


class GalleryLesson(msgspec.Struct, frozen=True):
    """A lesson in the gallery: `order` is its place on the path, None for a side road; `image` the
    address of its picture."""

    slug: str
    title: str
    order: int | None
    image: str


class Chapter(msgspec.Struct, frozen=True):
    """A chapter of the gallery."""

    name: str
    lessons: tuple[GalleryLesson, ...]


class CourseLesson(msgspec.Struct, frozen=True):
    """A lesson of a course that came in a file: its text, and its title."""

    slug: str
    title: str
    text: str


class BroughtCourse(msgspec.Struct, frozen=True):
    """A course that came in a file, in its order, for the browser to keep; `key` is another one for
    each file."""

    key: str
    name: str
    lessons: tuple[CourseLesson, ...]


class GalleryData(msgspec.Struct, frozen=True):
    """The data of the gallery. `taken` is the last pick that has arrived. `course` is one that the
    browser has not kept yet."""

    chapters: tuple[Chapter, ...]
    course: BroughtCourse | None
    current: str | None
    taken: int
    labels: Mapping[str, str]


class Picked(msgspec.Struct, frozen=True):
    """Pick number `count` in the gallery: a lesson, a program's text, an empty program, or the text
    of a lesson called `name` that the visitor opened before. "kept" is no pick: the browser keeps
    the course with this key."""

    kind: Literal["", "lesson", "program", "blank", "opened", "kept"] = ""
    value: str = ""
    name: str = ""
    count: int = 0


class AddressData(msgspec.Struct, frozen=True):
    """The data of the address bar.

    `query` are the parameters of the program and the language. `act` counts the visitor's changes
    of the program: each is an entry of the browser's history. `went` counts the moves back or
    forward that were answered; `session` owns these counts. `away` is the sentence that is shown
    while the server does not answer.
    """

    query: dict[str, str]
    theme: str
    act: int
    session: str
    went: int
    away: str


class Went(msgspec.Struct, frozen=True):
    """The browser moved to another address by itself, for the `count`th time."""

    query: str
    count: int


class Tally(msgspec.Struct, frozen=True):
    """An answer to a room's question, and the number of pages that gave it."""

    answer: str
    count: int


About = Literal["words", "step", "goal"]


class RoomQuestion(msgspec.Struct, frozen=True):
    """Question number `number` of a room, answered by one of `choices`, or freely without any.

    `answered` counts the pages that have answered. `tallies` are None until the teacher shows them.
    A question about a "step" is the picture's own about the gradient of `step`, one about the
    "goal" is answered by each page as soon as the lesson's goal is reached there.
    """

    number: int
    text: str
    choices: tuple[str, ...]
    answered: int
    tallies: tuple[Tally, ...] | None
    about: About = "words"
    step: int | None = None


class RoomState(msgspec.Struct, frozen=True):
    """A message to the pages of a room: program number `program` as the parameters of a link, and
    the teacher's step and selected box.

    `query` is "" if the page has got this program. `followers` are the pages that follow. `page` is
    the name under which this page answers, in its first message. `by` names the teacher's device
    that went there; `devices` is the number of those that lead, for the teacher's pages only.
    """

    program: int
    query: str
    step: int | None
    node: str | None
    followers: int
    ended: bool
    question: RoomQuestion | None
    page: str = ""
    by: str = ""
    devices: int = 0


class RoomData(msgspec.Struct, frozen=True):
    """The data of a room's bar.

    `code` is the room that the page is in, None for none. `secret` is that of a room which this
    session leads, `me` the name of this device there, `shown` the page's program as a room names
    it, `link` and `qr` (an image's data URI) lead into the room.
    """

    code: str | None
    secret: str | None
    me: str
    shown: str
    link: str
    qr: str | None
    session: str
    labels: Mapping[str, str]


class RoomLead(msgspec.Struct, frozen=True):
    """The secret of a room that this browser has opened, shown for the `count`th time."""

    code: str
    secret: str
    count: int


class OpeningData(msgspec.Struct, frozen=True):
    """Maximum bytes of a file to open, the id of the last one that was accepted, and the words that
    are shown while one is opened."""

    most: int
    taken: int | None
    opening: str


class OpenedFile(msgspec.Struct, frozen=True):
    """A file that a visitor chose; `text` is None if it is too `large` or not UTF-8. That of a zip
    file is its bytes in base64."""

    id: int
    name: str
    text: str | None
    large: bool


class Saved(msgspec.Struct, frozen=True):
    """A file that the browser is to save: its name, its media type, and its bytes in base64.

    A video's are those of the animated WebP that the browser makes it of.
    """

    number: int
    name: str
    kind: str
    body: str


class ShareData(msgspec.Struct, frozen=True):
    """The data of the share panel: the link and its QR code, the snippet, the program as a file.

    `changed`: the program is not the lesson's. `maker` is the address of the script that makes
    videos, None if it was not built. `save` is the file that was asked for.
    """

    link: str
    qr: str | None
    note: str
    embed: str
    program: str
    file: str
    changed: bool
    maker: str | None
    save: Saved | None
    labels: Mapping[str, str]


class ThemeData(msgspec.Struct, frozen=True):
    """The theme that the visitor sees ("light" or "dark"), and the switch's label."""

    theme: str
    label: str


def table(of: type[Table], rows: Iterable[Sequence[Any]]) -> Table:
    """A table of rows whose values are in the order of its fields."""
    columns = [list(column) for column in zip(*rows, strict=True)]
    return of(*columns or ([] for _ in of.__struct_fields__))


def ready(body: bytes) -> Any:
    """JSON of a struct that another process made, used in that struct's place."""
    return msgspec.Raw(body)


def schema() -> bytes:
    """The JSON schema of everything sent to the browser and back."""
    given = (StageData, InputsData, ChangesData, OutputData, ProgramData, LessonData, Explained)
    plots = (Plot, NoPlot)
    header = (AddressData, GalleryData, OpeningData, RoomData, ShareData, ThemeData)
    sent = (Chosen, Picked, Fold, PassRequest, ChangeRequest, Ask, Wanted, Removed, Survey, Went,
            OpenedFile)  # fmt: skip
    roomed = (RoomLead, RoomState)
    filed = (Standalone, KernelAsked, KernelAnswer)
    _, found = msgspec.json.schema_components(
        (Events, *given, *plots, *header, *sent, *roomed, *filed)
    )
    roots = {"title": "Browser", "type": "object", "$defs": _with_tuples(found)}
    return msgspec.json.format(msgspec.json.encode(roots))


def _with_tuples(part: Any) -> Any:
    """A schema whose tuples are written as in JSON schema's draft 4, which json2ts reads."""
    if isinstance(part, list):
        return [_with_tuples(each) for each in part]
    if not isinstance(part, dict):
        return part
    if "prefixItems" in part:
        part = {**part, "items": part["prefixItems"], "additionalItems": False}
        del part["prefixItems"]
    return {name: _with_tuples(each) for name, each in part.items()}


if __name__ == "__main__":
    print(schema().decode())
