"""The first minute, and the front of a class."""

import re
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import seen
from tests.browser.cases import case, follow
from tests.browser.conftest import OpenPage
from tests.browser.test_explain import tab
from tests.edit import test_repairs
from tests.patience import PATIENCE_MS
from viz_app import share

WATCHED = """
(patience) => {
  const flights = document.querySelector('.viz-flights');
  const seen = (text) => text.getAttribute('display') !== 'none' && !flights.contains(text);
  const frames = [];
  window.testFrames = new Promise((done, fail) => {
    setTimeout(fail, patience, new Error('nothing travelled'));
    new MutationObserver((changes, self) => {
      // Also of those that are gone by now: there may be as few as two frames.
      const chips = new Set(changes.map(({ target }) => target).filter((chip) =>
        chip.matches('.viz-travels') && chip.getAttribute('visibility') === 'visible'));
      const card = [...document.querySelectorAll('.viz-plot .viz-world text')]
        .filter(seen).map((text) => text.textContent);
      const flies = flights.childElementCount > 0;
      frames.push({ chips: [...chips].map((chip) => chip.textContent), card, flies });
      if (flies) return;
      self.disconnect();
      done(frames);
    }).observe(flights, { childList: true, subtree: true, attributeFilter: ['visibility'] });
  });
}
"""


def _frames(page: Page, key: str) -> list[dict[str, Any]]:
    """Return what each frame of the animation of the step of a key shows."""
    page.wait_for_selector(".viz-flights:empty", state="attached")  # the opening has arrived
    page.evaluate(WATCHED, PATIENCE_MS)
    page.keyboard.press(key)
    found: list[dict[str, Any]] = page.evaluate("window.testFrames")
    return found


def test_a_lesson_opens_on_its_finished_forward_pass_and_asks(open_page: OpenPage) -> None:
    page = open_page("", fresh=True, reduced_motion="reduce")
    root = page.get_by_role("region", name="Computation graph")
    expect(root).to_have_attribute("data-step", "4")
    ask = page.locator(".viz-ask")
    expect(ask).to_contain_text("obj is 25. Which way must each number of a move")
    assert seen.table(page)["obj"]["Value"] == "25"
    assert "step=" not in page.url
    page.get_by_role("button", name="Watch the gradients flow back").click()
    expect(ask).to_be_hidden()
    expect(root).to_have_attribute("data-step", "9")


