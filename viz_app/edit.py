"""A change of an input or an operation -> new program text, as a person would write it.

Pure functions of text. Each gives an `Edit`: what stands at a span, and what will. Brackets are
put only where the text would mean something else without them, which is found out by reading it:
two texts mean the same when Python parses them to the same tree. Places are counted as in `Span`,
in characters; an operation that can't be made from what stands there is a ValueError.
"""

import ast
import re
from bisect import bisect_right

import msgspec

from viz_app.model import Call, Span

INFIX = ("+", "-", "*", "/", "**", "@")
FUNCTIONS = tuple(
    "exp log sqrt square abs neg reciprocal sin cos tanh sigmoid relu softplus".split()
)
REDUCTIONS = ("sum", "mean", "prod", "max", "min", "norm")
"""By torch's own names: of one tensor element by element, and one number of many."""

_NOT_METHODS = {"softplus": "torch.nn.functional.softplus"}
_SWITCH = "requires_grad=True"
_TYPED = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_LONGEST = 32
_NEWLINE = re.compile(r"\r\n|\r|\n")
_GAP = re.compile(r"(?:[\s)\\]|#[^\n]*\n)*")
_OPENED = re.compile(r"\(\s*\Z")
_CLOSED = re.compile(r"\s*\)")


class Edit(msgspec.Struct, frozen=True):
    """At `span` stands `old`; it becomes `new`. `name` is the catalogue key of what was done."""

    name: str
    span: Span
    old: str
    new: str


def apply(source: str, edit: Edit) -> str:
    """The text after an edit. ValueError if something else stands at its span by now."""
    start, end = offsets(source, edit.span)
    if source[start:end] != edit.old:
        raise ValueError("the text has changed")
    return source[:start] + edit.new + source[end:]


def undo(edit: Edit) -> Edit:
    """The edit that takes an applied one back."""
    lines, at = _NEWLINE.split(edit.new), edit.span
    column = len(lines[-1]) + (at.column if len(lines) == 1 else 1)
    span = Span(at.line, at.column, at.line + len(lines) - 1, column)
    return Edit(edit.name, span, edit.new, edit.old)


def offsets(source: str, span: Span) -> tuple[int, int]:
    """Where a span begins and ends in the text. ValueError if the text is not that long."""
    starts = _starts(source)
    if not 1 <= span.line <= span.end_line <= len(starts):
        raise ValueError("outside the text")
    start = starts[span.line - 1] + span.column - 1
    end = starts[span.end_line - 1] + span.end_column - 1
    if not start <= end <= len(source):
        raise ValueError("outside the text")
    return start, end


# ------------------------------------------------------------------------------------- numbers


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
    """Write another number where one stands."""
    start, end = offsets(source, span)
    return _fit(source, span, [_Operand(number(source[start:end], typed))], "number")


def set_element(source: str, span: Span, index: tuple[int, ...], typed: str) -> Edit:
    """Write another number at one place of a list, of a list of lists, or of `2, 3`."""
    start, end = offsets(source, span)
    text = source[start:end]
    whole, body = _expression(text)
    element = body
    for place in index:
        if not isinstance(element, ast.List | ast.Tuple) or not 0 <= place < len(element.elts):
            # A single size is no tuple, and has one place.
            if place == 0 and element is body and len(index) == 1:
                break
            raise ValueError("no such element")
        element = element.elts[place]
    first, last = whole.place(element)
    return _put(source, start + first, start + last, number(text[first:last], typed), "number")


def elements(source: str, span: Span) -> list[str]:
    """The numbers of a literal as they are written, row by row."""
    start, end = offsets(source, span)
    text = source[start:end]
    whole, body = _expression(text)
    walk, found = [body], []
    while walk:
        node = walk.pop()
        if isinstance(node, ast.List | ast.Tuple):
            walk.extend(reversed(node.elts))
        else:
            found.append(text[slice(*whole.place(node))])
    return found


def roll(source: str, span: Span) -> Edit:
    """Write another seed, from 0 to 9999; going on, every one comes before the first again."""
    start, end = offsets(source, span)
    seed = ast.literal_eval(source[start:end])
    if type(seed) is not int:
        raise ValueError("not a seed")
    # A full period by Hull and Dobell (1962): 2113 is odd and no multiple of 5, 4220 one of 20.
    return _put(source, start, end, str((4221 * seed + 2113) % 10_000), "seed")


def resize(source: str, span: Span, shape: tuple[int, ...]) -> Edit:
    """Grow or shrink a list of numbers to a shape; what is new repeats the last of its kind."""
    start, end = offsets(source, span)
    text = source[start:end]
    whole, body = _expression(text)
    rows = _elements(body)
    nested = isinstance(rows[0], ast.List)
    if len(shape) != 1 + nested or min(shape) < 1:
        raise ValueError("not a shape of this list")
    changes = [_resized(whole, text, row, shape[1]) for row in rows if nested]
    after = text
    for first, last, new in sorted(changes, reverse=True):
        after = after[:first] + new + after[last:]
    whole, body = _expression(after)
    first, last, new = _resized(whole, after, body, shape[0])
    return _put(source, start, end, after[:first] + new + after[last:], "shape")


