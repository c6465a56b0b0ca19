"""Trace -> tuple[Frame]: the run, one frame per step, in execution order.

Forward in creation order, one frame per call (or per leaf that appears, or per update in place);
each backward pass where the program called it, one frame per step of the engine; between them the
program's own writes to `.grad`, which mostly clear it. A frame carries only what it changes, so the
story is linear in the trace.
"""

import math
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from viz_app.model import (
    MOST_TERMS,
    Array,
    Change,
    Edge,
    FormulaPart,
    Frame,
    Message,
    Node,
    Pass,
    Phase,
    Sequel,
    Step,
    Word,
    Write,
)
from viz_app.picture.story import broadcast_frames, descent, grad_life, grad_slots, refused, stopped
from viz_app.picture.words import broadcasting, effects, formula, notation, pass_start
from viz_app.picture.words.formula import spoken
from viz_app.picture.words.notation import Reading

NOTHING = Message("caption.nothing")
"""The message of a frame that nobody will read."""

FORMULA = 48
"""Maximum number of characters of a formula in a sentence; a longer one is shown in the panel
only."""

Params = dict[str, Word | Message | tuple[Word | Message, ...]]


def frames(reading: Reading, quiet: frozenset[int] = frozenset()) -> tuple[Frame, ...]:
    """All frames of a trace; empty for a program that made no node.

    The frames of `quiet` nodes have neither sentence nor formula: nobody will read them, and for
    thousands of nodes they would take a second.
    """
    trace = reading.trace
    frames: list[Frame] = []
    used: set[int] = set()
    held: dict[int, Array | None] = {}
    writes = list(trace.writes)
    steps = descent.Steps(reading)
    past = grad_life.history(reading)
    done = 0

    def add_until(end: int) -> None:
        nonlocal done
        nodes = trace.nodes[done:end]
        for frame in _forward(reading, nodes, used, len(frames), quiet, held, steps):
            frames.append(grad_slots.carried(frame, trace.nodes, held))
        done = end

    for each in sorted(trace.passes, key=lambda p: p.number):
        # A pass can't begin before its roots exist.
        begun = max([done, each.nodes_before, *(node + 1 for node, _ in each.roots)])
        while writes and writes[0].passes_before < each.number:
            write = writes.pop(0)
            add_until(max(done, min(begun, write.nodes_before)))
            frames.append(grad_slots.write(reading, write, len(frames)))
            held.update(zip(write.nodes, write.after, strict=True))
        add_until(begun)
        frames += _backward(reading, each, len(frames), quiet, past)
        frames += stopped.frames(reading, each, len(frames))
        frames += refused.frames(reading, each, len(frames))
        held.update(
            (step.node, step.accumulated)
            for _, step in reading.ran(each.number)
            if step.grad_fn == "AccumulateGrad"
        )
    if not trace.passes or trace.error is not None:
        # Otherwise the story ends with the last backward pass, so that its gradients stay visible;
        # the slider's last value is that pass's end for other programs too.
        add_until(len(trace.nodes))
    elif frames and (sequel := _sequel(reading, frames[-1], done, held, writes, steps)):
        frames[-1] = msgspec.structs.replace(frames[-1], sequel=sequel)
    return tuple(frames)


def concluded(frames: Sequence[Frame]) -> tuple[Frame, ...]:
    """The frames, whose last one says what follows it."""
    if not frames or (sequel := frames[-1].sequel) is None:
        return tuple(frames)
    last = frames[-1]
    message = Message("caption.with_sequel", {"one": last.message, "two": sequel.message})
    between = (FormulaPart(""),) if last.formula and sequel.formula else ()
    parts = (*last.formula, *between, *sequel.formula)
    return (*frames[:-1], msgspec.structs.replace(last, message=message, formula=parts))


def _sequel(
    reading: Reading,
    last: Frame,
    done: int,
    held: dict[int, Array | None],
    writes: Sequence[Write],
    steps: descent.Steps,
) -> Sequel | None:
    """The first update of a leaf after the last backward pass: of the last step's leaf, if it is
    updated.

    The story ends with that pass, so it has its frame there. `writes` are those to `.grad` since.
    """
    rest = list(writes)
    found: dict[int, tuple[Node, descent.Step | None]] = {}
    for node in reading.trace.nodes[done:]:
        if node.replaces is None or node.kind not in ("leaf", "parameter"):
            continue
        while rest and rest[0].nodes_before <= node.id:
            write = rest.pop(0)
            held.update(zip(write.nodes, write.after, strict=True))
        if node.replaces < done:
            found[node.replaces] = node, steps.of(node, held.get(node.replaces))
    if not found:
        return None
    leaf = next((node for node in last.nodes if node in found), min(found))
    node, step = found[leaf]
    line = reading.line(node.span)
    if not line:
        return None
    params: Params = {
        "line": Word(line),
        "name": Word(reading.label(node.id), "name"),
        "value": Word(spoken(node.values[0] if node.values else None), "value"),
        "count": Word(str(len(found) - 1)),
    }
    several = {1: "", 2: "_and_another"}.get(len(found), "_and_others")
    return Sequel(Message(f"caption.then{several}", params), step.formula if step else ())


