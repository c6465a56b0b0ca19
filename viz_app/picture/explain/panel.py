"""Scene -> the data of the explanations panel: chain rules, steps, slopes, missing gradients.

Plain JSON values in one language, as declared by `Explained` in viz_app/browser.py. The reasons
come from `no_gradient.py`, the products from `chain_rule.py`; this module adds words and formulas.
"""

import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from viz_app.knowledge.text import Text
from viz_app.model import Array, Pass, Step, Trace
from viz_app.picture.explain import chain_rule, curves, forward_mode, no_gradient
from viz_app.picture.explain.badge import badge
from viz_app.picture.explain.forward_mode import ForwardMode
from viz_app.picture.explain.passage import numbers
from viz_app.picture.scene import Scene
from viz_app.picture.story import grad_life
from viz_app.picture.words import formula, notation, pass_start
from viz_app.picture.words.mathml import mathml
from viz_app.picture.words.notation import Reading
from viz_app.picture.words.sentence import parts

JSON = dict[str, Any]

RULES: Final = 24
"""Maximum number of chain rules, for the first passes, leaf by leaf; and the same number for
intermediate results."""
REASONS: Final = 100
"""Maximum number of tensors with a missing or strange gradient that are explained; all are
counted."""
TERMS: Final = 24
"""Maximum number of terms of a sum that are shown."""
FACTORS: Final = 32
"""Maximum number of factors of a path; a longer one shows its first and last half of them."""
MATRIX: Final = 12
"""Maximum number of elements of a Jacobian that is written out."""
PRODUCTS: Final = frozenset({"number", "scaled", "diagonal", "average", "sum"})
"""Factors that multiply element by element, so that their order does not matter."""


def explain(scene: Scene, words: Text, *, whole: bool = True) -> JSON:
    """The panel's content for one scene; unless `whole`, only what its folded bar shows."""
    trace, reading = scene.trace, scene.reading
    frame_of = {frame.step: frame.index for frame in scene.frames if frame.step is not None}
    # A step inside a folded group has no frame of its own: it gets the next one.
    frames: dict[int, int] = {}
    later = len(scene.frames) - 1
    for place in reversed(range(len(trace.steps))):
        later = frames[place] = frame_of.get(place, later)
    found: list[JSON] = []
    modes: list[ForwardMode] = []
    for rules in (chain_rule.rules, chain_rule.between):
        most = len(found) + RULES
        for each in trace.passes:
            if len(found) >= most:
                break
            several = rules(reading, each)
            if whole and several and rules is chain_rule.rules and len(modes) < forward_mode.PASSES:
                modes.append(ForwardMode(reading, each, several))
            for rule in several[: most - len(found)]:
                shown = badge(rule, reading, words)
                head = {"name": name(rule, each, reading, words), "badge": shown}
                body = _rule(rule, reading, frames, words) if whole else {}
                found.append({**head, **body})
        del found[most:]
    reasons = no_gradient.variables(reading)
    bar = {
        "words": {**words.table("explain"), "life": words.table("life")},
        "whole": whole,
        "rules": found,
        "missing": sum(one.problem for _, one in reasons),
        "life": grad_life.panel(reading, frames, words, whole),
    }
    if not whole:
        return bar
    made = forward_mode.frames(scene)
    boxes: dict[int, dict[str, int]] = {}
    for vertex in scene.vertices:
        for node in vertex.nodes:
            boxes.setdefault(node, {})[vertex.kind] = vertex.index
    return {
        **bar,
        "steps": [
            _step(step, frame_of[place], reading, words) | _forward(step, modes, made, reading)
            for place, step in enumerate(trace.steps)
            if place in frame_of and trace.nodes[step.node].jacobians and step.sends
        ],
        "forward": [
            mode.summary(made, words) | {"until": _until(mode.of, trace, frames)} for mode in modes
        ],
        "curves": curves.panel(reading, words),
        "reasons": [_reason(name, one, boxes, words) for name, one in reasons if one.problem][
            :REASONS
        ],
        "ordinary": [_reason(name, one, boxes, words) for name, one in reasons if not one.problem][
            :REASONS
        ],
    }


def _reason(
    name: str, one: no_gradient.Diagnosis, boxes: Mapping[int, Mapping[str, int]], words: Text
) -> JSON:
    """The reason why a tensor has no gradient, or a strange one; an ordinary one needs no fix."""
    why, mend = one.sentences
    return {
        "name": notation.clean(name),
        "line": one.line,
        "at": _cut(one, boxes),
        "why": parts(why, words),
        "mend": parts(mend, words),
    }


