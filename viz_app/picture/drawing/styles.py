"""The styles of the picture's pieces: the layers, from the lowest to the highest.

An element of the figure has all layers it is visible in; where two set the same property, the
higher one wins.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final, Literal

import msgspec

from viz_app import browser
from viz_app.knowledge import theme as themes

LAYERS: Final = (
    "ghost_lines", "ghost_boxes", "edges", "replaces", "cuts", "heads", "sheets", "groups",
    "results", "leaves", "constants", "cut_off", "discs", "copies", "copied_leaves", "reached",
    "value_cells", "value_minus_cells", "gradient_cells", "gradient_minus_cells", "arcs",
    "arc_heads", "zeros", "strange", "now_lines", "now_heads", "now_boxes", "back_lines",
    "back_heads", "back_boxes", "names", "values", "cells", "waiting", "gradients", "symbols",
    "above", "far_names", "far_values", "far_gradients", "functions", "notes", "warnings",
    "scissors", "factors", "repeats", "factors_now",
)  # fmt: skip

_PLACES: Final = {name: place for place, name in enumerate(LAYERS)}


def place(name: str) -> int:
    """The index of a layer in the drawing order."""
    return _PLACES[name]


class Look(msgspec.Struct, frozen=True):
    """A layer's style. Widths and sizes are in pixels at scale 1.

    A shape has `stroke`, `width` and optionally `fill`; a text has `fill`, `size`, `family` and
    `weight`.
    """

    stroke: str = ""
    width: float = 0.0
    fill: str = ""
    dash: str = "solid"
    size: float = 0.0
    family: str = ""
    weight: int = 400


@cache
def looks(theme: themes.Theme) -> tuple[Look, ...]:
    """The styles of all layers in one theme."""
    t, mono, sans = theme, themes.MONO, themes.SANS
    styles = {
        "ghost_lines": Look(t.ghost, 1.5),
        "ghost_boxes": Look(t.ghost, 1.2),
        "edges": Look(t.edge, 1.4),
        "replaces": Look(t.edge, 1.4, dash="dash"),
        "cuts": Look(t.gradient_line, 1.4, dash="dot"),
        "heads": Look(t.edge, 0.5, t.edge),
        "sheets": Look(t.card_line, 1.2, t.disc),
        "groups": Look(t.card_line, 1.4, t.disc),
        "results": Look(t.card_line, 1.2, t.card),
        "leaves": Look(t.leaf, 1.8, t.card),
        "constants": Look(t.card_line, 1.0, t.disc),
        "cut_off": Look(t.muted, 1.2, t.disc, dash="dash"),
        "discs": Look(t.card_line, 1.2, t.disc),
        "copies": Look(t.card_line, 1.2, t.card, dash="dash"),
        "copied_leaves": Look(t.leaf, 1.4, t.card, dash="dash"),
        "reached": Look(t.gradient_line, 1.5, t.gradient_tint),
        "value_cells": Look(t.value_line, 0.7, t.value),
        "value_minus_cells": Look(t.value_line, 0.7, t.muted),
        "gradient_cells": Look(t.gradient_line, 0.7, t.gradient),
        "gradient_minus_cells": Look(t.gradient_line, 0.7, t.muted),
        "arcs": Look(t.gradient_line, 1.6),
        "arc_heads": Look(t.gradient_line, 0.5, t.gradient_line),
        "zeros": Look(t.muted, 1.8, dash="dot"),
        "strange": Look(t.gradient, 3.0, dash="dash"),
        "now_lines": Look(t.value, 2.6),
        "now_heads": Look(t.value, 2.5, t.value),
        "now_boxes": Look(t.value, 2.6),
        "back_lines": Look(t.gradient, 3.0),
        "back_heads": Look(t.gradient, 3.5, t.gradient),
        "back_boxes": Look(t.gradient, 2.8),
        "names": _text(t.ink, themes.TEXT + 1, mono, 700),
        "values": _text(t.value, themes.TEXT, mono),
        "cells": _text(t.ink, themes.TEXT, mono),
        "waiting": _text(t.muted, themes.TEXT, mono),
        "gradients": _text(t.gradient, themes.TEXT, mono),
        "symbols": _text(t.ink, themes.TEXT - 1, mono),
        "above": _text(t.muted, themes.SMALL, sans),
        "far_names": _text(t.ink, themes.SMALL, mono, 700),
        "far_values": _text(t.value, themes.SMALL, mono),
        "far_gradients": _text(t.gradient, themes.SMALL, mono),
        "functions": _text(t.muted, themes.SMALL, sans),
        "warnings": _text(t.gradient, themes.SMALL + 1, sans, 700),
        "scissors": _text(t.gradient, themes.TEXT + 4, sans),
        "notes": _text(t.leaf_text, themes.SMALL, sans),
        "factors": _text(t.gradient, themes.SMALL + 1, sans),
        "repeats": _text(t.value, themes.SMALL + 1, sans, 700),
        "factors_now": _text(t.gradient, themes.SMALL + 1, sans, 700),
    }
    return tuple(styles[name] for name in LAYERS)


def _text(color: str, size: float, family: str, weight: int = 400) -> Look:
    return Look(fill=color, size=size, family=family, weight=weight)


def worn(layers: Sequence[Look]) -> Look:
    """The combined look of an element with several layers, the highest last."""
    look = layers[-1]
    for lower in reversed(layers):
        if look.fill:
            break
        look = msgspec.structs.replace(look, fill=lower.fill)
    return look


ARC: Final = browser.LineWidth(0.7, 4.3)
"""The width of an arc by the size of its gradient: from a hairline to the current step's width."""
_PULSES: Final[dict[str, Literal["value", "gradient"]]] = {
    "now_lines": "value",
    "back_lines": "gradient",
}
_STRONG: Final = frozenset(
    ("edges", "replaces", "heads", "sheets", "groups", "results", "constants", "cut_off", "discs",
     "zeros", "waiting", "above", "functions")
)  # fmt: skip
"""Grey layers, which a projector washes out."""
_ARRIVING: Final = frozenset(
    ("values", "value_cells", "value_minus_cells", "gradients", "gradient_cells", "cells",
     "gradient_minus_cells", "waiting", "reached", "zeros", "strange",
     "far_gradients")
)  # fmt: skip
"""Layers of a card's rows of numbers, which fill when their number arrives."""


