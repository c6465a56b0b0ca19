"""One process per run, as on a system without fork: the same traces, limits and errors."""

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.patience import PATIENCE_SECONDS
from viz_app.engine import client
from viz_app.engine.client import Engine
from viz_app.errors import VizError
from viz_app.limits import Limits

SEED = "a = torch.tensor([2., 3.], requires_grad=True)\n(2 * (a + 1) ** 2).mean().backward()\n"
ENOUGH = Limits(wall_seconds=PATIENCE_SECONDS)
QUICK = Limits(wall_seconds=2)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine("auto", forks=False)
    engine.start()
    yield engine
    engine.close()


def test_spawned_process_reports_that_it_has_no_wall(engine: Engine) -> None:
    assert "open" in engine.start().missing
    assert not engine.walled()


def test_required_confinement_refuses_to_run(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "sandbox", "required")
    with pytest.raises(VizError) as caught:
        engine.run(SEED)
    assert caught.value.failure.code == "sandbox_missing"


def test_trace_equals_the_zygotes_byte_for_byte(engine: Engine) -> None:
    program = SEED + "print(torch.randn(3), {'b', 'a', 'c'}, hash('x'), a.grad)\n"
    assert msgspec.msgpack.encode(engine.run(program)) == msgspec.msgpack.encode(
        client.run(program)
    )


@pytest.mark.parametrize(
    ("program", "limits", "code"),
    [
        ("x = 1\nwhile True: pass", QUICK, "limit_wall"),
        ("x = 1\ntorch.ones(1).expand(10**11).sum()", QUICK, "limit_wall"),
        ("x = 1\nimport ctypes; ctypes.string_at(0)", ENOUGH, "crash_segv"),
        ("x = 1\nimport os; os._exit(0)", ENOUGH, "vanished"),
    ],
)
def test_end_of_a_program_is_reported(
    engine: Engine, program: str, limits: Limits, code: str
) -> None:
    trace = engine.run(program, limits)
    assert trace.error is not None
    assert trace.error.code == code
    if code != "vanished":  # who leaves without a word leaves no line either
        assert trace.error.span.line == 2


def test_program_stopped_by_a_limit_shows_the_graph_so_far(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "GRACE_SECONDS", 60.0)
    program = "x = torch.ones(1, requires_grad=True)\ny = x * 2\nwhile True: pass"
    trace = engine.run(program, QUICK)
    assert trace.error is not None
    assert trace.error.code == "limit_wall"
    assert trace.nodes


def test_program_without_a_trace_is_a_viz_error(engine: Engine) -> None:
    with pytest.raises(VizError) as caught:
        engine.run("def f(:", QUICK)
    assert caught.value.failure.code == "syntax"


def test_output_that_bypasses_python_does_not_corrupt_the_answer(engine: Engine) -> None:
    trace = engine.run("import os\nfor n in (0, 1, 2): os.write(n, b'garbage')\nprint('said')")
    assert trace.stdout == "said\n"


def test_closing_leaves_no_process(engine: Engine) -> None:
    own = Path(f"/proc/self/task/{os.getpid()}/children")
    if not own.exists():
        pytest.skip("reads /proc")
    client.close()
    others = set(own.read_text().split())  # of the tests that ran before
    engine.run("x = 1")
    client.run("x = 1")
    assert len(set(own.read_text().split()) - others) >= 2
    engine.close()
    client.close()
    assert set(own.read_text().split()) <= others
