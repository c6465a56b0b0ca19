"""The functions and operators that formulas are made of: numbers, LaTeX and plain text of each.

Arguments are float64 or complex128 numpy arrays; `dim` is a dimension, a tuple of them, or None for
all. Results have the shapes that PyTorch's functions of the same name give without `keepdim`,
except for those whose name says so.
"""

import math
import re
from collections.abc import Callable
from typing import Any, Final

import numpy as np

from viz_app.knowledge.formulas.expression import (
    ATOM,
    FUNCTIONS,
    POWER,
    PRODUCT,
    SIGN,
    SUM,
    Function,
    Numbers,
    Text,
    called,
    within,
)

Dims = Any

# ---- operators ---------------------------------------------------------------------------------


def _sum_text(sign: str) -> Callable[[Text, Text], Text]:
    def write(left: Text, right: Text) -> Text:
        after = within(right, PRODUCT if sign != "+" else SUM)
        if right.text.startswith(("-", "−")):
            after = f"({right.text})"
        return Text(f"{within(left, SUM)} {sign} {after}", SUM)

    return write


def _times_latex(left: Text, right: Text) -> Text:
    one, two = within(left, PRODUCT), within(right, SIGN + 1)
    if right.strength == PRODUCT:
        two = right.text
    number = left.number or re.fullmatch(r"-?\\frac\{\d+\}\{\d+\}", left.text)
    close = (number and not right.number) or two.startswith(("(", r"\left("))
    return Text(f"{one} {two}" if close else rf"{one} \cdot {two}", PRODUCT)


def _called_alike(text: str) -> bool:
    """True if a name ends like a function's: σ(1 − σ) would read as a call."""
    return re.search(r"(?:[σΦφψ]|[^\W\d]{2,})[₀-₉]*$", text) is not None


def _times_plain(left: Text, right: Text) -> Text:
    one, two = within(left, PRODUCT), within(right, SIGN + 1)
    if right.strength == PRODUCT and "/" not in right.text:
        two = right.text
    close = left.number and not right.number and not two[0].isdigit()
    named = left.number or left.text[-1].isalnum()
    if two.startswith("(") and named and "(" not in left.text and not _called_alike(left.text):
        close = True
    return Text(f"{one}{two}" if close else f"{one}·{two}", PRODUCT)


def _fraction(left: Text, right: Text) -> Text:
    if left.text.startswith("-") and left.strength >= SIGN:
        return Text(rf"-\frac{{{left.text[1:]}}}{{{right.text}}}", SIGN)
    return Text(rf"\frac{{{left.text}}}{{{right.text}}}", PRODUCT)


def _slash(left: Text, right: Text) -> Text:
    under = within(right, POWER)
    return Text(f"{within(left, PRODUCT)}/{under}", PRODUCT)


