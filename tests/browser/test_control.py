"""Control of the picture: a range of steps plays in a loop, and a dialog lists the keys."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import seen
from tests.browser.conftest import OpenPage
from tests.browser.test_access import _violations


def test_range_plays_in_a_loop_until_escape(open_page: OpenPage) -> None:
    page = open_page("?lesson=gradient-calculation&speed=4")
    graph = seen.graph(page)
    loop = page.locator(".viz-loop")
    expect(loop).to_have_accessible_name("Loop: start at this step")
    graph.focus()
    for key in ("ArrowRight", "ArrowRight", "l", "ArrowRight", "ArrowRight"):
        graph.press(key)
    expect(loop).to_have_accessible_name("Loop: end at this step")
    expect(page.locator(".viz-unseen[aria-live]")).to_have_text("The loop starts at step 2.")
    loop.click()  # the control does what the key does; the loop begins to play
    expect(page.locator(".viz-unseen[aria-live]")).to_have_text("Steps 2 to 4 play in a loop.")
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    visited = page.evaluate(
        """() => new Promise((done) => {
            const seen = [];
            window.addEventListener("viz:step", ({ detail }) => {
                seen.push(detail.step);
                if (seen.length === 7) done(seen);
            });
        })"""
    )
    start = visited[0]
    assert visited == [2 + (start - 2 + k) % 3 for k in range(7)]
    band = page.locator(".viz-range")
    expect(band).to_be_visible()
    rail = page.locator(".viz-slider").bounding_box()
    box = band.bounding_box()
    assert rail is not None
    assert box is not None
    assert rail["x"] < box["x"] < box["x"] + box["width"] < rail["x"] + rail["width"]
    seen.shot(page, "control-loop")
    graph.focus()
    graph.press("Escape")
    expect(band).to_be_hidden()
    expect(loop).to_have_accessible_name("Loop: start at this step")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()  # to the end
    assert seen.now(page) == seen.last(page)


def test_a_loop_is_set_by_touch_and_in_korean(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out&lang=ko", width=360, height=740, has_touch=True, ready=False)
    expect(page.locator(".viz-root")).to_have_attribute("data-state", "ready")
    loop = page.locator(".viz-loop")
    loop.tap()
    page.locator(".viz-next").tap()
    loop.tap()
    expect(loop).to_have_accessible_name("구간 반복 끝내기")
    expect(page.locator(".viz-range")).to_be_visible()
    loop.tap()
    expect(page.locator(".viz-range")).to_be_hidden()


@pytest.mark.parametrize("opens", ["?", "button"])
def test_the_keys_are_listed_and_the_focus_comes_back(open_page: OpenPage, opens: str) -> None:
    page = open_page("?lesson=fan-out", color_scheme="dark" if opens == "?" else "light")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts", exact=True)
    opener = page.get_by_role("button", name="Keyboard shortcuts", exact=True)
    if opens == "?":
        seen.graph(page).focus()
        page.keyboard.press("?")
    else:
        opener.focus()
        opener.press("Enter")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("Loop: start here, end here, end the loop")
    assert _violations(page) == []
    seen.shot(page, f"control-keys-{'dark' if opens == '?' else 'light'}")
    step = seen.now(page)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    assert seen.now(page) == step  # the page behind it does not react to its keys
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(seen.graph(page) if opens == "?" else opener).to_be_focused()


def test_keys_zoom(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out")
    seen.graph(page).focus()
    world = page.locator(".viz-world")
    before = world.get_attribute("style")
    page.keyboard.press("+")
    expect(world).not_to_have_attribute("style", before or "")
    page.keyboard.press("0")
    expect(world).to_have_attribute("style", re.compile("scale"))
