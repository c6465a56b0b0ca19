"""A change of an input or an operation -> new program text, as a person would write it.

Pure functions of text. Each gives an `Edit`: what stands at a span, and what will. Brackets are
put only where the text would mean something else without them, which is found out by reading it:
two texts mean the same when Python parses them to the same tree. Places are counted as in `Span`,
in characters; an operation that can't be made from what stands there is a ValueError.

`numbers.py` changes numbers, lists, seeds and switches, `operations.py` operations, `layers.py` the
layers of a network; `writing.py` puts the new text in its place.
"""

from viz_app.edit.numbers import (
    elements,
    number,
    resize,
    roll,
    set_element,
    set_flag,
    set_number,
)
from viz_app.edit.operations import (
    FUNCTIONS,
    INFIX,
    KINDS,
    REDUCTIONS,
    Kind,
    Offer,
    change,
    choices,
    make,
    offers,
    remove,
    step_after,
    swap,
    wrap,
)
from viz_app.edit.writing import Edit, apply, offsets, undo

__all__ = [
    "FUNCTIONS",
    "INFIX",
    "KINDS",
    "REDUCTIONS",
    "Edit",
    "Kind",
    "Offer",
    "apply",
    "change",
    "choices",
    "elements",
    "make",
    "number",
    "offers",
    "offsets",
    "remove",
    "resize",
    "roll",
    "set_element",
    "set_flag",
    "set_number",
    "step_after",
    "swap",
    "undo",
    "wrap",
]
