"""The tables of operations: how each is written, its result, its derivatives.

`find` chooses a row by the node's name and its settings. Rows only make the picture richer: an
operation without one still shows every number that PyTorch gave, and a row's claims are shown only
where the run's numbers prove them (`picture/words/proof.py`). Formulas follow PyTorch's
tools/autograd/derivatives.yaml; `source` names the entry.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from viz_app.knowledge.ops import (
    activations,
    arithmetic,
    functions,
    losses,
    matrices,
    moves,
    reductions,
    second_order,
)
from viz_app.knowledge.ops.calls import CALLS, CallRow
from viz_app.knowledge.ops.operation import Row, Slot

__all__ = [
    "CALLS",
    "OPAQUE",
    "ROWS",
    "CallRow",
    "Row",
    "Slot",
    "base",
    "find",
    "sign",
    "transposes",
]

OPAQUE: Final = Row("")
"""The row of an operation that no table has: nothing is known of it but its numbers."""
ROWS: Final = (
    *arithmetic.ROWS,
    *functions.ROWS,
    *activations.ROWS,
    *reductions.ROWS,
    *matrices.ROWS,
    *losses.ROWS,
    *moves.ROWS,
    *second_order.ROWS,
)

_BY_NAME: Final[dict[str, list[Row]]] = {}
for _row in ROWS:
    _BY_NAME.setdefault(_row.grad_fn, []).append(_row)
_BACKWARD: Final = re.compile(r"^(.*?)Backward\d*(_copy)?$")
_OWN: Final = re.compile(r"^.*?Backward\d+(_copy)?$")
"""Names of autograd's own nodes; a class of the program that is called Sign makes SignBackward."""


def base(grad_fn: str | None) -> str:
    """`Pow` for `PowBackward0`; the name itself where it doesn't follow that pattern."""
    found = _BACKWARD.match(grad_fn or "")
    return found.group(1) if found else (grad_fn or "")


def _rows(grad_fn: str | None) -> list[Row]:
    named = _BY_NAME.get(grad_fn or "")
    return named or (_BY_NAME.get(base(grad_fn)) if _OWN.match(grad_fn or "") else None) or []


def find(grad_fn: str | None, settings: Mapping[str, Any]) -> Row:
    """The row for a node with these settings (a saved tensor counts as one); else `OPAQUE`."""
    return next((row for row in _rows(grad_fn) if row.fits(settings)), OPAQUE)


_BY_CALL: Final = {
    "add": "Add",
    "sub": "Sub",
    "rsub": "Rsub",
    "mul": "Mul",
    "rmul": "Mul",
    "radd": "Add",
    "div": "Div",
    "truediv": "Div",
    "true_divide": "Div",
    "rtruediv": "Div",
    "rdiv": "Div",
    "pow": "Pow",
    "rpow": "Pow",
    "matmul": "Mm",
    "rmatmul": "Mm",
    "subtract": "Sub",
    "multiply": "Mul",
    "divide": "Div",
    "T": "T",
    "mT": "T",
}
"""The sign of a call, whatever autograd made of it: `x @ w` may be Mv, `1 / x` two nodes."""
_SIGNS: Final = frozenset(("Add", "Sub", "Rsub", "Mul", "Div", "Pow"))
"""Rows whose sign represents only the calls that are written with it."""


def sign(grad_fn: str | None, op: str | None, settings: Mapping[str, Any], several: bool) -> Row:
    """The row whose symbol represents a call; its formulas are `find`'s.

    A call that made `several` nodes is never named after the last of them.
    """
    by_call = _BY_NAME.get(_BY_CALL.get((op or "").strip("_"), ""))
    if several:
        return by_call[0] if by_call else OPAQUE
    found = find(grad_fn, settings)
    if found.grad_fn in _SIGNS:
        return found if by_call or not op else OPAQUE  # dropout multiplies, and is not `*`
    return by_call[0] if by_call and found.infix | (found is OPAQUE) else found


def transposes(grad_fn: str | None) -> bool | None:
    """True if a view of a matrix transposes it; None if it is not a plain view."""
    return moves.TRANSPOSES.get(base(grad_fn))
