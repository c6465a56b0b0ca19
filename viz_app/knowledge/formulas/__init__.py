"""Formulas that can be written and worked out: trees, and the functions they are made of."""

from viz_app.knowledge.formulas import functions, layers, places
from viz_app.knowledge.formulas.expression import (
    Call,
    Expression,
    Name,
    Num,
    Numbers,
    Text,
    UnboundError,
    bind,
    elementwise,
    evaluate,
    is_upstream,
    latex,
    names,
    parse,
    plain,
    shape_only,
)

__all__ = [
    "Call",
    "Expression",
    "Name",
    "Num",
    "Numbers",
    "Text",
    "UnboundError",
    "bind",
    "elementwise",
    "evaluate",
    "functions",
    "is_upstream",
    "latex",
    "layers",
    "names",
    "parse",
    "places",
    "plain",
    "shape_only",
]
