"""Formulas: the chain rule as on the board, names escaped, MathML for all of it."""

import math
import xml.etree.ElementTree as ElementTree

import pytest

from tests import traces
from viz_app.model import Array, FormulaPart
from viz_app.picture import scene
from viz_app.picture.story import story
from viz_app.picture.words import formula
from viz_app.picture.words.mathml import mathml
from viz_app.picture.words.notation import Reading

INK = {"math", "mrow", "mi", "mn", "mo", "mtext", "mfrac", "msup", "msub", "msubsup", "mover",
       "munder", "munderover", "msqrt", "mroot", "mspace", "mstyle", "mpadded",
       "mtable", "mtr", "mtd"}  # fmt: skip
"""The elements that stage.js allows."""


def written(parts: tuple[FormulaPart, ...], tone: str) -> str:
    return " ".join(part.latex for part in parts if part.tone == tone)


@pytest.mark.parametrize("name", sorted(traces.PROGRAMS))
def test_all_formulas_render(name: str) -> None:
    for frame in story.frames(Reading(traces.run(traces.PROGRAMS[name]))):
        for part in frame.formula:
            if not part.latex:
                continue
            tree = ElementTree.fromstring(mathml(part.latex))
            assert {element.tag.rpartition("}")[2] for element in tree.iter()} <= INK


def test_chain_rule_fills_up() -> None:
    frames = story.frames(Reading(traces.run(traces.SEED)))
    assert written(frames[5].formula, "gradient").count("partial") == 2
    assert r"\frac{1}{2} \cdot 2 \cdot 2 \text{b}" in written(frames[7].formula, "gradient")
    assert written(frames[7].formula, "muted").endswith("1")
    assert frames[9].formula[-1].latex == "= [6, 8]"


def test_names_are_escaped() -> None:
    assert formula.name("a_b") == r"\text{a\_b}"
    assert formula.name("2") == "2"
    tree = ElementTree.fromstring(mathml(formula.name(r"<b>\frac{x}$&")))
    assert "".join(tree.itertext()) == r"<b>∖frac{x}$&"
    assert not any(element.tag.endswith("mfrac") for element in tree.iter())


LINEAR = """
x = torch.tensor([[1., 2.]])
fc = torch.nn.Linear(2, 2)
W = torch.ones(2, 2, requires_grad=True)
y = {}
y.sum().backward()
"""


@pytest.mark.parametrize(
    ("call", "written", "factors"),
    [
        ("fc(x)", "linear(x, fc.weight, fc.bias)", {"fc.weight: (xᵀ ·)ᵀ", "fc.bias: × 1"}),
        ("fc(x[0])", "linear(x[0], fc.weight, fc.bias)", {"fc.weight: (x[0]ᵀ ·)ᵀ", "fc.bias: × 1"}),
        ("torch.nn.functional.linear(x, W)", "linear(x, W)", {"(xᵀ ·)ᵀ"}),
        ("x @ W.T", "x @ Wᵀ", {"xᵀ ·", "(·)ᵀ"}),
        ("x @ W.t()", "x @ Wᵀ", {"xᵀ ·", "(·)ᵀ"}),
        ("x[0] @ W", "x[0] @ W", {"x[0]ᵀ ·"}),
    ],
)
def test_the_arc_of_a_weight_has_its_factor(call: str, written: str, factors: set[str]) -> None:
    shown = scene.build(traces.run(LINEAR.format(call)))
    shown_factors = {text for face in shown.faces.values() for _, text in face.factors}
    assert shown_factors - {"× 1"} == factors
    reading = Reading(shown.trace)
    y = next(node for node in shown.trace.nodes if any(name.text == "y" for name in node.names))
    assert reading.expression(y) == written


