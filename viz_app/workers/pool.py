"""The workers from the page's side: processes that make pictures, and can be ended.

No visitor's trace is opened in the page's process. One worker more than the machine has cores is
kept warm; visitors wait for them in a queue. One that takes too long, needs too much or dies is
replaced, and its picture is made again, cruder.
"""

import atexit
import contextlib
import logging
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import msgspec

from viz_app.engine import client
from viz_app.errors import VizError, failure
from viz_app.limits import Quota, Visitor, Work
from viz_app.paths import PROJECT
from viz_app.workers import frames
from viz_app.workers.jobs import DEGREES, Draw, Job, Made, Picture

_log = logging.getLogger(__name__)

FAULTS = 100
"""Maximum number of different faults of ours that are logged; a visitor can repeat one forever."""

_decode = msgspec.msgpack.Decoder(Made).decode


class EndedError(Exception):
    """A worker ended before it had answered. `begun`: it had received its job by then."""

    def __init__(self, *, begun: bool) -> None:
        super().__init__(begun)
        self.begun = begun


class Watch:
    """Calls a function for each block that takes too long, from one thread: starting one for each
    would take longer than most of what a job costs this process."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._due: dict[object, tuple[float, Callable[[], None]]] = {}
        self._wakes = math.inf
        """The time at which the thread looks next: soon enough for a later job, even if those that
        it was set for have ended."""
        self._thread: threading.Thread | None = None

    @contextmanager
    def at_most(self, seconds: float, kill: Callable[[], None]) -> Iterator[None]:
        """Call `kill` unless the block ends in time; a pipe has no deadline of its own."""
        key, due = object(), time.monotonic() + seconds
        with self._changed:
            self._due[key] = due, kill
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="watch", daemon=True)
                self._thread.start()
            elif due < self._wakes:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._due.pop(key, None)

    def _look(self) -> None:
        with self._changed:
            while True:
                now = time.monotonic()
                for key in [it for it, (due, _) in self._due.items() if due <= now]:
                    self._due.pop(key)[1]()
                self._wakes = min((due for due, _ in self._due.values()), default=math.inf)
                self._changed.wait(None if self._wakes == math.inf else self._wakes - now)


class Worker:
    """One worker process and the connection to it."""

    def __init__(self, work: Work, command: Sequence[str], watch: Watch) -> None:
        self.work = work
        self._watch = watch
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115  closed in close
        self.process = subprocess.Popen(
            [*command, msgspec.json.encode(work).decode()],
            cwd=PROJECT,
            env=client.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            start_new_session=True,  # Ctrl+C in a terminal must not reach it
        )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self._given, self._answers = self.process.stdin, self.process.stdout
        self._ready = False

    def do(self, job: bytes) -> Made:
        """Do one job, within its time. Raises EndedError: the process is gone then."""
        if not self._ready:
            with self._watch.at_most(self.work.start_seconds, self.process.kill):
                self._ready = frames.read(self._answers) is not None
        if not self._ready or self.process.poll() is not None:
            raise EndedError(begun=False)
        with self._watch.at_most(self.work.wall_seconds, self.process.kill):
            try:
                frames.write(self._given, job)
            except OSError:
                raise EndedError(begun=False) from None
            body = frames.read(self._answers)
        if body is None:
            raise EndedError(begun=True)
        return _decode(body)

    def close(self) -> str:
        """End the worker and wait until it is gone. Return the last line of its fault report."""
        self.process.kill()
        self.process.wait()
        for pipe in (self._given, self._answers):
            with contextlib.suppress(OSError):  # unsent data
                pipe.close()
        with self.errors as written:
            written.seek(0)
            lines = written.read().decode("utf-8", "replace").splitlines()
        return lines[-1] if lines else ""


class Pool:
    """The workers and their queue: one more than there are cores. `command` starts one."""

    def __init__(
        self,
        cores: int | None = None,
        work: Work | None = None,
        command: Sequence[str] = (sys.executable, "-m", "viz_app.workers.worker"),
    ) -> None:
        cores = cores or os.cpu_count() or 1
        self.size = cores + 1
        # A class behind one address has all cores; the extra worker is for the others, who then
        # share a core. Each run leads to a picture or two, and the number of runs is bounded
        # already.
        self.queue = client.FairQueue(
            Quota(
                at_once=self.size,
                at_once_each=max(1, cores - 1),
                at_once_address=cores,
                a_minute_each=3_000,
                a_minute_address=9_000,
                a_minute=20_000,
            )
        )
        self._work, self._command, self._watch = work or Work(), command, Watch()
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._faults: set[str] = set()

    def start(self) -> None:
        """Start all workers, so that the first visitor waits for none."""
        with self._lock:
            while len(self._idle) + len(self._busy) < self.size:
                self._idle.append(self._start())

    def close(self) -> None:
        """End all workers. The next job starts others."""
        with self._lock:
            every = [*self._idle, *self._busy]
            self._idle.clear()
            self._busy.clear()
        for worker in every:
            worker.close()

    def pids(self) -> list[int]:
        """The process ids of the workers, the busy ones first."""
        with self._lock:
            return [worker.process.pid for worker in (*self._busy, *self._idle)]

    def draw(
        self,
        job: Draw,
        *,
        visitor: Visitor | None = None,
        on_place: Callable[[int], None] | None = None,
    ) -> Picture:
        """The picture of a run, a cruder one if a worker ended over it.

        VizError for a run that left none, and if not even the crudest picture can be made.
        """
        for degree in DEGREES[DEGREES.index(job.degree) :]:
            try:
                made = self._do(msgspec.structs.replace(job, degree=degree), visitor, on_place)
            except EndedError:
                continue
            assert made.picture is not None
            return made.picture
        raise VizError(failure("picture"))

    def do(self, job: Job, *, visitor: Visitor | None = None) -> Made:
        """Do any other job. VizError if it can't be done."""
        try:
            return self._do(job, visitor, None)
        except EndedError:
            raise VizError(failure("picture")) from None

    def _do(
        self, job: Job, visitor: Visitor | None, on_place: Callable[[int], None] | None
    ) -> Made:
        body = msgspec.msgpack.encode(job)
        with self.queue.take(visitor, on_place):
            made = self._tried(body)
        if made.failure is not None:
            raise VizError(made.failure)
        return made

    def _tried(self, body: bytes) -> Made:
        """The answer of the first worker that begins: one that was gone before is replaced, which
        is not the job's fault. Raises EndedError."""
        for _ in range(self.size):
            try:
                return self._given(body)
            except EndedError as ended:
                if ended.begun:
                    raise
        return self._given(body)

    def _given(self, body: bytes) -> Made:
        with self._lock:
            worker = self._idle.pop() if self._idle else self._start()
            self._busy.add(worker)
        lives = False
        try:
            made = worker.do(body)
            lives = not made.last
        finally:
            with self._lock:
                ours = worker in self._busy  # otherwise the pool was closed meanwhile
                self._busy.discard(worker)
                if ours and lives:
                    self._idle.append(worker)
                elif ours:  # the next job goes to one that is ready, if there is any
                    self._idle.insert(0, self._start())
            if ours and not lives:
                self._note(worker.close())
        return made

    def _start(self) -> Worker:
        return Worker(self._work, self._command, self._watch)

    def _note(self, fault: str) -> None:
        """Log a fault of ours once."""
        if fault and fault not in self._faults and len(self._faults) < FAULTS:
            self._faults.add(fault)
            _log.error("a worker ended: %s", fault)


_pool = Pool()
atexit.register(_pool.close)

draw = _pool.draw
do = _pool.do
start = _pool.start
pids = _pool.pids
close = _pool.close
