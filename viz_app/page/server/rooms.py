"""Rooms: the teacher's program and step, followed by the pages of a class.

A teacher's page opens a room and gets its code, for the class, and its secret, with which alone it
can be led. A program travels as the parameters of a link; a step is a message of a few bytes to
browsers that hold the picture. The teacher may ask a question; the answers are counted, and nobody
knows whose they are. `GET /room/CODE/events` sends all of this as server-sent events. `step`, `ask`
and `reveal` in its place are the teacher's, with the secret in the header `Viz-Secret`; `answer` is
a page's, with its name in `Viz-Page`. Rooms live in this process: they end with it, or LIFE_SECONDS
after their last message.
"""

import asyncio
import hmac
import secrets
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from viz_app import share
from viz_app.browser import RoomQuestion, RoomState, Tally
from viz_app.errors import VizError
from viz_app.page.server import visitors
from viz_app.share import Settings

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Letters of a code: those that nobody takes for a digit."""

LIFE_SECONDS = 4 * 3_600.0
"""Seconds without a message after which a room ends: half a day of school."""

MOST_ROOMS = 200
"""Maximum number of open rooms."""

MOST_ROOMS_ADDRESS = 40
"""Maximum number of them opened from one address: a large school, but not everybody's."""

MOST_FOLLOWERS = 500
"""Maximum number of pages that follow one room."""

MOST_MISSES = 60
"""Maximum number of unknown codes that an address may ask for per minute: a class that mistypes,
but nobody who guesses (24 letters to the power of 6 are 190 million codes)."""

MOST_PAGES = 2_000
"""Maximum number of pages that follow a room or have answered its question."""

LONGEST_QUESTION = 300
MOST_CHOICES = 6
LONGEST_ANSWER = 60

BEAT_SECONDS = 15.0
"""Seconds after which a silent stream sends an empty comment: proxies close silent connections."""


class Follower:
    """A page that follows a room: woken in its own event loop when the room has changed.

    `page` is the name under which it answers, the same after a broken connection.
    """

    def __init__(self, page: str, *, counted: bool) -> None:
        self.page = page
        self.counted = counted
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()

    def wake(self) -> None:
        """Wake the page; callable from any thread."""
        self._loop.call_soon_threadsafe(self._changed.set)

    async def wait(self, seconds: float) -> bool:
        """Wait for a change; False after `seconds` without any."""
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except TimeoutError:
            return False
        self._changed.clear()
        return True


class Room:
    """A room's state, and the pages that follow it."""

    def __init__(self, code: str, secret: str, query: str, address: str, now: float) -> None:
        self.code = code
        self.secret = secret
        self.address = address
        self.query = query
        self.program = 0
        self.step: int | None = None
        self.node: str | None = None
        self.touched = now
        self.ended = False
        self.followers: set[Follower] = set()
        self.pages: set[str] = set()
        """The names of the pages that follow, and of those that have answered."""
        self.asked = 0
        """Number of the last question."""
        self.question: tuple[str, tuple[str, ...]] | None = None
        self.answers: dict[str, str] = {}
        """The last answer of each page to the question."""
        self.revealed = False

    def state(self) -> RoomState:
        """The message to its pages."""
        counted = sum(follower.counted for follower in self.followers)
        return RoomState(
            self.program, self.query, self.step, self.node, counted, self.ended, self._question()
        )

    def _question(self) -> RoomQuestion | None:
        if self.question is None:
            return None
        text, choices = self.question
        found = Counter(self.answers.values())
        # Every choice has its bar, also that of nobody; other answers, the most frequent first.
        given = [*choices, *(it for it, _ in found.most_common() if it not in choices)]
        tallies = tuple(Tally(it, found[it]) for it in given) if self.revealed else None
        return RoomQuestion(self.asked, text, choices, len(self.answers), tallies)

    def wake(self) -> None:
        for follower in self.followers:
            follower.wake()


