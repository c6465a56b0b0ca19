"""A real Redis on a port of its own, which can be killed and started again."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from tests.browser.serve import free_port
from tests.patience import PATIENCE_SECONDS, until

COMMAND = shutil.which("redis-server")
needs_redis = pytest.mark.skipif(
    COMMAND is None, reason="redis-server is not installed (Debian's package redis-server)"
)


class RedisServer:
    """A server that keeps in `folder` what it has acknowledged, as `deploy/redis.conf` asks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        assert COMMAND is not None
        options = {
            "bind": "127.0.0.1", "port": f"{self.port}", "dir": f"{self.folder}", "save": "",
            "appendonly": "yes", "appendfsync": "always",
        }  # fmt: skip
        given = [part for name, value in options.items() for part in (f"--{name}", value)]
        with (self.folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen([COMMAND, *given], stdout=log, stderr=log)
        until(self._answers)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "redis.log").read_text()
        with redis.Redis(port=self.port) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:  # not yet, or still reading its file
                return False

    def kill(self) -> None:
        """Kill it, without a chance to save anything."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(PATIENCE_SECONDS)
            self._process = None


@contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    server = RedisServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()
