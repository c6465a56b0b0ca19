"""The server's answers to probes, and its end: not ready first, then no connections."""

import asyncio
import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.serve import free_port
from tests.patience import PATIENCE_SECONDS, until
from viz_app.page.server import health
from viz_app.page.server.health import State
from viz_app.paths import PROJECT


def _drained(seconds: float, *, hurried_after: int | None = None) -> tuple[list[str], float]:
    """The states seen while it waited, and the seconds it waited."""
    state, seen, slept = State(), [], 0.0
    state.warm()

    async def sleep(seconds: float) -> None:
        nonlocal slept
        slept += seconds
        seen.append(state.name)

    asyncio.run(state.drain(seconds, lambda: len(seen) == hurried_after, sleep))
    return seen, slept


def test_server_is_not_ready_while_it_drains() -> None:
    seen, slept = _drained(3)
    assert set(seen) == {"draining"}
    assert slept == pytest.approx(3)
    assert _drained(0) == ([], 0)
    assert _drained(3_600, hurried_after=2)[1] == pytest.approx(2 * health.LOOK_SECONDS)


def test_engine_that_warms_up_late_does_not_end_draining() -> None:
    state = State()
    asyncio.run(state.drain(0, lambda: False))
    state.warm()
    assert state.name == "draining"


@pytest.mark.parametrize("given", ["", "-1", "soon", "9999", "٣"])
def test_invalid_drain_time_is_reported(given: str) -> None:
    assert health.drain_seconds({}) == 0
    assert health.drain_seconds({health.DRAIN: "25"}) == 25
    with pytest.raises(ValueError, match="VIZ_APP_DRAIN_SECONDS is a whole number"):
        health.drain_seconds({health.DRAIN: given})


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A server that has just been started, and takes its time to end."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "viz_app/app.py"]
    with (tmp_path / "log").open("wb") as out:
        process = subprocess.Popen(
            [*command, "--server.port", str(port)],
            cwd=PROJECT,
            stdout=out,
            stderr=out,
            env={**os.environ, health.DRAIN: "3600"},
        )
    yield process, port
    process.kill()
    process.wait()


def _status(port: int, path: str) -> int:
    """The status of an answer, 0 while nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()


def test_server_is_ready_from_warm_up_until_it_is_stopped(
    server: tuple[subprocess.Popen[bytes], int],
) -> None:
    process, port = server
    seen = []

    def ready() -> bool:
        seen.append(_status(port, "/readyz"))
        return seen[-1] == 200

    until(ready)
    assert set(seen) <= {0, 503, 200}
    assert _status(port, "/healthz") == 200
    process.send_signal(signal.SIGTERM)
    until(lambda: _status(port, "/readyz") == 503)
    assert _status(port, "/healthz") == 200  # it serves those who are there
    assert _status(port, "/") == 200
    process.send_signal(signal.SIGINT)  # in a hurry
    assert process.wait(PATIENCE_SECONDS) is not None
