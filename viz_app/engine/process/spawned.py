"""`python -m viz_app.engine.process.spawned`: a process for one program, where there is no fork.

It imports torch, says hello on its standard output, reads a request from its standard input, runs,
answers and ends. The only wall here is the time limit: a second thread interrupts the program when
its wall clock is over, and writes the current line if it does not even react to that. The client
(`host/spawn_client.py`) keeps one such process warm for the next run.
"""

import _thread
import faulthandler
import io
import os
import signal
import threading
import types
from typing import NoReturn

import msgspec

from viz_app.engine import wire
from viz_app.engine.process import child, preload, sandbox

LISTEN_SECONDS = 0.2
"""Time within which a program that runs Python reacts to its interrupt."""


def _private(descriptor: int, mode: str) -> io.FileIO:
    """A standard stream for this process alone; the program's own writes go nowhere."""
    kept = io.FileIO(os.dup(descriptor), mode)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, descriptor)
    os.close(null)
    return kept


def _exactly(stream: io.FileIO, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = stream.read(size - len(data))
        if not part:
            os._exit(0)  # the client no longer needs this process
        data += part
    return data


def _send(stream: io.FileIO, body: bytes) -> None:
    data = memoryview(wire.HEADER.pack(len(body)) + body)
    while data:
        data = data[stream.write(data) :]


def main() -> NoReturn:
    """Run the process from start to end."""
    requests, answers = _private(0, "r"), _private(1, "w")
    try:
        version = preload.warm_up()
        import viz_app.engine.program.execute  # noqa: F401  ahead of the run
    except Exception as problem:  # noqa: BLE001  sent to the client, which raises it
        wall = wire.Wall(problem=f"{type(problem).__name__}: {problem}")
        _send(answers, msgspec.msgpack.encode(wall))
        os._exit(1)
    missing = (*(name for name, _ in sandbox.ATTEMPTS), "seccomp")
    _send(answers, msgspec.msgpack.encode(wire.Wall(missing=missing, torch=version)))

    (length,) = wire.HEADER.unpack(_exactly(requests, wire.HEADER.size))
    request: wire.Asked = msgspec.msgpack.decode(_exactly(requests, length), type=wire.Asked)
    seconds = request.limits.wall_seconds

    def send(body: bytes) -> None:
        if body != wire.STOPPED:  # the answer
            faulthandler.cancel_dump_traceback_later()
        _send(answers, body)

    def on_limit(number: int, frame: types.FrameType | None) -> None:
        work.stop("limit_wall")

    work = child.Work(request, send)
    signal.signal(signal.SIGINT, on_limit)  # Windows has no timer that signals
    timer = threading.Timer(seconds, _thread.interrupt_main)
    timer.daemon = True
    timer.start()
    # A crash, or a call that never returns, leaves its line on standard error.
    faulthandler.enable(2, all_threads=False)
    faulthandler.dump_traceback_later(seconds + LISTEN_SECONDS, file=2)
    work.carry_out()


if __name__ == "__main__":
    main()
