"""ES modules of assets/ -> the script of a panel, and how the browser gets it.

A component's own script travels with every rerun, so it is one line that imports the panel's; that
one the browser asks the server for once, and keeps.
"""

import functools
import hashlib
import re
from pathlib import Path
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from viz_app.paths import ASSETS

PANELS = (
    "page/address.js", "page/opening.js", "page/ideas.js", "page/output.js", "page/share.js",
    "page/theme.js",
    "program/program.js", "inputs/inputs.js", "changes/changes.js", "stage/stage.js",
    "explain/explain.js",
)  # fmt: skip
"""The modules that are a panel's; the others are imported by them."""

_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.{1,2}/[^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


def bundle(path: Path) -> str:
    """A module behind all that it imports, each once, as one module without imports.

    They share one scope then: two top-level names that are the same are a SyntaxError, and an
    import under another name can't be. FileNotFoundError for a module that is not there.
    """
    seen: dict[Path, str] = {}

    def add(module: Path) -> None:
        if module in seen:
            return
        text = module.read_text("utf-8")
        seen[module] = ""
        for imported in _IMPORT.findall(text):
            add((module.parent / imported).resolve())
        del seen[module]  # what it imports stands before it
        seen[module] = _EXPORT.sub("", _IMPORT.sub("", text))

    add(path.resolve())
    return "\n".join(seen.values())


@functools.cache
def _panel(name: str) -> str:
    return bundle(ASSETS / name)


def panel(name: str) -> str:
    """The script of a component: one of PANELS. Another text of the panel has another address."""
    digest = hashlib.sha256(_panel(name).encode("utf-8")).hexdigest()[:16]
    # Streamlit takes a text of one line for a path.
    return (
        f'const address = new URL("vendor/panels/{name}?v={digest}", document.baseURI);\n'
        "const { default: show } = await import(address.href);\n"
        "export default (given) => show({ ...given, data: given.data instanceof Uint8Array\n"
        "  ? JSON.parse(new TextDecoder().decode(given.data)) : given.data });\n"
    )


def data(**parts: Any) -> bytes:
    """What a component is given, as one JSON text: bytes among the parts are JSON already.

    Streamlit would look through plain values for tables and write them anew.
    """
    ready = {k: msgspec.Raw(it) if isinstance(it, bytes) else it for k, it in parts.items()}
    return msgspec.json.encode(ready)


def routes() -> list[Route]:
    """What the server must serve besides the page."""

    async def served(request: Request) -> Response:
        name = str(request.path_params["name"])
        if name not in PANELS:
            return Response(status_code=404)
        return Response(
            _panel(name),
            media_type="text/javascript",
            headers={"Cache-Control": "public, max-age=31536000, immutable"},
        )

    return [Route("/vendor/panels/{name:path}", served)]
