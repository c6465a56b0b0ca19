"""`run(source, limits) -> Trace`: the engine's door. No torch here, and no trust in a child.

A thread-safe `Engine` keeps one zygote per process, starts it when it is first needed or has
died, and follows each run on sockets of its own. README.md beside this file tells the way of a run.
"""

import atexit
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec

from viz_app.engine import source_text, wire
from viz_app.engine.check import consistent, plausible
from viz_app.errors import VizError, failure
from viz_app.limits import TRIAL, Limits
from viz_app.model import Failure, Span, Trace, Tried

START_SECONDS = 120.0
"""A cold disk under load takes most of a minute to import torch."""
GRACE_SECONDS = 0.4
"""A child that answers nothing this long after its own timer is in a call that never returns."""
AGAIN_SECONDS = 0.5
"""The rest of the second in which a stopped program's graph so far is made once more."""
LAST_WORDS_SECONDS = 0.2
"""A child whose socket closed because it died is reported in a millisecond."""
BURIAL_SECONDS = 2.0
"""A zygote that has not buried a killed child by then is not well, and is replaced."""

CRASHES = {
    getattr(signal, name, None): code
    for name, code in (
        ("SIGFPE", "crash_fpe"),
        ("SIGSEGV", "crash_segv"),
        ("SIGBUS", "crash_segv"),
        ("SIGABRT", "crash_abort"),
        ("SIGXCPU", "limit_cpu"),
        ("SIGKILL", "killed"),
    )
}
"""The failure's code by the signal that ended a child."""


class LostError(Exception):
    """The zygote went away: before the child had started (then the run is repeated) or after."""

    def __init__(self, *, started: bool) -> None:
        super().__init__(started)
        self.started = started


class Zygote:
    """One zygote process and the way to it. Raises VizError where it can't be started."""

    def __init__(self, sandbox: str) -> None:
        self.control, theirs = socket.socketpair()
        command = [sys.executable, "-m", "viz_app.engine.zygote", str(theirs.fileno()), sandbox]
        try:
            with theirs:
                self.process = subprocess.Popen(
                    command,
                    cwd=Path(__file__).resolve().parents[2],
                    env=_environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,  # Ctrl+C in a terminal is not for it
                )
        except OSError as problem:
            self.control.close()
            raise VizError(failure("engine_missing", reason=problem.strerror or "")) from problem
        try:
            hello = wire.receive(self.control, 2**16, time.monotonic() + START_SECONDS)
            self.wall = msgspec.msgpack.decode(hello, type=wire.Wall)
        except (wire.ClosedError, wire.TooLongError, TimeoutError, msgspec.DecodeError) as problem:
            self.close()
            raise VizError(failure("engine_missing", reason=type(problem).__name__)) from problem
        if self.wall.problem is not None:
            self.close()
            raise VizError(failure("engine_missing", reason=self.wall.problem))

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def close(self) -> None:
        """End it and its children, and wait until it is gone. May be called twice."""
        self.control.close()
        self.process.kill()
        self.process.wait()


def _environment() -> dict[str, str]:
    """All that a zygote, and with it a program, gets to see of the environment."""
    kept = {  # where the system's loader and Windows find libraries; no secret of the page's
        name: os.environ[name] for name in ("LD_LIBRARY_PATH", "SYSTEMROOT") if name in os.environ
    }
    return kept | {
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "NUMEXPR_NUM_THREADS": "1",
        "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",  # macOS aborts a fork's child otherwise
    }


class Outcome(msgspec.Struct, frozen=True):
    """What one child left: its answer's bytes or the code of why there is none, and its end.

    `own_end`: the status is the child's own, not that of our kill.
    """

    code: str | None
    body: bytearray
    ending: wire.Ending | None
    own_end: bool = False