class Rooms:
    """The open rooms. Its methods may be called from any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._open: dict[str, Room] = {}
        self._misses: Counter[str] = Counter()
        self._minute = 0.0
        self.stopped = False
        """The server ends: so do all streams; browsers open them again at the next one."""

    def open(self, query: str, address: str) -> tuple[str, str] | None:
        """The code and the secret of a new room that shows `query`; None if there is no place."""
        with self._lock:
            self._clear()
            own = sum(room.address == address for room in self._open.values())
            if len(self._open) >= MOST_ROOMS or own >= MOST_ROOMS_ADDRESS:
                return None
            code = _code()
            while code in self._open:
                code = _code()
            secret = secrets.token_urlsafe(24)
            self._open[code] = Room(code, secret, query, address, self._clock())
            return code, secret

    def query(self, code: str, address: str) -> str | None:
        """The parameters of a room's program; None if there is no such room, or if the address has
        asked for too many of these."""
        with self._lock:
            room = self._found(code, address)
            if not isinstance(room, Room):
                return None
            return room.query if room.step is None else f"{room.query}&step={room.step}"

    def leads(self, code: str, secret: str) -> bool:
        """True if the secret is the room's."""
        with self._lock:
            return self._led(code, secret) is not None

    def show(self, code: str, secret: str, query: str) -> None:
        """Show another program in a room; nothing happens without its secret.

        One that is too long for a link has no parameters: the room goes on showing the last one.
        """
        with self._lock:
            room = self._led(code, secret)
            if room is not None and query not in ("", room.query):
                room.query, room.step, room.node = query, None, None
                room.program += 1
                room.wake()

    def step(self, code: str, secret: str, program: int, step: int, node: str | None) -> bool:
        """Go to a step of a room's program; False without its secret.

        `program` is its number. A step of an earlier one is too late: nothing happens.
        """
        with self._lock:
            room = self._led(code, secret)
            if room is not None and room.program == program:
                room.step, room.node = step, node
                room.wake()
            return room is not None

    def ask(self, code: str, secret: str, text: str, choices: tuple[str, ...]) -> bool:
        """Ask a room a question, "" to take the last one back; False without the secret."""
        with self._lock:
            room = self._led(code, secret)
            if room is not None:
                room.asked += 1
                room.question = (text, choices) if text else None
                room.answers, room.revealed = {}, False
                room.pages = {follower.page for follower in room.followers}
                room.wake()
            return room is not None

    def reveal(self, code: str, secret: str) -> bool:
        """Show a room the answers to its question; False without the secret."""
        with self._lock:
            room = self._led(code, secret)
            if room is not None:
                room.revealed = True
                room.wake()
            return room is not None

    def answer(self, code: str, page: str, number: int, text: str) -> bool:
        """Answer question `number` for a page, in the place of its last answer.

        False for what is no answer: another question's, another page's, after the answers were
        shown, or none of the choices.
        """
        with self._lock:
            self._clear()
            room = self._open.get(code)
            if room is None or room.question is None or room.revealed:
                return False
            choices = room.question[1]
            if number != room.asked or page not in room.pages or not text:
                return False
            if choices and text not in choices:
                return False
            room.answers[page] = text if choices else _same(text)
            room.wake()
            return True

    def load(self) -> tuple[int, int]:
        """The numbers of open rooms and of the pages that follow one."""
        with self._lock:
            self._clear()
            return len(self._open), sum(len(room.followers) for room in self._open.values())

    def stop(self) -> None:
        """End all streams, with the server."""
        with self._lock:
            self.stopped = True
            for room in self._open.values():
                room.wake()

    def end(self, code: str, secret: str) -> None:
        """End a room; nothing happens without its secret."""
        with self._lock:
            if self._led(code, secret) is not None:
                self._end(code)

    def follow(
        self, code: str, address: str, *, counted: bool, page: str = ""
    ) -> tuple[Room, Follower] | int:
        """A place in a room for the page that calls this in its event loop.

        `page` is the name that it was given before, if any.

        Otherwise the status of the refusal: 404 for an unknown room, 429 for too many of these, 503
        for a full room.
        """
        with self._lock:
            room = self._found(code, address)
            if not isinstance(room, Room):
                return room
            if len(room.followers) >= MOST_FOLLOWERS:
                return 503
            if page not in room.pages:
                if len(room.pages) >= MOST_PAGES:
                    return 503
                page = secrets.token_urlsafe(12)
                room.pages.add(page)
            follower = Follower(page, counted=counted)
            room.followers.add(follower)
            room.wake()
            return room, follower

    def leave(self, room: Room, follower: Follower) -> None:
        """Free a page's place, and its name unless it has answered."""
        with self._lock:
            room.followers.discard(follower)
            if follower.page not in {*room.answers, *(it.page for it in room.followers)}:
                room.pages.discard(follower.page)
            room.wake()

    def state(self, room: Room) -> RoomState:
        with self._lock:
            return room.state()

    def _found(self, code: str, address: str) -> Room | int:
        """The room that an address asks for, or the status of the refusal."""
        self._clear()
        if self._misses[address] >= MOST_MISSES:
            return 429
        room = self._open.get(code)
        if room is None:
            self._misses[address] += 1
            return 404
        return room

    def _led(self, code: str, secret: str) -> Room | None:
        self._clear()
        room = self._open.get(code)
        if room is None or not hmac.compare_digest(room.secret.encode(), secret.encode()):
            return None
        room.touched = self._clock()
        return room

    def _clear(self) -> None:
        """End what has been silent too long, and forget the misses of the last minute."""
        now = self._clock()
        for code in [it.code for it in self._open.values() if it.touched < now - LIFE_SECONDS]:
            self._end(code)
        if now - self._minute >= 60:
            self._minute = now
            self._misses.clear()

    def _end(self, code: str) -> None:
        room = self._open.pop(code)
        room.ended = True
        room.wake()


