"""Whose program runs next: visitors take turns, so that one's endless loops are not all's.

A program waits in a queue while too many run, of its visitor or altogether. Next is the visitor
who has used least of late; among programs of one visitor, the one that came first. A program that
runs on loses its priority for the processor as well (`zygote.py`).
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec

from viz_app.errors import VizError, failure
from viz_app.limits import Quota

HALF_LIFE_SECONDS = 60.0
"""What a visitor used counts half after this long: a class that waits a minute starts afresh."""
MINUTE = 60.0
LOOK_SECONDS = 0.5
"""How often who waits is told its place, and may give up."""


class _Ticket(msgspec.Struct, eq=False):
    visitor: str | None
    number: int


class Turns:
    """Hands out turns to threads. `clock` is monotonic, in seconds."""

    def __init__(self, quota: Quota, clock: Callable[[], float] = time.monotonic) -> None:
        self.quota = quota
        self.clock = clock
        self._changed = threading.Condition()
        self._tickets = 0
        self._waiting: list[_Ticket] = []
        self._running: Counter[str | None] = Counter()
        self._used: dict[str | None, tuple[float, float]] = {}
        self._starts: dict[str | None, deque[float]] = {}

    @contextmanager
    def take(
        self, visitor: str | None, on_place: Callable[[int], None] | None = None
    ) -> Iterator[None]:
        """A turn, for as long as the block lasts. None is the machine's own user: no rate.

        `on_place` is called with the place in the queue (from 1) while there is one, twice a
        second; what it raises gives the place up. VizError "limit_rate", "limit_rate_all" or
        "limit_queue".
        """
        with self._changed:
            self._count(visitor)
            if len(self._waiting) >= self.quota.waiting:
                raise VizError(failure("limit_queue", limit=self.quota.waiting))
            self._tickets += 1
            ticket = _Ticket(visitor, self._tickets)
            self._waiting.append(ticket)
        try:
            self._wait(ticket, on_place)
        except BaseException:
            with self._changed:
                if ticket in self._waiting:
                    self._waiting.remove(ticket)
                self._changed.notify_all()
            raise
        began = self.clock()
        try:
            yield
        finally:
            with self._changed:
                now = self.clock()
                self._used[visitor] = (self._of_late(visitor, now) + now - began, now)
                self._running[visitor] -= 1
                self._forget(now)
                self._changed.notify_all()

    def _wait(self, ticket: _Ticket, on_place: Callable[[int], None] | None) -> None:
        while True:
            with self._changed:
                order = self._order()
                if self._admit(ticket, order):
                    return
                place = order.index(ticket) + 1
            if on_place is not None:
                on_place(place)
            with self._changed:
                if self._admit(ticket, self._order()):
                    return
                self._changed.wait(LOOK_SECONDS)

    def _order(self) -> list[_Ticket]:
        """Who waits, in the order in which they would be let in if all were free."""
        now = self.clock()
        return sorted(self._waiting, key=lambda it: (self._of_late(it.visitor, now), it.number))

    def _admit(self, ticket: _Ticket, order: list[_Ticket]) -> bool:
        if self._running.total() >= self.quota.at_once:
            return False
        able = (
            it
            for it in order
            if it.visitor is None or self._running[it.visitor] < self.quota.at_once_each
        )
        if next(able, None) is not ticket:
            return False
        self._waiting.remove(ticket)
        self._running[ticket.visitor] += 1
        self._changed.notify_all()  # there may be room for the next as well
        return True

    def _of_late(self, visitor: str | None, now: float) -> float:
        """Seconds that a visitor's programs have run, the older ones counted less."""
        used, at = self._used.get(visitor, (0.0, now))
        return float(used * 0.5 ** ((now - at) / HALF_LIFE_SECONDS))

    def _count(self, visitor: str | None) -> None:
        """One more start within a minute, of the visitor and of all. VizError when too many."""
        if visitor is None:
            return
        now = self.clock()
        for whose, most, code in (
            (visitor, self.quota.a_minute_each, "limit_rate"),
            (None, self.quota.a_minute, "limit_rate_all"),
        ):
            starts = self._starts.setdefault(whose, deque())
            while starts and starts[0] <= now - MINUTE:
                starts.popleft()
            if len(starts) >= most:
                seconds = max(1, round(starts[0] + MINUTE - now))
                raise VizError(failure(code, limit=most, seconds=seconds))
        self._starts[visitor].append(now)
        self._starts[None].append(now)

    def _forget(self, now: float) -> None:
        """Drop visitors who left long ago."""
        for visitor in [it for it, count in self._running.items() if not count]:
            del self._running[visitor]
        for visitor, (_, at) in list(self._used.items()):
            if at < now - 10 * HALF_LIFE_SECONDS:
                del self._used[visitor]
        for visitor, starts in list(self._starts.items()):
            if not starts or starts[-1] <= now - MINUTE:
                del self._starts[visitor]
