"""Every claim of a story is so: programs, samples of PyTorch's own table, and random keywords.

Formulas are read back from their plain text by a reader of our own (`reader.py`), sentences by
their words (`claims.py`). What it can't read is counted and named, never taken as true. A part of
the programs and samples is judged in each run of the tests; `make truth` (TRUTH=all) judges all.
"""

import math
import os
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator

import pytest
import torch

from tests import corpus, traces
from tests.truth import claims, samples
from tests.truth.claims import Claim
from viz_app import transcript
from viz_app.knowledge import ops, text
from viz_app.model import Trace
from viz_app.paths import PROJECT
from viz_app.picture.words.notation import Reading

WHOLE = os.environ.get("TRUTH") == "all"
EACH = 1 if WHOLE else 20
"""One in this many programs and operations is judged."""
MOST = None if WHOLE else 2
"""Samples of an operation in each dtype."""
PROGRAMS = sorted(
    path
    for path in (PROJECT / "tests/programs").glob("*.py")
    if corpus.parses(path) and path.stat().st_size < 4_000
)[::EACH]
LANGUAGES = {name: text.load(name) for name in ("en", "ko")}


ROWED = {row.grad_fn for row in ops.ROWS}
CALLED = {row.name for row in ops.CALLS}


def has_row(step: transcript.JSON, trace: Trace) -> bool:
    """True if a table has a row for a step's operation, and its result and gradients have
    elements: of tensors without any there is nothing to prove."""
    ran = [] if step["step"] is None else [trace.steps[step["step"]]]
    arrays = [one for step in ran for one in (*step.upstream, *(send.grad for send in step.sends))]
    nodes = [trace.nodes[one] for one in claims.nodes_of(step, trace)]
    named = any(
        (node.op or "").strip("_") in CALLED or {node.grad_fn, ops.base(node.grad_fn)} & ROWED
        for node in nodes
    )
    arrays += [array for node in nodes for array in node.values]
    return named and all(0 not in array.shape for array in arrays if array)


class Tally:
    """The claims judged so far."""

    def __init__(self) -> None:
        self.verdicts: Counter[str] = Counter()
        self.unread: Counter[str] = Counter()
        self.steps = self.proven = 0
        self.whole = self.proven_whole = 0
        """The same, counting only steps all of whose tensors were kept whole."""
        self.rowed = self.proven_rowed = 0
        """The same, counting only operations that have a row and whose result has elements."""
        self.runs = self.proven_runs = 0
        """Runs with such steps, and those in which all of them are proven."""

    def take(self, document: transcript.JSON, found: list[Claim], trace: Trace) -> None:
        self.verdicts.update(f"{one.verdict} {one.kind}" for one in found)
        self.unread.update(one.about for one in found if one.verdict == "unread")
        self.verdicts["disproved row, not shown"] += len(document["proofs"]["disproved"])
        self.steps += document["proofs"]["steps"]
        self.proven += document["proofs"]["proven"]
        kept = [one for one in document["steps"] if "proven" in one and claims.whole(one, trace)]
        self.whole += len(kept)
        self.proven_whole += sum(one["proven"] for one in kept)
        rowed = [one["proven"] for one in kept if has_row(one, trace)]
        self.rowed += len(rowed)
        self.proven_rowed += sum(rowed)
        self.runs += bool(rowed)
        self.proven_runs += bool(rowed) and all(rowed)

    def report(self, what: str) -> None:
        share = self.proven / max(1, self.steps)
        print(f"\n{what}: {self.proven} of {self.steps} steps proven ({share:.1%})")
        kept = self.proven_whole / max(1, self.whole)
        print(f"  {self.proven_whole} of {self.whole} whose tensors are kept whole ({kept:.1%})")
        share = self.proven_rowed / max(1, self.rowed)
        print(f"  {self.proven_rowed} of {self.rowed} of operations with a row ({share:.1%})")
        share = self.proven_runs / max(1, self.runs)
        print(f"  in {self.proven_runs} of {self.runs} runs all of these ({share:.1%})")
        for verdict, count in sorted(self.verdicts.items()):
            print(f"  {count:6} {verdict}")
        for about, count in self.unread.most_common(20):
            print(f"  {count:6} not read: {about}")


def judged(trace: Trace, tally: Tally, languages: tuple[str, ...] = ("en", "ko")) -> list[Claim]:
    """The claims of a story that are false, in these languages."""
    false = []
    for language in languages:
        document = transcript.document(trace, LANGUAGES[language], language)
        found = list(claims.claims(document, trace))
        if language == languages[0]:
            tally.take(document, found, trace)
        false += [one for one in found if one.verdict == "false"]
    return false


def test_stories_of_programs_contain_nothing_false() -> None:
    tally = Tally()
    false = {}
    for path in PROGRAMS:
        if found := judged(corpus.traced(path), tally):
            false[path.name] = found
    tally.report("programs")
    assert not false
    assert not WHOLE or tally.proven_whole >= 0.95 * tally.whole  # a part is too few to judge


