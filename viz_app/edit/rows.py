"""The editable parts of the program, as rows: its inputs and its operations."""

import ast
from bisect import bisect_left
from collections.abc import Iterable, Sequence

import msgspec

from viz_app import browser, notebook
from viz_app.browser import CallMark, CallRow, InputRow, Operand, Switch
from viz_app.edit import numbers
from viz_app.edit.writing import Text, offsets
from viz_app.errors import VizError, failure
from viz_app.model import Call, Input, Span, Trace
from viz_app.picture.words import notation

MOST_FIELDS = 64
"""Maximum number of fields of one list; a longer one is edited in the text."""
LONGEST = 200
"""Maximum number of characters of an operand: those of a long sum contain each other."""
LEADING = ("lr", "range")
"""The parameter and the function whose arguments' rows come first: a training loop's learning rate
and number of iterations."""


def inputs(trace: Trace) -> tuple[InputRow, ...]:
    """The rows of the inputs; a switch is in the row of the literal that feeds the same tensor."""
    rows: list[InputRow] = []
    without: dict[tuple[int, ...], list[int]] = {}
    """The rows of numbers that have no switch yet, by the nodes that they feed."""
    tree = _tree(trace.source) if trace.inputs else ()
    calls = _calls(trace.source, tree) if tree else []
    leading = _leading(tree) if tree else frozenset()
    ends = [end for _, end in calls]
    operands = {span for call in trace.calls for span in call.operands}
    operands -= {it.span for it in trace.inputs if it.value.shape}
    for at, it in enumerate(trace.inputs):
        if it.kind == "flag":
            switch = Switch(at, bool(it.value.data[0]))
            mates = without.get(it.nodes)
            if not mates:
                rows.append(_row(at, it, [], switch=switch))
            else:
                mate = mates.pop(0)
                rows[mate] = msgspec.structs.replace(rows[mate], switch=switch)
        elif it.kind == "bool":
            switch = Switch(at, bool(it.value.data[0]))
            rows.append(_row(at, it, [], _owner(trace, it, calls, ends), switch=switch))
        elif it.span not in operands:
            owner = _owner(trace, it, calls, ends)
            without.setdefault(it.nodes, []).append(len(rows))
            rows.append(_row(at, it, _fields(trace.source, it), owner))
    return tuple(sorted(rows, key=lambda row: row.name not in leading))


def _row(
    at: int, it: Input, fields: list[list[str]], owner: str = "", switch: Switch | None = None
) -> InputRow:
    return InputRow(at, it.kind, it.name, owner, it.span.line, it.value.shape, fields, switch)


def _tree(source: str) -> Sequence[ast.AST]:
    """The nodes of the parsed text; none for one whose end is no Python: the cells before it have
    run."""
    try:
        return tuple(ast.walk(notebook.parsed(source)))
    except SyntaxError:
        return ()


def _calls(source: str, tree: Iterable[ast.AST]) -> list[tuple[int, int]]:
    """The start and end of each call that is in no other one, in their order."""
    places = Text(source, 0)
    calls = sorted(places.place(piece) for piece in tree if isinstance(piece, ast.Call))
    outer: list[tuple[int, int]] = []
    for start, end in calls:
        if not outer or start >= outer[-1][1]:
            outer.append((start, end))
        elif end > outer[-1][1]:  # `f(x)(y)` begins where `f(x)` does
            outer[-1] = outer[-1][0], end
    return outer


def _leading(tree: Iterable[ast.AST]) -> frozenset[str]:
    """The names of a learning rate and of a loop's number of iterations: `epochs` of `for epoch in
    range(epochs)`."""
    found = set(LEADING)
    for piece in tree:
        if isinstance(piece, ast.keyword) and piece.arg == LEADING[0]:
            found |= _names(piece.value)
        elif isinstance(piece, ast.For):
            found |= {
                name
                for call in ast.walk(piece.iter)
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
                if call.func.id == LEADING[1]
                for argument in call.args
                for name in _names(argument)
            }
    return frozenset(found)


def _names(piece: ast.AST) -> set[str]:
    return {it.id for it in ast.walk(piece) if isinstance(it, ast.Name)}


