"""`run(source, limits) -> Trace`: the engine's entry point. No torch here, and no trust in a child.

`record` returns the child's answer as received; `opened` validates it, in a process that may be
ended.

A thread-safe `Engine` keeps one zygote per process, starts it when it is first needed or has died,
and follows each run on sockets of its own. README.md in this folder describes the course of a run.
"""

import atexit
import contextlib
import functools
import logging
import os
import signal
import threading
import time
from collections.abc import Callable

import msgspec

from viz_app.engine import wire
from viz_app.engine.host import source_text, validate
from viz_app.engine.host.fair_queue import LOOK_SECONDS as LOOK_SECONDS
from viz_app.engine.host.fair_queue import FairQueue as FairQueue
from viz_app.engine.host.fair_queue import Rates
from viz_app.engine.host.spawn_client import Spawner
from viz_app.engine.host.zygote_client import LostError, Outcome, Zygote
from viz_app.engine.host.zygote_client import environment as environment
from viz_app.engine.wire import Files as Files
from viz_app.errors import VizError, failure
from viz_app.limits import SURVEY, TRIAL, Limits, Quota, Visitor, quota
from viz_app.measured import Axis
from viz_app.model import Failure, Span, Trace, Tried

_log = logging.getLogger(__name__)

GRACE_SECONDS = 1.0
"""Maximum seconds of silence after a child's own timer: after that it is in a call that never
returns. Reporting its stop takes a millisecond, or on a busy host a good part of a second."""
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
"""Signal that ended a child -> code of the failure."""


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """A child's answer about a program's run as received: neither decoded nor validated.

    `error` is the reason if the child was stopped; `body` is then the record of the run up to that
    point, or None if there is no such record. `chosen_pass` is the pass that was chosen.
    """

    source: str
    body: bytes | None
    error: Failure | None = None
    limits: Limits = Limits()
    chosen_pass: int | None = None


class End(msgspec.Struct, frozen=True):
    """The end of a program: "answered", or the code of the failure that ended or refused it.

    `waited` and `ran` are seconds; `ran` is None for a program that was not run.
    """

    code: str
    waited: float
    ran: float | None


