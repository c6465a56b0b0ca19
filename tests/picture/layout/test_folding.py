"""Folding: unfolding everything equals never folding, links stay forward, steps find their box."""

import functools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import traces
from tests.examples import examples
from viz_app.browser import Path
from viz_app.knowledge import lessons, text
from viz_app.model import Trace
from viz_app.paths import PROJECT
from viz_app.picture import payload, scene
from viz_app.picture.layout import folding, graph, open_groups
from viz_app.picture.story import story
from viz_app.picture.words import sentence, sizes
from viz_app.picture.words.notation import Reading

TRAINING = """
from torch import nn
torch.manual_seed(0)
X, Y = torch.randn(16, 2), torch.randn(16, 1)
net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 1)))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
def step(x):
    return ((net(x) - Y) ** 2).mean()
for turn in range(12):
    opt.zero_grad()
    loss = step(X)
    loss.backward()
    opt.step()
"""
SCALARS = """
x = torch.tensor(0.5, requires_grad=True)
y = torch.tensor(0.3, requires_grad=True)
z = x
for i in range(300):
    a = z * y
    z = (a + x).tanh()
z.backward()
"""
STRAIGHT = "x = torch.tensor(1., requires_grad=True)\n" + "x = x * 1.001\n" * 200 + "x.backward()\n"
MIXED = """
def values(x):
    for k in range(3):
        yield x * k
x = torch.tensor(2., requires_grad=True)
total = 0.
for one in values(x):
    total = total + one.exp()
total.backward()
"""
PROGRAMS = {
    **traces.PROGRAMS,
    "TRAINING": TRAINING,
    "SCALARS": SCALARS,
    "STRAIGHT": STRAIGHT,
    "MIXED": MIXED,
}


@functools.cache
def whole(program: str) -> tuple[Trace, graph.Graph, folding.Tree]:
    trace = traces.run(program)
    drawn = graph.build(trace)
    return trace, drawn, folding.tree(Reading(trace), drawn)


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_unfolding_everything_equals_never_folding(name: str) -> None:
    _, drawn, tree = whole(PROGRAMS[name])
    seen = folding.visible(drawn, tree, frozenset(tree.groups))
    assert graph.vertices(seen) == graph.vertices(drawn)
    assert graph.links(seen) == graph.links(drawn)


@examples(30)
@given(name=st.sampled_from(sorted(PROGRAMS)), data=st.data())
def test_any_folding_keeps_every_node_and_edge_and_runs_forward(
    name: str, data: st.DataObject
) -> None:
    trace, drawn, tree = whole(PROGRAMS[name])
    groups = sorted(tree.groups)
    some = data.draw(st.sets(st.sampled_from(groups))) if groups else set()
    seen = folding.visible(drawn, tree, frozenset(some))
    vertices, links = graph.vertices(seen), graph.links(seen)
    assert [v.index for v in vertices] == list(range(len(vertices)))
    assert [link.index for link in links] == list(range(len(links)))
    shown = {n for v in vertices for n in v.nodes}
    assert shown == {n for v in graph.vertices(drawn) for n in v.nodes}
    boxes = {n: tree.groups[v.group] for v in vertices if v.group for n in v.nodes}
    crossing = {
        edge
        for link in graph.links(drawn)
        for edge in link.edges
        if boxes.get(trace.edges[edge].source) is not boxes.get(trace.edges[edge].target)
        or trace.edges[edge].source not in boxes
    }
    assert {edge for link in links for edge in link.edges} == crossing
    # Every link can run forward: the graph of the boxes has no cycle.
    waiting = {v.index: 0 for v in vertices}
    for link in links:
        waiting[link.target] += 1
    free = [index for index, count in waiting.items() if not count]
    for index in free:
        for _, target in seen.out_edges(index):
            waiting[target] -= 1
            if not waiting[target]:
                free.append(target)
    assert len(free) == len(vertices)


