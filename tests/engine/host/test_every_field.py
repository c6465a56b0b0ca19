"""No field of an answer goes unchecked: a number or text that can't be in one is refused.

Each field of each struct of a trace is found by its type, so that a new one fails here until
`validate` looks at it, or until it is named below, with the reason why any value of it is true.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from msgspec import inspect

from tests import forging, traces
from viz_app.engine.host import validate
from viz_app.errors import VizError
from viz_app.limits import Limits
from viz_app.model import Trace

WRONG: dict[type[inspect.Type], tuple[Any, ...]] = {
    inspect.IntType: (-(2**62), 2**62),
    inspect.StrType: ("x" * 2**21,),
}
"""Invalid values of each type: too few, too many, too long."""
FREE = {
    ".data": "a tensor's numbers",
    ".shape": "a tensor of which the head is kept may be as large",
    ".arguments.value": "a call's numbers",
    ".settings": "an autograd node's numbers",
    ".call": "groups the nodes of one call, whatever the number",
    ".ordinal": "a loop may run as often",
    ".position": "a call may have as many operands",
    "trace.truncated.passes": "a loop may call backward as often",
    "trace.left_out": "a loop may call as often what can't be described",
}
"""Endings of fields in which any number, or any from 0, is valid, and the reason."""

RARE = (
    # more passes than are kept
    "x = torch.ones(1, requires_grad=True)\nfor k in range(40):\n    (x * k).backward()\n",
    # an error at which backward ends, one with a hint and one that another line made
    "class Odd(torch.autograd.Function):\n    @staticmethod\n    def forward(ctx, x):\n"
    "        return x * 2\n    @staticmethod\n    def backward(ctx, grad):\n"
    "        raise ValueError('odd')\n"
    "x = torch.ones(2, requires_grad=True)\nOdd.apply(x).sum().backward()\n",
    "x = torch.ones(2, requires_grad=True)\ny = x.exp()\ny.add_(1)\ny.sum().backward()\n",
    "x = torch.ones(2, requires_grad=True)\n(x @ torch.ones(3)).backward()\n",
    # a kink, a module's parameter, a gradient that is written to, a result that draws
    "x = torch.zeros(2, requires_grad=True)\nx.relu().sum().backward()\n",
    "net = torch.nn.Sequential(torch.nn.Linear(2, 1))\nnet(torch.ones(2)).sum().backward()\n",
    "x = torch.ones(2000, requires_grad=True)\nx.exp().sum().backward()\n"
    "x.grad.mul_(2)\nx.grad.zero_()\n",
    "x = torch.ones(2, requires_grad=True)\n(x * x.detach()).sum().backward()\n",
    "x = torch.ones(2, requires_grad=True)\ntorch.autograd.backward([x.sum(), x.prod()])\n",
    "x = torch.ones(2, requires_grad=True)\ny = x * 2\ny.sum().backward()\nprint(y.grad * 2)\n",
    "x = torch.ones(2, 2, requires_grad=True)\n"
    "torch.nn.functional.mse_loss(x, x * 2, reduction='sum').backward()\n"
    "torch.einsum('ij->i', x).sum().backward()\n",
)
"""Programs whose answers have values that those of tests/forging.py lack."""

Place = tuple[str, Any, Any, type[inspect.Type]]
"""A field's name ("trace.nodes.id"), its container and key, and its type."""
Met = tuple[str, dict[str, Any], Any, Any]
"""A program, its answer, and the container and key of a value in it."""


def _places(kind: inspect.Type, inside: Any, key: Any, name: str) -> Iterator[Place]:
    """All values below a place that are numbers or texts."""
    value = inside[key]
    match kind:
        case inspect.UnionType():
            fitting = [it for it in kind.types if _fits(it, value)]
            for it in fitting or [it for it in kind.types if type(it) in WRONG]:
                yield from _places(it, inside, key, name)
        case inspect.StructType():
            for place, field in enumerate(kind.fields):
                at = place if kind.array_like else field.encode_name
                if kind.array_like or at in value:
                    yield from _places(field.type, value, at, f"{name}.{field.name}")
        case inspect.VarTupleType():
            for place in range(len(value)):
                yield from _places(kind.item_type, value, place, name)
        case inspect.TupleType():
            for place, item in enumerate(kind.item_types):
                yield from _places(item, value, place, name)
        case inspect.DictType():
            for each in value:
                yield from _places(kind.value_type, value, each, name)
        case _ if type(kind) in WRONG:
            yield name, inside, key, type(kind)


def _fits(kind: inspect.Type, value: Any) -> bool:
    match kind:
        case inspect.StructType():
            return isinstance(value, list if kind.array_like else dict)
        case inspect.DictType():
            return isinstance(value, dict)
        case inspect.VarTupleType() | inspect.TupleType():
            return isinstance(value, list)
        case inspect.IntType():
            return isinstance(value, int) and not isinstance(value, bool)
        case inspect.StrType():
            return isinstance(value, str)
    return False


def _fields(kind: inspect.Type, name: str) -> Iterator[str]:
    """Each field of a type, and of those in it, that holds a number or a text."""
    match kind:
        case inspect.UnionType() | inspect.TupleType():
            kinds = kind.types if isinstance(kind, inspect.UnionType) else kind.item_types
            for it in kinds:
                yield from _fields(it, name)
        case inspect.VarTupleType():
            yield from _fields(kind.item_type, name)
        case inspect.DictType():
            yield from _fields(kind.value_type, name)
        case inspect.StructType():
            for field in kind.fields:
                yield from _fields(field.type, f"{name}.{field.name}")
        case _ if type(kind) in WRONG:
            yield name


TRACE = inspect.type_info(Trace)
FIELDS = sorted(set(_fields(TRACE, "trace")))


@pytest.fixture(scope="module")
def met() -> dict[str, dict[type, Met]]:
    """Honest answers that have each field, by its name, with a value of each type, and the path to
    it."""
    found: dict[str, dict[type, Met]] = {}
    for source, body in (*forging.honest(), *((it, traces.recorded(it).body) for it in RARE)):
        assert body is not None
        answer = msgspec.msgpack.decode(body)
        for name, inside, key, kind in _places(TRACE, answer, "trace", "trace"):
            found.setdefault(name, {}).setdefault(kind, (source, answer, inside, key))
    return found


@pytest.mark.parametrize("field", FIELDS)
def test_impossible_value_in_any_field_is_refused(
    field: str, met: dict[str, dict[type, Met]]
) -> None:
    free = any(field.endswith(it) for it in FREE)
    assert free or field in met, "no program of RARE or tests/forging.py has it: add one"
    for kind, (source, answer, inside, key) in met.get(field, {}).items():
        honest = inside[key]
        for wrong in WRONG[kind]:
            inside[key] = wrong
            body = msgspec.msgpack.encode(answer)
            inside[key] = honest
            try:
                validate.trace(body, source, Limits())
            except VizError:
                continue
            assert free, f"{str(wrong)[:30]} is let in"
            assert isinstance(wrong, int)
