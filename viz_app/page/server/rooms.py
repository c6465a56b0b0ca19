"""Rooms: the teacher's program and step, followed by the pages of a class.

A teacher's page opens a room and gets its code, for the class, and its secret, with which alone it
can be led. A program travels as the parameters of a link; a step is a message of a few bytes to
browsers that hold the picture. `GET /room/CODE/events` sends both as server-sent events,
`GET /room/CODE/step?...` with the header `Viz-Secret` is the teacher's step. Rooms live in this
process: they end with it, or LIFE_SECONDS after their last message.
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

from viz_app import share
from viz_app.browser import RoomState
from viz_app.errors import VizError
from viz_app.page.server import visitors
from viz_app.share import Settings

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Letters of a code: those that nobody takes for a digit."""

LIFE_SECONDS = 4 * 3_600.0
"""Seconds without a message after which a room ends: half a day of school."""

MOST_ROOMS = 200
"""Maximum number of open rooms."""

MOST_FOLLOWERS = 500
"""Maximum number of pages that follow one room."""

MOST_MISSES = 60
"""Maximum number of unknown codes that an address may ask for per minute: a class that mistypes,
but nobody who guesses (24 letters to the power of 6 are 190 million codes)."""

BEAT_SECONDS = 15.0
"""Seconds after which a silent stream sends an empty comment: proxies close silent connections."""


class Follower:
    """A page that follows a room: woken in its own event loop when the room has changed."""

    def __init__(self, *, counted: bool) -> None:
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

    def __init__(self, code: str, secret: str, query: str, now: float) -> None:
        self.code = code
        self.secret = secret
        self.query = query
        self.program = 0
        self.step: int | None = None
        self.node: str | None = None
        self.touched = now
        self.ended = False
        self.followers: set[Follower] = set()

    def state(self) -> RoomState:
        """The message to its pages."""
        counted = sum(follower.counted for follower in self.followers)
        return RoomState(self.program, self.query, self.step, self.node, counted, self.ended)

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

    def open(self, query: str) -> tuple[str, str] | None:
        """The code and the secret of a new room that shows `query`; None if there is no place."""
        with self._lock:
            self._clear()
            if len(self._open) >= MOST_ROOMS:
                return None
            code = _code()
            while code in self._open:
                code = _code()
            secret = secrets.token_urlsafe(24)
            self._open[code] = Room(code, secret, query, self._clock())
            return code, secret

    def query(self, code: str) -> str | None:
        """The parameters of a room's program; None if there is no such room."""
        with self._lock:
            self._clear()
            room = self._open.get(code)
            if room is None:
                return None
            return room.query if room.step is None else f"{room.query}&step={room.step}"

    def leads(self, code: str, secret: str) -> bool:
        """True if the secret is the room's."""
        with self._lock:
            return self._led(code, secret) is not None

    def show(self, code: str, secret: str, query: str) -> None:
        """Show another program in a room; nothing happens without its secret."""
        with self._lock:
            room = self._led(code, secret)
            if room is not None and room.query != query:
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

    def follow(self, code: str, address: str, *, counted: bool) -> tuple[Room, Follower] | int:
        """A place in a room for the page that calls this in its event loop.

        Otherwise the status of the refusal: 404 for an unknown room, 429 for too many of these, 503
        for a full room.
        """
        with self._lock:
            self._clear()
            if self._misses[address] >= MOST_MISSES:
                return 429
            room = self._open.get(code)
            if room is None:
                self._misses[address] += 1
                return 404
            if len(room.followers) >= MOST_FOLLOWERS:
                return 503
            follower = Follower(counted=counted)
            room.followers.add(follower)
            room.wake()
            return room, follower

    def leave(self, room: Room, follower: Follower) -> None:
        """Free a page's place."""
        with self._lock:
            room.followers.discard(follower)
            room.wake()

    def state(self, room: Room) -> RoomState:
        with self._lock:
            return room.state()

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


def shown(settings: Settings) -> str:
    """The parameters of the program that a page shows, as a room compares and sends them."""
    only = Settings(lesson=settings.lesson, program=settings.program, groups=settings.groups)
    return urlencode(share.query(only))


ROOMS = Rooms()
"""The rooms of this server."""


async def _events(request: Request) -> Response:
    counted = request.query_params.get("lead") != "1"
    address = request.headers.get(visitors.HEADER, "")
    place = ROOMS.follow(request.path_params["code"], address, counted=counted)
    if isinstance(place, int):
        return Response(status_code=place)
    return StreamingResponse(
        _messages(*place), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
    )


async def _messages(room: Room, follower: Follower) -> AsyncIterator[bytes]:
    """The room's state, again after each change; the program only if it is another.

    The stream ends with the room.
    """
    try:
        last = None
        while not ROOMS.stopped and (last is None or not last.ended):
            state = ROOMS.state(room)
            if state != last:
                known = last is not None and last.program == state.program
                sent = msgspec.structs.replace(state, query="") if known else state
                yield b"data: " + msgspec.json.encode(sent) + b"\n\n"
                last = state
            elif not await follower.wait(BEAT_SECONDS):
                yield b":\n\n"
    finally:
        ROOMS.leave(room, follower)


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


def routes() -> list[Route]:
    """The routes that the server must serve in addition to the page."""
    return [Route("/room/{code}/events", _events), Route("/room/{code}/step", _step)]
