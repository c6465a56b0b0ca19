"""Comparison of a Trace with plain PyTorch's run of the same program, to the last bit.

Every function returns the list of differences, in words; an empty list is equality. Floats are
compared by `repr`, so that nan equals nan, 0.0 differs from -0.0, and nothing is "close".
"""

import itertools
import math
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from tests.plain import Observation
from viz_app.model import Array, Node, Number, Step, Trace

_LIBRARY = re.compile(r'^…/\S+:\d+: |^  File "(?!<program>).*\n(    .*\n)?', re.MULTILINE)
"""The origin of a warning in torch, and frames that are not the program's: the path to a line of
torch's differs between the two, and so does the caller of the program."""

_OWN = re.compile(r"^…/\S+: FutureWarning: `torch\.jit\.script` is deprecated\..*\n", re.MULTILINE)
"""torch's warning, from 2.14 on, of a use of its own when a part of it is imported, once per
process; the zygote has imported it. A program that uses `torch.jit` gets the same one."""

STATISTICS = ("minimum", "maximum", "mean", "norm")


def tuples(value: Any) -> Any:
    """Lists to tuples, at all levels: this undoes JSON's change of an Array's numbers."""
    return tuple(tuples(part) for part in value) if isinstance(value, list) else value


def differs(ours: Array | None, plain: dict[str, Any] | None, what: str) -> list[str]:
    """The differences between a recorded array and an observed one."""
    if ours is None or plain is None:
        return [] if ours is None and plain is None else [f"{what}: {ours} is not {plain}"]
    found = []
    if list(ours.shape) != plain["shape"] or ours.dtype != plain["dtype"]:
        found.append(f"{what}: {ours.shape} {ours.dtype} != {plain['shape']} {plain['dtype']}")
    if repr(ours.data) != repr(tuples(plain["data"])):
        found.append(f"{what}: {ours.data} != {plain['data']}")
    if ours.truncated != (math.prod(plain["shape"]) > len(plain["data"])):
        found.append(f"{what}: truncated is {ours.truncated}")
    if "norm" in plain:
        for name in STATISTICS:
            mine = getattr(ours, name)
            if mine is None or not math.isclose(mine, plain[name], rel_tol=1e-9, abs_tol=1e-12):
                found.append(f"{what}: {name} {mine} != {plain[name]}")
        if (ours.nan, ours.inf) != (plain["nan"], plain["inf"]):
            found.append(f"{what}: nan and inf {ours.nan}, {ours.inf}")
    return found


def variables(trace: Trace, plain: Observation) -> list[str]:
    """Every top-level tensor's value, grad, shape, dtype, requires_grad, is_leaf, grad_fn."""
    ours = {variable.name: variable for variable in trace.variables}
    if set(ours) != set(plain["variables"]):
        return [f"names {sorted(ours)} != {sorted(plain['variables'])}"]
    found = []
    for name, seen in plain["variables"].items():
        mine = ours[name]
        found += differs(mine.value, seen, name)
        found += differs(mine.grad, seen["grad"], f"{name}.grad")
        for field in ("requires_grad", "is_leaf", "grad_fn"):
            if getattr(mine, field) != seen[field]:
                found.append(f"{name}.{field}: {getattr(mine, field)} != {seen[field]}")
    return found


def latest(trace: Trace) -> dict[int, int]:
    """The first node of each leaf: one changed in place is several nodes, but one to autograd."""
    first: dict[int, int] = {}
    for node in trace.nodes:
        leaf = node.replaces is not None and node.kind in ("leaf", "parameter")
        first[node.id] = (
            first.get(node.replaces, node.id) if leaf and node.replaces is not None else node.id
        )
    return first


def reachable(trace: Trace) -> list[str]:
    """The multiset of `grad_fn` names reachable from the last backward call's roots."""
    nodes = {node.id: node for node in trace.nodes}
    first = latest(trace)
    found: dict[int, str] = {}
    waiting = [node for node, _ in trace.passes[-1].roots]
    while waiting:
        node = nodes[waiting.pop()]
        if first[node.id] not in found:
            found[first[node.id]] = node.grad_fn or "AccumulateGrad"
            waiting += [source[0] for source in node.inputs if source is not None]
    return sorted(found.values())


def last_steps(trace: Trace) -> list[Step]:
    number = trace.passes[-1].number
    return [step for step in trace.steps if step.pass_number == number]