def test_matrix_that_multiplies_from_the_left_is_written_left() -> None:
    [frame] = [
        frame
        for frame in story.frames(Reading(traces.run(LINEAR.format("x @ W.T"))))
        if frame.phase == "backward" and frame.message.key == "caption.mix"
    ]
    latex = [part.latex for part in frame.formula]
    assert latex[-2:] == [r"\text{x}^{\top} G", "= [[1, 1], [2, 2]]"]


@pytest.mark.parametrize(
    ("leaf", "lines", "product"),
    [
        ("x", "loss = (W @ (W @ x)).sum()", r"\text{W}^{\top} \cdot \text{W}^{\top} \cdot 1"),
        ("W", "loss = (W @ x).sum()", r"1 \cdot \text{x}^{\top}"),
        (
            "x",
            "h = (W @ x).tanh()\nz = W @ h\nloss = (z ** 2).sum()",
            r"\text{W}^{\top} \cdot (\text{W}^{\top} \cdot (1 \cdot 2 \text{z})"
            r" \cdot \left(1 - \text{h}^{2}\right))",
        ),
    ],
)
def test_a_product_with_matrices_keeps_their_sides(leaf: str, lines: str, product: str) -> None:
    shown = story.frames(
        Reading(
            traces.run(
                "x = torch.tensor([1., 1.])\nW = torch.tensor([[1., 2.], [3., 4.]])\n"
                f"{leaf}.requires_grad_()\n{lines}\nloss.backward()\n"
            )
        )
    )
    halfway, end = shown[-3], shown[-1]
    parts = [part.latex for part in end.formula]
    assert parts[parts.index("=") + 1] == product
    reached = [part for part in halfway.formula if part.tone in ("gradient", "muted")]
    assert {part.tone for part in reached} == {"gradient", "muted"}
    for part in (*end.formula, *halfway.formula):
        assert r"\cdot \cdot" not in part.latex
        assert mathml(part.latex)


def test_a_subscript_is_written_as_in_the_program() -> None:
    trace = traces.run(
        "a = torch.tensor([1., 2., 3.], requires_grad=True)\n"
        "b = a[1:]\nc = (b * a[0] + a[a > 1][0]).sum()\nc.backward()\n"
    )
    frames = story.frames(Reading(trace))
    formulas = [
        " ".join(part.latex for part in frame.formula)
        for frame in frames
        if frame.phase == "forward"
    ]
    assert formulas[1:5] == [
        r"\text{b} = \text{a[1:]} = [2, 3]",
        r"\text{a[0]} = 1",
        r"\text{b*a[0]} = \text{b} \cdot \text{a[0]} = [2, 3]",
        r"\text{a[a > 1]} = [2, 3]",
    ]


def test_sign_of_a_number_is_set_close_to_it() -> None:
    close = '<mo form="prefix">&#x02212;</mo>'
    assert mathml("[-0.5, -2] = -1").count(close) == 3
    assert close not in mathml(r"\text{a} - 1")


def test_function_is_set_apart_from_an_argument_without_brackets() -> None:
    assert "<mi>tanh</mi><mspace" in mathml(r"y = \tanh x")
    assert "<mspace" not in mathml(r"y = \tanh(x)")
    assert "<mspace" not in mathml(r"\operatorname{logs} x")


def test_numbers_of_any_size_are_in_blackboard_notation() -> None:
    found = Array((4,), "float", (4.852e8, -1.2e-7, math.inf, math.nan))
    assert formula.numbers(found) == (
        r"[4.852 \cdot 10^{8}, -1.2 \cdot 10^{-7}, \infty, \text{nan}]"
    )


def test_a_functions_name_with_more_than_letters_stays_whole() -> None:
    for latex, name in (
        (r"\operatorname{linalg.cond}(G)", "linalg.cond"),
        (r"\operatorname{masked\_scatter}(G)", "masked_scatter"),
        (r"\operatorname{float16}(G)", "float16"),
    ):
        assert f"<mtext>{name}</mtext>" in mathml(latex)
    assert "<mo>tr</mo>" in mathml(r"\operatorname{tr}(G)")
