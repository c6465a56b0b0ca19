"""A loop's iterations are in a row, or below each other, in the order they ran in."""

import itertools
from collections.abc import Sequence

import pytest

from tests import traces
from viz_app.model import Vertex
from viz_app.picture import scene
from viz_app.picture.layout import rows
from viz_app.picture.layout.placement import HUB

STEP = "    opt.zero_grad()\n    loss = (w - 3) ** 2\n    loss.backward()\n    opt.step()\n"
LEAF = "w = torch.tensor(0., requires_grad=True)\n"
LOOPS = {
    "converged": LEAF + "opt = torch.optim.SGD([w], lr=0.5)\nfor i in range(60):\n" + STEP,
    "lr=0": LEAF + "opt = torch.optim.SGD([w], lr=0.0)\nfor i in range(40):\n" + STEP,
    "converges": LEAF + "opt = torch.optim.Adam([w], lr=0.1)\nfor i in range(400):\n" + STEP,
    "trains": LEAF + "opt = torch.optim.SGD([w], lr=0.1)\nfor i in range(60):\n" + STEP,
    "w -= 0": (
        f"{LEAF}for i in range(40):\n    loss = (w - 1) ** 2\n    loss.backward()\n"
        "    with torch.no_grad():\n        w -= 0\n    w.grad.zero_()\n"
    ),
    "read only": (
        "net = torch.nn.Linear(2, 1)\nfor x in torch.ones(30, 4, 2):\n"
        "    loss = net(x).pow(2).mean()\nloss.backward()\n"
    ),
    "one moves": (
        "a = torch.tensor(1., requires_grad=True)\nb = torch.tensor(0., requires_grad=True)\n"
        "for i in range(40):\n    loss = (a - 1) ** 2 + (b - 2) ** 2\n    loss.backward()\n"
        "    with torch.no_grad():\n        a -= 0.1 * a.grad\n        b -= 0.1 * b.grad\n"
        "    a.grad = b.grad = None\n"
    ),
}


def _opened(program: str, width: rows.Width) -> tuple[scene.Scene, list[Vertex]]:
    """The picture with the box of later iterations open, and the boxes of these, in order."""
    trace = traces.run(program)
    whole = scene.build(trace).groups.values()
    opened = scene.build(trace, [it.id for it in whole if it.kind == "iterations"], width=width)
    boxes = {v.group: v for v in opened.vertices if v.group is not None}
    inside = [it.id for it in whole if it.kind == "iteration"]
    return opened, [boxes[group] for group in inside if group in boxes]


def _follows(before: Vertex, after: Vertex) -> bool:
    """True if a box is to the right of another, or in a later row."""
    right = before.x + before.width / 2 < after.x - after.width / 2
    return right or before.y + before.height / 2 < after.y - after.height / 2


@pytest.mark.parametrize("width", [rows.DESK, rows.PROJECTOR, rows.PHONE])
@pytest.mark.parametrize("name", LOOPS)
def test_iterations_follow_each_other_whether_or_not_a_step_changed_anything(
    name: str, width: rows.Width
) -> None:
    opened, boxes = _opened(LOOPS[name], width)
    assert len(boxes) >= 29
    assert all(_follows(one, two) for one, two in itertools.pairwise(boxes))
    # Seven rows and the first iteration would be hardly larger in a view as low as a projector's.
    assert opened.width < width.strip or (name, width) == ("one moves", rows.PROJECTOR)


@pytest.mark.parametrize("name", LOOPS)
def test_iterations_fill_rows_where_there_is_space(name: str) -> None:
    _, boxes = _opened(LOOPS[name], rows.DESK)
    turns = sum(two.x < one.x for one, two in itertools.pairwise(boxes))
    assert turns <= len(boxes) / 3


def test_no_line_is_drawn_for_the_order_of_iterations() -> None:
    opened, boxes = _opened(LOOPS["lr=0"], rows.DESK)
    among = {box.index for box in boxes}
    assert not [it for it in opened.links if it.source in among]
    uses = [it for it in opened.links if it.target in among]
    assert len(uses) == len(boxes)
    assert all(it.stub for it in uses)


def test_a_value_kept_by_many_iterations_is_a_hub() -> None:
    """A leaf that a step wrote to, open or in the box of its iteration."""
    opened, boxes = _opened(LOOPS["converged"], rows.DESK)
    among = {box.index for box in boxes}
    [drawn] = [it for it in opened.links if it.target in among and not it.stub]
    assert drawn.target == boxes[0].index
    assert opened.vertices[drawn.source].kind == "card"
    late = LOOPS["converged"].replace("0., req", "-100000., req").replace("lr=0.5", "lr=0.4999")
    opened, boxes = _opened(late, rows.DESK)
    many = [box for box in boxes if sum(it.source == box.index for it in opened.links) > HUB]
    assert many
    for box in many:
        uses = [it for it in opened.links if it.source == box.index and it.kind == "operand"]
        assert [it.stub for it in uses] == [False, *[True] * (len(uses) - 1)]


OPEN = {
    "accumulated": (
        f"{LEAF}for x in (1., 2., 3., 4.):\n    loss = (w * x - 1) ** 2\n    loss.backward()\n"
    ),
    "of their own": "for x in (1., 2., 3.):\n    a = torch.tensor(x, requires_grad=True)\n"
    "    a.sin().exp().backward()\n",
}


@pytest.mark.parametrize("name", OPEN)
def test_open_iterations_that_nothing_joins_are_below_each_other(name: str) -> None:
    built = scene.build(traces.run(OPEN[name]))
    inside = [it.id for it in built.groups.values() if it.kind == "iteration"]
    made: Sequence[list[Vertex]] = [
        [v for v in built.vertices if v.kind == "disc" and built.home[v.index] == one]
        for one in inside
    ]
    assert len(made) > 2
    for one, two in itertools.pairwise(made):
        assert one[0].x == pytest.approx(two[0].x, abs=0.2)
        assert max(v.y for v in one) < min(v.y for v in two)


def test_iterations_that_meet_in_one_sum_are_no_row() -> None:
    program = f"{LEAF}parts = []\nfor x in range(30):\n    parts.append((w - x) ** 2 * x)\n"
    opened, boxes = _opened(f"{program}torch.stack(parts).sum().backward()\n", rows.DESK)
    assert len({box.x for box in boxes}) < len(boxes) / 2
    assert opened.height > opened.width


def test_an_opened_iteration_is_between_the_one_before_and_the_next() -> None:
    trace = traces.run(LOOPS["lr=0"])
    chosen = [it.id for it in scene.build(trace).groups.values() if it.kind == "iteration"][5]
    opened = scene.build(trace, [chosen], width=rows.DESK)
    before, after = [v for v in opened.vertices if v.group is not None]
    made = [v for v in opened.vertices if v.kind == "disc" and opened.home[v.index] == chosen]
    assert [opened.groups[v.group or ""].name for v in (before, after)] == ["↻ 2–5", "↻ 7–40"]
    assert len(made) == 2
    assert all(_follows(before, v) and _follows(v, after) for v in made)
