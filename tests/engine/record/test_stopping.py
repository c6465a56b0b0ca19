"""The step at which an error ended a backward pass."""

import json

import msgspec
import pytest

from viz_app import export
from viz_app.engine import client
from viz_app.engine.host.validate import disagreements
from viz_app.knowledge import text
from viz_app.limits import Limits
from viz_app.model import Frame, Trace
from viz_app.picture.story import story
from viz_app.picture.words.notation import Reading
from viz_app.picture.words.sentence import parts

INPLACE = """
x = torch.tensor([1., 2.], requires_grad=True)
y = x.exp()
z = (y * 3).sum() + y.sum()
y.add_(1)
z.backward()
"""
TWICE = """
x = torch.tensor(2., requires_grad=True)
y = (x * x).sin() * 2
y.backward()
y.backward()
"""
CUSTOM = """
class Bad(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2
    @staticmethod
    def backward(ctx, g):
        raise ValueError("no way back")
x = torch.tensor([1., 2.], requires_grad=True)
y = Bad.apply(x)
(y * 5).sum().backward()
"""
SHAPE = CUSTOM.replace(
    'raise ValueError("no way back")', "return g.sum().reshape(1, 1).expand(3, 1)"
)
HOOK = """
def stop(grad):
    raise KeyError("hook")
x = torch.tensor(3., requires_grad=True)
y = x ** 2
y.register_hook(stop)
(y * 4).backward()
"""
NODE_HOOK = HOOK.replace(
    "y.register_hook(stop)", "y.grad_fn.register_hook(lambda sent, came: 1 / 0)"
)
LEAF_HOOK = HOOK.replace("y.register_hook(stop)", "x.register_hook(stop)")
AFTER = HOOK.replace("y.register_hook(stop)", "x.register_post_accumulate_grad_hook(stop)")
ANOMALY = """
x = torch.tensor([0., 4.], requires_grad=True)
with torch.autograd.detect_anomaly(check_nan=True):
    y = x.sqrt()
    (y * torch.tensor([0., 1.])).sum().backward()
"""
ONCE = """
from torch.autograd.function import once_differentiable
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x
    @staticmethod
    @once_differentiable
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return 2 * x * g
x = torch.tensor(3., requires_grad=True)
y = Square.apply(x)
g, = torch.autograd.grad(y ** 2, x, create_graph=True)
(g * 2).backward()
"""
PART = """
a = torch.tensor(2., requires_grad=True)
b = torch.tensor(3., requires_grad=True)
p = a.exp()
q = b.exp()
late = (b * 2).exp()
z = p * 2 + q * 3 + late
p.mul_(2)
late.mul_(2)
torch.autograd.grad(z, a)
"""
CAUGHT = (
    TWICE.replace("y.backward()\n", "", 1)
    + "try:\n    y.backward()\nexcept RuntimeError as e:\n    print('no')\n"
)

STOPS = {
    # program: (steps before it in its pass, grad_fn, what had arrived, line of the forward)
    "INPLACE": (4, "ExpBackward0", [[4.0, 4.0]], 3),
    "TWICE": (0, "MulBackward0", [1.0], 3),
    "CUSTOM": (2, "BadBackward", [[5.0, 5.0]], 10),
    "SHAPE": (2, "BadBackward", [[5.0, 5.0]], 10),
    "HOOK": (1, "PowBackward0", [4.0], 5),
    "NODE_HOOK": (1, "PowBackward0", [4.0], 5),
    "LEAF_HOOK": (2, None, [24.0], 4),
    "AFTER": (2, None, [24.0], 4),
    "ANOMALY": (3, "SqrtBackward0", [[0.0, 1.0]], 4),
    "ONCE": (1, None, [2.0], 15),
    "PART": (3, "ExpBackward0", [2.0], 4),
}


def _stop_frames(trace: Trace) -> list[Frame]:
    return [frame for frame in story.frames(Reading(trace)) if frame.phase == "stopped"]


