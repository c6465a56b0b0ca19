"""The shared state of a single replica: in this process's memory."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence

import msgspec

from viz_app.replicas.shared import CLAIM_SECONDS, KEPT_BYTES, Record, Update

CLEAR_SECONDS = 60.0
"""Seconds between two searches for what has ended."""


class _Kept(msgspec.Struct):
    value: bytes
    entries: dict[str, bytes]
    ends: float


class Memory:
    """`Shared` in memory. `clock` is monotonic, in seconds."""

    up = True

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, kept_bytes: int = KEPT_BYTES
    ) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._records: dict[str, _Kept] = {}
        self._present: dict[str, int] = {}
        self._wakes: list[Callable[[set[str] | None], None]] = []
        self._events: dict[str, tuple[deque[float], float]] = {}
        """The times of a name's events, and the seconds for which they count."""
        self._used: dict[str, tuple[float, float, float]] = {}
        """A name's use, the time that it is of, and its half-life."""
        self._bodies: dict[str, bytes] = {}
        """The kept results, the most recently used last."""
        self._kept_bytes = kept_bytes
        self._claims: dict[str, float] = {}
        self._cleared = clock()

    def read(self, key: str) -> bytes | None:
        with self._lock:
            found = self._found(key)
            return None if found is None else found.value

    def look(self, key: str) -> Record:
        with self._lock:
            found = self._found(key)
            present = self._present.get(key, 0)
            if found is None:
                return Record(None, {}, present)
            return Record(found.value, dict(found.entries), present)

    def alive(self, keys: Sequence[str]) -> list[bool]:
        with self._lock:
            return [self._found(key) is not None for key in keys]

    def update(self, key: str, decide: Callable[[bytes | None], Update | None]) -> bool:
        with self._lock:
            self._clear()
            found = self._found(key)
            change = decide(None if found is None else found.value)
            if change is None:
                return False
            if change.value is not None:
                entries = {} if found is None else found.entries
                ends = self._clock() + change.life
                found = self._records[key] = _Kept(change.value, entries, ends)
            if found is not None:
                if change.fresh:
                    found.entries.clear()
                found.entries.update(change.entries)
        self._wake(key)
        return True

    def announce(self, key: str, number: int) -> None:
        with self._lock:
            if number:
                self._present[key] = number
            else:
                self._present.pop(key, None)
        self._wake(key)

    def listen(self, wake: Callable[[set[str] | None], None]) -> None:
        self._wakes.append(wake)

    def spend(self, shares: Sequence[tuple[str, int]], seconds: float) -> tuple[int, float] | None:
        with self._lock:
            self._clear()
            now = self._clock()
            for index, (name, most) in enumerate(shares):
                events = self._counted(name, seconds)
                if len(events) >= most:
                    return index, events[0] + seconds - now
            for name, _ in shares:
                self._events[name][0].append(now)
            return None

    def spent(self, name: str, seconds: float) -> int:
        with self._lock:
            return len(self._counted(name, seconds))

    def use(self, name: str, seconds: float, half_life: float) -> float:
        with self._lock:
            self._clear()
            now = self._clock()
            used, at, _ = self._used.get(name, (0.0, now, half_life))
            used = used * math.exp2((at - now) / half_life) + seconds
            if used:
                self._used[name] = used, now, half_life
            return used

    def kept(self, key: str) -> bytes | None:
        with self._lock:
            found = self._bodies.pop(key, None)
            if found is not None:
                self._bodies[key] = found
            return found

    def keep(self, key: str, body: bytes) -> None:
        with self._lock:
            self._bodies.pop(key, None)
            self._bodies[key] = body
            while sum(map(len, self._bodies.values())) > self._kept_bytes:
                del self._bodies[next(iter(self._bodies))]

    def claim(self, key: str) -> bool:
        with self._lock:
            now = self._clock()
            if self._claims.get(key, now) > now:
                return False
            self._claims[key] = now + CLAIM_SECONDS
            return True

    def release(self, key: str) -> None:
        with self._lock:
            self._claims.pop(key, None)

    def close(self) -> None:
        self._wakes.clear()

    def _found(self, key: str) -> _Kept | None:
        found = self._records.get(key)
        return None if found is None or found.ends <= self._clock() else found

    def _counted(self, name: str, seconds: float) -> deque[float]:
        events, _ = self._events.setdefault(name, (deque(), seconds))
        while events and events[0] <= self._clock() - seconds:
            events.popleft()
        return events

    def _wake(self, key: str) -> None:
        for wake in tuple(self._wakes):
            wake({key})

    def _clear(self) -> None:
        """Drop what has ended, from time to time."""
        now = self._clock()
        if now - self._cleared < CLEAR_SECONDS:
            return
        self._cleared = now
        for key in [it for it, record in self._records.items() if record.ends <= now]:
            del self._records[key]
        for name in [
            it for it, (when, s) in self._events.items() if not when or when[-1] <= now - s
        ]:
            del self._events[name]
        for name in [it for it, (_, at, half) in self._used.items() if at < now - 10 * half]:
            del self._used[name]
        for key in [it for it, ends in self._claims.items() if ends <= now]:
            del self._claims[key]
