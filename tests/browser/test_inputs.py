"""Inputs and operations: each field rewrites the text, the picture follows, undo reverts it."""

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser import seen
from tests.browser.conftest import OpenPage
from viz_app import share


def _field(page: Page, name: str) -> Locator:
    return page.get_by_role("spinbutton", name=name, exact=True)


def _done(page: Page, text: str) -> None:
    """Wait until the program holds a text and the picture is of it."""
    expect(seen.program(page)).to_have_value(re.compile(re.escape(text)))
    expect(page.locator(".viz-status")).to_have_attribute("data-state", "ready")
    expect(seen.graph(page)).to_have_attribute("data-state", "ready")
    seen.quiet(page)
    seen.press(page, "Last step")


def test_typed_number_changes_text_and_gradient_and_undo_restores_both(
    open_page: OpenPage,
) -> None:
    page = open_page()
    before = seen.program(page).input_value()
    undo = page.get_by_role("button", name="Undo", exact=True)
    redo = page.get_by_role("button", name="Redo", exact=True)
    expect(undo).to_be_disabled()
    field = _field(page, "a, position 2")
    expect(field).to_have_value("3")
    field.fill("5")
    field.press("Enter")
    _done(page, "data=[2, 5]")
    assert seen.gradient(page, "a") == [6, 12]
    seen.shot(page, "inputs-typed")
    undo.click()
    _done(page, "data=[2, 3]")
    assert seen.program(page).input_value() == before
    assert seen.gradient(page, "a") == [6, 8]
    expect(undo).to_be_disabled()
    redo.click()
    _done(page, "data=[2, 5]")
    expect(field).to_have_value("5")
    field.press("ArrowUp")
    _done(page, "data=[2, 6]")
    field.press("Control+z")
    _done(page, "data=[2, 5]")


