"""The real server, from its start to its end: it answers probes, and tells strangers nothing."""

import http.client
import re
import signal
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.frames import CloseCode
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.browser.serve import free_port, start
from tests.patience import PATIENCE_SECONDS, until
from viz_app.page.server import health
from viz_app.paths import PROJECT

JSON = dict[str, Any]


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def server(
    port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[subprocess.Popen[bytes], list[int]]]:
    """A server that is ready and takes its time to end, and what `/readyz` said until then.

    One for all tests of this file: the last one ends it.
    """
    log = tmp_path_factory.mktemp("server") / "log"
    process = start(log, port, PROJECT, **{health.DRAIN: "3600"})
    seen = []

    def ready() -> bool:
        assert process.poll() is None, log.read_text()
        seen.append(_status(port, "/readyz"))
        return seen[-1] == 200

    try:
        until(ready)
        yield process, seen
    finally:
        process.kill()
        process.wait()


def _status(port: int, path: str) -> int:
    """The status of an answer, 0 while nobody answers."""
    try:
        return _get(port, path)[0]
    except OSError:
        return 0


def _get(port: int, path: str, method: str = "GET", **headers: str) -> tuple[int, JSON, str]:
    connection = http.client.HTTPConnection("localhost", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        body = answer.read().decode("utf-8", "replace")
    finally:
        connection.close()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("path", ["/", "/_stcore/health", "/favicon.png", "/nowhere"])
def test_every_answer_carries_the_headers(port: int, path: str) -> None:
    _, headers, _ = _get(port, path)
    assert "script-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("path", "method"),
    [
        ("/_stcore/nothing", "GET"),
        ("/static/nothing.js", "GET"),
        ("/static/../../../../etc/passwd", "GET"),
        ("/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd", "GET"),
        ("/media/..%2f..%2fsecrets.toml", "GET"),
        ("/component/viz_stage/../../secrets.toml", "GET"),
        ("/media/none", "GET"),
        ("/_stcore/stream", "GET"),
        ("/_stcore/upload_file/x/y", "PUT"),
        ("/_stcore/agent/interact", "POST"),
        ("/%00", "GET"),
        ("/?" + "x" * 60_000, "GET"),
    ],
)
def test_refusal_reveals_nothing_about_the_host(port: int, path: str, method: str) -> None:
    status, headers, body = _get(port, path, method)
    assert "root:" not in body
    if status == 200:  # Streamlit answers an unknown page with the app itself
        assert "<!doctype html>" in body.lower()
        return
    answer = body + repr(headers)
    assert not re.search(r"/(?:usr|home|tmp|root|etc|var)/|Traceback|0x[0-9a-f]{6}", answer)
    assert not re.search(r"(?:streamlit|uvicorn|starlette|python)[/ ]?\d", answer, re.IGNORECASE)


@pytest.mark.usefixtures("server")
def test_foreign_origin_opens_no_session(port: int) -> None:
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    status, _, _ = _get(port, "/_stcore/stream", Origin="https://evil.example", **upgrade)
    assert status == 403


@pytest.mark.usefixtures("server")
def test_messages_are_compressed_and_bombs_are_refused(port: int) -> None:
    stream = f"ws://localhost:{port}/_stcore/stream"
    with connect(
        stream,
        subprotocols=[Subprotocol("streamlit")],
        open_timeout=PATIENCE_SECONDS,
        ping_interval=None,
    ) as socket:
        assert socket.response is not None
        assert "permessage-deflate" in socket.response.headers["Sec-WebSocket-Extensions"]
        socket.send(bytes(33_000_000))  # a few kB as they travel
        with pytest.raises(ConnectionClosedError) as closed:
            socket.recv(timeout=PATIENCE_SECONDS)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == CloseCode.MESSAGE_TOO_BIG
    assert _get(port, "/_stcore/health")[0] == 200


def test_server_is_ready_from_warm_up_until_it_is_stopped(
    port: int, server: tuple[subprocess.Popen[bytes], list[int]]
) -> None:
    process, seen = server
    assert set(seen) <= {0, 503, 200}
    assert _status(port, "/healthz") == 200
    process.send_signal(signal.SIGTERM)
    until(lambda: _status(port, "/readyz") == 503)
    assert _status(port, "/healthz") == 200  # it serves those who are there
    assert _status(port, "/") == 200
    process.send_signal(signal.SIGINT)  # in a hurry
    assert process.wait(PATIENCE_SECONDS) is not None
