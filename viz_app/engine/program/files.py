"""The files of one program, in the memory of its process: bounded, and gone with it.

Nothing here reaches the disk: behind the wall no file can be opened, and without a wall these
functions don't try. A program begins in an empty folder. Errors are Python's own, with the code and
the words that the system would give. `file_calls.py` puts the functions in the place of Python's.
"""

import errno
import functools
import io
import itertools
import mmap
import os
import stat as modes
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any

from viz_app.engine.wire import FILENAME
from viz_app.engine.wire import Files as WireFiles

HOME = "/program"
"""The folder that a program begins in."""
_FOLDERS = ("/tmp", "/dev", HOME)
"""The folders that are there when a program begins."""
DESCRIPTORS = range(1_000, 1_500)
"""Numbers of open files. The system gives none so large, so a use of one by native code fails."""
FIRST = 1_767_225_600 * 10**9
"""The time of a file's first change, in nanoseconds: the start of 2026. Times count from there, so
that the same program prints the same."""
_LONGEST = 255
"""Maximum number of bytes of a name, as on Linux."""

Path = str | bytes | int | os.PathLike[Any]


def _error(code: int, *paths: Any) -> OSError:
    """The exception that Python raises for this code, `FileNotFoundError` for ENOENT and so on."""
    if len(paths) == 2:
        return OSError(code, os.strerror(code), paths[0], None, paths[1])
    return OSError(code, os.strerror(code), *paths)


