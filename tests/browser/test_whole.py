"""Each step is complete: no box of it is cut off, no texts overlap, cards show their numbers, the
caption fits; and no text of a lesson is cut off."""

import pytest
from playwright.sync_api import expect

from tests.browser import seen, whole
from tests.browser.conftest import OpenPage
from tests.browser.whole import DESK, FRAME, PHONE, PROJECTOR, View
from viz_app.knowledge import lessons

LESSONS = (
    "gradient-calculation", "fan-out", "two-layer-mlp", "convolution", "lstm-gate", "attention",
    "clipped-value", "optimizer",
)  # fmt: skip
VIEWS = ((DESK, PHONE), (PROJECTOR,), (FRAME,))
"""The views of one opened page; each program has one of these, in turn."""

EACH = [
    pytest.param(name, VIEWS[place % len(VIEWS)], id=name)
    for place, name in enumerate((*LESSONS, *whole.PROGRAMS[:12]))
] + [pytest.param("chain-in-rows", views, id=f"chain-{views[0].width}") for views in VIEWS]


@pytest.mark.parametrize(("name", "views"), EACH)
def test_each_step_is_whole(open_page: OpenPage, name: str, views: tuple[View, ...]) -> None:
    first = views[0]
    page = open_page(
        f"{whole.query(name)}{first.more}",
        width=first.width,
        height=first.height,
        reduced_motion="reduce",
        ready=False,
    )
    state = "error" if name.startswith("errors") else "ready"
    expect(page.get_by_role("region", name="Computation graph")).to_have_attribute(
        "data-state", state
    )
    for view in views:
        page.set_viewport_size({"width": view.width, "height": view.height})
        seen.quiet(page)  # the picture asks for rows of its width once it is drawn
        found = whole.measure(page, view)
        assert found["steps"] > 3
        # In a folded loop a step is one box, or none where a gradient is only set to None.
        assert found["boxes"] > found["steps"] / 2
        assert found["texts"] > found["steps"]
        assert (found["cut"], found["overlap"], found["caption"]) == ({}, {}, {}), view
        assert found["small"] == {}, view


SPREAD = (
    "lists_rnn_unrolled", "modules_mlp", "conv_grad_cam", "attention_positional_tiny_gpt",
    "multi_output_unbind_split", "training_xor", "rnn_cell_by_hand", "transformer-block", "freeze",
    "two-layer-mlp", "attention", "lstm-gate",
)  # fmt: skip
"""Programs that had steps too large for cards with numbers: large operands, many results, or a
distant one."""


