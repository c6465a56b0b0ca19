"""The run of the session's text, once for each text, and its picture in the current look."""

import itertools
from collections.abc import Callable
from threading import Event

import msgspec
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from viz_app.engine import client
from viz_app.engine.client import Recorded
from viz_app.errors import VizError, failure
from viz_app.knowledge import lessons
from viz_app.knowledge.text import Text
from viz_app.limits import FOLDED, Limits
from viz_app.page.visit import kept_pictures, results
from viz_app.page.visit.kept_pictures import Seen
from viz_app.page.visit.state import Compared, Last, Run, Wanted, chosen_pass, visit
from viz_app.workers import pool
from viz_app.workers.jobs import Compare, Draw, Look, Picture

NOTHING = Recorded("", None)
"""The picture's run when not even the first program could be parsed."""


CALLS_A_SECOND = round(1 / client.LOOK_SECONDS)
"""Number of calls in a second for a program that waits in the queue."""


def run(words: Text, look: Look, place: DeltaGenerator) -> Run:
    """The run of the current text: the last one, if the text is still the same.

    `place` shows the visitor's place in the queue.
    """
    state = visit()
    kept = state.last
    wanted = kept.wanted = state.program, chosen_pass(state), state.beside.number
    while (
        kept.run is None
        or (kept.run.source, kept.run.chosen_pass, kept.run.beside) != wanted
        or kept.again
        or _gone(kept.run)
        or (look.explained and folded())
    ):
        with st.spinner(words("page.running" if kept.run else "page.starting")):
            # Showing the spinner can stop this thread; nobody waits for it yet.
            mine = Event()
            going = kept.going.setdefault(wanted, mine)
            if going is mine:
                try:
                    _finish(kept, wanted, look, _queued(words, place), state.opened)
                finally:  # a thread that was stopped in the queue has not run it
                    del kept.going[wanted]
                    mine.set()
            else:
                going.wait()
        place.empty()
    return kept.run


def _gone(run: Run) -> bool:
    """True if its picture was dropped: its text is run again."""
    return run.seen is not None and run.seen.gone


def folded() -> bool:
    """True if the last run left out what only unfolded explanations show."""
    run = visit().last.run
    return run is not None and run.seen is not None and run.seen.recorded.limits == FOLDED


def _queued(words: Text, place: DeltaGenerator) -> Callable[[int], None]:
    """A callback for the place in the queue, which is called at once and then twice a second.

    It shows the place once a second, if it has changed: where a hundred visitors wait, showing each
    change at once would take a tenth of the server's time.
    """
    calls = itertools.count()
    shown = 0

    def on_place(number: int) -> None:
        nonlocal shown
        call = next(calls)
        if call == 0 or call % CALLS_A_SECOND or number == shown:
            visit()  # this can stop the thread, as writing does
        else:
            place.caption(words("page.queue", place=number))
            shown = number

    return on_place


def _finish(
    kept: Last,
    wanted: Wanted,
    look: Look,
    on_place: Callable[[int], None],
    opened: int = 0,
) -> None:
    """Run a text, and keep the result unless another text is wanted by now.

    A text that stopped being Python while it was edited keeps its last picture: that of the cells
    before the mistake shows less. A notebook that was just opened has none, and gets theirs.
    """
    source, chosen, beside = wanted
    seen, failure = None, None
    try:
        known = kept.recorded
        if known is not None and known[0] == wanted:
            recorded = known[1]
        else:
            limits = Limits() if look.explained else FOLDED
            recorded = _recorded(source, limits, chosen, on_place)
            kept.recorded = wanted, recorded
        seen = _drawn(recorded, look, on_place)
        failure = seen.picture.error
        if failure is not None and failure.code == "syntax" and kept.run and kept.opened == opened:
            seen = None
    except VizError as error:
        failure = error.failure
    kept.recorded = None
    if kept.wanted == wanted:
        number = kept.run.number + 1 if kept.run else 1
        kept.run = Run(number, source, seen, failure, chosen, beside)
        kept.again, kept.opened = False, opened


