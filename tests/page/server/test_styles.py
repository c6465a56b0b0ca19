"""The page's style sheet: whole, and served where the page and each panel look for it."""

import asyncio
import re
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from viz_app.page.server import first_paint, panel_scripts, styles
from viz_app.paths import ASSETS


def test_style_sheet_has_the_rules_of_all_panels_after_those_of_the_frame(tmp_path: Path) -> None:
    for name in ("page/page.css", "page/panels.css", "page/a.css", "b/b.css", "build/c.css"):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(f".{file.stem} {{}}")
    assert styles.sheet(tmp_path) == b".page {}\n.panels {}\n.b {}\n.a {}"


def _answer(address: str) -> Response:
    """The answer to a request for an address below the page's."""
    (route,) = panel_scripts.routes()
    match, scope = route.matches({"type": "http", "path": f"/{address}", "method": "GET"})
    assert match == Match.FULL
    answer: Response = asyncio.run(route.endpoint(Request({"type": "http", **scope})))
    return answer


def test_the_sheet_is_served_where_the_page_links_to() -> None:
    linked = re.search(
        r'<body>.*<link rel="stylesheet" href="([^"]+)">', first_paint.page(None, "en"), re.DOTALL
    )
    assert linked
    assert f'"{linked[1]}"' in panel_scripts.panel("stage/stage.js")
    answer = _answer(linked[1])
    assert answer.body == styles.sheet(ASSETS)
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    assert _answer(linked[1].replace("page.css", "other.css")).status_code == 404
