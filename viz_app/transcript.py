"""Trace -> the story as text: everything the page says of a run, in one language.

For readers who can't see the picture, and for tests that read the claims back. Sentences, formulas
and badges come from the same functions that the page's panels call. README.md documents the form of
the JSON; it is kept stable.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from viz_app.export import array, safe
from viz_app.knowledge.text import Text, failed
from viz_app.model import Edge, Failure, Frame, Message, Node, Pass, Step, Trace
from viz_app.picture.explain import chain_rule, curves, no_gradient, panel
from viz_app.picture.explain.badge import badge
from viz_app.picture.story import grad_life, story
from viz_app.picture.words import effects, formula, labels, pass_start, sentence
from viz_app.picture.words.notation import Reading
from viz_app.picture.words.proof import Derivative, Written

JSON = dict[str, Any]
VERSION: Final = 1


def document(trace: Trace, words: Text, language: str) -> JSON:
    """The story as JSON: steps, chain rules, reasons, the life of `.grad`, the error, a notice
    where a second run gave other numbers, and the number of steps with a proven formula."""
    reading = Reading(trace)
    frames = story.concluded(story.frames(reading))
    differs = trace.truncated is not None and trace.truncated.differs
    at: dict[int, int] = {one.step: one.index for one in frames if one.step is not None}
    steps = [_frame(frame, reading, words) for frame in frames]
    return {
        "version": VERSION,
        "language": language,
        "steps": steps,
        "chain_rules": list(_rules(reading, words)),
        "reasons": [
            {
                "name": safe(name),
                "reason": one.reason,
                "line": one.line,
                "problem": one.problem,
                "why": _said(one.sentences[0], words),
                "mend": _said(one.sentences[1], words),
            }
            for name, one in no_gradient.variables(reading)
        ],
        "life": _plain(grad_life.panel(reading, at, words, whole=True)),
        "slopes": [
            {
                "name": one["name"],
                "of": one["root"],
                "points": [[at["x"], at["y"], at["slope"]] for at in one["points"]],
                "here": one["here"],
                "gradient": one["gradient"],
            }
            for one in curves.panel(reading, words)
        ],
        "error": _error(trace.error, words) if trace.error is not None else None,
        "notice": words("picture.differs") if differs else None,
        "proofs": {
            "steps": sum("proven" in step for step in steps),
            "proven": sum(step.get("proven", False) for step in steps),
            "disproved": [what for _, what in reading.proofs.disproved],
        },
    }


def lines(document: JSON, words: Text) -> Iterator[str]:
    """The story as lines of text."""
    if document["notice"] is not None:
        yield from (document["notice"], "")
    for step in document["steps"]:
        yield f"{step['index']:4}  {step['caption']}"
        if step["formula"] is not None:
            yield f"      {step['formula']['plain']}"
    for rule in document["chain_rules"]:
        yield ""
        yield f"{words('explain.tab_rule')}: {_equal(rule['name'], rule['total'])}"
        for path in rule["paths"]:
            yield f"      {_equal(path['plain'], path['product'])}"
        yield f"      {rule['badge']['text']}"
    for one in document["slopes"]:
        yield ""
        yield f"{words('explain.tab_slope')}: {one['here']}"
    for one in document["reasons"]:
        yield ""
        yield f"{one['name']}: {one['why']} {one['mend']}".rstrip()
    if document["error"] is not None:
        yield ""
        yield " ".join(part for part in document["error"]["sentences"] if part)


# ---- steps -------------------------------------------------------------------------------------


def _frame(frame: Frame, reading: Reading, words: Text) -> JSON:
    trace = reading.trace
    step = trace.steps[frame.step] if frame.step is not None else None
    found: JSON = {
        "index": frame.index,
        "phase": frame.phase,
        "line": frame.span.line if frame.span else None,
        "pass": frame.pass_number,
        "step": frame.step,
        "nodes": list(frame.nodes),
        "caption": _said(frame.message, words),
        "formula": _formula(frame),
    }
    if frame.phase == "forward":
        made = [reading.nodes[one] for one in frame.nodes if reading.nodes[one].kind == "op"]
        if made and made[-1].grad_fn:
            written = formula.equation(reading, made[-1])
            found["equation"] = _equation(made[-1], written) if written else None
            found["proven"] = written is not None
    elif frame.phase == "backward" and step is not None:
        found |= _backward(step, reading)
    return found


def _formula(frame: Frame) -> JSON | None:
    latex = [piece.latex or r"\\" for piece in frame.formula]
    plain = [piece.plain or piece.latex or ";" for piece in frame.formula]
    return {"latex": " ".join(latex), "plain": safe(" ".join(plain))} if latex else None


def _equation(node: Node, written: Written) -> JSON:
    return {
        "node": node.id,
        "plain": safe(written.plain),
        "latex": written.latex,
        "names": _names(written),
        "part": written.part,
    }


def _names(written: Written) -> JSON:
    """The tensors that a formula names: label -> [node, output]."""
    return {safe(label): [node, output] for label, node, output in written.of}


def _backward(step: Step, reading: Reading) -> JSON:
    trace = reading.trace
    node = reading.nodes[step.node]
    every = [(send, trace.edges[send.edge]) for send in step.sends]
    ways = [(send, edge) for send, edge in every if send.grad is not None]
    found = [
        (edge, derivative)
        for _, edge in ways
        if (derivative := reading.proofs.derivative(node, edge.slot or 0)) is not None
    ]
    entry: JSON = {
        "effect": effects.effect(reading, step, every),
        "derivatives": [_derivative(edge, one, reading) for edge, one in found],
    }
    # Where nothing is sent there is nothing to prove: `.grad` takes what arrived.
    return entry | {"proven": len(found) == len(ways)} if ways else entry


def _derivative(edge: Edge, found: Derivative, reading: Reading) -> JSON:
    return {
        "edge": edge.id,
        "slot": edge.slot,
        "to": safe(reading.label(edge.source, edge.output)),
        "form": found.form,
        "plain": safe(found.written.plain),
        "latex": found.written.latex,
        "value": array(found.value) if found.value is not None else None,
        "names": _names(found.written),
        "proof": found.proof,
    }


# ---- explanations ------------------------------------------------------------------------------


def _rules(reading: Reading, words: Text) -> Iterator[JSON]:
    trace = reading.trace
    count = 0
    for rules in (chain_rule.rules, chain_rule.between):
        for of in trace.passes:
            for rule in rules(reading, of):
                if count >= 2 * panel.RULES:
                    return
                count += 1
                yield _rule(rule, of, reading, words)


def _rule(rule: chain_rule.Rule, of: Pass, reading: Reading, words: Text) -> JSON:
    shown = badge(rule, reading, words)
    body = panel.totals(rule, reading)
    start = pass_start.start(reading, of) if rule.root in of.roots else None
    root = start.at(rule.root) if start is not None else None
    first = [root.symbol] if root is not None and not root.plain else []
    return {
        "pass": rule.pass_number,
        "root": list(rule.root),
        "leaf": rule.leaf,
        "name": safe(panel.name(rule, of, reading, words)),
        "total": body["total"],
        "paths": [
            {
                "plain": safe(" · ".join([*first, *_factors(rule, path, reading)])),
                "product": product,
            }
            for path, product in zip(rule.paths, body["paths"], strict=True)
        ],
        "badge": shown,
    }


def _factors(rule: chain_rule.Rule, path: chain_rule.Path, reading: Reading) -> Iterator[str]:
    trace = reading.trace
    taken = chain_rule.outputs(rule, path, trace)
    for one in path.factors:
        edge = trace.edges[one.edge]
        local = formula.factor(reading, reading.nodes[edge.target], edge.slot or 0)
        if local is None:
            result = reading.label(edge.target, taken.get(edge.target, 0))
            operand = reading.label(edge.source, edge.output)
            yield f"∂{labels.grouped(result)}/∂{labels.grouped(operand)}"
        else:
            yield f"({local.words})" if local.loose else local.words


def _error(failure: Failure, words: Text) -> JSON:
    """The page's text about an error: our sentence, Python's words, the hint, the forward line."""
    sentences = [failed(failure, words)]
    if failure.hint is not None:
        sentences.append(words(f"hint.{failure.hint}", **failure.params))
    if failure.forward_line is not None:
        sentences.append(words("page.error_forward", line=failure.forward_line))
    theirs = f"{failure.type}: {failure.message}" if failure.message else failure.type
    return {
        "line": failure.span.line,
        "type": failure.type,
        "message": safe(theirs),
        "hint": failure.hint,
        "sentences": [safe(one) for one in sentences],
    }


def _equal(left: str, right: str) -> str:
    """`left = right`; the left side alone if the right one is unknown, or the same."""
    return f"{left} = {right}" if right not in ("", left) else left


def _said(message: Message, words: Text) -> str:
    return safe(sentence.plain(message, words))


def _plain(value: Any) -> Any:
    """JSON values with rows of (text, tone) as text."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        rows = [one for one in value if isinstance(one, list | tuple)]
        if (
            rows
            and len(rows) == len(value)
            and all(len(one) == 2 and all(isinstance(part, str) for part in one) for one in rows)
        ):
            return safe("".join(one[0] for one in rows))
        return [_plain(one) for one in value]
    return safe(value) if isinstance(value, str) else value
