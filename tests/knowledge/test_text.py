"""All languages have the same messages, with the same placeholders."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from viz_app.knowledge import text
from viz_app.paths import PROJECT

OTHERS = [code for code in text.languages() if code != text.DEFAULT]


def test_english_and_korean_are_there() -> None:
    assert {"en", "ko"} <= set(text.languages())
    assert text.languages()[0] == "en"


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_the_same_keys_and_placeholders(language: str) -> None:
    ours, theirs = text.load(text.DEFAULT).messages, text.load(language).messages
    assert set(ours) == set(theirs)
    differing = [
        key for key in ours if text.placeholders(ours[key]) != text.placeholders(theirs[key])
    ]
    assert differing == []


@pytest.mark.parametrize("language", text.languages())
def test_no_message_is_blank_or_ends_in_space(language: str) -> None:
    wrong = [
        key
        for key, message in text.load(language).messages.items()
        if message != message.strip() or not message
    ]
    assert wrong == []


def test_korean_is_written_in_korean() -> None:
    korean = text.load("ko").messages
    english = text.load("en").messages
    same = {
        key for key in korean if korean[key] == english[key] and re.search("[a-z]{4}", korean[key])
    }
    assert same == set()


@pytest.mark.parametrize("language", text.languages())
def test_a_particle_after_a_placeholder_fits_every_word(language: str) -> None:
    """The catalogue writes both forms of a particle: the last sound of a filled word is unknown."""
    pattern = re.compile(r"\}(은|는|이|가|을|를|과|와|으로)(?=[\s.,])")
    wrong = [
        key for key, message in text.load(language).messages.items() if pattern.search(message)
    ]
    assert wrong == []


def test_every_key_the_code_names_is_there() -> None:
    known = text.load(text.DEFAULT)
    named = {
        key
        for path in sorted((PROJECT / "viz_app").rglob("*.py"))
        for key in re.findall(
            r"""\b(?:say|words|text)\(\s*"([a-z_]+(?:\.[a-z_]+)+)\"""", path.read_text("utf-8")
        )
    }
    assert named
    assert {key for key in named if key not in known} == set()


def test_a_missing_key_or_parameter_is_an_error() -> None:
    words = text.load("en")
    with pytest.raises(KeyError):
        words("page.no_such_key")
    with pytest.raises(KeyError):
        words("page.error_at", line=1)
    with pytest.raises(KeyError):
        words.table("no_such_table")
    with pytest.raises(KeyError):
        text.load("xx")
    assert words("page.error_at", line=1, column=2, unused=3) == "Line 1, column 2"


@pytest.mark.parametrize("template", ["{}", "{0}", "{a.b}", "{a[0]}", "{a!r}", "{a:>9}", "{a"])
def test_only_plain_placeholders_are_allowed(template: str) -> None:
    with pytest.raises(ValueError, match=r"placeholders|expected"):
        text.placeholders(template)


@examples(100)
@given(st.text())
def test_a_parameter_is_never_read_as_a_template(value: str) -> None:
    assert value in text.load("en")("error.lesson", lesson=value)


@pytest.mark.parametrize(
    ("preferred", "language"),
    [
        ((None, "ko-KR"), "ko"),
        (("ko", "en-US"), "ko"),
        (("en", "ko-KR"), "en"),
        (("xx", "ko"), "ko"),
        (("", "KO_kr"), "ko"),
        ((None, "fr-FR"), "en"),
        ((None, None), "en"),
    ],
)
def test_link_takes_precedence_over_the_browser(
    preferred: tuple[str | None, ...], language: str
) -> None:
    assert text.choose(*preferred) == language


def test_every_end_of_a_run_has_its_sentence() -> None:
    engine = "\n".join(
        path.read_text("utf-8") for path in (PROJECT / "viz_app/engine").rglob("*.py")
    )
    codes = set(re.findall(r"""\bfailure\(\s*"([a-z_]+)\"""", engine, re.IGNORECASE))
    codes |= set(re.findall(r"\"((?:limit|crash)_[a-z]+|vanished|forged|killed|stopped)\"", engine))
    assert {"syntax", "limit_wall", "crash_fpe", "engine_died"} <= codes
    hints = (PROJECT / "viz_app/engine/program/error_hints.py").read_text("utf-8")
    keys = set(re.findall(r"""(?:Hint\(|": )"([a-z_]+)"|"([a-z_]+)"\),\n""", hints))
    keys = {key or other for key, other in keys}
    assert {"not_scalar", "no_files", "recursion"} <= keys
    known = text.load(text.DEFAULT)
    assert {code for code in codes if f"error.{code}" not in known} == set()
    assert set(known.table("hint")) == keys
