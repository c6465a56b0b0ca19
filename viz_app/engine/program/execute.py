"""One run of a program: text -> code, run as ordinary Python while recorded -> Trace.

`run` is what a child calls; it can be called in any process that has torch (the tests do) and
restores everything it changed.
"""

import ast
import builtins
import contextlib
import gc
import linecache
import math
import mmap
import random
import sys
import warnings
from collections.abc import Callable, Iterator
from types import FrameType, ModuleType, TracebackType
from typing import Any, TypeVar

import msgspec
import numpy as np
import torch

from viz_app.engine.program import file_calls, stub_modules
from viz_app.engine.program.error_hints import hint_for, syntax_hint
from viz_app.engine.program.measure import RUNS, Measuring
from viz_app.engine.program.process_state import everything_as_it_was
from viz_app.engine.program.rerun import LONG, Rerun, UnableError, silence
from viz_app.engine.program.stderr import Errors, plain_tracebacks
from viz_app.engine.program.stdout import Console
from viz_app.engine.record import torch_patches
from viz_app.engine.record.assemble import Assembled
from viz_app.engine.record.listener import Listening
from viz_app.engine.record.notes import Note
from viz_app.engine.record.pass_marks import norms
from viz_app.engine.record.recorder import Recorder
from viz_app.engine.record.tensors import unreadable, without_modes
from viz_app.engine.record.values import snapshot
from viz_app.engine.record.variables import name_containers, variables
from viz_app.engine.scrub import words_of
from viz_app.engine.text import cells, instrument
from viz_app.engine.text.editable import Editable
from viz_app.engine.text.positions import Places
from viz_app.engine.wire import BOARD, FILENAME, Files, Plan
from viz_app.errors import VizError, failure
from viz_app.limits import Limits
from viz_app.model import VERSION, Failure, Span, Trace, Truncation

T = TypeVar("T")

STOPPED = "stopped"
"""The failure code of a run that ended at a requested statement."""

LAST = "_"
"""A notebook's name for its last output, which any other `_` in the program hides."""

_NAMED = (torch.Tensor, torch.nn.Module)
"""Types of the values whose names are noted."""

_COLLECT = 200_000
"""New objects after which Python looks for cycles while a program runs."""

_running: "Execution | None" = None
_board: memoryview | None = None


def run(
    source: str,
    limits: Limits | None = None,
    deliver: Callable[[Trace], None] | None = None,
    *,
    stop_before: int | None = None,
    namespace: dict[str, Any] | None = None,
    rewrite: Callable[[ast.Module], None] | None = None,
    plan: Plan | None = None,
    chosen_pass: int | None = None,
    again: Callable[[Plan], None] | None = None,
    files: Files = (),
) -> Trace:
    """Run a program and return its Trace, with `error` filled if it ended in an exception.

    `deliver` gets the Trace at once when a budget is used up; in a child it does not return, and
    without it the program ends there. `stop_before` ends the run before that statement (counted
    from 1 as they run). `namespace` adds top-level names, `rewrite` changes the parsed text once
    its positions are known. `again` gets the plan for a second run of a long program, whose first
    passes only are recorded then; `chosen_pass` is a pass to be in it. Without `again` all are
    recorded, or what `plan` names. `files` are in the folder in which the program begins. Raises
    VizError for a text that does not parse.
    """
    one = Execution(
        source, limits or Limits(), deliver, stop_before, namespace or {}, rewrite, files
    )
    one.follow(plan, chosen_pass, again)
    return one.trace()


def running() -> bool:
    """True while a program runs, and while its trace is being assembled."""
    return _running is not None


def stop(code: str) -> None:
    """End the running program now with this failure code; its Trace goes to `deliver`.

    A program that has ended by itself, or by another limit, keeps that end.
    """
    if _running is not None and (_running.rerun is not None or not _running.assembling):
        _running.full(code)


def printed(code: str) -> Trace:
    """The trace of the running program without its graph, ended by this failure."""
    assert _running is not None
    return _running.printed(_running.budget(code))


def line() -> int:
    """The line that is running, 0 before the first."""
    return _running.line if _running is not None else 0


def watch(board: memoryview) -> None:
    """Also write the current line and the statement count to `board`, as `wire.BOARD`."""
    global _board
    _board = board


RESERVED = 8
"""Inverse of the share of the memory limit that a program can't use: its trace is made with it,
once the program has used up the rest."""


