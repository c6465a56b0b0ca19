"""The functions of Python and NumPy that reach files, replaced while a program runs by those of its
own `Files`.

They are replaced wherever a module holds one: `os.open`, but also the `open` that bz2 has imported.
`import` keeps the system's own, so no file of the program is ever run as a module of ours. The two
functions of torch that open a file in native code are in `record/torch_patches.py`.
"""

import builtins
import contextlib
import functools
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from viz_app.engine.program import given_files
from viz_app.engine.program.files import Files
from viz_app.engine.record import torch_patches
from viz_app.engine.wire import Files as WireFiles
from viz_app.limits import Limits
from viz_app.patches import Patch, lent

_OS = (
    "open", "close", "read", "write", "lseek", "fstat", "ftruncate", "fsync", "fdatasync", "isatty",
    "stat", "lstat", "access", "listdir", "scandir", "readlink", "listxattr",
    "mkdir", "rmdir", "remove", "unlink", "rename", "replace", "truncate", "utime", "chmod",
    "chdir", "getcwd", "getcwdb",
)  # fmt: skip
_ORIGINALS: dict[str, Any] = {
    "builtins.open": builtins.open,
    **{f"os.{name}": getattr(os, name) for name in _OS if hasattr(os, name)},
}
_SYSTEM = ("posix", "nt", "_io", "_pyio")
"""Modules that keep their own: those that `import` uses, and those that ours are made of."""

files: Files | None = None
"""The files of the program that is running."""


@functools.cache
def places() -> list[tuple[Any, str, str]]:
    """Each place that holds one of the originals, and that original's name.

    Found once per process, by the zygote for all of its children: the search counts a reference to
    everything that any module holds, and so makes a child copy most of the zygote's pages.
    """
    known = {id(function): name for name, function in _ORIGINALS.items()}
    found: list[tuple[Any, str, str]] = []
    for module in list(sys.modules.values()):
        if type(module) is ModuleType and module.__name__.split(".")[0] not in _SYSTEM:
            found += [
                (module, key, known[id(value)])
                for key, value in vars(module).items()
                if id(value) in known and not module.__name__.startswith(("viz_app", "_frozen"))
            ]
    return found


def _removers() -> list[FunctionType]:
    """The methods of temporary files that keep `os.unlink` among their defaults."""
    methods = vars(tempfile._TemporaryFileCloser).values()  # type: ignore[attr-defined]
    unlink = _ORIGINALS["os.unlink"]
    return [
        it for it in methods if isinstance(it, FunctionType) and unlink in (it.__defaults__ or ())
    ]


def _numbers(file: Any, *args: Any, **kwargs: Any) -> Any:
    """`numpy.fromfile`, which reads through native code: from a copy of the bytes."""
    dtype, count, sep, offset = _read_as(*args, **kwargs)
    with (
        open(file, "rb")
        if isinstance(file, str | bytes | os.PathLike)
        else (contextlib.nullcontext(file)) as opened
    ):
        opened.seek(offset, os.SEEK_CUR)
        if sep:
            return np.fromstring(opened.read().decode(), dtype, count, sep=sep)
        size = np.dtype(dtype).itemsize
        content = opened.read(-1 if count < 0 else count * size)
        return np.frombuffer(content[: len(content) // size * size], dtype).copy()


def _read_as(
    dtype: Any = float, count: int = -1, sep: str = "", offset: int = 0, **_: Any
) -> tuple[Any, int, str, int]:
    return dtype, count, sep, offset


@contextlib.contextmanager
def installed(limits: Limits, beside: WireFiles = ()) -> Iterator[None]:
    """Give a program files of its own for the duration of the block, and those that are `beside`
    it."""
    global files
    files = Files(
        limits.files_bytes,
        limits.files,
        _ORIGINALS.__getitem__,
        given_files.files,
        given_files.sets,
        beside,
    )
    ours: dict[str, Any] = {
        name: files.open_file if name == "builtins.open" else getattr(files, name[3:])
        for name in _ORIGINALS
    }
    openers = np.lib._datasource._file_openers._file_openers  # type: ignore[attr-defined]
    removers = [(method, method.__defaults__) for method in _removers()]
    with lent(PATCHES), torch_patches.own_files():
        try:
            for owner, name, which in places():
                setattr(owner, name, ours[which])
            openers[None] = files.open_file
            for method, _ in removers:
                method.__defaults__ = (files.unlink,)
            yield
        finally:
            for owner, name, which in places():
                setattr(owner, name, _ORIGINALS[which])
            openers[None] = _ORIGINALS["builtins.open"]
            for method, defaults in removers:
                method.__defaults__ = defaults
            files = None


def forget() -> None:
    """Remove the program's files: it is about to run again."""
    if files is not None:
        files.clear()


PATCHES = (
    Patch(np, "fromfile", lambda _: _numbers, "Native code reads a descriptor."),
    Patch(shutil, "_use_fd_functions", lambda _: False,
          "Folders have no descriptors: they are removed by their paths."),
    Patch(shutil, "_USE_CP_SENDFILE", lambda _: False, "The system would copy from descriptors."),
)  # fmt: skip
