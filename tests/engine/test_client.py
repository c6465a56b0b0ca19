"""The engine's client: each way a run can end gives one clear answer, and the next run works."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest

from tests.patience import PATIENCE_SECONDS, beside, until
from tests.processes import SEED, dead, running, sealed, settle, spare, state, works, zygote
from viz_app.engine import client, wire
from viz_app.engine.client import Engine
from viz_app.engine.host import zygote_client
from viz_app.engine.host.zygote_client import Zygote
from viz_app.errors import VizError
from viz_app.knowledge import text
from viz_app.limits import Limits
from viz_app.model import Span
from viz_app.picture import scene

ENOUGH = Limits(wall_seconds=PATIENCE_SECONDS)
"""Limits for programs that something other than the time ends, however busy the machine is."""
QUICK = Limits(wall_seconds=2, cpu_seconds=5)
"""Limits for programs that only the time can end: one second suffices to reach their last
statement."""
AFTER = "a = torch.tensor(2., requires_grad=True)\nb = a * a\n"
linux = pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="reads /proc")


@pytest.mark.parametrize(
    ("program", "code", "line"),
    [
        ('torch.div(torch.tensor([-2**63]), -1, rounding_mode="trunc")', "crash_fpe", 3),
        ("import ctypes; ctypes.string_at(0)", "crash_segv", 3),
        ("import os; os.abort()", "crash_abort", 3),
        ("import os; os._exit(0)", "vanished", 3),
        ("import os; os.close(3)", "vanished", 3),
        ("while True: print('x' * 1000)", "limit_printed", 3),
        ("import sys\nwhile True: sys.stderr.write('x' * 1000)", "limit_printed", 4),
        ("torch.empty(25 * 10**9)", "exception", 3),
        ("s = 'a'\nwhile True: s = s * 10", "exception", 4),
        ("def f(): return f()\nf()", "exception", 3),
        ("raise SystemExit(1)", "exception", 3),
    ],
)
def test_end_of_a_program_is_reported_with_line_and_graph_so_far(
    engine: Engine, program: str, code: str, line: int
) -> None:
    ends(engine, program, ENOUGH, code, line)


@pytest.mark.parametrize(
    ("program", "line"),
    [
        ("while True: pass", 3),
        ("torch.ones(1).expand(10**11).sum()", 3),
        ("import time\ntime.sleep(1000)", 4),
    ],
)
def test_endless_program_is_reported_with_line_and_graph_so_far(
    engine: Engine, program: str, line: int
) -> None:
    ends(engine, program, QUICK, "limit_wall", line)


def ends(engine: Engine, program: str, limits: Limits, code: str, line: int) -> None:
    trace = beside(lambda: engine.run(AFTER + program, limits))()
    assert trace.error is not None
    assert (trace.error.code, trace.error.span.line) == (code, line)
    assert "b" in {name.text for node in trace.nodes for name in node.names}
    works(engine)


def test_graph_so_far_has_a_time_limit_of_its_own(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rerun has a time limit of its own: on a busy machine nearly nothing remains of the
    first."""
    given: list[float] = []
    attempt = engine._attempt

    def noted(
        request: wire.Asked, seconds: float, *, wait_for_end: bool = True
    ) -> zygote_client.Outcome:
        given.append(seconds)
        return attempt(request, seconds, wait_for_end=wait_for_end)

    monkeypatch.setattr(engine, "_attempt", noted)
    trace = engine.run(AFTER + "torch.ones(1).expand(10**11).sum()", QUICK)
    assert given == [QUICK.wall_seconds + client.GRACE_SECONDS] * 2
    assert trace.nodes


