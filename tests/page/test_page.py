"""The page's own logic, without a browser: Streamlit's AppTest and the panels' pure parts."""

import random
import re
import tomllib
from typing import Any, get_args

import msgspec
import pytest
from streamlit.testing.v1 import AppTest

from tests import traces
from tests.contrast import contrast
from tests.patience import PATIENCE_SECONDS
from viz_app import browser, share
from viz_app.engine import client
from viz_app.knowledge import lessons, text, theme
from viz_app.knowledge.lessons import Idea, Moment
from viz_app.limits import Limits
from viz_app.model import Echo, Failure, Span, Trace
from viz_app.page import session
from viz_app.page.panels import gallery, inputs, opening, program
from viz_app.page.visit import consent, redraw
from viz_app.paths import PROJECT
from viz_app.picture import printed, scene
from viz_app.picture.moments import step


def _app(**query: str) -> AppTest:
    at = AppTest.from_file(str(PROJECT / "viz_app/page/main.py"), default_timeout=PATIENCE_SECONDS)
    for key, value in query.items():
        at.query_params[key] = value
    return at.run()


def _data(at: AppTest, component: str) -> Any:
    """A component's data."""
    found = [
        element.proto
        for element in at.main
        if getattr(getattr(element, "proto", None), "component_name", None) == component
    ]
    assert len(found) == 1
    return msgspec.json.decode(found[0].bytes or found[0].mixed.json or found[0].json)


def _said(at: AppTest) -> str:
    return "".join(piece["text"] for piece in _data(at, "viz_output")["pieces"])


def _edit(at: AppTest, source: str) -> AppTest:
    """Act as after Ctrl+Enter; AppTest has no browser to call a component's callback from."""
    at.session_state["visit"].program = source
    at.session_state["visit"].notice = None
    at.session_state["visit"].last.again = True
    return at.run()


def test_the_first_lesson_is_shown() -> None:
    at = _app()
    assert not at.exception
    data = _data(at, "viz_program")
    assert data["value"] == data["ran"] == lessons.first().program
    assert data["alert"] is None
    assert data["marks"] == []
    assert _said(at).endswith("tensor([6., 8.])")


@pytest.mark.parametrize("slug", ["gradient-calculation", "optimizer", "transformer-block"])
def test_steps_of_the_ideas_rise(slug: str) -> None:
    steps = [idea["step"] for idea in _data(_app(lesson=slug), "viz_lesson")["ideas"]]
    assert len(steps) == len(lessons.load()[slug].ideas)
    assert steps == sorted(set(steps))


def test_reached_goal_turns_green_and_links_to_the_next_lesson() -> None:
    slope = lessons.load()["slope"]
    at = _app(lesson="slope", lang="en")
    shown = _data(at, "viz_lesson")
    assert (shown["slug"], shown["goal"]["standing"], shown["goal"]["reason"]) == (
        "slope", "open", ""
    )  # fmt: skip
    assert all(idea["holds"] for idea in shown["ideas"])
    assert shown["next"]["slug"] == "chain"
    reached = _data(_edit(at, slope.solved), "viz_lesson")
    assert reached["goal"]["standing"] == "reached"
    assert "backward itself" in reached["goal"]["reason"]
    # Sentences with the numbers of the lesson's own program are not shown as true of another.
    assert [idea["holds"] for idea in reached["ideas"]] == [False, False, True, False]
    by_hand = _data(_edit(at, slope.program + "x.grad = torch.tensor(10.)"), "viz_lesson")
    assert by_hand["goal"]["standing"] == "by_hand"
    assert _data(_edit(at, "t = 1"), "viz_lesson")["goal"] is None


def _requested(at: AppTest, request: browser.ChangeRequest) -> AppTest:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inputs, "request", lambda: request)
        for module in (session, redraw):
            patch.setattr(module, "visit", lambda: at.session_state["visit"])
        session.change_requested()
    return at.run()


