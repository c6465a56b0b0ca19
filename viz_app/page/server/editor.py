"""The server's side of the program's editor: its bundle, and torch's names for completion.

The bundle is made when the package is installed (build_browser.py); without it `address()` is None
and a plain text area is used. The names come from torch itself: an ordinary program reads them, in
the engine, once per server.
"""

import asyncio
from functools import cache

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from viz_app.engine import client
from viz_app.errors import VizError
from viz_app.limits import Limits
from viz_app.page.server import vendored
from viz_app.paths import ASSETS

FOLDER = ASSETS / "program"
BUNDLE = vendored.BUILD / "editor.js"
MEANINGS = "vendor/meanings.json"
"""The address of the names."""

PRINTED = 1_000_000
"""Maximum number of characters of the names; those of torch 2.13 have 145,000."""


def address() -> str | None:
    """The address of the bundle, or None."""
    return vendored.address(BUNDLE) if BUNDLE.exists() else None


@cache
def meanings() -> str:
    """{module: [[name, torch's description of it], ...]} as JSON. RuntimeError if there is none."""
    source = (FOLDER / "meanings.py").read_text("utf-8")
    try:
        trace = client.run(source, Limits(printed_characters=PRINTED))
    except VizError as error:
        raise RuntimeError(error.failure.code) from error
    if trace.error is not None:
        raise RuntimeError(trace.error.message)
    return trace.stdout


def routes() -> list[Route]:
    """The routes that the server must serve in addition to the page."""

    async def names(_: Request) -> Response:
        try:
            found = await asyncio.to_thread(meanings)
        except RuntimeError:  # the engine's failure is reported where programs are run
            return Response(status_code=503)
        return Response(
            found,
            media_type="application/json",
            headers={"Cache-Control": "public, max-age=86400"},
        )

    return [vendored.route(BUNDLE), Route(f"/{MEANINGS}", names)]