_SUPERSCRIPT: Final = str.maketrans("0123456789−", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def _power_latex(base: Text, exponent: Text) -> Text:
    inner = within(base, ATOM)
    if base.text.startswith(r"\frac"):
        inner = rf"\left({base.text}\right)"
    return Text(f"{inner}^{{{exponent.text}}}", POWER)


def _power_plain(base: Text, exponent: Text) -> Text:
    inner = within(base, ATOM)
    if exponent.number and exponent.text.strip("−").isdigit():
        return Text(inner + exponent.text.translate(_SUPERSCRIPT), POWER)
    return Text(f"{inner}^{within(exponent, ATOM)}", POWER)


def _minus(sign: str) -> Callable[[Text], Text]:
    def write(part: Text) -> Text:
        return Text(f"{sign}{within(part, PRODUCT)}", SIGN)

    return write


def _bracket(latex: str, plain: str) -> tuple[Callable[..., Text], Callable[..., Text]]:
    """Iverson's brackets: [x > 0] is 1 where it holds, else 0."""
    return (
        lambda a, b: Text(f"[{a.text} {latex} {b.text}]"),
        lambda a, b: Text(f"[{a.text} {plain} {b.text}]"),
    )


def _where_latex(test: Text, then: Text, other: Text) -> Text:
    return Text(rf"{then.text} \text{{ if }} {test.text[1:-1]} \text{{ else }} {other.text}", 0)


def _where_plain(test: Text, then: Text, other: Text) -> Text:
    return Text(f"{then.text} if {test.text[1:-1]} else {other.text}", 0)


def _dot(left: Text, right: Text) -> Text:
    return Text(rf"{within(left, PRODUCT)} \cdot {within(right, POWER)}", PRODUCT)


def _dot_plain(left: Text, right: Text) -> Text:
    return Text(f"{within(left, PRODUCT)}·{within(right, POWER)}", PRODUCT)


def _at_latex(left: Text, right: Text) -> Text:
    one, two = within(left, PRODUCT), within(right, PRODUCT + 1)
    return Text(f"{one} {two}", PRODUCT)


def _at_plain(left: Text, right: Text) -> Text:
    return Text(f"{within(left, PRODUCT)} @ {within(right, PRODUCT + 1)}", PRODUCT)


def _float(found: Numbers) -> Numbers:
    return np.asarray(found, dtype=np.float64)


def _add(function: str, evaluate: Any, latex: Any, plain: Any, local: bool = True) -> None:
    FUNCTIONS[function] = Function(evaluate, latex, plain, local)


_add("+", np.add, _sum_text("+"), _sum_text("+"))
_add("-", np.subtract, _sum_text("-"), _sum_text("−"))
_add("*", np.multiply, _times_latex, _times_plain)
_add("dot", np.multiply, _dot, _dot_plain)
_add(
    "each",  # a product of elements among those of matrices
    np.multiply,
    lambda a, b: Text(rf"\left({within(a, PRODUCT)} \odot {within(b, POWER)}\right)"),
    lambda a, b: Text(f"({within(a, PRODUCT)}·{within(b, POWER)})"),
)
_add("/", np.divide, _fraction, _slash)
_add("**", np.power, _power_latex, _power_plain)
_add("neg", np.negative, _minus("-"), _minus("−"))
_add("@", np.matmul, _at_latex, _at_plain, False)
for _sign, _latex, _plain, _test in (
    (">", ">", ">", np.greater),
    ("<", "<", "<", np.less),
    (">=", r"\ge", "≥", np.greater_equal),
    ("<=", r"\le", "≤", np.less_equal),
    ("==", "=", "=", np.equal),
    ("!=", r"\ne", "≠", np.not_equal),
):
    _add(_sign, lambda a, b, test=_test: _float(test(a, b)), *_bracket(_latex, _plain))
_add(
    "attains",  # [|x| = r], where the magnitude of a complex number was rounded
    lambda a, b: _float(np.isclose(a, b, 3e-7, 0.0)),
    *_bracket("=", "="),
)
_add(
    "between",
    lambda low, x, high: _float((low < x) & (x < high)),
    lambda low, x, high: Text(f"[{low.text} < {x.text} < {high.text}]"),
    lambda low, x, high: Text(f"[{low.text} < {x.text} < {high.text}]"),
)
_add(
    "within",
    lambda low, x, high: _float((low <= x) & (x <= high)),
    lambda low, x, high: Text(rf"[{low.text} \le {x.text} \le {high.text}]"),
    lambda low, x, high: Text(f"[{low.text} ≤ {x.text} ≤ {high.text}]"),
)
_add(
    "where",
    lambda test, then, other: np.where(np.asarray(test) != 0, then, other),
    _where_latex,
    _where_plain,
)
_add(
    "mask",
    lambda x: _float(np.asarray(x) != 0),
    lambda x: Text(f"[{x.text}]"),
    lambda x: Text(f"[{x.text}]"),
)
_add(
    "unless",
    lambda x: _float(np.asarray(x) == 0),
    lambda x: Text(rf"[\text{{not }} {x.text}]"),
    lambda x: Text(f"[not {x.text}]"),
)

# ---- functions of one number -------------------------------------------------------------------


def _each(function: Callable[[float], float]) -> Callable[[Numbers], Numbers]:
    def safe(x: float) -> float:
        try:
            return function(float(x))
        except (ValueError, OverflowError, ZeroDivisionError):
            return math.nan

    return np.vectorize(safe, otypes=[np.float64])


def _logaddexp(x: Numbers, y: Numbers) -> Numbers:
    if not np.iscomplexobj(x) and not np.iscomplexobj(y):
        return np.logaddexp(x, y)
    top = np.maximum(np.real(x), np.real(y))
    return top + np.log(np.exp(x - top) + np.exp(y - top))


def _sigma(x: Numbers) -> Numbers:
    if np.iscomplexobj(x):
        return 1 / (1 + np.exp(-x))
    return np.where(x >= 0, 1 / (1 + np.exp(-np.abs(x))), 1 - 1 / (1 + np.exp(-np.abs(x))))


def _digamma(x: float) -> float:
    """ψ by recurrence up to 10 and its asymptotic series there (Abramowitz and Stegun 6.3.18)."""
    if x <= 0:
        if x == int(x):
            return -math.inf if x == 0 else math.nan
        return _digamma(1 - x) - math.pi / math.tan(math.pi * x)
    less = 0.0
    while x < 10:
        less += 1 / x
        x += 1
    y = 1 / (x * x)
    tail = y * (1 / 12 - y * (1 / 120 - y * (1 / 252 - y * (1 / 240 - y / 132))))
    return math.log(x) - 0.5 / x - tail - less


def _trigamma(x: float) -> float:
    """ψ′ by recurrence up to 10 and its asymptotic series there (Abramowitz and Stegun 6.4.12)."""
    if x <= 0:
        return (math.pi / math.sin(math.pi * x)) ** 2 - _trigamma(1 - x)
    more = 0.0
    while x < 10:
        more += 1 / (x * x)
        x += 1
    y = 1 / (x * x)
    tail = y * (1 / 6 - y * (1 / 30 - y * (1 / 42 - y * (1 / 30 - y * 5 / 66))))
    return 1 / x + y / 2 + tail / x + more


def _bessel1(x: float) -> float:
    """I₁ by its power series."""
    term = half = x / 2
    total = term
    for k in range(1, 200):
        term *= half * half / (k * (k + 1))
        total += term
        if abs(term) <= 1e-17 * abs(total):
            break
    return total


def _erfinv(x: float) -> float:
    """erf⁻¹ by Newton's method."""
    if abs(x) >= 1:
        return math.copysign(math.inf, x) if abs(x) == 1 else math.nan
    w = -math.log((1 - x) * (1 + x))
    y = math.copysign(math.sqrt(max(w, 0.0)) * 0.886, x) if w > 1 else x * 0.886
    for _ in range(60):
        step = (math.erf(y) - x) / (2 / math.sqrt(math.pi) * math.exp(-y * y))
        y -= max(-0.5, min(0.5, step))
        if abs(step) < 1e-15:
            break
    return y


def _lgamma(x: float) -> float:
    return math.inf if x <= 0 and x == int(x) else math.lgamma(x)


def _operator(name: str) -> tuple[Callable[[Text], Text], Callable[[Text], Text]]:
    """`sin x` with the space and brackets that a name needs."""

    def latex(x: Text) -> Text:
        inner = x.text if x.strength == ATOM and not x.text.startswith("(") else f"({x.text})"
        return Text(f"{name} {inner}", POWER)

    def plain(x: Text) -> Text:
        word = name.replace(r"\operatorname{", "").strip("\\}")
        return Text(f"{word}({x.text})")

    return latex, plain


def _named(latex: str, plain: str) -> tuple[Callable[..., Text], Callable[..., Text]]:
    """`σ(x)`, `clamp(x, 0, 1)`."""

    def in_latex(*parts: Text) -> Text:
        return Text(f"{latex}({', '.join(part.text for part in parts)})")

    return in_latex, lambda *parts: called(plain, parts)


def _wrapped(before: str, after: str) -> Callable[[Text], Text]:
    return lambda x: Text(f"{before}{x.text}{after}")


def _exp_latex(x: Text) -> Text:
    return Text(f"e^{{{x.text}}}", POWER)


def _ln_plain(x: Text) -> Text:
    return called("ln", (x,))


_UNARY: Final[dict[str, tuple[Any, Any, Any]]] = {
    "exp": (np.exp, _exp_latex, lambda x: called("exp", (x,))),
    "exp2": (np.exp2, lambda x: Text(f"2^{{{x.text}}}", POWER), lambda x: called("exp2", (x,))),
    "ln": (np.log, _operator(r"\ln")[0], _ln_plain),
    "log2": (np.log2, _operator(r"\log_{2}")[0], lambda x: called("log₂", (x,))),
    "log10": (np.log10, _operator(r"\log_{10}")[0], lambda x: called("log₁₀", (x,))),
    "sqrt": (np.sqrt, _wrapped(r"\sqrt{", "}"), _wrapped("√(", ")")),
    "abs": (np.abs, _wrapped(r"\left|", r"\right|"), _wrapped("|", "|")),
    "sin": (np.sin, *_operator(r"\sin")),
    "cos": (np.cos, *_operator(r"\cos")),
    "tan": (np.tan, *_operator(r"\tan")),
    "asin": (np.arcsin, *_operator(r"\arcsin")),
    "acos": (np.arccos, *_operator(r"\arccos")),
    "atan": (np.arctan, *_operator(r"\arctan")),
    "sinh": (np.sinh, *_operator(r"\sinh")),
    "cosh": (np.cosh, *_operator(r"\cosh")),
    "tanh": (np.tanh, *_operator(r"\tanh")),
    "asinh": (np.arcsinh, *_operator(r"\operatorname{arsinh}")),
    "acosh": (np.arccosh, *_operator(r"\operatorname{arcosh}")),
    "atanh": (np.arctanh, *_operator(r"\operatorname{artanh}")),
    "erf": (_each(math.erf), *_operator(r"\operatorname{erf}")),
    "erfc": (_each(math.erfc), *_operator(r"\operatorname{erfc}")),
    "erfinv": (_each(_erfinv), *_named(r"\operatorname{erf}^{-1}", "erf⁻¹")),
    "sigma": (_sigma, *_named(r"\sigma", "σ")),
    "softplus": (
        lambda x: np.logaddexp(0, x),
        lambda x: Text(rf"\ln(1 + e^{{{x.text}}})", POWER),
        lambda x: Text(f"ln(1 + exp({x.text}))"),
    ),
    "Phi": (
        lambda x: 0.5 * (1 + _each(math.erf)(x / math.sqrt(2))),
        *_named(r"\Phi", "Φ"),
    ),
    "phi": (
        lambda x: np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi),
        *_named(r"\varphi", "φ"),
    ),
    "lgamma": (_each(_lgamma), *_named(r"\ln \Gamma", "ln Γ")),
    "digamma": (_each(_digamma), *_named(r"\psi", "ψ")),
    "trigamma": (_each(_trigamma), *_named(r"\psi'", "ψ′")),
    "i0": (np.i0, *_named("I_{0}", "I₀")),
    "i1": (_each(_bessel1), *_named("I_{1}", "I₁")),
    "sgn": (np.sign, *_named(r"\operatorname{sgn}", "sgn")),
    "floor": (np.floor, _wrapped(r"\left\lfloor ", r" \right\rfloor"), _wrapped("⌊", "⌋")),
    "ceil": (np.ceil, _wrapped(r"\left\lceil ", r" \right\rceil"), _wrapped("⌈", "⌉")),
    "trunc": (np.trunc, *_named(r"\operatorname{trunc}", "trunc")),
    "finite": (
        lambda x: _float(np.isfinite(x)),
        lambda x: Text(rf"[\left|{x.text}\right| < \infty]"),
        lambda x: Text(f"[|{x.text}| < inf]"),
    ),
    "number": (
        lambda x: _float(~np.isnan(x)),
        lambda x: Text(rf"[{x.text} \text{{ is not nan}}]"),
        lambda x: Text(f"[{x.text} is not nan]"),
    ),
    "conj": (np.conj, _wrapped(r"\overline{", "}"), lambda x: called("conj", (x,))),
    "real": (np.real, *_named(r"\operatorname{Re}", "Re")),
    "imag": (np.imag, *_named(r"\operatorname{Im}", "Im")),
    "angle": (np.angle, *_named(r"\operatorname{arg}", "arg")),
    "sinc": (
        np.sinc,
        lambda x: Text(rf"\frac{{\sin \pi {within(x, ATOM)}}}{{\pi {within(x, ATOM)}}}", PRODUCT),
        lambda x: called("sinc", (x,)),
    ),
}  # fmt: skip
for _name, (_evaluate, _in_latex, _in_plain) in _UNARY.items():
    _add(_name, _evaluate, _in_latex, _in_plain)


