"""A program's own writes to `.grad`: recorded however they are made, and shown as steps."""

import pytest

from tests import traces
from tests.picture.story.test_story import caption
from viz_app import export
from viz_app.browser import Held
from viz_app.engine import client
from viz_app.knowledge import text
from viz_app.model import Array, Trace, Write
from viz_app.picture import payload, scene
from viz_app.picture.story import story
from viz_app.picture.words.notation import Reading

PROGRAM = """
net = torch.nn.Linear(2, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.1)
X = torch.ones(3, 2)
net(X).sum().backward()
{change}
net(X).sum().backward()
"""
GRADIENTS = [(3.0, 3.0), (3.0,)]
NONE, ZERO = [None, None], [(0.0, 0.0), (0.0,)]


def numbers(arrays: tuple[Array | None, ...]) -> list[tuple[object, ...] | None]:
    return [None if array is None else array.data for array in arrays]


def written(change: str) -> tuple[Write, ...]:
    trace = client.run(PROGRAM.format(change=change))
    assert trace.error is None
    return trace.writes


@pytest.mark.parametrize(
    ("change", "after"),
    [
        ("opt.zero_grad()", NONE),
        ("opt.zero_grad(set_to_none=False)", ZERO),
        ("net.zero_grad()", NONE),
        ("net.zero_grad(set_to_none=False)", ZERO),
        ("torch.optim.Adam(net.parameters(), foreach=True).zero_grad(False)", ZERO),
        ("for p in net.parameters(): p.grad = None", NONE),
        ("for p in net.parameters(): del p.grad", NONE),
        ("for p in net.parameters(): p.grad.zero_()", ZERO),
        ("for p in net.parameters(): p.grad.data.fill_(0)", ZERO),
        ("for p in net.parameters(): p.grad[:] = 0", ZERO),
        ("for p in net.parameters(): p.grad *= 2", [(6.0, 6.0), (6.0,)]),
        ("for p in net.parameters(): p.grad = torch.ones_like(p)[..., :2]", [(1.0, 1.0), (1.0,)]),
        ("torch.nn.utils.clip_grad_value_(net.parameters(), 1.0)", [(1.0, 1.0), (1.0,)]),
    ],
)
def test_a_change_of_gradients_is_one_write_wherever_it_comes_from(
    change: str, after: list[tuple[float, ...] | None]
) -> None:
    (write,) = written(change)
    assert write.span is not None
    assert write.span.line == 6
    assert write.passes_before == 1
    assert numbers(write.before) == GRADIENTS
    assert numbers(write.after) == after


@pytest.mark.parametrize(
    "nothing", ["pass", "net.weight.data.zero_()", "net.weight.grad.clone().zero_()", "X.zero_()"]
)
def test_calls_that_leave_gradients_unchanged_are_no_writes(nothing: str) -> None:
    assert written(nothing) == ()


def test_emptying_nothing_is_no_write() -> None:
    assert written("opt.zero_grad(); opt.zero_grad()") == written("opt.zero_grad()")


def test_write_to_a_dropped_gradient_is_no_write_to_grad() -> None:
    writes = written("g = net.weight.grad; net.weight.grad = None; g.zero_(); net.zero_grad()")
    assert [numbers(write.before) for write in writes] == [[one] for one in GRADIENTS]


def test_write_inside_a_pass_is_placed_after_it() -> None:
    trace = client.run(
        """
w = torch.ones(2, requires_grad=True)
v = torch.ones(2, requires_grad=True)
w.register_post_accumulate_grad_hook(lambda p: setattr(p, "grad", None))
(w * v).sum().backward()
(w * v).sum().backward()
"""
    )
    assert trace.error is None
    assert [(write.passes_before, numbers(write.after)) for write in trace.writes] == [
        (1, [None]),
        (2, [None]),
    ]
    steps = [
        frame.pass_number for frame in story.frames(Reading(trace)) if frame.phase != "forward"
    ]
    assert steps == [1] * (len(steps) // 2) + [None] + [2] * (len(steps) // 2)


def frames(trace: Trace) -> list[tuple[str, str]]:
    return [(frame.phase, caption(frame)) for frame in story.frames(Reading(trace))]


def test_a_write_has_a_formula_of_its_own() -> None:
    of = story.frames(Reading(traces.run(traces.EMPTIED)))
    [told, *_] = [frame.formula for frame in of if frame.phase == "write"]
    assert [part.plain for part in told] == ["w.grad ← None", "", "b.grad ← None"]


def test_training_iteration_is_shown_in_execution_order() -> None:
    phases = [phase for phase, _ in frames(traces.run(traces.EMPTIED))]
    accumulated = [place for place, phase in enumerate(phases) if phase == "accumulate"]
    first, second = accumulated[1], accumulated[2]
    between = phases[first + 1 : second]
    assert between[:3] == ["update", "update", "write"]
    assert set(between[3:]) == {"forward", "backward"}
    told = [words for phase, words in frames(traces.run(traces.EMPTIED)) if phase == "write"]
    assert (
        told
        == [
            "Line 8 · 2 gradients are set to None: w.grad and b.grad. The next backward pass "
            "stores its gradients there instead of adding to the old ones."
        ]
        * 2
    )


def test_a_new_version_of_a_leaf_still_holds_the_gradient_until_it_is_emptied() -> None:
    drawn = scene.build(traces.run(traces.EMPTIED))
    words = text.load("en")
    sent = payload.payload(drawn, words)
    place = next(k for k, v in enumerate(sent.vertices) if v.name == "w" and v.first)
    table = sent.gradients
    columns = zip(table.vertex, table.first, table.last, table.text, strict=True)
    shown = [(first, last, said) for at, first, last, said in columns if at == place]
    emptied = next(f.index for f in drawn.frames if f.phase == "write")
    assert shown[0][1:] == (emptied, "[2, 4]")
    assert sent.frames[emptied].held[place] == Held(shown[0][2], "", None)
    assert shown[1][0] > emptied


def test_accumulation_names_the_old_the_added_and_the_new_gradient() -> None:
    drawn = scene.build(
        client.run(
            "w = torch.tensor(3., requires_grad=True)\n(w * w).backward()\n(w * 2).backward()\n"
        )
    )
    sent = payload.payload(drawn, text.load("en"))
    accumulates = [f.index for f in drawn.frames if f.phase == "accumulate"]
    held = [list(sent.frames[index].held.values()) for index in accumulates]
    assert held == [[Held(None, "6", "6")], [Held("6", "2", "8")]]


def test_the_json_of_a_trace_has_no_new_field() -> None:
    assert "writes" not in export.to_json(traces.run(traces.EMPTIED))
