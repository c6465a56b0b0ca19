"""Operations changed in place, from the table and from the card; what if; the history's names."""

import os
import re
import signal

from playwright.sync_api import Locator, Page, expect

from tests.browser import seen
from tests.browser.conftest import OpenPage
from tests.processes import dead, served, spare
from viz_app import share


def _holds(page: Page, text: str) -> None:
    """Wait until the program holds a text and the picture is of it."""
    expect(seen.program(page)).to_have_value(re.compile(re.escape(text)))
    expect(page.locator(".viz-status")).to_have_attribute("data-state", "ready")
    expect(seen.graph(page)).to_have_attribute("data-state", "ready")
    seen.quiet(page)


def _offers(page: Page, kind: str) -> Locator:
    return page.get_by_role("dialog").get_by_role("group", name=kind, exact=True)


def _offer(page: Page, kind: str, label: str) -> Locator:
    return _offers(page, kind).get_by_role("button", name=label, exact=True)


def test_choice_shows_result_shapes_and_omits_operations_that_fail(
    open_page: OpenPage,
) -> None:
    page = open_page()
    operation = page.get_by_role("button", name="Operation of c", exact=True)
    operation.click()
    expect(_offer(page, "Change into", "exp → (2,)")).to_be_visible()
    expect(_offer(page, "Add a step after", "sum → ()")).to_be_visible()
    labels = _offers(page, "Change into").get_by_role("button").all_inner_texts()
    assert "+ → (2,)" in labels
    assert [label for label in labels if label.startswith("@")] == []
    seen.shot(page, "operations-choice")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(operation).to_be_focused()
    operation.click()
    _offer(page, "Change into", "exp → (2,)").click()
    _holds(page, "c = b.exp()\n")
    seen.press(page, "Last step")
    now = page.get_by_role("table", name="Present step", exact=True)
    expect(now.get_by_role("row", name=re.compile("^a "))).to_contain_text("[20.09, 54.6]")