def _code() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(6))


def _same(text: str) -> str:
    """A free answer in the form in which equal ones are counted: `6.0` and `6` are one."""
    try:
        return f"{float(text.replace(',', '.')):g}"
    except ValueError:
        return text


def _plain(text: str, longest: int) -> str:
    """A visitor's line of text, cut, with single spaces."""
    return " ".join(text.split())[:longest]


def shown(settings: Settings) -> str:
    """The parameters of the program that a page shows, as a room compares and sends them."""
    only = Settings(
        lesson=settings.lesson,
        program=settings.program,
        groups=settings.groups,
        turn=settings.turn,
    )
    return urlencode(share.query(only))


ROOMS = Rooms()
"""The rooms of this server."""


async def _events(request: Request) -> Response:
    counted = request.query_params.get("role") == "follow"
    address = request.headers.get(visitors.HEADER, "")
    # A broken stream is opened again by the browser itself, which names its last event.
    page = request.headers.get("last-event-id") or request.query_params.get("page", "")
    place = ROOMS.follow(request.path_params["code"], address, counted=counted, page=page)
    if isinstance(place, int):
        return Response(status_code=place)
    return _Events(*place)


class _Events(StreamingResponse):
    """A room's events, which free the page's place however they end, even before they begin."""

    def __init__(self, room: Room, follower: Follower) -> None:
        super().__init__(
            _messages(room, follower),
            media_type="text/event-stream",
            # The second for nginx, which else keeps a message until its buffer is full.
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        self._place = room, follower

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            ROOMS.leave(*self._place)


async def _messages(room: Room, follower: Follower) -> AsyncIterator[bytes]:
    """The room's state, again after each change; the program only if it is another.

    The stream ends with the room.
    """
    last = None
    while not ROOMS.stopped and (last is None or not last.ended):
        state = ROOMS.state(room)
        if follower.counted:
            state = _for_a_class(state)
        if state != last:
            known = last is not None and last.program == state.program
            sent = msgspec.structs.replace(
                state,
                query="" if known else state.query,
                page=follower.page if last is None else "",
            )
            yield b"id: %s\ndata: %s\n\n" % (follower.page.encode(), msgspec.json.encode(sent))
            last = state
        elif not await follower.wait(BEAT_SECONDS):
            yield b":\n\n"


def _for_a_class(state: RoomState) -> RoomState:
    """A message without the counts that only the teacher sees: each pupil who comes or answers
    would be a message to every other one."""
    question = state.question
    if question is not None:
        question = msgspec.structs.replace(question, answered=0)
    return msgspec.structs.replace(state, followers=0, question=question)


async def _step(request: Request) -> Response:
    asked: Mapping[str, str] = request.query_params
    try:
        seen = share.read({key: asked[key] for key in ("step", "node") if key in asked})
    except VizError:
        return Response(status_code=400)
    if seen.step is None:
        return Response(status_code=400)
    program = asked.get("program", "")
    if not program.isdecimal() or len(program) > 9:
        return Response(status_code=400)
    code, secret = request.path_params["code"], request.headers.get("viz-secret", "")
    known = ROOMS.step(code, secret, int(program), seen.step, seen.node)
    return Response(status_code=204 if known else 404)


async def _ask(request: Request) -> Response:
    asked = request.query_params
    text = _plain(asked.get("text", ""), LONGEST_QUESTION)
    given = (_plain(it, LONGEST_ANSWER) for it in asked.getlist("choice")[:MOST_CHOICES])
    choices = tuple(dict.fromkeys(it for it in given if it))
    code, secret = request.path_params["code"], request.headers.get("viz-secret", "")
    return Response(status_code=204 if ROOMS.ask(code, secret, text, choices) else 404)


async def _reveal(request: Request) -> Response:
    code, secret = request.path_params["code"], request.headers.get("viz-secret", "")
    return Response(status_code=204 if ROOMS.reveal(code, secret) else 404)


async def _answer(request: Request) -> Response:
    number = request.query_params.get("number", "")
    if not number.isdecimal() or len(number) > 9:
        return Response(status_code=400)
    code, page = request.path_params["code"], request.headers.get("viz-page", "")
    text = _plain(request.query_params.get("text", ""), LONGEST_ANSWER)
    return Response(status_code=204 if ROOMS.answer(code, page, int(number), text) else 404)


def routes() -> list[Route]:
    """The routes that the server must serve in addition to the page."""
    served = {
        "events": _events,
        "step": _step,
        "ask": _ask,
        "reveal": _reveal,
        "answer": _answer,
    }
    return [Route(f"/room/{{code}}/{name}", it) for name, it in served.items()]
