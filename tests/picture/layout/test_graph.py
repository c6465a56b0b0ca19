"""The graph keeps every tensor, every call and every slot."""

import pytest

from tests import traces
from viz_app.picture.layout import graph
from viz_app.picture.words.notation import is_number


@pytest.mark.parametrize("name", sorted(traces.PROGRAMS))
def test_graph_loses_no_node_or_edge(name: str) -> None:
    trace = traces.run(traces.PROGRAMS[name])
    drawn = graph.build(trace)
    vertices, links = graph.vertices(drawn), graph.links(drawn)
    assert [v.index for v in vertices] == list(range(len(vertices)))
    cards = {(v.nodes[0], v.output) for v in vertices if v.kind == "card"}
    discs = {node: v.index for v in vertices if v.kind == "disc" for node in v.nodes}
    used = {edge.source for edge in trace.edges if edge.target in discs}
    for node in trace.nodes:
        if node.kind in ("op", "hidden"):
            assert node.id in discs
        elif not is_number(node) and (node.kind != "constant" or node.id in used):
            assert (node.id, 0) in cards
    shown = {link.edge for link in links if link.edge is not None}
    for edge in trace.edges:
        if edge.target not in discs:
            continue
        inside = discs.get(edge.source) == discs[edge.target]
        assert (edge.id in shown) != (is_number(trace.nodes[edge.source]) or inside)


def test_square_of_a_tensor_has_two_edges() -> None:
    trace = traces.run(traces.SQUARE)
    drawn = graph.build(trace)
    links = [link for link in graph.links(drawn) if link.kind == "operand" and link.source == 0]
    assert len([link for link in links if link.target == links[0].target]) == 2


def test_python_numbers_are_in_the_disc() -> None:
    trace = traces.run(traces.SEED)
    assert sum(v.kind == "card" for v in graph.vertices(graph.build(trace))) == 5


def test_hidden_nodes_share_their_calls_disc() -> None:
    trace = traces.run(traces.NETWORK)
    discs = [v for v in graph.vertices(graph.build(trace)) if v.kind == "disc"]
    assert max(len(v.nodes) for v in discs) == 2


def test_updated_tensor_is_linked_to_its_old_version() -> None:
    trace = traces.run(traces.SQUARE)
    assert any(node.replaces is not None for node in trace.nodes)
    assert any(link.kind == "replaces" for link in graph.links(graph.build(trace)))


def test_cut_of_a_path_is_drawn() -> None:
    trace = traces.run(
        "a = torch.tensor([2., 3.], requires_grad=True)\n"
        "b = a * 2\n"
        "c = b.detach()\n"
        "with torch.no_grad():\n"
        "    e = a * 5\n"
        "(c * a + e * a).sum().backward()\n"
    )
    drawn = graph.build(trace)
    vertices = graph.vertices(drawn)

    def name(index: int) -> str:
        return trace.nodes[vertices[index].nodes[0]].names[0].text

    cuts = [link for link in graph.links(drawn) if link.kind == "cut"]
    assert {(name(link.source), name(link.target)) for link in cuts} == {("b", "c"), ("a", "e")}