@pytest.mark.parametrize("name", sorted(PROGRAMS))
def test_graph_opens_at_a_readable_size(name: str) -> None:
    _, drawn, tree = whole(PROGRAMS[name])
    seen = folding.visible(drawn, tree, open_groups.start(tree))
    boxes = [v for v in graph.vertices(seen) if v.kind != "disc"]
    assert len(boxes) <= folding.READABLE or len(boxes) == sum(home is None for home in tree.home)
    small = sum(v.kind == "card" for v in graph.vertices(drawn)) <= folding.READABLE
    assert not small or all(v.kind != "group" for v in boxes)


@pytest.mark.parametrize("name", ["TRAINING", "SCALARS", "STRAIGHT"])
def test_folded_story_covers_every_engine_step(name: str) -> None:
    trace = traces.run(PROGRAMS[name])
    drawn = scene.build(trace)
    plain = story.frames(Reading(trace))
    assert len(drawn.frames) < len(plain) / 2
    assert [frame.index for frame in drawn.frames] == list(range(len(drawn.frames)))
    steps = [frame.step for frame in drawn.frames if frame.step is not None]
    assert steps == sorted(steps)
    assert steps[-1] == len(trace.steps) - 1
    assert drawn.frames[-1].pass_number == trace.passes[-1].number
    covered = {node for frame in drawn.frames for node in frame.nodes}
    assert covered >= {step.node for step in trace.steps}


NETS = """
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, 8, dropout=0.0, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
    def forward(self, x):
        return self.encoder(x)
net = Net()
opt = torch.optim.Adam(net.parameters())
loss = net(torch.randn(2, 3, 8)).square().mean()
loss.backward()
opt.step()
"""


def test_a_training_step_opens_as_an_overview_without_its_parameters() -> None:
    trace = traces.run(NETS)
    drawn = scene.build(trace)
    boxes = [vertex for vertex in drawn.vertices if vertex.kind != "disc"]
    assert len(boxes) <= open_groups.OVERVIEW
    shown = {trace.nodes[v.nodes[0]].kind for v in boxes if v.kind == "card"}
    assert "parameter" not in shown
    groups = {v.group: drawn.groups[v.group] for v in boxes if v.group}
    kinds = [group.kind for group in groups.values()]
    # The layer that the encoder copied is used nowhere; what the optimiser wrote is one box.
    assert kinds.count("idle") == kinds.count("update") == 1
    assert {"norm1", "linear1"} <= {group.name for group in groups.values()}
    assert drawn.width > 3 * drawn.height


def test_numbered_modules_are_named_by_their_path() -> None:
    drawn = scene.build(traces.run(traces.NETWORK))
    assert {group.name for group in drawn.groups.values()} >= {"net", "net[0]", "net[1]", "net[2]"}


def test_requests_open_and_fold_groups_and_unknown_ones_are_ignored() -> None:
    trace, _, tree = whole(SCALARS)
    first = scene.build(trace)
    closed = next(v.group for v in first.vertices if v.group)
    assert closed
    wider = scene.build(trace, (closed, "00000000"))
    assert wider.unfolded == first.unfolded | {closed}
    assert len(wider.vertices) > len(first.vertices)
    again = scene.build(trace, (f"-{closed}",))
    assert again.vertices == first.vertices
    folded = scene.build(trace, tuple(f"-{group}" for group in tree.groups))
    assert sum(v.kind == "group" for v in folded.vertices) == 1


def test_group_shows_the_flow_through_it() -> None:
    trace = traces.run(SCALARS)
    folded = scene.build(trace, tuple(f"-{group}" for group in whole(SCALARS)[2].groups))
    (flow,) = folded.flows.values()
    last = next(v for v in trace.variables if v.name == "z")
    assert flow.value == pytest.approx(abs(float(last.value.data[0])))  # type: ignore[arg-type]
    assert flow.gradients[-1][1] == 1.0
    nan = traces.run("x = torch.zeros(2, requires_grad=True)\ny = (x / x).sum()\ny.backward()")
    assert [sizes.strange(node.values[0]) for node in nan.nodes if node.kind == "op"] == [
        (2, 0),
        (1, 0),
    ]


