"""The moving picture as one HTML file that needs no server and no network.

It contains the page's own panels, bundled, and their data. A program's text is in JSON, which the
panels write as text; the file's own policy lets no script but its own run.
"""

import base64
import hashlib
import html
import re
from typing import Final

import msgspec

from viz_app import browser, bundles
from viz_app.export import interleaved, message, safe
from viz_app.knowledge.theme import MONO, SANS, Theme
from viz_app.paths import ASSETS
from viz_app.picture.explain.panel import explain
from viz_app.picture.layout import rows
from viz_app.render.subject import Subject

SCRIPT = "standalone/standalone.js"
STYLES = ("stage/stage.css", "explain/explain.css", "standalone/standalone.css")


class UnbuiltError(Exception):
    """The bundles are missing, or a module was changed since they were made."""

    def __init__(self) -> None:
        super().__init__("the scripts are not bundled: run `pip install -e .` where Node is")


def page(subject: Subject, picture: str = "") -> bytes:
    """The file; unless a step was requested, it opens on the finished forward pass.

    `picture` is its number in a notebook's kernel. Raises UnbuiltError.
    """
    script = bundles.built(ASSETS).get(SCRIPT, b"").decode()
    if not script:
        raise UnbuiltError
    words = subject.words
    style = _colours(subject.theme) + "".join((ASSETS / it).read_text("utf-8") for it in STYLES)
    # "<" only occurs in JSON's strings, where its number means the same.
    body = msgspec.json.encode(held(subject, picture)).decode().replace("<", "\\u003c")
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{_digest(script)}'"
    )
    return _HTML.format(
        language=words.language,
        theme=subject.theme.name,
        policy=policy,
        title=html.escape(words("page.title")),
        style=style,
        program=html.escape(words("page.program")),
        below=_below(subject),
        body=body,
        script=script,
    ).encode()


def held(subject: Subject, picture: str = "", folded: int | None = None) -> browser.Standalone:
    """The file's data. `folded` is the last answered request, None if nobody answers any."""
    trace, words = subject.trace, subject.words
    # Over two elements the program would have to run again.
    contour = browser.Contour(names=(), base="", asked=None, drawn=None)
    explained = {**explain(subject.scene, words), "contour": contour}
    return browser.Standalone(
        stage=browser.StageData(
            picture=subject.picture if folded is not None else _closed(subject.picture),
            plotly="",
            program=None,
            state="ready" if trace.error is None else "error",
            run=1,
            step=subject.picture.opens if subject.asked is None else subject.asked,
            speed=None,
            node=None,
            view=None,
            colour=None,
            names=False,
            hide_constants=False,
            predict=False,
            present=False,
            embedded=False,
            asked="file",
            pass_answered=0,
            chosen_pass=None,
            folded=folded or 0,
            row=rows.PROJECTOR.row,
            rows=(rows.PROJECTOR.row,),
        ),
        explain=browser.ready(msgspec.json.encode(explained)),
        source=safe_lines(trace.source.rstrip()),
        picture=picture,
    )


_HTML: Final = """<!DOCTYPE html>
<html lang="{language}" data-theme="{theme}">
<head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>{style}</style></head>
<body><div class="viz-program"><ol class="viz-code" tabindex="0" aria-label="{program}"></ol>
{below}</div>
<div class="viz-stage"></div><section class="viz-explain"></section>
<script type="application/json" id="viz-held">{body}</script>
<script type="module">{script}</script></body></html>
"""


def _below(subject: Subject) -> str:
    """The text below the program, as on the page: the reason why it stopped, and its output."""
    trace = subject.trace
    printed = safe_lines("\n".join(interleaved(trace)))
    label = html.escape(subject.words("page.output_name"))
    parts = ""
    if trace.error:
        parts += f'<p class="viz-error" role="alert">{html.escape(safe(message(trace.error)))}</p>'
    if printed:
        parts += f'<pre class="viz-output" tabindex="0" aria-label="{label}">'
        parts += f"{html.escape(printed)}</pre>"
    return parts


def safe_lines(text: str) -> str:
    """`safe`, with line ends and tabs kept."""
    return "".join(it if it in "\n\t" else safe(it) for it in re.split(r"([\n\t])", text))


def _closed(picture: browser.Picture) -> browser.Picture:
    """The picture without controls that open and fold groups: nothing could redraw it."""
    replace = msgspec.structs.replace
    return replace(
        picture,
        vertices=tuple(
            replace(it, within=None, opens=None, folds=None, group=None, change=None)
            for it in picture.vertices
        ),
        groups={},
        passes=tuple(replace(it, iteration=None) for it in picture.passes),
        version=f"{picture.version}-closed",  # a kernel may open it
    )


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _colours(theme: Theme) -> str:
    """The CSS variables that the panels' styles take from Streamlit's theme on the page."""
    variables = {
        "text-color": theme.ink,
        "background-color": theme.paper,
        "secondary-background-color": theme.card,
        "border-color": theme.card_line,
        "gray-text-color": theme.muted,
        "blue-text-color": theme.value,
        "orange-text-color": theme.gradient,
        "green-text-color": theme.leaf_text,
        "font": SANS,
        "code-font": MONO,
    }
    return ":root{" + "".join(f"--st-{name}:{it};" for name, it in variables.items()) + "}\n"
