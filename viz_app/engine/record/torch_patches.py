"""All replacements in torch: one list, with the reason for each.

`install` applies the replacements, once per process, and they stay. A change of torch.nn.Module
invalidates Python's caches of every module class, which costs a small program more than its
recording; so nothing is removed between runs. Instead each replacement checks if it is needed:
while a program runs (`programs`), while it has files of its own (`files`), while a run is recorded
(`listening`) or while one is repeated with other numbers (`rerun`). Otherwise it calls torch's own
function, which it keeps. `wire.TESTED` lists the versions of torch that this was tested with; the
client warns of any other when it starts.
"""

import contextlib
import copy
import linecache
import os
import sys
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import CodeType, FrameType
from typing import Any, Protocol

import torch
from torch._C import DisableTorchFunction
from torch.utils.data import DataLoader
from torch.utils.data.dataloader import _SingleProcessDataLoaderIter

from viz_app.engine.record.notes import OURS
from viz_app.engine.wire import FILENAME
from viz_app.patches import Original, Patch, lent, put_in

inside_transform = torch._C._functorch.peek_interpreter_stack
"""Not None inside torch.func's transforms, whose inner tensors have no value of their own."""


class Listening(Protocol):
    """The interface of a recorded run for events that its function mode misses."""

    def enters(self, module: torch.nn.Module, code: CodeType) -> None:
        """Note that a module is being called, in a frame of `code`."""

    def leaves(self) -> None:
        """Note that the module entered last has returned."""

    def makes(self, parameter: torch.nn.Parameter) -> None:
        """Note that a parameter was given to a module."""

    def swaps(self, swap: Callable[..., None], first: torch.Tensor, second: torch.Tensor) -> None:
        """Let two tensors exchange all they are but their identity."""

    def applies(
        self, call: Callable[..., Any], name: str, args: Any, kwargs: dict[str, Any]
    ) -> Any:
        """Call a custom Function of this name; return its result."""

    def hooks_saved(self) -> None:
        """Note that tensors are saved through hooks from now on."""

    def backward(self, engine: Callable[..., Any], roots: Any, *args: Any, **kw: Any) -> Any:
        """Call the backward engine; return its result."""


class Rerun(Protocol):
    """The interface of a program that runs again with other numbers."""

    def reached(self, roots: Any, initial: Any) -> None:
        """Handle the program's backward call."""

    def applies(
        self, call: Callable[..., Any], name: str, args: Any, kwargs: dict[str, Any]
    ) -> Any:
        """Call a custom Function of this name; return its result."""


class Hook(partial[None]):
    """A hook of ours on an autograd node, distinguished from the visitor's own by its type."""

    __slots__ = ()


class _Present:
    """The current activity of this process."""

    programs = 0
    files = False
    """True while the running program has files of its own, which only Python's `open` can open."""
    run: Listening | None = None
    """The recorded run, if there is one."""
    listening: Listening | None = None
    """The same while its calls are noted: its recorder may pause."""
    rerun: Rerun | None = None


present = _Present()


@contextlib.contextmanager
def program() -> Iterator[None]:
    """Activate the replacements for a run of a program, recorded or not."""
    install()
    present.programs += 1
    try:
        yield
    finally:
        present.programs -= 1


@contextlib.contextmanager
def own_files() -> Iterator[None]:
    """Make torch open files by Python's `open`, which opens those of the program meanwhile."""
    before, present.files = present.files, True
    try:
        yield
    finally:
        present.files = before


def _compile(inner: Original) -> Any:
    def compile(model: Callable[..., Any] | None = None, **options: Any) -> Any:
        if not present.programs:
            return inner(model, **options)
        return (lambda function: function) if model is None else model

    return compile


def _iterator(inner: Original) -> Any:
    def _get_iterator(self: Any) -> Any:
        if not present.programs:
            return inner(self)
        alone = copy.copy(self)
        alone.__dict__.update(num_workers=0, timeout=0)
        return _SingleProcessDataLoaderIter(alone)

    return _get_iterator


def _threads(inner: Original) -> Any:
    def setting(number: int) -> None:
        """Ignore a request for more threads: there is one per program."""
        if not present.programs:
            inner(number)

    setting.__name__ = setting.__qualname__ = inner.__name__
    return setting


def _has_torch_function(inner: Original) -> Any:
    def has_torch_function(arguments: Sequence[Any]) -> bool:
        if (
            (present.listening is not None or present.rerun is not None)
            and torch._C._len_torch_function_stack() == 1
            and all(map(_plain, arguments))
        ):
            return False
        return bool(inner(arguments))

    return has_torch_function


