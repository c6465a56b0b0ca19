"""The numbers that travel along the arrows at a step: values forward, gradients back.

Forward, each operand's value goes to the operation, then the result's to its card. Backward, the
gradient that arrived leaves the result's card, passes the operation, and continues as the gradient
that the engine sent along that edge. Each number is the trace's; where the picture has none (a
folded group, a tensor that Python never saw) a flight has none and a plain dot travels.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from viz_app.model import Array, Frame, Link, Trace, Vertex
from viz_app.picture.layout import tensor_block
from viz_app.picture.layout.cards import flow_text
from viz_app.picture.scene import Scene
from viz_app.picture.words import notation
from viz_app.picture.words.sizes import norm, strange_word

WRITTEN: Final = 4
"""Maximum number of elements that are written out; a larger tensor shows its norm and a grid of
tints."""
LEVELS: Final = 9
"""Steps of a grid's tints above zero, and below."""


class Chip(msgspec.Struct, frozen=True):
    """A travelling number: its text and, for a matrix, rows of tints from -LEVELS to LEVELS."""

    text: str
    grid: tuple[tuple[int, ...], ...] = ()


class Flight(msgspec.Struct, frozen=True):
    """A number on its way to vertex `to`: `before` until vertex `via`, `after` from there.

    None if unknown. `late`: it starts once the operands have arrived.
    """

    before: Chip | None
    after: Chip | None
    via: int
    to: int
    late: bool = False


def chip(array: Array | None, sign: str) -> Chip | None:
    """A travelling tensor; `sign` precedes its norm, "∇" for a gradient."""
    if array is None:
        return None
    if len(array.data) <= WRITTEN and not array.truncated:
        return Chip(notation.text(array))
    cells = tensor_block.block(array).cells
    levels = tuple(
        tuple(round(cell.tint * LEVELS) * (-1 if cell.minus else 1) for cell in row)
        for row in cells
    )
    return Chip(flow_text(norm(array), sign, strange_word(array)), levels)


class Flights:
    """The flights of a scene, found by frame and line."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.sent = _sent(scene.trace)
        self.sums = {
            (frame.pass_number, edge)
            for frame in scene.frames
            if frame.phase == "sum"
            for edge in frame.edges
        }

    def forward(self, link: Link) -> Flight:
        """The value on an arrow when its operation runs."""
        source, target = self.scene.vertices[link.source], self.scene.vertices[link.target]
        if source.kind == "card":
            return Flight(_value(source, self.scene), None, link.target, link.target)
        return Flight(None, _value(target, self.scene), link.source, link.target, late=True)

    def backward(self, frame: Frame, edges: tuple[int, ...], link: Link) -> Flight:
        """The gradient that goes back along a link at a step; `edges` are its edges in that
        step."""
        via, to = link.target, link.source
        after = self._after(frame, edges)
        if frame.phase != "backward":
            return Flight(None, after, via, to)
        # The sum over repeated positions continues in a frame of its own.
        if all((frame.pass_number, edge) in self.sums for edge in edges):
            after = None
        # The last node of a folded group received a gradient from within the group.
        folded = self.scene.vertices[via].kind == "group"
        return Flight(None if folded else self._before(frame, edges), after, via, to)

    def _before(self, frame: Frame, edges: tuple[int, ...]) -> Chip | None:
        step = self.scene.trace.steps[frame.step] if frame.step is not None else None
        if step is None or self.scene.trace.edges[edges[0]].target != step.node:
            return None
        arrived = [array for array in step.upstream if array is not None]
        seen = self.scene.reading.nodes[step.node].kind == "op"
        return chip(arrived[0], "∇") if seen and len(arrived) == 1 else None

    def _after(self, frame: Frame, edges: tuple[int, ...]) -> Chip | None:
        if len(edges) == 1:
            return chip(self.sent.get((frame.pass_number, edges[0])), "∇")
        terms = [self.sent.get((frame.pass_number, edge)) for edge in edges]
        written = [chip(term, "∇") for term in terms if term is not None]
        if len(written) == len(terms) <= 3 and all(it and not it.grid for it in written):
            return Chip(", ".join(it.text for it in written if it))
        return None


def _sent(trace: Trace) -> Mapping[tuple[int | None, int], Array | None]:
    return {(step.pass_number, send.edge): send.grad for step in trace.steps for send in step.sends}


def _value(vertex: Vertex, scene: Scene) -> Chip | None:
    if vertex.kind != "card":
        return None
    node = scene.reading.nodes[vertex.nodes[0]]
    values = node.values
    return chip(values[vertex.output], "·") if vertex.output < len(values) else None
