"""The order of a loop's iterations, which often no line of the picture gives.

Once training has converged, a step leaves the parameters as they were: no line leads from one
iteration to the next, and all begin at the same leaves. Nothing is drawn for the order found here.
"""

import itertools
from collections.abc import Iterator, Sequence
from typing import TypeAlias

import msgspec

from viz_app.model import Link, Vertex
from viz_app.picture.layout import graph as graphs
from viz_app.picture.layout.folding import Tree
from viz_app.picture.layout.graph import Graph

PARTS = ("iterations", "stretch")
"""The kinds of groups in which several iterations of a loop are together."""

Pair: TypeAlias = tuple[int, int]
"""Two boxes, by their indices."""


class Loop(msgspec.Struct, frozen=True):
    """The boxes of a loop's iterations, in forward order; several iterations folded into one box
    count as one. `folded` are the boxes that represent whole iterations."""

    iterations: tuple[tuple[int, ...], ...]
    folded: frozenset[int]


class Order(msgspec.Struct, frozen=True):
    """Pairs of boxes of which the second belongs to the right of the first, and of which it belongs
    below the first in the same layer."""

    right: tuple[Pair, ...] = ()
    below: tuple[Pair, ...] = ()


def loops(tree: Tree, drawn: Graph, home: Sequence[str | None]) -> tuple[Loop, ...]:
    """The loops in a visible graph; `home` is the innermost open group around each of its vertices
    (`folding.homes`)."""
    of: dict[str, dict[str, list[int]]] = {}
    folded: dict[str, set[int]] = {}
    for vertex in graphs.vertices(drawn):
        for loop, iteration in _around(tree, vertex, home[vertex.index]):
            of.setdefault(loop, {}).setdefault(iteration, []).append(vertex.index)
            if iteration == vertex.group:
                folded.setdefault(loop, set()).add(vertex.index)
    at = {group: place for place, group in enumerate(tree.groups)}
    return tuple(
        Loop(
            tuple(tuple(of[loop][one]) for one in sorted(of[loop], key=at.__getitem__)),
            frozenset(folded.get(loop, ())),
        )
        for loop in sorted(of, key=at.__getitem__)
    )


def _around(tree: Tree, vertex: Vertex, home: str | None) -> Iterator[tuple[str, str]]:
    """The loops around a vertex, each with its iteration, or with the vertex's own group of several
    iterations."""
    for group in tree.above(home if vertex.group is None else vertex.group):
        kind = tree.groups[group].kind
        if kind == "iteration" or (group == vertex.group and kind in PARTS):
            loop = tree.groups[group].parent
            while loop is not None and tree.groups[loop].kind in PARTS:
                loop = tree.groups[loop].parent
            if loop is not None and tree.groups[loop].kind == "loop":
                yield loop, group


def order(found: Sequence[Loop], vertices: Sequence[Vertex], links: Sequence[Link]) -> Order:
    """The order of the loops' iterations. Linear in boxes and links.

    Where some are folded, they are in a row: the next is to the right of one's end, but not if a
    link of an open one leads there, which gives the order, or a link to what comes after the loop:
    iterations that meet in one sum are read best below each other. Where all are open, the next is
    below one that nothing leads away from.
    """
    results = {link.target for link in links if link.kind == "result"}
    made = {v.index for v in vertices if v.kind != "card" or v.index in results}
    targets: dict[int, list[int]] = {}
    for link in links:
        targets.setdefault(link.source, []).append(link.target)
    right, below = list[Pair](), list[Pair]()
    for loop in found:
        of = {box: place for place, boxes in enumerate(loop.iterations) for box in boxes}
        starts, ends = made & of.keys(), made & of.keys()
        left: dict[int, set[int | None]] = {}
        for box, place in of.items():
            for target in targets.get(box, ()):
                if of.get(target) != place:
                    left.setdefault(place, set()).add(of.get(target))
                else:
                    ends.discard(box)
                    starts.difference_update([target] if box in made else [])
        for place, (boxes, following) in enumerate(itertools.pairwise(loop.iterations)):
            first, last = starts.intersection(boxes), ends.intersection(boxes)
            following = tuple(box for box in following if box in starts)
            to = left.get(place, set())
            if not (first and last and following):
                continue
            linked = place + 1 in to and not loop.folded.issuperset((*boxes, *following))
            if loop.folded and not linked and None not in to:
                right += ((max(last), box) for box in following)
            elif not loop.folded and not to:
                below.append((min(first), following[0]))
    return Order(tuple(right), tuple(below))