def _elements(node: ast.expr) -> list[ast.expr]:
    if not isinstance(node, ast.List) or not node.elts:
        raise ValueError("not a list")
    return node.elts


def _resized(whole: "_Text", text: str, row: ast.expr, length: int) -> tuple[int, int, str]:
    """What becomes of the stretch from the first to the last element of a list."""
    places = [whole.place(each) for each in _elements(row)]
    first, last = places[0][0], places[-1][1]
    if length <= len(places):
        return first, last, text[first : places[length - 1][1]]
    between = ", " if len(places) == 1 else text[places[-2][1] : places[-1][0]]
    again = text[slice(*places[-1])]
    return first, last, text[first:last] + (between + again) * (length - len(places))


def set_flag(source: str, span: Span, on: bool) -> Edit:
    """Add or take out `requires_grad=True` where `Input` of kind flag says it stands."""
    start, end = offsets(source, span)
    text = source[start:end]
    if on:
        new = re.sub(r"(=\s*)False$", r"\1True", text) if text else ", " + _SWITCH
    else:
        new = "" if text.startswith(",") else re.sub(r"True$", "False", text)
    return _put(source, start, end, new, "switch")


# ---------------------------------------------------------------------------------- operations


def choices(call: Call) -> tuple[str, ...]:
    """What a call can be changed to, by how many operands it has; empty for what we don't know."""
    if call.form == "infix":
        return (*INFIX, *FUNCTIONS)
    if len(call.operands) == 1:
        return REDUCTIONS if call.op in REDUCTIONS else (*FUNCTIONS, *REDUCTIONS)
    return ()


def change(source: str, call: Call, to: str) -> Edit:
    """Make another operation of one: `to` is one of INFIX, FUNCTIONS or REDUCTIONS.

    An operator takes both operands: `a + b` -> `a * b`; a function the first: `b ** 2` ->
    `b.exp()`. From reduction to reduction the arguments stay: `x.sum(dim=0)` -> `x.mean(dim=0)`.
    """
    text, parts = _read(source, call)
    first, last = parts[0]
    operand = _Operand(text[first:last])
    if to in INFIX and call.form == "infix":
        right = _Operand(text[slice(*parts[1])])
        between = text[last : parts[1][0]]
        plain = not re.search(r"[()#]", text[:first] + between)
        sign = between.replace(call.op, to, 1) if plain else f" {to} "
        return _fit(source, call.span, [operand, sign, right], "operation")
    if to not in (*FUNCTIONS, *REDUCTIONS):
        raise ValueError(f"no such operation: {to[:_LONGEST]!r}")
    again = to in REDUCTIONS and call.op in REDUCTIONS
    if call.form == "function":
        tail = text[last:] if again else ")"
        head = f"{_qualified(to)}(" + ("(" * (text[:first].count("(") - 1) if again else "")
        return _fit(source, call.span, [head, operand, tail], "operation")
    if call.form == "method" and again:
        gap, rest = _rest(text[last:])
        rest = rest.replace(call.op, to, 1)
        return _fit(source, call.span, [operand, gap + rest], "operation")
    return _fit(source, call.span, _applied(operand, to), "operation")


def swap(source: str, call: Call) -> Edit:
    """Exchange the first two operands: `a - b` -> `b - a`."""
    text, parts = _read(source, call)
    if len(parts) < 2:
        raise ValueError("one operand can't be swapped")
    (first, last), (start, end) = parts[:2]
    left, right = _Operand(text[first:last]), _Operand(text[start:end])
    between = text[last:start]
    if call.form == "infix" and re.search(r"[()#]", text[:first] + between):
        return _fit(source, call.span, [right, f" {call.op} ", left], "swap")
    if call.form == "method":
        gap, rest = _rest(between)
        return _fit(source, call.span, [right, gap + rest, left, text[end:]], "swap")
    return _fit(source, call.span, [text[:first], right, between, left, text[end:]], "swap")


def wrap(source: str, span: Span, function: str) -> Edit:
    """Put a function around an expression: `b ** 2` -> `torch.exp(b ** 2)`."""
    start, end = offsets(source, span)
    pieces = [f"{_qualified(function)}(", _Operand(source[start:end]), ")"]
    return _fit(source, span, pieces, "wrap")


def step_after(source: str, call: Call, to: str) -> Edit:
    """Add a function of the result: `c = b ** 2` -> `c = (b ** 2).exp()`."""
    text, _ = _read(source, call)
    return _fit(source, call.span, _applied(_Operand(text), to), "step")


def remove(source: str, call: Call, keep: int = 0) -> Edit:
    """Leave an operation out and keep one of its operands: `b ** 2` -> `b`."""
    text, parts = _read(source, call)
    if not 0 <= keep < len(parts):
        raise ValueError("no such operand")
    return _fit(source, call.span, [_Operand(text[slice(*parts[keep])])], "remove")