class _Ended(BaseException):
    """Raised to end a run in a process that must survive it, when a budget is used up."""


class Execution:
    """One run; the calls that `instrument` added report its events."""

    def __init__(
        self,
        source: str,
        limits: Limits,
        deliver: Callable[[Trace], None] | None,
        stop_before: int | None,
        namespace: dict[str, Any],
        rewrite: Callable[[ast.Module], None] | None = None,
        files: Files = (),
    ) -> None:
        self.source = source
        self.limits = limits
        self.files = files
        self.deliver = deliver
        self.stop_before = stop_before
        tree, self.unparsed = self._parse()
        self.places = Places(source, tree)
        self.editable = Editable(tree, self.places)
        if rewrite is not None:
            rewrite(tree)
        self.module = ModuleType("__main__")
        self.globals = self.module.__dict__
        self.globals["__builtins__"] = builtins
        self.globals["torch"] = torch
        self.globals.update(namespace)
        self.recorder = Recorder(self.places, limits, self.full, self.globals)
        self.listening = Listening(self.recorder)
        self.recorded = self._noting = True
        self.console = Console(limits.printed_characters, self.full)
        self.errors = Errors(self.console)
        self.line = 0
        self.statements = 0
        self.ended: str | None = None
        self.assembling = False
        self.given = dict(namespace)
        self.rerun: Rerun | None = None
        self.plan: Plan | None = None
        self.chosen_pass: int | None = None
        self.send_plan: Callable[[Plan], None] | None = None
        self._switch_at: float = math.inf
        self._begun = 1
        self._reserve: mmap.mmap | None = None
        if deliver is not None and sys.platform == "linux":  # a child, which has the limit
            # It is never written to, so it costs the host nothing.
            private = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
            self._reserve = mmap.mmap(-1, limits.memory_bytes // RESERVED, flags=private)
        self.code = self._compile(tree)

    # ---- text -> code -------------------------------------------------------------------------

    def _parse(self) -> tuple[ast.Module, Failure | None]:
        """The tree to run, and the failure of the first cell of a notebook that does not parse.

        The cells before that one run, as they do in a notebook. In a text without cells nothing
        runs.
        """
        try:
            tree, broken = cells.readable(self.source)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise VizError(_unparsed(error, self.source)) from None
        return tree, _unparsed(broken, self.source) if broken is not None else None

    def _compile(self, tree: ast.Module) -> Any:
        try:
            self.cells = instrument.instrument(tree, self.places)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return compile(tree, FILENAME, "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise VizError(_unparsed(error, self.source)) from None

    # ---- the calls added to the program -------------------------------------------------------

    def _at_line(self, number: int) -> None:
        self.line = number
        self.statements += 1
        if self.statements >= self._switch_at:
            self._switch()
        if self.statements == self.stop_before:
            self.full(STOPPED)
        if _board is not None:
            BOARD.pack_into(_board, 0, number, self.statements)

    def _bind(self, name: str, value: Any) -> None:
        # isinstance would ask the value itself.
        if self._noting and issubclass(type(value), _NAMED):
            if unreadable():
                return
            with self.recorder.describing, without_modes():
                self.recorder.bind(name, value)

    def _named(self, name: str, value: Any) -> Any:
        self._bind(name, value)
        return value

    def _enter(self, loop: int) -> None:
        self.recorder.where.counts[loop] = 0

    def _count(self, region: int) -> None:
        counts = self.recorder.where.counts
        counts[region] = counts.get(region, 0) + 1

    # ---- recorded or not ----------------------------------------------------------------------

    def follow(
        self, plan: Plan | None, chosen_pass: int | None, again: Callable[[Plan], None] | None
    ) -> None:
        """Record what the plan names; without one, the first passes, and `again` gets a plan."""
        self.plan, self.chosen_pass, self.send_plan = plan, chosen_pass, again
        self.listening.passed = self._passed
        if chosen_pass is not None:
            self.recorder.choose(chosen_pass)
        if plan is not None and plan.stretches:
            self.recorder.keep_only(plan.wanted)
            self.listening.norms = norms(plan)
            self._switch_at = plan.stretches[0][1] or math.inf

    def _passed(self, root: float | None, norm: float | None) -> None:
        """Note the mark of a pass, and pause once enough are recorded."""
        recorder = self.recorder
        recorder.pass_marks.mark(root, norm, self.line, recorder.where.loop(), self._begun)
        self._begun = self.statements + 1
        if self.plan is not None or self.send_plan is None or self.listening.paused:
            return
        if recorder.sated and not self.places.sets_data:
            self._switch_at = self._begun

    def _switch(self) -> None:
        """Pause or record again, now or at the next statement at which that is possible."""
        now = self.statements
        stretches = self.plan.stretches if self.plan is not None else ()
        inside = any(start <= now < (end or math.inf) for start, end in stretches)
        if self.listening.paused:
            done = not inside or self.listening.resume()
        else:
            done = inside or self.listening.leave()
        self._noting = not self.listening.paused
        later = [at for stretch in stretches for at in stretch if at is not None and at > now]
        self._switch_at = min(later, default=math.inf) if done else now + 1

    def _announce(self, error: Failure | None) -> bool:
        """Send the plan for another run if this one has not recorded all that is wanted."""
        if self.send_plan is None or self.ended is not None:
            return False
        kind = error.type if error is not None else ""
        recorder, plan = self.recorder, self.plan
        if plan is None:
            if not self.listening.left:
                return False
            plan = recorder.pass_marks.plan(len(recorder.passes), self.chosen_pass, kind)
        elif not plan.stretches or self._carried_out(plan, kind):
            return False
        self.send_plan(plan)
        return True

    def _carried_out(self, plan: Plan, error: str) -> bool:
        return (
            not self.recorder.missing()
            and self.recorder.total_passes == max(plan.wanted)
            and error == plan.error
        )

    def _echo(self, number: int, value: Any) -> None:
        self.console.echo(number, value)
        if self.cells and value is not None:
            builtins.__dict__[LAST] = value

    # ---- the run ------------------------------------------------------------------------------

    def trace(self) -> Trace:
        """Run to the end and return the trace."""
        global _running
        with everything_as_it_was(), self._surroundings():
            _running = self
            try:
                error = self._execute()
                trace = self._assemble(error)
                return trace if self._announce(error) else self._measured(trace)
            finally:
                _running = None

    def outcome(self) -> Failure | None:
        """Run to the end unrecorded; return the failure that stopped it, None if there was none."""
        global _running
        self.recorded = self._noting = False
        with everything_as_it_was(), self._surroundings():
            _running = self
            try:
                return self._execute()
            finally:
                _running = None

    def again(self, use: Callable[[Rerun], T]) -> T:
        """Hand the program over for unrecorded reruns. Raises UnableError."""
        global _running
        with everything_as_it_was(), self._surroundings():
            _running = self
            try:
                return self._again(use)
            finally:
                _running = None

    def _again(self, use: Callable[[Rerun], T], most: int = LONG) -> T:
        self.rerun = Rerun(self.code, self.places, self.given, most)
        try:
            with silence():
                return use(self.rerun)
        except _Ended:
            raise UnableError("slow") from None
        finally:
            self.rerun = None

    def _measured(self, trace: Trace) -> Trace:
        """The trace with measurements from rerunning the program with other numbers."""
        began = bool(trace.passes and trace.passes[0].roots)  # not at a tensor without a graph
        if not self.limits.replayed_calls or not began or self.ended is not None:
            return trace
        measuring = Measuring(self.limits.replayed_calls, self.limits.curves)
        nodes: tuple[int | None, ...] = ()

        def measure(rerun: Rerun) -> None:
            nonlocal nodes
            if self.listening.first is None:
                raise UnableError("roots")
            rerun.scout()
            reached = [self.graph.id_of(note) for note in self.recorder.leaves()]
            if len(reached) != rerun.reached:
                raise UnableError("random")
            nodes = tuple(reached[place] for place in rerun.order)
            measuring.measure(rerun, self.listening.first, nodes)

        unable = None
        try:
            self._again(measure, self.limits.replayed_calls // RUNS)
        except UnableError as why:
            unable = str(why)
        except (RuntimeError, LookupError, TypeError, ValueError, AttributeError, AssertionError):
            unable = "unheard"  # the recorded part is shown all the same
        return msgspec.structs.replace(
            trace,
            checks=tuple(measuring.checks),
            curves=tuple(measuring.curves),
            unchecked=unable,
            measurable=nodes if unable is None or unable == "long" else (),
        )

    def _execute(self) -> Failure | None:
        try:
            with self.listening if self.recorded else contextlib.nullcontext():
                exec(self.code, self.globals)
        except _Ended:
            return self.budget(self.ended or STOPPED)
        except SystemExit as stopped:
            if stopped.code in (None, 0):
                return None
            return self._exception(stopped)
        except BaseException as error:  # noqa: BLE001 - whatever the visitor's program raises
            return self._exception(error)
        return self.unparsed

    def full(self, code: str) -> None:
        """End the run because a budget (or the time) is used up: deliver the trace so far."""
        if self.rerun is not None:  # the program itself has ended
            self.rerun.halted = True
            raise _Ended
        if self.ended is None:
            self.ended = code
            if self.plan is not None and self.send_plan is not None:
                self.send_plan(self.plan)  # it did not come as far as without it
            if self.deliver is not None:
                # The function mode may be active right here; assembling must not be recorded.
                with torch._C.DisableTorchFunction():
                    self.deliver(self._assemble(self.budget(code)))
        raise _Ended

    def printed(self, error: Failure | None) -> Trace:
        """The trace without its graph: the output printed so far."""
        with torch._C.DisableTorchFunction():
            return msgspec.structs.replace(
                Trace.empty(self.source, error),
                stdout=self.console.text(),
                echo=tuple(self.console.echoes),
                stderr=self.errors.texts(),
            )

    def _assemble(self, error: Failure | None) -> Trace:
        """The trace; without its graph if that can't be assembled, as when memory is used up."""
        self.assembling = True
        if self._reserve is not None:
            self._reserve.close()
        try:
            return self._whole(error)
        except (RuntimeError, MemoryError, RecursionError) as problem:
            self.recorder.unable(problem)
            return self.printed(error or failure("internal", type=type(problem).__name__))

    def _whole(self, error: Failure | None) -> Trace:
        with torch._C.DisableTorchFunction(), torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.recorder.finish()
            self.recorder.look_again()
            name_containers(self.recorder, self.globals)
            graph = Assembled(
                self.recorder,
                self.limits,
                self.places,
                "hook" in self.source,
                hurried=self.ended is not None,
            )
            self.graph = graph
            return Trace(
                version=VERSION,
                source=self.source,
                stdout=self.console.text(),
                echo=tuple(self.console.echoes),
                stderr=self.errors.texts(),
                error=error,
                truncated=self._truncated(graph),
                variables=tuple(variables(self.globals, frozenset(self.given), graph, snapshot)),
                nodes=graph.nodes,
                edges=tuple(graph.edges),
                passes=tuple(graph.passes),
                steps=tuple(graph.steps),
                inputs=self.editable.inputs(
                    graph.nodes, tuple(graph.passes), failed=error is not None
                ),
                calls=self.editable.calls(graph.nodes, graph.layers()),
                left_out=self.recorder.left_out,
                marks=self.recorder.pass_marks.marks(),
                writes=tuple(self.listening.writes.assemble(graph.id_of, graph.array)),
            )

    def _truncated(self, graph: Assembled) -> Truncation | None:
        cut, plan = graph.truncated(), self.plan
        if cut is None or plan is None:
            return cut
        differs = self.recorder.pass_marks.digest() != plan.digest
        return msgspec.structs.replace(cut, differs=differs)

    # ---- failures -----------------------------------------------------------------------------

    def budget(self, code: str) -> Failure:
        """The failure of a run whose budget is used up, and how far it came."""
        span = Span(max(self.line, 1), 1, max(self.line, 1), 1)
        name = code.removeprefix("limit_")
        amounts = {
            "wall": self.limits.wall_seconds,
            "cpu": self.limits.cpu_seconds,
            "nodes": self.limits.nodes,
            "printed": self.limits.printed_characters,
            "passes": self.limits.passes,
        }
        params: dict[str, str | int | float] = (
            {"limit": amounts[name]} if code.startswith("limit_") and name in amounts else {}
        )
        if self.recorder.total_passes:
            params["passes"] = self.recorder.total_passes
        return Failure(code, "LimitReached", "", span, params=params)

    def _exception(self, error: BaseException) -> Failure:
        kind = type(error).__name__
        message = words_of(error)
        stop = next(
            (it.stop for it in self.recorder.passes if it.stop and it.stop.error is error), None
        )
        at = None if stop is None else stop.at if isinstance(stop.at, Note) else stop.at.note
        forward = at.site.span.line if at is not None and at.site is not None else None
        span, names = self._where(error.__traceback__)
        statement = "\n".join(self.places.lines[span.line - 1 : span.end_line])
        with torch._C.DisableTorchFunction():
            hint = hint_for(error, message, names, statement)
        return Failure(
            "exception",
            kind,
            message,
            span,
            hint=hint.key if hint else None,
            params=hint.params if hint else {},
            forward_line=forward,
        )

    def _where(self, traceback: TracebackType | None) -> tuple[Span, dict[str, Any]]:
        """The innermost position of a traceback in the visitor's text, and the names visible
        there."""
        span = Span(max(self.line, 1), 1, max(self.line, 1), 1)
        names = self.globals
        while traceback is not None:
            frame = traceback.tb_frame
            if frame.f_code.co_filename == FILENAME:
                span = self.places.site_at(frame.f_code, traceback.tb_lasti).span
                names = self.globals | frame.f_locals
            traceback = traceback.tb_next
        return span, names

    # ---- the surroundings --------------------------------------------------------------------

    @contextlib.contextmanager
    def _surroundings(self) -> Iterator[None]:
        """Provide the program's own __main__, stdout, builtins, seeds and stub modules, for the run
        only."""
        added: dict[str, Callable[..., Any]] = {
            instrument.LINE: self._at_line,
            instrument.BIND: self._bind,
            instrument.NAMED: self._named,
            instrument.ENTER: self._enter,
            instrument.COUNT: self._count,
            instrument.ECHO: self._echo,
        }
        if self.cells:  # as in a notebook
            added |= {name: getattr(stub_modules, name) for name in ("display", "get_ipython")}
        before = sys.modules.get("__main__")
        recursion = sys.getrecursionlimit()
        finder = stub_modules.Finder()
        sys.modules["__main__"] = self.module
        sys.meta_path.insert(0, finder)
        linecache.cache[FILENAME] = (
            len(self.source), None, [f"{text}\n" for text in self.places.lines], FILENAME
        )  # fmt: skip
        builtins.__dict__.update(added)
        random.seed(0)
        np.random.seed(0)
        torch.default_generator.manual_seed(0)
        if _other_devices():  # seeding all of them reads source files, each time
            torch.manual_seed(0)
        collecting = gc.get_threshold()
        # The notes are many and live to the end: looking through them for cycles every 700 objects
        # more than doubles the time of a long program.
        gc.set_threshold(_COLLECT, *collecting[1:])
        depth = _depth()
        sys.setrecursionlimit(recursion + depth)  # as deep as the program could go on its own
        try:
            with contextlib.ExitStack() as around:
                around.enter_context(torch_patches.program())
                around.enter_context(file_calls.installed(self.limits, self.files))
                around.enter_context(contextlib.redirect_stdout(self.console))
                around.enter_context(contextlib.redirect_stderr(self.errors))
                around.enter_context(warnings.catch_warnings())
                around.enter_context(plain_tracebacks())
                warnings.showwarning = self.errors.warn
                yield
        finally:
            sys.setrecursionlimit(recursion)
            gc.set_threshold(*collecting)
            for name in added:
                del builtins.__dict__[name]
            builtins.__dict__.pop(LAST, None)
            linecache.cache.pop(FILENAME, None)
            sys.meta_path.remove(finder)
            finder.forget()
            if before is not None:
                sys.modules["__main__"] = before


def _other_devices() -> bool:
    """True if torch can compute elsewhere than on the processor."""
    if hasattr(torch, "accelerator"):  # since torch 2.6
        return torch.accelerator.is_available()
    return torch.cuda.is_available() or torch.backends.mps.is_available()


def _depth() -> int:
    frame: FrameType | None = sys._getframe(1)
    depth = 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1
    return depth


def _unparsed(error: BaseException, source: str) -> Failure:
    """The failure of a text that does not parse, at the position that Python names."""
    if isinstance(error, SyntaxError):
        line, column = error.lineno or 1, max(error.offset or 1, 1)
        end = (error.end_lineno or line, max(error.end_offset or column, 1))
        span = Span(line, column, *max(end, (line, column)))
        lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        hint = syntax_hint(str(error.msg), lines[line - 1] if line <= len(lines) else "")
        return Failure(
            "syntax", type(error).__name__, str(error.msg), span, hint.key, dict(hint.params)
        )
    start = Span(1, 1, 1, 1)
    if isinstance(error, RecursionError | MemoryError):
        return Failure("too_deep", type(error).__name__, "", start)
    return Failure("syntax", type(error).__name__, str(error), start)
