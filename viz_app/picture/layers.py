"""The layers of the picture in drawing order, each one Plotly trace with its style.

The browser takes the same styles for the elements it draws, so that picture and export agree.
"""

from typing import Any, Final

from viz_app.knowledge import theme as themes
from viz_app.picture.scene import Scene

LAYERS: Final = (
    "ghost_lines", "ghost_boxes", "edges", "replaces", "cuts", "heads", "sheets", "groups",
    "results", "leaves", "constants", "discs", "reached", "arcs", "arc_heads", "now_lines",
    "now_heads", "now_boxes", "back_lines", "back_heads", "back_boxes", "names", "values",
    "waiting", "gradients", "symbols", "above", "notes", "warnings", "scissors", "factors",
    "factors_now",
)  # fmt: skip

_PLACES: Final = {name: place for place, name in enumerate(LAYERS)}


def place(name: str) -> int:
    """Where a layer stands in the drawing order."""
    return _PLACES[name]


def empty(scene: Scene, theme: themes.Theme) -> dict[str, Any]:
    """The Plotly figure of a scene with all layers and nothing in them."""

    def line(color: str, width: float, dash: str = "solid") -> dict[str, Any]:
        # Simplified, a card's outline loses points of its corners and stands askew.
        look = {"color": color, "width": width, "dash": dash, "simplify": False}
        return {"mode": "lines", "line": look}

    def fill(color: str, edge: str, width: float) -> dict[str, Any]:
        return {**line(edge, width), "fill": "toself", "fillcolor": color}

    def text(color: str, size: float, family: str, weight: int = 400) -> dict[str, Any]:
        font = {"color": color, "size": size, "family": family, "weight": weight}
        return {"mode": "text", "textfont": font, "textposition": "middle center", "text": []}

    t, mono, sans = theme, themes.MONO, themes.SANS
    clear = "rgba(0,0,0,0)"
    styles = {
        "ghost_lines": line(t.ghost, 1.5),
        "ghost_boxes": fill(clear, t.ghost, 1.2),
        "edges": line(t.edge, 1.4),
        "replaces": line(t.edge, 1.4, "dash"),
        "cuts": line(t.gradient_line, 1.4, "dot"),
        "heads": fill(t.edge, t.edge, 0.5),
        "sheets": fill(t.disc, t.card_line, 1.2),
        "groups": fill(t.disc, t.card_line, 1.4),
        "results": fill(t.card, t.card_line, 1.2),
        "leaves": fill(t.card, t.leaf, 1.8),
        "constants": fill(t.disc, t.card_line, 1.0),
        "discs": fill(t.disc, t.card_line, 1.2),
        "reached": fill(t.gradient_tint, t.gradient_line, 1.5),
        "arcs": line(t.gradient_line, 1.6),
        "arc_heads": fill(t.gradient_line, t.gradient_line, 0.5),
        "now_lines": line(t.value, 2.6),
        "now_heads": fill(t.value, t.value, 0.5),
        "now_boxes": fill(clear, t.value, 2.6),
        "back_lines": line(t.gradient, 3.0),
        "back_heads": fill(t.gradient, t.gradient, 0.5),
        "back_boxes": fill(clear, t.gradient, 2.8),
        "names": text(t.ink, themes.TEXT + 1, mono, 700),
        "values": text(t.value, themes.TEXT, mono),
        "waiting": text(t.muted, themes.TEXT, mono),
        "gradients": text(t.gradient, themes.TEXT, mono),
        "symbols": text(t.ink, themes.TEXT - 1, mono),
        "above": text(t.muted, themes.SMALL, sans),
        "warnings": text(t.gradient, themes.SMALL + 1, sans, 700),
        "scissors": text(t.gradient, themes.TEXT + 4, sans),
        "notes": text(t.leaf_text, themes.SMALL, sans),
        "factors": text(t.gradient, themes.SMALL + 1, sans),
        "factors_now": text(t.gradient, themes.SMALL + 1, sans, 700),
    }
    shared = {"type": "scatter", "hoverinfo": "skip", "showlegend": False, "x": [], "y": []}
    axis = {"visible": False, "fixedrange": False}
    return {
        "data": [{**shared, "name": name, **styles[name]} for name in LAYERS],
        "layout": {
            "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
            "paper_bgcolor": clear,
            "plot_bgcolor": clear,
            "hovermode": False,
            "dragmode": "pan",
            "showlegend": False,
            "xaxis": {**axis, "range": [0, scene.width]},
            "yaxis": {**axis, "range": [scene.height, 0]},
        },
    }


def looks(figure: dict[str, Any]) -> list[dict[str, Any]]:
    """The layers' styles as the attributes of SVG elements, a name and a kind with each."""
    return [_look(trace) for trace in figure["data"]]


def _look(trace: dict[str, Any]) -> dict[str, Any]:
    if trace["mode"] == "text":
        font = trace["textfont"]
        style = {
            "fill": font["color"],
            "font-size": f"{font['size']}px",
            "font-family": font["family"],
            "font-weight": str(font["weight"]),
        }
        return {"name": trace["name"], "kind": "text", "style": style}
    line = trace["line"]
    style = {
        "stroke": line["color"],
        "stroke-width": f"{line['width']}px",
        "fill": trace.get("fillcolor", "none"),
    }
    if line["dash"] != "solid":
        style["stroke-dasharray"] = {"dash": "6 5", "dot": "2 5"}[line["dash"]]
    return {"name": trace["name"], "kind": "shape", "style": style}
