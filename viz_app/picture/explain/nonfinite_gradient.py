"""Trace, tensor -> the origin of nan or infinity in its gradient.

The walk leads from the tensor towards the root along everything non-finite that was sent, to the
first step that made it out of finite numbers that had arrived. If the forward values that this step
reads are non-finite themselves, their first maker is named instead. Infinities off this path (those
of a mask) are never considered.
"""

import math
from collections.abc import Sequence
from typing import Final

from viz_app.model import Array, Node
from viz_app.picture.explain.passage import Passage, broadcast, broken, listed, nan, numbers, result
from viz_app.picture.explain.zero_gradient import Block, Ways
from viz_app.picture.words.notation import Reading

_MASKS: Final = frozenset({"Where", "MaskedFill", "IndexPut"})


def explain(reading: Reading, node: Node, ways: Ways) -> Block:
    """The origin of the non-finite elements in the gradient of a node."""
    made: list[Passage] = []
    seen, walk = {node.id}, [node.id]
    last: Block | None = None
    for one in walk:
        own = ways.steps.get(one)
        sent = [(step, send) for step, send in ways.senders.get(one, ()) if broken(send.grad)]
        if own is not None and not sent and any(broken(array) for array in own.upstream):
            reason = "nan_upstream" if one in ways.roots else "nan_arrived"
            last = last or Block("nan_hook" if own.hooked else reason, own, node=one)
        for step, send in sent:
            if not any(broken(array) for array in step.upstream):
                made.append(Passage(reading, step, send))
            elif step.node not in seen:
                seen.add(step.node)
                walk.append(step.node)
    if not made:
        return last or Block("nan_arrived", node=node.id)
    return _maker(min(made, key=lambda at: at.step.order), ways)


def _maker(at: Passage, ways: Ways) -> Block:
    """The diagnosis of a step that sent nan or infinity though everything that arrived was
    finite."""
    places = [i for i, g in enumerate(at.sent or ()) if not math.isfinite(g)] if at.whole else []
    values = at.holds(at.x, places)
    edge = at.edge.id
    unpulled = bool(places) and at.arrived is not None and all(at.arrived[i] == 0 for i in places)
    if unpulled and (mask := _mask(at, places, ways)) is not None:
        return Block("nan_where", at.step, edge, mask, values)
    if (source := _forward(at)) is not None:
        return source
    if unpulled:
        return Block("nan_local", at.step, edge, values=values)
    if at.op == "Pow" and at.slot == 1 and _below_zero(at, places):
        return Block("nan_log", at.step, edge, values=at.holds(at.spread(at.others[0]), places))
    slopes = numbers(at.jacobian) or ()
    if nan(at.send.grad):
        reason = "nan_slope" if any(math.isnan(x) for x in slopes) else "nan_measured"
    else:
        reason = "infinite" if any(math.isinf(x) for x in slopes) else "nan_measured"
    return Block(reason, at.step, edge, values=values)


def _below_zero(at: Passage, places: Sequence[int]) -> bool:
    """True if the base of the power is negative wherever the exponent gets nan."""
    base = at.spread(at.others[0]) if at.others else None
    return base is not None and bool(places) and all(base[i] < 0 for i in places)


def _mask(at: Passage, places: Sequence[int], ways: Ways) -> int | None:
    """The step towards the root that put the zeros at these positions, as `where` does."""
    trace = at.reading.trace
    seen, walk = {at.step.node}, [at.step.node]
    for one in walk:
        for step, send in ways.senders.get(one, ()):
            mask = Passage(at.reading, step, send)
            if mask.op in _MASKS and mask.whole and mask.shape == at.shape:
                sent, arrived = mask.sent or (), mask.arrived or ()
                if all(sent[i] == 0 and arrived[i] != 0 for i in places):
                    return trace.nodes[step.node].id
            if step.node not in seen:
                seen.add(step.node)
                walk.append(step.node)
    return None


# ---- the forward run ----


