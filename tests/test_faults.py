"""Whatever dies, breaks off, fills up or jumps: a clear answer, nothing left, and on it goes."""

import ast
import contextlib
import itertools
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from tests.processes import running, settle, spare, waits, zygote
from viz_app.engine import children as children_module
from viz_app.engine import client, sandbox, wire
from viz_app.engine.children import Zygote
from viz_app.engine.client import Engine
from viz_app.errors import VizError
from viz_app.limits import Limits
from viz_app.model import Trace

ROOT = Path(__file__).resolve().parents[1]
SEED = "a = torch.tensor([2., 3.], requires_grad=True)\n(2 * (a + 1) ** 2).mean().backward()\n"
LIMITS = Limits(wall_seconds=5, cpu_seconds=5)
pytestmark = pytest.mark.skipif(not sandbox.LINUX, reason="reads /proc")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine("auto")
    engine.start()
    yield engine
    engine.close()


def works(engine: Engine) -> None:
    trace = engine.run(SEED)
    assert trace.error is None
    assert trace.variables[0].grad is not None
    assert trace.variables[0].grad.data == (6.0, 8.0)


def answer(engine: Engine, program: str, limits: Limits = LIMITS) -> Trace | VizError:
    try:
        return engine.run(program, limits)
    except VizError as problem:
        return problem


def during(
    engine: Engine, act: Callable[[], None], program: str = SEED, limits: Limits = LIMITS
) -> Trace | VizError:
    """The answer of a run during which something happens."""
    answers: list[Trace | VizError] = []
    run = threading.Thread(target=lambda: answers.append(answer(engine, program, limits)))
    run.start()
    act()
    run.join(20)
    assert not run.is_alive()
    return answers[0]


STAGES = [milliseconds / 1000 for milliseconds in (0, 1, 2, 4, 6, 8, 11, 14, 18, 23, 30, 40)]
"""From its fork to its last byte a child lives some tens of milliseconds: a little everywhere."""


def test_a_child_killed_at_any_stage(engine: Engine) -> None:
    """Before it reads, as it goes behind the wall, while it parses, runs, or answers."""
    codes = {_killed_after(wait, engine) for wait in STAGES}
    assert "killed" in codes
    assert codes <= {"killed", "forged", None}


def _killed_after(wait: float, engine: Engine) -> str | None:
    """What came of a run whose child is killed so many seconds after it has begun."""
    works(engine)
    pid = zygote(engine)
    settle(pid)
    child = spare(pid)  # and no other: the next one would be killed as it takes the next run

    def kill() -> None:
        deadline = time.monotonic() + 2
        while waits(child) and time.monotonic() < deadline:
            pass
        time.sleep(wait)
        with contextlib.suppress(ProcessLookupError):  # it was through
            os.kill(child, signal.SIGKILL)

    got = during(engine, kill)
    assert zygote(engine) == pid
    works(engine)
    failure = got.error if isinstance(got, Trace) else got.failure
    return failure.code if failure else None


def test_a_zygote_killed_as_it_forks_and_after() -> None:
    engine = Engine("auto")
    for wait in (0.0, 0.02):
        works(engine)
        settle(zygote(engine))

        def kill(wait: float = wait, pid: int = zygote(engine)) -> None:
            time.sleep(wait)
            os.kill(pid, signal.SIGKILL)

        got = during(engine, kill, "import time\ntime.sleep(0.1)")
        failure = got.error if isinstance(got, Trace) else got.failure
        assert failure is None or failure.code == "engine_died"
    works(engine)
    engine.close()


def test_a_zygote_that_stands_still_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = Engine("auto")
    works(engine)
    pid = zygote(engine)
    os.kill(pid, signal.SIGSTOP)
    monkeypatch.setattr(children_module, "STARTED_SECONDS", 1.0)
    works(engine)
    assert zygote(engine) != pid
    engine.close()


@pytest.mark.parametrize(
    ("signal_to_child", "late", "code"),
    [(signal.SIGKILL, 0.6, "killed"), (signal.SIGSTOP, 4.0, "limit_wall")],
    ids=["to report", "to bury"],
)
def test_a_zygote_that_is_late_is_kept(
    engine: Engine, signal_to_child: signal.Signals, late: float, code: str
) -> None:
    """As on a busy host: it would end all other programs with it."""
    works(engine)
    settle(zygote(engine))
    pid = zygote(engine)

    def delay() -> None:
        while not (found := running(pid)):
            pass
        os.kill(pid, signal.SIGSTOP)
        for child in found:
            os.kill(child, signal_to_child)
        time.sleep(late)
        os.kill(pid, signal.SIGCONT)

    limits = Limits(wall_seconds=1, cpu_seconds=5)
    got = during(engine, delay, "while True:\n    pass\n", limits)
    assert isinstance(got, Trace)
    assert got.error is not None
    assert got.error.code == code
    works(engine)
    assert zygote(engine) == pid


