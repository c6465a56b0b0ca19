"""The event loop's threads, of which Python allows six on two cores."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from viz_app.limits import Quota

SPARE = 32
"""Threads for all else that waits: connections, the engine's start."""


def enough() -> None:
    """Give the running event loop a thread for everyone who may wait for a worker.

    Streamlit makes a file that is saved in one of these threads, where it waits in the queue: one
    visitor's files would otherwise keep everyone else's connections waiting.
    """
    most = Quota().waiting + SPARE
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(most, "waiting"))
