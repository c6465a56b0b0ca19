"""The result of a program over two elements of its leaves: the program up to its first backward
call, run again (`rerun.py`) at each point of a grid."""

import math
from time import thread_time

from viz_app.engine.program import execute
from viz_app.engine.program.rerun import Rerun, UnableError
from viz_app.engine.wire import Survey
from viz_app.measured import SIDES

SHARE = 0.5
"""Share of the child's processor time for one grid: the rest is for finding the leaves."""

Heights = tuple[float, ...]


def survey(asked: Survey) -> Heights:
    """Run and measure: rows of `asked.y` from low to high, empty if it can't be measured.

    Raises VizError for a text that does not parse.
    """
    run = execute.Execution(asked.source, asked.limits, None, None, {}, None, asked.files)
    try:
        return run.again(lambda rerun: _heights(rerun, asked))
    except UnableError:
        return ()


def _heights(rerun: Rerun, asked: Survey) -> Heights:
    rerun.scout()
    axes = asked.x, asked.y
    if not all(_there(rerun, axis.leaf, axis.element) for axis in axes):
        return ()
    seconds = SHARE * asked.limits.cpu_seconds
    began = thread_time()
    rerun.at(wide=rerun.wide)
    cost = thread_time() - began
    side = next((many for many in SIDES if many * many * cost <= seconds), 0)

    def at(row: int, column: int) -> float:
        moves = [
            (
                axis.leaf,
                axis.element,
                axis.low
                + (axis.high - axis.low) * k / (side - 1)
                - rerun.leaves[axis.leaf].data[axis.element],
            )
            for axis, k in zip(axes, (column, row), strict=True)
        ]
        try:
            return rerun.at(*moves, wide=rerun.wide)
        except UnableError:
            return math.nan  # there is no value there

    return tuple(at(row, column) for row in range(side) for column in range(side))


def _there(rerun: Rerun, leaf: int, element: int) -> bool:
    return 0 <= leaf < len(rerun.leaves) and 0 <= element < len(rerun.leaves[leaf].data)
