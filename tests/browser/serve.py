"""Starts the app as a visitor's server does, on a free port, and ends it by its own id."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.patience import PATIENCE_SECONDS
from viz_app.paths import PROJECT

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""Options for a headless Chromium that makes no requests of its own."""

TESTED = shutil.which("chromium-headless-shell") or CHROMIUM
"""The same engine without Chromium's windows, where it is installed: a fifth less work."""
TESTED_FLAGS = [
    *FLAGS,
    "--js-flags=--no-opt --no-maglev",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost",
]
"""No other host is found, whether by name or by number. Without the compilers that pay only in a
page that stays open: a test's lives for a second. Not for measurements."""


def free_port() -> int:
    """A port without a listener."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(log: Path, port: int, root: Path, **settings: str) -> subprocess.Popen[bytes]:
    """The app's process, just started, with more settings in its environment; it writes to a log.

    `root` is the checkout whose app it is.
    """
    command = [sys.executable, "-m", "streamlit", "run", "viz_app/app.py"]
    with log.open("w") as out:
        return subprocess.Popen(
            [*command, "--server.port", str(port)],
            cwd=root,
            stdout=out,
            stderr=out,
            env={**os.environ, "PYTHONWARNINGS": "default", **settings},
        )


@contextmanager
def serve(
    log: Path, port: int | None = None, root: Path = PROJECT, **settings: str
) -> Iterator[str]:
    """The address of the app that `start` starts, once it answers.

    RuntimeError, with the log, if it does not start.
    """
    port = port or free_port()
    log.parent.mkdir(exist_ok=True)
    process = start(log, port, root, **settings)
    address = f"http://localhost:{port}"
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not _healthy(address):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(log.read_text())
            time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)  # the engine may still be starting


def _healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
