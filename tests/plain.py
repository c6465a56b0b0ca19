"""The reference: programs run as plain Python with plain PyTorch, in a process of their own.

`PlainPython` starts `observe.py` and hands it one program after the other; this side imports no
torch, and neither side imports anything of the app.
"""

import atexit
import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

Observation = dict[str, Any]
"""The observations of one program; `observe.py` documents the fields."""

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.[pi]*"))
"""The corpus: every program's path."""


LARGE_PAGES = "glibc.malloc.hugetlb=1"
"""Lets the C library place memory in large pages: a fork copies an entry for each, a quarter of
what a small program costs."""


class PlainPython:
    """A clean process that runs each program in a fork; `run` returns the observations of one."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("observe.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONHASHSEED": "0", "GLIBC_TUNABLES": LARGE_PAGES},
        )

    def run(self, source: str) -> Observation:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(source) + "\n")
        self._process.stdin.flush()
        return cast(Observation, json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        self._process.communicate()


@functools.cache
def plain_python() -> PlainPython:
    """The one reference process of a test session."""
    process = PlainPython()
    atexit.register(process.close)
    return process