def _forward(
    reading: Reading,
    nodes: tuple[Node, ...],
    used: set[int],
    start: int,
    quiet: frozenset[int],
    held: Mapping[int, Array | None],
    steps: descent.Steps,
) -> Iterator[Frame]:
    """The frames of a range of nodes. Constants appear with the first call that uses them.

    `held` is the `.grad` of each leaf at that time.
    """
    last: dict[int, int] = {}
    members: dict[int, list[Node]] = {}
    for node in nodes:
        if node.call is not None and node.kind in ("op", "hidden"):
            last[node.call] = node.id
            members.setdefault(node.call, []).append(node)
    index = start
    pending: list[Node] = []
    for place, node in enumerate(nodes):
        if node.kind == "constant":
            continue
        if node.kind in ("leaf", "parameter"):
            pending.append(node)
            following = nodes[place + 1] if place + 1 < len(nodes) else None
            together = following is not None and following.kind == node.kind == "parameter"
            if together and following is not None and following.replaces is None is node.replaces:
                continue
            yield _leaves(reading, tuple(pending), index, held, steps)
            pending = []
        else:
            if node.call is not None and last[node.call] != node.id:
                continue
            group = tuple(members[node.call]) if node.call is not None else (node,)
            if node.id not in quiet and (frame := broadcast_frames.forward(reading, group, index)):
                yield frame
                index += 1
            yield _call(reading, group, used, index, node.id in quiet)
        index += 1


def _leaves(
    reading: Reading,
    nodes: tuple[Node, ...],
    index: int,
    held: Mapping[int, Array | None],
    steps: descent.Steps,
) -> Frame:
    first = nodes[0]
    value = first.values[0] if first.values else None
    params: Params = {
        "line": Word(reading.line(first.span)),
        "name": Word(reading.label(first.id), "name"),
        "value": Word(spoken(value), "value"),
    }
    phase: Phase = "forward"
    key = "caption.leaf"
    parts: tuple[FormulaPart, ...] = ()
    if first.replaces is not None:
        phase, key = "update", "caption.update"
        old = reading.nodes[first.replaces]
        params["old"] = Word(spoken(old.values[0] if old.values else None), "value")
        step = steps.of(first, held.get(first.replaces))
        if step is not None:
            key, parts = f"caption.{step.key}", step.formula
            params["rate"] = Word(notation.number(step.rate), "value")
            params["keep"] = Word(notation.number(step.keep), "value")
    elif len(nodes) > 1:
        key = "caption.parameters"
        params["names"] = tuple(Word(reading.label(node.id), "name") for node in nodes)
    elif first.kind == "parameter":
        key = "caption.parameter"
    return Frame(
        index=index,
        phase=phase,
        nodes=tuple(node.id for node in nodes),
        edges=(),
        span=first.span,
        message=Message(key, params),
        formula=parts,
    )


def _made(reading: Reading, node: Node) -> str:
    """The call as text, with the index of the result that is shown if there are several."""
    written = reading.expression(node)
    return f"{written}[0]" if node.outputs > 1 and not reading.subscript(node) else written


def _call(
    reading: Reading, group: tuple[Node, ...], used: set[int], index: int, quiet: bool
) -> Frame:
    seen = [node for node in group if node.kind == "op"]
    node = (seen or list(group))[-1]
    ids = {member.id for member in group}
    edges = [edge for member in group for edge in reading.into[member.id]]
    fresh = sorted(
        {
            edge.source
            for edge in edges
            if reading.nodes[edge.source].kind == "constant" and edge.source not in used
        }
    )
    used.update(fresh)
    if quiet:
        return Frame(
            index=index,
            phase="forward",
            nodes=(*fresh, *sorted(ids)),
            edges=tuple(edge.id for edge in edges if edge.source not in ids),
            span=node.span,
            message=NOTHING,
            formula=(),
        )
    value = node.values[0] if node.values else None
    params: Params = {
        "line": Word(reading.line(node.span)),
        "name": Word(reading.label(node.id), "name"),
        "expression": Word(_made(reading, node), "name"),
        "value": Word(spoken(value), "value"),
        "op": Word(node.grad_fn or "", plain=Message("caption.this_operation")),
    }
    asked = any(reading.nodes[edge.source].requires_grad for edge in edges)
    key = "caption.forward" if node.grad_fn else "caption.forward_constant"
    if asked and not node.grad_fn:
        key = "caption.forward_off"
    if reading.label(node.id) == reading.expression(node):
        key += "_unnamed"
    message = Message(key, params)
    given = reading.given(node)
    if given and given != reading.label(node.id):
        message = Message("caption.again", {"one": message, "name": Word(given, "name")})
    return Frame(
        index=index,
        phase="forward",
        nodes=(*fresh, *sorted(ids)),
        edges=tuple(edge.id for edge in edges if edge.source not in ids),
        span=node.span,
        message=message,
        formula=formula.forward(reading, node),
    )


