"""A link round-trips, and no link does harm."""

import base64
import contextlib
import re
import zlib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from viz_app import share
from viz_app.errors import VizError
from viz_app.knowledge import lessons, text
from viz_app.limits import Limits
from viz_app.share import Settings

LINKS = Path(__file__).with_name("links") / "v1.txt"
OLD = [
    line.split("\t")
    for line in LINKS.read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]

SETTINGS = st.builds(
    Settings,
    lesson=st.none() | st.sampled_from(list(lessons.load())),
    program=st.none() | st.text(),
    language=st.none() | st.sampled_from(text.languages()),
    step=st.none() | st.integers(0, 9_999_999),
    speed=st.none() | st.sampled_from(share.SPEEDS),
    node=st.none()
    | st.from_regex(r"[0-9]{1,7}(\.[0-9]{1,4})?", fullmatch=True, alphabet="0123456789."),
    groups=st.lists(st.from_regex(r"-?[0-9a-f]{8}", fullmatch=True), max_size=5).map(tuple),
    view=st.none()
    | st.tuples(
        st.integers(0, 4_999).map(lambda n: n / 1000), st.integers(0, 99_999), st.integers(0, 9)
    ),
    colour=st.none() | st.sampled_from(share.COLOURS),
    predict=st.booleans(),
    embed=st.booleans(),
    theme=st.none() | st.sampled_from(["light", "dark"]),
)


@examples(100)
@given(SETTINGS)
def test_a_link_round_trips(settings: Settings) -> None:
    assert share.read(share.query(settings)) == settings
    assert share.read(share.split(share.link("http://x.org/app", settings)[17:])) == settings


@examples(100)
@given(st.from_regex(r"[a-z0-9]{1,9}(-[a-z0-9]{1,9}){0,3}", fullmatch=True), st.text())
def test_a_lesson_in_a_link_round_trips(slug: str, toml: str) -> None:
    settings = Settings(lesson=slug, toml=toml)
    assert share.read(share.split("?" + share.link("", settings).partition("?")[2])) == settings


LESSON = (lessons.FOLDER / "slope.toml").read_text("utf-8")


def test_link_brings_a_lesson_that_the_server_does_not_have() -> None:
    link = share.link("https://x.org", Settings(lesson="my-slope", toml=LESSON))
    assert len(link) < share.LONGEST
    found = share.brought(share.read(share.split("?" + link.partition("?")[2])))
    assert found is not None
    assert found == msgspec.structs.replace(lessons.load()["slope"], slug="my-slope")
    assert share.brought(Settings(lesson="slope")) is None


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"toml": share.encode(LESSON)}, "link"),  # it has no name
        ({"toml": share.encode(LESSON), "lesson": "../slope"}, "link"),
        ({"toml": share.encode(LESSON), "lesson": "<b>"}, "link"),
        ({"toml": share.encode(LESSON), "lesson": "a" * 61}, "link"),
        ({"toml": "!", "lesson": "mine"}, "link"),
        ({"toml": share.encode("x" * (lessons.MOST_BYTES + 1)), "lesson": "mine"}, "link"),
        ({"toml": share.encode("x" * 10**8), "lesson": "mine"}, "link"),
        ({"toml": share.encode("order = 1"), "lesson": "mine"}, "lesson_file"),
        ({"toml": share.encode("a = " + "[" * 20_000), "lesson": "mine"}, "lesson_file"),
        ({"toml": share.encode(LESSON.replace("order = 1", "order = -1")), "lesson": "mine"},
         "lesson_file"),
    ],
)  # fmt: skip
def test_damaged_or_invalid_lesson_in_a_link_is_refused(
    parameters: dict[str, str], code: str
) -> None:
    with pytest.raises(VizError) as caught:
        share.brought(share.read(parameters))
    assert caught.value.failure.code == code


@examples(100)
@given(SETTINGS)
def test_links_survive_chat_programs(settings: Settings) -> None:
    # A full stop, a bracket or an asterisk at its end, and a blank or a letter of another script
    # anywhere, end a link or become something else in one program or another.
    link = share.link("https://x.org/app", msgspec.structs.replace(settings, step=3))
    assert re.fullmatch(r"https://[A-Za-z0-9._~/?&=%-]+[A-Za-z0-9]", link)


