"""The ears: everything that is put around a run so that the recorder hears what happens.

A function mode hears each call made from Python; three small replacements hear what it misses
(custom Functions, which module is running, the one door to the backward engine); hooks on the
autograd nodes hear each backward step. All of it is taken off again when the run ends.
"""

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from types import FunctionType
from typing import Any, Literal

import torch
from torch._C import DisableTorchFunction
from torch.nn.parameter import is_lazy
from torch.overrides import TorchFunctionMode

from viz_app.engine.record import jacobian
from viz_app.engine.record.call_names import BLANK, CallName, call_name
from viz_app.engine.record.grad_writes import Writes
from viz_app.engine.record.notes import OURS, Note, Ran, Source
from viz_app.engine.record.recorder import Recorder
from viz_app.engine.record.saved_tensors import saved
from viz_app.engine.record.stopping import stop
from viz_app.engine.record.tensors import aside, dispatch_modes, is_leaf, weighted
from viz_app.engine.record.torch_patches import announced, stands_in
from viz_app.engine.record.values import Held

_inside_transform = torch._C._functorch.peek_interpreter_stack
"""Not None inside torch.func's transforms, whose inner tensors have no value of their own."""


class _Calls(TorchFunctionMode):
    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self.recorder = recorder
        self.writes = Writes(recorder)

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if type(func) is FunctionType:
            func = announced(func)
        name = call_name(func)
        if name.silent or _inside_transform() is not None:
            if name.exposes:
                with aside():
                    self.recorder.borrowed.expose(args[0])
            elif name.plain == "retain_grad" and args[0].grad_fn is not None:
                with aside():
                    self.recorder.note_of(args[0])[0].retains = True
            return self.writes.setting(func, args) if name.sets_grad else func(*args, **kwargs)
        if name.changes or (kwargs and _writes(kwargs)):
            with aside():
                self.writes.before(args[:1])
                operands = self.recorder.before(name, args, kwargs)
                if name.plain == "data":
                    _reshape(*args)
            result = func(*args, **kwargs)
            with aside():
                self.writes.after()
                self.recorder.called(name, args, kwargs, result, operands)
            return result
        result = func(*args, **kwargs)
        if name.plain in BLANK and type(result) is torch.Tensor:
            _blank(result)
        if types or dispatch_modes():  # a subclass may have ideas of its own about being read
            with aside():
                self.recorder.called(name, args, kwargs, result)
        else:
            self.recorder.called(name, args, kwargs, result)
        return result


def _reshape(tensor: torch.Tensor, data: Any) -> None:
    """A leaf that gets numbers of another shape is heard by a new AccumulateGrad.

    The old one knows the old shape; it would be gone by now, did our notes not keep the graph.
    """
    if is_lazy(tensor) or not isinstance(data, torch.Tensor):
        return  # a lazy layer's parameter has no shape before its first input
    if data.shape != tensor.shape and is_leaf(tensor) and tensor.requires_grad:
        # PyTorch lets go of the old one where the type changes.
        tensor.data = tensor.data.to(torch.half if tensor.dtype != torch.half else torch.float)


def _blank(tensor: torch.Tensor) -> None:
    """Zeros instead of what is left of others in the memory, which differs from run to run.

    Deterministic mode has filled it already, in its own way.
    """
    if tensor.layout is torch.strided and not torch.are_deterministic_algorithms_enabled():
        tensor.data.zero_()


def _writes(kwargs: dict[str, Any]) -> bool:
    """Whether keywords make a call write to a tensor it is given."""
    return "out" in kwargs or bool(kwargs.get("inplace")) or kwargs.get("max_norm") is not None


_listening: "Listening | None" = None
"""The run that is being heard in this process, if any."""


