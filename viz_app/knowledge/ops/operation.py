"""What a row is, and short ways to write one."""

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
    `binds` says that it is written without spaces. `grad_fn` is the name without `Backward0`,
    or the whole name where one overload differs from the others (`PowBackward2`).
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


ONE: Final = Partial("1", "× 1", lambda x, r: 1.0)
GATE: Final = Partial(r"[<0> > 0]", "× [<0> > 0]", lambda x, r: float(x[0] > 0))
POSITIVE: Final = (0.2, 3.0)
UNIT: Final = (-0.9, 0.9)


def infix(
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


def unary(
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


def pair(
    grad_fn: str,
    symbol: str,
    latex: str,
    *partials: Partial,
    role: Role = "scale",
    domain: tuple[float, float] = (-3.0, 3.0),
    source: str,
) -> Operation:
    """A function of several tensors, called by name."""
    return Operation(grad_fn, role, symbol, latex, partials, source, domain=domain)


def move(grad_fn: str, symbol: str, source: str, latex: str = "") -> Operation:
    return Operation(grad_fn, "move", symbol, latex, (), source)
