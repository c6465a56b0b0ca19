"""Size and time of every format, for every lesson and thirty programs of the corpus.

    python -m bench.exports [NAME ...]

A row is a run: kilobytes/milliseconds per format. The time includes what only that format needs
(the drawing, the page's data), but not the run or the scene, which have a column of their own.
Exits with 1 if a file of the first lesson is larger than its bound.
"""

import copy
import statistics
import sys
import time
from collections.abc import Iterator
from typing import Final

from tests.corpus import LIMITS
from tests.render.runs import PROGRAMS, source
from viz_app.engine import client
from viz_app.knowledge import lessons
from viz_app.render.exports import EXPORTS, offered
from viz_app.render.subject import Subject

SEED: Final = "gradient-calculation"
BOUNDS: Final = {"html": 300_000, "gif": 1_000_000, "webp": 1_000_000}
"""Maximum size in bytes of a file of the first lesson."""

Sizes = dict[str, tuple[int, float]]
"""Bytes and milliseconds per format."""


def measured(subject: Subject) -> Iterator[tuple[str, tuple[int, float]]]:
    """Each format with its size and time."""
    for form in offered():
        # What a subject makes on demand is kept in the copy.
        one = copy.copy(subject)
        began = time.perf_counter()
        body = EXPORTS[form].make(one)
        yield form, (len(body), 1000 * (time.perf_counter() - began))


def row(name: str, cells: list[str]) -> str:
    """A line of the table."""
    return f"{name[:34]:34}" + "".join(f"{cell:>12}" for cell in cells)


def main(names: list[str]) -> int:
    """Print the table; return the exit code."""
    dict(measured(Subject(client.run(source(SEED), LIMITS))))  # imports the libraries
    print(row("kB/ms", ["scene", *offered()]), flush=True)
    found: dict[str, Sizes] = {}
    scenes: list[float] = []
    for name in names:
        trace = client.run(source(name), LIMITS)
        began = time.perf_counter()
        subject = Subject(trace)
        scenes.append(1000 * (time.perf_counter() - began))
        found[name] = dict(measured(subject))
        cells = [f"{size / 1000:.0f}/{taken:.0f}" for size, taken in found[name].values()]
        print(row(name, [f"{scenes[-1]:.0f}", *cells]), flush=True)
    for title, choose in (("median", statistics.median), ("most", max)):
        cells = []
        for form in offered():
            sizes, times = zip(*(it[form] for it in found.values()), strict=True)
            cells.append(f"{choose(sizes) / 1000:.0f}/{choose(times):.0f}")
        print(row(title, [f"{choose(scenes):.0f}", *cells]))
    too_large = [
        f"{form} of {SEED}: {found[SEED][form][0]} bytes, more than {most}"
        for form, most in BOUNDS.items()
        if SEED in found and found[SEED].get(form, (0, 0.0))[0] > most
    ]
    print("\n".join(too_large), end="")
    return bool(too_large)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or [*lessons.load(), *PROGRAMS]))