def test_a_first_visit_plays_once_by_itself(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out", fresh=True)
    root = page.get_by_role("region", name="Computation graph")
    expect(root).to_have_attribute("data-step", "11")
    page.reload()
    expect(root).to_have_attribute("data-state", "ready")
    expect(page.get_by_role("button", name="Play")).to_be_visible()


ASKED = """
window.testAsked = [];
addEventListener('viz:view', ({ detail }) => {
  const ask = document.querySelector('.viz-ask');
  const { step } = document.querySelector('.viz-root').dataset;
  window.testAsked.push([detail.playing, ask?.dataset.shown, step]);
});
"""


def test_the_first_playback_waits_until_the_question_has_been_read(
    chromium: Browser, server: str
) -> None:
    page = seen.new_page(chromium, locale="en-US")
    page.add_init_script(ASKED)
    page.goto(server)
    root = page.get_by_role("region", name="Computation graph")
    expect(root).to_have_attribute("data-step", "9")
    asked = page.evaluate("window.testAsked")
    assert [True, "true", "4"] in asked  # it plays, and the question is there
    assert all(shown == "false" for playing, shown, step in asked if step != "4")
    page.close()


@pytest.mark.parametrize("query", ["?lesson=fan-out&step=2", "?lesson=fan-out&predict=1"])
def test_a_link_that_names_its_beginning_does_not_play(open_page: OpenPage, query: str) -> None:
    page = open_page(query, fresh=True)
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_a_gradient_travels_as_a_number_and_fills_its_row_on_arrival(open_page: OpenPage) -> None:
    page = open_page("?step=5")  # d's gradient has arrived; next is the step of 2 * c
    page.get_by_role("region", name="Computation graph").focus()
    frames = _frames(page, "ArrowRight")
    chips = [frame["chips"][0] for frame in frames if frame["chips"]]
    assert list(dict.fromkeys(chips)) == ["[0.5, 0.5]", "[1, 1]"]
    while_it_flies = [frame["card"] for frame in frames if frame["flies"]]
    assert not any("∇ [1, 1]" in texts for texts in while_it_flies)
    assert "∇ [1, 1]" in frames[-1]["card"]


def test_values_travel_forward_and_the_result_sets_off_last(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out&step=1")
    page.get_by_role("region", name="Computation graph").focus()
    frames = _frames(page, "ArrowRight")
    chips = list(dict.fromkeys(tuple(sorted(frame["chips"])) for frame in frames if frame["chips"]))
    assert chips[0] == ("2", "3")
    assert chips[-1] == ("6",)
    assert "6" in frames[-1]["card"]


def test_with_reduced_motion_the_numbers_fade(open_page: OpenPage) -> None:
    page = open_page("?step=5", reduced_motion="reduce")
    page.get_by_role("region", name="Computation graph").focus()
    frames = _frames(page, "ArrowRight")
    assert list(dict.fromkeys(it["chips"][0] for it in frames if it["chips"])) == [
        "[0.5, 0.5]",
        "[1, 1]",
    ]
    assert "∇ [1, 1]" in frames[-1]["card"]


@pytest.mark.parametrize(("width", "height", "least"), [(1280, 720, 16), (1920, 1080, 24)])
def test_a_presenter_shows_the_picture_its_caption_and_the_line(
    open_page: OpenPage, width: int, height: int, least: int
) -> None:
    page = open_page("?present=1", width=width, height=height)
    page.keyboard.press("PageDown")  # on a page that was only loaded
    root = page.get_by_role("region", name="Computation graph")
    expect(root).to_have_attribute("data-step", "1")
    box = root.bounding_box()
    assert box == {"x": 0, "y": 0, "width": width, "height": height}
    for name in ("Caption", "Inspector"):
        shown = page.get_by_role("status" if name == "Caption" else "region", name=name)
        assert shown.is_visible() == (name == "Caption")
    expect(page.locator(".viz-step-line")).to_contain_text("b = a + 1")
    size = page.evaluate(
        """() => [...document.querySelectorAll('.viz-plot .viz-world g text')]
          .filter((text) => text.getAttribute('display') !== 'none'
            && getComputedStyle(text).display !== 'none')
          .map((text) => parseFloat(getComputedStyle(text).fontSize)
            * new DOMMatrix(getComputedStyle(document.querySelector('.viz-world')).transform).a)"""
    )
    assert len(size) >= 8
    assert min(size) >= least - 0.01  # every text, also the smallest
    # The controls that come with the pointer have their own room.
    page.mouse.move(width / 2, height / 2)
    page.mouse.move(width / 2 + 9, height / 2)
    expect(page.locator(".viz-root[data-pointed]")).to_be_attached()
    edges = _edges(
        page.locator(".viz-frame"), page.locator(".viz-step-line"), page.locator(".viz-caption")
    )
    assert edges == sorted(edges)
    words = page.locator(".viz-caption").evaluate(
        "it => { const range = document.createRange(); range.selectNodeContents(it);"
        " return range.getBoundingClientRect().bottom; }"
    )
    controls = page.locator(".viz-transport").bounding_box()
    assert controls is not None
    assert words <= controls["y"]
    assert controls["y"] + controls["height"] <= height
    page.keyboard.press("Escape")
    expect(page.get_by_role("region", name="Inspector")).to_be_visible()
    expect(page).not_to_have_url(re.compile("present"))


def test_a_presenter_draws_and_the_next_step_wipes_it(open_page: OpenPage) -> None:
    page = open_page("?present=1", width=1280, height=720, reduced_motion="reduce")
    root = page.get_by_role("region", name="Computation graph")
    strokes = page.locator(".viz-strokes path")

    def draw(x: int, y: int) -> None:
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 60, y + 20, steps=4)
        page.mouse.move(x + 120, y, steps=4)
        page.mouse.up()

    before = page.locator(".viz-world").first.evaluate("it => getComputedStyle(it).transform")
    page.keyboard.press("d")
    draw(400, 300)
    draw(500, 640)  # over the caption, too
    expect(strokes).to_have_count(2)
    box = strokes.first.bounding_box()
    assert box is not None
    assert abs(box["x"] - 400) < 8
    assert abs(box["width"] - 120) < 16
    # The picture was not dragged.
    after = page.locator(".viz-world").first.evaluate("it => getComputedStyle(it).transform")
    assert after == before
    page.keyboard.press("x")
    expect(strokes).to_have_count(0)
    draw(400, 300)
    page.screenshot(path=seen.ARTEFACTS / "pen.png")
    page.keyboard.press("PageDown")
    expect(root).to_have_attribute("data-step", "1")
    expect(strokes).to_have_count(0)
    pen = page.get_by_role("button", name="Pen: draw over the presented picture")
    expect(pen).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(pen).to_have_attribute("aria-pressed", "false")
    draw(400, 300)
    expect(strokes).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("region", name="Inspector")).to_be_visible()


