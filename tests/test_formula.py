"""Formulas: the chain rule as on the board, names escaped, MathML for all of it."""

import xml.etree.ElementTree as ElementTree

import pytest

from tests import traces
from viz_app.model import Piece
from viz_app.picture import formula, payload, story

INK = {"math", "mrow", "mi", "mn", "mo", "mtext", "mfrac", "msup", "msub", "msubsup", "mover",
       "munder", "munderover", "msqrt", "mroot", "mspace", "mstyle", "mpadded"}  # fmt: skip
"""What stage.js lets through."""


def written(pieces: tuple[Piece, ...], tone: str) -> str:
    return " ".join(piece.latex for piece in pieces if piece.tone == tone)


@pytest.mark.parametrize("name", sorted(traces.PROGRAMS))
def test_all_formulas_render(name: str) -> None:
    for frame in story.tell(traces.run(traces.PROGRAMS[name])):
        for piece in frame.formula:
            if not piece.latex:
                continue
            tree = ElementTree.fromstring(payload.mathml(piece.latex))
            assert {element.tag.rpartition("}")[2] for element in tree.iter()} <= INK


def test_chain_rule_fills_up() -> None:
    frames = story.tell(traces.run(traces.SEED))
    assert written(frames[5].formula, "gradient").count("partial") == 2
    assert r"\frac{1}{2} \cdot 2 \cdot 2 \text{b}" in written(frames[7].formula, "gradient")
    assert written(frames[7].formula, "muted").endswith("1")
    assert frames[9].formula[-1].latex == "= [6, 8]"


def test_names_are_escaped() -> None:
    assert formula.name("a_b") == r"\text{a\_b}"
    assert formula.name("2") == "2"
    tree = ElementTree.fromstring(payload.mathml(formula.name(r"<b>\frac{x}$&")))
    assert "".join(tree.itertext()) == r"<b>∖frac{x}$&"
    assert not any(element.tag.endswith("mfrac") for element in tree.iter())
