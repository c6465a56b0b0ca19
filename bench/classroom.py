"""Time from a teacher's step to each page of a room.

    python -m bench.classroom [--students 30 200] [--steps 40]

A real server; the teacher is a real page in Chromium, which opens the room and then steps by its
keys' requests; each student is a connection that holds the room's events, as a browser does. Prints
the median, the 95th percentile and the slowest of all (student, step) pairs, and the bytes of a
step. Target: 300 ms at the 95th percentile for 200 students.
"""

import argparse
import asyncio
import json
import re
import statistics
import time
from urllib.parse import urlsplit

from playwright.async_api import Page, async_playwright

from tests.browser.serve import CHROMIUM, FLAGS, serve
from tests.patience import PATIENCE_MS
from viz_app.paths import PROJECT

LOG = PROJECT / "artefacts" / "classroom.log"
BETWEEN_SECONDS = 0.25
"""Seconds between two steps: as fast as a teacher presses a key."""


class Student:
    """A page that follows: the time at which each step arrived."""

    def __init__(self) -> None:
        self.arrived: dict[int, float] = {}
        self.bytes = 0

    async def follow(self, host: str, port: int, code: str) -> None:
        """Hold the room's events until the connection ends."""
        reader, writer = await asyncio.open_connection(host, port)
        asked = f"GET /room/{code}/events?role=follow HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n"
        writer.write(asked.encode())
        await writer.drain()
        try:
            while line := await reader.readline():
                if line.startswith(b"data: "):
                    state = json.loads(line[6:])
                    if state["step"] is not None:
                        self.arrived.setdefault(state["step"], time.perf_counter())
                        self.bytes = len(line)
        finally:
            writer.close()


async def opened(page: Page, address: str) -> tuple[str, str]:
    """The code and the secret of a room that a teacher opens in the page."""
    page.set_default_timeout(PATIENCE_MS)
    await page.goto(f"{address}/?lesson=fan-out")
    await page.get_by_role("button", name="Share", exact=True).click()
    await page.get_by_role("button", name=re.compile("^Teach this")).click()
    await page.wait_for_function("localStorage.getItem('viz-room') !== null")
    kept: dict[str, str] = json.loads(await page.evaluate("localStorage.getItem('viz-room')"))
    return next(iter(kept.items()))


async def measure(address: str, students: int, steps: int) -> None:
    """Print the figures for one class."""
    parts = urlsplit(address)
    host, port = parts.hostname or "", parts.port or 80
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page()
        code, secret = await opened(page, address)
        present = [Student() for _ in range(students)]
        tasks = [asyncio.create_task(it.follow(host, port, code)) for it in present]
        # The first step reaches everybody before it counts.
        sent: dict[int, float] = {}
        go = """([code, secret, step]) => fetch(`room/${code}/step?program=0&step=${step}`,
            { headers: { "Viz-Secret": secret } }).then((answer) => answer.status)"""
        for step in range(1_000, 1_001 + steps):
            sent[step] = time.perf_counter()
            assert await page.evaluate(go, [code, secret, step]) == 204
            await asyncio.sleep(BETWEEN_SECONDS)
            while step == 1_000 and not all(step in it.arrived for it in present):
                await asyncio.sleep(BETWEEN_SECONDS)
        await asyncio.sleep(1)
        for task in tasks:
            task.cancel()
        await browser.close()
    del sent[1_000]
    took = [
        1_000 * (it.arrived[step] - begun)
        for it in present
        for step, begun in sent.items()
        if step in it.arrived
    ]
    missed = students * steps - len(took)
    p95 = statistics.quantiles(took, n=20)[-1]
    print(
        f"{students} students, {steps} steps: median {statistics.median(took):.0f} ms, "
        f"95th percentile {p95:.0f} ms, slowest {max(took):.0f} ms; {missed} steps were followed "
        f"by the next one before they arrived; {present[0].bytes} bytes per step"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, nargs="*", default=[30, 200])
    parser.add_argument("--steps", type=int, default=40)
    arguments = parser.parse_args()
    with serve(LOG) as address:
        for students in arguments.students:
            asyncio.run(measure(address, students, arguments.steps))


if __name__ == "__main__":
    main()