def test_no_result_has_the_name_of_what_it_was_made_from() -> None:
    for path in PROGRAMS:
        trace = corpus.traced(path)
        reading = Reading(trace)
        for edge in trace.edges:
            made = trace.nodes[edge.target]
            if made.kind in ("op", "hidden"):
                names = {reading.label(made.id, output) for output in range(max(1, made.outputs))}
                assert reading.label(edge.source, edge.output) not in names, path.name


@pytest.mark.filterwarnings("ignore")
def test_operands_with_different_numbers_have_different_names() -> None:
    alike = []
    for path in PROGRAMS:
        reading = Reading(corpus.traced(path))
        for node in reading.trace.nodes:
            sources = {(edge.source, edge.output) for edge in reading.into[node.id]}
            numbers = defaultdict(set)
            for source, output in sources:
                if reading.nodes[source].kind == "constant":
                    continue  # often `tensor`: formulas call them by their arguments
                values = reading.nodes[source].values
                array = values[output] if output < len(values) else None
                # An expression means the same numbers wherever they were computed.
                if array is not None and re.fullmatch(r"\w+", reading.label(source, output)):
                    numbers[reading.label(source, output)].add(repr(array.data))
            alike += [(path.name, node.id, name) for name, of in numbers.items() if len(of) > 1]
    assert not alike


def test_stories_of_pytorchs_operation_samples_contain_nothing_false() -> None:
    tally = Tally()
    false = {}
    for op in samples.OPERATIONS[::EACH]:
        for dtype in samples.DTYPES:
            for sample in samples.runs(op, dtype, MOST):
                if found := judged(sample.trace, tally, ("en",)):
                    false[sample.name] = found
    tally.report("samples")
    assert not false
    assert not WHOLE or tally.proven_rowed >= 0.9 * tally.rowed


def drawn(generator: random.Random) -> Iterator[str]:
    """Calls with random keywords, on leaves `x`, `y` of shape (2, 3) and a constant `t`."""
    pick = generator.choice

    def number() -> float:
        return round(generator.uniform(0.2, 2.5), 2)

    def reduction() -> str:
        return pick(("mean", "sum", "none"))

    yield f"torch.add(x, y, alpha={number()})"
    yield f"torch.sub(x, y, alpha={number()})"
    yield f"torch.rsub(x, y, alpha={number()})"
    yield f"torch.addmm(x, x, y.T @ y, beta={number()}, alpha={number()})"
    yield f"torch.addcmul(x, x, y, value={number()})"
    yield f"torch.div(x, y, rounding_mode={pick(('floor', 'trunc', None))!r})"
    yield f"x.var(dim={pick((0, 1))}, correction={pick((0, 1))})"
    yield f"x.std(correction={pick((0, 1, 2))}) * y.sum()"
    yield f"torch.linalg.vector_norm(x, ord={pick((1, 2, 3, 1.5))}, dim={pick((0, 1, None))})"
    yield f"F.mse_loss(x, y, reduction={reduction()!r})"
    yield f"F.l1_loss(x, t, reduction={reduction()!r})"
    yield f"F.huber_loss(x, y, reduction={reduction()!r}, delta={number()})"
    yield f"F.smooth_l1_loss(x, y, reduction={reduction()!r}, beta={number()})"
    yield (
        f"F.binary_cross_entropy_with_logits(x, t, reduction={reduction()!r}, "
        f"pos_weight=torch.tensor([{number()}, {number()}, {number()}]))"
    )
    yield (
        f"F.cross_entropy(x, torch.tensor([2, 0]), reduction={reduction()!r}, "
        f"label_smoothing={pick((0.0, 0.1))})"
    )
    yield f"F.leaky_relu(x, {number()})"
    yield f"F.elu(x, alpha={number()}) + F.celu(y, alpha={number()})"
    yield f"F.softplus(x, beta={number()})"
    yield f"F.hardtanh(x, -{number()}, {number()})"
    yield f"F.gelu(x, approximate={pick(('none', 'tanh'))!r})"
    yield f"F.normalize(x, p={pick((1, 2, 3))}, dim={pick((0, 1))})"
    yield f"F.layer_norm(x, (3,), eps={number()})"
    yield f"torch.softmax(x, dim={pick((0, 1))}) * y"
    yield f"x.sum(dim={pick((0, 1))}, keepdim={pick((True, False))}) * y.mean()"
    yield "x[[0, 0, 1]] + y[[1, 1, 1]]"
    yield "torch.maximum(x, t) + torch.minimum(y, t)"
    yield f"torch.lerp(x, y, {number()})"
    yield f"x.clamp({-number()}, {number()})"
    yield f"F.conv1d(x.unsqueeze(0), y.unsqueeze(0), padding={pick((0, 1))}, stride=1)"


