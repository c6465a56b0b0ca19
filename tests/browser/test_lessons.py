"""A learner walks through lessons: question, step, wrong and right answer, change, goal, next."""

import base64
import io
import re
import zipfile

import pytest
from playwright.sync_api import Page, expect

from tests.browser import seen
from tests.browser.conftest import OpenPage
from viz_app import share
from viz_app.knowledge import lessons, text
from viz_app.knowledge.lessons import Lesson


def _predict(page: Page, lesson: Lesson, language: str, *, by_keyboard: bool = False) -> None:
    """Try a wrong answer, then the right one."""
    assert lesson.predict is not None
    choices = page.locator(".viz-lesson-choices button")
    places = [at for at, choice in enumerate(lesson.predict.choices) if not choice.right][:1]
    places += [at for at, choice in enumerate(lesson.predict.choices) if choice.right]
    for place in places:
        choice = lesson.predict.choices[place]
        if by_keyboard:
            choices.nth(place).focus()
            page.keyboard.press("Enter")
        else:
            choices.nth(place).click()
        expect(page.locator(".viz-lesson-why")).to_contain_text(lessons.words(choice.why, language))
        expect(choices.nth(place)).to_have_attribute("data-right", str(choice.right).lower())


def _change(page: Page, lesson: Lesson) -> None:
    field = page.locator("textarea").first
    field.fill(lesson.solved)
    field.press("Control+Enter")
    expect(page.locator(".viz-lesson")).to_have_attribute("data-standing", "reached")


WALKS = [
    ("slope", "en", {}),
    ("leaves", "en", {}),
    ("one-weight", "en", {}),
    ("transformer-block", "en", {}),
    ("fan-out", "ko", {}),
    ("broadcasting", "en", {"width": 390, "height": 844, "has_touch": True}),
]


@pytest.mark.parametrize(("slug", "language", "options"), WALKS)
def test_lesson_is_completed_and_leads_to_the_next(
    open_page: OpenPage, slug: str, language: str, options: dict[str, int]
) -> None:
    lesson, words = lessons.load()[slug], text.load(language)
    page = open_page(f"?lesson={slug}&lang={language}", ready=False, **options)
    expect(page.locator(".viz-lesson-question").first).to_have_text(
        lessons.words(lesson.question, language)
    )
    expect(page.locator(".viz-root")).to_have_attribute("data-state", "ready")
    first = page.locator(".viz-ideas button").first
    first.click()
    expect(first).to_have_attribute("aria-current", "step")
    page.get_by_role("tab", name=words("lesson.predict")).click()
    _predict(page, lesson, language)
    goal = page.locator(".viz-lesson-goal")
    assert lesson.goal is not None
    expect(goal).to_contain_text(lessons.words(lesson.goal.text, language))
    expect(goal).to_have_attribute("data-standing", "open")
    _change(page, lesson)
    expect(page.locator(".viz-lesson-reason")).to_have_text(words("goal.reached"))
    after = lessons.following(slug)
    if after is None:
        return
    page.locator(".viz-lesson-button", has_text=words("lesson.next")).click()
    expect(page).to_have_url(re.compile(f"lesson={after.slug}"))
    expect(page.locator(".viz-lesson")).to_have_attribute("data-standing", "open")
    page.locator(".viz-gallery-open").click()
    done = page.locator('.viz-gallery-card[data-state="done"]')
    expect(done).to_have_count(1)
    expect(done).to_contain_text(lessons.words(lesson.title, language))


def test_lesson_is_completed_by_keyboard_alone(open_page: OpenPage) -> None:
    lesson = lessons.load()["chain"]
    page = open_page("?lesson=chain")
    page.get_by_role("tab", name="Ideas", exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Predict", exact=True)).to_be_focused()
    _predict(page, lesson, "en", by_keyboard=True)
    page.get_by_role("tab", name="Predict", exact=False).first.focus()
    page.keyboard.press("ArrowRight")
    hint = page.locator(".viz-lesson-button")
    hint.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".viz-lesson-hints li")).to_have_count(1)
    seen.program(page).focus()
    _change(page, lesson)
    page.locator(".viz-lesson-button", has_text="Next lesson").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("lesson=gradient-calculation"))