class Engine:
    """An engine that runs programs, several at once from several threads, through one zygote.

    `sandbox` is VIZ_APP_SANDBOX: "required" refuses to run anything without the full wall, "auto"
    uses what the system offers, "off" leaves seccomp out. `shares` is the quota for all visitors
    together, None for the environment's (`limits.quota`). `forks` is false where each run needs a
    new process.
    """

    def __init__(
        self,
        sandbox: str | None = None,
        shares: Quota | None = None,
        *,
        forks: bool = hasattr(os, "fork"),
    ) -> None:
        self._sandbox = sandbox
        self._shares = shares
        self._lock = threading.Lock()
        self.forks = forks
        self._on_end: Callable[[End], None] | None = None
        self._zygote: Zygote | Spawner | None = None
        if sandbox is not None:
            _ = self.sandbox  # a wrong choice of the caller's raises at once

    # Settings are read at first use: Streamlit puts `.streamlit/secrets.toml`, the only place that
    # Community Cloud has for them, into the environment after it has imported the app.

    @functools.cached_property
    def sandbox(self) -> str:
        """The sandbox setting: required, auto or off. ValueError for any other."""
        chosen = self._sandbox or os.environ.get("VIZ_APP_SANDBOX", "auto")
        if chosen not in ("required", "auto", "off"):
            raise ValueError("VIZ_APP_SANDBOX is required, auto or off")
        return chosen

    @functools.cached_property
    def queue(self) -> FairQueue:
        """The queue of programs. ValueError for a setting that is not a number."""
        return FairQueue(self._shares or quota(os.environ), young=(os.cpu_count() or 1) + 1)

    def configure(self) -> Quota:
        """Read the settings now and return the visitors' quota. ValueError names a wrong one."""
        _ = self.sandbox
        return self.queue.quota

    def observe(self, on_end: Callable[[End], None]) -> None:
        """Call `on_end` after each program from now on, in the thread that ran it."""
        self._on_end = on_end

    def share(self, rates: Rates) -> None:
        """Count rates and use together with other servers from now on."""
        self.queue.rates = rates

    def load(self) -> tuple[int, int]:
        """The numbers of programs that wait and that run."""
        return self.queue.load()

    def pids(self) -> tuple[int, ...]:
        """The process id of the zygote, if there is one."""
        zygote = self._zygote
        return (zygote.process.pid,) if isinstance(zygote, Zygote) else ()

    def start(self) -> wire.Wall:
        """Start the zygote unless it runs, and return the state of its wall. Raises VizError."""
        return self._running().wall

    def walled(self) -> bool:
        """True if programs run behind the full wall or not at all.

        Starts the zygote to find out.
        """
        if self.sandbox == "required":
            return True
        try:
            return not self.start().missing
        except VizError:
            return False

    def wall(self) -> wire.Wall | None:
        """The state of the wall, None while no zygote runs."""
        zygote = self._zygote
        return None if zygote is None else zygote.wall

    def _running(self) -> Zygote | Spawner:
        with self._lock:
            if self._zygote is not None and not self._zygote.alive:
                self._zygote.close()
                self._zygote = None
            if self._zygote is None:
                self._zygote = Zygote(self.sandbox) if self.forks else Spawner()
                version = self._zygote.wall.torch.partition("+")[0]
                if version not in wire.TESTED:
                    _log.warning("torch %s is not tested: %s", version, ", ".join(wire.TESTED))
            if self.sandbox == "required" and self._zygote.wall.missing:
                raise VizError(
                    failure("sandbox_missing", missing=", ".join(self._zygote.wall.missing))
                )
            return self._zygote

    def _dismiss(self, zygote: Zygote | Spawner) -> None:
        """Drop a dead or unhealthy zygote, so that the next run starts another."""
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

    def run(
        self,
        source: str,
        limits: Limits | None = None,
        *,
        chosen_pass: int | None = None,
        files: wire.Files = (),
        visitor: Visitor | None = None,
        on_place: Callable[[int], None] | None = None,
    ) -> Trace:
        """Run a program's text in a confined child, once this visitor has a place.

        Of a long run the first and last backward passes are kept, and the one numbered
        `chosen_pass`. The program finds `files` in the folder in which it begins.

        A program that stopped early (its own exception, a limit, a crash) gives a Trace up to that
        point, with `error`. VizError if there is none: the text is too long or does not parse,
        there is no engine or wall, there are too many runs, or the answer is not a valid record.
        """
        return opened(
            self.record(
                source,
                limits,
                chosen_pass=chosen_pass,
                files=files,
                visitor=visitor,
                on_place=on_place,
            )
        )

    def record(
        self,
        source: str,
        limits: Limits | None = None,
        *,
        chosen_pass: int | None = None,
        files: wire.Files = (),
        visitor: Visitor | None = None,
        on_place: Callable[[int], None] | None = None,
    ) -> Recorded:
        """The same as `run`, with the answer unopened: VizError only for failures that are known
        without it."""
        limits = limits or Limits()
        source_text.check(source, limits)
        asked = time.monotonic()
        began: float | None = None
        code = "cancelled"  # the caller gave up
        try:
            with self.queue.take(visitor, on_place):
                began = time.monotonic()
                recorded = self._record(source, limits, chosen_pass, files)
                code = "answered" if recorded.error is None else recorded.error.code
                return recorded
        except VizError as error:
            code = error.failure.code
            raise
        finally:
            if self._on_end is not None:
                now = time.monotonic()
                ran = None if began is None else now - began
                self._on_end(End(code, (began or now) - asked, ran))

    def _record(
        self, source: str, limits: Limits, chosen_pass: int | None, files: wire.Files
    ) -> Recorded:
        request = wire.Request(source, limits, chosen_pass=chosen_pass, files=files)
        seconds = limits.wall_seconds + GRACE_SECONDS
        try:
            outcome = self._attempt(request, seconds)
        except LostError as lost:
            if lost.started:
                return Recorded(source, None, failure("engine_died"), limits, chosen_pass)
            try:
                outcome = self._attempt(request, seconds)
            except LostError:
                return Recorded(source, None, failure("engine_died"), limits, chosen_pass)
        if outcome.code is None:
            body = outcome.body
            if outcome.plan is not None:
                body = self._by_plan(request, outcome.plan, seconds) or body
            return Recorded(source, bytes(body), None, limits, chosen_pass)

        problem = _problem(outcome, source, limits)
        if problem.code == "forged":
            raise VizError(problem)
        # The record so far: one more run, in a fresh child, up to the statement that ended it. It
        # has its own time limit: the rest of the first depends on how busy the host is.
        statements = outcome.ending.statements if outcome.ending else 0
        so_far = None
        if 0 < statements < 2**31:
            so_far = self._so_far(wire.Request(source, limits, statements, files=files), seconds)
        return Recorded(source, so_far, problem, limits, chosen_pass)

    def try_out(
        self,
        source: str,
        at: Span,
        texts: tuple[str, ...],
        *,
        whole: bool,
        limits: Limits = TRIAL,
        files: wire.Files = (),
        visitor: Visitor | None = None,
    ) -> tuple[Tried, ...]:
        """Try each text in place of the operation at `at` of `source`, in one confined child.

        `whole` runs each to the end, otherwise to the operation's first result. Shorter than
        `texts` if the time was not enough, empty if the child ended otherwise. VizError as for
        `run`.
        """
        for text in (source, *texts):
            source_text.check(text, limits)
        trial = wire.Trial(source, at, texts, whole, limits, files)
        try:
            with self.queue.take(visitor):
                outcome = self._attempt(trial, limits.wall_seconds + GRACE_SECONDS)
        except LostError:
            return ()
        if outcome.code is not None:
            return ()
        return validate.tried(outcome.body, texts, limits)

    def survey(
        self,
        source: str,
        x: Axis,
        y: Axis,
        *,
        limits: Limits = SURVEY,
        files: wire.Files = (),
        visitor: Visitor | None = None,
    ) -> tuple[float, ...]:
        """The first pass's root over two elements: SIDES points per side, one row per y.

        nan where it has no value, empty if it can't be measured or takes too long. VizError as for
        `run`.
        """
        source_text.check(source, limits)
        try:
            with self.queue.take(visitor):
                outcome = self._attempt(
                    wire.Survey(source, x, y, limits, files), limits.wall_seconds + GRACE_SECONDS
                )
        except LostError:
            return ()
        if outcome.code is not None:
            return ()
        return validate.heights(outcome.body, source, limits)

    def _attempt(
        self, request: wire.Asked, seconds: float, *, wait_for_end: bool = True
    ) -> Outcome:
        """Use one child of the current zygote, which is replaced if it was lost.

        Raises LostError.
        """
        zygote = self._running()
        try:
            return zygote.attempt(request, seconds, wait_for_end=wait_for_end)
        except LostError as lost:
            _log.warning("a zygote is replaced: %r", lost.__cause__ or "it closed its end")
            self._dismiss(zygote)
            raise

    def _by_plan(self, request: wire.Request, plan: wire.Plan, seconds: float) -> bytearray | None:
        """The record of the requested passes of a long program, each run in a fresh child.

        If the second run differs from the first, or its passes depend on nodes that were not
        recorded, a third is recorded from beginning to end. None if a limit ended that.
        """
        for each in (plan, wire.Plan(digest=plan.digest)):
            try:
                again = msgspec.structs.replace(request, plan=each)
                outcome = self._attempt(again, seconds, wait_for_end=False)
            except LostError:
                return None
            if outcome.code is not None or outcome.stopped:
                return None
            if outcome.plan is None:
                return outcome.body
        return None

    def _so_far(self, request: wire.Request, seconds: float) -> bytes | None:
        """The record of the graph before a statement, None if this child gives none either."""
        try:
            outcome = self._attempt(request, seconds, wait_for_end=False)
        except (LostError, VizError):  # the failure to report is the first child's
            return None
        return bytes(outcome.body) if outcome.code is None else None


