"""The result of a program over two elements of its leaves: the program up to its first backward
call, then its forward part again (`replay.py`), at each point of a grid."""

import math
import warnings
from collections.abc import Callable
from time import thread_time

import torch

from viz_app.engine import program
from viz_app.engine.wire import Survey
from viz_app.measured import SIDES

SECONDS = 2.0
"""Of computing for one grid: a visitor waits for it."""

Heights = tuple[float, ...]


def survey(asked: Survey, deliver: Callable[[Heights], None] | None = None) -> Heights:
    """Run and measure: rows of `asked.y` from low to high, nothing if there is no way.

    `deliver` gets them at once; in a child it does not return, so that no `except:` of the program
    swallows its end. Raises VizError for a text that does not parse.
    """
    found: list[Heights] = []

    def measure(_: object) -> None:
        found.append(_heights(run, asked))
        if deliver is not None:
            deliver(found[0])

    run = program.Run(asked.source, asked.limits, measure, None, {})
    run.listening.replay.frozen = lambda: program.stop(program.STOPPED)
    run.trace()
    return found[0] if found else ()


def _heights(run: program.Run, asked: Survey) -> Heights:
    replay = run.listening.replay
    leaves = replay.measurable()
    sides = []
    for axis in (asked.x, asked.y):
        if not 0 <= axis.leaf < len(leaves):
            return ()
        key = leaves[axis.leaf][1]
        leaf = replay.given[key][1]
        if not leaf.is_floating_point() or not 0 <= axis.element < leaf.numel():
            return ()
        sides.append((key, axis, float(leaf.reshape(-1)[axis.element])))
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        began = thread_time()
        try:
            if not replay.repeats(replay.value()):
                return ()
        except (RuntimeError, ValueError, TypeError, IndexError, KeyError, NotImplementedError):
            return ()  # a call that can't be made a second time
        cost = thread_time() - began
        side = next((many for many in SIDES if many * many * cost <= SECONDS), 0)

        def at(row: int, column: int) -> float:
            moved = [
                (key, axis.element, axis.low + (axis.high - axis.low) * k / (side - 1) - here)
                for (key, axis, here), k in zip(sides, (column, row), strict=True)
            ]
            try:
                return replay.value(*moved)
            except (RuntimeError, ValueError, TypeError, IndexError):
                return math.nan  # there is no value there

        return tuple(at(row, column) for row in range(side) for column in range(side))
