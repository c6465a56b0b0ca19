"""The explanations below the picture: chain rule, Jacobian of the step, slope, no gradient.

It follows the picture's step ("viz:step") in the browser and leads to a step with "viz:goto".
"""

from pathlib import Path
from typing import Any

import streamlit as st

from viz_app.knowledge.text import Text
from viz_app.page import script
from viz_app.picture.explain import explain
from viz_app.picture.scene import Scene

ASSETS = Path(__file__).resolve().parents[2] / "assets" / "explain"
KEY = "explain"

_component = st.components.v2.component(
    "viz_explain",
    html='<section class="viz-explain"></section>',
    css=(ASSETS / "explain.css").read_text("utf-8"),
    js=script.panel("explain/explain.js"),
    isolate_styles=False,
)


def show(scene: Scene, words: Text) -> bool:
    """Draw the panel and return whether it is unfolded; folded, it costs no more than its bar."""
    state: dict[str, Any] = st.session_state.get(KEY) or {}
    whole = bool(state.get("open"))
    _component(key=KEY, data=explain(scene, words, whole=whole), on_open_change=lambda: None)
    return whole
