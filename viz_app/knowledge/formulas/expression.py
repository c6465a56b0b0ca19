"""Formulas as trees: one tree gives the LaTeX, the plain text and the numbers.

A row of `knowledge/ops` has its equation and its derivatives as short Python expressions, `"2*(x -
t)/n"`. `parse` turns one into a tree once; `bind` replaces settings (`n`, `alpha`) by a run's
numbers and simplifies; `latex`, `plain` and `evaluate` read the bound tree. So the formula on the
screen is the one that was evaluated, and its value is the one compared with PyTorch's numbers
(`picture/words/proof.py`).

Numbers are numpy arrays in float64 or complex128. Names refer to tensors; functions are those of
`knowledge/functions.py`.
"""

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, Final, TypeAlias

import msgspec
import numpy as np

from viz_app import syntax

Numbers: TypeAlias = Any
"""A numpy array, or a plain number in its place."""

SUM, PRODUCT, SIGN, POWER, ATOM = 1, 2, 3, 4, 5
"""Binding strengths of the parts of a formula; a part that binds less needs brackets."""


class Num(msgspec.Struct, frozen=True):
    """A plain number."""

    value: int | float


class Name(msgspec.Struct, frozen=True):
    """A tensor by its name in the row: an operand, the result `r`, the upstream gradient `G`."""

    text: str


class Call(msgspec.Struct, frozen=True):
    """A function or operator of `FUNCTIONS` with its arguments, and settings that are not tensors
    (`dim`, an index, a size) and not part of the tree."""

    function: str
    arguments: tuple["Expression", ...]
    settings: tuple[Any, ...] = ()


Expression: TypeAlias = Num | Name | Call


class Text(msgspec.Struct, frozen=True):
    """A part of a formula as text, with its binding strength."""

    text: str
    strength: int = ATOM
    number: bool = False
    """True for a single plain number, which a name can follow without a sign: 2b."""


Writer: TypeAlias = Callable[..., Text]


class Function(msgspec.Struct, frozen=True):
    """One function of the formulas.

    `evaluate(*arrays, *settings)` gives numbers, `latex` and `plain` write it from its arguments'
    texts (and settings). `elementwise`: each element of the result depends only on the elements at
    the same position, so a part of the tensors proves that part of the result.
    """

    evaluate: Callable[..., Numbers]
    latex: Writer
    plain: Writer
    elementwise: bool = False


FUNCTIONS: dict[str, Function] = {}
"""All functions by name; filled by `functions.py`."""

_BINARY: Final = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.MatMult: "@",
    ast.Mod: "%",
}  # fmt: skip
_COMPARED: Final = {
    ast.Gt: ">", ast.Lt: "<", ast.GtE: ">=", ast.LtE: "<=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip


@cache
def parse(text: str) -> Expression:
    """The tree of a row's expression. Raises ValueError for what no formula can say."""
    return _tree(syntax.expression(text))


def _tree(node: ast.expr) -> Expression:
    match node:
        case ast.Constant(value=int() | float() as value):
            return Num(value)
        case ast.Name(id=name):
            return Name(name)
        case ast.BinOp(left=left, op=op, right=right):
            return Call(_BINARY[type(op)], (_tree(left), _tree(right)))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Call("neg", (_tree(operand),))
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            return Call(_COMPARED[type(op)], (_tree(left), _tree(right)))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            return Call("where", (_tree(test), _tree(body), _tree(orelse)))
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=keywords):
            given = tuple(_tree(one) for one in arguments)
            return Call(name, given, tuple(_tree(one.value) for one in keywords))
    raise ValueError(f"no formula: {ast.dump(node)}")


@lru_cache(maxsize=65_536)
def names(tree: Expression) -> frozenset[str]:
    """The names in a tree; those of settings too while it is not bound."""
    match tree:
        case Name(text=text):
            return frozenset((text,))
        case Call(arguments=arguments, settings=settings):
            parts = (*arguments, *(one for one in settings if isinstance(one, Num | Name | Call)))
            return frozenset().union(*map(names, parts)) if parts else frozenset()
    return frozenset()


