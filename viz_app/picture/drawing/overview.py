"""The browser's data about folded groups and backward passes, in addition to boxes and marks."""

import math
from collections.abc import Sequence
from itertools import islice

from viz_app import browser
from viz_app.knowledge.text import Text
from viz_app.model import Array, Group, Vertex
from viz_app.picture.layout.cards import flow_text
from viz_app.picture.scene import Scene
from viz_app.picture.words import notation
from viz_app.picture.words.sizes import norm

PATHS = 2
"""Maximum number of trained tensors whose path over the passes is shown."""


def round_size(size: float) -> float:
    """A norm rounded for the browser: a colour needs no more digits."""
    return float(f"{size:.3g}")


FOUND = 5_000
"""Maximum number of nodes in folded groups that a search looks through."""
MEMBERS = 8
"""Maximum number of members of a group that are named."""


def _inside(group: Group, scene: Scene, nodes: Sequence[int], words: Text) -> str:
    """The number of operations in a group, and its contents: groups, or the operations."""
    reading = scene.reading
    names = [each.name for each in scene.groups.values()
             if each.parent == group.id and each.kind != "call"]  # fmt: skip
    if not names:
        made = (reading.nodes[node] for node in nodes)
        names = [reading.notation(node) for node in made if node.kind == "op"]
    names = list(dict.fromkeys(names))
    more = ["…"] * (len(names) > MEMBERS)
    counted = words("stage.operations", count=group.operations) if group.operations else ""
    return " · ".join(filter(None, [counted, ", ".join(names[:MEMBERS] + more)]))


def box(vertex: Vertex, place: browser.Box, scene: Scene, born: int, words: Text) -> browser.Vertex:
    """A folded group as a box of the picture."""
    group, flow = scene.groups[vertex.group or ""], scene.flows[vertex.group or ""]
    strange = [f"{count} {word}" for word, count in (("nan", flow.nan), ("inf", flow.inf)) if count]
    value = " · ".join([flow_text(flow.value), *strange])
    return browser.Vertex(
        id=f"g{group.id}",
        kind="group",
        group=group.id,
        within=group.parent,
        box=place,
        first=born,
        name=group.name,
        node=words(f"stage.group_{group.kind}"),
        operation=words("stage.operations", count=group.operations),
        value=value,
        whole=value,
        type="",
        grad_fn="",
        call=_inside(group, scene, vertex.nodes, words),
        line=None,
        source="",
        size=None if flow.value is None else round_size(flow.value),
        strange="nan" if flow.nan else "inf" if flow.inf else "",
        asks=True,
        row=True,
        opens=group.id,
        folds=None,
    )


def opened(scene: Scene, words: Text) -> dict[str, browser.OpenGroup]:
    """The open groups around visible boxes, by id."""
    found: dict[str, browser.OpenGroup] = {}
    for home in scene.home:
        key = home
        while key is not None and key not in found:
            group = scene.groups[key]
            kind = words(f"stage.group_{group.kind}")
            found[key] = browser.OpenGroup(group.name, kind, group.parent)
            key = group.parent
    return found


def passes(scene: Scene) -> tuple[browser.Pass, ...]:
    """The backward passes: their frames, their loop iteration, and the value they began at."""
    frames: dict[int, list[int]] = {}
    for frame in scene.frames:
        if frame.pass_number is not None:
            frames.setdefault(frame.pass_number, []).append(frame.index)
    found: list[browser.Pass] = []
    for each, iteration in zip(scene.trace.passes, scene.iterations, strict=True):
        if each.number not in frames:
            continue
        value = None
        if each.roots:
            node, output = each.roots[0]
            array = (*scene.trace.nodes[node].values, *[None] * (output + 1))[output]
            alone = array is not None and len(array.data) == 1 and not array.truncated
            value = array.data[0] if array is not None and alone else None
        real = value if isinstance(value, float | int) and math.isfinite(value) else None
        found.append(
            browser.Pass(
                number=each.number,
                first=frames[each.number][0],
                last=frames[each.number][-1],
                iteration=iteration,
                value=real,
                text="" if value is None else notation.number(value),
            )
        )
    return tuple(found)


