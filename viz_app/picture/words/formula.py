r"""Trace, step -> LaTeX: this step's own equation, and the chain rule of the path so far.

All formulas are built here; a visitor's names enter them only escaped, inside `\\text{}`.
"""

import itertools
import math
import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

import msgspec

from viz_app.knowledge.formulas.expression import PRODUCT
from viz_app.model import Array, Edge, FormulaPart, Node, Pass, Step, Tone
from viz_app.picture.words import broadcasting, notation
from viz_app.picture.words.labels import grouped as grouped
from viz_app.picture.words.labels import name as name
from viz_app.picture.words.labels import ratio as ratio
from viz_app.picture.words.notation import Reading
from viz_app.picture.words.pass_start import Start
from viz_app.picture.words.proof import Derivative, Written, seen
from viz_app.picture.words.sizes import norm, strange_word

SHOWN_ELEMENTS = 6
"""Maximum number of elements of a tensor that is written out in a formula or caption."""
SHOWN_MATRIX = 4
"""Maximum number of elements of a matrix that is written out; its brackets need room."""
FIRST_ELEMENTS = 2
"""Number of elements of a larger tensor that are written out, before its shape."""
SHOWN_FACTORS = 8
"""Maximum number of factors of a chain rule; a longer one shows those around the current one."""
SHOWN_SENDS = 3
"""Maximum number of gradients of one step that get an equation each."""
SHOWN_TERMS = 8
"""Maximum number of terms of a sum; a longer one shows its first `FIRST_TERMS` and its last."""
FIRST_TERMS = 3


class Factor(msgspec.Struct, frozen=True):
    """The local derivative of a node's result with respect to one operand.

    `words` is the derivative in plain text (`2b`), `arc` the factor on the picture's arc (`× 2b`),
    `value` its numbers where the operation works element by element; `constant` means it is a
    single plain number, `loose` that it needs brackets as a factor of a product.
    """

    latex: str
    words: str
    arc: str
    value: Array | None
    constant: bool
    loose: bool = False


def written(array: Array) -> bool:
    """True if a tensor is small enough to be written out in a formula or a sentence."""
    most = SHOWN_ELEMENTS if len(array.shape) < 2 else SHOWN_MATRIX
    return len(array.data) <= most and not array.truncated


def spoken(array: Array | None) -> str:
    """A tensor in a sentence: its elements while they are few, else the first and its shape."""
    if array is None:
        return "…"
    if written(array):
        return notation.text(array)
    return f"{notation.text(array, FIRST_ELEMENTS)} (shape {notation.sides(array)})"


def numbers(array: Array | None) -> str:
    """A tensor in LaTeX: its elements while they are few, else the first of them and its shape; of
    one that was not kept whole its shape and norm."""
    if array is None:
        return r"\dots"
    if written(array):
        return _elements(array)
    shape = rf"\text{{shape }}{notation.sides(array)}".replace("×", r" \times ")
    if not array.truncated:
        return f"({_elements(array, FIRST_ELEMENTS)}, {shape})"
    size = strange_word(array) or notation.number(norm(array))
    return rf"({shape}, \| \cdot \| = {_latex(size)})"


def both(array: Array | None) -> tuple[str, str]:
    """A tensor in LaTeX and in a sentence: `numbers` and `spoken`."""
    if array is None or not written(array):
        return numbers(array), spoken(array)
    plain = notation.text(array)
    return _latex(plain), plain


def _elements(array: Array, most: int | None = None) -> str:
    return _latex(notation.text(array) if most is None else notation.text(array, most))


def _latex(plain: str) -> str:
    plain = plain.replace("…", r"\dots").replace("nan", r"\text{nan}").replace("inf", r"\infty")
    return re.sub(r"e([-+]?)0?(\d+)", lambda e: rf" \cdot 10^{{{e[1].strip('+')}{e[2]}}}", plain)


def partial(root: str, of: str) -> str:
    """∂root/∂of in LaTeX; ∇of in a pass whose gradients are those of no root (`Start`)."""
    if not root:
        return rf"\nabla {name(grouped(of))}"
    return rf"\frac{{\partial {name(grouped(root))}}}{{\partial {name(grouped(of))}}}"


def bracketed(latex: str, loose: bool) -> str:
    """A formula as a factor of a product, in brackets if it needs them."""
    return rf"\left({latex}\right)" if loose else latex