def is_upstream(name: str) -> bool:
    """True if a formula's name is an upstream gradient: G, G1, G2."""
    return name == "G" or (name.startswith("G") and name[1:].isdigit())


class UnboundError(Exception):
    """A formula needs a value that the run does not have."""


def bind(tree: Expression, settings: Mapping[str, Any]) -> Expression:
    """The tree with `settings` replaced by their values, simplified.

    A number becomes part of the formula; the value of a function's keyword (a dimension,
    an index) becomes one of its settings. Raises UnboundError for an unknown keyword.
    """
    match tree:
        case Name(text=text) if text in settings:
            value = settings[text]
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise UnboundError(text)
            return Num(value)
        case Call(function=function, arguments=arguments, settings=given):
            bound = tuple(bind(one, settings) for one in arguments)
            return _simplified(function, bound, tuple(_setting(one, settings) for one in given))
    return tree


def replaced(tree: Expression, parts: Mapping[str, Expression]) -> Expression:
    """The tree with other trees in the place of some of its names."""
    match tree:
        case Name(text=text):
            return parts.get(text, tree)
        case Call(function=function, arguments=arguments, settings=settings):
            return Call(function, tuple(replaced(one, parts) for one in arguments), settings)
    return tree


def without(tree: Expression, function: str) -> Expression:
    """The tree without calls of a function of one argument, as a conjugate of real numbers is."""
    match tree:
        case Call(function=name, arguments=arguments, settings=settings):
            inner = tuple(without(one, function) for one in arguments)
            return inner[0] if name == function else Call(name, inner, settings)
    return tree


CONDITIONS: Final = frozenset(
    ("mask", "unless", ">", "<", ">=", "<=", "==", "!=", "between", "within")
)
"""Functions that are 1 where something holds and 0 elsewhere."""
SILENT: Final = frozenset(("like", "fill"))
"""Functions written as their first argument: only the shape changes."""


def as_read(tree: Expression) -> Expression:
    """The tree as a reader sees it in its text, in which no change of shape is written."""
    match tree:
        case Call(function=function, arguments=(first, *_)) if function in SILENT:
            return as_read(first)
        case Call(function=function, arguments=arguments, settings=settings):
            return Call(function, tuple(map(as_read, arguments)), settings)
    return tree


def _setting(given: Any, settings: Mapping[str, Any]) -> Any:
    match given:
        case Name(text=text):
            if text not in settings:
                raise UnboundError(text)
            return settings[text]
        case Num(value=value):
            return value
        case Call(function="neg", arguments=(Num(value=value),)):
            return -value
        case Call():
            raise UnboundError(str(given))
    return given


def _simplified(function: str, given: tuple[Expression, ...], settings: Any) -> Expression:
    """The formula as one would write it: x for 1·x, b for b to the power 1, a number for a sum of
    numbers."""
    plain = Call(function, given, settings)
    match function, given:
        case "neg", (Num(value=value),):
            return Num(-value)
        case "neg", (Call(function="neg", arguments=(inner,)),):
            return inner
        case (("+" | "-"), (Num(value=one), Num(value=two))) if _whole(one) and _whole(two):
            return Num(one + two if function == "+" else one - two)
        case "+", (Num(value=0), other):
            return other
        case (("+" | "-"), (other, Num(value=0))):
            return other
        case "-", (Num(value=0), other):
            return _simplified("neg", (other,), ())
        case "+", (one, Call(function="neg", arguments=(other,))):
            return Call("-", (one, other))
        case "-", (one, Call(function="neg", arguments=(other,))):
            return Call("+", (one, other))
        case "*", (Num(value=one), Num(value=two)) if _whole(one) and _whole(two):
            return Num(one * two)
        case "*", (Num(value=1), other):
            return other
        case "*", (other, Num(value=1)):
            return other
        case "*", (Num(value=-1), other):
            return _simplified("neg", (other,), ())
        case "/", (other, Num(value=1)):
            return other
        case "**", (other, Num(value=1)):
            return other
    return plain


