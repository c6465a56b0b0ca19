"""The server's answers to browsers and strangers: headers, refusals, and nothing about the host."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from streamlit import net_util
from streamlit.web.server import server_util

from tests.page.server.test_streamlit_patches import put
from viz_app.limits import Quota
from viz_app.page.server import guard, health, visitors
from viz_app.page.server.visitors import Connections
from viz_app.paths import PROJECT

JSON = dict[str, Any]


async def _page(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"page"})


def _shares() -> tuple[Connections, tuple[visitors.Network, ...]]:
    return Connections(Quota()), ()


def _ask(*, walled: bool = False, **scope: Any) -> tuple[int, dict[str, str]]:
    """The status (for a refused WebSocket, its code) and the headers of an answer."""
    sent: list[Any] = []

    async def holds() -> bool:
        return walled

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request"}

    asked = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": b"",
        "headers": [(b"host", b"localhost:8501")],
        "client": ("127.0.0.1", 5),
        **scope,
    }
    # A thread of its own: the browser tests' loop may still run in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(
            asyncio.run, guard.Guard(_page, holds, _shares)(asked, receive, send)
        ).result()
    first = sent[0]
    names = {key.decode(): value.decode() for key, value in first.get("headers", [])}
    return first.get("status", first.get("code")), names


def test_the_policy_lets_only_own_scripts_run() -> None:
    _, headers = _ask()
    policy = dict(
        part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == "'none'"
    assert "unsafe" not in policy["script-src"]
    assert "*" not in "".join(policy.values())
    assert policy["frame-ancestors"] == "'self'"
    assert headers["x-frame-options"] == "SAMEORIGIN"


def test_only_an_embedded_page_may_be_framed_by_others() -> None:
    _, headers = _ask(query_string=b"lesson=fan-out&embed=true")
    assert headers["content-security-policy"].endswith("frame-ancestors *")
    assert "x-frame-options" not in headers
    for query in (b"embed=false", b"embed=", b"x=embed=true", b"embed=true&embed=no"):
        assert _ask(query_string=query)[1]["x-frame-options"] == "SAMEORIGIN"


def test_a_host_names_the_sites_that_may_frame_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(guard.FRAMES, "https://moodle.example.org, https://*.school.example:8443")
    guard._framers.cache_clear()
    try:
        _, headers = _ask()
    finally:
        guard._framers.cache_clear()
    assert headers["content-security-policy"].endswith(
        "frame-ancestors 'self' https://moodle.example.org https://*.school.example:8443"
    )
    assert "x-frame-options" not in headers


@pytest.mark.parametrize(
    "named", ["*", "https://a.example; script-src *", "a.example", "https://a.example/path"]
)
def test_invalid_origin_is_refused(named: str) -> None:
    with pytest.raises(ValueError, match="is a list of origins"):
        guard.framers({guard.FRAMES: named})


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE"])
def test_nothing_can_be_posted_or_uploaded(method: str) -> None:
    assert _ask(method=method, walled=True)[0] == 405


@pytest.mark.parametrize(
    "stranger",
    [
        {"client": ("192.0.2.7", 5)},
        {"client": ("2001:db8::1", 5)},
        {"client": None},
        {"client": ("testclient", 5)},
        {"headers": [(b"host", b"evil.example")]},
        {"headers": []},
        {"headers": [(b"host", b"localhost"), (b"x-forwarded-for", b"192.0.2.7")]},
        {"headers": [(b"host", b"localhost"), (b"Forwarded".lower(), b"for=127.0.0.1")]},
    ],
)
def test_without_the_full_wall_only_the_local_user_is_admitted(stranger: JSON) -> None:
    assert _ask(**stranger)[0] == 403
    assert _ask(**stranger, type="websocket")[0] == 1008
    assert _ask(**stranger, walled=True)[0] == 200


@pytest.mark.parametrize(
    ("client", "host"),
    [
        ("127.0.0.1", b"localhost:8501"),
        ("::1", b"[::1]:8501"),
        ("::ffff:127.0.0.1", b"127.0.0.1:8501"),
    ],
)
def test_local_user_is_admitted(client: str, host: bytes) -> None:
    assert _ask(client=(client, 5), headers=[(b"host", host)])[0] == 200


@pytest.mark.parametrize(
    ("origin", "let_in"),
    [
        ("http://localhost:8501", True),
        ("https://viz.example", True),  # what the address bar says
        ("http://127.0.0.1:3000", True),
        ("https://school.example", True),  # what the host names
        ("https://evil.example", False),
        ("https://viz.example.evil.example", False),
        ("https://viz.example:444", False),
        ("null", False),
        ("", False),
        ("https://[", False),
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_foreign_origin_is_refused_before_streamlit_sees_it(
    origin: str, kind: str, let_in: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_util, "allowlisted_origins", lambda: {"https://school.example"})
    headers = [(b"host", b"viz.example"), (b"origin", origin.encode())]
    status, _ = _ask(headers=headers, type=kind, walled=True)
    assert status == (200 if let_in else {"http": 403, "websocket": 1008}[kind])


def test_no_origin_causes_a_lookup_of_our_address(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(*_: object, **__: object) -> None:
        raise AssertionError("asked")

    monkeypatch.setattr(net_util, "_make_blocking_http_get", ask)
    with pytest.raises(AssertionError, match="asked"):  # what it is kept from
        server_util.is_url_from_allowed_origins("https://evil.example")
    put(monkeypatch, "get_external_ip")
    assert not server_util.is_url_from_allowed_origins("https://evil.example")


@pytest.mark.parametrize(
    "path", ["/metrics", "/_stcore/metrics", "/_stcore/metrics/", "/base/_stcore/metrics"]
)
def test_metrics_are_served_to_the_local_user_only(path: str) -> None:
    assert _ask(path=path)[0] == 200
    for stranger in (
        {"client": ("192.0.2.7", 5)},
        {"headers": [(b"host", b"localhost"), (b"x-forwarded-for", b"192.0.2.7")]},
    ):
        assert _ask(path=path, walled=True, **stranger)[0] == 404


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A host that lets a network read the metrics."""
    monkeypatch.setenv(visitors.WATCHERS, "198.51.100.0/24, 2001:db8::/32")
    guard._watchers.cache_clear()
    yield
    guard._watchers.cache_clear()


