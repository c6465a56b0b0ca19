"""What crosses to the browser is told to the JavaScript as it is."""

import subprocess
import sys

from viz_app import browser
from viz_app.paths import PROJECT


def test_the_javascript_s_types_are_those_of_the_structs() -> None:
    made = subprocess.run(
        [sys.executable, "npm.py", "--silent", "run", "types"],
        cwd=PROJECT,
        input=browser.schema(),
        capture_output=True,
        check=True,
    ).stdout
    assert (PROJECT / "assets/browser.d.ts").read_bytes() == made, "make types"