def test_lesson_asks_for_a_gradient_and_then_explains_it(open_page: OpenPage) -> None:
    page = open_page("?lesson=chain&lang=en")
    idea = page.locator(".viz-ideas > li").nth(3)
    expect(idea).to_have_text("Predict this gradient at its step, then read on here.")
    idea.locator("button").click()
    field = page.get_by_role("textbox", name=re.compile("gradient", re.IGNORECASE))
    expect(field).to_be_visible()
    expect(page.get_by_role("status", name="Caption")).not_to_contain_text("42")
    expect(idea).not_to_contain_text("42")
    field.fill("14")
    field.press("Enter")
    expect(page.locator(".viz-predict-said")).not_to_be_empty()
    expect(idea).not_to_contain_text("42")
    field.fill("42")
    field.press("Enter")
    expect(field).to_be_hidden()
    expect(page.locator(".viz-predict-score")).to_contain_text("Right")
    expect(idea).to_contain_text("Times 3, and 42 reaches x")
    # Asked once: the way back and forth again is free, and so is every other step.
    page.get_by_role("region", name="Computation graph", exact=True).focus()
    for key in ("Home", "End"):
        page.keyboard.press(key)
        expect(field).to_be_hidden()
    expect(page.get_by_role("table", name="Present step", exact=True)).to_contain_text("42")

    idea.get_by_role("button", name="What if: 3 * x → -3 * x").click()
    expect(seen.program(page)).to_have_value(re.compile(r"u = -3 \* x"))
    expect(page.locator(".viz-whatif")).to_be_visible()
    expect(page.locator(".viz-lesson")).to_have_attribute("data-standing", "open")


def test_play_stops_where_a_lesson_asks_and_the_answer_can_be_shown(open_page: OpenPage) -> None:
    page = open_page("?lesson=cut&lang=ko", ready=False)
    expect(page.locator(".viz-root")).to_have_attribute("data-state", "ready")
    page.get_by_role("button", name=text.load("ko")("stage.play"), exact=True).click()
    show = page.get_by_role("button", name=text.load("ko")("stage.predict_show"), exact=True)
    expect(show).to_be_visible()
    idea = page.locator(".viz-ideas > li").nth(2)
    expect(idea).to_have_text(text.load("ko")("lesson.asks"))
    show.click()
    expect(show).to_be_hidden()
    expect(idea).to_contain_text("50")


def test_prediction_is_pointed_out_at_its_step(open_page: OpenPage) -> None:
    page = open_page("?lesson=gradient-calculation&lang=en&step=3")
    tab = page.get_by_role("tab", name=re.compile("^Predict"))
    expect(tab).to_be_visible()
    expect(tab).not_to_have_attribute("data-now", "")
    seen.press(page, "Next step")  # the next one is the first of backward
    expect(tab).to_have_attribute("data-now", "")
    expect(tab).to_have_attribute("title", text.load("en")("lesson.predict_now"))
    tab.click()
    page.get_by_role("button", name="1 to each", exact=True).click()
    expect(tab).to_have_attribute("data-now", "")
    page.get_by_role("button", name="one half to each", exact=True).click()
    expect(tab).not_to_have_attribute("data-now", "")


def test_a_gradient_written_by_hand_does_not_turn_the_goal_green(open_page: OpenPage) -> None:
    page = open_page("?lesson=slope")
    field = seen.program(page)
    field.fill(lessons.load()["slope"].program + "x.grad = torch.tensor(10.)\n")
    field.press("Control+Enter")
    expect(page.locator(".viz-lesson")).to_have_attribute("data-standing", "by_hand")
    expect(page.locator(".viz-lesson-reason")).to_contain_text("by hand")


def test_link_carries_progress_and_a_blank_program_is_remembered(open_page: OpenPage) -> None:
    page = open_page("?lesson=chain&done=slope.<b>.chain")
    expect(page).to_have_url(re.compile(r"\?lesson=chain(&step=\d+)?$"))
    page.get_by_role("button", name="Gallery", exact=True).click()
    expect(page.locator('.viz-gallery-card[data-state="done"]')).to_have_count(2)
    expect(page.locator('.viz-gallery-card[data-state="next"]')).to_contain_text("Gradient")
    page.get_by_role("searchbox").fill("convolution")
    expect(page.locator(".viz-gallery-card:visible")).to_have_count(1)
    page.get_by_role("button", name="Blank program", exact=True).click()
    field = seen.program(page)
    expect(field).to_have_value("")
    field.fill("q = torch.tensor(2., requires_grad=True)\n(q * q).backward()\n")
    field.press("Control+Enter")
    expect(page.get_by_role("slider", name="Step")).to_have_attribute("aria-valuemax", "3")
    page.get_by_role("button", name="Gallery", exact=True).click()
    mine = page.locator(".viz-gallery-mine")
    expect(mine).to_have_text("q = torch.tensor(2., requires_grad=True)")


