"""The backward pass as a GIF or a WebP: each step with the gradients it sends on their way.

resvg draws one picture per step; Pillow draws the chips that travel along the arcs, so that the
pictures between two steps need no rendering.
"""

import io
import itertools
import math
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from viz_app.model import Frame
from viz_app.picture.drawing import styles
from viz_app.picture.drawing.geometry import Point
from viz_app.render import still
from viz_app.render.subject import Subject

if TYPE_CHECKING:
    from PIL import Image

WIDEST: Final = 1_200
"""Maximum width in pixels: as wide as a slide needs."""
MOST_STEPS: Final = 48
"""Maximum number of steps; a longer pass keeps its first and last half of them."""
BETWEEN: Final = 8
"""Number of pictures in which a chip travels along its arc."""
MOVES_MS: Final = 70
RESTS_MS: Final = 1_500
ENDS_MS: Final = 3_500
RADIUS: Final = 7.0
COLOURS: Final = 64
"""Number of colours of a GIF: the theme's, and blends of them at smoothed edges."""
NEAR: Final = 8
"""Difference of two colours in a channel that is invisible."""

Picture = tuple["Image.Image", int]
"""A picture and its duration in milliseconds."""


def gif(subject: Subject) -> bytes:
    """The backward pass as a looping GIF; the final picture if there is none."""
    from PIL import Image

    shown = list(_pictures(subject))
    palette = _palette([picture for picture, _ in shown], subject.theme.paper)
    few = [(it.quantize(palette=palette, dither=Image.Dither.NONE), stays) for it, stays in shown]
    return _saved(few, "GIF", optimize=False, disposal=1)


def webp(subject: Subject) -> bytes:
    """The backward pass as a WebP, without loss."""
    return _saved(list(_pictures(subject)), "WEBP", lossless=True, method=4, minimize_size=True)


def _saved(pictures: Sequence[Picture], form: str, **options: object) -> bytes:
    (first, _), *others = pictures
    file = io.BytesIO()
    first.save(
        file, form, save_all=True, append_images=[it for it, _ in others], loop=0,
        duration=[stays for _, stays in pictures], **options,
    )  # fmt: skip
    return file.getvalue()


def _palette(pictures: Sequence["Image.Image"], paper: str) -> "Image.Image":
    """The colours of the first picture, the middle one and the last, and the paper's own."""
    from PIL import Image, ImageColor

    some = [pictures[0], pictures[len(pictures) // 2], pictures[-1]]
    sheet = Image.new("RGB", (some[0].width, sum(it.height for it in some)))
    for place, one in enumerate(some):
        sheet.paste(one, (0, place * one.height))
    found = sheet.quantize(COLOURS)
    colours = found.getpalette() or []
    white = ImageColor.getrgb(paper)[:3]
    # Colours close to the paper's are replaced by it: Pillow would take one of those for the paper.
    for at in range(0, len(colours), 3):
        if max(abs(a - b) for a, b in zip(colours[at : at + 3], white, strict=True)) <= NEAR:
            colours[at : at + 3] = white
    found.putpalette(colours)
    return found


def _pictures(subject: Subject) -> Iterator[Picture]:
    from PIL import Image

    frames = _few(subject.backward)
    if not frames:
        yield Image.open(io.BytesIO(still.png(subject))).convert("RGB"), ENDS_MS
        return
    wide, _ = still.size(subject)
    lines = max(still.rows(frame, subject) for frame in frames)
    scale = min(2.0, WIDEST / wide)
    for frame in frames:
        drawn = still.drawn(subject, frame.index, lines)
        whole = Image.open(io.BytesIO(still.pixels(drawn, wide, scale))).convert("RGB")
        routes = list(_routes(subject, frame))
        for place in range(BETWEEN if routes else 0):
            part = place / (BETWEEN - 1)
            eased = part * part * (3 - 2 * part)
            yield _with_chips(whole, [_along(it, eased) for it in routes], scale, subject), MOVES_MS
        yield whole, ENDS_MS if frame is frames[-1] else RESTS_MS


def _few(frames: Sequence[Frame]) -> Sequence[Frame]:
    if len(frames) <= MOST_STEPS:
        return frames
    return (*frames[: MOST_STEPS // 2], *frames[-MOST_STEPS // 2 :])


def _routes(subject: Subject, frame: Frame) -> Iterator[list[Point]]:
    """The routes along which the step sends, in pixels of the whole picture."""
    shapes = subject.figure.figure.layout["shapes"]
    left = (still.size(subject)[0] - subject.scene.width) / 2
    back = styles.place("back_lines")
    for mark in subject.figure.marks:
        if mark.layer == back and mark.first == frame.index:
            numbers = re.findall(r"(-?[\d.e+-]+),(-?[\d.e+-]+)", shapes[mark.element]["path"])
            yield [(float(x) + left, float(y) + still.MARGIN) for x, y in numbers]


def _along(route: Sequence[Point], part: float) -> Point:
    """The point at a fraction of a polyline's length."""
    left = part * sum(math.dist(a, b) for a, b in itertools.pairwise(route))
    for a, b in itertools.pairwise(route):
        length = math.dist(a, b)
        if left <= length:
            way = left / length if length else 0.0
            return a[0] + way * (b[0] - a[0]), a[1] + way * (b[1] - a[1])
        left -= length
    return route[-1]


def _with_chips(
    picture: "Image.Image", points: Sequence[Point], scale: float, subject: Subject
) -> "Image.Image":
    """The picture with a chip at each point; drawn four times as large, since Pillow's circles have
    no smooth edge."""
    from PIL import Image, ImageDraw

    made = picture.copy()
    radius = RADIUS * scale
    side = math.ceil(radius) * 2 + 2
    chip = Image.new("RGB", (4 * side, 4 * side), subject.theme.gradient)
    seen = Image.new("L", chip.size)
    middle = 2 * side
    ImageDraw.Draw(seen).circle((middle, middle), 4 * radius, fill=255)
    ImageDraw.Draw(chip).circle(
        (middle, middle), 4 * radius, outline=subject.theme.paper, width=round(6 * scale)
    )
    small = chip.resize((side, side), Image.Resampling.LANCZOS)
    mask = seen.resize((side, side), Image.Resampling.LANCZOS)
    for x, y in points:
        made.paste(small, (round(x * scale - side / 2), round(y * scale - side / 2)), mask)
    return made
