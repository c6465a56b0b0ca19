"""An independent reader: the plain text of a formula -> numbers.

It knows nothing of the tables and trees that a formula was written from. It parses the text on the
screen by the conventions of the README, evaluates it with torch in float64 or complex128 on the
numbers given for the names, and bounds the error that the omitted digits may cause. `UnreadError`
names what it can't read.
"""

import ast
import itertools
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import torch

Value = torch.Tensor


class UnreadError(Exception):
    """A text that this reader has no rule for."""


_WORDS: Final[dict[str, Callable[..., Value]]] = {
    "exp": torch.exp, "exp2": torch.exp2, "ln": torch.log, "log₂": torch.log2,
    "log₁₀": torch.log10, "√": torch.sqrt, "sin": torch.sin, "cos": torch.cos, "tan": torch.tan,
    "arcsin": torch.asin, "arccos": torch.acos, "arctan": torch.atan, "sinh": torch.sinh,
    "cosh": torch.cosh, "tanh": torch.tanh, "arsinh": torch.asinh, "arcosh": torch.acosh,
    "artanh": torch.atanh, "erf": torch.erf, "erfc": torch.erfc, "erf⁻¹": torch.erfinv,
    "σ": torch.sigmoid, "Φ": torch.special.ndtr, "sgn": torch.sgn, "trunc": torch.trunc,
    "ln Γ": torch.lgamma, "ψ": torch.digamma, "I₀": torch.special.i0, "I₁": torch.special.i1,
    "ψ′": lambda x: torch.special.polygamma(1, x),
    "φ": lambda x: torch.exp(-x * x / 2) / math.sqrt(2 * math.pi),
    "sinc": torch.sinc, "conj": lambda x: torch.conj(x).resolve_conj(), "Re": torch.real,
    "Im": torch.imag, "arg": torch.angle, "det": torch.linalg.det, "tr": torch.trace,
    "inv": torch.linalg.inv, "matrix_exp": torch.linalg.matrix_exp, "cholesky":
    torch.linalg.cholesky, "copysign": torch.copysign, "atan2": torch.atan2, "fmod": torch.fmod,
    "fmax": torch.fmax, "fmin": torch.fmin, "diag": torch.diag_embed,
    "clamp": lambda x, a, b: torch.minimum(torch.maximum(x, a), b),
    "max": torch.maximum, "min": torch.minimum, "view_as_real": torch.view_as_real,
    "view_as_complex": torch.view_as_complex,
    "causal": lambda x: torch.where(torch.ones(x.shape[-2:]).tril() > 0, x, -math.inf),
}  # fmt: skip
_TWO_NAMES: Final = frozenset(("max", "min"))
"""Functions that reduce with one argument and compare with two."""
_REDUCED: Final[dict[str, Callable[..., Value]]] = {
    "sum": torch.sum, "mean": torch.mean, "nansum": torch.nansum, "max": torch.amax,
    "min": torch.amin,
}  # fmt: skip
_ALONG: Final[dict[str, Callable[..., Value]]] = {
    "cumsum": torch.cumsum, "cumprod": torch.cumprod, "logcumsumexp": torch.logcumsumexp,
    "cummax": lambda x, dim: torch.cummax(x, dim)[0],
    "cummin": lambda x, dim: torch.cummin(x, dim)[0],
}  # fmt: skip
_RAISED: Final = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?(?:e[-−]?\d+)?")
_LISTED: Final = re.compile(r"\[(?:[-−\d.e, \[\]]|nan|inf)*\]")
"""Numbers in brackets: a tensor without a name."""
_DIGITS: Final = re.compile(r"\d\.?\d*")
_COMPARED: Final[dict[str, Callable[[Value, Value], Value]]] = {
    "<": torch.lt, ">": torch.gt, "≤": torch.le, "≥": torch.ge, "=": torch.eq, "≠": torch.ne,
}  # fmt: skip


def _whole(array: Value) -> Value:
    if array.is_complex():
        return array.to(torch.complex128)
    return array.to(torch.float64)


def alike(one: Value, two: Value) -> tuple[Value, Value]:
    one, two = _whole(one), _whole(two)
    if one.is_complex() or two.is_complex():
        return one.to(torch.complex128), two.to(torch.complex128)
    return one, two


def _flipped(x: Value) -> Value:
    return x if x.ndim < 2 else x.transpose(-1, -2)


