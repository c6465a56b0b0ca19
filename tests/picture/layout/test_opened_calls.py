"""Calls of several autograd nodes: opened, a disc per node; folded again, as before."""

import functools
from typing import Final

import pytest

from tests import traces
from viz_app.knowledge import text
from viz_app.model import Group, Trace, Vertex
from viz_app.picture import payload, scene
from viz_app.picture.scene import Scene

PROGRAMS: Final = {
    "soft labels": (
        "cross_entropy",
        5,
        "x = torch.tensor([[2., 0., 1.], [0., 1., 1.]], requires_grad=True)\n"
        "target = torch.tensor([[0.75, 0.25, 0.], [0.5, 0., 0.5]])\n"
        "loss = torch.nn.functional.cross_entropy(x, target)\n"
        "loss.backward()\n",
    ),
    "normalize": (
        "normalize",
        4,
        "x = torch.tensor([[3., 4.], [1., 2.]], requires_grad=True)\n"
        "unit = torch.nn.functional.normalize(x, dim=1)\n"
        "(2 * unit).sum().backward()\n",
    ),
    "attention": (
        "scaled_dot_product_attention",
        None,
        "torch.manual_seed(0)\n"
        "q, k, v = (torch.randn(1, 2, 3).requires_grad_() for _ in range(3))\n"
        "mask = torch.tensor([[0., -1.], [0., 0.]])\n"
        "mixed = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)\n"
        "mixed.sum().backward()\n",
    ),
    "lstm": (
        "lstm",
        None,
        "torch.manual_seed(0)\n"
        "layer = torch.nn.LSTM(2, 2, num_layers=2)\n"
        "out, (h, c) = layer(torch.randn(3, 1, 2))\n"
        "(out.sum() + c.sum()).backward()\n",
    ),
    "attention layer": (
        "multi_head_attention_forward",
        None,
        "torch.manual_seed(0)\n"
        "layer = torch.nn.MultiheadAttention(4, 2, batch_first=True)\n"
        "x = torch.randn(1, 3, 4)\n"
        "mixed, weights = layer(x, x, x)\n"
        "mixed.sum().backward()\n",
    ),
    "linear, twice": (
        "linear",
        2,
        "torch.manual_seed(0)\n"
        "layer = torch.nn.Linear(2, 2)\n"
        "x = torch.randn(1, 2)\n"
        "layer(layer(x)).sum().backward()\n",
    ),
}


@functools.cache
def run(name: str) -> Trace:
    return traces.run(PROGRAMS[name][2])


def groups(drawn: Scene, name: str) -> list[Group]:
    return [each for each in drawn.groups.values() if (each.kind, each.name) == ("call", name)]


def discs(drawn: Scene) -> list[Vertex]:
    return [vertex for vertex in drawn.vertices if vertex.kind == "disc"]


