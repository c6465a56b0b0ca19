"""The scripts of the panels and the page's style sheet, and their delivery to the browser.

A component's own script is sent with every rerun, so it is a few lines that import the panel's; the
browser requests that one from the server once, and caches it.

Installing the package has esbuild bundle each panel (build_browser.py). Where there are no bundles
of the current modules, because there was no Node or because a developer has changed one since, the
browser gets the modules themselves. They need no build: each imports others by relative addresses,
and all are served below one address. The page is the same, with sixty small requests instead of
eleven. Bundles in the repository would be a second truth that each change has to renew.
"""

import functools
from collections.abc import Mapping
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from viz_app import bundles
from viz_app.page.server import styles
from viz_app.paths import ASSETS

SHEET = "page.css"
"""The name of the style sheet among the scripts."""


def scripts(assets: Path) -> Mapping[str, bytes]:
    """The served scripts, by their path in `assets`: one bundle per panel, else every module."""
    return bundles.built(assets) or bundles.modules(assets)


@functools.cache
def _files() -> tuple[str, Mapping[str, bytes]]:
    """The files of this server, with their digest: other texts have other addresses."""
    found = {**scripts(ASSETS), SHEET: styles.sheet(ASSETS)}
    return bundles.digest(b"\0".join(found.values()))[:16], found


def _address(name: str) -> str:
    """The address of a file, relative to the page's."""
    return f"vendor/panels/{_files()[0]}/{name}"


def link() -> str:
    """The element that has the browser load the style sheet.

    Its place is in the body: Streamlit adds its own rules to the head.
    """
    return f'<link rel="stylesheet" href="{_address(SHEET)}">'


def panel(name: str) -> str:
    """The script of a component: a module whose default export Streamlit mounts.

    It adds the style sheet where that is missing: Streamlit answers an address that it does not
    know with its own page.
    """
    # Streamlit takes a text of one line for a path.
    return (
        f'const sheet = new URL("{_address(SHEET)}", document.baseURI).href;\n'
        "if (![...document.styleSheets].some(({ href }) => href === sheet)) {\n"
        '  const link = Object.assign(document.createElement("link"),\n'
        '    { rel: "stylesheet", href: sheet });\n'
        "  await new Promise((done) => { link.onload = link.onerror = done;\n"
        "    document.body.append(link); });\n"
        "}\n"
        f'const address = new URL("{_address(name)}", document.baseURI);\n'
        "const { default: show } = await import(address.href).catch((problem) => {\n"
        '  dispatchEvent(new Event("viz-incomplete"));\n'
        "  throw problem;\n"
        "});\n"
        "export default (given) => show({ ...given, data: given.data instanceof Uint8Array\n"
        "  ? JSON.parse(new TextDecoder().decode(given.data)) : given.data });\n"
    )


data = msgspec.json.encode
"""A component's data as one JSON text: Streamlit would search plain values for tables and rewrite
them."""


def routes() -> list[Route]:
    """The routes that the server must serve in addition to the page."""

    async def served(request: Request) -> Response:
        name = request.path_params["name"]
        text = _files()[1].get(name)
        if text is None:
            return Response(status_code=404)
        return Response(
            text,
            media_type="text/css" if name == SHEET else "text/javascript",
            headers={"Cache-Control": "public, max-age=31536000, immutable"},
        )

    return [Route("/vendor/panels/{digest}/{name:path}", served)]