def _product(one: Value, two: Value, upright: bool) -> Value:
    """`a b` with a space: an inner product, an outer one, or one of matrices."""
    one, two = alike(one, two)
    if one.ndim == two.ndim == 1:
        return torch.dot(one, two) if upright else torch.outer(one, two)
    return one @ two


class Read:
    """One text, read from left to right.

    `names` are the numbers of the labels in it, `nudge` the index of one rounded number among those
    of the text, and the direction in which it is moved by half a unit of its last digit. `dim` is
    the dimension of the operation, for functions that are written without it; `definitions` are
    those after the formula: `, z = (x − μ)/σ`.
    """

    def __init__(
        self,
        text: str,
        names: Mapping[str, Value],
        dim: Any = None,
        nudge: tuple[int, int] | None = None,
        places: Mapping[str, Any] = {},
    ) -> None:
        self.text, self.at, self.dim, self.nudge = text, 0, dim, nudge
        self.names, self.places = dict(names), places
        self.labels = sorted(names, key=len, reverse=True)
        self.rounded = 0

    # ---- the text ------------------------------------------------------------------------------

    def value(self) -> Value:
        """The numbers of the whole text."""
        found = self.condition()
        self.spaces()
        if self.at != len(self.text):
            raise UnreadError(self.text[self.at :])
        return found

    def spaces(self) -> None:
        while self.text.startswith(" ", self.at):
            self.at += 1

    def takes(self, sign: str) -> bool:
        """True if the text continues with this sign, after spaces; then it is consumed."""
        start = self.at
        self.spaces()
        if self.text.startswith(sign, self.at):
            self.at += len(sign)
            return True
        self.at = start
        return False

    def must(self, sign: str) -> None:
        if not self.takes(sign):
            raise UnreadError(f"no {sign!r} in {self.text[self.at :]!r}")

    # ---- from weak to strong -------------------------------------------------------------------

    def condition(self) -> Value:
        """`x if x > 0 else 0.1x`"""
        then = self.sum()
        if not self.takes("if "):
            return then
        test = self.compared()
        self.must("else ")
        then, other = alike(then, self.condition())
        return torch.where(test, then, other)

    def compared(self) -> Value:
        """`x > 0`, `−3 < x < 3`, `not m`, `m`"""
        if self.takes("not "):
            return self.sum() == 0
        left = self.sum()
        if self.takes("is not nan"):
            return ~torch.isnan(left)
        held: Value | None = None
        while sign := next((one for one in _COMPARED if self.takes(one)), None):
            right = self.sum()
            holds = _COMPARED[sign](*alike(left, right))
            held = holds if held is None else held & holds
            left = right
        return left != 0 if held is None else held

    def sum(self) -> Value:
        found = self.signed()
        while True:
            start = self.at
            if self.takes("+ "):
                found = torch.add(*alike(found, self.term()))
            elif self.takes("− "):
                found = torch.sub(*alike(found, self.term()))
            else:
                self.at = start
                return found

    def signed(self) -> Value:
        if self.takes("−") or self.takes("-"):
            return -_whole(self.term())
        return self.term()

    def term(self) -> Value:
        left, upright = self.factor()
        while True:
            start = self.at
            if self.takes("·"):
                left = torch.mul(*alike(left, self.minus()))
            elif self.takes("/"):
                left = torch.div(*alike(left, self.minus()))
            elif self.takes("@"):
                right, _ = self.factor()
                one, two = alike(left, right)
                left = torch.outer(one, two) if self._column(one, two, start) else one @ two
            elif self.takes("% "):
                one, two = alike(left, self.factor()[0])
                left = one - two * torch.floor(one / two)
            elif self.starts_factor():
                space = self.text[self.at] == " "
                right, up = self.factor()
                one, two = alike(left, right)
                plain = not space or not one.ndim or not two.ndim
                left = one * two if plain else _product(one, two, upright)
                upright = up
                continue
            else:
                self.at = start
                return left
            upright = False

    def _column(self, one: Value, two: Value, start: int) -> bool:
        """True if `a @ bᵀ` is of two vectors: a column times a row."""
        return one.ndim == two.ndim == 1 and self.text[start : self.at].endswith("ᵀ")

    def minus(self) -> Value:
        if self.takes("−"):
            return -_whole(self.factor()[0])
        return self.factor()[0]

    def starts_factor(self) -> bool:
        """True if the following part multiplies without a sign: 2x, x(1 − x), G wᵀ."""
        rest = self.text[self.at :]
        if not rest.strip() or rest.lstrip()[0] in "),]|‖⌋⌉+−·/@%<>≤≥=≠;⋆∗÷":
            return False
        return not re.match(r" *(if|else|is|over|in|of|to)\b", rest)

    def factor(self) -> tuple[Value, bool]:
        """A part with its powers, and True if it ends in ᵀ."""
        found, upright = self.atom(), False
        while self.at < len(self.text):
            rest = self.text[self.at :]
            if rest.startswith("⁻ᵀ"):
                self.at += 2
                found = _flipped(torch.linalg.inv(_whole(found)))
            elif rest.startswith("⁻¹"):
                self.at += 2
                found = torch.linalg.inv(_whole(found)) if found.ndim > 1 else 1 / _whole(found)
            elif rest[0] == "ᵀ":
                self.at += 1
                found, upright = _flipped(found), True
                continue
            elif rest[0] in _RAISED:
                digits = "".join(itertools.takewhile(_RAISED.__contains__, rest))
                self.at += len(digits)
                power = int("".join("0123456789-"[_RAISED.index(one)] for one in digits))
                found = torch.pow(_whole(found), power)
            elif rest[0] == "^":
                self.at += 1
                exponent = -self.factor()[0] if self.takes("−") else self.atom()
                found = torch.pow(*alike(found, exponent))
            elif rest.startswith("[index]") and "index" in self.places:
                self.at += len("[index]")
                found = found[self.places["index"]]
            elif found.ndim and (pick := re.match(r"\[(i, )?([^\[\]]+)\[i\]\]", rest)):
                self.at += pick.end()
                found = self.picked(found, pick.group(2))
            elif label := next((x for x in self.labels if rest.startswith(f"[{x}]")), None):
                self.at += len(label) + 2
                index = self.names[label]
                places = index.bool() if index.dtype == torch.bool else index.long()
                # A number is a row of one to `index_copy`.
                found = (found if found.ndim else found.reshape(1))[places]
            elif found.ndim and rest[0] == "[":
                found = self.subscript(found)
            else:
                return found, upright
            upright = False
        return found, upright

    def picked(self, x: Value, label: str) -> Value:
        """`x[i, t[i]]`: of each sample the entry of its class; `w[t[i]]` of a vector."""
        target = self.names[label].long()
        ignored = (target < 0) | (target == self.names.get("ignored", torch.tensor(-100.0)))
        safe = target.masked_fill(ignored, 0)
        if x.ndim == 1 and target.ndim:
            return x[safe] * ~ignored
        axis = 0 if x.ndim == 1 else 1
        return x.gather(axis, safe.unsqueeze(axis)).squeeze(axis) * ~ignored

    def subscript(self, x: Value) -> Value:
        """`x[:, 1:3]`, `x[index]`"""
        depth, end = 1, self.at + 1
        while depth and end < len(self.text):
            depth += {"[": 1, "]": -1}.get(self.text[end], 0)
            end += 1
        end -= 1
        inner = self.text[self.at + 1 : end]
        places: list[Any] = []
        for one in inner.split(","):
            one = one.strip().replace("−", "-")
            if one == "…":
                places.append(Ellipsis)
            elif one == ":":
                places.append(slice(None))
            elif re.fullmatch(r"-?\d+", one):
                places.append(int(one))
            elif re.fullmatch(r"(-?\d*):(-?\d*)(:\d+)?", one):
                places.append(slice(*(int(x) if x else None for x in one.split(":"))))
            elif one in self.names:
                index = self.names[one]
                places.append(index.bool() if index.dtype == torch.bool else index.long())
            else:
                raise UnreadError(self.text[self.at :])
        self.at = end + 1
        return x[tuple(places)]

    def atom(self) -> Value:
        self.spaces()
        rest = self.text[self.at :]
        for label in self.labels:
            if rest.startswith(label) and not self._runs_on(label, rest[len(label) :]):
                self.at += len(label)
                return self.names[label]
        if phrase := re.match(r"sum\((.+), dim(?:≠(\d+)|<[-−](\d+))\)$", rest):
            self.at = len(self.text)
            inner = Read(phrase.group(1), self.names, self.dim, self.nudge, self.places).value()
            dims = (
                [k for k in range(inner.ndim) if k != int(phrase.group(2))]
                if phrase.group(2)
                else list(range(inner.ndim - int(phrase.group(3))))
            )
            return inner.sum(dims) if dims else inner
        listed = _LISTED.match(rest)
        if listed and re.search(r"\d|nan|inf", listed.group()):
            self.at += listed.end()
            found_list = listed.group().replace("−", "-").replace("nan", "NaN")
            found_list = re.sub(r"\binf", "Infinity", found_list)
            return torch.tensor(json.loads(found_list), dtype=torch.float64)
        if number := _NUMBER.match(rest):
            self.at += number.end()
            return self.number(number.group())
        for text, value in (("π", math.pi), ("inf", math.inf), ("nan", math.nan)):
            if re.match(rf"{text}(?!\w)", rest):
                self.at += len(text)
                return torch.tensor(value, dtype=torch.float64)
        if rest.startswith("i·"):
            self.at += 1
            return torch.tensor(1j, dtype=torch.complex128)
        for opens, closes, read in (
            ("(", ")", self.condition), ("[", "]", lambda: _whole(self.compared())),
            ("|", "|", lambda: torch.abs(_whole(self.sum()))),
            ("⌊", "⌋", lambda: torch.floor(self.sum())),
            ("⌈", "⌉", lambda: torch.ceil(self.sum())),
        ):  # fmt: skip
            if rest.startswith(opens):
                self.at += 1
                found = read()
                self.must(closes)
                return found
        if rest.startswith("‖"):
            return self.norm()
        return self.function()

    def _runs_on(self, label: str, rest: str) -> bool:
        """True if a label is only the beginning of a longer word: x of xlogy."""
        if rest.startswith("(") and (label in _WORDS or label in _REDUCED or label in _ALONG):
            return True
        return bool(re.match(r"\w", label[-1])) and bool(re.match(r"[A-Za-z_]", rest))

    def number(self, text: str) -> Value:
        """A number; four digits may be a rounded longer one."""
        value = float(text.replace("−", "-"))
        digits = _DIGITS.match(text)
        shown = digits.group().replace(".", "").strip("0") if digits else ""
        if len(shown) >= 3 and ("." in text or "e" in text):
            self.rounded += 1
            if self.nudge is not None and self.nudge[0] == self.rounded:
                value *= 1 + self.nudge[1] * 5e-4 * 10 ** (-math.log10(float(_first(text))))
        return torch.tensor(value, dtype=torch.float64)

    def norm(self) -> Value:
        self.must("‖")
        inner = self.sum()
        self.must("‖")
        order: float = 2.0
        if self.takes("_"):
            found = re.match(r"[-−]?(∞|inf|[\d.]+)", self.text[self.at :])
            if found is None:
                raise UnreadError(self.text[self.at :])
            self.at += found.end()
            order = float(found.group().replace("−", "-").replace("∞", "inf"))
        dims = None
        if over := re.match(r"\(dim=([-−\d]+(?:, [-−\d]+)*)\)", self.text[self.at :]):
            self.at += over.end()
            dims = [int(one.replace("−", "-")) for one in over.group(1).split(", ")]
        found_norm: Value = torch.linalg.vector_norm(_whole(inner), order, dims)
        if dims and self.names.get("keeps") is not None:
            found_norm = torch.linalg.vector_norm(_whole(inner), order, dims, keepdim=True)
        return found_norm

    def arguments(self) -> tuple[list[Value], dict[str, Any]]:
        """The content of the brackets after a function's name: tensors, and `dim=0, 1`."""
        self.must("(")
        given: list[Value] = []
        options: dict[str, Any] = {}
        while not self.takes(")"):
            if listed := re.match(r"[ ,]*index=(\[[-\d, \[\]]*\])", self.text[self.at :]):
                self.at += listed.end()
                options["index"] = json.loads(listed.group(1))
                continue
            called = re.match(r"[ ,]*index=", self.text[self.at :])
            if called:
                self.at += called.end()
                options["index"] = self.atom()
                continue
            option = re.match(r"[ ,]*(\w+)=([-−\d]+(?:, [-−\d]+(?![\w=]))*)", self.text[self.at :])
            if option:
                self.at += option.end()
                numbers = [int(one.replace("−", "-")) for one in option.group(2).split(", ")]
                options[option.group(1)] = numbers
            elif self.takes(", "):
                continue
            else:
                given.append(self.condition())
        return given, options

    def rearranged(self, word: str, given: list[Value]) -> Value:
        """`transpose(x, 1, 0)`, `permute(x, 2, 0, 1)`: a tensor and whole numbers."""
        x, *rest = given
        numbers = [int(one) for one in rest]
        match word:
            case "transpose":
                return x.transpose(*numbers) if x.ndim else x
            case "permute":
                return x.permute(*numbers)
            case "flip":
                return x.flip(numbers)
            case "repeat":
                return x.repeat(*numbers)
            case "roll" if len(numbers) == 1:
                around = (self.dim,) if isinstance(self.dim, int) else ()
                return torch.roll(x, numbers[0], around)
        raise UnreadError(f"{word}(…)")

    def logsumexp(self) -> Value:
        """`ln(sum(exp(x), dim=0))`, whose powers would overflow one by one."""
        self.at += len("ln(sum(exp(")
        inner = _whole(self.condition())
        self.must(")")
        over = re.match(r", dim=([-−\d]+(?:, [-−\d]+)*)", self.text[self.at :])
        dims = list(range(inner.ndim))
        if over:
            self.at += over.end()
            dims = [int(one.replace("−", "-")) for one in over.group(1).split(", ")]
        self.must(")")
        self.must(")")
        return torch.logsumexp(inner, dims, keepdim=self.names.get("keeps") is not None)

    def function(self) -> Value:
        """A function by its name: one of ours, else one of torch's."""
        start = self.at
        try:
            return self.own_function()
        except UnreadError as problem:
            self.at = start
            return self.called(problem)

    def called(self, problem: UnreadError) -> Value:
        """`trapezoid(x, dim=1)`, `linalg.cond(x)`, `cat([a, b], dim=0)[0]`: a call of torch's."""
        found = re.match(r"([A-Za-z][\w.]*)\(", self.text[self.at :])
        work = _torch(found.group(1)) if found else None
        if found is None or work is None:
            raise problem
        start = self.at + found.end()
        depth, end = 1, start
        while depth and end < len(self.text):
            depth += {"(": 1, ")": -1}.get(self.text[end], 0)
            end += 1
        inner = self.text[start : end - 1]
        given: dict[str, Value] = {}
        for label in self.labels:
            place = f"given{len(given)}"
            longer = re.sub(rf"(?<![\w.\]]){re.escape(label)}(?![\w\[(])", place, inner)
            if longer != inner:
                inner, given[place] = longer, self.names[label]
        try:
            call = ast.parse(f"f({inner.replace('−', '-')})", mode="eval").body
        except SyntaxError:
            raise problem from None
        assert isinstance(call, ast.Call)
        arguments = [_argument(one, given) for one in call.args]
        options = {one.arg or "": _argument(one.value, given) for one in call.keywords}
        made = work(*arguments, **options)
        self.at = end
        if isinstance(made, tuple | list):
            index = re.match(r"\[(\d+)\]", self.text[self.at :])
            if index is None:
                raise problem
            self.at += index.end()
            made = made[int(index.group(1))]
        if not isinstance(made, torch.Tensor):
            raise problem
        return made

    def own_function(self) -> Value:
        rest = self.text[self.at :]
        name = re.match(r"(ln softmax|ln Γ|erf⁻¹|ψ′|[^\W\d_][\w₀₁₂]*|√)(?=\()", rest)
        if name is None:
            raise UnreadError(rest)
        word = name.group(1)
        if rest.startswith("ln(sum(exp("):
            return self.logsumexp()
        self.at += name.end()
        given, options = self.arguments()
        dims = options.get("dim")
        if word in _REDUCED and len(given) == 1:
            x = _whole(given[0])
            keep = self.names.get("keeps") is not None
            if dims is None:
                return _REDUCED[word](x)
            return _REDUCED[word](x, dims, keepdim=keep)
        if word == "prod" and len(given) == 1:
            return torch.prod(given[0], *(dims or []))
        if word in ("var", "std"):
            less = options.get("correction", [1])[0]
            spread: Value = getattr(torch, word)(given[0], dims, correction=less)
            return spread
        if word in ("softmax", "ln softmax"):
            made = torch.softmax if word == "softmax" else torch.log_softmax
            x = _whole(given[0])
            if not isinstance(self.dim, int):
                raise UnreadError(f"{word} without a dimension")
            return made(x, self.dim)
        if word in _ALONG and dims:
            return _ALONG[word](_whole(given[0]), dims[0])
        if word in ("transpose", "permute", "flip", "repeat", "roll"):
            return self.rearranged(word, given)
        if word in ("cat", "stack") and dims and given:
            parts = [_whole(one) for one in given if one.numel() or word == "stack"]
            return torch.cat(parts, dims[0]) if word == "cat" else torch.stack(parts, dims[0])
        if word in ("tril", "triu") and given:
            turned: Value = getattr(torch, word)(given[0], *map(int, given[1:]))
            return turned
        if word == "gather" and dims:
            return _gathered(_whole(given[0]), dims[0], options.get("index", given[-1]))
        if word == "round":
            return torch.round(given[0], decimals=options.get("decimals", [0])[0])
        if word in _WORDS and not dims:
            alike = [_whole(one) for one in given]
            return _WORDS[word](*alike)
        raise UnreadError(f"{word}(…)")


