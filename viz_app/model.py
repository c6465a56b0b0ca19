"""The project's nouns: frozen values that the rooms pass to each other.

A text becomes a `Trace` (the events of autograd), a `Trace` becomes `Frame`s (the steps of the
picture). Nothing here computes or holds a tensor. The structs are sent as msgpack between the child
that runs a program and the page; msgspec checks them on arrival, as the child is not trusted. None
can refer back to itself, so the garbage collector skips them (`gc=False`): it would walk a long
trace's 200,000 again and again.
"""

from typing import Literal

import msgspec

from viz_app.arrays import Array as Array
from viz_app.arrays import Number as Number
from viz_app.arrays import Span as Span
from viz_app.measured import Check, Curve


class Name(msgspec.Struct, frozen=True, gc=False):
    """A name that the program gave to an output of a node; a node can get several over time."""

    text: str
    output: int = 0


class Scope(msgspec.Struct, frozen=True, gc=False):
    """One frame around a call: a module ("net.fc1"), a function ("step") or a loop ("for x in xs").

    `ordinal` counts from 1: the loop iteration, or the n-th call of the function or module. `line`
    is that of a loop's head, which several loops may write alike; 0 for the others.
    """

    kind: Literal["module", "function", "loop"]
    name: str
    ordinal: int
    line: int = 0


Kind = Literal["leaf", "parameter", "constant", "op", "hidden"]

Plain = bool | int | float | str | tuple[int | float | None, ...] | None
"""A setting of a call that is not a tensor: a number, a word, several sizes; None for None."""


class Argument(msgspec.Struct, frozen=True, gc=False):
    """One argument of the call that made a node.

    `name` is its keyword, or its position ("0"; "0.1" is the second of a list). A tensor is its
    (node, output); anything else is `value`, or `unknown` if it is of a kind that is not kept.
    """

    name: str
    value: Plain = None
    tensor: tuple[int, int] | None = None
    unknown: bool = False


class Node(msgspec.Struct, frozen=True, gc=False):
    """A vertex of the computation graph; `id` counts up in creation order.

    leaf: a tensor that requires a gradient and was made by no recorded operation; parameter: such a
    tensor that belongs to a module; constant: an operand no gradient goes to (a Python number, or a
    tensor without `requires_grad`; `op` then names the operation that made it, if known); op: an
    autograd node whose result Python saw, or, without `grad_fn`, an operation of a program that
    autograd recorded nothing of; hidden: an autograd node inside a call, whose result Python never
    saw.

    `values` has one entry per output (None if never seen); so has `grads`: for a leaf its `.grad`
    at the end, for an op the gradient that reached it in the last backward pass. `inputs` follows
    autograd's `next_functions`: (node, output number), None where no gradient can go. `call` groups
    the nodes of one Python call. `pass_number` is the backward pass that created this node
    (`create_graph`), else None. `replaces` is the node whose value this one overwrote in place (an
    optimiser's update of a leaf). `saved` are the saved tensors that the node kept for backward, in
    autograd's own names. `retains`: `retain_grad()` was called on it. `jacobians` has one entry per
    slot, shaped (elements of all outputs, elements of the input), for a small node. `settings` are
    the values other than tensors that the node kept for backward, in autograd's own names (`alpha`,
    `reduction`, `dim`). `arguments` are those of the Python call, for the node of its result;
    arithmetic keeps none, as its settings suffice. `unrecorded`: a constant computed from something
    that requires a gradient while recording was switched off.
    """

    id: int
    kind: Kind
    op: str | None
    grad_fn: str | None
    names: tuple[Name, ...]
    span: Span | None
    call: int | None
    scope: tuple[Scope, ...]
    pass_number: int | None
    inputs: tuple[tuple[int, int] | None, ...]
    outputs: int
    values: tuple[Array | None, ...]
    grads: tuple[Array | None, ...]
    requires_grad: bool
    saved: tuple[tuple[str, Array], ...] = ()
    replaces: int | None = None
    module: str | None = None
    jacobians: tuple[Array | None, ...] = ()
    retains: bool = False
    settings: tuple[tuple[str, Plain], ...] = ()
    arguments: tuple[Argument, ...] = ()
    unrecorded: bool = False


