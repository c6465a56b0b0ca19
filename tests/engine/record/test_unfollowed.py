"""A program that autograd recorded nothing of still has its graph."""

import pytest

from tests import traces
from viz_app.model import Node, Trace

NO_GRADIENT = """
a = torch.tensor([2., 3.])
b = a + 1
c = b ** 2
obj = c.mean()
obj.backward()
"""
ONLY_FORWARD = NO_GRADIENT.replace("obj.backward()\n", "print(obj)\n")
SWITCHED_OFF = """
w = torch.tensor([1., -2.], requires_grad=True)
x = torch.tensor([3., 4.])
with torch.no_grad():
    y = (w * x).sum()
loss = (y - 1) ** 2
loss.backward()
"""
IN_PLACE = """
x = torch.zeros(3)
x[0] = 5
x += 1
y = x * x
x.mul_(y)
total = x.sum()
total.backward()
"""
CAUGHT = """
a = torch.tensor([2., 3.])
try:
    (a * 2).sum().backward()
except RuntimeError:
    pass
w = torch.tensor(1., requires_grad=True)
(w * 3).backward()
"""
COPIED = """
import numpy
x = torch.tensor([1., 2.])
y = x * 2
numpy_view = x.numpy()
numpy_view[0] = 10.
z = x * 3
(y + z).sum().backward()
"""


def _made(trace: Trace) -> list[tuple[str | None, list[str], tuple[object, ...]]]:
    return [
        (it.op, [name.text for name in it.names], it.values[0].data if it.values[0] else ())
        for it in trace.nodes
        if it.kind == "op"
    ]


def _operands(trace: Trace, node: Node) -> list[tuple[object, ...]]:
    into = sorted((it for it in trace.edges if it.target == node.id), key=lambda it: it.id)
    values = [trace.nodes[it.source].values[0] for it in into]
    return [it.data for it in values if it is not None]


@pytest.mark.parametrize("program", [NO_GRADIENT, ONLY_FORWARD])
def test_operations_without_gradient_are_nodes(program: str) -> None:
    trace = traces.run(program)
    assert _made(trace) == [
        ("add", ["b"], (3.0, 4.0)),
        ("pow", ["c"], (9.0, 16.0)),
        ("mean", ["obj"], (12.5,)),
    ]
    assert not any(it.requires_grad or it.grad_fn or it.inputs for it in trace.nodes)
    assert _operands(trace, trace.nodes[-2]) == [(3.0, 4.0), (2,)]


def test_refused_call_names_its_root() -> None:
    trace = traces.run(NO_GRADIENT)
    assert [it.refused for it in trace.passes] == [trace.nodes[-1].id]
    assert trace.error is not None
    assert trace.error.forward_line is None


def test_way_from_a_leaf_is_followed_where_recording_was_off() -> None:
    trace = traces.run(SWITCHED_OFF)
    leaf = next(it for it in trace.nodes if it.kind == "leaf")
    first = next(it for it in trace.nodes if it.op == "mul")
    assert any((it.source, it.target) == (leaf.id, first.id) for it in trace.edges)
    assert [op for op, _, _ in _made(trace)] == ["mul", "sum", "sub", "pow"]


def test_each_version_of_a_tensor_keeps_its_value() -> None:
    trace = traces.run(IN_PLACE)
    assert [(op, data) for op, _, data in _made(trace)] == [
        ("setitem", (5.0, 0.0, 0.0)),
        ("add", (6.0, 1.0, 1.0)),
        ("mul", (36.0, 1.0, 1.0)),
        ("mul", (216.0, 1.0, 1.0)),
        ("sum", (218.0,)),
    ]


def test_unreported_change_makes_a_new_version() -> None:
    trace = traces.run(COPIED)
    products = [it for it in trace.nodes if it.op == "mul"]
    assert [_operands(trace, it)[0] for it in products] == [(1.0, 2.0), (10.0, 2.0)]


def test_recorded_graph_is_unchanged() -> None:
    assert [it[0] for it in _made(traces.run(CAUGHT))] == ["mul"]
    assert all(it.requires_grad for it in traces.run(traces.SEED).nodes if it.kind == "op")
