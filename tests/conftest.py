"""Fixtures of all tests."""

import subprocess
import sys

import pytest

from viz_app.paths import PROJECT


@pytest.fixture(scope="session")
def bundled() -> None:
    """Bundle the present modules as installing does, if one was changed since."""
    bring = [sys.executable, "-c", "import build_browser; build_browser.bring()"]
    subprocess.run(bring, cwd=PROJECT, check=True)
