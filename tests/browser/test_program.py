"""The program's editor: colours, completion, history, input methods, keyboard, long texts."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import seen
from tests.browser.conftest import OpenPage
from viz_app import share
from viz_app.page.panels import stage
from viz_app.picture.drawing import styles

SQUARE = "x = torch.tensor(3., requires_grad=True)\ny = x ** 2\ny.backward()\n"


LIT = """place => place === [...CSS.highlights.get('viz-current-span')].map(String).join('')"""
"""True if exactly this is highlighted in the program as the place of the current step."""


def _editor(page: Page) -> Locator:
    """The field, once CodeMirror is attached below it; `pip install -e .` makes its bundle."""
    expect(page.locator(".viz-painted")).to_be_attached()
    return seen.program(page)


def _status(page: Page) -> Locator:
    return page.locator(".viz-status")


def _same_places(page: Page) -> None:
    """Assert that the colours are at the positions of the text: same width, height and scroll
    offset."""
    expect(page.locator(".viz-painted")).to_be_attached()
    page.wait_for_function(
        """() => {
          const area = document.querySelector('.viz-field textarea');
          const scroller = document.querySelector('.viz-layer .cm-scroller');
          return scroller.scrollTop === area.scrollTop && scroller.scrollLeft === area.scrollLeft;
        }"""
    )


def _caret_and_last_character(page: Page) -> tuple[float, float]:
    """The end of the widest line in the area and in the layer below, measured by a copy in the
    area's font."""
    found = page.evaluate(
        """() => {
          const area = document.querySelector('.viz-field textarea');
          const copy = document.createElement('span');
          const lines = [...document.querySelectorAll('.viz-layer .cm-line')];
          const long = (one) => one.textContent.length;
          const line = lines.reduce((a, b) => (long(a) > long(b) ? a : b));
          copy.style.cssText = 'position:absolute;white-space:pre;tab-size:4';
          copy.style.font = getComputedStyle(area).font;
          copy.textContent = line.textContent;
          document.body.append(copy);
          const width = copy.getBoundingClientRect().width;
          copy.remove();
          const range = document.createRange();
          range.selectNodeContents(line);
          return [width, range.getBoundingClientRect().width];
        }"""
    )
    return found[0], found[1]


def test_the_text_is_coloured_in_its_places(open_page: OpenPage) -> None:
    page = open_page()
    field = _editor(page)
    field.fill(
        "def 손실(예측, y):\n    return ((예측 - y) ** 2).mean()  # 평균 제곱 오차, 긴 설명\n"
        'print("값", 손실(torch.ones(2), 1.5))\n'
    )
    layer = page.locator(".viz-layer")
    colours = {
        words: layer.get_by_text(words, exact=True).first.evaluate(
            "it => getComputedStyle(it).color"
        )
        for words in ("def", '"값"', "1.5", "# 평균 제곱 오차, 긴 설명")
    }
    assert len(set(colours.values())) == 4
    _same_places(page)
    area, painted = _caret_and_last_character(page)
    assert abs(area - painted) < 1


@pytest.mark.parametrize("typed", ["torch.ma", "import torch.nn.functional as 에프\n에프.mse"])
def test_names_are_completed_with_their_meaning(open_page: OpenPage, typed: str) -> None:
    page = open_page()
    field = _editor(page)
    field.fill("")
    field.press_sequentially(typed)
    names = page.get_by_role("listbox")
    wanted, meaning = {
        "torch.ma": ("matmul", "Matrix product of two tensors"),
    }.get(typed, ("mse_loss", "mean squared error"))
    label = page.locator(".cm-completionLabel").get_by_text(wanted, exact=True)
    row = names.get_by_role("option").filter(has=label)
    expect(row).to_contain_text(meaning, ignore_case=True)
    page.wait_for_timeout(100)  # a new list ignores keys that were meant for the text
    while row.get_attribute("aria-selected") != "true":
        field.press("ArrowDown")
        expect(field).to_have_attribute("aria-activedescendant", re.compile("."))
    seen.shot(page, f"complete-{wanted}")
    field.press("Enter")
    expect(names).to_have_count(0)
    assert field.input_value() == typed.rpartition(".")[0] + "." + wanted


