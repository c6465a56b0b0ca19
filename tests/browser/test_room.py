"""A class: a teacher's room, and those who follow it."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import seen
from tests.browser.conftest import OpenPage
from tests.line import Line
from viz_app import share

CUBE = "x = torch.tensor(2., requires_grad=True)\ny = x ** 3\ny.backward()\n"
BEFORE_U = 8
"""Step of the lesson "fan-out" after which u passes on what it received in two parts."""


def _bar(page: Page) -> Locator:
    return page.locator(".viz-room")


def _at(page: Page, step: int) -> None:
    expect(page.locator(".viz-root")).to_have_attribute("data-step", str(step))


def _open(page: Page) -> str:
    """Open a room; its code, as the projector shows it."""
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_role("button", name="Teach this: open a room").click()
    dialog = page.locator(".viz-room-dialog")
    written = dialog.locator(".viz-room-code")
    expect(written).to_have_text(re.compile("^[A-Z]{6}$"))
    code = written.inner_text()
    expect(dialog.get_by_role("img", name="QR code of the room's address")).to_be_visible()
    expect(dialog.get_by_role("link")).to_have_attribute("href", re.compile(rf"/\?room={code}$"))
    seen.shot(page, "room-code")
    dialog.get_by_role("button", name="Close", exact=True).click()
    page.keyboard.press("Escape")  # the Share panel
    return code


def test_a_class_follows_its_teacher(open_page: OpenPage) -> None:
    teacher = open_page("?lesson=fan-out")
    code = _open(teacher)
    expect(_bar(teacher)).to_contain_text("0 following")
    expect(teacher).to_have_url(re.compile(f"room={code}"))

    # At the desk, and in Korean on a phone: program and step are the teacher's.
    seen.press(teacher, "Next step")
    seen.press(teacher, "Next step")
    _at(teacher, 2)
    desk = open_page()
    desk.get_by_role("button", name="Share", exact=True).click()
    desk.get_by_label("Join a room: enter its six letters").fill(code.lower())
    desk.keyboard.press("Enter")
    phone = open_page(f"?room={code.lower()}&lang=ko", width=390, height=844, ready=False)
    expect(_bar(phone)).to_contain_text("선생님 화면을 따라가는 중입니다.")
    for page in (desk, phone):
        expect(page).to_have_url(re.compile("lesson=fan-out"))
        _at(page, 2)
    desk.keyboard.press("Escape")
    expect(_bar(teacher)).to_contain_text("2 following")
    expect(_bar(teacher)).to_contain_text(code)
    seen.press(teacher, "Next step")
    _at(desk, 3)
    _at(phone, 3)
    seen.graph(teacher).focus()
    teacher.keyboard.press("Shift+ArrowLeft")
    expect(teacher).to_have_url(re.compile("node="))
    chosen = re.search("node=[0-9.]+", teacher.url)
    assert chosen
    expect(desk).to_have_url(re.compile(re.escape(chosen[0])))
    seen.shot(phone, "room-phone")

    # One looks around, and comes back to where the teacher is by now.
    seen.press(desk, "First step")
    expect(_bar(desk)).to_contain_text("You are looking around on your own.")
    expect(_bar(teacher)).to_contain_text("1 following")
    seen.press(teacher, "Next step")
    _at(phone, 4)
    _at(desk, 0)
    desk.get_by_role("button", name="Back to the teacher").click()
    _at(desk, 4)
    expect(_bar(teacher)).to_contain_text("2 following")

    # Another program, with its step; the phone was away meanwhile.
    phone.reload()
    seen.run(teacher, CUBE)
    seen.press(teacher, "Last step")
    last = seen.last(teacher)
    for page in (desk, phone):
        program = page.locator(".viz-program textarea")
        expect(program).to_have_value(CUBE)
        _at(page, last)
    assert seen.gradient(desk, "x") == [12]
    expect(phone.get_by_role("textbox", name="프로그램", exact=True)).to_be_visible()

    # The teacher's browser leads again after a reload; nobody else's does.
    teacher.reload()
    expect(_bar(teacher)).to_contain_text("2 following")
    expect(_bar(teacher).get_by_role("button", name="End the room")).to_be_visible()
    expect(_bar(desk).get_by_role("button", name="End the room")).to_have_count(0)
    seen.press(teacher, "First step")
    _at(desk, 0)

    # A question: both answer, one thinks again; the bars come when the teacher shows them.
    _bar(teacher).get_by_role("button", name="Ask the class").click()
    teacher.get_by_label("Your question").fill("Which <b>way</b>?")
    for number, choice in enumerate(("up", "<i>down</i>"), 1):
        teacher.get_by_label(f"Answer {number}").fill(choice)
    teacher.get_by_role("button", name="Ask", exact=True).click()
    for page, choice, said in ((phone, "up", "내 답: up"), (desk, "up", "Your answer: up")):
        expect(_bar(page)).to_contain_text("Which <b>way</b>?")
        _bar(page).get_by_role("button", name=choice, exact=True).click()
        expect(_bar(page)).to_contain_text(said)
    expect(_bar(teacher)).to_contain_text("2 answered")
    _bar(desk).get_by_role("button", name="<i>down</i>", exact=True).click()
    expect(_bar(desk)).to_contain_text("Your answer: <i>down</i>")
    expect(_bar(teacher)).to_contain_text("2 answered")
    expect(_bar(desk).locator("dl")).to_be_hidden()
    _bar(teacher).get_by_role("button", name="Show the answers").click()
    for page in (teacher, desk, phone):
        expect(_bar(page).locator("dt")).to_have_text(["up", "<i>down</i>"])
        expect(_bar(page).locator("dd")).to_have_text(["1", "1"])
    seen.shot(teacher, "room-answers")
    seen.shot(phone, "room-answers-phone")
    _bar(teacher).get_by_role("button", name="Close the question").click()
    expect(_bar(desk).locator("dl")).to_be_hidden()

    # Text typed while following is kept.
    own = CUBE.replace("3", "2")
    seen.run(desk, own)
    expect(_bar(desk)).to_contain_text("You are looking around on your own.")
    seen.press(teacher, "Last step")
    _at(phone, last)
    expect(seen.program(desk)).to_have_value(own)

    teacher.once("dialog", lambda dialog: dialog.accept())
    _bar(teacher).get_by_role("button", name="End the room").click()
    expect(_bar(teacher)).to_be_hidden()
    expect(_bar(phone)).to_contain_text("방이 닫혔습니다.")
    _bar(phone).get_by_role("button", name="나가기").click()
    expect(_bar(phone)).to_be_hidden()
    expect(phone.locator(".viz-program textarea")).to_have_value(CUBE)


def test_a_second_device_leads_too_and_neither_pulls_the_other_back(open_page: OpenPage) -> None:
    teacher = open_page("?lesson=fan-out")
    code = _open(teacher)
    pupil = open_page(f"?room={code}")
    expect(_bar(teacher)).to_contain_text("1 following")
    _bar(teacher).get_by_role("button", name="Show the code").click()
    dialog = teacher.locator(".viz-room-dialog").first
    dialog.get_by_role("button", name="Let a second device lead").click()
    said = dialog.locator(".viz-room-second")
    expect(said).to_contain_text(re.compile("[A-Z]{8}"))
    second = re.search("[A-Z]{8}", said.inner_text())
    assert second
    seen.shot(teacher, "room-second-device")

    device = open_page()
    device.get_by_role("button", name="Share", exact=True).click()
    device.get_by_label("Join a room: enter its six letters").fill(second[0].lower())
    device.keyboard.press("Enter")
    opened = device.locator(".viz-room-dialog").first  # it shows the code, as after opening a room
    opened.get_by_role("button", name="Close", exact=True).click()
    expect(_bar(device).get_by_role("button", name="End the room")).to_be_visible()
    # The code leaves the projector by itself: it is good for nobody else.
    expect(said).to_have_text("The second device now leads too. Its code is used up.")
    seen.shot(teacher, "room-second-used")
    dialog.get_by_role("button", name="Close", exact=True).click()
    device.keyboard.press("Escape")
    expect(_bar(device)).to_contain_text("1 following")
    for page, other, step in ((device, teacher, 1), (teacher, device, 2), (device, teacher, 3)):
        seen.press(page, "Next step")
        for each in (page, other, pupil):
            _at(each, step)
    seen.run(device, CUBE)
    for each in (teacher, pupil):
        expect(each.locator(".viz-program textarea")).to_have_value(CUBE)
    seen.press(teacher, "Last step")
    for each in (device, pupil):
        _at(each, seen.last(teacher))
    teacher.once("dialog", lambda dialog: dialog.accept())
    _bar(teacher).get_by_role("button", name="End the room").click()
    expect(_bar(device)).to_contain_text("The room has ended.")


def test_a_wrong_code_leaves_the_text(open_page: OpenPage) -> None:
    page = open_page()
    seen.run(page, CUBE)
    page.get_by_role("button", name="Share", exact=True).click()
    page.get_by_label("Join a room: enter its six letters").fill("qqqqqq")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("There is no room QQQQQQ, or it has ended.")
    expect(seen.program(page)).to_have_value(CUBE)
    expect(_bar(page)).to_be_hidden()


def test_missing_room_is_reported_in_one_sentence(open_page: OpenPage) -> None:
    page = open_page("?room=QQQQQQ")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("This room does not exist, or has ended")
    expect(_bar(page)).to_be_hidden()
    assert "QQQQQQ" not in page.url


def test_a_class_is_asked_for_the_next_gradient_and_answers_are_named(open_page: OpenPage) -> None:
    teacher = open_page(f"?code={share.encode(CUBE)}&step=1")
    code = _open(teacher)
    desk = open_page(f"?room={code}", ready=False)
    phone = open_page(f"?room={code}&lang=ko", width=390, height=844, ready=False)
    for page in (desk, phone):
        _at(page, 1)
    expect(_bar(teacher)).to_contain_text("2 following")
    _bar(teacher).get_by_role("button", name="Ask the class").click()
    teacher.get_by_role("button", name=re.compile("^About the next step")).click()

    for page, answer in ((desk, "12"), (phone, "1")):
        field = _bar(page).get_by_role("textbox")
        field.fill(answer)
        field.press("Enter")
    expect(_bar(teacher)).to_contain_text("2 answered")
    expect(_bar(phone)).to_contain_text("내 답: 1")
    _bar(teacher).get_by_role("button", name="Show the answers").click()
    for page, right, slip in (
        (teacher, "right", "forgot the local derivative"),
        (desk, "right", "forgot the local derivative"),
        (phone, "정답", "국소 미분을 곱하지 않음"),
    ):
        bars = _bar(page).locator("dt")
        expect(bars.filter(has_text="12").locator("small")).to_have_text(right)
        expect(bars.filter(has_text=re.compile("^1[^2]")).locator("small")).to_have_text(slip)
    expect(_bar(phone)).to_contain_text("x ** 3")
    expect(_bar(phone)).not_to_contain_text("What does it send")  # each in its own language
    seen.shot(teacher, "room-prediction")
    seen.shot(phone, "room-prediction-phone")


def test_who_reaches_the_goal_is_counted(open_page: OpenPage) -> None:
    teacher = open_page("?lesson=convolution")
    code = _open(teacher)
    desk = open_page(f"?room={code}", ready=False)
    expect(_bar(teacher)).to_contain_text("1 following")
    expect(desk).to_have_url(re.compile("lesson=convolution"))
    expect(seen.graph(desk)).to_have_attribute("data-state", "ready")
    _bar(teacher).get_by_role("button", name="Ask the class").click()
    teacher.get_by_role("button", name=re.compile("^Who reaches the lesson")).click()
    expect(_bar(teacher)).to_contain_text("0 reached the goal")
    expect(_bar(desk)).to_contain_text("Change your program until the goal is reached")
    text = seen.program(desk).input_value()
    seen.run(desk, text.replace("F.conv1d(x, k)", "F.conv1d(x, k, stride=2)"))
    expect(_bar(desk)).to_contain_text("You reached the goal.")
    expect(_bar(teacher)).to_contain_text("1 reached the goal")


@pytest.fixture
def network(server: str) -> Iterator[Line]:
    """A pupil's own way to the server."""
    with Line(urlsplit(server).port or 0) as line:
        yield line


