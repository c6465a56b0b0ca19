"""Garbage collection on a timer, not after each rerun and not in the middle of a picture.

The freed memory is returned to the system: large answers of programs pass through this process.
"""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable

from streamlit import config

from viz_app import memory

GARBAGE = 100_000
"""Number of new objects that triggers a search for garbage among the youngest: a search in the
middle of a long trace's picture doubles its time."""
AFTER_RERUN = "runner.postScriptGC"
"""Streamlit's setting for a full collection after each rerun, which takes two thirds of the time of
a busy server."""
REST_SECONDS = 20.0
"""Least seconds between two full collections of our own."""
SHARE = 50
"""Inverse of the share of the process's time that full collections may take."""


def spare() -> None:
    """Leave full collections to `collect`, unless the host's own setting says otherwise."""
    if not config.is_manually_set(AFTER_RERUN):
        config.set_option(AFTER_RERUN, False)
    gc.freeze()  # the imported objects are not garbage
    gc.set_threshold(GARBAGE)


async def collect(
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    clock: Callable[[], float] = time.perf_counter,
) -> None:
    """Collect all garbage from time to time, forever: sessions that ended are full of cycles."""
    taken = 0.0
    while True:
        await sleep(max(REST_SECONDS, SHARE * taken))
        began = clock()
        gc.collect()
        memory.give_back()
        taken = clock() - began
