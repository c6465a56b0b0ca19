"""Ten thousand forged answers: each is refused or shown within 2 s and 200 MB.

    python -m bench.forged [HOW_MANY] [FIRST]

Each is opened and drawn as a worker does, in this one process. Prints how many were refused and
why, how many shown, and the most time, memory and bytes sent, with the number that `tests.forging`
makes the same answer from. Processor time is printed in addition to the clock's: other work on the
machine counts in the clock's only.
"""

import collections
import sys
import time
import traceback
import tracemalloc

from tests import forging
from viz_app.errors import VizError


def main(count: int, first: int) -> int:
    honest = forging.honest()
    ends: collections.Counter[str] = collections.Counter()
    most = {"clock": (0.0, 0), "processor": (0.0, 0), "megabytes": (0.0, 0), "answer": (0.0, 0)}
    faults: collections.Counter[str] = collections.Counter()
    for number in range(first, first + count):
        source, body = forging.forged(number, honest)
        traced = number % 10 == 0 or len(body) > 2**20  # it makes all else slower
        if traced:
            tracemalloc.start()
        clock, processor = time.perf_counter(), time.process_time()
        try:
            forging.shown(source, body)
            end = "shown"
        except VizError as refused:
            end = f"refused: {refused.failure.type}"
        except Exception as problem:  # noqa: BLE001  any exception is a finding
            place = traceback.extract_tb(problem.__traceback__)[-1]
            end = "FAULT"
            faults[
                f"{type(problem).__name__} {place.filename.rpartition('/')[2]}:{place.lineno}"
            ] += 1
            print(number, repr(problem)[:200], place.filename, place.lineno, flush=True)
        figures = {"answer": len(body) / 2**20}
        if traced:
            figures["megabytes"] = tracemalloc.get_traced_memory()[1] / 2**20
            tracemalloc.stop()
        else:
            figures["clock"] = time.perf_counter() - clock
            figures["processor"] = time.process_time() - processor
        for name, figure in figures.items():
            most[name] = max(most[name], (figure, number))
        ends[end] += 1
    for end, times in ends.most_common():
        print(f"{times:7} {end}")
    for fault, times in faults.most_common():
        print(f"{times:7} {fault}")
    for name, (figure, number) in most.items():
        print(f"most {name:10} {figure:8.2f}   answer {number}")
    return 1 if faults else 0


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    sys.exit(main(*(numbers + [10_000, 0][len(numbers) :])))
