"""The app as visitors meet it: a real server, and a real Chromium with fresh profiles."""

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.seen import ARTEFACTS
from tests.browser.serve import TESTED, TESTED_FLAGS, serve
from tests.patience import PATIENCE_MS

expect.set_options(timeout=PATIENCE_MS)

OpenPage = Callable[..., Page]

FAR = """
const Near = WebSocket;
const held = [];
let holds = false;
window.testHold = () => { holds = true; };
window.testRelease = () => { holds = false; held.splice(0).forEach((hear) => hear()); };
window.WebSocket = class extends Near {
  #later(hear) {
    const hearNow = (event) => () => hear.call(this, event);
    const arrive = (now) => (holds ? held.push(now) : now());
    return (event) => setTimeout(arrive, MS, hearNow(event));
  }
  set onmessage(hear) { super.onmessage = this.#later(hear); }
  addEventListener(type, hear, ...options) {
    super.addEventListener(type, type === "message" ? this.#later(hear) : hear, ...options);
  }
  send(message) { setTimeout(() => { if (this.readyState === 1) super.send(message); }, MS); }
};
"""

PLAYED = "try { localStorage.setItem('viz-played', '1'); } catch { /* framed */ }"

GONE = re.compile(
    r"^Exception in ASGI application\n(?:(?!\S+: ).*\n)*?"
    r"starlette\.websockets\.WebSocketDisconnected: WebSocket is not connected.*\n"
    r"(?:(?!\S+: ).*\n)*?"
    r"starlette\.websockets\.WebSocketDisconnected: Cannot call \"send\" once a close.*\n",
    re.MULTILINE,
)
"""Streamlit's log entry for a visitor who leaves in the middle of a run: not an error."""


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of one server for all browser tests; its log may hold no traceback."""
    log = ARTEFACTS / f"server-{os.getpid()}.log"
    with serve(log) as address:
        yield address
    assert "Traceback" not in GONE.sub("", log.read_text())


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=TESTED, args=TESTED_FLAGS)
        yield browser
        browser.close()


class Visitor:
    """A browser profile with one page, reused by one test after the other.

    Opening the app in a page that has shown it before takes a quarter of the work of a first page,
    for which Chromium starts a process and compiles everything. `renew` removes all traces of the
    last test.
    """

    def __init__(
        self, chromium: Browser, far: int, options: dict[str, Any], *, fresh: bool
    ) -> None:
        self.context = chromium.new_context(**{"locale": "en-US", **options})
        if far:
            self.context.add_init_script(FAR.replace("MS", str(far)))
        if not fresh:
            self.context.add_init_script(PLAYED)
        self.context.set_default_timeout(PATIENCE_MS)
        self.page = self.context.new_page()
        self.troubles: list[str] = []
        # Requests to other hosts fail (TESTED_FLAGS). Hearing of all 120 of an opening takes 40 ms.
        self.page.on("requestfailed", lambda request: self._asked(request.url))
        self.page.on("websocket", lambda websocket: self._asked(websocket.url))
        self.page.on("pageerror", lambda error: self.troubles.append(f"uncaught {error}"))
        self.page.on(
            "console",
            lambda message: (
                self.troubles.append(f"console {message.text}")
                if message.type in ("error", "warning")
                else None
            ),
        )

    def _asked(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("data", "blob") and parts.hostname != "localhost":
            self.troubles.append(f"asked {url}")

    def renew(self, server: str) -> None:
        """Clear everything that was stored, from an empty document of the app's own origin."""
        for other in self.context.pages:
            if other is not self.page:
                other.close()
        self.page.unroute_all()
        self.page.goto(f"{server}/_stcore/health")
        self.page.evaluate("sessionStorage.clear(); localStorage.clear()")
        self.context.clear_cookies()
        self.context.clear_permissions()
        self.page.mouse.move(0, 0)
        self.troubles.clear()


@pytest.fixture(scope="session")
def idle() -> dict[tuple[object, ...], list[Visitor]]:
    """Visitors without a test at the moment, by the options that only a new profile can have."""
    return defaultdict(list)


@pytest.fixture
def open_page(
    server: str,
    chromium: Browser,
    idle: dict[tuple[object, ...], list[Visitor]],
    request: pytest.FixtureRequest,
) -> Iterator[OpenPage]:
    """Opens the app: `open_page("?lesson=fan-out", width=800, color_scheme="dark")`.

    Each call is another visitor, with storage of their own.
    `far`: milliseconds that each message takes, to the server and from it. What comes from it waits
    between the page's `testHold()` and `testRelease()`.
    `fresh`: as on a first visit, at the opening. Else the browser has seen a picture play, and the
    picture is at the first step where the query names no other.
    At the end no page may have asked another host for anything or logged an error.
    """
    here: list[tuple[tuple[object, ...], Visitor]] = []
    failed = request.session.testsfailed

    def open_page(
        query: str = "",
        *,
        width: int = 1440,
        height: int = 900,
        ready: bool = True,
        far: int = 0,
        color_scheme: Literal["dark", "light"] = "light",
        reduced_motion: Literal["reduce", "no-preference"] = "no-preference",
        fresh: bool = False,
        **options: Any,
    ) -> Page:
        kind = (far, fresh, *sorted((name, repr(value)) for name, value in options.items()))
        visitor = idle[kind].pop() if idle[kind] else Visitor(chromium, far, options, fresh=fresh)
        here.append((kind, visitor))
        page = visitor.page
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=color_scheme, reduced_motion=reduced_motion)
        if not fresh and "step=" not in query:
            query += "&step=0" if "?" in query else "?step=0"
        page.goto(f"{server}/{query}")
        if ready:
            expect(page.get_by_role("region", name="Computation graph")).to_have_attribute(
                "data-state", "ready"
            )
        return page

    yield open_page
    troubles = [trouble for _, visitor in here for trouble in visitor.troubles]
    for kind, visitor in here:
        # A test that failed may have left a key pressed or a page closed.
        if troubles or request.session.testsfailed > failed:
            visitor.context.close()
        else:
            visitor.renew(server)
            idle[kind].append(visitor)
    assert troubles == []
