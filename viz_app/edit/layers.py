"""Changes of layers where they are made: `nn.ReLU()` -> `nn.Tanh()`, one more, or one less.

A `Call` of the form "layer" is the call that makes a layer; the layer is used elsewhere. The new
one is written like the old one: `nn.Tanh()` for `nn.ReLU()`, `torch.nn.Tanh()` for
`torch.nn.ReLU()`, and the latter also where only the old one's name was imported.
"""

import ast
import re
from collections.abc import Iterator
from typing import Literal

from viz_app import notebook
from viz_app.edit.writing import Edit, Text, offsets, put
from viz_app.model import Call

ACTIVATIONS = tuple("ReLU Tanh Sigmoid GELU SiLU LeakyReLU ELU Softplus".split())
"""torch's names of layers that work element by element on one tensor, made without arguments."""

LOSSES = tuple("MSELoss L1Loss SmoothL1Loss HuberLoss BCEWithLogitsLoss".split())
"""Layers that compare a prediction with its target; their arguments are the same."""

NOTHING = "Identity"
"""The layer that replaces a removed one: the others keep their places and their parameters'
names."""

_NAME = re.compile(r"((?:\w+\s*\.\s*)*)(\w+)\s*\(")

LayerKind = Literal["change", "step", "remove"]


def kinds(call: Call) -> Iterator[tuple[LayerKind, str]]:
    """The possible changes of a layer, each with the layer it leads to."""
    for family in (ACTIVATIONS, LOSSES):
        if call.op in family:
            yield from (("change", to) for to in family if to != call.op)
    if call.op not in LOSSES:
        yield "remove", NOTHING
        yield from (("step", to) for to in ACTIVATIONS)


def make(source: str, call: Call, kind: str, to: str) -> Edit:
    """One of `kinds` as an edit. ValueError for anything else."""
    if (kind, to) not in set(kinds(call)):
        raise ValueError("no such layer")
    start, end = offsets(source, call.span)
    text = source[start:end]
    name = _NAME.match(text)
    if name is None or name[2] != call.op:
        raise ValueError("not made by its name")
    made = f"{name[1] or 'torch.nn.'}{to}"
    if kind == "change" and to in LOSSES:
        return put(source, start, end, made + text[name.end(2) :], "operation")
    if kind != "step":
        return put(source, start, end, f"{made}()", "operation" if kind == "change" else "remove")
    if _in_sequence(source, start, end):
        return put(source, start, end, f"{text}, {made}()", "step")
    whole = f"{name[1] or 'torch.nn.'}Sequential({text}, {made}())"
    return put(source, start, end, whole, "step")


def _in_sequence(source: str, start: int, end: int) -> bool:
    """True if the layer at a place is an argument of `Sequential(...)`."""
    tree = notebook.parsed(source)
    places = Text(source, 0)
    return any(
        places.place(part) == (start, end)
        for piece in ast.walk(tree)
        if isinstance(piece, ast.Call)
        and (piece.func.attr if isinstance(piece.func, ast.Attribute) else
             piece.func.id if isinstance(piece.func, ast.Name) else "") == "Sequential"
        for part in piece.args
    )  # fmt: skip
