"""Cases of a test that take turns in one open page, where an opening of their own tells no more."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page

FOLLOW = """(query) => {
  history.replaceState(history.state, "", query);
  window.dispatchEvent(new PopStateEvent("popstate"));
}"""


@contextmanager
def case(name: object) -> Iterator[None]:
    """Let a failure say in which case it was."""
    try:
        yield
    except Exception as wrong:
        wrong.add_note(f"in the case {name!r}")
        raise


def follow(page: Page, query: str) -> None:
    """Go to another link of the app without loading the page, as a follower of a room does."""
    page.evaluate(FOLLOW, query)
