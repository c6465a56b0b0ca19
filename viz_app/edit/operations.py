"""Changes of operations: another one, a step more or less, operands swapped."""

import ast
import re
from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from viz_app import notebook
from viz_app.edit import layers
from viz_app.edit.writing import Edit, Operand, fit, offsets, put
from viz_app.model import Call, Span

INFIX = ("+", "-", "*", "/", "**", "@")
FUNCTIONS = tuple(
    "exp log sqrt square abs neg reciprocal sin cos tanh sigmoid relu softplus".split()
)
REDUCTIONS = ("sum", "mean", "prod", "max", "min", "norm")
"""torch's names of functions that reduce a tensor to one number."""

PAIRED = tuple("add sub mul div pow matmul maximum minimum".split())
"""torch's names of functions of two tensors; each is also a method."""

LOSSES = tuple(
    "mse_loss l1_loss smooth_l1_loss huber_loss binary_cross_entropy_with_logits".split()
)
"""Functions of torch.nn.functional that compare a prediction with its target."""

_FAMILIES = (REDUCTIONS, PAIRED, LOSSES)
"""Families within which only the name changes: `x.sum(dim=0)` -> `x.mean(dim=0)`."""

ARITHMETIC = ("+ 1", "* 2")
"""Steps that are not functions; their numbers are inputs then."""

_NOT_METHODS = ("softplus",)
"""Functions of torch.nn.functional only, written with the program's own name of that module."""
_MODULE = (
    (re.compile(r"^\s*import torch\.nn\.functional as (\w+)", re.MULTILINE), "{}."),
    (re.compile(r"^\s*from torch\.nn import functional as (\w+)", re.MULTILINE), "{}."),
    (re.compile(r"^\s*(?:from torch import|import torch\.nn as) (nn)\b", re.MULTILINE),
     "{}.functional."),
)  # fmt: skip
_LONGEST = 32
_CALLEE = re.compile(r"((?:\w+\s*\.\s*)*)(\w+)(?=\s*\()")
_COMMENT = re.compile(r"#[^\n]*")
_ALONE = re.compile(r"(?:[\s,)]|#[^\n]*\n)*")
_REST = re.compile(r"[ \t]*(?:#[^\n\r]*)?(?:\r\n|\r|\n|\Z)")
_GAP = re.compile(r"(?:[\s)\\]|#[^\n]*\n)*")


Kind = Literal["change", "swap", "step", "wrap", "remove"]


class Offer(msgspec.Struct, frozen=True):
    """One possible change of an operation, made by `edit`.

    `to` is the operation it becomes, or the one added; `keep` the operand that stays when it is
    removed.
    """

    kind: Kind
    edit: Edit
    to: str = ""
    keep: int = 0


def offers(source: str, call: Call) -> tuple[Offer, ...]:
    """Everything that can be written in place of a call; whether it runs is not checked here."""
    found = []
    for kind, to, keep in _kinds(call):
        try:
            edit = make(source, call, kind, to, keep)
        except ValueError:
            continue  # no such change is possible for this notation
        if edit.new != edit.old:
            found.append(Offer(kind, edit, to, keep))
    return tuple(found)


def _kinds(call: Call) -> Iterator[tuple[Kind, str, int]]:
    if call.form == "layer":
        yield from ((kind, to, 0) for kind, to in layers.kinds(call))
        return
    yield from (("change", to, 0) for to in choices(call) if to != call.op)
    if call.form == "augmented":
        yield "remove", "", 0
        return
    yield "swap", "", 0
    yield from (("remove", "", keep) for keep in range(min(2, len(call.operands))))
    yield from (("step", to, 0) for to in (*FUNCTIONS, *REDUCTIONS, *ARITHMETIC))
    yield from (("wrap", to, 0) for to in (*FUNCTIONS, *REDUCTIONS))


_MAKERS: dict[Kind, Callable[[str, Call, str, int], Edit]] = {
    "change": lambda source, call, to, _: change(source, call, to),
    "swap": lambda source, call, to, _: swap(source, call),
    "step": lambda source, call, to, _: step_after(source, call, to),
    "wrap": lambda source, call, to, _: wrap(source, call.span, to),
    "remove": lambda source, call, to, keep: remove(source, call, keep),
}