def factor(reading: Reading, node: Node, slot: int) -> Factor | None:
    """The proven local derivative along one input of a node, where it multiplies the upstream
    gradient: element by element, or as a matrix on one side."""
    found = reading.proofs.derivative(node, slot)
    if found is None or found.form == "product":
        return None
    latex, plain = found.written.latex, found.written.plain
    loose = found.written.strength < PRODUCT or plain.startswith("−")
    if found.form == "right":
        return Factor(rf"\cdot\, {latex}", plain, f"· {plain}", None, False)
    if found.form == "left":
        return Factor(rf"{latex} \cdot", plain, f"{plain} ·", None, False)
    arc = f"× ({plain})" if loose else f"÷ {plain[2:]}" if plain.startswith("1/") else f"× {plain}"
    return Factor(latex, plain, arc, found.value, found.constant, loose)


def product(reading: Reading, node: Node, slot: int) -> Derivative | None:
    """The proven vector-Jacobian product along one input, where it is not a plain factor."""
    found = reading.proofs.derivative(node, slot)
    return found if found is not None and found.form != "factor" else None


def arc(reading: Reading, edge: Edge, inside: AbstractSet[int]) -> str | None:
    """The factor on the arc of an edge into a disc with the nodes `inside`; None if unknown.

    The path may lead through views that the call itself made, as `linear(x, w)` transposes w. The
    factor is then the one behind them; a transpose reverses the product: `(xᵀ ·)ᵀ`. A factor
    followed by more of the call's nodes is not the call's: in `2 / x` autograd takes 1/x first.
    """
    turned = False
    for _ in inside:
        node = reading.nodes[edge.target]
        local = factor(reading, node, edge.slot or 0)
        uses = [use for to in inside for use in reading.into[to] if use.source == node.id]
        if local is not None:
            if not _ends(reading, node.id, inside):
                return None
            return f"({local.arc})ᵀ" if turned else local.arc
        transposes = reading.proofs.transposes(node)
        if transposes is None:
            return None
        turned ^= transposes
        if len(uses) != 1:
            return "(·)ᵀ" if turned and not uses else None
        edge = uses[0]
    return None


def _ends(reading: Reading, node: int, inside: AbstractSet[int]) -> bool:
    """True if nothing in the call changes a gradient before it reaches a node: only views that keep
    the order of the numbers, and derivatives of 1."""
    walk = [node]
    for one in walk:
        for use in (use for to in inside for use in reading.into[to] if use.source == one):
            after = reading.nodes[use.target]
            if reading.proofs.transposes(after) is not False:
                found = factor(reading, after, use.slot or 0)
                if found is None or found.words != "1":
                    return False
            walk.append(after.id)
    return True


def forward(reading: Reading, node: Node) -> tuple[FormulaPart, ...]:
    """result = operation of operands = value; the operation as a proven formula, else as called."""
    output, value = seen(node)
    label = reading.label(node.id, output)
    found = equation(reading, node)
    if subscript := reading.subscript(node):
        latex, plain = name(subscript), subscript  # as the program wrote it
    elif found is not None:
        latex, plain = found.latex, found.plain
    else:
        plain = reading.expression(node) + ("[0]" if node.outputs > 1 else "")
        latex = name(plain)
    if plain == label:
        parts = [FormulaPart(name(label), "plain", label)]
    else:
        parts = [FormulaPart(f"{name(label)} = {latex}", "plain", f"{label} = {plain}")]
    if value is not None:
        parts.append(_equals(value, "value"))
    return tuple(parts)


def equation(reading: Reading, node: Node) -> Written | None:
    """The proven equation of a node, from the call that made it, or else from its row, or else the
    call by its own name.

    If the call made several nodes, the row counts only if it covers all of them.
    """
    whole = reading.proofs.call(node) if node.kind == "op" else None
    if whole is not None:
        return whole
    found = reading.proofs.equation(node)
    if found is not None and reading.several(node):
        inside = set(reading.calls[node.call or 0])
        if any(of in inside and of != node.id for _, of, _ in found.of):
            found = None
    if found is None and node.kind == "op":
        return reading.proofs.named(node)
    return found


def chain(reading: Reading, of: Pass, start: Start) -> "Chain | None":
    """The pass as one product of local derivatives; None if it is not a single path.

    Straight-line teaching programs are one; with a fan-out, each step has its own equation.
    """
    trace = reading.trace
    if len(start.roots) != 1 or not start.name:
        return None
    steps = [step for _, step in reading.ran(of.number)]
    links: list[Link] = []
    output = of.roots[0][1]
    for step in steps:
        if step.grad_fn == "AccumulateGrad":
            continue
        node = reading.nodes[step.node]
        if len(step.sends) != 1 or (links and links[-1].edge.source != step.node):
            return None
        edge = trace.edges[step.sends[0].edge]
        local = factor(reading, node, edge.slot or 0)
        if node.kind == "hidden" or local is None:
            return None
        pair = reading.label(node.id, output), reading.label(edge.source, edge.output)
        links.append(Link(step.order, edge, partial(*pair), ratio(*pair), local))
        output = edge.output
    return Chain(reading, start, tuple(links)) if links else None


