"""The life of a child: wait for a program, go behind the wall, run it, answer, end.

A child forked ahead of its run (a spare) begins with `wait`: it has run a program of ours, and so
already made the copies of the zygote's pages that any run makes first. `serve` is the same for all.
"""

import contextlib
import mmap
import os
import signal
import socket
import time
import types
from collections.abc import Callable
from typing import Final, NoReturn

import msgspec

from viz_app.engine import wire
from viz_app.engine.process import sandbox, shorten
from viz_app.engine.weight import weight
from viz_app.errors import VizError, failure
from viz_app.limits import LIVE, Limits
from viz_app.model import Marks, Trace, Tried

REHEARSAL = """
import torch
net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))
x = torch.tensor([2., 3.], requires_grad=True)
y = (x * 2 + 1) ** 2
loss = (net(y) - y.mean()).exp().sum()
loss.backward()
print(x.grad)
"""
"""The program that the zygote runs before it forks, and a spare while it waits.

It consumes no randomness and emits no warnings, so the program that runs next sees the same state
as in a fresh fork.
"""


def rehearse(times: int = 1) -> None:
    """Record a program of ours, and encode its trace."""
    from viz_app.engine.program import execute

    for _ in range(times):
        encode(wire.Answer(trace=execute.run(REHEARSAL, LIVE)), LIVE)


ROOM = 0.9
"""The share of the room that a trace's first nodes are cut to at first."""


def _plain(value: object) -> object:
    """Data that msgpack can carry: no lone surrogate, no integer beyond 64 bits."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return float(value) if abs(value) < 2**1023 else float("inf" if value > 0 else "-inf")
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


DENSE: Final = 12
"""Bytes of objects per byte that a long record of ours stays below: six are usual, and the most
numbers that a trace may have add 30 MB. Weighing a record takes a quarter of its run's time."""


def encode(answer: wire.Answer, limits: Limits) -> bytes:
    """An answer as msgpack. A trace that is too large is cut after as many nodes as fit, and its
    loss curve is left out if none would fit beside it."""
    data = _packed(answer)
    trace = answer.trace
    if trace is None or (over := _over(data, limits)) is None:
        return data
    line = trace.error.span.line if trace.error else max((e.line for e in trace.echo), default=1)
    size, most = over
    code = "limit_result"
    bare = shorten.first(trace, 0, failure("limit_result", line=line))
    if _over(_packed(wire.Answer(trace=bare)), limits):
        bare = msgspec.structs.replace(trace, marks=Marks())  # graphs before the loss curve
        code, trace = ("limit_result_curve" if trace.marks != bare.marks else code), bare
    count = len(trace.nodes)
    while True:
        # Steps and edges follow the nodes, so that a share of these is about that of the bytes.
        count = int(count * min(most / size, 1) * ROOM)
        error = failure(
            code if count else "limit_result",
            line=line,
            type="limit_result",
            megabytes=over[0] // 2**20,
            most=over[1] // 2**20,
            kept=count,
            nodes=len(trace.nodes),
        )
        short = shorten.first(trace, count, error)
        if not count:  # not its nodes are too large
            short = msgspec.structs.replace(
                Trace.empty(trace.source, error),
                stdout=trace.stdout,
                echo=trace.echo,
                stderr=trace.stderr,
            )
        data = _packed(wire.Answer(trace=short))
        if not count or (still := _over(data, limits)) is None:
            return data
        size, most = still


def _packed(answer: wire.Answer) -> bytes:
    try:
        return msgspec.msgpack.encode(answer)
    except (UnicodeEncodeError, OverflowError):
        return msgspec.msgpack.encode(_plain(msgspec.to_builtins(answer)))


def _over(data: bytes, limits: Limits) -> tuple[int, int] | None:
    """The size of an answer and the most that it may be, in bytes or once decoded; None if it is
    small enough."""
    if len(data) > limits.result_bytes:
        return len(data), limits.result_bytes
    if len(data) * DENSE <= limits.result_memory:
        return None
    heavy = weight(data, limits)
    return (heavy, limits.result_memory) if heavy > limits.result_memory else None


class Walls(msgspec.Struct, frozen=True):
    """The kernel's walls that each child goes behind, in addition to its limits: Landlock, and
    seccomp with this filter, empty for none."""

    landlock: bool
    seccomp: bytes


