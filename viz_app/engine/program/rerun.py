"""The program itself, run again up to its first backward call with other numbers in its leaves.

Finite differences and curves need the value of the result at other points. Nothing recorded is
replayed: the program's code runs, so that branches, loop counts, masks, `.item()` and detached
values are computed again. A leaf gets its other number where it was made, or last written to before
its first use, so that everything after it sees the new number. Nothing is recorded, printed or
drawn meanwhile.

Leaves are moved in float64 where the program gives the same value there: then an operand that meets
a float64 one is widened with it. Random draws, which depend on the type, stay the program's own.
"""

import builtins
import io
import math
import pickle
import random
import sys
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from time import thread_time
from types import CodeType, FrameType, ModuleType
from typing import Any, NamedTuple

import numpy as np
import torch
from torch._C import DisableTorchFunction
from torch.overrides import TorchFunctionMode

from viz_app.engine.program import file_calls
from viz_app.engine.record import torch_patches
from viz_app.engine.record.call_names import CallName, call_name
from viz_app.engine.record.tensors import grad_fn, storage, tensors, weighted
from viz_app.engine.text import instrument
from viz_app.engine.text.positions import Places
from viz_app.engine.wire import FILENAME
from viz_app.model import Span

Tensor = torch.Tensor

SLOW = 0.5
"""Maximum seconds of computing in one run: a slower program is not run again."""
LONG = 5_000
"""Maximum number of statements and calls in one run: a longer program is not run again."""
ELEMENTS = 1_024
"""Maximum number of elements of a leaf whose elements can be moved."""
LONGER = 20
"""Maximum length of a run with other numbers, as a multiple of the first run's statements and
calls."""
FIXED = 10
"""Cost of starting a run, in statements and calls."""
KEPT = 256
"""Maximum number of values not followed by gradients that are kept from one run to be held fixed in
another."""

NARROW = frozenset({torch.float32, torch.float16, torch.bfloat16})
_WIDEN = {"float": Tensor.double, "half": Tensor.double, "bfloat16": Tensor.double}
_READ = frozenset({"item", "tolist", "bool", "float", "int", "index"})
"""Calls that give a tensor's numbers to Python."""
_SAME = frozenset({"requires_grad", "retain_grad", "detach", "share_memory"})
"""Calls whose name suggests that they change a tensor, but that leave its numbers."""

Move = tuple[int, int, float]
"""A leaf's index in `Rerun.leaves`, an element of it, and the change to add."""


class UnableError(Exception):
    """A run gave no value; the reason is its argument."""


class _Over(BaseException):
    """The end of a run: it reached its backward call, or took too long."""


class _Anchor(NamedTuple):
    """The point where a tensor has its numbers: before or after a call, with its index in that
    call.

    `made`: the index counts the result's tensors, else the arguments'.
    """

    call: int
    after: bool
    made: bool
    position: int


class Leaf(NamedTuple):
    """A leaf of the first result, in the state of its first use."""

    anchor: _Anchor
    dtype: torch.dtype
    shape: tuple[int, ...]
    data: tuple[float, ...]


class Cut(NamedTuple):
    """A call whose result gradients do not follow, though an operand requires one."""

    name: str
    span: Span
    result: Any


