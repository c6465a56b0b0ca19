"""Pages of the site that are made from the repository's own texts."""

import re
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
SOURCES = {
    "hosting.md": "HOSTING.md",
    "design.md": "DESIGN.md",
    "decisions.md": "DECISIONS.md",
    "reference.md": "README.md",
    "lesson.md": "assets/lessons/README.md",
}
FROM = {"reference.md": "## In a notebook or a script", "lesson.md": "One TOML file per lesson"}
"""The text at which a page begins, if it is a part of its source."""
LINK = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)#]*(?:#[^)]*)?\)")


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """The text of a page; links into the repository, where the site has no page, become text."""
    source = SOURCES.get(page.file.src_uri)
    if source is None:
        return markdown
    text = (PROJECT / source).read_text("utf-8")
    if heading := FROM.get(page.file.src_uri):
        text = text[text.index(heading) :]
    return f"{markdown}\n{LINK.sub(_linked, text)}"


def _linked(match: re.Match[str]) -> str:
    return match[1]
