"""The current position of a running program: its place in the text, and the loops, functions and
modules around it."""

import sys
import weakref
from collections.abc import Iterator
from types import FrameType
from typing import Any

import torch

from viz_app.engine.record.notes import RawScope
from viz_app.engine.text.positions import Places, Site


class Location:
    """The position of a run, updated as it runs: `modules` are those being called, with their call
    counts.

    `counts` counts loop iterations and function calls, by region. `module_code` is the code whose
    frame represents one module being called.
    """

    def __init__(self, places: Places) -> None:
        self.places = places
        self.modules: list[tuple[torch.nn.Module, int]] = []
        self.counts: dict[int, int] = {}
        self.module_code: Any = None
        self._calls: dict[int, tuple[weakref.ref[torch.nn.Module], int]] = {}

    def enter(self, module: torch.nn.Module) -> None:
        """Enter a module that is being called; the caller removes it from `modules` again."""
        known = self._calls.get(id(module))
        # A module created in each iteration can get the address of the previous one.
        ordinal = known[1] + 1 if known is not None and known[0]() is module else 1
        self._calls[id(module)] = (weakref.ref(module), ordinal)
        self.modules.append((module, ordinal))

    def here(self) -> tuple[Site | None, RawScope]:
        """The innermost place of the visitor's text that is running, and its surroundings."""
        frame: FrameType | None = sys._getframe(1)
        site: Site | None = None
        scope: list[tuple[str, Any, int]] = []
        depth = len(self.modules)
        while frame is not None:
            code = frame.f_code
            if code.co_filename == self.places.filename:
                at = self.places.site_at(code, frame.f_lasti)
                site = site or at
                for loop in reversed(at.loops):
                    if loop in self.counts:  # a recording may have begun inside of one
                        scope.append(("loop", loop, self.counts[loop]))
                if at.function is not None and code.co_name != "forward":
                    scope.append(("function", at.function, self.counts.get(at.function, 0)))
                if code.co_name == "<module>":
                    if not scope:
                        return site, ()
                    break
            elif code is self.module_code:
                depth -= 1
                scope.append(("module", *self.modules[depth]))
            frame = frame.f_back
        scope.reverse()
        return site, tuple(scope)

    def loop(self) -> int:
        """The line of the innermost loop around the place that is running, 0 outside of loops."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename == self.places.filename:
                loops = self.places.site_at(frame.f_code, frame.f_lasti).loops
                if loops:
                    return self.places.regions[loops[-1]].line
            frame = frame.f_back
        return 0

    def names(self) -> Iterator[tuple[str, Any]]:
        """The names that the program sees here, from the inside to the outside."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename == self.places.filename:
                yield from list(frame.f_locals.items())
            frame = frame.f_back
