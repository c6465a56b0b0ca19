"""The page's style sheets as one, which `panel_scripts.py` delivers with the panels' scripts.

A component's own style sheet is sent with every rerun: sixty kilobytes, two fifths of all that an
edit sends.
"""

from pathlib import Path

FIRST = ("page/page.css", "page/panels.css")
"""The frame, and what several panels share: a panel's own rules come later, and so take
precedence."""
ELSEWHERE = ("build", "standalone")
"""The folders of `assets` whose style sheets are not the page's."""


def sheet(assets: Path) -> bytes:
    """All style sheets of the page."""
    first = [assets / name for name in FIRST]
    others = sorted(
        file
        for file in assets.rglob("*.css")
        if file not in first and file.relative_to(assets).parts[0] not in ELSEWHERE
    )
    return b"\n".join(file.read_bytes() for file in (*first, *others))
