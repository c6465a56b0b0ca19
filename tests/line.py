"""A network between a client and a server on this machine, which can be slow, or gone."""

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any

from tests.patience import PATIENCE_SECONDS

BYTES = 2**16


class Line:
    """Passes on what comes to `port` of the loopback to the port `to`, and back.

    Each piece takes `seconds` in each direction, as on a long way: more of them may be under way.
    """

    def __init__(self, to: int, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self.port = 0
        self._to = to
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="line", daemon=True)

    def __enter__(self) -> "Line":
        self._thread.start()
        self.mend()
        return self

    def __exit__(
        self,
        _: type[BaseException] | None,
        __: BaseException | None,
        ___: TracebackType | None,
    ) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_SECONDS)
        self._loop.close()

    def cut(self) -> None:
        """Break all connections, and refuse new ones."""
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result(PATIENCE_SECONDS)

    def mend(self) -> None:
        """Take connections, at the same port as before."""
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(PATIENCE_SECONDS)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._taken, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in self._open:
            connection.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        here = asyncio.current_task()
        assert here is not None
        self._open.add(here)
        ends = [writer]
        passing: list[asyncio.Task[None]] = []
        try:
            back, there = await asyncio.open_connection("127.0.0.1", self._to)
            ends.append(there)
            passing = [
                asyncio.create_task(work)
                for work in (*self._pass(reader, there), *self._pass(back, writer))
            ]
            await asyncio.wait(passing, return_when=asyncio.FIRST_EXCEPTION)
        except (OSError, asyncio.CancelledError):
            pass  # one side is gone or all are cut, and so is the other side
        finally:
            for work in passing:
                work.cancel()
            for end in ends:
                end.transport.abort()
            await asyncio.gather(*passing, return_exceptions=True)
            self._open.discard(here)

    def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[Coroutine[Any, Any, None], Coroutine[Any, Any, None]]:
        """The two halves of one direction, until its end: each piece is as late as it must be."""
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=64)

        async def deliver() -> None:
            while True:
                due, piece = await pieces.get()
                await asyncio.sleep(due - self._loop.time())
                if not piece:
                    writer.write_eof()
                    return
                writer.write(piece)
                await writer.drain()

        async def collect() -> None:
            while True:
                piece = await reader.read(BYTES)
                await pieces.put((self._loop.time() + self.seconds, piece))
                if not piece:
                    return

        return deliver(), collect()