class Rerun:
    """Repeated runs of `code`, instrumented as for recording. `names` are added names."""

    def __init__(
        self, code: CodeType, places: Places, names: Mapping[str, Any], most: int = LONG
    ) -> None:
        self.code = code
        self.places = places
        self.names = dict(names)
        self.leaves: tuple[Leaf, ...] = ()
        self.order: tuple[int, ...] = ()
        """The index of each leaf among those that are reached from the root."""
        self.reached = 0
        """Leaves that are reached from the root, with those that can't be moved."""
        self.value = math.nan
        self.cost = 0
        self.wide = False
        self.halted = False
        """Set from outside: the run ends at its next statement."""
        self._most = most
        self._draws = True
        """True if the program draws from Python's or NumPy's generator."""
        self._weight: Tensor | None = None

    # ---- the leaves ---------------------------------------------------------------------------

    def scout(self) -> None:
        """Find the leaves, the value and the cost; choose the type. Raises UnableError."""
        began = thread_time()
        builtins.__dict__.update(_QUIET)
        mode = _Scout(self)
        self._execute(mode)
        self._draws = _drawn()
        if thread_time() - began > SLOW:
            raise UnableError("slow")
        try:
            self.leaves, self.order, self.reached = mode.leaves()
        except (RuntimeError, TypeError, ValueError) as error:  # no graph, or unusual tensors
            raise UnableError("unheard") from error
        self._weight = mode.weight
        self.value = mode.result(None)
        self.cost = FIXED + mode.calls + mode.statements + mode.work
        self._most = LONGER * (mode.calls + mode.statements)
        if not math.isfinite(self.value):
            raise UnableError("broken")
        if not _same(self.at(), self.value, 1e-6):
            raise UnableError("random")
        if any(leaf.dtype in NARROW for leaf in self.leaves):
            try:
                self.wide = _same(self.at(wide=True), self.value, 1e-3)
            except UnableError:
                self.wide = False
        else:
            self.wide = True

    def at(
        self, *moves: Move, wide: bool = False, held: "Mapping[int, Cut] | None" = None
    ) -> float:
        """The value of the result with elements of leaves moved; calls in `held` keep their
        results.

        Raises UnableError if the program gives none.
        """
        mode = _Moved(self, moves, wide, held or {})
        self._execute(mode)
        return mode.result(self._weight)

    def cuts(self, wide: bool) -> dict[int, Cut]:
        """The calls whose results gradients do not follow, by their number."""
        mode = _Cutting(self, wide)
        self._execute(mode)
        return mode.found

    # ---- one run ------------------------------------------------------------------------------

    def _execute(self, mode: "_Running") -> None:
        module = ModuleType("__main__")
        module.__dict__.update(self.names, __builtins__=builtins, torch=torch)
        builtins.__dict__[instrument.LINE] = mode.line
        sys.modules["__main__"] = module
        _afresh(self._draws)
        torch_patches.present.rerun = mode
        try:
            with mode:
                exec(self.code, module.__dict__)
        except _Over:
            pass
        except BaseException as error:
            if self.halted:
                raise
            raise UnableError("unheard") from error
        finally:
            torch_patches.present.rerun = None
        if mode.root is None:
            raise UnableError("long" if mode.over else "unheard")


def _nothing(*_: Any) -> None:
    pass


def _named(_: str, value: Any) -> Any:
    return value


_QUIET = {
    instrument.BIND: _nothing,
    instrument.NAMED: _named,
    instrument.ENTER: _nothing,
    instrument.COUNT: _nothing,
    instrument.ECHO: _nothing,
}


def _same(one: float, other: float, close: float) -> bool:
    return abs(one - other) <= close * max(1.0, abs(other))


def _drawn() -> bool:
    """True if Python's or NumPy's generator has changed since the program's start."""
    ours, theirs = random.getstate(), np.random.get_state(legacy=False)
    random.seed(0)
    np.random.seed(0)
    fresh = np.random.get_state(legacy=False)
    # Written as text, their 624 numbers would take longer than the program.
    return ours != random.getstate() or pickle.dumps(theirs) != pickle.dumps(fresh)


def _afresh(draws: bool) -> None:
    """Restore the settings that a program starts with; `draws`: including Python's and NumPy's
    generators."""
    if draws:
        random.seed(0)
        np.random.seed(0)
    file_calls.forget()
    torch.default_generator.manual_seed(0)
    torch.set_grad_enabled(True)
    torch.set_default_dtype(torch.float32)
    if torch.are_deterministic_algorithms_enabled():
        torch.use_deterministic_algorithms(False)
    if torch.is_anomaly_enabled():
        torch.set_anomaly_enabled(False)


class _Null(io.TextIOBase):
    """A sink for the prints of a rerun."""

    encoding = "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        return len(text)


