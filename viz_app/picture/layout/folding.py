"""Graph -> groups -> visible graph: what is too much to read is folded, one box per group.

Groups come from the program's structure: a module, a function, a loop and its iterations, an
optimiser's step; the iterations after a loop's first are together in one, and a list too long for
one look is cut into sections. Each group is a section of the forward run (only leaves and constants
may have been made earlier), so folding any of them leaves every link running forward. Unfolding
everything gives the original graph.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence, Set

import msgspec
import networkx as nx

from viz_app.model import Group, Link, Trace, Vertex
from viz_app.picture.layout import graph as graphs
from viz_app.picture.layout.graph import Graph
from viz_app.picture.words.notation import Reading, clean, indexed

MANY = 40
"""Maximum number of members of a group without sections in between; more leaves and constants than
this in a row become a group."""
READABLE = 60
"""Maximum number of cards and groups shown at first: more can't be read at one look."""
DEEP = 64
"""Maximum depth of nested groups; a deeper recursion stays in the innermost."""
MANY_IDLE = 4
"""Minimum number of unused parameters that are collapsed into one group (a deep-copied module)."""
RESULTS = 12
"""Maximum number of results of one call; more become a group."""
MANY_ITERATIONS = 2
"""Minimum number of iterations in a row, after the first of a loop, that become a group."""
FEW_LEAVES = 20
"""Maximum number of leaves that stay on the outside, where a reader looks for them."""
PARALLEL = 4
"""Maximum number of parallel links between two boxes; more are drawn as one."""
SIGNS = {"iteration": "↻ {}"}
"""Formats for the labels of groups without a name of their own; the page has the words."""

MADE = ("op", "hidden")
"""The kinds of nodes that are results of calls; others are leaves and constants."""

Key = tuple[str, str, int]

LINKED = {"iteration": "turn", "iterations": "turns"}
"""The former words of two kinds, from which the groups' identifiers in links are still made."""


class Branch:
    """A group while the tree grows: its members are vertices and branches, in forward order."""

    def __init__(self, key: Key, parent: "Branch | None", name: str) -> None:
        self.key, self.parent, self.name = key, parent, name
        self.members: list[int | Branch] = []
        self.again: dict[Key, int] = {}
        self.span = 0

    def path(self) -> Iterator["Branch"]:
        """The branches from the root, which is not a group, to this one."""
        if self.parent is not None:
            yield from self.parent.path()
        yield self

    def id(self) -> str:
        """An identifier that is the same in every run of a program, and short enough for a link."""
        # An iteration keeps its own wherever it is collapsed with others.
        path = (one.key for one in self.path() if one is self or one.key[0] != "iterations")
        named = (f"{LINKED.get(kind, kind)} {name} {ordinal}" for kind, name, ordinal in path)
        return _identity("/".join(named))


def _identity(path: str) -> str:
    return hashlib.sha256(path.encode("utf-8", "replace")).hexdigest()[:8]


class Tree(msgspec.Struct, frozen=True):
    """All groups in forward order, and the innermost group of each vertex (None: in none).

    `outside` counts the cards in no group. `calls` are the groups of calls that autograd split into
    several nodes, by the first of these; folded, such a group is the call's disc.
    """

    groups: Mapping[str, Group]
    home: tuple[str | None, ...]
    outside: int
    calls: Mapping[int, str] = {}

    def above(self, group: str | None) -> Iterator[str]:
        """The group and those around it, from the inside out."""
        while group is not None:
            yield group
            group = self.groups[group].parent


