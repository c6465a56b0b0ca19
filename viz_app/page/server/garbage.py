"""Garbage is collected by the clock, not after each rerun and not in the middle of a picture.

What it frees goes back to the system: large answers of programs pass through this process.
"""

import asyncio
import ctypes
import gc
import sys
import time
from collections.abc import Awaitable, Callable

from streamlit import config

GARBAGE = 100_000
"""Objects made before the youngest are searched for garbage: a search in the middle of a long
trace's picture doubles its time."""
AFTER_RERUN = "runner.postScriptGC"
"""Streamlit's setting for a full collection after each rerun, which takes two thirds of the time
of a busy server."""
REST_SECONDS = 10.0
"""Least time between two full collections of our own."""
SHARE = 50
"""A full collection takes at most one part in this many of the process's time."""


def spare() -> None:
    """Leave full collections to `collect`, unless the host's own setting says otherwise."""
    if not config.is_manually_set(AFTER_RERUN):
        config.set_option(AFTER_RERUN, False)
    gc.freeze()  # what was imported is not garbage
    gc.set_threshold(GARBAGE)


async def collect(
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    clock: Callable[[], float] = time.perf_counter,
) -> None:
    """Collect all garbage now and then, for ever: sessions that ended are full of cycles."""
    taken = 0.0
    while True:
        await sleep(max(REST_SECONDS, SHARE * taken))
        began = clock()
        gc.collect()
        _return_memory()
        taken = clock() - began


def _return_memory() -> None:
    """Give pages that nothing is on any more to the system; glibc keeps them otherwise."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # no other C library has it
        if trim is not None:
            trim(0)