def _plain(value: Any) -> bool:
    return value is None or type(value) in (torch.Tensor, torch.nn.Parameter)


def _trace(inner: Original) -> Any:
    def _trace_impl(*args: Any, **kwargs: Any) -> Any:
        if present.listening is None:
            return inner(*args, **kwargs)
        with DisableTorchFunction():
            return inner(*args, **kwargs)

    return _trace_impl


made: weakref.WeakKeyDictionary[torch.nn.Module, tuple[CodeType, int]] = weakref.WeakKeyDictionary()
"""Layer of torch's own -> the visitor's instruction that made it."""


def is_torchs(module: Any) -> bool:
    """True for one of torch's own classes: its `__eq__` and `__hash__` are not the program's."""
    return type(module).__module__.startswith("torch.nn.modules.")


def _module_made(inner: Original) -> Any:
    def __init__(self: torch.nn.Module, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        inner(self, *args, **kwargs)
        if present.programs and is_torchs(self):
            frame: FrameType | None = sys._getframe(1)
            while frame is not None:
                if frame.f_code.co_filename == FILENAME:
                    made[self] = frame.f_code, frame.f_lasti
                    break
                frame = frame.f_back

    return __init__


def _module_called(inner: Original) -> Any:
    def _call_impl(self: torch.nn.Module, *args: Any, **kwargs: Any) -> Any:
        listening = present.run
        if listening is None:
            return inner(self, *args, **kwargs)
        listening.enters(self, _call_impl.__code__)
        try:
            return inner(self, *args, **kwargs)
        finally:
            listening.leaves()

    return _call_impl


def _parameter_made(inner: Original) -> Any:
    def register_parameter(self: torch.nn.Module, name: str, param: Any) -> None:
        inner(self, name, param)
        if (
            present.listening is not None
            and isinstance(param, torch.nn.Parameter)
            and inside_transform() is None
        ):
            present.listening.makes(param)

    return register_parameter


def _swapped(inner: Original) -> Any:
    def swap_tensors(t1: torch.Tensor, t2: torch.Tensor) -> None:
        if present.run is None or inside_transform() is not None:
            inner(t1, t2)
        else:
            present.run.swaps(inner, t1, t2)

    return swap_tensors


def _function_applied(inner: Original) -> Any:
    def apply(cls: Any, *args: Any, **kwargs: Any) -> Any:
        call = inner.__get__(None, cls)
        present_run = present.run or present.rerun
        if present_run is None or inside_transform() is not None:
            return call(*args, **kwargs)
        return present_run.applies(call, cls.__name__, args, kwargs)

    return classmethod(apply)


def _saved_hooked(inner: Original) -> Any:
    def enter(hooks: Any) -> Any:
        if present.run is not None:
            present.run.hooks_saved()
        return inner(hooks)

    return enter


class _Writer:
    """A file that `torch.save` writes, opened by Python."""

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


def _file_written(inner: Original) -> Any:
    def _open_zipfile_writer(target: Any) -> Any:
        if present.files and torch.serialization._is_path(target):
            return _Writer(target)
        return inner(target)

    return _open_zipfile_writer


def _file_read(inner: Original) -> Any:
    def from_file(path: Any, shared: bool = False, nbytes: int = 0) -> Any:
        if not present.files:
            return inner(path, shared, nbytes)
        with open(path, "rb") as file, DisableTorchFunction():
            content = bytearray(file.read(nbytes or -1))
            return torch.frombuffer(content, dtype=torch.uint8).untyped_storage()

    return staticmethod(from_file)


def _engine(inner: Original) -> Any:
    def run_backward(roots: Any, *args: Any, **kwargs: Any) -> Any:
        if present.rerun is not None and inside_transform() is None:
            present.rerun.reached(roots, args[0])
        if present.run is None:
            return inner(roots, *args, **kwargs)
        return present.run.backward(inner, roots, *args, **kwargs)

    return run_backward


def _seeded_later(inner: Original) -> Any:
    device = sys.modules[inner.__module__]

    def _lazy_call(callable: Callable[[], Any], **seeds: bool) -> Any:
        if seeds and present.rerun is not None and not device.is_initialized():
            return None
        return inner(callable, **seeds)

    return _lazy_call


def _hook_registered(inner: Original) -> Any:
    def register_hook(hooks: Any, hook: Any) -> Any:
        if type(hook) is not Hook:
            return inner(hooks, hook)
        if hooks is None:
            hooks = OrderedDict()
        hooks[OURS] = hook
        return hooks, hooks

    return staticmethod(register_hook)


SEEDED = (torch.cuda.random, torch.xpu.random, torch.mtia)
"""Modules through which torch.manual_seed seeds the devices that are not in use yet."""

PATCHES = (
    Patch(torch, "compile", _compile,
          "A compiler writes files and starts processes, which the wall refuses. Uncompiled, the "
          "graph is the program's own. Active while a program runs."),
    Patch(DataLoader, "_get_iterator", _iterator,
          "Workers are processes. The program's own process fetches the same batches, in the same "
          "order. Active while a program runs."),
    Patch(torch, "set_num_threads", _threads,
          "A second thread would end a confined process; the request is ignored. Active while a "
          "program runs."),
    Patch(torch, "set_num_interop_threads", _threads,
          "The same as set_num_threads."),
    Patch(torch.serialization, "_open_zipfile_writer", _file_written,
          "torch.save passes a path to native code, which the wall refuses. Active while a program "
          "has files of its own."),
    Patch(torch.UntypedStorage, "from_file", _file_read,
          "torch.load(..., mmap=True) maps a file in native code. A storage with the same bytes "
          "takes its place. Active while a program has files of its own."),
    Patch(torch.overrides, "has_torch_function", _has_torch_function,
          "Attention and encoder layers check here if their fused kernel may run. A mode of ours "
          "must not prevent it: the results differ in the last bits. Active while one is on."),
    Patch(torch.jit._trace, "_trace_impl", _trace,
          "torch.jit.trace records every operation, and reading a value would be one. Active while "
          "a run is recorded."),
    Patch(torch.nn.Module, "__init__", _module_made,
          "Notes where in the text a layer was made, so that it can be changed there. Active while "
          "a program runs."),
    Patch(torch.nn.Module, "_call_impl", _module_called,
          "Notes which module is running; function modes do not see it. Not __call__ itself: "
          "replacing that makes Python go through every module class. Active while recording."),
    Patch(torch.nn.Module, "register_parameter", _parameter_made,
          "`self.w = nn.Parameter(...)` makes a tensor without a call that torch reports. Active "
          "while a run is recorded."),
    Patch(torch.utils, "swap_tensors", _swapped,
          "It exchanges two tensors behind their Python objects, reports no call, and refuses "
          "tensors that others refer to, as our notes do. Active while a run is recorded."),
    Patch(torch.autograd.Function, "apply", _function_applied,
          "Function.apply is not reported to function modes, and the inside of its forward is not "
          "shown. Active while a run is recorded or repeated."),
    Patch(torch.autograd.graph.saved_tensors_hooks, "__enter__", _saved_hooked,
          "Reading a saved tensor would call the user's unpack hook, or a checkpoint's. Active "
          "while a run is recorded."),
    Patch(torch.autograd, "_engine_run_backward", _engine,
          "The only way into the backward engine. Active while a run is recorded or repeated."),
    Patch(torch.autograd.function._HookMixin, "_register_hook", _hook_registered,
          "torch makes handles for hooks of nodes; ours, which are many, need none. Active for our "
          "hooks."),
    *(Patch(module, "_lazy_call", _seeded_later,
            "For a device that is not in use, torch.manual_seed keeps the seed and the whole stack "
            "as text: 0.2 ms, which the recorded run has spent already. Active while a run is "
            "repeated.")
      for module in SEEDED if hasattr(module, "_lazy_call")),
)  # fmt: skip

_installed = False


def install() -> None:
    """Apply all replacements to torch, once."""
    global _installed
    if _installed:
        return
    _installed = True
    put_in(PATCHES)
    _keep_texts()


@contextlib.contextmanager
def guest() -> Iterator[None]:
    """Apply the replacements for a recording in the user's own process; afterwards torch is
    unchanged."""
    with contextlib.nullcontext() if _installed else lent(PATCHES):
        yield


def _keep_texts() -> None:
    """Read the source texts that torch.jit.script compiles a model's layers from, one file each.

    No file can be opened behind the wall, so they are read now.
    """
    for name, module in list(sys.modules.items()):
        if name.startswith("torch.nn.modules.") or name in (
            "torch.nn.functional",
            "torch.functional",
        ):
            file = str(module.__file__)
            lines = linecache.getlines(file)
            # An entry without a time is not checked: looking up the file's time is refused too.
            linecache.cache[file] = (sum(map(len, lines)), None, lines, file)
