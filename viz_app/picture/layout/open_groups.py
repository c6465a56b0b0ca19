"""Which groups are open: at first as many as can be read, afterwards as the visitor wishes."""

from collections.abc import Iterable

from viz_app.model import Group
from viz_app.picture.layout.folding import Tree

READABLE = 60
"""Cards and groups that are shown at first: more can't be read at one look."""
OVERVIEW = 24
"""Of a program that has more than that, so many cards and groups are shown at first, turns of a
loop apart: what is going on is seen at one look, and each group opens by a click."""
MOST = 2_000
"""Boxes that are ever laid out at once; a wish for more is not followed."""
MOST_LINKS = 3_000
"""Links that are ever drawn at once; a wish that leads to more opens nothing."""
AGAIN = ("turn", "stretch")
"""What a long list is made of: one of them tells of all."""


def start(tree: Tree) -> frozenset[str]:
    """The groups that are open at first: all of a small program, else an overview.

    An overview opens from the outside in. Groups side by side open together or not at all, so
    that like looks like, those with the most in them first; of a loop's turns the first may open
    alone. An optimiser's step, what holds a single operation, and calls stay folded.
    """
    inside: dict[str | None, list[Group]] = {}
    groups = [group for group in tree.groups.values() if group.kind != "call"]
    for group in groups:
        inside.setdefault(group.parent, []).append(group)
    if tree.outside + sum(group.inside for group in groups) <= READABLE:
        return frozenset(group.id for group in groups)
    level = [inside.get(None, [])]
    seen = len(level[0]) + tree.outside
    turns = 0
    opened: set[str] = set()

    def shown(group: Group) -> list[Group]:
        return inside.get(group.id, [])

    while level:
        following = []
        for siblings in sorted(level, key=lambda some: -sum(each.operations for each in some)):
            worth = [each for each in siblings if each.kind != "update" and each.operations > 1]
            first = worth[:1] if siblings and siblings[0].kind == "turn" else []
            for some in (worth, first):
                more = sum(group.inside - 1 for group in some)
                again = sum(each.kind in AGAIN for group in some for each in shown(group))
                if seen + more <= READABLE and seen + more - turns - again <= OVERVIEW:
                    seen, turns = seen + more, turns + again
                    opened.update(group.id for group in some)
                    following += [shown(group) for group in some]
                    break
        level = following
    return frozenset(opened)


def unfolded(tree: Tree, wishes: Iterable[str]) -> frozenset[str]:
    """The open groups: those open at first, changed by wishes ("ID" to open, "-ID" to fold).

    A wish about a group that is not there, or that would show more than `MOST` boxes, is left.
    """
    wanted = set(start(tree))
    for wish in wishes:
        key = wish.removeprefix("-")
        if key not in tree.groups:
            continue
        if wish.startswith("-"):
            wanted.discard(key)
        else:
            wanted.update(tree.above(key))
    opened: set[str] = set()
    seen = tree.outside
    for group in tree.groups.values():  # those around stand before those inside
        if group.id in wanted and seen + group.inside <= MOST:
            opened.add(group.id)
            seen += group.inside
    return frozenset(opened)
