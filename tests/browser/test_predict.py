"""Predict: the visitor enters a gradient before it is shown, and it is really absent before."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser import seen
from tests.browser.conftest import OpenPage
from viz_app.knowledge import text

WORDS = text.load("en").table("stage")


DRAWN = """[...document.querySelectorAll('.viz-plot text')]
  .filter((each) => each.checkVisibility()).map((each) => each.textContent)"""


def _field(page: Page) -> Locator:
    return page.get_by_role("textbox", name=re.compile("^Gradient of "))


def _answer(page: Page, answer: str) -> None:
    _field(page).fill(answer)
    _field(page).press("Enter")


def _said(page: Page, key: str, **params: object) -> None:
    expect(page.locator(".viz-predict-said")).to_have_text(WORDS[f"predict_{key}"].format(**params))


def test_gradient_is_hidden_until_its_question_is_answered(open_page: OpenPage) -> None:
    page = open_page("?step=5")
    switch = page.get_by_role("button", name="Predict", exact=True)
    expect(switch).to_have_attribute("aria-pressed", "false")
    expect(_field(page)).to_be_hidden()
    seen.press(page, "Next step")
    assert seen.gradient(page, "c") == [1, 1]
    seen.press(page, "Previous step")
    switch.press("Enter")
    expect(page).to_have_url(re.compile("predict=1"))
    seen.graph(page).focus()
    page.keyboard.press("ArrowRight")
    # 2*c has [0.5, 0.5] and doubles it.
    expect(_field(page)).to_be_focused()
    assert seen.caption(page) == WORDS["predict_given"].format(
        node="2*c", received="[0.5, 0.5]", name="c"
    )
    assert seen.table(page)["c"]["Gradient"] == "?"
    drawn = page.evaluate(DRAWN)
    assert "∇ ?" in drawn
    assert "∇ [1, 1]" not in drawn
    formula = page.get_by_role("group", name="Formula", exact=True)
    expect(formula.locator("math")).to_have_count(0)
    printed = page.get_by_role("region", name="Printed output", exact=True)
    expect(printed.get_by_text("tensor([6., 8.])")).to_be_hidden()
    # Nothing is an empty heading: it says when it comes back.
    waits = """(name) => getComputedStyle(document.querySelector(name), "::after").content"""
    for hidden in (".viz-output", ".viz-math", ".viz-panes"):
        assert page.evaluate(waits, hidden) == f'"{WORDS["predict_hidden"]}"'
    seen.shot(page, "predict")

    _answer(page, "one")
    _said(page, "numbers")
    _answer(page, "1")
    _said(page, "size", count=2)
    _answer(page, "[0.5, 0.5]")
    _said(page, "upstream")
    _answer(page, "2 2")
    _said(page, "local")
    _answer(page, "-1; -1")
    _said(page, "sign")
    _answer(page, "3, 3")
    _said(page, "large", factor=3)
    _answer(page, "1, 7")
    _said(page, "some", right=1, count=2)
    _answer(page, "40, 50")
    _said(page, "wrong_send")
    _answer(page, "1., 1.004")
    expect(_field(page)).to_be_hidden()
    expect(page.locator(".viz-predict-score")).to_have_text("Right! 1 of 1 right")
    assert seen.gradient(page, "c") == [1, 1]
    assert "multiplies by its local derivative" in seen.caption(page)
    expect(printed.get_by_text("tensor([6., 8.])")).to_be_visible()
    # The keys are the picture's again, and no question is asked twice.
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    expect(seen.slider(page)).to_have_attribute("aria-valuenow", "6")
    expect(_field(page)).to_be_hidden()
    seen.press(page, "Next step")
    page.get_by_role("button", name="Show", exact=True).click()
    assert seen.gradient(page, "b") == [6, 8]
    expect(page.locator(".viz-predict-score")).to_have_text("Shown. 1 of 2 right")
    switch.click()
    expect(page).not_to_have_url(re.compile("predict"))
    seen.press(page, "Last step")
    assert seen.gradient(page, "a") == [6, 8]


def test_a_link_opens_with_a_question_and_playing_waits_for_it(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out&step=10&predict=1")
    expect(page.get_by_role("button", name="Predict", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    _answer(page, "30")
    _said(page, "path")
    _answer(page, "37")
    assert seen.gradient(page, "x") == [37]
    page.get_by_role("combobox", name="Speed", exact=True).select_option("4")
    seen.press(page, "First step")
    seen.press(page, "Play")
    # Forward there is nothing to ask.
    expect(_field(page)).to_be_visible()
    expect(seen.slider(page)).to_have_attribute("aria-valuenow", "6")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    # One can continue without an answer.
    seen.press(page, "Next step")
    expect(seen.slider(page)).to_have_attribute("aria-valuenow", "7")
    expect(_field(page)).to_be_visible()
