"""The address matches the visible state: links, reload, back and forward, a restarted server."""

import base64
import io
import re
import zlib
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser import seen
from tests.browser.conftest import OpenPage
from viz_app import share
from viz_app.knowledge import theme

CUBE = "x = torch.tensor(2., requires_grad=True)\ny = x ** 3\ny.backward()\nprint(x.grad)"
LINE = "w = torch.tensor(5., requires_grad=True)\n(3 * w).backward()\nprint(w.grad)"


TWICE = """net = torch.nn.Sequential(torch.nn.Linear(1, 2), torch.nn.Tanh())
for x in (torch.ones(2, 1), torch.ones(2, 1)):
    loss = net(x).pow(2).mean()
    loss.backward()
"""


def _query(page: Page) -> str:
    return "?" + page.url.partition("?")[2]


def _at(page: Page, step: int) -> None:
    expect(seen.slider(page)).to_have_attribute("aria-valuenow", str(step))
    expect(page).to_have_url(re.compile(rf"[?&]step={step}(&|$)"))


def _share(page: Page) -> None:
    page.get_by_role("button", name="Share", exact=True).click()
    expect(page.get_by_label("Link to this step")).to_be_visible()
    expect(page.get_by_label("Link to this step")).to_have_value(page.url)


def _paper(page: Page, name: str) -> None:
    expect(seen.graph(page)).to_have_css("--viz-paper", theme.THEMES[name].paper)


def _ready(page: Page) -> None:
    expect(page.locator("[role=region][data-state]")).to_have_attribute("data-state", "ready")


def test_a_shared_link_opens_the_same_step_card_language_and_program(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out")
    seen.run(page, CUBE)
    for _ in range(3):
        seen.press(page, "Next step")
    page.get_by_role("combobox", name="Speed", exact=True).select_option("2")
    box = page.locator(".viz-plot").bounding_box()
    assert box
    # The graph lies in the middle of its frame, and an operation in the middle of the graph.
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page).to_have_url(re.compile("node="))
    inspected = page.get_by_role("region", name="Inspector", exact=True).inner_text()
    page.get_by_role("combobox", name="Colour", exact=True).select_option("gradient")
    page.get_by_role("button", name="Zoom in", exact=True).click()
    expect(page).to_have_url(re.compile(r"view=[0-9.]+_-?\d+_-?\d+&colour=gradient"))
    _at(page, 3)
    _share(page)
    link = page.get_by_label("Link to this step").input_value()
    caption = seen.caption(page)

    other = open_page(link.partition("/?")[2].join(["?", ""]))
    _at(other, 3)
    assert other.url.partition("/?")[2] == link.partition("/?")[2]
    moved = "getComputedStyle(document.querySelector('.viz-world')).transform"
    assert seen.numbers(other.evaluate(moved)) == pytest.approx(
        seen.numbers(page.evaluate(moved)), rel=1e-2
    )
    assert seen.caption(other) == caption
    assert seen.program(other).input_value() == CUBE
    assert other.get_by_role("region", name="Inspector", exact=True).inner_text() == inspected
    speed = other.get_by_role("combobox", name="Speed", exact=True)
    expect(speed).to_have_value("2")
    other.get_by_text("한국어", exact=True).click()
    expect(other).to_have_url(re.compile("lang=ko"))

    korean = open_page(_query(other), ready=False)
    _ready(korean)
    expect(korean.get_by_role("heading", name="자동 미분 시각화")).to_be_visible()
    expect(korean.get_by_role("slider")).to_have_attribute("aria-valuenow", "3")
    assert korean.get_by_role("textbox", name="프로그램", exact=True).input_value() == CUBE


