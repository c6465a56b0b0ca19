"""Scene -> the question a learner gets before a backward step is shown, and how answers go wrong.

A step that sends a gradient asks for that gradient, an accumulation for the content of `.grad`
afterwards. For a tensor with more than `MOST` elements the question is about one, the largest, as
it shows the most.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Final

from viz_app.browser import Question, Said, Slip
from viz_app.model import Array, Change, Frame, Message, Vertex, Word
from viz_app.picture.words import notation
from viz_app.picture.words.formula import spoken
from viz_app.picture.words.notation import Reading

MOST: Final = 6
"""Maximum number of elements that one question asks for."""
NAMED: Final = 3
"""Maximum number of leaves that the question at the opening names."""
DIGITS: Final = 6
"""Significant digits sent to the browser: more than anyone types."""

Numbers = tuple[float, ...]


def opening(reading: Reading) -> Message | None:
    """The question at the opening, after the first forward pass: which way its leaves must go.

    None where the first backward pass does not begin at one finite real number, or its leaves are
    too many to name.
    """
    trace = reading.trace
    first = min(trace.passes, key=lambda each: each.number, default=None)
    if first is None or len(first.roots) != 1:
        return None
    node, output = first.roots[0]
    value = next(iter(reading.nodes[node].values[output : output + 1]), None)
    if value is None or len(value.data) != 1 or isinstance(value.data[0], tuple):
        return None
    reached = [
        step.node for _, step in reading.ran(first.number) if step.grad_fn == "AccumulateGrad"
    ]
    if not math.isfinite(value.data[0]) or not 0 < len(reached) <= NAMED or node in reached:
        return None
    params: dict[str, Word | Message | tuple[Word | Message, ...]] = {
        "root": Word(reading.label(node, output), "name"),
        "value": Word(spoken(value), "value"),
        "leaves": tuple(Word(reading.label(leaf), "name") for leaf in sorted(reached)),
    }
    one = all(math.prod(_shape(reading, leaf)) == 1 for leaf in reached)
    return Message("caption.ask_number" if one else "caption.ask", params)


def _shape(reading: Reading, node: int) -> tuple[int, ...]:
    return next((value.shape for value in reading.nodes[node].values if value), ())


def question(
    frame: Frame, cards: Mapping[tuple[int, int], Vertex], reading: Reading
) -> Question | None:
    """The question at a frame; None where nothing arrives that is on the screen and finite.

    `slips` are the answers whose mistake is known, the likeliest first.
    """
    found = _asked(frame, cards)
    if found is None:
        return None
    change, array = found
    numbers = _numbers(array)
    if numbers is None or not all(math.isfinite(number) for number in numbers):
        return None
    place = max(range(len(numbers)), key=lambda at: abs(numbers[at])) if len(numbers) > MOST else 0
    pick = slice(place, place + 1) if len(numbers) > MOST else slice(None)
    slips = tuple(
        Slip(key, tuple(_short(number) for number in wrong[pick]))
        for key, wrong in _slips(frame, change, numbers, reading)
        if len(wrong) == len(numbers) and not _same(wrong[pick], numbers[pick])
    )
    node = reading.nodes[frame.nodes[-1]]
    return Question(
        vertex=cards[change.node, change.output].index,
        kind="grad" if frame.phase == "accumulate" else "send",
        node=Said(node.grad_fn or "AccumulateGrad", plain=reading.spelled(node)),
        name=reading.label(change.node, change.output),
        place=_place(place, array.shape) if len(numbers) > MOST else "",
        there=", ".join(_there(frame, change, place, reading)) if len(numbers) > MOST else "",
        received=_received(frame, reading),
        numbers=tuple(_short(number) for number in numbers[pick]),
        slips=slips,
    )


def _asked(frame: Frame, cards: Mapping[tuple[int, int], Vertex]) -> tuple[Change, Array] | None:
    """The change that the question is about, and the gradient it brings."""
    changes = [each for each in frame.changes if (each.node, each.output) in cards]
    if frame.phase == "accumulate":
        return next(((each, each.total) for each in changes if each.total is not None), None)
    if frame.phase not in ("backward", "sum") or len(frame.nodes) != 1:
        return None
    own = frame.nodes[0]
    sends = [
        (each, last)
        for each in changes
        if each.node != own and len(each.terms) == each.arrived > 0
        for last in each.terms[-1:]
        if last is not None
    ]
    upstream = _upstream(frame)
    # A step that only passes its gradient on is asked about something less obvious, if there is
    # any.
    plain = [found for found in sends if upstream is None or found[1].data != upstream.data]
    return next(iter(plain or sends), None)


def _upstream(frame: Frame) -> Array | None:
    """The gradient that the step received: the total of its own card."""
    return next((each.total for each in frame.changes if each.node == frame.nodes[0]), None)


def _received(frame: Frame, reading: Reading) -> str:
    """The gradient that arrived at the step's operation: the first of a pass is in no card yet."""
    if frame.step is None or frame.phase == "accumulate":
        return ""
    arrived = [each for each in reading.trace.steps[frame.step].upstream if each is not None]
    return spoken(arrived[0]) if len(arrived) == 1 else ""


