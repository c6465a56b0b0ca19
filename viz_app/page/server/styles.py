"""The page's style sheets, delivered as one that the browser requests once.

A component's own style sheet is sent with every rerun: sixty kilobytes, two fifths of all that an
edit sends. The page links to this one, and each panel adds the link where it is missing: Streamlit
answers an address that it does not know with its own page.
"""

import functools
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from viz_app import bundles
from viz_app.paths import ASSETS

FIRST = ("page/page.css", "page/panels.css")
"""The frame, and what several panels share: a panel's own rules come later, and so take
precedence."""
ELSEWHERE = ("build", "standalone")
"""The folders of `assets` whose style sheets are not the page's."""


def sheet(assets: Path = ASSETS) -> bytes:
    """All style sheets of the page."""
    first = [assets / name for name in FIRST]
    others = sorted(
        file
        for file in assets.rglob("*.css")
        if file not in first and file.relative_to(assets).parts[0] not in ELSEWHERE
    )
    return b"\n".join(file.read_bytes() for file in (*first, *others))


@functools.cache
def _sheet() -> tuple[str, bytes]:
    """The style sheet of this server, with its digest: other rules have another address."""
    body = sheet()
    return bundles.digest(body)[:16], body


def address() -> str:
    """The address of the style sheet, relative to the page's."""
    return f"vendor/styles/{_sheet()[0]}.css"


def link() -> str:
    """The element that has the browser load the style sheet.

    Its place is in the body: Streamlit adds its own rules to the head.
    """
    return f'<link rel="stylesheet" href="{address()}">'


def routes() -> list[Route]:
    """The route that the server must serve in addition to the page."""

    async def served(request: Request) -> Response:
        digest, body = _sheet()
        if request.path_params["digest"] != digest:
            return Response(status_code=404)
        return Response(
            body,
            media_type="text/css",
            headers={"Cache-Control": "public, max-age=31536000, immutable"},
        )

    return [Route("/vendor/styles/{digest}.css", served)]
