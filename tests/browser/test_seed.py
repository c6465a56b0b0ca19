"""The seed lesson from opening the page to breaking the program."""

import re

from playwright.sync_api import expect

from tests.browser import seen
from tests.browser.conftest import OpenPage
from tests.browser.test_queue import STILL

PRINTED = """tensor([2., 3.], requires_grad=True)
tensor([3., 4.], grad_fn=<AddBackward0>)
tensor([ 9., 16.], grad_fn=<PowBackward0>)
tensor([18., 32.], grad_fn=<MulBackward0>)
tensor(25., grad_fn=<MeanBackward0>)
tensor([6., 8.])"""

BACKWARD = ["MeanBackward0", "MulBackward0", "PowBackward0", "AddBackward0", "AccumulateGrad"]


def test_play_runs_to_the_end_where_a_has_its_gradient(open_page: OpenPage) -> None:
    page = open_page("?speed=2")
    seen.press(page, "First step")
    assert seen.now(page) == 0
    assert seen.table(page).get("a", {"Gradient": ""})["Gradient"] == ""
    seen.press(page, "Play")
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    expect(seen.slider(page)).to_have_attribute("aria-valuenow", str(seen.last(page)))
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    assert seen.gradient(page, "a") == [6, 8]
    assert seen.gradient(page, "b") == [6, 8]
    assert seen.gradient(page, "c") == [1, 1]
    assert seen.gradient(page, "d") == [0.5, 0.5]
    assert seen.gradient(page, "obj") == [1]
    seen.shot(page, "seed-end")


def test_every_step_has_a_caption_of_its_own_in_the_engines_order(open_page: OpenPage) -> None:
    page = open_page("?names=torch")
    seen.press(page, "First step")
    captions = [seen.caption(page)]
    while seen.now(page) < seen.last(page):
        before = seen.now(page)
        seen.press(page, "Next step")
        expect(seen.slider(page)).to_have_attribute("aria-valuenow", str(before + 1))
        captions.append(seen.caption(page))
    assert all(captions)
    assert len(set(captions)) == len(captions)
    named = [name for text in captions for name in BACKWARD if name in text]
    assert named[-5:] == BACKWARD
    assert re.search(r"\[6\.?, 8\.?\]", captions[-1])


def test_stepping_back_removes_the_gradient_and_scrubbing_restores_it(open_page: OpenPage) -> None:
    page = open_page()
    seen.press(page, "Last step")
    assert seen.gradient(page, "a") == [6, 8]
    seen.press(page, "Previous step")
    assert seen.now(page) == seen.last(page) - 1
    assert seen.table(page)["a"]["Gradient"] == ""
    slider = seen.slider(page)
    slider.focus()
    slider.press("Home")
    assert seen.now(page) == 0
    slider.press("End")
    assert seen.gradient(page, "a") == [6, 8]
    box = slider.bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert 0 < seen.now(page) < seen.last(page)


def test_picture_responds_to_its_keys(open_page: OpenPage) -> None:
    page = open_page()
    graph = seen.graph(page)
    graph.focus()
    graph.press("End")
    assert seen.now(page) == seen.last(page)
    graph.press("ArrowLeft")
    assert seen.now(page) == seen.last(page) - 1
    graph.press("Home")
    assert seen.now(page) == 0
    assert graph.get_attribute("data-step") == "0"
    graph.press("Space")
    expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()
    graph.press("Space")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_typing_in_the_program_does_not_move_the_picture(open_page: OpenPage) -> None:
    page = open_page()
    step = seen.now(page)
    field = seen.program(page)
    field.press("Control+End")
    field.press("ArrowLeft")
    field.press("Space")
    field.press("Home")
    assert seen.now(page) == step
    expect(seen.graph(page)).to_have_attribute("data-state", "stale")
    field.press("End")
    field.press("Backspace")
    expect(seen.graph(page)).to_have_attribute("data-state", "ready")


def test_an_edit_gives_the_new_gradient(open_page: OpenPage) -> None:
    page = open_page()
    seen.press(page, "Last step")
    text = seen.program(page).input_value()
    seen.run(page, text.replace("data=[2, 3]", "data=[5, 3]"))
    seen.press(page, "Last step")
    expect(seen.graph(page)).to_have_attribute("data-step", str(seen.last(page)))
    assert seen.gradient(page, "a") == [12, 8]
    assert (
        "tensor([5., 3.], requires_grad=True)"
        in page.get_by_role("region", name="Printed output", exact=True).inner_text()
    )