def tree(
    reading: Reading, graph: Graph, requests: Collection[str] = (), chosen: Collection[int] = ()
) -> Tree:
    """The groups of a whole trace's graph (`graph.build`).

    The loop iterations that `requests` open stay apart from the others, and so do those around the
    `chosen` nodes.
    """
    root = Branch(("", "", 0), None, "")
    vertices = graphs.vertices(graph)
    sources = []
    stack = [root]
    with_disc: dict[int, Branch] = {}
    alike = _alike(reading)
    of = _discs(graph, vertices, reading)
    many = {disc for disc, count in Counter(of.values()).items() if count > RESULTS}
    apart: dict[int, Branch] = {}
    for vertex in vertices:
        node = reading.nodes[vertex.nodes[0]]
        made = node.kind in MADE
        if not made and node.replaces is None:
            sources.append(vertex)
            continue
        if made and vertex.kind == "card":
            disc = of[vertex.index]
            if disc in many and disc not in apart:
                name = reading.label(vertex.nodes[0], vertex.output)
                apart[disc] = _grow(with_disc[disc], ("results", "", 0), f"{clean(name, 26)} …")
            apart.get(disc, with_disc[disc]).members.append(vertex.index)
            continue
        keys = list(_keys(reading, vertex, alike))[:DEEP]
        same = 0
        while same < min(len(keys), len(stack) - 1) and _is(stack[same + 1], keys[same]):
            same += 1
        del stack[same + 1 :]
        for key, name in keys[same:]:
            stack.append(_grow(stack[-1], key, name))
        stack[-1].members.append(vertex.index)
        with_disc[vertex.index] = stack[-1]
    discs = {node: at for at in with_disc for node in vertices[at].nodes}
    around = (
        branch for node in chosen if node in discs for branch in with_disc[discs[node]].path()
    )
    if _boxes(root, vertices) > READABLE:  # otherwise all are open
        _gather(root, {*requests, *(branch.id() for branch in around)})
    _cut(root, reading, vertices)
    home = {
        index: branch for branch in _all(root) for index in branch.members if type(index) is int
    }
    leaves = sum(reading.nodes[vertex.nodes[0]].kind == "leaf" for vertex in sources)
    idle = [vertex for vertex in sources if not graph.degree(vertex.index)
            and reading.nodes[vertex.nodes[0]].kind == "parameter"]  # fmt: skip
    never = root if len(idle) < MANY_IDLE else _grow(root, ("idle", "", 0), _shared(idle, reading))
    unused = {vertex.index for vertex in idle}
    loose: dict[Branch, list[int]] = {}
    for vertex in sources:
        node = reading.nodes[vertex.nodes[0]]
        users = _users(graph, vertex.index, home)
        outside = node.kind == "leaf" and leaves <= FEW_LEAVES
        branch = root if outside or not users else _common(users)
        branch = never if vertex.index in unused else branch
        loose.setdefault(branch, []).append(vertex.index)
    for branch, several in loose.items():
        if len(several) > MANY and branch.key[0] != "idle":
            name = _stretch([[index] for index in several], reading, vertices)
            branch = _grow(branch, ("sources", "", 0), name)
        branch.members.extend(several)
        home.update(dict.fromkeys(several, branch))
        if len(several) > MANY:
            _cut(branch, reading, vertices)
            home.update((index, part) for part in _all(branch) for index in part.members
                        if type(index) is int)  # fmt: skip
    return _with_calls(_freeze(root, home, vertices), vertices, reading)


def _discs(graph: Graph, vertices: Sequence[Vertex], reading: Reading) -> dict[int, int]:
    """The disc that each result's card is attached to."""
    return {
        vertex.index: next(
            source for source, _, link in graph.in_edges(vertex.index, data="link")
            if link.kind == "result"
        )
        for vertex in vertices
        if vertex.kind == "card" and reading.nodes[vertex.nodes[0]].kind in MADE
    }  # fmt: skip


def _shared(some: Sequence[Vertex], reading: Reading) -> str:
    """The common name of some parameters: the module that they all belong to, else `…`."""
    first = {reading.nodes[v.nodes[0]].names[0].text.partition(".")[0]
             for v in some if reading.nodes[v.nodes[0]].names}  # fmt: skip
    return clean(first.pop(), 28) if len(first) == 1 else "…"


