"""Scene -> Plotly figure: elements that plotly.js draws once, and marks for when each is visible.

An element is a shape of the layout or a text of the single trace; Plotly makes one SVG element of
it. A mark is a layer (styles.py) that an element has at the steps `first <= s < last`. So the whole
animation is linear in the trace: the browser has Plotly draw the elements and then, from step to
step, touches only those whose marks begin or end. `at` does the same in Python for exports.
"""

import html
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from viz_app import browser
from viz_app.knowledge import theme as themes
from viz_app.knowledge.text import Text
from viz_app.model import Message
from viz_app.picture.drawing import styles
from viz_app.picture.drawing.flights import Flight
from viz_app.picture.drawing.geometry import Box, Point, path
from viz_app.picture.drawing.pieces import pieces
from viz_app.picture.scene import Scene
from viz_app.picture.words import sentence

UNWRITTEN: Final = "·"
"""Placeholder of a text until the browser writes it.

plotly.js makes no element of an empty text, and a figure without texts stays the same while only
numbers change.
"""

Element = tuple[Box | tuple[Point, ...], int]
"""A shape, or a text's place, and its owner, as in `Piece.of`."""


class Mark(msgspec.Struct, frozen=True):
    """The layer and text of an element at the steps `first` to `last - 1`; see pieces.Piece."""

    element: int
    layer: int
    first: int
    last: int
    text: str = ""
    weight: float | None = None
    flight: Flight | None = None


class Figure(msgspec.Struct, frozen=True):
    """A Plotly figure, the owner of each of its elements, and all marks.

    Elements are numbered as Plotly draws them: the layout's shapes, then the texts.
    """

    figure: browser.Figure
    of: tuple[int, ...]
    marks: tuple[Mark, ...]
    looks: tuple[styles.Look, ...]


def draw(scene: Scene, theme: themes.Theme, words: Text) -> Figure:
    """The figure of a scene, deterministic. A language changes the marks' texts, but no element."""
    found = pieces(scene)
    # Links lie under boxes, texts over both; otherwise drawing order is the order of appearance.
    keys = [(p.shape, p.of) for p in found]
    lines: dict[Element, None] = {}
    boxes: dict[Element, None] = {}
    texts: dict[Element, None] = {}
    for key, piece in zip(keys, found, strict=True):
        (texts if piece.text else lines if piece.of < 0 else boxes)[key] = None
    shapes = lines | boxes
    places = {key: place for place, key in enumerate((*shapes, *texts))}

    def written(text: str | Message) -> str:
        return html.escape(sentence.plain(text, words), quote=False) if text else ""

    marks = (
        Mark(places[key], p.layer, p.first, p.last, written(p.text), p.weight, p.flight)
        for key, p in zip(keys, found, strict=True)
    )
    points = [shape[0] for shape, _ in texts if not isinstance(shape, Box)]
    figure = _figure(scene, [path(shape) for shape, _ in shapes], points)
    return Figure(figure, tuple(of for _, of in places), tuple(marks), styles.looks(theme))


def _figure(scene: Scene, paths: Sequence[str], points: Sequence[Point]) -> browser.Figure:
    clear = "rgba(0,0,0,0)"
    axis = {"visible": False, "fixedrange": True}
    # Properties that all shapes share are set once.
    shape = {"layer": "below", "xref": "x", "yref": "y", "line": {"width": 1}}
    return browser.Figure(
        data=[
            {
                "type": "scatter",
                "mode": "text",
                "x": [point[0] for point in points],
                "y": [point[1] for point in points],
                "text": [UNWRITTEN] * len(points),
                "textposition": "middle center",
                "hoverinfo": "skip",
                "showlegend": False,
            }
        ],
        layout={
            "width": max(10.0, scene.width),
            "height": max(10.0, scene.height),
            "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
            "paper_bgcolor": clear,
            "plot_bgcolor": clear,
            "hovermode": False,
            "dragmode": False,
            "template": {"layout": {"shapedefaults": shape}},
            "shapes": [{"type": "path", "path": each} for each in paths],
            "xaxis": {**axis, "range": [0, max(10.0, scene.width)]},
            "yaxis": {**axis, "range": [max(10.0, scene.height), 0]},
        },
    )


def at(figure: Figure, step: int) -> dict[str, Any]:
    """The Plotly figure at one step: the visible elements with their styles and texts."""
    seen: dict[int, list[Mark]] = {}
    for mark in figure.marks:
        if mark.first <= step < mark.last:
            seen.setdefault(mark.element, []).append(mark)
    all_shapes = figure.figure.layout["shapes"]
    trace = figure.figure.data[0]
    shapes, texts = [], []
    for element in sorted(seen):
        marks = sorted(seen[element], key=lambda mark: mark.layer)
        look = styles.worn([figure.looks[mark.layer] for mark in marks])
        if element < len(all_shapes):
            shapes.append({**all_shapes[element], **_style(look, marks[-1])})
        else:
            texts.append((element - len(all_shapes), marks[-1].text, look))
    written = {
        "x": [trace["x"][place] for place, _, _ in texts],
        "y": [trace["y"][place] for place, _, _ in texts],
        "text": [text for _, text, _ in texts],
        "textfont": {
            "color": [look.fill for _, _, look in texts],
            "size": [look.size for _, _, look in texts],
            "family": [look.family for _, _, look in texts],
            "weight": [look.weight for _, _, look in texts],
        },
    }
    return {
        "data": [{**trace, **written}],
        "layout": {**figure.figure.layout, "shapes": shapes},
    }


def _style(look: styles.Look, mark: Mark) -> dict[str, Any]:
    """A shape's style in Plotly's terms; the browser does the same with the mark's weight."""
    line = {"color": look.stroke, "width": look.width, "dash": look.dash}
    name, weight = styles.LAYERS[mark.layer], mark.weight
    if name == "arcs" and weight is not None:
        line["width"] = round(styles.ARC.least + styles.ARC.more * weight, 2)
    if not look.fill:
        return {"line": line}
    if styles.is_cell(name):
        red, green, blue = (int(look.fill[k : k + 2], 16) for k in (1, 3, 5))
        return {"line": line, "fillcolor": f"rgba({red},{green},{blue},{weight})"}
    return {"line": line, "fillcolor": look.fill}
