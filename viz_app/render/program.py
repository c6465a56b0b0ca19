"""Formats that are not pictures: the program as a script or a notebook, and the whole run as
JSON."""

import ast

from viz_app import notebook, syntax, transcript
from viz_app.export import document, strict_json
from viz_app.render.subject import Subject


def script(subject: Subject) -> bytes:
    """The program as it was run, byte for byte."""
    return subject.trace.source.encode("utf-8", "replace")


def cells(subject: Subject) -> bytes:
    """The program as a Jupyter notebook, with the import of torch that programs here get for
    free."""
    source = subject.trace.source
    if not _imports_torch(source):
        source = f"import torch\n{source}"
    return notebook.of(source).encode("utf-8", "replace")


def _imports_torch(source: str) -> bool:
    try:
        tree = syntax.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # it did not run either
        return True
    return any(
        isinstance(it, ast.Import)
        and any(alias.name.split(".")[0] == "torch" and not alias.asname for alias in it.names)
        for it in tree.body
    )


def run(subject: Subject) -> bytes:
    """The trace and the story, one strict JSON document; README documents both."""
    story = transcript.document(subject.trace, subject.words, subject.words.language)
    return (strict_json({"trace": document(subject.trace), "story": story}) + "\n").encode()
