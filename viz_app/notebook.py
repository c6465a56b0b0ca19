"""A Jupyter notebook as the text of one program: its code cells, divided by `# %%` lines; and back.

The division is kept because a notebook echoes only the last bare expression of each cell. `parsed`
reads a program's text, which may have IPython's commands as well.
"""

import ast
import json
import re
import warnings
from collections.abc import Iterator

from viz_app import syntax

CELL = "# %%"
"""The line between two cells, as editors of this "percent" format write it."""

_CELL_MAGIC = re.compile(r"\s*%%(?!time\b|timeit\b|capture\b)")
"""A cell in another language, or one to be saved elsewhere: no Python at all."""
_MAGIC = re.compile(r"[ \t]*(?:[%!?]|[^#'\"\n]*\?[ \t]*$)", re.MULTILINE)
"""A command to IPython or the shell, or a request for its help."""
_TIMED = re.compile(r"%time[ \t]+(?=\S)")
"""The prefix of a statement that IPython runs like any other, and times."""
_CAPTURED = re.compile(r"[ \t]*[\w., ]+=[ \t]*(?=[%!])")
"""The prefix of a command whose answer is assigned to a name."""
_WHOLE = re.compile(r"(?:[^\n]*\\\n)*[^\n]*\n?")
"""A command with the lines that a backslash adds to it."""
_PIECE = re.compile(
    r"""
    \#[^\n]*
    | (?P<quote>\"{3}|'{3}) (?:\\.|(?!(?P=quote)).)* (?:(?P=quote)|\Z)
    | "(?:\\.|[^"\\\n])*"?
    | '(?:\\.|[^'\\\n])*'?
    | (?P<open>[(\[{])
    | (?P<close>[)\]}])
    | \\\n
    | (?P<end>\n)
    """,
    re.VERBOSE | re.DOTALL,
)
"""The pieces that decide if a line continues: comments, strings, brackets, backslashes."""
_NEWLINE = re.compile(r"\r\n|\r|\n")
_PROMPTED = re.compile(r"\s*>>>(?: |$)")
_PROMPT = re.compile(r"^[ \t]*(?:>>>|\.\.\.)(?: |$)", re.MULTILINE)
"""Prompts of an interpreter before the lines of a pasted cell; IPython ignores them."""
_SHELL = re.compile(r"[ \t]*[%!]")
"""A command in a text that is otherwise Python: no request for help, which may be a mistake."""


class NotebookError(ValueError):
    """The text is not a notebook of format 4 (or 3) with cells."""


def program(notebook: str) -> str:
    """The program in a notebook's JSON. Raises NotebookError.

    IPython's commands become comments, line by line, so that lines keep their numbers within the
    joined text.
    """
    try:
        content = json.loads(notebook)
    except (ValueError, RecursionError) as problem:
        raise NotebookError("not JSON") from problem
    if not isinstance(content, dict):
        raise NotebookError("no cells")
    cells = content.get("cells")
    if cells is None and isinstance(sheets := content.get("worksheets"), list):  # format 3
        cells = [
            cell
            for sheet in sheets
            if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)
            for cell in sheet["cells"]
        ]
    if not isinstance(cells, list):
        raise NotebookError("no cells")
    texts = [_text(cell) for cell in cells if _is_code(cell)]
    return "".join(f"{CELL}\n{text}\n" for text in texts)


_DIVIDER = re.compile(r"^# ?%%[^\n]*(?:\n|\Z)", re.MULTILINE)


def of(program: str) -> str:
    """The notebook of a program, one code cell per `# %%`. A text without any is one cell."""
    texts = [text.strip("\n") for text in _DIVIDER.split(program)]
    cells = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"cell-{number}",
            "metadata": {},
            "outputs": [],
            "source": text.splitlines(keepends=True),
        }
        for number, text in enumerate(filter(None, texts), 1)
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    notebook = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, indent=1) + "\n"


def _is_code(cell: object) -> bool:
    return isinstance(cell, dict) and cell.get("cell_type") == "code"


def _text(cell: dict[str, object]) -> str:
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str):
        raise NotebookError("a cell without text")
    text = _unindented(_NEWLINE.sub("\n", source.rstrip()))
    if _CELL_MAGIC.match(text.split("\n", 1)[0]):
        return _comment(text)
    return "".join(_python(part) for part in _logical_lines(text))


def _unindented(text: str) -> str:
    """A cell without what IPython ignores: the indentation of its first line, and prompts."""
    if _PROMPTED.match(text):
        return _PROMPT.sub("", text)
    first = text.lstrip("\n")
    indent = first[: len(first) - len(first.lstrip(" \t"))]
    return re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) if indent else text


def _logical_lines(text: str) -> Iterator[str]:
    """The text in pieces, each a command to IPython or a line of Python with its continuations.

    A command can only begin where a line of Python begins: a % inside brackets is arithmetic, and a
    question mark at the end of a comment or a string is not a request.
    """
    start = 0
    while start < len(text):
        if _is_command(text, start):
            whole = _WHOLE.match(text, start)
            assert whole is not None  # it matches the rest of any text
            end = whole.end()
        else:
            end, depth = len(text), 0
            for piece in _PIECE.finditer(text, start):
                depth += (piece["open"] is not None) - (piece["close"] is not None)
                if piece["end"] and depth <= 0:
                    end = piece.end()
                    break
        yield text[start:end]
        start = end


def _is_command(text: str, start: int = 0) -> bool:
    return bool(_MAGIC.match(text, start) or _CAPTURED.match(text, start))


def _python(line: str) -> str:
    """The line, or its replacement if it is a command to IPython, in the same number of lines."""
    if not _is_command(line):
        return line
    if captured := _CAPTURED.match(line):  # nothing is asked, so there is no answer
        return f"{captured[0].rstrip()} []  {_comment(line[captured.end() :])}"
    indent = line[: len(line) - len(line.lstrip())]
    if timed := _TIMED.match(line, len(indent)):
        return indent + line[timed.end() :]
    return f"{indent}pass  {_comment(line[len(indent) :])}" if indent else _comment(line)


def parsed(text: str, filename: str = "<unknown>") -> ast.Module:
    """The tree of a program, in which a command to IPython or the shell does nothing.

    Places in the tree are those of the text. Raises what `ast.parse` raises; a text with commands
    is reported by what else is wrong with it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return syntax.parse(text, filename)
        except SyntaxError:
            plain = without_commands(text)
            if plain == text:
                raise
            return syntax.parse(plain, filename)


def without_commands(text: str) -> str:
    """A program's text with lines that begin with % or ! as comments, each as long as it was."""
    return "".join(
        _blanked(part) if _SHELL.match(part) or _CAPTURED.match(part) else part
        for part in _logical_lines(_NEWLINE.sub("\n", text))
    )


def _blanked(line: str) -> str:
    first, *more = line.split("\n")
    start = len(first) - len(first.lstrip())
    if captured := _CAPTURED.match(first):
        new = f"{captured[0]}[]#{first[captured.end() + 3 :]}"
    elif _TIMED.match(first, start):
        new = f"{first[:start]}if 1: {first[start + 6 :]}"
    elif start:  # a block needs a statement
        new = f"{first[:start]}0#{first[start + 2 :]}"
    else:
        new = f"#{first[1:]}"
    return "\n".join([new, *(text and f"#{text[1:]}" for text in more)])


def _comment(text: str) -> str:
    return re.sub(r"^(?=.)", "# ", text, flags=re.MULTILINE)