_add("pi", lambda: np.pi, lambda: Text(r"\pi"), lambda: Text("π"))
_add("max2", np.maximum, *_named(r"\max", "max"))
_add("min2", np.minimum, *_named(r"\min", "min"))
_add(
    "clamp",
    lambda x, a, b: np.minimum(np.maximum(x, a), b),
    *_named(r"\operatorname{clamp}", "clamp"),
)
_add(
    "round",
    lambda x, decimals=0: np.round(x, decimals),
    lambda x, decimals=0: Text(rf"\operatorname{{round}}({x.text})"),
    lambda x, decimals=0: Text(f"round({x.text}{f', decimals={decimals}' if decimals else ''})"),
)
_add("copysign", np.copysign, *_named(r"\operatorname{copysign}", "copysign"))
_add(
    "hypot",
    np.hypot,
    lambda a, b: Text(rf"\sqrt{{{within(a, ATOM)}^{{2}} + {within(b, ATOM)}^{{2}}}}"),
    lambda a, b: Text(f"√({within(a, ATOM)}² + {within(b, ATOM)}²)"),
)
_add("atan2", np.arctan2, *_named(r"\operatorname{atan2}", "atan2"))
_add("fmod", np.fmod, *_named(r"\operatorname{fmod}", "fmod"))
_add("mod", lambda a, b: a - b * np.floor(a / b),
     lambda a, b: Text(rf"{within(a, PRODUCT)} \bmod {within(b, POWER)}", PRODUCT),
     lambda a, b: Text(f"{within(a, PRODUCT)} % {within(b, POWER)}", PRODUCT))  # fmt: skip
