"""Activations: the nonlinear functions between the layers of a network."""

import math
from typing import Any, Final

from viz_app.knowledge.ops.operation import Row, row

_GELU_TANH: Final = "sqrt(2/pi())*(x + 0.044715*x**3)"
_INNER: Final = f"tanh({_GELU_TANH})"


def _of(grad_fn: str, equals: str, partial: str, source: str, **more: Any) -> Row:
    return row(grad_fn, "x=self", equals, partial, **{"symbol": source, "source": source, **more})


def _open(value: object) -> bool:
    """Test for a bound of `clamp` that restricts nothing."""
    return value is None or value in (math.inf, -math.inf)


def _set(value: object) -> bool:
    return not _open(value)


ROWS: Final[tuple[Row, ...]] = (
    _of("Tanh", "tanh(x)", "1 - r**2", "tanh"),
    _of("Sigmoid", "sigma(x)", "r*(1 - r)", "sigmoid", symbol="σ"),
    _of("LogSigmoid", "ln(sigma(x))", "1 - sigma(x)", "log_sigmoid_forward", symbol="log σ"),
    _of("Relu", "max2(0, x)", "x > 0", "relu"),
    _of("LeakyRelu", "x if x > 0 else negative_slope*x", "1 if x > 0 else negative_slope",
        "leaky_relu"),
    row("Elu", "x=self", "x if x > 0 else alpha*(exp(x) - 1)", "1 if x > 0 else alpha*exp(x)",
        symbol="elu", when={"scale": 1, "input_scale": 1}, source="elu"),
    row("Elu", "x=self", "scale*(x if x > 0 else alpha*(exp(input_scale*x) - 1))",
        "scale*(1 if x > 0 else alpha*input_scale*exp(input_scale*x))", symbol="elu",
        source="elu"),
    _of("Celu", "x if x > 0 else alpha*(exp(x/alpha) - 1)", "1 if x > 0 else exp(x/alpha)", "celu"),
    _of("Silu", "x*sigma(x)", "sigma(x)*(1 + x*(1 - sigma(x)))", "silu"),
    _of("Gelu", "x*Phi(x)", "Phi(x) + x*phi(x)", "gelu", when={"approximate": "none"}),
    _of("Gelu", f"x/2*(1 + {_INNER})",
        f"(1 + {_INNER})/2 + x/2*(1 - {_INNER}**2)*sqrt(2/pi())*(1 + 0.134145*x**2)",
        "gelu", when={"approximate": "tanh"}),
    _of("Softplus", "x if beta*x > threshold else softplus(beta*x)/beta",
        "1 if beta*x > threshold else sigma(beta*x)", "softplus",
        when={"threshold": lambda value: value != 20}),
    _of("Softplus", "softplus(x)", "sigma(x)", "softplus", when={"beta": 1}),
    _of("Softplus", "softplus(beta*x)/beta", "sigma(beta*x)", "softplus"),
    _of("Clamp", "clamp(x, min, max)", "within(min, x, max)", "clamp",
        when={"min": _set, "max": _set}),
    _of("Clamp", "max2(x, min)", "x >= min", "clamp", when={"max": _open, "min": _set}),
    _of("Clamp", "min2(x, max)", "x <= max", "clamp", when={"min": _open, "max": _set}),
    row("ClampBackward0", "x=self a=min b=max", "clamp(x, a, b)", "within(a, x, b)", "x < a",
        "x > b", symbol="clamp", source="clamp.Tensor"),
    row("ClampMinBackward1", "x=self a=min", "max2(x, a)", "x >= a", "x < a", symbol="clamp_min",
        source="clamp_min.Tensor"),
    row("ClampMaxBackward1", "x=self a=max", "min2(x, a)", "x <= a", "x > a", symbol="clamp_max",
        source="clamp_max.Tensor"),
    _of("ClampMin", "max2(x, min)", "x >= min", "clamp_min"),
    _of("ClampMax", "min2(x, max)", "x <= max", "clamp_max"),
    _of("Hardtanh", "clamp(x, min_val, max_val)", "between(min_val, x, max_val)", "hardtanh"),
    _of("Hardsigmoid", "clamp(x/6 + 1/2, 0, 1)", "between(-3, x, 3)/6", "hardsigmoid",
        domain=(-4.0, 4.0)),
    _of("Hardswish", "x*clamp(x/6 + 1/2, 0, 1)",
        "between(-3, x, 3)*(2*x + 3)/6 + (x >= 3)", "hardswish", domain=(-4.0, 4.0)),
    _of("Mish", "x*tanh(softplus(x))",
        "tanh(softplus(x)) + x*(1 - tanh(softplus(x))**2)*sigma(x)", "mish"),
    _of("Softshrink", "sgn(x)*max2(abs(x) - lambd, 0)", "abs(x) > lambd", "softshrink"),
    _of("Hardshrink", "x*(abs(x) > lambd)", "abs(x) > lambd", "hardshrink"),
    _of("Threshold", "", "x > threshold", "threshold"),
    row("PreluKernel", "x=self w=weight", "x if x > 0 else w*x", "1 if x > 0 else w",
        "0 if x > 0 else x", symbol="prelu", source="_prelu_kernel"),
    row("RreluWithNoise", "x=self", "x*a", "a", extra="a=noise", symbol="rrelu",
        when={"training": True}, source="rrelu_with_noise"),
    row("RreluWithNoise", "x=self", "x if x > 0 else (lower + upper)/2*x",
        "1 if x > 0 else (lower + upper)/2", symbol="rrelu", when={"training": False},
        source="rrelu_with_noise"),
    row("Glu", "x=self", "first_half(x, d=dim)*sigma(second_half(x, d=dim))",
        "joined(G*sigma(second_half(x, d=dim)), G*first_half(x, d=dim)*sigma(second_half(x, d=dim))"
        "*(1 - sigma(second_half(x, d=dim))), d=dim)", symbol="glu", source="glu"),
    row("MaskedFill", "x=self", "", "unless(m)", "sum(G*mask(m))", extra="m=mask",
        symbol="masked_fill", source="masked_fill.Scalar"),
    row("NativeDropout", "x=input", "mask(m)*x/(1 - p)", "mask(m)/(1 - p)", extra="m=result1",
        symbol="dropout", source="native_dropout"),
)  # fmt: skip