class Link(NamedTuple):
    """One factor of a chain: the order of its step, the edge that the gradient took, and the local
    derivative, by its name in LaTeX and in plain text and as a factor."""

    order: int
    edge: Edge
    latex: str
    plain: str
    local: Factor


class Chain(msgspec.Struct, frozen=True):
    """∂root/∂leaf as a product."""

    reading: Reading
    start: Start
    links: tuple[Link, ...]

    def parts(self, order: int, final: Array | None) -> tuple[FormulaPart, ...]:
        """The chain rule with the factors reached by step `order` in the gradient's colour."""
        now = max((i for i, link in enumerate(self.links) if link.order <= order), default=0)
        first = max(0, min(now - SHOWN_FACTORS // 2, len(self.links) - SHOWN_FACTORS))
        shown = self.links[first : first + SHOWN_FACTORS]
        several = len(self.links) > 1
        symbols = [_Part(link.latex, link.plain, link.order <= order) for link in shown]
        factors = [self._factor(link, link.order <= order, several) for link in shown]
        dots = first > 0, first + SHOWN_FACTORS < len(self.links)
        root = self.start.roots[0]
        if not root.plain and not first:
            symbols.insert(0, _Part(name(root.symbol), root.symbol, True))
            factors.insert(0, _Part(*both(root.grad), True))
        end = self.links[-1].edge
        last = self.reading.label(end.source, end.output)
        of = self.start.name
        parts = [_plain(f"{partial(of, last)} =", f"{ratio(of, last)} =")]
        if len(symbols) > 1:
            parts += [*_product(symbols, dots), FormulaPart("=")]
        parts += _product(factors, dots)
        alone = factors[0].plain if len(factors) == 1 else None
        if final is not None and spoken(final) != alone:
            parts.append(_equals(final))
        return tuple(parts)

    def _factor(self, link: Link, reached: bool, several: bool) -> "_Part":
        local = link.local
        loose = several and local.loose
        words = f"({local.words})" if loose else local.words
        return _Part(bracketed(local.latex, loose), words, reached)


class _Part(NamedTuple):
    """A factor of a product in LaTeX and plain text, and a flag for whether the pass has reached
    it."""

    latex: str
    plain: str
    reached: bool


def alone(latex: str) -> tuple[str, bool, bool]:
    r"""A factor without the dot that shows its side, and two flags: it is a matrix that multiplies
    from the left (`W^T \\cdot`), or from the right (`\\cdot x^T`)."""
    bare = latex.removeprefix(r"\cdot").removeprefix(r"\,").removesuffix(r"\cdot").strip()
    return bare, latex.endswith(r"\cdot"), latex.startswith(r"\cdot")


def _product(factors: Sequence[_Part], dots: tuple[bool, bool]) -> list[FormulaPart]:
    """Factors as one product, coloured as far as they are reached.

    A matrix from the left is placed left of everything before it, which gets brackets unless it
    consists of such matrices itself.
    """
    row = [_Part(r"\dots", "…", True)] if dots[0] else []
    appended = False
    for latex, plain, reached in factors:
        bare, from_left, _ = alone(latex)
        if from_left and appended:
            row[0] = row[0]._replace(latex=f"({row[0].latex}", plain=f"({row[0].plain}")
            row[-1] = row[-1]._replace(latex=f"{row[-1].latex})", plain=f"{row[-1].plain})")
        place = 0 if from_left else len(row)
        appended = bool(row) and not from_left
        row.insert(place, _Part(bare, plain, reached))
    if dots[1]:
        row.append(_Part(r"\dots", "…", False))
    parts: list[FormulaPart] = []
    for reached, run in itertools.groupby(row, key=lambda each: each.reached):
        same = list(run)
        dot, sign = (r"\cdot ", "· ") if parts else ("", "")
        parts.append(
            FormulaPart(
                dot + r" \cdot ".join(factor.latex for factor in same),
                "gradient" if reached else "muted",
                sign + " · ".join(factor.plain for factor in same),
            )
        )
    return parts


def backward(reading: Reading, root: str, step: Step, shared: set[int]) -> tuple[FormulaPart, ...]:
    """One equation per gradient sent: upstream gradient times local derivative, or the
    vector-Jacobian product as computed from the upstream gradient G.

    `shared` are the edges whose source gets several gradients in this pass: those are written with
    `+=`.
    """
    trace = reading.trace
    node = reading.nodes[step.node]
    arrived_at = [output for output, one in enumerate(step.upstream) if one is not None]
    results = [reading.label(node.id, output) for output in arrived_at or (0,)]
    upstream = step.upstream[0] if step.upstream else None
    parts: list[FormulaPart] = []
    ways = [(send, trace.edges[send.edge]) for send in step.sends[:SHOWN_SENDS]]
    found = [None if step.hooked else product(reading, node, edge.slot or 0) for _, edge in ways]
    if any(one is not None for one in found):
        for output, arrived in enumerate(step.upstream):
            if arrived is None:
                continue
            letter = "G" if len(step.upstream) == 1 or output == 0 else f"G_{{{output}}}"
            of = reading.label(node.id, output)
            parts.append(_plain(f"{letter} =", f"{letter.replace('_{', '').strip('}')} ="))
            parts.append(_plain(partial(root, of), ratio(root, of)))
            parts.append(_equals(arrived))
            parts.append(FormulaPart(""))
    for (send, edge), whole in zip(ways, found, strict=True):
        operand = reading.label(edge.source, edge.output)
        if parts and parts[-1].latex:
            parts.append(FormulaPart(""))
        several = send.edge in shared
        sign = r"\text{+=}" if several else "="
        parts.append(
            _plain(
                f"{partial(root, operand)} {sign}",
                f"{ratio(root, operand)} {'+=' if several else '='}",
            )
        )
        if step.hooked:  # the sent gradient need not follow from the arrived one
            latex, plain = both(send.grad)
            parts.append(FormulaPart(latex, "gradient", plain))
            continue
        axes = broadcasting.axes(reading, node, edge.slot or 0, upstream, send.grad)
        over = ", ".join(map(str, axes))
        total = rf"\sum_{{\text{{dim}} = {over}}} " if axes else ""
        dims = over if len(axes) == 1 else f"({over})"
        head, tail = ("sum(", f", dim={dims})") if axes else ("", "")
        local = factor(reading, node, edge.slot or 0)
        if whole is not None:
            parts.append(in_terms_of_g(whole))
        else:
            # Through each of the node's results a gradient came from: the terms of one sum.
            dots = " + ".join(
                rf"{partial(root, result)} \cdot {partial(result, operand)}" for result in results
            )
            plain = " + ".join(
                f"{ratio(root, result)} · {ratio(result, operand)}" for result in results
            )
            if axes and len(results) > 1:
                dots, plain = rf"\left({dots}\right)", f"({plain})"
            parts.append(_plain(total + dots, head + plain + tail))
            if local is not None and upstream is not None and len(upstream.data) <= SHOWN_ELEMENTS:
                parts += _with_numbers(local, upstream, total, (head, tail))
        if send.grad is not None:
            parts.append(_equals(send.grad))
    return tuple(parts)


def together(
    reading: Reading, root: str, step: Step, edges: Sequence[Edge]
) -> tuple[FormulaPart, ...]:
    """The gradient that a whole call sends to a tensor, as one line at the last of its nodes that
    sends it.

    `edges` are those along which this step sends; empty where the call has no formula for it.
    """
    node = reading.nodes[step.node]
    if node.call is None or not reading.inside(node):
        return ()
    made = reading.made(node.call)
    if made is None:
        return ()
    for target, written in reading.proofs.together(made):
        edge = next((edge for edge in edges if edge.source == target), None)
        if edge is None:
            continue
        operand, result = reading.label(edge.source, edge.output), reading.label(made.id)
        op = (made.op or "").strip("_")
        return (
            FormulaPart(""),
            _plain(f"{name(op)}: {partial(root, operand)} =", f"{op}: {ratio(root, operand)} ="),
            FormulaPart(written.latex, "value", written.plain),
            _plain(rf",\; G = {partial(root, result)}", f", G = {ratio(root, result)}"),
        )
    return ()


def _with_numbers(
    local: Factor, upstream: Array, total: str, around: tuple[str, str]
) -> Iterator[FormulaPart]:
    latex = bracketed(local.latex, local.loose)
    words = f"({local.words})" if local.loose else local.words
    arrived, spelled = both(upstream)
    yield FormulaPart(f"= {total}{arrived}", "gradient", f"= {around[0]}{spelled}")
    yield FormulaPart(rf"\cdot {latex}", "value", f"· {words}{around[1]}")


def in_terms_of_g(found: Derivative) -> FormulaPart:
    """A proven vector-Jacobian product with its G: `G wᵀ`."""
    latex, plain = found.written.latex, found.written.plain
    loose = found.written.strength < PRODUCT
    if found.form == "left":
        latex, plain = f"{bracketed(latex, loose)} G", f"({plain}) G" if loose else f"{plain} G"
    elif found.form == "right":
        latex, plain = f"G {bracketed(latex, loose)}", f"G ({plain})" if loose else f"G {plain}"
    return FormulaPart(latex, "value", plain)


def _plain(latex: str, plain: str) -> FormulaPart:
    return FormulaPart(latex, "plain", plain)


def _equals(array: Array, tone: Tone = "gradient") -> FormulaPart:
    latex, plain = both(array)
    return FormulaPart(f"= {latex}", tone, f"= {plain}")


def accumulate(
    root: str, label: str, terms: Sequence[Array | None], before: Array | None, total: Array | None
) -> tuple[FormulaPart, ...]:
    """leaf.grad = before + the sum of what arrived."""
    tone: Tone = "gradient"
    held = f"{label}.grad"
    parts = [_plain(f"{name(held)} = {partial(root, label)} =", f"{held} = {ratio(root, label)} =")]
    if before is not None:
        latex, plain = both(before)
        parts = [
            _plain(f"{name(held)} =", f"{held} ="),
            FormulaPart(f"{latex} +", "muted", f"{plain} +"),
        ]
    if len(terms) > 1:
        some, spelled = [numbers(term) for term in terms], [spoken(term) for term in terms]
        if len(some) > SHOWN_TERMS:
            some[FIRST_TERMS:-1], spelled[FIRST_TERMS:-1] = [r"\cdots"], ["…"]
        parts.append(FormulaPart(" + ".join(some), tone, " + ".join(spelled)))
        parts.append(FormulaPart("="))
    elif before is not None and terms:
        latex, plain = both(terms[0])
        parts += [FormulaPart(latex, tone, plain), FormulaPart("=")]
    latex, plain = both(total)
    return (*parts, FormulaPart(latex, tone, plain))


def put(label: str, after: Array | None) -> FormulaPart:
    """leaf.grad <- what the program itself puts there."""
    held = f"{label}.grad"
    value, spelled = (r"\text{None}", "None") if after is None else (numbers(after), spoken(after))
    return FormulaPart(rf"{name(held)} \leftarrow {value}", "gradient", f"{held} ← {spelled}")


def in_numbers(reading: Reading, step: Step) -> tuple[FormulaPart, ...]:
    """One line per gradient that a step sends by a plain factor: what arrived, times the local
    derivative's numbers, is what is sent."""
    node = reading.nodes[step.node]
    upstream = step.upstream[0] if len(step.upstream) == 1 else None
    if step.hooked or upstream is None or not written(upstream):
        return ()
    parts: list[FormulaPart] = []
    for send in step.sends[:SHOWN_SENDS]:
        edge = reading.trace.edges[send.edge]
        local = factor(reading, node, edge.slot or 0)
        if local is None or local.value is None or send.grad is None:
            continue
        if not _multiplied(upstream, local.value, send.grad):
            continue
        operand = reading.label(edge.source, edge.output)
        # As at the arcs: `x: × y`.
        to = [_plain(f"{name(operand)}:", f"{operand}:")] if len(step.sends) > 1 else []
        latex, plain = both(upstream)
        parts += [
            FormulaPart(""),
            *to,
            FormulaPart(latex, "gradient", plain),
            _times(local.value, constant=local.constant),
            _equals(send.grad),
        ]
    return tuple(parts[1:])


def _times(value: Array, *, constant: bool) -> FormulaPart:
    if not constant and value.shape:
        latex, plain = both(value)
        return FormulaPart(rf"\cdot {latex}", "value", f"· {plain}")
    plain = notation.number(value.data[0])
    latex = bracketed(_latex(plain), plain.startswith("-"))
    return FormulaPart(rf"\cdot {latex}", "value", f"· {plain}")


def _multiplied(arrived: Array, local: Array, sent: Array) -> bool:
    """True if, number by number, the second times the first is the third; one number is used
    throughout."""
    if not written(local) or not written(sent):
        return False
    rows = [arrived.data, local.data, sent.data]
    size = max(map(len, rows))
    real = all(isinstance(x, int | float) for row in rows for x in row)
    if not real or not size or any(len(row) not in (1, size) for row in rows):
        return False
    wide = (row * size if len(row) == 1 else row for row in rows)
    return all(
        math.isclose(up * by, down, rel_tol=1e-4, abs_tol=1e-6)
        for up, by, down in zip(*wide, strict=True)
    )
