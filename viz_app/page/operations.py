"""The operations of the program as rows: what each is, what it works on, what it can become."""

from typing import Any

from viz_app import edit
from viz_app.model import Call, Span, Trace


def rows(trace: Trace) -> list[dict[str, Any]]:
    """A row a call, in the order in which they were worked out."""
    numbers = {it.span: at for at, it in enumerate(trace.inputs)}
    return [
        {
            "at": at,
            "name": next((name.text for name in trace.nodes[call.nodes[-1]].names), ""),
            "op": call.op,
            "choices": _choices(call),
            "operands": [
                {"at": numbers.get(span), "text": _text(trace.source, span)}
                for span in call.operands
            ],
        }
        for at, call in enumerate(trace.calls)
    ]


def _choices(call: Call) -> list[str]:
    """What a call can be changed to, with what it is now."""
    known = edit.choices(call)
    return list(known if call.op in known and call.form != "prefix" else ("", *known))


def _text(source: str, span: Span) -> str:
    first, last = edit.offsets(source, span)
    return " ".join(source[first:last].split())