class Engine:
    """Runs programs, several at once from several threads, through one zygote.

    `sandbox` is VIZ_APP_SANDBOX: "required" refuses to run anything without the full wall,
    "auto" takes what the system offers, "off" leaves seccomp out.
    """

    def __init__(self, sandbox: str | None = None) -> None:
        self.sandbox = sandbox or os.environ.get("VIZ_APP_SANDBOX", "auto")
        if self.sandbox not in ("required", "auto", "off"):
            raise ValueError("VIZ_APP_SANDBOX is required, auto or off")
        self._lock = threading.Lock()
        self._zygote: Zygote | None = None

    def start(self) -> wire.Wall:
        """Start the zygote unless it runs; what its wall holds. Raises VizError."""
        return self._running().wall

    def walled(self) -> bool:
        """Whether programs run behind the full wall or not at all. Starts the zygote to know."""
        if self.sandbox == "required":
            return True
        try:
            return not self.start().missing
        except VizError:
            return False

    def wall(self) -> wire.Wall | None:
        """What the wall holds, None while no zygote runs."""
        zygote = self._zygote
        return None if zygote is None else zygote.wall

    def _running(self) -> Zygote:
        with self._lock:
            if self._zygote is not None and not self._zygote.alive:
                self._zygote.close()
                self._zygote = None
            if self._zygote is None:
                self._zygote = Zygote(self.sandbox)
            if self.sandbox == "required" and self._zygote.wall.missing:
                raise VizError(
                    failure("sandbox_missing", missing=", ".join(self._zygote.wall.missing))
                )
            return self._zygote

    def _dismiss(self, zygote: Zygote) -> None:
        """Replace a zygote that is dead or unwell, at the next run."""
        with self._lock:
            zygote.close()
            if self._zygote is zygote:
                self._zygote = None

    def close(self) -> None:
        """End the zygote and every run. The next run starts another."""
        with self._lock:
            if self._zygote is not None:
                self._zygote.close()
                self._zygote = None

    def run(self, source: str, limits: Limits | None = None) -> Trace:
        """Run a program's text in a confined child.

        A program that stopped on its way (its own exception, a limit, a crash) gives a Trace of
        what it got to, with `error`. VizError when there is none: the text is too long or does
        not parse, no engine or wall, or an answer that can't be true.
        """
        limits = limits or Limits()
        source_text.check(source, limits)
        request = wire.Request(source, limits)
        began = time.monotonic()
        try:
            outcome = self._attempt(request, limits.wall_seconds + GRACE_SECONDS)
        except LostError as lost:
            if lost.started:
                return _nothing(source, failure("engine_died"))
            try:
                outcome = self._attempt(request, limits.wall_seconds + GRACE_SECONDS)
            except LostError:
                return _nothing(source, failure("engine_died"))
        if outcome.code is None:
            return _open(outcome.body, source)

        problem = _problem(outcome, source, limits)
        if problem.code == "forged":
            raise VizError(problem)
        # How far it got: once more, in a fresh child, up to the statement that ended it.
        left = began + limits.wall_seconds + GRACE_SECONDS + AGAIN_SECONDS - time.monotonic()
        statements = outcome.ending.statements if outcome.ending else 0
        if left > 0.05 and 0 < statements < 2**31:
            so_far = self._so_far(wire.Request(source, limits, statements), left)
            if so_far is not None:
                return msgspec.structs.replace(so_far, error=problem)
        return _nothing(source, problem)

    def try_out(
        self, source: str, at: Span, texts: tuple[str, ...], *, whole: bool, limits: Limits = TRIAL
    ) -> tuple[Tried, ...]:
        """How each text goes that changes the operation at `at` of `source`, in one confined child.

        `whole` runs each to its end, else to the operation's first result. Shorter than `texts`
        when the time was not enough, empty when the child ended otherwise. VizError as for `run`.
        """
        for text in (source, *texts):
            source_text.check(text, limits)
        trial = wire.Trial(source, at, texts, whole, limits)
        try:
            outcome = self._attempt(trial, limits.wall_seconds + GRACE_SECONDS)
        except LostError:
            return ()
        if outcome.code is not None:
            return ()
        tried = _answer(outcome.body).tried
        if len(tried) > len(texts) or not all(map(plausible, tried, texts)):
            raise VizError(failure("forged"))
        return tried

    def _so_far(self, request: wire.Request, seconds: float) -> Trace | None:
        """The graph before a statement, None if this child does not get there either."""
        try:
            outcome = self._attempt(request, seconds, mourn=False)
            return _open(outcome.body, request.source) if outcome.code is None else None
        except (LostError, VizError):  # what is reported is why the first child ended
            return None

    def _attempt(
        self, request: wire.Request | wire.Trial, seconds: float, *, mourn: bool = True
    ) -> Outcome:
        """One child, from its fork to its end. Raises LostError.

        Without `mourn`, how a child ended that gave no answer is not waited for.
        """
        zygote = self._running()
        result, their_result = socket.socketpair()
        report, their_report = socket.socketpair()
        with result, report:
            try:
                with their_result, their_report:
                    ends = [their_result.fileno(), their_report.fileno()]
                    with self._lock:  # one message and its descriptors, whole
                        socket.send_fds(zygote.control, [b"R"], ends)
                report.settimeout(START_SECONDS)
                if report.recv(1) != wire.STARTED:
                    raise LostError(started=False)
            except OSError as problem:  # a closed control socket, a reset, a zygote that hangs
                self._dismiss(zygote)
                raise LostError(started=False) from problem
            except LostError:
                self._dismiss(zygote)
                raise
            deadline = time.monotonic() + seconds
            code = None
            cut = False  # the answer broke off in the middle
            body = bytearray()
            try:
                wire.send(result, msgspec.msgpack.encode(request))
                body = wire.receive(result, request.limits.result_bytes + 2**16, deadline)
            except TimeoutError:
                code = "limit_wall"
            except wire.TooLongError:
                code = "forged"
            except wire.ClosedError as closed:
                code = "forged" if closed.received else "vanished"
                cut = True
            except OSError:  # it was gone before it had read its request
                code = "vanished"
            if code is None or not mourn:
                return Outcome(code, body, None)  # leaving closes `report`, and that kills it
            try:
                ending, own_end = _ending(report, wait=code == "vanished" or cut)
            except (
                wire.ClosedError,
                wire.TooLongError,
                TimeoutError,
                msgspec.DecodeError,
            ) as problem:
                self._dismiss(zygote)
                raise LostError(started=True) from problem
            return Outcome(code, body, ending, own_end)