LONG = """
w = torch.tensor(1., requires_grad=True)
for turn in range(40):
    loss = (w - turn) ** 2
    loss.backward()
    with torch.no_grad():
        w -= 0.001 * w.grad
    w.grad = None
"""


def test_long_loop_opens_with_one_iteration_and_the_others_as_one_box() -> None:
    built = scene.build(traces.run(LONG))
    folded = [built.groups[v.group] for v in built.vertices if v.group is not None]
    assert [(one.kind, one.name) for one in folded] == [("iterations", "↻ 2–40")]
    assert built.groups[folded[0].id].inside == len(built.iterations) - 1
    # Several passes begin in it: there is no one value that it gives on.
    assert built.flows[folded[0].id].value is None
    assert built.groups[built.iterations[0] or ""].kind == "iteration"
    assert built.iterations[0] in built.unfolded


def corpus(name: str) -> Trace:
    return traces.run((PROJECT / "tests/programs" / f"{name}.py").read_text("utf-8"))


def test_loop_of_three_or_more_iterations_opens_with_one_of_them() -> None:
    built = scene.build(corpus("loops_epochs_and_batches"))
    folded = [built.groups[v.group] for v in built.vertices if v.group is not None]
    # Three epochs of three batches: one batch in full, the other batches, the other epochs.
    assert [one.name for one in folded if one.kind == "iterations"] == ["↻ 2–3", "↻ 2–3"]
    assert not any(one.kind == "iteration" for one in folded)
    assert len({one.parent for one in folded if one.kind == "iterations"}) == 2
    # Both are named ↻ 2–3, so each says which loop it is of.
    for language, said in (("en", "2 iterations · for {}"), ("ko", "반복 2번 · for {}")):
        notes = {
            sentence.plain(face.above, text.load(language))
            for face in built.faces.values()
            if face.style == "group" and not isinstance(face.above, str)
        }
        assert {said.format("epoch"), said.format("(xb, yb)")} <= notes