@pytest.mark.parametrize(("address", "content"), OLD)
def test_version_1_links_still_open(address: str, content: str) -> None:
    assert share.read(share.split(address)) == msgspec.json.decode(content, type=Settings)


def test_an_unchanged_lesson_has_a_short_link() -> None:
    settings = Settings(lesson="fan-out", step=7)
    assert share.link("http://x.org", settings) == "http://x.org/?lesson=fan-out&step=7"


@examples(100)
@given(
    st.text()
    | st.from_regex(
        r"\?((code|step|lesson|node|speed|lang|groups|view|colour|predict|embed_options)=[^&]*&?){1,4}"
    )
)
def test_any_address_gives_settings_or_a_viz_error(address: str) -> None:
    with contextlib.suppress(VizError):
        settings = share.read(share.split(address))
        assert share.read(share.query(settings)) == settings


def test_qr_code_is_an_image_and_holds_links_up_to_its_limit() -> None:
    image = share.qr("http://x.org/?" + "a" * (share.LONGEST_QR - 14))
    assert image
    assert image.startswith("data:image/svg+xml")
    assert share.qr("http://x.org/?" + "a" * share.LONGEST_QR) is None


@examples(100)
@given(st.text())
def test_a_program_needs_no_escaping_in_an_address(program: str) -> None:
    assert set(share.encode(program)) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    )


@pytest.mark.parametrize("lesson", list(lessons.load().values()), ids=lambda each: each.slug)
def test_a_lesson_fits_into_an_address(lesson: lessons.Lesson) -> None:
    code = share.encode(lesson.program)
    assert share.decode(code) == lesson.program
    assert len(code) < 2_000


@examples(100)
@given(st.text())
def test_any_code_gives_a_program_or_a_viz_error(code: str) -> None:
    with contextlib.suppress(VizError):
        program = share.decode(code)
        assert share.decode(share.encode(program)) == program


@examples(100)
@given(st.text(min_size=20), st.data())
def test_truncated_code_is_refused(program: str, data: st.DataObject) -> None:
    code = share.encode(program)
    cut = data.draw(st.integers(0, len(code) - 2))
    with pytest.raises(VizError):
        share.decode(code[:cut])


def _pack(content: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(content)).decode().rstrip("=")


def test_code_that_unpacks_to_more_than_a_program_is_refused() -> None:
    most = Limits().source_bytes
    assert len(share.decode(_pack(b"a" * most))) == most
    for content in (b"a" * (most + 1), b"a" * 100_000_000, "가".encode() * most):
        with pytest.raises(VizError) as error:
            share.decode(_pack(content))
        assert error.value.failure.code == "link"


@pytest.mark.parametrize(
    "parameters",
    [
        {"code": _pack(b"\xff\xfe")},
        {"code": _pack(b"a") + "!"},
        {"code": ""},
        {"code": base64.urlsafe_b64encode(zlib.compress(b"a") + b"more").decode().rstrip("=")},
        {"step": "-1"},
        {"step": "1e3"},
        {"step": "٣"},
        {"step": ""},
        {"step": "abc"},
        {"speed": "3"},
        {"speed": "nan"},
        {"node": "4.0.1"},
        {"groups": "1234567"},
        {"view": "1_2"},
        {"view": "9_0_0"},
        {"view": "nan_0_0"},
        {"colour": "red"},
        {"predict": ""},
        {"predict": "yes"},
        {"node": "<b>"},
        {"code": "<script>alert(1)</script>"},
    ],
)
def test_a_broken_link_is_refused(parameters: dict[str, str]) -> None:
    with pytest.raises(VizError) as error:
        share.read(parameters)
    assert error.value.failure.code == "link"


def test_an_unknown_lesson_is_named() -> None:
    with pytest.raises(VizError) as error:
        share.read({"lesson": "../../etc"})
    assert error.value.failure.code == "lesson"
    assert error.value.failure.params == {"lesson": "../../etc"}


def test_foreign_parameters_are_ignored() -> None:
    assert share.read({"utm_source": "class"}) == Settings()
    assert share.read({"embed_options": "show_toolbar"}) == Settings()