def _qualified(function: str) -> str:
    if function not in (*FUNCTIONS, *REDUCTIONS):
        raise ValueError(f"no such operation: {function[:_LONGEST]!r}")
    return _NOT_METHODS.get(function, f"torch.{function}")


def _applied(operand: "_Operand", to: str) -> "list[str | _Operand]":
    """A function of an operand: a method where tensors have it."""
    name = _qualified(to)
    return [f"{name}(", operand, ")"] if to in _NOT_METHODS else [operand, f".{to}()"]


def _read(source: str, call: Call) -> tuple[str, list[tuple[int, int]]]:
    """A call's text, and where in it its operands stand, without brackets of their own."""
    start, end = offsets(source, call.span)
    places = [offsets(source, span) for span in call.operands]
    if not places or not all(start <= first < last <= end for first, last in places):
        raise ValueError("no operands")
    return source[start:end], [(first - start, last - start) for first, last in places]


def _rest(text: str) -> tuple[str, str]:
    """What follows a method's receiver: the gap, if no bracket was closed in it, and the rest."""
    found = _GAP.match(text)
    gap = found.group() if found else ""
    return ("" if re.search(r"[)#]", gap) else gap), text[len(gap) :]


# ------------------------------------------------------------------------------------- writing


class _Operand(str):
    """A piece of new text that is one expression, to be put in brackets where it needs them."""

    __slots__ = ()


def _fit(source: str, span: Span, pieces: "list[str | _Operand]", name: str) -> Edit:
    """The edit that writes the pieces, as one expression, with the fewest brackets."""
    start, end = offsets(source, span)
    first, last = _statement(source, start, end)
    before, after = source[first:start], source[end:last]
    bare: set[int] = set()
    whole = len(pieces)

    def written() -> str:
        made = "".join(
            f"({piece})" if isinstance(piece, _Operand) and place not in bare else piece
            for place, piece in enumerate(pieces)
        )
        return made if whole in bare else f"({made})"

    meant = _meaning(before + written() + after)
    if meant is None:
        raise ValueError("this would be no program")
    for place in (whole, *(at for at, piece in enumerate(pieces) if isinstance(piece, _Operand))):
        bare.add(place)
        if _meaning(before + written() + after) != meant:
            bare.discard(place)
    new = written()
    # Brackets that were there for what is gone go with it.
    opened, closed = _OPENED.search(before), _CLOSED.match(after)
    while opened and closed:
        outer, rest = before[: opened.start()], after[closed.end() :]
        if _meaning(outer + new + rest) != meant:
            break
        if _meaning(outer + source[start:end] + rest) == _meaning(source[first:last]):
            break
        start, end = first + opened.start(), end + closed.end()
        before, after = outer, rest
        opened, closed = _OPENED.search(before), _CLOSED.match(after)
    return _put(source, start, end, new, name)


def _meaning(text: str) -> str | None:
    """What Python makes of a statement, None for what is no statement."""
    try:
        return ast.dump(ast.parse(text))
    except SyntaxError:
        return None


def _statement(source: str, start: int, end: int) -> tuple[int, int]:
    """Where the top-level statement around a stretch of the text begins and ends."""
    tree = ast.parse(source)
    whole = _Text(source, 0)
    for statement in tree.body:
        first, last = whole.place(statement)
        if first <= start and end <= last:
            return first, last
    raise ValueError("no statement there")


def _put(source: str, start: int, end: int, new: str, name: str) -> Edit:
    return Edit(f"inputs.done_{name}", _span(source, start, end), source[start:end], new)


def _span(source: str, start: int, end: int) -> Span:
    starts = _starts(source)
    line, end_line = (bisect_right(starts, place) for place in (start, end))
    return Span(line, start - starts[line - 1] + 1, end_line, end - starts[end_line - 1] + 1)


def _starts(text: str) -> list[int]:
    return [0, *(found.end() for found in _NEWLINE.finditer(text))]


class _Text:
    """A parsed text and where the pieces of its tree stand in it, in characters from 0."""

    def __init__(self, text: str, shift: int) -> None:
        self._text = text
        self._starts = _starts(text)
        self._shift = shift

    def place(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        """Where a piece begins and ends."""
        end = node.end_lineno, node.end_col_offset
        return self._offset(node.lineno, node.col_offset), self._offset(end[0] or 0, end[1] or 0)

    def _offset(self, line: int, column: int) -> int:
        """CPython counts columns in bytes of UTF-8."""
        start = self._starts[line - 1]
        text = self._text[start : start + column]
        if not text.isascii():
            text = text.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "replace")
        return start + len(text) - self._shift


def _expression(text: str) -> tuple[_Text, ast.expr]:
    """An expression that may go over several lines. ValueError if the text is none."""
    try:
        tree = ast.parse(f"({text}\n)", mode="eval")
    except SyntaxError as error:
        raise ValueError("no expression") from error
    return _Text(f"({text}", 1), tree.body
