"""Delay that many endless sessions from one address cause one from another.

    python -m bench.fairness [--sessions 20 230]

The sessions run `while True: pass` forever; the other one runs the seed. Prints its median and its
slowest time alone and next to them (target: the median at most doubles). The addresses are those
that a proxy would forward; the server is set to trust it.
"""

import argparse
import asyncio
import contextlib
import statistics

from websockets.exceptions import WebSocketException

from bench.load import PROGRAM, Session
from tests.browser.serve import serve
from viz_app.paths import PROJECT

LOG = PROJECT / "artefacts" / "fairness.log"
ENDLESS = "# {number}\nwhile True: pass\n"
SEEDS = 25


async def endless(address: str, number: int) -> None:
    """A session that runs a loop again as soon as the last one has ended."""
    session = Session(address, forwarded="192.0.2.1")
    connection = await session.open()
    count = 0
    while True:
        count += 1
        with contextlib.suppress(TimeoutError):  # it waits in the queue
            await session.edit(connection, ENDLESS.format(number=f"{number} {count}"))


async def seeds(address: str, first: int) -> list[float]:
    """Milliseconds for each of the other visitor's seeds."""
    session = Session(address, forwarded="198.51.100.1")
    connection = await session.open()
    taken = [
        await session.edit(connection, PROGRAM.format(number=first + number)) * 1000
        for number in range(SEEDS)
    ]
    await connection.close()
    return taken


async def measure(address: str, sessions: int) -> None:
    await seeds(address, 0)  # the engine is warm from here on
    alone = await seeds(address, 1_000)
    loops = [asyncio.create_task(endless(address, number)) for number in range(sessions)]
    await asyncio.sleep(15 + sessions / 20)  # all are open, and the first ones were ended
    failed = [it for it in loops if it.done()]
    beside = await seeds(address, 2_000)
    for loop in loops:
        loop.cancel()
        with contextlib.suppress(asyncio.CancelledError, OSError, WebSocketException):
            await loop
    middle = statistics.median(alone), statistics.median(beside)
    print(
        f"{sessions:4} endless sessions ({len(failed)} refused): seed alone {middle[0]:.0f} ms "
        f"(slowest {max(alone):.0f}), beside them {middle[1]:.0f} ms (slowest {max(beside):.0f}): "
        f"{middle[1] / middle[0]:.2f} times",
        flush=True,
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, nargs="+", default=[20, 230])
    for count in parser.parse_args().sessions:
        with serve(LOG, VIZ_APP_TRUSTED_PROXIES="127.0.0.1,::1") as served:
            asyncio.run(measure(served, count))
