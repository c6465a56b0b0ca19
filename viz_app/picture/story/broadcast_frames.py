"""Frames for broadcasting: what is repeated in the forward pass is summed in the backward pass.

Only for operations that work element by element, where an operand has a position for each element
of the result; what a layer adds (its bias) is summed within the layer's step.
"""

from collections.abc import Iterator, Sequence

from viz_app.model import Array, Edge, FormulaPart, Frame, Message, Node, Send, Step, Word
from viz_app.picture.words import broadcasting, formula, notation
from viz_app.picture.words.notation import Reading


def axes(reading: Reading, edge: Edge) -> tuple[int, ...]:
    """The axes of the result along which an operand that gets a gradient is repeated."""
    node, source = reading.nodes[edge.target], reading.nodes[edge.source]
    slots = reading.proofs.row(node).slots
    if edge.slot is None or not node.values or any(one and not one.factor for one in slots):
        return ()
    value = source.values[edge.output] if edge.output < len(source.values) else None
    return broadcasting.axes(reading, node, edge.slot, node.values[0], value)


def labels(reading: Reading, edge: Edge, name: str) -> tuple[str, str] | None:
    """The labels at the operation: `row → 2×3` forward, `row: Σ dim 0` backward."""
    along, value = axes(reading, edge), reading.nodes[edge.target].values
    if not along or value[0] is None:
        return None
    places = ", ".join(map(str, along))
    return f"{name} → {notation.shape(value[0])}", f"{name}: Σ dim {places}"


def forward(reading: Reading, group: Sequence[Node], index: int) -> Frame | None:
    """The frame before an operation that repeats an operand; None where none is repeated."""
    edges = [edge for node in group for edge in reading.into[node.id] if axes(reading, edge)]
    if not edges:
        return None
    node = reading.nodes[edges[0].target]
    parts = tuple(
        Message(
            "caption.repeated",
            {
                "name": Word(reading.label(edge.source, edge.output), "name"),
                "axes": Word(", ".join(map(str, axes(reading, edge)))),
            },
        )
        for edge in edges
    )
    message = Message(
        "caption.repeat",
        {
            "line": Word(reading.line(node.span)),
            "op": Word(reading.expression(node), "name"),
            "parts": parts,
            "shape": Word(notation.shape(node.values[0]), "value") if node.values[0] else Word("…"),
        },
    )
    return Frame(
        index=index,
        phase="repeat",
        nodes=tuple(dict.fromkeys(edge.source for edge in edges)),
        edges=tuple(edge.id for edge in edges),
        span=node.span,
        message=message,
        formula=tuple(_formula(reading, edges)),
    )


def _formula(reading: Reading, edges: Sequence[Edge]) -> Iterator[FormulaPart]:
    """`row : (3,) -> 2 x 3`, one line per operand."""
    for edge in edges:
        if edge is not edges[0]:
            yield FormulaPart("")
        value = reading.nodes[edge.source].values[edge.output]
        result = reading.nodes[edge.target].values[0]
        label = reading.label(edge.source, edge.output)
        yield FormulaPart(rf"{formula.name(label)} :", "plain", f"{label}:")
        plain = f"{notation.shape(value)} → {notation.shape(result)}" if value and result else ""
        yield FormulaPart(rf"{_shape(value)} \to {_shape(result)}", "value", plain)


def _shape(array: Array | None) -> str:
    return notation.shape(array).replace("×", r" \times ") if array else r"\dots"


def sends(reading: Reading, step: Step) -> tuple[Send, ...]:
    """The gradients that a backward step sends to operands that were repeated."""
    edges = reading.trace.edges
    return tuple(send for send in step.sends if send.grad and axes(reading, edges[send.edge]))


def message(reading: Reading, root: str, step: Step, some: Sequence[Send]) -> Message:
    """The sentence of the following step, in which the repeated gradients are added up."""
    parts = []
    for send in some:
        edge = reading.trace.edges[send.edge]
        name = reading.label(edge.source, edge.output)
        grad = f"{formula.ratio(root, name)} = {formula.spoken(send.grad)}"
        parts.append(
            Message(
                "caption.summed",
                {
                    "name": Word(name, "name"),
                    "axes": Word(", ".join(map(str, axes(reading, edge)))),
                    "grad": Word(grad, "gradient"),
                },
            )
        )
    line = Word(reading.line(reading.nodes[step.node].span))
    return Message("caption.sum", {"line": line, "parts": tuple(parts)})
