"""The formats in which a run is saved as a file, one row each.

The table is light: the page's process, which makes no picture, offers its formats too.
"""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from viz_app import bundles
from viz_app.paths import ASSETS

if TYPE_CHECKING:
    from viz_app.render.subject import Subject


class Export(NamedTuple):
    """A format: the module of this folder and its function, the media type, and the packages that
    it needs."""

    module: str
    function: str
    kind: str
    needs: tuple[str, ...] = ()

    def make(self, subject: "Subject") -> bytes:
        """The file of a run."""
        made: Callable[[Subject], bytes] = getattr(
            import_module(f"viz_app.render.{self.module}"), self.function
        )
        return made(subject)

    def missing(self) -> tuple[str, ...]:
        """The needed packages that are not installed."""
        return tuple(name for name in self.needs if find_spec(name) is None)


_PIXELS = ("resvg_py", "ziafont")

EXPORTS: dict[str, Export] = {
    "html": Export("document", "page", "text/html"),
    "svg": Export("still", "svg", "image/svg+xml"),
    "png": Export("still", "png", "image/png", _PIXELS),
    "gif": Export("moving", "gif", "image/gif", (*_PIXELS, "PIL")),
    "webp": Export("moving", "webp", "image/webp", (*_PIXELS, "PIL")),
    "pdf": Export("handout", "document", "application/pdf", ("typst", "ziamath")),
    "tex": Export("tex", "document", "application/x-tex"),
    "dot": Export("graph", "dot", "text/vnd.graphviz"),
    "mermaid": Export("graph", "mermaid", "text/vnd.mermaid"),
    "py": Export("program", "script", "text/x-python"),
    "ipynb": Export("program", "cells", "application/x-ipynb+json"),
    "json": Export("program", "run", "application/json"),
}
"""The formats by file name extension."""


def offered() -> tuple[str, ...]:
    """The formats that this installation can make."""
    built = bool(bundles.built(ASSETS))
    return tuple(
        name for name, it in EXPORTS.items() if not it.missing() and (name != "html" or built)
    )
