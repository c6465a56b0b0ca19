"""A server that is away does not stop stepping or typing, and nothing typed is lost with it."""

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser import seen
from tests.browser.serve import free_port, serve

CUBE = "x = torch.tensor(2., requires_grad=True)\ny = x ** 3\ny.backward()\nx.grad\n"


def _open(chromium: Browser, address: str) -> Page:
    page = seen.new_page(chromium, locale="en-US", viewport={"width": 1440, "height": 900})
    page.goto(address)
    expect(seen.graph(page)).to_have_attribute("data-state", "ready")
    return page


def test_pages_outlive_two_restarts_of_their_server(chromium: Browser) -> None:
    """One page is only stepped through, in another somebody types: each server takes seconds."""
    port = free_port()
    with serve(seen.ARTEFACTS / "first.log", port) as address:
        stepped = _open(chromium, f"{address}/?step=3")
        away = stepped.locator(".viz-away")
        expect(away).to_be_hidden()
        page = _open(chromium, f"{address}/?lesson=fan-out")
        seen.run(page, CUBE)
        for _ in range(3):
            seen.press(page, "Next step")
        expect(page).to_have_url(re.compile(r"code=.*step=3(&|$)"))
        field = seen.program(page)
        field.press("Control+End")
        field.press_sequentially("# half")

    # The server is gone; the page stays, and so does who types.
    field.press_sequentially(" a word")
    expect(away).to_have_text(
        "The server does not answer. The picture can be stepped through as before; "
        "changes to the program wait until it is back."
    )
    expect(stepped.get_by_test_id("stDialog")).to_have_count(0)
    # Nothing covers the picture, neither for the pointer nor for the keyboard.
    seen.press(stepped, "Next step")
    assert seen.now(stepped) == 4
    stepped.keyboard.press("ArrowRight")
    assert seen.now(stepped) == 5
    seen.shot(stepped, "away")

    with serve(seen.ARTEFACTS / "second.log", port):
        expect(away).to_be_hidden()
        expect(seen.program(stepped)).to_be_enabled()
        assert seen.now(stepped) == 5
        stepped.close()
        expect(field).to_have_value(CUBE + "# half a word")
        expect(seen.slider(page)).to_have_attribute("aria-valuenow", "3")
        # The connection comes back by itself, in growing intervals.
        expect(page.get_by_test_id("stApp")).to_have_attribute(
            "data-test-connection-state", "CONNECTED"
        )
        # Requests made while the server was away are repeated.
        expect(page.locator(".viz-status")).to_have_attribute("data-state", "ready")
        expect(field).to_have_value(CUBE + "# half a word")
        number = page.get_by_role("spinbutton", name="x", exact=True)
        number.fill("4")
    number.press("Enter")  # of a server that is gone again
    with serve(seen.ARTEFACTS / "third.log", port):
        expect(field).to_have_value(re.compile(r"^x = torch\.tensor\(4\.,"))
        number.press("ArrowUp")
        expect(field).to_have_value(re.compile(r"^x = torch\.tensor\(5\.,"))
    page.close()
