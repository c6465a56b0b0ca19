"""A trace for other programs and for a terminal: JSON, and a table. Pure functions of a Trace."""

import json
import math
import unicodedata
from collections.abc import Sequence
from typing import Any

from viz_app.knowledge.text import load
from viz_app.model import Array, Failure, Node, Number, Span, Step, Trace

Json = Any
"""The values json.dumps accepts: dict, list, str, int, float, bool, None."""

# ------------------------------------------------------------------------------------- numbers


def number(value: Number | None) -> Json:
    """A number in strict JSON, which has no nan and no infinity: these become words; complex
    numbers pairs."""
    if isinstance(value, tuple):
        return {"re": number(value[0]), "im": number(value[1])}
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value


def array(value: Array | None) -> Json:
    """Nested lists of all elements, or an object with the head and the statistics."""
    if value is None:
        return None
    flat: list[Json] = [number(one) for one in value.data]
    if value.truncated:
        return {
            "head": flat,
            "shape": list(value.shape),
            "min": number(value.minimum),
            "max": number(value.maximum),
            "mean": number(value.mean),
            "norm": number(value.norm),
            "nan": value.nan,
            "inf": value.inf,
        }
    if not value.shape:
        return flat[0]
    if 0 in value.shape:
        return _empty(value.shape)
    for side in reversed(value.shape[1:]):
        flat = [flat[start : start + side] for start in range(0, len(flat), side)]
    return flat


_MOST_EMPTY_LISTS = 1_024


def _empty(shape: tuple[int, ...]) -> Json:
    """A tensor without elements: the lists down to the first side of length 0."""
    before = shape[: shape.index(0)]
    if math.prod(before) > _MOST_EMPTY_LISTS:
        return []
    nested: Json = []
    for side in reversed(before):
        nested = [nested] * side
    return nested


# ---------------------------------------------------------------------------------------- JSON


def _hint(problem: Failure) -> str | None:
    words = load("en")
    return words(f"hint.{problem.hint}", **problem.params) if problem.hint else None


def message(problem: Failure) -> str:
    """The error's message, in Python's or PyTorch's words if it is theirs, else in ours (English).

    For a common mistake a plain sentence follows, with the meaning and the fix.
    """
    if problem.code in ("exception", "syntax") and problem.type:
        theirs = f"{problem.type}: {problem.message}" if problem.message else problem.type
        hint = _hint(problem)
        return f"{theirs} ({hint})" if hint else theirs
    return load("en")(f"error.{problem.code}", **problem.params)


def _error(problem: Failure) -> Json:
    own = problem.code in ("exception", "syntax")
    return {
        "code": problem.code,
        "type": problem.type,
        "message": problem.message if own else message(problem),
        "line": problem.span.line,
        "column": problem.span.column,
        "hint": _hint(problem),
        "forward_line": problem.forward_line,
    }


def _stopped(trace: Trace) -> Json | None:
    """The node whose backward raised the error that ended the program."""
    last = trace.passes[-1] if trace.passes else None
    stop, problem = last.stopped if last else None, trace.error
    if last is None or stop is None or problem is None:
        return None
    if (stop.type, stop.message) != (problem.type, problem.message):
        return None
    return {
        "pass": last.number,
        "node": stop.node,
        "grad_fn": trace.nodes[stop.node].grad_fn or "AccumulateGrad",
        "grad_out": [array(one) for one in stop.upstream],
    }


def _scope(node: Node) -> str | None:
    """The place where a node was made: the innermost module's dotted path, else the innermost
    function."""
    for kind in ("module", "function"):
        for scope in reversed(node.scope):
            if scope.kind == kind:
                return scope.name
    return None


def _names(node: Node) -> list[str]:
    return list(dict.fromkeys(name.text for name in node.names))


