"""The lessons' pictures in the gallery, drawn by our own SVG export from a run of each program.

Each is drawn when it is first asked for, one at a time, and kept: there are as many as lessons,
languages and themes.
"""

import asyncio
import functools
from concurrent.futures import ThreadPoolExecutor

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from viz_app import bundles
from viz_app.engine import client
from viz_app.errors import VizError
from viz_app.knowledge import lessons, text
from viz_app.knowledge.lessons import Lesson
from viz_app.knowledge.theme import THEMES
from viz_app.limits import LIVE
from viz_app.workers import pool
from viz_app.workers.jobs import Save


def address(lesson: Lesson, language: str, theme: str) -> str:
    """The address of a lesson's picture. Another program has another address."""
    digest = bundles.digest(lesson.program.encode())[:16]
    return f"vendor/lessons/{digest}/{language}/{theme}/{lesson.slug}.svg"


@functools.lru_cache(maxsize=512)
def _drawn(lesson: str, language: str, theme: str) -> bytes:
    recorded = client.record(lessons.load()[lesson].program, LIVE)
    return pool.do(Save(recorded, "svg", language, theme, None)).body


@functools.cache
def _thread() -> ThreadPoolExecutor:
    """One thread: the gallery must not take the engine from those who run programs."""
    return ThreadPoolExecutor(1, "thumbnails")


async def _served(request: Request) -> Response:
    slug, language, theme = (request.path_params[it] for it in ("slug", "language", "theme"))
    if slug not in lessons.load() or language not in text.languages() or theme not in THEMES:
        return Response(status_code=404)
    ours = asyncio.get_running_loop().run_in_executor
    try:
        body = await ours(_thread(), _drawn, slug, language, theme)
    except VizError:
        return Response(status_code=503)
    return Response(
        body,
        media_type="image/svg+xml",
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )


def routes() -> list[Route]:
    """The route of the pictures."""
    return [Route("/vendor/lessons/{digest}/{language}/{theme}/{slug}.svg", _served)]
