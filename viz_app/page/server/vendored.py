"""Third-party scripts that the app's own server delivers, each at an address made from its content.

Installing the package brings some of them to `BUILD` (build_browser.py).
"""

import hashlib
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from viz_app.paths import ASSETS

BUILD = ASSETS / "build"


def address(file: Path) -> str:
    """The address of a script. Another content has another address."""
    return f"vendor/{file.name}?v={_digest(file, file.stat().st_mtime_ns)}"


@cache
def _digest(file: Path, _changed: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def route(file: Path) -> Route:
    """The route of a script, with caching headers."""

    async def serve(_: Request) -> Response:
        return FileResponse(
            file,
            media_type="text/javascript",
            headers={"Cache-Control": "public, max-age=31536000, immutable"},
        )

    return Route(f"/vendor/{file.name}", serve)