def _there(frame: Frame, change: Change, place: int, reading: Reading) -> Iterator[str]:
    """The numbers at one place of the tensors of the answer's shape: of the operands and of the
    gradient that arrived, or of the terms of a sum."""

    def told(label: str, array: Array | None) -> Iterator[str]:
        numbers = _numbers(array)
        if array is not None and numbers is not None and array.shape == shape:
            yield f"{notation.element(label, place, shape)} = {notation.number(numbers[place])}"

    shape = _shape(reading, change.node)
    name = reading.label(change.node, change.output)
    if frame.phase == "accumulate":
        if change.before is not None:
            yield from told(f"{name}.grad", change.before)
        for term in change.terms:
            yield from told(f"∇ {name}", term)
        return
    own = frame.nodes[0]
    yield from told(f"∇ {reading.label(own)}", _upstream(frame))
    for edge in {(it.source, it.output): it for it in reading.into[own]}.values():
        values = reading.nodes[edge.source].values
        yield from told(
            reading.label(edge.source, edge.output),
            values[edge.output] if edge.output < len(values) else None,
        )


def _slips(
    frame: Frame, change: Change, numbers: Numbers, reading: Reading
) -> Iterator[tuple[str, Numbers]]:
    if frame.phase == "accumulate":
        terms = [_numbers(term) for term in change.terms]
        known = [term for term in terms if term is not None]
        before = _numbers(change.before)
        if before is not None:
            yield "old", before
            if len(known) == change.arrived and all(len(term) == len(before) for term in known):
                yield "before", tuple(map(sum, zip(*known, strict=True)))
        for term in known:
            yield "path", term
    else:
        upstream = _numbers(_upstream(frame))
        if upstream is not None and len(upstream) == len(numbers):
            yield "upstream", upstream
            if all(upstream):
                # Multiplied by what arrived, this is right, whatever the operation.
                yield "local", tuple(n / u for n, u in zip(numbers, upstream, strict=True))
        known = [term for term in map(_numbers, change.terms) if term is not None]
        if len(known) > 1 and all(len(term) == len(numbers) for term in known):
            yield "sum", tuple(map(sum, zip(*known, strict=True)))
    yield "sign", tuple(-number for number in numbers)


def _numbers(array: Array | None) -> Numbers | None:
    """All numbers of a real array that was kept whole, else None."""
    if array is None or not array.data or len(array.data) != math.prod(array.shape):
        return None
    real = [float(number) for number in array.data if isinstance(number, (int, float))]
    return tuple(real) if len(real) == len(array.data) else None


def _same(one: Numbers, other: Numbers) -> bool:
    pairs = zip(one, other, strict=True)
    return all(math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) for a, b in pairs)


def _short(number: float) -> float:
    return float(f"{number:.{DIGITS}g}")


def _place(at: int, shape: tuple[int, ...]) -> str:
    """The index of element `at` (row-major, from 0) in a program's notation."""
    found: list[int] = []
    for size in reversed(shape):
        at, rest = divmod(at, size)
        found.insert(0, rest)
    return f"[{', '.join(map(str, found))}]"
