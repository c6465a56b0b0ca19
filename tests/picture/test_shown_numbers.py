"""Every number shown for the example programs is the trace's, in sentences and formulas.

A number is looked up among all that autograd gave: values, gradients, Jacobians, and the slope that
it applied at a step, which is what left divided by what arrived. In addition only the numbers of
the text itself are allowed (its literals, its lines), sizes and counts, and the numbers of formulas
that the run has proven.
"""

import bisect
import functools
import html
import math
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from tests import traces
from viz_app import transcript
from viz_app.errors import VizError
from viz_app.knowledge import text
from viz_app.model import Array, Frame, Message, Trace, Word
from viz_app.paths import PROJECT
from viz_app.picture import scene
from viz_app.picture.explain import panel
from viz_app.picture.story import descent, story
from viz_app.picture.words.notation import Reading

EXAMPLES = {path.stem: path for path in (PROJECT / "tests" / "programs").glob("*.py")}
CLOSE = 6e-4
"""Four digits are shown, and a row's formula is evaluated in float64."""
OPTIMISERS = ("caption.momentum", "caption.adam")
"""Steps with means that only the optimiser has; `test_descent.py` compares them with it."""
SMALL = 120
"""Nodes up to which an example's panel of explanations is read, too: each needs a layout."""

ODD = ("nan", "inf", "-inf")
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.]*\()")
POWER = re.compile(r" \\cdot 10\^\{(-?\d+)\}")


@functools.cache
def trace_of(name: str) -> Trace | None:
    try:
        return traces.run(EXAMPLES[name].read_text("utf-8"))
    except VizError:
        return None  # a text that does not parse has no numbers


def proven(reading: Reading) -> Iterator[float]:
    """The numbers in formulas, evaluated and compared with the run's (`picture/words/proof.py`)."""
    proofs = reading.proofs
    for node in reading.trace.nodes:
        found = [proofs.equation(node), proofs.call(node), proofs.named(node)]
        found += [one for _, one in proofs.together(node)]
        for slot in range(len(node.inputs)):
            derivative = proofs.derivative(node, slot)
            found.append(derivative.written if derivative is not None else None)
            if derivative is not None and derivative.value is not None:
                for x in derivative.value.data:
                    yield from x if isinstance(x, tuple) else (float(x),)
        for one in found:
            if one is not None:
                yield from map(float, re.findall(r"\d+(?:\.\d+)?(?:e-?\d+)?", one.plain))
                yield from map(float, re.findall(r"\d+(?:\.\d+)?", one.latex))


class Known:
    """The numbers of one trace."""

    def __init__(self, reading: Reading) -> None:
        trace = reading.trace
        found: list[float] = []
        counts = {0, 1, 2, *range(1, trace.source.count("\n") + 2)}
        for array in arrays(trace):
            sizes = array.shape
            counts.update(sizes, (math.prod(sizes), len(sizes)))
            for x in array.data:
                found += x if isinstance(x, tuple) else (float(x),)
            found += [x for x in (array.minimum, array.maximum, array.norm) if x is not None]
        found += slopes(trace)
        literals = [float(x) for x in re.findall(r"(?:\d+\.?\d*|\.\d+)(?:e-?\d+)?", trace.source)]
        literals += proven(reading)
        literals.append(descent.RATE)
        literals += [x - 1 for x in literals]  # the exponent of a power's derivative
        sums = {len(trace.steps), *(len(step.sends) for step in trace.steps)}
        uses = Counter(edge.source for edge in trace.edges)
        sums.update(range(max(uses.values(), default=0) + 1))
        ratios = {a // b for a in counts for b in counts if b and a % b == 0}
        self.sorted = sorted(x for x in (*found, *literals, *counts, *sums, *ratios) if x == x)

    def has(self, written: str) -> bool:
        x = float(written)
        for wanted in (x, -x):  # a minus sign may be set apart
            gap = CLOSE * abs(wanted) + 1e-12
            at = bisect.bisect_left(self.sorted, wanted - gap)
            if at < len(self.sorted) and self.sorted[at] <= wanted + gap:
                return True
        return False

    def strangers(self, told: str) -> list[str]:
        return [number for number in NUMBER.findall(told) if not self.has(number)]


def arrays(trace: Trace) -> Iterator[Array]:
    """Everything with numbers in it."""
    held = [
        array
        for node in trace.nodes
        for array in (*node.values, *node.grads, *node.jacobians, *(one for _, one in node.saved))
    ]
    for write in trace.writes:
        held += [*write.before, *write.after]
    for step in trace.steps:
        held += [*step.upstream, step.before, step.accumulated, *(one.grad for one in step.sends)]
    yield from (array for array in held if array is not None)


def slopes(trace: Trace) -> Iterator[float]:
    """The factor of each step of the engine, where it works element by element."""
    for step in trace.steps:
        for array in step.upstream[:1]:
            for sent in (one.grad for one in step.sends):
                if array is None or sent is None or array.shape != sent.shape:
                    continue
                for above, below in zip(sent.data, array.data, strict=True):
                    if not isinstance(above, tuple) and not isinstance(below, tuple) and below:
                        yield float(above) / float(below)


def words(message: Message, hidden: str) -> Iterator[Word]:
    """The numbers and names inside a sentence, without the parameter `hidden`."""
    for key, value in message.params.items():
        if key == hidden:
            continue
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, Message):
                yield from words(one, hidden)
            else:
                yield one