def _forward(at: Passage) -> Block | None:
    """The maker of the nan or infinity that the node read or returned, if there is one."""
    reading, node = at.reading, at.node
    inputs = [(edge.source, edge.output) for edge in reading.into[node.id]]
    own = [(node.id, output) for output in range(node.outputs)]
    for test in (nan, broken):
        if any(test(_value(reading, *one)) for one in (*inputs, *own)) or any(
            test(array) for _, array in node.saved
        ):
            return _origin(reading, node, test is nan)
    return None


def _value(reading: Reading, node: int, output: int) -> Array | None:
    return result(reading.nodes[node], output)


def _origin(reading: Reading, node: Node, as_nan: bool) -> Block | None:
    """The first value before (or of) a node that is nan (or infinite) while its inputs are not."""
    test = nan if as_nan else broken
    seen, walk = {node.id}, [(node.id, output) for output in range(node.outputs)]
    found: tuple[int, int] | None = None
    for one in walk:
        value = _value(reading, *one)
        if value is None or (one[0] == node.id and not test(value)):
            before = [(edge.source, edge.output) for edge in reading.into[one[0]]]
            walk += [other for other in before if other[0] not in seen]
            seen.update(other[0] for other in before)
        elif test(value):
            found = one
            break
    while found is not None:
        before = [(edge.source, edge.output) for edge in reading.into[found[0]]]
        earlier = [one for one in before if test(_value(reading, *one))]
        if not earlier:
            return _named(reading, reading.nodes[found[0]], as_nan)
        found = min(earlier)
    return None


def _named(reading: Reading, maker: Node, as_nan: bool) -> Block:
    """The reason for a node whose value is nan (or infinite) while no known input is.

    An infinity that an operation made of finite numbers takes precedence over the nan made of it.
    """
    if maker.kind not in ("op", "hidden"):
        while (before := reading.nodes.get(maker.replaces or 0)) and maker.replaces is not None:
            if not broken(before.values[0]):
                return Block("nan_update", node=maker.id)
            maker = before
        return Block("nan_given", node=maker.id)
    if _masked_row(reading, maker):
        return Block("nan_masked_row", node=maker.id)
    into = reading.into[maker.id]
    entering = [_value(reading, edge.source, edge.output) for edge in into]
    for edge, value in zip(into, entering, strict=True):
        if broken(value):
            first = _origin(reading, reading.nodes[edge.source], False)
            if first is not None and first.reason == "inf_forward":
                return first
    if not entering or any(one is None for one in entering):
        return Block("nan_first_seen", node=maker.id)
    if any(broken(one) for one in entering):
        return Block("nan_from_infinite", node=maker.id)
    reason = "nan_forward" if as_nan else "inf_forward"
    return Block(reason, node=maker.id, values=_entered(entering, result(maker), as_nan))


def _entered(entering: Sequence[Array | None], value: Array | None, as_nan: bool) -> str:
    """The numbers that a node turned into nan (or infinity), if it has one operand."""
    given, got = numbers(entering[0]), numbers(value)
    if len(entering) != 1 or given is None or got is None or entering[0] is None or value is None:
        return ""
    if entering[0].shape != value.shape:
        return listed(given) if len(got) == 1 else ""
    spoiled = math.isnan if as_nan else lambda x: not math.isfinite(x)
    return listed(x for x, y in zip(given, got, strict=True) if spoiled(y))


def _masked_row(reading: Reading, maker: Node) -> bool:
    """True if a softmax gave nan for exactly those rows that enter it as −∞ throughout."""
    if "Softmax" not in (maker.grad_fn or ""):
        return False
    value = result(maker)
    shares = numbers(value)
    if shares is None or value is None or not value.shape:
        return False
    wide = value.shape[-1]
    rows = [i for i in range(0, len(shares), wide or 1) if math.isnan(shares[i])]
    if not rows:
        return False
    group = reading.calls.get(maker.call, ()) if maker.call is not None else ()
    given = [edge for of in {maker.id, *group} for edge in reading.into[of]]
    return any(
        entering is not None and all(x == -math.inf for i in rows for x in entering[i : i + wide])
        for edge in given
        if (entering := broadcast(_value(reading, edge.source, edge.output), value.shape))
    )
