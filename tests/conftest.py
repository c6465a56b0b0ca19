"""Fixtures of all tests."""

import gc
import subprocess
import sys

import pytest

from viz_app.paths import PROJECT

gc.disable()  # until everything is imported: none of it is garbage


def pytest_collection_finish() -> None:
    """Search for garbage less often, and only in what the tests make: a tenth of their time."""
    gc.freeze()
    gc.set_threshold(100_000)
    gc.enable()


@pytest.fixture(scope="session")
def bundled() -> None:
    """Bundle the present modules as installing does, if one was changed since."""
    bring = [sys.executable, "-c", "import build_browser; build_browser.bring()"]
    subprocess.run(bring, cwd=PROJECT, check=True)
