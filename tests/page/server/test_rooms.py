"""Rooms: who may lead one, the messages to its pages, and the limits."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.requests import ClientDisconnect, Request

from tests.patience import beside, until
from tests.replicas.kinds import KINDS, Kind, kind
from tests.replicas.redis_server import needs_redis, redis_server
from viz_app import share
from viz_app.browser import RoomState
from viz_app.errors import VizError
from viz_app.page.server import rooms
from viz_app.page.server.rooms import REACHED, Follower, Head, Question, Room, Rooms
from viz_app.replicas.by_redis import ByRedis
from viz_app.replicas.shared import AwayError
from viz_app.share import Settings


@pytest.fixture(params=KINDS)
def state(request: Any, tmp_path: Path) -> Iterator[Kind]:
    """The state that replicas share: the same tests in memory and in Redis."""
    with kind(request.param, tmp_path) as made:
        yield made


@pytest.fixture
def open_rooms(state: Kind, monkeypatch: pytest.MonkeyPatch) -> Rooms:
    """The server's rooms."""
    made = Rooms(state.replica())
    monkeypatch.setattr(rooms, "ROOMS", made)
    return made


def _follow(
    them: Rooms, code: str, address: str, *, counted: bool, page: str = ""
) -> tuple[Room, Follower] | int:
    """A page that comes into a room, or the status of the refusal."""
    follower = Follower(page, counted=counted)
    room = them.follow(code, address, follower)
    return room if isinstance(room, int) else (room, follower)


def _when_there(them: Rooms, room: Room, look: Callable[[RoomState], Any]) -> Any:
    """A part of a room's state, once it is there: news may take a moment."""
    return until(lambda: look(them.state(room)))


def _opened(them: Rooms, query: str = "lesson=fan-out") -> tuple[str, str]:
    made = them.open(query, "")
    assert made is not None
    return made


def _head(them: Rooms, code: str) -> Head:
    value = them.shared.read(f"room:{code}")
    assert value is not None
    return rooms._read(value)


def _request(code: str, query: str = "", **headers: str) -> Request:
    named = [(name.replace("_", "-").encode(), text.encode()) for name, text in headers.items()]
    return Request(
        {
            "type": "http",
            "query_string": query.encode(),
            "headers": named,
            "path_params": {"code": code},
        }
    )


def _step(code: str, secret: str, **asked: object) -> int:
    request = _request(code, urlencode(asked), viz_secret=secret)
    return asyncio.run(rooms._step(request)).status_code


def test_room_code_has_six_letters_and_is_valid_in_a_link(open_rooms: Rooms) -> None:
    codes = {_opened(open_rooms)[0] for _ in range(30)}
    assert len(codes) == 30
    for code in codes:
        assert share.read({"room": code.lower()}) == Settings(room=code)
    for other in ("", "ABCDE", "ABCDEFG", "ABCDE1", "<b>abc", "ABCDEI"):
        with pytest.raises(VizError):
            share.read({"room": other})


def test_only_the_secret_leads(open_rooms: Rooms) -> None:
    code, secret = _opened(open_rooms)
    _, other = _opened(open_rooms)
    for wrong in ("", secret[:-1], secret + "x", other, "é"):
        assert not open_rooms.leads(code, wrong)
        assert not open_rooms.step(code, wrong, 0, 3, None)
        open_rooms.show(code, wrong, "lesson=chain")
        open_rooms.end(code, wrong)
        assert open_rooms.query(code, "") == "lesson=fan-out"
    assert open_rooms.leads(code, secret)
    assert open_rooms.step(code, secret, 0, 3, "4.0")
    assert open_rooms.query(code, "") == "lesson=fan-out&step=3"
    open_rooms.show(code, secret, "lesson=chain")
    assert open_rooms.query(code, "") == "lesson=chain"
    open_rooms.step(code, secret, 0, 9, None)  # of the program before
    assert open_rooms.query(code, "") == "lesson=chain"
    open_rooms.end(code, secret)
    assert open_rooms.query(code, "") is None
    assert not open_rooms.leads(code, secret)


