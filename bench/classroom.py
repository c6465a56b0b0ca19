"""A class of two hundred: a teacher's steps, one link opened by all, an edit of each.

    python -m bench.classroom [--students 30 200] [--steps 40] [--replicas 0 1 2 3]

Real servers behind HAProxy with Redis (`tests/cluster`), all on this machine; 0 is one replica
without Redis. Students are connections with the real protocol, spread by the proxy. For each number
of replicas:

- a step: seconds from the teacher's request to each student's message;
- one link that all open at once: the runs that it costs, and the seconds to each finished page;
- edits: every student changes the program once within a minute, each to a text of its own; seconds
  to the finished page, whose picture has a value that only a run of this text gives;
- memory of a replica, with its other processes, and of each session on it.

To reach with 200 students: a step within 300 ms at the 95th percentile, one run for the link that
all open, an edit within 2 s at the 95th percentile.
"""

import argparse
import asyncio
import json
import random
import re
import statistics
import time
import urllib.request
from collections.abc import Sequence

from bench.load import Session, memory, processor
from tests.cluster.cluster import Cluster, Replica, cluster
from tests.cluster.pupil import Pupil
from viz_app.page.server.rooms import shown
from viz_app.share import Settings

BETWEEN_SECONDS = 0.25
"""Seconds between two steps: as fast as a teacher presses a key."""
MINUTE = 60.0
PROGRAM = "x = torch.tensor(2., requires_grad=True)\ny = (x ** {number} + 1).exp()\ny.backward()\n"


class Student(Session):
    """A student's page, which stays open."""

    async def stay(self, began: float) -> float:
        """Open the page; the seconds since `began` at which it has come."""
        self.connection = await self.open()
        return time.perf_counter() - began

    async def change(self, text: str, number: int) -> float:
        """Seconds from `text` to the page with its picture, in which a box has the value `number`.

        AssertionError if the script ends without it.
        """
        took = await self.edit(self.connection, text)
        assert json.loads(self.drawn)["state"] == "ready"
        assert re.search(rf"(?<![0-9.]){number}(?![0-9])", self.drawn), number
        return took


def said(what: str, seconds: Sequence[float]) -> None:
    """Print the median, the 95th percentile and the slowest."""
    p95 = statistics.quantiles(seconds, n=20)[-1]
    print(
        f"  {what}: median {1_000 * statistics.median(seconds):.0f} ms, 95th percentile "
        f"{1_000 * p95:.0f} ms, slowest {1_000 * max(seconds):.0f} ms",
        flush=True,
    )


def runs(replica: Replica) -> float:
    """The number of programs that a replica has run."""
    with urllib.request.urlopen(f"http://localhost:{replica.port}/metrics") as answer:
        text = answer.read().decode()
    return sum(map(float, re.findall(r"^viz_runs_total\{.*\} (\S+)$", text, re.MULTILINE)))


async def opened(servers: Cluster) -> tuple[str, str]:
    """The code and the secret of a room that a teacher opens in Chromium."""
    from playwright.async_api import async_playwright

    from tests.browser.serve import CHROMIUM, FLAGS
    from tests.patience import PATIENCE_MS

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page()
        page.set_default_timeout(PATIENCE_MS)
        await page.goto(f"{servers.address}/?lesson=fan-out")
        await page.get_by_role("button", name="Share", exact=True).click()
        await page.get_by_role("button", name=re.compile("^Teach this")).click()
        await page.locator(
            ".viz-room-dialog .viz-room-code"
        ).wait_for()  # the browser has the secret
        kept = await page.evaluate(
            "Object.entries(JSON.parse(localStorage.getItem('viz-room')))[0]"
        )
        await browser.close()
    code, secret = kept
    return str(code), str(secret)


async def steps(servers: Cluster, students: int, number: int) -> None:
    """Measure the steps of a class."""
    code, secret = await opened(servers)
    present = [Pupil(servers.address, code) for _ in range(students)]
    teacher = Pupil(servers.address, code, role="lead")
    tasks = [asyncio.create_task(it.follow()) for it in (*present, teacher)]
    while not all(it.connected for it in (*present, teacher)):
        await asyncio.sleep(BETWEEN_SECONDS)
    sent: dict[int, float] = {}
    for step in range(1_000, 1_001 + number):
        sent[step] = time.perf_counter()
        assert await teacher.ask("step", secret, program=0, step=step) == 204
        await asyncio.sleep(BETWEEN_SECONDS)
        # The first step reaches everybody before it counts.
        while step == 1_000 and not all(step in it.arrived for it in present):
            await asyncio.sleep(BETWEEN_SECONDS)
    await asyncio.sleep(2)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    del sent[1_000]
    took = [it.arrived[step] - begun for it in present for step, begun in sent.items()
            if step in it.arrived]  # fmt: skip
    missed = students * number - len(took)
    said(f"{number} steps", took)
    print(f"  {present[0].bytes} bytes per step; {missed} were followed by the next on the way")


async def edits(servers: Cluster, students: int) -> None:
    """Measure one link that all open, and their edits."""
    text = PROGRAM.format(number=random.randrange(3, 10**6))
    query = shown(Settings(program=text))
    before = [runs(it) for it in servers.replicas]
    resident = [it.memory() for it in servers.replicas]
    there = [Student(servers.address, query=query) for _ in range(students)]
    began = time.perf_counter()
    said("a link that all open", await asyncio.gather(*(it.stay(began) for it in there)))
    cost = sum(map(runs, servers.replicas)) - sum(before)
    grown = sum(it.memory() for it in servers.replicas) - sum(resident)
    print(f"  it cost {cost:.0f} runs; {grown / students / 2**20:.1f} MB per session")

    async def edit(it: Student) -> float:
        await asyncio.sleep(random.uniform(0, MINUTE))
        number = random.randrange(10**5, 4 * 10**5)
        # No larger factor occurs in the text.
        return await it.change(f"{text}z = x * {number}\n", 2 * number)

    used, began = [processor(_pid(it)) for it in servers.replicas], time.perf_counter()
    said("an edit of each within a minute", await asyncio.gather(*map(edit, there)))
    most = ", ".join(f"{it.memory() / 2**20:.0f}" for it in servers.replicas)
    whole = ", ".join(f"{_whole(it):.0f}" for it in servers.replicas)
    print(f"  the page's process of each replica: {most} MB; all of its processes: {whole} MB")
    print(f"  processor time of each page's process: {_busy(servers, began, used)}", flush=True)
    await asyncio.gather(*(it.connection.close() for it in there))


def _pid(replica: Replica) -> int:
    assert replica.process is not None
    return replica.process.pid


def _whole(replica: Replica) -> float:
    """Megabytes of a replica with all that it started."""
    return memory(_pid(replica))


def _busy(servers: Cluster, began: float, used: Sequence[float]) -> str:
    """The part of a core that each page's process has used."""
    seconds = time.perf_counter() - began
    now = [processor(_pid(it)) for it in servers.replicas]
    return ", ".join(
        f"{(it - was) / 10 / seconds:.0f} %" for it, was in zip(now, used, strict=True)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, nargs="*", default=[30, 200])
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--replicas", type=int, nargs="*", default=[0])
    given = parser.parse_args()
    for replicas in given.replicas:
        with cluster(max(1, replicas), alone=not replicas) as servers:
            for students in given.students:
                said_of = f"{replicas} replicas" if replicas else "1 replica without Redis"
                print(f"{said_of}, {students} students", flush=True)
                asyncio.run(steps(servers, students, given.steps))
                asyncio.run(edits(servers, students))


if __name__ == "__main__":
    main()
