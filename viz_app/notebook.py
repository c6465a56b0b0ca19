"""A Jupyter notebook as the text of one program: its code cells, divided by `# %%` lines.

The division is kept because a notebook echoes only the last bare expression of each cell.
"""

import json
import re

CELL = "# %%"
"""The line between two cells, as editors of this "percent" format write it."""

_CELL_MAGIC = re.compile(r"\s*%%(?!time\b|timeit\b|capture\b)")
"""A cell in another language or to be saved elsewhere: no Python at all."""
_LINE_MAGIC = re.compile(r"\s*(%|!|\?)|.*[\w)\]]\?{1,2}\s*$")
"""A command to IPython or the shell, or a question to its help."""
_NEWLINE = re.compile(r"\r\n|\r|\n")


class NotebookError(ValueError):
    """The text is no notebook of format 4 (or 3) with cells."""


def program(notebook: str) -> str:
    """The program in a notebook's JSON. Raises NotebookError.

    IPython's commands become comments, line by line, so that lines keep their numbers within
    the joined text.
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


def _is_code(cell: object) -> bool:
    return isinstance(cell, dict) and cell.get("cell_type") == "code"


def _text(cell: dict[str, object]) -> str:
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str):
        raise NotebookError("a cell without text")
    lines = _NEWLINE.split(source.rstrip())
    foreign = bool(lines and _CELL_MAGIC.match(lines[0]))
    return "\n".join(_comment(line) if foreign else _python(line) for line in lines)


def _python(line: str) -> str:
    """The line, or a comment when it speaks to IPython; an indented one leaves a `pass`."""
    if not _LINE_MAGIC.match(line) or line.lstrip().startswith("#"):
        return line
    indent = line[: len(line) - len(line.lstrip())]
    return f"{indent}pass  # {line.strip()}" if indent else _comment(line)


def _comment(line: str) -> str:
    return f"# {line}"
