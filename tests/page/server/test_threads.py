"""Requests that wait for a worker leave threads for all others."""

import asyncio
import threading

from viz_app.limits import Quota
from viz_app.page.server import threads


def test_a_full_queue_leaves_threads_for_connections() -> None:
    async def others() -> bool:
        threads.enough()
        free = threading.Event()
        waiting = [
            asyncio.create_task(asyncio.to_thread(free.wait)) for _ in range(Quota().waiting)
        ]
        try:
            return await asyncio.to_thread(lambda: not free.is_set())
        finally:
            free.set()
            await asyncio.gather(*waiting)

    assert asyncio.run(others())