_add("logaddexp", _logaddexp,
     lambda a, b: Text(rf"\ln(e^{{{a.text}}} + e^{{{b.text}}})", POWER),
     lambda a, b: Text(f"ln(exp({a.text}) + exp({b.text}))"))  # fmt: skip
_add("logaddexp2", np.logaddexp2,
     lambda a, b: Text(rf"\log_{{2}}(2^{{{a.text}}} + 2^{{{b.text}}})", POWER),
     lambda a, b: Text(f"log₂(exp2({a.text}) + exp2({b.text}))"))  # fmt: skip
_add("xlogy", lambda x, y: np.where((x == 0) & ~np.isnan(y), 0.0, x * np.log(y)),
     lambda a, b: Text(rf"{within(a, PRODUCT)} \ln {within(b, ATOM)}", PRODUCT),
     lambda a, b: Text(f"{within(a, PRODUCT)}·ln({b.text})", PRODUCT))  # fmt: skip
_add("fmax", np.fmax, *_named(r"\operatorname{fmax}", "fmax"))
_add("fmin", np.fmin, *_named(r"\operatorname{fmin}", "fmin"))


def _nan_to_num(x: Numbers, nan: float | None, high: float | None, low: float | None) -> Numbers:
    return np.nan_to_num(x, nan=nan or 0.0, posinf=high, neginf=low)


