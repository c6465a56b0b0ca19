"""The page before the app has drawn anything: our sign on our own ground, not a skeleton.

Streamlit's index.html gets the page's style sheet, a style and one element. The first thing that
the app sends hides that element (`HIDE`), so nothing here runs or waits.
"""

import functools

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from viz_app.knowledge import text, theme
from viz_app.page.server import panel_scripts
from viz_app.page.server.guard import INDEX

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
  [data-testid="stAppSkeleton"] {{ visibility: hidden; }}
</style>
</head>"""
HIDE = "<style>.viz-first-paint { display: none; }</style>"
SIGN = '<div class="viz-first-paint" aria-hidden="true"{theme}>∇</div>\n    <div id="root"></div>'


@functools.cache
def page(chosen: str | None) -> str:
    """Streamlit's page with our first paint, in the theme that the link chose.

    A page without the expected places, of another version of Streamlit, stays as it is.
    """
    style = STYLE.format(
        **GROUNDS,
        light_sign=theme.LIGHT.gradient,
        dark_sign=theme.DARK.gradient,
    )
    sign = SIGN.format(theme=f' data-theme="{chosen}"' if chosen in GROUNDS else "")
    title = f"<title>{text.load('en')('page.title')}</title>"
    return (
        INDEX.read_text("utf-8")
        .replace("</head>", style, 1)
        .replace('<div id="root"></div>', f"{panel_scripts.link()}{sign}", 1)
        .replace("<title>Streamlit</title>", title, 1)
    )


async def _serve(request: Request) -> Response:
    options = request.query_params.getlist("embed_options")
    chosen = next((name for name in GROUNDS if f"{name}_theme" in options), None)
    return HTMLResponse(page(chosen), headers={"Cache-Control": "no-cache"})


def routes() -> list[Route]:
    """The route of the page."""
    return [Route("/", _serve)]
