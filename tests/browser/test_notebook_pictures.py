"""Pictures in a page of a notebook: the kernel opens and folds groups, each picture on its own."""

import html
import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect

from tests import traces
from viz_app import browser, kernel
from viz_app.paths import ASSETS
from viz_app.render import document
from viz_app.render.subject import Subject

pytestmark = pytest.mark.usefixtures("bundled")

PAGE = """<!DOCTYPE html><meta charset="utf-8"><body>
{frames}
<script type="module">
{module}
const given = [];
const model = {{
  on(name, hear) {{ given.push(hear); }},
  async send(asked) {{
    const answer = JSON.parse(await window.kernelAsked(JSON.stringify(asked)));
    for (const hear of given) hear(answer);
  }},
}};
window.connect = () => {{ window.disconnect = passer.initialize({{ model }}); }};
</script>"""
"""A page like a notebook's, and the interface that anywidget gives a widget there."""


@pytest.fixture
def pictures(monkeypatch: pytest.MonkeyPatch) -> dict[str, Subject]:
    """Two pictures of a long loop that the kernel knows, and one that it does not."""
    trace = traces.run(traces.LOOP)
    monkeypatch.setattr(kernel, "_pictures", {
        name: lambda requests: Subject(trace, requests=requests) for name in ("first", "second")
    })  # fmt: skip
    return {name: Subject(trace) for name in ("first", "second", "unknown")}


@pytest.fixture
def page(chromium: Browser, tmp_path: Path, pictures: dict[str, Subject]) -> Iterator[Page]:
    frames = "\n".join(
        f'<iframe id="{name}" sandbox="allow-scripts" width="1000" height="640" '
        f'srcdoc="{html.escape(document.page(subject, name).decode())}"></iframe>'
        for name, subject in pictures.items()
    )
    module = (ASSETS / "standalone/kernel.js").read_text("utf-8")
    module = module.replace("export default", "const passer =")
    (tmp_path / "notebook.html").write_text(PAGE.format(frames=frames, module=module), "utf-8")
    # All three in sight: a browser draws nothing in frames that are not.
    page = chromium.new_page(viewport={"width": 1100, "height": 2100})

    def asked(text: str) -> str:
        question = msgspec.json.decode(text, type=browser.KernelAsked)
        return msgspec.json.encode(kernel.answer(question)).decode()

    page.expose_function("kernelAsked", asked)
    page.goto((tmp_path / "notebook.html").as_uri())
    for name in pictures:
        root = page.frame_locator(f"#{name}").locator(".viz-root")
        expect(root).to_have_attribute("data-state", "ready")
    yield page
    page.close()


def _folders(frame: FrameLocator) -> Locator:
    """The controls that fold an open group around the present box."""
    return frame.locator(".viz-path button")


def _drawn(frame: FrameLocator) -> int:
    """The number of shapes in the drawing."""
    return frame.locator(".viz-frame path").count()


def test_the_kernel_opens_and_folds_in_one_picture_only(page: Page) -> None:
    first, second, unknown = (
        page.frame_locator(f"#{name}") for name in ("first", "second", "unknown")
    )
    step, before = second.locator(".viz-root").get_attribute("data-step"), _drawn(second)
    page.evaluate("window.connect()")
    root = first.locator(".viz-root")
    root.press("Home")
    root.press("ArrowRight")
    root.press("ArrowRight")
    expect(_folders(first)).to_have_count(2)  # the loop, and its first iteration
    whole = _drawn(first)
    _folders(first).last.click()
    expect(_folders(first)).to_have_count(1)
    assert _drawn(first) < whole
    assert second.locator(".viz-root").get_attribute("data-step") == step
    assert _drawn(second) == before
    unknown.locator(".viz-root").press("Home")
    expect(_folders(unknown)).to_have_count(0)


def test_without_a_kernel_a_picture_is_a_file(page: Page) -> None:
    frame = page.frame_locator("#first")
    frame.locator(".viz-root").press("End")
    expect(_folders(frame)).to_have_count(0)
    page.evaluate("window.connect()")
    page.evaluate("window.disconnect()")
    frame.locator(".viz-root").hover()
    expect(_folders(frame)).to_have_count(0)


def test_other_messages_of_a_page_are_ignored(page: Page) -> None:
    page.evaluate("window.connect()")
    for message in (None, 1, {"vizAsked": None}, {"vizAsked": {"picture": 1}}, {"vizHeld": 5}):
        page.evaluate(
            "(text) => { window.postMessage(JSON.parse(text), '*');"
            " document.querySelector('#first').contentWindow.postMessage(JSON.parse(text), '*'); }",
            json.dumps(message),
        )
    expect(page.frame_locator("#first").locator(".viz-root")).to_have_attribute(
        "data-state", "ready"
    )