def absent(words: Text) -> JSON:
    """The panel's content where there are no explanations: one sentence."""
    return {
        "words": {**words.table("explain"), "life": words.table("life")},
        "whole": False,
        "absent": words("explain.absent"),
        "rules": [],
        "missing": 0,
        "life": {"forgotten": 0},
    }


def _cut(one: no_gradient.Diagnosis, boxes: Mapping[int, Mapping[str, int]]) -> int | None:
    """The box where a gradient went missing: the operation if there is one, else the card."""
    places: dict[str, int] = {}
    for node in one.nodes:
        places |= boxes.get(node, {})
    return places.get("disc", places.get("card", places.get("group")))


# ---- the chain rule ----


def name(rule: chain_rule.Rule, of: Pass, reading: Reading, words: Text) -> str:
    """A rule's name: ∂root/∂leaf, with its pass if there are several.

    A leaf that was changed in place is another leaf with the same name: each name has its line.
    """
    root, leaf = _root(rule, reading), formula.grouped(reading.label(rule.leaf))
    if _another_alike(rule, reading):
        leaf = words("explain.of_line", name=leaf, line=reading.line(reading.nodes[rule.leaf].span))
    turn = f" · {words('stage.pass')} {of.number}" if len(reading.trace.passes) > 1 else ""
    return f"∂{formula.grouped(root)}/∂{leaf}{turn}" if root else f"∇{leaf}{turn}"


def _another_alike(rule: chain_rule.Rule, reading: Reading) -> bool:
    """True if the pass reached another leaf with the same written name."""
    leaf = reading.nodes[rule.leaf]
    alike = {
        one.id
        for one in reading.trace.nodes
        if one.kind == leaf.kind and one.id != leaf.id
        and reading.label(one.id) == reading.label(leaf.id)
    }  # fmt: skip
    return bool(alike) and any(
        reading.trace.edges[send.edge].source in alike
        for _, step in reading.ran(rule.pass_number)
        for send in step.sends
    )


def _start(rule: chain_rule.Rule, reading: Reading) -> pass_start.Start | None:
    """The start of a rule's pass; None for the rule of an intermediate result."""
    of = next(one for one in reading.trace.passes if one.number == rule.pass_number)
    return pass_start.start(reading, of) if rule.root in of.roots else None


def _root(rule: chain_rule.Rule, reading: Reading) -> str:
    start = _start(rule, reading)
    return start.name if start is not None else reading.label(*rule.root)


def totals(rule: chain_rule.Rule, reading: Reading) -> JSON:
    """The numbers of a rule as text: its total, and the product of each path."""
    return {
        "total": _text(rule.gradient or _product(rule.product, rule, reading)),
        "paths": [_text(_product(path.product, rule, reading)) for path in rule.paths],
    }


def _rule(rule: chain_rule.Rule, reading: Reading, frames: Mapping[int, int], words: Text) -> JSON:
    trace = reading.trace
    root, leaf = _root(rule, reading), reading.label(rule.leaf)
    return {
        "left": mathml(formula.partial(root, leaf)),
        "terms": [
            {
                "text": _text(term.sent or _product(term.product, rule, reading)) or "…",
                "by": reading.label(trace.edges[term.edge].target),
                "frame": frames.get(term.step, 0),
                "paths": _number(term.paths),
            }
            for term in rule.terms[:TERMS]
        ]
        + [{"text": "…", "by": "…", "frame": 0, "paths": 0}] * (len(rule.terms) > TERMS),
        "total": _text(rule.gradient or _product(rule.product, rule, reading)),
        "paths": [_path(path, rule, reading, frames, words) for path in rule.paths],
        "count": _number(rule.count),
    }


def _number(count: int) -> int | str:
    """A number of paths, which each reuse of a tensor doubles; large ones as a power of ten."""
    return count if count < 10**15 else f"10^{int(math.log10(count))}"


def _text(array: Array | None) -> str:
    most = formula.SHOWN_ELEMENTS if array and len(array.shape) < 2 else MATRIX
    return notation.text(array, most) if array else ""


def _product(
    product: chain_rule.Vector | None, rule: chain_rule.Rule, reading: Reading
) -> Array | None:
    """Our product as a tensor: shaped like the leaf, or the Jacobian of a result with several
    elements."""
    leaf = reading.nodes[rule.leaf].values[0]
    if product is None or leaf is None:
        return None
    columns = math.prod(leaf.shape)
    rows = len(product) // max(1, columns)
    if rows > 1:
        whole = Array((rows, columns), "float", product)
        if chain_rule.recognise(whole) not in ("scaled", "diagonal"):
            return whole
        product = product[:: columns + 1]
    return Array(leaf.shape, "float", product)