def _problem(outcome: Outcome, source: str, limits: Limits) -> Failure:
    """The failure of a child that gave no answer, from its end; the line is the last it
    reported."""
    ending = outcome.ending
    assert outcome.code is not None
    assert ending is not None
    code = outcome.code
    if outcome.own_end and ending.status < 0:
        code = CRASHES.get(-ending.status, "crash")
        if ending.outgrown:
            code = "limit_memory"
        elif code == "killed" and ending.cpu_seconds >= limits.cpu_seconds:
            code = "limit_cpu"
    elif code == "vanished" and ending.status == wire.NO_MEMORY:
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


def opened(run: Recorded) -> Trace:
    """The Trace of a run.

    VizError for the child's own failure, or "forged" for an invalid answer.
    """
    if run.body is not None and run.error is None:
        return validate.trace(run.body, run.source, run.limits)
    if run.body is not None and run.error is not None:
        with contextlib.suppress(VizError):  # the failure to report is the first child's
            so_far = validate.trace(run.body, run.source, run.limits)
            return msgspec.structs.replace(so_far, error=_reached(run.error, so_far))
    return Trace.empty(run.source, run.error)


def _reached(error: Failure, so_far: Trace) -> Failure:
    """The failure with the number of passes that the program had made."""
    cut = so_far.truncated
    passes = len(so_far.passes) if cut is None else cut.passes
    if not passes or not error.code.startswith(("limit_", "killed")):
        return error
    return msgspec.structs.replace(error, params=error.params | {"passes": passes})


_engine = Engine()
atexit.register(_engine.close)

run = _engine.run
record = _engine.record
try_out = _engine.try_out
survey = _engine.survey
configure = _engine.configure
start = _engine.start
walled = _engine.walled
wall = _engine.wall
observe = _engine.observe
load = _engine.load
share = _engine.share
pids = _engine.pids
close = _engine.close
