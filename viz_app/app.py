"""Streamlit's entry, `streamlit run viz_app/app.py`: the page, a guard, a warm engine."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.middleware import Middleware
from streamlit.starlette import App

from viz_app.engine import client
from viz_app.knowledge import lessons
from viz_app.page import live
from viz_app.page.panels import sharing, stage
from viz_app.page.server import (
    editor,
    first_paint,
    garbage,
    guard,
    health,
    logs,
    metrics,
    panel_scripts,
    rooms,
    streamlit_patches,
    threads,
    thumbnails,
    visitors,
)
from viz_app.page.server.guard import Guard
from viz_app.page.server.visitors import Connections, Network
from viz_app.replicas import current
from viz_app.workers import pool


@asynccontextmanager
async def _engine(_: App) -> AsyncIterator[None]:
    """Import torch in the engine's own process while the first visitor's page still loads."""
    # A wrong setting ends the server, not each visitor's run.
    client.configure()
    lessons.load()
    visitors.proxies(os.environ)
    visitors.watchers(os.environ)
    guard.framers(os.environ)
    health.drain_seconds(os.environ)
    logs.bound(json=logs.as_json(os.environ))
    garbage.spare()
    threads.enough()
    streamlit_patches.install()
    pool.start()
    metrics.start()
    state = current.shared()
    rooms.ROOMS.use(state)
    metrics.gauge("viz_shared_up", "1 while the shared state can be reached.", lambda: state.up)
    if current.several(os.environ):
        client.share(state)
    starting = asyncio.create_task(_warm())
    collecting = asyncio.create_task(garbage.collect())
    yield
    collecting.cancel()
    await starting


async def _warm() -> None:
    await asyncio.to_thread(client.start)
    health.STATE.warm()


async def _walled() -> bool:
    return await asyncio.to_thread(client.walled)


def _shares() -> tuple[Connections, tuple[Network, ...]]:
    connections = Connections(client.configure(), shared=current.shared())
    visitors.use(connections)
    metrics.gauge("viz_sessions", "Open pages.", lambda: len(connections))
    return connections, visitors.proxies(os.environ)


app = App(
    Path(__file__).with_name("page") / "main.py",
    lifespan=_engine,
    routes=[
        *first_paint.routes(),
        *editor.routes(),
        *panel_scripts.routes(),
        *sharing.routes(),
        *stage.routes(),
        *live.routes(),
        *rooms.routes(),
        *health.routes(),
        *metrics.routes(),
        *thumbnails.routes(),
    ],
    middleware=[Middleware(Guard, walled=_walled, shares=_shares)],
)