def _users(graph: Graph, source: int, home: Mapping[int, Branch]) -> list[Branch]:
    """The branches in which a leaf or constant is used.

    An optimiser's update does not count: it does not compute with the leaf.
    """
    found: dict[bool, list[Branch]] = {True: [], False: []}
    for _, user, link in graph.out_edges(source, data="link"):
        if user in home:
            found[link.kind == "replaces"].append(home[user])
    return found[False] or found[True]


def _is(branch: Branch, key: tuple[Key, str]) -> bool:
    return branch.key[:2] == key[0][:2] and branch.key[2] % 1_000_000 == key[0][2]


def _grow(parent: Branch, key: Key, name: str) -> Branch:
    # Entered again after something else ran: another section of the forward run, another group.
    turn = parent.again.get(key, 0)
    parent.again[key] = turn + 1
    branch = Branch((key[0], key[1], key[2] + 1_000_000 * turn), parent, name)
    parent.members.append(branch)
    return branch


def _alike(reading: Reading) -> Mapping[str, Sequence[int]]:
    """The lines of the loops whose heads are written alike, by these heads."""
    lines: dict[str, set[int]] = {}
    for node in reading.trace.nodes:
        for scope in node.scope:
            if scope.kind == "loop":
                lines.setdefault(scope.name, set()).add(scope.line)
    return {name: sorted(found) for name, found in lines.items() if len(found) > 1}


def _keys(
    reading: Reading, vertex: Vertex, alike: Mapping[str, Sequence[int]]
) -> Iterator[tuple[Key, str]]:
    node = reading.nodes[vertex.nodes[0]]
    around = ""
    for scope in node.scope:
        name = clean(scope.name, 28)
        if scope.kind == "loop":
            loop = scope.name
            if loop in alike:
                name = clean(f"{scope.line}: {loop}", 28)
                # The first keeps the identifier that it has where it is the only one.
                loop = loop if scope.line == alike[loop][0] else f"{scope.line}: {loop}"
            yield ("loop", loop, 0), name
            yield ("iteration", loop, scope.ordinal), SIGNS["iteration"].format(scope.ordinal)
            continue
        if scope.kind == "module":
            name, around = clean(_module_name(scope.name, around), 28), scope.name
        yield (
            (scope.kind, scope.name, scope.ordinal),
            name + (f" ({scope.ordinal})" if scope.ordinal > 1 else ""),
        )
    if node.replaces is not None and node.kind == "parameter" and node.span is not None:
        span = node.span
        text = reading.lines[span.line - 1 : span.end_line]
        source = text[0][span.column - 1 : span.end_column - 1] if len(text) == 1 else node.op or ""
        yield ("update", f"{span.line}:{span.column}", 0), clean(source, 28)


def _module_name(module: str, around: str) -> str:
    """A module's name inside another: `conv1`, but `stages[0][1]`, as 1 alone says nothing."""
    parts = module.split(".")
    first = len(around.split(".")) if module.startswith(f"{around}.") else 0
    while first > 0 and parts[first].isdigit():
        first -= 1
    return indexed(".".join(parts[first:]))


def _boxes(root: Branch, vertices: Sequence[Vertex]) -> int:
    """The number of boxes of a picture with all groups open: cards, and groups within groups."""
    inner = sum(branch.parent is not None and branch.parent is not root for branch in _all(root))
    return inner + sum(vertex.kind == "card" for vertex in vertices)


def _gather(branch: Branch, apart: Set[str]) -> None:
    """Put several of a loop's iterations in a row, after its first, into one group, except those
    with the ids `apart`."""
    members, branch.members = branch.members, []
    run: list[Branch] = []

    def end() -> None:
        if len(run) < MANY_ITERATIONS:
            branch.members += run
        else:
            first, last = (turn.key[2] % 1_000_000 for turn in (run[0], run[-1]))
            rest = _grow(
                branch, ("iterations", "", 0), SIGNS["iteration"].format(f"{first}–{last}")
            )
            rest.span = last - first + 1
            rest.members += run
            for turn in run:
                turn.parent = rest
        run.clear()

    for place, member in enumerate(members):
        if isinstance(member, Branch):
            _gather(member, apart)
            if member.key[0] == "iteration" and place and member.id() not in apart:
                run.append(member)
                continue
        end()
        branch.members.append(member)
    end()