def _backward(
    reading: Reading,
    of: Pass,
    start: int,
    quiet: frozenset[int],
    past: Mapping[int, Message],
) -> Iterator[Frame]:
    trace = reading.trace
    steps = reading.ran(of.number)
    awaited: dict[tuple[int, int], int] = {}
    into: dict[tuple[int, int], list[int]] = {}
    for _, step in steps:
        for send in step.sends:
            edge = trace.edges[send.edge]
            key = edge.source, edge.output
            awaited[key] = awaited.get(key, 0) + 1
            into.setdefault(key, []).append(send.edge)
    for begin in of.roots:
        awaited[begin] = awaited.get(begin, 0) + 1
    shared = {edge for edges in into.values() if len(edges) > 1 for edge in edges}
    start_at = pass_start.start(reading, of)
    root = start_at.name
    product = None if quiet else formula.chain(reading, of, start_at)
    arrived: dict[tuple[int, int], list[tuple[Array | None, str]]] = {}
    index = start
    for place, step in steps:
        node = reading.nodes[step.node]
        changes: dict[tuple[int, int], Change] = {}
        # The sum over elements repeated in the forward pass has a frame of its own.
        apart = () if step.node in quiet else broadcast_frames.sends(reading, step)
        later = {(trace.edges[send.edge].source, trace.edges[send.edge].output) for send in apart}
        sums: dict[tuple[int, int], Change] = {}
        for output, upstream in enumerate(step.upstream):
            key = step.node, output
            if key in of.roots:
                arrived.setdefault(key, []).insert(0, (upstream, ""))
            if upstream is not None:
                changes[key] = _change(key, arrived, awaited, step, upstream)
        for send in step.sends:
            edge = trace.edges[send.edge]
            key = edge.source, edge.output
            arrived.setdefault(key, []).append((send.grad, reading.label(step.node)))
            shown = sums if key in later else changes
            shown.pop(key, None)  # the last to arrive is listed last
            shown[key] = _change(key, arrived, awaited, step, None)
        leaf = step.grad_fn == "AccumulateGrad"
        came = arrived.get((step.node, 0), [])
        message = NOTHING
        parts: tuple[FormulaPart, ...] = ()
        if step.node in quiet:
            pass
        elif leaf:
            message = grad_slots.accumulated(reading, step, came)
            if place in past:
                both: Params = {"one": message, "two": past[place]}
                message = Message("caption.with_history", both)
            terms = [grad for grad, _ in came]
            parts = formula.accumulate(
                root, reading.label(step.node), terms, step.before, step.accumulated or _first(step)
            )
        else:
            message = _send_message(reading, start_at, step, shared)
            parts = formula.backward(reading, root, step, shared)
            parts += formula.together(reading, root, step, _ends(reading, step, steps))
        if product is not None and step.before is None and step.node not in quiet:
            done = _first(step) if leaf else None
            parts = product.parts(step.order, done)
        yield Frame(
            index=index,
            phase="accumulate" if leaf else "backward",
            nodes=(step.node,),
            edges=tuple(into.get((step.node, 0), ()))
            if leaf
            else tuple(send.edge for send in step.sends),
            span=node.span,
            message=message,
            formula=parts,
            changes=tuple(changes.values()),
            step=place,
            pass_number=of.number,
            starts=index == start,
        )
        index += 1
        if apart:
            yield Frame(
                index=index,
                phase="sum",
                nodes=(step.node,),
                edges=tuple(send.edge for send in apart),
                span=node.span,
                message=broadcast_frames.message(reading, root, step, apart),
                formula=parts,
                changes=tuple(sums.values()),
                pass_number=of.number,
            )
            index += 1


def _first(step: Step) -> Array | None:
    return step.upstream[0] if step.upstream else None


def _change(
    key: tuple[int, int],
    arrived: dict[tuple[int, int], list[tuple[Array | None, str]]],
    awaited: dict[tuple[int, int], int],
    step: Step,
    total: Array | None,
) -> Change:
    leaf = step.grad_fn == "AccumulateGrad"
    return Change(
        node=key[0],
        output=key[1],
        terms=tuple(grad for grad, _ in arrived.get(key, [])[:MOST_TERMS]),
        arrived=len(arrived.get(key, ())),
        awaited=awaited.get(key, 1),
        total=(step.accumulated or total) if leaf else total,
        before=step.before if leaf else None,
    )


