"""The corpus as the engine runs it: each program once in a session of tests, its trace kept."""

from pathlib import Path

from tests import traces
from viz_app import notebook
from viz_app.model import Trace

LIMITS = traces.LIMITS
"""What each runs within."""


def text(path: Path) -> str:
    """The program as the doors hand it to the engine."""
    written = path.read_text("utf-8")
    return notebook.program(written) if path.suffix == ".ipynb" else written


def traced(path: Path) -> Trace:
    """What the engine recorded. VizError for a text that is no program."""
    return traces.run(text(path))


def parses(path: Path) -> bool:
    """Whether it is a program at all."""
    return path.name != "errors_syntax.py"
