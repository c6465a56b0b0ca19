"""Trace, step -> LaTeX: this step's own equation, and the chain rule of the path so far.

All formulas are ours; a visitor's names enter them only escaped, inside `\\text{}`.
"""

import itertools
import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache

import msgspec

from viz_app.knowledge import ops
from viz_app.model import Array, Edge, Node, Pass, Piece, Step, Tone, Trace
from viz_app.picture import notation, summed
from viz_app.picture.notation import Reading

SHOWN_ELEMENTS = 6
"""A tensor of up to this many elements is written out in a formula or caption."""
SHOWN_MATRIX = 4
"""The same for a matrix, whose brackets need room."""
SHOWN_FACTORS = 8
"""A chain rule longer than this shows the factors around the current one."""
SHOWN_TERMS = 8
"""A sum of more terms shows its first `FIRST_TERMS`, and its last."""
FIRST_TERMS = 3

_SPECIAL = {
    "\\": "∖", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "^": "ˆ", "~": "˜",
}  # fmt: skip


class Factor(msgspec.Struct, frozen=True):
    """The local derivative of a node's result with respect to one operand.

    `words` is it in plain text (`2b`), `arc` the factor on the picture's arc (`× 2b`), `value` its
    numbers where the operation works element by element; `constant` says it is one plain number.
    """

    latex: str
    words: str
    arc: str
    value: Array | None
    constant: bool


@lru_cache(maxsize=4_096)
def name(label: str) -> str:
    """A label as upright LaTeX text, escaped; numbers stay numbers."""
    if re.fullmatch(r"-?\d+(\.\d+)?", label):
        return label
    return r"\text{" + "".join(_SPECIAL.get(c, c) for c in label) + "}"


@lru_cache(maxsize=4_096)
def grouped(label: str) -> str:
    """A label that stands as one factor: an expression gets brackets."""
    return (
        label
        if re.fullmatch(r"[\w.ᵀ]+|[\w.]+\([^()]*\)|[\w.]+(\[[^\[\]]*\][\w.ᵀ]*)+", label)
        else f"({label})"
    )


def written(array: Array) -> bool:
    """Whether a tensor is small enough to be written out in a formula or a sentence."""
    most = SHOWN_ELEMENTS if len(array.shape) < 2 else SHOWN_MATRIX
    return len(array.data) <= most and not array.truncated


def spoken(array: Array | None) -> str:
    """A tensor in a sentence: its elements while they are few, else its shape."""
    if array is None:
        return "…"
    if written(array):
        return notation.text(array)
    return f"[{notation.shape(array)}]"


def numbers(array: Array | None) -> str:
    """A tensor in LaTeX: its elements while they are few, else its shape."""
    if array is None:
        return r"\dots"
    if written(array):
        plain = notation.text(array).replace("…", r"\dots")
        plain = plain.replace("nan", r"\text{nan}").replace("inf", r"\infty")
        return re.sub(
            r"e([-+]?)0?(\d+)", lambda e: rf" \cdot 10^{{{e[1].strip('+')}{e[2]}}}", plain
        )
    return rf"({notation.shape(array)})".replace("×", r" \times ")


def partial(root: str, of: str) -> str:
    """∂root/∂of."""
    return rf"\frac{{\partial {name(grouped(root))}}}{{\partial {name(grouped(of))}}}"


def bracketed(latex: str) -> str:
    """A formula as a factor of a product: a sum gets brackets."""
    return rf"\left({latex}\right)" if re.search(r"(?<!\^\{)[+-]|\[", latex) else latex


def factor(reading: Reading, node: Node, slot: int) -> Factor | None:
    """The local derivative along one input of a node; None where no row knows it."""
    partials = ops.row(node.grad_fn).partials
    if slot >= len(partials):
        return None
    operands, result = tuple(reading.operands(node)), reading.label(node.id)
    found = partials[slot]
    said = _said(found.latex, found.plain, operands, result, _elements(reading, node, slot))
    if said is None:
        return None
    latex, arc = said
    constant = re.fullmatch(r"[-−\d./]+", _words(arc).strip("()")) is not None
    return Factor(latex, _words(arc), arc, _value(reading, node, found), constant)


