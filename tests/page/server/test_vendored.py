"""Third-party files for the browser: one version of plotly.js, new addresses for new contents."""

import os
import re
from pathlib import Path

from viz_app.page.panels import stage
from viz_app.page.server import vendored


def _version(file: Path) -> str:
    found = re.search(r"plotly\.js (?:\([^)]*\) )?v([\d.]+)", file.read_text("utf-8")[:400])
    assert found
    return found[1]


def test_npm_plotly_has_the_version_of_the_python_package_and_a_quarter_of_its_size() -> None:
    assert stage.SMALL.exists(), "python -m pip install -e . brings it"
    assert _version(stage.SMALL) == _version(stage.WHOLE)
    assert stage.SMALL.stat().st_size < stage.WHOLE.stat().st_size / 3


def test_changed_content_has_another_address(tmp_path: Path) -> None:
    file = tmp_path / "script.js"
    file.write_text("1")
    first = vendored.address(file)
    assert first.startswith("vendor/script.js?v=")
    file.write_text("2")
    os.utime(file, ns=(1, 1))
    assert vendored.address(file) != first
