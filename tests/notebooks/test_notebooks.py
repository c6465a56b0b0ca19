"""The notebook where it is read: JupyterLab, nbconvert, marimo (`make notebooks`).

NOTEBOOKS is the environment that has them (requirements-notebooks.txt); the kernel is this one's.
"""

import json
import os
import re
import subprocess
import sys
import sysconfig
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect, sync_playwright

from tests.browser.serve import CHROMIUM, FLAGS, free_port
from tests.notebooks import cells
from tests.patience import PATIENCE_MS, until
from viz_app.paths import PROJECT

PLACE = os.environ.get("NOTEBOOKS")
if PLACE is None:
    pytest.skip("make notebooks", allow_module_level=True)
TOOLS = (PROJECT / PLACE).absolute()

pytestmark = pytest.mark.usefixtures("bundled")
expect.set_options(timeout=PATIENCE_MS)

SLIDE = "([of, number]) => new Promise((done) => require([of], (it) => done(it.slide(number))))"

Where = tuple[Path, dict[str, str]]
"""An empty folder, and the environment of commands that leave nothing elsewhere."""


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Where:
    folder = tmp_path_factory.mktemp("notebooks")
    kernel = folder / "data/kernels/python3"
    kernel.mkdir(parents=True)
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "viz", "language": "python", "env": {"PYTHONPATH": str(PROJECT)},
    }  # fmt: skip
    (kernel / "kernel.json").write_text(json.dumps(spec), "utf-8")
    environment = {
        **os.environ, "HOME": str(folder / "home"), "JUPYTER_PATH": str(folder / "data"),
        "IPYTHONDIR": str(folder / "home"), "JUPYTER_CONFIG_DIR": str(folder / "config"),
    }  # fmt: skip
    (folder / "home").mkdir()
    (folder / "work").mkdir()
    (folder / "work/notebook.ipynb").write_text(cells.notebook("python3"), "utf-8")
    return folder / "work", environment


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def executed(where: Where) -> Path:
    """The notebook, run by nbconvert; nobody has signed it, so nobody trusts it."""
    convert(where, "notebook.ipynb", "--to=notebook", "--execute", "--output=executed")
    return where[0] / "executed.ipynb"


def convert(where: Where, *arguments: str) -> None:
    folder, environment = where
    subprocess.run(
        [TOOLS / "bin/jupyter", "nbconvert", *arguments], cwd=folder, env=environment, check=True
    )


@contextmanager
def served(where: Where, address: str, *command: str | Path) -> Iterator[None]:
    """A server that runs for the block, once it answers."""
    folder, environment = where
    log = folder / f"{Path(command[0]).name}.log"
    with log.open("w") as out:
        server = subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=out)

    def answers() -> bool:
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(address).close()
        except OSError:
            return False
        return True

    try:
        until(answers)
        yield
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="module")
def lab(where: Where) -> Iterator[str]:
    """The address of a JupyterLab."""
    port = free_port()
    options = (f"--port={port}", "--no-browser", "--allow-root", "--IdentityProvider.token=",
               "--ServerApp.disable_check_xsrf=True")  # fmt: skip
    address = f"http://localhost:{port}"
    with served(where, f"{address}/lab", TOOLS / "bin/jupyter", "lab", *options):
        # With a kernel of its own already, the notebook is opened without a question for one.
        wanted = {"path": "notebook.ipynb", "name": "", "type": "notebook",
                  "kernel": {"name": "python3"}}  # fmt: skip
        asked = urllib.request.Request(f"{address}/api/sessions", json.dumps(wanted).encode())
        urllib.request.urlopen(asked).close()
        yield f"{address}/lab/tree"


def opened(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator(".jp-Notebook .jp-CodeCell").first).to_be_visible()
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")).to_be_attached()


def pictures(page: Page) -> list[Locator]:
    """The frames of all pictures, in the notebook's order."""
    frames = page.locator("iframe[srcdoc]")
    expect(frames).to_have_count(len(cells.PICTURES))
    return frames.all()


def step(frame: FrameLocator) -> str | None:
    return frame.locator(".viz-root").get_attribute("data-step")


def play(page: Page, place: int, frame: Locator) -> None:
    """Step through the beginning of a picture, then go to its end."""
    frame.scroll_into_view_if_needed()
    inside = frame.content_frame
    root = inside.locator(".viz-root")
    state = "error" if place == cells.STOPPED else "ready"
    expect(root).to_have_attribute("data-state", state)
    expect(inside.locator(".viz-code")).to_contain_text(cells.PICTURES[place])
    for key, reached in (("Home", "0"), ("ArrowRight", "1"), ("Home", "0"), ("End", None)):
        root.press(key)
        if reached is not None:
            expect(root).to_have_attribute("data-step", reached)
    expect(root).not_to_have_attribute("data-step", "0")