def _node(node: Node) -> Json:
    value = node.values[0]
    made = {
        "id": node.id,
        "kind": node.kind if node.requires_grad else "constant",
        "op": node.op,
        "grad_fn": node.grad_fn,
        "names": _names(node),
        "span": _span(node),
        "call": node.call,
        "scope": _scope(node),
        "scopes": [[scope.kind, scope.name, scope.ordinal] for scope in node.scope],
        "module": node.module,
        "pass": node.pass_number,
        "replaces": node.replaces,
        "inputs": [None if source is None else list(source) for source in node.inputs],
        "outputs": node.outputs,
        "shape": None if value is None else list(value.shape),
        "dtype": None if value is None else value.dtype,
        "value": array(value),
        "grad": array(node.grads[0]),
        "requires_grad": node.requires_grad,
        "saved": {name: array(kept) for name, kept in node.saved},
    }
    if node.outputs > 1:
        made["values"] = [array(each) for each in node.values]
        made["grads"] = [array(each) for each in node.grads]
    return made


def _span(it: Any) -> Json:
    return it.span and _place(it.span)


def _place(span: Span) -> Json:
    return [span.line, span.column, span.end_line, span.end_column]


def _step(step: Step, trace: Trace, lines: dict[int, int | None]) -> Json:
    edges = trace.edges
    return {
        "pass": step.pass_number,
        "order": step.order,
        "line": lines.get(step.pass_number),
        "node": step.node,
        "grad_fn": step.grad_fn,
        "hooked": step.hooked,
        "grad_out": [array(arrived) for arrived in step.upstream],
        "contributions": [
            {
                "node": edges[sent.edge].source,
                "output": edges[sent.edge].output,
                "slot": edges[sent.edge].slot,
                "grad": array(sent.grad),
            }
            for sent in step.sends
        ],
        "before": array(step.before),
        "accumulated": array(step.accumulated),
    }


def document(trace: Trace) -> dict[str, Json]:
    """The trace as CONTRACT.md's JSON document, in plain dicts and lists."""
    lines = {each.number: each.span.line if each.span else None for each in trace.passes}
    cut = trace.truncated
    return {
        "version": trace.version,
        "source": trace.source,
        "stdout": trace.stdout,
        "echo": [{"line": it.line, "text": it.text, "offset": it.offset} for it in trace.echo],
        "error": trace.error and _error(trace.error) | {"stopped": _stopped(trace)},
        "truncated": cut
        and {
            "reason": cut.reason,
            "passes_kept": list(cut.passes_kept),
            "passes": cut.passes,
            "differs": cut.differs,
        },
        "variables": {
            it.name: {
                "shape": list(it.value.shape),
                "dtype": it.value.dtype,
                "requires_grad": it.requires_grad,
                "is_leaf": it.is_leaf,
                "grad_fn": it.grad_fn,
                "value": array(it.value),
                "grad": array(it.grad),
                "node": None if it.node is None else list(it.node),
            }
            for it in trace.variables
        },
        "nodes": [_node(node) for node in trace.nodes],
        "edges": [
            {"id": it.id, "source": it.source, "output": it.output, "target": it.target,
             "slot": it.slot, "position": it.position}
            for it in trace.edges
        ],
        "passes": [
            {"number": it.number, "kind": it.kind, "span": _span(it),
             "nodes_before": it.nodes_before, "roots": [list(root) for root in it.roots]}
            for it in trace.passes
        ],
        "backward": [_step(step, trace, lines) for step in trace.steps],
        "inputs": [
            {"kind": it.kind, "span": _span(it), "name": it.name, "value": array(it.value),
             "nodes": list(it.nodes)}
            for it in trace.inputs
        ],
        "calls": [
            {"form": it.form, "op": it.op, "span": _span(it),
             "operands": [_place(span) for span in it.operands], "nodes": list(it.nodes)}
            for it in trace.calls
        ],
    }  # fmt: skip


def to_json(trace: Trace) -> str:
    """One strict JSON document on one line. Same trace, same text; always encodes as UTF-8."""
    return strict_json(document(trace))


