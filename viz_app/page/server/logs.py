"""The server's log, which no fault can fill: repeated entries are written a few times, then
counted.

With VIZ_APP_LOGS=json each entry is one line of JSON for a collector, and holds nothing that a
visitor wrote: the message before its parts are put in, numbers apart, and of an exception its type
and the places in the code. A message of a foreign package may have been put together from anything,
so only its place is written.
"""

import logging
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

import msgspec

LOGS = "VIZ_APP_LOGS"

MINUTE = 60.0
EACH = 5
"""Entries per minute from one place in the code: enough to see that a fault persists."""
ALL = 200
"""Entries per minute altogether."""
LONGEST = 8_000
"""Maximum number of characters of a message, and of a traceback; the end of one names the fault."""

MORE = "viz_more"
"""Attribute of a record: the number of similar ones that were left out."""
MOST_FRAMES = 20
OWN = "viz_app"
"""The loggers whose messages are constants of our own code."""

_Place = tuple[object, ...]


class Bound:
    """The choice of the entries to write. `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        self._ends = clock() + MINUTE
        self._now: Counter[_Place] = Counter()
        self._before: Counter[_Place] = Counter()
        self._written = 0

    def writes(self, record: logging.LogRecord) -> bool:
        """True if an entry is written; shortens it, and adds the number of similar ones left
        out."""
        place = _place(record)
        with self._lock:
            if self.clock() >= self._ends:
                self._ends = self.clock() + MINUTE
                self._before, self._now, self._written = self._now, Counter(), 0
            self._now[place] += 1
            if self._now[place] > EACH or self._written >= ALL:
                return False
            self._written += 1
            more = self._before.pop(place, 0) - EACH
        message = record.getMessage()
        if len(message) > LONGEST:
            message = message[:LONGEST] + "…"
        setattr(record, MORE, max(more, 0))
        if more > 0:
            message += f" ({more} more like it were left out)"
        record.msg, record.args = message, None
        if record.exc_info and not record.exc_text:
            text = logging.Formatter().formatException(record.exc_info)
            record.exc_text = text if len(text) <= LONGEST else "…" + text[-LONGEST:]
        return True


def _place(record: logging.LogRecord) -> _Place:
    """The place in the code of an entry, and where the exception in it was raised."""
    kind, _, trace = record.exc_info or (None, None, None)
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    raised = trace and (trace.tb_frame.f_code.co_filename, trace.tb_lineno)
    return record.name, record.levelno, record.pathname, record.lineno, kind, raised


def as_json(environment: Mapping[str, str]) -> bool:
    """True if the host wants JSON. ValueError for any other choice than "json" or "text"."""
    chosen = environment.get(LOGS, "text")
    if chosen not in ("json", "text"):
        raise ValueError(f"{LOGS} is json or text")
    return chosen == "json"


class Entry(msgspec.Struct, omit_defaults=True):
    """A line of the log in JSON.

    `frames` are the places of an exception, the innermost last;
    `more` is the number of similar entries that were left out.
    """

    time: str
    level: str
    logger: str
    place: str
    message: str = ""
    exception: str = ""
    frames: list[str] = []
    more: int = 0


class _Hidden:
    """A part of a message that may be a visitor's."""

    def __repr__(self) -> str:
        return "…"


def entry(record: logging.LogRecord) -> Entry:
    """The line of a record, without a visitor's words."""
    kind, problem, _ = record.exc_info or (None, None, None)
    frames: list[str] = []
    if problem is not None:
        frames = [_frame(it) for it in traceback.extract_tb(problem.__traceback__)]
    return Entry(
        time=datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        level=record.levelname,
        logger=record.name,
        place=f"{record.module}:{record.lineno}",
        message=_template(record) if record.name.split(".")[0] == OWN else "",
        exception="" if kind is None else f"{kind.__module__}.{kind.__qualname__}",
        frames=frames[-MOST_FRAMES:],
    )


def _template(record: logging.LogRecord) -> str:
    """The message with numbers put in, and nothing else."""
    given = record.args
    if isinstance(given, Mapping):
        return record.msg % {key: _shown(it) for key, it in given.items()}
    return str(record.msg) % tuple(map(_shown, given)) if given else str(record.msg)


def _shown(part: object) -> object:
    return part if isinstance(part, int | float) else _Hidden()


def _frame(it: traceback.FrameSummary) -> str:
    return f"{it.filename.rpartition('/')[2]}:{it.lineno} {it.name}"


def bound(*, json: bool = False, out: TextIO | None = None) -> None:
    """Bound the output of all loggers, and with `json` write it to `out`, or to the standard error.

    Streamlit gives each of its own loggers a handler when it is made.
    """
    bounded = Bound()
    original: Any = logging.Logger.callHandlers

    def call_handlers(self: logging.Logger, record: logging.LogRecord) -> None:
        line = entry(record) if json else None  # before the message is put together
        if not bounded.writes(record):
            return
        if line is None:
            original(self, record)
        elif record.levelno >= logging.INFO:
            line.more = getattr(record, MORE, 0)
            text = msgspec.json.encode(line).decode()
            print(text, file=out or sys.stderr, flush=True)

    logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign]