class Edge(msgspec.Struct, frozen=True, gc=False):
    """Output `output` of node `source` feeds node `target`.

    `slot` is the index in the target's `next_functions`, along which a gradient flows back; None
    for a constant operand, along which none does. `position` is the operand's index among the
    call's arguments, from 0, if Python saw it. An edge's `id` is its index in `Trace.edges`.
    """

    id: int
    source: int
    output: int
    target: int
    slot: int | None
    position: int | None


class Send(msgspec.Struct, frozen=True, gc=False):
    """The gradient that one backward step sent along one edge: a term of the edge source's
    gradient."""

    edge: int
    grad: Array | None


class Step(msgspec.Struct, frozen=True, gc=False):
    """One node run by the engine: `upstream` arrived (one entry per output), `sends` left.

    `pass_number` counts the program's backward calls from 1, `order` the steps within a pass from
    1. `grad_fn` is "AccumulateGrad" if the gradient reached a leaf; `accumulated` is then the
    leaf's `.grad` after it was added, and `before` the one before (None for None). `hooked`: a hook
    of the user's own changed the gradient, so sums need not match.
    """

    pass_number: int
    order: int
    node: int
    grad_fn: str
    upstream: tuple[Array | None, ...]
    sends: tuple[Send, ...]
    hooked: bool = False
    before: Array | None = None
    accumulated: Array | None = None


class Stopped(msgspec.Struct, frozen=True, gc=False):
    """Node `node`, whose backward raised or was refused, once `upstream` had arrived (one entry per
    output). `type` and `message` are the error's. `refused`: it ran, as the pass's last step, and
    anomaly detection found a nan in the gradients it sent."""

    node: int
    upstream: tuple[Array | None, ...]
    type: str
    message: str
    refused: bool = False


class Pass(msgspec.Struct, frozen=True, gc=False):
    """One backward call of the program: `Tensor.backward`, `autograd.backward` or `autograd.grad`.

    `nodes_before` is the number of the trace's nodes when it began, so that forward and backward
    can be shown in their order. `roots` are the (node, output) it started at. `keeps`: it freed no
    saved tensors (`retain_graph` or `create_graph`). `stopped`: an error ended it at this node.
    `refused`: it could not begin at this node, which requires no gradient.
    """

    number: int
    kind: Literal["backward", "grad"]
    span: Span | None
    nodes_before: int
    roots: tuple[tuple[int, int], ...]
    keeps: bool = False
    stopped: Stopped | None = None
    refused: int | None = None


class Write(msgspec.Struct, frozen=True, gc=False):
    """A change of the leaves' `.grad` by the program itself: `zero_grad`, `p.grad = None`, ...

    `before` and `after` have one entry per leaf of `nodes`, None for None. It came after
    `passes_before` backward calls and `nodes_before` of the trace's nodes.
    """

    span: Span | None
    passes_before: int
    nodes_before: int
    nodes: tuple[int, ...]
    before: tuple[Array | None, ...]
    after: tuple[Array | None, ...]


class Variable(msgspec.Struct, frozen=True, gc=False):
    """A tensor bound to a top-level name at the end; `grad` is its `.grad` (None for None).

    `node` is its place in the graph (node, output), None if it took no part.
    """

    name: str
    value: Array
    requires_grad: bool
    is_leaf: bool
    grad_fn: str | None
    grad: Array | None
    node: tuple[int, int] | None


class Echo(msgspec.Struct, frozen=True, gc=False):
    """A notebook's output for a bare expression, after `offset` printed characters.

    `offset` counts characters of `Trace.stdout`, so that prints and echoes can be interleaved.
    """

    line: int
    text: str
    offset: int


class StderrText(msgspec.Struct, frozen=True, gc=False):
    """Text written to stderr (warnings, logs, tracebacks), after `offset` characters of
    `Trace.stdout` and `echoes` echoes."""

    text: str
    offset: int
    echoes: int


class Failure(msgspec.Struct, frozen=True, gc=False):
    """The reason why a program did not parse or did not end; no prose of ours in it.

    `code` picks the sentence in assets/text ("error.<code>"): "exception" for the program's own
    uncaught exception, "syntax", or the limit or accident that ended it. `type` and `message` are
    Python's and PyTorch's own words (`message` may be empty). `hint` picks "hint.<hint>", the plain
    sentence for a common mistake. `params` fill the placeholders of both. `forward_line` is the
    line that made the node whose backward failed.
    """

    code: str
    type: str
    message: str
    span: Span
    hint: str | None = None
    params: dict[str, str | int | float] = {}
    forward_line: int | None = None


