"""Visible graph -> the same with the autograd nodes of opened calls: one disc each.

A call that autograd splits into several nodes is one disc while it is folded. Opened, each node has
a disc of its own; one whose result Python never saw has no card, and is linked disc to disc. A
constant passed to the call is linked to the nodes that saved its numbers for backward: for the
others autograd does not show that they read it.
"""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

import msgspec

from viz_app.model import Array, Edge, Link, Trace, Vertex
from viz_app.picture.layout import graph as graphs
from viz_app.picture.layout.graph import Graph


def opened(drawn: Graph, trace: Trace, calls: Mapping[int, str], groups: AbstractSet[str]) -> Graph:
    """A visible graph (`folding.visible`) with each call open whose group is among `groups`.

    `calls` are the groups of calls by the first of their nodes. Vertices and links are renumbered;
    where no call is open the graph itself is returned.
    """
    whole = graphs.vertices(drawn)
    split = {
        v.index for v in whole if v.kind == "disc" and calls.get(v.nodes[0]) in groups
    }  # fmt: skip
    if not split:
        return drawn
    found = Graph()
    at: dict[int, int] = {}
    parts: dict[int, int] = {}
    cards: dict[tuple[int, int], int] = {}

    def add(vertex: Vertex) -> int:
        index = len(found)
        found.add_node(index, vertex=msgspec.structs.replace(vertex, index=index))
        return index

    for vertex in whole:
        if vertex.index in split:
            for node in vertex.nodes:
                parts[node] = add(Vertex(0, "disc", (node,), 0))
            continue
        at[vertex.index] = add(vertex)
        if vertex.kind == "card":
            cards[vertex.nodes[0], vertex.output] = at[vertex.index]

    def connect(like: Link, source: int, target: int, edges: tuple[int, ...]) -> None:
        index = found.number_of_edges()
        one = edges[0] if len(edges) == 1 else None
        link = msgspec.structs.replace(
            like, index=index, source=source, target=target, edge=one, edges=edges
        )
        found.add_edge(source, target, key=index, link=link)

    for link in graphs.links(drawn):
        if link.kind == "result" and link.source in split:
            for node in dict.fromkeys(whole[link.target].nodes):
                if node in parts:
                    connect(link, parts[node], at[link.target], ())
            continue
        if not split & {link.source, link.target}:
            connect(link, at[link.source], at[link.target], link.edges)
            continue
        several: dict[tuple[int, int], list[int]] = {}
        for edge in (trace.edges[each] for each in link.edges):
            source = parts[edge.source] if link.source in split else at[link.source]
            readers = (
                [parts[node] for node in _readers(trace, edge, whole[link.target].nodes)]
                if link.target in split
                else [at[link.target]]
            )
            for reader in readers:
                several.setdefault((source, reader), []).append(edge.id)
        for (source, target), edges in several.items():
            # A constant passed to a call of several results is listed with each of them.
            constant = trace.edges[edges[0]].slot is None
            if constant and found.has_edge(source, target):
                continue
            connect(link, source, target, tuple(edges[:1] if constant else edges))
    of = {node: index for index in split for node in whole[index].nodes}
    for edge in trace.edges:
        if edge.source in of and of[edge.source] == of.get(edge.target):
            start = cards.get((edge.source, edge.output), parts[edge.source])
            connect(Link(0, "operand", 0, 0, None), start, parts[edge.target], (edge.id,))
    return found


def _readers(trace: Trace, edge: Edge, nodes: tuple[int, ...]) -> Iterator[int]:
    """The nodes of a call that read the operand of an edge into it."""
    if edge.slot is not None:
        yield edge.target
        return
    values = trace.nodes[edge.source].values
    value = values[edge.output] if edge.output < len(values) else None
    for node in nodes:
        if value is not None and any(_same(value, array) for _, array in trace.nodes[node].saved):
            yield node


def _same(one: Array, other: Array) -> bool:
    """True if two tensors have the same numbers, whatever their shapes."""
    return msgspec.structs.replace(one, shape=other.shape) == other