def test_step_is_sent_in_the_form_that_links_use(open_rooms: Rooms) -> None:
    code, secret = _opened(open_rooms)
    assert _step(code, secret, program=0, step=7, node="4.0") == 204
    assert open_rooms.query(code, "") == "lesson=fan-out&step=7"
    assert _step(code, "wrong", program=0, step=8) == 404
    assert _step("ABCDEF", secret, program=0, step=8) == 404
    for asked in (
        {"step": 8},
        {"program": 0},
        {"program": "0x", "step": 8},
        {"program": "9" * 40, "step": 8},
        {"program": 0, "step": "-1"},
        {"program": 0, "step": "8" * 9},
        {"program": 0, "step": 8, "node": "<b>"},
    ):
        assert _step(code, secret, **asked) == 400, asked
    assert open_rooms.query(code, "") == "lesson=fan-out&step=7"


def test_pages_receive_the_program_the_steps_and_the_end(open_rooms: Rooms) -> None:
    async def heard() -> list[dict[str, Any]]:
        code, secret = _opened(open_rooms)
        place = _follow(open_rooms, code, "192.0.2.1", counted=False)  # the teacher's own page
        assert not isinstance(place, int)
        messages = rooms._messages(*place)
        found = []

        async def hear() -> None:
            name, data, *end = (await anext(messages)).decode().split("\n")
            assert end == ["", ""]
            assert name == f"id: {place[1].page}"  # a page that connects again is the same page
            found.append(json.loads(data.removeprefix("data: ")))

        await hear()
        open_rooms.step(code, secret, 0, 3, None)
        await hear()
        open_rooms.show(code, secret, "lesson=chain")
        await hear()
        open_rooms.step(code, secret, 1, 1, "2.0")
        open_rooms.step(code, secret, 1, 2, "2.0")  # the latest counts
        _when_there(open_rooms, place[0], lambda state: state.step == 2)
        await hear()
        teacher = _follow(open_rooms, code, "192.0.2.1", counted=False)
        pupil = _follow(open_rooms, code, "192.0.2.1", counted=True)
        assert not isinstance(teacher, int)
        assert not isinstance(pupil, int)
        _when_there(open_rooms, place[0], lambda state: state.followers == 1)
        await hear()
        open_rooms.end(code, secret)
        await hear()
        with pytest.raises(StopAsyncIteration):
            await anext(messages)
        assert [it["page"] for it in found] == [place[1].page, "", "", "", "", ""]
        return found

    received = [
        (it["program"], it["query"], it["step"], it["node"], it["followers"], it["ended"])
        for it in asyncio.run(heard())
    ]
    assert received == [
        (0, "lesson=fan-out", None, None, 0, False),
        (0, "", 3, None, 0, False),  # the page has the program
        (1, "lesson=chain", None, None, 0, False),
        (1, "", 2, "2.0", 0, False),
        (1, "", 2, "2.0", 1, False),
        (1, "", 2, "2.0", 1, True),
    ]


def test_pupils_receive_no_counts_of_pages_and_answers(open_rooms: Rooms) -> None:
    async def heard() -> None:
        code, secret = _opened(open_rooms)
        open_rooms.ask(code, secret, Question("How much?"))
        place = _follow(open_rooms, code, "192.0.2.1", counted=True)
        assert not isinstance(place, int)
        messages = rooms._messages(*place)
        await anext(messages)
        other = _follow(open_rooms, code, "192.0.2.1", counted=True)
        assert not isinstance(other, int)
        assert open_rooms.answer(code, other[1].page, 1, "6")
        _when_there(open_rooms, place[0], lambda state: state.question and state.question.answered)
        open_rooms.step(code, secret, 0, 3, None)
        state = json.loads((await anext(messages)).decode().split("data: ")[1])
        assert state["step"] == 3  # the next message is that of the step
        assert (state["followers"], state["question"]["answered"]) == (0, 0)
        assert state.get("devices", 0) == 0

    asyncio.run(heard())


