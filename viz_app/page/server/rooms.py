"""Rooms: the teacher's program and step, followed by the pages of a class.

A teacher's page opens a room and gets its code, for the class, and its secret, with which alone it
can be led. A program travels as the parameters of a link; a step is a message of a few bytes to
browsers that hold the picture. The teacher may ask a question; the answers are counted, and nobody
knows whose they are. `GET /room/CODE/events` sends all of this as server-sent events. `step`, `ask`
and `reveal` in its place are the teacher's, with the secret in the header `Viz-Secret`; `answer` is
a page's, with its name in `Viz-Page`. A room is a record of the state that replicas share
(`viz_app/replicas`), so its pages may be anywhere; it ends LIFE_SECONDS after the teacher's last
message. While that state is away, pages keep what they have and nothing is acknowledged.
"""

import asyncio
import contextlib
import hashlib
import hmac
import secrets
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar
from urllib.parse import urlencode

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from viz_app import share
from viz_app.browser import About, RoomQuestion, RoomState, Tally
from viz_app.errors import VizError
from viz_app.page.server import visitors
from viz_app.replicas.memory import Memory
from viz_app.replicas.shared import AwayError, Record, Shared, Update
from viz_app.share import Settings

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Letters of a code: those that nobody takes for a digit."""

LIFE_SECONDS = 4 * 3_600.0
"""Seconds without a message after which a room ends: half a day of school."""

ENDED_SECONDS = 60.0
"""Seconds for which an ended room is remembered, until all replicas know of its end."""

MOST_ROOMS = 200
"""Maximum number of open rooms."""

MOST_ROOMS_ADDRESS = 40
"""Maximum number of them opened from one address: a large school, but not everybody's."""

MOST_FOLLOWERS = 500
"""Maximum number of pages that follow one room, and of all its pages on one replica."""

MOST_MISSES = 60
"""Maximum number of unknown codes that an address may ask for per minute: a class that mistypes,
but nobody who guesses (24 letters to the power of 6 are 190 million codes)."""

MOST_PAGES = 2_000
"""Maximum number of pages that answer a question."""

MOST_ANSWERS = 2_000
"""Maximum number of answers from one address per minute: several classes that think again."""

SECOND_LETTERS = 8
"""Letters of a second code: more than of a room's, since it lets its bearer lead."""

INVITED_SECONDS = 600.0
"""Seconds for which a second code is valid."""

MOST_LEADERS = 5
"""Maximum number of devices that lead one room."""

REACHED = "reached"
"""The answer of a page that has reached the lesson's goal."""

LONGEST_QUESTION = 300
MOST_CHOICES = 6
LONGEST_ANSWER = 60

BEAT_SECONDS = 15.0
"""Seconds after which a silent stream sends an empty comment: proxies close silent connections."""

MINUTE = 60.0
INDEX = "rooms"
"""The record of all open rooms: the address that opened each."""
INDEX_SECONDS = 7 * 86_400.0
"""Seconds without a new room after which it is empty; most rooms have ended long before."""

CALLS = 16
"""Threads for calls that may wait for the shared state."""

P = ParamSpec("P")
T = TypeVar("T")


class Question(msgspec.Struct, frozen=True):
    """A question of a room: answered by one of `choices`, or freely without any; about a step of
    the picture by numbers, about the lesson's goal by `REACHED`."""

    text: str
    choices: tuple[str, ...] = ()
    about: About = "words"
    step: int | None = None


class Head(msgspec.Struct, frozen=True):
    """The record of a room; its entries are the pages' answers to the question, by page.

    `leaders` are the digests of what the teacher's browsers hold, `by` is the name of the one that
    showed the last program or step. `key` signs the names of pages. `asked` is the number of the
    last question.
    """

    leaders: tuple[bytes, ...]
    key: bytes
    query: str
    program: int = 0
    step: int | None = None
    node: str | None = None
    asked: int = 0
    question: Question | None = None
    revealed: bool = False
    ended: bool = False
    by: str = ""

    def led_by(self, secret: str) -> bool:
        digest = _digest(secret)
        return not self.ended and any(hmac.compare_digest(it, digest) for it in self.leaders)

    def name(self) -> str:
        """The name of one more page, which nobody can make up."""
        token = secrets.token_urlsafe(12)
        return f"{token}.{self._signature(token)}"

    def named(self, page: str) -> bool:
        """True if the name of a page is of this room."""
        token, _, signature = page.rpartition(".")
        return hmac.compare_digest(self._signature(token).encode(), signature.encode())

    def _signature(self, token: str) -> str:
        return hmac.new(self.key, token.encode(), "sha256").hexdigest()[:24]


