"""Validation of an answer as the record of a run. The child that sends it is not trusted.

Three passes, each linear in the bytes. `weight` reads the headers of a message before it is
decoded, so that a few bytes never become gigabytes of objects. msgspec checks types.
`disagreements` then compares every number that refers to something or counts something with what it
refers to or counts. A consistent lie can't be distinguished from the truth.
"""

import graphlib
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from viz_app.engine import wire
from viz_app.engine.host.source_text import NEWLINE
from viz_app.engine.weight import weight
from viz_app.errors import VizError, failure
from viz_app.knowledge import text
from viz_app.limits import EDITABLE, Limits
from viz_app.measured import SIDES, Check, Curve
from viz_app.model import Array, Edge, Failure, Node, Pass, Span, Step, Trace, Tried, Write

Widths = Sequence[int]
"""Number of characters of each line of the program's text."""

_decoder = msgspec.msgpack.Decoder(wire.Answer)


def _forged(why: object) -> VizError:
    return VizError(failure("forged", type=str(why)))


def answer(body: bytes | bytearray, limits: Limits) -> wire.Answer:
    """Decode a message. VizError "forged" for one that is too heavy or of other types."""
    if weight(body, limits, limits.result_memory) > limits.result_memory:
        raise _forged("weight")
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as problem:
        raise _forged("types") from problem


def _said(body: bytes | bytearray, source: str, limits: Limits) -> wire.Answer:
    """The answer, if it is not a failure. VizError for a failure, once it is validated."""
    reply = answer(body, limits)
    if reply.failure is not None:
        _demand(_failure(reply.failure, _widths(source)))
        raise VizError(reply.failure)
    return reply


def _demand(found: Iterator[str]) -> None:
    """Raise VizError "forged" with the first disagreement, if there is one."""
    first = next(found, None)
    if first is not None:
        raise _forged(first)


def trace(body: bytes | bytearray, source: str, limits: Limits) -> Trace:
    """The trace of a program in a child's answer. VizError for its failure, or "forged"."""
    found = _said(body, source, limits).trace
    if found is None or found.source != source:
        raise _forged("source")
    _demand(disagreements(found, limits))
    return found


def tried(body: bytes | bytearray, texts: Sequence[str], limits: Limits) -> tuple[Tried, ...]:
    """The result of each text in a child's answer; it may have reached the first ones only."""
    found = _said(body, "", limits).tried
    if len(found) > len(texts):
        raise _forged("tried")
    for one, written in zip(found, texts, strict=False):
        if len(one.shapes) > MOST or not all(map(_sides, one.shapes)):
            raise _forged("shapes")
        _demand(_failure(one.error, _widths(written)))
    return found


def heights(body: bytes | bytearray, source: str, limits: Limits) -> tuple[float, ...]:
    """The result over two elements, in a child's answer."""
    found = _said(body, source, limits).heights
    if len(found) not in (0, *(side * side for side in SIDES)):
        raise _forged("heights")
    return found


# ---- shared checks ---------------------------------------------------------------------------

LARGEST: Final = 2**63
"""Limit for a tensor's dimensions and number of elements."""
MOST = 64
"""Maximum number of a tensor's dimensions, of a tried operation's results, of frames around a node,
and of the items of an argument or setting."""
ELEMENTS: Final = Limits().elements
"""Maximum number of elements of a tensor that is kept whole."""
LONGEST_NAME: Final = 2**17
"""Maximum number of characters of a name: one of the text has up to 100,000, and indices follow."""
LONGEST_MESSAGE: Final = 2**20
CODES: Final = frozenset(
    """
    exception syntax too_deep internal stopped
    limit_wall limit_cpu limit_nodes limit_passes limit_printed limit_result
    limit_result_curve
    """.split()
)
"""Failures that a child reports; all others are found by its supervisors."""
KNOWN_KINDS: Final = {"leaf", "parameter", "constant"}


def _widths(source: str) -> Widths:
    return [len(line) for line in NEWLINE.split(source)]


def _sides(shape: tuple[int, ...]) -> bool:
    if len(shape) > MOST or min(shape, default=0) < 0 or max(shape, default=0) >= LARGEST:
        return False
    return 0 in shape or math.prod(shape) < LARGEST


