"""Scene -> the panel's data on forward mode: dual numbers, J · v, and the passes each mode needs.

Plain JSON values in one language; the tangents come from `tangents.py`.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from viz_app.knowledge.text import Text
from viz_app.model import Array, Edge, Node, Pass
from viz_app.picture.explain import chain_rule, tangents
from viz_app.picture.explain.chain_rule import Rule, Vector
from viz_app.picture.explain.tangents import Dual, Seed
from viz_app.picture.scene import Scene
from viz_app.picture.words import formula, notation
from viz_app.picture.words.mathml import mathml
from viz_app.picture.words.notation import Reading
from viz_app.picture.words.sizes import norm, strange_word

JSON = dict[str, Any]
Part = tuple[Vector, Vector | None]
"""A tangent, and J times it."""

PASSES: Final = 8
"""Maximum number of backward passes that get forward passes; the first ones."""
SEEDS: Final = 12
"""Maximum number of elements of one backward pass's leaves that can be seeds."""
ROWS: Final = 80
"""Maximum number of tensors of one pass that are listed; a longer list keeps its first and last
half."""
TERMS: Final = 24
"""Maximum number of terms of a rule that is written out."""
CLOSE: Final = 1e-3
"""Relative difference up to which a tangent equals the gradient that backward found."""
ELEMENTWISE: Final = frozenset({"number", "scaled", "diagonal"})
"""Jacobians that multiply element by element, like the operation's own formula."""