def test_what_if_of_a_lesson_is_compared_and_discarded() -> None:
    at = _app(lesson="slope", lang="en")
    ideas = _data(at, "viz_lesson")["ideas"]
    assert [idea["change"] for idea in ideas] == ["", "", "", "What if: x * x → x * x * x"]
    assert [idea["asks"] for idea in ideas] == [False, False, False, True]
    visit = at.session_state["visit"]
    for place in (0, 99, -1):  # there is none
        at = _requested(
            at, browser.ChangeRequest(kind="try", at=place, id=place, base=visit.revision)
        )
        assert visit.program == lessons.load()["slope"].program
    at = _requested(at, browser.ChangeRequest(kind="try", at=3, id=4, base=visit.revision))
    assert visit.program.count("x * x * x") == 1
    assert visit.whatif is not None
    assert _data(at, "viz_lesson")["goal"]["standing"] == "open"
    assert _data(at, "viz_lesson")["ideas"][3]["change"] == ""  # it is made
    assert "what-if" in str(_data(at, "viz_changes")["history"]["names"])
    assert _data(at, "viz_changes")["whatif"]
    at = _requested(at, browser.ChangeRequest(kind="drop", id=5, base=visit.revision))
    assert visit.program == lessons.load()["slope"].program
    assert visit.whatif is None


def _opened(at: AppTest, name: str, text: str) -> AppTest:
    """Act as after the choice of a file."""
    state = {"file": {"id": 1, "name": name, "text": text, "large": False}}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "_file", lambda: state["file"])
        patch.setattr(session, "visit", lambda: at.session_state["visit"])
        patch.setattr(redraw, "visit", lambda: at.session_state["visit"])
        patch.setattr(consent, "visit", lambda: at.session_state["visit"])
        session.file_opened()
    return at.run()


def test_lesson_is_opened_from_a_file() -> None:
    text = (lessons.FOLDER / "slope.toml").read_text("utf-8").replace("= 10 }", "= 8 }")
    at = _opened(_app(lang="en"), "my-own.toml", text.replace('put = "5."', 'put = "4."'))
    shown = _data(at, "viz_lesson")
    assert shown["slug"] == "my-own"
    assert lessons.read("my-own.toml", shown["brought"]["text"].encode()).slug == "my-own"
    assert _data(at, "viz_program")["alert"] is None
    # No server knows the lesson: the link has it.
    query = _data(at, "viz_address")["query"]
    assert set(query) == {"lesson", "toml", "lang"}
    edited = _edit(at, lessons.load()["slope"].program.replace("3.", "4."))
    solved = _data(edited, "viz_lesson")
    assert solved["goal"]["standing"] == "reached"
    query = _data(edited, "viz_address")["query"]
    assert set(query) == {"lesson", "toml", "code", "lang"}
    # Opened by another visitor, it is the same lesson, with the same work.
    again = _app(**query)
    assert _data(again, "viz_lesson")["goal"] == solved["goal"]
    assert _data(again, "viz_lesson")["brought"] == shown["brought"]