def _path(
    path: chain_rule.Path,
    rule: chain_rule.Rule,
    reading: Reading,
    frames: Mapping[int, int],
    words: Text,
) -> JSON:
    trace = reading.trace
    factors: list[JSON] = []
    symbols: list[str] = []
    shapes: set[str] = set()
    start = _start(rule, reading)
    root = start.at(rule.root) if start is not None else None
    if root is not None and not root.plain:
        shapes.add("matrix")  # its position matters: nothing is multiplied out
        factors.append(
            {
                "partial": mathml(formula.name(root.symbol)),
                "symbol": mathml(formula.name(root.symbol)),
                "number": mathml(formula.numbers(root.grad)),
                "frame": frames.get(path.factors[0].step, 0) if path.factors else 0,
                "kind": words("explain.seed_gradient"),
            }
        )
    first = len(factors)
    cut = len(path.factors) > FACTORS
    shown = (*path.factors[: FACTORS // 2], *path.factors[-FACTORS // 2 :])
    taken = chain_rule.outputs(rule, path, trace)
    for factor in shown if cut else path.factors:
        edge = trace.edges[factor.edge]
        node = reading.nodes[edge.target]
        result = reading.label(edge.target, taken.get(edge.target, 0))
        operand = reading.label(edge.source, edge.output)
        slot = edge.slot or 0
        local = formula.factor(reading, node, slot)
        matrix = node.jacobians[slot] if slot < len(node.jacobians) else None
        shape = chain_rule.recognise(matrix) if matrix is not None else "matrix"
        shapes.add(shape)
        latex = local.latex if local is not None else formula.partial(result, operand)
        latex, *sides = formula.alone(latex)  # here it is between other factors
        if any(sides):
            shapes.add("matrix")
        symbols.append(formula.bracketed(latex, local is not None and local.loose))
        factors.append(
            {
                "partial": mathml(formula.partial(result, operand)),
                "symbol": mathml(formula.bracketed(latex, local is not None and local.loose)),
                "number": mathml(_written(matrix, shape)),
                "frame": frames.get(factor.step, 0),
                "kind": words(f"explain.shape_{shape}") if matrix is not None else "",
            }
        )
    if cut:
        dots = mathml(r"\cdots")
        middle = {"partial": dots, "symbol": dots, "number": dots, "kind": ""}
        at = first + FACTORS // 2
        factors.insert(at, middle | {"frame": factors[at]["frame"]})
    short = _simplified(symbols, reading) if shapes <= PRODUCTS and not cut else ""
    return {
        "factors": factors,
        "short": mathml(short) if short else "",
        "by": reading.label(trace.edges[path.factors[-1].edge].target) if path.factors else "",
        "product": _text(_product(path.product, rule, reading)),
    }


def _written(matrix: Array | None, shape: str) -> str:
    """A Jacobian as a factor: a number, the diagonal as a vector, a small matrix; else its kind and
    size."""
    if matrix is None:
        return "J"
    rows, columns = matrix.shape
    data = [x for x in matrix.data if not isinstance(x, tuple)]
    if shape in ("number", "scaled", "average"):
        return formula.numbers(Array((), "float", (max(data, key=abs),)))
    size = rf"_{{{rows} \times {columns}}}"
    if shape == "diagonal":
        if rows > formula.SHOWN_ELEMENTS:
            return rf"\operatorname{{diag}}{size}"
        return formula.numbers(Array((rows,), "float", tuple(data[:: columns + 1])))
    if 0 < len(data) <= MATRIX:
        cells = [formula.numbers(Array((), "float", (x,))) for x in data]
        lines = [" & ".join(cells[i : i + columns]) for i in range(0, len(cells), columns)]
        return r"\begin{bmatrix} " + r" \\ ".join(lines) + r" \end{bmatrix}"
    if all(x == 1 for x in data):
        return "1" + size
    return ("S" if shape in ("sum", "one_hot") else "J") + size


_NUMBER: Final = re.compile(r"(-?)(?:(\d+(?:\.\d+)?)|\\frac\{(\d+)\}\{(\d+)\})(?: (?=\\text)(.+))?")


def _simplified(factors: Sequence[str], reading: Reading) -> str:
    """`1/2 · 2 · 2b · 1` as `2(a + 1)`: numbers multiplied, one name written out; else ""."""
    number = Fraction(1)
    rest: list[str] = []
    for latex in factors:
        match = _NUMBER.fullmatch(latex)
        if match is None:
            rest.append(latex)
            continue
        sign, whole, above, below, left = match.groups()
        number *= Fraction(whole) if whole else Fraction(int(above), int(below))
        number *= -1 if sign else 1
        if left:
            rest.append(left)
    if len(factors) < 2 or len(rest) > 2:
        return ""
    written = [_written_out(one, reading) for one in rest]
    top, bottom = number.numerator, number.denominator
    first = str(top) if bottom == 1 else rf"{'-' if top < 0 else ''}\frac{{{abs(top)}}}{{{bottom}}}"
    if rest and number in (1, -1):
        first = "-" if number == -1 else ""
    return " ".join([first, *written]).strip()


def _written_out(latex: str, reading: Reading) -> str:
    """A single name replaced by the sum or difference it denotes, in brackets."""
    for node in reading.trace.nodes:
        label = reading.label(node.id)
        row = reading.sign(node)
        if node.kind == "op" and latex == formula.name(label) and row.infix and not row.binds:
            left, equals, right = formula.forward(reading, node)[0].latex.partition(" = ")
            return f"({right})" if equals and left != right else latex
    return latex


# ---- one step ----


def _step(step: Step, frame: int, reading: Reading, words: Text) -> JSON:
    """The vector-Jacobian product of a step, one part per operand."""
    trace = reading.trace
    node = reading.nodes[step.node]
    arrived = [x for array in step.upstream for x in numbers(array) or []]
    operands = []
    for send in step.sends:
        edge = trace.edges[send.edge]
        slot = edge.slot or 0
        matrix = node.jacobians[slot] if slot < len(node.jacobians) else None
        if matrix is None:
            continue
        local = formula.factor(reading, node, slot)
        operands.append(
            {
                "slot": slot,
                "name": reading.label(edge.source, edge.output),
                "matrix": _grid(matrix),
                "kind": words(f"explain.shape_{chain_rule.recognise(matrix)}"),
                "formula": mathml(local.latex) if local is not None else "",
                "sent": _grid(send.grad) if send.grad is not None else None,
            }
        )
    single = len(arrived) if arrived else 0
    starts = any(
        root == (step.node, output) and array is not None and array.shape
        for of in trace.passes
        if of.number == step.pass_number
        for root in of.roots
        for output, array in enumerate(step.upstream)
    )
    return {
        "frame": frame,
        "op": {"text": step.grad_fn, "plain": reading.spelled(node)},
        "start": words("explain.from_vector", name=reading.label(step.node)) if starts else "",
        "result": reading.label(step.node),
        "arrived": {"rows": 1, "columns": single, "cells": [_cell(x) for x in arrived]},
        "operands": operands,
    }


def _forward(
    step: Step, modes: Sequence[ForwardMode], made: Mapping[int, int], reading: Reading
) -> JSON:
    """The Jacobian-vector products of the same step: one part per operand, for each seed."""
    mode = next((mode for mode in modes if mode.of.number == step.pass_number), None)
    node = reading.nodes[step.node]
    return {
        "pass_number": step.pass_number,
        "made": made.get(node.id),
        "forward": [
            {"parts": {slot: {"tangent": _column(tangent), "product": _column(product)}
                       for slot, (tangent, product) in parts.items()},
             "total": _column(total)}
            for parts, total in (mode.step(node) if mode is not None else ())
        ],
    }  # fmt: skip


def _until(of: Pass, trace: Trace, frames: Mapping[int, int]) -> int:
    """The last frame of a backward pass."""
    places = (k for k, step in enumerate(trace.steps) if step.pass_number == of.number)
    return max((frames[place] for place in places), default=0)


def _column(vector: chain_rule.Vector | None) -> JSON | None:
    if not vector:
        return None
    return {"rows": len(vector), "columns": 1, "cells": list(map(_cell, vector))}


def _grid(array: Array) -> JSON:
    rows, columns = array.shape if len(array.shape) == 2 else (1, len(array.data))
    data = [float("nan") if isinstance(x, tuple) else float(x) for x in array.data]
    return {"rows": rows, "columns": columns, "cells": [_cell(x) for x in data]}


def _cell(x: float) -> JSON:
    return {"text": notation.number(x), "number": x if math.isfinite(x) else None}
