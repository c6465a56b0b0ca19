"""A notebook's output other than prints: warnings, logs and tracebacks, in order."""

import contextlib
import io
import sys
import traceback
import warnings
from collections.abc import Iterator
from types import FrameType, TracebackType
from typing import Any, TextIO

from viz_app.engine.program.stdout import Console
from viz_app.model import StderrText

_HEARING = ("viz_app", "torch.overrides")
"""Modules whose frames are between the program and torch only because of recording."""


def _listening(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).startswith(_HEARING)


class Errors(io.TextIOBase):
    """A replacement for sys.stderr that notes each text, and the prints and echoes before it."""

    encoding = "utf-8"

    def __init__(self, console: Console) -> None:
        self.console = console
        self._written: list[tuple[tuple[int, int], list[str]]] = []
        self._length = 0
        self._told: set[tuple[str, int]] = set()

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if type(text) is not str:
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        console = self.console
        room = console.limit - self._length
        kept = console.scrubbed(text)
        self._length += min(len(kept), room)
        place = console.length, len(console.echoes)
        if not self._written or self._written[-1][0] != place:
            self._written.append((place, []))
        self._written[-1][1].append(kept[:room])
        if len(kept) > room or len(text) > console.limit:
            console.full("limit_printed")
        return len(text)

    def texts(self) -> tuple[StderrText, ...]:
        """The texts written, in sections that no print and no echo interrupts."""
        return tuple(StderrText("".join(parts), *place) for place, parts in self._written)

    def warn(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        """A replacement for warnings.showwarning: torch's warnings get the program's line, not
        ours.

        Python shows a warning once per line; as all of torch's come through one line of ours, that
        line's memory is cleared, and the program's lines are remembered here.
        """
        frame = sys._getframe(1)
        while frame.f_back is not None and frame.f_code.co_filename != filename:
            frame = frame.f_back
        if file is None and _listening(frame):
            frame.f_globals.pop("__warningregistry__", None)
            asked = False  # torch's own Python functions run modes first, then are called again
            while frame.f_back is not None and (asked or _listening(frame)):
                asked = frame.f_code.co_name == "handle_torch_function"
                frame = frame.f_back
            filename, lineno = frame.f_code.co_filename, frame.f_lineno
            always = any(
                action == "always" and issubclass(category, of)
                for action, _, of, _, _ in warnings.filters
            )
            if (str(message), lineno) in self._told and not always:
                return
            self._told.add((str(message), lineno))
        if not filename.startswith("<"):
            line = ""  # no file of torch's can be read behind the wall
        text = warnings.formatwarning(message, category, filename, lineno, line)
        (file or sys.stderr).write(text)


@contextlib.contextmanager
def plain_tracebacks() -> Iterator[None]:
    """Print tracebacks without the frames that exist only because of recording, while this
    lasts."""
    names = ("walk_tb", "_walk_tb_with_full_positions", "walk_stack")
    before = {name: getattr(traceback, name) for name in names if hasattr(traceback, name)}

    def without(original: Any) -> Any:
        def walk(tb: TracebackType | None) -> Iterator[Any]:
            frames, walked = [], tb
            while walked is not None:
                frames.append(walked.tb_frame)
                walked = walked.tb_next
            ours_all = [_listening(frame) for frame in frames]
            # torch's own Python functions look for function modes first, and are then called again.
            again = [frame.f_code.co_name == "handle_torch_function" for frame in frames]
            for step, ours, asked in zip(original(tb), ours_all, [*again[1:], False], strict=False):
                if not ours and not asked:
                    yield step

        return walk

    def stack(frame: FrameType | None) -> Iterator[Any]:
        """The frames from the inside out, to the program's own first line."""
        for found, place in before["walk_stack"](frame or sys._getframe(2)):
            if not _listening(found):
                yield found, place
            if found.f_globals.get("__name__") == "__main__" and found.f_code.co_name == "<module>":
                return

    for name, original in before.items():
        setattr(traceback, name, stack if name == "walk_stack" else without(original))
    try:
        yield
    finally:
        for name, original in before.items():
            setattr(traceback, name, original)