def test_jupyterlab_runs_the_notebook_and_each_picture_plays(chromium: Browser, lab: str) -> None:
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    opened(page, f"{lab}/notebook.ipynb?reset")
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    frames = pictures(page)
    for place, frame in enumerate(frames):
        play(page, place, frame)
    expect(page.locator(".jp-OutputArea-output[data-mime-type$=stderr]")).to_contain_text(
        "grad can be implicitly created only for scalar outputs"
    )
    expect(page.get_by_text("[6.0, 8.0] 6.0")).to_be_visible()

    # One picture moves, the others stay.
    first, *others = [frame.content_frame for frame in frames]
    before = [step(it) for it in others]
    frames[0].scroll_into_view_if_needed()
    first.locator(".viz-root").press("Home")
    expect(first.locator(".viz-root")).to_have_attribute("data-step", "0")
    assert [step(it) for it in others] == before

    # The kernel folds the loop's iteration.
    frames[cells.LOOP].scroll_into_view_if_needed()
    loop = frames[cells.LOOP].content_frame
    for key in ("Home", "ArrowRight", "ArrowRight"):
        loop.locator(".viz-root").press(key)
    crumbs = loop.locator(".viz-path button")
    expect(crumbs).to_have_count(2)
    crumbs.last.click()
    expect(crumbs).to_have_count(1)
    page.screenshot(path=PROJECT / "artefacts/notebook-lab.png")
    page.close()


def test_executed_notebook_saved_a_file(where: Where, executed: Path) -> None:
    assert executed.exists()
    assert (where[0] / "run.gif").read_bytes().startswith(b"GIF89a")


def test_untrusted_notebook_shows_still_pictures(
    chromium: Browser, lab: str, executed: Path
) -> None:
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    opened(page, f"{lab}/{executed.name}?reset")
    stills = page.locator("details > img[src^='data:image/svg+xml']")
    expect(stills).to_have_count(len(cells.PICTURES))
    assert page.locator("iframe[srcdoc]").count() == 0
    for summary, still in zip(page.locator("details > summary").all(), stills.all(), strict=True):
        summary.click()
        still.scroll_into_view_if_needed()
        assert still.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 100
    page.screenshot(path=PROJECT / "artefacts/notebook-untrusted.png")
    page.close()


def test_nbconverts_page_plays(chromium: Browser, where: Where, executed: Path) -> None:
    convert(where, executed.name, "--to=html", "--output=page")
    page = chromium.new_page(viewport={"width": 1200, "height": 900})
    page.goto((where[0] / "page.html").as_uri(), wait_until="domcontentloaded")
    for place, frame in enumerate(pictures(page)):
        play(page, place, frame)
    page.close()


def test_nbconverts_slides_play(chromium: Browser, where: Where, executed: Path) -> None:
    modules = TOOLS / "node_modules"
    convert(
        where, executed.name, "--to=slides", "--output=deck",
        f"--SlidesExporter.reveal_url_prefix={(modules / 'reveal.js').as_uri()}",
        f"--SlidesExporter.require_js_url={(modules / 'requirejs/require.js').as_uri()}",
    )  # fmt: skip
    page = chromium.new_page(viewport={"width": 1400, "height": 1000})
    page.goto((where[0] / "deck.slides.html").as_uri(), wait_until="domcontentloaded")
    expect(page.locator(".reveal.ready, .reveal .present").first).to_be_attached()
    shown = 0
    for place, frame in enumerate(pictures(page)):
        while not frame.is_visible():  # on to its slide
            shown += 1
            page.evaluate(SLIDE, [f"{(modules / 'reveal.js').as_uri()}/dist/reveal.js", shown])
            assert shown < len(cells.CELLS)
        play(page, place, frame)
    page.close()


def test_marimo_serves_the_notebook_as_an_app(chromium: Browser, where: Where) -> None:
    folder, environment = where
    (folder / "app.py").write_text(cells.app(), "utf-8")
    port = free_port()
    lent = {**environment, "PYTHONPATH": f"{PROJECT}:{sysconfig.get_path('purelib')}"}
    command = (TOOLS / "bin/marimo", "run", "app.py", f"--port={port}", "--headless", "--no-token")
    with served((folder, lent), f"http://localhost:{port}", *command):
        page = chromium.new_page(viewport={"width": 1200, "height": 900})
        page.goto(f"http://localhost:{port}")
        frames = page.locator("iframe[srcdoc*='viz-held']")
        shown = [it for place, it in enumerate(cells.PICTURES) if place != cells.STOPPED]
        expect(frames).to_have_count(len(shown))
        for start, frame in zip(shown, frames.all(), strict=True):
            play(page, cells.PICTURES.index(start), frame)
        page.close()


def test_notebook_outputs_contain_no_widget_and_no_second_script(executed: Path) -> None:
    """A page has the scripts of its pictures, and only these."""
    body = json.loads(executed.read_text("utf-8"))
    kinds = {
        kind
        for cell in body["cells"]
        for output in cell["outputs"]
        for kind in output.get("data", {})
    }
    assert kinds == {"text/html", "text/plain"}
    html = [
        "".join(output["data"]["text/html"])
        for cell in body["cells"]
        for output in cell["outputs"]
        if "text/html" in output.get("data", {})
    ]
    assert len(html) == len(cells.PICTURES)
    assert not [it for it in html if re.search("<script", it)]
