"""The recorder's notes while a program runs: mutable, with live tensors.

They never leave the engine: `assemble` turns them into the frozen nouns of `model` at the end.
"""

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import torch

from viz_app.engine.record.values import Held
from viz_app.engine.text.positions import Site
from viz_app.model import Kind

Fn = Any
"""An autograd node as Python sees it (`grad_fn`); its wrapper is its identity while kept alive."""

RawScope = tuple[tuple[str, Any, int], ...]
"""(kind, what, ordinal) from the outside in: a module, or the id of a function or loop."""


OURS = "recorder"
"""The key of our hook among the hooks of an autograd node."""


class Operand(NamedTuple):
    """An argument of a call: the node it came from, the output of that node, its position in the
    call."""

    note: "Note"
    output: int
    position: int


class Note:
    """One node of the future graph.

    `inputs` follows `next_functions`; None: no gradient can go there.

    `source` is the tensor of a leaf or constant; `fn` the autograd node of an operation. `number`
    is a plain Python number's value. `hooks` are those of its autograd node. `arguments` are (name,
    value, is a tensor) of the call; a tensor's value is its index among `operands`. `unrecorded`:
    it was computed while recording was switched off. `made_of` are the operands of a result that
    autograd did not record (`unfollowed.py`). `unseen`: it, or an operation before it, was made
    while the recorder was paused. `ran_in` is the last pass in which the engine ran it.
    """

    # Defaults are class attributes, so that making a note, which happens at every call of the
    # program, sets only what is known then.
    source: "Source | None" = None
    number: bool | int | float | complex | None = None
    inputs: tuple[tuple["Note", int] | None, ...] = ()
    operands: tuple[Operand, ...] = ()
    made_of: tuple[Operand, ...] = ()
    names: tuple[tuple[str, int], ...] = ()
    grads: tuple[tuple[int, Held | None], ...] = ()
    saved: tuple[tuple[str, Held | None], ...] = ()
    jacobians: tuple[Held | None, ...] = ()
    replaces: "Note | None" = None
    hooks: tuple[dict[Any, Any], ...] = ()
    retains: bool = False
    arguments: tuple[tuple[str, Any, bool], ...] = ()
    unrecorded: bool = False
    unseen: bool = False
    ran_in: int = 0

    def __init__(
        self,
        kind: Kind,
        op: str | None,
        fn: Fn = None,
        site: Site | None = None,
        scope: RawScope = (),
        call: int | None = None,
        pass_number: int | None = None,
        grad_fn: str | None = None,
    ) -> None:
        self.kind = kind
        self.op = op
        self.fn = fn
        self.site = site
        self.scope = scope
        self.call = call
        self.pass_number = pass_number
        self.grad_fn = grad_fn
        self.values: dict[int, Held | None] = {}

    def again(self) -> "Note":
        """A new note for the tensor of a dropped note, in case it takes part once more."""
        note = Note(self.kind, None, site=self.site, scope=self.scope)
        note.names = self.names
        return note

    def rename(self, text: str, output: int) -> None:
        """Add a name the program gave to one of the outputs."""
        # A list of tensors that is iterated over and over must not collect names without end.
        if (text, output) not in self.names and len(self.names) < 16:
            self.names = (*self.names, (text, output))


def number_note(value: bool | int | float | complex) -> Note:
    """The constant node of a plain Python number."""
    note = Note("constant", None)
    note.number = value
    return note


@dataclass(slots=True, eq=False)
class Source:
    """A tensor that no recorded operation made: a leaf, a parameter or a constant.

    `note` is its current version: a change in place makes a new one. The tensor is kept alive, so
    that its id stays unique. `epoch` is the time of its last comparison. `unhooked` are its
    AccumulateGrad nodes that still have no hook, `hooks` those of the others.
    """

    tensor: torch.Tensor
    note: Note
    epoch: int
    unhooked: list[Fn] = field(default_factory=list)
    hooked: list[Fn] = field(default_factory=list)
    hooks: tuple[dict[Any, Any], ...] = ()


class Ran(NamedTuple):
    """A node that the engine ran: the gradients it sent (as in `next_functions`) and received,
    tensors or values taken of them.

    For an AccumulateGrad `note` is None, `source` is the leaf, and `before` and `after` are its
    `.grad` before and after.
    """

    note: Note | None
    sent: tuple[Any, ...]
    arrived: tuple[Any, ...]
    source: Source | None = None
    before: Held | None = None
    after: Held | None = None


class Stop(NamedTuple):
    """The node at which an error ended a backward pass, and the gradients that had arrived;
    `refused` as in model."""

    at: "Note | Source"
    arrived: tuple[Held | None, ...]
    error: BaseException
    refused: bool = False


@dataclass(slots=True, eq=False)
class PassNote:
    """One backward call: the steps the engine took, and the nodes made since the call before.

    `roots` are (node, output, initial gradient). The first `forward` of `notes` existed when it
    began; it made the others itself. `keeps`: the saved tensors are not freed. `hooked` are the
    steps at which hooks of the program's changed a gradient, once its large tensors are gone.
    `refused` are the roots of a call none of whose roots requires a gradient.
    `whole`: everything since the call before was recorded, too, and all that the engine ran.
    """

    number: int
    kind: Literal["backward", "grad"]
    site: Site | None
    roots: list[tuple[Note, int, torch.Tensor | None]]
    notes: list[Note]
    forward: int
    ran: list[Ran] = field(default_factory=list)
    keeps: bool = False
    stop: Stop | None = None
    hooked: frozenset[int] | None = None
    refused: tuple["Note | None", ...] = ()
    whole: bool = True
