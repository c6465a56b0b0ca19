"""The corpus as run by the engine: each program once per test session, its trace kept."""

from pathlib import Path

from tests import traces
from viz_app import notebook
from viz_app.model import Trace

LIMITS = traces.LIMITS
"""Limits of each run."""


def text(path: Path) -> str:
    """The program's text as the entry points pass it to the engine."""
    written = path.read_text("utf-8")
    return notebook.program(written) if path.suffix == ".ipynb" else written


def traced(path: Path) -> Trace:
    """The engine's record. VizError for a text that is not a program."""
    return traces.run(text(path))


def parses(path: Path) -> bool:
    """True if it is a program at all."""
    return path.name != "errors_syntax.py"
