"""Sums, products and powers."""

from typing import Final

from viz_app.knowledge.ops.operation import POSITIVE, Row, row

_TWO: Final = "x=self y=other"

ROWS: Final[tuple[Row, ...]] = (
    row(
        "Add", _TWO, "x + alpha*y", "1", "alpha",
        symbol="+", infix=True, defaults={"alpha": 1}, source="add.Tensor",
    ),
    row(
        "Sub", _TWO, "x - alpha*y", "1", "-alpha",
        symbol="-", infix=True, defaults={"alpha": 1}, source="sub.Tensor",
    ),
    row(
        "Rsub", _TWO, "y - alpha*x", "-alpha", "1",
        symbol="-", infix=True, defaults={"alpha": 1}, source="rsub.Scalar",
    ),
    row(
        "Mul", _TWO, "dot(x, y)", "y", "x",
        symbol="×", infix=True, binds=True, source="mul.Tensor",
    ),
    row(
        "Div", _TWO, "x/y", "1/y", "-x/y**2",
        symbol="/", infix=True, binds=True, domain=POSITIVE, when={"rounding_mode": None},
        source="div.Tensor",
    ),
    row(
        "Div", _TWO, "floor(x/y)", "0", "0",
        symbol="⌊/⌋", domain=POSITIVE, when={"rounding_mode": "floor"}, source="div.Tensor_mode",
    ),
    row(
        "Div", _TWO, "trunc(x/y)", "0", "0",
        symbol="trunc /", domain=POSITIVE, when={"rounding_mode": "trunc"},
        source="div.Tensor_mode",
    ),
    row(
        "Pow", "x=self y=exponent", "x**y", "y*x**(y - 1)", "dot(r, ln(x))",
        symbol="**", infix=True, domain=POSITIVE, source="pow.Tensor_Tensor",
    ),
    row(
        "PowBackward2", "y=exponent x=self", "x**y", "dot(r, ln(x))",
        symbol="**", infix=True, source="pow.Scalar",
    ),
    row(
        "Remainder", _TWO, "mod(x, y)", "1", "-floor(x/y)",
        symbol="%", infix=True, domain=POSITIVE, source="remainder.Tensor",
    ),
    row(
        "Fmod", _TWO, "fmod(x, y)", "1", "-trunc(x/y)",
        domain=POSITIVE, source="fmod.Tensor",
    ),
    row("Hypot", _TWO, "hypot(x, y)", "x/r", "y/r", source="hypot"),
    row("Atan2", _TWO, "atan2(x, y)", "y/(x**2 + y**2)", "-x/(x**2 + y**2)", source="atan2"),
    row("Logaddexp", _TWO, "logaddexp(x, y)", "exp(x - r)", "exp(y - r)", source="logaddexp"),
    row("Logaddexp2", _TWO, "logaddexp2(x, y)", "exp2(x - r)", "exp2(y - r)", source="logaddexp2"),
    row("Xlogy", _TWO, "xlogy(x, y)", "ln(y)", "x/y", domain=POSITIVE, source="xlogy.Tensor"),
    row(
        "SpecialXlog1Py", _TWO, "xlogy(x, 1 + y)", "ln(1 + y)", "x/(1 + y)",
        symbol="xlog1py", domain=POSITIVE, source="special_xlog1py",
    ),
    row(
        "Lerp", "x=self y=end w=weight", "x + w*(y - x)", "1 - w", "w", "y - x",
        source="lerp.Tensor",
    ),
    row(
        "Addcmul", "x=self a=tensor1 b=tensor2", "x + value*a*b", "1", "value*b", "value*a",
        defaults={"value": 1}, source="addcmul",
    ),
    row(
        "Addcdiv", "x=self a=tensor1 b=tensor2", "x + value*a/b", "1", "value/b", "-value*a/b**2",
        defaults={"value": 1}, domain=POSITIVE, source="addcdiv",
    ),
    row(
        "Copysign", _TWO, "copysign(x, y)", "sgn(x)*copysign(1, y)", "0",
        domain=POSITIVE, source="copysign.Tensor",
    ),
    row(
        "Maximum", _TWO, "max2(x, y)", "(x > y) + (x == y)/2", "(y > x) + (x == y)/2",
        symbol="max", source="maximum",
    ),
    row(
        "Minimum", _TWO, "min2(x, y)", "(x < y) + (x == y)/2", "(y < x) + (x == y)/2",
        symbol="min", source="minimum",
    ),
    row("Fmax", _TWO, "fmax(x, y)", "x >= y", "y > x", source="fmax"),
    row("Fmin", _TWO, "fmin(x, y)", "x <= y", "y < x", source="fmin"),
    row("Neg", "x=self", "-x", "-1", symbol="−", binds=True, source="neg"),
    row("Reciprocal", "x=self", "1/x", "-1/x**2", symbol="1/", code="reciprocal", domain=POSITIVE,
        source="reciprocal"),
    row("Abs", "x=self", "abs(x)", "sgn(x)", domain=POSITIVE, source="abs"),
    row("Square", "x=self", "x**2", "2*x", source="square"),
    row("Real", "x=self", "real(x)", "G", symbol="real", source="real"),
    row("Imag", "x=self", "imag(x)", "turned(G)", symbol="imag", source="imag"),
    row("ViewAsReal", "x=self", "pairs(x)", "unpaired(G)", symbol="view_as_real",
        source="view_as_real"),
    row("ViewAsComplex", "x=self", "unpaired(x)", "pairs(G)", symbol="view_as_complex",
        source="view_as_complex"),
    row("Conj", "x=self", "conj(x)", "conj(G)", symbol="conj", source="_conj"),
    row("ConjPhysical", "x=self", "conj(x)", "conj(G)", symbol="conj", source="conj_physical"),
)  # fmt: skip
