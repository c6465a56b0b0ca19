"""Faults: a killed process, a truncated message, a full disk or a clock that jumps gives a clear
answer, and the engine keeps working."""

import ast
import itertools
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.patience import PATIENCE_SECONDS, beside, until
from tests.processes import SEED, dead, running, sealed, settle, spare, state, waits, works, zygote
from viz_app.engine import wire
from viz_app.engine.client import Engine
from viz_app.engine.host import validate
from viz_app.engine.host import zygote_client as children_module
from viz_app.engine.host.zygote_client import Zygote
from viz_app.engine.process import sandbox
from viz_app.errors import VizError
from viz_app.limits import Limits
from viz_app.model import Trace
from viz_app.paths import PROJECT

LIMITS = Limits(wall_seconds=PATIENCE_SECONDS)
"""Limits for programs that something other than the time ends, however busy the machine is."""
SLEEP = "import time\ntime.sleep(10**6)"
pytestmark = pytest.mark.skipif(not sandbox.LINUX, reason="reads /proc")


def answer(engine: Engine, program: str, limits: Limits = LIMITS) -> Trace | VizError:
    try:
        return engine.run(program, limits)
    except VizError as problem:
        return problem


def during(
    engine: Engine, act: Callable[[], None], program: str = SEED, limits: Limits = LIMITS
) -> Trace | VizError:
    """The answer of a run during which something happens."""
    end = beside(lambda: answer(engine, program, limits))
    act()
    return end()


def code(got: Trace | VizError) -> str | None:
    failure = got.error if isinstance(got, Trace) else got.failure
    return failure.code if failure else None


def kill(process: int) -> None:
    os.kill(process, signal.SIGKILL)
    until(lambda: dead(process))


def asleep(child: int) -> bool:
    """True if a child's program sleeps: behind the wall it waits for nothing else."""
    return sealed(child) and state(child) == "S"


@pytest.mark.parametrize(
    "stage",
    [lambda child: not waits(child), sealed, asleep],
    ids=["as it goes behind the wall", "as it parses", "as it runs"],
)
def test_child_killed_before_it_answers_is_reported(
    engine: Engine, stage: Callable[[int], bool]
) -> None:
    works(engine)
    pid = zygote(engine)
    settle(pid)
    child = spare(pid)  # and no other: the next one would be killed as it takes the next run

    def act() -> None:
        until(lambda: stage(child))
        kill(child)

    assert code(during(engine, act, SLEEP)) == "killed"
    works(engine)
    assert zygote(engine) == pid


@pytest.mark.parametrize("sent", [0.0, 0.5])
def test_child_killed_before_it_reads_its_request_is_reported(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, sent: float
) -> None:
    works(engine)
    pid = zygote(engine)
    settle(pid)
    child = spare(pid)

    def send(end: socket.socket, body: bytes) -> None:
        monkeypatch.undo()
        data = wire.HEADER.pack(len(body)) + body
        half = int(len(data) * sent)
        end.sendall(data[:half])
        kill(child)
        end.sendall(data[half:])

    monkeypatch.setattr(wire, "send", send)
    assert code(answer(engine, SEED)) == "killed"
    works(engine)
    assert zygote(engine) == pid


LONG = "print('x' * 10**6)"
"""The answer is longer than a socket holds, so the child waits for the client to read it."""


@pytest.mark.parametrize(
    ("program", "answered", "expected"),
    [(LONG, False, "killed"), (SEED, True, None)],
    ids=["in the middle of its answer", "behind its answer"],
)
def test_child_killed_while_answering_is_reported(
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    program: str,
    answered: bool,
    expected: str | None,
) -> None:
    works(engine)
    pid = zygote(engine)
    settle(pid)
    child = spare(pid)
    receive = wire.receive
    limits = Limits(wall_seconds=PATIENCE_SECONDS, printed_characters=2 * 10**6)

    def interrupted(end: socket.socket, most: int, deadline: float) -> bytearray:
        monkeypatch.undo()
        if answered:
            body = receive(end, most, deadline)
            kill(child)
            return body
        end.settimeout(None)
        end.recv(1, socket.MSG_PEEK)
        kill(child)
        return receive(end, most, deadline)

    monkeypatch.setattr(wire, "receive", interrupted)
    assert code(answer(engine, program, limits)) == expected
    works(engine)
    assert zygote(engine) == pid


def test_a_zygote_killed_before_it_forks_is_replaced_and_the_program_runs(engine: Engine) -> None:
    works(engine)
    pid = zygote(engine)
    settle(pid)
    os.kill(pid, signal.SIGSTOP)  # it finds no run any more
    assert code(during(engine, lambda: kill(pid))) is None
    works(engine)


