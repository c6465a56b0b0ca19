"""A network between a client and a server on this machine, which can be slow, or gone."""

import asyncio
import contextlib
import threading
from types import TracebackType

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
        self._open: set[asyncio.StreamWriter] = set()
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
        for writer in tuple(self._open):
            writer.transport.abort()
        while self._open:
            await asyncio.sleep(0.01)

    async def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        there: asyncio.StreamWriter | None = None
        try:
            back, there = await asyncio.open_connection("127.0.0.1", self._to)
            self._open.add(there)
            await asyncio.gather(self._pass(reader, there), self._pass(back, writer))
        except OSError:
            pass  # one side is gone, and so is the other
        finally:
            for each in (writer, there):
                if each is not None:
                    each.transport.abort()
                    self._open.discard(each)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on in one direction until its end, each piece as late as it must be."""
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(maxsize=64)

        async def deliver() -> None:
            while True:
                due, piece = await pieces.get()
                await asyncio.sleep(due - self._loop.time())
                if not piece:
                    with contextlib.suppress(OSError):
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

        await asyncio.gather(deliver(), collect())
