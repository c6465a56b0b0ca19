"""One row an autograd operation: how it is written, its local derivative, its role.

Rows only make the picture nicer: an operation without one is `opaque` and still shows every
number that PyTorch gave. Formulas follow PyTorch's tools/autograd/derivatives.yaml; `source` names
the entry. In a template `<0>`, `<1>` are the operands in autograd's order, `<r>` is the result,
`<n>` how many elements of the operand share one element of the result, and `<1-1>` operand 1 minus
one. `latex` is the partial derivative as a formula, `plain` the factor on the picture's arc.

`at(operands, result)` is the partial at one element, only where the operation works element by
element. It is the one place where the picture computes a number; the tests hold it to autograd.
"""

import re
from typing import Final

from viz_app.knowledge.ops import (
    activations,
    arithmetic,
    functions,
    losses,
    matrices,
    moves,
    reductions,
)
from viz_app.knowledge.ops.operation import Operation, Partial, Role

__all__ = [
    "OPAQUE",
    "ROWS",
    "Operation",
    "Partial",
    "Role",
    "base",
    "fill",
    "notation",
    "plain",
    "row",
    "turns",
]

OPAQUE: Final = Operation("", "opaque")
ROWS: Final = (
    *arithmetic.ROWS,
    *functions.ROWS,
    *activations.ROWS,
    *reductions.ROWS,
    *matrices.ROWS,
    *losses.ROWS,
    *moves.ROWS,
)

_BY_NAME: Final = {row.grad_fn: row for row in ROWS}
_BACKWARD: Final = re.compile(r"^(.*?)Backward\d*(_copy)?$")


def base(grad_fn: str | None) -> str:
    """`Pow` for `PowBackward0`; the name itself where it doesn't follow that pattern."""
    found = _BACKWARD.match(grad_fn or "")
    return found.group(1) if found else (grad_fn or "")


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
"""How a call is written whatever autograd made of it: `x @ w` may be Mv, `1 / x` two nodes."""


def row(grad_fn: str | None, op: str | None = None) -> Operation:
    """The row of an operation, `OPAQUE` where there is none."""
    return _BY_NAME.get(grad_fn or "") or _BY_NAME.get(base(grad_fn)) or OPAQUE


def notation(grad_fn: str | None, op: str | None = None) -> Operation:
    """The row that says how the program wrote the call: by the call's name, else by `grad_fn`."""
    return _BY_NAME.get(_BY_CALL.get((op or "").strip("_"), "")) or row(grad_fn)


def turns(grad_fn: str | None, op: str | None = None) -> bool | None:
    """Whether a view of a matrix transposes it; None for what is no plain view."""
    return moves.TURNS.get(notation(grad_fn, op).grad_fn)


_TOKEN: Final = re.compile(r"<(\d|r|n)(-1)?>")
_SUPERSCRIPT: Final = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def fill(template: str, operands: tuple[str, ...], result: str, elements: int) -> str:
    """A template with labels in place of its tokens; `x^{1}` and `x^1` are simplified to `x`.

    Raises IndexError when the template asks for an operand that is not there.
    """

    def replace(token: re.Match[str]) -> str:
        what, less = token.groups()
        text = result if what == "r" else str(elements) if what == "n" else operands[int(what)]
        if not text:
            raise IndexError(what)
        if not less:
            return text
        try:
            return f"{float(text) - 1:g}"
        except ValueError:
            return f"{text} - 1"

    filled = _TOKEN.sub(replace, template)
    return filled.replace("^{1}", "")


def plain(template: str, operands: tuple[str, ...], result: str, elements: int) -> str:
    """A plain-text template filled; `b^2` is written `b²`, `b^1` `b`. Raises as `fill` does."""
    filled = fill(template, operands, result, elements)
    filled = re.sub(r"\^1(?![\d.])", "", filled)
    return re.sub(r"\^(-?\d+)(?![\d.])", lambda power: power[1].translate(_SUPERSCRIPT), filled)
