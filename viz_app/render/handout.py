"""A handout as PDF: one row per step with picture, sentence and formula; then a worksheet without
the gradients, and its answers on a separate page.

Typst typesets it, from assets/handout/handout.typ. Pictures are SVG, so that texts stay texts;
formulas are drawn by ziamath, since Typst reads no LaTeX.
"""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from viz_app.export import safe
from viz_app.model import BACKWARD, Frame
from viz_app.paths import ASSETS
from viz_app.picture.words import sentence
from viz_app.picture.words.mathml import mathml
from viz_app.render import still
from viz_app.render.document import safe_lines
from viz_app.render.subject import Subject

TEMPLATE = ASSETS / "handout" / "handout.typ"
MOST_STEPS: Final = 60
"""Maximum number of rows; a longer story keeps its first and last half of them."""
MOST_ROWS: Final = 40
"""Maximum number of tensors on the worksheet; nobody fills in more."""
FONTS: Final = ("DejaVu Sans", "Noto Sans", "Noto Sans CJK KR", "Libertinus Serif")
FORMULA: Final = 18
"""Size in pixels of a formula."""

JSON = dict[str, Any]


def document(subject: Subject) -> bytes:
    """The PDF."""
    import typst

    held = msgspec.json.encode(_held(subject)).decode()
    return bytes(typst.compile(str(TEMPLATE), sys_inputs={"held": held}, timestamp=0))


def _held(subject: Subject) -> JSON:
    words, theme, frames = subject.words, subject.theme, subject.scene.frames
    cut = len(frames) > MOST_STEPS
    shown = (*frames[: MOST_STEPS // 2], *frames[-MOST_STEPS // 2 :]) if cut else frames
    stage = words.table("stage")
    last = max(0, len(frames) - 1)
    # Before the first gradient arrives; without a backward pass the worksheet is empty.
    before = next((it.index - 1 for it in frames if it.phase in BACKWARD), last)
    return {
        "language": words.language,
        "title": words("page.title"),
        "fonts": FONTS,
        "paper": theme.paper,
        "ink": theme.ink,
        "muted": theme.muted,
        "line": theme.card_line,
        "source": safe_lines(subject.trace.source.strip()),
        "handout": words("file.handout"),
        "worksheet": words("file.worksheet"),
        "ask": words("file.ask"),
        "answers": words("file.answers"),
        "cut": words("file.cut", steps=len(frames)) if cut else "",
        "columns": [stage[f"column_{name}"] for name in ("name", "operation", "value", "gradient")],
        "steps": [_step(frame, subject) for frame in shown],
        "question": _picture(subject, max(0, before)),
        "answer": _picture(subject, last),
        "rows": list(_rows(subject, last)),
    }


def _picture(subject: Subject, step: int) -> JSON:
    frames = subject.scene.frames
    return {
        "svg": still.drawn(subject, step, bare=True),
        "width": still.size(subject)[0],
        "caption": safe(subject.caption(frames[step])) if frames else "",
    }


def _step(frame: Frame, subject: Subject) -> JSON:
    return {
        **_picture(subject, frame.index),
        "index": frame.index,
        "runs": [
            {"text": safe(part.text), **_tone(part.tone, subject)}
            for part in sentence.parts(frame.message, subject.words)
        ],
        "formula": list(_formula(frame, subject.theme.ink)),
    }


def _tone(tone: str, subject: Subject) -> JSON:
    return {
        "colour": subject.tones.get(tone, subject.theme.ink),
        "weight": "bold" if tone in still.BOLD else "regular",
    }


def _formula(frame: Frame, colour: str) -> Iterator[JSON]:
    """Each line of the formula as a drawing, and as plain text."""
    row: list[Any] = []
    for piece in (*frame.formula, None):
        if piece is not None and piece.latex:
            row.append(piece)
        elif row:
            plain = safe(" ".join(it.plain for it in row))
            yield {"plain": plain, **_drawn(" ".join(it.latex for it in row), colour)}
            row = []


def _drawn(latex: str, colour: str) -> JSON:
    from ziamath.zmath import Math

    made = Math(mathml(latex), size=FORMULA)
    coloured = made.svg().replace("<svg ", f'<svg fill="{colour}" ', 1)
    return {"svg": coloured, "width": made.getsize()[0]}


def _rows(subject: Subject, last: int) -> Iterator[JSON]:
    """The tensors whose gradient is known at the end."""
    gradients = subject.gradients(last)
    for place, vertex in enumerate(subject.picture.vertices):
        if vertex.row and place in gradients and len(gradients) <= MOST_ROWS:
            yield {
                "name": safe(vertex.name),
                "operation": safe(vertex.operation),
                "value": safe(vertex.value),
                "gradient": safe(gradients[place]),
            }