def _nan_to_num_text(name: str) -> Callable[..., Text]:
    def write(x: Text, nan: float | None, high: float | None, low: float | None) -> Text:
        given = (("nan", nan or None), ("posinf", high), ("neginf", low))
        settings = "".join(f", {word}={value:g}" for word, value in given if value is not None)
        return Text(f"{name}({x.text}{settings})")

    return write


_add("nan_to_num", _nan_to_num, _nan_to_num_text(r"\operatorname{nan\_to\_num}"),
     _nan_to_num_text("nan_to_num"))  # fmt: skip
_add("turned", lambda x: 1j * x, lambda x: Text(f"i {within(x, POWER)}", PRODUCT),
     lambda x: Text(f"i·{within(x, POWER)}", PRODUCT))  # fmt: skip

FUNCTIONS["pairs"] = Function(
    lambda x: np.stack([np.real(x), np.imag(x)], -1),
    *_named(r"\operatorname{view\_as\_real}", "view_as_real"),
)
FUNCTIONS["unpaired"] = Function(
    lambda x: np.asarray(x)[..., 0] + 1j * np.asarray(x)[..., 1],
    *_named(r"\operatorname{view\_as\_complex}", "view_as_complex"),
)

# ---- reductions --------------------------------------------------------------------------------


def dims(dim: Dims, rank: int) -> tuple[int, ...] | None:
    """PyTorch's `dim` as numpy's axes: None, () or nothing for all."""
    if dim is None or dim == () or dim == []:
        return None
    if isinstance(dim, int):
        dim = (dim,)
    if rank == 0:
        return None
    return tuple(one % rank for one in dim)


def _reduce(function: Callable[..., Numbers]) -> Callable[..., Numbers]:
    def evaluate(x: Numbers, dim: Dims = None, keep: bool = False) -> Numbers:
        x = np.asarray(x)
        return function(x, axis=dims(dim, x.ndim), keepdims=bool(keep))

    return evaluate


def _over(dim: Dims) -> str:
    """The dimensions of a reduction, written under its sign; empty for all of them."""
    if dim is None or dim == ():
        return ""
    found = dim if isinstance(dim, tuple | list) else (dim,)
    return ", ".join(str(one).replace("-", "−") for one in found)


def _reduced(latex: str, plain: str, close: bool = False) -> tuple[Any, Any]:
    def in_latex(x: Text, dim: Dims = None, keep: bool = False) -> Text:
        over = _over(dim)
        under = rf"_{{\text{{dim }} {over}}}" if over else ""
        inner = f"({x.text})" if close or x.strength < PRODUCT else x.text
        return Text(f"{latex}{under} {inner}", PRODUCT if not close else ATOM)

    def in_plain(x: Text, dim: Dims = None, keep: bool = False) -> Text:
        over = _over(dim)
        return Text(f"{plain}({x.text}{f', dim={over}' if over else ''})")

    return in_latex, in_plain


def _others(x: Numbers, dim: Dims = None) -> Numbers:
    """The product of all other elements along `dim`, for each element."""
    x = np.asarray(x)
    axis = dims(dim, x.ndim)
    flat = x.reshape(-1) if axis is None else np.moveaxis(x, axis[0], -1)
    one = np.ones((*flat.shape[:-1], 1))
    ahead = np.concatenate([one, np.cumprod(flat, -1)[..., :-1]], -1)
    after = np.flip(np.cumprod(np.flip(flat, -1), -1), -1)
    found = ahead * np.concatenate([after[..., 1:], one], -1)
    return found.reshape(x.shape) if axis is None else np.moveaxis(found, -1, axis[0])


