"""One row an autograd operation: how it is written, its local derivative, its role.

Rows only make the picture nicer: an operation without one is `opaque` and still shows every
number that PyTorch gave. Formulas follow PyTorch's tools/autograd/derivatives.yaml; `source` names
the entry. In a template `<0>`, `<1>` are the operands in autograd's order, `<r>` is the result,
`<n>` how many elements of the operand share one element of the result, and `<1-1>` operand 1 minus
one. `latex` is the partial derivative as a formula, `plain` the factor on the picture's arc.

`at(operands, result)` is the partial at one element, only where the operation works element by
element. It is the one place where the picture computes a number; the tests hold it to autograd.
"""

import math
import re
from collections.abc import Callable
from typing import Final, Literal

import msgspec

Role = Literal["source", "copy", "swap", "scale", "gate", "spread", "move", "mix", "opaque"]
"""source: a leaf; copy: passes a gradient on unchanged (+); swap: multiplies by the other operand
(×); scale: multiplies by its own slope; gate: lets through or blocks; spread: one gradient for many
elements (sum); move: only places change (reshape); mix: many elements for one (matmul); opaque: no
row."""

At = Callable[[tuple[float, ...], float], float]


class Partial(msgspec.Struct, frozen=True):
    """The derivative of the result with respect to one operand."""

    latex: str
    plain: str
    at: At | None = None


class Operation(msgspec.Struct, frozen=True):
    """What is known of one `grad_fn`.

    `symbol` stands in the disc, `code` in an expression where Python writes it differently;
    `binds` says that it is written without spaces.
    """

    grad_fn: str
    role: Role
    symbol: str = ""
    latex: str = ""
    partials: tuple[Partial, ...] = ()
    source: str = ""
    infix: bool = False
    binds: bool = False
    domain: tuple[float, float] = (-3.0, 3.0)
    code: str = ""


OPAQUE: Final = Operation("", "opaque")


def _infix(
    grad_fn: str,
    role: Role,
    symbol: str,
    latex: str,
    *partials: Partial,
    binds: bool = False,
    domain: tuple[float, float] = (-3.0, 3.0),
    source: str,
) -> Operation:
    code = "*" if symbol == "×" else ""
    return Operation(grad_fn, role, symbol, latex, partials, source, True, binds, domain, code)


def _unary(
    grad_fn: str,
    symbol: str,
    latex: str,
    partial: Partial,
    *,
    role: Role = "scale",
    domain: tuple[float, float] = (-3.0, 3.0),
    source: str,
) -> Operation:
    return Operation(grad_fn, role, symbol, latex, (partial,), source, False, False, domain)


def _move(grad_fn: str, symbol: str, source: str, latex: str = "") -> Operation:
    return Operation(grad_fn, "move", symbol, latex, (), source)


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


_ONE: Final = Partial("1", "× 1", lambda x, r: 1.0)
_GATE: Final = Partial(r"[<0> > 0]", "× [<0> > 0]", lambda x, r: float(x[0] > 0))
_POSITIVE: Final = (0.2, 3.0)
_UNIT: Final = (-0.9, 0.9)

