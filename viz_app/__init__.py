"""Autodiff Visualiser.

In Python: `with viz_app.record() as run: ...`, `viz_app.show(f, *inputs)`; in a notebook also
`%load_ext viz_app`, then `%%autodiff` on a cell.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from viz_app.recording import record, show

__all__ = ["load_ipython_extension", "record", "show"]


def __getattr__(name: str) -> Any:
    """Import torch with the first use only: the page's process never does."""
    if name not in ("record", "show"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from viz_app import recording

    return getattr(recording, name)


def load_ipython_extension(shell: Any) -> None:
    """Called by `%load_ext viz_app`."""
    from viz_app import recording

    recording.load(shell)