def test_enter_and_escape_accept_no_unselected_completion(open_page: OpenPage) -> None:
    page = open_page()
    field = _editor(page)
    field.fill("")
    field.press_sequentially("a = torch.on")
    names = page.get_by_role("listbox")
    expect(names).to_be_visible()
    field.press("Escape")
    expect(names).to_have_count(0)
    field.press_sequentially("e")
    expect(names).to_be_visible()
    field.press("Enter")
    assert field.input_value() == "a = torch.one\n"
    # A name that the program defines; Tab accepts the first offer.
    field.fill("학습률 = 0.1\n")
    field.press("Control+End")
    field.press_sequentially("학습")
    expect(names).to_be_visible()
    page.wait_for_timeout(100)  # a new list ignores keys that were meant for the text
    field.press("Tab")
    assert field.input_value() == "학습률 = 0.1\n학습률"


def test_tab_and_enter_indent_and_escape_frees_tab(open_page: OpenPage) -> None:
    page = open_page()
    field = _editor(page)
    field.fill("for i in range(2):")
    field.press("Control+End")
    field.press("Enter")
    field.press_sequentially("i\ni")
    assert field.input_value() == "for i in range(2):\n    i\n    i"
    field.press("Control+a")
    field.press("Tab")
    assert field.input_value() == "    for i in range(2):\n        i\n        i"
    field.press("Shift+Tab")
    assert field.input_value() == "for i in range(2):\n    i\n    i"
    expect(field).to_be_focused()
    field.press("Escape")
    field.press("Tab")
    expect(field).not_to_be_focused()
    field.focus()
    field.press("Escape")
    field.press("Shift+Tab")
    expect(field).not_to_be_focused()


def test_pause_in_typing_runs_the_text_and_is_one_history_entry(open_page: OpenPage) -> None:
    page = open_page()
    field = _editor(page)
    seed = field.input_value()
    output = page.get_by_role("region", name="Printed output", exact=True)
    field.fill(SQUARE + "print(x.grad, 'a'")
    # Once the link has a text it has been sent. One that does not parse yet is not an error.
    expect(page).to_have_url(re.compile(re.escape(share.encode(SQUARE + "print(x.grad, 'a'"))))
    expect(_status(page)).to_have_attribute("data-state", "stale")
    expect(page.get_by_role("alert")).to_have_count(0)
    field.press("Control+End")
    field.press_sequentially(")")
    expect(output).to_have_text(re.compile(r"tensor\(6\.\) a$"))
    expect(_status(page)).to_have_attribute("data-state", "ready")
    expect(field).to_be_focused()
    field.press_sequentially("\nprint(7")
    expect(page).to_have_url(re.compile(re.escape(share.encode(field.input_value()))))
    assert field.evaluate("area => area.selectionStart === area.value.length")
    expect(field).to_be_focused()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.go_back()  # the pause made one entry of the history
    expect(field).to_have_value(seed)
    page.go_forward()
    expect(field).to_have_value(re.compile(r"7$"))


TYPED = (  # the name of each line's box
    ("x = torch.tensor([2., 3.], requires_grad=True)", "x"),
    ("y = x * 3", "y"),
    ("z = y.exp()", "z"),
    ("loss = z.sum()", "loss"),
    ("loss.backward()", "loss"),
)