def program(call: str, generator: random.Random, dtype: str) -> str:
    """A program around a call; its backward starts from numbers that all differ."""

    def numbers() -> list[list[float]]:
        return [[round(generator.uniform(-2, 2), 2) for _ in range(3)] for _ in range(2)]

    return (
        "import torch.nn.functional as F\n"
        f"torch.set_default_dtype(torch.{dtype})\n"
        f"x = torch.tensor({numbers()}, requires_grad=True)\n"
        f"y = torch.tensor({numbers()}, requires_grad=True)\n"
        "t = torch.tensor([[0., 1., 1.], [1., 0., 0.]])\n"
        f"r = {call}\n"
        "r.backward(torch.linspace(0.5, 1.5, r.numel()).reshape(r.shape))\n"
    )


@pytest.mark.parametrize("seed", range(20 if WHOLE else 1))
def test_stories_with_random_keywords_contain_nothing_false(seed: int) -> None:
    generator = random.Random(seed)
    tally = Tally()
    false = {}
    for call in drawn(generator):
        dtype = generator.choice(("float32", "float64"))
        trace = traces.run(program(call, generator, dtype))
        assert trace.error is None, call
        if found := judged(trace, tally):
            false[call] = found
    tally.report("random keywords")
    assert not false


def test_reader_distinguishes_a_true_formula_from_a_false_one() -> None:
    trace = traces.run(
        "x = torch.tensor([1., 2., 4.], requires_grad=True)\nt = torch.tensor([0., 1., 0.])\n"
        "torch.nn.functional.mse_loss(x, t, reduction='sum').backward()\n"
    )
    document = transcript.document(trace, LANGUAGES["en"], "en")
    backward = next(one for one in document["steps"] if one.get("derivatives"))
    derivative = backward["derivatives"][0]
    assert not [one for one in claims.claims(document, trace) if one.verdict == "false"]
    for wrong in ("2(t − x)", "2(x − t)/3", "x − t", "2(x + t)", "sgn(x − t)"):
        derivative["plain"] = wrong
        found = list(claims.claims(document, trace))
        assert [one for one in found if one.verdict == "false" and one.kind == "derivative"], wrong
    backward["caption"] = backward["caption"].replace("multiplies", "passes unchanged, multiplies")
    assert any(one.verdict == "false" and one.kind == "sentence"
               for one in claims.claims(document, trace))  # fmt: skip


def test_dtypes_of_the_samples_run() -> None:
    assert {torch.float32, torch.float64, torch.complex128} == set(samples.DTYPES)


def test_the_reader_judges_a_call_by_its_own_name() -> None:
    trace = traces.run(
        "x = torch.tensor([1., 2., 4.], requires_grad=True)\ny = torch.trapezoid(x, dim=0)\n"
        "y.backward()\n"
    )
    document = transcript.document(trace, LANGUAGES["en"], "en")
    equation = next(one for one in document["steps"] if one.get("equation"))["equation"]
    assert equation["plain"] == "trapezoid(x, dim=0)"
    for plain, verdict in (
        ("trapezoid(x, dim=0)", "true"),
        ("trapezoid(x, dx=2, dim=0)", "false"),
        ("sum(x)", "false"),
        ("quadrature(x)", "unread"),
    ):
        equation["plain"] = plain
        found = [one.verdict for one in claims.claims(document, trace) if one.kind == "equation"]
        assert found == [verdict], plain


def test_the_reader_knows_the_shape_of_an_operand_that_python_never_saw() -> None:
    trace = traces.run(
        "x = torch.tensor([[[1., -7.], [2., 1.]], [[3., 2.], [9., 4.]]], requires_grad=True)\n"
        "torch.linalg.matrix_norm(x, 1).sum().backward()\n"
    )
    document = transcript.document(trace, LANGUAGES["en"], "en")
    values = [one for one in claims.claims(document, trace) if one.kind == "value"]
    assert [one.verdict for one in values if one.about.startswith("Amax")] == ["true"]
    assert not [one for one in values if one.verdict == "false"]


@pytest.mark.parametrize(
    ("arrived", "sent", "shared"),
    [
        ([1.0, 2.0], [0.5, 0.5, 1.0, 1.0], True),
        ([1.0, 2.0], [0.5, 0.5, 1.0, 0.7], False),
        ([0.5 + 0.8j, 1j], [0.25 + 0.4j, 0.5j], True),
        ([0.5 + 0.8j, 1j], [0.25 + 0.4j, 0.5], False),
        ([0.0, 0.0], [0.0, 1.0], False),
        ([math.nan, 2.0], [math.nan, 1.0], True),
    ],
)
def test_one_share_for_all_is_one_factor(
    arrived: list[complex], sent: list[complex], shared: bool
) -> None:
    assert claims.one_factor(torch.tensor(arrived), torch.tensor(sent)) is shared