def _torch(name: str) -> Callable[..., Any] | None:
    """A function of torch's by the name under which a program calls it."""
    for home in (torch, torch.nn.functional, torch.fft, torch.linalg, torch.special, torch.Tensor):
        found: Any = home
        for part in name.split("."):
            found = getattr(found, part, None)
        if callable(found) and not isinstance(found, type):
            return found  # type: ignore[no-any-return]
    kind = getattr(torch, name, None)
    return (lambda x: x.to(kind)) if isinstance(kind, torch.dtype) else None


def _argument(node: ast.expr, given: Mapping[str, Value]) -> Any:
    """An argument of such a call: a tensor, a list of them, a number, a word, a dtype."""
    if isinstance(node, ast.Name):
        return given[node.id].clone() if node.id in given else node.id
    if isinstance(node, ast.List | ast.Tuple):
        parts = [_argument(one, given) for one in node.elts]
        return parts if isinstance(node, ast.List) else tuple(parts)
    try:
        value = ast.literal_eval(node)
    except ValueError:
        raise UnreadError(ast.unparse(node)) from None
    if isinstance(value, str) and value.startswith("torch."):
        return getattr(torch, value.removeprefix("torch."))
    return value


def _gathered(x: Value, dim: int, index: Any) -> Value:
    """The element that the index names, for each place along a dimension."""
    places = torch.as_tensor(index).long()
    if places.ndim < x.ndim:
        return x.gather(dim, places.reshape_as(x.sum(dim, keepdim=True))).squeeze(dim)
    return x.gather(dim, places)


