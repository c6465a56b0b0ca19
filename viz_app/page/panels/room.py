"""The bar of a room: who leads it, who follows, and the code that a class types.

The browser follows the room by itself: a step of the teacher's is no rerun. The server opens rooms,
and puts the program that a leading session shows into its room.
"""

from collections.abc import Callable

import msgspec
import streamlit as st

from viz_app import share
from viz_app.browser import RoomData, RoomLead
from viz_app.knowledge.text import Text
from viz_app.page.server import panel_scripts, rooms, visitors
from viz_app.page.server.rooms import ROOMS
from viz_app.page.visit.state import visit
from viz_app.replicas.shared import AwayError
from viz_app.share import Settings

KEY = "room"

_component = st.components.v2.component(
    "viz_room",
    html='<section class="viz-room" hidden></section>',
    js=panel_scripts.panel("page/room.js"),
    isolate_styles=False,
)


def show(
    settings: Settings, words: Text, *, on_lead: Callable[[], None], on_left: Callable[[], None]
) -> None:
    """Draw the bar of the session's room, nothing without one, and show `settings` in a room that
    it leads.

    `on_lead` is called when the browser knows the room's secret: `led()`; `on_left` when the
    visitor leaves the room, or ends it.
    """
    state = visit()
    shown = rooms.shown(settings)
    link, image = "", None
    if state.room is not None and state.secret is not None:
        # Only a program that this page has changed: another device may have gone further.
        if state.put != shown:
            ROOMS.show(state.room, state.secret, shown)
            state.put = shown
        link = share.link(st.context.url or "", Settings(room=state.room))
        image = share.qr(link)
    _component(
        key=KEY,
        data=panel_scripts.data(
            RoomData(
                code=state.room,
                secret=state.secret,
                me=rooms.leader(state.secret or ""),
                shown=shown,
                link=link,
                qr=image,
                session=state.id,
                labels=words.table("room"),
            )
        ),
        on_lead_change=on_lead,
        on_left_change=on_left,
    )


def opened(settings: Settings) -> tuple[str, str] | None:
    """The code and the secret of a new room that shows `settings`; None if there is no place.

    Raises AwayError while rooms can't be reached, as does `followed`.
    """
    return ROOMS.open(rooms.shown(settings), visit().visitor.address)


def followed(code: str) -> Settings | None:
    """The program and step that a room shows; None if there is no such room."""
    query = ROOMS.query(code, visitors.visitor(visit().id).address)
    return None if query is None else share.read(share.split(query))


def taken_over(second: str) -> tuple[str, str] | None:
    """The room that a second code leads, and a secret of this device's own; None if there is none.

    Raises AwayError while rooms can't be reached.
    """
    return ROOMS.invited(second, visitors.visitor(visit().id).address)


def led() -> RoomLead | None:
    """The room that the browser has shown to lead, None if it has not."""
    try:
        claim = msgspec.convert(dict(st.session_state[KEY]["lead"]), RoomLead)
    except msgspec.ValidationError:  # not from our own panel
        return None
    try:
        return claim if ROOMS.leads(claim.code, claim.secret) else None
    except AwayError:  # the browser claims it again
        return None


def end(code: str, secret: str) -> None:
    """End a room, for all who are in it. Raises AwayError while it can't be ended."""
    ROOMS.end(code, secret)