_read = msgspec.msgpack.Decoder(Head).decode
_index = msgspec.msgpack.Decoder(dict[str, str]).decode
_write = msgspec.msgpack.encode


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
        with contextlib.suppress(RuntimeError):  # its loop has ended, and so has its connection
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
    """A room with followers on this replica: its state as last read, for the teacher's pages and
    for the class."""

    def __init__(self, code: str) -> None:
        self.code = code
        self.followers: set[Follower] = set()
        self.state: RoomState | None = None
        self.of_class: RoomState | None = None
        self.read = 0.0
        """The time at which it was read."""

    def update(self, record: Record, now: float) -> None:
        """Store the state that was read, and wake only the pages that it concerns.

        Otherwise each pupil who arrives or answers would cause a message to all the others.
        """
        self.read = now
        before, self.state = self.state, _state(record, self.state)
        class_before, self.of_class = self.of_class, _for_a_class(self.state)
        for follower in self.followers:
            if self.of_class != class_before if follower.counted else self.state != before:
                follower.wake()


def _state(record: Record, before: RoomState | None) -> RoomState:
    """The message to a room's pages; its last one with its end, if the record has ended."""
    if record.value is None:
        if before is None:
            return RoomState(0, "", None, None, 0, True, None)
        return msgspec.structs.replace(before, ended=True)
    head = _read(record.value)
    return RoomState(
        head.program,
        head.query,
        head.step,
        head.node,
        record.present,
        head.ended,
        _question(head, record.entries),
        by=head.by,
        devices=len(head.leaders),
    )


def _question(head: Head, answers: Mapping[str, bytes]) -> RoomQuestion | None:
    if head.question is None:
        return None
    text, choices = head.question.text, head.question.choices
    found = Counter(it.decode() for it in answers.values())
    # Every choice has a bar, even one nobody chose; other answers follow, the most frequent first.
    given = [*choices, *(it for it, _ in found.most_common() if it not in choices)]
    tallies = tuple(Tally(it, found[it]) for it in given) if head.revealed else None
    about, step = head.question.about, head.question.step
    return RoomQuestion(head.asked, text, choices, len(answers), tallies, about, step)


