"""The server's log, which no fault can fill: repeated entries are written a few times, then
counted."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

MINUTE = 60.0
EACH = 5
"""Entries per minute from one place in the code: enough to see that a fault goes on."""
ALL = 200
"""Entries per minute altogether."""
LONGEST = 8_000
"""Maximum number of characters of a message, and of a traceback; the end of one names the fault."""

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


def bound() -> None:
    """Bound the output of all loggers.

    Streamlit gives each of its own a handler when it is made.
    """
    bounded = Bound()
    original: Any = logging.Logger.callHandlers

    def call_handlers(self: logging.Logger, record: logging.LogRecord) -> None:
        if bounded.writes(record):
            original(self, record)

    logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign]
