"""The file formats of a run, one row each."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import NamedTuple

from viz_app.render import document, graph, handout, moving, program, still, tex
from viz_app.render.subject import Subject


class Export(NamedTuple):
    """The function that makes a format, its media type, and the packages that it needs."""

    make: Callable[[Subject], bytes]
    kind: str
    needs: tuple[str, ...] = ()

    def missing(self) -> tuple[str, ...]:
        """The needed packages that are not installed."""
        return tuple(name for name in self.needs if find_spec(name) is None)


_PIXELS = ("resvg_py", "ziafont")

EXPORTS: dict[str, Export] = {
    "html": Export(document.page, "text/html"),
    "svg": Export(still.svg, "image/svg+xml"),
    "png": Export(still.png, "image/png", _PIXELS),
    "gif": Export(moving.gif, "image/gif", (*_PIXELS, "PIL")),
    "webp": Export(moving.webp, "image/webp", (*_PIXELS, "PIL")),
    "pdf": Export(handout.document, "application/pdf", ("typst", "ziamath")),
    "tex": Export(tex.document, "application/x-tex"),
    "dot": Export(graph.dot, "text/vnd.graphviz"),
    "mermaid": Export(graph.mermaid, "text/vnd.mermaid"),
    "py": Export(program.script, "text/x-python"),
    "ipynb": Export(program.cells, "application/x-ipynb+json"),
    "json": Export(program.run, "application/json"),
}
"""The formats by file name extension."""