def test_idle_room_ends_and_frees_its_place(open_rooms: Rooms, state: Kind) -> None:
    made = [
        room
        for number in range(rooms.MOST_ROOMS // rooms.MOST_ROOMS_ADDRESS)
        for _ in range(rooms.MOST_ROOMS_ADDRESS)
        if (room := open_rooms.open("lesson=fan-out", f"192.0.2.{number}"))
    ]
    assert len(made) == rooms.MOST_ROOMS
    assert open_rooms.open("lesson=chain", "192.0.2.200") is None
    state.pass_time(rooms.LIFE_SECONDS - 1_000)
    assert open_rooms.leads(*made[0])  # the teacher is there
    state.pass_time(1_000)
    assert open_rooms.query(made[1][0], "") is None
    assert open_rooms.query(made[0][0], "") == "lesson=fan-out"
    assert open_rooms.open("lesson=chain", "192.0.2.200") is not None


def test_page_of_an_idle_room_is_notified_of_its_end(
    open_rooms: Rooms, state: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "BEAT_SECONDS", 0.0)

    async def heard() -> None:
        code, _ = _opened(open_rooms)
        place = _follow(open_rooms, code, "", counted=True)
        assert not isinstance(place, int)
        messages = rooms._messages(*place)
        await anext(messages)
        state.pass_time(rooms.LIFE_SECONDS)
        async for message in messages:
            if message != b":\n\n":
                assert json.loads(message.decode().split("data: ")[1])["ended"]

    asyncio.run(heard())


def test_number_of_rooms_per_address_is_limited(open_rooms: Rooms) -> None:
    for _ in range(rooms.MOST_ROOMS_ADDRESS):
        assert open_rooms.open("lesson=chain", "192.0.2.1") is not None
    assert open_rooms.open("lesson=chain", "192.0.2.1") is None
    assert open_rooms.open("lesson=chain", "192.0.2.2") is not None


def test_page_that_leaves_frees_its_place_and_keeps_its_name(open_rooms: Rooms) -> None:
    """Also one that is gone before the first message: a room can't be filled by reloading."""

    async def gone(code: str) -> None:
        answer = await rooms._events(_request(code, "role=follow"))

        async def receive() -> Any:
            return {"type": "http.disconnect"}

        async def send(_: Any) -> None:
            raise OSError("it is gone")

        with contextlib.suppress(OSError, ClientDisconnect):
            await answer({"type": "http", "asgi": {"spec_version": "2.4"}}, receive, send)

    async def left() -> None:
        code, secret = _opened(open_rooms)
        for _ in range(3):
            await gone(code)
        assert open_rooms.load() == (0, 0)
        open_rooms.ask(code, secret, Question("How much?"))
        place = _follow(open_rooms, code, "", counted=True)
        assert not isinstance(place, int)
        assert open_rooms.load() == (1, 1)
        assert open_rooms.answer(code, place[1].page, 1, "6")
        open_rooms.leave(*place)
        assert open_rooms.load() == (0, 0)
        again = _follow(open_rooms, code, "", counted=True, page=place[1].page)
        assert not isinstance(again, int)
        assert again[1].page == place[1].page  # a page that comes back does not answer twice
        assert open_rooms.answer(code, again[1].page, 1, "7")
        _when_there(
            open_rooms, again[0], lambda state: state.question and state.question.answered == 1
        )

    asyncio.run(left())


def test_page_name_is_valid_in_its_room_only_and_cannot_be_forged(open_rooms: Rooms) -> None:
    async def named() -> None:
        codes = [_opened(open_rooms) for _ in range(2)]
        places = [_follow(open_rooms, code, "", counted=True) for code, _ in codes]
        names = [place[1].page for place in places if not isinstance(place, int)]
        for code, secret in codes:
            assert open_rooms.ask(code, secret, Question("How much?"))
        (first, _), (second, _) = codes
        token, _, signature = names[0].rpartition(".")
        for forged in (
            "", ".", token, f"{token}.", f".{signature}", f"{token}x.{signature}",
            f"{token}.{signature[:-1]}", f"é.{signature}", "a" * 100_000,
        ):  # fmt: skip
            assert not open_rooms.answer(first, forged, 1, "6"), forged
        assert not open_rooms.answer(second, names[0], 1, "6")
        assert open_rooms.answer(first, names[0], 1, "6")

    asyncio.run(named())


def test_rate_of_answers_is_limited(
    open_rooms: Rooms, state: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def flooded() -> None:
        code, secret = _opened(open_rooms)
        place = _follow(open_rooms, code, "", counted=True)
        other = _follow(open_rooms, code, "", counted=True)
        assert not isinstance(place, int)
        assert not isinstance(other, int)
        assert open_rooms.ask(code, secret, Question("How much?"))
        monkeypatch.setattr(rooms, "MOST_ANSWERS", 3)
        given = [open_rooms.answer(code, place[1].page, 1, f"{it}", "192.0.2.1") for it in range(5)]
        assert given == [True, True, True, False, False]
        for _ in range(5):  # invalid answers do not count
            open_rooms.answer(code, "forged", 1, "6", "192.0.2.2")
        assert open_rooms.answer(code, place[1].page, 1, "6", "192.0.2.2")
        monkeypatch.setattr(rooms, "MOST_PAGES", 1)
        assert not open_rooms.answer(code, other[1].page, 1, "6", "192.0.2.3")
        assert open_rooms.answer(code, place[1].page, 1, "7", "192.0.2.3")  # it thinks again

    asyncio.run(flooded())


def test_room_keeps_its_program_if_the_next_is_too_long_for_a_link(open_rooms: Rooms) -> None:
    code, secret = _opened(open_rooms)
    open_rooms.show(code, secret, rooms.shown(Settings()))
    assert open_rooms.query(code, "") == "lesson=fan-out"


def test_guesses_of_codes_and_pages_per_room_are_limited(
    open_rooms: Rooms, state: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def statuses() -> None:
        code, _ = _opened(open_rooms)
        guessed = [
            _follow(open_rooms, "QQQQQQ", "192.0.2.7", counted=True)
            for _ in range(rooms.MOST_MISSES)
        ]
        assert set(guessed) == {404}
        assert _follow(open_rooms, code, "192.0.2.7", counted=True) == 429
        assert open_rooms.query(code, "192.0.2.7") is None
        assert open_rooms.query(code, "192.0.2.8") == "lesson=fan-out"
        first = _follow(open_rooms, code, "192.0.2.8", counted=True)
        assert not isinstance(first, int)
        state.pass_time(60)
        assert not isinstance(_follow(open_rooms, code, "192.0.2.7", counted=True), int)
        monkeypatch.setattr(rooms, "MOST_FOLLOWERS", 2)
        _when_there(open_rooms, first[0], lambda state: state.followers == 2)
        assert _follow(open_rooms, code, "192.0.2.7", counted=True) == 429

    asyncio.run(statuses())
    refused = asyncio.run(rooms._events(_request("QQQQQQ", viz_address="192.0.2.9")))
    assert refused.status_code == 404


def test_a_question_is_answered_once_per_page_and_shown_when_the_teacher_shows_it(
    open_rooms: Rooms,
) -> None:
    async def asked() -> None:
        code, secret = _opened(open_rooms)
        places = [_follow(open_rooms, code, "192.0.2.1", counted=True) for _ in range(4)]
        taken = [place for place in places if not isinstance(place, int)]
        room = taken[0][0]
        first, second, third, fourth = (follower.page for _, follower in taken)

        def question(of: Callable[[Any], Any] = bool) -> Any:
            return _when_there(
                open_rooms, room, lambda state: state.question if of(state.question) else None
            )

        assert open_rooms.state(room).question is None
        assert not open_rooms.ask(code, "wrong", Question("How much?"))
        assert open_rooms.ask(code, secret, Question("How much?"))
        assert open_rooms.answer(code, first, 1, "6.0")
        assert open_rooms.answer(code, second, 1, "1")
        assert open_rooms.answer(code, second, 1, "6")  # it has thought again
        assert open_rooms.answer(code, third, 1, "<b>37</b>")
        for page, number, text in (
            ("", 1, "6"),
            ("forged", 1, "6"),
            (first, 0, "6"),
            (first, 2, "6"),
            (first, 1, ""),
        ):
            assert not open_rooms.answer(code, page, number, text)
        again = _follow(open_rooms, code, "192.0.2.1", counted=True, page=fourth)
        assert not isinstance(again, int)
        assert again[1].page == fourth
        assert question(lambda it: it and it.answered == 3).tallies is None
        assert not open_rooms.reveal(code, "wrong")
        assert open_rooms.reveal(code, secret)
        shown = question(lambda it: it.tallies).tallies
        assert [(it.answer, it.count) for it in shown] == [("6", 2), ("<b>37</b>", 1)]
        assert not open_rooms.answer(code, fourth, 1, "6")  # the answers are shown

        assert open_rooms.ask(code, secret, Question("Which way?", ("up", "down")))
        assert not open_rooms.answer(code, first, 2, "sideways")
        assert open_rooms.answer(code, first, 2, "down")
        open_rooms.reveal(code, secret)
        shown = question(lambda it: it.number == 2 and it.tallies).tallies
        assert [(it.answer, it.count) for it in shown] == [("up", 0), ("down", 1)]
        assert open_rooms.ask(code, secret, None)
        _when_there(open_rooms, room, lambda state: state.question is None)

    asyncio.run(asked())


def test_answers_about_a_step_are_counted_by_their_numbers(open_rooms: Rooms) -> None:
    async def asked() -> None:
        code, secret = _opened(open_rooms)
        places = [_follow(open_rooms, code, "", counted=True) for _ in range(5)]
        pages = [it[1].page for it in places if not isinstance(it, int)]
        room = next(it[0] for it in places if not isinstance(it, int))
        assert open_rooms.ask(code, secret, Question("What is sent?", about="step", step=4))
        for page, text in zip(pages, ("[6., 8]", "6 8", "6;8.0", "\u22126, 8", "six"), strict=True):
            assert open_rooms.answer(code, page, 1, text)
        assert open_rooms.reveal(code, secret)
        found = _when_there(
            open_rooms, room, lambda state: state.question and state.question.tallies
        )
        assert [(it.answer, it.count) for it in found] == [("6, 8", 3), ("-6, 8", 1), ("six", 1)]
        question = open_rooms.state(room).question
        assert question is not None
        assert (question.about, question.step) == ("step", 4)

    asyncio.run(asked())


def test_pages_that_reach_the_goal_are_counted(open_rooms: Rooms) -> None:
    async def asked() -> None:
        code, secret = _opened(open_rooms)
        place = _follow(open_rooms, code, "", counted=True)
        assert not isinstance(place, int)
        room, page = place[0], place[1].page
        assert open_rooms.ask(code, secret, Question("Make it 6.", about="goal"))
        assert not open_rooms.answer(code, page, 1, "6")
        for _ in range(2):
            assert open_rooms.answer(code, page, 1, REACHED)
        _when_there(open_rooms, room, lambda state: state.question and state.question.answered == 1)

    asyncio.run(asked())


@pytest.mark.parametrize(
    "asked",
    [
        {"text": "?", "about": "secrets"},
        {"text": "?", "about": "step"},
        {"text": "?", "about": "step", "step": "-1"},
        {"text": "?", "about": "step", "step": "9" * 10},
    ],
)
def test_a_question_about_something_else_is_refused(
    open_rooms: Rooms, asked: dict[str, str]
) -> None:
    code, secret = _opened(open_rooms)
    request = _request(code, urlencode(asked), viz_secret=secret)
    assert asyncio.run(rooms._ask(request)).status_code == 400


def test_a_question_is_bounded(open_rooms: Rooms) -> None:
    code, secret = _opened(open_rooms)
    asked = [
        ("text", " a \n b" + "c" * 400),
        *(("choice", f"{it % 8} " + "d" * 90) for it in range(40)),
    ]
    request = _request(code, urlencode(asked), viz_secret=secret)
    assert asyncio.run(rooms._ask(request)).status_code == 204
    head = _head(open_rooms, code)
    found = head.question
    assert found is not None
    assert found.text.startswith("a b")
    assert len(found.text) == rooms.LONGEST_QUESTION
    assert len(found.choices) == rooms.MOST_CHOICES
    assert {len(it) for it in found.choices} == {rooms.LONGEST_ANSWER}
    for handle, headers, status in (
        (rooms._ask, {"viz_secret": "wrong"}, 404),
        (rooms._reveal, {"viz_secret": "wrong"}, 404),
        (rooms._invite, {"viz_secret": "wrong"}, 404),
        (rooms._answer, {"viz_page": "forged"}, 404),
    ):
        answer = asyncio.run(handle(_request(code, "number=1&text=6", **headers)))
        assert answer.status_code == status
    assert asyncio.run(rooms._answer(_request(code, "number=x&text=6"))).status_code == 400


def test_the_end_of_the_server_ends_all_streams(open_rooms: Rooms) -> None:
    async def ends() -> None:
        code, _ = _opened(open_rooms)
        place = _follow(open_rooms, code, "", counted=True)
        assert not isinstance(place, int)
        messages = rooms._messages(*place)
        await anext(messages)
        waiting = asyncio.ensure_future(anext(messages))
        await asyncio.to_thread(open_rooms.stop)  # as from any thread
        with pytest.raises(StopAsyncIteration):
            await waiting

    asyncio.run(ends())


def test_a_follower_is_woken_from_another_thread() -> None:
    async def woken() -> bool:
        follower = Follower("", counted=True)
        await asyncio.to_thread(follower.wake)
        return await follower.wait(60)

    assert asyncio.run(woken())


def test_a_room_names_a_program_without_the_page_around_it() -> None:
    settings = Settings(lesson="chain", language="ko", step=3, groups=("0a1b2c3d",), room="ABCDEF")
    assert rooms.shown(settings) == "lesson=chain&groups=0a1b2c3d"


def test_second_device_leads_with_a_code_that_works_once(open_rooms: Rooms, state: Kind) -> None:
    code, secret = _opened(open_rooms)

    def devices() -> int:
        return rooms._state(open_rooms.shared.look(f"room:{code}"), None).devices

    assert devices() == 1
    assert open_rooms.invite(code, "wrong") is None
    second = open_rooms.invite(code, secret)
    assert second is not None
    assert len(second) == rooms.SECOND_LETTERS
    led = open_rooms.invited(second, "192.0.2.1")
    assert led is not None
    assert led[0] == code
    assert led[1] != secret
    assert devices() == 2
    assert open_rooms.step(code, led[1], 0, 3, None)
    assert _head(open_rooms, code).by == rooms.leader(led[1])
    assert open_rooms.step(code, secret, 0, 4, None)  # both lead
    assert _head(open_rooms, code).by == rooms.leader(secret)
    assert open_rooms.invited(second, "192.0.2.1") is None  # it was used
    late = open_rooms.invite(code, secret)
    assert late is not None
    state.pass_time(rooms.INVITED_SECONDS)
    assert open_rooms.invited(late, "192.0.2.1") is None
    # The room's own code leads nobody.
    assert open_rooms.invited(code, "192.0.2.1") is None
    for _ in range(rooms.MOST_LEADERS):
        more = open_rooms.invite(code, secret)
        assert more is not None
        open_rooms.invited(more, "192.0.2.1")
    assert len(_head(open_rooms, code).leaders) == rooms.MOST_LEADERS


def test_second_codes_cannot_be_guessed(open_rooms: Rooms) -> None:
    code, secret = _opened(open_rooms)
    second = open_rooms.invite(code, secret)
    assert second is not None
    for _ in range(rooms.MOST_MISSES):
        assert open_rooms.invited("QQQQQQQQ", "192.0.2.7") is None
    assert open_rooms.invited(second, "192.0.2.7") is None
    assert open_rooms.invited(second, "192.0.2.8") is not None


# --------------------------------------------------------------------------- several replicas


@needs_redis
def test_all_replicas_share_a_class(tmp_path: Path) -> None:
    """Teacher and pupils on three replicas: steps, followers, answers, the end."""

    async def together() -> None:
        with kind("redis", tmp_path) as state:
            here = [Rooms(state.replica()) for _ in range(3)]
            code, secret = _opened(here[0])
            places = [_follow(them, code, "", counted=bool(it)) for it, them in enumerate(here)]
            taken = [place for place in places if not isinstance(place, int)]
            (teacher, _), (first, anna), (second, ben) = taken

            def everywhere(look: Callable[[RoomState], Any]) -> None:
                for them, (room, _) in zip(here, taken, strict=True):
                    _when_there(them, room, look)

            everywhere(lambda state: state.followers == 2)
            assert here[2].step(code, secret, 0, 3, None)
            everywhere(lambda state: state.step == 3)
            here[1].show(code, secret, "lesson=chain")
            everywhere(lambda state: (state.program, state.query) == (1, "lesson=chain"))
            assert here[0].ask(code, secret, Question("How much?"))
            assert here[1].answer(code, anna.page, 1, "6")
            assert here[2].answer(code, ben.page, 1, "7")
            # Anna's page was on a replica that has ended, and answers again on another.
            assert here[0].answer(code, anna.page, 1, "6.0")
            everywhere(lambda state: state.question and state.question.answered == 2)
            assert here[2].reveal(code, secret)
            everywhere(
                lambda state: (
                    state.question
                    and state.question.tallies
                    and [(it.answer, it.count) for it in state.question.tallies]
                    == [("6", 1), ("7", 1)]
                )
            )
            guesses = [them.query("QQQQQQ", "192.0.2.7") for them in here * rooms.MOST_MISSES]
            assert not any(guesses)
            assert all(them.query(code, "192.0.2.7") is None for them in here)  # each counts all
            here[2].leave(second, ben)
            _when_there(here[0], teacher, lambda state: state.followers == 1)
            here[1].end(code, secret)
            for them, (room, _) in zip(here[:2], ((teacher, None), (first, None)), strict=True):
                _when_there(them, room, lambda state: state.ended)

    asyncio.run(together())


@needs_redis
def test_class_continues_after_redis_was_killed_and_restarted(tmp_path: Path) -> None:
    """Nothing acknowledged is lost, nothing counted twice; a program shown meanwhile arrives."""

    async def waits() -> None:
        with redis_server(tmp_path) as server:
            replica, other = ByRedis(server.url), ByRedis(server.url)
            them, elsewhere = Rooms(replica), Rooms(other)
            code, secret = _opened(them)
            place = _follow(them, code, "", counted=True)
            assert not isinstance(place, int)
            assert them.ask(code, secret, Question("How much?"))
            assert them.answer(code, place[1].page, 1, "6")
            assert them.step(code, secret, 0, 3, None)
            _when_there(them, place[0], lambda state: state.step == 3)
            server.kill()
            until(lambda: not replica.up)
            assert them.state(place[0]).step == 3  # the page keeps what it has
            for refused in (
                lambda: them.step(code, secret, 0, 4, None),
                lambda: them.answer(code, place[1].page, 1, "7"),
                lambda: them.query(code, ""),
                lambda: them.open("lesson=chain", ""),
                lambda: them.leads(code, secret),
            ):
                with pytest.raises(AwayError):
                    refused()
            them.show(code, secret, "lesson=chain")
            server.start()
            _when_there(them, place[0], lambda state: state.query == "lesson=chain")
            found = _when_there(them, place[0], lambda state: state.question)
            assert found.answered == 1
            until(lambda: other.up)
            assert elsewhere.answer(code, place[1].page, 1, "6")  # sent again: it was not sure
            assert elsewhere.reveal(code, secret)
            shown = _when_there(
                them, place[0], lambda state: state.question and state.question.tallies
            )
            assert [(it.answer, it.count) for it in shown] == [("6", 1)]
            replica.close()
            other.close()

    asyncio.run(waits())


class Away:
    """A shared state that is away."""

    def listen(self, _: Any) -> None:
        pass

    def __getattr__(self, _: str) -> Any:
        def fail(*_: Any, **__: Any) -> None:
            raise AwayError

        return fail


def test_requests_while_the_state_is_away_are_not_acknowledged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    away: Any = Away()
    monkeypatch.setattr(rooms, "ROOMS", Rooms(away))

    async def statuses() -> list[int]:
        request = _request("ABCDEF", "number=1&text=6&program=0&step=1")
        routes = (
            rooms._events, rooms._step, rooms._ask, rooms._reveal, rooms._answer, rooms._invite,
        )  # fmt: skip
        return [(await route(request)).status_code for route in routes]

    assert asyncio.run(statuses()) == [rooms.AWAY] * 6


def test_many_answers_at_the_same_time_are_all_counted(open_rooms: Rooms) -> None:
    async def counted() -> None:
        code, secret = _opened(open_rooms)
        places = [_follow(open_rooms, code, "", counted=True) for _ in range(40)]
        taken = [place for place in places if not isinstance(place, int)]
        assert open_rooms.ask(code, secret, Question("How much?"))
        ends = [
            beside(lambda page=it.page: open_rooms.answer(code, page, 1, "6"))  # type: ignore[misc]
            for _, it in taken
        ]
        steps = [open_rooms.step(code, secret, 0, step, None) for step in range(20)]
        assert all(end() for end in ends)
        assert all(steps)
        question = _when_there(
            open_rooms,
            taken[0][0],
            lambda it: it.question and it.question.answered == 40 and it.question,
        )
        assert question.tallies is None

    asyncio.run(counted())
