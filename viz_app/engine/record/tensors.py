"""Reading a visitor's tensors without affecting what they compute."""

import math
import re
from collections.abc import Iterator
from typing import Any

import torch
from torch._C import DisableTorchFunction, _len_torch_dispatch_stack
from torch.utils._python_dispatch import _pop_mode, _push_mode

from viz_app.engine.record.notes import Fn
from viz_app.model import Kind

Tensor = torch.Tensor

dispatch_modes = _len_torch_dispatch_stack
"""The number of active dispatch modes of the program: they see every kernel that runs."""


class _WithoutModes:
    """A context without the program's dispatch modes and function modes."""

    def __enter__(self) -> None:
        self._modes = [_pop_mode() for _ in range(dispatch_modes())]
        self._functions = DisableTorchFunction()
        self._functions.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._functions.__exit__(*error)
        for mode in reversed(self._modes):
            _push_mode(mode)


def without_modes() -> Any:
    """A context for our own calls on tensors: no mode sees them, neither ours nor the program's."""
    return _WithoutModes() if dispatch_modes() else DisableTorchFunction()


def unreadable() -> bool:
    """True if values can't be read now: torch.func's inner tensors have none of their own, and
    torch.jit.trace would record the reading as the program's."""
    return (
        torch._C._functorch.peek_interpreter_stack() is not None
        or torch._C._get_tracing_state() is not None
    )


def grad_fn(tensor: Tensor) -> Fn:
    """A tensor's `grad_fn`; None where it is unavailable (a no_grad view whose base was
    changed)."""
    try:
        return tensor.grad_fn
    except RuntimeError:
        return None


def is_leaf(tensor: Tensor) -> bool:
    """A tensor's `is_leaf`; False where it is unavailable (see `grad_fn`)."""
    try:
        return tensor.is_leaf
    except RuntimeError:
        return False


def own_grad(tensor: Tensor) -> Tensor | None:
    """The value the program would read in `.grad`, without the warning for tensors that keep
    none."""
    return tensor.grad if is_leaf(tensor) or tensor.retains_grad else None


def kind_of(tensor: Tensor) -> Kind:
    """leaf, parameter or constant, for a tensor without `grad_fn`."""
    if not tensor.requires_grad:
        return "constant"
    return "parameter" if isinstance(tensor, torch.nn.Parameter) else "leaf"


def base_name(name: str) -> str:
    """ "TanhBackward0" -> "tanh": the operation's name if the call itself was not reported.

    Nodes that autograd records of a backward keep that part: "TanhBackwardBackward0" ->
    "tanh_backward".
    """
    whole = name.rpartition("::")[2]
    inner, backward, _ = whole.rpartition("Backward")
    inner = inner if backward else whole
    if "Backward" in inner:
        inner = re.sub("(?<=[a-z0-9])(?=[A-Z])", "_", inner)
    return inner.lower()


def tensors(value: Any) -> Iterator[Tensor]:
    """The tensors in nested tuples, lists and dicts, in their order."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (tuple, list, dict)):
        for part in value.values() if isinstance(value, dict) else value:
            if isinstance(part, Tensor):  # most are: each generator takes longer than its tensor
                yield part
            elif isinstance(part, (tuple, list, dict)):
                yield from tensors(part)


def fn_name(fn: Fn) -> str:
    """An autograd node's name as PyTorch prints it in `grad_fn=<...>`."""
    name = type(fn).__name__
    return fn.name().rsplit("::", 1)[-1] if name == "CppFunction" else name


def exhausted(problem: BaseException) -> bool:
    """True for an error that says that memory is used up."""
    return isinstance(problem, MemoryError) or (
        isinstance(problem, RuntimeError) and "allocate memory" in str(problem)
    )


def storage(tensor: Tensor) -> int | None:
    """The address of the memory that a tensor shares with its views, None if it has none."""
    try:
        return tensor.untyped_storage().data_ptr()
    except (RuntimeError, NotImplementedError):
        return None


def weighted(root: Tensor, weight: Tensor | None) -> float:
    """The sum of a tensor's elements times the gradients that backward began with; nan if
    impossible."""
    with DisableTorchFunction():  # a subclass's own code is the program's
        root = root.detach()
        if root.is_complex() or root.layout is not torch.strided:
            return math.nan
        try:
            root = root.double()
            return float((root if weight is None else root * weight.detach().double()).sum())
        except (RuntimeError, TypeError, ValueError):  # a subclass without such a sum
            return math.nan
