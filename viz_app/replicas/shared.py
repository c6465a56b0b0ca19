"""The interface to the state that replicas share, and what is built on it for both kinds.

A *record* is a value with entries next to it (a room, and its answers by page) and with a life; it
is changed as a whole or not at all. Each change wakes the listeners on every replica. Besides there
are rates, use that decays, and results kept by content. Times are those of the state itself, so
that replicas' clocks may differ.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import msgspec

BODY_BYTES = 4 * 2**20
"""Maximum size of a result that is kept for all; a larger one is made by each replica."""
KEPT_BYTES = 64 * 2**20
"""Maximum size of all of them together; beyond it, those used longest ago are dropped."""
CLAIM_SECONDS = 8.0
"""Seconds after which others no longer wait for the maker of a result, who may be gone: most runs
are shorter, and a second run of a longer one harms nobody."""
LOOK_SECONDS = 0.05
"""Seconds between two looks whether it is there."""


class AwayError(ConnectionError):
    """The shared state can't be reached now."""


class Update(msgspec.Struct, frozen=True):
    """A change of a record, which lives `life` seconds from then on.

    `value` is its new value, None to leave value and life as they are. `entries` are added or
    replaced, after all others are removed if it is `fresh`.
    """

    life: float
    value: bytes | None = None
    entries: Mapping[str, bytes] = {}
    fresh: bool = False


class Record(msgspec.Struct, frozen=True):
    """A record as it is now. `present` is the sum of what the replicas announced for it."""

    value: bytes | None
    entries: Mapping[str, bytes]
    present: int


class Shared(Protocol):
    """The state that replicas share. All methods may be called from any thread, and raise AwayError
    while the state can't be reached."""

    @property
    def up(self) -> bool:
        """True while the state can be reached, as far as known."""

    def read(self, key: str) -> bytes | None:
        """The value of a record, None without one."""

    def look(self, key: str) -> Record:
        """A record with its entries."""

    def alive(self, keys: Sequence[str]) -> list[bool]:
        """True for each key that has a record."""

    def update(self, key: str, decide: Callable[[bytes | None], Update | None]) -> bool:
        """Change a record by what `decide` makes of its value; False if that is None.

        `decide` is called again if another replica has changed the value meanwhile.
        """

    def announce(self, key: str, number: int) -> None:
        """Set this replica's part of a record's `present`, until the replica ends."""

    def listen(self, wake: Callable[[set[str] | None], None]) -> None:
        """Call `wake` with the keys of changed records; with None if any may have changed."""

    def spend(self, shares: Sequence[tuple[str, int]], seconds: float) -> tuple[int, float] | None:
        """Count one more event within `seconds` for each name, up to its maximum.

        Counts none, and returns the index of the exhausted share and the seconds until it has room,
        if there is one.
        """

    def spent(self, name: str, seconds: float) -> int:
        """The number of events of a name within `seconds`."""

    def use(self, name: str, seconds: float, half_life: float) -> float:
        """Add seconds to a name's use and return it; half is forgotten after `half_life`."""

    def kept(self, key: str) -> bytes | None:
        """A kept result, None if there is none."""

    def keep(self, key: str, body: bytes) -> None:
        """Keep a result for all."""

    def claim(self, key: str) -> bool:
        """Claim a key for CLAIM_SECONDS; False while another has it."""

    def release(self, key: str) -> None:
        """Give a claim back."""

    def close(self) -> None:
        """End all connections."""


def once(
    shared: Shared,
    key: str,
    make: Callable[[], bytes],
    pause: Callable[[], None] = lambda: time.sleep(LOOK_SECONDS),
) -> bytes:
    """The result for a key: made by one of all who ask for it, and kept for the others.

    `pause` is called while another one makes it; an exception of it, as of `make`, is the caller's.
    """
    try:
        while (found := shared.kept(key)) is None and not shared.claim(key):
            pause()
        found = found if found is not None else shared.kept(key)
    except AwayError:
        return make()
    if found:
        return found
    if found is not None:  # too large to be kept
        return make()
    try:
        body = make()
        _try(lambda: shared.keep(key, body if len(body) <= BODY_BYTES else b""))
    finally:
        _try(lambda: shared.release(key))
    return body


def _try(call: Callable[[], None]) -> None:
    try:
        call()
    except AwayError:
        return  # a claim ends by itself, and the result is there without it