def test_values_are_shown_while_a_program_is_typed(open_page: OpenPage) -> None:
    page = open_page("?step=0")
    _editor(page).press("Control+a")

    def assert_all_there(*, state: str = "ready") -> None:
        expect(seen.graph(page)).to_have_attribute("data-state", state)
        blank = page.locator(f".viz-plot [class=l{styles.place('ghost_boxes')}]:visible")
        expect(blank).to_have_count(0)
        assert all(row["Value"] for row in seen.table(page).values())

    for text, name in TYPED:
        page.keyboard.type(text)
        page.keyboard.press("Escape")  # no completion
        expect(seen.graph(page)).to_have_attribute("data-state", "stale")
        assert_all_there()
        assert name in seen.table(page)
        page.keyboard.press("Enter")
    assert (seen.now(page), seen.last(page)) == (3, 7)
    # An error in the middle: what came before it stays, and all is back when it is mended.
    seen.press(page, "First step")
    _editor(page).press("Control+Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    page.keyboard.type("\nu = y + torch.ones(3)")
    assert_all_there(state="error")
    assert {"x", "y"} <= seen.table(page).keys()
    for _ in ")3(":
        page.keyboard.press("Backspace")
    page.keyboard.type("(2)")
    assert_all_there()
    assert {"x", "y", "u", "z", "loss"} <= seen.table(page).keys()


def test_syntax_error_is_shown_when_the_field_loses_focus(open_page: OpenPage) -> None:
    page = open_page()
    field = _editor(page)
    seed = field.input_value()
    field.fill("x = (")
    expect(page).to_have_url(re.compile(share.encode("x = (")))
    expect(_status(page)).to_have_attribute("data-state", "stale")
    expect(page.get_by_role("alert")).to_have_count(0)
    field.blur()
    expect(page.get_by_role("alert")).to_contain_text("Line 1, column 5")
    undo = page.get_by_role("button", name="Undo", exact=True)
    undo.click()
    expect(field).to_have_value(seed)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(undo).to_be_disabled()


def test_undo_reverts_changes_made_with_a_control(open_page: OpenPage) -> None:
    page = open_page()
    field = _editor(page)
    field.press("Control+End")
    field.press_sequentially("# mine")
    field.press("Control+Enter")
    expect(_status(page)).to_have_attribute("data-state", "ready")
    number = page.get_by_role("spinbutton", name="a, position 2", exact=True)
    number.fill("5")
    number.press("Enter")
    expect(field).to_have_value(re.compile(r"data=\[2, 5\]"))
    field.press("Control+z")
    expect(field).to_have_value(re.compile(r"data=\[2, 3\][\s\S]*# mine$"))
    field.press("Control+y")
    expect(field).to_have_value(re.compile(r"data=\[2, 5\][\s\S]*# mine$"))
    field.press("Control+Enter")
    expect(number).to_have_value("5")


def test_each_lesson_has_its_own_undo_history(open_page: OpenPage) -> None:
    page = open_page()
    field = _editor(page)
    page.get_by_role("combobox", name="Lesson").click()
    page.keyboard.type("fan-out")  # the list shows a few of many
    page.get_by_role("option", name=re.compile("Fan-out")).click()
    expect(field).to_have_value(re.compile(r"z = u \* v \+ x"))
    text = field.input_value()
    field.press("Control+z")
    assert field.input_value() == text


def test_korean_is_composed_before_anything_is_sent(open_page: OpenPage) -> None:
    page = open_page()
    sent = seen.sent(page)
    field = _editor(page)
    field.fill(SQUARE)
    field.press("Control+Enter")
    expect(_status(page)).to_have_attribute("data-state", "ready")
    expect(seen.graph(page)).to_have_attribute("data-state", "ready")
    field.press("Control+End")
    seen.quiet(page)
    before = len(sent)
    keyboard = page.context.new_cdp_session(page)
    for part in ("ㄱ", "가", "값"):
        keyboard.send(
            "Input.imeSetComposition", {"text": part, "selectionStart": 1, "selectionEnd": 1}
        )
        expect(field).to_have_value(SQUARE + part)
        expect(page.locator(".viz-layer .cm-line").last).to_have_text(part)
    page.wait_for_timeout(1500)  # longer than the pause that sends
    assert len(sent) == before
    keyboard.send("Input.insertText", {"text": "값"})
    page.keyboard.type(" = 4; print(")
    keyboard.send("Input.imeSetComposition", {"text": "값", "selectionStart": 1, "selectionEnd": 1})
    keyboard.send("Input.insertText", {"text": "값"})
    page.keyboard.type(")")
    output = page.get_by_role("region", name="Printed output", exact=True)
    expect(output).to_have_text(re.compile("4$"))
    assert field.input_value() == SQUARE + "값 = 4; print(값)"
    assert len(sent) > before
    # Undo removes composed letters whole.
    field.press("Control+z")
    expect(field).to_have_value(re.compile(r"^x = torch"))
    assert "값 = 4; print(값)" not in field.input_value()


def test_the_failing_span_and_the_place_of_the_step_are_marked(open_page: OpenPage) -> None:
    page = open_page()
    field = _editor(page)
    seen.press(page, "Last step")
    leaf = "torch.tensor(data=[2, 3], dtype=torch.float, requires_grad=True)"
    for place in (leaf, "a + 1", "b ** 2"):
        page.wait_for_function(LIT, arg=place)
        seen.press(page, "Previous step")
    # CodeMirror draws only the lines in view; those drawn later are highlighted too.
    field.evaluate("area => { area.scrollTop = area.scrollHeight; }")
    seen.press(page, "Previous step")
    page.wait_for_function(LIT, arg="d.mean()")
    seen.run(
        page, "x = torch.ones(2, requires_grad=True)\ny = x; (x * 2).backward()\n", state="error"
    )
    expect(page.locator(".viz-layer .viz-error-span").first).to_be_attached()
    marked = "".join(page.locator(".viz-layer .viz-error-span").all_text_contents())
    assert marked == "(x * 2).backward()"
    seen.shot(page, "editor-error")
    field.press("Control+Home")
    field.press_sequentially("#")
    expect(page.locator(".viz-layer .viz-error-span")).to_have_count(0)


def test_a_long_text_is_pasted_and_scrolled(open_page: OpenPage) -> None:
    page = open_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    field = _editor(page)
    line = "가중치_1 = torch.tensor([1., 2.], requires_grad=True)  # 64 kB of these\n"
    text = line * (64_000 // len(line.encode()))
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    field.press("Control+a")
    field.press("Control+v")
    expect(field).to_have_value(text)
    field.press("Control+End")
    field.press_sequentially("x")
    _same_places(page)
    expect(page.locator(".viz-layer .cm-line").last).to_have_text("x")
    field.press("Control+Home")
    _same_places(page)
    expect(page.locator(".viz-layer .cm-line").first).to_have_text(line.rstrip("\n"))
    # A line of that length has no colours: they would drift from its characters.
    field.fill("x = '" + "a" * 60_000 + "'")
    expect(page.locator(".viz-painted")).to_have_count(0)


def test_without_npm_a_plain_text_area_serves_and_the_whole_plotly_draws(
    open_page: OpenPage,
) -> None:
    page = open_page()
    script = "text/javascript"
    page.route(
        "**/vendor/editor.js*",
        lambda route: route.fulfill(content_type=script, body="throw new Error('none')"),
    )
    page.route(
        "**/vendor/plotly.min.js*",
        lambda route: route.fulfill(content_type=script, path=stage.WHOLE),
    )
    page.reload()
    expect(seen.graph(page)).to_have_attribute("data-state", "ready")
    field = seen.program(page)
    seen.run(page, SQUARE)
    field.press("Control+End")
    field.press("Tab")
    assert field.input_value() == SQUARE + "    "
    seen.press(page, "Last step")
    assert seen.gradient(page, "x") == [6]
    expect(page.locator(".viz-plot text:visible", has_text="∇ 6")).to_have_count(1)
    expect(page.locator(".viz-painted")).to_have_count(0)


TROJAN = "access = 'user'\nif access != 'none\u202e \u2066# only admins\u2069 \u2066':\n    y = 1\n"
"""It looks like a comparison followed by a comment, but Python compares with all of it."""
READ = "if access != 'noneU+202E U+2066# only adminsU+2069 U+2066':"


@pytest.mark.parametrize("drawn_by", ["CodeMirror", "plain text", "CodeMirror, a long line"])
def test_characters_that_reorder_text_are_shown_as_symbols(
    open_page: OpenPage, drawn_by: str
) -> None:
    text = TROJAN + ("# " + "x" * 3_000 + "\n" if "long" in drawn_by else "")
    page = open_page(ready=False)
    if drawn_by == "plain text":
        page.route(
            "**/vendor/editor.js*",
            lambda route: route.fulfill(content_type="text/javascript", body="throw Error('none')"),
        )
        page.reload()
    expect(seen.graph(page)).to_have_attribute("data-state", "ready")
    if drawn_by != "plain text":
        expect(page.locator(".viz-painted")).to_be_attached()
    field = seen.program(page)
    field.fill(text)
    layer = ".viz-layer .cm-line" if drawn_by == "CodeMirror" else ".viz-signs"
    line = page.locator(layer, has_text="access !=")
    expect(line).to_contain_text(READ)
    expect(line).to_be_visible()
    signs = line.locator(".viz-sign")
    expect(signs).to_have_text(["U+202E", "U+2066", "U+2069", "U+2066"])
    # All in one call: a new layout redraws the layer.
    places = signs.evaluate_all("them => them.map(it => it.getBoundingClientRect().x)")
    assert len(places) == 4
    assert places == sorted(places)  # nothing reverses their order
    assert field.input_value() == text
    assert field.evaluate("it => getComputedStyle(it).webkitTextFillColor") == "rgba(0, 0, 0, 0)"
    field.fill(SQUARE)
    expect(page.locator(".viz-sign")).to_have_count(0)
    expect(page.locator(".viz-signed")).to_have_count(0)
