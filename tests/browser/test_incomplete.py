"""A page of which a file did not arrive: loaded again once by itself, then by a button."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.patience import PATIENCE_MS
from viz_app.knowledge import text

MAIN = re.compile(r"/static/js/index\.[^/]*\.js$")
LATER = re.compile(r"/later\.js$")
"""A part that the page asks for once it is there."""


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page whose console may show errors, as that of a poor connection does."""
    context = chromium.new_context(locale="ko-KR")
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def lose(page: Page, what: re.Pattern[str], loads: int) -> Callable[[], int]:
    """Let all requests for `what` fail in the first loads of the page; how often it was loaded."""
    loaded = 0

    def count(request: Request) -> None:
        nonlocal loaded
        loaded += request.is_navigation_request()

    page.on("request", count)
    page.route(
        what,
        lambda route: route.abort("connectionreset") if loaded <= loads else route.continue_(),
    )
    return lambda: loaded


def test_a_page_that_shows_nothing_yet_is_loaded_again_by_itself(server: str, page: Page) -> None:
    loads = lose(page, MAIN, 1)
    page.goto(f"{server}/?lang=en")
    expect(page.get_by_role("region", name="Computation graph")).to_have_attribute(
        "data-state", "ready"
    )
    assert loads() == 2
    expect(page.locator(".viz-incomplete")).to_be_hidden()


def test_it_is_loaded_by_itself_only_once_and_then_by_a_button(server: str, page: Page) -> None:
    loads = lose(page, MAIN, 2)
    page.goto(server)
    words = text.load("ko")
    note = page.get_by_role("alert")
    expect(note).to_contain_text(words("page.incomplete"))
    assert loads() == 2
    note.get_by_role("button", name=words("page.load_again")).click()
    expect(page.get_by_role("region", name=words("stage.graph"))).to_have_attribute(
        "data-state", "ready"
    )
    expect(note).to_be_hidden()


def test_a_page_that_is_there_is_never_loaded_again_by_itself(server: str, page: Page) -> None:
    loads = lose(page, LATER, 1)
    page.goto(f"{server}/?lang=en")
    graph = page.get_by_role("region", name="Computation graph")
    expect(graph).to_have_attribute("data-state", "ready")
    page.evaluate(
        "document.body.append(Object.assign(document.createElement('script'), { src: 'later.js' }))"
    )
    note = page.locator(".viz-incomplete")
    expect(note).to_be_visible()
    expect(graph).to_be_visible()
    assert loads() == 1
    note.get_by_role("button", name="Load the page again").click()
    expect(graph).to_have_attribute("data-state", "ready")
    expect(note).to_be_hidden()
    assert loads() == 2
