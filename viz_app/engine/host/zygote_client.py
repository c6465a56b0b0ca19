"""One zygote process from the client's side: its start, and a child's life from fork to end.

`attempt` follows one run on two sockets of its own, so runs need no lock except for the one message
that hands over the sockets' far ends. The engine's README.md describes the course of a run.
"""

import contextlib
import logging
import os
import socket
import subprocess
import sys
import threading
import time

import msgspec

from viz_app.engine import wire
from viz_app.errors import VizError, failure
from viz_app.paths import PROJECT

START_SECONDS = 120.0
"""A cold disk under load takes most of a minute to import torch."""
STARTED_SECONDS = 15.0
"""A fork takes milliseconds; a zygote that has not managed one by then hangs."""
ANSWER_SECONDS = 10.0
"""Extra time for a child that reported being stopped by a limit: recording a graph of 50,000 nodes
takes two seconds, on a host that is not busy. If it is not enough, the printed output is kept."""
LAST_WORDS_SECONDS = 3.0
"""Maximum time to wait for the end of a child whose socket closed.

Its death is reported within a millisecond, on a busy host within about a second: too short a wait
loses the reason. Only a program that closed its socket and still runs takes this long.
"""
REAPED_SECONDS = 10.0
"""Time after which a zygote that has not reaped a killed child is considered unhealthy and
replaced. Reaping takes a millisecond, or seconds on a host that is busy with other things, and all
running programs end with a zygote."""


_log = logging.getLogger(__name__)


class LostError(Exception):
    """The zygote went away: before the child had started (then the run is repeated) or after."""

    def __init__(self, *, started: bool) -> None:
        super().__init__(started)
        self.started = started


class Outcome(msgspec.Struct, frozen=True):
    """The result of one child: its answer's bytes or the code of its failure, and its end.

    `own_end`: the status is the child's own, not that of our kill. `plan`: the program must run
    again by it. `stopped`: a time limit has ended it.
    """

    code: str | None
    body: bytearray
    ending: wire.Ending | None
    own_end: bool = False
    plan: wire.Plan | None = None
    stopped: bool = False


class Zygote:
    """One zygote process and the connection to it. Raises VizError if it can't be started."""

    def __init__(self, sandbox: str) -> None:
        self._lock = threading.Lock()
        self.control, theirs = socket.socketpair()
        command = [
            sys.executable,
            "-m",
            "viz_app.engine.process",
            str(theirs.fileno()),
            sandbox,
        ]
        try:
            with theirs:
                self.process = subprocess.Popen(
                    command,
                    cwd=PROJECT,
                    env=environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,  # Ctrl+C in a terminal must not reach it
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
            _log.error("the zygote can't run programs: %s", self.wall.problem)
            kind = self.wall.problem.partition(":")[0]  # the rest may name the host's folders
            raise VizError(failure("engine_missing", reason=kind))

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def close(self) -> None:
        """End it and its children, and wait until it is gone. May be called twice."""
        self.control.close()
        self.process.kill()
        self.process.wait()

    def attempt(self, request: wire.Asked, seconds: float, *, wait_for_end: bool = True) -> Outcome:
        """Follow one child from its fork until it ends. Raises LostError.

        Without `wait_for_end`, the end of a child that gave no answer is not waited for.
        """
        result, their_result = socket.socketpair()
        report, their_report = socket.socketpair()
        with result, report:
            try:
                order = wire.ORDER.pack(request.limits.memory_bytes)
                with their_result, their_report:
                    ends = [their_result.fileno(), their_report.fileno()]
                    with self._lock:  # one message and its descriptors, as a unit
                        socket.send_fds(self.control, [order], ends)
                report.settimeout(STARTED_SECONDS)
                if report.recv(1) != wire.STARTED:
                    raise LostError(started=False)
            except OSError as problem:  # a closed control socket, a reset, a zygote that hangs
                raise LostError(started=False) from problem
            deadline = time.monotonic() + seconds
            code = None
            cut = False  # the answer broke off in the middle
            body = bytearray()
            plan, stopped = None, False
            try:
                wire.send(result, msgspec.msgpack.encode(request))
                most = request.limits.result_bytes + 2**16
                body = wire.receive(result, most, deadline)
                if body.startswith(wire.AGAIN):
                    plan = wire.planned(body)
                    body = wire.receive(result, most, deadline)
                if body == wire.STOPPED:
                    stopped = True
                    body = wire.receive(result, most, deadline + ANSWER_SECONDS)
                    with contextlib.suppress(TimeoutError, wire.ClosedError, wire.TooLongError):
                        body = wire.receive(result, most, deadline + ANSWER_SECONDS)
            except TimeoutError:
                code = "limit_wall"
            except wire.TooLongError:
                code = "forged"
            except wire.ClosedError as closed:
                code = "forged" if closed.received else "vanished"
                cut = True
            except OSError:  # it ended before it had read its request
                code = "vanished"
            if code is None or not wait_for_end:
                # Leaving closes `report`, and that kills it.
                return Outcome(code, body, None, plan=plan, stopped=stopped)
            try:
                ending, own_end = _ending(report, wait=code == "vanished" or cut)
            except (
                wire.ClosedError,
                wire.TooLongError,
                TimeoutError,
                msgspec.DecodeError,
            ) as problem:
                raise LostError(started=True) from problem
            return Outcome(code, body, ending, own_end)


def _ending(report: socket.socket, *, wait: bool) -> tuple[wire.Ending, bool]:
    """The end of a child, and a flag for an end of its own: with `wait` it gets time before the
    kill."""
    own_end = False
    if wait:
        report.settimeout(LAST_WORDS_SECONDS)
        try:
            own_end = bool(report.recv(1, socket.MSG_PEEK))
        except TimeoutError:  # it still runs, with its socket closed
            own_end = False
    if not own_end:
        report.shutdown(socket.SHUT_WR)
    last = wire.receive(report, 2**10, time.monotonic() + REAPED_SECONDS)
    return msgspec.msgpack.decode(last, type=wire.Ending), own_end


def environment() -> dict[str, str]:
    """The whole environment of a zygote, and with it of a program."""
    kept = {  # where the system's loader and Windows find libraries; none of the page's secrets
        name: os.environ[name]
        for name in ("LD_LIBRARY_PATH", "SYSTEMROOT", "VIZ_APP_DATA")
        if name in os.environ
    }
    return kept | {
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        "HOME": "/",  # Path.home() needs one
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "NUMEXPR_NUM_THREADS": "1",
        "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",  # otherwise macOS aborts a forked child
    }
