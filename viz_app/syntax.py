"""Python's parser for threads that read texts at the same time."""

import ast
import threading
from typing import Final

_ONE_AT_A_TIME: Final = threading.Lock()
"""Python 3.11 counts the depth of all the trees it builds together: it raises SystemError where two
threads build one."""


def parse(text: str, filename: str = "<unknown>") -> ast.Module:
    """A program's tree, by `ast.parse`; raises what that raises."""
    with _ONE_AT_A_TIME:
        return ast.parse(text, filename)


def expression(text: str) -> ast.expr:
    """The tree of one expression, by `ast.parse`; raises what that raises."""
    with _ONE_AT_A_TIME:
        return ast.parse(text, mode="eval").body