def _whole(value: float) -> bool:
    return isinstance(value, int) or (math.isfinite(value) and value == int(value))


def elementwise(tree: Expression) -> bool:
    """True if each element of the value depends only on the elements at the same position."""
    match tree:
        case Call(function=function, arguments=arguments):
            return FUNCTIONS[function].elementwise and all(map(elementwise, arguments))
    return True


SHAPES: dict[str, int] = {}
"""Functions that need only the shape of one argument -> its index."""


def shape_only(tree: Expression, name: str) -> bool:
    """True if only a name's shape is needed, not its numbers."""
    match tree:
        case Name(text=text):
            return text != name
        case Call(function=function, arguments=arguments):
            spared = SHAPES.get(function, -1)
            return all(
                (place == spared and one == Name(name)) or shape_only(one, name)
                for place, one in enumerate(arguments)
            )
    return True


def evaluate(tree: Expression, values: Mapping[str, Numbers]) -> Numbers:
    """The numbers of a bound tree.

    Raises UnboundError for a name without a value, ValueError or another error of numpy's for
    tensors that don't fit.
    """
    match tree:
        case Num(value=value):
            return np.float64(value)
        case Name(text=text):
            found = values.get(text)
            if found is None:
                raise UnboundError(text)
            return found
        case Call(function=function, arguments=arguments, settings=settings):
            found = [evaluate(one, values) for one in arguments]
            return FUNCTIONS[function].evaluate(*found, *settings)
    raise TypeError(tree)


def latex(tree: Expression, labels: Mapping[str, Text]) -> Text:
    """The tree in LaTeX; `labels` are the names' LaTeX."""
    return _written(tree, labels, "latex")


def plain(tree: Expression, labels: Mapping[str, Text]) -> Text:
    """The tree in plain text: `2(x − t)/3`."""
    return _written(tree, labels, "plain")


def _written(tree: Expression, labels: Mapping[str, Text], how: str) -> Text:
    match tree:
        case Num(value=value):
            text = number(value, how == "plain")
            return Text(text, SIGN if value < 0 else ATOM, True)
        case Name(text=text):
            if text not in labels:
                raise UnboundError(text)
            return labels[text]
        case Call(function=function, arguments=arguments, settings=settings):
            parts = [_written(one, labels, how) for one in arguments]
            writer: Writer = getattr(FUNCTIONS[function], how)
            return writer(*parts, *settings)
    raise TypeError(tree)


def number(value: float, plain_text: bool) -> str:
    """A number of the formula itself: 2, 0.01, −1."""
    if isinstance(value, bool):
        value = int(value)
    if not math.isfinite(value):
        sign = "-" if value < 0 else ""
        text = "nan" if math.isnan(value) else f"{sign}inf" if plain_text else rf"{sign}\infty"
        return text if plain_text or not math.isnan(value) else r"\text{nan}"
    text = f"{value:.4g}" if not _whole(value) or abs(value) >= 1e6 else str(int(value))
    if "e" in text:
        mantissa, exponent = text.split("e")
        power = int(exponent)
        if plain_text:
            text = f"{mantissa}e{power}"
        else:
            base = f"10^{{{power}}}"
            text = base if mantissa == "1" else rf"{mantissa} \cdot {base}"
    return text.replace("-", "−", 1) if plain_text and text.startswith("-") else text


def within(part: Text, least: int) -> str:
    """A part, in brackets if it binds less than it must."""
    return part.text if part.strength >= least else f"({part.text})"


def called(name: str, parts: Sequence[Text]) -> Text:
    """`name(a, b)` in plain text."""
    return Text(f"{name}({', '.join(one.text for one in parts)})")