def test_leaving_the_field_runs_and_keeps_cursor_and_scroll(open_page: OpenPage) -> None:
    page = open_page()
    field = seen.program(page)
    place = field.input_value().index("[2, 3]") + 1
    field.focus()
    field.evaluate("(area, at) => area.setSelectionRange(at, at + 1)", place)
    page.keyboard.type("5")
    seen.quiet(page)  # the caret is scrolled into view first
    scroll = field.evaluate("area => area.scrollTop")
    page.evaluate("addEventListener('viz:step', ({ detail }) => { window.testStep = detail; })")
    field.blur()
    expect(page.get_by_role("region", name="Printed output", exact=True)).to_contain_text(
        "[5., 3.]"
    )
    expect(seen.graph(page)).to_have_attribute("data-state", "ready")
    assert field.evaluate("area => area.selectionStart") == place + 1
    assert field.evaluate("area => area.scrollTop") == scroll
    # A picture may report its step after the program's own answer has arrived.
    page.wait_for_function("window.testStep")
    page.evaluate("dispatchEvent(new CustomEvent('viz:step', { detail: window.testStep }))")
    page.evaluate("() => new Promise((then) => requestAnimationFrame(() => setTimeout(then)))")
    assert field.evaluate("area => area.scrollTop") == scroll


def test_broken_syntax_keeps_the_picture_and_names_the_line(open_page: OpenPage) -> None:
    page = open_page()
    seen.press(page, "Last step")
    rows = seen.table(page)
    field = seen.program(page)
    text = field.input_value()
    line = text[: text.index("b = a + 1")].count("\n") + 1
    seen.run(page, text.replace("b = a + 1", "b = = a + 1"), state="stale")
    alert = page.get_by_role("alert")
    expect(alert).to_have_count(1)
    expect(alert).to_contain_text(f"Line {line}, column 5")
    expect(alert).to_contain_text("SyntaxError")
    expect(page.locator(".viz-bar.viz-error")).to_have_attribute("data-line", str(line))
    expect(field).to_have_attribute("aria-invalid", "true")
    assert seen.table(page) == rows
    seen.shot(page, "seed-syntax-error")
    seen.run(page, text)
    expect(alert).to_have_count(0)
    assert field.get_attribute("aria-invalid") == "false"


def test_failed_backward_on_a_vector_shows_what_was_recorded(open_page: OpenPage) -> None:
    page = open_page()
    text = seen.program(page).input_value().replace("obj.backward()", "d.backward()")
    line = text[: text.index("d.backward()")].count("\n") + 1
    seen.run(page, text, state="error")
    alert = page.get_by_role("alert")
    expect(alert).to_have_count(1)
    expect(alert).to_contain_text(f"Line {line}")
    expect(alert).to_contain_text("grad can be implicitly created only for scalar outputs")
    seen.press(page, "Last step")
    rows = seen.table(page)
    assert seen.numbers(rows["d"]["Value"]) == [18, 32]
    assert {row["Gradient"] for row in rows.values()} == {""}
    seen.shot(page, "seed-not-a-scalar")


def test_the_notebooks_lines_are_printed_as_text(open_page: OpenPage) -> None:
    page = open_page()
    output = page.get_by_role("region", name="Printed output", exact=True)
    assert output.locator("pre").inner_text().split("\n", 1)[1] == PRINTED
    seen.run(
        page,
        'print("<b>bold</b>&amp;", end="")\nt = torch.tensor(1.)\nt\nprint("<script>1</script>")',
    )
    assert output.locator("pre").inner_text() == (
        "<b>bold</b>&amp;\ntensor(1.)\n<script>1</script>"
    )
    assert output.locator("b, script").count() == 0


