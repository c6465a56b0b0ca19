"""A program's printed output and echoes: plain text, bounded, without addresses."""

import io
from collections.abc import Callable

from viz_app.engine.scrub import scrub, scrub_paths
from viz_app.model import Echo


class Console(io.TextIOBase):
    """A replacement for sys.stdout; calls `full` when more than `limit` characters were printed."""

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
        """A text as it is kept: without addresses and the machine's folders."""
        # The part that can never be shown is not scanned either: a print may have a gigabyte.
        return scrub_paths(scrub(text[: self.limit + 1]))

    def echo(self, line: int, value: object) -> None:
        """Note the text that a notebook would show for a bare expression at top level."""
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
