"""Both kinds of shared state for the same tests, each with replicas and with time that passes on
command."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from tests.replicas.redis_server import needs_redis, redis_server
from viz_app.replicas import by_redis
from viz_app.replicas.by_redis import ByRedis
from viz_app.replicas.memory import Memory
from viz_app.replicas.shared import KEPT_BYTES, Shared

KINDS = ("memory", pytest.param("redis", marks=needs_redis))


class Kind:
    """A shared state: `replica()` is its view from one more replica, `pass_time` ages it."""

    def __init__(
        self, replica: Callable[[], Shared], pass_time: Callable[[float], None], *, several: bool
    ) -> None:
        self.replica = replica
        self.pass_time = pass_time
        self.several = several


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def kind(name: str, folder: Path, kept_bytes: int = KEPT_BYTES) -> Iterator[Kind]:
    """The kind of that name, empty."""
    if name == "memory":
        clock = Clock()
        memory = Memory(clock, kept_bytes)

        def wait(seconds: float) -> None:
            clock.now += seconds

        yield Kind(lambda: memory, wait, several=False)
        memory.close()
        return
    made: list[ByRedis] = []
    with redis_server(folder) as server:

        def replica() -> ByRedis:
            made.append(ByRedis(server.url, kept_bytes))
            return made[-1]

        yield Kind(replica, lambda seconds: _age(server.url, seconds), several=True)
        for it in made:
            it.close()


def _age(url: str, seconds: float) -> None:
    """Let all that Redis holds be older: lives shorter, events and use further away."""
    with redis.Redis.from_url(url) as client:
        for key in client.scan_iter(f"{by_redis.PREFIX}*"):
            assert isinstance(key, bytes)
            kind = client.type(key)
            name = key.decode().removeprefix(by_redis.PREFIX)
            if kind == b"zset" and name.startswith("rate:"):
                for member in client.zrange(key, 0, -1):
                    client.zincrby(key, -seconds * 1e6, member)
            if kind == b"hash" and name.startswith("use:"):
                client.hincrby(key, "at", -round(seconds * 1e6))
            rest = client.pttl(key)
            assert isinstance(rest, int)
            if rest > 0 and not name.startswith(("rate:", "use:")):
                # At once: a life of no milliseconds is an end.
                client.pexpire(key, max(0, rest - round(seconds * 1_000)))