def _array(it: Array | None) -> bool:
    """True if a tensor's numbers match its shape and dtype, and its statistics are consistent."""
    if it is None:
        return True
    if not _sides(it.shape) or len(it.dtype) > 40:
        return False
    whole, kinds = math.prod(it.shape), set(map(type, it.data))
    if "complex" in it.dtype:
        known = kinds <= {tuple}
    elif "bool" in it.dtype:
        known = kinds <= {bool}
    else:
        known = kinds <= {int, float}
    facts = (it.minimum, it.maximum, it.mean, it.norm)
    if not it.truncated:
        if whole > ELEMENTS:
            return False
        return known and len(it.data) == whole and facts == (None,) * 4 and it.nan == it.inf == 0
    return (
        known
        and 0 < len(it.data) < whole
        and it.nan >= 0
        and it.inf >= 0
        and it.nan + it.inf <= whole
        and all(fact is None or math.isfinite(fact) for fact in facts)
        and (it.minimum is None) == (it.maximum is None)
        and (it.minimum is None or it.maximum is None or it.minimum <= it.maximum)
        and (it.norm is None or it.norm >= 0)
    )


def _arrays(them: Iterable[Array | None]) -> bool:
    return all(map(_array, them))


def _numel(it: Array | None) -> int | None:
    return None if it is None else math.prod(it.shape)


def _span(it: Span | None, widths: Widths) -> bool:
    """True if a span lies in the text."""
    if it is None:
        return True
    return (
        1 <= it.line <= it.end_line <= len(widths)
        and 1 <= it.column <= widths[it.line - 1] + 1
        and 1 <= it.end_column <= widths[it.end_line - 1] + 1
        and (it.line, it.column) <= (it.end_line, it.end_column)
    )


def _failure(it: Failure | None, widths: Widths) -> Iterator[str]:
    """Check that a failure has its sentences in the catalogue, and their parameters."""
    if it is None:
        return
    keys = [f"error.{it.code}", *([] if it.hint is None else [f"hint.{it.hint}"])]
    messages = text.load(text.DEFAULT).messages
    needed = [text.placeholders(messages.get(key, "")) for key in keys]
    if it.code not in CODES or not all(key in messages for key in keys):
        yield "failure.code"
    elif not frozenset().union(*needed) <= it.params.keys() or not _short(it.params):
        yield "failure.params"
    elif not _span(it.span, widths):
        yield "failure.span"
    elif it.forward_line is not None and not 1 <= it.forward_line <= len(widths):
        yield "failure.forward_line"
    elif len(it.type) > LONGEST_NAME or len(it.message) > LONGEST_MESSAGE:
        yield "failure.text"


def _short(params: Mapping[str, str | int | float]) -> bool:
    texts = (value for value in params.values() if isinstance(value, str))
    return len(params) <= 16 and all(len(value) <= 1_000 for value in texts)


def _points(them: Iterable[int], count: int) -> bool:
    return all(0 <= each < count for each in them)


def _output(place: tuple[int, int], nodes: Sequence[Node]) -> bool:
    node, output = place
    return 0 <= node < len(nodes) and 0 <= output < nodes[node].outputs


def _rising(them: Iterable[int] | Iterable[tuple[int, int]], *, strictly: bool = False) -> bool:
    pairs: Iterable[tuple[Any, Any]] = itertools.pairwise(them)
    return all(a < b or (a == b and not strictly) for a, b in pairs)


# ---- a trace ---------------------------------------------------------------------------------


def disagreements(trace: Trace, limits: Limits) -> Iterator[str]:
    """Name each place where a trace contradicts itself, or exceeds a limit."""
    widths = _widths(trace.source)
    if trace.version != 1:
        yield "version"
    yield from _failure(trace.error, widths)
    yield from _printed(trace, limits, len(widths))
    yield from _numbers_of_passes(trace)
    if not 0 <= trace.left_out < LARGEST:
        yield "left_out"
    yield from _marks(trace, len(widths))
    if len(trace.nodes) > limits.nodes + 1:
        yield "nodes"
    passes = trace.truncated.passes if trace.truncated else len(trace.passes)
    for place, node in enumerate(trace.nodes):
        yield from _node(node, place, trace.nodes, passes, widths)
    yield from _edges(trace.edges, trace.nodes)
    yield from _order(trace)
    for each in trace.passes:
        yield from _pass(each, trace.nodes, widths)
    yield from _steps(trace)
    for write in trace.writes:
        yield from _write(write, trace.nodes, passes, widths)
    yield from _measured(trace, limits, widths)
    yield from _text(trace, widths)


