"""Streamlit's entry, `streamlit run viz_app/app.py`: the page, and a warm engine."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from streamlit.starlette import App

from viz_app.engine import client


@asynccontextmanager
async def _engine(_: App) -> AsyncIterator[None]:
    """Import torch in the engine's own process while the first visitor's page still loads."""
    # Streamlit collects garbage after every rerun; what was imported is none.
    gc.freeze()
    starting = asyncio.create_task(asyncio.to_thread(client.start))
    yield
    await starting


app = App(Path(__file__).with_name("page") / "main.py", lifespan=_engine)
