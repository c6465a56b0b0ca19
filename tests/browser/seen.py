"""The content of the page, as a visitor or a screen reader finds it."""

import re
from typing import Any

from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.patience import PATIENCE_MS
from viz_app.paths import PROJECT

ARTEFACTS = PROJECT / "artefacts"


def new_page(browser: Browser, **options: Any) -> Page:
    """A page with a profile of its own; nobody checks its console for errors."""
    page = browser.new_page(**options)
    page.set_default_timeout(PATIENCE_MS)
    return page


def graph(page: Page) -> Locator:
    return page.get_by_role("region", name="Computation graph", exact=True)


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="Step", exact=True)


def program(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Program", exact=True)


def caption(page: Page) -> str:
    return page.get_by_role("status", name="Caption", exact=True).inner_text().strip()


def now(page: Page) -> int:
    return int(slider(page).get_attribute("aria-valuenow") or "-1")


def last(page: Page) -> int:
    return int(slider(page).get_attribute("aria-valuemax") or "-1")


def press(page: Page, button: str) -> None:
    page.get_by_role("button", name=button, exact=True).click()


def numbers(text: str) -> list[float]:
    """The numbers of a cell, in either of PyTorch's notations: `[6., 8.]` or `[6, 8]`."""
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d*)?(?:e-?\d+)?", text)]


def table(page: Page) -> dict[str, dict[str, str]]:
    """The rows of the table "Present step" by their Name."""
    found = page.get_by_role("table", name="Present step", exact=True)
    expect(found).to_have_attribute("aria-busy", "false")  # it waits until steps rest
    heads = [cell.strip() for cell in found.get_by_role("columnheader").all_text_contents()]
    assert heads == ["Name", "Operation", "Value", "Gradient"]
    rows = found.locator("tbody tr").all()
    cells = [[cell.strip() for cell in row.locator("th, td").all_text_contents()] for row in rows]
    return {row[0]: dict(zip(heads, row, strict=True)) for row in cells}


def gradient(page: Page, name: str) -> list[float]:
    return numbers(table(page)[name]["Gradient"])


def run(page: Page, text: str, *, state: str = "ready") -> None:
    """Put a program into the field and run it as a keyboard user does."""
    field = program(page)
    field.fill(text)
    expect(graph(page)).to_have_attribute("data-state", "stale")
    field.press("Control+Enter")
    expect(graph(page)).to_have_attribute("data-state", state)


QUIET = """(width) => {
  const graph = document.querySelector(".viz-root");
  const drawn = !["ready", "error"].includes(graph?.dataset.state)
    || graph.dataset.run === document.documentElement.dataset.vizPrinted;
  const fades = ({ playState, effect }) =>
    playState === "running" && effect.getComputedTiming().endTime !== Infinity;
  const quiet = drawn && document.querySelector("[data-test-script-state=notRunning]") !== null
    && !document.getAnimations().some(fades)
    && (width === null || innerWidth === width) && !graph?.matches("[data-settling]");
  // A window that was resized is measured anew at the end of a frame.
  window.testQuietFrames = quiet ? (window.testQuietFrames ?? 0) + 1 : 0;
  // What was just asked for is sent, and said to be under way, a moment later only.
  const since = quiet ? window.testQuietSince ?? performance.now() : undefined;
  window.testQuietSince = since;
  return quiet && performance.now() - since > 300 && window.testQuietFrames > 3;
}"""


def quiet(page: Page) -> None:
    """Wait until everything the server sends to this page is shown, and nothing fades any more."""
    page.evaluate("delete window.testQuietSince; delete window.testQuietFrames")
    size = page.viewport_size
    page.wait_for_function(QUIET, arg=size and size["width"])


def reload_without(page: Page, file: str) -> Route:
    """Reload the page until its picture is ready, with the answer for one file held back; the
    route's `continue_` sends it."""
    held: list[Route] = []
    page.route(file, lambda route: held.append(route))  # Playwright marks its handlers
    with page.expect_request(file):
        page.reload()
    expect(graph(page)).to_have_attribute("data-state", "ready")
    [route] = held
    return route


def sent(page: Page) -> list[bytes | str]:
    """All messages to the server from now on, for a newly opened page; the list grows as they
    go."""
    found: list[bytes | str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: found.append(frame)))
    page.reload()
    expect(graph(page)).to_have_attribute("data-state", "ready")
    return found


def shot(page: Page, name: str) -> None:
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png")
