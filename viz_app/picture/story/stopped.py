"""The frame of the step at which an error ended a backward pass."""

from collections.abc import Iterator

from viz_app.model import Change, Frame, Message, Pass, Word
from viz_app.picture.words import formula, pass_start
from viz_app.picture.words.formula import ratio, spoken
from viz_app.picture.words.notation import Reading


def frames(reading: Reading, of: Pass, index: int) -> Iterator[Frame]:
    """The frame that follows a pass's steps if an error ended it, else none.

    It gives what had arrived at the node and the line in which the node was made. Nothing is sent.
    """
    trace = reading.trace
    stop = of.stopped
    if stop is None:
        return
    node = reading.nodes[stop.node]
    arrived = [(output, grad) for output, grad in enumerate(stop.upstream) if grad is not None]
    leaf = node.kind in ("leaf", "parameter")
    root = pass_start.start(reading, of).name
    params: dict[str, Word | Message | tuple[Word | Message, ...]] = {
        "line": Word(reading.line(node.span)),
        "op": Word(
            "AccumulateGrad" if leaf else node.grad_fn or "", "name", reading.spelled(node)
        ),
        "upstream": tuple(
            Word(f"{ratio(root, reading.label(stop.node, output))} = {spoken(grad)}",
                 "gradient")
            for output, grad in arrived
        ),
        "error": Word(stop.type, "name"),
    }  # fmt: skip
    key = "refused" if stop.refused else "stopped" if arrived else "stopped_empty"
    yield Frame(
        index=index,
        phase="stopped",
        nodes=(stop.node,),
        edges=(),
        span=node.span,
        message=Message(f"caption.{key}", params),
        formula=() if leaf else formula.forward(reading, node),
        changes=()
        if stop.refused
        else tuple(
            Change(stop.node, output, (grad,), arrived=1, awaited=1, total=None if leaf else grad)
            for output, grad in arrived
        ),
        pass_number=of.number,
        starts=not any(step.pass_number == of.number for step in trace.steps),
    )
