"""A slow network: each message takes time, and the visitor does not wait for the answer."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import seen
from tests.browser.cases import case
from tests.browser.conftest import OpenPage
from tests.browser.test_inputs import TOGETHER, TURNS
from tests.patience import until
from tests.processes import running, sealed, served, state
from viz_app import share

FAR_MS = 150

LEAVE_SOON = """(soon) => {
    const share = document.querySelector("[data-testid=stPopover] button");
    share.click();
    setTimeout(() => history.back(), soon);
}"""

UNFOLD_AND_SHARE = """async () => {
    document.querySelector(".viz-folder").click();
    await null;  // a panel sends in a microtask
    document.querySelector("[data-testid=stPopover] button").click();
}"""

TAB_AND_LEAVE = """() => {
    document.querySelector("[role=tab][aria-selected=false], [role=tab]").click();
    document.activeElement.blur();
}"""


def test_browser_back_works_while_an_answer_is_on_its_way(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out", far=FAR_MS)
    first = seen.program(page).input_value()
    for soon in (100, 250, 370, 390, 410):
        with case(soon):
            _leave_soon(page, first, soon)


def _leave_soon(page: Page, first: str, soon: int) -> None:
    """Choose another lesson, press Share and go back while its answer is on the way."""
    page.get_by_role("combobox", name="Lesson").click()
    page.keyboard.type("two-layer")  # the list shows a few of many
    page.get_by_role("option", name=re.compile("Two-layer")).click()
    expect(page).to_have_url(re.compile("lesson=two-layer-mlp"))
    expect(seen.program(page)).not_to_have_value(first)
    expect(seen.graph(page)).to_have_attribute("data-state", "ready")
    page.evaluate(LEAVE_SOON, soon)
    expect(page).to_have_url(re.compile(r"\?lesson=fan-out&step=0$"))
    expect(seen.program(page)).to_have_value(first)
    expect(seen.graph(page)).to_have_attribute("data-state", "ready")
    # Late messages of the page before must not overwrite it.
    page.wait_for_timeout(6 * FAR_MS)
    seen.quiet(page)
    expect(page).to_have_url(re.compile(r"\?lesson=fan-out&step=0$"))
    expect(seen.program(page)).to_have_value(first)


def test_text_sent_together_with_a_fragment_event_is_run(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out")
    seen.program(page).press("Control+End")
    page.keyboard.type("\nprint('hello')")
    expect(seen.graph(page)).to_have_attribute("data-state", "stale")
    page.evaluate(TAB_AND_LEAVE)
    expect(page.get_by_role("region", name="Printed output", exact=True)).to_contain_text("hello")
    expect(seen.graph(page)).to_have_attribute("data-state", "ready")


def test_share_pressed_together_with_a_fragment_event_shows_the_link(
    server: str, chromium: Browser
) -> None:
    page = seen.new_page(chromium, viewport={"width": 1440, "height": 900})
    warnings: list[str] = []  # Streamlit warns of one message of two fragments
    page.on("console", lambda message: warnings.append(message.text))
    page.goto(f"{server}/?lesson=fan-out&lang=en&step=0")
    expect(seen.graph(page)).to_have_attribute("data-state", "ready")
    seen.quiet(page)  # nothing else is being sent, or the panel's message would wait for it
    page.evaluate(UNFOLD_AND_SHARE)
    expect(page.get_by_label("Link to this step")).to_have_value(re.compile("fan-out"))
    assert any("fragmentId" in warning for warning in warnings), "they went in two messages"
    page.close()


@pytest.mark.parametrize("key", ["", "Control+Enter"])
def test_text_typed_during_an_answer_stays(open_page: OpenPage, key: str) -> None:
    page = open_page("?lesson=fan-out", far=FAR_MS)
    field = seen.program(page)
    before = field.input_value()
    number = page.get_by_role("spinbutton", name="x", exact=True)
    page.evaluate("testHold()")
    number.fill("7.")
    number.press("Enter")
    field.press("Control+End")
    page.keyboard.type("\nprint('typed')")
    if key:
        field.press(key)
    assert "7." not in field.input_value()
    page.evaluate("testRelease()")
    both = before.replace("3.", "7.", 1) + "\nprint('typed')"
    expect(field).to_have_value(both)
    expect(page.get_by_role("region", name="Printed output", exact=True)).to_contain_text("typed")
    expect(field).to_have_value(both)


def test_each_of_three_quick_undos_counts(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out", far=FAR_MS)
    field = seen.program(page)
    texts = [field.input_value()]
    number = page.get_by_role("spinbutton", name="x", exact=True)
    for value in ("5.", "6.", "7.", "8."):
        number.fill(value)
        number.press("Enter")
        texts.append(texts[0].replace("3.", value, 1))
        expect(field).to_have_value(texts[-1])
    undo = page.get_by_role("button", name="Undo", exact=True)
    for _ in range(3):
        undo.click()
    expect(field).to_have_value(texts[1])
    redo = page.get_by_role("button", name="Redo", exact=True)
    for button in (redo, redo, undo):
        button.click()
    expect(field).to_have_value(texts[2])
    expect(seen.graph(page)).to_have_attribute("data-state", "ready")


def test_choice_opened_while_a_number_is_pending_is_for_the_new_text(
    open_page: OpenPage,
) -> None:
    page = open_page("?lesson=fan-out", far=FAR_MS)
    number = page.get_by_role("spinbutton", name="x", exact=True)
    page.evaluate("testHold()")
    number.fill("7.")
    number.press("Enter")
    page.get_by_role("button", name="Operation of v", exact=True).click()
    assert "7." not in seen.program(page).input_value()
    page.evaluate("testRelease()")
    change = page.get_by_role("dialog").get_by_role("group", name="Change into", exact=True)
    change.get_by_role("button", name="* → ()", exact=True).click()
    field = seen.program(page)
    expect(field).to_have_value(re.compile(re.escape("v = x * u")))
    expect(field).to_have_value(re.compile(re.escape("x = torch.tensor(7., ")))


def test_numbers_and_lines_changed_at_the_same_time_all_stay(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out", far=FAR_MS)
    field = seen.program(page)
    before = field.input_value()
    typed = ""
    for turn in range(5):
        for name in ("x", "y", "x"):
            number = page.get_by_role("spinbutton", name=name, exact=True)
            number.fill(f"{turn + 4}.")
            number.press("Enter")
        field.press("Control+End")
        page.keyboard.type(f"\n# {turn}")
        typed += f"\n# {turn}"
        if turn % 2:
            field.press("Control+Enter")
    after = before.replace("tensor(3.", "tensor(8.").replace("tensor(2.", "tensor(8.") + typed
    expect(field).to_have_value(after)
    expect(page.locator(".viz-status")).to_have_attribute("data-state", "ready")
    expect(seen.graph(page)).to_have_attribute("data-state", "ready")
    seen.quiet(page)
    expect(field).to_have_value(after)
    seen.press(page, "Last step")
    assert [seen.table(page)["x"]["Value"], seen.table(page)["y"]["Value"]] == ["8", "8"]


APART = """() => {
  window.testApart = [];
  window.testLooks = 0;
  setInterval(() => {
    if (!document.querySelector('.viz-stage table tbody tr')) return; // it is being drawn
    const [text, value] = (%s)();
    testLooks += 1;
    if (Number(text) !== Number(value)) testApart.push([text, value]);
  }, 5);
}"""


def test_text_and_picture_agree_though_a_drag_pauses(
    open_page: OpenPage,
) -> None:
    page = open_page("?lesson=fan-out", far=FAR_MS)
    field = page.get_by_role("spinbutton", name="x", exact=True)
    field.hover()
    box = field.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.evaluate(APART % TOGETHER)
    page.mouse.move(x, y)
    page.mouse.down()
    # When the drag pauses, the server is asked; the drag continues before the answer.
    for far, rest in enumerate([20, 380, 40, 60, 420, 30, 360, 400, 20, 20, 380, 50, 370] * 2):
        page.mouse.move(x + 6 * far, y)
        page.wait_for_timeout(rest)
    page.mouse.up()
    expect(seen.program(page)).to_have_value(re.compile(r"x = torch.tensor\(5.5, "))
    seen.quiet(page)
    assert page.evaluate("testApart") == []
    assert page.evaluate("testLooks") > 0


def test_half_typed_number_survives_rebuilding_the_rows(open_page: OpenPage) -> None:
    page = open_page(f"?code={share.encode(TURNS)}", far=FAR_MS)
    turns = page.get_by_role("spinbutton", name="n", exact=True)
    page.evaluate("testHold()")
    turns.fill("4")
    turns.press("Enter")  # an operation more, and so other rows
    number = page.get_by_role("spinbutton", name="x", exact=True)
    number.fill("7.")
    assert "n = 3" in seen.program(page).input_value()
    page.evaluate("testRelease()")
    expect(seen.program(page)).to_have_value(re.compile("^n = 4\n"))
    seen.quiet(page)
    expect(number).to_have_value("7.")
    expect(number).to_be_focused()
    assert "x = torch.tensor(2.," in seen.program(page).input_value()  # nobody asked for it yet
    number.press("Enter")
    expect(seen.program(page)).to_have_value(re.compile(r"^n = 4\nx = torch\.tensor\(7\.,"))


SLOW = """import time
import torch