def _printed(trace: Trace, limits: Limits, lines: int) -> Iterator[str]:
    length, echoes = len(trace.stdout), len(trace.echo)
    texts = (sum(len(it.text) for it in trace.echo), sum(len(it.text) for it in trace.stderr))
    if max(length, *texts) > limits.printed_characters:
        yield "printed"
    if not all(1 <= it.line <= lines and 0 <= it.offset <= length for it in trace.echo):
        yield "echo"
    if not _rising(it.offset for it in trace.echo):
        yield "echo.order"
    if not all(0 <= it.offset <= length and 0 <= it.echoes <= echoes for it in trace.stderr):
        yield "stderr"
    if not _rising((it.offset, it.echoes) for it in trace.stderr):
        yield "stderr.order"


def _marks(trace: Trace, lines: int) -> Iterator[str]:
    marks, cut = trace.marks, trace.truncated
    columns = {len(column) for column in msgspec.structs.astuple(marks)}
    if len(columns) != 1 or max(columns) > (len(trace.passes) if cut is None else cut.passes):
        yield "marks"
    if not all(0 <= line <= lines for line in (*marks.lines, *marks.loops)):
        yield "marks.lines"


def _numbers_of_passes(trace: Trace) -> Iterator[str]:
    numbers = tuple(each.number for each in trace.passes)
    cut = trace.truncated
    if cut is None:
        if numbers != tuple(range(1, len(numbers) + 1)):
            yield "passes"
    elif (
        cut.reason != "passes"
        or cut.passes_kept != numbers
        or not _rising((0, *numbers, cut.passes + 1), strictly=True)
        or len(numbers) >= cut.passes
    ):
        yield "truncated"


def _node(
    it: Node, place: int, nodes: Sequence[Node], passes: int, widths: Widths
) -> Iterator[str]:
    if it.id != place:
        yield "node.id"
    if it.outputs < 1 or len(it.values) != it.outputs or len(it.grads) != it.outputs:
        yield "node.outputs"
        return
    unfollowed = it.kind in KNOWN_KINDS or (it.kind == "op" and not it.requires_grad)
    if (it.grad_fn is None) != unfollowed or (unfollowed and (it.inputs or it.outputs != 1)):
        yield "node.kind"
    if not all(0 <= name.output < it.outputs for name in it.names):
        yield "node.names"
    texts = (it.op, it.grad_fn, it.module, *(name.text for name in it.names),
             *(name for name, _ in it.saved), *(one.name for one in it.scope),
             *(name for name, _ in it.settings), *(one.name for one in it.arguments))  # fmt: skip
    if any(one is not None and len(one) > LONGEST_NAME for one in texts):
        yield "node.text"
    if len(it.scope) > MOST or not all(
        one.ordinal >= 0 and 0 <= one.line <= len(widths) for one in it.scope
    ):
        yield "node.scope"
    if it.call is not None and not 0 <= it.call < LARGEST:
        yield "node.call"
    if not all(at is None or (at[0] < place and _output(at, nodes)) for at in it.inputs):
        yield "node.inputs"
    if it.replaces is not None and not 0 <= it.replaces < place:
        yield "node.replaces"
    if it.pass_number is not None and not 1 <= it.pass_number <= passes:
        yield "node.pass"
    if not _span(it.span, widths):
        yield "node.span"
    if not _arrays((*it.values, *it.grads)) or not _arrays(array for _, array in it.saved):
        yield "node.array"
    if not all(one.tensor is None or _output(one.tensor, nodes) for one in it.arguments):
        yield "node.arguments"
    values = (*(value for _, value in it.settings), *(one.value for one in it.arguments))
    if any(isinstance(value, (str, tuple)) and len(value) > MOST for value in values):
        yield "node.values"
    yield from _jacobians(it, nodes)


