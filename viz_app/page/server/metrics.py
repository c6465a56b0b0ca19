"""Counts for Prometheus at `/metrics`: runs by their end, seconds, queue, sessions, rooms, memory.

Numbers only, with labels from our own tables: nothing of a visitor's program, address or room. The
guard decides who may read them.
"""

import functools
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from viz_app.engine import client
from viz_app.page.server import rooms
from viz_app.workers import pool

SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
"""Upper limits of the buckets for a program's time; `Limits.wall_seconds` is among the last."""

REGISTRY = CollectorRegistry()
_runs = Counter("viz_runs", "Programs that were run, by their end.", ["end"], registry=REGISTRY)
_refused = Counter(
    "viz_refused", "Programs that were not run, by the reason.", ["reason"], registry=REGISTRY
)
_seconds = Histogram(
    "viz_run_seconds", "Seconds of a program's run.", buckets=SECONDS, registry=REGISTRY
)
_waits = Histogram(
    "viz_wait_seconds", "Seconds a program waited.", buckets=SECONDS, registry=REGISTRY
)


def note(end: client.End) -> None:
    """Count the end of a program."""
    _waits.observe(end.waited)
    if end.ran is None:
        _refused.labels(end.code).inc()
    else:
        _runs.labels(end.code).inc()
        _seconds.observe(end.ran)


def gauge(name: str, description: str, value: Callable[[], float], **labels: str) -> None:
    """Show a number, read on request. A second one of the same name replaces the first."""
    known = _gauges.get(name)
    if known is None:
        known = _gauges[name] = Gauge(name, description, list(labels), registry=REGISTRY)
    (known.labels(**labels) if labels else known).set_function(value)


_gauges: dict[str, Gauge] = {}


def _held(pids: Callable[[], Iterable[int]]) -> int:
    return resident(pids())


def resident(pids: Iterable[int]) -> int:
    """Bytes that processes have in memory, 0 where the system does not say."""
    total = 0
    for pid in pids:
        try:
            pages = Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]
        except (OSError, IndexError):  # it has just ended, or there is no /proc
            continue
        total += int(pages) * os.sysconf("SC_PAGE_SIZE")
    return total


def start() -> None:
    """Count the engine's and the workers' doings from now on."""
    client.observe(note)
    ProcessCollector(registry=REGISTRY)
    gauge("viz_queue", "Programs that wait in the queue.", lambda: client.load()[0])
    gauge("viz_running", "Programs that run.", lambda: client.load()[1])
    gauge("viz_rooms", "Open rooms.", lambda: rooms.ROOMS.load()[0])
    gauge("viz_followers", "Pages that follow a room.", lambda: rooms.ROOMS.load()[1])
    parts: tuple[tuple[str, Callable[[], Iterable[int]]], ...] = (
        ("page", lambda: [os.getpid()]),
        ("engine", client.pids),
        ("pictures", pool.pids),
    )
    for part, pids in parts:
        gauge(
            "viz_memory_bytes",
            "Resident memory of a part of the server; programs that run are not counted.",
            functools.partial(_held, pids),
            part=part,
        )


async def _answer(_: Request) -> Response:
    return Response(generate_latest(REGISTRY), media_type=CONTENT_TYPE_LATEST)


def routes() -> list[Route]:
    """The routes that the server must serve in addition to the page."""
    return [Route("/metrics", _answer)]
