"""The function mode and autograd hooks that report calls and backward steps to the recorder.

The function mode reports each call made from Python; `torch_patches` reports what the mode misses
(custom Functions, the module that is running, calls of the backward engine); hooks on the autograd
nodes report each backward step. When the run ends, the mode is off, our hooks are removed from the
leaves, which may live on, and the replacements in torch pass calls on to torch again.
"""

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, Literal

import torch
from torch.nn.parameter import is_lazy
from torch.overrides import TorchFunctionMode

from viz_app.engine.record import jacobian
from viz_app.engine.record.arguments import changed
from viz_app.engine.record.call_names import BLANK, CallName, call_name
from viz_app.engine.record.grad_writes import Writes
from viz_app.engine.record.notes import OURS, Note, Operand, Ran, Source
from viz_app.engine.record.pass_marks import gradients, leaves, norm, root_value
from viz_app.engine.record.recorder import Recorder
from viz_app.engine.record.saved_tensors import saved
from viz_app.engine.record.stopping import stop
from viz_app.engine.record.tensors import (
    dispatch_modes,
    exhausted,
    is_leaf,
    unreadable,
    weighted,
    without_modes,
)
from viz_app.engine.record.torch_patches import Hook, inside_transform, present
from viz_app.engine.record.values import Held

TORCH = str(Path(torch.__file__).parent) + os.sep
"""The folder of torch's own files."""


def _announced(function: FunctionType) -> Callable[..., Any]:
    """The torch function that reported a call to a mode; to be called only in the mode.

    torch's own Python functions report themselves by their name in their module. Where a program
    has put its own function there (`F.relu = lambda x: old(x) * 2`), that one would run a second
    time inside the call of the old one.
    """
    if function.__code__.co_filename.startswith(TORCH):
        return function
    caller: FrameType | None = sys._getframe(2)
    while caller is not None and caller.f_code.co_name == "__torch_function__":
        caller = caller.f_back  # of a mode that extends this one
    if caller is None or caller.f_code.co_name != "handle_torch_function":
        return function
    reports = caller.f_back
    if reports is None or not reports.f_code.co_filename.startswith(TORCH):
        return function  # it takes part in the protocol itself
    return FunctionType(reports.f_code, reports.f_globals)


class Calls(TorchFunctionMode):
    def __init__(self, recorder: Recorder, *, blanks: bool) -> None:
        super().__init__()
        self.recorder = recorder
        self.blanks = blanks
        self.writes = Writes(recorder)

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = given = kwargs or {}
        if type(func) is FunctionType:
            given = changed(func, kwargs)
            func = _announced(func)
        name = call_name(func)
        if name.silent or inside_transform() is not None:
            if name.exposes:
                with without_modes():
                    self.recorder.borrowed.expose(args[0])
            elif name.plain == "retain_grad" and args[0].grad_fn is not None:
                with without_modes():
                    self.recorder.note_of(args[0])[0].retains = True
            return self.writes.setting(func, args) if name.sets_grad else func(*args, **kwargs)
        if name.changes or (kwargs and _writes(kwargs)):
            operands: tuple[Operand, ...] = ()
            with self.recorder.describing, without_modes():
                self.writes.before(args[:1])
                operands = self.recorder.before(name, args, kwargs)
                if name.plain == "data":
                    _reshape(*args)
            result = func(*args, **kwargs)
            with self.recorder.describing, without_modes():
                self.writes.after()
                self.recorder.called(name, args, given, result, operands)
            return result
        try:
            result = func(*args, **kwargs)
        except (RuntimeError, MemoryError) as problem:
            if not exhausted(problem):
                raise
            self.recorder.release()  # our notes may be what fills the memory
            result = func(*args, **kwargs)
        if self.blanks and name.plain in BLANK and type(result) is torch.Tensor:
            _blank(result)
        # A subclass may react to being read.
        quiet = without_modes() if types or dispatch_modes() else contextlib.nullcontext()
        with self.recorder.describing, quiet:
            self.recorder.called(name, args, given, result)
        return result


def _reshape(tensor: torch.Tensor, data: Any) -> None:
    """Give a leaf whose new numbers have another shape a new AccumulateGrad.

    The old one checks the old shape; it would be gone by now if our notes did not keep the graph.
    """
    if is_lazy(tensor) or not isinstance(data, torch.Tensor):
        return  # a lazy layer's parameter has no shape before its first input
    if data.shape != tensor.shape and is_leaf(tensor) and tensor.requires_grad:
        _renew_accumulator(tensor)


