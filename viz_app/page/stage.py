"""The picture in the page: a Streamlit component that draws and steps by itself.

In the browser: the component sends the window event "viz:step" {index, step, line, span, phase}
at each step, "viz:view" {step, speed, node, playing} when anything changes that a link
remembers, and listens to "viz:goto" {step} and "viz:stale" / "viz:running" {state}.
"""

from pathlib import Path

import streamlit as st

from viz_app.knowledge.text import Text
from viz_app.model import Scene, Trace
from viz_app.page import script
from viz_app.picture import scene as scenes
from viz_app.picture.payload import payload
from viz_app.share import Settings

ASSETS = Path(__file__).resolve().parents[2] / "assets" / "stage"

_component = st.components.v2.component(
    "viz_stage",
    html='<div class="viz-stage"></div>',
    css=(ASSETS / "stage.css").read_text("utf-8"),
    js=script.bundle(ASSETS / "stage.js"),
    isolate_styles=False,
)


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
