"""Messages on a pipe: the bytes of each after four bytes of their length."""

import struct
from typing import IO

_LENGTH = struct.Struct("<I")


def write(pipe: IO[bytes], body: bytes) -> None:
    """Write one message. OSError if there is no reader any more."""
    pipe.write(_LENGTH.pack(len(body)))
    pipe.write(body)
    pipe.flush()


def read(pipe: IO[bytes]) -> bytes | None:
    """Read the next message, None if the pipe ends before its last byte."""
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    body = pipe.read(length)
    return body if len(body) == length else None
