"""The moments of a lesson's ideas, found in the program as the learner has changed it."""

from collections.abc import Iterator
from typing import get_args

from viz_app.knowledge.lessons import Moment
from viz_app.picture.scene import Scene


def moments(scene: Scene) -> dict[str, int]:
    """The frame index of each moment that this program has."""
    found = ((moment, next(_steps(moment, scene), None)) for moment in get_args(Moment))
    return {moment: step for moment, step in found if step is not None}


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
