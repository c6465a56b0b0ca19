"""build(trace) -> Scene: the stages of the picture, one after the other."""

from collections.abc import Mapping, Sequence

import msgspec

from viz_app.model import Frame, Group, Link, Trace, Vertex
from viz_app.picture.layout import (
    cards,
    folding,
    graph,
    iteration_order,
    open_groups,
    placement,
    rows,
)
from viz_app.picture.layout import opened_calls as calls
from viz_app.picture.layout.cards import Extent, Face
from viz_app.picture.story import folded_story, story
from viz_app.picture.story.folded_story import Flow
from viz_app.picture.words.notation import Reading


class Scene(msgspec.Struct, frozen=True):
    """Everything needed to show one trace, in pixels at scale 1.

    `groups` are all groups by id, in forward order, `calls` the groups of calls by their first
    node, and `unfolded` the open ones. `home` is the innermost open group around each vertex,
    `faces` the texts and sizes of the vertices, `flows` the flow through the folded groups. `sends`
    are, per frame of a backward pass, the norms of what went along the trace's edges: (frame,
    ((edge, norm), ...)). `moments` are the frames' ends as indices in the unfolded story.
    `iterations` are the innermost loop iterations around the passes' roots, one per pass. `chosen`
    is the number of the chosen pass.
    """

    trace: Trace
    reading: Reading
    vertices: tuple[Vertex, ...]
    links: tuple[Link, ...]
    frames: tuple[Frame, ...]
    width: float
    height: float
    groups: Mapping[str, Group]
    calls: Mapping[int, str]
    unfolded: frozenset[str]
    home: tuple[str | None, ...]
    faces: Mapping[int, Face]
    flows: Mapping[str, Flow]
    sends: tuple[tuple[int, tuple[tuple[int, float], ...]], ...]
    moments: tuple[int, ...]
    iterations: tuple[str | None, ...]
    chosen: int | None = None


def build(
    trace: Trace,
    requests: Sequence[str] = (),
    before: Mapping[int, Extent] | None = None,
    *,
    chosen_pass: int | None = None,
    width: rows.Width = rows.FILE,
    crude: bool = False,
) -> Scene:
    """The scene of a trace. Pure: same arguments, same scene.

    `requests` change which groups are open at first: "ID" to open, "-ID" to fold; the iteration of
    the backward pass `chosen_pass` opens before them. Where only numbers changed since the picture
    `before`, widths stay (`cards.steadied`). A long picture is in rows of `width`. A `crude` scene
    is an overview with all groups folded, placed in plain layers.
    """
    whole = graph.build(trace)
    reading = Reading(trace)
    chosen = next((at for at, each in enumerate(trace.passes) if each.number == chosen_pass), None)
    roots = () if chosen is None else trace.passes[chosen].roots
    tree = folding.tree(reading, whole, requests, [node for node, _ in roots])
    iterations = folding.iterations(whole, tree, trace)
    if chosen is not None and (iteration := iterations[chosen]) is not None:
        requests = (iteration, *requests)
    opened: frozenset[str] = frozenset() if crude else open_groups.unfolded(tree, requests)

    def seen() -> graph.Graph:
        return calls.opened(folding.visible(whole, tree, opened), trace, tree.calls, opened)

    drawn = seen()
    for less in (open_groups.start(tree), frozenset[str]()):
        if len(drawn.edges) > open_groups.MOST_LINKS:
            opened = less
            drawn = seen()
    vertices = graph.vertices(drawn)
    boxes = {
        node: tree.groups[vertex.group]
        for vertex in vertices
        if vertex.group is not None
        for node in vertex.nodes
    }
    every = story.frames(reading, frozenset(boxes))
    frames, places = folded_story.fold(every, trace, boxes) if boxes else (every, range(len(every)))
    frames = story.concluded(frames)
    flows = folded_story.flows(every, places, trace, boxes)
    faces = cards.faces(vertices, frames, reading, tree.groups, flows, narrow=width.narrow)
    if before is not None:
        faces = cards.steadied(faces, before)
    home = folding.homes(whole, tree, drawn)
    placed = placement.lay_out(
        drawn,
        {index: one.room for index, one in faces.items()},
        width,
        small={index: cards.stub_room(one) for index, one in faces.items()},
        uses=graph.uses(drawn, trace),
        loops=iteration_order.loops(tree, drawn, home),
        crude=crude,
    )
    return Scene(
        trace=trace,
        reading=reading,
        vertices=placed.vertices,
        links=placed.links,
        frames=frames,
        width=placed.width,
        height=placed.height,
        groups=tree.groups,
        calls=tree.calls,
        unfolded=opened,
        home=home,
        faces=faces,
        flows=flows,
        sends=folded_story.sends(every, places, trace),
        moments=_moments(every, places),
        iterations=iterations,
        chosen=chosen_pass,
    )


def _moments(frames: Sequence[Frame], places: Sequence[int]) -> tuple[int, ...]:
    """The end of each frame as an index in the story of all calls and steps, whatever is folded."""
    found: dict[int, int] = {}
    moment = -1
    for frame, place in zip(frames, places, strict=True):
        moment += frame.phase not in ("repeat", "sum")
        found[place] = moment
    return tuple(found.values())