TRAINING = """w = torch.tensor([0., 1.], requires_grad=True)
for turn in range(6):
    loss = ((w * 2 - 3) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad = None
"""


@pytest.mark.parametrize("width", [390, 700])
def test_on_a_narrow_page_an_error_comes_before_the_picture(
    open_page: OpenPage, width: int
) -> None:
    source = "a = torch.ones(2, requires_grad=True)\nb = a * 2\nb.backward()"
    page = open_page(f"?code={share.encode(source)}", width=width, height=844, ready=False)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Line 3")
    expect(alert.get_by_text("b.backward()", exact=True)).to_be_visible()
    above = [
        alert,
        page.locator(".viz-frame"),
        page.get_by_role("status", name="Caption"),
        seen.program(page),
    ]
    edges = _edges(*above)
    assert edges == sorted(edges)
    assert edges[0] > 0
    assert edges[5] <= 844  # the caption is on the first screen

    # Beside the text while somebody writes: nothing moves away from under the hand.
    field = seen.program(page)
    field.fill(source.replace("backward", "backwards"))
    expect(alert).to_contain_text("backwards")
    edges = _edges(page.locator(".viz-frame"), field, alert)
    assert edges == sorted(edges)


def _edges(*parts: Locator) -> list[float]:
    """The upper and the lower edge of each part, in pixels."""
    boxes = [box for part in parts if (box := part.bounding_box())]
    assert len(boxes) == len(parts)
    return [edge for box in boxes for edge in (box["y"], box["y"] + box["height"])]


@pytest.mark.parametrize(
    ("query", "width", "height"),
    [
        ("?lesson=fan-out&embed=true", 700, 600),
        ("?lesson=fan-out", 390, 844),
        ("", 360, 740),
        (f"?code={share.encode(TRAINING)}&step=12&embed=true", 700, 600),
        (f"?code={share.encode(TRAINING)}&step=12", 390, 844),
    ],
)
def test_a_narrow_page_has_picture_play_and_caption_on_its_first_screen(
    open_page: OpenPage, query: str, width: int, height: int
) -> None:
    page = open_page(query, width=width, height=height)
    for part in (
        page.locator(".viz-frame"),
        page.get_by_role("button", name="Play"),
        page.locator(".viz-step-line"),
        page.get_by_role("status", name="Caption"),
    ):
        box = part.bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= height
        assert box["x"] + box["width"] <= width
    if "embed" in query:
        full = page.get_by_role("link", name="Open in full")
        assert "embed" not in (full.get_attribute("href") or "embed")


def test_a_repair_is_one_press_and_undo_gives_the_old_text(open_page: OpenPage) -> None:
    page = open_page()
    for name, source in test_repairs.BROKEN.items():
        with case(name):
            follow(page, f"?code={share.encode(source)}")
            _repair(page, source)


def _repair(page: Page, source: str) -> None:
    graph = seen.graph(page)
    expect(seen.program(page)).to_have_value(source)
    expect(graph).to_have_attribute("data-state", "error")
    alert = page.get_by_role("alert")
    offered = alert.get_by_role("button").filter(has_text="Try: ")
    expect(offered).not_to_have_count(0)
    offered.first.click()
    expect(graph).to_have_attribute("data-state", "ready")
    expect(alert).to_have_count(0)
    mended = seen.program(page).input_value()
    assert mended != source
    page.get_by_role("button", name="Undo").click()
    expect(graph).to_have_attribute("data-state", "error")
    expect(alert).to_be_visible()
    assert seen.program(page).input_value() == source


