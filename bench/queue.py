"""Delay that one visitor's endless loops cause another's program. Target: less than twice.

    python -m bench.queue [ROUNDS]

Measures a small program alone and next to the loops, alternating so that other work on the machine
affects both alike, and prints the two medians and their ratio.
"""

import statistics
import sys
import threading
import time
from contextlib import suppress

from viz_app.engine.client import Engine
from viz_app.limits import Limits, Visitor

SEED = "a = torch.tensor([2., 3.], requires_grad=True)\n(2 * (a + 1) ** 2).mean().backward()\n"
RUNS = 9
LOOPS = 6
"""Number of loops: two run, the others wait in the queue."""


class Gone(Exception):  # noqa: N818  as Streamlit raises to end a script
    """The visitor of the loops has left."""


def waited(engine: Engine) -> list[float]:
    """Seconds for each of some runs of the small program."""
    taken = []
    for _ in range(RUNS):
        began = time.perf_counter()
        assert engine.run(SEED, visitor=Visitor("ben")).error is None
        taken.append(time.perf_counter() - began)
    return taken


def beside_loops(engine: Engine) -> list[float]:
    """The same while another visitor keeps endless loops running."""
    limits = Limits(wall_seconds=2, cpu_seconds=5)
    done = threading.Event()

    def on_place(place: int) -> None:
        if done.is_set():
            raise Gone

    def loop() -> None:
        with suppress(Gone):
            while not done.is_set():
                engine.run("while True: pass", limits, visitor=Visitor("anna"), on_place=on_place)

    threads = [threading.Thread(target=loop) for _ in range(LOOPS)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)  # the first two have begun and lost their priority
    taken = waited(engine)
    done.set()
    for thread in threads:
        thread.join()
    return taken


def main(rounds: int) -> None:
    engine = Engine("auto")
    engine.start()
    alone, beside = [], []
    for _ in range(rounds):
        alone += waited(engine)
        beside += beside_loops(engine)
    engine.close()
    before, after = statistics.median(alone), statistics.median(beside)
    print(f"alone           {before * 1000:7.1f} ms")
    print(f"beside loops    {after * 1000:7.1f} ms")
    print(f"ratio           {after / before:7.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4)
