"""Cost of the wall per run, compared to a plain fork with limits. Target: at most 5 ms.

    python -m bench.wall [RUNS]

Runs a program alternately through an engine with the full wall and one without, so that other work
on the machine affects both alike, and prints medians in milliseconds. Then the steps of the wall
one by one, in children of this process.
"""

import itertools
import os
import socket
import statistics
import sys
import time

from viz_app.engine.client import Engine
from viz_app.engine.process import sandbox
from viz_app.limits import Limits


def runs(count: int) -> None:
    """Print the time of a run with the wall and without, and the difference."""
    engines = {"full wall": Engine("required"), "plain fork": Engine("off")}
    taken: dict[str, list[float]] = {name: [] for name in engines}
    for engine in engines.values():
        engine.start()
        engine.run("x = 1")
    for _ in range(count):
        for name, engine in engines.items():
            began = time.perf_counter()
            engine.run("x = 1")
            taken[name].append((time.perf_counter() - began) * 1000)
    for engine in engines.values():
        engine.close()
    middle = {name: statistics.median(times) for name, times in taken.items()}
    for name, value in middle.items():
        print(f"{name:12} {value:7.2f} ms")
    print(f"{'the wall':12} {middle['full wall'] - middle['plain fork']:7.2f} ms")


def steps(count: int) -> None:
    """Print the time of each step in a child."""
    taken: dict[str, list[float]] = {"confine": [], "fence": [], "seal": []}
    rules = sandbox.kernel_filter()
    for _ in range(count):
        ours, theirs = socket.socketpair()
        parent = os.getpid()
        child = os.fork()
        if child == 0:
            times = [time.perf_counter()]
            sandbox.confine(Limits(), theirs.fileno(), parent)
            times.append(time.perf_counter())
            sandbox.fence()
            times.append(time.perf_counter())
            sandbox.seal(rules)
            times.append(time.perf_counter())
            passed = [(after - before) * 1000 for before, after in itertools.pairwise(times)]
            os.write(sandbox.RESULT, " ".join(map(str, passed)).encode())
            os._exit(0)
        theirs.close()
        with ours:
            for name, value in zip(taken, ours.recv(4096).split(), strict=True):
                taken[name].append(float(value))
        os.waitpid(child, 0)
    for name, values in taken.items():
        print(f"  {name:10} {statistics.median(values):7.2f} ms")


if __name__ == "__main__":
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    runs(number)
    steps(number)
