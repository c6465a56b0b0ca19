"""The server's headers, and its checks of methods, origins and addresses.

An ASGI middleware in front of Streamlit. It changes no page: it adds the headers that restrict the
page in the browser, refuses requests that the app has no use for, bounds the open pages of each
address, and, where programs run without the full wall, refuses everyone but the user of this very
machine.
"""

import asyncio
import base64
import functools
import hashlib
import ipaddress
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config, url_util
from streamlit.web.server import server_util

from viz_app.page.server import health, visitors
from viz_app.page.server.visitors import Connections, Network
from viz_app.paths import ASSETS

INDEX = Path(streamlit.__file__).parent / "static" / "index.html"
INCOMPLETE = (ASSETS / "page" / "incomplete.js").read_text("utf-8")
"""Our own inline script, which `first_paint.py` writes into the page."""
INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)

METHODS = ("GET", "HEAD", "OPTIONS")
"""Allowed methods. The app takes its input over the WebSocket; nothing is posted or uploaded."""

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
"""Host names in the local user's address bar.

Another name for this address is another site's trick.
"""

METRICS = "/metrics"
"""The end of the paths of our own counts and of Streamlit's: for the user of this machine, and for
networks that the host names."""

TRY_LATER = 1013
"""WebSocket close code of a server that has no room now."""

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
"""Headers set by a proxy: the client is not on this machine, though the proxy may be."""


def _inline_scripts() -> str:
    """The hashes of Streamlit's own inline scripts and of ours, in the policy's notation."""
    scripts = (INCOMPLETE, *INLINE.findall(INDEX.read_text("utf-8")))
    digests = [hashlib.sha256(script.encode("utf-8")).digest() for script in scripts]
    return " ".join(f"'sha256-{base64.b64encode(digest).decode('ascii')}'" for digest in digests)


POLICY = "; ".join(
    (
        "default-src 'none'",
        f"script-src 'self' blob: {_inline_scripts()}",  # blob: a component's module
        "style-src 'self' 'unsafe-inline'",  # Streamlit writes its styles as it draws
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",  # and the WebSocket, which is 'self' as well
        "worker-src 'self' blob:",
        "media-src 'self' data: blob:",
        "manifest-src 'self'",
        "base-uri 'self'",
        "form-action 'none'",
    )
)
"""The content security policy, without the part on who may frame the page."""

SELF = "'self'"

FRAMES = "VIZ_APP_FRAME_ANCESTORS"
ORIGIN = re.compile(r"https?://(?:\*\.)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::[0-9]{1,5})?")
"""An origin of a site that may frame the page, `https://*.example.org` for all its hosts."""


def framers(environment: Mapping[str, str]) -> tuple[str, ...]:
    """The origins that may frame the page without `?embed=true`, separated by commas.

    ValueError for any other text: it would become part of the policy.
    """
    named = tuple(it.strip() for it in environment.get(FRAMES, "").split(",") if it.strip())
    if not all(ORIGIN.fullmatch(name) for name in named):
        raise ValueError(f"{FRAMES} is a list of origins such as https://moodle.example.org")
    return named


