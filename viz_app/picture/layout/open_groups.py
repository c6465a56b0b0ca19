"""The set of open groups: at first as many as can be read, afterwards as the visitor chooses."""

from collections.abc import Iterable

from viz_app.model import Group
from viz_app.picture.layout.folding import READABLE, Tree

OVERVIEW = 24
"""Number of cards and groups shown at first for a larger program, not counting loop iterations: an
overview at one look, in which each group opens by a click."""
MOST = 2_000
"""Maximum number of boxes laid out at once; a request for more is ignored."""
MOST_LINKS = 3_000
"""Maximum number of links drawn at once; a request that leads to more opens nothing."""
CLOSED = ("update", "iterations")
"""The kinds of groups that stay folded at first: an optimiser's step, the iterations after one that
is shown."""
AGAIN = ("iteration", "iterations", "stretch")
"""The kinds of parts of a long list: one of them represents all."""


def start(tree: Tree) -> frozenset[str]:
    """The groups that are open at first: all of a small program, else an overview.

    An overview opens from the outside in. Sibling groups open together or not at all, so that like
    looks like, the fullest first; of a loop's iterations the first may open alone. An optimiser's
    step, a loop's iterations after the first, and calls stay folded. A module with a single
    operation opens if that adds no box, and otherwise with its siblings; so does an optimiser's
    step that changes a single tensor: its arithmetic is then a step. But not in an iteration after
    the first, whose last step would then be in the one before, which has its parameters.
    """
    inside: dict[str | None, list[Group]] = {}
    groups = [group for group in tree.groups.values() if group.kind != "call"]
    for group in groups:
        inside.setdefault(group.parent, []).append(group)
    if tree.outside + sum(group.inside for group in groups) <= READABLE:
        return frozenset(group.id for group in groups)
    level = [(inside.get(None, []), True)]
    seen = len(level[0][0]) + tree.outside
    repeated = 0
    opened: set[str] = set()

    def shown(group: Group) -> list[Group]:
        return inside.get(group.id, [])

    while level:
        following = []
        for siblings, early in sorted(
            level, key=lambda each: -sum(group.operations for group in each[0])
        ):
            worth = [each for each in siblings if each.kind not in CLOSED and each.operations > 1]
            first = worth[:1] if siblings and siblings[0].kind == "iteration" else []
            single = [
                each
                for each in siblings
                if early and each.kind == "module" and each.operations == 1
            ]
            free = [each for each in single if each.inside == 1]
            free += [
                each for each in siblings if early and each.kind == "update" and each.inside == 1
            ]
            for some in ([*worth, *single], [*worth, *free], first):
                more = sum(group.inside - 1 for group in some)
                again = sum(each.kind in AGAIN for group in some for each in shown(group))
                if seen + more <= READABLE and seen + more - repeated - again <= OVERVIEW:
                    seen, repeated = seen + more, repeated + again
                    opened.update(group.id for group in some)
                    following += [
                        (
                            shown(group),
                            early and (group.kind != "iteration" or group is siblings[0]),
                        )
                        for group in some
                    ]
                    break
            opened.update(group.id for group in free)
        level = following
    return frozenset(opened)


def unfolded(tree: Tree, requests: Iterable[str]) -> frozenset[str]:
    """The open groups: those open at first, changed by requests ("ID" to open, "-ID" to fold).

    A request for a missing group, or one that would show more than `MOST` boxes, is ignored.
    """
    wanted = set(start(tree))
    for request in requests:
        key = request.removeprefix("-")
        if key not in tree.groups:
            continue
        if request.startswith("-"):
            wanted.discard(key)
        else:
            wanted.update(tree.above(key))
    opened: set[str] = set()
    seen = tree.outside
    for group in tree.groups.values():  # outer groups come before inner ones
        if group.id in wanted and seen + group.inside <= MOST:
            opened.add(group.id)
            seen += group.inside
    return frozenset(opened)
