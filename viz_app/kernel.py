"""The kernel behind a notebook's pictures: it answers their requests to open and fold groups.

A picture is a frame of its own origin, which can only send messages to the page around it. There a
widget without a view, one per kernel, passes them on (assets/standalone/kernel.js, run by
anywidget). Without anywidget, or once the kernel is gone, a picture is as complete as a file.
"""

import secrets
import sys
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any, Final

import msgspec

from viz_app import browser
from viz_app.paths import ASSETS
from viz_app.render import document
from viz_app.render.subject import Subject

KEPT: Final = 32
"""Maximum number of pictures that are answered: the latest ones."""

_pictures: dict[str, Callable[[Sequence[str]], Subject]] = {}


def offer(draw: Callable[[Sequence[str]], Subject]) -> str:
    """The number of a new picture, which `draw` makes for a list of requests; "" where no kernel
    could answer."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    if getattr(shell, "kernel", None) is None or find_spec("anywidget") is None:
        return ""
    _passer()
    picture = secrets.token_hex(8)
    _pictures[picture] = draw
    if len(_pictures) > KEPT:
        del _pictures[next(iter(_pictures))]
    return picture


def answer(asked: browser.KernelAsked) -> browser.KernelAnswer:
    """A picture with all its requests granted."""
    draw = _pictures.get(asked.picture)
    if draw is None:
        return browser.KernelAnswer(asked.ask, None)
    subject = draw([it.group for it in asked.groups])
    last = max((it.number for it in asked.groups), default=0)
    held = document.held(subject, asked.picture, last)
    return browser.KernelAnswer(asked.ask, msgspec.json.encode(held).decode())


@cache
def _passer() -> Any:
    """The widget that passes messages between the page and this kernel."""
    import anywidget

    class Passer(anywidget.AnyWidget):
        _esm = (ASSETS / "standalone/kernel.js").read_text("utf-8")

    def receive(widget: Any, content: object, buffers: object) -> None:
        try:
            asked = msgspec.convert(content, browser.KernelAsked)
        except msgspec.ValidationError:
            return  # no frame of ours sent it
        widget.send(msgspec.to_builtins(answer(asked)))

    widget = Passer()
    widget.on_msg(receive)
    return widget
