"""Firefox by its own protocol, WebDriver BiDi, without a driver in between."""

import base64
import itertools
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.browser.serve import free_port
from tests.patience import PATIENCE_SECONDS

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")

WAIT = """
(async () => {
  for (;;) {
    const found = (EXPRESSION);
    if (found) return JSON.stringify(found);
    await new Promise((next) => requestAnimationFrame(next));
  }
})()
"""


class Firefox:
    """One page of a Firefox with an empty profile; `console` are its errors."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self.console: list[str] = []
        self.call("session.new", capabilities={})
        self._page = self.call("browsingContext.getTree")["contexts"][0]["context"]
        self.call("session.subscribe", events=["log.entryAdded"])

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """The result of a command of the protocol. RuntimeError with the browser's answer."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            heard = json.loads(self._socket.recv(PATIENCE_SECONDS))
            if heard.get("method") == "log.entryAdded" and heard["params"]["level"] == "error":
                self.console.append(str(heard["params"]["text"]))
            if heard.get("id") != number:
                continue
            if heard["type"] == "error":
                raise RuntimeError(heard)
            result: dict[str, Any] = heard["result"]
            return result

    def open(self, address: str, width: int, height: int) -> None:
        """Load an address in a window of this size."""
        size = {"width": width, "height": height}
        self.call("browsingContext.setViewport", context=self._page, viewport=size)
        self.call("browsingContext.navigate", context=self._page, url=address, wait="complete")

    def wait(self, expression: str) -> Any:
        """The value of a JavaScript expression as soon as it is true."""
        done = self.call(
            "script.evaluate",
            expression=WAIT.replace("EXPRESSION", expression),
            target={"context": self._page},
            awaitPromise=True,
        )
        if done["type"] != "success":
            raise RuntimeError(done)
        return json.loads(done["result"]["value"])

    def press(self, key: str) -> None:
        """Press a key; those without a letter have the code points of WebDriver."""
        keys = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        source = {"type": "key", "id": "keyboard", "actions": keys}
        self.call("input.performActions", context=self._page, actions=[source])

    def shot(self, file: Path) -> None:
        """Save a picture of the page."""
        taken = self.call("browsingContext.captureScreenshot", context=self._page)
        file.write_bytes(base64.b64decode(taken["data"]))


@contextmanager
def firefox(log: Path) -> Iterator[Firefox]:
    """A running Firefox, ended afterwards."""
    assert FIREFOX is not None
    port = free_port()
    with tempfile.TemporaryDirectory() as profile, log.open("w") as out:
        process = subprocess.Popen(
            [FIREFOX, "--headless", "--no-remote", "--profile", profile,
             "--remote-debugging-port", str(port)],
            stdout=out, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert process.stderr is not None
            for line in process.stderr:  # it says when it listens
                if "WebDriver BiDi listening" in line:
                    break
            address = f"ws://127.0.0.1:{port}/session"
            with connect(address, max_size=None) as socket:
                yield Firefox(socket)
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE_SECONDS)