def strict_json(value: Json) -> str:
    """A JSON value on one line. Raises ValueError for nan and infinities."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode("utf-8")


# ------------------------------------------------------------------------------------ terminal

_WIDEST = 48
"""Maximum columns of a cell of the table; a terminal shows no more side by side."""

_UNSAFE = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
"""Unicode categories that move the cursor, change the direction of writing, or are not text."""


def safe(text: str) -> str:
    """Text without control, format (bidi) or line-breaking characters; each becomes a space."""
    return "".join(
        " " if unicodedata.category(character) in _UNSAFE else character for character in text
    )


def width(text: str) -> int:
    """Columns of a text in a terminal: two for a wide (Korean) character."""
    return sum(
        0 if unicodedata.combining(character)
        else 2 if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )  # fmt: skip


def shorten(text: str, columns: int) -> str:
    """The text in at most `columns` columns, with an ellipsis if it was cut."""
    if width(text) <= columns:
        return text
    kept = ""
    for character in text:
        if width(kept + character) > columns - 1:
            break
        kept += character
    return kept + "…"


def brief(value: Array | None) -> str:
    """A tensor's numbers in few characters, in PyTorch's notation."""
    if value is None:
        return "–"
    if value.truncated:
        shape = "×".join(str(side) for side in value.shape)
        return f"{shape} {value.dtype.removeprefix('torch.')}"
    return _bracketed(array(value))


def _bracketed(value: Json) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_bracketed(each) for each in value) + "]"
    if isinstance(value, dict):
        return f"{_bracketed(value['re'])}+{_bracketed(value['im'])}j"
    if isinstance(value, bool) or not isinstance(value, float):
        return str(value)
    return f"{value:.0f}." if value.is_integer() and abs(value) < 1e6 else f"{value:.5g}"


def _rows(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Columns of equal width, two spaces between, a line under the head."""
    table = [head, *[tuple(shorten(safe(cell), _WIDEST) for cell in row) for row in rows]]
    widths = [max(width(row[place]) for row in table) for place in range(len(head))]
    lines = [
        "  ".join(cell + " " * (wide - width(cell)) for cell, wide in zip(row, widths, strict=True))
        for row in table
    ]
    return [line.rstrip() for line in (lines[0], "  ".join("─" * wide for wide in widths),
                                       *lines[1:])]  # fmt: skip


def _called(node: Node) -> str:
    return node.names[-1].text if node.names else f"#{node.id}"


def to_table(trace: Trace) -> str:
    """The report for a reader at a terminal: prints, nodes with value and gradient, backward
    steps."""
    printed = [safe(line).rstrip() for line in interleaved(trace)]
    nodes = [
        (str(node.id), ", ".join(_names(node)) or "–", node.grad_fn or node.op or node.kind,
         brief(node.values[0]), brief(node.grads[0]))
        for node in trace.nodes
    ]  # fmt: skip
    steps = [
        (f"{step.pass_number}.{step.order}", step.grad_fn,
         ", ".join(brief(arrived) for arrived in step.upstream),
         "; ".join(f"{_called(trace.nodes[trace.edges[sent.edge].source])} {brief(sent.grad)}"
                   for sent in step.sends)
         or (f"{_called(trace.nodes[step.node])}.grad = {brief(step.accumulated)}"
             if step.accumulated else "–"))
        for step in trace.steps
    ]  # fmt: skip
    blocks = [printed] if printed else []
    if nodes:
        blocks.append(_rows(("node", "name", "operation", "value", "gradient"), nodes))
    if steps:
        blocks.append(_rows(("step", "backward", "received", "sends"), steps))
    if trace.truncated:
        cut = trace.truncated
        kept = [f"{len(cut.passes_kept)} of {cut.passes} backward passes kept whole"]
        blocks.append([*kept, DIFFERS] if cut.differs else kept)
    return "\n\n".join("\n".join(block) for block in blocks) + "\n" if blocks else ""


DIFFERS = "a second run gave other numbers; everything shown comes from one run"


def interleaved(trace: Trace) -> list[str]:
    """Printed text and echoes in their order of appearance."""
    text, at = "", 0
    for echo in trace.echo:
        text += trace.stdout[at : echo.offset]
        at = echo.offset
        text += ("" if not text or text.endswith("\n") else "\n") + echo.text + "\n"
    text += trace.stdout[at:]
    return text.rstrip("\n").split("\n") if text else []