def test_program_stopped_by_a_limit_gets_more_time_to_answer(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recording a large graph takes longer than announcing it."""
    received: list[tuple[bytes, float]] = []
    receive = wire.receive

    def noted(end: socket.socket, most: int, deadline: float) -> bytearray:
        body = receive(end, most, deadline)
        received.append((bytes(body), deadline))
        return body

    monkeypatch.setattr(client, "GRACE_SECONDS", 60.0)  # time to say it, on a busy machine too
    monkeypatch.setattr(wire, "receive", noted)
    trace = engine.run("print('begun')\n" + AFTER + "while True: pass", QUICK)
    (said, first), (printed, _), (_, last) = received
    assert said == wire.STOPPED
    assert b"begun" in printed
    assert last == first + zygote_client.ANSWER_SECONDS
    assert trace.error is not None
    assert trace.error.code == "limit_wall"
    assert trace.nodes


def test_large_graph_is_assembled_after_the_cpu_limit(engine: Engine) -> None:
    """The child uses more than a second of processor time, at which the limit signals once more."""
    trace = engine.run(
        "x = torch.ones(1, requires_grad=True)\nfor turn in range(10**9): x = x * 2",
        Limits(wall_seconds=PATIENCE_SECONDS, cpu_seconds=1),
    )
    assert trace.error is not None
    assert trace.error.code in ("limit_cpu", "limit_nodes")  # the latter on a fast machine
    assert trace.nodes


def test_a_limit_is_not_swallowed_by_a_bare_except(engine: Engine) -> None:
    trace = engine.run("while True:\n try:\n  x = 1\n except: pass", QUICK)
    assert trace.error is not None
    assert trace.error.code == "limit_wall"
    assert 1 <= trace.error.span.line <= 4


def test_child_that_closes_its_socket_and_survives_is_ended(engine: Engine) -> None:
    trace = beside(lambda: engine.run("import os, time\nos.close(3)\ntime.sleep(10**6)", ENOUGH))()
    assert trace.error is not None
    assert (trace.error.code, trace.error.span.line) == ("vanished", 3)


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("def f(:", "syntax"),
        ("x = 1\0", "syntax"),
        ("(" * 5_000, "syntax"),
        ("x = '\ud800'", "encoding"),
        ("import os; os.write(3, b'garbage and more')", "forged"),
        ("import os; os.write(3, b'\\x64\\0\\0\\0short'); os._exit(0)", "forged"),
        ("import os; os.write(3, b'\\x05\\0\\0\\0short'); os._exit(0)", "forged"),
    ],
)
def test_program_without_a_trace_is_a_viz_error(engine: Engine, program: str, code: str) -> None:
    with pytest.raises(VizError) as caught:
        engine.run(program, ENOUGH)
    assert caught.value.failure.code == code
    works(engine)


def test_overlong_text_is_refused_before_anything_runs() -> None:
    never_started = Engine("auto")
    with pytest.raises(VizError) as caught:
        never_started.run("가\r\nab", Limits(source_bytes=6))
    assert caught.value.failure.code == "too_long"
    assert caught.value.failure.span == Span(2, 2, 2, 2)
    with pytest.raises(VizError) as caught:
        never_started.run("a\r\nb\rc\n", Limits(lines=3))
    assert caught.value.failure.code == "too_many_lines"
    assert caught.value.failure.span == Span(4, 1, 4, 1)
    assert never_started._zygote is None


def test_handled_cpu_limit_still_ends_a_loop(engine: Engine) -> None:
    trace = engine.run("while True: pass", Limits(wall_seconds=PATIENCE_SECONDS, cpu_seconds=1))
    assert trace.error is not None
    assert trace.error.code == "limit_cpu"
    assert trace.error.span.line == 1


def test_kernel_that_never_returns_ends_at_the_cpu_limit(engine: Engine) -> None:
    trace = engine.run(
        AFTER + "torch.ones(1).expand(10**11).sum()",
        Limits(wall_seconds=PATIENCE_SECONDS, cpu_seconds=1),
    )
    assert trace.error is not None
    assert trace.error.code == "limit_cpu"
    assert trace.error.span.line == 3
    assert trace.nodes


def test_result_that_is_too_long_for_a_single_node_is_sent_without_its_graph(
    engine: Engine,
) -> None:
    trace = engine.run("print('kept')\n" + SEED, Limits(result_bytes=500))
    assert trace.error is not None
    assert trace.error.code == "limit_result"
    assert (trace.stdout, trace.nodes) == ("kept\n", ())


LOOP = """
w = torch.ones(3, requires_grad=True)
for turn in range(6):
    y = w
    for k in range(20):
        y = y * 1.01 + 1
    y.sum().backward()
    print(turn)
"""


@pytest.mark.parametrize("most", [3, 5, 10, 20, 40, 60, 90])
def test_result_that_is_too_long_is_cut_after_its_first_nodes(engine: Engine, most: int) -> None:
    whole = engine.run(LOOP, ENOUGH)
    size = len(msgspec.msgpack.encode(whole))
    limits = msgspec.structs.replace(ENOUGH, result_bytes=size * most // 100)
    trace = engine.run(LOOP, limits)
    assert trace.stdout == "0\n1\n2\n3\n4\n5\n"
    assert trace.error is not None
    assert trace.error.code == "limit_result"
    assert trace.error.params["kept"] == len(trace.nodes)
    assert len(trace.nodes) >= len(whole.nodes) * (most - 3) // 200
    assert [node.id for node in trace.nodes] == list(range(len(trace.nodes)))
    assert len(trace.passes) >= most * 6 // 200  # half of the share of the bytes
    for each in trace.passes:
        steps = [step for step in trace.steps if step.pass_number == each.number]
        before = [step for step in whole.steps if step.pass_number == each.number]
        assert [step.grad_fn for step in steps] == [step.grad_fn for step in before]
    scene.build(trace)


def test_sentence_says_that_the_loss_curve_is_left_out_where_no_graph_fits_beside_it(
    engine: Engine,
) -> None:
    program = "w = torch.tensor(1., requires_grad=True)\nfor k in range({}): (w * k).backward()\n"
    whole = engine.run(program.format(3_000), ENOUGH)
    curve = len(msgspec.msgpack.encode(whole.marks))
    trace = engine.run(
        program.format(3_000), msgspec.structs.replace(ENOUGH, result_bytes=curve // 2)
    )
    assert trace.error is not None
    assert (trace.error.code, trace.error.type) == ("limit_result_curve", "limit_result")
    assert trace.marks.values == ()
    assert trace.passes
    for language, words in (("en", "no loss curve"), ("ko", "손실 곡선")):
        assert words in text.load(language)(f"error.{trace.error.code}", **trace.error.params)
    # A graph that is too long, with a curve that is not.
    size = len(msgspec.msgpack.encode(whole)) - curve // 10
    short = engine.run(program.format(3_000), msgspec.structs.replace(ENOUGH, result_bytes=size))
    assert short.error is not None
    assert short.error.code == "limit_result"
    assert len(short.marks.values) == 3_000


def test_own_error_of_a_program_stays_where_its_result_is_too_long(engine: Engine) -> None:
    program = LOOP + "raise KeyError('mine')\n"
    size = len(msgspec.msgpack.encode(engine.run(program, ENOUGH)))
    trace = engine.run(program, msgspec.structs.replace(ENOUGH, result_bytes=size // 2))
    assert trace.error is not None
    assert trace.error.type == "KeyError"
    assert 0 < len(trace.passes) < 6
    assert trace.truncated is not None
    assert trace.truncated.passes == 6


# ---------------------------------------------------------------------------- deaths for real


@linux
def test_child_killed_from_outside_is_reported(engine: Engine) -> None:
    works(engine)
    pid = zygote(engine)
    settle(pid)
    trace = beside(lambda: engine.run(AFTER + "while True: pass", ENOUGH))
    os.kill(until(lambda: running(pid))[0], signal.SIGKILL)
    error = trace().error
    assert error is not None
    assert error.code == "killed"
    works(engine)
    assert zygote(engine) == pid


@linux
def test_a_zygote_killed_while_idle_is_started_again(engine: Engine) -> None:
    engine.start()
    os.kill(zygote(engine), signal.SIGKILL)  # at once: the client may not know yet
    works(engine)


@linux
def test_child_ends_with_a_zygote_killed_during_a_run(engine: Engine) -> None:
    engine.start()
    pid = zygote(engine)
    settle(pid)
    trace = beside(lambda: engine.run("import time; time.sleep(10**6)", ENOUGH))
    # Its program sleeps: the client was informed long ago that it has started.
    (child,) = until(lambda: [it for it in running(pid) if sealed(it) and state(it) == "S"])
    os.kill(pid, signal.SIGKILL)
    error = trace().error
    assert error is not None
    assert error.code == "engine_died"
    until(lambda: dead(child))
    works(engine)


@linux
def test_closing_leaves_no_process(engine: Engine) -> None:
    other = Engine("auto")
    other.start()
    pid = zygote(other)
    waits = spare(pid)
    other.close()
    assert not Path(f"/proc/{pid}").exists()
    until(lambda: dead(waits))


@linux
def test_two_hundred_runs_leak_no_descriptors_or_processes(engine: Engine) -> None:
    works(engine)
    pid = zygote(engine)

    def held() -> tuple[int, int]:
        return len(os.listdir("/proc/self/fd")), len(os.listdir(f"/proc/{pid}/fd"))

    settle(pid)
    before = held()
    threads = [
        threading.Thread(target=lambda: [engine.run("x = 1", ENOUGH) for _ in range(50)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    settle(pid)
    assert held() == before
    assert zygote(engine) == pid


def test_runs_of_several_threads_do_not_mix(engine: Engine) -> None:
    seen: dict[int, str] = {}

    def one(number: int) -> None:
        seen[number] = engine.run(f"print({number})").stdout

    threads = [threading.Thread(target=one, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {number: f"{number}\n" for number in range(12)}


def test_nothing_is_left_from_one_run_to_the_next(engine: Engine) -> None:
    leave = "import os, builtins\nos.environ['LEFT'] = '1'\nbuiltins.left = 1\n"
    leave += "torch.set_default_dtype(torch.float64)\ntorch.manual_seed(7)\n"
    look = "import os, builtins\nprint('LEFT' in os.environ, hasattr(builtins, 'left'))\n"
    look += "print(torch.get_default_dtype(), torch.rand(2))\n"
    before = engine.run(look).stdout
    engine.run(leave)
    assert engine.run(look).stdout == before
    assert before.startswith("False False\ntorch.float32")


def test_same_program_same_bytes(engine: Engine) -> None:
    program = SEED + "print(torch.randn(3), {'b', 'a', 'c'}, hash('x'), object())\n"
    first = msgspec.msgpack.encode(engine.run(program))
    assert msgspec.msgpack.encode(engine.run(program)) == first


def test_request_for_more_threads_has_no_effect(engine: Engine) -> None:
    program = "torch.set_num_threads(8)\ntorch.set_num_interop_threads(8)\n"
    program += "x = torch.randn(600, 600)\nprint((x @ x).shape, torch.get_num_threads())"
    assert engine.run(program).stdout == "torch.Size([600, 600]) 1\n"


# --------------------------------------------------------------------------- the wall's setting


def test_required_refuses_a_wall_with_a_gap(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.start()
    running = engine._zygote
    assert isinstance(running, Zygote)
    strict = Engine("required")
    monkeypatch.setattr(strict, "_zygote", running)  # the setting is the client's alone
    assert strict.start().missing == ()
    works(strict)
    monkeypatch.setattr(running, "wall", wire.Wall(held=("open",), missing=("kill",)))
    with pytest.raises(VizError) as caught:
        strict.run(SEED)
    assert caught.value.failure.code == "sandbox_missing"


def test_off_still_runs_in_a_child_with_limits() -> None:
    engine = Engine("off")
    works(engine)
    trace = engine.run("while True: pass", QUICK)
    assert trace.error is not None
    assert trace.error.code == "limit_wall"
    engine.close()


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ValueError, match="VIZ_APP_SANDBOX"):
        Engine("of")


MODE = """
import torch
from torch.utils._python_dispatch import TorchDispatchMode

class Log(TorchDispatchMode):
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        print(func)
        return func(*args, **(kwargs or {}))

x = torch.tensor([1., 2.], requires_grad=True)
with Log():
    w = (x * x).sum()
    w.retain_grad()
    y = torch.rand(5, 5)
    y.mul_(2)
    w.backward()
"""


def test_user_function_mode_sees_only_the_programs_calls(engine: Engine) -> None:
    plain = subprocess.run([sys.executable, "-c", MODE], capture_output=True, text=True, check=True)
    assert "aten.mul.Tensor" in plain.stdout
    assert engine.run(MODE).stdout == plain.stdout