def test_a_click_on_a_node_during_playback_does_not_stop_it(open_page: OpenPage) -> None:
    page = open_page()
    # Noted at the click itself: whether it still plays when this test looks is a matter of time.
    page.evaluate("""addEventListener("click", ({ target }) => {
      if (!target.closest(".viz-frame")) return;
      const button = document.querySelector(".viz-play");
      const plays = () => button.getAttribute("aria-label") === "Pause";
      const before = plays();
      setTimeout(() => { window.testPlays = [before, plays()]; });
    }, true)""")
    played = [False, False]
    while not played[0]:  # otherwise it had ended before
        page.evaluate("window.testPlays = null")
        seen.press(page, "First step")
        seen.press(page, "Play")
        # c's card has its name only once the forward run has reached it.
        place = page.wait_for_function(CENTRE, arg="c").json_value()
        page.mouse.move(*place)
        page.mouse.click(*place)
        played = page.wait_for_function("() => window.testPlays").json_value()
    assert played == [True, True]
    inspector = page.get_by_role("region", name="Inspector", exact=True)
    expect(inspector).to_contain_text("PowBackward0")
    expect(inspector).to_contain_text("[9, 16]")
    expect(seen.slider(page)).to_have_attribute("aria-valuenow", str(seen.last(page)))
    expect(inspector).to_contain_text("PowBackward0")
    expect(inspector).to_contain_text("[1, 1]")
    seen.shot(page, "seed-inspector")


# The middle of a card, found by its name as it is written in the picture.
CENTRE = """name => {
  const graph = document.querySelector('[role=region][aria-label="Computation graph"]');
  const text = [...graph.querySelectorAll('svg text')].find((each) => each.textContent === name);
  if (!text) return null;
  const box = text.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
}"""


def test_code_line_of_the_step_is_highlighted(open_page: OpenPage) -> None:
    page = open_page()
    text = seen.program(page).input_value().split("\n")
    seen.press(page, "Last step")
    for _ in range(3):
        seen.press(page, "Previous step")
        lit = page.locator(".viz-bar.viz-current")
        expect(lit).to_have_count(1)
        line = int(lit.get_attribute("data-line") or "0")
        assert re.search(r"= a \+ 1|b \*\* 2|2 \* c|backward|mean", text[line - 1])
        box, field = lit.bounding_box(), seen.program(page).bounding_box()
        assert box
        assert field
        assert field["y"] <= box["y"] <= field["y"] + field["height"]


def test_each_idea_takes_the_picture_to_its_moment(open_page: OpenPage) -> None:
    page = open_page("?names=torch")
    ideas = page.locator(".viz-ideas button")
    expect(ideas).to_have_count(3)
    found = []
    for idea in reversed(ideas.all()):
        idea.click()
        expect(idea).to_have_attribute("aria-current", "step")
        found.append((seen.now(page), seen.caption(page)))
    (third, walk), (second, operation), (first, leaf) = found
    assert first < second < third
    assert "a" in leaf
    assert "AddBackward0" in operation
    assert "MeanBackward0" in walk


def test_tab_indents_and_escape_lets_it_leave(open_page: OpenPage) -> None:
    page = open_page()
    field = seen.program(page)
    field.press("Control+End")
    field.press("Tab")
    assert field.input_value().endswith("a.grad\n    ")
    field.press("Control+z")
    assert field.input_value().endswith("a.grad\n")
    field.press("Escape")
    field.press("Tab")
    assert field.evaluate("area => document.activeElement !== area")


def test_an_endless_loop_ends_with_a_sentence_and_the_next_run_works(open_page: OpenPage) -> None:
    page = open_page()
    page.add_style_tag(content=STILL)
    field = seen.program(page)
    text = field.input_value()
    # It sleeps: a busy one is stopped in the same way (tests/engine/test_client.py).
    loop = "import time\nx = torch.ones(2, requires_grad=True)\nwhile True:\n    time.sleep(0.1)"
    field.fill(loop)
    field.press("Control+Enter")
    expect(seen.graph(page)).to_have_attribute("data-state", "running")
    expect(page.locator(".viz-status")).to_have_text(re.compile(r"Running… \d+ s"))
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(re.compile("Line [34]"))
    seen.shot(page, "endless-loop")
    seen.run(page, text)
    expect(alert).to_have_count(0)


def test_editor_loaded_after_the_picture_marks_the_line_of_the_step(
    open_page: OpenPage,
) -> None:
    page = open_page()
    route = seen.reload_without(page, "**/panels/*/program/program.js")
    assert page.locator(".viz-program textarea").count() == 0
    route.continue_()
    lines = seen.program(page).input_value().split("\n")
    line = 1 + next(at for at, text in enumerate(lines) if text.startswith("a = torch.tensor"))
    current = page.locator(".viz-program .viz-current")
    expect(current).to_have_attribute("data-line", str(line))
    expect(current).to_be_in_viewport()
