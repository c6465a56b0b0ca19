"""Changes of numbers, lists, seeds and switches."""

import ast
import re

from viz_app.edit.writing import Edit, Operand, Text, expression, fit, offsets, put
from viz_app.model import Span

_SWITCH = "requires_grad=True"
_TYPED = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_LONGEST = 32


def number(old: str, typed: str) -> str:
    """A number in the notation of the one it replaces: 5 for `2.` is `5.`, for `2e-3` `5.`.

    `typed` is a number as people type it; one with a dot or an exponent is kept as it is.
    """
    if len(typed) > _LONGEST or not _TYPED.fullmatch(typed):
        raise ValueError(f"not a number: {typed[:_LONGEST]!r}")
    sign = "-" if typed.startswith("-") else ""
    digits = typed.lstrip("+-")
    if not digits.isdigit():
        return sign + digits
    digits = str(int(digits))
    if re.fullmatch(r"-?\s*\d[\d_]*|-?\s*0[xXoObB]\w+", old):
        return sign + digits
    return f"{sign}{digits}." if old.endswith(".") else f"{sign}{digits}.0"


def set_number(source: str, span: Span, typed: str) -> Edit:
    """Replace a number by another one."""
    start, end = offsets(source, span)
    new = number(source[start:end], typed)
    if source[end : end + 1] in ("j", "J"):
        return put(source, start, end, new, "number")
    return fit(source, span, [Operand(new)], "number")


def set_element(source: str, span: Span, index: tuple[int, ...], typed: str) -> Edit:
    """Replace the number at one position of a list, of a list of lists, or of `2, 3`."""
    start, end = offsets(source, span)
    text = source[start:end]
    whole, body = expression(text)
    element = body
    for place in index:
        if not isinstance(element, ast.List | ast.Tuple) or not 0 <= place < len(element.elts):
            # A single size is not a tuple, and has one position.
            if place == 0 and element is body and len(index) == 1:
                break
            raise ValueError("no such element")
        element = element.elts[place]
    first, last = whole.place(element)
    return put(source, start + first, start + last, number(text[first:last], typed), "number")


def elements(source: str, span: Span) -> list[str]:
    """The numbers of a literal as they are written, row by row."""
    start, end = offsets(source, span)
    text = source[start:end]
    whole, body = expression(text)
    walk, found = [body], []
    while walk:
        node = walk.pop()
        if isinstance(node, ast.List | ast.Tuple):
            walk.extend(reversed(node.elts))
        else:
            found.append(text[slice(*whole.place(node))])
    return found


def roll(source: str, span: Span) -> Edit:
    """Write another seed, from 0 to 9999; repeated calls reach every seed before the first one
    again.

    If there is no seed yet, a line that sets one is added.
    """
    start, end = offsets(source, span)
    if start == end:
        newline = "\r\n" if "\r\n" in source else "\n"
        return put(source, start, end, f"torch.manual_seed(0){newline}", "seed")
    seed = ast.literal_eval(source[start:end])
    if type(seed) is not int:
        raise ValueError("not a seed")
    # A full period by Hull and Dobell (1962): 2113 is odd and no multiple of 5, 4220 one of 20.
    return put(source, start, end, str((4221 * seed + 2113) % 10_000), "seed")


def resize(source: str, span: Span, shape: tuple[int, ...]) -> Edit:
    """Grow or shrink a list of numbers to a shape; new elements repeat the last one of their
    row."""
    start, end = offsets(source, span)
    text = source[start:end]
    whole, body = expression(text)
    rows = _elements(body)
    nested = isinstance(rows[0], ast.List | ast.Tuple)
    if len(shape) != 1 + nested or min(shape) < 1:
        raise ValueError("not a shape of this list")
    changes = [_resized(whole, text, row, shape[1]) for row in rows if nested]
    after = text
    for first, last, new in sorted(changes, reverse=True):
        after = after[:first] + new + after[last:]
    whole, body = expression(after)
    first, last, new = _resized(whole, after, body, shape[0])
    return put(source, start, end, after[:first] + new + after[last:], "shape")


def _elements(node: ast.expr) -> list[ast.expr]:
    if not isinstance(node, ast.List | ast.Tuple) or not node.elts:
        raise ValueError("not a list")
    return node.elts


def _resized(whole: "Text", text: str, row: ast.expr, length: int) -> tuple[int, int, str]:
    """The new text from the first to the last element of a list."""
    places = [whole.place(each) for each in _elements(row)]
    first, last = places[0][0], places[-1][1]
    if length <= len(places):
        short = text[first : places[length - 1][1]]
        # A single number in round brackets is a tuple only by its comma.
        alone = length == 1 < len(places) and isinstance(row, ast.Tuple)
        closed = alone and not text[last:].lstrip().startswith(",")
        return first, last, short + "," * closed
    between = ", " if len(places) == 1 else text[places[-2][1] : places[-1][0]]
    again = text[slice(*places[-1])]
    return first, last, text[first:last] + (between + again) * (length - len(places))


def set_flag(source: str, span: Span, on: bool) -> Edit:
    """Add or remove `requires_grad=True` where an `Input` of kind flag points; or change a bool."""
    start, end = offsets(source, span)
    text = source[start:end]
    if on:
        new = re.sub(r"(^|=\s*)False$", r"\1True", text) if text else ", " + _SWITCH
    else:
        new = "" if text.startswith(",") else re.sub(r"True$", "False", text)
    return put(source, start, end, new, "switch")