def test_a_program_that_is_remembered_late_appears_in_the_open_gallery(
    open_page: OpenPage,
) -> None:
    page = open_page("?code=" + share.encode("q = torch.ones(2, requires_grad=True)\n"))
    page.evaluate("localStorage.removeItem('viz:progress')")
    route = seen.reload_without(page, "**/panels/*/page/lesson.js")
    page.get_by_role("button", name="Gallery", exact=True).click()
    expect(page.locator(".viz-gallery-card").first).to_be_visible()
    mine = page.locator(".viz-gallery-mine")
    assert mine.count() == 0
    route.continue_()
    expect(mine).to_have_text("q = torch.ones(2, requires_grad=True)")


OWN = (lessons.FOLDER / "slope.toml").read_text("utf-8")
HOSTILE = (
    OWN.replace("A gradient is a slope", "<img src=x onerror=hacked()> ${hacked()}")
    .replace("When x grows a little", "</script><script>hacked()</script>{{7*7}}")
    .replace("Make x.grad equal 10", "**bold** [a](javascript:hacked()) $x^2$")
)


def _opened_lesson(page: Page, name: str, text: str) -> None:
    page.evaluate(
        """([name, text]) => {
          const dropped = new DataTransfer();
          dropped.items.add(new File([text], name));
          window.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, cancelable: true }));
        }""",
        [name, text],
    )


