"""The queue of programs: visitors take turns, so that one visitor's endless loops do not block all.

A program waits in a queue while too many run, in its session, its room, from its address or
altogether, or while about as many as there are processors have just begun: more at once would be
done no sooner, and all at the same time. The next one is from the address with the least recent
use, among its rooms from the one with the least, and so among its sessions; among the programs of
one session, the first to arrive. A program that runs longer loses its priority for the processor as
well (`process/zygote.py`).

A room counts as a group of its own, and so do those of an address who are in none: a class is
neither kept out by others of its school, nor can it keep them out. Rates and use of addresses and
rooms hold over all replicas where the host has given them a place for it (`Rates`).
"""

import bisect
import math
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import msgspec

from viz_app.errors import VizError, failure
from viz_app.limits import SHORT_SECONDS, Quota, Visitor

HALF_LIFE_SECONDS = 60.0
"""Time in which past use is weighted by half: after a minute's wait a class starts afresh."""
MINUTE = 60.0
LIGHT_SECONDS = 8.0
"""Recent use of a session below which it counts as none: among visitors who edit, the first to
arrive is the next. Otherwise one who had edited slightly more often would wait for all others every
time."""
LOOK_SECONDS = 0.5
"""Seconds between queue-position updates; a waiting caller can cancel at each one."""
FORGET_SECONDS = 1.0
"""Seconds between two looks for visitors who left long ago."""
REMEMBERED = 10 * HALF_LIFE_SECONDS
"""Time after which a visitor's use is forgotten."""

_Whose = tuple[str, str]
"""A group that is counted: ("address", "room" or "session", its name)."""


class Rates(Protocol):
    """Rates and use that several servers count together. Both may raise OSError: then this server
    counts alone."""

    def spend(self, shares: Sequence[tuple[str, int]], seconds: float) -> tuple[int, float] | None:
        """Count one more for each name, up to its maximum within `seconds`; otherwise none, and
        the index of the exhausted one and the seconds until it has room."""

    def use(self, name: str, seconds: float, half_life: float) -> float:
        """Add seconds to a name's use, half of which is forgotten after `half_life`; its sum."""


class _Ticket(msgspec.Struct, eq=False):
    """A waiting program; `admitted` is set when it may run."""

    whose: tuple[_Whose, ...]
    number: int
    admitted: threading.Event = msgspec.field(default_factory=threading.Event)