def _owner(trace: Trace, it: Input, calls: Sequence[tuple[int, int]], ends: Sequence[int]) -> str:
    """The layer that alone takes this argument of a call: `conv1` of `net.conv1`; "" for none, or
    for several."""
    first, last = offsets(trace.source, it.span)
    around = bisect_left(ends, last)
    if it.kind not in ("size", "number", "bool") or around >= len(calls):
        return ""
    if calls[around][0] >= first:  # it has a name of its own
        return ""
    nodes = [trace.nodes[node] for node in it.nodes]
    made = [node for node in nodes if node.kind == "parameter"]
    if made:
        if any(not node.names or node.replaces is not None for node in made):
            return ""
        if any(node.kind != "parameter" and node.names for node in nodes):
            return ""  # nodes without a name are its buffers
        layers = {node.names[0].text.rpartition(".")[0] for node in made}
        # `att` of `att.in_proj_weight` and `att.out_proj.weight`
        around_all = [one for one in layers if all(f"{it}.".startswith(f"{one}.") for it in layers)]
        return around_all[0].rpartition(".")[2] if around_all else ""
    made_there = [
        {trace.nodes[node].scope[-1].name for node in call.nodes}
        for call in trace.calls
        if call.form == "layer" and _inside(offsets(trace.source, call.span), (first, last))
    ]
    layers = set().union(*made_there)
    if len(made_there) != 1 or len(layers) != 1:
        return ""
    return notation.indexed(layers.pop()).rpartition(".")[2]


def _inside(outer: tuple[int, int], inner: tuple[int, int]) -> bool:
    return outer[0] < inner[0] and inner[1] < outer[1]


def _fields(source: str, it: Input) -> list[list[str]]:
    """The numbers as they are written, one list per row.

    VizError "forged" if they are no expression: of a real run's input they always are.
    """
    if not 0 < len(it.value.data) <= MOST_FIELDS:
        return []
    try:
        texts = numbers.elements(source, it.span)
    except ValueError as problem:
        raise VizError(failure("forged", type="input.span")) from problem
    wide = it.value.shape[-1] if it.value.shape else 1
    return [texts[start : start + wide] for start in range(0, len(texts), wide)]


def calls(trace: Trace) -> tuple[CallRow, ...]:
    """One row per call, in evaluation order."""
    numbers = {it.span: at for at, it in enumerate(trace.inputs) if not it.value.shape}
    return tuple(
        CallRow(
            at=place,
            name=name(trace, call),
            line=call.span.line,
            op=call.op + "=" * (call.form == "augmented"),
            operands=tuple(
                Operand(at, text(trace.source, span, whole=at is not None))
                for span, at in ((span, numbers.get(span)) for span in call.operands)
            ),
        )
        for place, call in enumerate(trace.calls)
    )


def marks(trace: Trace) -> tuple[CallMark, ...]:
    """Each call as the choice refers to it: its text, its span, its shape."""
    return tuple(
        CallMark(
            name="" if call.form == "augmented" else name(trace, call),
            span=browser.Span.of(call.span),
            text=notation.clean(text(trace.source, call.span), 60),
            shape=shapes(
                tuple(it.shape for it in trace.nodes[call.nodes[-1]].values if it is not None)
            ),
        )
        for call in trace.calls
    )


def shapes(shapes: tuple[tuple[int, ...], ...]) -> str:
    """`(2, 3)`, in PyTorch's notation of a size."""
    return ", ".join(str(shape) for shape in shapes)


def name(trace: Trace, call: Call) -> str:
    if call.form == "layer":
        return notation.indexed(trace.nodes[call.nodes[-1]].scope[-1].name)
    return next((name.text for name in trace.nodes[call.nodes[-1]].names), "")


def text(source: str, span: Span, *, whole: bool = False) -> str:
    """A piece of the program on one line; cut if it is long, unless the `whole` of it is needed."""
    first, last = offsets(source, span)
    end = last if whole else min(last, first + LONGEST)
    return " ".join(source[first:end].split()) + "…" * (end < last)
