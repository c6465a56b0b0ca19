"""The picture with fingers, large text, every width, and reduced motion."""

from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.browser import seen
from tests.browser.conftest import OpenPage
from tests.browser.test_pictures import PROGRAMS, tidy


def _scale(page: Page) -> float:
    return float(page.locator(".viz-world").evaluate("(w) => new DOMMatrix(w.style.transform).a"))


def _left(page: Page) -> float:
    return float(page.locator(".viz-world").evaluate("(w) => new DOMMatrix(w.style.transform).e"))


def _top(page: Page) -> float:
    return float(page.locator(".viz-world").evaluate("(w) => new DOMMatrix(w.style.transform).f"))


class Fingers:
    """Touches as a screen reports them, in CSS pixels of the viewport."""

    def __init__(self, page: Page) -> None:
        self.session: CDPSession = page.context.new_cdp_session(page)

    def _send(self, kind: str, *points: tuple[float, float]) -> None:
        touches: list[dict[str, Any]] = [
            {"x": x, "y": y, "id": place} for place, (x, y) in enumerate(points)
        ]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def move(self, *ways: tuple[tuple[float, float], tuple[float, float]], steps: int = 8) -> None:
        """Each finger from one place to another, together."""
        self._send("touchStart", *(start for start, _ in ways))
        for step in range(1, steps + 1):
            part = step / steps
            self._send(
                "touchMove",
                *((a + (c - a) * part, b + (d - b) * part) for (a, b), (c, d) in ways),
            )
        self._send("touchEnd")

    def press(self, page: Page, at: tuple[float, float], milliseconds: int) -> None:
        self._send("touchStart", at)
        page.wait_for_timeout(milliseconds)


def test_one_finger_drags_two_zoom_and_a_long_press_shows_the_tip(open_page: OpenPage) -> None:
    page = open_page(
        f"?{PROGRAMS['mlp']}", width=412, height=915, has_touch=True, device_scale_factor=2
    )
    page.locator(".viz-last").tap()
    frame = page.locator(".viz-frame")
    frame.evaluate("(frame) => frame.scrollIntoView({ block: 'center' })")
    box = frame.bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    fingers = Fingers(page)
    before = _left(page)
    fingers.move(((middle[0] + 60, middle[1]), (middle[0] - 60, middle[1])))
    assert _left(page) < before - 60
    before = _scale(page)
    fingers.move(
        ((middle[0] - 30, middle[1]), (middle[0] - 110, middle[1])),
        ((middle[0] + 30, middle[1]), (middle[0] + 110, middle[1])),
    )
    assert _scale(page) > 1.5 * before
    assert page.evaluate("visualViewport.scale") == 1  # the picture, not the page
    before = _top(page)
    fingers.move(
        ((middle[0] - 40, middle[1] + 40), (middle[0] - 40, middle[1] - 30)),
        ((middle[0] + 40, middle[1] + 40), (middle[0] + 40, middle[1] - 30)),
    )
    assert _top(page) < before - 40  # two fingers also move it up and down, and the page stays
    seen.press(page, "First step")
    seen.press(page, "Last step")  # the step's card is in view
    seen.quiet(page)
    card = page.locator(".viz-plot text:visible", has_text="net[0].weight").first.bounding_box()
    assert card is not None
    at = card["x"] + card["width"] / 2, card["y"] + card["height"] / 2
    fingers.press(page, at, 700)
    expect(page.locator(".viz-tip")).to_be_visible()
    expect(page.locator(".viz-tip strong")).to_have_text("net[0].weight")
    seen.shot(page, "reach-touch")


@pytest.mark.parametrize("name", ["seed", "mlp", "loop-of-30"])
@pytest.mark.parametrize("width", [360, 1440])
def test_text_at_twice_its_size_overlaps_nothing(
    open_page: OpenPage, name: str, width: int
) -> None:
    # As a browser does that enlarges only text; zooming the page is the same as a narrower one.
    page = open_page(f"?{PROGRAMS[name]}", width=width, height=900)
    page.locator(".viz-last").click()
    page.evaluate(ENLARGE)
    seen.quiet(page)
    page.locator(".viz-root").evaluate("(stage) => stage.scrollIntoView()")
    seen.shot(page, f"reach-text-{name}-{width}")
    tidy(page)


ENLARGE = """() => {
    const all = [...document.querySelectorAll('.viz-root *')].filter((one) => !one.closest('svg'));
    const sizes = all.map((one) => parseFloat(getComputedStyle(one).fontSize));
    all.forEach((one, place) =>
        one.style.setProperty('font-size', `${2 * sizes[place]}px`, 'important'));
}"""


@pytest.mark.parametrize("width", [360, 600, 768, 1001, 1920, 2560])
def test_every_width_is_filled_without_overflow(open_page: OpenPage, width: int) -> None:
    height = 1440 if width == 2560 else 900
    page = open_page(f"?{PROGRAMS['encoder-block']}", width=width, height=height)
    page.locator(".viz-last").click()
    tidy(page)
    stage = page.locator(".viz-root").bounding_box()
    assert stage is not None
    assert stage["width"] > (0.6 if width > 1000 else 0.9) * width
    page.locator(".viz-root").evaluate("(stage) => stage.scrollIntoView()")
    seen.shot(page, f"reach-{width}")


def test_with_less_motion_nothing_flies_or_glides(open_page: OpenPage) -> None:
    page = open_page(f"?{PROGRAMS['fan-out']}", reduced_motion="reduce")
    seen.quiet(page)  # what Streamlit fades is not ours
    page.locator(".viz-last").click()
    expect(page.locator(".viz-pulse circle")).to_have_count(0)
    page.locator(".viz-previous").click()
    expect(page.locator(".viz-pulse circle")).to_have_count(0)
    moving = page.evaluate(
        "document.getAnimations().filter((one) => one.playState === 'running').length"
    )
    assert moving == 0
