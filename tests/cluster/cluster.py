"""HAProxy, Redis and replicas on one machine, without containers, with the settings of `deploy/`.

    python -m tests.cluster.cluster [--replicas 3] [--port 8600]

starts them, prints the address, and ends them with Ctrl+C.
"""

import argparse
import http.client
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType

import pytest

from tests.browser.serve import free_port
from tests.patience import PATIENCE_SECONDS, until
from tests.replicas.redis_server import COMMAND as REDIS
from tests.replicas.redis_server import RedisServer
from viz_app.paths import PROJECT

HAPROXY = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
needs_servers = pytest.mark.skipif(
    not (REDIS and HAPROXY), reason="redis-server or haproxy is not installed (Debian's packages)"
)
TEMPLATE = re.compile(r"^ *server-template .*\n", re.MULTILINE)
DYNAMIC = re.compile(r" dynamic$|^ *dynamic-cookie-key .*$", re.MULTILINE)
OUTSIDE = re.compile(r"^ *(bind .*|http-request redirect .*)\n", re.MULTILINE)


def configuration(port: int, replicas: list[int]) -> str:
    """`deploy/haproxy.cfg` for replicas at these ports, without TLS on a port of the loopback, and
    with cookies that name the replicas: `app0`, `app1` and so on."""
    text = (PROJECT / "deploy" / "haproxy.cfg").read_text("utf-8")
    assert len(OUTSIDE.findall(text)) == 3
    assert len(TEMPLATE.findall(text)) == 1
    text = OUTSIDE.sub("", text).replace(
        "frontend web\n", f"frontend web\n    bind 127.0.0.1:{port}\n"
    )
    assert len(DYNAMIC.findall(text)) == 2
    text = DYNAMIC.sub("", text)
    servers = "".join(
        f"    server app{number} 127.0.0.1:{each} cookie app{number}\n"
        for number, each in enumerate(replicas)
    )
    return TEMPLATE.sub(servers, text)


class Replica:
    """One server of the app."""

    def __init__(self, folder: Path, number: int, environment: dict[str, str]) -> None:
        self.port = free_port()
        self._log = folder / f"replica{number}.log"
        self._environment = environment
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, apart: float = 0.0) -> None:
        """Start it, with its clock `apart` seconds ahead."""
        module = ["tests.cluster.apart", f"{apart}"] if apart else ["streamlit"]
        command = [sys.executable, "-m", *module, "run", "viz_app/app.py"]
        options = ["--server.port", f"{self.port}", "--server.address", "127.0.0.1"]
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *options],
                cwd=PROJECT,
                stdout=log,
                stderr=log,
                env={**os.environ, **self._environment},
            )

    def ready(self) -> bool:
        """True if it takes visitors."""
        assert self.process is not None
        return status(self.port, "/readyz") == 200

    def wait(self) -> None:
        until(self._there)

    def _there(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self._log.read_text("utf-8", "replace")
        return self.ready()

    def end(self, how: signal.Signals) -> None:
        """Send a signal and wait for the end."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(PATIENCE_SECONDS)
            self.process = None

    def memory(self) -> int:
        """Bytes that the page's process has in memory."""
        assert self.process is not None
        pages = Path(f"/proc/{self.process.pid}/statm").read_text("ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


class Cluster:
    """Replicas behind the proxy at `address`, with Redis; without it if one is `alone`."""

    def __init__(
        self,
        folder: Path,
        replicas: int,
        port: int = 0,
        drain_seconds: int = 6,
        *,
        alone: bool = False,
    ) -> None:
        self.folder = folder
        self.port = port or free_port()
        self.address = f"http://localhost:{self.port}"
        self.redis = RedisServer(folder)
        self.alone = alone
        settings = {
            "VIZ_APP_TRUSTED_PROXIES": "127.0.0.1",
            "VIZ_APP_DRAIN_SECONDS": f"{drain_seconds}",
            "STREAMLIT_SERVER_COOKIE_SECRET": "one for all replicas",
            # A school's share is that of all: everybody here has one address.
            **{f"VIZ_APP_{name}_ADDRESS": "6000" for name in ("A_MINUTE", "WAITING", "SESSIONS")},
            **{f"VIZ_APP_{name}": "6000" for name in ("A_MINUTE_ROOM", "SESSIONS")},
            "VIZ_APP_REDIS_URL": "" if self.alone else self.redis.url,
        }
        self.replicas = [Replica(folder, number, settings) for number in range(replicas)]
        self._proxy: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Cluster":
        with ExitStack() as stack:
            stack.callback(self.__exit__, None, None, None)
            if not self.alone:
                self.redis.start()
            for replica in self.replicas:
                replica.start()
            for replica in self.replicas:
                replica.wait()
            self.start_proxy()
            stack.pop_all()
        return self

    def __exit__(
        self,
        _: type[BaseException] | None,
        __: BaseException | None,
        ___: TracebackType | None,
    ) -> None:
        self.stop_proxy()
        for replica in self.replicas:
            replica.end(signal.SIGKILL)
        self.redis.kill()

    def start_proxy(self, ways: dict[int, int] | None = None) -> None:
        """Start the proxy, which reaches some replicas, by number, by way of other ports."""
        assert HAPROXY is not None
        file = self.folder / "haproxy.cfg"
        ports = {number: it.port for number, it in enumerate(self.replicas)} | (ways or {})
        file.write_text(configuration(self.port, list(ports.values())))
        with (self.folder / "haproxy.log").open("ab") as log:
            self._proxy = subprocess.Popen(
                [HAPROXY, "-db", "-f", str(file)],
                stdout=log,
                stderr=log,
            )
        until(self._proxied)

    def _proxied(self) -> bool:
        assert self._proxy is not None
        assert self._proxy.poll() is None, (self.folder / "haproxy.log").read_text("utf-8")
        return status(self.port, "/_stcore/health") == 200

    def stop_proxy(self) -> None:
        if self._proxy is not None:
            self._proxy.kill()
            self._proxy.wait(PATIENCE_SECONDS)
            self._proxy = None


def status(port: int, path: str, cookie: str = "") -> int:
    """The status of an answer, 0 while nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


@contextmanager
def cluster(replicas: int = 3, *, alone: bool = False, **given: int) -> Iterator[Cluster]:
    """A running cluster in a folder of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="viz-cluster-") as folder,
        Cluster(Path(folder), replicas, alone=alone, **given) as made,
    ):
        yield made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicas", type=int, default=3)
    parser.add_argument("--port", type=int, default=8600)
    given = parser.parse_args()
    alone = given.replicas == 1
    with cluster(given.replicas, alone=alone, port=given.port) as made, suppress(KeyboardInterrupt):
        print(f"{made.address}, with {given.replicas} replicas; Ctrl+C ends them", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