KINDS: tuple[Kind, ...] = tuple(_MAKERS)


def make(source: str, call: Call, kind: Kind, to: str, keep: int) -> Edit:
    """The edit of an offer of one of KINDS. ValueError if no such edit is possible."""
    if call.form == "layer":
        return layers.make(source, call, kind, to)
    return _MAKERS[kind](source, call, to, keep)


def choices(call: Call) -> tuple[str, ...]:
    """The operations that can replace a call, by its number of operands; empty for unknown
    calls."""
    if call.form == "infix":
        return (*INFIX, *FUNCTIONS)
    if call.form == "augmented":
        return INFIX
    if len(call.operands) == 1:
        return (*FUNCTIONS, *REDUCTIONS)
    return next((family for family in _FAMILIES[1:] if call.op in family), ())


def change(source: str, call: Call, to: str) -> Edit:
    """Replace an operation by another: `to` is one of `choices`.

    An operator takes both operands: `a + b` -> `a * b`; a function the first that is not a number:
    `b ** 2` -> `b.exp()`, `2 * c` -> `c.exp()`. Within a family the arguments stay.
    """
    text, parts = _read(source, call)
    if any(call.op in family and to in family for family in _FAMILIES[1:]):
        return _renamed(source, call, text, parts, to)
    if call.form == "infix" and to not in INFIX and _is_number(text[slice(*parts[0])]):
        parts = parts[1:]
    first, last = parts[0]
    operand = Operand(text[first:last])
    if call.form == "augmented":
        if to not in INFIX:
            raise ValueError("no operator")
        start = offsets(source, call.span)[0]
        at = start + text.index(f"{call.op}=", last)
        return put(source, at, at + len(call.op), to, "operation")
    if to in INFIX and call.form == "infix":
        right = Operand(text[slice(*parts[1])])
        between = text[last : parts[1][0]]
        plain = not re.search(r"[()]", text[:first] + _COMMENT.sub("", between))
        sign = f" {to} "
        if plain:
            sign = re.sub(
                rf"#[^\n]*|{re.escape(call.op)}",
                lambda found: found[0] if found[0].startswith("#") else to,
                between,
            )
        return fit(source, call.span, [operand, sign, right], "operation")
    if to not in (*FUNCTIONS, *REDUCTIONS):
        raise ValueError(f"no such operation: {to[:_LONGEST]!r}")
    again = to in REDUCTIONS and call.op in REDUCTIONS
    if again and call.form == "function" and "=" in text[:first]:
        return _renamed(source, call, text, parts, to)
    if call.form == "function":
        name = _CALLEE.match(text)
        alone = "=" not in text[:first] and _ALONE.fullmatch(text[last:])
        if name and name[2] == call.op and ((again and name[1]) or alone):
            callee = f"{name[1]}{to}" if again and name[1] else _qualified(to, source)
            return fit(source, call.span, [Operand(callee + text[name.end() :])], "operation")
        tail = text[last:] if again else ")"
        head = f"{_qualified(to, source)}(" + ("(" * (text[:first].count("(") - 1) if again else "")
        return fit(source, call.span, [head, operand, tail], "operation")
    if call.form == "method" and again:
        gap, rest = _rest(text[last:])
        rest = rest.replace(call.op, to, 1)
        return fit(source, call.span, [operand, gap + rest], "operation")
    if call.form == "method" and to not in _NOT_METHODS:
        gap, _ = _rest(text[last:])
        return fit(source, call.span, [operand, f"{gap}.{to}()"], "operation")
    return fit(source, call.span, _applied(operand, to, source), "operation")


def swap(source: str, call: Call) -> Edit:
    """Swap the first two operands: `a - b` -> `b - a`."""
    text, parts = _read(source, call)
    if len(parts) < 2:
        raise ValueError("one operand can't be swapped")
    (first, last), (start, end) = parts[:2]
    left, right = Operand(text[first:last]), Operand(text[start:end])
    between = text[last:start]
    if call.form == "infix" and re.search(r"[()#]", text[:first] + between):
        return fit(source, call.span, [right, f" {call.op} ", left], "swap")
    if call.form == "method":
        gap, rest = _rest(between)
        return fit(source, call.span, [right, gap + rest, left, text[end:]], "swap")
    return fit(source, call.span, [text[:first], right, between, left, text[end:]], "swap")


