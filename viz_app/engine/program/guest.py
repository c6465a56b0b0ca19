"""A recording in the user's own process: a notebook's kernel or a script.

The recorder is a guest there. Seeds, streams, the namespace and errors stay the user's, nothing is
run a second time, a budget ends the recording and not the code, and the replacements in torch are
removed afterwards. Names come from the assignments around the calls, and from the namespace at the
end.
"""

import ast
import builtins
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from types import CodeType
from typing import Any

import torch

from viz_app.engine.record import torch_patches
from viz_app.engine.record.assemble import Assembled
from viz_app.engine.record.listener import Calls, Listening
from viz_app.engine.record.notes import Note
from viz_app.engine.record.recorder import Recorder
from viz_app.engine.record.tensors import grad_fn, unreadable, without_modes
from viz_app.engine.record.torch_patches import present
from viz_app.engine.record.values import snapshot
from viz_app.engine.record.variables import name_containers, variables
from viz_app.engine.scrub import words_of
from viz_app.engine.text import instrument
from viz_app.engine.text.positions import Places, Site
from viz_app.errors import failure
from viz_app.limits import Limits
from viz_app.model import VERSION, Failure, Span, Trace


class _Recorder(Recorder):
    """A recorder whose budget ends nothing but itself."""

    ended: str | None = None

    def __init__(self, places: Places, limits: Limits, namespace: dict[str, Any]) -> None:
        super().__init__(places, limits, self._full, namespace)

    def _full(self, code: str) -> None:
        self.ended = self.ended or code


class _Calls(Calls):
    """Reports calls until the budget is used up."""

    recorder: _Recorder

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if self.recorder.ended is not None:
            return func(*args, **(kwargs or {}))
        return super().__torch_function__(func, types, args, kwargs)


class _Listening(Listening):
    """The recording of one thread; other threads are not recorded."""

    recorder: _Recorder
    calls = _Calls

    def __init__(self, recorder: _Recorder) -> None:
        super().__init__(recorder, blanks=False)

    def _other_thread(self) -> bool:
        return threading.get_ident() != self._thread

    def enters(self, module: torch.nn.Module, code: CodeType) -> None:
        if not self._other_thread():
            super().enters(module, code)

    def leaves(self) -> None:
        if not self._other_thread():
            super().leaves()

    def makes(self, parameter: torch.nn.Parameter) -> None:
        if not self._other_thread() and self.recorder.ended is None:
            super().makes(parameter)

    def applies(
        self, call: Callable[..., Any], name: str, args: Any, kwargs: dict[str, Any]
    ) -> Any:
        if self._other_thread() or self.recorder.ended is not None:
            return call(*args, **kwargs)
        return super().applies(call, name, args, kwargs)

    def hooks_saved(self) -> None:
        if not self._other_thread():
            super().hooks_saved()

    def backward(self, engine: Callable[..., Any], roots: Any, *args: Any, **kw: Any) -> Any:
        if self._other_thread() or self.recorder.ended is not None:
            return engine(roots, *args, **kw)
        return super().backward(engine, roots, *args, **kw)


class BusyError(RuntimeError):
    """Another recording is already in progress in this process."""


