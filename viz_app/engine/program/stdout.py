"""What a program prints and shows: plain text, bounded, without addresses."""

import io
import re
import sys
import sysconfig
from collections.abc import Callable

from viz_app.model import Echo
from viz_app.paths import PROJECT

_TEMPORARY = re.compile(r"(?<=/tmp)[a-z0-9_]{8}(?![a-z0-9_])")
"""What tempfile makes up anew for each run."""

_ADDRESS = re.compile(r"(?<= at 0x)[0-9a-fA-F]+(?=[>,;\s)])")
"""As in `<function f at 0x7f...>`: it differs from run to run and tells where memory is."""


_MESSAGE = 4_000
"""Characters kept of an exception's message; an exception can carry megabytes."""

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
"""Where Python, torch and this app are installed: a matter of the host, not of the program."""


def scrub(text: str) -> str:
    """The text with each memory address blanked in its place."""
    return _TEMPORARY.sub("", _ADDRESS.sub("…", text))


def scrub_paths(text: str) -> str:
    """The text without the folders of the machine that ran the program."""
    for place in _PLACES:
        text = text.replace(place, "…")
    return text


def words_of(error: BaseException) -> str:
    """The message of an exception as it can be shown."""
    try:
        message = str(error)
    except BaseException:  # noqa: BLE001 - a __str__ of the visitor's own
        message = ""
    return scrub_paths(scrub(message))[:_MESSAGE]


class Console(io.TextIOBase):
    """Stands in for sys.stdout; calls `full` when more than `limit` characters were printed."""

    def __init__(self, limit: int, full: Callable[[str], None]) -> None:
        self.limit = limit
        self.full = full
        self.parts: list[str] = []
        self.length = 0
        self.echoes: list[Echo] = []

    encoding = "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if type(text) is not str:
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self._add(text)
        return len(text)

    def _add(self, text: str) -> None:
        room = self.limit - self.length
        kept = self.scrubbed(text)
        self.parts.append(kept[:room])
        self.length += min(len(kept), room)
        if len(kept) > room or len(text) > self.limit:
            self.full("limit_printed")

    def scrubbed(self, text: str) -> str:
        """A text as it is kept: without addresses, and the machine's folders."""
        # What can never be shown is not looked through either: a print may have a gigabyte.
        return scrub_paths(scrub(text[: self.limit + 1]))

    def echo(self, line: int, value: object) -> None:
        """Note what a notebook would show for a bare expression at top level."""
        if value is None:
            return
        whole = shown(value)
        text = self.scrubbed(whole)
        room = self.limit - self.length
        if len(text) > room or len(whole) > self.limit:
            self.full("limit_printed")
        self.echoes.append(Echo(line, text[:room], self.length))

    def text(self) -> str:
        return "".join(self.parts)


def shown(value: object) -> str:
    """Return the text that a notebook shows for a value.

    It is repr's. For an object without a repr of its own a notebook leaves out the word `object`
    (`<torch._C.Generator at 0x…>`), but for a class that names no module, as autograd's nodes.
    """
    kind = type(value)
    if kind.__repr__ is object.__repr__ and kind.__module__ != "builtins":
        return f"<{kind.__module__}.{kind.__qualname__} at {hex(id(value))}>"
    return repr(value)
