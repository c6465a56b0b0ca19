"""The state of this server for the system that starts, watches and ends it: `/healthz` and
`/readyz`.

`/healthz` is answered while the event loop runs. `/readyz` is 200 once the engine is warm, and 503
before that and from the moment the server was asked to end: a proxy then sends visitors elsewhere,
while pages that are open go on for VIZ_APP_DRAIN_SECONDS before their connections are closed.
Browsers open them again by themselves, on a server that is ready.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

DRAIN = "VIZ_APP_DRAIN_SECONDS"
LONGEST_SECONDS = 3_600
LOOK_SECONDS = 0.1
"""Seconds between two looks whether the end may not wait any longer."""

PATHS = ("/healthz", "/readyz")
"""Answered to everybody: they say nothing but yes or no."""


def drain_seconds(environment: Mapping[str, str]) -> int:
    """Seconds between the request to end and the end. ValueError unless a whole number."""
    given = environment.get(DRAIN, "0")
    if not given.isascii() or not given.isdigit() or int(given) > LONGEST_SECONDS:
        raise ValueError(f"{DRAIN} is a whole number of seconds, {LONGEST_SECONDS} at most")
    return int(given)


class State:
    """The stage of the server's life: "starting", "ready" or "draining"."""

    def __init__(self) -> None:
        self.name = "starting"

    def warm(self) -> None:
        """The engine can run programs."""
        if self.name == "starting":
            self.name = "ready"

    async def drain(
        self,
        seconds: float,
        hurried: Callable[[], bool],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Refuse new visitors, and return after `seconds` or once `hurried()` is true."""
        self.name = "draining"
        rest = seconds
        while rest > 0 and not hurried():
            await sleep(min(LOOK_SECONDS, rest))
            rest -= LOOK_SECONDS


STATE = State()
"""The state of this server."""


async def drain(hurried: Callable[[], bool]) -> None:
    """Refuse new visitors for the time that the host has set."""
    await STATE.drain(drain_seconds(os.environ), hurried)


async def _alive(_: Request) -> Response:
    return PlainTextResponse("ok\n")


async def _ready(_: Request) -> Response:
    return PlainTextResponse(f"{STATE.name}\n", 200 if STATE.name == "ready" else 503)


def routes() -> list[Route]:
    """The routes that the server must serve in addition to the page."""
    return [Route(path, it) for path, it in zip(PATHS, (_alive, _ready), strict=True)]