@pytest.mark.parametrize("view", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("name", SPREAD)
def test_the_cards_of_each_step_have_their_numbers(
    open_page: OpenPage, name: str, view: View
) -> None:
    page = open_page(
        whole.query(name), width=view.width, height=view.height, reduced_motion="reduce"
    )
    seen.quiet(page)  # the picture asks for rows of its width once it is drawn
    found = whole.measure(page, view)
    assert (found["cut"], found["overlap"], found["small"]) == ({}, {}, {})


IN_BOTH = [
    pytest.param(
        slug, language, (DESK, PHONE, PROJECTOR)[(place + turn) % 3], id=f"{slug}-{language}"
    )
    for place, slug in enumerate(lessons.load())
    for turn, language in enumerate(("en", "ko"))
]
"""Each lesson in each language, its steps in one of the views; `bench/whole.py` has them all."""


@pytest.mark.parametrize(("slug", "language", "view"), IN_BOTH)
def test_each_lesson_is_whole_in_each_language(
    open_page: OpenPage, slug: str, language: str, view: View
) -> None:
    page = open_page(
        f"?lesson={slug}&lang={language}{view.more}",
        width=view.width,
        height=view.height,
        reduced_motion="reduce",
        ready=False,
    )
    expect(page.locator(".viz-root")).to_have_attribute("data-state", "ready")
    seen.quiet(page)  # a phone's picture asks for rows of its width once it is drawn
    found = whole.measure(page, view)
    assert found["texts"] > found["steps"]
    assert (found["cut"], found["overlap"], found["caption"]) == ({}, {}, {})
    assert found["small"] == {}
    if view is PROJECTOR:  # which shows the picture alone
        page.locator(".viz-root").focus()
        page.keyboard.press("f")
        expect(page.locator(":root:not([data-viz-presenting])")).to_be_attached()
    for size in (DESK, PHONE):
        texts = whole.words(page, size)
        assert texts["texts"] > 20  # question, ideas, choices with their reasons, goal, hints
        assert texts["cut"] == [], size


def test_a_cut_text_is_found(open_page: OpenPage) -> None:
    page = open_page("?lesson=slope&lang=en")
    for style, by in (
        (
            ".viz-lesson-goal { width: 90px; overflow: hidden; white-space: nowrap; }",
            "viz-lesson-goal",
        ),
        (".viz-lesson-goal { position: relative; left: 1400px; }", "window"),
    ):
        sheet = page.add_style_tag(content=style)
        cuts = {cause for _, cause in whole.words(page, DESK)["cut"]}
        assert by in cuts
        sheet.evaluate("made => made.remove()")
    assert whole.words(page, DESK)["cut"] == []


WRAPPED = """async (row) => {
  const width = () => Math.max(...[...document.querySelectorAll('.viz-plot .viz-world path')]
    .map((path) => path.getBBox()).map((box) => box.x + box.width));
  for (let frames = 0; width() > row || width() < row * 0.6; frames += 1) {
    if (frames === 5000) throw new Error(`${width()}, not ${row}`);
    await new Promise((next) => requestAnimationFrame(next));
  }
}"""
"""Waits until the picture has rows of a width."""


def test_long_chain_is_readable_in_rows_in_each_frame(open_page: OpenPage) -> None:
    page = open_page(whole.query("chain-straight"), reduced_motion="reduce")
    for view, least, row in (
        (DESK, 0.85, 1080),
        (PHONE, 0.72, 500),  # text of 9 px
        (View(360, 844), 0.6, 500),
        (View(700, 800), 0.72, 870),
        (View(1920, 1080), 0.72, 1440),
        (View(430, 932), 0.72, 500),
    ):
        page.set_viewport_size({"width": view.width, "height": view.height})
        page.evaluate(WRAPPED, row)
        found = whole.measure(page, view)
        assert found["least"] >= least, view
        assert (found["cut"], found["overlap"], found["caption"]) == ({}, {}, {}), view
    page.set_viewport_size({"width": 1280, "height": 720})
    root = page.get_by_role("region", name="Computation graph")
    root.focus()
    page.keyboard.press("f")
    expect(page.locator(":root[data-viz-presenting]")).to_be_attached()
    page.evaluate(WRAPPED, 932)
    assert whole.measure(page, PROJECTOR)["least"] > 1.333  # text of 16 px


@pytest.mark.parametrize("size", [(1440, 1100), (390, 844)])
def test_a_step_is_whole_again_after_folding_unfolding_closing_and_a_new_size(
    open_page: OpenPage, size: tuple[int, int]
) -> None:
    width, height = size
    page = open_page(whole.query("modules_mlp"), width=width, height=height,
                     reduced_motion="reduce", ready=False)  # fmt: skip
    root = page.get_by_role("region", name="Computation graph")
    expect(root).to_have_attribute("data-state", "ready")
    seen.quiet(page)  # a phone's picture asks for rows of its width once it is drawn
    crumbs = page.locator(".viz-crumb")
    steps = int(page.locator(".viz-slider").get_attribute("aria-valuemax") or 0)

    def assert_whole(where: View) -> None:
        found = whole.measure(page, where, only=True)
        assert (found["cut"], found["overlap"]) == ({}, {}), (
            where,
            root.get_attribute("data-step"),
        )

    here = View(width, height)
    folded = 0
    for step in range(2, steps, 5):
        page.evaluate(
            "step => dispatchEvent(new CustomEvent('viz:goto', { detail: { step } }))", step
        )
        assert_whole(here)
        depth = crumbs.count()
        if depth == 0 or folded == 2:
            continue
        folded += 1
        root.focus()
        page.keyboard.press("Backspace")
        expect(crumbs).to_have_count(depth - 1)
        seen.quiet(page)  # the path changes before the picture is drawn
        assert_whole(here)
        page.keyboard.press("Enter")
        expect(crumbs).not_to_have_count(depth - 1)
        assert_whole(here)
    assert folded == 2
    page.locator(".viz-folder").click()
    assert_whole(here)
    for smaller in (View(1024, 700), View(700, 600), here):
        assert_whole(smaller)