def _first(text: str) -> str:
    """The mantissa of a number, between 1 and 10."""
    mantissa = float(text.split("e")[0].replace("−", "-"))
    if not mantissa:
        return "1"
    return repr(mantissa / 10 ** math.floor(math.log10(mantissa)))


def read(
    text: str, names: Mapping[str, Value], dim: Any = None, places: Mapping[str, Any] = {}
) -> Iterator[Value]:
    """The numbers of a text, first as written, then with each rounded number moved by half a unit
    of its last digit: the text's meaning lies between them."""
    first = Read(text, names, dim, places=places)
    yield first.value()
    for place in range(1, first.rounded + 1):
        for way in (-1, 1):
            yield Read(text, names, dim, (place, way), places).value()


def agrees(readings: Sequence[Value], theirs: Value, exact: float, scale: float = 0.0) -> bool:
    """True if a text's readings match these numbers, with nan and infinities in the same places."""
    if readings[0].numel() != theirs.numel():
        return False
    ours, *moved = (_whole(one).reshape(theirs.shape) for one in readings)
    ours, theirs = alike(ours, theirs)
    room = torch.zeros(theirs.shape, dtype=torch.float64)
    for one in moved:
        room = room + (one - ours).abs().nan_to_num(0.0)
    bad = ~torch.isfinite(ours) | ~torch.isfinite(theirs)
    same = (ours == theirs) | (torch.isnan(ours) & torch.isnan(theirs))
    if bool((bad & ~same).any()):
        return False
    ours, theirs, room = ours[~bad], theirs[~bad], room[~bad]
    if not ours.numel():
        return True
    most = max(float(theirs.abs().max()), scale)
    return bool(((ours - theirs).abs() <= room + exact * (theirs.abs() + most) + 1e-300).all())