def backward(trace: Trace, plain: Observation) -> list[str]:
    """Compare the last pass: the nodes that could run, the order in which they did, and each
    number.

    A pass that raised is compared up to there: the node that failed may be counted or not.
    """
    total = trace.truncated.passes if trace.truncated else len(trace.passes)
    if total != len(plain["passes"]):
        return [f"{total} passes != {len(plain['passes'])}"]
    if not total:
        return []
    seen = plain["passes"][-1]
    found = []
    if reachable(trace) != seen["reachable"]:
        found.append(f"reachable {reachable(trace)} != {seen['reachable']}")
    steps = last_steps(trace)
    ours, theirs = [step.grad_fn for step in steps], [step[0] for step in seen["steps"]]
    if seen["raised"]:
        del ours[len(theirs) :]
    if ours != theirs:
        return [*found, f"order {ours} != {theirs}"]
    edges = {edge.id: edge for edge in trace.edges}
    nodes = {node.id: node for node in trace.nodes}
    for step, (name, arrived, sent) in zip(steps, seen["steps"], strict=False):
        what = f"step {step.order} {name}"
        if len(step.upstream) != len(arrived):
            found.append(f"{what}: {len(step.upstream)} arrived, not {len(arrived)}")
        for place, (mine, other) in enumerate(zip(step.upstream, arrived, strict=False)):
            found += differs(mine, other, f"{what} upstream {place}")
        ours_sent = {edges[send.edge].slot: send.grad for send in step.sends}
        if name == "AccumulateGrad":
            continue
        for slot, source in enumerate(nodes[step.node].inputs):
            if source is not None:
                other = sent[slot] if slot < len(sent) else None
                found += differs(ours_sent.get(slot), other, f"{what} slot {slot}")
    return found


def output(trace: Trace, plain: Observation) -> list[str]:
    """Printed text, warnings, echoed expressions, the type of the uncaught exception."""
    found = []
    if trace.stdout != plain["stdout"]:
        found.append(f"stdout {trace.stdout!r} != {plain['stdout']!r}")
    mine = [echo.text for echo in trace.echo]
    if mine != [text for _, text in plain["echo"]]:
        found.append(f"echo {mine} != {plain['echo']}")
    own = re.compile("(?!)") if "torch.jit" in trace.source else _OWN
    ours, theirs = (
        _LIBRARY.sub("", own.sub("", text))
        for text in ("".join(written.text for written in trace.stderr), plain["stderr"])
    )
    if ours != theirs:
        found.append(f"stderr {ours!r} != {theirs!r}")
    error = trace.error.type if trace.error else None
    if error != plain["error"]:
        found.append(f"error {error} != {plain['error']}")
    return found


Sum = dict[tuple[int, int], list[Array]]


def conservation(trace: Trace, plain: Observation | None = None) -> list[str]:
    """Check that each node received the sum of the gradients sent to it along edges in that pass.

    A root also receives the initial gradient, as observed in plain PyTorch; without `plain` the
    roots are skipped. A step whose gradient was changed by a user's hook is skipped too, as are the
    untracked tensors inside a batched pass.
    """
    edges = {edge.id: edge for edge in trace.edges}
    first = latest(trace)
    found = []
    for this in trace.passes:
        steps = [step for step in trace.steps if step.pass_number == this.number]
        received: Sum = defaultdict(list)
        for step in steps:
            for send in step.sends:
                if send.grad is not None:
                    edge = edges[send.edge]
                    received[first[edge.source], edge.output].append(send.grad)
        roots = [(first[node], output) for node, output in this.roots]
        if plain is not None and steps:
            initial = plain["passes"][this.number - 1]["initial"]
            for root, seen in zip(roots, initial, strict=False):
                if seen is not None:
                    received[root].append(
                        Array(tuple(seen["shape"]), seen["dtype"], tuples(seen["data"]))
                    )
        for step in steps:
            for place, arrived in enumerate(step.upstream):
                key = (first[step.node], place)
                if step.hooked or (plain is None and key in roots):
                    continue
                if not close(arrived, received[key]):
                    found.append(
                        f"pass {this.number} step {step.order} {step.grad_fn}:{place} "
                        f"received {arrived} of {received[key]}"
                    )
    return found