def serve(result: socket.socket, board: mmap.mmap, walls: Walls, parent: int) -> NoReturn:
    """Read the request, go behind the wall, run, answer, end."""
    from viz_app.engine.program import execute

    message = wire.receive(result, 2**30, time.monotonic() + 60)
    request: wire.Asked = msgspec.msgpack.decode(message, type=wire.Asked)

    def send(body: bytes) -> None:
        wire.send(channel, body)

    def on_limit(number: int, frame: types.FrameType | None) -> None:
        work.stop("limit_wall" if number == signal.SIGALRM else "limit_cpu")

    work = Work(request, send)
    sandbox.confine(request.limits, result.fileno(), parent)
    channel = socket.socket(fileno=sandbox.RESULT)
    channel.settimeout(None)
    result.detach()
    for number in (signal.SIGALRM, signal.SIGXCPU):
        signal.signal(number, on_limit)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, request.limits.wall_seconds)
    if walls.landlock:
        sandbox.fence()
    if walls.seccomp:
        sandbox.seal(walls.seccomp)
    execute.watch(memoryview(board))
    work.carry_out()


class Work:
    """A child's request, and the single answer that it sends, whatever ends the work."""

    def __init__(self, request: wire.Asked, send: Callable[[bytes], None]) -> None:
        self.request = request
        self._send = send
        self._tried: list[Tried] = []
        self._answered = self._stopped = False

    def carry_out(self) -> NoReturn:
        """Carry out the request and answer. A child sends nothing but its answer."""
        from viz_app.engine.program import execute, survey, trial
        from viz_app.engine.record.tensors import exhausted

        request = self.request
        try:
            if isinstance(request, wire.Trial):
                trial.try_out(request, self._tried.append)
                self._answer(wire.Answer(tried=tuple(self._tried)))
            if isinstance(request, wire.Survey):
                self._answer(wire.Answer(heights=survey.survey(request)))
            trace = execute.run(
                request.source,
                request.limits,
                lambda trace: self._answer(wire.Answer(trace=trace)),
                stop_before=request.stop_before,
                plan=request.plan,
                chosen_pass=request.chosen_pass,
                files=request.files,
                again=self._again,
            )
        except VizError as problem:
            self._answer(wire.Answer(failure=problem.failure))
        except BaseException as problem:  # noqa: BLE001  nothing but an answer may leave a child
            if exhausted(problem):
                os._exit(wire.NO_MEMORY)
            self._answer(wire.Answer(failure=failure("internal", type=type(problem).__name__)))
        self._answer(wire.Answer(trace=trace))

    def stop(self, code: str) -> None:
        """End a program with this failure's code, or answer with what has been tried so far."""
        from viz_app.engine.program import execute

        if self._answered or self._stopped:  # the processor limit's signal repeats each second
            return
        if not isinstance(self.request, wire.Request):
            self._answer(wire.Answer(tried=tuple(self._tried)))
        elif execute.running():
            self._stopped = True
            with contextlib.suppress(OSError):  # the program has closed it
                self._send(wire.STOPPED)
                self._send(encode(wire.Answer(trace=execute.printed(code)), self.request.limits))
            execute.stop(code)

    def _again(self, plan: wire.Plan) -> None:
        if not self._stopped:  # then the client knows
            self._send(wire.AGAIN + msgspec.msgpack.encode(plan))

    def _answer(self, message: wire.Answer) -> NoReturn:
        self._answered = True  # a timer that fires from here on has nothing to stop
        try:
            data = encode(message, self.request.limits)
        except MemoryError:
            os._exit(wire.NO_MEMORY)
        self._send(data)
        os._exit(0)


def wait(channel: socket.socket, parent: int) -> socket.socket:
    """Get ready, then receive through `channel` the socket of a run's result, and return it."""
    sandbox.spare(channel.detach(), parent)
    rehearse()
    channel = socket.socket(fileno=sandbox.RESULT)
    _, received, _, _ = socket.recv_fds(channel, 1, 1)
    if not received:
        os._exit(0)  # the zygote is gone
    channel.detach()  # the wall puts the result's socket in its place
    return socket.socket(fileno=received[0])
