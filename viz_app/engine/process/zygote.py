"""The zygote: imports torch once, forks a child per program.

It runs no visitor's program itself and reads nothing that a child wrote but two integers. It is a
single thread around one poll: a new run from the client, a run the client let go of, a child that
ended. While nothing runs it has a child ready for the next run. It exits when the client does, and
the kernel kills its children with it.
"""

import contextlib
import gc
import importlib
import mmap
import os
import select
import signal
import socket
import time

import msgspec

from viz_app.engine import wire
from viz_app.engine.process import sandbox
from viz_app.engine.process.child import Walls, rehearse, serve, wait
from viz_app.engine.process.large_pages import collapse
from viz_app.engine.process.preload import warm_up
from viz_app.engine.process.written_memory import LOOK_SECONDS, Written
from viz_app.limits import SHORT_SECONDS

PATIENT = 15
"""Niceness of a program that runs longer: a thirtieth of the processor next to a newer one, all of
it when alone."""


REHEARSALS = 10
"""Runs of a program of ours before the first fork. Python specialises the bytecode of a function in
its first calls, which each child would otherwise repeat, in copies of the pages written to."""

PROBES = 3
"""Number of tests of the wall before its engine gives up: memory may be short for a moment."""


class Child(msgspec.Struct):
    """A child, the board it writes its place on, and the account of the memory it has written."""

    pid: int
    board: mmap.mmap
    written: Written | None

    def close(self) -> None:
        self.board.close()
        if self.written is not None:
            self.written.close()


class Spare(msgspec.Struct):
    """A child that waits for the next run, whose result's socket it gets through `channel`."""

    child: Child
    channel: socket.socket

    def close(self) -> None:
        """Release a spare that died."""
        os.waitpid(self.child.pid, 0)
        self.channel.close()
        self.child.close()


class RunningChild(msgspec.Struct):
    """A child that is not reaped yet, the socket to report its end on, and the memory it may
    write."""

    child: Child
    report: socket.socket
    memory: int
    since: float
    patient: bool = False  # has made way for newer programs
    outgrown: bool = False  # was killed for the memory it had written


def fork(end: socket.socket, walls: Walls, *, ahead: bool) -> Child:
    """Fork a child.

    `end` is the run's result socket. With `ahead`, no run exists yet and `end` is the socket that
    will deliver it.
    """
    board = mmap.mmap(-1, mmap.PAGESIZE)  # shared: the child writes, we read
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            result = wait(end, parent) if ahead else end
            serve(result, board, walls, parent)
        finally:
            os._exit(1)  # whatever went wrong, a child never continues as a zygote
    written = None
    if sandbox.LINUX:
        board.madvise(mmap.MADV_DONTFORK)  # the next visitor's child gets none of this one's
        written = Written(pid)
    end.close()
    return Child(pid, board, written)


def prepare(walls: Walls) -> Spare:
    """Fork a child for the next run, ahead of it."""
    channel, theirs = socket.socketpair()
    return Spare(fork(theirs, walls, ahead=True), channel)


def begin(
    result: socket.socket, report: socket.socket, memory: int, walls: Walls, spare: Spare | None
) -> RunningChild:
    """Start a child for one program: the spare one, if it lives."""
    if spare is not None:
        try:
            socket.send_fds(spare.channel, [wire.STARTED], [result.fileno()])
        except OSError:  # it died
            spare.close()
        else:
            spare.channel.close()
            result.close()
            return RunningChild(spare.child, report, memory, time.monotonic())
    return RunningChild(fork(result, walls, ahead=False), report, memory, time.monotonic())


def report_end(run: RunningChild, status: int, cpu_seconds: float) -> None:
    """Report a run's end to the client, if it still listens, and release all of its resources."""
    line, statements = wire.BOARD.unpack_from(run.child.board)
    ending = wire.Ending(
        os.waitstatus_to_exitcode(status), cpu_seconds, line, statements, run.outgrown
    )
    try:
        wire.send(run.report, msgspec.msgpack.encode(ending))
    except OSError:  # the client has its answer and went on
        pass
    finally:
        run.report.close()
        run.child.close()


def loop(control: socket.socket, walls: Walls) -> None:
    """Serve runs until the client's end of `control` closes."""
    bell, wake = socket.socketpair()
    for end in (bell, wake):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    poll = select.poll()
    for end in (control, bell):
        poll.register(end, select.POLLIN)
    runs: dict[int, RunningChild] = {}
    spare: Spare | None = prepare(walls)
    while True:
        # In the order of registration: a descriptor freed by the bell is not reused within the same
        # round, so an event of a finished run never meets another run.
        for descriptor, _ in poll.poll(soonest(make_way(runs), watch(runs))):
            if descriptor == control.fileno():
                order, received, _, _ = socket.recv_fds(control, wire.ORDER.size, 2)
                if len(received) != 2:
                    return  # the client is gone
                (memory,) = wire.ORDER.unpack(order)
                result, report = (socket.socket(fileno=number) for number in received)
                run, spare = begin(result, report, memory, walls, spare), None
                runs[report.fileno()] = run
                poll.register(report, select.POLLIN)
                # If the client gave up, its closed end is the next thing to read.
                with contextlib.suppress(OSError):
                    report.sendall(wire.STARTED)
            elif descriptor == bell.fileno():
                bell.recv(4096)
                # One that dies by itself is not replaced at once: the next might do the same.
                if reap(runs, poll) and not runs and spare is None:
                    spare = prepare(walls)
            elif descriptor in runs:  # the client let go: not reaped yet, so its id holds
                poll.unregister(descriptor)
                os.kill(runs[descriptor].child.pid, signal.SIGKILL)