def _ending(report: socket.socket, *, wait: bool) -> tuple[wire.Ending, bool]:
    """How a child ended, and whether by itself: with `wait` it gets a moment before the kill."""
    own_end = False
    if wait:
        report.settimeout(LAST_WORDS_SECONDS)
        try:
            own_end = bool(report.recv(1, socket.MSG_PEEK))
        except TimeoutError:  # it lives on, with its socket closed
            own_end = False
    if not own_end:
        report.shutdown(socket.SHUT_WR)
    last = wire.receive(report, 2**10, time.monotonic() + BURIAL_SECONDS)
    return msgspec.msgpack.decode(last, type=wire.Ending), own_end


def _problem(outcome: Outcome, source: str, limits: Limits) -> Failure:
    """Why a child gave no answer, from how it ended; the line is what it said last."""
    ending = outcome.ending
    assert outcome.code is not None
    assert ending is not None
    code = outcome.code
    if outcome.own_end and ending.status < 0:
        code = CRASHES.get(-ending.status, "crash")
        if code == "killed" and ending.cpu_seconds >= limits.cpu_seconds:
            code = "limit_cpu"
    elif code == "vanished" and ending.status == wire.SPEECHLESS:
        code = "limit_memory"
    params: dict[str, dict[str, str | int | float]] = {
        "limit_wall": {"limit": limits.wall_seconds},
        "limit_cpu": {"limit": limits.cpu_seconds},
        "limit_memory": {"limit": limits.memory_bytes // 2**20},
        "crash": {"signal": -ending.status},
    }
    return Failure(
        code=code,
        type=code,
        message="",
        span=source_text.statement(source, ending.line),
        params=params.get(code, {}),
    )


def _nothing(source: str, problem: Failure) -> Trace:
    """The trace of a program of which nothing is known but why it ended."""
    return Trace(
        version=1, source=source, stdout="", echo=(), error=problem, truncated=None,
        variables=(), nodes=(), edges=(), passes=(), steps=(),
    )  # fmt: skip


_decoder = msgspec.msgpack.Decoder(wire.Answer)


def _answer(body: bytes | bytearray) -> wire.Answer:
    """What a child says. VizError for its Failure, or "forged" for what can't be."""
    try:
        answer = _decoder.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
        raise VizError(failure("forged")) from problem
    if answer.failure is not None:
        raise VizError(answer.failure)
    return answer


def _open(body: bytes | bytearray, source: str) -> Trace:
    """The Trace in a child's answer. VizError as in `_answer`."""
    answer = _answer(body)
    if answer.trace is None or answer.trace.source != source or not consistent(answer.trace):
        raise VizError(failure("forged"))
    return answer.trace


_engine = Engine()
atexit.register(_engine.close)

run = _engine.run
try_out = _engine.try_out
start = _engine.start
walled = _engine.walled
wall = _engine.wall
close = _engine.close
