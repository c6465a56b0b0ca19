"""No ghosts: each card of the picture of any program stands for something that the run shows."""

from pathlib import Path

import pytest

from tests import corpus, traces
from viz_app.errors import VizError
from viz_app.model import Array, Node, Trace
from viz_app.paths import PROJECT
from viz_app.picture.layout import graph

PROGRAMS = sorted((PROJECT / "tests" / "programs").glob("*.*"))


def ghosts(trace: Trace) -> list[Node]:
    """The nodes of cards that no call used or made, that no pass reached, and that add nothing: no
    name, or a value that an earlier version has and that the same line replaced."""
    drawn = graph.build(trace)
    vertices = graph.vertices(drawn)
    used = {edge.source for edge in trace.edges}
    made = {link.target for link in graph.links(drawn) if link.kind == "result"}
    reached = {step.node for step in trace.steps} | {
        node for one in trace.passes for node, _ in one.roots
    }
    bound = {one.node[0] for one in trace.variables if one.node is not None}
    after = {node.replaces: node for node in trace.nodes if node.replaces is not None}
    found = []
    for vertex in vertices:
        node = trace.nodes[vertex.nodes[0]]
        if vertex.kind != "card" or vertex.index in made or node.id in used | reached | bound:
            continue
        if not node.names or _put_back(node, after.get(node.id), trace):
            found.append(node)
    return found


def _put_back(node: Node, after: Node | None, trace: Trace) -> bool:
    if after is None or after.span != node.span or after.scope != node.scope:
        return False
    return any(node.values[0] == value for value in _earlier(node, trace))


def _earlier(node: Node, trace: Trace) -> list[Array | None]:
    """The values of the versions that one statement made before, and of the one it began with."""
    values = []
    at = node
    while at.replaces is not None and (at.span, at.scope) == (node.span, node.scope):
        at = trace.nodes[at.replaces]
        values.append(at.values[0])
    return values


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.name)
def test_no_card_is_a_ghost(path: Path) -> None:
    try:
        trace = traces.run(corpus.text(path))
    except VizError:
        assert not corpus.parses(path)
        return
    assert not ghosts(trace)


LINE_SEARCH = """
x = torch.tensor([-1.2, 1.0], requires_grad=True)
opt = torch.optim.LBFGS([x], lr=0.5, max_iter=3, line_search_fn="strong_wolfe")
def closure():
    opt.zero_grad()
    loss = (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
    loss.backward()
    return loss
opt.step(closure)
"""


def test_a_line_search_shows_the_points_that_it_evaluated() -> None:
    """Each version but the last was used by a closure, and replaces the one before it."""
    trace = traces.run(LINE_SEARCH)
    versions = [node for node in trace.nodes if node.names and node.names[0].text == "x"]
    used = {edge.source for edge in trace.edges}
    assert len(versions) > 3
    assert all(node.id in used for node in versions[:-1])
    assert [node.replaces for node in versions[1:]] == [node.id for node in versions[:-1]]


def test_versions_with_values_of_their_own_stay() -> None:
    """Decay and step are two updates that differ, and so are those of two lines."""
    trace = traces.run(
        "w = torch.tensor([1., 2.], requires_grad=True)\n"
        "opt = torch.optim.AdamW([w], lr=0.1)\n"
        "(w * w).sum().backward()\n"
        "opt.step()\n"
        "with torch.no_grad():\n"
        "    w.add_(1.)\n"
        "    w.sub_(1.)\n"
        "    w.mul_(2.)\n"
    )
    versions = [node for node in trace.nodes if node.names and node.names[0].text == "w"]
    assert [node.op for node in versions] == [None, "mul", "addcdiv", "add", "sub", "mul"]