def _cut(branch: Branch, reading: Reading, vertices: Sequence[Vertex]) -> None:
    """Put sections between a branch and its members if these are too many for one look."""
    for member in branch.members:
        if isinstance(member, Branch):
            _cut(member, reading, vertices)
    units: list[list[int | Branch]] = []
    alone = branch.key[0] == "results"
    for member in branch.members:
        # A disc and its results are never separated.
        own = isinstance(member, Branch) or vertices[member].kind == "disc" or not units
        own = own or alone
        loose = not own and isinstance(units[-1][0], Branch)
        if own or loose or _source(reading, vertices, member):
            units.append([member])
        else:
            units[-1].append(member)
    if len(units) <= MANY:
        return
    depth = math.ceil(math.log(len(units), MANY) - 1e-9)
    size = math.ceil(len(units) ** ((depth - 1) / depth))
    branch.members = []
    for start in range(0, len(units), size):
        part = units[start : start + size]
        name = _stretch(part, reading, vertices)
        piece = Branch(("stretch", str(start), len(part)), branch, name)
        piece.members = [member for unit in part for member in unit]
        for member in piece.members:
            if isinstance(member, Branch):
                member.parent = piece
        branch.members.append(piece)
        if len(part) > MANY:
            _cut(piece, reading, vertices)


def _source(reading: Reading, vertices: Sequence[Vertex], member: int | Branch) -> bool:
    return type(member) is int and reading.nodes[vertices[member].nodes[0]].kind not in MADE


def _stretch(
    part: Sequence[Sequence[int | Branch]], reading: Reading, vertices: Sequence[Vertex]
) -> str:
    def name(member: int | Branch) -> str:
        if isinstance(member, Branch):
            return member.name
        vertex = vertices[member]
        return reading.label(vertex.nodes[-1], vertex.output)

    first, last = name(part[0][-1]), name(part[-1][-1])
    sign = SIGNS["iteration"].format("")
    if first.startswith(sign) and last.startswith(sign):
        return f"{first}–{last.removeprefix(sign)}"
    return clean(f"{first} … {last}", 28)


def _all(branch: Branch) -> Iterator[Branch]:
    yield branch
    for member in branch.members:
        if isinstance(member, Branch):
            yield from _all(member)


def _common(branches: Sequence[Branch]) -> Branch:
    paths = [list(branch.path()) for branch in dict.fromkeys(branches)]
    shared = paths[0][0]
    for level in zip(*paths, strict=False):
        if any(branch is not level[0] for branch in level):
            break
        shared = level[0]
    return shared


def _freeze(root: Branch, home: Mapping[int, Branch], vertices: Sequence[Vertex]) -> Tree:
    groups: dict[str, Group] = {}
    ids: dict[int, str | None] = {id(root): None}

    def count(branch: Branch) -> int:
        own = sum(type(m) is int and vertices[m].kind == "disc" for m in branch.members)
        return own + sum(count(m) for m in branch.members if isinstance(m, Branch))

    for branch in _all(root):
        if branch is root or branch.parent is None:
            continue
        key = branch.id()
        ids[id(branch)] = key
        inside = sum(isinstance(m, Branch) or vertices[m].kind == "card" for m in branch.members)
        groups[key] = Group(
            key, branch.key[0], branch.name, ids[id(branch.parent)], count(branch), inside,
            branch.span,
        )  # fmt: skip
    outside = sum(type(m) is int and vertices[m].kind == "card" for m in root.members)
    return Tree(groups, tuple(ids[id(home[v.index])] for v in vertices), outside)


