"""The picture in the page: a Streamlit component that draws with plotly.js and steps by itself.

plotly.js comes from the app's own server, out of the installed plotly package: app.py passes
`routes()` to `streamlit.starlette.App`. The component loads it once, from `/vendor`, and nothing
else from anywhere.

In the browser: the component sends the window event "viz:step" {index, step, line, span, phase}
at each step, "viz:view" {step, speed, node, playing} when anything changes that a link
remembers, and listens to "viz:goto" {step} and "viz:stale" / "viz:running" {state}.
"""

from pathlib import Path

import plotly
import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from viz_app.knowledge.text import Text
from viz_app.model import Scene, Trace
from viz_app.picture import scene as scenes
from viz_app.picture.payload import payload
from viz_app.share import Settings

ASSETS = Path(__file__).resolve().parents[2] / "assets" / "stage"
PLOTLY = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"

_component = st.components.v2.component(
    "viz_stage",
    html='<div class="viz-stage"></div>',
    css=(ASSETS / "stage.css").read_text("utf-8"),
    js=(ASSETS / "stage.js").read_text("utf-8"),
    isolate_styles=False,
)


def routes() -> list[Route]:
    """What the server must serve besides the page: plotly.js, cached for a day."""

    async def plotly_js(_: Request) -> Response:
        return FileResponse(
            PLOTLY,
            media_type="text/javascript",
            headers={"Cache-Control": "public, max-age=86400"},
        )

    return [Route("/vendor/plotly.min.js", plotly_js)]


def show(trace: Trace, words: Text, *, state: str, link: Settings, asked: str) -> Scene:
    """Draw a trace and return its scene.

    `state` is "ready", "stale" or "error"; `link` says with which step, speed and chosen box the
    picture begins. It is obeyed once for each `asked`.
    """
    scene = scenes.build(trace)
    theme = "dark" if st.context.theme.type == "dark" else "light"
    _component(
        key="stage",
        data={
            "picture": payload(scene, words, theme),
            "state": state,
            "step": link.step,
            "speed": link.speed,
            "node": link.node,
            "asked": asked,
        },
    )
    return scene
