"""Korean particles: `을(를)` after a placeholder becomes 을 or 를, by the last sound before it.

The catalogue writes both forms, the one after a consonant first or last (`은(는)`, `와(과)`,
`(으)로`). Digits, Latin and Greek letters are taken as they are read aloud in Korean: 3 is 삼, x is
엑스, `log` is 로그. After a character whose reading is unknown, both forms stay.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final, Literal

Sound = Literal["vowel", "ㄹ", "consonant"]

_DOUBLE: Final = re.compile(
    r"은\(는\)|는\(은\)|이\(가\)|가\(이\)|을\(를\)|를\(을\)|과\(와\)|와\(과\)|\(으\)로|\(이\)(?=라)"
)
_FORMS: Final = {
    "은": ("은", "는"),
    "는": ("은", "는"),
    "이": ("이", "가"),
    "가": ("이", "가"),
    "을": ("을", "를"),
    "를": ("을", "를"),
    "과": ("과", "와"),
    "와": ("과", "와"),
    "(": ("이", ""),
}
"""First character of a double form: (after a consonant, after a vowel)."""

_CLOSED: Final[Mapping[str, Sound]] = {
    "0": "consonant",
    "1": "ㄹ",
    "3": "consonant",
    "6": "consonant",
    "7": "ㄹ",
    "8": "ㄹ",
    "l": "ㄹ",
    "m": "consonant",
    "n": "consonant",
    "r": "ㄹ",
    "ε": "consonant",
    "ο": "consonant",
    "υ": "consonant",
}
"""Names that end in a consonant: 영, 일, 삼, 육, 칠, 팔; 엘, 엠, 엔, 알; 엡실론, 오미크론, 입실론.

Of the ten digits, Latin and Greek letters, all others end in a vowel.
"""
_SYMBOLS: Final = "@∞%∂∇√+-−*/=<>&|^×÷·#$€ℓ"
"""Symbols whose names end in a vowel: 무한대, 퍼센트, 플러스, 마이너스, 곱하기 ..."""
_RAISED: Final = "⁰¹²³⁴⁵⁶⁷⁸⁹′″"
"""Read as 제곱, 세제곱 ..., 프라임: all end in a consonant."""
_CLOSING: Final = "”’\"')]"
"""Characters allowed between a word and its particle."""
_NUMBER: Final = re.compile(r"(?:(\d+)\.)?(\d+)$")
_WORD: Final = re.compile(r"(?:[A-Z]?[a-z]+|[A-Z]+)$", re.ASCII)


def settle(before: str, literal: str) -> str:
    """The template text `literal`, its leading double particle fitted to the text `before` it.

    Closing quotes and brackets between them are allowed.
    """
    if "(" not in literal:
        return literal
    closed = len(literal) - len(literal.lstrip(_CLOSING))
    double = _DOUBLE.match(literal, closed)
    heard = sound(before) if double else None
    if double is None or heard is None:
        return literal
    if double[0] == "(으)로":
        form = "으로" if heard == "consonant" else "로"
    else:
        form = _FORMS[double[0][0]][heard == "vowel"]
    return literal[:closed] + form + literal[double.end() :]


def sound(text: str) -> Sound | None:
    """The last sound of a text as it is read aloud. None if that is unknown.

    Brackets, quotes, punctuation and spaces at the end are silent. A text of symbols alone is read
    by its last symbol.
    """
    spoken = text[-80:].rstrip()
    while spoken and _silent(spoken[-1]):
        spoken = spoken[:-1]
    if not spoken:
        return "vowel" if text.strip()[-1:] in tuple(_SYMBOLS) else None
    last = spoken[-1]
    if last in _RAISED:
        return "consonant"
    if "가" <= last <= "힣":
        final = (ord(last) - ord("가")) % 28
        return "vowel" if not final else "ㄹ" if final == 8 else "consonant"
    if last in "∞%":
        return "vowel"
    spoken = unicodedata.normalize("NFKC", spoken)
    if number := _NUMBER.search(spoken):
        return _number(number[2], whole=number[1] is None)
    if word := _WORD.search(spoken):
        return _word(word[0])
    letter = unicodedata.normalize("NFD", spoken[-1])[0].lower()
    if "α" <= letter <= "ω":
        return _CLOSED.get(letter, "vowel")
    return None


def _silent(char: str) -> bool:
    return char not in "∞%′″" and unicodedata.category(char)[0] in "PSZ"


def _number(digits: str, whole: bool) -> Sound:
    """A run of digits. Whole numbers end in 십, 백, 천, 만, 억, 조 where they end in zeros."""
    zeros = len(digits) - len(digits.rstrip("0"))
    if whole and zeros and zeros < len(digits):
        return "vowel" if zeros // 4 == 3 else "consonant"
    return _CLOSED.get(digits[-1], "vowel")


def _word(word: str) -> Sound:
    """A Latin word or abbreviation, as loanwords are written in Korean."""
    lower = word.lower()
    if word.isupper() or not re.search("[aeiouy]", lower) or len(word) == 1:
        return _CLOSED.get(lower[-1], "vowel")
    if re.search("le?$", lower):
        return "ㄹ"
    if re.search(r"(m|n|ng|[aeiouy][mn]e|ck|ic)$", lower):
        return "consonant"
    if re.search(r"(?<![aeiou])[aeiou][ptk]$|(out|oup)$", lower):
        return "consonant"
    return "vowel"
