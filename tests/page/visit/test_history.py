"""The texts to go back to: the change that led to each is described, and each can be reached."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from viz_app.knowledge import text
from viz_app.page.visit import history
from viz_app.page.visit.history import History

WORDS = text.load("en")


@pytest.mark.parametrize(
    ("before", "after", "difference"),
    [
        ("a = 2.\nb = a\n", "a = 2.5\nb = a\n", (1, "2.", "2.5")),
        ("a = 1\nc = b ** 2\n", "a = 1\nc = b.exp()\n", (2, "b ** 2", "b.exp()")),
        ("x = 1", "x = 12", (1, "1", "12")),
        ("x = 11", "x = 1", (1, "11", "1")),
        ("x = f(y, requires_grad=True)", "x = f(y)", (1, "requires_grad=True", "")),
        ("", "가 = 1", (1, "", "가 = 1")),
        ("a\nb", "a\nc\nb", (2, "", "c")),
    ],
)
def test_differences_are_shown_in_whole_words(
    before: str, after: str, difference: tuple[int, str, str]
) -> None:
    assert history.difference(before, after) == difference


def test_a_text_is_found_at_the_nearest_place() -> None:
    past = History(done=(("a", "one"), ("b", "two"), ("c", "one")), undone=(("d", "four"),))
    assert history.place_of("one", "three", past) == 2
    assert history.place_of("three", "three", past) == 3
    assert history.place_of("four", "three", past) == 4
    assert history.place_of("five", "three", past) is None
    text, there = history.jump("three", past, 4)
    assert (text, there.undone) == ("four", ())


def test_a_long_or_hostile_difference_is_short_and_clean() -> None:
    _, old, new = history.difference("x = 1", "x = '\u202e" + "y" * 999 + "'")
    assert old == "1"
    assert len(new) < 40
    assert "\u202e" not in new


@examples(100)
@given(st.lists(st.text("ab\n", max_size=5), min_size=1, max_size=6, unique=True), st.data())
def test_going_to_any_state_keeps_the_others(texts: list[str], data: st.DataObject) -> None:
    past = History()
    for burst, before in enumerate(texts[:-1]):
        past = history.typed(past, before, burst)
    source = texts[-1]
    names = history.states(source, past, WORDS).names
    for _ in range(3):
        state = data.draw(st.integers(0, len(texts) - 1))
        source, past = history.jump(source, past, state)
        assert source == texts[state]
        shown = history.states(source, past, WORDS)
        assert shown.now == state
        assert shown.names == names
        back, forth = history.undoing(source, past, WORDS)
        assert back == (names[state] if state else None)
        assert forth == (names[state + 1] if state + 1 < len(texts) else None)


@pytest.mark.parametrize("state", [-5, 99])
def test_going_to_a_missing_state_goes_to_the_nearest(state: int) -> None:
    past = history.typed(History(), "a", 0)
    assert history.jump("b", past, state)[0] == ("a" if state < 0 else "b")


def test_size_of_a_history_is_limited() -> None:
    past = History()
    for number in range(50):
        past = history.changed(past, f"{number:<100000}", "inputs.done_text")
    assert sum(len(each) for _, each in past.done) <= history._CHARACTERS
    assert past.done[-1][1].strip() == "49"
    long = history.changed(past, "x" * 2 * history._CHARACTERS, "inputs.done_text")
    assert len(long.done) == 1


def test_differences_are_found_once_and_kept_for_one_history(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: list[tuple[str, str]] = []
    original = history.difference

    def difference(before: str, after: str) -> tuple[int, str, str]:
        found.append((before, after))
        return original(before, after)

    monkeypatch.setattr(history, "difference", difference)
    past, known = History(), history.Differences()
    for number in range(5):
        past = history.typed(past, f"x = {number}", number)
        shown = history.states(f"x = {number + 1}", past, WORDS, known)
        assert shown == history.states(f"x = {number + 1}", past, WORDS)
    assert [it for it in found if it == ("x = 0", "x = 1")] == [("x = 0", "x = 1")] * 6
    assert set(known) == {(f"x = {at}", f"x = {at + 1}") for at in range(5)}
    history.states("y", History(), WORDS, known)
    assert known == {}