class Listening:
    """Hears one run, between `__enter__` and `__exit__`."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.reads_saved = True
        self._mode = _Calls(recorder)
        self.writes = self._mode.writes
        self.first: float | None = None
        """The value that the first backward call began at, weighted as it was told."""
        self._jacobian_calls = recorder.limits.jacobian_calls

    def __enter__(self) -> "Listening":
        global _listening
        _listening = self
        self._mode.__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *error: Any) -> None:
        global _listening
        self._mode.__exit__(*error)  # type: ignore[no-untyped-call]
        _listening = None
        # A leaf outlives the run if its tensor was there before it; operations go with their graph.
        for source in self.recorder.sources.values():
            for hooks in source.hooks:
                hooks.pop(OURS, None)

    # ---- the engine ---------------------------------------------------------------------------

    def backward(self, engine: Callable[..., Any], roots: Any, *args: Any, **kw: Any) -> Any:
        """The one door to the backward engine: note the call, hook what it reaches, go through."""
        recorder = self.recorder
        if recorder.running is not None or _inside_transform() is not None:
            return engine(roots, *args, **kw)  # not a backward call of the program's own
        kind: Literal["backward", "grad"] = "backward" if kw.get("accumulate_grad") else "grad"
        with aside():
            this = recorder.begin(kind, roots, args[0])
            this.keeps = bool(args[1])
            if this.number == 1 and len(roots) == 1:
                self.first = weighted(roots[0], args[0][0])
            with torch.no_grad():
                self._hook(this.roots)
        recorder.running = this
        returned: list[tuple[torch.Tensor, torch.Tensor]] = []
        try:
            # Code of the visitor's can run inside: hooks, custom backwards, recomputation.
            with self._mode:
                result = engine(roots, *args, **kw)
            if kind == "grad":
                returned = [
                    (tensor, grad)
                    for tensor, grad in zip(args[3], result, strict=False)
                    if isinstance(tensor, torch.Tensor) and isinstance(grad, torch.Tensor)
                ]
        except BaseException as error:
            with aside():
                this.stop = stop(this, error, args[3])
            raise
        finally:
            recorder.running = None
            with aside():
                recorder.end(this, returned)
        return result

    def _hook(self, roots: list[tuple[Note, int, Any]]) -> None:
        """Hook every node that can be reached and has no hook yet."""
        walk = [root[0] for root in roots]
        while walk:
            note = walk.pop()
            if note.source is not None:
                self._hook_leaf(note.source)
            elif note.fn is not None and not note.hooks:
                note.hooks = (note.fn.register_hook(_Hook(self._ran, note)),)
                if self.reads_saved:
                    note.saved = tuple(saved(note.fn, self.recorder.borrowed.lend))
                    self._ask(note)
                walk.extend([entry[0] for entry in note.inputs if entry is not None])

    def _ask(self, note: Note) -> None:
        """Read a small node's Jacobian, while the budget for that lasts."""
        # A value that was not taken as plain numbers is too large to ask for.
        if not self._jacobian_calls or not all(isinstance(v, tuple) for v in note.values.values()):
            return
        made = jacobian.outputs(note.fn)
        if not made:
            return
        left = self._jacobian_calls - len(jacobian.units(made))
        # The first that is too much ends it: to look at all that follow costs more than it finds.
        self._jacobian_calls = max(left, 0)
        if left >= 0:
            note.jacobians = jacobian.jacobian(note.fn, made)

    def _ran(self, note: Note, sent: Any, arrived: Any) -> None:
        if (this := self.recorder.running) is not None:
            this.ran.append(Ran(note, sent, arrived))

    def _hook_leaf(self, source: Source) -> None:
        if not source.unheard and not source.heard and source.tensor.requires_grad:
            edge = torch.autograd.graph.get_gradient_edge(source.tensor)
            source.unheard.append(edge.node)  # backward called on the leaf itself
            self.recorder.by_fn[edge.node] = source
        for fn in source.unheard:
            before: list[Held | None] = [None]
            source.hooks += (
                fn.register_prehook(_Hook(self._arriving, source, before)),
                fn.register_hook(_Hook(self._accumulated, source, before)),
            )
            source.heard.append(fn)
        source.unheard.clear()

    def _arriving(self, source: Source, before: list[Held | None], _: Any) -> None:
        with aside():
            grad = source.tensor.grad
            before[0] = None
            if grad is not None:
                before[0] = self.recorder.borrowed.lend(grad)
                self.recorder.borrowed.reclaim(grad)  # the engine is going to add to it in place

    def _accumulated(
        self, source: Source, before: list[Held | None], sent: Any, arrived: Any
    ) -> None:
        this = self.recorder.running
        if this is None:
            return
        with aside():
            grad = source.tensor.grad
            after = None if grad is None else self.recorder.borrowed.lend(grad)
            self.writes.holds(source, grad)
            if before[0] is None and arrived[0] is not None:
                # A first gradient becomes `.grad` itself, which later ones are added into.
                arrived = (self.recorder.borrowed.lend(arrived[0]),)
        this.ran.append(Ran(None, (), arrived, source, before[0], after))