began = time.time()
x = torch.tensor(2., requires_grad=True)
(x ** 2).backward()
time.sleep(3)
print("began", began)
"""


def test_other_requests_during_a_run_do_not_repeat_it(server: str, open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out")
    seen.program(page).fill(SLOW)
    seen.program(page).press("Control+Enter")
    until(lambda: any(sealed(it) and state(it) == "S" for it in running(served(server))))
    asked = time.time()
    page.get_by_role("button", name="Share", exact=True).click()
    output = page.get_by_role("region", name="Printed output", exact=True)
    expect(output).to_contain_text("began")
    expect(page.get_by_label("Link to this step")).to_be_visible()
    assert seen.numbers(output.inner_text().partition("began")[2])[0] < asked


def test_file_requested_while_its_format_is_pending_has_that_format(
    open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page("?lesson=fan-out", far=FAR_MS)
    page.get_by_role("button", name="Share", exact=True).click()
    save = page.get_by_role("button", name="Save as a file", exact=True)
    expect(save).to_be_visible()
    seen.quiet(page)
    for form in ("Graph for Graphviz (.dot)", "All data (.json)"):
        page.get_by_role("combobox", name="File format").click()
        page.evaluate("testHold()")
        page.get_by_role("option", name=form).click()
        with page.expect_download() as saved:
            save.click()
            expect(page.get_by_text("Making the file …")).to_be_visible()
            page.evaluate("testRelease()")
        expect(page.get_by_text("Making the file …")).to_have_count(0)
        ending = form.split(".")[-1].rstrip(")")
        assert saved.value.suggested_filename == f"fan-out.{ending}"
        file = tmp_path / "file"
        saved.value.save_as(file)
        text = file.read_text()
        assert text.startswith("digraph" if ending == "dot" else "{")
