"""WebKitGTK by WebDriver: Debian's `webkit2gtk-driver`, on a screen of `xvfb`."""

import base64
import json
import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.browser.serve import free_port
from tests.patience import PATIENCE_SECONDS

DRIVER = shutil.which("WebKitWebDriver")
SCREEN = shutil.which("Xvfb")
MISSING = ", ".join(
    name for name, found in (("webkit2gtk-driver", DRIVER), ("xvfb", SCREEN)) if found is None
)
"""The Debian packages that are not installed, "" for none."""

WAIT = """
const done = arguments[arguments.length - 1];
(function look() {
  const found = (EXPRESSION);
  if (found) done(JSON.stringify(found)); else setTimeout(look, 20);
})();
"""
ERRORS = """
window.testErrors = [];
window.addEventListener('error', ({ message }) => testErrors.push(message));
window.addEventListener('unhandledrejection', ({ reason }) => testErrors.push(String(reason)));
const { error } = console;
console.error = (...parts) => { testErrors.push(parts.map(String).join(' ')); error(...parts); };
"""


class Webkit:
    """One window of a MiniBrowser without storage; `version` is WebKitGTK's."""

    def __init__(self, address: str) -> None:
        self._address = address
        options = {"webkitgtk:browserOptions": {"args": ["--automation"]}}
        wanted = {"capabilities": {"alwaysMatch": options}}
        found = self.call("POST", "", **wanted)
        self._session = str(found["sessionId"])
        self.version = str(found["capabilities"]["browserVersion"])
        limits = {"script": 1000 * PATIENCE_SECONDS, "pageLoad": 1000 * PATIENCE_SECONDS}
        self.call("POST", "timeouts", **limits)

    def call(self, method: str, command: str, **params: Any) -> Any:
        """The value of an answer of the protocol. RuntimeError with the browser's answer."""
        place = f"/session/{self._session}/{command}" if hasattr(self, "_session") else "/session"
        body = json.dumps(params).encode() if method == "POST" else None
        asked = urllib.request.Request(self._address + place.rstrip("/"), body, method=method)
        try:
            with urllib.request.urlopen(asked, timeout=PATIENCE_SECONDS) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode()) from None

    def open(self, address: str, width: int, height: int) -> None:
        """Load an address in a window whose page has this size."""
        self.call("POST", "url", url=address)
        self.call("POST", "window/rect", width=width, height=height + self._bars())
        self.call("POST", "execute/sync", script=ERRORS, args=[])

    def _bars(self) -> int:
        """Height of the window in pixels without the page."""
        script = "return outerHeight - innerHeight"
        return int(self.call("POST", "execute/sync", script=script, args=[]))

    def errors(self) -> list[str]:
        """The console's errors since the page was loaded; the protocol itself reports none."""
        script = "return testErrors"
        return list(self.call("POST", "execute/sync", script=script, args=[]))

    def wait(self, expression: str) -> Any:
        """The value of a JavaScript expression as soon as it is true."""
        script = WAIT.replace("EXPRESSION", expression)
        return json.loads(self.call("POST", "execute/async", script=script, args=[]))

    def press(self, key: str) -> None:
        """Press a key; those without a letter have the code points of WebDriver."""
        keys = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        source = {"type": "key", "id": "keyboard", "actions": keys}
        self.call("POST", "actions", actions=[source])

    def shot(self, file: Path) -> None:
        """Save a picture of the page."""
        file.write_bytes(base64.b64decode(self.call("GET", "screenshot")))


def _listens(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/status", timeout=PATIENCE_SECONDS):
            return True
    except OSError:
        return False


@contextmanager
def webkit(log: Path) -> Iterator[Webkit]:
    """A running WebKit, ended afterwards."""
    assert DRIVER is not None
    assert SCREEN is not None
    port = free_port()
    reads, writes = os.pipe()
    with log.open("w") as out:
        screen = subprocess.Popen(
            [SCREEN, "-displayfd", str(writes), "-screen", "0", "1600x1200x24", "-nolisten", "tcp"],
            stdout=out, stderr=out, pass_fds=[writes],
        )  # fmt: skip
        os.close(writes)
        driver = None
        try:
            with os.fdopen(reads) as pipe:  # it says its number when it is there
                display = f":{pipe.readline().strip()}"
            driver = subprocess.Popen(
                [DRIVER, f"--port={port}"],
                stdout=out, stderr=out,
                env={**os.environ, "DISPLAY": display, "GDK_BACKEND": "x11"},
            )  # fmt: skip
            address = f"http://127.0.0.1:{port}"
            while driver.poll() is None and not _listens(address):
                time.sleep(0.1)
            yield Webkit(address)
        finally:
            for process in (driver, screen):
                if process is not None:
                    process.terminate()
                    process.wait(PATIENCE_SECONDS)