class ForwardMode:
    """Forward mode for one backward pass with one root: `of` and the rules of its leaves."""

    def __init__(self, reading: Reading, of: Pass, rules: Sequence[Rule]) -> None:
        trace = reading.trace
        self.trace, self.reading, self.of, self.rules = trace, reading, of, rules
        self.seeds = _seeds(reading, rules)
        self.duals = tangents.propagate(reading, of, self.seeds)
        ran = [step for _, step in reading.ran(of.number)]
        self.nodes = [reading.nodes[node] for node in dict.fromkeys(it.node for it in ran[::-1])]
        sent = {trace.edges[send.edge].source for step in ran for send in step.sends}
        self.leaves = sorted(it for it in sent if reading.nodes[it].kind in ("leaf", "parameter"))

    def summary(self, made: Mapping[int, int], words: Text) -> JSON:
        """The passes each mode needs, the seeds, and one dual number per tensor and seed.

        `made` is the frame in which each node is made.
        """
        places = [(leaf, 0) for leaf in self.leaves] + [
            (node.id, output)
            for node in self.nodes
            if node.kind == "op"
            for output, value in enumerate(node.values)
            if value is not None
        ]
        left_out = max(0, len(places) - ROWS)
        if left_out:
            places = places[: ROWS // 2] + places[-ROWS // 2 :]
        return {
            "pass_number": self.of.number,
            **self._count(words),
            "seeds": [_called(seed, self.reading) for seed in self.seeds],
            "rows": [self._row(place, made) for place in places],
            "left_out": left_out,
            "tangents": [[self._tangent(dual, at) for at in places] for dual in self.duals],
            "ends": [self._end(dual, words) for dual in self.duals],
        }

    def _count(self, words: Text) -> JSON:
        root = self.reading.nodes[self.of.roots[0][0]].values[self.of.roots[0][1]]
        outputs = math.prod(root.shape) if root is not None else 1
        leaves = {self.reading.original(leaf): leaf for leaf in self.leaves}
        inputs = sum(_size(self.reading.nodes[leaf]) for leaf in leaves.values())
        less = "same" if inputs == outputs else "reverse" if outputs < inputs else "forward"
        count = words(
            "explain.passes",
            reverse=outputs,
            forward=inputs,
            root=self.reading.label(*self.of.roots[0]),
            leaves=_listed([self.reading.label(leaf) for leaf in leaves.values()]),
        )
        return {"count": count, "less": words(f"explain.less_{less}")}

    def _row(self, place: tangents.Place, made: Mapping[int, int]) -> JSON:
        node = self.reading.nodes[place[0]]
        label = self.reading.label(*place)
        written = self.reading.expression(node) if node.kind == "op" else ""
        return {
            "name": label,
            "made": f"= {notation.clean(written, 40)}" if written not in ("", label) else "",
            "value": _short(node.values[place[1]]),
            "rule": mathml(rule) if (rule := self._rule(node)) else "",
            "frame": made.get(node.id),
        }

    def _rule(self, node: Node) -> str:
        """ċ = 2b · ḃ; where J is not a plain factor, ∂c/∂b · ḃ.

        Empty for a leaf, for a call with several results, and where it would be too long to read.
        """
        if node.kind != "op" or node.outputs != 1:
            return ""
        label = self.reading.label(node.id)
        terms: dict[str, None] = {}
        for edge in self._operands(node)[: TERMS + 1]:
            matrix = tangents.local(node, edge.slot)
            operand = self.reading.label(edge.source, edge.output)
            found = formula.factor(self.reading, node, edge.slot or 0)
            plain = matrix is not None and chain_rule.recognise(matrix) in ELEMENTWISE
            latex = found.latex if found is not None and plain else _partial(label, operand)
            loose = found is not None and plain and found.loose
            product = rf"{formula.bracketed(latex, loose)} \cdot {_dot(operand)}"
            terms[_dot(operand) if latex == "1" else product] = None
        if not terms or len(terms) > TERMS:
            return ""
        return f"{_dot(label)} = {' + '.join(terms)}"

    def _operands(self, node: Node) -> list[Edge]:
        return [edge for edge in self.reading.into[node.id] if edge.slot is not None]

    def _tangent(self, dual: Dual, place: tangents.Place) -> str:
        if place not in dual.tangents:
            return "0"
        tangent = dual.tangents[place]
        value = self.reading.nodes[place[0]].values[place[1]]
        if tangent is None or value is None or math.prod(value.shape) != len(tangent):
            return ""
        return _short(Array(value.shape, "float", tangent))

    def _end(self, dual: Dual, words: Text) -> JSON:
        """The comparison of the last tangent with the gradient's element."""
        rule = next(rule for rule in self.rules if rule.leaf == dual.seed.leaf)
        root = self.reading.label(*rule.root)
        tangent = dual.tangents.get(rule.root)
        start = self._start(rule)
        if tangent is None or start is None or len(start) != len(tangent):
            return {"state": "none", "text": words("explain.tangent_unknown")}
        ours = sum(x * y for x, y in zip(start, tangent, strict=True))
        theirs = _element(rule.gradient, dual.seed.element)
        name = _gradient(dual.seed, self.of, root, self.reading)
        key = "tangent_is" if start == (1.0,) else "tangents_are"
        state = "agree"
        if theirs is None or not abs(ours - theirs) <= CLOSE * max(1.0, abs(theirs)):
            key, state = "tangent_differs", "differ"
        text = words(
            f"explain.{key}",
            root=root,
            tangent=notation.number(ours),
            name=name,
            **({"gradient": "?" if theirs is None else notation.number(theirs)} if state == "differ"
               else {}),
        )  # fmt: skip
        return {"state": state, "text": text}

    def _start(self, rule: Rule) -> Vector | None:
        """The gradient that the backward call began with."""
        node, output = rule.root
        for step in self.trace.steps:
            if step.pass_number == self.of.number and step.node == node:
                array = step.upstream[output] if output < len(step.upstream) else None
                if array is None or array.truncated:
                    return None
                return tuple(float(x) for x in array.data if not isinstance(x, tuple))
        return None

    def step(self, node: Node) -> Iterator[tuple[dict[int, Part], Vector | None]]:
        """J · v of one step for each seed: one (v, J · v) per slot, and their sum.

        Slots whose operand does not depend on the seed are left out; unknown values are None.
        """
        for dual in self.duals:
            known = [dual.tangents.get((node.id, output)) for output in range(node.outputs)]
            total = tuple(x for one in known for x in one or ()) if None not in known else None
            parts: dict[int, Part] = {}
            for edge in self._operands(node):
                if (vector := dual.tangents.get((edge.source, edge.output))) is not None:
                    product = tangents.through(tangents.local(node, edge.slot), vector)
                    parts[edge.slot or 0] = vector, product
            yield parts, total


def _seeds(reading: Reading, rules: Sequence[Rule]) -> tuple[Seed, ...]:
    """The first elements of each leaf, so that every leaf has some."""
    most = max(1, SEEDS // max(1, len(rules)))
    return tuple(
        Seed(rule.leaf, element)
        for rule in rules[:SEEDS]
        for element in range(min(most, _size(reading.nodes[rule.leaf])))
    )


def frames(scene: Scene) -> dict[int, int]:
    """The frame in which each node of the trace is made."""
    made: dict[int, int] = {}
    for frame in scene.frames:
        if frame.step is None:
            for node in frame.nodes:
                made.setdefault(node, frame.index)
    return made


def _called(seed: Seed, reading: Reading) -> str:
    value = reading.nodes[seed.leaf].values[0]
    return notation.element(reading.label(seed.leaf), seed.element, value.shape if value else ())


def _gradient(seed: Seed, of: Pass, root: str, reading: Reading) -> str:
    """`a.grad[0]`; a result of `autograd.grad` is in no attribute."""
    if of.kind == "grad":
        return formula.ratio(root, _called(seed, reading))
    value = reading.nodes[seed.leaf].values[0]
    label = f"{formula.grouped(reading.label(seed.leaf))}.grad"
    return notation.element(label, seed.element, value.shape if value else ())


def _element(array: Array | None, element: int) -> float | None:
    if array is None or element >= len(array.data):
        return None
    x = array.data[element]
    return None if isinstance(x, tuple) else float(x)


def _size(node: Node) -> int:
    return math.prod(node.values[0].shape) if node.values[0] is not None else 0


def _short(array: Array | None) -> str:
    """The numbers if they are few, else the first, or the shape and the norm."""
    if array is None:
        return "…"
    if formula.written(array):
        return notation.text(array)
    if len(array.shape) < 2:
        return notation.brief(array)
    size = strange_word(array) or notation.number(norm(array))
    return f"(shape {notation.shape(array)}, ‖·‖ = {size})"


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(labels) if len(labels) < 4 else f"{labels[0]} … {labels[-1]}"


def _partial(root: str, of: str) -> str:
    """∂root/∂of on one line, for a row of a table."""
    return (
        rf"\partial {formula.name(formula.grouped(root))}"
        rf" / \partial {formula.name(formula.grouped(of))}"
    )


def _dot(label: str) -> str:
    return rf"\dot{{{formula.name(formula.grouped(label))}}}"
