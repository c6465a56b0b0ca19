"""The runs and pictures that the pages hold: shared if equal, dropped if they are too many.

A dropped picture is made again, by a run, when its page is drawn the next time.
"""

import functools
import hashlib
import threading
import weakref

import msgspec

from viz_app.engine import client
from viz_app.engine.client import Recorded
from viz_app.workers.jobs import Look, Picture

EDITS = 1_000
"""Maximum number of inputs and calls kept for edits when a picture is dropped."""
OBJECT_BYTES = 500
"""Approximate size of one of them."""


class Seen(msgspec.Struct, eq=False, weakref=True):
    """A run that left something, its look, and its picture; pages may share it.

    `gone` is true if both were dropped except for the text, and the data that edits need.
    """

    recorded: Recorded
    look: Look
    picture: Picture
    gone: bool = False

    def size(self) -> int:
        """The approximate number of bytes held."""
        parts = (getattr(self.picture, name) for name in self.picture.__struct_fields__)
        known = sum(len(part) for part in parts if isinstance(part, bytes))
        objects = OBJECT_BYTES * (len(self.picture.inputs) + len(self.picture.calls))
        return known + objects + len(self.recorded.source) + len(self.recorded.body or b"")

    def give_up(self) -> None:
        kept = self.picture
        few = len(kept.inputs) + len(kept.calls) <= EDITS
        self.gone = True
        before = self.recorded
        self.recorded = Recorded(
            before.source, None, limits=before.limits, chosen_pass=before.chosen_pass
        )
        self.picture = Picture(
            source=kept.source,
            error=kept.error,
            degree=kept.degree,
            inputs=kept.inputs if few else (),
            calls=kept.calls if few else (),
            short=kept.short,
            refused=kept.refused,
            shows=(),
            verdict=None,
            **dict.fromkeys(("stage", "explain", "input_rows", "call_rows", "call_marks"), b"null"),
            printed=b"[]",
            extents=b"",
        )


class Store:
    """All runs and pictures held, at most `most` bytes: beyond it, the least recently used are
    dropped."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._held: dict[weakref.ref[Seen], int] = {}
        """Each run with its bytes, the most recently used last."""
        self._same: weakref.WeakValueDictionary[bytes, Seen] = weakref.WeakValueDictionary()

    def like(self, recorded: Recorded, look: Look, before: bytes) -> Seen | None:
        """The one made of the same answer for the same look, None if there is none."""
        found = self._same.get(digest(recorded, look, before))
        return None if found is None or found.gone else found

    def keep(self, seen: Seen, before: bytes) -> Seen:
        """Share it with pages that have the same answer and look."""
        self._same[digest(seen.recorded, seen.look, before)] = seen
        return seen

    def use(self, seen: Seen) -> None:
        """Note that a page is being drawn with it."""
        with self._lock:
            for ref in list(self._held):
                if ref() is None or ref() is seen:
                    del self._held[ref]
            size = seen.size()
            total = size + sum(self._held.values())
            for ref in list(self._held):
                if total <= self.most:
                    break
                total -= self._held.pop(ref)
                if (oldest := ref()) is not None:
                    oldest.give_up()
            self._held[weakref.ref(seen)] = size

    def bytes(self) -> int:
        """The number of bytes held now."""
        with self._lock:
            return sum(size for ref, size in self._held.items() if ref() is not None)


def digest(recorded: Recorded, look: Look, before: bytes) -> bytes:
    """The name of a picture by its content."""
    # The answer's own digest first: it may be long, and would be copied with the rest.
    body = hashlib.sha256(recorded.body or b"").digest()
    rest = msgspec.structs.replace(recorded, body=None if recorded.body is None else body)
    return hashlib.sha256(msgspec.msgpack.encode((rest, look, before))).digest()


@functools.cache
def store() -> Store:
    """The store that all sessions of the server share."""
    return Store(client.configure().session_megabytes * 2**20)