def test_hanging_zygote_is_replaced(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    works(engine)
    pid = zygote(engine)
    os.kill(pid, signal.SIGSTOP)
    monkeypatch.setattr(children_module, "STARTED_SECONDS", 0.1)
    dismiss = engine._dismiss

    def give_up(zygote: Zygote) -> None:
        monkeypatch.undo()  # the next one may take its time
        dismiss(zygote)

    monkeypatch.setattr(engine, "_dismiss", give_up)
    works(engine)
    assert zygote(engine) != pid


@pytest.mark.parametrize(
    ("signal_to_child", "expected"),
    [(signal.SIGKILL, "killed"), (signal.SIGSTOP, "limit_wall")],
    ids=["to report", "to reap"],
)
def test_slow_zygote_is_kept(
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    signal_to_child: signal.Signals,
    expected: str,
) -> None:
    """A late zygote is like one on a busy host: replacing it would end all other programs."""
    works(engine)
    pid = zygote(engine)
    settle(pid)
    asked = threading.Event()
    ending = children_module._ending

    def noted(report: socket.socket, *, wait: bool) -> tuple[wire.Ending, bool]:
        asked.set()
        return ending(report, wait=wait)

    monkeypatch.setattr(children_module, "_ending", noted)
    for patience in ("LAST_WORDS_SECONDS", "REAPED_SECONDS"):
        monkeypatch.setattr(children_module, patience, PATIENCE_SECONDS)

    def delay() -> None:
        found = until(lambda: running(pid))
        os.kill(pid, signal.SIGSTOP)
        for child in found:
            os.kill(child, signal_to_child)
        assert asked.wait(PATIENCE_SECONDS)
        time.sleep(0.5)  # it is asked how the child ended, and does not say so at once
        os.kill(pid, signal.SIGCONT)

    limits = Limits(wall_seconds=1, cpu_seconds=5)
    assert code(during(engine, delay, SLEEP, limits)) == expected
    works(engine)
    assert zygote(engine) == pid


def test_result_truncated_at_any_byte_is_refused(engine: Engine) -> None:
    """The bytes arrive as on the wire: a whole frame or an error, never a wait, never half a
    trace."""
    body = msgspec.msgpack.encode(wire.Answer(trace=engine.run(SEED)))
    frame = wire.HEADER.pack(len(body)) + body
    for size in range(len(frame) + 1):
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                theirs.sendall(frame[:size])
            if size == len(frame):
                whole = wire.receive(ours, 2**20, time.monotonic() + PATIENCE_SECONDS)
                assert validate.trace(whole, SEED, Limits()).error is None
            else:
                with pytest.raises(wire.ClosedError) as caught:
                    wire.receive(ours, 2**20, time.monotonic() + PATIENCE_SECONDS)
                assert caught.value.received == size


@pytest.mark.parametrize("keep", [0, 1, 3, 4, 5, 100])
def test_child_that_stops_midway_through_its_answer_is_reported(engine: Engine, keep: int) -> None:
    program = "import os, struct\nos.write(3, (struct.pack('<I', 5000) + b'\\x82' * 200)"
    got = answer(engine, program + f"[:{keep}])\nos._exit(0)\n")
    assert code(got) == ("vanished" if keep == 0 else "forged")
    works(engine)


def test_answer_received_byte_by_byte_is_whole(engine: Engine) -> None:
    body = msgspec.msgpack.encode(wire.Answer(trace=engine.run(SEED)))
    ours, theirs = socket.socketpair()
    with ours, theirs:

        def drip() -> None:
            for byte in wire.HEADER.pack(len(body)) + body:
                theirs.sendall(bytes([byte]))

        thread = threading.Thread(target=drip)
        thread.start()
        whole = wire.receive(ours, 2**20, time.monotonic() + PATIENCE_SECONDS)
        assert validate.trace(whole, SEED, Limits()).error is None
        thread.join()


DISKLESS = """
import ctypes, struct, sys, tempfile
from viz_app.engine import client
from viz_app.engine.process import sandbox
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


def test_full_disk_stops_no_program() -> None:
    if not sandbox._libc or sandbox._libc.syscall(444, 0, 0, 1) < 1:
        pytest.skip("Landlock makes the disk refuse, and this kernel has none")
    done = subprocess.run([sys.executable, "-c", DISKLESS], cwd=PROJECT, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_clock_jump_neither_ends_nor_prolongs_a_run(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    jumps = itertools.cycle([0.0, 1e9, -1e9])
    monkeypatch.setattr(time, "time", lambda: next(jumps))
    works(engine)
    limits = Limits(wall_seconds=0.5, cpu_seconds=5)
    assert code(beside(lambda: answer(engine, "while True: pass", limits))()) == "limit_wall"


@pytest.mark.parametrize("path", sorted((PROJECT / "viz_app/engine").rglob("*.py")), ids=str)
def test_engine_uses_monotonic_clocks_only(path: Path) -> None:
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


def test_hundred_sessions_that_open_and_drop_leak_nothing(engine: Engine) -> None:
    """Each session ends at another moment: at once, when its child exists, during or after its
    request."""
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
                order = wire.ORDER.pack(LIMITS.memory_bytes)
                socket.send_fds(engine._zygote.control, [order], ends)
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


def test_memory_stays_flat_over_many_runs(engine: Engine) -> None:
    """bench/soak.py does the same for two thousand runs."""

    def size() -> int:
        pages = Path(f"/proc/{zygote(engine)}/statm").read_text().split()[1]
        return int(pages) * resource.getpagesize()

    for _ in range(20):
        works(engine)
    before = size()
    for _ in range(60):
        works(engine)
    assert size() - before < 2**20
