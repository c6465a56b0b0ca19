"""A change of an input or an operation -> new program text, as a person would write it.

Pure functions of text. Each returns an `Edit`: the old and the new text of a span. Brackets are
added only where the text would otherwise mean something else, which is found out by parsing it: two
texts mean the same if Python parses them to the same tree. Positions are counted as in `Span`, in
characters; an operation that can't be made from the present text is a ValueError.

`numbers.py` changes numbers, lists, seeds and switches, `operations.py` operations, `layers.py` the
layers of a network; `writing.py` inserts the new text.
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
