"""One process per run, for systems without fork: the same runs as a zygote's, slower and without
wall.

Torch takes seconds to import, so one process is always kept warm for the next run. `Spawner` has
the same interface as `zygote_client.Zygote`.
"""

import contextlib
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time
from typing import IO

import msgspec

from viz_app.engine import wire
from viz_app.engine.host.zygote_client import (
    ANSWER_SECONDS,
    LAST_WORDS_SECONDS,
    START_SECONDS,
    LostError,
    Outcome,
    environment,
)
from viz_app.errors import VizError, failure
from viz_app.paths import PROJECT

PLACE = re.compile(rf'File "{re.escape(wire.FILENAME)}", line ([0-9]+)')
WINDOWS = {0xC0000005: -11, 0xC00000FD: -11, 0xC0000094: -8, 0xC0000095: -8}
"""Windows' codes for access violation, stack overflow and division errors -> signals."""


class _Process:
    """One process and a thread that reads its output, since a pipe has no timeout."""

    def __init__(self) -> None:
        self.errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  closed in close
        self.frames: queue.Queue[bytes | wire.ClosedError | wire.TooLongError] = queue.Queue()
        self.most = 2**16
        self.process = subprocess.Popen(
            [sys.executable, "-m", "viz_app.engine.process.spawned"],
            cwd=PROJECT,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for _ in range(4):  # hello, perhaps the notice of a limit and the prints, and the answer
            head = self.process.stdout.read(wire.HEADER.size)
            if len(head) < wire.HEADER.size:
                self.frames.put(wire.ClosedError(len(head)))
                return
            (length,) = wire.HEADER.unpack(head)
            if length > self.most:
                self.frames.put(wire.TooLongError())
                return
            body = self.process.stdout.read(length)
            whole = len(body) == length
            self.frames.put(body if whole else wire.ClosedError(len(head) + len(body)))

    def receive(self, seconds: float) -> bytes:
        """The next message. Raises TimeoutError, ClosedError or TooLongError."""
        try:
            frame = self.frames.get(timeout=max(seconds, 0.0))
        except queue.Empty:
            raise TimeoutError from None
        if isinstance(frame, bytes):
            return frame
        raise frame

    def line(self) -> int:
        """The line at which the program crashed or its time was over, 0 if unknown."""
        self.errors.seek(0)
        found = PLACE.search(self.errors.read(2**16).decode("utf-8", "replace"))
        return int(found[1]) if found else 0

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.reader.join()
        for stream in (self.process.stdin, self.process.stdout, self.errors):
            assert stream is not None
            try:
                stream.close()
            except OSError:  # unread data can't be flushed any more
                continue


class Spawner:
    """A starter of one process per run. Raises VizError if not even the first can be started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._spare: _Process | None = None
        self._closed = False
        first = self._start()
        try:
            self.wall = msgspec.msgpack.decode(first.receive(START_SECONDS), type=wire.Wall)
        except (wire.ClosedError, wire.TooLongError, TimeoutError, msgspec.DecodeError) as problem:
            first.close()
            raise VizError(failure("engine_missing", reason=type(problem).__name__)) from problem
        if self.wall.problem is not None:
            first.close()
            kind = self.wall.problem.partition(":")[0]
            raise VizError(failure("engine_missing", reason=kind))
        self._warm: _Process | None = first

    def _start(self) -> _Process:
        try:
            return _Process()
        except OSError as problem:
            raise VizError(failure("engine_missing", reason=problem.strerror or "")) from problem

    @property
    def alive(self) -> bool:
        return not self._closed

    def close(self) -> None:
        """End the waiting process; may be called twice."""
        with self._lock:
            self._closed = True
            waiting, self._warm, self._spare = (self._warm, self._spare), None, None
        for process in waiting:
            if process is not None:
                process.close()

    def _take(self) -> _Process:
        """Take a process that has said hello, or is about to, and start the next one."""
        with self._lock:
            warm, self._warm = self._warm, None
            if warm is not None:
                if self._spare is None and not self._closed:
                    self._spare = self._start()
                return warm
            taken, self._spare = self._spare, None
            if not self._closed:
                self._spare = self._start()
        process = taken or self._start()
        try:
            process.receive(START_SECONDS)
        except (wire.ClosedError, wire.TooLongError, TimeoutError) as problem:
            process.close()
            raise LostError(started=False) from problem
        return process

    def attempt(self, request: wire.Asked, seconds: float, *, wait_for_end: bool = True) -> Outcome:
        """Follow one process from its request until it ends. Raises LostError."""
        process = self._take()
        try:
            return self._follow(process, request, seconds)
        finally:
            process.close()

    def _follow(self, process: _Process, request: wire.Asked, seconds: float) -> Outcome:
        body = msgspec.msgpack.encode(request)
        process.most = request.limits.result_bytes + 2**16
        code = "vanished"
        plan, stopped = None, False
        stdin = process.process.stdin
        assert stdin is not None
        began = time.monotonic()
        try:
            stdin.write(wire.HEADER.pack(len(body)) + body)
            stdin.flush()
            answer = process.receive(began + seconds - time.monotonic())
            if answer.startswith(wire.AGAIN):
                plan = wire.planned(answer)
                answer = process.receive(began + seconds - time.monotonic())
            if answer == wire.STOPPED:
                stopped = True
                last = began + seconds + ANSWER_SECONDS
                answer = process.receive(last - time.monotonic())
                with contextlib.suppress(TimeoutError, wire.ClosedError, wire.TooLongError):
                    answer = process.receive(last - time.monotonic())
            return Outcome(None, bytearray(answer), None, plan=plan, stopped=stopped)
        except TimeoutError:
            code = "limit_wall"
        except wire.TooLongError:
            code = "forged"
        except wire.ClosedError as closed:
            code = "forged" if closed.received else "vanished"
        except OSError:  # it ended before it had read its request
            code = "vanished"
        own_end = False
        if code == "vanished":
            try:
                process.process.wait(LAST_WORDS_SECONDS)
                own_end = True
            except subprocess.TimeoutExpired:  # it still runs, with its pipe closed
                own_end = False
        status = process.process.returncode or 0
        status = WINDOWS.get(status, status)
        ending = wire.Ending(status=status, cpu_seconds=0.0, line=process.line(), statements=0)
        return Outcome(code, bytearray(), ending, own_end)