def test_choices_that_had_no_time_are_tried_once_more(server: str, open_page: OpenPage) -> None:
    page = open_page()
    seen.quiet(page)
    child = spare(served(server))  # what will try it out
    os.kill(child, signal.SIGSTOP)
    page.get_by_role("button", name="Operation of c", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("Trying what fits here")
    expect(_offer(page, "Change into", "exp → (2,)")).to_be_visible()
    assert dead(child)


def test_trials_that_take_too_long_are_reported(open_page: OpenPage) -> None:
    slow = "import time\nx = torch.ones(2, requires_grad=True)\ntime.sleep(4)\ny = x * 2\n"
    page = open_page(f"?code={share.encode(slow)}", ready=False)
    expect(seen.graph(page)).to_have_attribute("data-state", "ready")
    page.get_by_role("button", name="Operation of y", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("not everything could be tried")
    expect(dialog).not_to_contain_text("Nothing else fits here")


def test_choice_that_makes_another_line_fail_is_marked(open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("button", name="Operation of obj", exact=True).click()
    expect(_offer(page, "Change into", "sum → ()")).to_be_visible()
    stops = _offers(page, "Change into").get_by_role("button", name=re.compile(r"^exp .*line"))
    expect(stops).to_have_text(re.compile(r"^exp → \(2,\) · stops in line \d+$"))


def test_an_operation_is_changed_from_its_card_and_from_the_text(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out")
    inspector = page.get_by_role("region", name="Inspector", exact=True)
    change = inspector.get_by_role("button", name="Change …", exact=True)
    expect(change).to_have_count(0)  # the first step is about a leaf
    for step in ("Next step", "Next step"):
        seen.press(page, step)
    expect(inspector).to_contain_text("u = x * y")
    for kind, label, after in [
        ("Swap operands", "y * x → ()", "u = y * x\n"),
        ("Add a step after", "exp → ()", "u = (y * x).exp()\n"),
    ]:
        change.click()
        _offer(page, kind, label).click()
        _holds(page, after)
    page.get_by_role("button", name="Operation of v", exact=True).click()
    _offer(page, "Wrap in", "tanh → ()").click()
    _holds(page, "v = torch.tanh(x + u)\n")
    text = seen.program(page)
    place = text.input_value().index("torch.tanh") + 3
    text.evaluate("(field, place) => field.setSelectionRange(place, place)", place)
    text.press("Alt+Enter")  # from the text: the operation at the cursor
    _offer(page, "Remove and keep", "x + u → ()").click()
    _holds(page, "v = x + u\n")


def test_what_if_shows_both_sides_until_it_is_discarded_or_kept(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out")
    before = seen.program(page).input_value()
    page.get_by_role("button", name="What if", exact=True).click()
    table = page.get_by_role("table", name="Before and after", exact=True)
    row = table.get_by_role("row", name=re.compile("^x "))
    expect(row.get_by_role("cell")).to_have_text(["3", "3", "37", "37"])
    panel = page.locator(".viz-whatif").bounding_box()
    editor = page.locator(".viz-editor").bounding_box()
    assert panel
    assert editor
    assert editor["y"] + editor["height"] <= panel["y"]  # no line of the program is covered
    scrolled = "[innerHeight, document.querySelector('[data-testid=stMain]').scrollHeight]"
    seen_height, whole = page.evaluate(scrolled)
    assert whole <= seen_height
    field = page.get_by_role("spinbutton", name="x", exact=True)
    field.fill("7")
    field.press("Enter")
    expect(row.get_by_role("cell")).to_have_text(["3", "7", "37", "85"])
    expect(table.get_by_role("row", name=re.compile("^y ")).get_by_role("cell")).to_have_text(
        ["2", "2", "45", "245"]
    )
    seen.shot(page, "operations-what-if")
    page.get_by_role("button", name="Discard", exact=True).click()
    expect(table).to_have_count(0)
    _holds(page, "x = torch.tensor(3., ")
    assert seen.program(page).input_value() == before

    page.get_by_role("button", name="What if", exact=True).click()
    expect(table).to_be_visible()
    seen.run(page, before.replace("u * v", "u - v"))  # typing is compared too
    expect(row.get_by_role("cell")).to_have_text(["3", "3", "37", "0"])
    page.get_by_role("button", name="Keep the change", exact=True).click()
    expect(table).to_have_count(0)
    _holds(page, "z = u - v + x")


def test_the_history_names_its_states_and_goes_to_each(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out")
    field = page.get_by_role("spinbutton", name="x", exact=True)
    field.fill("7")
    field.press("Enter")
    _holds(page, "x = torch.tensor(7., ")
    page.get_by_role("button", name="Operation of v", exact=True).click()
    _offer(page, "Change into", "* → ()").click()
    _holds(page, "v = x * u")
    undo = page.get_by_role("button", name="Undo", exact=True)
    expect(undo).to_have_attribute("title", re.compile(r"operation changed: .*\+.* → .*\*"))
    history = page.get_by_role("button", name="History", exact=True)
    states = page.get_by_role("dialog", name="History").get_by_role("button")
    history.click()
    expect(states).to_have_text(
        [
            "As opened",
            re.compile(r"^Line 1 · number changed: 3\. → 7\.$"),
            re.compile(r"^Line 5 · operation changed: "),
        ]
    )
    seen.shot(page, "operations-history")
    states.first.click()
    _holds(page, "x = torch.tensor(3., ")
    _holds(page, "v = x + u")
    history.click()
    states.last.click()
    _holds(page, "v = x * u")


def test_a_layer_is_changed_where_it_is_made(open_page: OpenPage) -> None:
    page = open_page("?lesson=two-layer-mlp")
    page.get_by_role("button", name="Operation of net[1]", exact=True).click()
    expect(_offer(page, "Remove and keep", "Identity → (8, 3)")).to_be_visible()
    seen.shot(page, "operations-layer")
    _offer(page, "Change into", "ReLU → (8, 3)").click()
    _holds(page, "    nn.ReLU(),\n")
    seen.press(page, "Last step")
    assert "relu" in seen.graph(page).inner_text()