def _ends(reading: Reading, step: Step, steps: Sequence[tuple[int, Step]]) -> list[Edge]:
    """The edges of a step that are, in this pass, the last ones from its call into their tensor."""
    trace = reading.trace
    node = reading.nodes[step.node]
    if not reading.inside(node):
        return []
    group = reading.calls[node.call or 0]
    last: dict[tuple[int, int], int] = {}
    for _, other in steps:
        if other.node in group:
            for send in other.sends:
                edge = trace.edges[send.edge]
                last[edge.source, edge.output] = send.edge
    return [trace.edges[send.edge] for send in step.sends if send.edge in last.values()]


def _send_message(
    reading: Reading, start: pass_start.Start, step: Step, shared: set[int]
) -> Message:
    trace = reading.trace
    node = reading.nodes[step.node]
    root = start.name
    ways = [(send, trace.edges[send.edge]) for send in step.sends]
    role: str = effects.effect(reading, step, ways)
    sends: list[Word | Message] = []
    for send, edge in ways:
        operand = reading.label(edge.source, edge.output)
        alone = bool(broadcast_frames.axes(reading, edge))
        arrives = _first(step)
        value = spoken(send.grad)
        if send.edge not in shared:
            value = f"{formula.ratio(root, operand)} = {value}"
        params: Params = {"grad": Word(value, "gradient"), "target": Word(operand, "name")}
        if alone and arrives:  # the next frame adds them up
            count = Word(str(math.prod(arrives.shape)), "gradient")
            params["grad"] = Message("caption.per_copy", {"count": count})
        key = "caption.send"
        words = _by(reading, node, edge.slot or 0, role)
        if words:
            key = "caption.send_by"
            params["factor"] = Word(words, "value")
        axes = () if alone else broadcasting.axes(reading, node, edge.slot or 0, arrives, send.grad)
        if axes:
            key += "_summed"
            params["axes"] = Word(", ".join(map(str, axes)))
        sends.append(Message(key, params))
    params = {
        "line": Word(reading.line(node.span)),
        "op": Word(step.grad_fn, "name", reading.spelled(node)),
        "upstream": tuple(_arrived(reading, start, step, role)) or Word("…", "gradient"),
        "sends": tuple(sends),
    }
    if role in ("scale", "share", "gate"):
        params |= _local(reading, node, step, role)
    if not sends:
        role = "opaque"
    found = Message(f"caption.{role}" + ("" if sends else "_end"), params)
    return Message("caption.with_hook", {"one": found}) if step.hooked else found


def _by(reading: Reading, node: Node, slot: int, role: str) -> str:
    """The factor of one of several gradients, or how it was computed from G."""
    found = reading.proofs.derivative(node, slot)
    if found is None or role not in ("swap", "mix"):
        return ""
    local = formula.factor(reading, node, slot)
    if role == "swap":
        return local.arc if local is not None else ""
    if local is not None and found.form == "factor":
        return "" if local.words == "1" else local.arc
    text = formula.in_terms_of_g(found).plain
    return text if len(text) <= FORMULA else ""


def _local(reading: Reading, node: Node, step: Step, role: str) -> Params:
    """The parameters of the sentence for a step with a single factor."""
    trace = reading.trace
    edge = trace.edges[step.sends[0].edge]
    local = formula.factor(reading, node, edge.slot or 0)
    assert local is not None  # the step's effect says that there is one
    if role == "share":
        return {"factor": Word(local.arc, "value")}
    if role == "gate":
        return {"condition": Word(local.words.strip("[]"), "value")}
    operand = reading.label(edge.source, edge.output)
    words = f"{formula.ratio(reading.label(node.id), operand)} = {local.words}"
    value = "" if local.value is None else spoken(local.value)
    if value and value != local.words and not local.constant:
        words += f" = {value}"
    return {"local": Word(words, "value")}


def _arrived(
    reading: Reading, start: pass_start.Start, step: Step, role: str
) -> Iterator[Word | Message]:
    """The gradient that a step received: at a root, the one passed to the backward call."""
    for output, grad in enumerate(step.upstream):
        if grad is None:
            continue
        label = reading.label(step.node, output)
        root = start.at((step.node, output))
        if root is not None and root.grad is not None and not root.plain:
            word = Word(f"{root.symbol} = {spoken(grad)}", "gradient")
            yield Message("caption.given", {"grad": word, "name": Word(label, "name")})
            continue
        letter = "G = " if role == "mix" and output == 0 else ""
        yield Word(f"{letter}{formula.ratio(start.name, label)} = {spoken(grad)}", "gradient")
