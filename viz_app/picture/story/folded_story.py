"""The story of a folded picture: everything inside one group becomes one frame.

Also the flow through each group: the norms of its outputs and of the gradient that comes back.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from viz_app.model import Array, Frame, Group, Message, Sequel, Step, Trace, Word
from viz_app.picture.words.sizes import norm, strange, strange_word

Boxes = Mapping[int, Group]
"""The folded group around each node of the trace that is in one."""


class Flow(msgspec.Struct, frozen=True):
    """The flow through one folded group.

    `value` is the norm of all its outputs, or of what an optimiser's step wrote (None if Python saw
    nothing, or if several backward passes begin in it: each has outputs of its own); `nan` and
    `inf` count elements of all values in it. `gradients` are (frame, norm of what has come back so
    far in that pass, "nan" or "inf" if there is one in it).
    """

    value: float | None
    nan: int
    inf: int
    gradients: tuple[tuple[int, float, str], ...]


def fold(
    frames: Sequence[Frame], trace: Trace, boxes: Boxes
) -> tuple[tuple[Frame, ...], tuple[int, ...]]:
    """The frames with each run inside one folded group merged into one, and each old frame's new
    index.

    A leaf that appears inside a folded group has no frame.
    """
    merged: list[Frame] = []
    places: list[int] = []
    run: list[Frame] = []
    present: tuple[Group, str, int | None] | None = None

    def close() -> None:
        if run and present is not None:
            merged.append(_one(run, present[0], len(merged)))
            run.clear()

    for frame in frames:
        group = _group(frame, trace, boxes)
        if group is None or frame.phase in ("write", "repeat", "sum", "stopped", "refused"):
            close()
            present = None
            places.append(len(merged))
            merged.append(msgspec.structs.replace(frame, index=len(merged)))
            continue
        if frame.phase in ("forward", "update") and not _made(frame, trace):
            places.append(len(merged))
            continue
        half = "backward" if frame.step is not None else "forward"
        key = (group, half, frame.pass_number)
        # A leaf is reached while the group that uses it runs, wherever the leaf itself is folded.
        goes_on = present is not None and frame.phase == "accumulate" and key[1:] == present[1:]
        if (key != present and not goes_on) or frame.starts:
            close()
            present = key
        run.append(frame)
        places.append(len(merged))
    close()
    last = max(0, len(merged) - 1)
    return tuple(merged), tuple(min(place, last) for place in places)


def _group(frame: Frame, trace: Trace, boxes: Boxes) -> Group | None:
    """The group that contains everything the frame is about; constants it brings along don't
    count."""
    nodes = [n for n in frame.nodes if trace.nodes[n].kind != "constant"] or list(frame.nodes)
    around = {boxes[node].id if node in boxes else None for node in nodes}
    return boxes[nodes[0]] if len(around) == 1 and nodes and nodes[0] in boxes else None


def _made(frame: Frame, trace: Trace) -> bool:
    return any(
        trace.nodes[node].kind in ("op", "hidden") or trace.nodes[node].replaces is not None
        for node in frame.nodes
    )


def _one(run: Sequence[Frame], group: Group, index: int) -> Frame:
    last, first = run[-1], run[0]
    backward = last.step is not None
    name = Word(group.name, "name")
    count = Word(str(len(run)))
    updates = not backward and all(frame.phase == "update" for frame in run)
    what = "backward" if backward else "update" if updates else "forward"
    key = f"caption.{'one' if len(run) == 1 else 'group'}_{what}"
    message = Message(key, {"name": name, "count": count})
    phases = {frame.phase for frame in run}
    return Frame(
        index=index,
        phase=first.phase if len(phases) == 1 else "backward" if backward else "forward",
        nodes=tuple(dict.fromkeys(node for frame in run for node in frame.nodes)),
        edges=tuple(dict.fromkeys(edge for frame in run for edge in frame.edges)),
        span=first.span,
        message=message,
        formula=(),
        changes=tuple({(c.node, c.output): c for frame in run for c in frame.changes}.values()),
        step=last.step,
        pass_number=last.pass_number,
        starts=first.starts,
        # The formulas within are elsewhere, and so is this one.
        sequel=None if last.sequel is None else Sequel(last.sequel.message, ()),
    )


def flows(
    frames: Sequence[Frame], places: Sequence[int], trace: Trace, boxes: Boxes
) -> dict[str, Flow]:
    """The flow through each folded group by its id; `places` are the frames' indices after
    folding."""
    inside = sorted({group.id for group in boxes.values()})
    leaving: dict[str, dict[tuple[int, int], Array | None]] = {key: {} for key in inside}
    last: dict[str, Array | None] = {}
    written: dict[str, list[Array | None]] = {}  # by an optimiser
    counts = dict.fromkeys(inside, (0, 0))
    for node in trace.nodes:
        if node.id not in boxes:
            continue
        key = boxes[node.id].id
        for value in node.values:
            nan, inf = strange(value)
            counts[key] = counts[key][0] + nan, counts[key][1] + inf
        if node.kind == "op" and node.values and node.values[0] is not None:
            last[key] = node.values[0]
        if node.replaces is not None:
            written.setdefault(key, []).extend(node.values)
    for edge in trace.edges:
        source, target = boxes.get(edge.source), boxes.get(edge.target)
        if source is not None and source is not target and trace.nodes[edge.source].kind == "op":
            values = trace.nodes[edge.source].values
            value = values[edge.output] if edge.output < len(values) else None
            leaving[source.id][edge.source, edge.output] = value
    back = _gradients(frames, places, trace, boxes)
    passes = Counter(
        boxes[each.roots[0][0]].id
        for each in trace.passes
        if each.roots and each.roots[0][0] in boxes
    )
    found = {}
    for key in inside:
        if passes[key] > 1:
            found[key] = Flow(None, *counts[key], back.get(key, ()))
            continue
        given = [value for value in leaving[key].values() if value is not None]
        given = given or [value for value in (last.get(key),) if value is not None]
        given = given or [value for value in written.get(key, ()) if value is not None]
        size = math.hypot(*(norm(value) for value in given)) if given else None
        found[key] = Flow(size, *counts[key], back.get(key, ()))
    return found


def _gradients(
    frames: Sequence[Frame], places: Sequence[int], trace: Trace, boxes: Boxes
) -> dict[str, tuple[tuple[int, float, str], ...]]:
    found: dict[str, dict[int, tuple[int, float, str]]] = {}
    sums: dict[str, tuple[float, str]] = {}
    roots = {each.number: each.roots for each in trace.passes}
    for frame, place in zip(frames, places, strict=True):
        if frame.step is None:
            continue
        step = trace.steps[frame.step]
        if frame.starts:
            sums = {}
        for key, grad in _arriving(step, roots[step.pass_number], frame.starts, trace, boxes):
            size, word = sums.get(key, (0.0, ""))
            sums[key] = math.hypot(size, norm(grad)), word or strange_word(grad)
            found.setdefault(key, {})[place] = (place, *sums[key])
    return {key: tuple(times.values()) for key, times in found.items()}


def _arriving(
    step: Step, roots: tuple[tuple[int, int], ...], starts: bool, trace: Trace, boxes: Boxes
) -> Iterable[tuple[str, Array | None]]:
    if starts:
        for output, array in enumerate(step.upstream):
            if (step.node, output) in roots and step.node in boxes:
                yield boxes[step.node].id, array
    sender = boxes.get(step.node)
    for send in step.sends:
        receiver = boxes.get(trace.edges[send.edge].source)
        if receiver is not None and receiver is not sender:
            yield receiver.id, send.grad


def sends(
    frames: Sequence[Frame], places: Sequence[int], trace: Trace
) -> tuple[tuple[int, tuple[tuple[int, float], ...]], ...]:
    """One (frame after folding, ((edge, norm of what it carried), ...)) per step of the engine."""
    return tuple(
        (place, tuple((send.edge, norm(send.grad)) for send in trace.steps[frame.step].sends))
        for frame, place in zip(frames, places, strict=True)
        if frame.step is not None
    )