@lru_cache(maxsize=4_096)  # the turns of a loop say the same
def _said(
    latex: str, plain: str, operands: tuple[str, ...], result: str, count: int
) -> tuple[str, str] | None:
    """A partial of the tables with these names in it, as LaTeX and in plain text."""
    inner = tuple(name(grouped(label)) for label in operands)
    words = tuple(grouped(label) for label in operands)
    try:
        latex = ops.fill(latex, inner, name(grouped(result)), count)
        latex = _tidy(latex, operands).replace(r"ᵀ}^{\top}", "}")
        arc = ops.plain(plain, words, grouped(result), count).replace("ᵀᵀ", "")
    except IndexError:
        return None
    if "()" in arc:  # it needs a value that Python never saw, so it has no name to be called by
        return None
    return latex, arc


def arc(reading: Reading, edge: Edge, inside: AbstractSet[int]) -> str | None:
    """The factor on the arc of an edge into a disc, whose nodes are `inside`; None if unknown.

    The way may lead through views that the call itself made, as `linear(x, w)` transposes w. There
    the factor is the one behind them; a transpose turns the product: `(xᵀ ·)ᵀ`.
    """
    turned = False
    for _ in inside:
        node = reading.nodes[edge.target]
        local = factor(reading, node, edge.slot or 0)
        if local is not None:
            return f"({local.arc})ᵀ" if turned else local.arc
        turns = ops.turns(node.grad_fn, node.op)
        uses = [use for to in inside for use in reading.into[to] if use.source == node.id]
        if turns is None:
            return None
        turned ^= turns
        if len(uses) != 1:
            return "(·)ᵀ" if turned and not uses else None
        edge = uses[0]
    return None


def _tidy(latex: str, operands: tuple[str, ...]) -> str:
    for label in operands:
        latex = latex.replace(f"{name(grouped(label))}-1", name(grouped(label)))
    return latex


def _words(arc: str) -> str:
    if arc.startswith("÷ "):
        return f"1/{arc[2:]}"
    words = arc.removeprefix("× ").removeprefix("· ")
    return words[1:-1] if re.fullmatch(r"\([^()]*(\([^()]*\)[^()]*)*\)", words) else words


