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


def test_any_pass_of_a_long_training_can_be_shown(open_page: OpenPage) -> None:
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
    seen.shot(page, "passes")


def test_link_to_a_pass_opens_there_with_its_iteration_unfolded(open_page: OpenPage) -> None:
    program = share.encode(TRAINING)
    page = open_page(f"?code={program}&turn=31", fresh=True, reduced_motion="reduce")
    passes = page.get_by_role("slider", name="Backward pass", exact=True)
    _shows(page, passes, 31, r"7\d\d")
    expect(page.get_by_role("status", name="Caption")).to_contain_text("w - 30")
    expect(page.locator(".viz-path")).to_contain_text("↻ 31")
    assert "turn=31" in page.evaluate("location.search")


PLAYED = """() => {
  const counter = document.querySelector('.viz-counter');
  window.testPlayed = [counter.textContent];
  new MutationObserver(() => window.testPlayed.push(counter.textContent))
    .observe(counter, { childList: true, characterData: true, subtree: true });
}"""


def test_a_training_plays_pass_by_pass(open_page: OpenPage) -> None:
    program = TRAINING.replace("100", "6")
    page = open_page(f"?code={share.encode(program)}")
    page.get_by_role("combobox", name="Speed", exact=True).select_option("4")
    page.evaluate(PLAYED)
    passes = page.get_by_role("slider", name="Backward pass", exact=True)
    turns = page.get_by_role("button", name="Pass by pass", exact=True)
    turns.click()
    expect(passes).to_have_attribute("aria-valuetext", re.compile("^pass 6 of 6"))
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()  # it has ended
    # Each at its end, where the gradients have arrived.
    shown = page.evaluate("window.testPlayed")[1:]
    assert len(shown) == 6
    ends = [re.match(r"backward (\d+) / (\d+)", each) for each in shown]
    assert all(end is not None and end[1] == end[2] for end in ends), shown
    assert seen.now(page) == seen.last(page)
    turns.click()  # once more, from the first
    expect(passes).to_have_attribute("aria-valuetext", re.compile("^pass 1 of 6"))
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_controls_of_the_passes_are_whole_in_a_frame_of_700_pixels(open_page: OpenPage) -> None:
    program = TRAINING.replace("100", "6")
    page = open_page(f"?code={share.encode(program)}&embed=true", width=700, height=600)
    seen.quiet(page)
    frame = page.locator(".viz-root").bounding_box()
    controls = page.locator(".viz-passes :is(button, input):visible")
    boxes = [one.bounding_box() for one in controls.all()]
    assert frame is not None
    assert len(boxes) >= 4
    for box in boxes:
        assert box is not None
        assert frame["x"] <= box["x"] <= box["x"] + box["width"] <= frame["x"] + frame["width"]


TWO_ROOTS = """
w = torch.tensor(1., requires_grad=True)
for turn in range(4):
    near = (w - 2) ** 2
    far = (w - 10) ** 2
    near.backward()
    far.backward()
    with torch.no_grad():
        w -= 0.01 * w.grad
"""


def test_on_a_phone_the_curve_is_on_the_first_screen_with_the_axis_of_the_present_loss(
    open_page: OpenPage,
) -> None:
    page = open_page(f"?code={share.encode(TWO_ROOTS)}&lang=en", width=390, height=844)
    passes = page.get_by_role("slider", name="Backward pass", exact=True)
    expect(passes).to_have_attribute("aria-valuetext", re.compile("^pass 1 of 8 · near, line 6 = "))
    expect(page.locator(".viz-curve svg")).to_be_in_viewport(ratio=1)
    expect(page.locator(".viz-losses polyline")).to_have_count(2)
    expect(page.locator(".viz-losses [data-present] polyline")).to_be_visible()
    expect(page.locator(".viz-curve-axis span")).to_have_text(["1", "8"])
    expect(page.locator(".viz-scale span")).to_have_count(2)
    expect(page.locator(".viz-scale span").first).to_have_text("1")
    passes.press("ArrowRight")
    expect(passes).to_have_attribute(
        "aria-valuetext", re.compile("^pass 2 of 8 · far, line 7 = 81")
    )
    expect(page.locator(".viz-scale span").first).to_have_text("81")
    expect(page.locator(".viz-losses g").nth(1)).to_have_attribute("data-present", "")
    seen.shot(page, "curve-phone")