def _renew_accumulator(tensor: torch.Tensor) -> None:
    """Give a leaf a new AccumulateGrad: PyTorch drops the old one when the type changes."""
    numbers = tensor.data
    tensor.data = numbers.to(torch.half if tensor.dtype != torch.half else torch.float)
    tensor.data = numbers


def _exchange(first: torch.Tensor, second: torch.Tensor) -> None:
    """Exchange all that two tensors are but their identity, whoever else refers to them."""
    for name in ("__class__", "__dict__"):
        held = getattr(first, name)
        setattr(first, name, getattr(second, name))
        setattr(second, name, held)
    torch._C._swap_tensor_impl(first, second)


def _blank(tensor: torch.Tensor) -> None:
    """Zero the memory, whose previous content differs from run to run.

    Deterministic mode has filled it already, in its own way.
    """
    if tensor.layout is torch.strided and not torch.are_deterministic_algorithms_enabled():
        tensor.data.zero_()


def _writes(kwargs: dict[str, Any]) -> bool:
    """True if keywords make a call write to a tensor it is given."""
    return "out" in kwargs or bool(kwargs.get("inplace")) or kwargs.get("max_norm") is not None


current_mode: Callable[[], Any] = torch.overrides._get_current_function_mode
"""The innermost function mode that is on."""
functions_on: Callable[[], int] = torch._C._len_torch_function_stack
"""The number of function modes that are on."""


