"""The messages between client, zygote and child; no torch, nothing but data.

Each run has two sockets of its own. On `result` the client sends a `Request` and the child, which
is not trusted, answers with an `Answer`; both are msgpack after four bytes of length. On `report`
the zygote, which is trusted, sends `STARTED` and later an `Ending`; closing the client's end of it
is the order to kill the child.
"""

import socket
import struct
import time

import msgspec

from viz_app.limits import Limits
from viz_app.measured import Axis
from viz_app.model import Failure, Span, Trace, Tried

FILENAME = "<program>"
"""The visitor's text in tracebacks; a frame is the visitor's own if its code has this name."""

TESTED = (
    "2.5.1",
    "2.6.0",
    "2.7.1",
    "2.8.0",
    "2.9.1",
    "2.10.0",
    "2.11.0",
    "2.12.1",
    "2.13.0",
    "2.14.1",
)
"""The versions of torch that `record/torch_patches.py` was tested with (`make matrix`); others
cause a warning."""

STARTED = b"S"
"""The zygote's message that the child exists."""

STOPPED = b""
"""A child's message that a limit has stopped its program.

Two answers follow: the printed output at once, and later the whole record.
"""

AGAIN = b"\0"
"""Prefix of a child's message that its program must run again, by the `Plan` that follows.

Its answer comes next: the trace of the passes recorded so far.
"""

PLAN_BYTES = 2**20
"""Maximum size of a plan: it names a few dozen passes, and has eight bytes for each pass of the
run."""

NO_MEMORY = 3
"""Exit code of a child that had no memory left to answer with."""

HEADER = struct.Struct("<I")
"""Length of the message that follows."""

ORDER = struct.Struct("<Q")
"""The client's order for a child: the bytes of memory that it may write.

Its sockets are attached.
"""

BOARD = struct.Struct("<Ixxxxq")
"""The page of memory a child shares with the zygote: current line, statements begun so far."""


Files = tuple[tuple[str, bytes], ...]
"""Files that a program finds when it begins: their names, and what is in them."""


class Plan(msgspec.Struct, frozen=True):
    """The part of a long run to record: between these statements, counted as they run (None: to the
    end), for these passes. Without `stretches` the whole run is recorded.

    `digest` is that of the first run's marks, with which those of this run are compared, `error` is
    the type of the exception that it ended with. `norms` are those of its marks as doubles, -1 for
    none: only the passes that are recorded get theirs computed again, and compared.
    """

    stretches: tuple[tuple[int, int | None], ...] = ()
    wanted: tuple[int, ...] = ()
    digest: int = 0
    error: str = ""
    norms: bytes = b""


class Request(msgspec.Struct, frozen=True, tag="run"):
    """A program to run. `stop_before` is the number of a statement (from 1) to end before.

    Its first passes are recorded, or what a `plan` names. `chosen_pass` is a pass to be in the plan
    that the child answers. `files` are in the folder in which the program begins.
    """

    source: str
    limits: Limits
    stop_before: int | None = None
    plan: Plan | None = None
    chosen_pass: int | None = None
    files: Files = ()


class Trial(msgspec.Struct, frozen=True, tag="trial"):
    """Texts to try: each is `source` with another expression for the operation at `at`.

    `whole` runs each to the end, otherwise to the first result of the operation.
    """

    source: str
    at: Span
    texts: tuple[str, ...]
    whole: bool
    limits: Limits
    files: Files = ()


class Survey(msgspec.Struct, frozen=True, tag="survey"):
    """A program whose result is measured at the points of a grid over two elements."""

    source: str
    x: Axis
    y: Axis
    limits: Limits
    files: Files = ()


Asked = Request | Trial | Survey


class Answer(msgspec.Struct, frozen=True):
    """A child's message: a Trace, or the failure of the text; for a Trial, the results so far.

    For a Survey the `heights`, one row per y; empty if nothing could be measured.
    """

    trace: Trace | None = None
    failure: Failure | None = None
    tried: tuple[Tried, ...] = ()
    heights: tuple[float, ...] = ()


class Ending(msgspec.Struct, frozen=True):
    """The end of a child: `status` is its exit code, or minus the signal that killed it.

    `outgrown`: the zygote killed it for the memory that it had written.
    """

    status: int
    cpu_seconds: float
    line: int
    statements: int
    outgrown: bool = False


class Wall(msgspec.Struct, frozen=True):
    """The zygote's first message: the result of its own test of the wall, and torch's version.

    `held` names the attempts that a confined child was refused, `missing` those that succeeded or
    could not be tried ("seccomp" among them where there is none). `landlock`: the kernel's Landlock
    is active in addition to seccomp. `problem` is the reason if the zygote can't run programs at
    all.
    """

    held: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    torch: str = ""
    problem: str | None = None
    landlock: bool = False


class ClosedError(Exception):
    """The other end was closed before a whole message had arrived. `received` counts its bytes."""

    def __init__(self, received: int) -> None:
        super().__init__(received)
        self.received = received


class TooLongError(Exception):
    """A message announced more bytes than its reader accepts."""


def send(end: socket.socket, body: bytes) -> None:
    """Send one message. OSError if the other end is gone."""
    end.sendall(HEADER.pack(len(body)))
    end.sendall(body)


def receive(end: socket.socket, most: int, deadline: float) -> bytearray:
    """Receive one message of at most `most` bytes before `deadline` (of time.monotonic).

    Raises TimeoutError, ClosedError or TooLongError.
    """
    head = _exactly(end, HEADER.size, deadline, 0)
    (length,) = HEADER.unpack(head)
    if length > most:
        raise TooLongError
    return _exactly(end, length, deadline, HEADER.size)


def planned(body: bytes | bytearray) -> Plan:
    """The plan of an AGAIN message. Raises TooLongError for anything else."""
    if len(body) > PLAN_BYTES:
        raise TooLongError
    try:
        return msgspec.msgpack.decode(body[len(AGAIN) :], type=Plan)
    except msgspec.DecodeError:
        raise TooLongError from None


def _exactly(end: socket.socket, size: int, deadline: float, before: int) -> bytearray:
    data = bytearray()
    while len(data) < size:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        end.settimeout(left)
        try:
            part = end.recv(min(size - len(data), 2**20))
        except ConnectionResetError:
            part = b""
        if not part:
            raise ClosedError(before + len(data))
        data += part
    return data