@pytest.mark.usefixtures("watched")
def test_metrics_are_served_to_a_configured_network() -> None:
    """Directly only: behind a proxy, the peer's address is the proxy's and says nothing."""
    asked: JSON = {"path": "/metrics", "walled": True, "headers": [(b"host", b"10.0.0.7:8501")]}
    for peer in ("198.51.100.7", "::ffff:198.51.100.7", "2001:db8::7"):
        assert _ask(**asked, client=(peer, 5))[0] == 200
    assert _ask(**asked, client=("203.0.113.7", 5))[0] == 404
    # The address that uvicorn reads from a forwarded header does not count.
    noted: JSON = {**asked, "client": ("198.51.100.7", 5), visitors.PEER: ("203.0.113.7", 5)}
    assert _ask(**noted)[0] == 404
    for name in (b"x-forwarded-for", b"forwarded", b"x-real-ip"):
        forwarded: JSON = {**asked, "headers": [(name, b"198.51.100.8")]}
        assert _ask(**forwarded, client=("198.51.100.7", 5))[0] == 404


def test_invalid_network_is_reported() -> None:
    with pytest.raises(ValueError, match="VIZ_APP_METRICS_FROM is a list of addresses"):
        visitors.watchers({visitors.WATCHERS: "everybody"})


@pytest.mark.parametrize("path", health.PATHS)
def test_probes_are_answered_for_every_client(path: str) -> None:
    """Also where programs have no wall, and nobody else is let in."""
    stranger: JSON = {"client": ("192.0.2.7", 5), "headers": [(b"host", b"10.0.0.7:8501")]}
    assert _ask(path=path, **stranger)[0] == 200
    assert _ask(path="/", **stranger)[0] == 403
    assert _ask(path=path, method="POST", **stranger)[0] == 405


def test_the_settings_of_the_server_are_strict() -> None:
    import tomllib

    path = PROJECT / ".streamlit/config.toml"
    settings = tomllib.loads(path.read_text())
    served = settings["server"]
    assert served["enableCORS"] is True
    assert served["enableXsrfProtection"] is True
    assert served["maxUploadSize"] <= 1
    assert served["maxMessageSize"] <= 32
    assert settings["client"]["showErrorDetails"] == "none"