class Marks(msgspec.Struct, frozen=True, gc=False):
    """One entry per backward pass of a run, kept or not: its root's value, the norm of the
    gradients that it left in the leaves it reached (or returned), the line that called it, and the
    line of the loop around that, 0 for none.

    None: there is no such number, or it can't be computed.
    """

    values: tuple[float | None, ...] = ()
    norms: tuple[float | None, ...] = ()
    lines: tuple[int, ...] = ()
    loops: tuple[int, ...] = ()


class Truncation(msgspec.Struct, frozen=True, gc=False):
    """A long program was shortened: these passes are whole, the others only counted.

    `differs`: the program was run again to record them, and gave other numbers than at first.
    """

    reason: str
    passes_kept: tuple[int, ...]
    passes: int
    differs: bool = False


class Input(msgspec.Struct, frozen=True, gc=False):
    """A literal that feeds `nodes`.

    flag: its span is ", requires_grad=True", or its empty place; size: an integer argument; random:
    the sizes of a random draw; bool: True or False.
    """

    kind: Literal["number", "vector", "matrix", "size", "random", "seed", "flag", "bool"]
    span: Span
    name: str
    value: Array
    nodes: tuple[int, ...]


class Call(msgspec.Struct, frozen=True, gc=False):
    """An operation as written, by operator or name, and the nodes made by it (or by the layer it
    made).

    augmented: a statement, `y *= 3`.
    """

    form: Literal["infix", "prefix", "augmented", "method", "function", "layer"]
    op: str
    span: Span
    operands: tuple[Span, ...]
    nodes: tuple[int, ...]


class Tried(msgspec.Struct, frozen=True, gc=False):
    """A trial of a program with one operation changed.

    `shapes` are those of the operation's results, empty if it failed; `error` is the failure that
    stopped the program, there or later, None if there was none.
    """

    shapes: tuple[tuple[int, ...], ...]
    error: Failure | None


VERSION = 1
"""Version of the Trace; grows when the meaning of a field changes."""


