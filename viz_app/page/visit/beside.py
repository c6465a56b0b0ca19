"""The files that a visitor opened beside the program, which finds them in its folder.

They live as long as the session. What all sessions hold together has a bound.
"""

import itertools
import threading
import weakref
from pathlib import PurePosixPath, PureWindowsPath

import msgspec

from viz_app.engine.client import Files
from viz_app.errors import VizError, failure
from viz_app.limits import Beside

LIMITS = Beside()
KINDS = frozenset({".txt", ".csv", ".tsv", ".json", ".jsonl", ".dat", ".data"})
"""Ends of the names of files with data; any other file is opened as a program."""
_LONGEST = 60
"""Maximum number of characters of a name, so that it can be shown."""

_numbers = itertools.count(1)
_lock = threading.Lock()


class Held(msgspec.Struct, frozen=True, eq=False, weakref=True):
    """A session's files, in the order of their opening. `number` is another for each change."""

    files: Files = ()
    number: int = 0

    def size(self) -> int:
        """The number of bytes of all of them."""
        return sum(len(content) for _, content in self.files)


NONE = Held()
_all: "weakref.WeakSet[Held]" = weakref.WeakSet()


def is_data(name: str) -> bool:
    """True for the name of a file with data."""
    return PurePosixPath(name.lower()).suffix in KINDS


def added(held: Held, name: str, content: bytes) -> Held:
    """The files with one more, or with its new content.

    VizError "files_full" if there is no room beside this program, "files_busy" if the server has
    none.
    """
    name = PureWindowsPath(name).name[-_LONGEST:]  # understands both separators
    rest = tuple(file for file in held.files if file[0] != name)
    new = Held((*rest, (name, content)), next(_numbers))
    if len(new.files) > LIMITS.files or new.size() > LIMITS.bytes:
        most = LIMITS.bytes // 2**20
        raise VizError(failure("files_full", name=name, files=LIMITS.files, megabytes=most))
    with _lock:
        others = sum(it.size() for it in _all if it is not held)
        if others + new.size() > LIMITS.all_bytes:
            raise VizError(failure("files_busy", name=name))
        _all.discard(held)
        _all.add(new)
    return new


def without(held: Held, name: str) -> Held:
    """The files but this one."""
    new = Held(tuple(file for file in held.files if file[0] != name), next(_numbers))
    with _lock:
        _all.discard(held)
        _all.add(new)
    return new