def _picked(at: AppTest, pick: browser.Picked) -> AppTest:
    """Act as after a pick in the gallery."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gallery, "picked", lambda: pick)
        for module in (session, redraw, consent):
            patch.setattr(module, "visit", lambda: at.session_state["visit"])
        session.picked()
    return at.run()


def test_lesson_kept_by_the_browser_is_reopened_and_a_forged_one_refused() -> None:
    text = (lessons.FOLDER / "slope.toml").read_text("utf-8")
    text = text.replace("A gradient is a slope", "<b>")
    at = _picked(_app(lang="en"), browser.Picked("opened", text, "kept-one", 1))
    assert _data(at, "viz_lesson")["slug"] == "kept-one"
    assert _data(at, "viz_lesson")["brought"]["title"] == "<b>"
    at = _picked(at, browser.Picked("opened", text, "../x", 2))
    assert _data(at, "viz_lesson")["slug"] == "kept-one"
    for name, forged in (("kept-two", "order = '<b>'"), ("kept-two", "\ud800")):
        at = _picked(at, browser.Picked("opened", forged, name, 3))
        assert _data(at, "viz_program")["alert"] is not None
        assert _data(at, "viz_lesson")["slug"] == "kept-one"
    at = _picked(at, browser.Picked("lesson", "chain", "", 4))
    assert (_data(at, "viz_lesson")["slug"], _data(at, "viz_lesson")["brought"]) == ("chain", None)
    assert set(_data(at, "viz_address")["query"]) == {"lesson", "lang"}


def test_invalid_lesson_in_a_link_is_refused_with_line_and_reason() -> None:
    text = (lessons.FOLDER / "slope.toml").read_text("utf-8")
    toml = share.encode(text.replace("order = 1", "order = '<b>'"))
    at = _app(lesson="mine", toml=toml, lang="en")
    alert = str(_data(at, "viz_program")["alert"])
    assert "mine.toml" in alert
    assert "line 2" in alert
    assert _data(at, "viz_lesson")["slug"] == "gradient-calculation"


def test_link_of_a_lesson_that_is_too_long_holds_its_program() -> None:
    text = (lessons.FOLDER / "slope.toml").read_text("utf-8")
    noise = "".join(random.Random(0).choices("abcdefghijklmnop0123456789", k=30_000))
    at = _opened(_app(lang="en"), "long.toml", f"# {noise}\n{text}")
    assert _data(at, "viz_lesson")["slug"] == "long"
    assert set(_data(at, "viz_address")["query"]) == {"code", "lang"}


def test_faulty_lesson_file_is_refused_or_previewed_with_its_fault() -> None:
    text = (lessons.FOLDER / "slope.toml").read_text("utf-8")
    at = _opened(_app(lang="en"), "my-own.toml", text.replace("order = 1", "order = '<b>'"))
    alert = str(_data(at, "viz_program")["alert"])
    assert "my-own.toml" in alert
    assert "line 2" in alert
    assert _data(at, "viz_lesson")["slug"] == "gradient-calculation"
    at = _opened(at, "my-own.toml", text.replace("number = 10 }", "number = 11 }"))
    assert "solution does not reach" in str(_data(at, "viz_program")["alert"])
    assert _data(at, "viz_lesson")["slug"] == "my-own"


def test_a_rerun_and_another_language_do_not_run_the_program_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = _app(lang="en")
    number = _data(at, "viz_program")["run"]
    monkeypatch.setattr(client, "record", pytest.fail)
    at.run()
    at.button_group(key="language_choice_1").set_value("ko").run()
    assert not at.exception
    assert at.title[0].value.endswith(text.load("ko")("page.title"))
    assert _data(at, "viz_program")["run"] == number
    assert _data(at, "viz_program")["language"] == "ko"


def test_choice_made_for_an_earlier_program_replaces_nothing() -> None:
    at = _app()
    choice = at.selectbox(key="lesson_choice_en_1").set_value("fan-out")
    # As when a file was opened and the list that left the page still answers.
    at.session_state["visit"].opened = 2
    at.session_state["visit"].program = "mine = 1"
    at.session_state["visit"].lesson = None
    assert choice.value == "fan-out"
    at.run()
    assert not at.exception
    assert _data(at, "viz_program")["value"] == "mine = 1"
    at.selectbox(key="lesson_choice_en_2").set_value("fan-out").run()
    assert _data(at, "viz_program")["value"] == lessons.load()["fan-out"].program


def test_another_language_keeps_an_edited_lesson() -> None:
    at = _edit(_app(lang="en"), "mine = 1")
    at.button_group(key="language_choice_1").set_value("ko").run()
    assert _data(at, "viz_program")["language"] == "ko"
    assert _data(at, "viz_program")["value"] == "mine = 1"


def test_syntax_error_keeps_the_last_output_and_names_its_place() -> None:
    at = _edit(_app(), "a = 1\nb = = 2")
    data = _data(at, "viz_program")
    span = {"line": 2, "column": 5, "end_line": 2, "end_column": 6}
    assert data["marks"] == [{"line": 2, "kind": "error", "span": span}]
    assert data["alert"]["place"] == "Line 2, column 5"
    assert data["alert"]["picture"] == text.load("en")("page.stale")
    assert _said(at).endswith("tensor([6., 8.])")
    assert _said(_edit(at, "print(7)")) == "7"


def test_stopped_program_shows_what_was_recorded() -> None:
    at = _edit(_app(), "x = torch.ones(2, requires_grad=True)\nprint('so far')\n(x * 2).backward()")
    data = _data(at, "viz_program")
    span = {"line": 3, "column": 1, "end_line": 3, "end_column": 19}
    assert data["marks"] == [{"line": 3, "kind": "error", "span": span}]
    assert data["alert"]["message"].startswith("RuntimeError: grad can be implicitly created")
    assert data["alert"]["hint"] == text.load("en")("hint.not_scalar")
    assert data["alert"]["picture"] == text.load("en")("page.so_far")
    assert _said(at) == "so far"


def test_broken_link_shows_a_message_and_the_first_lesson_on_the_page() -> None:
    at = _app(code="!", lang="ko")
    data = _data(at, "viz_program")
    assert data["alert"] == {"sentence": text.load("ko")("error.link")}
    assert data["marks"] == []
    assert data["value"] == lessons.first().program
    assert _data(_edit(at, "1"), "viz_program")["alert"] is None


def test_linked_program_belongs_to_no_lesson() -> None:
    at = _app(code=share.encode("torch.ones(1)"))
    assert _said(at) == "tensor([1.])"
    assert _data(at, "viz_lesson")["ideas"] == []
    assert at.selectbox(key="lesson_choice_en_1").value is None
    at.selectbox(key="lesson_choice_en_1").set_value("fan-out").run()
    assert _said(at) == "tensor(37.)\ntensor(45.)"
    assert _data(at, "viz_address")["query"] == {"lesson": "fan-out"}


def test_a_lessons_name_goes_with_its_text_and_comes_back_with_it() -> None:
    at = _app(lesson="fan-out")
    key = "lesson_choice_en_1"
    program = lessons.load()["fan-out"].program
    assert at.selectbox(key=key).value == "fan-out"
    _edit(at, program.replace("3.", "5."))  # still a version of it
    assert at.selectbox(key=key).value == "fan-out"
    assert _data(at, "viz_address")["query"]["lesson"] == "fan-out"
    own = "a = torch.tensor(2., requires_grad=True)\n(a * a).backward()"
    _edit(at, own)
    assert at.selectbox(key=f"{key}_own").value is None
    assert _data(at, "viz_address")["query"] == {"code": share.encode(own)}
    assert _data(at, "viz_gallery")["current"] is None
    assert _data(at, "viz_lesson")["own"]["text"] == own  # remembered as the visitor's own
    _edit(at, program)
    assert at.selectbox(key=key).value == "fan-out"
    assert _data(at, "viz_address")["query"] == {"lesson": "fan-out"}
    _edit(at, own)
    at.selectbox(key=f"{key}_own").set_value("fan-out").run()  # the lesson itself again
    assert _data(at, "viz_program")["value"] == program


def test_choosing_a_lesson_replaces_the_text_once() -> None:
    at = _app()
    before = _data(at, "viz_program")["revision"]
    at.selectbox(key="lesson_choice_en_1").set_value("fan-out").run()
    data = _data(at, "viz_program")
    assert data["value"] == lessons.load()["fan-out"].program
    assert data["revision"] == before + 1
    assert _data(at.run(), "viz_program")["revision"] == before + 1


def _trace(stdout: str, *echoes: tuple[int, str]) -> Trace:
    empty = traces.run("")
    echo = tuple(Echo(line=1, text=words, offset=offset) for offset, words in echoes)
    return msgspec.structs.replace(empty, stdout=stdout, echo=echo)


@pytest.mark.parametrize(
    ("stdout", "echoes", "expected"),
    [
        ("", [], ""),
        ("a\nb\n", [], "a\nb"),
        ("", [(0, "x"), (0, "y")], "x\ny"),
        ("a\nb\n", [(0, "x"), (2, "y"), (4, "z")], "x\na\ny\nb\nz"),
        ("ab", [(1, "x")], "a\nx\nb"),
        ("\n\n", [(2, "x")], "\n\nx"),
    ],
)
def test_prints_and_echoes_are_interleaved(
    stdout: str, echoes: list[tuple[int, str]], expected: str
) -> None:
    pieces = printed.printed(_trace(stdout, *echoes))
    assert "".join(piece.text for piece in pieces) == expected


def test_warnings_are_in_order_on_lines_of_their_own() -> None:
    trace = client.run(
        "import sys, warnings\nprint('a', end='')\nwarnings.warn('b')\n__name__\n"
        "print('c', file=sys.stderr)\n2"
    )
    assert [(piece.text, piece.stream) for piece in printed.printed(trace)] == [
        ("a\n", "out"),
        ("<program>:3: UserWarning: b\n  warnings.warn('b')\n", "err"),
        ("'__main__'\n", "out"),
        ("c\n", "err"),
        ("2", "out"),
    ]


def test_alert_has_place_error_and_fix() -> None:
    failure = Failure(
        code="exception",
        type="RuntimeError",
        message="boom {x} <b>",
        span=Span(3, 4, 3, 9),
        hint="not_scalar",
        forward_line=2,
    )
    for language in text.languages():
        words = text.load(language)
        parts = program.alert(failure, "x = (y)", words, pictured=True)
        assert parts.place == words("page.error_at", line=3, column=4)
        assert parts.message == "RuntimeError: boom {x} <b>"
        assert words("hint.not_scalar") in parts.hint
        assert words("page.error_forward", line=2) in parts.hint


def test_moment_is_found_by_the_program_not_by_a_step_number() -> None:
    source = lessons.first().program
    built = scene.build(client.run(source, Limits()))
    longer = scene.build(client.run(source.replace("b = a + 1 ", "b = a + 1 + 1 "), Limits()))
    first, later = (
        {it: step(Idea({}, it), each) for it in get_args(Moment)} for each in (built, longer)
    )
    for moment in ("first leaf", "first operation"):
        assert first[moment] == later[moment]
    assert (later["first backward"] or 0) > (first["first backward"] or 0)
    assert first["sum"] is None
    assert first["end"] == built.frames[-1].index
    nothing = scene.build(client.run("x = 1", Limits()))
    assert {step(Idea({}, it), nothing) for it in get_args(Moment)} == {None}


def test_ideas_are_shown_for_the_unchanged_lesson_only() -> None:
    for lesson in lessons.load().values():
        changed = re.sub(r"\d+", "7", lesson.program).replace(" * ", " - ", 1)
        assert lessons.belongs(lesson.program, changed)
        assert lessons.belongs(lesson.program, lesson.program + "\nmore = 1")
        own = "t = torch.tensor(2., requires_grad=True)\nr = t ** 3\nr.backward()"
        assert not any(lessons.belongs(lesson.program, it) for it in (own, ""))


def test_streamlits_theme_has_the_colours_of_the_picture() -> None:
    config = tomllib.loads((PROJECT / ".streamlit/config.toml").read_text("utf-8"))
    for name, colours in theme.THEMES.items():
        ours = config["theme"][name]
        assert ours["blueColor"].lower() == colours.value
        assert ours["orangeColor"].lower() == colours.gradient
        assert ours["greenColor"].lower() == colours.leaf
        assert ours["textColor"].lower() == colours.ink
        assert ours["secondaryBackgroundColor"].lower() == colours.paper


@pytest.mark.parametrize("name", ["light", "dark"])
def test_text_has_enough_contrast(name: str) -> None:
    colours = tomllib.loads((PROJECT / ".streamlit/config.toml").read_text("utf-8"))["theme"][name]
    pairs = [
        (ink, paper)
        for ink in (
            "textColor",
            "grayTextColor",
            "orangeTextColor",
            "redTextColor",
            "blueTextColor",
        )
        for paper in ("backgroundColor", "secondaryBackgroundColor")
    ]
    pairs += [("textColor", f"{hue}BackgroundColor") for hue in ("red", "orange", "blue")]
    pairs += [("redTextColor", "redBackgroundColor")]
    row = theme.THEMES[name]
    colours |= {"keyword": row.code_keyword, "string": row.code_string, "number": row.value}
    colours |= {"comment": row.muted}
    # The program's text, on its paper and on a marked line.
    pairs += [
        (part, paper)
        for part in ("keyword", "string", "number", "comment")
        for paper in (
            "secondaryBackgroundColor",
            "orangeBackgroundColor",
            "blueBackgroundColor",
            "redBackgroundColor",
        )
    ]
    for ink, paper in pairs:
        assert contrast(colours[ink], colours[paper]) >= 4.5, (ink, paper)