@pytest.mark.parametrize("name", test_repairs.FORGOTTEN)
def test_a_forgotten_zero_grad_is_one_press(open_page: OpenPage, name: str) -> None:
    source = test_repairs.FORGOTTEN[name]
    page = open_page(f"?code={share.encode(source)}")
    pane = tab(page, "Life of .grad (!)")
    pane.get_by_role("button", name="Try: ").click()
    expect(page.get_by_role("tab", name="Life of .grad", exact=True)).to_be_visible()
    expect(pane.get_by_role("button", name="Try: ")).to_have_count(0)
    assert seen.program(page).input_value() != source
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("tab", name="Life of .grad (!)", exact=True)).to_be_visible()
    assert seen.program(page).input_value() == source


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844), (360, 740)])
def test_a_program_without_requires_grad_shows_the_break_and_says_why(
    open_page: OpenPage, width: int, height: int
) -> None:
    source = "x = torch.tensor([1., 2.])\ny = x * 3\nz = y ** 2\nloss = z.sum()\nloss.backward()\n"
    page = open_page(f"?code={share.encode(source)}&step=4", width=width, height=height,
                     ready=False)  # fmt: skip
    root = seen.graph(page)
    expect(root).to_have_attribute("data-state", "error")
    expect(page.get_by_role("alert")).to_contain_text(
        "Backward can't begin at loss: it was made from x without requires_grad"
    )
    seen.quiet(page)  # a phone's picture asks for rows of its width once it is drawn
    frame = page.locator(".viz-frame").bounding_box()
    break_ = page.locator(".viz-world text", has_text="✂").bounding_box()
    assert frame is not None
    assert break_ is not None
    assert frame["x"] <= break_["x"] <= frame["x"] + frame["width"] - break_["width"]
    assert frame["y"] <= break_["y"] <= frame["y"] + frame["height"] - break_["height"]
    edges = _edges(page.get_by_role("status", name="Caption"))
    assert edges[1] <= height
    expect(page.locator(".viz-math math")).not_to_have_count(0)