def _with_calls(tree: Tree, vertices: Sequence[Vertex], reading: Reading) -> Tree:
    """The tree with a group for each call of several autograd nodes, after all others."""
    groups, calls = dict(tree.groups), {}
    seen: Counter[tuple[str | None, str]] = Counter()
    for vertex in vertices:
        if vertex.kind != "disc" or len(vertex.nodes) < 2:
            continue
        home, name = tree.home[vertex.index], reading.called(vertex.nodes)
        key = _identity(f"{home}/call {name} {seen[home, name]}")
        seen[home, name] += 1
        groups[key] = Group(key, "call", clean(name, 28), home, 1, len(vertex.nodes))
        calls[vertex.nodes[0]] = key
    return Tree(groups, tree.home, tree.outside, calls)


def box(tree: Tree, opened: frozenset[str], vertex: int) -> str | None:
    """The folded group that represents a vertex of the whole graph, None for the vertex itself."""
    around = list(tree.above(tree.home[vertex]))
    return next((group for group in reversed(around) if group not in opened), None)


def iterations(graph: Graph, tree: Tree, trace: Trace) -> tuple[str | None, ...]:
    """The innermost loop iteration in which each pass has its first root."""
    home = {node: tree.home[v.index] for v in graphs.vertices(graph) for node in v.nodes}
    around = (home.get(each.roots[0][0]) if each.roots else None for each in trace.passes)
    return tuple(
        next((key for key in tree.above(group) if tree.groups[key].kind == "iteration"), None)
        for group in around
    )


def homes(graph: Graph, tree: Tree, drawn: Graph) -> tuple[str | None, ...]:
    """The innermost open group around each vertex of a visible graph."""
    whole = graphs.vertices(graph)
    of = {(v.kind, v.nodes, v.output): tree.home[v.index] for v in whole}
    for vertex in whole:
        if vertex.kind == "disc" and vertex.nodes[0] in tree.calls:
            call = tree.calls[vertex.nodes[0]]
            of.update({("disc", (node,), 0): call for node in vertex.nodes})
    return tuple(
        of[v.kind, v.nodes, v.output] if v.group is None else tree.groups[v.group].parent
        for v in graphs.vertices(drawn)
    )


def visible(graph: Graph, tree: Tree, opened: frozenset[str]) -> Graph:
    """The visible graph: folded groups are vertices of kind "group".

    Vertices and links are renumbered, in the order of the first that each represents. Links between
    the same two boxes are merged if one of these is a group or there are more than `PARALLEL`; the
    merged link draws all their edges.
    """
    whole = graphs.vertices(graph)
    boxes = [box(tree, opened, vertex.index) for vertex in whole]
    nodes: dict[str, list[int]] = {}
    for vertex, group in zip(whole, boxes, strict=True):
        if group is not None:
            nodes.setdefault(group, []).extend(vertex.nodes)
    found: Graph = nx.MultiDiGraph()
    places: dict[int | str, int] = {}
    at: list[int] = []
    for vertex, group in zip(whole, boxes, strict=True):
        key = vertex.index if group is None else group
        if key not in places:
            places[key] = index = len(found)
            if group is None:
                made = msgspec.structs.replace(vertex, index=index)
            else:
                made = Vertex(index, "group", tuple(sorted(set(nodes[group]))), 0, group=group)
            found.add_node(index, vertex=made)
        at.append(places[key])
    merged: dict[tuple[int, int, str] | int, Link] = {}
    edges: dict[tuple[int, int, str] | int, list[int]] = {}
    links = graphs.links(graph)
    beside = Counter((link.source, link.target, link.kind) for link in links)
    for link in links:
        source, target = at[link.source], at[link.target]
        if source == target:
            continue
        folded = boxes[link.source] is not None or boxes[link.target] is not None
        folded = folded or beside[link.source, link.target, link.kind] > PARALLEL
        place = (source, target, link.kind) if folded else link.index
        one = merged.get(place)
        if one is None:
            merged[place] = msgspec.structs.replace(
                link, index=len(merged), source=source, target=target
            )
            edges[place] = list(link.edges)
        else:
            edges[place] += link.edges
    for link, several in zip(merged.values(), edges.values(), strict=True):
        if len(several) > len(link.edges):
            link = msgspec.structs.replace(link, edge=None, edges=tuple(several))
        found.add_edge(link.source, link.target, key=link.index, link=link)
    return found