def is_cell(name: str) -> bool:
    """True if the weight of a layer's marks is their opacity."""
    return name.endswith("_cells")


@cache
def layers(theme: themes.Theme) -> tuple[browser.Layer, ...]:
    """All layers in the browser's form, in one theme."""
    return tuple(map(drawn, LAYERS, looks(theme)))


def drawn(name: str, look: Look) -> browser.Layer:
    """A layer in the browser's form."""
    grey = ("fill",) if look.size else ("stroke", "fill") if name == "heads" else ("stroke",)
    kept: dict[str, Literal["grows", "cut"]] = {"names": "cut", "symbols": "grows"}
    away = look.size or is_cell(name)
    return browser.Layer(
        style=css(look),
        strong=grey if name in _STRONG else (),
        small=kept.get(name, "hidden" if away else "stays"),
        width=ARC if name == "arcs" else None,
        cell=is_cell(name),
        pulse=_PULSES.get(name),
        shadow=name == "ghost_boxes",
        arrives=name in _ARRIVING,
        optional=name == "functions",
    )


def css(look: Look) -> dict[str, str]:
    """A layer's style as properties of an SVG element."""
    if look.size:
        return {
            "fill": look.fill,
            "font-size": f"{look.size}px",
            "font-family": look.family,
            "font-weight": str(look.weight),
        }
    style = {"stroke": look.stroke, "stroke-width": f"{look.width}px"}
    if look.fill:
        style["fill"] = look.fill
    if look.dash != "solid":
        style["stroke-dasharray"] = {"dash": "6 5", "dot": "2 5"}[look.dash]
    return style