def _jacobians(it: Node, nodes: Sequence[Node]) -> Iterator[str]:
    if not it.jacobians:
        return
    if len(it.jacobians) != len(it.inputs):
        yield "node.jacobians"
        return
    counts = [_numel(value) for value in it.values]
    rows = None if None in counts else sum(count for count in counts if count is not None)
    for matrix, at in zip(it.jacobians, it.inputs, strict=True):
        if matrix is None:
            continue
        known = at is not None and _output(at, nodes) and len(nodes[at[0]].values) > at[1]
        columns = _numel(nodes[at[0]].values[at[1]]) if at is not None and known else None
        if (
            not _array(matrix)
            or matrix.truncated
            or len(matrix.shape) != 2
            or (rows is not None and matrix.shape[0] != rows)
            or (columns is not None and matrix.shape[1] != columns)
        ):
            yield "node.jacobian"


def _edges(edges: Sequence[Edge], nodes: Sequence[Node]) -> Iterator[str]:
    """Check that each input of a node has its edge, and each other edge leads from or to a
    constant."""
    taken: set[tuple[int, int]] = set()
    operands: set[tuple[int, int]] = set()
    for place, it in enumerate(edges):
        if it.id != place or not 0 <= it.target < len(nodes):
            yield "edge"
            return
        if not _output((it.source, it.output), nodes) or it.source == it.target:
            yield "edge.source"
            return
        target = nodes[it.target]
        if it.slot is None:
            gradient = target.requires_grad and nodes[it.source].kind != "constant"
            if gradient or it.position is None:
                yield "edge.constant"
        elif (
            (it.target, it.slot) in taken
            or not 0 <= it.slot < len(target.inputs)
            or target.inputs[it.slot] != (it.source, it.output)
        ):
            yield "edge.slot"
        else:
            taken.add((it.target, it.slot))
        if it.position is not None:
            if not 0 <= it.position < LARGEST or (it.target, it.position) in operands:
                yield "edge.position"
            operands.add((it.target, it.position))
    if len(taken) != sum(at is not None for node in nodes for at in node.inputs):
        yield "edges"


def _order(trace: Trace) -> Iterator[str]:
    """Check that no call is made from its own results: its nodes are drawn as one disc."""
    place: dict[int, tuple[str, int]] = {
        node.id: ("node", node.id) if node.call is None else ("call", node.call)
        for node in trace.nodes
        if node.kind in ("op", "hidden")
    }
    order: graphlib.TopologicalSorter[tuple[str, int]] = graphlib.TopologicalSorter()
    for edge in trace.edges:
        source, target = place.get(edge.source), place.get(edge.target)
        if source is not None and target is not None and source != target:
            order.add(target, source)
    try:
        order.prepare()
    except graphlib.CycleError:
        yield "node.call.order"


def _pass(it: Pass, nodes: Sequence[Node], widths: Widths) -> Iterator[str]:
    if not 0 <= it.nodes_before <= len(nodes) or not _span(it.span, widths):
        yield "pass"
    if not all(_output(root, nodes) for root in it.roots):
        yield "pass.roots"
    if it.refused is not None and not _points((it.refused,), len(nodes)):
        yield "pass.refused"
    end = it.stopped
    if end is None:
        return
    if not 0 <= end.node < len(nodes) or len(end.upstream) > nodes[end.node].outputs:
        yield "pass.stopped"
    if not _arrays(end.upstream):
        yield "pass.array"
    if len(end.type) > LONGEST_NAME or len(end.message) > LONGEST_MESSAGE:
        yield "pass.text"


def _steps(trace: Trace) -> Iterator[str]:
    nodes, edges = trace.nodes, trace.edges
    kept = {each.number for each in trace.passes}
    if not _rising(((it.pass_number, it.order) for it in trace.steps), strictly=True):
        yield "steps.order"
    for it in trace.steps:
        if it.pass_number not in kept or it.order < 1 or not 0 <= it.node < len(nodes):
            yield "step"
            continue
        yield from _step(it, nodes[it.node], edges)


