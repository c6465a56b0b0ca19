"""Elementary functions and activations, element by element."""

import math
from typing import Final

from viz_app.knowledge.ops.operation import GATE, POSITIVE, UNIT, Partial, unary


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


ROWS: Final = (
    # Elementary functions
    unary("Exp", "exp", "e^{<0>}", Partial("<r>", "× <r>", lambda x, r: r), source="exp"),
    unary(
        "Expm1",
        "expm1",
        "e^{<0>} - 1",
        Partial("<r> + 1", "× (<r> + 1)", lambda x, r: r + 1),
        source="expm1",
    ),
    unary(
        "Log",
        "log",
        r"\ln <0>",
        Partial(r"\frac{1}{<0>}", "÷ <0>", lambda x, r: 1 / x[0]),
        domain=POSITIVE,
        source="log",
    ),
    unary(
        "Log1P",
        "log1p",
        r"\ln (1 + <0>)",
        Partial(r"\frac{1}{1 + <0>}", "÷ (1 + <0>)", lambda x, r: 1 / (1 + x[0])),
        domain=POSITIVE,
        source="log1p",
    ),
    unary(
        "Log2",
        "log2",
        r"\log_{2} <0>",
        Partial(r"\frac{1}{<0> \ln 2}", "÷ (<0>·ln 2)", lambda x, r: 1 / (x[0] * math.log(2))),
        domain=POSITIVE,
        source="log2",
    ),
    unary(
        "Sqrt",
        "√",
        r"\sqrt{<0>}",
        Partial(r"\frac{1}{2 <r>}", "÷ 2<r>", lambda x, r: 1 / (2 * r)),
        domain=POSITIVE,
        source="sqrt",
    ),
    unary(
        "Rsqrt",
        "rsqrt",
        r"\frac{1}{\sqrt{<0>}}",
        Partial(r"-\frac{1}{2} <r>^{3}", "× (−<r>³/2)", lambda x, r: -0.5 * r**3),
        domain=POSITIVE,
        source="rsqrt",
    ),
    unary(
        "Sin",
        "sin",
        r"\sin <0>",
        Partial(r"\cos <0>", "× cos <0>", lambda x, r: math.cos(x[0])),
        source="sin",
    ),
    unary(
        "Cos",
        "cos",
        r"\cos <0>",
        Partial(r"-\sin <0>", "× (−sin <0>)", lambda x, r: -math.sin(x[0])),
        source="cos",
    ),
    unary(
        "Tan",
        "tan",
        r"\tan <0>",
        Partial("1 + <r>^{2}", "× (1 + <r>²)", lambda x, r: 1 + r * r),
        domain=UNIT,
        source="tan",
    ),
    unary(
        "Asin",
        "asin",
        r"\arcsin <0>",
        Partial(
            r"\frac{1}{\sqrt{1 - <0>^{2}}}",
            "÷ √(1 − <0>²)",
            lambda x, r: 1 / math.sqrt(1 - x[0] ** 2),
        ),
        domain=UNIT,
        source="asin",
    ),
    unary(
        "Atan",
        "atan",
        r"\arctan <0>",
        Partial(r"\frac{1}{1 + <0>^{2}}", "÷ (1 + <0>²)", lambda x, r: 1 / (1 + x[0] ** 2)),
        source="atan",
    ),
    unary(
        "Sinh",
        "sinh",
        r"\sinh <0>",
        Partial(r"\cosh <0>", "× cosh <0>", lambda x, r: math.cosh(x[0])),
        source="sinh",
    ),
    unary(
        "Cosh",
        "cosh",
        r"\cosh <0>",
        Partial(r"\sinh <0>", "× sinh <0>", lambda x, r: math.sinh(x[0])),
        source="cosh",
    ),
    unary(
        "Erf",
        "erf",
        r"\operatorname{erf} <0>",
        Partial(
            r"\frac{2}{\sqrt{\pi}} e^{-<0>^{2}}",
            "× 2/√π·exp(−<0>²)",
            lambda x, r: 2 / math.sqrt(math.pi) * math.exp(-(x[0] ** 2)),
        ),
        source="erf",
    ),
    # Activations
    unary(
        "Tanh",
        "tanh",
        r"\tanh <0>",
        Partial("1 - <r>^{2}", "× (1 − <r>²)", lambda x, r: 1 - r * r),
        source="tanh",
    ),
    unary(
        "Sigmoid",
        "σ",
        r"\sigma(<0>)",
        Partial("<r>(1 - <r>)", "× <r>(1 − <r>)", lambda x, r: r * (1 - r)),
        source="sigmoid",
    ),
    unary(
        "LogSigmoid",
        "log σ",
        r"\ln \sigma(<0>)",
        Partial(r"1 - \sigma(<0>)", "× (1 − σ(<0>))", lambda x, r: 1 - _sigmoid(x[0])),
        source="log_sigmoid_forward",
    ),
    unary("Relu", "relu", r"\max(0, <0>)", GATE, role="gate", source="relu"),
    unary(
        "LeakyRelu",
        "leaky_relu",
        r"\max(\alpha <0>, <0>)",
        Partial(r"1 \text{ or } \alpha", "× 1 | α"),
        role="gate",
        source="leaky_relu",
    ),
    unary(
        "Elu",
        "elu",
        r"\operatorname{elu}(<0>)",
        Partial(r"1 \text{ or } <r> + \alpha", "× 1 | <r> + α"),
        source="elu",
    ),
    unary(
        "Silu",
        "silu",
        r"<0> \, \sigma(<0>)",
        Partial(
            r"\sigma(<0>)\left(1 + <0>(1 - \sigma(<0>))\right)",
            "× silu′(<0>)",
            lambda x, r: _sigmoid(x[0]) * (1 + x[0] * (1 - _sigmoid(x[0]))),
        ),
        source="silu",
    ),
    unary(
        "Gelu",
        "gelu",
        r"<0> \, \Phi(<0>)",
        Partial(r"\Phi(<0>) + <0> \varphi(<0>)", "× gelu′(<0>)"),
        source="gelu",
    ),
    unary(
        "Softplus",
        "softplus",
        r"\ln(1 + e^{<0>})",
        Partial(r"\sigma(<0>)", "× σ(<0>)", lambda x, r: _sigmoid(x[0])),
        source="softplus",
    ),
    unary(
        "Clamp",
        "clamp",
        r"\operatorname{clamp}(<0>)",
        Partial("[in range]", "× [in range]"),
        role="gate",
        source="clamp",
    ),
    unary(
        "Softmax",
        "softmax",
        r"\operatorname{softmax}(<0>)",
        Partial(r"\operatorname{diag}(<r>) - <r> <r>^{\top}", "× (diag <r> − <r><r>ᵀ)"),
        role="mix",
        source="_softmax",
    ),
    unary(
        "LogSoftmax",
        "log_softmax",
        r"\ln \operatorname{softmax}(<0>)",
        Partial(r"I - \mathbf{1} e^{<r>\top}", "× (I − 1 e^<r>ᵀ)"),
        role="mix",
        source="_log_softmax",
    ),
)