def waiting() -> Run:
    """The state of a foreign text that is shown and not run."""
    session = visit()
    session.notice = failure("foreign")
    before = session.last.run
    number = before.number if before else 0
    return Run(number=number, source=session.program, seen=None, failure=None)


def pictured(look: Look) -> Seen:
    """The pictured run in the current look: the last run that left something."""
    session = visit()
    kept, newest = session.seen, session.last.run
    if newest is not None and newest.seen is not None and newest is not session.newest:
        session.newest, kept = newest, newest.seen
    if kept is None or kept.gone or not _shows(kept.look, look):
        try:
            kept = _drawn(NOTHING if kept is None else whole(kept), look)
        except VizError as error:
            if kept is None:
                raise
            session.notice = error.failure
            if kept.gone:
                kept = _drawn(NOTHING, look)
    session.seen = kept
    if not _for_all(kept.recorded, kept.look):
        kept_pictures.store().use(kept)
    return kept


def whole(seen: Seen) -> Recorded:
    """Its run, repeated if it was dropped."""
    before = seen.recorded
    return _recorded(before.source, before.limits, before.chosen_pass) if seen.gone else before


def compared(after: Seen | None) -> bytes | None:
    """The rows of a "what if" as JSON, None while there is none. `after` is the current run."""
    session = visit()
    before = session.whatif
    if before is None:
        return None
    last = session.compared
    if last is None or last.before is not before or last.after is not after:
        try:
            job = Compare(whole(before), None if after is None else whole(after))
            body = pool.do(job, visitor=session.visitor).body
        except VizError:
            body = b"[]"
        last = session.compared = Compared(before, after, body)
    return last.rows


def _shows(drawn: Look, look: Look) -> bool:
    """True if a picture drawn for one look serves another: it may have explanations not
    requested."""
    return drawn in (look, msgspec.structs.replace(look, explained=True))


# A class opens the same lessons at the same time, or one link: the first run and picture serve all,
# on all replicas. What visitors write stays their own.


def _is_lesson(source: str) -> bool:
    return any(lesson.program == source for lesson in lessons.load().values())


def _opened(source: str) -> bool:
    """True for the text of a link or of a room, which others open as well."""
    return source == visit().link.program


def _for_all(recorded: Recorded, look: Look) -> bool:
    return _is_lesson(recorded.source) and recorded.chosen_pass is None and not look.groups


def _recorded(
    source: str,
    limits: Limits,
    chosen: int | None,
    on_place: Callable[[int], None] | None = None,
) -> Recorded:
    if _is_lesson(source) and chosen is None:
        return _lesson(source)
    state = visit()
    visitor, files = state.visitor, state.beside.files

    def run() -> Recorded:
        return client.record(
            source, limits, chosen_pass=chosen, files=files, visitor=visitor, on_place=on_place
        )

    if files or not _opened(source):
        return run()
    return results.recorded(source, limits, chosen, run, pause=visit)


def _drawn(recorded: Recorded, look: Look, on_place: Callable[[int], None] | None = None) -> Seen:
    if _for_all(recorded, look):
        return _lesson_seen(recorded, look)
    session = visit()
    before = session.seen.picture.extents if session.seen else b""
    same = kept_pictures.store().like(recorded, look, before)
    if same is not None:
        return same
    job = Draw(recorded, look, before=before)

    def draw() -> Picture:
        return pool.draw(job, visitor=session.visitor, on_place=on_place)

    if _opened(recorded.source) and not session.beside.files:
        key = kept_pictures.digest(recorded, look, before)
        picture = results.picture(key, draw, pause=visit)
    else:
        picture = draw()
    return kept_pictures.store().keep(Seen(recorded, look, picture), before)


@st.cache_resource(max_entries=64, show_spinner=False)
def _lesson(source: str) -> Recorded:
    return client.record(source, Limits())


@st.cache_resource(
    max_entries=256,
    show_spinner=False,
    hash_funcs={Recorded: lambda it: it.source, Look: lambda it: msgspec.json.encode(it)},
)
def _lesson_seen(recorded: Recorded, look: Look) -> Seen:
    return Seen(recorded, look, pool.draw(Draw(recorded, look)))
