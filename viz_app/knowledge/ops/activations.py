"""Activations: the nonlinear functions between the layers of a network."""

import math
from typing import Final

from viz_app.knowledge.ops.operation import GATE, Partial, pair, unary


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


def _mish_slope(x: float) -> float:
    t = math.tanh(math.log1p(math.exp(x)))
    return t + x * (1 - t * t) * _sigmoid(x)


ROWS: Final = (
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
        "ClampMin",
        "clamp_min",
        r"\max(<0>, \text{min})",
        Partial(r"[<0> \ge \text{min}]", "× [<0> ≥ min]"),
        role="gate",
        source="clamp_min",
    ),
    unary(
        "ClampMax",
        "clamp_max",
        r"\min(<0>, \text{max})",
        Partial(r"[<0> \le \text{max}]", "× [<0> ≤ max]"),
        role="gate",
        source="clamp_max",
    ),
    unary(
        "Hardtanh",
        "hardtanh",
        r"\operatorname{hardtanh}(<0>)",
        Partial(r"[\text{in range}]", "× [in range]"),
        role="gate",
        source="hardtanh",
    ),
    unary(
        "Hardsigmoid",
        "hardsigmoid",
        r"\min(\max(\frac{<0>}{6} + \frac{1}{2}, 0), 1)",
        Partial(
            r"\frac{1}{6} [-3 < <0> < 3]", "× [|<0>| < 3]/6", lambda x, r: float(-3 < x[0] < 3) / 6
        ),
        role="gate",
        domain=(-4.0, 4.0),
        source="hardsigmoid",
    ),
    unary(
        "Hardswish",
        "hardswish",
        r"<0> \cdot \operatorname{hardsigmoid}(<0>)",
        Partial(
            r"\frac{2 <0> + 3}{6} \text{ between } -3 \text{ and } 3",
            "× (2<0> + 3)/6",
            lambda x, r: 0.0 if x[0] <= -3 else 1.0 if x[0] >= 3 else (2 * x[0] + 3) / 6,
        ),
        domain=(-4.0, 4.0),
        source="hardswish",
    ),
    unary(
        "Celu",
        "celu",
        r"\operatorname{celu}(<0>)",
        Partial(r"1 \text{ or } e^{<0> / \alpha}", "× 1 | exp(<0>/α)"),
        source="celu",
    ),
    unary(
        "Mish",
        "mish",
        r"<0> \tanh(\ln(1 + e^{<0>}))",
        Partial(
            r"t + <0> (1 - t^{2}) \sigma(<0>), \; t = \tanh(\ln(1 + e^{<0>}))",
            "× mish′(<0>)",
            lambda x, r: _mish_slope(x[0]),
        ),
        source="mish",
    ),
    unary(
        "Softshrink",
        "softshrink",
        r"\operatorname{sgn}(<0>) \max(\left|<0>\right| - \lambda, 0)",
        Partial(r"[\left|<0>\right| > \lambda]", "× [|<0>| > λ]"),
        role="gate",
        source="softshrink",
    ),
    unary(
        "Hardshrink",
        "hardshrink",
        r"<0> [\left|<0>\right| > \lambda]",
        Partial(r"[\left|<0>\right| > \lambda]", "× [|<0>| > λ]"),
        role="gate",
        source="hardshrink",
    ),
    unary(
        "Threshold",
        "threshold",
        r"<0> \text{ if } <0> > t \text{ else } v",
        Partial(r"[<0> > t]", "× [<0> > t]"),
        role="gate",
        source="threshold",
    ),
    pair(
        "PreluKernel",
        "prelu",
        r"\max(0, <0>) + <1> \min(0, <0>)",
        Partial(r"1 \text{ or } <1>", "× 1 | <1>", lambda x, r: 1.0 if x[0] > 0 else x[1]),
        Partial(r"\min(0, <0>)", "× min(0, <0>)", lambda x, r: min(0.0, x[0])),
        role="gate",
        source="_prelu_kernel",
    ),
    unary(
        "RreluWithNoise",
        "rrelu",
        r"\max(a <0>, <0>), \; a \text{ random}",
        Partial(r"1 \text{ or } a", "× 1 | a"),
        role="gate",
        source="rrelu_with_noise",
    ),
    unary(
        "Glu",
        "glu",
        r"a \, \sigma(b), \; (a, b) = <0>",
        Partial(r"\left(\sigma(b), \; a \, \sigma(b)(1 - \sigma(b))\right)", "× (σ(b), a·σ′(b))"),
        role="mix",
        source="glu",
    ),
    pair(
        "MaskedFill",
        "masked_fill",
        r"<0> \text{ where not mask}",
        Partial(r"[\text{not mask}]", "× [not mask]"),
        role="gate",
        source="masked_fill.Scalar",
    ),
    unary(
        "NativeDropout",
        "dropout",
        "m <0>",
        Partial("m", "× m"),
        role="gate",
        source="native_dropout",
    ),
)