def test_picture_is_five_tab_stops_away(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out")
    root = page.get_by_role("region", name="Computation graph")
    for _ in range(6):
        page.keyboard.press("Tab")
        if root.evaluate("(root) => root === document.activeElement"):
            return
    pytest.fail("the sixth stop is not the picture")


def test_screen_reader_hears_the_box_reached_with_shift_and_an_arrow(open_page: OpenPage) -> None:
    page = open_page("?lesson=gradient-calculation&step=9")
    root = page.get_by_role("region", name="Computation graph")
    root.focus()
    said = root.locator(".viz-where[role=status]")
    page.keyboard.press("Shift+ArrowRight")
    expect(said).to_have_text("a + 1, operation")
    page.keyboard.press("Shift+ArrowRight")
    expect(said).to_have_text("b, result: value [3, 4], gradient [6, 8]")
    for _ in range(2):
        page.keyboard.press("Shift+ArrowLeft")
    expect(said).to_have_text("a, leaf: value [2, 3], gradient [6, 8]")
    page.keyboard.press("Shift+ArrowLeft")
    expect(said).to_have_text("No box in that direction.")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_few_numbers_of_a_caption_stay_on_one_line(open_page: OpenPage, language: str) -> None:
    page = open_page(f"?lesson=gradient-calculation&step=6&lang={language}", width=360, height=740,
                     ready=False)  # fmt: skip
    expect(page.locator(".viz-root")).to_have_attribute("data-state", "ready")
    seen.quiet(page)  # a phone's picture asks for rows of its width once it is drawn
    found: list[str] = []
    for step in range(10):
        page.evaluate(
            "step => dispatchEvent(new CustomEvent('viz:goto', { detail: { step } }))", step
        )
        lines = page.locator(".viz-caption .viz-whole").evaluate_all(
            "all => all.map(it => { const range = document.createRange();"
            "range.selectNodeContents(it); return [it.textContent,"
            "new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size]; })"
        )
        assert all(count == 1 for _, count in lines), lines
        found += [text for text, _ in lines]
    assert "[6, 8]" in found


def test_arrow_keys_lead_through_the_buttons_of_one_stop(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out")
    gallery = page.get_by_role("button", name="Gallery", exact=True)
    theme = page.get_by_role("button", name="Dark theme", exact=True)
    gallery.focus()
    page.keyboard.press("ArrowRight")
    expect(theme).to_be_focused()
    expect(gallery).to_have_attribute("tabindex", "-1")
    page.keyboard.press("Home")
    expect(gallery).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()


GROUNDS: dict[Literal["light", "dark"], str] = {
    "light": "rgb(252, 253, 255)",
    "dark": "rgb(15, 23, 32)",
}


def test_first_paint_shows_our_logo_and_no_skeleton(chromium: Browser, server: str) -> None:
    page = seen.new_page(chromium, locale="en-US")
    page.route_web_socket("**/_stcore/stream", lambda _: None)  # the app never answers
    for scheme, ground in GROUNDS.items():
        with case(scheme):
            page.emulate_media(color_scheme=scheme)
            page.goto(server)
            _first_paint(page, ground)
            seen.shot(page, f"first-paint-{scheme}")
    page.close()


def _first_paint(page: Page, ground: str) -> None:
    expect(page.get_by_test_id("stApp")).to_be_attached()
    skeleton = page.get_by_test_id("stAppSkeleton")
    expect(skeleton).to_be_attached()
    expect(skeleton).to_be_hidden()
    sign = page.locator(".viz-first-paint")
    expect(sign).to_have_text("∇")
    expect(sign).to_have_css("background-color", ground)


def test_logo_is_gone_once_the_page_is_there(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out")
    expect(page.locator(".viz-first-paint")).to_be_hidden()


COVERED = """() => [...document.querySelectorAll('.viz-crumb')].filter((crumb) => {
  const { left, right, top, bottom } = crumb.getBoundingClientRect();
  return [left + 3, right - 3].some((x) =>
    document.elementFromPoint(x, (top + bottom) / 2) !== crumb);
}).map((crumb) => crumb.textContent)"""


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (1024, 700)])
def test_the_opening_question_does_not_cover_the_path(
    open_page: OpenPage, width: int, height: int
) -> None:
    page = open_page(
        "?lesson=optimizer", fresh=True, width=width, height=height, reduced_motion="reduce"
    )
    ask = page.locator(".viz-ask")
    transport = page.locator(".viz-transport")
    expect(page.locator(".viz-crumb")).to_have_count(2)
    expect(ask).to_be_visible()
    assert page.evaluate(COVERED) == []
    place = "it => it.offsetTop"  # the page may scroll
    top = transport.evaluate(place)
    seen.graph(page).press("ArrowRight")
    expect(ask).to_be_hidden()
    assert page.evaluate(COVERED) == []
    assert transport.evaluate(place) == pytest.approx(top, abs=8)  # as on a phone


@pytest.mark.parametrize("query", ["?lesson=fan-out", "?lesson=lstm-gate", "?lesson=slope"])
def test_on_a_phone_the_picture_takes_the_space_of_the_question(
    open_page: OpenPage, query: str
) -> None:
    page = open_page(query, fresh=True, width=390, height=844, reduced_motion="reduce",
                     user_agent="Mozilla/5.0 (Linux; Android 14) Mobile")  # fmt: skip
    root = page.get_by_role("region", name="Computation graph")
    ask = page.locator(".viz-ask")
    expect(ask).to_be_visible()
    root.evaluate("it => it.focus({ preventScroll: true })")
    places = """() => ['.viz-frame', '.viz-ask', '.viz-transport']
      .map((name) => document.querySelector(name).getBoundingClientRect())
      .map(({ top, height }) => ({ top, height }))"""
    frame, question, transport = page.evaluate(places)
    page.keyboard.press("ArrowRight")
    expect(ask).to_be_hidden()
    larger, _, same = page.evaluate(places)
    assert question["height"] > 50
    assert larger["height"] == pytest.approx(frame["height"] + question["height"], abs=8)
    assert same["top"] == pytest.approx(transport["top"], abs=8)  # nothing moves under a finger
    page.keyboard.press("ArrowLeft")
    expect(ask).to_be_visible()
    assert page.evaluate(places) == [frame, question, transport]


def test_in_a_frame_of_700_pixels_the_question_has_a_line_of_its_own(open_page: OpenPage) -> None:
    page = open_page("?embed=true", fresh=True, width=700, height=600, reduced_motion="reduce")
    words = page.locator(".viz-ask-words")
    expect(words).to_be_visible()
    line = words.evaluate("it => parseFloat(getComputedStyle(it).lineHeight)")
    asked = words.bounding_box()
    tools = page.locator(".viz-zoom").bounding_box()
    assert asked is not None
    assert tools is not None
    assert asked["height"] < 1.5 * line
    assert asked["y"] + asked["height"] <= tools["y"]