class Rooms:
    """The open rooms. Its methods may be called from any thread; those that reach for the shared
    state may wait for it, and raise AwayError while it is away."""

    def __init__(
        self, shared: Shared | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        """Guards the rooms of this replica and their followers; never held while waiting."""
        self._reading = threading.Lock()
        """Guards a read and its use, so that an older read never replaces a newer one."""
        self._here: dict[str, Room] = {}
        self._late: dict[str, tuple[str, str]] = {}
        """The secret and the program of rooms whose change could not be stored yet."""
        self.stopped = False
        """True while the server ends, and all streams with it; browsers reopen them elsewhere."""
        self._threads = ThreadPoolExecutor(CALLS, "rooms")
        self.use(shared or Memory(clock))

    def use(self, shared: Shared) -> None:
        """Keep all rooms in this state from now on."""
        self.shared = shared
        shared.listen(self._woken)

    async def call(self, act: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Call one of the methods that may wait, outside of the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, lambda: act(*given, **named))

    def open(self, query: str, address: str) -> tuple[str, str] | None:
        """The code and the secret of a new room that shows `query`; None if there is no place."""
        before = self.shared.read(INDEX)
        codes = list(_index(before)) if before else []
        gone = {it for it, alive in zip(codes, self._alive(codes), strict=True) if not alive}
        secret = secrets.token_urlsafe(24)
        head = Head((_digest(secret),), secrets.token_bytes(32), query)

        def put(value: bytes | None) -> Update | None:
            return None if value is not None else Update(LIFE_SECONDS, _write(head), fresh=True)

        code = _code()
        while not self.shared.update(_key(code), put):
            code = _code()

        def enter(value: bytes | None) -> Update | None:
            known = _index(value) if value else {}
            known = {it: whose for it, whose in known.items() if it not in gone}
            own = sum(whose == address for whose in known.values())
            if len(known) >= MOST_ROOMS or own >= MOST_ROOMS_ADDRESS:
                return None
            return Update(INDEX_SECONDS, _write({**known, code: address}))

        if not self.shared.update(INDEX, enter):
            self.end(code, secret)
            return None
        return code, secret

    def query(self, code: str, address: str) -> str | None:
        """The parameters of a room's program; None if there is no such room, or if the address has
        asked for too many of these."""
        head = self._found(code, address)
        if isinstance(head, int):
            return None
        return head.query if head.step is None else f"{head.query}&step={head.step}"

    def leads(self, code: str, secret: str) -> bool:
        """True if the secret is the room's."""
        return self._change(code, secret, lambda head: head)

    def show(self, code: str, secret: str, query: str) -> None:
        """Show another program in a room; nothing happens without its secret.

        One that is too long for a link has no parameters: the room keeps the last one. While the
        shared state is away, the program is kept for its return.
        """

        def put(head: Head) -> Head:
            if query == head.query:
                return head
            return msgspec.structs.replace(
                head,
                query=query,
                step=None,
                node=None,
                program=head.program + 1,
                by=leader(secret),
            )

        if not query:
            return
        try:
            self._change(code, secret, put)
            self._late.pop(code, None)
        except AwayError:
            self._late[code] = secret, query

    def step(self, code: str, secret: str, program: int, step: int, node: str | None) -> bool:
        """Go to a step of a room's program; False without its secret.

        `program` is its number. A step of an earlier one is too late: nothing happens.
        """

        def go(head: Head) -> Head:
            if program != head.program:
                return head
            return msgspec.structs.replace(head, step=step, node=node, by=leader(secret))

        return self._change(code, secret, go)

    def ask(self, code: str, secret: str, question: Question | None) -> bool:
        """Ask a room a question, None to take the last one back; False without the secret."""

        def put(head: Head) -> Head:
            return msgspec.structs.replace(
                head, asked=head.asked + 1, question=question, revealed=False
            )

        return self._change(code, secret, put, fresh=True)

    def reveal(self, code: str, secret: str) -> bool:
        """Show a room the answers to its question; False without the secret."""
        return self._change(code, secret, lambda head: msgspec.structs.replace(head, revealed=True))

    def invite(self, code: str, secret: str) -> str | None:
        """A second code, with which one more device may lead; None without the secret.

        It works once, within a few minutes.
        """
        if not self.leads(code, secret):
            return None
        second = _code(SECOND_LETTERS)
        self.shared.update(_second(second), lambda _: Update(INVITED_SECONDS, code.encode()))
        return second

    def invited(self, second: str, address: str) -> tuple[str, str] | None:
        """The room of a second code, and a secret of its own for the device that typed it.

        None for no such code, one that was used, and an address that has tried too many.
        """
        missed = f"misses:{address}"
        if self.shared.spent(missed, MINUTE) >= MOST_MISSES:
            return None
        code = ""

        def use(value: bytes | None) -> Update | None:
            nonlocal code
            code = "" if value is None else value.decode()
            return Update(INVITED_SECONDS, b"") if code else None

        if not self.shared.update(_second(second), use):
            self.shared.spend([(missed, MOST_MISSES)], MINUTE)
            return None
        secret = secrets.token_urlsafe(24)

        def add(value: bytes | None) -> Update | None:
            head = None if value is None else _read(value)
            if head is None or head.ended or len(head.leaders) >= MOST_LEADERS:
                return None
            more = msgspec.structs.replace(head, leaders=(*head.leaders, _digest(secret)))
            return Update(LIFE_SECONDS, _write(more))

        return (code, secret) if self.shared.update(_key(code), add) else None

    def answer(self, code: str, page: str, number: int, text: str, address: str = "") -> bool:
        """Answer question `number` for a page, in the place of its last answer.

        False if it is not accepted: for another question, with a name that is not of this room,
        after the answers were shown, not among the choices, or above a limit.
        """
        key = _key(code)
        record = self.shared.look(key)
        if len(record.entries) >= MOST_PAGES and page not in record.entries:
            return False

        def put(value: bytes | None) -> Update | None:
            head = None if value is None else _read(value)
            if head is None or head.ended or head.question is None or head.revealed:
                return None
            if number != head.asked or not head.named(page):
                return None
            given = _given(head.question, text)
            if not given:
                return None
            return Update(LIFE_SECONDS, entries={page: given.encode()})

        if put(record.value) is None:
            return False
        if self.shared.spend([(f"answers:{address}", MOST_ANSWERS)], MINUTE) is not None:
            return False
        return self.shared.update(key, put)

    def load(self) -> tuple[int, int]:
        """The numbers of rooms with pages on this replica, and of these pages."""
        with self._lock:
            return len(self._here), sum(len(it.followers) for it in self._here.values())

    def stop(self) -> None:
        """End all streams, with the server."""
        with self._lock:
            self.stopped = True
            for room in self._here.values():
                for follower in room.followers:
                    follower.wake()

    def end(self, code: str, secret: str) -> None:
        """End a room; nothing happens without its secret."""
        self._late.pop(code, None)
        self._change(code, secret, lambda head: None)

    def follow(self, code: str, address: str, follower: Follower) -> Room | int:
        """The room, with a place for a page in it.

        A page without a name of this room gets one. Otherwise the status of the refusal: 404 for an
        unknown room, 429 for too many of these and for a full room.
        """
        head = self._found(code, address)
        if isinstance(head, int):
            return head
        if follower.counted and self.shared.look(_key(code)).present >= MOST_FOLLOWERS:
            return 429
        if not head.named(follower.page):
            follower.page = head.name()
        with self._lock:
            room = self._here.setdefault(code, Room(code))
            if len(room.followers) >= MOST_FOLLOWERS:
                return 429
            room.followers.add(follower)
        try:
            self._announce(room)
            self._refresh(room)
        except AwayError:
            self.leave(room, follower)
            raise
        return room

    def leave(self, room: Room, follower: Follower) -> None:
        """Free a page's place."""
        with self._lock:
            room.followers.discard(follower)
            if not room.followers and self._here.get(room.code) is room:
                del self._here[room.code]
        try:
            self._announce(room)
        except AwayError:
            return  # it is announced again when it is back

    def state(self, room: Room, *, of_class: bool = False) -> RoomState:
        """The message to the teacher's pages of a room, or to the class."""
        with self._lock:
            found = room.of_class if of_class else room.state
        assert found is not None
        return found

    def look_again(self, room: Room) -> None:
        """Read a silent room again: its end by time sends no message."""
        if self._clock() - room.read >= BEAT_SECONDS:
            try:
                self._refresh(room)
            except AwayError:
                return

    def _announce(self, room: Room) -> None:
        with self._lock:
            number = sum(it.counted for it in room.followers)
        self.shared.announce(_key(room.code), number)

    def _refresh(self, room: Room) -> None:
        with self._reading:
            record = self.shared.look(_key(room.code))
            with self._lock:
                room.update(record, self._clock())

    def _woken(self, keys: set[str] | None) -> None:
        """Read the rooms again that have changed, all of this replica's for None."""
        if keys is None:
            for code, (secret, query) in tuple(self._late.items()):
                self.show(code, secret, query)
        with self._lock:
            rooms = [it for it in self._here.values() if keys is None or _key(it.code) in keys]
        for room in rooms:
            try:
                self._refresh(room)
            except AwayError:
                return  # all are read again when it is back

    def _found(self, code: str, address: str) -> Head | int:
        """The room that an address asks for, or the status of the refusal."""
        missed = f"misses:{address}"
        if self.shared.spent(missed, MINUTE) >= MOST_MISSES:
            return 429
        value = self.shared.read(_key(code))
        head = None if value is None else _read(value)
        if head is None or head.ended:
            self.shared.spend([(missed, MOST_MISSES)], MINUTE)
            return 404
        return head

    def _change(
        self, code: str, secret: str, change: Callable[[Head], Head | None], *, fresh: bool = False
    ) -> bool:
        """Change a room, None to end it; False without its secret."""

        def put(value: bytes | None) -> Update | None:
            head = None if value is None else _read(value)
            if head is None or not head.led_by(secret):
                return None
            changed = change(head)
            if changed is None:
                ended = msgspec.structs.replace(head, ended=True)
                return Update(ENDED_SECONDS, _write(ended), fresh=True)
            return Update(LIFE_SECONDS, _write(changed), fresh=fresh)

        return self.shared.update(_key(code), put)

    def _alive(self, codes: list[str]) -> list[bool]:
        return self.shared.alive([_key(code) for code in codes])


def _key(code: str) -> str:
    return f"room:{code}"


def _second(second: str) -> str:
    return f"second:{second}"


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def leader(secret: str) -> str:
    """The name of a device that leads, which gives nothing of its secret away."""
    return hashlib.sha256(b"name" + secret.encode()).hexdigest()[:8]


def _code(letters: int = 6) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(letters))


