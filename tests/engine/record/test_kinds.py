"""Tensors without numbers of their own: the program continues, and prints the same as in plain
Python."""

import msgspec
import pytest

from tests.corpus import LIMITS
from viz_app.engine import client

PROGRAMS = {
    "masked": (
        "import warnings\nwarnings.simplefilter('ignore')\n"
        "from torch.masked import masked_tensor\n"
        "x = masked_tensor(torch.tensor([1., 2., 3.]), torch.tensor([True, False, True]),\n"
        "                  requires_grad=True)\n"
        "(x * 2).sum().backward()\nprint(x.grad)\n",
        "MaskedTensor(\n  [  2.0000,       --,   2.0000]\n)\n",
    ),
    "meta": (
        "x = torch.ones(40, 40, device='meta', requires_grad=True)\n"
        "(x * 2).sum().backward()\nprint(tuple(x.grad.shape))\n",
        "(40, 40)\n",
    ),
    "fake": (
        "from torch._subclasses.fake_tensor import FakeTensorMode\n"
        "with FakeTensorMode():\n"
        "    x = torch.ones(40, 40, requires_grad=True)\n"
        "    (x @ x).sum().backward()\n"
        "print(tuple(x.grad.shape))\n",
        "(40, 40)\n",
    ),
}


@pytest.mark.parametrize(("program", "printed"), PROGRAMS.values(), ids=PROGRAMS)
def test_a_program_of_tensors_without_numbers_runs_to_its_end(program: str, printed: str) -> None:
    trace = client.run(program, LIMITS)
    assert (trace.error, trace.stdout, trace.left_out) == (None, printed, 0)
    assert trace.steps


def test_call_that_cannot_be_described_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    from viz_app.engine.program import execute
    from viz_app.engine.record.recorder import Recorder

    called = Recorder.called

    def broken(self: Recorder, name: object, *rest: object) -> None:
        if name.plain == "mul":  # type: ignore[attr-defined]
            raise KeyError("of ours")
        called(self, name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Recorder, "called", broken)
    trace = execute.run(
        "x = torch.ones(2, requires_grad=True)\n(x * 2).sum().backward()\nprint(x.grad)"
    )
    assert (trace.error, trace.stdout) == (None, "tensor([2., 2.])\n")
    assert trace.left_out == 1
    assert next(step.grad_fn for step in trace.steps) == "SumBackward0"


def test_a_trace_without_room_for_its_numbers_has_no_partial_jacobians() -> None:
    """A partial Jacobian would make the answer a forged one."""
    source = (
        "x = torch.arange(7.).requires_grad_()\ny = x\nfor turn in range(20):\n"
        "    y = y * x.sin()\ny.sum().backward()\n"
    )
    trace = client.run(source, msgspec.structs.replace(LIMITS, numbers=200))
    matrices = [one for node in trace.nodes for one in node.jacobians if one is not None]
    assert trace.error is None
    assert len(trace.nodes) > 40
    assert not any(matrix.truncated for matrix in matrices)


def test_parameters_of_a_lazy_layer_have_the_values_they_are_used_with() -> None:
    source = (
        "torch.manual_seed(0)\nnet = torch.nn.LazyLinear(2)\n"
        "net(torch.ones(1, 3)).sum().backward()\nw = net.weight\nb = net.bias\n"
    )
    trace = client.run(source, LIMITS)
    parameters = [node for node in trace.nodes if node.kind == "parameter"]
    used = {variable.name: variable.value for variable in trace.variables}
    assert [node.values[0] for node in parameters] == [used["w"], used["b"]]