def test_class_goes_through_a_lesson_together(
    open_page: OpenPage, network: Line, chromium: Browser
) -> None:
    """A teacher; one at a desk, one in Korean on a phone, one whose network comes and goes."""
    teacher = open_page("?lesson=fan-out")
    code = _open(teacher)
    desk = open_page(f"?room={code}", ready=False)
    phone = open_page(f"?room={code}&lang=ko", width=390, height=844, ready=False)
    laptop = seen.new_page(chromium, locale="en-US", viewport={"width": 1280, "height": 720})
    # Without its network its console has errors.
    laptop.goto(f"http://localhost:{network.port}/?room={code}")
    pupils = (desk, phone, laptop)
    expect(_bar(teacher)).to_contain_text("3 following")
    expect(_bar(phone)).to_contain_text("선생님 화면을 따라가는 중입니다.")
    seen.press(teacher, "Last step")
    last = seen.last(teacher)
    for step in range(last, BEFORE_U, -1):
        for page in pupils:
            _at(page, step)
        seen.press(teacher, "Previous step")
    for page in pupils:
        _at(page, BEFORE_U)

    # What does u send to x? One takes a part of what u got, one forgets the local derivative.
    _bar(teacher).get_by_role("button", name="Ask the class").click()
    teacher.get_by_role("button", name=re.compile("^About the next step")).click()
    for page, answer in zip(pupils, ("30", "18", "15"), strict=True):
        field = _bar(page).get_by_role("textbox")
        field.fill(answer)
        field.press("Enter")
    expect(_bar(teacher)).to_contain_text("3 answered")
    expect(_bar(laptop)).to_contain_text("Your answer: 15")

    # The laptop misses the answers and two steps, has them when it is back, and counts once.
    network.cut()
    expect(_bar(teacher)).to_contain_text("2 following")
    _bar(teacher).get_by_role("button", name="Show the answers").click()
    seen.press(teacher, "Next step")
    seen.press(teacher, "Next step")
    _at(desk, BEFORE_U + 2)
    _at(laptop, BEFORE_U)
    expect(_bar(laptop).locator("dl")).to_be_hidden()
    network.mend()
    _at(laptop, BEFORE_U + 2)
    expect(_bar(teacher)).to_contain_text("3 following")
    for page in (teacher, *pupils):
        expect(_bar(page).locator("dd")).to_have_text(["1", "1", "1"])
    seen.shot(phone, "walk-answers-phone")
    _bar(teacher).get_by_role("button", name="Close the question").click()

    # The desk looks around, and comes back to where the class is by then.
    seen.press(desk, "First step")
    expect(_bar(teacher)).to_contain_text("2 following")
    seen.press(teacher, "Next step")
    _at(phone, BEFORE_U + 3)
    _at(desk, 0)
    desk.get_by_role("button", name="Back to the teacher").click()
    _at(desk, BEFORE_U + 3)

    # The goal, reached by one after the other, each with a program of their own.
    _bar(teacher).get_by_role("button", name="Ask the class").click()
    teacher.get_by_role("button", name=re.compile("^Who reaches the lesson")).click()
    text = seen.program(teacher).input_value()
    for number, page in enumerate(pupils, 1):
        expect(_bar(page).locator(".viz-room-asked")).to_be_visible()
        field = page.locator(".viz-program textarea")
        field.fill(text.replace("u * v + x", "u * v"))
        field.press("Control+Enter")
        expect(_bar(teacher)).to_contain_text(f"{number} reached the goal")
    laptop.reload()  # as a page that is in the room already
    expect(_bar(laptop)).to_contain_text("You are looking around on your own.")
    expect(seen.program(laptop)).to_have_value(text.replace("u * v + x", "u * v"))
    expect(_bar(laptop)).to_contain_text("You reached the goal.")
    expect(_bar(teacher)).to_contain_text("3 reached the goal")
    expect(_bar(phone)).to_contain_text("경로 하나를 없애서 x.grad를 36으로 만드세요.")
    seen.shot(teacher, "walk-goal")
    seen.shot(phone, "walk-goal-phone")
    for page, button in ((desk, "Back to the teacher"), (phone, "선생님에게 돌아가기")):
        _bar(page).get_by_role("button", name=button).click()
        expect(page.locator(".viz-program textarea")).to_have_value(text)
        _at(page, BEFORE_U + 3)
    laptop.context.close()
    expect(_bar(teacher)).to_contain_text("2 following")