@contextmanager
def silence() -> Iterator[None]:
    """Suppress the prints and warnings of reruns."""
    nowhere = _Null()
    with redirect_stdout(nowhere), redirect_stderr(nowhere), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


# ---- modes ----


class _Running(TorchFunctionMode):
    """A mode that counts the calls of one run and ends it at its first backward call."""

    def __init__(self, of: Rerun) -> None:
        super().__init__()
        self.of = of
        self.calls = 0
        self.statements = 0
        self.work = 0
        """Elements that the calls read and made, by the thousand."""
        self.inside = 0
        """Depth of custom Functions, whose forward gradients do not pass through."""
        self.root: Tensor | None = None
        self.weight: Tensor | None = None
        self.over = False

    def line(self, _: int) -> None:
        """Count the statement that begins."""
        self.statements += 1
        if (
            self.root is not None
            or self.of.halted
            or self.statements + self.calls + self.work > self.of._most
        ):
            self.over = True
            raise _Over

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        return self.called(func, call_name(func), args, kwargs or {})

    def called(
        self, func: Callable[..., Any], name: CallName, args: Any, kwargs: dict[str, Any]
    ) -> Any:
        """Make a call of the program's."""
        raise NotImplementedError

    def applies(
        self, call: Callable[..., Any], name: str, args: Any, kwargs: dict[str, Any]
    ) -> Any:
        """Make a call of a custom Function."""
        self.inside += 1
        try:
            return self.called(call, CallName(name, False, False, False, False), args, kwargs)
        finally:
            self.inside -= 1

    def reached(self, roots: Sequence[Tensor], initial: Sequence[Tensor | None]) -> None:
        """Handle the program's backward call."""
        if self.root is None:
            if len(roots) != 1:
                raise UnableError("roots")
            self.root = roots[0]
            self.weight = None if initial[0] is None else initial[0].detach().clone()
        raise _Over

    def result(self, weight: Tensor | None) -> float:
        """The root, weighted by the gradient that backward began with."""
        assert self.root is not None
        return weighted(self.root, self.weight if weight is None else weight)


