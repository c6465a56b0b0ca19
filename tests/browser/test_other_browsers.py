"""The first lesson in other browsers: it opens, steps by keys, and says nothing wrong."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.firefox import FIREFOX, firefox
from tests.browser.seen import ARTEFACTS
from tests.browser.webkit import MISSING, webkit

RIGHT = "\ue014"
KNOWN = "blocked WebAssembly"
"""Streamlit's protobuf library (long.js) tries WebAssembly and does without it."""

SEEN = """
(() => {
  const table = document.querySelector('.viz-step-table').parentElement.getBoundingClientRect();
  const frame = document.querySelector('.viz-frame').getBoundingClientRect();
  const rows = [...document.querySelectorAll('.viz-step-table tbody tr')]
    .map((row) => [...row.children].map((cell) => cell.textContent));
  return {
    table: [table.width, table.height],
    caption: document.querySelector('.viz-caption').textContent,
    math: document.querySelectorAll('.viz-formula math').length,
    boxes: [...document.querySelectorAll('.viz-plot .viz-world path')]
      .filter((path) => path.getAttribute('display') !== 'none')
      .map((path) => path.getBoundingClientRect())
      .filter((box) => box.left >= frame.left && box.right <= frame.right).length,
    rows,
  };
})()
"""


def _at(step: int) -> str:
    return (
        "document.querySelector('.viz-root')?.dataset.state === 'ready' "
        f"&& document.querySelector('.viz-root').dataset.step === '{step}' "
        "&& document.querySelector('.viz-step-table').getAttribute('aria-busy') === 'false'"
    )


def _walk(wait: Callable[[str], Any], press: Callable[[str], None], boxes: int = 11) -> None:
    wait(_at(5))
    press(RIGHT)  # nothing has the focus yet
    wait(_at(6))
    found = wait(SEEN)
    assert found["table"] == [1, 1]  # for screen readers only
    assert found["caption"].startswith("Line 46 · 2*c receives")
    assert found["math"] > 0
    assert found["boxes"] >= boxes
    assert [row[at] for row in found["rows"] for at in (0, 2, 3) if row[0] == "c"] == [
        "c",
        "[9, 16]",
        "[1, 1]",
    ]


@pytest.mark.skipif(FIREFOX is None, reason="Firefox is not installed")
def test_the_first_lesson_plays_in_firefox(server: str) -> None:
    with firefox(ARTEFACTS / "firefox.log") as browser:
        browser.open(f"{server}/?step=5", 1440, 900)
        _walk(browser.wait, browser.press)
        browser.shot(ARTEFACTS / "firefox.png")
        assert [text for text in browser.console if KNOWN not in text] == []


@pytest.mark.skipif(MISSING != "", reason=f"Debian's packages {MISSING} are not installed")
@pytest.mark.parametrize(("width", "height", "boxes"), [(1440, 900, 11), (480, 844, 3)])
def test_the_first_lesson_plays_in_webkit(server: str, width: int, height: int, boxes: int) -> None:
    with webkit(ARTEFACTS / "webkit.log") as browser:
        browser.open(f"{server}/?step=5", width, height)
        assert browser.wait("[innerWidth, innerHeight]") == [width, height]
        _walk(browser.wait, browser.press, boxes)
        browser.shot(ARTEFACTS / f"webkit-{width}.png")
        assert browser.errors() == []
