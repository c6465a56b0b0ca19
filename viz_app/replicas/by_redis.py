"""The shared state of several replicas, in Redis.

Acknowledged changes are as durable as Redis is configured to be: with an append-only file that is
synced always, it outlives a killed server. While Redis is away each call fails at once (AwayError).
The listener connects again by itself and then wakes everybody, since messages were lost meanwhile.
Redis's clock is the only one. Values are bytes of msgspec's; nothing is ever unpickled.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any, cast

import redis
from redis.backoff import NoBackoff
from redis.client import PubSub
from redis.retry import Retry

from viz_app.replicas.shared import CLAIM_SECONDS, KEPT_BYTES, AwayError, Record, Update

PREFIX = "viz:"
CHANGED = PREFIX + "changed"
"""The channel on which the keys of changed records are sent."""
REPLICAS = PREFIX + "replicas"
"""The replicas by the time of their last sign of life."""

TIMEOUT_SECONDS = 2.0
"""Maximum time of one call: Redis is next door."""
AGAIN_SECONDS = 0.5
"""Seconds after a failure in which calls fail without being tried."""
BEAT_SECONDS = 5.0
"""Seconds between two signs of life."""
LOST_SECONDS = 15.0
"""Seconds without one after which a replica's announcements do not count."""
PRESENT_SECONDS = 24 * 3_600
TRIES = 200
"""Maximum number of attempts to change a record that others change at the same time."""

_log = logging.getLogger(__name__)

_NOW = "local t = redis.call('TIME') local now = t[1] * 1000000 + t[2] "

SPEND = (
    _NOW
    + """
local window = ARGV[1] * 1000000
for i, name in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', name, '-inf', string.format('%.0f', now - window))
  if redis.call('ZCARD', name) >= tonumber(ARGV[i + 2]) then
    local first = redis.call('ZRANGE', name, 0, 0, 'WITHSCORES')
    return {i - 1, string.format('%.0f', first[2] + window - now)}
  end
end
for _, name in ipairs(KEYS) do
  redis.call('ZADD', name, string.format('%.0f', now), ARGV[2])
  redis.call('PEXPIRE', name, string.format('%.0f', window / 1000))
end
return false
"""
)

SPENT = (
    _NOW
    + """
return redis.call('ZCOUNT', KEYS[1], string.format('(%.0f', now - ARGV[1] * 1000000), '+inf')
"""
)

USE = (
    _NOW
    + """
local half = tonumber(ARGV[2])
local used = tonumber(redis.call('HGET', KEYS[1], 'used') or '0')
local at = tonumber(redis.call('HGET', KEYS[1], 'at') or now)
used = used * 0.5 ^ ((now - at) / 1000000 / half) + tonumber(ARGV[1])
if used > 0 then
  redis.call('HSET', KEYS[1], 'used', string.format('%.17g', used))
  redis.call('HSET', KEYS[1], 'at', string.format('%.0f', now))
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', half * 10000))
end
return string.format('%.17g', used)
"""
)

KEPT = (
    _NOW
    + """
local body = redis.call('HGET', KEYS[1], ARGV[1])
if body then redis.call('ZADD', KEYS[2], string.format('%.0f', now), ARGV[1]) end
return body
"""
)

KEEP = (
    _NOW
    + """
local bodies, used, total = KEYS[1], KEYS[2], KEYS[3]
local function drop(key)
  redis.call('DECRBY', total, redis.call('HSTRLEN', bodies, key))
  redis.call('HDEL', bodies, key)
  redis.call('ZREM', used, key)
end
drop(ARGV[1])
redis.call('HSET', bodies, ARGV[1], ARGV[2])
redis.call('ZADD', used, string.format('%.0f', now), ARGV[1])
local size = redis.call('INCRBY', total, #ARGV[2])
while size > tonumber(ARGV[3]) do
  drop(redis.call('ZRANGE', used, 0, 0)[1])
  size = tonumber(redis.call('GET', total))
end
return false
"""
)

_KEPT_KEYS = (PREFIX + "kept", PREFIX + "kept:used", PREFIX + "kept:bytes")