class Listening:
    """The recording of one run, between `__enter__` and `__exit__`.

    With `blanks`, uninitialised memory is zeroed, so that the same program gives the same numbers.
    """

    calls = Calls

    def __init__(self, recorder: Recorder, *, blanks: bool = True) -> None:
        self.recorder = recorder
        self.reads_saved = True
        self._mode = self.calls(recorder, blanks=blanks)
        self.writes = self._mode.writes
        self.first: float | None = None
        """The value that the first backward call began at, weighted by its initial gradient."""
        self._jacobian_calls = recorder.limits.jacobian_calls
        self.passed: Callable[[float | None, float | None], None] | None = None
        """Called after each backward call, with its root's value and the gradients' norm."""
        self.norms: Sequence[float | None] = ()
        """The gradients' norms of the first passes, from an earlier run: they are computed again
        for passes that are recorded, and only for those."""
        self.left = False
        self._counting = False
        self._below: tuple[int, Any] = (0, None)
        self._thread = threading.get_ident()

    def __enter__(self) -> "Listening":
        present.run = present.listening = self
        self._mode.__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *error: Any) -> None:
        if not self.paused:
            self._mode.__exit__(*error)  # type: ignore[no-untyped-call]
        present.run = present.listening = None
        # A leaf outlives the run if its tensor existed before it; operations go with their graph.
        for source in self.recorder.sources.values():
            for hooks in source.hooks:
                hooks.pop(OURS, None)

    @property
    def paused(self) -> bool:
        """True while nothing but the backward calls is noted."""
        return present.listening is None

    def leave(self) -> bool:
        """Pause; False if that is not possible here, inside a call or another mode."""
        if not self._between_calls() or current_mode() is not self._mode:
            return False
        with without_modes():
            self.recorder.leave()
        self._mode.__exit__(None, None, None)
        present.listening = None
        self._below = functions_on(), current_mode()
        self.left = True
        return True

    def resume(self) -> bool:
        """Record again from here; False if that is not possible here."""
        # Where the program has entered a mode, leaving it would remove ours instead.
        if not self._between_calls() or self._below != (functions_on(), current_mode()):
            return False
        present.listening = self
        self._mode.__enter__()  # type: ignore[no-untyped-call]
        with self.recorder.describing, without_modes():
            self.recorder.resume()
            for name, value in self.recorder.where.names():
                if issubclass(type(value), torch.Tensor):
                    self.recorder.recall(name, value)
            for source in self.recorder.sources.values():
                if is_leaf(source.tensor):
                    self.writes.holds(source, source.tensor.grad)
                if source.unhooked:  # a graph that was hooked before may reach it
                    self._hook_leaf(source)
        return True

    def _between_calls(self) -> bool:
        """True in the program's first thread, outside of the engine, of a custom Function and of
        transforms."""
        return (
            threading.get_ident() == self._thread
            and self.recorder.running is None
            and not self._counting
            and not self.recorder.quiet
            and not unreadable()
        )

    # ---- what function modes miss (see `torch_patches`) ----------------------------------------

    def enters(self, module: torch.nn.Module, code: CodeType) -> None:
        """Note that a module is being called, in a frame of `code`."""
        where = self.recorder.where
        where.module_code = code
        where.enter(module)

    def leaves(self) -> None:
        """Note that the module entered last has returned."""
        self.recorder.where.modules.pop()

    def makes(self, parameter: torch.nn.Parameter) -> None:
        """Note that a parameter was given to a module."""
        self.recorder.made(parameter)

    def swaps(self, swap: Callable[..., None], first: torch.Tensor, second: torch.Tensor) -> None:
        """Let two tensors exchange all they are but their identity."""
        pair = first, second
        noted = None
        with self.recorder.describing, without_modes():
            noted = self.recorder.to_swap(*pair)
        try:
            with without_modes():  # it looks at both through views of its own
                swap(*pair)
        except RuntimeError as refusal:
            if not str(refusal).startswith(
                ("Cannot swap t1 because", "Cannot swap t2 because", "Expected use_count")
            ):
                raise
            _exchange(*pair)  # the references that were in the way are our notes
        with self.recorder.describing, without_modes():
            for tensor in pair:
                # The old one refuses to run from here on; it would be gone by now if our notes did
                # not keep the graph.
                if is_leaf(tensor) and tensor.requires_grad and not is_lazy(tensor):
                    _renew_accumulator(tensor)
            if noted is not None:
                self.recorder.swapped(*pair, noted)

    def applies(
        self, call: Callable[..., Any], name: str, args: Any, kwargs: dict[str, Any]
    ) -> Any:
        """Call a custom Function; the inside of its forward is not noted."""
        with self.recorder.silent():
            result = call(*args, **kwargs)
        if self.paused:
            return result
        with self.recorder.describing, without_modes():
            called = CallName(name, False, False, False, False)
            self.recorder.called(called, args, kwargs, result)
        return result

    def hooks_saved(self) -> None:
        """Stop reading saved tensors: it would call the user's unpack hook (or a checkpoint's)."""
        self.reads_saved = False

    # ---- the engine ---------------------------------------------------------------------------

    def backward(self, engine: Callable[..., Any], roots: Any, *args: Any, **kw: Any) -> Any:
        """Handle a call of the backward engine: note it, hook the nodes it reaches, make it."""
        recorder = self.recorder
        if recorder.running is not None or self._counting or inside_transform() is not None:
            return engine(roots, *args, **kw)  # not a backward call of the program's own
        if self.paused:
            return self._count(engine, roots, *args, **kw)
        kind: Literal["backward", "grad"] = "backward" if kw.get("accumulate_grad") else "grad"
        begun = False
        with recorder.describing, without_modes():
            this = recorder.begin(kind, roots, args[0])
            this.keeps = bool(args[1])
            if this.number == 1 and len(roots) == 1:
                self.first = weighted(roots[0], args[0][0])
            with torch.no_grad():
                self._hook(this.roots)
            begun = True
        if not begun:
            return engine(roots, *args, **kw)
        reached = self._reached(roots)
        returned: list[tuple[torch.Tensor, torch.Tensor]] = []
        try:
            # Code of the visitor's can run inside: hooks, custom backwards, recomputation.
            with recorder.inside(this), self._mode:
                result = engine(roots, *args, **kw)
            if kind == "grad":
                returned = [
                    (tensor, grad)
                    for tensor, grad in zip(args[3], result, strict=False)
                    if isinstance(tensor, torch.Tensor) and isinstance(grad, torch.Tensor)
                ]
        except BaseException as error:
            with recorder.describing, without_modes():
                this.stop = stop(this, error, args[3])
            raise
        finally:
            with recorder.describing, without_modes():
                recorder.end(this, returned)
            self._mark(roots, args[0], reached, [grad for _, grad in returned])
        return result

    def _count(self, engine: Callable[..., Any], roots: Any, *args: Any, **kw: Any) -> Any:
        """Make a backward call of which only a mark is noted."""
        result: Any = None
        self.recorder.counted()
        known = self.recorder.total_passes <= len(self.norms)
        reached = [] if known else self._reached(roots)
        self._counting = True
        try:
            result = engine(roots, *args, **kw)
        finally:
            self._counting = False
            returned = [it for it in result or () if isinstance(it, torch.Tensor)]
            self._mark(roots, args[0], reached, returned, known=known)
        return result

    def _reached(self, roots: Any) -> list[torch.Tensor]:
        """The leaves that a backward call is going to reach."""
        if self.passed is not None:
            with self.recorder.describing, without_modes():
                return leaves(roots)
        return []

    def _mark(
        self,
        roots: Any,
        initial: Any,
        reached: list[torch.Tensor],
        returned: list[torch.Tensor],
        *,
        known: bool = False,
    ) -> None:
        """Note the mark of a backward call that has ended; `known`: an earlier run has its norm."""
        if self.passed is None:
            return
        with without_modes():
            root = root_value(roots, initial)
            if known:
                size = self.norms[self.recorder.total_passes - 1]
            else:
                size = norm(returned or gradients(reached))
        self.passed(root, size)

    def _hook(self, roots: list[tuple[Note, int, Any]]) -> None:
        """Hook every reachable node that has no hook yet."""
        walk = [root[0] for root in roots]
        while walk:
            note = walk.pop()
            if note.source is not None:
                self._hook_leaf(note.source)
            elif note.fn is not None and not note.hooks:
                if note.unseen:
                    self.recorder.reaches_unseen()
                note.hooks = (note.fn.register_hook(Hook(self._ran, note)),)
                if self.reads_saved:
                    note.saved = tuple(saved(note.fn, self.recorder.borrowed.lend))
                    self._ask(note)
                walk.extend([entry[0] for entry in note.inputs if entry is not None])

    def _ask(self, note: Note) -> None:
        """Read a small node's Jacobian, while the budget for that lasts."""
        # A value that was not kept as plain numbers is too large.
        if not self._jacobian_calls or not all(isinstance(v, tuple) for v in note.values.values()):
            return
        made = jacobian.outputs(note.fn)
        if not made:
            return
        left = self._jacobian_calls - len(jacobian.units(made))
        # The first one beyond the budget ends it: checking all that follow costs more than it
        # finds.
        self._jacobian_calls = max(left, 0)
        if left >= 0:
            note.jacobians = jacobian.jacobian(note.fn, made)

    def _ran(self, note: Note, sent: Any, arrived: Any) -> None:
        if (this := self.recorder.running) is not None:
            note.ran_in = this.number
            this.ran.append(Ran(note, sent, arrived))

    def _hook_leaf(self, source: Source) -> None:
        if not source.unhooked and not source.hooked and source.tensor.requires_grad:
            edge = torch.autograd.graph.get_gradient_edge(source.tensor)
            source.unhooked.append(edge.node)  # backward called on the leaf itself
            self.recorder.leaf_hooked(edge.node, source)
        for fn in source.unhooked:
            before: list[Held | None] = [None]
            source.hooks += (
                fn.register_prehook(Hook(self._arriving, source, before)),
                fn.register_hook(Hook(self._accumulated, source, before)),
            )
            source.hooked.append(fn)
        source.unhooked.clear()

    def _arriving(self, source: Source, before: list[Held | None], _: Any) -> None:
        before[0] = None
        with self.recorder.describing, without_modes():
            grad = source.tensor.grad
            if grad is not None:
                before[0] = self.recorder.borrowed.lend(grad)
                # The engine is going to add to it in place.
                self.recorder.borrowed.reclaim(grad)

    def _accumulated(
        self, source: Source, before: list[Held | None], sent: Any, arrived: Any
    ) -> None:
        this = self.recorder.running
        if this is None:
            return
        after: Held | None = None
        with self.recorder.describing, without_modes():
            grad = source.tensor.grad
            after = None if grad is None else self.recorder.borrowed.lend(grad)
            self.writes.holds(source, grad)
            if before[0] is None and arrived[0] is not None:
                # A first gradient becomes `.grad` itself, which later ones are added to.
                arrived = (self.recorder.borrowed.lend(arrived[0]),)
        this.ran.append(Ran(None, (), arrived, source, before[0], after))