def wrap(source: str, span: Span, function: str) -> Edit:
    """Put a function around an expression: `b ** 2` -> `torch.exp(b ** 2)`."""
    start, end = offsets(source, span)
    pieces = [f"{_qualified(function, source)}(", Operand(source[start:end]), ")"]
    return fit(source, span, pieces, "wrap")


def step_after(source: str, call: Call, to: str) -> Edit:
    """Add a function of the result: `c = b ** 2` -> `c = (b ** 2).exp()`."""
    text, _ = _read(source, call)
    if to in ARITHMETIC:
        return fit(source, call.span, [Operand(text), f" {to}"], "step")
    return fit(source, call.span, _applied(Operand(text), to, source), "step")


def remove(source: str, call: Call, keep: int = 0) -> Edit:
    """Remove an operation and keep one of its operands: `b ** 2` -> `b`."""
    text, parts = _read(source, call)
    if not 0 <= keep < len(parts):
        raise ValueError("no such operand")
    if call.form == "augmented":
        return _without(source, call.span)
    return fit(source, call.span, [Operand(text[slice(*parts[keep])])], "remove")


def _renamed(source: str, call: Call, text: str, parts: list[tuple[int, int]], to: str) -> Edit:
    """The same call under another name."""
    if call.form == "method":
        first, last = parts[0]
        gap, rest = _rest(text[last:])
        pieces = [Operand(text[first:last]), gap + rest.replace(call.op, to, 1)]
        return fit(source, call.span, pieces, "operation")
    name = re.match(r"[\w.]*?(\w+)\s*\(", text)
    if name is None or name.group(1) != call.op:
        raise ValueError("not called by its name")
    whole = text[: name.start(1)] + to + text[name.end(1) :]
    return fit(source, call.span, [Operand(whole)], "operation")


def _without(source: str, span: Span) -> Edit:
    """Remove a statement, with its line. ValueError if it shares its line or is needed."""
    start, end = offsets(source, span)
    first = max(source.rfind(ending, 0, start) for ending in "\n\r") + 1
    rest = _REST.match(source, end)
    if rest is None or source[first:start].strip():
        raise ValueError("not alone in its line")
    try:
        notebook.parsed(source[:first] + source[rest.end() :])
    except SyntaxError as error:
        raise ValueError("the block would be empty") from error
    return put(source, first, rest.end(), "", "remove")


def _is_number(text: str) -> bool:
    try:
        return isinstance(ast.literal_eval(text), int | float | complex)
    except (ValueError, SyntaxError):
        return False


def _qualified(function: str, source: str) -> str:
    if function not in (*FUNCTIONS, *REDUCTIONS):
        raise ValueError(f"no such operation: {function[:_LONGEST]!r}")
    if function not in _NOT_METHODS:
        return f"torch.{function}"
    called = ((form, pattern.search(source)) for pattern, form in _MODULE)
    found = (form.format(name[1]) for form, name in called if name)
    return next(found, "torch.nn.functional.") + function


def _applied(operand: "Operand", to: str, source: str) -> "list[str | Operand]":
    """A function of an operand: a method where tensors have it."""
    name = _qualified(to, source)
    return [f"{name}(", operand, ")"] if to in _NOT_METHODS else [operand, f".{to}()"]


def _read(source: str, call: Call) -> tuple[str, list[tuple[int, int]]]:
    """A call's text, and the positions of its operands in it, without brackets of their own."""
    start, end = offsets(source, call.span)
    places = [offsets(source, span) for span in call.operands]
    if not places or not all(start <= first < last <= end for first, last in places):
        raise ValueError("no operands")
    return source[start:end], [(first - start, last - start) for first, last in places]


def _rest(text: str) -> tuple[str, str]:
    """The text after a method's receiver: the gap, if no bracket was closed in it, and the rest."""
    found = _GAP.match(text)
    gap = found.group() if found else ""
    return ("" if re.search(r"[)#]", gap) else gap), text[len(gap) :]
