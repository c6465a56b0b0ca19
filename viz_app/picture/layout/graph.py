"""Trace -> networkx MultiDiGraph: cards for tensors, discs for the calls between them.

Every graph vertex is an int, the index of a `Vertex`; every graph edge is keyed by the index of a
`Link`, so parallel edges (`x * x` sends twice) stay separate. The order is the trace's own creation
order. A call's autograd nodes share one disc; a hidden node inside it has no card. Python numbers
have no vertex: they are written in the disc that uses them. A constant that no call uses is not
drawn.
"""

from collections.abc import Iterable
from typing import TypeAlias

import networkx as nx

from viz_app.model import Link, Node, Trace, Vertex
from viz_app.picture.words.notation import is_number

Graph: TypeAlias = nx.MultiDiGraph


def build(trace: Trace) -> Graph:
    """The graph of a whole trace.

    Vertices carry a `Vertex` as attribute `vertex`, edges a `Link` as `link`; neither has a place
    yet. Operand links that would begin and end at one disc (inside a call) are left out.
    """
    graph: Graph = nx.MultiDiGraph()
    members: dict[tuple[str, int], list[int]] = {}
    for node in trace.nodes:
        if node.kind in ("op", "hidden"):
            members.setdefault(_call(node), []).append(node.id)
    kinds = {node.id: node.kind for node in trace.nodes}
    used = {edge.source for edge in trace.edges if kinds[edge.target] in ("op", "hidden")}
    discs: dict[int, int] = {}
    cards: dict[tuple[int, int], int] = {}
    drawn: dict[tuple[str, int], int] = {}

    def add(vertex: Vertex) -> int:
        graph.add_node(vertex.index, vertex=vertex)
        return vertex.index

    for node in trace.nodes:
        if node.kind in ("op", "hidden"):
            call = _call(node)
            if call not in drawn:
                drawn[call] = add(Vertex(len(graph), "disc", tuple(members[call]), 0))
            discs[node.id] = drawn[call]
        elif node.kind == "constant" and (is_number(node) or node.id not in used):
            continue
        for output, value in enumerate(node.values):
            if value is not None or node.kind in ("leaf", "parameter"):
                cards[node.id, output] = add(Vertex(len(graph), "card", (node.id,), output))

    def connect(link: Link) -> None:
        graph.add_edge(link.source, link.target, key=link.index, link=link)

    count = 0
    for (node_id, _), card in cards.items():
        if node_id in discs:
            connect(Link(count, "result", discs[node_id], card, None))
            count += 1
    for edge in trace.edges:
        source = cards.get((edge.source, edge.output), discs.get(edge.source))
        target = discs.get(edge.target)
        inside = discs.get(edge.source) == target
        if source is None or target is None or inside:
            continue
        connect(Link(count, "operand", source, target, edge.id, (edge.id,)))
        count += 1
    cut: set[tuple[int, int]] = set()
    for edge in trace.edges:
        old, new = cards.get((edge.source, edge.output)), cards.get((edge.target, 0))
        made = kinds[edge.target] == "constant" and trace.nodes[edge.source].requires_grad
        if made and old is not None and new is not None and (old, new) not in cut:
            cut.add((old, new))
            connect(Link(count, "cut", old, new, None))
            count += 1
    for node in trace.nodes:
        if node.replaces is None:
            continue
        old, new = cards.get((node.replaces, 0)), cards.get((node.id, 0))
        if old is not None and new is not None:
            connect(Link(count, "replaces", old, new, None))
            count += 1
    return graph


def _call(node: Node) -> tuple[str, int]:
    return ("node", node.id) if node.call is None else ("call", node.call)


def vertices(graph: Graph) -> tuple[Vertex, ...]:
    """The vertices in index order."""
    return tuple(data["vertex"] for _, data in graph.nodes(data=True))


def links(graph: Graph) -> tuple[Link, ...]:
    """The links in index order."""
    found = [data["link"] for _, _, data in graph.edges(data=True)]
    return tuple(sorted(found, key=lambda link: link.index))


def uses(graph: Graph, trace: Trace) -> frozenset[int]:
    """The links along which only leaves and constants are used, by their indices."""
    results = {node.id for node in trace.nodes if node.kind in ("op", "hidden")}
    return frozenset(
        link.index
        for link in links(graph)
        if link.kind == "operand"
        and not any(trace.edges[edge].source in results for edge in link.edges)
    )


def parts(boxes: Iterable[int], lines: Iterable[tuple[int, int]]) -> list[set[int]]:
    """The sets of boxes that lines hold together."""
    drawn = nx.Graph()
    drawn.add_nodes_from(boxes)
    drawn.add_edges_from(lines)
    return list(nx.connected_components(drawn))