def test_opened_lesson_survives_a_reload_and_is_shared_by_link(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out&lang=en")
    page.evaluate("localStorage.removeItem('viz:progress')")
    page.evaluate("() => { window.hacked = () => { window.wasHacked = true; }; }")
    _opened_lesson(page, "my-own.toml", HOSTILE)
    question = page.locator(".viz-lesson-question").first
    expect(question).to_contain_text("</script><script>hacked()</script>{{7*7}}")
    expect(page.locator(".viz-lesson-goal")).to_contain_text("**bold** [a](javascript:hacked())")
    expect(page).to_have_url(re.compile(r"\?lesson=my-own&toml=[\w-]+"))
    assert page.evaluate("window.wasHacked ?? false") is False
    link = page.url

    page.reload()
    page.evaluate("() => { window.hacked = () => { window.wasHacked = true; }; }")
    expect(question).to_contain_text("hacked()")
    _change(page, lessons.load()["slope"])
    expect(page).to_have_url(re.compile(r"\?lesson=my-own&toml=[\w-]+&code="))

    # Left for another lesson, it is still in the gallery, as done, and opens again.
    page.get_by_role("button", name="Gallery", exact=True).click()
    mine = page.locator(".viz-gallery-mine")
    expect(mine).to_have_count(1)
    expect(mine).to_contain_text("<img src=x onerror=hacked()> ${hacked()}")
    expect(mine).to_have_attribute("data-state", "done")
    page.locator(".viz-gallery-card", has_text="Two links").click()
    expect(page.locator(".viz-lesson-question").first).to_contain_text("x changes u")
    page.get_by_role("button", name="Gallery", exact=True).click()
    expect(page.locator('.viz-gallery-card[data-state="done"]')).to_have_count(0)
    mine.click()
    expect(question).to_contain_text("hacked()")
    expect(page.locator(".viz-lesson")).to_have_attribute("data-standing", "open")

    pupil = open_page(link[link.index("?") :])
    expect(pupil.locator(".viz-lesson-question").first).to_contain_text("hacked()")
    for each in (page, pupil):
        expect(each.locator('img[src="x"]')).to_have_count(0)
    assert page.evaluate("window.wasHacked ?? false") is False


def test_forged_browser_storage_is_not_a_lesson(open_page: OpenPage) -> None:
    page = open_page("?lesson=slope&lang=en")
    page.evaluate(
        """() => localStorage.setItem("viz:progress", JSON.stringify({ brought: [
          null, 7, { slug: "../x", title: "a", text: "b" }, { slug: "a", title: {}, text: "b" },
          { slug: "a", title: "a", text: "b".repeat(200_001) },
          { slug: "forged", title: "Forged", text: "order = '<b>'", done: "yes" },
        ], courses: [
          null, 7, { name: 7, lessons: [] }, { name: "a", lessons: "b" }, { lessons: [] },
          { name: "<b>", lessons: [null, { slug: "../x", title: "a", text: "b" }] },
        ] }))"""
    )
    page.reload()
    page.get_by_role("button", name="Gallery", exact=True).click()
    mine = page.locator(".viz-gallery-mine")
    expect(mine).to_have_count(1)
    expect(page.locator(".viz-gallery-course h3")).to_have_text("<b> · 0/0")
    expect(mine).to_have_attribute("data-state", "begun")
    mine.click()
    expect(page.get_by_role("alert").first).to_contain_text("forged.toml")
    expect(page.locator(".viz-lesson-question").first).to_contain_text("When x grows a little")


def _course(page: Page, name: str, files: dict[str, str]) -> None:
    """Drop a zip file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for path, content in files.items():
            file.writestr(path, content)
    page.evaluate(
        """([name, bytes]) => {
          const dropped = new DataTransfer();
          const content = Uint8Array.from(atob(bytes), (it) => it.charCodeAt(0));
          dropped.items.add(new File([content], name));
          window.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, cancelable: true }));
        }""",
        [name, base64.b64encode(made.getvalue()).decode()],
    )


def test_a_course_is_opened_from_a_zip_file_and_walked(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out&lang=en")
    page.evaluate("localStorage.removeItem('viz:progress')")
    page.evaluate("() => { window.hacked = () => { window.wasHacked = true; }; }")
    chain = (lessons.FOLDER / "chain.toml").read_text("utf-8")
    files = {"week/b.toml": chain, "week/a.toml": HOSTILE, "week/read-me.md": "<script>"}
    _course(page, "<b>Week 1<b>.zip", files)
    question = page.locator(".viz-lesson-question").first
    expect(question).to_contain_text("</script><script>hacked()</script>{{7*7}}")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator(".viz-opening-note")).to_be_hidden()

    # The goal reached, the course goes on; after a reload it is still there.
    _change(page, lessons.load()["slope"])
    page.locator(".viz-lesson-button", has_text="Next lesson: Two links").click()
    expect(question).to_contain_text("x changes u")
    expect(page).to_have_url(re.compile(r"\?lesson=b&toml=[\w-]+"))
    page.reload()
    expect(question).to_contain_text("x changes u")
    page.get_by_role("button", name="Gallery", exact=True).click()
    section = page.locator(".viz-gallery-course")
    expect(section.get_by_role("heading")).to_have_text("<b>Week 1<b> · 1/2")
    mine = section.locator(".viz-gallery-mine")
    expect(mine).to_have_count(2)
    expect(mine.nth(0)).to_contain_text("<img src=x onerror=hacked()> ${hacked()}")
    expect(mine.nth(0)).to_have_attribute("data-state", "done")
    expect(mine.nth(1)).to_have_attribute("data-state", "next")
    expect(page.locator(".viz-gallery-mine")).to_have_count(2)  # and nowhere else once more
    mine.nth(0).click()
    expect(question).to_contain_text("hacked()")
    expect(page.locator('img[src="x"]')).to_have_count(0)
    assert page.evaluate("window.wasHacked ?? false") is False


def test_a_course_with_a_fault_says_which_lesson_has_it(open_page: OpenPage) -> None:
    page = open_page("?lesson=fan-out&lang=en")
    alert = page.get_by_role("alert").first
    question = page.locator(".viz-lesson-question").first
    before = question.inner_text()
    _course(page, "c.zip", {"a.toml": OWN, "b.toml": OWN.replace("order = ", "order = '1' # ")})
    expect(alert).to_contain_text("The lesson “b.toml” has a mistake in line")
    expect(question).to_have_text(before)  # a wrong file: nothing is opened
    _course(page, "c.zip", {"a.toml": OWN, "b.toml": OWN.replace("number = 10 }", "number = 11 }")})
    expect(alert).to_contain_text("its lesson “b.toml” is not as it should be")
    expect(alert).to_contain_text("its solution does not reach the goal")
    expect(question).to_contain_text("When x grows a little")
    page.evaluate(
        """() => {
          const dropped = new DataTransfer();
          dropped.items.add(new File(["no zip"], "c.zip"));
          window.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, cancelable: true }));
        }"""
    )
    expect(alert).to_contain_text("it is neither a folder nor a zip file of lessons")
