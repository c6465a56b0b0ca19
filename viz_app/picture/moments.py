"""The steps of a lesson's ideas, found in the program as the learner has changed it."""

from collections.abc import Iterator

from viz_app.browser import Picture
from viz_app.knowledge.lessons import Idea, Moment, Place
from viz_app.model import Frame, Trace
from viz_app.picture.scene import Scene


def step(idea: Idea, scene: Scene) -> int | None:
    """The frame index that shows an idea, None if this program has none."""
    if idea.at is not None:
        return place(idea.at, scene)
    return None if idea.moment is None else next(_steps(idea.moment, scene), None)


def asked(idea: Idea, scene: Scene, picture: Picture) -> tuple[float, ...] | None:
    """The numbers that the question at an idea's step asks for, None if there is no question."""
    at = step(idea, scene)
    question = None if at is None else picture.frames[at].ask
    return None if question is None else question.numbers


def place(wanted: Place, scene: Scene) -> int | None:
    """The frame index of a place; where it is folded away, that of the frame that includes it."""
    about = _about(wanted, scene.trace)
    frames = [
        frame for frame in scene.frames
        if about & set(frame.nodes) and wanted.in_pass in (None, frame.pass_number)
    ]  # fmt: skip
    found = [frame for frame in frames if frame.phase == wanted.phase]
    if len(found) >= wanted.nth:
        return found[wanted.nth - 1].index
    if found or wanted.in_pass is None:
        return None
    return next((frame.index for frame in reversed(frames) if _includes(frame, wanted)), None)


def _includes(frame: Frame, wanted: Place) -> bool:
    return frame.phase == "backward" and wanted.phase in ("accumulate", "sum")


def _about(wanted: Place, trace: Trace) -> frozenset[int]:
    """The nodes that a place names; of a leaf also those that replaced it in place."""
    if wanted.of:
        named = {
            node.id for node in trace.nodes if any(name.text == wanted.of for name in node.names)
        }
        for node in trace.nodes:
            if node.replaces in named:
                named.add(node.id)
        return frozenset(named)
    lines = [at for at, line in enumerate(trace.source.split("\n"), 1) if wanted.line in line]
    on = lines[0] if lines else 0
    return frozenset(node.id for node in trace.nodes if node.span and node.span.line == on)


def _steps(moment: Moment, scene: Scene) -> Iterator[int]:
    kinds = {node.id: node.kind for node in scene.trace.nodes}
    frames = scene.frames
    match moment:
        case "first leaf" | "first operation":
            wanted = {"leaf", "parameter"} if moment == "first leaf" else {"op", "hidden"}
            for frame in frames:
                if frame.phase == "forward" and wanted & {kinds[node] for node in frame.nodes}:
                    yield frame.index
        case "first backward" | "first accumulate":
            phase = moment.removeprefix("first ")
            yield from (frame.index for frame in frames if frame.phase == phase)
        case "sum":
            sums = [
                (-len(change.terms), frame.index)
                for frame in frames
                for change in frame.changes
                if change.total is not None and len(change.terms) > 1
            ]
            yield from (index for _, index in sorted(sums))
        case "end":
            yield from (frame.index for frame in reversed(frames))
