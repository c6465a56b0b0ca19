"""build(trace) -> Scene: the stages of the picture, one after the other."""

from viz_app.model import Scene, Trace
from viz_app.picture import face, graph, layout, story
from viz_app.picture.notation import Reading


def build(trace: Trace) -> Scene:
    """Everything needed to show a trace. Pure: same trace, same scene."""
    frames = story.tell(trace)
    drawn = graph.build(trace)
    faces = face.faces(graph.vertices(drawn), frames, Reading(trace))
    placed = layout.lay_out(drawn, {index: one.room for index, one in faces.items()})
    return Scene(
        trace=trace,
        vertices=placed.vertices,
        links=placed.links,
        frames=frames,
        width=placed.width,
        height=placed.height,
    )