@pytest.mark.parametrize("name", STOPS)
def test_failed_backward_step_is_a_step_of_the_story(name: str) -> None:
    trace = client.run(globals()[name], Limits())
    assert not list(disagreements(trace, Limits()))
    before, grad_fn, arrived, line = STOPS[name]
    assert trace.error is not None
    last = trace.passes[-1]
    stop = last.stopped
    assert stop is not None
    assert (stop.type, stop.message) == (trace.error.type, trace.error.message)
    node = trace.nodes[stop.node]
    assert node.span is not None
    found = [node.grad_fn, node.span.line]
    assert found == [grad_fn if grad_fn is not None else node.grad_fn, line]
    steps = [step for step in trace.steps if step.pass_number == last.number]
    if arrived is not None:
        assert [list(a.data) if a.shape else a.data[0] for a in stop.upstream if a] == arrived
        assert len(steps) == before
    frames = story.frames(Reading(trace))
    assert [frame.phase for frame in frames].count("stopped") == 1
    assert frames[-1].phase == "stopped"
    assert frames[-1].nodes == (stop.node,)
    assert frames[-1].edges == ()
    document = json.loads(export.to_json(trace))
    assert document["error"]["stopped"]["node"] == stop.node
    assert len(document["backward"]) == len(trace.steps)


def test_failed_step_is_described_in_both_languages() -> None:
    said = {}
    for name in ("CUSTOM", "ANOMALY", "LEAF_HOOK"):
        (frame,) = _stop_frames(client.run(globals()[name], Limits()))
        for language in ("en", "ko"):
            said[name, language] = "".join(
                piece.text for piece in parts(frame.message, text.load(language))
            )
    assert said["CUSTOM", "en"] == (
        "Line 10 · BadBackward received ∂sum(y*5)/∂y = [5, 5]. "
        "Backward stopped here with ValueError: nothing is sent further."
    )
    assert said["CUSTOM", "ko"].startswith("10번째 줄 · BadBackward 노드가 ")
    assert "ValueError 오류로 멈추었고" in said["CUSTOM", "ko"]
    assert "and sent nan. Anomaly detection stopped backward here" in said["ANOMALY", "en"]
    assert "nan을 보냈습니다" in said["ANOMALY", "ko"]
    assert "AccumulateGrad received" in said["LEAF_HOOK", "en"]


def test_caught_error_is_a_step_of_the_story() -> None:
    trace = client.run(CAUGHT + "x.grad\n", Limits())
    assert trace.error is None
    assert json.loads(export.to_json(trace))["error"] is None


CAUGHT_TWICE = (
    TWICE.replace("y.backward()\ny.", "y.backward()\ntry: y.", 1).rstrip()
    + "\nexcept RuntimeError: pass\n(x * 2).backward()\n"
)


def test_the_story_goes_on_after_an_error_that_was_caught() -> None:
    trace = client.run(CAUGHT_TWICE, Limits())
    assert trace.error is None
    assert [each.stopped is not None for each in trace.passes] == [False, True, False]
    phases = [frame.phase for frame in story.frames(Reading(trace))]
    assert phases.count("stopped") == 1
    assert phases[-1] == "accumulate"


@pytest.mark.parametrize(
    "program",
    [
        "x = torch.ones(2, requires_grad=True)\n(x * 2).backward()",
        "x = torch.ones(2)\nx.sum().backward()",
        "x = torch.ones(2, requires_grad=True)\ny = x * 2\ny.backward(torch.ones(3))",
        "x = torch.ones(2, requires_grad=True)\nz = torch.ones(2, requires_grad=True)\n"
        "torch.autograd.grad((x * 2).sum(), z)",
        "x = torch.ones(2, requires_grad=True)\n(x * 2).sum().backward()\n1 / 0",
    ],
)
def test_no_failed_step_where_no_node_ran_or_all_did(program: str) -> None:
    trace = client.run(program, Limits())
    assert trace.error is not None
    assert all(each.stopped is None for each in trace.passes)
    assert _stop_frames(trace) == []


def test_failed_step_with_an_invalid_node_is_refused() -> None:
    trace = client.run(CUSTOM, Limits())
    assert trace.passes[0].stopped is not None
    lie = msgspec.structs.replace(
        trace.passes[0], stopped=msgspec.structs.replace(trace.passes[0].stopped, node=99)
    )
    forged = msgspec.structs.replace(trace, passes=(lie,))
    assert "pass.stopped" in disagreements(forged, Limits())