class Guest:
    """One recording. `source` is the text of the file `filename`, "" if unknown."""

    def __init__(
        self, source: str, filename: str, namespace: dict[str, Any], limits: Limits | None = None
    ) -> None:
        self.limits = limits or Limits()
        tree = _parsed(source)
        self.source = source if tree is not None else ""
        self.tree = tree or ast.Module([], [])
        self.places = Places(self.source, self.tree, filename)
        # Repetitions are reported by calls that `run` adds, or a shell: without them, iterations
        # look alike.
        self._regions, self.places.regions = self.places.regions, []
        self._named = {
            (head.lineno, head.col_offset): number
            for head, number in self.places.region_of.items()
            if isinstance(head, ast.stmt)
        }
        self.recorder = _Recorder(self.places, self.limits, namespace)
        self.listening = _Listening(self.recorder)
        self._around = ExitStack()

    def __enter__(self) -> "Guest":
        if present.listening is not None or present.programs:
            raise BusyError("a recording is under way already")
        self._around.enter_context(torch_patches.guest())
        self._around.enter_context(self.listening)
        return self

    def __exit__(self, *error: Any) -> None:
        _active.clear()
        self._around.__exit__(*error)

    def run(self) -> None:
        """Run the text in the namespace, followed line by line; the last expression is shown."""
        self.places.regions = self._regions
        instrument.instrument(self.tree, self.places)
        body = self.tree.body
        last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
        provide()
        _active[:] = [self]
        try:
            self._execute(self.tree, "exec")
            if last is not None:
                self._execute(ast.Interactive([last]), "single")
        finally:
            _active.clear()

    def _execute(self, tree: ast.Module | ast.Interactive, mode: str) -> None:
        code = compile(tree, self.places.filename, mode, dont_inherit=True)
        exec(code, self.recorder.namespace)

    def follow(self, code: CodeType) -> None:
        """Count the iterations of loops, if the shell has added calls to the block's code that
        report them (`instrument.LoopCounter`)."""
        if instrument.COUNT in code.co_names:
            self.places.regions = self._regions
            _active[:] = [self]

    def region(self, named: int | tuple[int, int]) -> int | None:
        """The number of a loop or function, which a call names by itself or by its place."""
        return named if isinstance(named, int) else self._named.get(named)

    def differentiate(self, result: Any) -> None:
        """Differentiate a result by the leaves it depends on, if it is a single number."""
        if not issubclass(type(result), torch.Tensor) or grad_fn(result) is None:
            return
        if result.numel() == 1:
            leaves = [it.tensor for it in self.recorder.sources.values() if it.tensor.requires_grad]
            torch.autograd.grad(result, leaves, allow_unused=True)

    def trace(self, namespace: Mapping[str, Any], error: BaseException | None = None) -> Trace:
        """The Trace of the recording; `namespace` has the names at its end.

        Without its graph if that can't be assembled: our fault is no error of the user's code.
        """
        try:
            return self._whole(namespace, error)
        except (RuntimeError, MemoryError, RecursionError) as problem:
            self.recorder.unable(problem)
            ours = failure("internal", type=type(problem).__name__)
            return Trace.empty(self.source, self._failure(error) or ours)

    def _whole(self, namespace: Mapping[str, Any], error: BaseException | None) -> Trace:
        with torch._C.DisableTorchFunction(), torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.recorder.look_again()
            self._name_by_assignment()
            ours = {
                name: value
                for name, value in namespace.items()
                if not issubclass(type(value), torch.Tensor) or self._known(value)
            }
            self._name_leaves(ours)
            name_containers(self.recorder, ours)
            graph = Assembled(self.recorder, self.limits, self.places, hooks=True)
            return Trace(
                version=VERSION,
                source=self.source,
                stdout="",
                echo=(),
                error=self._failure(error),
                truncated=graph.truncated(),
                variables=tuple(variables(ours, frozenset(), graph, snapshot)),
                nodes=graph.nodes,
                edges=tuple(graph.edges),
                passes=tuple(graph.passes),
                steps=tuple(graph.steps),
                writes=tuple(self.listening.writes.assemble(graph.id_of, graph.array)),
                unchecked="guest",
            )

    def _known(self, tensor: torch.Tensor) -> bool:
        fn = grad_fn(tensor)
        recorder = self.recorder
        return id(tensor) in recorder.sources if fn is None else fn in recorder.by_fn

    def _name_by_assignment(self) -> None:
        """Name the result of `name = call` by the text."""
        names = dict(_assigned(self.tree, self.places))
        recorder = self.recorder
        kept = [note for one in recorder.passes for note in one.notes]
        for note in (*kept, *recorder.notes):
            name = names.get(note.site.span) if note.site is not None else None
            if name is not None and (note.kind == "op" or note.source is not None):
                note.rename(name, 0)

    def _name_leaves(self, names: Mapping[str, Any]) -> None:
        """Name the leaves without a name as the namespace does, and locate them at the only
        assignment to that name in the text."""
        places: dict[str, list[ast.expr]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Name):
                        places.setdefault(target.id, []).append(node.value)
        for name, value in names.items():
            known = self.recorder.sources.get(id(value))
            if known is None or name.startswith("_"):  # IPython's own, `_` and `_12`
                continue
            note: Note | None = known.note
            while note is not None:
                if not note.names:
                    note.rename(name, 0)
                made = places.get(name, [])
                if note.site is None and len(made) == 1:
                    note.site = Site(self.places.span_of(made[0]), (), None)
                note = note.replaces

    def _failure(self, error: BaseException | None) -> Failure | None:
        if error is None:
            if self.recorder.ended is None:
                return None
            limit = {"nodes": self.limits.nodes, "passes": self.limits.passes}
            code = self.recorder.ended
            most = limit[code.removeprefix("limit_")]
            return Failure(code, "LimitReached", "", Span(1, 1, 1, 1), params={"limit": most})
        span = Span(1, 1, 1, 1)
        traceback = error.__traceback__
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == self.places.filename:
                span = self.places.site_at(traceback.tb_frame.f_code, traceback.tb_lasti).span
            traceback = traceback.tb_next
        return Failure("exception", type(error).__name__, words_of(error), span)


def _parsed(source: str) -> ast.Module | None:
    """The tree of a text; None if it is not plain Python (a cell with a magic in it)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _assigned(tree: ast.Module, places: Places) -> Iterator[tuple[Span, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Name):
                yield places.span_of(node.value), target.id


# ---- the calls that `instrument` adds -----------------------------------------------------------
# A function defined in a cell keeps them, and is called later too: then they do nothing.

LOOP_COUNTER = instrument.LoopCounter()
"""A shell's transformer that adds them to its cells with a recording."""

_active: list[Guest] = []
"""The recording that they report to, if there is one."""


def _bind(name: str, value: Any) -> None:
    if _active and issubclass(type(value), torch.Tensor | torch.nn.Module):
        if unreadable():
            return
        recorder = _active[0].recorder
        with recorder.describing, without_modes():
            recorder.bind(name, value)


def _named(name: str, value: Any) -> Any:
    _bind(name, value)
    return value


def _enter(loop: int | tuple[int, int]) -> None:
    if _active and (region := _active[0].region(loop)) is not None:
        _active[0].recorder.where.counts[region] = 0


def _count(named: int | tuple[int, int]) -> None:
    if _active and (region := _active[0].region(named)) is not None:
        counts = _active[0].recorder.where.counts
        counts[region] = counts.get(region, 0) + 1


def provide() -> None:
    """Provide what added calls call; without a recording that they belong to, they do nothing."""
    vars(builtins).update({
        instrument.LINE: lambda number: None,
        instrument.BIND: _bind,
        instrument.NAMED: _named,
        instrument.ENTER: _enter,
        instrument.COUNT: _count,
        instrument.ECHO: lambda number, value: value,
    })  # fmt: skip