"""The sites that may frame a page without ?embed=true: Community Cloud serves every app in a frame
of the same origin."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # a link holds a visitor's program
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Guard:
    """The middleware around the app.

    `walled` is true if programs run behind the full wall; it may wait.

    `connections` and `proxies` are made at the first request: a host's secrets are settings as
    well, and Streamlit reads them after it has imported the app.
    """

    def __init__(
        self,
        app: ASGIApp,
        walled: Callable[[], Awaitable[bool]],
        shares: Callable[[], tuple[Connections, tuple[Network, ...]]],
    ) -> None:
        self.app = app
        self.walled = walled
        self.shares = functools.cache(shares)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        connections, proxies = self.shares()
        address = visitors.address(scope, proxies)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(MutableHeaders(scope=message), embedded=_embedded(scope))
            await send(message)

        refusal = await self._refusal(scope)
        if scope["type"] == "http":
            app = refusal or self.app
            await app(visitors.named(scope, address), receive, guarded)
        elif refusal is not None:
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self._connect(connections, address, scope, receive, send)

    async def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        """The response that replaces the app's, None for a request that may pass."""
        if scope["type"] == "http" and scope["method"] not in METHODS:
            return PlainTextResponse("Method not allowed", 405, {"Allow": ", ".join(METHODS)})
        if _foreign(Headers(scope=scope)):
            return PlainTextResponse("Asked by another site's page.\n", 403)
        if str(scope["path"]) in health.PATHS:
            return None
        if str(scope["path"]).rstrip("/").endswith(METRICS) and not (
            _local(scope) or _watches(scope)
        ):
            return PlainTextResponse("Not found", 404)
        if not _local(scope) and not await self.walled():
            return PlainTextResponse(
                "Programs run without the full wall here, so only this machine's user is let in.\n",
                403,
            )
        return None

    async def _connect(
        self, connections: Connections, address: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Let a page in for as long as there is a place for it."""
        soon = asyncio.get_running_loop().call_soon_threadsafe
        connection = await asyncio.to_thread(connections.open, address, soon)
        if connection is None:
            await send({"type": "websocket.close", "code": TRY_LATER})
            return

        async def receiving() -> Message:
            message = await receive()
            connections.note_message(connection)
            return message

        async def sent(message: Message) -> None:
            if not connection.ended.is_set():  # nothing follows the end
                await send(message)

        async def give_way() -> None:
            await connection.ended.wait()
            await send({"type": "websocket.close", "code": TRY_LATER})

        giving = asyncio.create_task(give_way())
        try:
            await self.app(visitors.named(scope, address, connection.name), receiving, sent)
        finally:
            giving.cancel()
            await asyncio.shield(asyncio.to_thread(connections.close, connection))


def _foreign(headers: Headers) -> bool:
    """True if a page of another site sends the request; allowed names are those of Streamlit's
    settings."""
    origin = headers.get("origin")
    if origin is None or server_util.allow_all_cross_origin_requests():
        return False
    try:
        parts = urlsplit(origin)
        name = parts.hostname
    except ValueError:
        return True
    if name is None or parts.netloc == headers.get("host"):
        return name is None
    own = {*server_util.allowlisted_origins(), config.get_option("browser.serverAddress")}
    return name not in {"localhost", "127.0.0.1", "0.0.0.0"} | {
        url_util.get_hostname(each) for each in own
    }


def _embedded(scope: Scope) -> bool:
    query = parse_qs(str(scope["query_string"], "latin-1"))
    return query.get("embed", [""])[-1].lower() == "true"


def _add_headers(headers: MutableHeaders, *, embedded: bool) -> None:
    for name, value in HEADERS.items():
        headers[name] = value
    named = _framers()
    allowed = "*" if embedded else " ".join((SELF, *named))
    headers["Content-Security-Policy"] = f"{POLICY}; frame-ancestors {allowed}"
    if not embedded and not named:  # it knows no list of sites
        headers["X-Frame-Options"] = "SAMEORIGIN"


@functools.cache
def _framers() -> tuple[str, ...]:
    return framers(os.environ)


@functools.cache
def _watchers() -> tuple[Network, ...]:
    return visitors.watchers(os.environ)


def _watches(scope: Scope) -> bool:
    """True if a network that the host names reads the metrics, through no proxy."""
    peer = visitors.peer(scope)
    if peer is None or any(name in Headers(scope=scope) for name in FORWARDED):
        return False
    return any(peer in network for network in _watchers())


def _local(scope: Scope) -> bool:
    """True if the user of this machine sends the request, from a page that this machine served."""
    headers = Headers(scope=scope)
    if any(name in headers for name in FORWARDED):
        return False
    name = re.sub(r":[0-9]+\Z", "", headers.get("host", ""))
    if name.lower() not in LOCAL_NAMES or not scope.get("client"):
        return False
    try:
        address = ipaddress.ip_address(scope["client"][0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):  # a dual-stack socket says ::ffff:127.0.0.1
        return (address.ipv4_mapped or address).is_loopback
    return address.is_loopback