STEP = """    loss = (w - {}) ** 2
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad = None
"""
ALIKE = {
    # one after the other: program, (lines of the loops, the iterations folded in each)
    "in a row": (
        "w = torch.tensor(1., requires_grad=True)\nfor t in range(9):\n"
        + STEP.format(2) + "for t in range(9):\n" + STEP.format(3),
        [(2, "↻ 2–9"), (8, "↻ 2–9")],
    ),
    "nested": (
        "w = torch.tensor(1., requires_grad=True)\nx = w\nfor _ in range(6):\n"
        "    for _ in range(6):\n        x = x * 1.1\n        x = x + 0.1\n"
        "    x = x - 1\nx.backward()\n",
        [(3, "↻ 2–6"), (4, "↻ 2–6")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ALIKE)
def test_loops_with_the_same_head_are_told_apart_by_their_lines(name: str) -> None:
    program, expected = ALIKE[name]
    built = scene.build(traces.run(program))
    head = {2: "for t in range(9)", 3: "for _ in range(6)"}[expected[0][0]]
    loops = {group.name for group in built.groups.values() if group.kind == "loop"}
    assert loops == {f"{line}: {head}" for line, _ in expected}
    found = []
    for vertex in built.vertices:
        if vertex.group is not None and built.groups[vertex.group].kind == "iterations":
            above = built.faces[vertex.index].above
            assert not isinstance(above, str)
            said = sentence.plain(above, text.load("en"))
            line = int(said.partition("· ")[2].partition(":")[0])
            found.append((line, built.groups[vertex.group].name))
    assert sorted(found) == expected
    alone = scene.build(traces.run(program.replace("for t in range(9):", "for u in range(9):", 1)))
    if name == "in a row":  # a loop whose head is its own has no line
        names = {group.name for group in alone.groups.values() if group.kind == "loop"}
        assert names == {"for u in range(9)", "for t in range(9)"}


def test_a_module_of_one_operation_is_not_folded() -> None:
    built = scene.build(corpus("training_xor"))
    folded = [built.groups[v.group] for v in built.vertices if v.group is not None]
    assert {it.kind for it in folded} == {"iterations", "update"}


def test_chosen_iteration_stays_apart_and_opens_under_its_own_id() -> None:
    trace = traces.run(LONG)
    plain, chosen = scene.build(trace), scene.build(trace, chosen_pass=8)
    assert plain.iterations == chosen.iterations
    shown = {chosen.groups[v.group].name for v in chosen.vertices if v.group is not None}
    assert {"↻ 2–7", "↻ 9–40"} <= shown
    assert chosen.iterations[7] in chosen.unfolded
    assert chosen.iterations[7] not in plain.unfolded
    opened = scene.build(trace, [plain.iterations[7] or ""])
    assert opened.iterations[7] in opened.unfolded
    assert {v.group for v in opened.vertices} == {v.group for v in chosen.vertices}


def test_trained_tensors_are_followed_over_the_passes() -> None:
    trace = traces.run(
        "w = torch.tensor(1., requires_grad=True)\nv = torch.tensor([3., 4.], requires_grad=True)\n"
        "fixed = torch.tensor(2., requires_grad=True)\n"
        "for turn in range(3):\n    loss = (w * v * fixed).sum()\n    loss.backward()\n"
        "    with torch.no_grad():\n        w -= 0.5\n        v *= 2\n"
    )
    body = payload.payload(scene.build(trace), text.load("en"))
    assert body.paths == (Path("w", (1.0, 0.5, 0.0)), Path("‖v‖", (5.0, 10.0, 20.0)))


def test_groups_have_stable_ids_and_labels_in_every_language() -> None:
    trace = traces.run(TRAINING)
    again = traces.run(TRAINING + "\n")
    assert scene.build(trace).groups == scene.build(again).groups
    for language in text.languages():
        body = payload.payload(scene.build(trace), text.load(language))
        assert all(vertex.node for vertex in body.vertices)


def test_a_small_loop_that_is_open_has_no_level_between_it_and_its_iterations() -> None:
    begin = "w = torch.tensor(2., requires_grad=True)\n"
    small = f"{begin}for i in range(4):\n    w = w * 2\nw.backward()\n"
    built = scene.build(traces.run(small))
    assert {group.kind for group in built.groups.values()} == {"loop", "iteration"}
    assert built.unfolded == frozenset(built.groups)
    large = small.replace("range(4)", "range(90)")
    assert "iterations" in {group.kind for group in scene.build(traces.run(large)).groups.values()}


def test_links_of_earlier_versions_open_the_same_groups() -> None:
    """The identifiers of groups, as links of version 0.1 hold them."""
    trace = traces.run(
        "import torch\nw = torch.tensor(1., requires_grad=True)\nfor i in range(12):\n"
        "    loss = (w - i) ** 2\n    loss.backward()\n"
    )
    groups = scene.build(trace).groups.values()
    found = {group.name: group.id for group in groups if group.kind in ("loop", "iteration")}
    assert found["for i in range(12)"] == "e22c3d96"
    assert (found["↻ 1"], found["↻ 12"]) == ("c909b0e4", "5c2bfb6e")


def test_an_optimisers_step_that_changes_one_tensor_is_a_step_of_its_own() -> None:
    drawn = scene.build(traces.run(lessons.load()["optimizer"].program))
    [update, *_] = [frame for frame in drawn.frames if frame.phase == "update"]
    assert update.message.key == "caption.descent"
    assert update.formula
    kinds = {drawn.groups[vertex.group].kind for vertex in drawn.vertices if vertex.group}
    assert kinds == {"iterations"}  # only these are folded