class Trace(msgspec.Struct, frozen=True, gc=False):
    """The complete record of one run of a program. Same program, same bytes.

    `measurable` are the leaves with which the forward part can be run again, `unchecked` is the
    reason if it can't.
    """

    version: int
    source: str
    stdout: str
    echo: tuple[Echo, ...]
    error: Failure | None
    truncated: Truncation | None
    variables: tuple[Variable, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    passes: tuple[Pass, ...]
    steps: tuple[Step, ...]
    inputs: tuple[Input, ...] = ()
    calls: tuple[Call, ...] = ()
    checks: tuple[Check, ...] = ()
    curves: tuple[Curve, ...] = ()
    unchecked: str | None = None
    writes: tuple[Write, ...] = ()
    measurable: tuple[int | None, ...] = ()
    stderr: tuple[StderrText, ...] = ()
    marks: Marks = Marks()
    left_out: int = 0
    """Calls and steps that the recorder could not describe; the program went on without them."""

    @classmethod
    def empty(cls, source: str, error: Failure | None) -> "Trace":
        """The trace of a program of which only the failure is known."""
        return cls(
            version=VERSION, source=source, stdout="", echo=(), error=error, truncated=None,
            variables=(), nodes=(), edges=(), passes=(), steps=(),
        )  # fmt: skip


Tone = Literal["plain", "name", "value", "gradient", "leaf", "muted"]
"""The subject of a word; it decides the colour everywhere (captions, formulas, tables)."""


class Word(msgspec.Struct, frozen=True, gc=False, tag="word"):
    """A name or a number inside a sentence.

    An autograd node's name also has `plain` words: the operation as the program writes it. The page
    shows these unless PyTorch's names are switched on.
    """

    text: str
    tone: Tone = "plain"
    plain: "str | Message" = ""


class Message(msgspec.Struct, frozen=True, gc=False, tag="message"):
    """A sentence without a language: a catalogue key and the values of its placeholders.

    A parameter that is a tuple is a list of things; each language joins it in its own way.
    """

    key: str
    params: dict[str, "Word | Message | tuple[Word | Message, ...]"] = {}


class FormulaPart(msgspec.Struct, frozen=True, gc=False):
    """A part of a formula in LaTeX and in plain text, with its colour; without any LaTeX, a new
    line. Without plain text, the LaTeX is used for both."""

    latex: str
    tone: Tone = "plain"
    plain: str = ""


MOST_TERMS = 24
"""Maximum number of terms of a sum kept one by one; a sum of thousands would be kept thousands of
times."""


class Change(msgspec.Struct, frozen=True, gc=False):
    """A frame's change on the card of one tensor (output `output` of node `node`).

    `terms` are the gradients that have arrived so far, at most the first `MOST_TERMS`, `arrived`
    their number, `awaited` the number that the pass will send in all; `total` is their sum once the
    engine read it, and for a leaf the content of `.grad`. `emptied`: the program set it to None.
    """

    node: int
    output: int
    terms: tuple[Array | None, ...] = ()
    arrived: int = 0
    awaited: int = 0
    total: Array | None = None
    before: Array | None = None
    emptied: bool = False


Phase = Literal[
    "forward", "repeat", "backward", "sum", "accumulate", "update", "write", "stopped", "refused"
]  # fmt: skip
"""write: the program itself writes to `.grad`, which mostly clears it.

repeat and sum are the broadcasting before a forward and after a backward step; neither is a step of
the engine. stopped: an error ended the backward pass here. refused: no backward pass could begin
here.
"""

BACKWARD = ("backward", "sum", "accumulate", "stopped", "refused")
"""The phases of a backward pass."""


class Sequel(msgspec.Struct, frozen=True, gc=False):
    """The sentence and the formula of something that follows a step without being one itself."""

    message: Message
    formula: tuple[FormulaPart, ...]


class Frame(msgspec.Struct, frozen=True, gc=False):
    """One step of the picture: only the changes.

    `nodes` are the trace's nodes the step is about, `edges` the trace's edges it travels (forward
    into the nodes, backward out of them). `step` is the index in `Trace.steps`. `starts`: a new
    backward pass begins, and the arcs and gradients of the pass before are removed, except those
    that leaves keep in `.grad`. `sequel`: at the last step, the update of leaves that follows it.
    """

    index: int
    phase: Phase
    nodes: tuple[int, ...]
    edges: tuple[int, ...]
    span: Span | None
    message: Message
    formula: tuple[FormulaPart, ...]
    changes: tuple[Change, ...] = ()
    step: int | None = None
    pass_number: int | None = None
    starts: bool = False
    sequel: Sequel | None = None


class Group(msgspec.Struct, frozen=True, gc=False):
    r"""A part of the program that can be folded into one box.

    `kind`: module, function, loop, iteration (of a loop), iterations (several of a loop), update
    (an optimiser's step), idle (parameters that are never used), sources (many leaves and
    constants), results (of one call), stretch (of a long list). `operations` counts its calls,
    `inside` the boxes that unfolding shows at once, `span` the iterations from the first to the
    last of `iterations`, recorded or not.
    """

    id: str
    kind: str
    name: str
    parent: str | None
    operations: int
    inside: int
    span: int = 0


class Vertex(msgspec.Struct, frozen=True, gc=False):
    """A box of the picture: a tensor's card, an operation's disc or a folded group.

    A card shows output `output` of `nodes[0]`; a disc represents one Python call, whose autograd
    nodes are `nodes`; a group all `nodes` in it. Places are in pixels at scale 1, the origin at the
    top left; `x`, `y` is the body's centre, `width` and `height` its room.
    """

    index: int
    kind: Literal["card", "disc", "group"]
    nodes: tuple[int, ...]
    output: int
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0
    group: str | None = None


class Link(msgspec.Struct, frozen=True, gc=False):
    """A line of the picture; `route` is a polyline in the direction of the forward run.

    `edges` are the trace's edges it draws; `edge` is the single one, if there is only one. A `stub`
    is drawn at its target only, as a connector from its source as a small card; one that `bends`
    leads from one row of the picture to another; a "cut" is where `detach` or `no_grad` made a
    constant.
    """

    index: int
    kind: Literal["operand", "result", "replaces", "cut"]
    source: int
    target: int
    edge: int | None
    edges: tuple[int, ...] = ()
    route: tuple[tuple[float, float], ...] = ()
    stub: bool = False
    bends: bool = False

    @property
    def connector(self) -> bool:
        """True for a line that begins at a small card of its source instead of the source."""
        return self.stub and len(self.route) > 2
