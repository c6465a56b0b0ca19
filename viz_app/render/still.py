"""One step: SVG whose texts stay texts, and PNG drawn from it by resvg."""

import html
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from viz_app.export import safe, width
from viz_app.knowledge import theme as themes
from viz_app.model import Frame, Tone
from viz_app.picture.drawing import figure
from viz_app.picture.words import sentence
from viz_app.render.subject import Subject

MARGIN: Final = 16.0
CAPTION: Final = 15.0
"""Size in pixels of the sentence below the picture."""
LINE: Final = 22.0
NARROWEST: Final = 480.0
WIDEST_PNG: Final = 4_000
"""Maximum width in pixels; a larger picture is drawn smaller."""
BOLD: Final = ("name", "value", "gradient")
"""Tones of a sentence that are bold."""
_DASHES: Final = {"dash": "6 5", "dot": "2 5"}


def svg(subject: Subject) -> bytes:
    """The picture at the subject's step with its sentence below it."""
    return drawn(subject, subject.step).encode()


def png(subject: Subject) -> bytes:
    """The step as pixels, two per pixel of the picture unless that is too many."""
    return pixels(drawn(subject, subject.step), size(subject)[0])


def size(subject: Subject) -> tuple[float, float]:
    """Width of the whole image, and height of the picture alone."""
    scene = subject.scene
    return max(NARROWEST, scene.width + 2 * MARGIN), scene.height + 2 * MARGIN


def rows(frame: Frame, subject: Subject) -> int:
    """Number of rows of a step's sentence."""
    return len(_wrapped(frame, subject))


def drawn(subject: Subject, step: int, lines: int = 0, *, bare: bool = False) -> str:
    """The SVG of a step. `lines` is the least room for the sentence; a `bare` picture has none."""
    frames = subject.scene.frames
    caption = () if bare or not frames else _wrapped(frames[step], subject)
    wide, high = size(subject)
    most = max(len(caption), lines)
    tall = high + (most * LINE + MARGIN if most else 0)
    left = (wide - subject.scene.width) / 2
    title = _text(subject.caption(frames[step])) if frames else ""
    paper = subject.theme.paper
    return "".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:g}" height="{tall:g}" '
            f'viewBox="0 0 {wide:g} {tall:g}" role="img"><title>{title}</title>'
            f'<rect width="100%" height="100%" fill="{paper}"/>'
            f'<g transform="translate({left:g} {MARGIN:g})">',
            *_picture(subject, step),
            "</g>",
            *_caption(caption, subject, high + CAPTION),
            "</svg>",
        )
    )


def _picture(subject: Subject, step: int) -> Iterator[str]:
    at = figure.at(subject.figure, step)
    for shape in at["layout"]["shapes"]:
        yield _shape(shape)
    (texts,) = at["data"]
    font = texts["textfont"]
    columns = (texts["x"], texts["y"], texts["text"], *font.values())
    for x, y, text, colour, pixel, family, weight in zip(*columns, strict=True):
        # The figure's texts are escaped already; unescape them to remove what XML may not hold.
        yield (
            f'<text x="{x:g}" y="{y + 0.35 * pixel:g}" text-anchor="middle" fill="{colour}" '
            f'font-size="{pixel:g}" font-weight="{weight}" xml:space="preserve" '
            f'font-family="{html.escape(family)}"{_mark(text, family)}>'
            f"{_text(html.unescape(text))}</text>"
        )


def _shape(shape: dict[str, Any]) -> str:
    line = shape["line"]
    dash = _DASHES.get(line.get("dash", "solid"))
    fill, opacity = shape.get("fillcolor") or "none", ""
    if fill.startswith("rgba("):
        *colours, weight = fill[5:-1].split(",")
        fill, opacity = f"rgb({','.join(colours)})", f' fill-opacity="{weight}"'
    return (
        f'<path d="{shape["path"]}" fill="{fill}"{opacity} stroke="{line["color"] or "none"}" '
        f'stroke-width="{line["width"]:g}" stroke-linejoin="round" stroke-linecap="round"'
        + (f' stroke-dasharray="{dash}"/>' if dash else "/>")
    )


def _text(text: str) -> str:
    return html.escape(safe(text))


# ---- the sentence ------------------------------------------------------------------------------

Row = list[tuple[str, Tone]]


def _wrapped(frame: Frame, subject: Subject) -> list[Row]:
    """The sentence in rows, by the widest of the possible fonts."""
    room = (size(subject)[0] - 2 * MARGIN) / (CAPTION * themes.SANS_ADVANCE)
    found: list[Row] = [[]]
    used = 0
    for part in sentence.parts(frame.message, subject.words):
        for word in _words(safe(part.text), int(room)):
            columns = width(word)
            if used + width(word.rstrip()) > room and used:
                found.append([])
                used = 0
            found[-1].append((word, part.tone))
            used += columns
    return found


def _words(text: str, room: int) -> Iterator[str]:
    """Words with the space after them; one that is wider than a row is cut."""
    for word in text.replace(" ", " \0").split("\0"):
        yield from (word[at : at + room] for at in range(0, len(word), room))


def _caption(caption: Sequence[Row], subject: Subject, top: float) -> Iterator[str]:
    colours = subject.tones
    mark = _mark("".join(word for row in caption for word, _ in row), themes.SANS)
    for place, row in enumerate(caption):
        yield (
            f'<text x="{MARGIN:g}" y="{top + place * LINE:g}" font-size="{CAPTION:g}" '
            f'fill="{subject.theme.ink}" font-family="{html.escape(themes.SANS)}" '
            f'xml:space="preserve"{mark}>'
        )
        for word, tone in row:
            bold = ' font-weight="bold"' if tone in BOLD else ""
            fill = f' fill="{colours[tone]}"' if tone in colours else ""
            yield (
                f"<tspan{fill}{bold}>{html.escape(word)}</tspan>"
                if fill or bold
                else (html.escape(word))
            )
        yield "</text>"


# ---- pixels ------------------------------------------------------------------------------------

_ONE_FONT: Final = ".one-font { font-family: 'DejaVu Sans' }"


def _mark(text: str, family: str) -> str:
    """The class of a text in which DejaVu Sans has every character, but for rare scripts.

    Where one character is missing, resvg takes another font for the whole line, and not the bold
    one (linebender/resvg#973): a font with "₂" and "ᵀ" must come first. It has no Korean letters,
    whose fonts come first in a line with some.
    """
    return ' class="one-font"' if family == themes.SANS and width(text) == len(text) else ""


def pixels(drawn: str, wide: float, scale: float = 2.0) -> bytes:
    """PNG of an SVG. On a machine without fonts, ziafont's DejaVu Sans is used."""
    import resvg_py
    import ziafont

    return bytes(
        resvg_py.svg_to_bytes(
            svg_string=drawn,
            width=round(min(wide * scale, WIDEST_PNG)),
            style_sheet=_ONE_FONT,
            font_files=[str(Path(ziafont.__file__).parent / "fonts" / "DejaVuSans.ttf")],
            font_family="DejaVu Sans",
            sans_serif_family="DejaVu Sans",
            monospace_family="DejaVu Sans Mono",
        )
    )
