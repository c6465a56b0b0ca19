"""The gradient norms at a glance: vanishing, zero and nan gradients appear in a strip."""

from playwright.sync_api import expect

from tests.browser import seen
from tests.browser.conftest import OpenPage
from tests.browser.test_access import _violations
from viz_app import share

ILL = """
w = torch.tensor([1., 2.], requires_grad=True)
v = torch.tensor([0., 4.], requires_grad=True)
dead = torch.relu(w - 5)
s = torch.sqrt(v * 0)
u = v * 1000
loss = dead.sum() + (s * 0).sum() + (u * u).sum()
loss.backward()
"""
DEEP = """
from torch import nn
torch.manual_seed(0)
net = nn.Sequential(*(part for _ in range(8) for part in (nn.Linear(4, 4), nn.Sigmoid())))
loss = net(torch.randn(6, 4)).square().mean()
loss.backward()
"""


def test_zeros_and_nan_have_shape_and_word_and_a_bar_selects_its_tensor(
    open_page: OpenPage,
) -> None:
    page = open_page(f"?code={share.encode(ILL)}")
    strip = page.get_by_role("listbox", name="Gradient norms", exact=True)
    expect(strip.get_by_role("option", name="nan")).to_have_count(0)  # nothing arrived yet
    seen.press(page, "Last step")
    expect(strip.get_by_role("option", name="v*0 · nan")).to_be_visible()
    expect(strip.get_by_role("option", name="all zeros")).to_have_count(3)
    word = "(bar) => getComputedStyle(bar, '::after').content"
    assert strip.get_by_role("option", name="w · all zeros").evaluate(word) == '"0"'
    assert strip.get_by_role("option", name="v*0 · nan").evaluate(word) == '"nan"'
    strip.get_by_role("option", name="v*0 · nan").click()
    inspector = page.get_by_role("region", name="Inspector", exact=True)
    expect(inspector.locator("strong").first).to_have_text("v*0")
    step = seen.now(page)
    strip.focus()
    strip.press("ArrowRight")
    strip.press("Enter")
    expect(inspector.locator("strong").first).not_to_have_text("v*0")
    assert seen.now(page) == step  # arrows walk the strip, not the steps
    assert _violations(page) == []
    page.get_by_role("combobox", name="Colour", exact=True).select_option("gradient")
    expect(page.locator(".viz-tint-strange")).to_have_count(2)
    seen.shot(page, "health-ill")


def test_a_vanishing_gradient_is_a_slope(open_page: OpenPage) -> None:
    page = open_page(f"?code={share.encode(DEEP)}&lang=ko", color_scheme="dark", ready=False)
    expect(page.locator(".viz-root")).to_have_attribute("data-state", "ready")
    page.locator(".viz-last").click()
    parts = page.locator(".viz-health-bar").evaluate_all(
        "(bars) => bars.map((bar) => Number(bar.style.getPropertyValue('--viz-part')))"
    )
    assert len(parts) > 8
    assert parts[0] < 0.35
    assert parts[-1] > 0.7
    box = page.locator(".viz-health-bars").bounding_box()
    assert box is not None
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    seen.shot(page, "health-deep")


def test_a_small_healthy_picture_has_no_strip(open_page: OpenPage) -> None:
    page = open_page("?lesson=gradient-calculation")
    seen.press(page, "Last step")
    expect(page.locator(".viz-health")).to_be_hidden()
