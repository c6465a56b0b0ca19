"""A page that follows a room as a browser does: by its events, opened again when they break."""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from tests.patience import PATIENCE_SECONDS

AGAIN_SECONDS = 0.3
"""Seconds until a broken connection is opened again; browsers take longer."""


async def until(look: Callable[[], bool]) -> None:
    """Wait for a state, in the event loop. TimeoutError if it never comes."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not look():
            await asyncio.sleep(0.01)


class Pupil:
    """A page in a room. `cookie` names its replica, if any; the proxy decides otherwise."""

    def __init__(self, address: str, code: str, *, cookie: str = "", role: str = "follow") -> None:
        parts = urlsplit(address)
        self.host, self.port = parts.hostname or "", parts.port or 80
        self.code, self.cookie, self.role = code, cookie, role
        self.page = ""
        self.state: dict[str, Any] = {}
        self.arrived: dict[int, float] = {}
        """The time at which each step arrived."""
        self.bytes = 0
        self.beats = 0
        """Number of comments that only kept the silent connection."""
        self.connections = 0
        self.connected = False

    def _head(self, path: str, *more: str) -> bytes:
        lines = [
            f"GET /room/{self.code}/{path} HTTP/1.1",
            f"Host: {self.host}:{self.port}",
            *([f"Cookie: {self.cookie}"] if self.cookie else []),
            *([f"Last-Event-ID: {self.page}"] if self.page else []),
            *more,
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    async def follow(self) -> None:
        """Hold the room's events until cancelled."""
        while True:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._listen()
            self.connected = False
            await asyncio.sleep(AGAIN_SECONDS)

    async def _listen(self) -> None:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            writer.write(self._head(f"events?role={self.role}"))
            await writer.drain()
            while line := await reader.readline():
                if line.startswith(b"data: "):
                    self._take(json.loads(line[6:]), len(line))
                self.beats += line == b":\n"
        finally:
            await _closed(writer)

    def _take(self, sent: dict[str, Any], size: int) -> None:
        if not self.connected:
            self.connected = True
            self.connections += 1
        self.page = sent["page"] or self.page
        self.state = {**sent, "query": sent["query"] or self.state.get("query", "")}
        if sent["step"] is not None:
            self.arrived.setdefault(sent["step"], time.perf_counter())
            self.bytes = size

    async def ask(self, what: str, secret: str = "", **given: object) -> int:
        """Send a request to the room, a page's or its teacher's; the status, 0 if it broke."""
        who = f"Viz-Secret: {secret}" if secret else f"Viz-Page: {self.page}"
        try:
            reader, writer = await asyncio.open_connection(self.host, self.port)
        except OSError:
            return 0
        try:
            writer.write(self._head(f"{what}?{urlencode(given)}", who, "Connection: close"))
            await writer.drain()
            first = (await reader.readline()).split()
            return int(first[1]) if len(first) > 1 else 0
        except OSError:
            return 0
        finally:
            await _closed(writer)

    async def insist(self, what: str, secret: str = "", **given: object) -> None:
        """Repeat a request until it is acknowledged, as a person presses a button again."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await self.ask(what, secret, **given) != 204:
                await asyncio.sleep(AGAIN_SECONDS)


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