@pytest.fixture(params=sorted(PROGRAMS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_an_opened_call_has_a_disc_per_node_and_nothing_else_changes(name: str) -> None:
    trace, (called, count, _) = run(name), PROGRAMS[name]
    folded = scene.build(trace)
    group = groups(folded, called)[0]
    opened = scene.build(trace, (group.id,))
    nodes = next(v.nodes for v in discs(folded) if folded.calls.get(v.nodes[0]) == group.id)
    assert len(nodes) == group.inside == (count or group.inside) > 1
    inner = [v for v, home in zip(opened.vertices, opened.home, strict=True) if home == group.id]
    assert [vertex.nodes for vertex in inner] == [(node,) for node in nodes]
    assert all(vertex.kind == "disc" for vertex in inner)

    def rest(drawn: Scene) -> set[tuple[str, tuple[int, ...], int]]:
        return {(v.kind, v.nodes, v.output) for v in drawn.vertices if not set(v.nodes) & {*nodes}}

    assert rest(folded) == rest(opened)
    assert folded.frames == opened.frames
    assert folded.moments == opened.moments


def test_links_of_opened_calls_run_forward_and_draw_every_way_of_a_gradient(name: str) -> None:
    trace = run(name)
    folded = scene.build(trace)
    opened = scene.build(trace, tuple(each.id for each in groups(folded, PROGRAMS[name][0])))
    for link in opened.links:
        assert link.stub or opened.vertices[link.source].x < opened.vertices[link.target].x
    drawn = [edge for link in opened.links for edge in link.edges]
    assert len(drawn) == len(set(drawn))
    disc = {node: vertex.index for vertex in discs(opened) for node in vertex.nodes}
    ways = {
        edge.id for edge in trace.edges
        if edge.slot is not None and disc.get(edge.source) != disc[edge.target]
    }  # fmt: skip
    assert ways <= set(drawn)
    for link in opened.links:
        source, target = opened.vertices[link.source], opened.vertices[link.target]
        for edge in (trace.edges[each] for each in link.edges):
            assert edge.source in source.nodes
            assert edge.slot is None or edge.target in target.nodes


def test_no_two_nodes_of_a_call_are_called_the_same(name: str) -> None:
    drawn = scene.build(run(name))
    for vertex in discs(drawn):
        names = [drawn.reading.label(node) for node in vertex.nodes]
        assert len(names) == len(set(names))


def test_folding_again_gives_the_same_bytes(name: str) -> None:
    trace = run(name)
    words = text.load("en")
    folded = scene.build(trace)
    ids = tuple(each.id for each in folded.groups.values() if each.kind == "call")
    before = payload.payload(folded, words)
    assert payload.payload(scene.build(trace, ids), words) != before
    again = scene.build(trace, tuple(f"-{each}" for each in ids))
    assert payload.payload(again, words) == before


def test_each_node_is_described_by_its_own_operation() -> None:
    trace = run("normalize")
    folded = scene.build(trace)
    opened = scene.build(trace, (groups(folded, "normalize")[0].id,))
    signs = [opened.faces[v.index].name for v in discs(opened) if opened.home[v.index]]
    assert signs == ["norm", "clamp_min", "expand", "/"]
    body = payload.payload(opened, text.load("en"))
    inner = [vertex for vertex in body.vertices if vertex.folds]
    assert [vertex.call for vertex in inner] == [
        "norm(x, dim=1)", "clamp_min(norm(x, dim=1))", "expand(clamp_min)", "x/expand",
    ]  # fmt: skip
    # The table has a row for each tensor: those that Python never saw have no value.
    rows = [(vertex.name, vertex.value) for vertex in inner if vertex.row]
    assert rows == [("norm(x, dim=1)", ""), ("clamp_min", ""), ("expand", "")]


@pytest.mark.parametrize(
    ("call", "folded", "opened"),
    [
        ("2 / x", [], ["× (−1/x²)", "× 2"]),
        (
            "torch.nn.functional.softsign(x)",
            [],
            ["× sgn(x)", "× 1", "x: ÷ add(abs(x))", "add(abs(x)): × (−x/add(abs(x))²)"],
        ),
        (
            "torch.nn.functional.linear(torch.ones(3, 2), x)",
            ["(onesᵀ ·)ᵀ"],
            ["(·)ᵀ", "onesᵀ ·"],
        ),
    ],
)
def test_a_factor_on_a_folded_call_is_that_of_the_whole_call(
    call: str, folded: list[str], opened: list[str]
) -> None:
    trace = traces.run(
        f"x = torch.tensor([[1., -2.]], requires_grad=True)\ny = {call}\ny.sum().backward()\n"
    )
    first = scene.build(trace)
    shown = scene.build(trace, tuple(g.id for g in first.groups.values() if g.kind == "call"))

    def factors(drawn: Scene) -> list[str]:
        inner = [v for v in discs(drawn) if v.nodes[0] != trace.nodes[-1].id]
        return [factor for v in inner for _, factor in drawn.faces[v.index].factors]

    assert (factors(first), factors(shown)) == (folded, opened)


def test_gradients_of_hidden_nodes_are_those_the_engine_recorded() -> None:
    trace = run("soft labels")
    folded = scene.build(trace)
    opened = scene.build(trace, (groups(folded, "cross_entropy")[0].id,))
    body = payload.payload(opened, text.load("en"))
    columns = zip(body.gradients.vertex, body.gradients.text, strict=True)
    shown = {body.vertices[vertex].name: grad for vertex, grad in columns}
    assert shown["log_softmax(x)"] == "[[-0.375, -0.125, 0], [-0.25, 0, -0.25]]"
    assert shown["−sum(mul)"] == "0.5"


def test_a_constant_is_linked_to_the_node_that_saved_it_and_to_no_other() -> None:
    def users(name: str, constant: str, called: str) -> list[str | None]:
        trace = run(name)
        folded = scene.build(trace)
        opened = scene.build(trace, (groups(folded, called)[0].id,))
        card = next(
            v.index for v in opened.vertices if v.kind == "card"
            and opened.reading.label(v.nodes[0]) == constant
        )  # fmt: skip
        return [
            trace.nodes[opened.vertices[link.target].nodes[0]].grad_fn
            for link in opened.links
            if link.source == card
        ]

    assert users("soft labels", "target", "cross_entropy") == ["MulBackward0"]
    assert users("attention layer", "transpose", "multi_head_attention_forward") == [
        "AddmmBackward0"
    ]
    # An addition saves nothing: autograd does not say where the mask went.
    assert users("attention", "mask", "scaled_dot_product_attention") == []


def test_a_folded_call_names_its_nodes_in_every_language() -> None:
    trace = run("normalize")
    for language in text.languages():
        body = payload.payload(scene.build(trace), text.load(language))
        (call,) = (vertex for vertex in body.vertices if vertex.parts)
        assert [(part.name, part.text) for part in call.parts] == [
            ("norm(x, dim=1)", "LinalgVectorNormBackward0"),
            ("clamp_min", "ClampMinBackward0"),
            ("expand", "ExpandBackward0"),
            ("unit", "DivBackward0"),
        ]
        assert call.opens


def test_two_calls_on_one_line_open_apart() -> None:
    trace = run("linear, twice")
    first, second = groups(scene.build(trace), "linear")
    assert first.id != second.id
    opened = scene.build(trace, (second.id,))
    assert sum(len(vertex.nodes) > 1 for vertex in discs(opened)) == 1
    assert second.id in opened.home
    assert first.id not in opened.home
