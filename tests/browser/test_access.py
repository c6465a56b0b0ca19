"""Accessibility: axe-core finds no violation in any state of the page."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import seen
from tests.browser.conftest import OpenPage
from tests.browser.test_stage import TRAINING
from viz_app import share

BROKEN = "a = torch.tensor(1., requires_grad=True)\nb = a / c\n"
CUT = "a = torch.tensor(2., requires_grad=True)\nb = (a * 5).detach() * a\nb.backward()\n"


def _violations(page: Page) -> list[str]:
    seen.quiet(page)  # what waits for the server is pale
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found
        for node in each["nodes"]
    ]


@pytest.mark.parametrize(
    ("query", "state", "options"),
    [
        ("?lesson=gradient-calculation&lang=ko", "ready", {}),
        ("?lesson=two-layer-mlp&step=9", "ready", {"color_scheme": "dark"}),
        ("?lesson=fan-out&step=7", "ready", {"width": 360, "height": 740}),
        (f"?code={share.encode(BROKEN)}", "error", {"color_scheme": "dark"}),
        (f"?code={share.encode(TRAINING)}", "ready", {}),
        (f"?code={share.encode('')}", "ready", {}),
        ("?lesson=fan-out&embed=true", "ready", {"width": 800, "height": 600}),
        ("?lesson=fan-out&step=7&predict=1", "ready", {"color_scheme": "dark"}),
    ],
    ids=["korean", "dark", "narrow", "error", "folded", "empty", "embedded", "asked"],
)
def test_axe_finds_no_violation(
    open_page: OpenPage, query: str, state: str, options: dict[str, Any]
) -> None:
    page = open_page(query, ready=False, **options)
    expect(page.locator("[data-state][role=region]")).to_have_attribute("data-state", state)
    assert _violations(page) == []


def test_axe_finds_no_violation_in_opened_panels(open_page: OpenPage) -> None:
    page = open_page(f"?code={share.encode(CUT)}")
    explained = page.get_by_role("region", name="Explanations", exact=True)
    for tab in explained.get_by_role("tab").all():
        tab.click()
        assert _violations(page) == [], tab.inner_text()
    graph = seen.graph(page)
    graph.focus()
    graph.press("p")
    projector = page.get_by_role("button", name=re.compile("^Projector"))
    expect(projector).to_have_attribute("aria-pressed", "true")
    assert _violations(page) == [], "projector"
    seen.shot(page, "access-projector")
    projector.click()
    seen.run(page, CUT.replace("5", "6"))  # so that there is something to go back to
    for name, opened in (
        ("History", page.get_by_role("dialog", name="History", exact=True)),
        ("What if", page.get_by_role("table", name="Before and after", exact=True)),
        ("Share", page.get_by_label("Link to this step")),
    ):
        button = page.get_by_role("button", name=name, exact=True)
        expect(button).to_be_enabled()
        button.click()
        expect(opened).to_be_visible()
        assert _violations(page) == [], name
        page.keyboard.press("Escape")
    seen.shot(page, "access")