def _elements(reading: Reading, node: Node, slot: int) -> int:
    """How many elements of the operand share one element of the result."""
    edge = next((e for e in reading.into[node.id] if e.slot == slot), None)
    value = node.values[0] if node.values else None
    if edge is None or value is None:
        return 1
    source = reading.nodes[edge.source]
    operand = source.values[edge.output] if edge.output < len(source.values) else None
    if operand is None:
        return 1
    return max(1, _size(operand.shape) // max(1, _size(value.shape)))


def _size(shape: tuple[int, ...]) -> int:
    size = 1
    for n in shape:
        size *= n
    return size


def _value(reading: Reading, node: Node, found: ops.Partial) -> Array | None:
    """The partial at every element, from traced operands; None where it can't be told simply."""
    result = node.values[0] if node.values else None
    if found.at is None or result is None or len(result.data) > SHOWN_ELEMENTS or result.truncated:
        return None
    arrays = reading.arrays(node)
    columns: list[tuple[float, ...]] = []
    for array in (*arrays, result):
        if array is None or (array.shape not in ((), result.shape)):
            return None
        flat = tuple(float(x) for x in array.data if isinstance(x, (int, float)))
        if len(flat) != len(array.data):
            return None
        columns.append(flat * len(result.data) if array.shape == () != result.shape else flat)
    try:
        data = tuple(found.at(x[:-1], x[-1]) for x in zip(*columns, strict=True))
    except (ValueError, ZeroDivisionError, OverflowError):
        return None  # outside the formula's domain; PyTorch's own numbers are still shown
    return Array(result.shape, result.dtype, data)


def forward(reading: Reading, node: Node) -> tuple[Piece, ...]:
    """result = operation of operands = value."""
    value = node.values[0] if node.values else None
    label = reading.label(node.id)
    row = ops.notation(node.grad_fn, node.op)
    found = [text for text, _ in reading.written(node)] if row.infix else reading.operands(node)
    labels = tuple(name(grouped(text)) for text in found if text)
    count = _elements(reading, node, 0)
    try:
        written = ops.fill(row.latex, labels, name(label), count) if row.latex else ""
    except IndexError:
        written = ""
    if not written and (subscript := reading.subscript(node)):
        written = name(subscript) if subscript != label else ""
    elif not written:
        called = ", ".join(name(grouped(text)) for text, _ in reading.written(node))
        written = name((node.op or ops.base(node.grad_fn)).strip("_")) + f"({called})"
    pieces = [Piece(f"{name(label)} = {written}" if written else name(label))]
    if value is not None:
        pieces.append(Piece(f"= {numbers(value)}", "value"))
    return tuple(pieces)


def chain(reading: Reading, trace: Trace, of: Pass) -> "Chain | None":
    """The pass as one product of local derivatives; None if it is not a single path.

    Straight teaching programs are; a fan-out is not, and each of its steps has its own equation.
    """
    steps = [step for step in trace.steps if step.pass_number == of.number]
    links: list[tuple[int, Edge]] = []
    for step in steps:
        if step.grad_fn == "AccumulateGrad":
            continue
        node = reading.nodes[step.node]
        if len(step.sends) != 1 or (links and links[-1][1].source != step.node):
            return None
        edge = trace.edges[step.sends[0].edge]
        unknown = (edge.slot or 0) >= len(ops.row(node.grad_fn).partials)
        if unknown or node.kind == "hidden":
            return None
        links.append((step.order, edge))
    return Chain(reading, reading.label(*of.roots[0]), tuple(links)) if links else None


class Chain(msgspec.Struct, frozen=True):
    """∂root/∂leaf as a product: `links` are (order of the step, edge that the gradient took)."""

    reading: Reading
    root: str
    links: tuple[tuple[int, Edge], ...]

    def pieces(self, order: int, final: Array | None) -> tuple[Piece, ...]:
        """The chain rule with the factors reached by step `order` in the gradient's colour."""
        now = max((i for i, link in enumerate(self.links) if link[0] <= order), default=0)
        first = max(0, min(now - SHOWN_FACTORS // 2, len(self.links) - SHOWN_FACTORS))
        shown = self.links[first : first + SHOWN_FACTORS]
        symbols = [(self._symbol(edge), at <= order) for at, edge in shown]
        factors = [(self._factor(edge), at <= order) for at, edge in shown]
        dots = first > 0, first + SHOWN_FACTORS < len(self.links)
        pieces = [Piece(f"{partial(self.root, self._operand(self.links[-1][1]))} =")]
        if len(self.links) > 1:
            pieces += [*_product(symbols, dots), Piece("=")]
        pieces += _product(factors, dots)
        if final is not None:
            pieces.append(Piece(f"= {numbers(final)}", "gradient"))
        return tuple(pieces)

    def _operand(self, edge: Edge) -> str:
        return self.reading.label(edge.source, edge.output)

    def _symbol(self, edge: Edge) -> str:
        return partial(self.reading.label(edge.target), self._operand(edge))

    def _factor(self, edge: Edge) -> str:
        local = factor(self.reading, self.reading.nodes[edge.target], edge.slot or 0)
        return self._symbol(edge) if local is None else bracketed(local.latex)


def alone(latex: str) -> tuple[str, bool, bool]:
    """A factor without the dot that says where it stands, and whether it is a matrix that
    multiplies from the left (`W^T \\cdot`), or from the right (`\\cdot x^T`)."""
    bare = latex.removeprefix(r"\cdot").removeprefix(r"\,").removesuffix(r"\cdot").strip()
    return bare, latex.endswith(r"\cdot"), latex.startswith(r"\cdot")


def _product(factors: Sequence[tuple[str, bool]], dots: tuple[bool, bool]) -> list[Piece]:
    """Factors as one product, in colour as far as they are reached. A matrix from the left stands
    left of all before it, which get brackets unless they are such matrices themselves."""
    row: list[tuple[str, bool]] = [(r"\dots", True)] if dots[0] else []
    appended = False
    for latex, reached in factors:
        bare, from_left, _ = alone(latex)
        if from_left and appended:
            row[0], row[-1] = (f"({row[0][0]}", row[0][1]), (f"{row[-1][0]})", row[-1][1])
        place = 0 if from_left else len(row)
        appended = bool(row) and not from_left
        row.insert(place, (bare, reached))
    if dots[1]:
        row.append((r"\dots", False))
    pieces: list[Piece] = []
    for reached, run in itertools.groupby(row, key=lambda each: each[1]):
        dot = r"\cdot " if pieces else ""
        text = dot + r" \cdot ".join(latex for latex, _ in run)
        pieces.append(Piece(text, "gradient" if reached else "muted"))
    return pieces


def backward(
    reading: Reading, trace: Trace, root: str, step: Step, shared: set[int]
) -> tuple[Piece, ...]:
    """One equation a gradient sent: upstream gradient times local derivative.

    `shared` are the edges whose source gets several gradients in this pass: there `+=` is written.
    """
    node = reading.nodes[step.node]
    result = reading.label(node.id)
    pieces: list[Piece] = []
    for send in step.sends[:2]:
        edge = trace.edges[send.edge]
        operand = reading.label(edge.source, edge.output)
        if pieces:
            pieces.append(Piece(""))
        sign = r"\text{+=}" if send.edge in shared else "="
        pieces.append(Piece(f"{partial(root, operand)} {sign}"))
        upstream = step.upstream[0] if step.upstream else None
        axes = summed.axes(node, edge.slot or 0, upstream, send.grad)
        total = rf"\sum_{{\text{{dim}} = {', '.join(map(str, axes))}}} " if axes else ""
        product = rf"{partial(root, result)} \cdot {partial(result, operand)}"
        pieces.append(Piece(total + product))
        local = factor(reading, node, edge.slot or 0)
        if local is not None and upstream is not None and len(upstream.data) <= SHOWN_ELEMENTS:
            _, from_left, from_right = alone(local.latex)
            if from_left:
                pieces.append(Piece(f"= {local.latex}", "value"))
                pieces.append(Piece(numbers(upstream), "gradient"))
            else:
                pieces.append(Piece(f"= {total}{numbers(upstream)}", "gradient"))
                dot = "" if from_right else r"\cdot "
                latex = local.latex
                if latex.startswith("-"):
                    latex = rf"\left({latex}\right)"
                pieces.append(Piece(f"{dot}{latex}", "value"))
        if send.grad is not None:
            pieces.append(Piece(f"= {numbers(send.grad)}", "gradient"))
    return tuple(pieces)


def accumulate(
    root: str, label: str, terms: Sequence[Array | None], before: Array | None, total: Array | None
) -> tuple[Piece, ...]:
    """leaf.grad = before + the sum of what arrived."""
    tone: Tone = "gradient"
    pieces = [Piece(f"{name(label + '.grad')} = {partial(root, label)} =")]
    if before is not None:
        pieces = [Piece(f"{name(label + '.grad')} ="), Piece(f"{numbers(before)} +", "muted")]
    if len(terms) > 1:
        some = [numbers(term) for term in terms]
        if len(some) > SHOWN_TERMS:
            some[FIRST_TERMS:-1] = [r"\cdots"]
        pieces.append(Piece(" + ".join(some), tone))
        pieces.append(Piece("="))
    elif before is not None and terms:
        pieces += [Piece(numbers(terms[0]), tone), Piece("=")]
    pieces.append(Piece(numbers(total), tone))
    return tuple(pieces)
