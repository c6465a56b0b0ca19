"""The Share button: the link, a QR code, the embed snippet, and the program as a file."""

import html
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import streamlit as st

from viz_app import notebook, share
from viz_app.errors import VizError, failure
from viz_app.knowledge.text import Text
from viz_app.limits import Limits
from viz_app.page import script
from viz_app.share import Settings

ASSETS = Path(__file__).resolve().parents[2] / "assets"
KEY = "share"

FILE_BYTES = 2**20
"""Of a file to open: a notebook with a few pictures fits; its program has a limit of its own."""

_component = st.components.v2.component(
    "viz_share",
    html='<section class="viz-share"></section>',
    css=(ASSETS / "page/panels.css").read_text("utf-8")
    + (ASSETS / "page/share.css").read_text("utf-8"),
    js=script.bundle(ASSETS / "page/share.js"),
    isolate_styles=False,
)


def show(
    settings: Settings,
    source: str,
    words: Text,
    *,
    on_opened: Callable[[], None],
    on_reset: Callable[[], None],
) -> None:
    """Draw the button, and behind it what there is to share of `settings` and the text `source`.

    `on_opened` is called when the visitor has chosen a file, `opened()`; `on_reset` when the
    lesson's own program is wanted back.
    """
    popover = st.popover(words("share.share"), on_change="rerun", key="share_popover")
    if not popover.open:
        return
    settings = _seen(settings)
    base = st.context.url or ""
    link = share.link(base, settings)
    framed = share.link(base, msgspec.structs.replace(settings, embed=True))
    short = len(link) <= share.LONGEST
    image = share.qr(link) if short else None
    note = "" if image else words("share.too_long_qr" if short else "share.too_long")
    with popover:
        _component(
            key=KEY,
            data={
                "link": link if short else "",
                "qr": image,
                "note": note,
                "embed": snippet(framed, words("page.title")) if short else "",
                "program": source,
                "file": f"{settings.lesson or 'program'}.py",
                "changed": settings.lesson is not None and settings.program is not None,
                "most": FILE_BYTES,
                "labels": words.table("share"),
            },
            on_address_change=lambda: None,
            on_opened_change=on_opened,
            on_reset_change=on_reset,
        )


def snippet(link: str, title: str) -> str:
    """The HTML that shows a link inside a course page."""
    return (
        f'<iframe src="{html.escape(link)}" title="{html.escape(title)}" '
        'width="100%" height="600" loading="lazy" style="border:0"></iframe>'
    )


def opened() -> str:
    """The program in the file that the visitor chose. VizError when it has none we can run."""
    state: dict[str, Any] = st.session_state[KEY]["opened"]
    return program(str(state["name"]), state["text"])


def program(name: str, text: str | None) -> str:
    """The program in a file's text: of a notebook its code cells; None was no text at all.

    VizError "file_text", "file_notebook" or "too_long".
    """
    if text is None:
        raise VizError(failure("file_text"))
    if name.lower().endswith(".ipynb"):
        try:
            text = notebook.program(text)
        except notebook.NotebookError as problem:
            raise VizError(failure("file_notebook")) from problem
    size, most = len(text.encode("utf-8", "replace")), Limits().source_bytes
    if size > most:
        raise VizError(failure("too_long", bytes=size, most=most))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _seen(settings: Settings) -> Settings:
    """The settings with what the browser alone knows: its address tells step, speed and choice."""
    address = str((st.session_state.get(KEY) or {}).get("address") or "")
    try:
        seen = share.read(share.split(address))
    except (VizError, ValueError):  # the visitor wrote into the address bar
        return settings
    return msgspec.structs.replace(settings, step=seen.step, speed=seen.speed, node=seen.node)
