"""The numbers in a sentence of a lesson against those of a run.

A lesson's words are written for its own program; a learner changes the program. A sentence whose
numbers do not all occur in the run is not shown as a statement about it.
"""

import re
from collections.abc import Iterator

from viz_app.model import Array, Trace

_NUMERAL = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")
_NAMED = re.compile(r"[A-Za-z_]\w*(?:\[\d+\])+|\d*[A-Za-z_]\w*|\d+분의 \d+")
"""Digits that are no numbers of a run: in a name, an index, or a fraction written in words."""


def numerals(sentence: str) -> list[str]:
    """The numbers written in a sentence."""
    return _NUMERAL.findall(_NAMED.sub(" ", sentence).replace("\u2212", "-"))


def holds(sentence: str, trace: Trace) -> bool:
    """True if each number in a sentence is one of the run's, rounded as it is written."""
    written = numerals(sentence)
    if not written:
        return True
    numbers = _numbers(trace)
    return all(_occurs(numeral, numbers) for numeral in written)


def _occurs(numeral: str, numbers: frozenset[float]) -> bool:
    decimals = len(numeral.partition(".")[2])
    near = 0.5000001 * 10**-decimals if decimals else 1e-6
    return any(abs(number - float(numeral)) <= near for number in numbers)


def _numbers(trace: Trace) -> frozenset[float]:
    """All numbers of a run: values, gradients, and those written in its program."""
    found = {
        float(number)
        for array in _arrays(trace)
        for number in array.data
        if not isinstance(number, tuple)
    }
    return frozenset(found | {float(each) for each in re.findall(r"\d+\.?\d*", trace.source)})


def _arrays(trace: Trace) -> Iterator[Array]:
    several = (
        array
        for arrays in (
            *(node.values for node in trace.nodes),
            *(node.grads for node in trace.nodes),
            *(step.upstream for step in trace.steps),
            (send.grad for step in trace.steps for send in step.sends),
            (step.accumulated for step in trace.steps),
            (variable.value for variable in trace.variables),
            (variable.grad for variable in trace.variables),
        )
        for array in arrays
    )
    yield from (array for array in several if array is not None)
