"""Rooms: who may lead one, what its pages hear, and what bounds them."""

import asyncio
import contextlib
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.requests import ClientDisconnect, Request

from viz_app import share
from viz_app.errors import VizError
from viz_app.page.server import rooms
from viz_app.page.server.rooms import Follower, Rooms
from viz_app.share import Settings


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def open_rooms(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Rooms:
    """The server's rooms, with a clock of the test."""
    made = Rooms(clock)
    monkeypatch.setattr(rooms, "ROOMS", made)
    return made


def _opened(them: Rooms, query: str = "lesson=fan-out") -> tuple[str, str]:
    made = them.open(query, "")
    assert made is not None
    return made


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


def test_a_code_has_six_letters_that_a_link_takes(open_rooms: Rooms) -> None:
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


def test_a_step_arrives_as_a_link_would_have_it(open_rooms: Rooms) -> None:
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


def test_pages_hear_program_steps_and_the_end(open_rooms: Rooms) -> None:
    async def heard() -> list[dict[str, Any]]:
        code, secret = _opened(open_rooms)
        place = open_rooms.follow(code, "192.0.2.1", counted=False)  # the teacher's own page
        assert not isinstance(place, int)
        messages = rooms._messages(*place)
        found = []

        async def hear() -> None:
            name, data, *end = (await anext(messages)).decode().split("\n")
            assert end == ["", ""]
            assert name == f"id: {place[1].page}"  # whoever connects again is the same page
            found.append(json.loads(data.removeprefix("data: ")))

        await hear()
        open_rooms.step(code, secret, 0, 3, None)
        await hear()
        open_rooms.show(code, secret, "lesson=chain")
        await hear()
        open_rooms.step(code, secret, 1, 1, "2.0")
        open_rooms.step(code, secret, 1, 2, "2.0")  # the latest counts
        await hear()
        teacher = open_rooms.follow(code, "192.0.2.1", counted=False)
        pupil = open_rooms.follow(code, "192.0.2.1", counted=True)
        assert not isinstance(teacher, int)
        assert not isinstance(pupil, int)
        await hear()
        open_rooms.end(code, secret)
        await hear()
        with pytest.raises(StopAsyncIteration):
            await anext(messages)
        assert [it["page"] for it in found] == [place[1].page, "", "", "", "", ""]
        return found

    told = [
        (it["program"], it["query"], it["step"], it["node"], it["followers"], it["ended"])
        for it in asyncio.run(heard())
    ]
    assert told == [
        (0, "lesson=fan-out", None, None, 0, False),
        (0, "", 3, None, 0, False),  # the page has the program
        (1, "lesson=chain", None, None, 0, False),
        (1, "", 2, "2.0", 0, False),
        (1, "", 2, "2.0", 1, False),
        (1, "", 2, "2.0", 1, True),
    ]


def test_a_pupil_hears_nothing_of_who_comes_and_answers(open_rooms: Rooms) -> None:
    async def heard() -> None:
        code, secret = _opened(open_rooms)
        open_rooms.ask(code, secret, "How much?", ())
        place = open_rooms.follow(code, "192.0.2.1", counted=True)
        assert not isinstance(place, int)
        messages = rooms._messages(*place)
        await anext(messages)
        other = open_rooms.follow(code, "192.0.2.1", counted=True)
        assert not isinstance(other, int)
        assert open_rooms.answer(code, other[1].page, 1, "6")
        open_rooms.step(code, secret, 0, 3, None)
        state = json.loads((await anext(messages)).decode().split("data: ")[1])
        assert state["step"] == 3  # the next message is that of the step
        assert (state["followers"], state["question"]["answered"]) == (0, 0)

    asyncio.run(heard())


def test_a_silent_room_ends_and_gives_its_place(open_rooms: Rooms, clock: Clock) -> None:
    made = [
        room
        for number in range(rooms.MOST_ROOMS // rooms.MOST_ROOMS_ADDRESS)
        for _ in range(rooms.MOST_ROOMS_ADDRESS)
        if (room := open_rooms.open("lesson=fan-out", f"192.0.2.{number}"))
    ]
    assert len(made) == rooms.MOST_ROOMS
    assert open_rooms.open("lesson=chain", "192.0.2.200") is None
    clock.now = rooms.LIFE_SECONDS
    assert open_rooms.leads(*made[0])  # the teacher is there
    clock.now += 1
    assert open_rooms.query(made[1][0], "") is None
    assert open_rooms.query(made[0][0], "") == "lesson=fan-out"
    assert open_rooms.open("lesson=chain", "192.0.2.200") is not None


def test_an_address_has_a_share_of_the_rooms(open_rooms: Rooms) -> None:
    for _ in range(rooms.MOST_ROOMS_ADDRESS):
        assert open_rooms.open("lesson=chain", "192.0.2.1") is not None
    assert open_rooms.open("lesson=chain", "192.0.2.1") is None
    assert open_rooms.open("lesson=chain", "192.0.2.2") is not None


def test_a_page_that_leaves_gives_up_its_place_and_a_name_without_an_answer(
    open_rooms: Rooms,
) -> None:
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
        room = open_rooms._open[code]
        for _ in range(3):
            await gone(code)
        assert (len(room.followers), len(room.pages)) == (0, 0)
        open_rooms.ask(code, secret, "How much?", ())
        place = open_rooms.follow(code, "", counted=True)
        assert not isinstance(place, int)
        assert open_rooms.answer(code, place[1].page, 1, "6")
        open_rooms.leave(*place)
        assert room.pages == {place[1].page}  # whoever comes back does not answer twice
        open_rooms.ask(code, secret, "And now?", ())
        assert room.pages == set()

    asyncio.run(left())


def test_a_program_too_long_for_a_link_leaves_the_last_one_in_the_room(open_rooms: Rooms) -> None:
    code, secret = _opened(open_rooms)
    open_rooms.show(code, secret, rooms.shown(Settings()))
    assert open_rooms.query(code, "") == "lesson=fan-out"


def test_codes_cannot_be_guessed_and_a_room_is_not_endless(
    open_rooms: Rooms, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def statuses() -> None:
        code, _ = _opened(open_rooms)
        guessed = [
            open_rooms.follow("QQQQQQ", "192.0.2.7", counted=True) for _ in range(rooms.MOST_MISSES)
        ]
        assert set(guessed) == {404}
        assert open_rooms.follow(code, "192.0.2.7", counted=True) == 429
        assert open_rooms.query(code, "192.0.2.7") is None
        assert open_rooms.query(code, "192.0.2.8") == "lesson=fan-out"
        assert not isinstance(open_rooms.follow(code, "192.0.2.8", counted=True), int)
        clock.now += 60
        assert not isinstance(open_rooms.follow(code, "192.0.2.7", counted=True), int)
        monkeypatch.setattr(rooms, "MOST_FOLLOWERS", 2)
        assert open_rooms.follow(code, "192.0.2.7", counted=True) == 503

    asyncio.run(statuses())
    refused = asyncio.run(rooms._events(_request("QQQQQQ", viz_address="192.0.2.9")))
    assert refused.status_code == 404


def test_a_question_is_answered_once_per_page_and_shown_when_the_teacher_shows_it(
    open_rooms: Rooms,
) -> None:
    async def asked() -> None:
        code, secret = _opened(open_rooms)
        places = [open_rooms.follow(code, "192.0.2.1", counted=True) for _ in range(4)]
        taken = [place for place in places if not isinstance(place, int)]
        room = taken[0][0]
        first, second, third, fourth = (follower.page for _, follower in taken)

        def question() -> Any:
            return open_rooms.state(room).question

        assert question() is None
        assert not open_rooms.ask(code, "wrong", "How much?", ())
        assert open_rooms.ask(code, secret, "How much?", ())
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
        again = open_rooms.follow(code, "192.0.2.1", counted=True, page=fourth)
        assert not isinstance(again, int)
        assert again[1].page == fourth
        assert (question().answered, question().tallies) == (3, None)
        assert not open_rooms.reveal(code, "wrong")
        assert question().tallies is None
        assert open_rooms.reveal(code, secret)
        assert [(it.answer, it.count) for it in question().tallies] == [("6", 2), ("<b>37</b>", 1)]
        assert not open_rooms.answer(code, fourth, 1, "6")  # the answers are shown

        assert open_rooms.ask(code, secret, "Which way?", ("up", "down"))
        assert not open_rooms.answer(code, first, 2, "sideways")
        assert open_rooms.answer(code, first, 2, "down")
        open_rooms.reveal(code, secret)
        assert [(it.answer, it.count) for it in question().tallies] == [("up", 0), ("down", 1)]
        assert open_rooms.ask(code, secret, "", ())
        assert question() is None

    asyncio.run(asked())


def test_a_question_is_bounded(open_rooms: Rooms) -> None:
    code, secret = _opened(open_rooms)
    asked = [
        ("text", " a \n b" + "c" * 400),
        *(("choice", f"{it % 8} " + "d" * 90) for it in range(40)),
    ]
    request = _request(code, urlencode(asked), viz_secret=secret)
    assert asyncio.run(rooms._ask(request)).status_code == 204
    room = open_rooms._open[code]
    found = open_rooms.state(room).question
    assert found is not None
    assert found.text.startswith("a b")
    assert len(found.text) == rooms.LONGEST_QUESTION
    assert len(found.choices) == rooms.MOST_CHOICES
    assert {len(it) for it in found.choices} == {rooms.LONGEST_ANSWER}
    for handle, headers, status in (
        (rooms._ask, {"viz_secret": "wrong"}, 404),
        (rooms._reveal, {"viz_secret": "wrong"}, 404),
        (rooms._answer, {"viz_page": "forged"}, 404),
    ):
        answer = asyncio.run(handle(_request(code, "number=1&text=6", **headers)))
        assert answer.status_code == status
    assert asyncio.run(rooms._answer(_request(code, "number=x&text=6"))).status_code == 400


def test_the_end_of_the_server_ends_all_streams(open_rooms: Rooms) -> None:
    async def ends() -> None:
        code, _ = _opened(open_rooms)
        place = open_rooms.follow(code, "", counted=True)
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
