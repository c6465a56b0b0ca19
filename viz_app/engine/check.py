"""Does a trace agree with itself? A child is not trusted: what it sent has the right types by
now, but its numbers may point anywhere. A lie that is consistent can't be told from the truth."""

import math

from viz_app.model import Array, Failure, Node, Span, Trace, Tried

LARGEST_SIDE = 2**63
"""No tensor has a longer dimension."""


def _array(array: Array | None) -> bool:
    if array is None:
        return True
    sides = array.shape
    if len(sides) > 64 or not all(0 <= side < LARGEST_SIDE for side in sides):
        return False
    whole = math.prod(sides)
    return len(array.data) < whole if array.truncated else len(array.data) == whole


def _matrix(array: Array | None) -> bool:
    return array is None or (_array(array) and len(array.shape) == 2 and not array.truncated)


def _span(span: Span | None, lines: int) -> bool:
    if span is None:
        return True
    return (
        1 <= span.line <= span.end_line <= lines + 1
        and span.column >= 1
        and span.end_column >= 1
        and (span.line, span.column) <= (span.end_line, span.end_column)
    )


def _failure(problem: Failure | None, lines: int) -> bool:
    if problem is None:
        return True
    forward = problem.forward_line
    return _span(problem.span, lines) and (forward is None or 1 <= forward <= lines + 1)


def _node(node: Node, place: int, nodes: tuple[Node, ...], passes: int, lines: int) -> bool:
    count = len(nodes)
    return (
        node.id == place
        and node.outputs >= 1
        and len(node.values) == len(node.grads) == node.outputs
        and all(0 <= name.output < node.outputs for name in node.names)
        and all(turn.turn >= 0 for turn in node.scope)
        and all(_output(at, nodes) for at in node.inputs if at is not None)
        and (node.replaces is None or 0 <= node.replaces < count)
        and (node.pass_number is None or 1 <= node.pass_number <= passes)
        and _span(node.span, lines)
        and all(_array(array) for array in (*node.values, *node.grads))
        and all(_array(array) for _, array in node.saved)
        and len(node.jacobians) <= len(node.inputs)
        and all(_matrix(array) for array in node.jacobians)
    )


def _all(indices: tuple[int, ...], count: int) -> bool:
    return bool(indices) and all(0 <= index < count for index in indices)


def _output(place: tuple[int, int], nodes: tuple[Node, ...]) -> bool:
    node, output = place
    return 0 <= node < len(nodes) and 0 <= output < nodes[node].outputs


def plausible(tried: Tried, text: str) -> bool:
    """Whether what a child tells of a text it tried can be: shapes of tensors, lines there are."""
    sides = [side for shape in tried.shapes for side in shape]
    return (
        len(tried.shapes) <= 64
        and all(len(shape) <= 64 for shape in tried.shapes)
        and all(0 <= side < LARGEST_SIDE for side in sides)
        and _failure(tried.error, text.count("\n") + text.count("\r") + 1)
    )


def consistent(trace: Trace) -> bool:
    """Whether every index points into the trace, and every array has the numbers its shape says."""
    nodes, edges = trace.nodes, trace.edges
    lines = trace.source.count("\n") + trace.source.count("\r") + 1
    passes = trace.truncated.passes if trace.truncated else len(trace.passes)
    return (
        trace.version == 1
        and _failure(trace.error, lines)
        and all(1 <= echo.line <= lines and 0 <= echo.offset <= len(trace.stdout)
                for echo in trace.echo)
        and all(0 <= aside.offset <= len(trace.stdout) and 0 <= aside.echoes <= len(trace.echo)
                for aside in trace.stderr)
        and all(_array(it.value) and _array(it.grad) for it in trace.variables)
        and all(it.node is None or _output(it.node, nodes) for it in trace.variables)
        and all(_node(node, place, nodes, passes, lines) for place, node in enumerate(nodes))
        and all(
            edge.id == place
            and _output((edge.source, edge.output), nodes)
            and 0 <= edge.target < len(nodes)
            and (edge.slot is None or edge.slot >= 0)
            and (edge.position is None or edge.position >= 0)
            for place, edge in enumerate(edges)
        )
        and all(
            1 <= each.number <= passes
            and 0 <= each.nodes_before <= len(nodes)
            and _span(each.span, lines)
            and all(_output(root, nodes) for root in each.roots)
            and (each.stopped is None or (0 <= each.stopped.node < len(nodes)
                 and all(_array(array) for array in each.stopped.upstream)))
            for each in trace.passes
        )
        and all(
            1 <= step.pass_number <= passes
            and step.order >= 1
            and 0 <= step.node < len(nodes)
            and all(0 <= sent.edge < len(edges) and _array(sent.grad) for sent in step.sends)
            and all(_array(array) for array in (*step.upstream, step.before, step.accumulated))
            for step in trace.steps
        )
        and all(0 <= it.passes_before <= passes and 0 <= it.nodes_before <= len(nodes)
                and _span(it.span, lines) and _all(it.nodes, len(nodes))
                and len(it.nodes) == len(it.before) == len(it.after)
                and all(_array(array) for array in (*it.before, *it.after))
                for it in trace.writes)
        and all(0 <= it.node < len(nodes) and all(0 <= kink < len(it.slopes) for kink in it.kinks)
                and len(it.rough) in (0, len(it.slopes))
                for it in trace.checks)
        and all(0 <= it.node < len(nodes) and it.element >= 0
                and len(it.x) == len(it.y) == len(it.slope)
                for it in trace.curves)
        and all(node is None or 0 <= node < len(nodes) for node in trace.measurable)
        and all(_span(it.span, lines) and _array(it.value)
                and (_all(it.nodes, len(nodes)) or (trace.error is not None and not it.nodes))
                for it in trace.inputs)
        and all(_span(it.span, lines) and _all(it.nodes, len(nodes))
                and all(_span(span, lines) for span in it.operands)
                for it in trace.calls)
    )  # fmt: skip