class FairQueue:
    """A queue that admits threads one after the other. `clock` is monotonic, in seconds.

    `young` is the number of programs within their first SHORT_SECONDS that run at once; without it,
    the quota alone decides.
    """

    def __init__(
        self,
        quota: Quota,
        clock: Callable[[], float] = time.monotonic,
        *,
        young: int | None = None,
    ) -> None:
        self.quota = quota
        self.clock = clock
        self._most_young = quota.at_once if young is None else young
        self._young: dict[_Ticket, float] = {}
        """The times at which programs began that may still be within their first SHORT_SECONDS."""
        self._lock = threading.Lock()
        self._tickets = 0
        self._running = 0
        self._waiting: list[_Ticket] = []
        """Waiting programs, in the order of their admission if there were room for all."""
        self._runs: Counter[_Whose] = Counter()
        self._waits: Counter[_Whose] = Counter()
        self._used: dict[_Whose, tuple[float, float]] = {}
        """The logarithm of the seconds used, as if all were used at the clock's zero, and the time
        of the last use. All use decays equally, so only new use changes the order."""
        self._starts: dict[_Whose | None, deque[float]] = {}
        self._forgotten = clock()
        self.rates: Rates | None = None
        """The rates of all servers together."""

    @contextmanager
    def take(
        self, visitor: Visitor | None, on_place: Callable[[int], None] | None = None
    ) -> Iterator[None]:
        """Hold a place for the duration of the block. None is the machine's own user: no rate
        limit.

        `on_place` is called with the place in the queue (from 1) while the program waits, at once
        and about twice a second; an exception from it gives the place up. VizError "limit_rate",
        "limit_rate_address", "limit_rate_all" or "limit_queue".
        """
        groups = () if visitor is None else _groups(visitor)
        alone = not self._spend(groups)
        used = self._used_elsewhere(groups)
        with self._lock:
            ticket = self._enter(visitor, groups, used, alone=alone)
            self._admit()
        try:
            look = SHORT_SECONDS
            while not ticket.admitted.is_set():
                if on_place is not None and (place := self._place(ticket)):
                    on_place(place)
                if not ticket.admitted.wait(look):
                    look = LOOK_SECONDS
                    with self._lock:
                        self._admit()
        except BaseException:
            with self._lock:
                if ticket in self._waiting:
                    self._leave(ticket)
                else:  # it was admitted while it gave up
                    self._end(ticket)
                self._admit()
            raise
        began = self.clock()
        try:
            yield
        finally:
            seconds = self.clock() - began
            with self._lock:
                self._use(ticket, seconds)
                self._end(ticket)
                self._admit()
            self._add_use(groups, seconds)

    def load(self) -> tuple[int, int]:
        """The numbers of programs that wait and that run."""
        with self._lock:
            return len(self._waiting), self._running

    def _spend(self, groups: tuple[_Whose, ...]) -> bool:
        """Count a start of these groups on all servers; False if only this one can count it.

        VizError if too many.
        """
        if self.rates is None or not groups:
            return False
        with self._lock:  # a session's flood must not use up the rate of its class
            self._check(self._rates(groups, alone=False))
        quota = self.quota
        shares = (
            (quota.a_minute_address, "limit_rate_address"),
            (quota.a_minute_room, "limit_rate_address"),
        )
        named = [(_named(it), most) for it, (most, _) in zip(groups, shares, strict=False)]
        try:
            full = self.rates.spend(named, MINUTE)
        except OSError:
            return False
        if full is not None:
            most, code = shares[full[0]]
            raise VizError(failure(code, limit=most, seconds=max(1, round(full[1]))))
        return True

    def _used_elsewhere(self, groups: tuple[_Whose, ...]) -> dict[_Whose, float]:
        """The use of these groups on all servers, in seconds."""
        if self.rates is None:
            return {}
        try:
            return {it: self.rates.use(_named(it), 0, HALF_LIFE_SECONDS) for it in groups[:2]}
        except OSError:
            return {}

    def _add_use(self, groups: tuple[_Whose, ...], seconds: float) -> None:
        """Add a program's time to the use of its groups on all servers."""
        if self.rates is None:
            return
        try:
            for it in groups[:2]:
                self.rates.use(_named(it), seconds, HALF_LIFE_SECONDS)
        except OSError:
            return

    def _enter(
        self,
        visitor: Visitor | None,
        whose: tuple[_Whose, ...],
        used: dict[_Whose, float],
        *,
        alone: bool,
    ) -> _Ticket:
        """Join the queue, `alone` if no other server has counted it.

        VizError if there is no place for this visitor.
        """
        quota = self.quota
        if visitor is not None:
            self._count(whose, alone=alone)
        now = self.clock()
        for it, seconds in used.items():
            if seconds > 0:
                self._used[it] = math.log2(seconds) + now / HALF_LIFE_SECONDS, now
        places = (quota.waiting_address, quota.waiting_room, quota.waiting_each)
        full = [most for it, most in zip(whose, places, strict=False) if self._waits[it] >= most]
        if len(self._waiting) >= quota.waiting:
            full.append(quota.waiting)
        if full:
            raise VizError(failure("limit_queue", limit=full[0]))
        self._tickets += 1
        ticket = _Ticket(whose, self._tickets)
        if used:  # what others of its groups have used has changed as well
            self._waiting.sort(key=self._order())
        bisect.insort(self._waiting, ticket, key=self._order())
        self._waits.update(whose)
        return ticket

    def _leave(self, ticket: _Ticket) -> None:
        self._waiting.remove(ticket)
        self._waits.subtract(ticket.whose)
        self._waits += Counter()  # drops those at zero

    def _order(self) -> Callable[[_Ticket], tuple[list[float], int]]:
        """The key by which waiting programs are sorted now."""
        light = math.log2(LIGHT_SECONDS) + self.clock() / HALF_LIFE_SECONDS

        def used(whose: _Whose) -> float:
            use = self._used.get(whose, (-math.inf, 0.0))[0]
            return -math.inf if whose[0] == "session" and use < light else use

        def key(ticket: _Ticket) -> tuple[list[float], int]:
            return list(map(used, ticket.whose)), ticket.number

        return key

    def _place(self, ticket: _Ticket) -> int:
        """The place in the queue, 0 for a ticket that has left it."""
        with self._lock:
            return self._waiting.index(ticket) + 1 if ticket in self._waiting else 0

    def _admit(self) -> None:
        """Admit all tickets for which there is room."""
        full: set[_Whose] = set()
        now = self.clock()
        self._young = {it: at for it, at in self._young.items() if now < at + SHORT_SECONDS}
        for ticket in tuple(self._waiting):
            if self._running >= self.quota.at_once or len(self._young) >= self._most_young:
                return
            if not full.isdisjoint(ticket.whose) or not self._room(ticket, full):
                continue
            self._leave(ticket)
            self._running += 1
            self._young[ticket] = now
            self._runs.update(ticket.whose)
            ticket.admitted.set()

    def _room(self, ticket: _Ticket, full: set[_Whose]) -> bool:
        """True if each of its groups may run one more; those that may not are added to `full`."""
        quota = self.quota
        limits = (quota.at_once_address, quota.at_once_room, quota.at_once_each)
        before = len(full)
        full.update(
            it for it, most in zip(ticket.whose, limits, strict=False) if self._runs[it] >= most
        )
        return len(full) == before

    def _end(self, ticket: _Ticket) -> None:
        self._running -= 1
        self._young.pop(ticket, None)
        self._runs.subtract(ticket.whose)
        self._runs += Counter()
        now = self.clock()
        if now >= self._forgotten + FORGET_SECONDS:
            self._forgotten = now
            self._forget(now)

    def _use(self, ticket: _Ticket, seconds: float) -> None:
        """Add a program's time to its visitor's earlier use."""
        now = self.clock()
        added = math.log2(seconds) + now / HALF_LIFE_SECONDS if seconds > 0 else -math.inf
        for it in ticket.whose:
            before, _ = self._used.get(it, (-math.inf, now))
            high, low = max(before, added), min(before, added)
            if high > -math.inf:
                high += math.log2(1 + 2 ** (low - high))
            self._used[it] = (high, now)
        self._waiting.sort(key=self._order())

    def _count(self, groups: tuple[_Whose, ...], *, alone: bool) -> None:
        """Count one more start within a minute, for the session and all, and `alone` for address
        and room.

        VizError if too many.
        """
        counted = self._rates(groups, alone=alone)
        self._check(counted)
        for whose, _, _ in counted:
            self._starts[whose].append(self.clock())

    def _rates(
        self, groups: tuple[_Whose, ...], *, alone: bool
    ) -> tuple[tuple[_Whose | None, int, str], ...]:
        """The groups whose starts are counted here, with their rates and codes of refusals."""
        quota = self.quota
        address, room, session = groups
        here = (
            (session, quota.a_minute_each, "limit_rate"),
            (None, quota.a_minute, "limit_rate_all"),
        )
        if not alone:
            return here
        return (
            *here,
            (room, quota.a_minute_room, "limit_rate_address"),
            (address, quota.a_minute_address, "limit_rate_address"),
        )

    def _check(self, counted: tuple[tuple[_Whose | None, int, str], ...]) -> None:
        """VizError if one of these groups has started too many within a minute."""
        now = self.clock()
        for whose, most, code in counted:
            starts = self._starts.setdefault(whose, deque())
            while starts and starts[0] <= now - MINUTE:
                starts.popleft()
            if len(starts) >= most:
                seconds = max(1, round(starts[0] + MINUTE - now))
                raise VizError(failure(code, limit=most, seconds=seconds))

    def _forget(self, now: float) -> None:
        """Drop visitors who left long ago."""
        for used in [it for it, (_, at) in self._used.items() if at < now - REMEMBERED]:
            del self._used[used]
        for whose in [
            it for it, when in self._starts.items() if not when or when[-1] <= now - MINUTE
        ]:
            del self._starts[whose]


def _groups(visitor: Visitor) -> tuple[_Whose, ...]:
    """The groups that a visitor belongs to, the largest first."""
    address = visitor.address or visitor.session
    room = f"{address} {visitor.room}"
    return ("address", address), ("room", room), ("session", visitor.session)


def _named(group: _Whose) -> str:
    return ":".join(group)
