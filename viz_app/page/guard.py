"""What the server says about itself and whom it lets in: headers, methods, and the local user.

An ASGI middleware in front of Streamlit. It changes no page: it adds the headers that tell a
browser what the page may do, refuses what the app has no use for, and, where programs run without
the full wall, refuses everyone but the user of this very machine.
"""

import base64
import hashlib
import ipaddress
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import parse_qs

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

INDEX = Path(streamlit.__file__).parent / "static" / "index.html"
INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)

METHODS = ("GET", "HEAD", "OPTIONS")
"""The app takes its input over the WebSocket; nothing is posted or uploaded."""

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")
"""What the local user's address bar says. Another name for this address is another site's trick."""

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
"""Set by a proxy: whoever asks is not on this machine, though the proxy may be."""


def _inline_scripts() -> str:
    """The hashes of Streamlit's own inline scripts, as a policy names them."""
    scripts = INLINE.findall(INDEX.read_text("utf-8"))
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
"""The content security policy, but for who may frame the page."""

SELF = "'self'"
"""Who may frame a page that is not asked for with ?embed=true: Community Cloud serves every app
in a frame of the same origin."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",  # a link holds a visitor's program
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Guard:
    """Wraps the app. `walled` says whether programs run behind the full wall; it may wait."""

    def __init__(self, app: ASGIApp, walled: Callable[[], Awaitable[bool]]) -> None:
        self.app = app
        self.walled = walled

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(MutableHeaders(scope=message), embedded=_embedded(scope))
            await send(message)

        if scope["type"] == "http" and scope["method"] not in METHODS:
            refusal = PlainTextResponse("Method not allowed", 405, {"Allow": ", ".join(METHODS)})
        elif not _local(scope) and not await self.walled():
            refusal = PlainTextResponse(
                "Programs run without the full wall here, so only this machine's user is let in.\n",
                403,
            )
        else:
            await self.app(scope, receive, guarded)
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        await refusal(scope, receive, guarded)


def _embedded(scope: Scope) -> bool:
    query = parse_qs(str(scope["query_string"], "latin-1"))
    return query.get("embed", [""])[-1].lower() == "true"


def _add_headers(headers: MutableHeaders, *, embedded: bool) -> None:
    for name, value in HEADERS.items():
        headers[name] = value
    headers["Content-Security-Policy"] = f"{POLICY}; frame-ancestors {'*' if embedded else SELF}"
    if not embedded:
        headers["X-Frame-Options"] = "SAMEORIGIN"


def _local(scope: Scope) -> bool:
    """Whether the user of this machine asks, in a page that this machine served."""
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
