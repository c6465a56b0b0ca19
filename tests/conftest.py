"""Fixtures of all tests."""

import pytest

import build_browser


@pytest.fixture(scope="session")
def bundled() -> None:
    """The bundles of the present modules, made anew if one was changed since."""
    build_browser.bring()
