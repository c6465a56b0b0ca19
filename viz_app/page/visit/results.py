"""Runs and pictures by their content, shared by all pages on all replicas.

A class that opens one link costs one run. Only texts that came by a link or a room are looked for
and kept here: nobody can find out by the time that it takes if another visitor has written the same
text. A record that is found is validated like one that has just arrived, and a picture that is not
one is made again.
"""

import functools
import hashlib
import time
from collections.abc import Callable
from importlib.metadata import version
from typing import TypeVar

import msgspec

from viz_app.engine.client import Recorded
from viz_app.limits import Limits
from viz_app.paths import ASSETS
from viz_app.replicas import current
from viz_app.replicas.shared import LOOK_SECONDS, once
from viz_app.workers.jobs import Picture

T = TypeVar("T")


def recorded(
    source: str,
    limits: Limits,
    chosen_pass: int | None,
    run: Callable[[], Recorded],
    *,
    pause: Callable[[], object],
) -> Recorded:
    """The record of a text: one run for all who open it.

    `pause` is called while another page's run of it is awaited.
    """
    name = msgspec.msgpack.encode((source, limits, chosen_pass, edition()))
    return _shared(f"run:{hashlib.sha256(name).hexdigest()}", run, Recorded, pause)


def picture(digest: bytes, draw: Callable[[], Picture], *, pause: Callable[[], object]) -> Picture:
    """The picture of a run in a look, by their digest."""
    name = digest + edition().encode()
    return _shared(f"picture:{hashlib.sha256(name).hexdigest()}", draw, Picture, pause)


@functools.cache
def edition() -> str:
    """A digest of the app's code, lessons and texts: two editions share no results."""
    whole = hashlib.sha256(version("torch").encode())
    for folder, pattern in ((ASSETS.parent / "viz_app", "*.py"), (ASSETS, "*.toml")):
        for path in sorted(folder.rglob(pattern)):
            whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def _shared(key: str, make: Callable[[], T], kind: type[T], pause: Callable[[], object]) -> T:
    made: list[T] = []

    def body() -> bytes:
        made.append(make())
        return msgspec.msgpack.encode(made[0])

    def wait() -> None:
        pause()
        time.sleep(LOOK_SECONDS)

    found = once(current.shared(), key, body, wait)
    if made:
        return made[0]
    try:
        return msgspec.msgpack.decode(found, type=kind)
    except msgspec.DecodeError:  # not of our own
        return make()