class _Node:
    """A file or a folder: what a path names."""

    numbers = itertools.count(2)
    times = itertools.count(FIRST, 10**9)  # of two changes, one is a second later

    def __init__(self, mode: int) -> None:
        self.number = next(_Node.numbers)
        self.mode = mode
        self.changed()

    def changed(self) -> None:
        self.modified = self.used = next(_Node.times)

    @property
    def size(self) -> int:
        return 4096

    def stat(self) -> os.stat_result:
        times = self.used, self.modified, self.modified
        whole = (self.mode, self.number, 1, 1, 0, 0, self.size, *(at // 10**9 for at in times))
        names = ("st_atime", "st_mtime", "st_ctime")
        exact: dict[str, Any] = {
            **{name: at / 10**9 for name, at in zip(names, times, strict=True)},
            **{f"{name}_ns": at for name, at in zip(names, times, strict=True)},
        }
        return os.stat_result(whole, exact)


class _Folder(_Node):
    def __init__(self) -> None:
        super().__init__(modes.S_IFDIR | 0o755)
        self.entries: dict[str, _Node] = {}


class _File(_Node):
    def __init__(self, files: "Files") -> None:
        super().__init__(modes.S_IFREG | 0o644)
        self.files = files
        self.content = bytearray()
        files.count += 1

    def __del__(self) -> None:
        self.files.count -= 1
        self.files.bytes -= len(self.content)

    @property
    def size(self) -> int:
        return len(self.content)

    def resize(self, size: int) -> None:
        """Cut the content, or fill it with zeros. OSError if there is no room."""
        more = size - len(self.content)
        if self.files.bytes + more > self.files.most_bytes:
            raise _error(errno.ENOSPC)
        if more > 0:
            self.content.extend(bytes(more))
        else:
            del self.content[size:]
        self.files.bytes += more


class _Null(_Node):
    """`/dev/null`: empty, and nothing that is written to it is kept."""

    content = b""

    def __init__(self) -> None:
        super().__init__(modes.S_IFCHR | 0o666)

    @property
    def size(self) -> int:
        return 0

    def resize(self, size: int) -> None:
        """Keep nothing."""


class _Given(_Node):
    """A file that was there before the program, which can't change it."""

    def __init__(self, content: bytes | mmap.mmap) -> None:
        super().__init__(modes.S_IFREG | 0o444)
        self.content = content

    @property
    def size(self) -> int:
        return len(self.content)

    def resize(self, size: int) -> None:
        raise _error(errno.EROFS)


class _Open(io.RawIOBase):
    """An open file, under Python's buffers or alone."""

    def __init__(
        self, files: "Files", node: _File | _Given | _Null, name: Any, mode: str, *, append: bool
    ) -> None:
        super().__init__()
        self.name, self.mode = name, mode
        self._files, self._node, self._append = files, node, append
        self._reads, self._writes = "+" in mode or "r" in mode, mode != "rb"
        self._place = node.size if append else 0
        self.number = files.register(self)

    def readable(self) -> bool:
        return self._reads

    def writable(self) -> bool:
        return self._writes

    def seekable(self) -> bool:
        return True

    def fileno(self) -> int:
        """The number, for the program itself.

        A library would hand it to native code, which can't use it: it gets the answer of a file in
        memory, and then reads and writes through Python.
        """
        if sys._getframe(1).f_code.co_filename != FILENAME:
            raise io.UnsupportedOperation("fileno")
        return self.number

    def close(self) -> None:
        if not self.closed:
            try:
                super().close()
            finally:
                self._files.opened.pop(self.number, None)

    def readinto(self, buffer: Any) -> int:
        if not self._reads:
            raise io.UnsupportedOperation("not readable")
        view = memoryview(buffer).cast("B")
        part = self._node.content[self._place : self._place + len(view)]
        view[: len(part)] = part
        self._place += len(part)
        return len(part)

    def readall(self) -> bytes:
        if not self._reads:
            raise io.UnsupportedOperation("not readable")
        part = bytes(self._node.content[self._place :])
        self._place += len(part)
        return part

    def write(self, data: Any) -> int:
        if not self._writes:
            raise io.UnsupportedOperation("not writable")
        view, node = memoryview(data).cast("B"), self._node
        if not isinstance(node, _File) or not len(view):  # /dev/null
            return len(view)
        if self._append:
            self._place = node.size
        end = self._place + len(view)
        if end > node.size:
            node.resize(end)
        node.content[self._place : end] = view
        node.changed()
        self._place = end
        return len(view)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._node.size}
        if whence not in start:
            raise ValueError(f"invalid whence ({whence}, should be 0, 1 or 2)")
        if start[whence] + offset < 0:
            raise _error(errno.EINVAL)
        self._place = start[whence] + offset
        return self._place

    def tell(self) -> int:
        return self._place

    def truncate(self, size: int | None = None) -> int:
        if not self._writes:
            raise io.UnsupportedOperation("truncate")
        size = self._place if size is None else size
        self._node.resize(size)
        self._node.changed()
        return size

    def stat(self) -> os.stat_result:
        return self._node.stat()


class Entry(os.PathLike[str]):
    """An entry of a folder as `os.scandir` gives it."""

    def __init__(self, folder: str, name: str, node: _Node) -> None:
        self.name, self._node = name, node
        self.path = os.path.join(folder, name)

    def __fspath__(self) -> str:
        return self.path

    def __repr__(self) -> str:
        return f"<DirEntry {self.name!r}>"

    def is_dir(self, **_: Any) -> bool:
        return isinstance(self._node, _Folder)

    def is_file(self, **_: Any) -> bool:
        return isinstance(self._node, _File | _Given)

    def is_symlink(self) -> bool:
        return False

    def is_junction(self) -> bool:
        return False

    def inode(self) -> int:
        return self._node.number

    def stat(self, **_: Any) -> os.stat_result:
        return self._node.stat()


class _Scan:
    """The iterator of `os.scandir`, which may be closed early."""

    def __init__(self, entries: list[Entry]) -> None:
        self._entries = iter(entries)

    def __iter__(self) -> Iterator[Entry]:
        return self._entries

    def __next__(self) -> Entry:
        return next(self._entries)

    def __enter__(self) -> "_Scan":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._entries = iter(())


def _folders_to(root: _Folder, path: str) -> _Folder:
    """The folder at a path, made with those above it."""
    folder = root
    for part in filter(None, path.split("/")):
        node = folder.entries.setdefault(part, _Folder())
        assert isinstance(node, _Folder)
        folder = node
    return folder


class Files:
    """The folders and open files of a program. Methods are named as the functions of `os`."""

    def __init__(
        self,
        most_bytes: int,
        most: int,
        original: Callable[[str], Any],
        given: Mapping[str, bytes | mmap.mmap],
        sets: Mapping[str, bytes | mmap.mmap],
        beside: WireFiles = (),
    ) -> None:
        self.most_bytes, self.most = most_bytes, most
        self._given, self._sets, self._beside = given, sets, dict(beside)
        self._original = original
        self.opened: dict[int, _Open] = {}
        self.bytes = self.count = 0
        self.clear()

    def clear(self) -> None:
        """Start over with an empty folder."""
        self.opened.clear()
        vars(self).pop("_root", None)
        self._folders = len(_FOLDERS)
        self._here = self._parts(HOME)

    @functools.cached_property
    def _root(self) -> _Folder:
        """The folder of all others, made when a program first looks for a path.

        Most programs never do, and each is repeated a hundred times.
        """
        root = _Folder()
        for path in _FOLDERS:
            _folders_to(root, path)
        _folders_to(root, "/dev").entries["null"] = _Null()
        for path, content in self._given.items():
            _folders_to(root, os.path.dirname(path)).entries[os.path.basename(path)] = _Given(
                content
            )
        home = _folders_to(root, HOME)
        home.entries.update((name, _Given(content)) for name, content in self._beside.items())
        return root

    # ---- paths --------------------------------------------------------------------------------

    def _parts(self, path: Any) -> list[str]:
        text = os.fsdecode(path)
        if "\0" in text:
            raise ValueError("embedded null byte")
        if not text:
            raise _error(errno.ENOENT, path)
        parts = [] if text.startswith("/") else list(self._here)
        for part in text.split("/"):
            if len(part.encode("utf-8", "surrogateescape")) > _LONGEST:
                raise _error(errno.ENAMETOOLONG, path)
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        return parts

    def _walk(self, parts: list[str], path: Any) -> _Node:
        node: _Node = self._root
        for part in parts:
            if not isinstance(node, _Folder):
                raise _error(errno.ENOTDIR, path)
            if part not in node.entries:
                raise _error(errno.ENOENT, path)
            node = node.entries[part]
        return node

    def _set(self, parts: list[str]) -> _Node | None:
        """A file of a data set of the host, or one that the visitor opened, wherever the program
        says that it keeps such."""
        for length in (2, 3):
            content = self._sets.get("/".join(parts[-length:]))
            if content is not None:
                return _Given(content)
        content = self._beside.get(parts[-1]) if parts else None
        return None if content is None else _Given(content)

    def _find(self, path: Any) -> _Node:
        parts = self._parts(path)
        try:
            return self._walk(parts, path)
        except FileNotFoundError:
            if (found := self._set(parts)) is not None:
                return found
            raise

    def _folder(self, path: Any) -> _Folder:
        node = self._find(path)
        if not isinstance(node, _Folder):
            raise _error(errno.ENOTDIR, path)
        return node

    def _place(self, path: Any) -> tuple[_Folder, str]:
        """The folder that a path's last name is or would be in, and that name."""
        parts = self._parts(path)
        if not parts:
            raise _error(errno.EBUSY, path)
        folder = self._walk(parts[:-1], path)
        if not isinstance(folder, _Folder):
            raise _error(errno.ENOTDIR, path)
        return folder, parts[-1]

    # ---- open files ---------------------------------------------------------------------------

    def register(self, file: _Open) -> int:
        """A number for a file that is being opened."""
        for number in DESCRIPTORS:
            if number not in self.opened:
                self.opened[number] = file
                return number
        raise _error(errno.EMFILE, file.name)

    def _opened(self, path: Any, name: Any, flags: int) -> _Open:
        try:
            node = self._find(path) if not flags & os.O_CREAT else None
        except OSError:
            node = None
        folder, last = self._place(path) if node is None else (self._root, "")
        node = node or folder.entries.get(last)
        kind = flags & (os.O_RDONLY | os.O_WRONLY | os.O_RDWR)
        if node is None:
            if not flags & os.O_CREAT:
                raise _error(errno.ENOENT, name)
            if self.count >= self.most:
                raise _error(errno.ENOSPC, name)
            node = folder.entries[last] = _File(self)
            folder.changed()
        elif flags & os.O_EXCL and flags & os.O_CREAT:
            raise _error(errno.EEXIST, name)
        if isinstance(node, _Given) and kind != os.O_RDONLY:
            raise _error(errno.EROFS, name)
        if not isinstance(node, _File | _Given | _Null):
            raise _error(errno.EISDIR, name)
        if flags & os.O_TRUNC:
            node.resize(0)
            node.changed()
        mode = {os.O_RDONLY: "rb", os.O_WRONLY: "wb"}.get(kind, "rb+")
        return _Open(self, node, name, mode, append=bool(flags & os.O_APPEND))

    def open_file(
        self,
        file: Any,
        mode: str = "r",
        buffering: int = -1,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
        closefd: bool = True,
        opener: Callable[[Any, int], int] | None = None,
    ) -> IO[Any]:
        """Open a file as Python's own `open` does."""
        if sys._getframe(1).f_code.co_filename.startswith("<frozen importlib"):
            module: IO[Any] = self._original("builtins.open")(file, mode)  # where there is no wall
            return module
        if not isinstance(file, int):
            file = os.fspath(file)
        kinds, updating, binary = _checked(mode, buffering, encoding, errors, newline)
        flags = {
            "r": 0,
            "w": os.O_CREAT | os.O_TRUNC,
            "x": os.O_CREAT | os.O_EXCL,
            "a": os.O_CREAT | os.O_APPEND,
        }[kinds]
        flags |= os.O_RDWR if updating else os.O_RDONLY if kinds == "r" else os.O_WRONLY
        number = opener(file, flags) if opener is not None else file
        if isinstance(number, int):
            if number not in self.opened:
                given = {"closefd": closefd} if opener is None else {}
                rest = (buffering, encoding, errors, newline)
                found: IO[Any] = self._original("builtins.open")(number, mode, *rest, **given)
                return found
            raw = self.opened[number]
            raw.name = file
        else:
            raw = self._opened(file, file, flags)
        raw.mode = f"{kinds}b+" if updating else f"{kinds}b"
        if binary and buffering == 0:
            return raw  # type: ignore[return-value]
        size = buffering if buffering > 1 else io.DEFAULT_BUFFER_SIZE
        kind = (
            io.BufferedRandom
            if updating
            else io.BufferedReader
            if kinds == "r"
            else (io.BufferedWriter)
        )
        buffered: Any = kind(raw, size)
        if binary:
            return buffered  # type: ignore[no-any-return]
        try:
            text = io.TextIOWrapper(
                buffered, encoding or "UTF-8", errors, newline, line_buffering=buffering == 1
            )
        except BaseException:
            buffered.close()
            raise
        text.mode = mode  # type: ignore[misc]
        return text

    def open(self, path: Any, flags: int, mode: int = 0o777, **_: Any) -> int:
        return self._opened(path, path, flags).number

    def _number(self, call: str, number: Any, *args: Any) -> Any:
        """The file with a descriptor, or the answer of the system for one that is not ours."""
        return self.opened.get(number) or self._original(f"os.{call}")(number, *args)

    def close(self, fd: int) -> None:
        file = self._number("close", fd)
        if file is not None:
            file.close()

    def read(self, fd: int, length: int, /) -> bytes:
        file = self._number("read", fd, length)
        return file.read(length) if isinstance(file, _Open) else file

    def write(self, fd: int, data: Any, /) -> int:
        file = self._number("write", fd, data)
        return file.write(data) if isinstance(file, _Open) else file

    def lseek(self, fd: int, position: int, how: int, /) -> int:
        file = self._number("lseek", fd, position, how)
        return file.seek(position, how) if isinstance(file, _Open) else file

    def fstat(self, fd: int) -> os.stat_result:
        file = self._number("fstat", fd)
        return file.stat() if isinstance(file, _Open) else file

    def ftruncate(self, fd: int, length: int, /) -> None:
        file = self._number("ftruncate", fd, length)
        if isinstance(file, _Open):
            file.truncate(length)

    def fsync(self, fd: int) -> None:
        self._number("fsync", fd)

    def fdatasync(self, fd: int) -> None:
        self._number("fdatasync", fd)

    def isatty(self, fd: int, /) -> bool:
        file = self._number("isatty", fd)
        return False if isinstance(file, _Open) else file

    # ---- what paths name ----------------------------------------------------------------------

    def stat(self, path: Path, **_: Any) -> os.stat_result:
        return self.fstat(path) if isinstance(path, int) else self._find(path).stat()

    def lstat(self, path: Path, **_: Any) -> os.stat_result:
        return self._find(path).stat()

    def access(self, path: Path, mode: int, **_: Any) -> bool:
        try:
            node = self._find(path)
        except OSError:
            return False
        return not mode & os.X_OK or isinstance(node, _Folder)

    def listdir(self, path: Path | None = None) -> list[Any]:
        names = sorted(self._folder("." if path is None else path).entries)
        return [os.fsencode(name) for name in names] if isinstance(path, bytes) else names

    def scandir(self, path: Path | None = None) -> _Scan:
        folder: Any = "." if path is None else path
        text = os.fsdecode(folder)
        entries = sorted(self._folder(folder).entries.items())
        return _Scan([Entry(text, name, node) for name, node in entries])

    def readlink(self, path: Path, **_: Any) -> str:
        self._find(path)
        raise _error(errno.EINVAL, path)

    def listxattr(self, path: Path | None = None, **_: Any) -> list[str]:
        return []

    # ---- changes ------------------------------------------------------------------------------

    def mkdir(self, path: Path, mode: int = 0o777, **_: Any) -> None:
        folder, name = self._place(path)
        if name in folder.entries:
            raise _error(errno.EEXIST, path)
        if self._folders >= self.most:
            raise _error(errno.ENOSPC, path)
        self._folders += 1
        folder.entries[name] = _Folder()
        folder.changed()

    def rmdir(self, path: Path, **_: Any) -> None:
        if self._folder(path).entries:
            raise _error(errno.ENOTEMPTY, path)
        folder, name = self._place(path)
        del folder.entries[name]
        self._folders -= 1
        folder.changed()

    def remove(self, path: Path, **_: Any) -> None:
        if isinstance(self._find(path), _Folder):
            raise _error(errno.EISDIR, path)
        folder, name = self._place(path)
        if not isinstance(folder.entries[name], _File):
            raise _error(errno.EPERM, path)
        del folder.entries[name]
        folder.changed()

    def unlink(self, path: Path, **_: Any) -> None:
        self.remove(path)

    def rename(self, src: Path, dst: Path, **_: Any) -> None:
        try:
            node = self._find(src)
            folder, name = self._place(dst)
        except OSError as error:
            raise _error(error.errno or errno.ENOENT, src, dst) from None
        there = folder.entries.get(name)
        if there is node:
            return
        whole, part = self._parts(dst), self._parts(src)
        if isinstance(node, _Folder):
            if whole[: len(part)] == part:
                raise _error(errno.EINVAL, src, dst)
            if there is not None and not isinstance(there, _Folder):
                raise _error(errno.ENOTDIR, src, dst)
            if isinstance(there, _Folder) and there.entries:
                raise _error(errno.ENOTEMPTY, src, dst)
        elif isinstance(there, _Folder):
            raise _error(errno.EISDIR, src, dst)
        before, old = self._place(src)
        del before.entries[old]
        folder.entries[name] = node
        before.changed()
        folder.changed()

    def replace(self, src: Path, dst: Path, **_: Any) -> None:
        self.rename(src, dst)

    def truncate(self, path: Path, length: int) -> None:
        if isinstance(path, int):
            return self.ftruncate(path, length)
        node = self._find(path)
        if not isinstance(node, _File):
            raise _error(errno.EISDIR, path)
        node.resize(length)
        return None

    def utime(
        self,
        path: Path,
        times: tuple[float, float] | None = None,
        *,
        ns: tuple[int, int] | None = None,
        **_: Any,
    ) -> None:
        node = self._find(path)
        node.changed()
        if ns is None and times is not None:
            ns = int(times[0] * 10**9), int(times[1] * 10**9)
        if ns is not None:
            node.used, node.modified = ns

    def chmod(self, path: Path, mode: int, **_: Any) -> None:
        node = self._find(path)
        node.mode = modes.S_IFMT(node.mode) | modes.S_IMODE(mode)

    # ---- the working folder -------------------------------------------------------------------

    def chdir(self, path: Path) -> None:
        self._folder(path)
        self._here = self._parts(path)

    def getcwd(self) -> str:
        return "/" + "/".join(self._here)

    def getcwdb(self) -> bytes:
        return os.fsencode(self.getcwd())


def _checked(
    mode: Any, buffering: Any, encoding: Any, errors: Any, newline: Any
) -> tuple[str, bool, bool]:
    """The parts of a mode: one of "rwxa", and True for updating and for binary. ValueError and
    TypeError as of Python's `open`."""
    if not isinstance(mode, str):
        raise TypeError(f"open() argument 'mode' must be str, not {type(mode).__name__}")
    if not isinstance(buffering, int):
        raise TypeError(f"{type(buffering).__name__!r} object cannot be interpreted as an integer")
    given = set(mode)
    if given - set("axrwb+t") or len(mode) > len(given):
        raise ValueError(f"invalid mode: {mode!r}")
    kinds = [kind for kind in "rwxa" if kind in given]
    if "t" in given and "b" in given:
        raise ValueError("can't have text and binary mode at once")
    if len(kinds) > 1:
        raise ValueError("must have exactly one of create/read/write/append mode")
    if not kinds:
        raise ValueError(
            "Must have exactly one of create/read/write/append mode and at most one plus"
        )
    binary = "b" in given
    if binary:
        for name, value in (("encoding", encoding), ("errors", errors), ("newline", newline)):
            if value is not None:
                article = "a " if name == "newline" else "an "
                raise ValueError(f"binary mode doesn't take {article}{name} argument")
    if buffering == 0 and not binary:
        raise ValueError("can't have unbuffered text I/O")
    return kinds[0], "+" in given, binary
