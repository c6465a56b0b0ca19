"""The functions that reach files, each replaced by that of the program's own `Files` while it runs.

They are replaced wherever a module holds one: `os.open`, but also the `open` that bz2 has imported.
`import` keeps the system's own, so no file of the program is ever run as a module of ours.
"""

import builtins
import contextlib
import functools
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import torch

from viz_app.engine.program import given_files
from viz_app.engine.program.files import Files
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


class _TorchWriter:
    """A file that `torch.save` writes, which native code would open by its name."""

    def __init__(self, name: str | os.PathLike[str]) -> None:
        parent = os.path.dirname(os.fspath(name))
        if parent and not os.path.isdir(parent):
            raise RuntimeError(f"Parent directory {parent} does not exist.")
        self._file = open(name, "wb")  # noqa: SIM115  closed when torch is done
        self.file_like = torch.serialization._open_zipfile_writer_buffer(self._file).file_like

    def __enter__(self) -> Any:
        return self.file_like

    def __exit__(self, *args: Any) -> None:
        self.file_like.write_end_of_file()
        self._file.close()


def _from_file(path: Any, shared: bool = False, nbytes: int = 0) -> torch.UntypedStorage:
    """A storage with a file's bytes, for `torch.load(..., mmap=True)`."""
    with open(path, "rb") as file, torch._C.DisableTorchFunction():
        content = bytearray(file.read(nbytes or -1))
        return torch.frombuffer(content, dtype=torch.uint8).untyped_storage()


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
def installed(limits: Limits) -> Iterator[None]:
    """Give a program files of its own, for the duration of the block."""
    global files
    files = Files(
        limits.files_bytes,
        limits.files,
        _ORIGINALS.__getitem__,
        given_files.files,
        given_files.sets,
    )
    ours: dict[str, Any] = {
        name: files.open_file if name == "builtins.open" else getattr(files, name[3:])
        for name in _ORIGINALS
    }
    openers = np.lib._datasource._file_openers._file_openers  # type: ignore[attr-defined]
    removers = [(method, method.__defaults__) for method in _removers()]
    with lent(PATCHES):
        try:
            for owner, name, which in places():
                setattr(owner, name, ours[which])
            openers[None] = files.open_file
            setattr(torch.UntypedStorage, "from_file", staticmethod(_from_file))  # noqa: B010
            for method, _ in removers:
                method.__defaults__ = (files.unlink,)
            yield
        finally:
            for owner, name, which in places():
                setattr(owner, name, _ORIGINALS[which])
            openers[None] = _ORIGINALS["builtins.open"]
            delattr(torch.UntypedStorage, "from_file")  # the inherited one is left
            for method, defaults in removers:
                method.__defaults__ = defaults
            files = None


def forget() -> None:
    """Remove the program's files: it is about to run again."""
    if files is not None:
        files.clear()


def _torch_writer(original: Callable[..., Any]) -> Callable[..., Any]:
    return lambda target: (
        _TorchWriter(target) if torch.serialization._is_path(target) else original(target)
    )


PATCHES = (
    Patch(torch.serialization, "_open_zipfile_writer", _torch_writer,
          "native code opens a path that torch.save is given"),
    Patch(np, "fromfile", lambda _: _numbers,
          "native code reads a descriptor"),
    Patch(shutil, "_use_fd_functions", lambda _: False,
          "folders are removed by their paths: they have no descriptors"),
    Patch(shutil, "_USE_CP_SENDFILE", lambda _: False, "the system copies from descriptors"),
)  # fmt: skip
