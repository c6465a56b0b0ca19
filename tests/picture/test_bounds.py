"""Bounds on the drawn and sent data: a viewable picture for every program."""

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import graphs, traces
from tests.examples import examples
from viz_app.engine.client import Recorded
from viz_app.model import Trace
from viz_app.picture import scene
from viz_app.picture.layout import folding, graph, open_groups, placement
from viz_app.picture.words.notation import Reading
from viz_app.workers.jobs import Draw, Look
from viz_app.workers.make import SENT, draw, sent

LOOK = Look((), "en", "light", explained=True)
BOXES, LINKS, ELEMENTS, EXPLAINED = 1_000, open_groups.MOST_LINKS, 40_000, 3_000_000

PROGRAMS = {
    "60 dimensions": "x = torch.ones([1] * 60, requires_grad=True)\n(x * 2).sum().backward()\n",
    "300 leaves stacked": "xs = [torch.ones(1, requires_grad=True) for _ in range(300)]\n"
    "torch.stack(xs).sum().backward()\n",
    "5,000 leaves stacked": "xs = [torch.ones(1, requires_grad=True) for _ in range(5_000)]\n"
    "torch.stack(xs).sum().backward()\n",
    "3,000 uses of one tensor": "x = torch.ones(1, requires_grad=True)\nz = x * 2\n"
    "torch.stack([z] * 3000).sum().backward()\n",
    "3,000 results of one call": "x = torch.ones(3000, requires_grad=True)\n"
    "sum(x.unbind(0)[::100]).backward()\n",
    "2,000 named tensors": "for k in range(2_000):\n    globals()[f'a{k}'] = torch.tensor(0.)\n"
    "x = torch.tensor(1., requires_grad=True)\n(x * a0).backward()\n",
    "2,000 doublings": "x = torch.tensor(0., dtype=torch.float64, requires_grad=True)\ny = x * 1\n"
    "for i in range(2_000):\n    y = y + y\ny.backward()\n",
    "derivatives of derivatives": "x = torch.tensor(1.1, requires_grad=True)\n"
    "y = torch.sin(x) ** 3\nfor i in range(6):\n"
    "    y = torch.autograd.grad(y, x, create_graph=True)[0]\n",
    "every earlier tensor": "class Sum(torch.autograd.Function):\n    @staticmethod\n"
    "    def forward(ctx, *xs):\n        ctx.n = len(xs)\n"
    "        return sum(x.detach() for x in xs)\n"
    "    @staticmethod\n    def backward(ctx, g): return (g,) * ctx.n\n"
    "vs = [torch.ones(1, requires_grad=True)]\n"
    "for _ in range(30): vs.append(Sum.apply(*vs))\nvs[-1].backward()\n",
}


def _sent(recorded: Recorded, look: Look = LOOK) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the data sent for a run, the picture and the explanations, within their bounds."""
    picture = draw(Draw(recorded, look))
    assert picture.degree == "whole"
    assert sent(picture) <= SENT
    assert len(picture.explain) <= EXPLAINED
    body, explained = json.loads(picture.stage), json.loads(picture.explain)
    assert len(body["vertices"]) <= BOXES
    assert len(body["of"]) <= ELEMENTS
    return body, explained


def _calls_made(do: Callable[[], object]) -> int:
    """The number of calls of functions, Python's own and others', that something takes."""
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        do()
    finally:
        sys.setprofile(None)
    return count


def test_naming_takes_linear_time_where_all_results_share_a_name() -> None:
    """Each name on one line is distinguished from all before it: `mul`, `mul₂`, `mul₃`."""

    def work(count: int) -> int:
        made = graphs.trace(1, [[k] for k in range(count)], named=False)
        return _calls_made(lambda: Reading(made))

    small, large = work(300), work(1_200)
    assert large < 5 * small


def test_operands_that_contain_each_other_are_cut() -> None:
    """The left operand of each + in a long sum is everything before it."""
    count = 300
    terms = f"+x*2.{'0' * 200}" * count
    program = f"x = torch.ones(1, requires_grad=True)\ny = x{terms}\ny.backward()\n"
    picture = draw(Draw(traces.recorded(program), LOOK))
    assert len(picture.calls) == 2 * count
    assert len(picture.call_rows) < 1_000 * 2 * count


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_large_program_has_a_whole_picture_of_a_readable_size(name: str) -> None:
    body, _ = _sent(traces.recorded(PROGRAMS[name]))
    assert 0 < len(body["vertices"]) < 100


def test_huge_number_of_paths_is_written_as_a_power_of_ten() -> None:
    _, explained = _sent(traces.recorded(PROGRAMS["2,000 doublings"]))
    assert explained["rules"][0]["count"] == "10^602"


def test_unfolding_all_groups_stays_within_the_bounds() -> None:
    """A link can name every group of a dense graph."""
    made = graphs.trace(1, [range(k + 1) for k in range(90)])
    groups = tuple(folding.tree(Reading(made), graph.build(made)).groups)
    assert groups
    built = scene.build(made, groups)
    assert len(built.links) <= LINKS
    body, _ = _sent(graphs.recorded(made))
    assert len(body["vertices"]) < 100


def test_group_of_leaves_or_results_unfolds_to_each() -> None:
    made = graphs.trace(100, [list(range(100))], results=50)
    groups = folding.tree(Reading(made), graph.build(made)).groups
    kinds = {group.kind for group in groups.values()}
    assert {"sources", "results"} <= kinds
    every = scene.build(made, tuple(groups))
    assert sum(vertex.kind == "card" for vertex in every.vertices) == 150
    assert sum(vertex.group is not None for vertex in every.vertices) == 0


@st.composite
def made(drawn: st.DrawFn) -> Trace:
    """Dense, wide, deep and doubled graphs, some with many results, passes or names."""
    leaves = drawn(st.integers(1, 120))
    calls: list[Sequence[int]] = []
    for _ in range(drawn(st.integers(1, 6))):
        length = drawn(st.integers(1, 60))
        kind = drawn(st.sampled_from(["deep", "wide", "dense", "doubled", "joined"]))
        for _ in range(length if kind != "joined" else 1):
            last = leaves + len(calls)
            calls.append(
                {
                    "deep": [last - 1],
                    "wide": [drawn(st.integers(0, last - 1))],
                    "dense": range(max(0, last - 25), last),
                    "doubled": [last - 1] * drawn(st.integers(2, 30)),
                    "joined": range(last),
                }[kind]
            )
    return graphs.trace(
        leaves,
        calls,
        results=drawn(st.sampled_from([1, 1, 2, 40])),
        passes=drawn(st.integers(1, 4)),
        variables=drawn(st.sampled_from([0, 5, 300])),
    )


@examples(40)
@given(made())
def test_any_graph_gives_a_picture_within_the_bounds(trace: Trace) -> None:
    _sent(graphs.recorded(trace))


@examples(40)
@given(made())
def test_plain_layers_keep_boxes_apart_and_links_running_forward(trace: Trace) -> None:
    whole = graph.build(trace)
    tree = folding.tree(Reading(trace), whole)
    drawn = folding.visible(whole, tree, open_groups.start(tree))
    rooms = {vertex.index: (60.0, 40.0) for vertex in graph.vertices(drawn)}
    placed = placement.lay_out(drawn, rooms, crude=True)
    at = [(vertex.x, vertex.y) for vertex in placed.vertices]
    for one, (x, y) in enumerate(at):
        assert all(abs(x - u) >= 60 or abs(y - v) >= 40 for u, v in at[:one])
    for link in placed.links:
        assert placed.vertices[link.source].x < placed.vertices[link.target].x