def training(scene: Scene, words: Text) -> browser.Training:
    """All backward passes of the run, kept or not; without marks, those that are kept."""
    trace, reading = scene.trace, scene.reading
    marks, cut = trace.marks, trace.truncated
    names = {
        each.number: reading.label(each.roots[0][0])
        for each in trace.passes
        if len(each.roots) == 1
    }
    curves: dict[tuple[int, int], list[int]] = {}
    for number, place in enumerate(zip(marks.loops, marks.lines, strict=True), start=1):
        curves.setdefault(place, []).append(number)
    strange = (
        number
        for number, pair in enumerate(zip(marks.values, marks.norms, strict=True), start=1)
        if any(it is not None and not math.isfinite(it) for it in pair)
    )
    sizes = {
        number: it
        for number, it in enumerate(marks.norms, start=1)
        if it is not None and math.isfinite(it)
    }
    return browser.Training(
        passes=len(trace.passes) if cut is None else cut.passes,
        curves=tuple(
            browser.LossCurve(
                name=next((names[it] for it in numbers if it in names), ""),
                line=line,
                numbers=tuple(numbers),
                values=tuple(_finite(marks.values[it - 1]) for it in numbers),
            )
            for (_, line), numbers in curves.items()
        ),
        strange=next(strange, None),
        largest=max(sizes, key=lambda it: sizes[it], default=None),
        notice=words("picture.differs") if cut is not None and cut.differs else "",
    )


def _finite(value: float | None) -> float | None:
    """A number as the curve shows it."""
    return float(f"{value:.6g}") if value is not None and math.isfinite(value) else None


def paths(scene: Scene) -> tuple[browser.Path, ...]:
    """The first few tensors that training changes: a single number as it is, otherwise the norm."""
    reading = scene.reading
    first: dict[int, int] = {}
    named: dict[str, int] = {}
    versions: dict[int, list[int]] = {}
    for node in scene.trace.nodes:
        if node.kind in ("leaf", "parameter"):
            # Between passes that are not kept the versions have no link: the name is the same.
            before = node.replaces
            if before is None and node.names:
                before = named.get(node.names[0].text)
            first[node.id] = first.get(-1 if before is None else before, node.id)
            if node.names:
                named[node.names[0].text] = node.id
            versions.setdefault(first[node.id], []).append(node.id)
    shown = {frame.pass_number for frame in scene.frames}
    begun = [each.nodes_before for each in scene.trace.passes if each.number in shown]
    found: list[browser.Path] = []
    for leaf, same in versions.items():
        if len(same) < 2 or len(found) == PATHS:
            continue
        arrays = [
            reading.nodes[max((node for node in same if node < end), default=leaf)].values[0]
            for end in begun
        ]
        alone = all(array is not None and not array.shape for array in arrays)
        sizes = [_number(array) if alone else norm(array) for array in arrays]
        if all(map(math.isfinite, sizes)):
            name = reading.label(leaf)
            values = tuple(round_size(size) for size in sizes)
            found.append(browser.Path(name if alone else f"‖{name}‖", values))
    return tuple(found)


def _number(array: Array | None) -> float:
    value = array.data[0] if array is not None and array.data else math.nan
    return math.nan if isinstance(value, tuple) else float(value)


def folded(scene: Scene) -> browser.Folded:
    """The entries that a search finds in folded groups, each once."""
    reading = scene.reading
    found: dict[tuple[str, str, int, int], None] = {}
    inside = (
        (vertex, index) for vertex in scene.vertices if vertex.group is not None
        for index in vertex.nodes
    )  # fmt: skip
    for vertex, index in islice(inside, FOUND):
        node = reading.nodes[index]
        line = node.span.line if node.span else 0
        found[reading.label(index), node.grad_fn or "", line, vertex.index] = None
    return browser.table(browser.Folded, found)
