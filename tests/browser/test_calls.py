"""A call of several autograd nodes: its disc opens into one disc per node, and folds again."""

import re
from typing import Literal

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import seen
from tests.browser.conftest import OpenPage
from viz_app import share

NORMALIZE = """
x = torch.tensor([[3., 4.], [6., 8.]], requires_grad=True)
unit = torch.nn.functional.normalize(x, dim=1)
loss = (unit * torch.tensor([1., 2.])).sum()
loss.backward()
"""
SOFT_LABELS = """
x = torch.tensor([[2., 0., 1.], [0., 1., 1.]], requires_grad=True)
target = torch.tensor([[0.75, 0.25, 0.], [0.5, 0., 0.5]])
loss = torch.nn.functional.cross_entropy(x, target)
loss.backward()
"""
ATTENTION = """
torch.manual_seed(0)
q, k, v = (torch.randn(1, 2, 3).requires_grad_() for _ in range(3))
mask = torch.tensor([[0., -1.], [0., 0.]])
mixed = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
mixed.sum().backward()
"""
OPEN = re.compile(r"[?&]groups=[0-9a-f]{8}(&|$)")
FOLDED = re.compile(r"[?&]groups=-[0-9a-f]{8}(&|$)")


def _rows(page: Page) -> Locator:
    return page.get_by_role("table", name="Present step", exact=True).locator("tbody")


def _inspector(page: Page) -> Locator:
    return page.get_by_role("region", name="Inspector", exact=True)


def _to_step(page: Page, operation: str) -> None:
    """Go on to the backward step of an operation, which its caption begins with."""
    for _ in range(seen.last(page)):
        if operation in seen.caption(page):
            return
        seen.press(page, "Next step")
    raise AssertionError(f"no step of {operation}")


def test_a_call_opens_and_folds_by_keyboard_and_the_link_remembers(open_page: OpenPage) -> None:
    page = open_page(f"?code={share.encode(NORMALIZE)}")
    graph, rows, inspector = seen.graph(page), _rows(page), _inspector(page)
    _to_step(page, "· clamp_min")
    step = seen.now(page)
    expect(rows).not_to_contain_text("clamp_min")
    # The step is about a node inside the folded call: the inspector shows the call with its nodes.
    expect(inspector).to_contain_text("norm(x, dim=1) LinalgVectorNormBackward0")
    graph.focus()
    graph.press("Enter")
    expect(page).to_have_url(OPEN)
    expect(rows).to_contain_text("clamp_min")
    assert seen.now(page) == step
    found = seen.table(page)
    assert found["clamp_min"]["Operation"] == "ClampMinBackward0"
    assert found["clamp_min"]["Value"] == ""  # Python never saw it
    assert len(seen.gradient(page, "clamp_min")) == 2
    assert found["norm(x, dim=1)"]["Gradient"] != ""
    expect(inspector).to_contain_text("clamp_min")
    expect(inspector.get_by_role("button", name="Fold", exact=True)).to_be_visible()
    seen.quiet(page)
    seen.shot(page, "call-open")
    for button in ("First step", "Next step", "Next step", "Next step"):
        seen.press(page, button)
    seen.press(page, "Last step")
    assert len(seen.gradient(page, "norm(x, dim=1)")) == 2
    page.reload()
    expect(graph).to_have_attribute("data-state", "ready")
    expect(rows).to_contain_text("clamp_min")
    page.get_by_role("button", name="First step", exact=True).click()
    _to_step(page, "· clamp_min")
    graph.focus()
    graph.press("Backspace")
    expect(rows).not_to_contain_text("clamp_min")
    expect(page).to_have_url(FOLDED)


def test_a_call_opens_by_a_second_click_and_by_the_inspectors_button(open_page: OpenPage) -> None:
    page = open_page(f"?code={share.encode(SOFT_LABELS)}")
    rows, inspector = _rows(page), _inspector(page)
    seen.press(page, "Last step")
    disc = page.locator(".viz-plot text:visible", has_text="cross_entro…")
    disc.click(force=True)
    expect(inspector.get_by_role("button", name="Unfold", exact=True)).to_be_visible()
    expect(rows).not_to_contain_text("log_softmax")  # at first it is looked at only
    disc.click(force=True)
    expect(rows).to_contain_text("log_softmax(x)")
    seen.quiet(page)
    seen.shot(page, "call-soft-labels")
    expect(inspector.locator(".viz-chosen")).to_contain_text("loss")
    inspector.get_by_role("button", name="Fold", exact=True).click()
    expect(rows).not_to_contain_text("log_softmax")
    expect(inspector).to_be_focused()
    inspector.get_by_role("button", name="Unfold", exact=True).press("Enter")
    expect(rows).to_contain_text("log_softmax(x)")
    page.get_by_role("button", name=re.compile("^Fold: call cross_entropy")).click()
    expect(rows).not_to_contain_text("log_softmax")


LOOKS: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def _shots(page: Page, name: str) -> None:
    for look in LOOKS:
        page.emulate_media(color_scheme=look)
        expect(seen.graph(page)).to_have_attribute("data-theme", look)
        seen.quiet(page)
        seen.shot(page, name.format(look))


@pytest.mark.parametrize(("name", "program"), [("attention", ATTENTION), ("normalize", NORMALIZE)])
def test_the_picture_of_an_opened_call(open_page: OpenPage, name: str, program: str) -> None:
    page = open_page(f"?code={share.encode(program)}")
    seen.press(page, "Last step")
    page.locator(".viz-plot text:visible").filter(has_text=re.compile("^(scaled|norm)")).click(
        force=True
    )
    _shots(page, f"call-{name}-{{}}-folded")
    _inspector(page).get_by_role("button", name="Unfold", exact=True).click()
    expect(_rows(page)).to_contain_text(re.compile("expand"))
    seen.press(page, "Show everything")
    _shots(page, f"call-{name}-{{}}")
