"""The parsed text of a program, and of a notebook as far as its cells can be read."""

import ast
import itertools
import re
import warnings

from viz_app import notebook
from viz_app.engine.wire import FILENAME

MARK = re.compile(r"#\s*%%")
"""The beginning of a line between two cells of a notebook."""


def readable(source: str) -> tuple[ast.Module, SyntaxError | None]:
    """The tree of the program, and the error of a notebook's first cell that is not Python.

    The tree then has the cells before it, which run, as they do in a notebook. Raises what
    `ast.parse` raises if there is nothing to run: a program is read as a whole.
    """
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    marks = [number for number, line in enumerate(lines) if MARK.match(line)]
    try:
        if marks:
            _compile(source)  # also `return` outside a function
        return notebook.parsed(source, FILENAME), None
    except SyntaxError:
        starts = sorted({0, *marks}) if marks else []
        for start, end in itertools.pairwise([*starts, len(lines)]):
            try:
                _compile("\n" * start + "\n".join(lines[start:end]))
            except SyntaxError as broken:
                tree = notebook.parsed("\n".join(lines[:start]), FILENAME)
                if tree.body:
                    return tree, broken
                raise broken from None
        return notebook.parsed(source, FILENAME), None  # each cell alone is Python


def _compile(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compile(notebook.parsed(text, FILENAME), FILENAME, "exec", dont_inherit=True)