def test_a_result_cut_at_each_byte(engine: Engine) -> None:
    """On the wire as it comes: a whole frame or an error, never a wait, never half a trace."""
    body = msgspec.msgpack.encode(wire.Answer(trace=engine.run(SEED)))
    frame = wire.HEADER.pack(len(body)) + body
    for size in range(len(frame) + 1):
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                theirs.sendall(frame[:size])
            if size == len(frame):
                whole = wire.receive(ours, 2**20, time.monotonic() + 5)
                assert client._open(whole, SEED).error is None
            else:
                with pytest.raises(wire.ClosedError) as caught:
                    wire.receive(ours, 2**20, time.monotonic() + 5)
                assert caught.value.received == size


@pytest.mark.parametrize("keep", [0, 1, 3, 4, 5, 100])
def test_a_child_that_breaks_off_its_answer(engine: Engine, keep: int) -> None:
    program = "import os, struct\nos.write(3, (struct.pack('<I', 5000) + b'\\x82' * 200)"
    got = answer(engine, program + f"[:{keep}])\nos._exit(0)\n")
    failure = got.error if isinstance(got, Trace) else got.failure
    assert failure is not None
    assert failure.code == ("vanished" if keep == 0 else "forged")
    works(engine)


def test_bytes_that_come_one_by_one_are_a_whole_answer(engine: Engine) -> None:
    body = msgspec.msgpack.encode(wire.Answer(trace=engine.run(SEED)))
    ours, theirs = socket.socketpair()
    with ours, theirs:

        def drip() -> None:
            for byte in wire.HEADER.pack(len(body)) + body:
                theirs.sendall(bytes([byte]))

        thread = threading.Thread(target=drip)
        thread.start()
        assert client._open(wire.receive(ours, 2**20, time.monotonic() + 20), SEED).error is None
        thread.join()


DISKLESS = """
import ctypes, struct, sys, tempfile
from viz_app.engine import client, sandbox
sys.dont_write_bytecode = True
sandbox._prctl(sandbox.PR_SET_NO_NEW_PRIVS, 1)
rules = struct.pack("=Q", 0b1111111 << 6)  # Landlock's rights to make a file of any kind
libc = ctypes.CDLL(None)
ruleset = libc.syscall(sandbox.LANDLOCK_CREATE_RULESET, rules, ctypes.c_size_t(8), 0)
assert libc.syscall(sandbox.LANDLOCK_RESTRICT_SELF, ruleset, 0) == 0
try:
    tempfile.TemporaryFile()
    sys.exit("a file could be made")
except OSError:
    pass
trace = client.run("x = torch.ones(2, requires_grad=True); x.sum().backward(); print(x.grad)")
sys.exit(0 if (trace.stdout, trace.error) == ("tensor([1., 1.])\\n", None) else 1)
"""


def test_a_disk_that_takes_nothing_stops_no_program() -> None:
    if not sandbox._libc or sandbox._libc.syscall(444, 0, 0, 1) < 1:
        pytest.skip("Landlock makes the disk refuse, and this kernel has none")
    done = subprocess.run([sys.executable, "-c", DISKLESS], cwd=ROOT, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_clock_that_jumps_ends_nothing_and_keeps_nothing_alive(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    jumps = itertools.cycle([0.0, 1e9, -1e9])
    monkeypatch.setattr(time, "time", lambda: next(jumps))
    works(engine)
    began = time.monotonic()
    got = engine.run("while True: pass", Limits(wall_seconds=0.5, cpu_seconds=5))
    assert got.error is not None
    assert got.error.code == "limit_wall"
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("path", sorted((ROOT / "viz_app/engine").glob("*.py")), ids=str)
def test_the_engine_reads_no_clock_that_can_jump(path: Path) -> None:
    called = {
        f"{node.func.value.id}.{node.func.attr}"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
    }
    assert called & {"time.time", "time.time_ns", "datetime.now", "datetime.today"} == set()


def _held(engine: Engine) -> tuple[int, int]:
    return len(os.listdir("/proc/self/fd")), len(os.listdir(f"/proc/{zygote(engine)}/fd"))


def test_a_hundred_sessions_that_open_and_drop(engine: Engine) -> None:
    """Each lets go at another moment: at once, when its child is there, half asked, or asked."""
    works(engine)
    settle(zygote(engine))
    before = _held(engine)
    request = msgspec.msgpack.encode(wire.Request("while True: pass", LIMITS))
    assert isinstance(engine._zygote, Zygote)
    for number in range(100):
        result, their_result = socket.socketpair()
        report, their_report = socket.socketpair()
        with result, report:
            with their_result, their_report:
                ends = [their_result.fileno(), their_report.fileno()]
                socket.send_fds(engine._zygote.control, [b"R"], ends)
            if number % 4 > 0:
                assert report.recv(1) == wire.STARTED
            if number % 4 == 2:
                result.sendall(wire.HEADER.pack(len(request)) + request[: len(request) // 2])
            if number % 4 == 3:
                wire.send(result, request)
    settle(zygote(engine))
    works(engine)
    settle(zygote(engine))
    assert _held(engine) == before


def test_memory_is_flat_over_many_runs(engine: Engine) -> None:
    """bench/soak.py does the same for two thousand."""

    def size() -> int:
        pages = Path(f"/proc/{zygote(engine)}/statm").read_text().split()[1]
        return int(pages) * resource.getpagesize()

    for _ in range(20):
        works(engine)
    before = size()
    for _ in range(60):
        works(engine)
    assert size() - before < 2**20
