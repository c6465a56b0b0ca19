"""A trace that is too large to be sent, cut after its first nodes."""

import msgspec

from viz_app.model import Edge, Failure, Node, Pass, Send, Step, Trace, Truncation


def first(trace: Trace, count: int, error: Failure) -> Trace:
    """The trace of the first `count` nodes, of the passes that ran only these, and of all that was
    printed. `error` is the reason, unless the program ended with another."""
    nodes = tuple(_node(node, count) for node in trace.nodes[:count])
    new: dict[int, int] = {}
    edges: list[Edge] = []
    for edge in trace.edges:
        if edge.source < count and edge.target < count:
            new[edge.id] = len(edges)
            edges.append(msgspec.structs.replace(edge, id=len(edges)))
    beyond = {step.pass_number for step in trace.steps if step.node >= count}
    passes = tuple(it for it in trace.passes if it.number not in beyond and _within(it, count))
    kept = tuple(it.number for it in passes)
    cut, total = trace.truncated, len(trace.passes)
    if len(passes) < total:
        made = total if cut is None else cut.passes
        cut = Truncation("passes", kept, made, differs=cut is not None and cut.differs)
    among = set(kept)
    return msgspec.structs.replace(
        trace,
        error=trace.error or error,
        truncated=cut,
        nodes=nodes,
        edges=tuple(edges),
        passes=passes,
        steps=tuple(_step(it, new) for it in trace.steps if it.pass_number in among),
        variables=tuple(
            it if it.node is None or it.node[0] < count else msgspec.structs.replace(it, node=None)
            for it in trace.variables
        ),
        inputs=tuple(
            msgspec.structs.replace(it, nodes=_below(it.nodes, count)) for it in trace.inputs
        ),
        calls=tuple(
            msgspec.structs.replace(it, nodes=left)
            for it in trace.calls
            if (left := _below(it.nodes, count))
        ),
        writes=tuple(
            it for it in trace.writes if it.nodes_before <= count and max(it.nodes) < count
        ),
        checks=(),
        curves=(),
        measurable=(),
        unchecked="long",
    )


def _below(nodes: tuple[int, ...], count: int) -> tuple[int, ...]:
    return tuple(node for node in nodes if node < count)


def _node(node: Node, count: int) -> Node:
    """The node, whose call may have had an operand that was noted after it."""
    if all(it.tensor is None or it.tensor[0] < count for it in node.arguments):
        return node
    return msgspec.structs.replace(node, arguments=())


def _within(it: Pass, count: int) -> bool:
    ends = [node for node, _ in it.roots]
    ends += [] if it.stopped is None else [it.stopped.node]
    ends += [] if it.refused is None else [it.refused]
    return it.nodes_before <= count and all(node < count for node in ends)


def _step(step: Step, new: dict[int, int]) -> Step:
    return msgspec.structs.replace(
        step, sends=tuple(Send(new[it.edge], it.grad) for it in step.sends)
    )