def test_folded_groups_pass_view_predict_mode_and_theme_are_in_a_link(open_page: OpenPage) -> None:
    page = open_page(f"?code={share.encode(TWICE)}&embed_options=dark_theme")
    seen.press(page, "Last step")
    net = page.get_by_role("button", name=re.compile("^Fold: .*net"))
    loop = page.get_by_role("button", name=re.compile("^Fold: loop"))
    (net if net.count() else loop).first.click()
    expect(page).to_have_url(re.compile("groups="))
    passes = page.get_by_role("slider", name="Backward pass", exact=True)
    expect(passes).to_have_value("1")
    page.get_by_role("combobox", name="Speed", exact=True).select_option("0.5")
    page.get_by_role("button", name="Zoom out", exact=True).click()
    page.get_by_role("button", name="Predict", exact=True).click()
    seen.quiet(page)
    seen.press(page, "Previous step")
    seen.quiet(page)
    _at(page, seen.now(page))
    expect(page).to_have_url(
        re.compile(r"speed=0\.5&.*view=.*&predict=1&embed_options=dark_theme$")
    )
    other = open_page(_query(page), color_scheme="light")
    look = """() => ({
        step: document.querySelector('[aria-label=Step]').getAttribute('aria-valuenow'),
        pass: document.querySelector('.viz-passes input').value,
        speed: document.querySelector('[aria-label=Speed]').value,
        predict: document.querySelector('.viz-predict-switch').getAttribute('aria-pressed'),
        paper: getComputedStyle(document.querySelector('.viz-root')).backgroundColor,
        cards: [...document.querySelectorAll('.viz-plot text')]
            .filter((each) => each.checkVisibility()).map((each) => each.textContent).sort(),
        query: location.search,
    })"""
    _at(other, seen.now(page))
    assert other.evaluate(look) == page.evaluate(look)
    moved = "getComputedStyle(document.querySelector('.viz-world')).transform"
    assert seen.numbers(other.evaluate(moved)) == pytest.approx(
        seen.numbers(page.evaluate(moved)), rel=1e-2
    )
    seen.shot(other, "link-everything")


def test_names_of_autograd_are_shown_on_request_remembered_and_in_a_link(
    open_page: OpenPage,
) -> None:
    page = open_page("?lesson=fan-out&step=8")
    name = page.locator(".viz-plot text", has_text="AddBackward0").first
    switch = page.get_by_role("button", name=re.compile("^Show the names that autograd gives"))
    expect(name).to_be_attached()
    expect(name).to_be_hidden()
    assert "x + u receives" in seen.caption(page)
    switch.click()
    expect(name).to_be_visible()
    assert "AddBackward0 receives" in seen.caption(page)
    expect(page).to_have_url(re.compile(r"\?lesson=fan-out&step=8&names=torch$"))
    link = _query(page)
    page.goto(page.url.replace("&names=torch", ""))
    _ready(page)
    expect(page).to_have_url(re.compile(r"\?lesson=fan-out&step=8&names=torch$"))
    expect(name).to_be_visible()
    switch.click()
    expect(name).to_be_hidden()
    expect(page).to_have_url(re.compile(r"\?lesson=fan-out&step=8$"))

    other = open_page(link)
    expect(other.locator(".viz-plot text", has_text="AddBackward0").first).to_be_visible()


