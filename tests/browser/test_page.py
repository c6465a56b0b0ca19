"""The page itself: its size, names, languages and links."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import seen
from tests.browser.conftest import OpenPage
from viz_app import share
from viz_app.share import Settings

NAMES = [
    ("textbox", "Program"),
    ("region", "Computation graph"),
    ("button", "Play"),
    ("button", "First step"),
    ("button", "Previous step"),
    ("button", "Next step"),
    ("button", "Last step"),
    ("slider", "Step"),
    ("status", "Caption"),
    ("table", "Present step"),
    ("region", "Inspector"),
    ("region", "Printed output"),
]
"""Names that other programs find the parts of the page by: they stay as they are."""

INSIDE = """() => ({
  across: document.documentElement.scrollWidth - innerWidth,
  down: Math.max(...[...document.querySelectorAll('body, [data-testid=stMain]')]
    .map((each) => each.scrollHeight - each.clientHeight)),
})"""


def _on_screen(page: Page, role: str, name: str) -> bool:
    box = page.get_by_role(role, name=name, exact=True).bounding_box()  # type: ignore[arg-type]
    size = page.viewport_size
    assert box
    assert size
    return bool(
        box["x"] >= 0
        and box["y"] >= 0
        and box["x"] + box["width"] <= size["width"]
        and box["y"] + box["height"] <= size["height"]
    )


@pytest.mark.parametrize("lesson", ["gradient-calculation", "fan-out", "two-layer-mlp"])
def test_each_accessible_name_occurs_once(open_page: OpenPage, lesson: str) -> None:
    page = open_page(f"?lesson={lesson}")
    counts = {
        (role, name): page.get_by_role(role, name=name, exact=True).count()  # type: ignore[arg-type]
        for role, name in NAMES
    }
    assert counts == dict.fromkeys(NAMES, 1)
    assert page.get_by_role("alert").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lesson", ["gradient-calculation", "fan-out", "two-layer-mlp"])
def test_one_screen_without_scrolling(open_page: OpenPage, lesson: str, scheme: str) -> None:
    page = open_page(f"?lesson={lesson}", color_scheme=scheme)
    page.wait_for_function(f"() => Object.values(({INSIDE})()).every((over) => over <= 0)")
    shown = [(role, name) for role, name in NAMES if role not in ("table",)]
    assert [each for each in shown if not _on_screen(page, *each)] == []
    seen.press(page, "Last step")
    seen.quiet(page)
    seen.shot(page, f"{lesson}-{scheme}")


@pytest.mark.parametrize("width", [800, 360])
def test_narrow_screen_stacks_the_panels(open_page: OpenPage, width: int) -> None:
    page = open_page(width=width, height=800)
    seen.quiet(page)
    assert page.evaluate(INSIDE)["across"] <= 0
    program, graph = seen.program(page).bounding_box(), seen.graph(page).bounding_box()
    assert program
    assert graph
    assert graph["width"] > 0.8 * width
    assert program["width"] > 0.7 * width
    page.screenshot(path=seen.ARTEFACTS / f"narrow-{width}.png", full_page=True)


def test_language_follows_the_browser(open_page: OpenPage) -> None:
    page = open_page(locale="ko-KR", ready=False)
    expect(page.get_by_role("heading", name="자동 미분 시각화")).to_be_visible()
    expect(page.locator("[data-state=ready][role=region]")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "ko"
    seen.quiet(page)
    seen.shot(page, "korean")


def test_switching_the_language_keeps_step_text_and_run(open_page: OpenPage) -> None:
    page = open_page("?lang=en", locale="ko-KR")
    seen.press(page, "Last step")
    seen.press(page, "Previous step")
    step, english = seen.now(page), seen.caption(page)
    page.get_by_text("한국어", exact=True).click()
    expect(page.get_by_role("heading", name="자동 미분 시각화")).to_be_visible()
    slider = page.get_by_role("slider")
    expect(slider).to_have_attribute("aria-valuenow", str(step))
    korean = page.get_by_role("status").filter(has_text=re.compile("[가-힣]"))
    expect(korean).to_have_count(1)
    assert korean.inner_text() != english
    assert "lang=ko" in page.url
    seen.shot(page, "korean-step")
    page.get_by_text("EN", exact=True).click()
    expect(seen.slider(page)).to_have_attribute("aria-valuenow", str(step))
    expect(page.get_by_role("status", name="Caption", exact=True)).to_have_text(english)


def test_choosing_a_lesson_shows_it_and_puts_it_into_the_address(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("combobox", name="Lesson").click()
    page.get_by_role("option", name=re.compile("Fan-out")).click()
    expect(seen.program(page)).to_have_value(re.compile(r"z = u \* v \+ x"))
    expect(page.get_by_role("region", name="Printed output", exact=True)).to_contain_text("37.")
    expect(page).to_have_url(re.compile("lesson=fan-out"))
    seen.press(page, "Last step")
    assert seen.gradient(page, "x")[-1] == 37
    assert seen.gradient(page, "y")[-1] == 45


def test_a_link_holds_a_program_and_a_step(open_page: OpenPage) -> None:
    text = "w = torch.tensor(3., requires_grad=True)\nloss = (w - 1) ** 2\nloss.backward()\nw.grad"
    query = share.query(Settings(program=text, language="en", step=2))
    page = open_page("?" + "&".join(f"{key}={value}" for key, value in query.items()))
    expect(seen.program(page)).to_have_value(text)
    expect(seen.slider(page)).to_have_attribute("aria-valuenow", "2")
    seen.press(page, "Last step")
    assert seen.gradient(page, "w")[-1] == 4


@pytest.mark.parametrize("query", ["?code=abc!", "?code=AAAA", "?lesson=none", "?step=x"])
def test_broken_link_shows_a_message_and_the_first_lesson(open_page: OpenPage, query: str) -> None:
    page = open_page(query)
    expect(page.get_by_role("alert")).to_contain_text("first lesson")
    expect(seen.program(page)).to_have_value(re.compile("SEED_NUM = 2025"))


def test_link_shows_a_program_that_does_not_parse(open_page: OpenPage) -> None:
    page = open_page(f"?code={share.encode('a = (')}", ready=False)
    expect(page.get_by_role("alert")).to_contain_text("Line 1")
    expect(seen.program(page)).to_have_value("a = (")


def test_an_embedded_page_leaves_the_header_out(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out&embed=true")
    assert page.get_by_role("heading", name="Autodiff visualiser").count() == 0
    expect(seen.program(page)).to_be_visible()
    seen.shot(page, "embedded")


def test_program_without_any_gradient_is_shown(open_page: OpenPage) -> None:
    page = open_page()
    seen.run(page, "x = 1\nprint(x)")
    expect(page.get_by_role("region", name="Printed output", exact=True)).to_contain_text("1")


@pytest.mark.parametrize("lesson", ["gradient-calculation", "two-layer-mlp"])
def test_explanations_unfold_within_the_screen(open_page: OpenPage, lesson: str) -> None:
    page = open_page(f"?lesson={lesson}")
    before = seen.graph(page).bounding_box()
    folder = page.get_by_role("button", name="Show or hide the explanations", exact=True)
    folder.click()
    page.wait_for_function(f"() => ({INSIDE})().down <= 0")
    expect(page.locator(".viz-explain [data-part=symbol]").first).to_be_in_viewport()
    assert _on_screen(page, "region", "Computation graph")
    assert _on_screen(page, "region", "Explanations")
    seen.shot(page, f"{lesson}-explained")
    folder.click()
    expect(folder).to_have_attribute("aria-expanded", "false")
    page.wait_for_function(
        "(high) => document.querySelector('.viz-root').clientHeight >= high - 4",
        arg=before["height"] if before else 0,
    )


def test_explanations_fit_a_tablet_that_is_turned_until_the_visitor_decides(
    open_page: OpenPage,
) -> None:
    page = open_page("?lesson=two-layer-mlp", width=768, height=1024)
    folder = page.get_by_role("button", name="Show or hide the explanations", exact=True)
    expect(folder).to_have_attribute("aria-expanded", "true")
    page.set_viewport_size({"width": 1024, "height": 768})
    expect(folder).to_have_attribute("aria-expanded", "false")
    seen.shot(page, "tablet-turned")
    folder.click()
    page.set_viewport_size({"width": 768, "height": 1024})
    page.set_viewport_size({"width": 1024, "height": 768})
    seen.quiet(page)
    expect(folder).to_have_attribute("aria-expanded", "true")