class _Scout(_Running):
    """A mode that notes where each tensor got its numbers, and the tensors that graphs were made
    of."""

    def __init__(self, of: Rerun) -> None:
        super().__init__(of)
        self._anchors: dict[int, tuple[weakref.ref[Tensor], _Anchor]] = {}
        self._written: dict[int | None, int] = {}
        self._used: dict[int, tuple[Tensor, _Anchor, tuple[float, ...]]] = {}

    def called(
        self, func: Callable[..., Any], name: CallName, args: Any, kwargs: dict[str, Any]
    ) -> Any:
        self.calls += 1
        call = self.calls
        given = list(tensors((args, kwargs)))
        with DisableTorchFunction():
            for position, tensor in enumerate(given):
                if grad_fn(tensor) is None and self._anchor(tensor) is None:
                    self._note(tensor, _Anchor(call, False, False, position))
        result = func(*args, **kwargs)
        with DisableTorchFunction():
            if given and name.changes and name.plain not in _SAME:
                self._written[storage(given[0])] = call
                self._note(given[0], _Anchor(call, True, False, 0))
            made = list(tensors(result))
            self.work += sum(tensor.numel() // 1_000 for tensor in (*given, *made))
            for position, tensor in enumerate(made):
                if grad_fn(tensor) is None and self._anchor(tensor) is None:
                    self._note(tensor, _Anchor(call, True, True, position))
            if any(grad_fn(tensor) is not None for tensor in made):
                for tensor in given:
                    if tensor.requires_grad and grad_fn(tensor) is None:
                        self._use(tensor)
        return result

    def _anchor(self, tensor: Tensor) -> _Anchor | None:
        known = self._anchors.get(id(tensor))
        if known is None or known[0]() is not tensor:
            return None
        anchor = known[1]
        return anchor if anchor.call >= self._written.get(storage(tensor), 0) else None

    def _note(self, tensor: Tensor, anchor: _Anchor) -> None:
        self._anchors[id(tensor)] = weakref.ref(tensor), anchor

    def _use(self, tensor: Tensor) -> None:
        anchor = self._anchor(tensor)
        if id(tensor) not in self._used and anchor is not None:
            few = tensor.numel() <= ELEMENTS
            data = tuple(tensor.detach().reshape(-1).tolist()) if few else ()
            self._used[id(tensor)] = tensor, anchor, data

    def leaves(self) -> tuple[tuple[Leaf, ...], tuple[int, ...], int]:
        """The leaves that can be moved in creation order, their indices in the order of the walk
        from the root, and the number of leaves reached there."""
        with DisableTorchFunction():
            assert self.root is not None
            found: list[Leaf | None] = []
            for tensor in _variables(self.root):
                self._use(tensor)
                known = self._used.get(id(tensor))
                movable = tensor.is_floating_point() and tensor.numel() <= ELEMENTS
                found.append(
                    Leaf(known[1], tensor.dtype, tuple(tensor.shape), known[2])
                    if movable and known is not None
                    else None
                )
        known_leaves = [(leaf, place) for place, leaf in enumerate(found) if leaf is not None]
        known_leaves.sort(key=lambda pair: pair[0].anchor)
        leaves, places = zip(*known_leaves, strict=True) if known_leaves else ((), ())
        return leaves, places, len(found)


def _variables(root: Tensor) -> Iterator[Tensor]:
    """The leaves of a graph, in the order of the walk that `Recorder.leaves` makes of the notes."""
    if not root.requires_grad:
        return  # made under no_grad: backward() itself will raise
    walk = [torch.autograd.graph.get_gradient_edge(root).node]
    seen = set()
    while walk:
        node = walk.pop()
        if node in seen:
            continue
        seen.add(node)
        variable = getattr(node, "variable", None)
        if variable is not None:
            yield variable
            continue
        walk.extend(before for before, _ in node.next_functions if before is not None)


class _Moved(_Running):
    """A mode that moves elements of leaves; with `wide` all leaves are float64, and what meets
    them."""

    def __init__(
        self, of: Rerun, moves: Sequence[Move], wide: bool, held: Mapping[int, Cut]
    ) -> None:
        super().__init__(of)
        self.wide = wide
        self.held = held
        shifts: dict[int, list[tuple[int, float]]] = {}
        for leaf, element, shift in moves:
            shifts.setdefault(leaf, []).append((element, shift))
        self._due: dict[int, list[tuple[_Anchor, list[tuple[int, float]]]]] = {}
        for place, leaf_ in enumerate(of.leaves):
            if wide or place in shifts:
                due = self._due.setdefault(leaf_.anchor.call, [])
                due.append((leaf_.anchor, shifts.get(place, [])))

    def called(
        self, func: Callable[..., Any], name: CallName, args: Any, kwargs: dict[str, Any]
    ) -> Any:
        self.calls += 1
        due = self._due.get(self.calls)
        held = self.held.get(self.calls)
        if due is not None:
            self._put([one for one in due if not one[0].after], (args, kwargs))
        if held is not None and held.name == name.plain and not name.changes:
            return _copy(held.result)
        if self.wide:
            func, args, kwargs = _widened(func, name, args, kwargs)
        result = func(*args, **kwargs)
        if held is not None and name.changes:
            with DisableTorchFunction(), torch.no_grad():
                _first(args, kwargs).data = held.result.clone()
        if due is not None:
            self._put([one for one in due if one[0].after and not one[0].made], (args, kwargs))
            self._put([one for one in due if one[0].made], result)
        return result

    def _put(self, due: list[tuple[_Anchor, list[tuple[int, float]]]], among: Any) -> None:
        if not due:
            return
        found = list(tensors(among))
        with DisableTorchFunction(), torch.no_grad():
            for anchor, shifts in due:
                tensor = found[anchor.position]
                dtype = torch.float64 if self.wide and tensor.dtype in NARROW else tensor.dtype
                moved = tensor.detach().to(dtype, copy=True, memory_format=torch.contiguous_format)
                for element, shift in shifts:
                    moved.view(-1)[element] += shift
                tensor.data = moved


class _Cutting(_Moved):
    """A mode that keeps the results that gradients do not follow."""

    def __init__(self, of: Rerun, wide: bool) -> None:
        super().__init__(of, (), wide, {})
        self.found: dict[int, Cut] = {}
        self._anchors = {leaf.anchor for leaf in of.leaves}
        self._leaves: list[Tensor] = []

    def called(
        self, func: Callable[..., Any], name: CallName, args: Any, kwargs: dict[str, Any]
    ) -> Any:
        call = self.calls + 1
        with DisableTorchFunction():
            given = list(tensors((args, kwargs)))
            asks = any(
                one.requires_grad or any(one is leaf for leaf in self._leaves) for one in given
            )
        result = super().called(func, name, args, kwargs)
        with DisableTorchFunction():
            self._see(call, result, given)
            if asks and not self.inside and len(self.found) < KEPT:
                self._keep(call, name, result, args, kwargs)
        return result

    def _see(self, call: int, result: Any, given: list[Tensor]) -> None:
        made = list(tensors(result))
        for anchor in self._anchors:
            if anchor.call == call:
                self._leaves.append((made if anchor.made else given)[anchor.position])

    def _keep(
        self, call: int, name: CallName, result: Any, args: Any, kwargs: dict[str, Any]
    ) -> None:
        if name.changes:
            result = _first(args, kwargs)
            if name.plain in _SAME or not isinstance(result, Tensor):
                return
        made = list(tensors(result))
        follows = any(one.requires_grad for one in made)
        number = not made and name.plain in _READ
        if (
            follows
            or not (made or number)
            or any(one is leaf for one in made for leaf in self._leaves)
        ):
            return
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and frame.f_code.co_filename != FILENAME:
            frame = frame.f_back
        if frame is not None:
            span = self.of.places.site_at(frame.f_code, frame.f_lasti).span
            self.found[call] = Cut(name.plain, span, _copy(result))


def _first(args: Any, kwargs: dict[str, Any]) -> Any:
    """The argument that a call may change."""
    return args[0] if args else next(iter(kwargs.values()), None)


def _copy(value: Any) -> Any:
    """A copy of a value as it is now, whatever is done to its tensors later."""
    with DisableTorchFunction():
        if isinstance(value, Tensor):
            return value.detach().clone()
        if isinstance(value, list | tuple):
            made = [_copy(part) for part in value]
            return type(value)(made) if type(value) in (list, tuple) else tuple(made)
        return value


def _widened(
    func: Callable[..., Any], name: CallName, args: Any, kwargs: dict[str, Any]
) -> tuple[Callable[..., Any], Any, dict[str, Any]]:
    """The call with float64 operands if one of them has that type already."""
    narrow = double = False
    for tensor in tensors((args, kwargs)) if kwargs else tensors(args):
        dtype = tensor.dtype
        double = double or dtype is torch.float64
        narrow = narrow or dtype in NARROW
    if not double:
        return func, args, kwargs
    func = _WIDEN.get(name.plain, func)
    if not narrow and not kwargs and not any(type(one) is torch.dtype for one in args):
        return func, args, kwargs
    first = _first(args, kwargs)
    if name.changes and isinstance(first, Tensor) and first.dtype in NARROW:
        with DisableTorchFunction():
            if first._is_view() or grad_fn(first) is not None:
                raise UnableError("narrow")
            first.data = first.data.double()
    return func, _wide(args), _wide(kwargs)


def _wide(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.double() if value.dtype in NARROW else value
    if isinstance(value, torch.dtype):
        return torch.float64 if value in NARROW else value
    if type(value) in (tuple, list):
        return type(value)(map(_wide, value))
    if type(value) is dict:
        return {key: _wide(one) for key, one in value.items()}
    return value
