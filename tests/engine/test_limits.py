"""Whichever limit ends a program, and whenever: what it had printed and recorded is there."""

import contextlib
import os
import signal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from tests.examples import examples
from tests.patience import PATIENCE_SECONDS, beside, until
from tests.processes import running, settle, zygote
from viz_app.engine import client
from viz_app.engine.client import Engine
from viz_app.engine.host.validate import disagreements
from viz_app.engine.process import sandbox
from viz_app.errors import failure
from viz_app.limits import Limits
from viz_app.model import Trace
from viz_app.picture import scene

PROGRAM = """
x = torch.tensor([1., 2.], requires_grad=True)
kept = []
count = 0
while True:
    print(count)
    y = (x * 2).sin().sum()
    {body}
    count += 1
"""
BODIES = {
    "one graph that grows": "x = x + y",
    "many graphs": "kept.append(y)",
    "many passes": "y.backward()",
    "passes whose graphs are kept": "y.backward(retain_graph=True); kept.append(y)",
    "memory": "kept.append(torch.ones(2**20) * y)",
    "much output": "print('word ' * 200)",
}
SMALL = Limits(nodes=3_000, printed_characters=20_000, wall_seconds=2.5)
"""Limits under which a program without an end is soon over."""
LIMITS: dict[str, some.SearchStrategy[dict[str, Any]]] = {
    "limit_nodes": some.fixed_dictionaries({"nodes": some.integers(20, 2_000)}),
    "limit_wall": some.fixed_dictionaries({"wall_seconds": some.floats(0.3, 2.0)}),
    "limit_cpu": some.fixed_dictionaries({"cpu_seconds": some.just(1)}),
    "limit_result": some.fixed_dictionaries({"result_bytes": some.integers(60_000, 400_000)}),
    "limit_memory": some.fixed_dictionaries({"memory_bytes": some.integers(2**27, 2**28)}),
}


def _numbers(trace: Trace) -> list[int]:
    """The numbers that the program printed; the last line may have been cut."""
    lines = trace.stdout.split("\n")[:-1]
    return [int(line) for line in lines if line.isdigit()]


@examples(12)
@given(body=some.sampled_from(sorted(BODIES)), data=some.data())
def test_prints_and_records_before_a_limit_are_shown(body: str, data: Any) -> None:
    """The program prints before each iteration, so what it printed says what must be recorded."""
    chosen = data.draw(some.sampled_from(sorted(LIMITS)))
    limits = msgspec.structs.replace(SMALL, **data.draw(LIMITS[chosen]))
    trace = client.run(PROGRAM.format(body=BODIES[body]), limits)
    assert trace.error is not None
    # Another limit than the chosen one may be first: the program has no end.
    assert trace.error.code.startswith("limit_") or trace.error.hint == "memory", trace.error
    assert list(disagreements(trace, limits)) == []
    numbers = _numbers(trace)
    assert numbers == list(range(len(numbers)))
    whole = len(numbers) - 1  # iterations that ended
    if whole > 0:
        assert trace.nodes
        calls = {node.call for node in trace.nodes if node.call is not None}
        if "pass" in body:
            made = trace.truncated.passes if trace.truncated else len(trace.passes)
            assert made >= whole
            assert trace.passes
        elif len(calls) < min(2 * whole, limits.nodes // 4):  # as many of its first nodes as fit
            assert chosen == "limit_result"
            assert limits.result_bytes // 4 < len(msgspec.msgpack.encode(trace))
    scene.build(trace)  # it can be drawn


def test_a_program_that_fills_the_memory_with_its_tensors_shows_them_all() -> None:
    trace = client.run(PROGRAM.format(body=BODIES["memory"]))
    assert trace.error is not None
    assert trace.error.hint == "memory"
    whole = len(_numbers(trace)) - 1
    assert whole > 50
    assert sum(node.grad_fn == "SinBackward0" for node in trace.nodes) >= whole


def _ticks(process: int) -> float:
    """The processor time that a process has used, in the kernel's ticks; infinite once it ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return float("inf")
    return int(fields[11]) + int(fields[12])


@pytest.mark.skipif(not sandbox.LINUX, reason="reads /proc")
@examples(8)
@given(body=some.sampled_from(sorted(BODIES)), ticks=some.integers(0, 60))
def test_prints_and_records_before_a_kill_are_shown(engine: Engine, body: str, ticks: int) -> None:
    """The child is killed from outside, after it has used that much processor time."""
    limits = msgspec.structs.replace(SMALL, wall_seconds=PATIENCE_SECONDS, cpu_seconds=60)
    engine.run("pass")
    settle(zygote(engine))
    ended = beside(lambda: engine.run(PROGRAM.format(body=BODIES[body]), limits))
    (child,) = until(lambda: running(zygote(engine)))
    begun = _ticks(child)
    until(lambda: _ticks(child) >= begun + ticks)
    with contextlib.suppress(ProcessLookupError):  # a limit was first
        os.kill(child, signal.SIGKILL)
    trace = ended()
    assert trace.error is not None
    ended_first = trace.error.code.startswith("limit_") or trace.error.hint == "memory"
    assert trace.error.code == "killed" or ended_first, trace.error
    forged = msgspec.structs.replace(trace, error=failure("limit_wall", line=1, limit=1))
    assert list(disagreements(forged, limits)) == []  # no child says itself that it was killed
    numbers = _numbers(trace)
    assert numbers == list(range(len(numbers)))
    whole = len(numbers) - 1
    if whole > 0:
        assert trace.nodes
        made = trace.truncated.passes if trace.truncated else len(trace.passes)
        assert made >= whole or "pass" not in body
    scene.build(trace)