def _given(question: Question, text: str) -> str:
    """An answer in the form in which equal ones are counted; "" if it is not a valid one."""
    if question.about == "goal":
        return text if text == REACHED else ""
    if question.about == "step":
        return _numbers(text)
    if question.choices:
        return text if text in question.choices else ""
    return _same(text)


def _numbers(text: str) -> str:
    """Several numbers: `[6., 8]` and `6 8` are one answer. Other texts stay as they are."""
    parts = text.replace("\u2212", "-").translate(BRACKETS).split()
    try:
        return ", ".join(f"{float(part):g}" for part in parts)
    except ValueError:
        return text


BRACKETS = str.maketrans("[](){},;", " " * 8)


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
        toml=settings.toml,
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
    follower = Follower(page, counted=counted)
    try:
        room = await ROOMS.call(ROOMS.follow, request.path_params["code"], address, follower)
    except AwayError:
        return Response(status_code=AWAY)
    if isinstance(room, int):
        return Response(status_code=room)
    return _Events(room, follower)


class _Events(StreamingResponse):
    """A room's events, which free the page's place however they end, even before they begin."""

    def __init__(self, room: Room, follower: Follower) -> None:
        super().__init__(
            _messages(room, follower),
            media_type="text/event-stream",
            # The second is for nginx, which otherwise holds a message until its buffer is full.
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
        )
        self._place = room, follower

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            await asyncio.shield(ROOMS.call(ROOMS.leave, *self._place))


