"""The corpus in a plain IPython shell: it computes and prints the same with the extension.

Some programs in each run of the tests, all with `make notebooks`.
"""

import ast
import atexit
import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import corpus
from tests.plain import PROGRAMS
from viz_app.paths import PROJECT


def _is_a_cell(path: Path) -> bool:
    """True for a program of one text that parses, and means the same on each day."""
    if path.suffix != ".py":
        return False
    try:
        ast.parse(corpus.text(path))
    except SyntaxError:
        return False
    return True


CELLS = [path for path in PROGRAMS if _is_a_cell(path)]
OPENED = CELLS if os.environ.get("NOTEBOOKS") else CELLS[::60]


@functools.cache
def shells() -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("shells.py"))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONHASHSEED": "0", "PYTHONPATH": str(PROJECT), "IPYTHONDIR": "/tmp"},
    )
    atexit.register(process.kill)
    return process


def ways(source: str) -> dict[str, Any]:
    process = shells()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(source) + "\n")
    process.stdin.flush()
    found: dict[str, Any] = json.loads(process.stdout.readline())
    return found


@pytest.mark.parametrize("path", OPENED, ids=lambda it: it.name)
def test_cell_output_is_the_same_with_the_extension_recorded_or_not(path: Path) -> None:
    found = ways(corpus.text(path))
    assert found["plain"] is not None
    assert found["loaded"] == found["plain"]
    assert found["recorded"] == found["plain"]
