"""Removal of machine details from a program's text: memory addresses and folders."""

import re
import sys
import sysconfig

from viz_app.paths import PROJECT

_TEMPORARY = re.compile(r"(?<=/tmp)[a-z0-9_]{8}(?![a-z0-9_])")
"""Random names that tempfile makes up for each run."""

_ADDRESS = re.compile(r"(?<= at 0x)[0-9a-fA-F]+(?=[>,;\s)])")
"""An address as in `<function f at 0x7f...>`: it differs from run to run and reveals memory."""


_MESSAGE = 4_000
"""Maximum number of characters kept of an exception's message; an exception can carry megabytes."""

_PLACES = sorted(
    {
        sys.prefix,
        sys.base_prefix,
        sysconfig.get_path("stdlib"),
        sysconfig.get_path("purelib"),
        str(PROJECT),
    }
    - {"/", "/usr"},
    key=len,
    reverse=True,
)
"""The folders where Python, torch and this app are installed: a matter of the host, not of the
program."""


def scrub(text: str) -> str:
    """The text with each memory address blanked in place."""
    return _TEMPORARY.sub("", _ADDRESS.sub("…", text))


def scrub_paths(text: str) -> str:
    """The text without the folders of the machine that ran the program."""
    for place in _PLACES:
        text = text.replace(place, "…")
    return text


def words_of(error: BaseException) -> str:
    """The message of an exception in a form that can be shown."""
    try:
        message = str(error)
    except BaseException:  # noqa: BLE001 - a __str__ of the visitor's own
        message = ""
    return scrub_paths(scrub(message))[:_MESSAGE]