def _cumprod_back(g: Numbers, x: Numbers, dim: int) -> Numbers:
    """The gradient of a running product whose elements may be 0: no division."""
    x, g = np.atleast_1d(x), np.atleast_1d(g)
    found = np.zeros(np.shape(g), np.result_type(x, g))
    for place in range(x.shape[dim]):
        left = np.moveaxis(np.array(x), dim, 0)
        left[place] = 1
        total = np.moveaxis(g, dim, 0) * np.cumprod(left, axis=0)
        np.moveaxis(found, dim, 0)[place] = total[place:].sum(0)
    return found


def _norm(x: Numbers, order: Any = 2, dim: Dims = None, keep: bool = False) -> Numbers:
    x = np.abs(np.asarray(x))
    axis = dims(dim, x.ndim)
    order = float(2 if order is None else order)
    if order == math.inf:
        return np.max(x, axis=axis, keepdims=bool(keep))
    if order == -math.inf:
        return np.min(x, axis=axis, keepdims=bool(keep))
    if order == 0:
        return np.sum(x != 0, axis=axis, keepdims=bool(keep)).astype(np.float64)
    total = np.sum(x**order, axis=axis, keepdims=bool(keep))
    return total ** (1 / order)


def _norm_text(bar: str, infinity: str, under: Callable[[str, str], str]) -> Any:
    def write(x: Text, order: Any = 2, over: Dims = None, keep: bool = False) -> Text:
        order = 2 if order is None else order
        p = f"{order:g}".replace("inf", infinity)
        return Text(bar.format(x.text) + under("" if order == 2 else p, _over(over)))

    return write


def _norm_under(order: str, over: str) -> str:
    """The order and the dimensions below a norm in LaTeX, which has one subscript."""
    below = ", ".join(one for one in (order, rf"\text{{dim }} {over}" if over else "") if one)
    return f"_{{{below}}}" if below else ""


def _mean(x: Numbers, dim: Dims = None, keep: bool = False) -> Numbers:
    return np.mean(x, axis=dims(dim, np.ndim(x)), keepdims=bool(keep))


def _var(x: Numbers, dim: Dims = None, correction: Any = 1, keep: bool = False) -> Numbers:
    x = np.asarray(x)
    axis = dims(dim, x.ndim)
    count = x.size if axis is None else math.prod(x.shape[one] for one in axis)
    less = 1.0 if correction is None else float(correction)
    way = np.abs(x - np.mean(x, axis=axis, keepdims=True)) ** 2
    total = np.sum(way, axis=axis, keepdims=bool(keep))
    return total / max(0.0, count - less) if count > less else total * np.nan


def _var_text(name: str) -> tuple[Any, Any]:
    def in_latex(x: Text, dim: Dims = None, correction: Any = 1, keep: bool = False) -> Text:
        over = _over(dim)
        under = rf"_{{\text{{dim }} {over}}}" if over else ""
        return Text(rf"\operatorname{{{name}}}{under}({x.text})")

    def in_plain(x: Text, dim: Dims = None, correction: Any = 1, keep: bool = False) -> Text:
        over = f", dim={_over(dim)}" if _over(dim) else ""
        less = "" if correction in (1, None) else f", correction={correction:g}"
        return Text(f"{name}({x.text}{over}{less})")

    return in_latex, in_plain


_SIGMA: Final = _reduced(r"\sum", "sum")
FUNCTIONS["count"] = Function(
    lambda x: np.float64(np.size(x)), lambda x: Text("n"), lambda x: Text("n")
)
FUNCTIONS["sum"] = Function(_reduce(np.sum), *_SIGMA)
FUNCTIONS["nansum"] = Function(
    _reduce(np.nansum), *_reduced(r"\operatorname{nansum}", "nansum", True)
)
FUNCTIONS["mean"] = Function(
    _mean, lambda x, dim=None, keep=False: _mean_latex(x, dim), _reduced("", "mean")[1]
)
FUNCTIONS["prod"] = Function(_reduce(np.prod), *_reduced(r"\prod", "prod"))
FUNCTIONS["others"] = Function(
    lambda x, dim=None: _others(x, dim),
    lambda x, dim=None: Text(rf"\prod_{{j \ne i}} {within(x, POWER)}_{{j}}", PRODUCT),
    lambda x, dim=None: Text(f"∏_(j≠i) {within(x, ATOM)}ⱼ", PRODUCT),
)
FUNCTIONS["amax"] = Function(_reduce(np.max), *_reduced(r"\max", "max", True))
FUNCTIONS["amin"] = Function(_reduce(np.min), *_reduced(r"\min", "min", True))
FUNCTIONS["norm"] = Function(
    _norm,
    _norm_text(r"\lVert {} \rVert", r"\infty", _norm_under),
    _norm_text(
        "‖{}‖",
        "∞",
        lambda p, over: (f"_{p}" if p else "") + (f"(dim={over})" if over else ""),
    ),
)