class _Hook(partial[None]):
    """A hook of ours on an autograd node, told apart from the visitor's own."""

    __slots__ = ()


# ---- what stands in torch from now on (see `adapted`) -----------------------------------------


@stands_in(torch.nn.Module, "_call_impl")
def _module_call(inner: Callable[..., Any]) -> Callable[..., Any]:
    # Not __call__ itself: replacing that makes Python go through every module class there is.
    def _call_impl(self: torch.nn.Module, *args: Any, **kwargs: Any) -> Any:
        if _listening is None:
            return inner(self, *args, **kwargs)
        where = _listening.recorder.where
        where.module_code = _call_impl.__code__
        where.enter(self)
        try:
            return inner(self, *args, **kwargs)
        finally:
            where.modules.pop()

    return _call_impl


@stands_in(torch.jit._trace, "_trace_impl")
def _traced(inner: Callable[..., Any]) -> Callable[..., Any]:
    """torch.jit.trace writes down every operation there is: reading a value would be one."""

    def _trace_impl(*args: Any, **kwargs: Any) -> Any:
        if _listening is None:
            return inner(*args, **kwargs)
        with DisableTorchFunction():
            return inner(*args, **kwargs)

    return _trace_impl


@stands_in(torch.nn.Module, "register_parameter")
def _parameter_made(inner: Callable[..., Any]) -> Callable[..., Any]:
    """`self.w = nn.Parameter(...)` makes a tensor without any call that is announced."""

    def register_parameter(self: torch.nn.Module, name: str, param: Any) -> None:
        inner(self, name, param)
        if (
            _listening is not None
            and isinstance(param, torch.nn.Parameter)
            and _inside_transform() is None
        ):
            _listening.recorder.made(param)

    return register_parameter


@stands_in(torch.autograd.Function, "apply")
def _function_apply(inner: Any) -> Any:
    """`Function.apply` is not announced to function modes; its forward's inside is not shown."""

    def apply(cls: Any, *args: Any, **kwargs: Any) -> Any:
        if _listening is None or _inside_transform() is not None:
            return inner.__get__(None, cls)(*args, **kwargs)
        recorder = _listening.recorder
        recorder.quiet += 1
        try:
            result = inner.__get__(None, cls)(*args, **kwargs)
        finally:
            recorder.quiet -= 1
        with aside():
            recorder.called(
                CallName(cls.__name__, False, False, False, False), args, kwargs, result
            )
        return result

    return classmethod(apply)


@stands_in(torch.autograd.graph.saved_tensors_hooks, "__enter__")
def _saved_hooks(inner: Callable[..., Any]) -> Callable[..., Any]:
    def enter(hooks: Any) -> Any:
        if _listening is not None:
            # Reading a saved tensor would call the user's unpack hook (or a checkpoint's).
            _listening.reads_saved = False
        return inner(hooks)

    return enter


@stands_in(torch.autograd, "_engine_run_backward")
def _engine(inner: Callable[..., Any]) -> Callable[..., Any]:
    def run_backward(roots: Any, *args: Any, **kwargs: Any) -> Any:
        if _listening is None:
            return inner(roots, *args, **kwargs)
        return _listening.backward(inner, roots, *args, **kwargs)

    return run_backward


@stands_in(torch.autograd.function._HookMixin, "_register_hook")
def _register_hook(inner: Callable[..., Any]) -> Callable[..., Any]:
    """How torch keeps a hook of a node: ours need none of the handles that it makes for others."""

    def register_hook(hooks: Any, hook: Any) -> Any:
        if type(hook) is not _Hook:
            return inner(hooks, hook)
        if hooks is None:
            hooks = OrderedDict()
        hooks[OURS] = hook
        return hooks, hooks

    return staticmethod(register_hook)