def sentence(frame: Frame, trace: Trace) -> str:
    """The numbers of a sentence without its names: `∂obj/∂(b*2) = [1, 2]` names a result on its
    left.

    Autograd gives nothing for the slope at an element where nothing arrived: it is left out.
    """
    step = trace.steps[frame.step] if frame.step is not None else None
    arrived = step.upstream if step is not None else ()
    idle = any(array is not None and not all(array.data) for array in arrived)
    told = [
        word.text for word in words(frame.message, "local" if idle else "") if word.tone != "name"
    ]
    return " ".join(re.sub(r"∂[^=]*=", "=", one) for one in told)


def formula(latex: str) -> str:
    """The numbers of a formula without its names, `1.2 · 10^{-5}` as one number."""
    bare = re.sub(r"\\text\{(?:[^{}\\]|\\.)*\}", "", latex)
    return POWER.sub(r"e\1", bare)


def plain(mathml: str) -> str:
    """The numbers of a formula as sent to the browser."""
    bare = html.unescape(re.sub(r"<[^>]*>", " ", mathml))
    return re.sub(
        r"([\d.]+)\s+·\s+10\s+(−?)\s*(\d+)",
        lambda e: f"{e[1]}e{'-' if e[2] else ''}{e[3]}",
        bare,
    )


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_every_number_shown_is_in_the_trace(name: str) -> None:
    trace = trace_of(name)
    if trace is None:
        return
    shown = scene.build(trace) if len(trace.nodes) <= SMALL else None
    reading = shown.reading if shown else Reading(trace)  # what it has proven is kept
    known = Known(reading)
    for frame in story.frames(reading):
        assert not known.strangers(sentence(frame, trace)), sentence(frame, trace)
        if frame.message.key in OPTIMISERS:
            continue
        for piece in frame.formula:
            assert not known.strangers(formula(piece.latex)), piece.latex
    if shown is None:
        return
    explained = panel.explain(shown, text.load("en"))
    for rule in explained["rules"]:
        if rule["badge"]["state"] != "alone":  # else its total is a product of ours
            for term in (*rule["terms"], {"text": rule["total"]}):
                assert not known.strangers(term["text"])
        for path in rule["paths"]:
            for factor in path["factors"]:
                assert not known.strangers(plain(factor["number"])), factor["number"]
    for step in explained["steps"]:
        grids = [step["arrived"]]
        for operand in step["operands"]:
            grids += [operand["matrix"], *filter(None, [operand["sent"]])]
        for grid in grids:
            assert not [
                x
                for x in (cell["text"] for cell in grid["cells"])
                if x not in ODD and not known.has(x)
            ]


def test_invented_number_is_detected() -> None:
    known = Known(Reading(traces.run(traces.SEED.replace("[2., 3.]", "[2.5, 3.25]"))))
    seed = traces.run(traces.SEED)
    told = [sentence(frame, seed) for frame in story.frames(Reading(seed))]
    assert any(known.strangers(one) for one in told)
    formulas = [piece.latex for frame in story.frames(Reading(seed)) for piece in frame.formula]
    assert any(known.strangers(formula(one)) for one in formulas)


def test_most_sentences_have_numbers() -> None:
    """The test above needs enough sentences to mean something."""
    seed = traces.run(traces.SEED)
    assert all(NUMBER.findall(sentence(frame, seed)) for frame in story.frames(Reading(seed)))


def test_cat_of_an_empty_tensor_of_one_dimension_has_a_story() -> None:
    """PyTorch's cat ignores a tensor of shape (0,), whatever the dimension."""
    trace = traces.run(
        "a = torch.empty(0, requires_grad=True)\nb = torch.ones(2, 3, requires_grad=True)\n"
        "c = torch.cat([a, b], 1)\nc.sum().backward()\n"
    )
    document = transcript.document(trace, text.load("en"), "en")
    equations = [one["equation"]["plain"] for one in document["steps"] if one.get("equation")]
    assert equations == ["cat(a, b, dim=1)", "sum(c)"]