def _median(x: Numbers) -> Numbers:
    """The lower of the two numbers in the middle, as PyTorch takes it; nan if one is nan."""
    flat = np.sort(np.reshape(x, -1))
    return flat[-1] if np.isnan(flat[-1]) else flat[(flat.size - 1) // 2]


def _nanmedian(x: Numbers) -> Numbers:
    flat = np.reshape(x, -1)
    known = flat[~np.isnan(flat)]
    return _median(known if known.size else flat)


FUNCTIONS["median"] = Function(_median, *_named(r"\operatorname{median}", "median"))
FUNCTIONS["nanmedian"] = Function(_nanmedian, *_named(r"\operatorname{nanmedian}", "nanmedian"))


def _wide(x: Numbers, like: Numbers, dim: Dims = None) -> Numbers:
    """A reduced tensor with its lost dimensions, of size 1."""
    x, rank = np.asarray(x), np.ndim(like)
    gone = dims(dim, rank)
    lost = range(rank) if gone is None else gone
    return x if x.ndim == rank else np.expand_dims(x, tuple(lost))


FUNCTIONS["wide"] = Function(
    _wide, lambda x, like, dim=None: x, lambda x, like, dim=None: x, elementwise=False
)
FUNCTIONS["var"] = Function(_var, *_var_text("var"))
FUNCTIONS["std"] = Function(lambda *a: np.sqrt(_var(*a)), *_var_text("std"))


def _mean_latex(x: Text, dim: Dims) -> Text:
    over = _over(dim)
    under = rf"_{{\text{{dim }} {over}}}" if over else ""
    return Text(rf"\operatorname{{mean}}{under}({x.text})")


def _logsumexp(x: Numbers, dim: Dims = None, keep: bool = False) -> Numbers:
    x = np.asarray(x)
    axis = dims(dim, x.ndim)
    top = np.max(np.real(x), axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    total = np.log(np.sum(np.exp(x - top), axis=axis, keepdims=True)) + top
    return total if keep else np.squeeze(total, axis=axis)


def _softmax(x: Numbers, dim: Dims = None) -> Numbers:
    return np.exp(_log_softmax(x, dim))


def _log_softmax(x: Numbers, dim: Dims = None) -> Numbers:
    x = np.asarray(x)
    if x.ndim == 0:
        return np.zeros_like(x)
    return x - _logsumexp(x, dim, True)


def _softmax_text(latex: str, plain: str) -> tuple[Any, Any]:
    return (
        lambda x, dim=None: Text(rf"{latex}({x.text})"),
        lambda x, dim=None: Text(f"{plain}({x.text})"),
    )


FUNCTIONS["logsumexp"] = Function(
    _logsumexp,
    lambda x, dim=None, keep=False: Text(rf"\ln \sum e^{{{x.text}}}", POWER),
    lambda x, dim=None, keep=False: Text(
        f"ln(sum(exp({x.text}){f', dim={_over(dim)}' if _over(dim) else ''}))"
    ),
)
FUNCTIONS["softmax"] = Function(_softmax, *_softmax_text(r"\operatorname{softmax}", "softmax"))
FUNCTIONS["log_softmax"] = Function(
    _log_softmax, *_softmax_text(r"\ln \operatorname{softmax}", "ln softmax")
)

# ---- running totals ----------------------------------------------------------------------------


def _running(function: Callable[..., Numbers]) -> Callable[..., Numbers]:
    return lambda x, dim: function(np.atleast_1d(x), axis=dim).reshape(np.shape(x))


def _reversed(x: Numbers, dim: int) -> Numbers:
    """Running totals from the end."""
    x = np.atleast_1d(x)
    return np.flip(np.cumsum(np.flip(x, dim), axis=dim), dim)


def _along(latex: str, plain: str) -> tuple[Any, Any]:
    return (
        lambda x, dim=0: Text(rf"{latex}({x.text})"),
        lambda x, dim=0: Text(f"{plain}({x.text}, dim={dim})"),
    )


FUNCTIONS["cumsum"] = Function(_running(np.cumsum), *_along(r"\operatorname{cumsum}", "cumsum"))
FUNCTIONS["cumprod"] = Function(_running(np.cumprod), *_along(r"\operatorname{cumprod}", "cumprod"))
FUNCTIONS["cummax"] = Function(
    _running(np.maximum.accumulate), *_along(r"\operatorname{cummax}", "cummax")
)
FUNCTIONS["cummin"] = Function(
    _running(np.minimum.accumulate), *_along(r"\operatorname{cummin}", "cummin")
)
FUNCTIONS["logcumsumexp"] = Function(
    _running(np.logaddexp.accumulate), *_along(r"\operatorname{logcumsumexp}", "logcumsumexp")
)
FUNCTIONS["cumsum_back"] = Function(
    lambda x, dim: _reversed(x, dim).reshape(np.shape(x)),
    lambda x, dim=0: Text(rf"\sum_{{j \ge i}} {within(x, POWER)}_{{j}}", PRODUCT),
    lambda x, dim=0: Text(f"∑_(j≥i) {within(x, ATOM)}ⱼ (dim {dim})", 0),
)

FUNCTIONS["cumprod_back"] = Function(
    lambda g, x, dim: _cumprod_back(g, x, dim).reshape(np.shape(g)),
    lambda g, x, dim=0: Text(
        rf"\sum_{{j \ge i}} {within(g, POWER)}_{{j}} "
        rf"\prod_{{k \le j, k \ne i}} {within(x, POWER)}_{{k}}",
        PRODUCT,
    ),
    lambda g, x, dim=0: Text(
        f"∑_(j≥i) {within(g, ATOM)}ⱼ·∏_(k≤j, k≠i) {within(x, ATOM)}ₖ (dim {dim})", 0
    ),
)

# ---- matrices ----------------------------------------------------------------------------------


def _transposed(x: Numbers) -> Numbers:
    return np.asarray(x) if np.ndim(x) < 2 else np.swapaxes(x, -1, -2)


def top_latex(x: Text) -> Text:
    if x.text.endswith(r"^{\top}") and x.strength >= POWER:
        return Text(x.text.removesuffix(r"^{\top}"))
    return Text(f"{within(x, ATOM)}" + r"^{\top}", POWER)


def top_plain(x: Text) -> Text:
    if x.text.endswith("ᵀ") and x.strength == ATOM:
        return Text(x.text.removesuffix("ᵀ"))
    return Text(f"{within(x, ATOM)}ᵀ", ATOM)


FUNCTIONS["T"] = Function(_transposed, top_latex, top_plain)
FUNCTIONS["outer"] = Function(
    np.outer,
    lambda a, b: Text(rf"{within(a, PRODUCT)} {within(b, ATOM)}^{{\top}}", PRODUCT),
    lambda a, b: Text(f"{within(a, PRODUCT)} {within(b, ATOM)}ᵀ", PRODUCT),
)
FUNCTIONS["inner"] = Function(
    lambda a, b: np.sum(np.multiply(a, b)),
    lambda a, b: Text(rf"{within(a, ATOM)}^{{\top}} {within(b, PRODUCT + 1)}", PRODUCT),
    lambda a, b: Text(f"{within(a, ATOM)}ᵀ {within(b, PRODUCT + 1)}", PRODUCT),
)
FUNCTIONS["inv"] = Function(
    np.linalg.inv,
    lambda x: Text(f"{within(x, ATOM)}^{{-1}}", POWER),
    lambda x: Text(f"{within(x, ATOM)}⁻¹", POWER),
)
FUNCTIONS["invT"] = Function(
    lambda x: _transposed(np.linalg.inv(x)),
    lambda x: Text(rf"{within(x, ATOM)}^{{-\top}}", POWER),
    lambda x: Text(f"{within(x, ATOM)}⁻ᵀ", POWER),
)
FUNCTIONS["det"] = Function(np.linalg.det, *_named(r"\det", "det"))
FUNCTIONS["logabsdet"] = Function(
    lambda x: np.linalg.slogdet(x)[1],
    lambda x: Text(rf"\ln \left|\det {within(x, ATOM)}\right|", POWER),
    lambda x: Text(f"ln |det({x.text})|", POWER),
)
FUNCTIONS["tr"] = Function(lambda x: np.trace(x), *_named(r"\operatorname{tr}", "tr"))
FUNCTIONS["eye_like"] = Function(
    lambda x: np.broadcast_to(np.eye(*np.shape(x)[-2:]), np.shape(x)),
    lambda x: Text("I"),
    lambda x: Text("I"),
)
FUNCTIONS["cross"] = Function(
    lambda a, b, dim=-1: np.cross(a, b, axis=-1 if dim is None else dim),
    lambda a, b, dim=-1: Text(rf"{within(a, PRODUCT)} \times {within(b, POWER)}", PRODUCT),
    lambda a, b, dim=-1: Text(
        f"cross({a.text}, {b.text}{'' if dim in (-1, None) else f', dim={dim}'})"
    ),
)
