"""The page before the app has drawn anything: our sign on our own ground, not a skeleton.

Streamlit's index.html gets the page's style sheet, a style and the sign. The first thing that the
app sends hides the sign (`HIDE`), so nothing here waits. If a file of the page does not arrive, a
script loads it again or offers to (`assets/page/incomplete.js`).
"""

import functools
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from viz_app.knowledge import text, theme
from viz_app.page.server import panel_scripts
from viz_app.page.server.guard import INCOMPLETE, INDEX

GROUNDS = {"light": "#FCFDFF", "dark": "#0F1720"}
"""The background colours of .streamlit/config.toml."""
STYLE = """
<style>
  .viz-first-paint {{ position: fixed; inset: 0; z-index: 1; display: grid; place-items: center;
    pointer-events: none; background: {light}; color: {light_sign};
    font: 700 40px/1 system-ui, sans-serif; }}
  .viz-first-paint[data-theme="dark"] {{ background: {dark}; color: {dark_sign}; }}
  @media (prefers-color-scheme: dark) {{
    .viz-first-paint:not([data-theme]) {{ background: {dark}; color: {dark_sign}; }}
  }}
  .viz-incomplete {{ position: fixed; z-index: 1000001; inset: auto 0 15%; margin: auto;
    display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; box-sizing: border-box;
    width: fit-content; max-width: min(44rem, 90vw); padding: 12px 16px; border-radius: 8px;
    background: #1B2430; color: #FFFFFF; font: 15px/1.5 system-ui, sans-serif; }}
  .viz-incomplete button {{ font: inherit; color: inherit; background: none; padding: 4px 12px;
    border: 1px solid; border-radius: 6px; cursor: pointer; }}
  .viz-incomplete[hidden] {{ display: none; }}
  [data-testid="stAppSkeleton"] {{ visibility: hidden; }}
</style>
</head>"""
HIDE = "<style>.viz-first-paint { display: none; }</style>"
SIGN = """<div class="viz-first-paint" aria-hidden="true"{theme}>∇</div>
    <div class="viz-incomplete" role="alert" hidden>{sentence}<button>{button}</button></div>
    <div id="root"></div>"""


@functools.cache
def page(chosen: str | None, language: str) -> str:
    """Streamlit's page with our first paint, in the theme that the link chose.

    A page without the expected places, of another version of Streamlit, stays as it is.
    """
    style = STYLE.format(
        **GROUNDS,
        light_sign=theme.LIGHT.gradient,
        dark_sign=theme.DARK.gradient,
    )
    words = text.load(language)
    sign = SIGN.format(
        theme=f' data-theme="{chosen}"' if chosen in GROUNDS else "",
        sentence=escape(words("page.incomplete")),
        button=escape(words("page.load_again")),
    )
    title = f"<title>{text.load('en')('page.title')}</title>"
    return (
        INDEX.read_text("utf-8")
        .replace("<head>", f"<head>\n    <script>{INCOMPLETE}</script>", 1)
        .replace("</head>", style, 1)
        .replace('<div id="root"></div>', f"{panel_scripts.link()}{sign}", 1)
        .replace("<title>Streamlit</title>", title, 1)
    )


async def _serve(request: Request) -> Response:
    options = request.query_params.getlist("embed_options")
    chosen = next((name for name in GROUNDS if f"{name}_theme" in options), None)
    accepted, _, _ = request.headers.get("Accept-Language", "").partition(",")
    language = text.choose(request.query_params.get("lang"), accepted)
    return HTMLResponse(page(chosen, language), headers={"Cache-Control": "no-cache"})


def routes() -> list[Route]:
    """The route of the page."""
    return [Route("/", _serve)]