ROWS: Final = (
    # Arithmetic
    _infix("Add", "copy", "+", "<0> + <1>", _ONE, _ONE, source="add.Tensor"),
    _infix(
        "Sub",
        "copy",
        "-",
        "<0> - <1>",
        _ONE,
        Partial("-1", "× (−1)", lambda x, r: -1.0),
        source="sub.Tensor",
    ),
    _infix(
        "Rsub",
        "copy",
        "-",
        "<1> - <0>",
        Partial("-1", "× (−1)", lambda x, r: -1.0),
        _ONE,
        source="rsub.Scalar",
    ),
    _infix(
        "Mul",
        "swap",
        "×",
        r"<0> \cdot <1>",
        Partial("<1>", "× <1>", lambda x, r: x[1]),
        Partial("<0>", "× <0>", lambda x, r: x[0]),
        binds=True,
        source="mul.Tensor",
    ),
    _infix(
        "Div",
        "scale",
        "/",
        r"\frac{<0>}{<1>}",
        Partial(r"\frac{1}{<1>}", "÷ <1>", lambda x, r: 1 / x[1]),
        Partial(r"-\frac{<0>}{<1>^{2}}", "× (−<0>/<1>²)", lambda x, r: -x[0] / x[1] ** 2),
        domain=_POSITIVE,
        binds=True,
        source="div.Tensor",
    ),
    _infix(
        "Pow",
        "scale",
        "**",
        "<0>^{<1>}",
        Partial("<1> <0>^{<1-1>}", "× <1><0>^<1-1>", lambda x, r: x[1] * x[0] ** (x[1] - 1)),
        Partial(r"<r> \ln <0>", "× <r>·ln <0>", lambda x, r: r * math.log(x[0])),
        domain=_POSITIVE,
        source="pow.Tensor_Tensor",
    ),
    _unary("Neg", "−", "-<0>", Partial("-1", "× (−1)", lambda x, r: -1.0), source="neg"),
    _unary(
        "Reciprocal",
        "1/",
        r"\frac{1}{<0>}",
        Partial(r"-\frac{1}{<0>^{2}}", "× (−1/<0>²)", lambda x, r: -1 / x[0] ** 2),
        domain=_POSITIVE,
        source="reciprocal",
    ),
    _unary(
        "Square",
        "square",
        "<0>^{2}",
        Partial("2 <0>", "× 2<0>", lambda x, r: 2 * x[0]),
        source="square",
    ),
    _unary(
        "Abs",
        "abs",
        r"\left|<0>\right|",
        Partial(r"\operatorname{sgn} <0>", "× sgn <0>", lambda x, r: math.copysign(1.0, x[0])),
        domain=_POSITIVE,
        source="abs",
    ),
    # Elementary functions
    _unary("Exp", "exp", "e^{<0>}", Partial("<r>", "× <r>", lambda x, r: r), source="exp"),
    _unary(
        "Expm1",
        "expm1",
        "e^{<0>} - 1",
        Partial("<r> + 1", "× (<r> + 1)", lambda x, r: r + 1),
        source="expm1",
    ),
    _unary(
        "Log",
        "log",
        r"\ln <0>",
        Partial(r"\frac{1}{<0>}", "÷ <0>", lambda x, r: 1 / x[0]),
        domain=_POSITIVE,
        source="log",
    ),
    _unary(
        "Log1P",
        "log1p",
        r"\ln (1 + <0>)",
        Partial(r"\frac{1}{1 + <0>}", "÷ (1 + <0>)", lambda x, r: 1 / (1 + x[0])),
        domain=_POSITIVE,
        source="log1p",
    ),
    _unary(
        "Log2",
        "log2",
        r"\log_{2} <0>",
        Partial(r"\frac{1}{<0> \ln 2}", "÷ (<0>·ln 2)", lambda x, r: 1 / (x[0] * math.log(2))),
        domain=_POSITIVE,
        source="log2",
    ),
    _unary(
        "Sqrt",
        "√",
        r"\sqrt{<0>}",
        Partial(r"\frac{1}{2 <r>}", "÷ 2<r>", lambda x, r: 1 / (2 * r)),
        domain=_POSITIVE,
        source="sqrt",
    ),
    _unary(
        "Rsqrt",
        "rsqrt",
        r"\frac{1}{\sqrt{<0>}}",
        Partial(r"-\frac{1}{2} <r>^{3}", "× (−<r>³/2)", lambda x, r: -0.5 * r**3),
        domain=_POSITIVE,
        source="rsqrt",
    ),
    _unary(
        "Sin",
        "sin",
        r"\sin <0>",
        Partial(r"\cos <0>", "× cos <0>", lambda x, r: math.cos(x[0])),
        source="sin",
    ),
    _unary(
        "Cos",
        "cos",
        r"\cos <0>",
        Partial(r"-\sin <0>", "× (−sin <0>)", lambda x, r: -math.sin(x[0])),
        source="cos",
    ),
    _unary(
        "Tan",
        "tan",
        r"\tan <0>",
        Partial("1 + <r>^{2}", "× (1 + <r>²)", lambda x, r: 1 + r * r),
        domain=_UNIT,
        source="tan",
    ),
    _unary(
        "Asin",
        "asin",
        r"\arcsin <0>",
        Partial(
            r"\frac{1}{\sqrt{1 - <0>^{2}}}",
            "÷ √(1 − <0>²)",
            lambda x, r: 1 / math.sqrt(1 - x[0] ** 2),
        ),
        domain=_UNIT,
        source="asin",
    ),
    _unary(
        "Atan",
        "atan",
        r"\arctan <0>",
        Partial(r"\frac{1}{1 + <0>^{2}}", "÷ (1 + <0>²)", lambda x, r: 1 / (1 + x[0] ** 2)),
        source="atan",
    ),
    _unary(
        "Sinh",
        "sinh",
        r"\sinh <0>",
        Partial(r"\cosh <0>", "× cosh <0>", lambda x, r: math.cosh(x[0])),
        source="sinh",
    ),
    _unary(
        "Cosh",
        "cosh",
        r"\cosh <0>",
        Partial(r"\sinh <0>", "× sinh <0>", lambda x, r: math.sinh(x[0])),
        source="cosh",
    ),
    _unary(
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
    _unary(
        "Tanh",
        "tanh",
        r"\tanh <0>",
        Partial("1 - <r>^{2}", "× (1 − <r>²)", lambda x, r: 1 - r * r),
        source="tanh",
    ),
    _unary(
        "Sigmoid",
        "σ",
        r"\sigma(<0>)",
        Partial("<r>(1 - <r>)", "× <r>(1 − <r>)", lambda x, r: r * (1 - r)),
        source="sigmoid",
    ),
    _unary(
        "LogSigmoid",
        "log σ",
        r"\ln \sigma(<0>)",
        Partial(r"1 - \sigma(<0>)", "× (1 − σ(<0>))", lambda x, r: 1 - _sigmoid(x[0])),
        source="log_sigmoid_forward",
    ),
    _unary("Relu", "relu", r"\max(0, <0>)", _GATE, role="gate", source="relu"),
    _unary(
        "LeakyRelu",
        "leaky_relu",
        r"\max(\alpha <0>, <0>)",
        Partial(r"1 \text{ or } \alpha", "× 1 | α"),
        role="gate",
        source="leaky_relu",
    ),
    _unary(
        "Elu",
        "elu",
        r"\operatorname{elu}(<0>)",
        Partial(r"1 \text{ or } <r> + \alpha", "× 1 | <r> + α"),
        source="elu",
    ),
    _unary(
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
    _unary(
        "Gelu",
        "gelu",
        r"<0> \, \Phi(<0>)",
        Partial(r"\Phi(<0>) + <0> \varphi(<0>)", "× gelu′(<0>)"),
        source="gelu",
    ),
    _unary(
        "Softplus",
        "softplus",
        r"\ln(1 + e^{<0>})",
        Partial(r"\sigma(<0>)", "× σ(<0>)", lambda x, r: _sigmoid(x[0])),
        source="softplus",
    ),
    _unary(
        "Clamp",
        "clamp",
        r"\operatorname{clamp}(<0>)",
        Partial("[in range]", "× [in range]"),
        role="gate",
        source="clamp",
    ),
    _unary(
        "Softmax",
        "softmax",
        r"\operatorname{softmax}(<0>)",
        Partial(r"\operatorname{diag}(<r>) - <r> <r>^{\top}", "× (diag <r> − <r><r>ᵀ)"),
        role="mix",
        source="_softmax",
    ),
    _unary(
        "LogSoftmax",
        "log_softmax",
        r"\ln \operatorname{softmax}(<0>)",
        Partial(r"I - \mathbf{1} e^{<r>\top}", "× (I − 1 e^<r>ᵀ)"),
        role="mix",
        source="_log_softmax",
    ),
    # Reductions
    _unary("Sum", "sum", r"\sum <0>", Partial("1", "× 1"), role="spread", source="sum"),
    _unary(
        "Mean",
        "mean",
        r"\frac{1}{<n>} \sum <0>",
        Partial(r"\frac{1}{<n>}", "÷ <n>"),
        role="spread",
        source="mean",
    ),
    _unary(
        "Max",
        "max",
        r"\max <0>",
        Partial(r"[<0> = <r>]", "× [<0> = <r>]"),
        role="gate",
        source="max",
    ),
    _unary(
        "Min",
        "min",
        r"\min <0>",
        Partial(r"[<0> = <r>]", "× [<0> = <r>]"),
        role="gate",
        source="min",
    ),
    _unary(
        "Var",
        "var",
        r"\operatorname{var} <0>",
        Partial(r"\frac{2}{N - 1}(<0> - \overline{<0>})", "× 2(<0> − mean)/(N − 1)"),
        source="var.correction",
    ),
    _unary(
        "Norm",
        "norm",
        r"\lVert <0> \rVert",
        Partial(r"\frac{<0>}{<r>}", "× <0>/<r>"),
        source="norm",
    ),
    _unary(
        "LinalgVectorNorm",
        "norm",
        r"\lVert <0> \rVert",
        Partial(r"\frac{<0>}{<r>}", "× <0>/<r>"),
        source="linalg_vector_norm",
    ),
    # Products of matrices
    _infix(
        "Mm",
        "mix",
        "@",
        "<0> <1>",
        Partial(r"\cdot\, <1>^{\top}", "· <1>ᵀ"),
        Partial(r"<0>^{\top} \cdot", "<0>ᵀ ·"),
        source="mm",
    ),
    _infix(
        "Mv",
        "mix",
        "@",
        "<0> <1>",
        Partial(r"\cdot\, <1>^{\top}", "· <1>ᵀ"),
        Partial(r"<0>^{\top} \cdot", "<0>ᵀ ·"),
        source="mv",
    ),
    _infix(
        "Bmm",
        "mix",
        "@",
        "<0> <1>",
        Partial(r"\cdot\, <1>^{\top}", "· <1>ᵀ"),
        Partial(r"<0>^{\top} \cdot", "<0>ᵀ ·"),
        source="bmm",
    ),
    _infix(
        "Dot",
        "mix",
        "·",
        r"<0>^{\top} <1>",
        Partial("<1>", "× <1>"),
        Partial("<0>", "× <0>"),
        source="dot",
    ),
    Operation(
        "Addmm",
        "mix",
        "linear",
        "<0> + <1> <2>",
        (
            Partial("1", "× 1"),
            Partial(r"\cdot\, <2>^{\top}", "· <2>ᵀ"),
            Partial(r"<1>^{\top} \cdot", "<1>ᵀ ·"),
        ),
        "addmm",
    ),
    Operation("Convolution", "mix", "conv", r"<0> \star <1>", (), "convolution"),
    Operation("Embedding", "move", "embedding", "<0>", (), "embedding"),
    Operation(
        "NativeLayerNorm", "mix", "layer_norm", r"\operatorname{norm}(<0>)", (), "native_layer_norm"
    ),
    Operation(
        "NativeBatchNorm", "mix", "batch_norm", r"\operatorname{norm}(<0>)", (), "native_batch_norm"
    ),
    Operation("NativeDropout", "gate", "dropout", "m <0>", (), "native_dropout"),
    # Losses (mean over <n> elements, PyTorch's default reduction)
    Operation(
        "MseLoss",
        "scale",
        "mse",
        r"\frac{1}{<n>} \sum (<0> - <1>)^{2}",
        (
            Partial(r"\frac{2}{<n>}(<0> - <1>)", "× 2(<0> − <1>)/<n>"),
            Partial(r"\frac{2}{<n>}(<1> - <0>)", "× 2(<1> − <0>)/<n>"),
        ),
        "mse_loss",
    ),
    Operation(
        "L1Loss",
        "scale",
        "l1",
        r"\frac{1}{<n>} \sum \left|<0> - <1>\right|",
        (Partial(r"\frac{1}{<n>} \operatorname{sgn}(<0> - <1>)", "× sgn/<n>"),),
        "l1_loss",
    ),
    Operation("NllLoss", "gate", "nll", r"-\frac{1}{<n>} \sum <0>_{y}", (), "nll_loss_forward"),
    Operation(
        "BinaryCrossEntropy", "scale", "bce", r"\operatorname{bce}(<0>)", (), "binary_cross_entropy"
    ),
    Operation(
        "BinaryCrossEntropyWithLogits",
        "scale",
        "bce",
        r"\operatorname{bce}(\sigma(<0>))",
        (),
        "binary_cross_entropy_with_logits",
    ),
    # Selections
    Operation("Where", "gate", "where", r"\operatorname{where}(<0>, <1>)", (), "where.self"),
    _infix("Maximum", "gate", "max", r"\max(<0>, <1>)", source="maximum"),
    _infix("Minimum", "gate", "min", r"\min(<0>, <1>)", source="minimum"),
    # Moves
    _move("T", "ᵀ", "t", r"<0>^{\top}"),
    _move("Transpose", "ᵀ", "transpose.int", r"<0>^{\top}"),
    _move("Permute", "permute", "permute"),
    _move("View", "view", "view"),
    _move("UnsafeView", "view", "_unsafe_view"),
    _move("ReshapeAlias", "reshape", "_reshape_alias"),
    _move("Unsqueeze", "unsqueeze", "unsqueeze"),
    _move("Squeeze", "squeeze", "squeeze"),
    _move("Select", "[ ]", "select.int"),
    _move("Slice", "[ : ]", "slice.Tensor"),
    _move("Index", "[ ]", "index.Tensor"),
    _move("Gather", "gather", "gather"),
    _move("Cat", "cat", "cat"),
    _move("Stack", "stack", "stack"),
    _move("Split", "split", "split.Tensor"),
    _move("Unbind", "unbind", "unbind.int"),
    _move("Flip", "flip", "flip"),
    Operation("Expand", "spread", "expand", "<0>", (), "expand"),
    _unary(
        "Clone", "clone", "<0>", Partial("1", "× 1", lambda x, r: 1.0), role="copy", source="clone"
    ),
    _unary("ToCopy", "to", "<0>", Partial("1", "× 1"), role="copy", source="_to_copy"),
)

_BY_NAME: Final = {row.grad_fn: row for row in ROWS}
_BACKWARD: Final = re.compile(r"^(.*?)Backward\d*$")


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
}
"""How a call is written whatever autograd made of it: `x @ w` may be Mv, `1 / x` two nodes."""


def row(grad_fn: str | None, op: str | None = None) -> Operation:
    """The row of an operation, `OPAQUE` where there is none."""
    return _BY_NAME.get(base(grad_fn)) or OPAQUE


def notation(grad_fn: str | None, op: str | None = None) -> Operation:
    """The row that says how the program wrote the call: by the call's name, else by `grad_fn`."""
    return _BY_NAME.get(_BY_CALL.get((op or "").strip("_"), "")) or row(grad_fn)


_TOKEN: Final = re.compile(r"<(\d|r|n)(-1)?>")
_SUPERSCRIPT: Final = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def fill(template: str, operands: tuple[str, ...], result: str, elements: int) -> str:
    """A template with labels in place of its tokens; `x^{1}` and `x^1` are simplified to `x`.

    Raises IndexError when the template asks for an operand that is not there.
    """

    def replace(token: re.Match[str]) -> str:
        what, less = token.groups()
        text = result if what == "r" else str(elements) if what == "n" else operands[int(what)]
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
