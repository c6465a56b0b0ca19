"""Colours and sizes, one row per theme.

The law of colour: values blue, gradients vermillion, leaves that require a gradient green, all else
ink and grey.

The palette is Okabe-Ito, safe for colour-blind eyes. Text colours keep a contrast of 4.5 to 1
against `paper` and against the tint they lie on.
"""

from typing import Final

import msgspec


class Theme(msgspec.Struct, frozen=True):
    """The colours of one theme, as CSS hex colours."""

    name: str
    paper: str
    card: str
    card_line: str
    disc: str
    ghost: str
    ink: str
    muted: str
    edge: str
    value: str
    value_line: str
    gradient: str
    gradient_line: str
    gradient_tint: str
    leaf: str
    leaf_text: str
    code_keyword: str
    code_string: str


LIGHT: Final = Theme(
    name="light",
    paper="#ffffff",
    card="#ffffff",
    card_line="#b9c3d0",
    disc="#eef2f8",
    ghost="#e6eaf0",
    ink="#1b2430",
    muted="#5c6675",
    edge="#97a3b4",
    value="#0072b2",
    value_line="#9cc9e6",
    gradient="#c44e00",
    gradient_line="#e2a072",
    gradient_tint="#fff8f3",
    leaf="#009e73",
    leaf_text="#00795a",
    code_keyword="#8b3a7e",
    code_string="#6f5b00",
)
DARK: Final = Theme(
    name="dark",
    paper="#17202a",
    card="#1f2a36",
    card_line="#46576a",
    disc="#2a3746",
    ghost="#26313e",
    ink="#eef2f7",
    muted="#9eabba",
    edge="#66788c",
    value="#6cbcf4",
    value_line="#3f6f94",
    gradient="#ff9d5c",
    gradient_line="#a4694a",
    gradient_tint="#37281f",
    leaf="#4fd1a5",
    leaf_text="#4fd1a5",
    code_keyword="#e3a3d6",
    code_string="#e0cf7c",
)
THEMES: Final = {theme.name: theme for theme in (LIGHT, DARK)}
"""Themes of the page."""

PRINT: Final = msgspec.structs.replace(
    LIGHT,
    name="print",
    card_line="#6b7480",
    disc="#ffffff",
    ghost="#ffffff",
    ink="#000000",
    muted="#444b55",
    edge="#555d69",
    value_line="#0072b2",
    gradient_line="#d0743a",
    gradient_tint="#ffffff",
)
"""For paper: no tints, which cost ink and come out as dirt, and lines dark enough for a copier."""
ON_PAPER_TOO: Final = {**THEMES, PRINT.name: PRINT}
"""Themes of files."""

SANS: Final = (
    'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK KR", sans-serif'
)
MONO: Final = 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace'

TEXT: Final = 13.0
"""Size in pixels of names, values and gradients on a card, at scale 1."""
SMALL: Final = 11.5
"""Size in pixels of a `grad_fn`, a factor or a note, at scale 1."""
MONO_ADVANCE: Final = 0.605
"""Width of one character in ems in the widest of the mono fonts above (DejaVu Sans Mono)."""
SANS_ADVANCE: Final = 0.62
"""Mean width of a character in ems in the widest of the sans fonts above (DejaVu Sans)."""
ROW: Final = 26.0
"""Height in pixels of one row of a card."""
DISC: Final = 22.0
"""Radius in pixels of the smallest disc."""