def make_way(runs: dict[int, RunningChild]) -> int | None:
    """Lower the priority of programs that run longer, so that short ones pass them.

    Return the milliseconds until the next call is due, None if not before the next event.
    """
    now = time.monotonic()
    waits = []
    for run in runs.values():
        if run.patient:
            continue
        left = run.since + SHORT_SECONDS - now
        if left > 0:
            waits.append(left)
        else:
            run.patient = True
            now_has = os.getpriority(os.PRIO_PROCESS, run.child.pid)
            # A container's root may have no right over another user's process: then all have one
            # priority.
            with contextlib.suppress(PermissionError):
                os.setpriority(os.PRIO_PROCESS, run.child.pid, max(now_has, PATIENT))
    return int(min(waits) * 1000) + 1 if waits else None


def watch(runs: dict[int, RunningChild]) -> int | None:
    """Kill each program that has written more memory than it may; returns as `make_way` does."""
    for run in runs.values():
        written = run.child.written
        if written is not None and not run.outgrown and written.exceeds(run.memory):
            run.outgrown = True
            os.kill(run.child.pid, signal.SIGKILL)
    return int(LOOK_SECONDS * 1000) if runs else None


def soonest(*milliseconds: int | None) -> int | None:
    """The shortest of several waits, None for one without an end."""
    return min((each for each in milliseconds if each is not None), default=None)


def reap(runs: dict[int, RunningChild], poll: select.poll) -> int:
    """Reap each child that has ended; return their number."""
    before = len(runs)
    for descriptor, run in list(runs.items()):
        child, status, used = os.wait4(run.child.pid, os.WNOHANG)
        if child:
            with contextlib.suppress(KeyError):  # the client had let go of it
                poll.unregister(descriptor)
            report_end(run, status, used.ru_utime + used.ru_stime)
            del runs[descriptor]
    return before - len(runs)


def prove_walls() -> tuple[tuple[str, ...], Walls]:
    """The attempts that a confined child was refused, and the walls that refused them.

    Each child must have the walls that this test found: one that can't seal itself ends. ProbeError
    if the test itself failed again and again: nothing is known of the wall then, and no program may
    run.
    """
    every = tuple(name for name, _ in sandbox.ATTEMPTS)
    alone = tested(sealed=False)
    landlock = {"open", "create"} <= set(alone)
    held = tested(sealed=True)
    if held == every:
        return held, Walls(landlock=landlock, seccomp=sandbox.kernel_filter())
    return alone, Walls(landlock=landlock, seccomp=b"")


def tested(*, sealed: bool) -> tuple[str, ...]:
    """The result of `sandbox.probe`, tried again if its child was killed on the way."""
    for _ in range(PROBES - 1):
        with contextlib.suppress(sandbox.ProbeError):
            return sandbox.probe(sealed=sealed)
    return sandbox.probe(sealed=sealed)


def main(arguments: list[str]) -> int:
    """Warm up, test the wall, report it, serve.

    `arguments`: a descriptor, and the sandbox setting.
    """
    control = socket.socket(fileno=int(arguments[0]))
    setting = arguments[1]
    held: tuple[str, ...] = ()
    walls = Walls(landlock=False, seccomp=b"")
    try:
        version = warm_up()
        for name in ("trial", "survey"):  # no file can be read behind the wall
            importlib.import_module(f"viz_app.engine.program.{name}")
        importlib.import_module("viz_app.engine.program.file_calls").places()
        rehearse(REHEARSALS)
        if setting != "off" and sandbox.LINUX:
            held, walls = prove_walls()
    except Exception as problem:  # noqa: BLE001  sent to the client, which raises it
        wall = wire.Wall(problem=f"{type(problem).__name__}: {problem}")
        wire.send(control, msgspec.msgpack.encode(wall))
        control.close()
        return 1
    missing = tuple(name for name, _ in sandbox.ATTEMPTS if name not in held)
    if not walls.seccomp:
        missing = (*missing, "seccomp")
    os.environ.pop("LD_LIBRARY_PATH", None)
    gc.collect()
    gc.freeze()
    if sandbox.LINUX:
        collapse()
    wire.send(
        control, msgspec.msgpack.encode(wire.Wall(held, missing, version, landlock=walls.landlock))
    )
    loop(control, walls)
    return 0
