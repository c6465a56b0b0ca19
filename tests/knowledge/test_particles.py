"""Korean particles fit the last sound of the inserted word."""

import re

import pytest

from viz_app.knowledge import particles, text
from viz_app.model import Message, Word
from viz_app.paths import ASSETS
from viz_app.picture.words import sentence

DOUBLE = re.compile(r"[은는이가을를과와]\([은는이가을를과와]\)|\((으|이)\)")

CONSONANT = """0 3 6 10 20 100 1000 12000 100000000 0.5·10 3.0 0.10 -3 −6 [1, 3] (10) "10." x² W³ f′
    값 그래디언트(값) 행렬값 y_min sum mean None nan column padding log_softmax(x, dim=0) norm stack
    clip dropout logit n fn ε 10%10 name_"""
VOWEL = """2 4 5 9 0.2 1e-05 [2, 4] 1000000000000 x x₂ y.grad exp() add relu(…) sigmoid softmax ReLU
    MSE h π θ Σ ∞ 50% + @ * 가중치 텐서 where shape weight float grad b["x"] t2 wᵀ 'a' View"""
RIEUL = """텐서들 1 7 8 0.1 [0, 1] 21 1.8 w1 x₁ 물 matmul l lr nn.Linear.r mul scale double url
    tensor_l AddR"""


@pytest.mark.parametrize(
    ("ending", "said"),
    [
        ("consonant", CONSONANT),
        ("vowel", VOWEL),
        ("ㄹ", RIEUL),
    ],
)
def test_last_sound_is_found_in_the_korean_reading(ending: str, said: str) -> None:
    for each in re.split(r"\s+(?![^\[(]*[\])])", said.strip()):
        assert (each, particles.sound(each)) == (each, ending)


@pytest.mark.parametrize(
    ("before", "double", "after"),
    [
        ("값", "은(는)", "은"),
        ("x", "은(는)", "는"),
        ("3", "이(가)", "이"),
        ("2", "이(가)", "가"),
        ("sum", "을(를)", "을"),
        ("exp", "을(를)", "를"),
        ("10", "과(와)", "과"),
        ("y", "와(과)", "와"),
        ("3", "(으)로", "으로"),
        ("8", "(으)로", "로"),
        ("2", "(으)로", "로"),
        ("n", "(이)라는", "이라는"),
        ("x", "(이)라는", "라는"),
        ("漢", "은(는)", "은(는)"),
        ("", "은(는)", "은(는)"),
        ("값", " 은(는)", " 은(는)"),
    ],
)
def test_double_form_becomes_the_particle_that_fits(before: str, double: str, after: str) -> None:
    assert particles.settle(before, f"{double} 끝") == f"{after} 끝"


def test_korean_messages_have_single_particles_once_they_are_filled() -> None:
    korean = text.load("ko")
    templates = {key: words for key, words in korean.messages.items() if DOUBLE.search(words)}
    assert len(templates) > 20
    for key, words in templates.items():
        for value in ("x", "3", "값", "relu(x)", 0.25):
            filled = korean(key, **dict.fromkeys(text.placeholders(words), value))
            assert not DOUBLE.search(filled), (key, filled)


def test_a_sentence_with_tones_has_the_same_particles_as_its_plain_text() -> None:
    message = Message("why.infinite", {"op": Word("sqrt"), "values": Word("0"), "to": Word("x"),
        "arrived": Word("1", "gradient"), "sent": Word("inf", "gradient")})  # fmt: skip
    said = sentence.plain(message, text.load("ko"))
    assert "1이 도착했고" in said
    assert "inf를 보냈습니다" in said


def test_a_double_form_that_a_program_writes_stays_as_written() -> None:
    assert "은(는)" in text.load("ko")("hint.name", name="x은(는)")


def test_messages_filled_in_the_browser_need_no_particle() -> None:
    """The rule is in Python only, so what JavaScript fills has no double form."""
    scripts = [path for path in ASSETS.rglob("*.js") if "build" not in path.parts]
    named = {
        key for path in scripts for key in re.findall(r"words\.(\w+)", path.read_text("utf-8"))
    }
    assert {"with_second", "vjp", "predict_answer"} <= named
    for table in ("share", "inputs", "changes", "page", "life", "stage", "explain"):
        for key, words in text.load("ko").table(table).items():
            if key in named or key.startswith("predict_") or table != "explain":
                assert not DOUBLE.search(words), f"{table}.{key}"