PRECISION = {
    "torch.float16": 1e-2,
    "torch.bfloat16": 5e-2,
    "torch.complex32": 1e-2,
    "torch.float64": 1e-9,
    "torch.complex128": 1e-9,
}
"""Relative rounding of one sum; 1e-4 for single precision, in which most programs compute."""


def close(total: Array | None, parts: list[Array]) -> bool:
    """True if `total` is the sum of `parts`, up to the rounding of a sum in another order."""
    if total is None or not parts:
        return total is None and not parts
    rough = PRECISION.get(total.dtype, 1e-4)
    for index, number in enumerate(total.data):
        terms = [part.data[index] for part in parts]
        for one, others in zip(
            components(number), zip(*map(components, terms), strict=True), strict=True
        ):
            sum_, size = sum(others), sum(abs(other) for other in others)
            if math.isfinite(one) and math.isfinite(size):
                if abs(one - sum_) > rough * size + 1e-30:
                    return False
            elif math.isfinite(one) and not math.isfinite(sum_):
                return False
    return True


def components(number: Number) -> tuple[float, ...]:
    return number if isinstance(number, tuple) else (float(number),)


def everything(trace: Trace) -> Iterator[tuple[str, Array]]:
    """Every array of a trace, with its path."""

    def of_node(node: Node) -> Iterator[Array | None]:
        yield from node.values
        yield from node.grads
        yield from (array for _, array in node.saved)

    for node in trace.nodes:
        for array in of_node(node):
            if array is not None:
                yield f"node {node.id}", array
    for step in trace.steps:
        sent = (send.grad for send in step.sends)
        for array in (*step.upstream, *sent, step.before, step.accumulated):
            if array is not None:
                yield f"pass {step.pass_number} step {step.order}", array
    for variable in trace.variables:
        yield variable.name, variable.value
        if variable.grad is not None:
            yield f"{variable.name}.grad", variable.grad


def well_formed(trace: Trace) -> list[str]:
    """Check the properties of any trace: ids count up, places are in the text, sizes fit, nothing
    is lost."""
    found = []
    nodes_, edges_ = [node.id for node in trace.nodes], [edge.id for edge in trace.edges]
    for numbers in (nodes_, edges_, [this.number for this in trace.passes]):
        if any(a >= b for a, b in itertools.pairwise(numbers)):
            found.append(f"ids do not count up: {numbers}")
    lines = trace.source.split("\n")
    spans = [(f"node {node.id}", node.span) for node in trace.nodes]
    spans += [(f"pass {this.number}", this.span) for this in trace.passes]
    for what, span in spans:
        if span is None:
            continue
        inside = 1 <= span.line <= span.end_line <= len(lines)
        if not inside or not (
            1 <= span.column <= len(lines[span.line - 1]) + 1
            and 1 <= span.end_column <= len(lines[span.end_line - 1]) + 1
            and (span.line, span.column) < (span.end_line, span.end_column)
        ):
            found.append(f"{what}: {span} is not in the text")
    for what, array in everything(trace):
        count = math.prod(array.shape)
        if not array.truncated and len(array.data) != count:
            found.append(f"{what}: {len(array.data)} numbers for {array.shape}")
        if array.truncated and not 0 < len(array.data) < count:
            found.append(f"{what}: a head of {len(array.data)} for {array.shape}")
        lost = [n for n in array.data if any(not math.isfinite(c) for c in components(n))]
        if array.truncated and lost and not array.nan + array.inf:
            found.append(f"{what}: {lost[0]} is not flagged")
        for name in STATISTICS:
            statistic = getattr(array, name)
            huge = name == "norm" and max(-(array.minimum or 0), array.maximum or 0) > 1e150
            if statistic is not None and not math.isfinite(statistic) and not huge:
                found.append(f"{what}: {name} is {statistic}")
    nodes = {node.id: node for node in trace.nodes}
    for edge in trace.edges:
        if edge.source not in nodes or edge.target not in nodes:
            found.append(f"{edge} leads nowhere")
        elif edge.slot is not None and nodes[edge.target].inputs[edge.slot] != (
            edge.source,
            edge.output,
        ):
            found.append(f"{edge} is not its target's input")
    for variable in trace.variables:
        if variable.node is not None:
            node, output = variable.node
            value = nodes[node].values[output]
            if repr(value) != repr(variable.value):
                found.append(f"{variable.name} = {variable.value}, but its node says {value}")
    return found
