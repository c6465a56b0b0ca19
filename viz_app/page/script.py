"""ES modules of assets/ -> the one script that a Streamlit component takes."""

import re
from pathlib import Path

_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.{1,2}/[^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


def bundle(path: Path) -> str:
    """A module behind all that it imports, each once, as one module without imports.

    They share one scope then: two top-level names that are the same are a SyntaxError, and an
    import under another name can't be. FileNotFoundError for a module that is not there.
    """
    seen: dict[Path, str] = {}

    def add(module: Path) -> None:
        if module in seen:
            return
        text = module.read_text("utf-8")
        seen[module] = ""
        for imported in _IMPORT.findall(text):
            add((module.parent / imported).resolve())
        del seen[module]  # what it imports stands before it
        seen[module] = _EXPORT.sub("", _IMPORT.sub("", text))

    add(path.resolve())
    return "\n".join(seen.values())
