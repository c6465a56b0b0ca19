"""Programs as cells of a plain IPython shell: without the extension, with it, and recorded by it.

`python tests/notebook/shells.py` reads one JSON string per line (a program's text) and writes one
JSON object per line, for each way the observations

    printed (stdout), error (the exception's type or None), tensors {top-level name: its text},
    patched (what of torch is another function afterwards)

Each cell runs in a fork of its own that has the same state as all others.
"""

import contextlib
import io
import json
import os
import random
import re
import sys
import tempfile
import warnings
from typing import Any

import numpy as np
import torch
import torch._dynamo
from IPython.core.interactiveshell import InteractiveShell

WAYS = ("plain", "loaded", "recorded")
LOOKED_AT = (
    (torch, "compile"), (torch, "tensor"), (torch, "empty"), (torch, "manual_seed"),
    (torch.Tensor, "backward"), (torch.Tensor, "__torch_function__"), (torch.autograd, "grad"),
    (torch.autograd, "backward"), (torch.nn.Module, "__call__"), (torch.optim.Optimizer, "step"),
    (torch.utils.data.DataLoader, "__iter__"),
)  # fmt: skip


def without_addresses(text: str) -> str:
    """A text without the addresses in memory that `<Node object at 0x7f…>` has."""
    return re.sub("0x[0-9a-f]+", "0x…", text)


def functions() -> list[object]:
    return [getattr(owner, name) for owner, name in LOOKED_AT]


def observed(shell: InteractiveShell, source: str, way: str) -> dict[str, Any]:
    """The observations of a cell, in this process."""
    warnings.simplefilter("ignore")
    before = functions()
    torch.manual_seed(0)
    random.seed(0)
    np.random.seed(0)
    cell = f"%%autodiff\n{source}" if way == "recorded" else source
    printed, unseen = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(unseen):
        if way != "plain":
            shell.run_line_magic("load_ext", "viz_app")
        shell.showtraceback = lambda *_, **__: None  # type: ignore[method-assign]
        shell.display_pub.publish = lambda *_, **__: None  # type: ignore[method-assign]
        result = shell.run_cell(cell)
    error = result.error_in_exec or result.error_before_exec
    tensors = {
        name: without_addresses(repr(value))
        for name, value in sorted(shell.user_ns.items())
        if isinstance(value, torch.Tensor) and not name.startswith("_")
    }
    return {
        "printed": without_addresses(printed.getvalue()),
        "error": None if error is None else type(error).__name__,
        "tensors": tensors,
        "patched": [
            name for (_, name), was, now in zip(LOOKED_AT, before, functions(), strict=True)
            if was != now
        ],
    }  # fmt: skip


def forked(shell: InteractiveShell, source: str, way: str) -> Any:
    """The observations of a cell in a fork, in an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        return _forked(shell, source, way, folder)


def _forked(shell: InteractiveShell, source: str, way: str, folder: str) -> Any:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.chdir(folder)
        with open(writing, "w") as answer:
            json.dump(observed(shell, source, way), answer)
            answer.flush()
            os._exit(0)
    os.close(writing)
    with open(reading) as answer:
        body = answer.read()
    os.waitpid(child, 0)
    return json.loads(body) if body else None


def main() -> None:
    shell = InteractiveShell.instance()
    type(shell.displayhook).__call__ = lambda *_: None  # type: ignore[method-assign]  # no "Out"
    answers = os.fdopen(os.dup(1), "w")
    torch.ones(1, requires_grad=True).sum().backward()
    for line in sys.stdin:
        source = json.loads(line)
        print(
            json.dumps({way: forked(shell, source, way) for way in WAYS}), file=answers, flush=True
        )


if __name__ == "__main__":
    main()
