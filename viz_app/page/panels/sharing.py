"""The Share button: the link, a QR code, the embed snippet, and the program as a file."""

import html
from base64 import b64encode
from collections.abc import Callable
from threading import Lock
from typing import Any
from weakref import ReferenceType, ref

import msgspec
import streamlit as st
from starlette.routing import Route

from viz_app import share
from viz_app.browser import Saved, ShareData
from viz_app.errors import VizError
from viz_app.knowledge.text import Text
from viz_app.page.panels import stage
from viz_app.page.server import panel_scripts, vendored
from viz_app.page.visit import redraw, running
from viz_app.page.visit.state import visit
from viz_app.render import exports
from viz_app.share import Settings
from viz_app.workers import pool
from viz_app.workers.jobs import Save

KEY = "share"
CODE = "room_code"
FILE = "share_file"
NUMBER = "share_number"
FORMAT = "share_format"
HELD = 128 * 2**20
"""Maximum number of bytes of files that all sessions' browsers have yet to save."""
MAKER = vendored.BUILD / "video.js"
"""Makes a video of an animated picture, in the browser; installing the package brings it."""

_component = st.components.v2.component(
    "viz_share",
    html='<section class="viz-share"></section>',
    js=panel_scripts.panel("page/share.js"),
    isolate_styles=False,
)


def routes() -> list[Route]:
    """The routes that the server must serve in addition to the page."""
    return [vendored.route(MAKER)] if MAKER.exists() else []


def show(
    settings: Settings,
    source: str,
    words: Text,
    *,
    on_reset: Callable[[], None],
    on_teach: Callable[[], None],
    on_join: Callable[[], None],
) -> None:
    """Draw the button and its panel, for sharing `settings` and the text `source`.

    `on_reset` is called when the visitor wants the lesson's own program back, `on_teach` when they
    want to open a room, `on_join` when they have typed the code of one: `code()`.
    """
    popover = st.popover(
        words("share.share"), on_change=redraw.page(redraw.nothing), key="share_popover"
    )
    if not popover.open:
        return
    in_room = settings.room is not None
    settings = msgspec.structs.replace(_seen(settings), room=None)
    base = st.context.url or ""
    link = share.link(base, settings)
    # An embedded page has no settings for its reader to change.
    framed = share.link(base, msgspec.structs.replace(settings, embed=True, theme=stage.theme()))
    short = len(link) <= share.LONGEST
    image = share.qr(link) if short else None
    note = "" if image else words("share.too_long_qr" if short else "share.too_long")
    with popover:
        _component(
            key=KEY,
            data=panel_scripts.data(
                ShareData(
                    link=link if short else "",
                    qr=image,
                    note=note,
                    embed=snippet(framed, words("page.title")) if short else "",
                    program=source,
                    file=f"{settings.lesson or 'program'}.py",
                    changed=settings.lesson is not None and settings.program is not None,
                    maker=vendored.address(MAKER) if MAKER.exists() else None,
                    save=_held(),
                    labels=words.table("share"),
                )
            ),
            on_address_change=redraw.page(redraw.nothing),
            on_films_change=redraw.page(redraw.nothing),
            on_saved_change=redraw.page(_forget),
            on_reset_change=on_reset,
        )
        _files(settings, words)
        if not in_room:
            st.divider()
            st.caption(words("room.what"))
            # A program too long for a link is too long for a room.
            st.button(words("room.teach"), on_click=on_teach, disabled=not short, width="stretch")
            st.text_input(
                words("room.join"), key=CODE, max_chars=8, placeholder="ABCDEF", on_change=on_join
            )


def _state() -> dict[str, Any]:
    """The panel's state: "films" if the browser can make videos, the number of the "saved" one."""
    return st.session_state.get(KEY) or {}


class _Held:
    """A file that a session's browser has yet to save; None once it was dropped."""

    def __init__(self, file: Saved) -> None:
        self.file: Saved | None = file

    def size(self) -> int:
        return len(self.file.body) if self.file else 0


_lock = Lock()
_every: list[ReferenceType[_Held]] = []


def _hold(file: Saved) -> _Held:
    """Keep a file for the session, at the cost of the oldest of all sessions if they have too
    much."""
    held = _Held(file)
    with _lock:
        alive = [it for one in _every if (it := one()) is not None and it.file is not None]
        alive.append(held)
        size = sum(it.size() for it in alive)
        for oldest in alive[:-1]:
            if size <= HELD:
                break
            size -= oldest.size()
            oldest.file = None
        _every[:] = [ref(it) for it in alive if it.file is not None]
    return held


def _held() -> Saved | None:
    held: _Held | None = st.session_state.get(FILE)
    return held.file if held else None


def _forget() -> None:
    """Drop the file that the browser has saved."""
    file = _held()
    if file is not None and file.number == _state().get("saved"):
        del st.session_state[FILE]


def code() -> str:
    """The code of a room as the visitor typed it."""
    return str(st.session_state.get(CODE, "")).strip().upper()


def _files(settings: Settings, words: Text) -> None:
    """Offer the run that is shown as a file, at its step; it is made once it is asked for."""
    seen, visitor = visit().seen, visit().visitor
    if seen is None:
        return
    offered = exports.offered()
    if _state().get("films") is True and "webp" in offered:
        offered = (*offered, "mp4")
    st.selectbox(
        words("share.format"),
        offered,
        format_func=lambda name: f"{words(f'file.kind_{name}')} (.{name})",
        key=FORMAT,
    )

    def save() -> None:
        # The format as it is now: that of a press before the page has its answer to the choice.
        form = st.session_state[FORMAT]
        made = "webp" if form == "mp4" else form  # a video is made by the browser
        language, theme = words.language, settings.theme or stage.theme()
        try:
            job = Save(running.whole(seen), made, language, theme, settings.step)
            body = pool.do(job, visitor=visitor).body
        except VizError as error:
            visit().notice = error.failure
            return
        number = st.session_state[NUMBER] = st.session_state.get(NUMBER, 0) + 1
        name = f"{settings.lesson or 'program'}.{form}"
        kind = exports.EXPORTS[made].kind
        st.session_state[FILE] = _hold(Saved(number, name, kind, b64encode(body).decode()))

    # Not Streamlit's download button: each rerun gives that one another address, and a press before
    # the browser has it fails.
    st.button(words("share.save"), on_click=redraw.page(save), key="share_save", width="stretch")


def snippet(link: str, title: str) -> str:
    """The HTML that shows a link inside a course page."""
    return (
        f'<iframe src="{html.escape(link)}" title="{html.escape(title)}" '
        'width="100%" height="600" loading="lazy" style="border:0"></iframe>'
    )


def _seen(settings: Settings) -> Settings:
    """The settings with the browser's own part: its address has step, choice and view."""
    address = str(_state().get("address") or "")
    try:
        seen = share.read(share.split(address))
    except (VizError, ValueError):  # the visitor wrote into the address bar
        return settings
    return msgspec.structs.replace(
        settings,
        step=seen.step,
        speed=seen.speed,
        node=seen.node,
        view=seen.view,
        colour=seen.colour,
        names=seen.names,
        hide_constants=seen.hide_constants,
        predict=seen.predict,
        present=seen.present,
        theme=seen.theme,
    )
