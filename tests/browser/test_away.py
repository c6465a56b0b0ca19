"""A server that is away does not stop stepping, and the page says so in its own words."""

from playwright.sync_api import Browser, expect

from tests.browser import seen
from tests.browser.serve import free_port, serve


def test_picture_can_be_stepped_through_without_the_server(chromium: Browser) -> None:
    log, port = seen.ARTEFACTS / "away.log", free_port()
    page = seen.new_page(chromium, locale="en-US", viewport={"width": 1440, "height": 900})
    away = page.locator(".viz-away")
    with serve(log, port) as address:
        page.goto(f"{address}/?step=3")
        expect(seen.graph(page)).to_have_attribute("data-state", "ready")
        expect(away).to_be_hidden()
    expect(away).to_have_text(
        "The server does not answer. The picture can be stepped through as before; "
        "changes to the program wait until it is back."
    )
    expect(page.get_by_test_id("stDialog")).to_have_count(0)
    # Nothing covers the picture, neither for the pointer nor for the keyboard.
    seen.press(page, "Next step")
    assert seen.now(page) == 4
    page.keyboard.press("ArrowRight")
    assert seen.now(page) == 5
    page.screenshot(path=seen.ARTEFACTS / "away.png")
    with serve(log, port):
        expect(away).to_be_hidden()
        expect(seen.program(page)).to_be_enabled()
        assert seen.now(page) == 5
    page.close()