def _step(it: Step, node: Node, edges: Sequence[Edge]) -> Iterator[str]:
    leaf = it.grad_fn == "AccumulateGrad"
    if not leaf and (it.grad_fn != (node.grad_fn or "") or it.before or it.accumulated):
        yield "step.grad_fn"
    if leaf and (it.sends or node.kind in ("op", "hidden")):
        yield "step.leaf"
    if len(it.upstream) > node.outputs:
        yield "step.upstream"
    along = [sent.edge for sent in it.sends]
    if (
        not _points(along, len(edges))
        or len(set(along)) != len(along)
        or any(edges[edge].target != it.node or edges[edge].slot is None for edge in along)
    ):
        yield "step.sends"
    grads = (*it.upstream, *(sent.grad for sent in it.sends), it.before, it.accumulated)
    if not _arrays(grads):
        yield "step.array"


def _write(it: Write, nodes: Sequence[Node], passes: int, widths: Widths) -> Iterator[str]:
    if not 0 <= it.passes_before <= passes or not 0 <= it.nodes_before <= len(nodes):
        yield "write"
    if not it.nodes or not _points(it.nodes, len(nodes)) or not _span(it.span, widths):
        yield "write.nodes"
    if not len(it.nodes) == len(it.before) == len(it.after):
        yield "write.grads"
    if not _arrays((*it.before, *it.after)):
        yield "write.array"


def _measured(trace: Trace, limits: Limits, widths: Widths) -> Iterator[str]:
    nodes = trace.nodes
    for check in trace.checks:
        if not 0 <= check.node < len(nodes) or not _check(check, nodes[check.node]):
            yield "check"
        if not all(_span(span, widths) for span in check.held):
            yield "check.held"
    if len({check.node for check in trace.checks}) != len(trace.checks):
        yield "checks"
    for curve in trace.curves:
        if not 0 <= curve.node < len(nodes) or not _curve(curve, nodes[curve.node]):
            yield "curve"
    if len(trace.measurable) > limits.nodes or not all(
        node is None or 0 <= node < len(nodes) for node in trace.measurable
    ):
        yield "measurable"
    reasons = text.load(text.DEFAULT)
    if trace.unchecked is not None and f"explain.unchecked_{trace.unchecked}" not in reasons:
        yield "unchecked"


def _check(it: Check, node: Node) -> bool:
    count = _numel(node.values[0]) if node.values else None
    return (
        count in (None, len(it.slopes))
        and len(it.rough) in (0, len(it.slopes))
        and len(it.fixed) in (0, len(it.slopes))
        and len(it.held) <= 8
        and it.error >= 0
        and len(it.dtype) <= 40
        and _points(it.kinks, len(it.slopes))
        and _rising(it.kinks, strictly=True)
    )


def _curve(it: Curve, node: Node) -> bool:
    count = _numel(node.values[0]) if node.values else None
    return (
        0 <= it.element < (LARGEST if count is None else count)
        and 1 <= len(it.x) == len(it.y) == len(it.slope) <= 1_000
        and all(map(math.isfinite, it.x))
        and all(a <= b for a, b in itertools.pairwise(it.x))
    )


def _text(trace: Trace, widths: Widths) -> Iterator[str]:
    """Check variables, and the editable parts of the text."""
    nodes = trace.nodes
    count = len(nodes)
    if len({it.name for it in trace.variables}) != len(trace.variables):
        yield "variables"
    for variable in trace.variables:
        if not _array(variable.value) or not _array(variable.grad):
            yield "variable.array"
        if variable.node is not None and not _output(variable.node, nodes):
            yield "variable.node"
        if max(len(variable.name), len(variable.grad_fn or "")) > LONGEST_NAME:
            yield "variable.text"
    if max(len(trace.inputs), len(trace.calls)) > EDITABLE:
        yield "editable"
    for given in trace.inputs:
        fed = bool(given.nodes) or trace.error is not None
        if not fed or not _points(given.nodes, count) or not _span(given.span, widths):
            yield "input"
        switch = given.kind in ("flag", "bool")
        if (
            not _array(given.value)
            or len(given.name) > LONGEST_NAME
            or (switch and len(given.value.data) != 1)
        ):
            yield "input.value"
    for call in trace.calls:
        spans = (call.span, *call.operands)
        if not call.nodes or not _points(call.nodes, count) or len(call.op) > LONGEST_NAME:
            yield "call"
        if not all(_span(span, widths) for span in spans):
            yield "call.span"