def test_invalid_number_changes_nothing(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out")
    before = seen.program(page).input_value()
    field = _field(page, "x")
    field.fill("3; import os")
    field.press("Enter")
    expect(field).to_have_attribute("aria-invalid", "true")
    field.press("Escape")
    expect(field).to_have_value("3.")
    assert seen.program(page).input_value() == before


TOGETHER = """() => {
  const text = document.querySelector('.viz-program textarea').value;
  const row = [...document.querySelectorAll('.viz-stage table tbody tr')]
    .find((each) => each.cells[0].textContent === 'x');
  return [text.match(/x = torch.tensor\\(([^,]*),/)[1], row.cells[2].textContent];
}"""

ANOTHER = f"(before) => !before.includes(({TOGETHER})()[1])"


def test_dragged_number_is_followed_live_and_is_one_history_entry(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out")
    before = seen.program(page).input_value()
    field = _field(page, "x")
    expect(field).to_be_enabled()
    field.hover()  # waits until the page has stopped moving under the pointer
    box = field.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    pictures: set[str] = set()
    live: list[int] = []
    page.on("response", lambda got: live.extend([got.status] if "/live?" in got.url else []))
    page.mouse.move(x, y)
    page.mouse.down()
    expect(field).to_be_focused()
    for far in range(0, 246, 6):
        page.mouse.move(x + far, y)
        if far and far % 60 == 0:  # a slow machine skips some
            page.wait_for_function(ANOTHER, arg=[*pictures])
        # The text and the picture show the same number.
        text, value = page.evaluate(TOGETHER)
        assert seen.numbers(value) == seen.numbers(text)
        pictures.add(value)
    page.mouse.up()
    _done(page, "x = torch.tensor(7., requires_grad=True)")
    assert seen.table(page)["x"]["Value"] in ("7", "7.")
    # u = x*y, v = x+u, z = u*v + x: dz/dx = 2*(x + u) + u*(1 + y) + 1 with y = 2
    assert seen.gradient(page, "x")[-1] == 85
    assert len(pictures) > 3
    assert 200 in live
    page.get_by_role("button", name="Undo", exact=True).click()
    _done(page, "x = torch.tensor(3., requires_grad=True)")
    assert seen.program(page).input_value() == before
    assert seen.gradient(page, "x")[-1] == 37

    # The explanations follow too, as soon as they are unfolded.
    page.get_by_role("button", name="Show or hide the explanations", exact=True).click()
    explanations = page.locator(".viz-explain")
    expect(explanations).to_contain_text("30")
    field.hover()
    box = field.bounding_box()
    assert box
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 8)
    expect(explanations).not_to_contain_text("30")
    page.mouse.up()


def test_a_drag_without_live_pictures_is_followed_by_the_page(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    # As if another server answered, without this session.
    page.route("**/live?*", lambda route: route.fulfill(status=204))
    field = _field(page, "x")
    field.hover()
    box = field.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.down()
    page.mouse.move(x + 12, y)
    expect(seen.program(page)).to_have_value(re.compile(r"x = torch\.tensor\(3\.2,"))
    page.mouse.move(x + 24, y)
    page.mouse.up()
    _done(page, "x = torch.tensor(3.4, requires_grad=True)")
    assert any("/live?" in url for url in asked)


def test_requires_grad_is_a_switch(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out")
    box = page.get_by_role("checkbox", name="y: requires_grad", exact=True)
    expect(box).to_be_checked()
    box.click()
    expect(seen.program(page)).to_have_value(re.compile(r"y = torch\.tensor\(2\.\)\n"))
    expect(box).not_to_be_checked()
    box.click()
    expect(seen.program(page)).to_have_value(
        re.compile(r"y = torch\.tensor\(2\., requires_grad=True\)\n")
    )


def test_a_list_grows_and_a_seed_rolls(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("button", name="a: one more", exact=True).click()
    _done(page, "data=[2, 3, 3]")
    assert len(seen.gradient(page, "a")) == 3
    page.goto(page.url.split("?")[0] + "?lesson=two-layer-mlp")
    expect(seen.graph(page)).to_have_attribute("data-state", "ready")
    page.get_by_role("button", name="Roll a new seed", exact=True).click()
    _done(page, "manual_seed(2113)")
    seen.shot(page, "inputs-mlp")


def test_text_with_an_error_can_be_undone(open_page: OpenPage) -> None:
    page = open_page()
    seen.run(page, "a = = 1", state="stale")
    expect(_field(page, "a, position 1")).to_be_disabled()
    page.get_by_role("button", name="Undo", exact=True).click()
    _done(page, "data=[2, 3]")
    expect(_field(page, "a, position 1")).to_be_enabled()


TURNS = """n = 3
x = torch.tensor(2., requires_grad=True)
h = x
for _ in range(n):
    h = h * 0.5
if n > 3:
    h = h + 0
h.backward()
"""


def test_drag_continues_while_rows_are_rebuilt_and_slider_drags_too(
    open_page: OpenPage,
) -> None:
    page = open_page(f"?code={share.encode(TURNS)}")
    before = seen.program(page).input_value()
    field = _field(page, "n")
    field.hover()
    box = field.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.down()
    for turns in (1, 2, 3):
        page.mouse.move(x + 6 * turns, y)
        # From the fourth iteration on there is one more operation, so the rows change.
        expect(seen.program(page)).to_have_value(re.compile(f"^n = {3 + turns}\n"))
    page.mouse.up()
    _done(page, "n = 6\n")
    assert seen.gradient(page, "x") == [0.01562]  # 1/64 in four digits
    page.get_by_role("button", name="Undo", exact=True).click()
    _done(page, "n = 3\n")

    track = page.locator(".viz-inputs-row", has=_field(page, "x")).locator(".viz-inputs-slider")
    track.hover()
    box = track.bounding_box()
    assert box
    page.mouse.down()
    page.mouse.move(box["x"] - 5, y)
    page.mouse.up()
    _done(page, "x = torch.tensor(-5., requires_grad=True)")
    page.get_by_role("button", name="Undo", exact=True).click()
    _done(page, "x = torch.tensor(2., requires_grad=True)")
    assert seen.program(page).input_value() == before


def test_a_number_that_makes_the_program_fail_can_be_changed_back(open_page: OpenPage) -> None:
    program = "w = torch.ones(2, requires_grad=True)\n(w * torch.ones(2)).sum().backward()"
    page = open_page(f"?code={share.encode(program)}")
    field = _field(page, "w")
    field.fill("3")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    seen.quiet(page)
    expect(field).to_be_enabled()
    field.fill("2")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_be_hidden()


def test_the_rows_fold(open_page: OpenPage) -> None:
    page = open_page()
    fold = page.get_by_role("button", name="Inputs", exact=True)
    expect(fold).to_have_attribute("aria-expanded", "true")
    fold.click()
    expect(_field(page, "a, position 1")).to_be_hidden()
    expect(_field(page, "Operand 2 of c")).to_be_visible()
    fold.press("Enter")
    expect(_field(page, "a, position 1")).to_be_visible()
