"""Elementary functions, element by element."""

from typing import Final

from viz_app.knowledge.ops.operation import FRACTION, POSITIVE, UNIT, Row, complex_numbers, row


def _of(
    grad_fn: str,
    equals: str,
    partial: str,
    source: str,
    symbol: str = "",
    domain: tuple[float, float] = (-3.0, 3.0),
) -> Row:
    return row(
        grad_fn, "x=self", equals, partial, symbol=symbol or source, domain=domain, source=source
    )


ROWS: Final[tuple[Row, ...]] = (
    _of("Exp", "exp(x)", "r", "exp"),
    _of("Expm1", "exp(x) - 1", "r + 1", "expm1"),
    _of("Log", "ln(x)", "1/x", "log", domain=POSITIVE),
    _of("Log1P", "ln(1 + x)", "1/(1 + x)", "log1p", domain=POSITIVE),
    _of("Log2", "log2(x)", "1/dot(x, ln(2))", "log2", domain=POSITIVE),
    _of("Log10", "log10(x)", "1/dot(x, ln(10))", "log10", domain=POSITIVE),
    _of("Sqrt", "sqrt(x)", "1/(2*r)", "sqrt", "√", POSITIVE),
    _of("Rsqrt", "1/sqrt(x)", "-r**3/2", "rsqrt", domain=POSITIVE),
    _of("Sin", "sin(x)", "cos(x)", "sin"),
    _of("Cos", "cos(x)", "-sin(x)", "cos"),
    _of("Tan", "tan(x)", "1 + r**2", "tan", domain=UNIT),
    _of("Asin", "asin(x)", "1/sqrt(1 - x**2)", "asin", domain=UNIT),
    _of("Acos", "acos(x)", "-1/sqrt(1 - x**2)", "acos", domain=UNIT),
    _of("Atan", "atan(x)", "1/(1 + x**2)", "atan"),
    _of("Sinh", "sinh(x)", "cosh(x)", "sinh"),
    _of("Cosh", "cosh(x)", "sinh(x)", "cosh"),
    _of("Asinh", "asinh(x)", "1/sqrt(x**2 + 1)", "asinh"),
    _of("Acosh", "acosh(x)", "1/sqrt(x**2 - 1)", "acosh", domain=(1.1, 3.0)),
    _of("Atanh", "atanh(x)", "1/(1 - x**2)", "atanh", domain=UNIT),
    _of("Erf", "erf(x)", "dot(2/sqrt(pi()), exp(-x**2))", "erf"),
    _of("Erfc", "erfc(x)", "-dot(2/sqrt(pi()), exp(-x**2))", "erfc"),
    _of("Erfinv", "erfinv(x)", "dot(sqrt(pi())/2, exp(r**2))", "erfinv", domain=UNIT),
    _of("Exp2", "exp2(x)", "dot(r, ln(2))", "exp2"),
    _of("Sinc", "sinc(x)", "(cos(pi()*x) - r)/x", "sinc", domain=POSITIVE),
    row("Logit", "x=self", "ln(x/(1 - x))", "1/(x*(1 - x))",
        symbol="logit", domain=FRACTION, when={"eps": None}, source="logit"),
    row("Logit", "x=self", "ln(clamp(x, eps, 1 - eps)/(1 - clamp(x, eps, 1 - eps)))",
        "within(eps, x, 1 - eps)/(x*(1 - x))", symbol="logit", domain=FRACTION, source="logit"),
    _of("Lgamma", "lgamma(x)", "digamma(x)", "lgamma", domain=POSITIVE),
    _of("Digamma", "digamma(x)", "trigamma(x)", "digamma", domain=POSITIVE),
    _of("I0", "i0(x)", "i1(x)", "i0"),
    _of("SpecialEntr", "-xlogy(x, x)", "-ln(x) - 1", "special_entr", "entr", POSITIVE),
    _of("Deg2Rad", "pi()/180*x", "pi()/180", "deg2rad"),
    _of("Rad2Deg", "180/pi()*x", "180/pi()", "rad2deg"),
    _of("Sgn", "sgn(x)", "0", "sgn"),
    _of("Sign", "sgn(x)", "0", "sign"),
    _of("Round", "round(x, d=0)", "0", "round"),
    row("RoundBackward1", "x=self", "", "0", symbol="round", source="round.decimals"),
    _of("Floor", "floor(x)", "0", "floor"),
    _of("Ceil", "ceil(x)", "0", "ceil"),
    _of("Trunc", "trunc(x)", "0", "trunc"),
    _of("Frac", "x - trunc(x)", "1", "frac"),
    row("NanToNum", "x=self", "", "finite(x)", symbol="nan_to_num", source="nan_to_num"),
    row("Angle", "x=self", "angle(x)", "turned(x)/abs(x)**2", symbol="angle",
        when={"self": complex_numbers}, source="angle"),
    _of("Angle", "angle(x)", "0", "angle", domain=POSITIVE),
)  # fmt: skip
