"""What a confined or a heard program would get otherwise of torch than on a desk, put right.

Nothing starts a process or opens a file behind the wall, and torch goes other ways while a
function mode listens. Each replacement here makes that no difference to a program's numbers.
Put there once a process, not once a run: a change of torch.nn.Module makes Python forget what it
knows of every module class there is, which costs a small program more than its recording.
"""

import copy
import linecache
import sys
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import torch
from torch.utils.data import DataLoader
from torch.utils.data.dataloader import _SingleProcessDataLoaderIter

from viz_app.engine.wire import FILENAME

Replacing = Callable[[Callable[..., Any]], Callable[..., Any]]


def stands_in(owner: Any, name: str) -> Callable[[Replacing], Replacing]:
    """Puts what a function makes of the present `owner.name` in its place."""

    def put(make: Replacing) -> Replacing:
        setattr(owner, name, make(owner.__dict__[name]))
        return make

    return put


@stands_in(torch, "compile")
def _uncompiled(_: Callable[..., Any]) -> Callable[..., Any]:
    """A compiler writes files and starts processes; uncompiled the graph is the program's own."""

    def compile(model: Callable[..., Any] | None = None, **_: Any) -> Callable[..., Any]:
        return (lambda function: function) if model is None else model

    return compile


@stands_in(DataLoader, "_get_iterator")
def _without_workers(_: Callable[..., Any]) -> Callable[..., Any]:
    """The batches that `num_workers` would bring, in the same order, fetched by the program."""

    def _get_iterator(self: Any) -> Any:
        alone = copy.copy(self)
        alone.__dict__.update(num_workers=0, timeout=0)
        return _SingleProcessDataLoaderIter(alone)

    return _get_iterator


@stands_in(torch.overrides, "has_torch_function")
def _fast_path(inner: Callable[..., Any]) -> Callable[..., Any]:
    """Attention and encoder layers ask here whether their fused kernel may run.

    That plain tensors meet a mode of ours is no reason against it: it differs in the last bits.
    """

    def has_torch_function(arguments: Sequence[Any]) -> bool:
        if torch._C._len_torch_function_stack() == 1 and all(map(_plain, arguments)):
            return False
        return bool(inner(arguments))

    return has_torch_function


def _plain(value: Any) -> bool:
    return value is None or type(value) in (torch.Tensor, torch.nn.Parameter)


def announced(function: FunctionType) -> Callable[..., Any]:
    """The function of torch's that told a mode of a call; to be asked right in the mode.

    torch's own Python functions announce themselves by their name in their module. Where a
    program has put its own function there (`F.relu = lambda x: old(x) * 2`), that one would run a
    second time inside the call of the old one.
    """
    if function.__code__.co_filename != FILENAME:
        return function
    telling = sys._getframe(2)
    if telling.f_code.co_name != "handle_torch_function" or telling.f_back is None:
        return function
    code = telling.f_back.f_code
    if code.co_filename == FILENAME:  # it takes part in the protocol itself
        return function
    return FunctionType(code, telling.f_back.f_globals)


def _keep_texts() -> None:
    """torch.jit.script compiles the layers in a model from torch's own text, a file each."""
    for name, module in list(sys.modules.items()):
        if name.startswith("torch.nn.modules.") or name in (
            "torch.nn.functional",
            "torch.functional",
        ):
            file = str(module.__file__)
            lines = linecache.getlines(file)
            # Without a time it is taken as it is: to ask the file's time is refused too.
            linecache.cache[file] = (sum(map(len, lines)), None, lines, file)


_keep_texts()