def test_a_lesson_has_a_short_link(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out")
    seen.press(page, "Next step")
    seen.press(page, "Next step")
    _at(page, 2)
    assert _query(page) == "?lesson=fan-out&step=2"


def test_a_reload_brings_back_text_and_step(open_page: OpenPage) -> None:
    page = open_page()
    seen.run(page, CUBE)
    seen.press(page, "Last step")
    last = seen.last(page)
    _at(page, last)
    page.reload()
    _ready(page)
    expect(seen.program(page)).to_have_value(CUBE)
    _at(page, last)
    # Typed, but not yet run.
    seen.program(page).press_sequentially("# ")
    typed = seen.program(page).input_value()
    assert typed != CUBE
    page.reload()
    expect(seen.program(page)).to_have_value(typed)
    expect(seen.graph(page)).to_have_attribute("data-state", "stale")


def test_back_and_forward_lead_through_the_programs(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out")
    seed = seen.program(page).input_value()
    for _ in range(4):
        seen.press(page, "Next step")
    _at(page, 4)
    seen.run(page, CUBE)
    expect(page).to_have_url(re.compile("code="))
    seen.run(page, LINE)
    expect(page).to_have_url(re.compile(share.encode(LINE)))
    page.go_back()
    expect(seen.program(page)).to_have_value(CUBE)
    output = page.get_by_role("region", name="Printed output", exact=True)
    expect(output).to_contain_text("12.")
    expect(page).to_have_url(re.compile(share.encode(CUBE)))
    page.go_back()
    expect(seen.program(page)).to_have_value(seed)
    _at(page, 4)
    page.go_forward()
    page.go_forward()
    expect(seen.program(page)).to_have_value(LINE)
    expect(output).to_contain_text("3.")
    page.go_back()
    expect(seen.program(page)).to_have_value(CUBE)
    # A change made with a control is an entry of the browser's history, the same as undo's.
    number = page.get_by_role("spinbutton", name="x", exact=True)
    number.fill("7.")
    number.press("Enter")
    expect(seen.program(page)).to_have_value(CUBE.replace("2.", "7."))
    expect(page).to_have_url(re.compile(share.encode(CUBE.replace("2.", "7."))))
    page.go_back()
    expect(seen.program(page)).to_have_value(CUBE)
    expect(output).to_contain_text("12.")
    page.get_by_role("button", name="Redo", exact=True).click()
    expect(seen.program(page)).to_have_value(CUBE.replace("2.", "7."))
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(seen.program(page)).to_have_value(CUBE)
    # Another program from here on, as after an undo.
    page.get_by_role("combobox", name="Lesson").click()
    page.keyboard.type("two-layer")  # the list shows a few of many
    page.get_by_role("option", name=re.compile("Two-layer|two-layer")).click()
    expect(page).to_have_url(re.compile("lesson=two-layer-mlp"))
    page.go_back()
    expect(seen.program(page)).to_have_value(CUBE)


HOSTILE = {
    "markup": "?code=<script>alert(1)</script>",
    "bomb": "?code=" + base64.urlsafe_b64encode(zlib.compress(b"a" * 50_000_000, 9)).decode(),
    "base64": "?code=eNqrULBVKMkvSs7",
    "step": "?step=abc",
    "path": "?lesson=../../x",
    "speed": "?lesson=fan-out&speed=1e9",
    "node": "?lesson=fan-out&node=<b>",
}


@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE)
def test_hostile_link_shows_one_message_and_the_first_lesson(
    open_page: OpenPage, query: str
) -> None:
    page = open_page(query)
    alert = page.get_by_role("alert")
    expect(alert).to_have_count(1)
    expect(alert).to_contain_text("here is the first lesson instead.")
    assert alert.inner_text().count(".") - query.count("..") * 2 <= 2
    expect(seen.program(page)).to_have_value(re.compile("SEED_NUM = 2025"))
    expect(page).to_have_url(re.compile(r"\?lesson=gradient-calculation$"))


def test_share_button_opens_link_code_and_file(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    seed = seen.program(page).input_value()
    seen.press(page, "Next step")
    _at(page, 1)
    _share(page)
    image = page.get_by_role("img", name="QR code of the link", exact=True)
    assert (image.get_attribute("src") or "").startswith("data:image/svg+xml")
    # What a camera reads.
    read = zxingcpp.read_barcode(Image.open(io.BytesIO(image.screenshot())))
    assert read is not None
    assert read.text == page.url
    page.get_by_role("button", name="Copy the link", exact=True).click()
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    page.get_by_role("button", name="Copy the embed code", exact=True).click()
    snippet = page.evaluate("navigator.clipboard.readText()")
    assert "lesson=fan-out&amp;step=1&amp;embed=true" in snippet
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as .py", exact=True).click()
    assert download.value.suggested_filename == "fan-out.py"
    assert Path(download.value.path()).read_text("utf-8") == seed
    expect(page.get_by_role("button", name="Reset to the lesson", exact=True)).to_be_disabled()
    seen.shot(page, "share")


@pytest.mark.parametrize(("width", "height"), [(800, 600), (360, 640)])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_embedded_page_shows_the_picture(
    open_page: OpenPage, width: int, height: int, scheme: str
) -> None:
    # The frame's own theme, not the reader's.
    other = "dark" if scheme == "light" else "light"
    options: dict[str, Any] = {"width": width, "height": height, "color_scheme": other}
    page = open_page(f"?lesson=fan-out&step=6&embed=true&embed_options={scheme}_theme", **options)
    _at(page, 6)
    _paper(page, scheme)
    assert "embed=true" in page.url
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    seen.quiet(page)
    seen.shot(page, f"embed-{width}-{scheme}")


def test_theme_other_than_the_systems_is_in_the_link(
    open_page: OpenPage,
) -> None:
    page = open_page("?lesson=fan-out&step=6&embed_options=dark_theme")
    _at(page, 6)
    _paper(page, "dark")
    seen.press(page, "Next step")
    expect(page).to_have_url(re.compile(r"\?lesson=fan-out&step=7&embed_options=dark_theme$"))
    _share(page)
    snippet = page.get_by_label("Embed in a course page").input_value()
    assert "&amp;embed=true&amp;embed_options=dark_theme" in snippet
    same = open_page("?lesson=fan-out&step=6&embed_options=dark_theme", color_scheme="dark")
    expect(same).to_have_url(re.compile(r"\?lesson=fan-out&step=6$"))
    # The switch, which keeps what is seen, and the system's own theme while the page is open.
    same.get_by_role("button", name="Light theme", exact=True).click()
    expect(same).to_have_url(re.compile(r"\?lesson=fan-out&step=6&embed_options=light_theme$"))
    _at(same, 6)
    _paper(same, "light")
    same.get_by_role("button", name="Dark theme", exact=True).click()
    expect(same.get_by_role("button", name="Light theme", exact=True)).to_be_visible()
    _at(same, 6)
    expect(same).to_have_url(re.compile(r"\?lesson=fan-out&step=6$"))
    opened = open_page("?lesson=fan-out&step=6")
    opened.emulate_media(color_scheme="dark")
    expect(opened.get_by_role("button", name="Light theme", exact=True)).to_be_visible()
    _at(opened, 6)
    # The header is drawn first, the picture with the rest of the same run.
    _paper(opened, "dark")


def test_constants_are_hidden_on_request_remembered_and_in_a_link(open_page: OpenPage) -> None:
    source = (
        "x = torch.tensor([5., 7.])\nw = torch.tensor([2., 3.], requires_grad=True)\n"
        "(w * x).sum().backward()\n"
    )
    page = open_page(f"?code={share.encode(source)}&step=2")
    constant, other = (
        page.locator(".viz-plot text", has_text=re.compile(f"^{of}$")) for of in "xw"
    )
    switch = page.get_by_role("button", name=re.compile("^Hide constants"))
    expect(constant.first).to_be_visible()
    switch.click()
    expect(constant.first).to_be_hidden()
    expect(other.first).to_be_visible()
    expect(page).to_have_url(re.compile(r"&constants=hidden$"))
    link = _query(page)
    page.goto(page.url.replace("&constants=hidden", ""))
    _ready(page)
    expect(page).to_have_url(re.compile(r"&constants=hidden$"))
    expect(constant.first).to_be_hidden()
    switch.click()
    expect(constant.first).to_be_visible()
    expect(page).not_to_have_url(re.compile("constants"))

    there = open_page(link)
    expect(there.locator(".viz-plot text", has_text=re.compile("^w$")).first).to_be_visible()
    expect(there.locator(".viz-plot text", has_text=re.compile("^x$")).first).to_be_hidden()