class ByRedis:
    """`Shared` in the Redis at `url`. Does not connect before the first call."""

    def __init__(self, url: str, kept_bytes: int = KEPT_BYTES) -> None:
        self._redis = redis.Redis.from_url(
            url,
            socket_timeout=TIMEOUT_SECONDS,
            socket_connect_timeout=TIMEOUT_SECONDS,
            # A connection that Redis has closed meanwhile is reopened once.
            retry=Retry(NoBackoff(), 1),
        )
        self._name = uuid.uuid4().hex
        self._numbers = count()
        self._kept_bytes = kept_bytes
        self._scripts = {
            text: self._redis.register_script(text) for text in (SPEND, SPENT, USE, KEPT, KEEP)
        }
        self._again = 0.0
        self._announced: dict[str, int] = {}
        self._wakes: list[Callable[[set[str] | None], None]] = []
        self._closed = threading.Event()
        self._listener: threading.Thread | None = None
        self.up = False
        """True while the listener is connected."""

    def read(self, key: str) -> bytes | None:
        with self._reached():
            return _bytes(self._redis.get(PREFIX + key))

    def look(self, key: str) -> Record:
        with self._reached(), self._redis.pipeline() as pipe:
            pipe.get(PREFIX + key)
            pipe.hgetall(_entries(key))
            pipe.hgetall(_present(key))
            pipe.zrange(REPLICAS, 0, -1, withscores=True)
            pipe.time()
            value, entries, present, replicas, (seconds, _) = pipe.execute()
        living = {name for name, at in replicas if at > seconds - LOST_SECONDS}
        return Record(
            _bytes(value),
            {name.decode(): body for name, body in entries.items()} if value else {},
            sum(int(number) for name, number in present.items() if name in living),
        )

    def alive(self, keys: Sequence[str]) -> list[bool]:
        with self._reached(), self._redis.pipeline(transaction=False) as pipe:
            for key in keys:
                pipe.exists(PREFIX + key)
            return [bool(it) for it in pipe.execute()]

    def update(self, key: str, decide: Callable[[bytes | None], Update | None]) -> bool:
        with self._reached(), self._redis.pipeline() as pipe:
            for _ in range(TRIES):
                try:
                    pipe.watch(PREFIX + key)  # type: ignore[no-untyped-call]
                    change = decide(_bytes(pipe.get(PREFIX + key)))
                    if change is None:
                        return False
                    self._put(pipe, key, change)
                    pipe.execute()
                except redis.WatchError:
                    continue
                return True
        raise AwayError("others change it all the time")

    def _put(self, pipe: Any, key: str, change: Update) -> None:
        life = round(change.life * 1_000)
        pipe.multi()
        if change.value is not None:
            pipe.set(PREFIX + key, change.value, px=life)
        if change.fresh:
            pipe.delete(_entries(key))
        if change.entries:
            pipe.hset(_entries(key), mapping=dict(change.entries))
        pipe.pexpire(_entries(key), life)
        pipe.publish(CHANGED, key)

    def announce(self, key: str, number: int) -> None:
        self._announced[key] = number
        if not number:
            self._announced.pop(key, None)
        with self._reached(), self._redis.pipeline() as pipe:
            self._announce(pipe, key, number)
            pipe.publish(CHANGED, key)
            pipe.execute()

    def _announce(self, pipe: Any, key: str, number: int) -> None:
        if number:
            pipe.hset(_present(key), self._name, number)
            pipe.expire(_present(key), PRESENT_SECONDS)
        else:
            pipe.hdel(_present(key), self._name)

    def listen(self, wake: Callable[[set[str] | None], None]) -> None:
        self._wakes.append(wake)
        if self._listener is None:
            self._listener = threading.Thread(target=self._listen, name="redis", daemon=True)
            self._listener.start()

    def spend(self, shares: Sequence[tuple[str, int]], seconds: float) -> tuple[int, float] | None:
        keys = [f"{PREFIX}rate:{name}" for name, _ in shares]
        event = f"{self._name}:{next(self._numbers)}"
        found = self._run(SPEND, keys, [seconds, event, *(most for _, most in shares)])
        return None if found is None else (int(found[0]), int(found[1]) / 1e6)

    def spent(self, name: str, seconds: float) -> int:
        return int(self._run(SPENT, [f"{PREFIX}rate:{name}"], [seconds]))

    def use(self, name: str, seconds: float, half_life: float) -> float:
        return float(self._run(USE, [f"{PREFIX}use:{name}"], [seconds, half_life]))

    def kept(self, key: str) -> bytes | None:
        return _bytes(self._run(KEPT, _KEPT_KEYS[:2], [key]))

    def keep(self, key: str, body: bytes) -> None:
        self._run(KEEP, _KEPT_KEYS, [key, body, self._kept_bytes])

    def claim(self, key: str) -> bool:
        life = round(CLAIM_SECONDS * 1_000)
        with self._reached():
            return bool(self._redis.set(f"{PREFIX}claim:{key}", self._name, nx=True, px=life))

    def release(self, key: str) -> None:
        with self._reached():
            self._redis.delete(f"{PREFIX}claim:{key}")

    def close(self) -> None:
        self._closed.set()
        if self._listener is not None:
            self._listener.join()
        self._redis.close()

    def _run(self, script: str, keys: Sequence[str], given: Sequence[Any]) -> Any:
        with self._reached():
            return self._scripts[script](keys=keys, args=given)

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Raise AwayError for a call that did not reach Redis, or was not tried."""
        if time.monotonic() < self._again:
            raise AwayError("Redis is away")
        try:
            yield
        except redis.RedisError as problem:
            self._again = time.monotonic() + AGAIN_SECONDS
            raise AwayError("Redis is away") from problem

    # ------------------------------------------------------------------ the listener's thread

    def _listen(self) -> None:
        beat = 0.0
        while not self._closed.is_set():
            try:
                with self._channel() as channel:
                    channel.subscribe(CHANGED)
                    self._live()
                    self.up, self._again = True, 0.0
                    beat = time.monotonic()
                    self._wake(None)
                    while not self._closed.is_set():
                        keys = _changed(channel)
                        if keys:
                            self._wake(keys)
                        if time.monotonic() >= beat + BEAT_SECONDS:
                            beat = time.monotonic()
                            self._live()
                            self._wake(None)  # another replica may have ended without a word
            except (redis.RedisError, OSError):
                if self.up:
                    _log.warning("Redis is away; rooms wait for it")
                self.up = False
                self._closed.wait(AGAIN_SECONDS)
        self._leave()

    def _channel(self) -> PubSub:
        make: Any = self._redis.pubsub
        return cast(PubSub, make(ignore_subscribe_messages=True))

    def _live(self) -> None:
        """Give a sign of life, and announce everything again."""
        seconds, _ = self._redis.time()
        with self._redis.pipeline() as pipe:
            pipe.zadd(REPLICAS, {self._name: seconds})
            pipe.zremrangebyscore(REPLICAS, "-inf", seconds - PRESENT_SECONDS)
            for key, number in tuple(self._announced.items()):
                self._announce(pipe, key, number)
            pipe.execute()

    def _leave(self) -> None:
        try:
            self._redis.zrem(REPLICAS, self._name)
        except redis.RedisError:
            return  # its last sign of life will be too old

    def _wake(self, keys: set[str] | None) -> None:
        for wake in tuple(self._wakes):
            try:
                wake(keys)
            except Exception:  # noqa: BLE001  a fault of one room ends no news of others
                _log.exception("a listener failed")


def _changed(channel: PubSub) -> set[str]:
    """The keys of all messages that have arrived; waits a moment for the first."""
    keys: set[str] = set()
    seconds = 1.0
    while (message := channel.get_message(timeout=seconds)) is not None:
        if message["type"] == "message":
            keys.add(message["data"].decode())
        seconds = 0.0
    return keys


def _bytes(found: Any) -> bytes | None:
    return None if found is None else bytes(found)


def _entries(key: str) -> str:
    return f"{PREFIX}{key}:entries"


def _present(key: str) -> str:
    return f"{PREFIX}{key}:present"
