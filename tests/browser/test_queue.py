"""Visitors of a busy server see their place in the queue, and run; nothing jumps."""

from playwright.sync_api import Browser, expect

from tests.browser import seen
from tests.browser.serve import serve

ENDLESS = "import time\ntime.sleep(1_000)\n"
"""Ends at the limit of the clock, without work for the processor."""
STILL = "[data-testid=stSpinnerIcon] { animation: none !important; }"
"""Style of a page that waits for a limit: what turns meanwhile costs more work than the program."""
CUBE = "x = torch.tensor(2., requires_grad=True)\n(x ** 3).backward()\nx.grad\n"


def test_the_place_in_the_queue_is_shown_until_the_program_has_run(chromium: Browser) -> None:
    log = seen.ARTEFACTS / "queue.log"
    with serve(log, VIZ_APP_AT_ONCE="1") as address:
        pages = []
        for _ in range(3):
            page = seen.new_page(chromium, locale="en-US", viewport={"width": 1440, "height": 900})
            page.goto(address)
            expect(seen.graph(page)).to_have_attribute("data-state", "ready")
            page.add_style_tag(content=STILL)
            pages.append(page)
        *loops, waits = pages  # two, so that the third waits in the queue long enough
        stood = seen.graph(waits).bounding_box()
        for page in pages:
            text = CUBE if page is waits else ENDLESS
            seen.program(page).fill(text)
            seen.program(page).press("Control+Enter")
            expect(seen.graph(page)).not_to_have_attribute("data-state", "ready")
            # The server has started it, so the next one queues behind it.
            expect(page.get_by_test_id("stSpinner")).to_be_visible()
        place = waits.get_by_text("Yours is number 1 in the queue.")
        expect(place).to_be_visible()
        assert seen.graph(waits).bounding_box() == stood
        waits.screenshot(path=seen.ARTEFACTS / "queue.png")
        goes_on, ends = loops  # the first has reached its limit by now; the second is cancelled
        seen.program(ends).fill(CUBE)
        seen.program(ends).press("Control+Enter")
        output = waits.get_by_role("region", name="Printed output", exact=True)
        expect(output).to_contain_text("tensor(12.)")
        expect(place).to_have_count(0)
        expect(seen.graph(ends)).to_have_attribute("data-state", "ready")
        expect(goes_on.get_by_role("alert")).to_contain_text("The program reached the limit of")
        for page in pages:
            page.close()
    assert "Traceback" not in log.read_text()
