"""Traces of graphs of any shape and size, made without running anything."""

from collections.abc import Sequence

import msgspec

from viz_app.engine.client import Recorded
from viz_app.engine.wire import Answer
from viz_app.model import (
    Array,
    Edge,
    Name,
    Node,
    Pass,
    Scope,
    Send,
    Span,
    Step,
    Trace,
    Variable,
)

ONE = Array((), "torch.float32", (1.0,))


def trace(
    leaves: int,
    calls: Sequence[Sequence[int]],
    *,
    results: int = 1,
    passes: int = 1,
    scopes: Sequence[Sequence[Scope]] = (),
    variables: int = 0,
    named: bool = True,
) -> Trace:
    """The trace of `calls` whose operands are earlier nodes, leaves first.

    Each call has `results` outputs, of which operands use the first, and has a line of its own;
    call k is made inside `scopes[k]`. Each of the `passes` begins at the last call. If they are not
    `named`, all calls are on the first line.
    """
    count = leaves + len(calls)
    edges: list[Edge] = []
    into: list[list[int]] = [[] for _ in range(count)]
    nodes: list[Node] = []
    for index in range(count):
        operands = calls[index - leaves] if index >= leaves else ()
        for slot, source in enumerate(operands):
            into[index].append(len(edges))
            edges.append(Edge(len(edges), source, 0, index, slot, slot))
        made = index >= leaves
        outputs = results if made else 1
        nodes.append(
            Node(
                id=index,
                kind="op" if made else "leaf",
                op="mul" if made else None,
                grad_fn="MulBackward0" if made else None,
                names=(Name(f"v{index}"),) if named else (),
                span=Span(index + 1, 1, index + 1, 6) if named else Span(1, 1, 1, 2),
                call=index if made else None,
                scope=tuple(scopes[index - leaves]) if made and scopes else (),
                pass_number=None,
                inputs=tuple((source, 0) for source in operands),
                outputs=outputs,
                values=(ONE,) * outputs,
                grads=(ONE,) * outputs,
                requires_grad=True,
            )
        )
    reached = {count - 1}
    for index in reversed(range(count)):
        if index in reached:
            reached.update(edges[edge].source for edge in into[index])
    steps = [
        Step(
            pass_number=number + 1,
            order=order + 1,
            node=index,
            grad_fn="MulBackward0" if index >= leaves else "AccumulateGrad",
            upstream=(ONE,) * nodes[index].outputs,
            sends=tuple(Send(edge, ONE) for edge in into[index]),
            accumulated=None if index >= leaves else ONE,
        )
        for number in range(passes)
        for order, index in enumerate(sorted(reached, reverse=True))
    ]
    return Trace(
        version=1,
        source="\n".join(f"v{index} = {index}" for index in range(max(count, variables))),
        stdout="",
        echo=(),
        error=None,
        truncated=None,
        variables=tuple(
            Variable(f"v{at}", ONE, True, True, None, None, (at, 0) if at < count else None)
            for at in range(variables)
        ),
        nodes=tuple(nodes),
        edges=tuple(edges),
        passes=tuple(
            Pass(number + 1, "backward", Span(count, 1, count, 2), count, ((count - 1, 0),))
            for number in range(passes)
        ),
        steps=tuple(steps),
    )


def recorded(made: Trace) -> Recorded:
    """The answer of a child that ran a program with this trace."""
    return Recorded(made.source, msgspec.msgpack.encode(Answer(trace=made)))
