"""A row of the tables, and short ways to write one."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec

from viz_app.knowledge.formulas.expression import Expression, is_upstream, names, parse


def holds(when: Iterable[tuple[str, Any]], given: Mapping[str, Any]) -> bool:
    """True if the settings or arguments `given` have the values of `when`, or pass its tests."""
    return all(
        wanted(given.get(name)) if callable(wanted) else given.get(name) == wanted
        for name, wanted in when
    )


class Slot(msgspec.Struct, frozen=True):
    """The gradient that an operation sends back along one input, in terms of the upstream gradient.

    A `factor` does not name the upstream gradient `G`: it is the local derivative itself, by which
    `G` is multiplied element by element; what was broadcast in the forward pass is summed, what was
    reduced is spread. Other expressions name `G` and are the whole vector-Jacobian product.
    """

    expression: Expression
    factor: bool


class Row(msgspec.Struct, frozen=True):
    """The knowledge about one autograd node (`grad_fn` without `Backward0`, or the whole name where
    one overload differs).

    `operands` are the names that its formulas use, in the order of `next_functions`, and
    `arguments` autograd's own names of the same: a value that a node saved, or kept as a setting,
    replaces an operand that Python never saw. `extra` are saved tensors that are not operands
    (indices, a mask), by name. `equals` is the result, `slots` the derivatives; of further results
    `others` are the saved tensors that hold them, and `further` their equations. `when` are
    settings that must have these values: a value, or a test. `reduces`: the result lacks the
    dimensions `dim`.

    `symbol` is shown in the disc, `code` in an expression if Python writes it differently; `binds`:
    it is written without spaces. `domain` is the range of the tests' numbers. `source` names the
    entry of PyTorch's tools/autograd/derivatives.yaml.
    """

    grad_fn: str
    operands: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    extra: tuple[tuple[str, str], ...] = ()
    equals: Expression | None = None
    others: tuple[str, ...] = ()
    further: tuple[Expression | None, ...] = ()
    slots: tuple[Slot | None, ...] = ()
    when: tuple[tuple[str, Any], ...] = ()
    defaults: tuple[tuple[str, Any], ...] = ()
    reduces: bool = False
    symbol: str = ""
    infix: bool = False
    binds: bool = False
    code: str = ""
    domain: tuple[float, float] = (-3.0, 3.0)
    source: str = ""

    def fits(self, settings: Mapping[str, Any]) -> bool:
        """True if the node's settings are those that this row is about."""
        return holds(self.when, settings)

    def result(self, output: int) -> Expression | None:
        """The equation of one of the results."""
        if not output:
            return self.equals
        return self.further[output - 1] if output <= len(self.further) else None

    def scaled(self, settings: Mapping[str, Any]) -> bool:
        """True if a keyword makes an operator more than its sign shows: `add(x, y, alpha=2)`."""
        return self.infix and settings.get("alpha", 1) != 1


POSITIVE: Final = (0.2, 3.0)
UNIT: Final = (-0.9, 0.9)
FRACTION: Final = (0.1, 0.9)


def row(
    grad_fn: str,
    operands: str,
    equals: str = "",
    *slots: str,
    extra: str = "",
    others: Mapping[str, str] | None = None,
    when: Mapping[str, Any] | None = None,
    defaults: Mapping[str, Any] | None = None,
    symbol: str = "",
    reduces: bool = False,
    infix: bool = False,
    binds: bool = False,
    code: str = "",
    domain: tuple[float, float] = (-3.0, 3.0),
    source: str = "",
) -> Row:
    """A row in the tables' short notation: `"x=self y=other"`, `"x*y"`, `"y"`, `"x"`."""
    pairs = [tuple(one.split("=")) for one in operands.split()]
    saved = [tuple(one.split("=")) for one in extra.split()]
    return Row(
        grad_fn,
        tuple(pair[0] for pair in pairs),
        tuple(pair[-1] for pair in pairs),
        tuple((one[0], one[-1]) for one in saved),
        parse(equals) if equals else None,
        tuple(others or {}),
        tuple(parse(text) if text else None for text in (others or {}).values()),
        tuple(_slot(one) if one else None for one in slots),
        tuple((when or {}).items()),
        tuple((defaults or {}).items()),
        reduces,
        symbol or grad_fn.lower(),
        infix,
        binds,
        code or ("*" if symbol == "×" else ""),
        domain,
        source,
    )


def _slot(text: str) -> Slot:
    tree = parse(text)
    return Slot(tree, not any(map(is_upstream, names(tree))))


def nothing(value: Any) -> bool:
    """A test for a setting or a saved tensor that was not given."""
    return value is None


def given(value: Any) -> bool:
    """A test for a setting or a saved tensor that was given."""
    return value is not None


def vanishing(value: Any) -> bool:
    """A test for a saved tensor with an element that is 0."""
    return any(one in (0, (0.0, 0.0)) for one in getattr(value, "data", ()))


def distinct(value: Any) -> bool:
    """A test for a saved tensor whose elements all differ."""
    data = getattr(value, "data", ())
    return len(set(data)) == len(data)


def complex_numbers(value: Any) -> bool:
    """A test for a saved tensor of complex numbers."""
    return "complex" in getattr(value, "dtype", "")


def among(*values: Any) -> Callable[[Any], bool]:
    """A test for one of several values."""
    return lambda value: value in values
