"""Without files from npm the page works the same, with separate modules."""

import shutil
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.seen import ARTEFACTS
from tests.browser.serve import serve
from viz_app.paths import PROJECT


def test_without_a_build_the_browser_gets_the_modules_themselves(
    chromium: Browser, tmp_path: Path
) -> None:
    for folder in ("viz_app", "assets", ".streamlit"):
        leave = shutil.ignore_patterns("build", "__pycache__")
        shutil.copytree(PROJECT / folder, tmp_path / folder, ignore=leave)
    with serve(ARTEFACTS / "server-unbuilt.log", root=tmp_path) as address:
        page = chromium.new_page()
        troubles: list[str] = []
        asked: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}/?step=3")
        stage = page.locator(".viz-root")
        expect(stage).to_have_attribute("data-state", "ready")
        stage.focus()
        page.keyboard.press("ArrowRight")
        expect(stage).to_have_attribute("data-step", "4")
        assert any(url.endswith("/stage/camera.js") for url in asked)
        assert not troubles
        page.close()
