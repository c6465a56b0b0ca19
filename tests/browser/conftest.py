"""The app as a visitor meets it: a real server, a real Chromium with a new profile a test."""

import os
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser.seen import ARTEFACTS
from tests.browser.serve import CHROMIUM, FLAGS, serve
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

GONE = re.compile(
    r"^Exception in ASGI application\n(?:(?!\S+: ).*\n)*?"
    r"starlette\.websockets\.WebSocketDisconnected: WebSocket is not connected.*\n"
    r"(?:(?!\S+: ).*\n)*?"
    r"starlette\.websockets\.WebSocketDisconnected: Cannot call \"send\" once a close.*\n",
    re.MULTILINE,
)
"""What Streamlit logs of a visitor who leaves in the middle of a run: nothing went wrong."""


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
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(server: str, chromium: Browser) -> Iterator[OpenPage]:
    """Opens the app: `open_page("?lesson=fan-out", width=800, color_scheme="dark")`.

    `far`: milliseconds that each message takes, to the server and from it. What comes from it waits
    between the page's `testHold()` and `testRelease()`.
    At the end no page may have asked another host for anything or logged an error.
    """
    troubles: list[str] = []
    contexts = []

    def open_page(
        query: str = "",
        *,
        width: int = 1440,
        height: int = 900,
        ready: bool = True,
        far: int = 0,
        **options: Any,
    ) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, **{"locale": "en-US", **options}
        )
        if far:
            context.add_init_script(FAR.replace("MS", str(far)))
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()

        def asked(url: str) -> None:
            if (
                urlsplit(url).scheme not in ("data", "blob")
                and urlsplit(url).hostname != "localhost"
            ):
                troubles.append(f"asked {url}")

        page.on("request", lambda request: asked(request.url))
        page.on("websocket", lambda websocket: asked(websocket.url))
        page.on("pageerror", lambda error: troubles.append(f"uncaught {error}"))
        page.on(
            "console",
            lambda message: (
                troubles.append(f"console {message.text}")
                if message.type in ("error", "warning")
                else None
            ),
        )
        page.goto(f"{server}/{query}")
        if ready:
            expect(page.get_by_role("region", name="Computation graph")).to_have_attribute(
                "data-state", "ready"
            )
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []
