"""The picture for a number while it is dragged, without a rerun of the page.

`GET /live?change=...` with the header `Viz-Session` returns what the page would show if the number
were written into the program: its text, its output and its picture. Nothing of it is kept; the
number at which a drag pauses or ends is a request like any other. Jacobians, finite differences and
curves are left out unless the explanations are open: they come when the drag pauses.
"""

import asyncio
import functools
import weakref
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from viz_app.browser import ChangeRequest, Live, ready
from viz_app.engine import client
from viz_app.errors import VizError
from viz_app.limits import LIVE, Limits, Quota, Visitor
from viz_app.page.panels import inputs
from viz_app.page.server import panel_scripts
from viz_app.page.visit.history import History
from viz_app.page.visit.state import DragStart
from viz_app.workers import pool
from viz_app.workers.jobs import Draw

LONGEST = 1_000
"""Maximum number of characters of a change; a number has at most 32."""


# The visit holds it, so that nothing of a visitor outlives the session.
_starts: weakref.WeakValueDictionary[str, DragStart] = weakref.WeakValueDictionary()


def offer(start: DragStart) -> DragStart:
    """Answer drags of this session from now on, as long as the caller keeps the returned object."""
    _starts[start.visitor.session] = start
    return start


def follow(start: DragStart, change: ChangeRequest, drawn: str = "") -> bytes:
    """The page's content after a change, as JSON; `picture` is None if the run left nothing.

    A figure that is `drawn` already is left out. `explain` is None while nobody sees it.
    """
    picture, look = start.seen.picture, start.seen.look
    text, _ = inputs.fulfil(change, picture.source, History(), picture)
    limits = Limits() if start.explained else LIVE
    look = msgspec.structs.replace(look, explained=start.explained)
    try:
        recorded = client.record(text, limits, files=start.files, visitor=start.visitor)
        job = Draw(recorded, look, before=start.extents, drawn=drawn)
        picture = pool.draw(job, visitor=start.visitor)
    except VizError:
        return panel_scripts.data(
            Live(text, picture=None, printed=None, explain=None, state="stale")
        )
    start.extents = picture.extents
    return panel_scripts.data(
        Live(
            text,
            picture=ready(picture.stage),
            printed=ready(picture.printed),
            explain=ready(picture.explain) if start.explained else None,
            state="ready" if picture.error is None else "error",
        )
    )


async def answer(request: Request) -> Response:
    """The response to a drag: 204 for an unknown session and for a change of another text, 400 for
    an invalid change, 429 if too many pictures are in progress: the drag goes on without this one.
    """
    start = _starts.get(request.headers.get("viz-session", ""))
    if start is None:
        return Response(status_code=204)
    asked = request.query_params.get("change", "")
    try:
        change = msgspec.json.decode(asked[:LONGEST], type=ChangeRequest)
    except msgspec.DecodeError:
        return Response(status_code=400)
    if change.kind != "number":
        return Response(status_code=400)
    if change.base != start.revision:
        return Response(status_code=204)
    drawn = request.query_params.get("drawn", "")
    if not _room(start.visitor):
        return Response(status_code=429)
    whose = _counted(start.visitor)
    _under_way.update(whose)
    try:
        ours = asyncio.get_running_loop().run_in_executor
        body = await ours(_threads(), follow, start, change, drawn)
    finally:
        _under_way.subtract(whose)
        for it in whose:
            if not _under_way[it]:
                del _under_way[it]
    return Response(
        body,
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


_under_way: Counter[tuple[str, str]] = Counter()
"""Number of pictures in progress, for each session, each address and all; used by the event
loop."""


def _counted(visitor: Visitor) -> tuple[tuple[str, str], ...]:
    address = visitor.address or visitor.session
    return ("session", visitor.session), ("address", address), ("all", "")


def _room(visitor: Visitor) -> bool:
    shares = _shares()
    limits = shares.live_each, shares.live_address, shares.live
    return all(_under_way[it] < most for it, most in zip(_counted(visitor), limits, strict=True))


@functools.cache
def _shares() -> Quota:
    return client.configure()


@functools.cache
def _threads() -> ThreadPoolExecutor:
    """A thread pool for drags alone, so that they take no threads from the server's other
    answers."""
    return ThreadPoolExecutor(_shares().live, "live")


def routes() -> list[Route]:
    """The routes that the server must serve in addition to the page."""
    return [Route("/live", answer)]