async def _messages(room: Room, follower: Follower) -> AsyncIterator[bytes]:
    """The room's state, again after each change; the program only if it is another.

    The stream ends with the room.
    """
    last = None
    while not ROOMS.stopped and (last is None or not last.ended):
        state = ROOMS.state(room, of_class=follower.counted)
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
            await ROOMS.call(ROOMS.look_again, room)
            yield b":\n\n"


def _for_a_class(state: RoomState) -> RoomState:
    """A message without the counts that only the teacher sees."""
    question = state.question
    if question is not None:
        question = msgspec.structs.replace(question, answered=0)
    return msgspec.structs.replace(state, followers=0, question=question, devices=0)


AWAY = 502
"""Status of an answer without the shared state: nothing was done, and it may be asked again."""


async def _done(act: Callable[..., bool], *given: object) -> Response:
    """The answer to a request to change a room."""
    try:
        return Response(status_code=204 if await ROOMS.call(act, *given) else 404)
    except AwayError:
        return Response(status_code=AWAY)


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
    return await _done(ROOMS.step, *_led(request), int(program), seen.step, seen.node)


async def _ask(request: Request) -> Response:
    asked = request.query_params
    text = _plain(asked.get("text", ""), LONGEST_QUESTION)
    about, step = asked.get("about", "words"), asked.get("step", "")
    if about == "step" and step.isdecimal() and len(step) <= 9:
        question = Question(text, about="step", step=int(step))
    elif about == "goal":
        question = Question(text, about="goal")
    elif about == "words":
        given = (_plain(it, LONGEST_ANSWER) for it in asked.getlist("choice")[:MOST_CHOICES])
        question = Question(text, tuple(dict.fromkeys(it for it in given if it)))
    else:
        return Response(status_code=400)
    return await _done(ROOMS.ask, *_led(request), question if text else None)


async def _reveal(request: Request) -> Response:
    return await _done(ROOMS.reveal, *_led(request))


async def _invite(request: Request) -> Response:
    try:
        second = await ROOMS.call(ROOMS.invite, *_led(request))
    except AwayError:
        return Response(status_code=AWAY)
    if second is None:
        return Response(status_code=404)
    return PlainTextResponse(second, headers={"Cache-Control": "no-store"})


async def _answer(request: Request) -> Response:
    number = request.query_params.get("number", "")
    if not number.isdecimal() or len(number) > 9:
        return Response(status_code=400)
    code, page = request.path_params["code"], request.headers.get("viz-page", "")
    text = _plain(request.query_params.get("text", ""), LONGEST_ANSWER)
    address = request.headers.get(visitors.HEADER, "")
    return await _done(ROOMS.answer, code, page, int(number), text, address)


def _led(request: Request) -> tuple[str, str]:
    """The room of a request, and the secret that it shows."""
    return request.path_params["code"], request.headers.get("viz-secret", "")


def routes() -> list[Route]:
    """The routes that the server must serve in addition to the page."""
    served = {
        "events": _events,
        "step": _step,
        "ask": _ask,
        "reveal": _reveal,
        "answer": _answer,
        "second": _invite,
    }
    return [Route(f"/room/{{code}}/{name}", it) for name, it in served.items()]
