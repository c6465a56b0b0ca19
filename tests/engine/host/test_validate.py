"""A child's answers: an honest one opens; a false or torn one is reported as forged."""

import socket
import struct
import time

import msgspec
import pytest

from viz_app.engine import client, wire
from viz_app.engine.host import validate
from viz_app.errors import VizError
from viz_app.limits import EDITABLE, Limits
from viz_app.model import Span, StderrText, Trace

SEED = """a = torch.tensor([2., 3.], requires_grad=True)
(2 * (a + 1) ** 2).mean().backward()
a.grad = None
"""


@pytest.fixture(scope="module")
def honest() -> Trace:
    return client.run(SEED)


def _opened(answer: wire.Answer) -> Trace:
    return validate.trace(msgspec.msgpack.encode(answer), SEED, Limits())


def test_an_honest_answer_opens(honest: Trace) -> None:
    assert _opened(wire.Answer(trace=honest)) == honest


def test_overlong_name_is_left_out() -> None:
    long, written = "n" * 200_000, "m" * 45_000
    trace = client.run(
        f"globals()['n' * 200_000] = torch.ones(1, requires_grad=True)\n"
        f"{written} = globals()['n' * 200_000] * 2\n{written}.sum().backward()\n"
    )
    assert trace.error is None
    assert [it.name for it in trace.variables] == [written]
    assert all(name.text != long for node in trace.nodes for name in node.names)


def test_truncated_answer_is_refused(honest: Trace) -> None:
    whole = msgspec.msgpack.encode(wire.Answer(trace=honest))
    for size in range(len(whole)):
        with pytest.raises(VizError, match="forged"):
            validate.trace(whole[:size], SEED, Limits())


@pytest.mark.parametrize(
    "body",
    [b"", b"\xc0", b"\x80", b"\xff" * 100, b"\x91" * 100_000, b"cos\nsystem\n", b"\xa2\xff\xfe"],
)
def test_garbage_is_refused(body: bytes) -> None:
    with pytest.raises(VizError, match="forged"):
        validate.trace(body, SEED, Limits())


def test_indices_out_of_range_are_refused(honest: Trace) -> None:
    put = msgspec.structs.replace
    node, edge, step = honest.nodes[0], honest.edges[0], honest.steps[0]
    value = node.values[0]
    assert value is not None
    (write,) = honest.writes
    flag = next(it for it in honest.inputs if it.kind == "flag")
    ops = [it for it in honest.nodes if it.kind == "op"]
    lies = [
        put(honest, source="another"),
        put(honest, version=2),
        put(honest, nodes=honest.nodes[1:]),
        put(honest, nodes=(put(node, outputs=2), *honest.nodes[1:])),
        put(honest, nodes=(put(node, inputs=((99, 0),)), *honest.nodes[1:])),
        put(honest, nodes=(put(node, span=Span(9, 1, 1, 1)), *honest.nodes[1:])),
        put(honest, nodes=(put(node, values=(put(value, shape=(7,)),)), *honest.nodes[1:])),
        put(honest, nodes=(put(node, values=(put(value, shape=(-1, -2)),)), *honest.nodes[1:])),
        put(
            honest,
            nodes=(
                put(node, values=(put(value, shape=(9_999,), data=(), truncated=True),)),
                *honest.nodes[1:],
            ),
        ),
        put(honest, inputs=(put(flag, value=put(flag.value, shape=(0,), data=())),)),
        put(honest, inputs=(flag,) * (EDITABLE + 1)),
        put(honest, calls=honest.calls[:1] * (EDITABLE + 1)),
        # Two nodes of one call, and between them another's, which is made from the first.
        put(
            honest,
            nodes=tuple(put(it, call=99) if it in (ops[0], ops[2]) else it for it in honest.nodes),
        ),
        put(honest, edges=(put(edge, source=99), *honest.edges[1:])),
        put(honest, edges=(put(edge, target=-1), *honest.edges[1:])),
        put(honest, edges=(put(edge, id=5), *honest.edges[1:])),
        put(honest, steps=(put(step, node=99), *honest.steps[1:])),
        put(honest, steps=(put(step, pass_number=9), *honest.steps[1:])),
        put(honest, steps=(put(step, sends=(put(step.sends[0], edge=99),)), *honest.steps[1:])),
        put(honest, variables=(put(honest.variables[0], node=(99, 0)),)),
        put(honest, passes=(put(honest.passes[0], roots=((99, 0),)),)),
        put(honest, writes=(put(write, nodes=(99,)),)),
        put(honest, writes=(put(write, after=()),)),
        put(honest, writes=(put(write, passes_before=9),)),
        put(honest, writes=(put(write, nodes_before=99),)),
        put(honest, measurable=(99,)),
        put(honest, stderr=(StderrText("x", len(honest.stdout) + 1, 0),)),
        put(honest, stderr=(StderrText("x", 0, len(honest.echo) + 1),)),
    ]
    for lie in lies:
        with pytest.raises(VizError, match="forged"):
            _opened(wire.Answer(trace=lie))


def test_a_message_longer_than_allowed_is_not_read() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(struct.pack("<I", 2**31) + b"x" * 100)
        with pytest.raises(wire.TooLongError):
            wire.receive(ours, 1000, time.monotonic() + 60)


def test_missing_message_times_out() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"\x05\0\0\0abc")
        with pytest.raises(TimeoutError):
            wire.receive(ours, 1000, time.monotonic() + 0.1)
