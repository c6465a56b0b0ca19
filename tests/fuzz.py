"""Any bytes give a Trace or a VizError: the entry points through which foreign bytes arrive.

engine/test_fuzz.py tries them with hypothesis for some seconds, fuzz_long.py with atheris for as
long as one likes.
"""

from collections.abc import Callable

import msgspec

from viz_app import notebook, share
from viz_app.engine import client, wire
from viz_app.engine.client import Engine
from viz_app.engine.host import validate
from viz_app.errors import VizError
from viz_app.limits import Limits
from viz_app.model import Trace

LIMITS = Limits(wall_seconds=1, cpu_seconds=2, memory_bytes=256 * 2**20)


def answer(data: bytes) -> None:
    """An untrusted child's message."""
    try:
        assert isinstance(validate.trace(data, "x = 1", Limits()), Trace)
    except VizError:
        return


def link(data: bytes) -> None:
    """The parameters of an address, and their unpacked content."""
    code = data.decode("latin-1")
    try:
        program = share.read({"code": code, "step": code[:8], "lesson": code[:8]}).program
    except VizError:
        return
    assert program is None or len(program.encode("utf-8")) <= Limits().source_bytes


def opened(data: bytes) -> None:
    """The text of a notebook."""
    try:
        assert isinstance(notebook.program(data.decode("utf-8", "replace")), str)
    except notebook.NotebookError:
        return


class Text:
    """A program, run by an engine that is started with the first."""

    def __init__(self) -> None:
        self.engine = Engine("auto")

    def __call__(self, data: bytes) -> None:
        try:
            assert isinstance(self.engine.run(data.decode("utf-8", "replace"), LIMITS), Trace)
        except VizError:
            return


TARGETS: dict[str, Callable[[bytes], None]] = {"answer": answer, "link": link, "notebook": opened}


def seed(entry: str) -> bytes:
    """An honest input of an entry point, to begin with."""
    program = "x = torch.ones(2, requires_grad=True)\nx.sum().backward()\n"
    if entry == "link":
        return share.encode(program).encode("ascii")
    if entry == "notebook":
        cell = {"cell_type": "code", "source": [program], "outputs": [], "metadata": {}}
        return msgspec.json.encode({"nbformat": 4, "cells": [cell], "metadata": {}})
    if entry == "answer":
        return msgspec.msgpack.encode(wire.Answer(trace=client.run("x = 1")))
    return program.encode("utf-8")
