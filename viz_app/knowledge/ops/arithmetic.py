"""Sums, products and powers."""

import math
from typing import Final

from viz_app.knowledge.ops.operation import ONE, POSITIVE, Operation, Partial, infix, unary

ROWS: Final = (
    # Arithmetic
    infix("Add", "copy", "+", "<0> + <1>", ONE, ONE, source="add.Tensor"),
    infix(
        "Sub",
        "scale",
        "-",
        "<0> - <1>",
        ONE,
        Partial("-1", "× (−1)", lambda x, r: -1.0),
        source="sub.Tensor",
    ),
    infix(
        "Rsub",
        "scale",
        "-",
        "<1> - <0>",
        Partial("-1", "× (−1)", lambda x, r: -1.0),
        ONE,
        source="rsub.Scalar",
    ),
    infix(
        "Mul",
        "swap",
        "×",
        r"<0> \cdot <1>",
        Partial("<1>", "× <1>", lambda x, r: x[1]),
        Partial("<0>", "× <0>", lambda x, r: x[0]),
        binds=True,
        source="mul.Tensor",
    ),
    infix(
        "Div",
        "scale",
        "/",
        r"\frac{<0>}{<1>}",
        Partial(r"\frac{1}{<1>}", "÷ <1>", lambda x, r: 1 / x[1]),
        Partial(r"-\frac{<0>}{<1>^{2}}", "× (−<0>/<1>²)", lambda x, r: -x[0] / x[1] ** 2),
        domain=POSITIVE,
        binds=True,
        source="div.Tensor",
    ),
    infix(
        "Pow",
        "scale",
        "**",
        "<0>^{<1>}",
        Partial("<1> <0>^{<1-1>}", "× <1><0>^<1-1>", lambda x, r: x[1] * x[0] ** (x[1] - 1)),
        Partial(r"<r> \ln <0>", "× <r>·ln <0>", lambda x, r: r * math.log(x[0])),
        domain=POSITIVE,
        source="pow.Tensor_Tensor",
    ),
    Operation(
        "Neg",
        "scale",
        "−",
        "-<0>",
        (Partial("-1", "× (−1)", lambda x, r: -1.0),),
        "neg",
        binds=True,
    ),
    unary(
        "Reciprocal",
        "1/",
        r"\frac{1}{<0>}",
        Partial(r"-\frac{1}{<0>^{2}}", "× (−1/<0>²)", lambda x, r: -1 / x[0] ** 2),
        domain=POSITIVE,
        source="reciprocal",
    ),
    unary(
        "Square",
        "square",
        "<0>^{2}",
        Partial("2 <0>", "× 2<0>", lambda x, r: 2 * x[0]),
        source="square",
    ),
    unary(
        "Abs",
        "abs",
        r"\left|<0>\right|",
        Partial(r"\operatorname{sgn} <0>", "× sgn <0>", lambda x, r: math.copysign(1.0, x[0])),
        domain=POSITIVE,
        source="abs",
    ),
)
