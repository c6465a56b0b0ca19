"""Whichever limit ends a program, and whenever: what it had printed and recorded is there."""

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as some

from tests.examples import examples
from viz_app.engine import client
from viz_app.engine.host.validate import disagreements
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
        elif chosen == "limit_result":  # as many of its first nodes as fit
            size = len(msgspec.msgpack.encode(trace))
            assert limits.result_bytes // 4 < size or len(trace.nodes) >= limits.nodes
        else:
            assert len(calls) >= min(2 * whole, limits.nodes // 4)
    scene.build(trace)  # it can be drawn


def test_a_program_that_fills_the_memory_with_its_tensors_shows_them_all() -> None:
    trace = client.run(PROGRAM.format(body=BODIES["memory"]))
    assert trace.error is not None
    assert trace.error.hint == "memory"
    whole = len(_numbers(trace)) - 1
    assert whole > 50
    assert sum(node.grad_fn == "SinBackward0" for node in trace.nodes) >= whole
