"""Any pass of a long training: chosen on the curve, by number, as the first nan, as the largest."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser import seen
from tests.browser.conftest import OpenPage
from viz_app import share

TRAINING = """
w = torch.tensor(1., requires_grad=True)
for turn in range(100):
    scale = 50. if turn == 44 else float('nan') if turn == 59 else 1.
    loss = scale * (w - turn) ** 2
    loss.backward()
    with torch.no_grad():
        w -= 0.001 * torch.nan_to_num(w.grad)
    w.grad = None
"""


def _shows(page: Page, passes: Locator, number: int, value: str) -> None:
    expect(passes).to_have_attribute(
        "aria-valuetext", re.compile(rf"^pass {number} of 100 · {value}")
    )
    expect(page.locator(".viz-counter")).to_have_text(re.compile(rf"\(pass {number}\)"))


def test_any_pass_of_a_long_training_is_chosen_and_shown(open_page: OpenPage) -> None:
    page = open_page(f"?code={share.encode(TRAINING)}")
    passes = page.get_by_role("slider", name="Backward pass", exact=True)
    expect(passes).to_have_attribute("max", "99")
    expect(page.locator(".viz-passes-label")).to_have_text("loss at each backward pass")
    field = page.get_by_role("spinbutton", name="Pass number", exact=True)
    field.fill("9")
    field.press("Enter")
    _shows(page, passes, 9, r"\d")
    expect(page.locator(".viz-path")).to_contain_text("↻ 9")
    field.fill("31")
    field.press("Enter")
    _shows(page, passes, 31, r"7\d\d")
    page.get_by_role("button", name="Largest gradient", exact=True).click()
    _shows(page, passes, 45, r"\d")
    page.get_by_role("button", name="First nan", exact=True).press("Enter")
    _shows(page, passes, 60, "nan")
    box = passes.bounding_box()
    assert box is not None
    passes.click(position={"x": box["width"] * 0.75, "y": box["height"] / 2})
    expect(passes).not_to_have_value("59")
    chosen = int(passes.input_value()) + 1
    assert 60 < chosen < 85
    _shows(page, passes, chosen, r"\d")
    seen.shot(page, "turns")


def test_a_link_to_a_pass_begins_there_with_its_turn_open(open_page: OpenPage) -> None:
    program = share.encode(TRAINING)
    page = open_page(f"?code={program}&turn=31", fresh=True, reduced_motion="reduce")
    passes = page.get_by_role("slider", name="Backward pass", exact=True)
    _shows(page, passes, 31, r"7\d\d")
    expect(page.get_by_role("status", name="Caption")).to_contain_text("w - 30")
    expect(page.locator(".viz-path")).to_contain_text("↻ 31")
    assert "turn=31" in page.evaluate("location.search")
