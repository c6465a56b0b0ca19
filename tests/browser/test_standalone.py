"""The standalone HTML plays from a disk and in a sandboxed frame, and runs no program's script."""

import html
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from tests import traces
from tests.render.runs import OPENED, source
from viz_app.render.document import page as document
from viz_app.render.subject import Subject

pytestmark = pytest.mark.usefixtures("bundled")

HOSTILE = (Path(__file__).parents[1] / "render/hostile.txt").read_text("utf-8")
STRICT = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'"


def _watched(page: Page) -> list[str]:
    """Errors of the page, and all that it asks the network for."""
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda it: troubles.append(it.text) if it.type == "error" else None)
    page.on("request", lambda it: None if it.url.startswith("file:") else troubles.append(it.url))
    return troubles


def _play(page: Page, frame: Frame, last: int) -> None:
    stage = frame.locator(".viz-root")
    expect(stage).to_have_attribute("data-state", "ready")
    stage.focus()
    page.keyboard.press("Home")
    expect(stage).to_have_attribute("data-step", "0")
    for _ in range(last):
        page.keyboard.press("ArrowRight")
    expect(stage).to_have_attribute("data-step", str(last))
    page.keyboard.press("End")


def _sandboxed(body: str) -> str:
    """The page of a strict host: an opaque origin, and no network."""
    return (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{STRICT}">'
        f'<iframe sandbox="allow-scripts" width="1000" height="640" '
        f'srcdoc="{html.escape(body)}"></iframe>'
    )


@pytest.mark.parametrize("sandboxed", [False, True])
def test_exported_file_plays(chromium: Browser, tmp_path: Path, sandboxed: bool) -> None:
    body = document(Subject(traces.run(traces.SEED))).decode()
    if sandboxed:
        body = _sandboxed(body)
    (tmp_path / "file.html").write_text(body, "utf-8")
    page = chromium.new_page()
    troubles = _watched(page)
    page.goto((tmp_path / "file.html").as_uri())
    frame = page.frames[-1]
    _play(page, frame, 7)
    expect(frame.get_by_role("status", name="Caption")).to_contain_text("a.grad")
    expect(frame.locator(".viz-code .viz-here")).to_contain_text("a = torch.tensor")
    expect(frame.get_by_role("region", name="Computation graph")).to_be_visible()
    frame.get_by_role("tab", name="Chain rule").click()
    expect(frame.locator(".viz-total").first).to_have_text("[6, 8]")
    frame.get_by_role("tab", name="Slope").click()
    expect(frame.locator("polyline.viz-curve")).to_be_visible()
    assert troubles == []
    page.close()


def test_exported_file_plays_in_a_page_that_declares_another_encoding(
    chromium: Browser, tmp_path: Path
) -> None:
    """Its script is ASCII, so that the policy's digest holds however its bytes are decoded."""
    body = _sandboxed(document(Subject(traces.run(traces.SEED))).decode())
    body = body.replace('charset="utf-8"', 'charset="windows-1252"', 1)
    (tmp_path / "file.html").write_text(body, "utf-8")
    page = chromium.new_page()
    troubles = _watched(page)
    page.goto((tmp_path / "file.html").as_uri())
    _play(page, page.frames[-1], 7)
    assert troubles == []
    page.close()


@pytest.mark.parametrize("name", OPENED)
def test_exported_files_play_under_a_strict_content_policy(
    chromium: Browser, tmp_path: Path, name: str
) -> None:
    subject = Subject(traces.run(source(name)))
    last = max(0, len(subject.scene.frames) - 1)
    (tmp_path / "file.html").write_text(_sandboxed(document(subject).decode()), "utf-8")
    page = chromium.new_page()
    troubles = _watched(page)
    page.goto((tmp_path / "file.html").as_uri())
    frame = page.frames[-1]
    stage = frame.locator(".viz-root")
    state = "ready" if subject.trace.error is None else "error"
    expect(stage).to_have_attribute("data-state", state)
    for key, step in (("Home", 0), ("ArrowRight", min(1, last)), ("End", last)):
        stage.press(key)
        expect(stage).to_have_attribute("data-step", str(step))
    assert frame.locator(".viz-code li").count() == len(subject.trace.source.rstrip().split("\n"))
    assert troubles == []
    page.close()


def test_a_hostile_program_runs_nothing(chromium: Browser, tmp_path: Path) -> None:
    body = document(Subject(traces.run(HOSTILE)))
    (tmp_path / "file.html").write_bytes(body)
    page = chromium.new_page()
    troubles = _watched(page)
    page.goto((tmp_path / "file.html").as_uri())
    expect(page.locator(".viz-root")).to_have_attribute("data-state", "error")
    expect(page.get_by_role("alert")).to_contain_text("</script><script>window.hit=1")
    assert page.evaluate("[window.hit, document.images.length]") == [None, 0]
    assert troubles == []
    page.close()
