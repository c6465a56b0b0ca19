"""The tensors at the program's top level when it ends, and the names of those inside containers."""

from collections.abc import Callable, Iterator
from typing import Any, TypeGuard, TypeVar

import torch

from viz_app.engine.record.assemble import Assembled, submodules
from viz_app.engine.record.recorder import Recorder
from viz_app.engine.record.tensors import fn_name, grad_fn, is_leaf, own_grad
from viz_app.engine.record.values import Held
from viz_app.engine.text.positions import Site
from viz_app.limits import Limits
from viz_app.model import Variable

Kind = TypeVar("Kind")

_DEPTH = 3
_LONGEST = Limits().source_bytes
"""Maximum number of characters of a name."""
_MEMBERS = 64
"""Maximum number of named members of one container: a list of a thousand losses needs no more."""


def variables(
    namespace: dict[str, Any],
    given: frozenset[str],
    graph: Assembled,
    snapshot: Callable[[torch.Tensor], Held | None],
) -> Iterator[Variable]:
    """Every tensor bound to a top-level name, with the values that the program would read."""
    for name, tensor in list(namespace.items()):
        if not _written(name) or name in given or not _is(tensor, torch.Tensor):
            continue
        value = graph.array(snapshot(tensor))
        if value is None:
            continue
        fn = grad_fn(tensor)
        grad = own_grad(tensor)
        node = graph.node_of(tensor)
        if node is not None and repr(graph.nodes[node[0]].values[node[1]]) != repr(value):
            node = None  # written to under no_grad: its operation gave another value
        yield Variable(
            name=name,
            value=value,
            requires_grad=tensor.requires_grad,
            is_leaf=is_leaf(tensor),
            grad_fn=fn_name(fn) if fn is not None else None,
            grad=graph.array(snapshot(grad)) if grad is not None else None,
            node=node,
        )


def _written(name: object) -> bool:
    """True for a name that a program's text can contain; `globals()` takes any."""
    return type(name) is str and len(name) <= _LONGEST


def name_containers(recorder: Recorder, namespace: dict[str, Any]) -> None:
    """Name tensors and modules by the paths from the program's top level when it ends.

    A module comes before the names it had inside functions, where one name (`for layer in ...`) may
    have referred to many.
    """
    sites = {id(module): site for _, module, site in reversed(recorder.named_modules)}
    modules: list[tuple[str, torch.nn.Module, Site | None]] = []
    for name, value in list(namespace.items()):
        if _written(name) and not name.startswith("__"):
            if _is(value, torch.Tensor) and grad_fn(value) is not None:
                # A view of it may have been written to, which gave it a node without a reported
                # call.
                note, output = recorder.note_of(value)
                note.rename(name, output)
            for path, part in _inside(name, value, _DEPTH):
                if _is(part, torch.nn.Module):
                    modules.append((path, part, sites.get(id(part))))
                elif _is(part, torch.Tensor):
                    if grad_fn(part) is None:  # for all versions of a leaf
                        recorder.reaches(path, part)
                    elif grad_fn(part) in recorder.by_fn:
                        note, output = recorder.note_of(part)
                        note.rename(path, output)
    bound: dict[str, set[int]] = {}
    for name, module, _ in recorder.named_modules:
        bound.setdefault(name, set()).add(id(module))
    # The shortest path to a module names it: `net`, rather than `trainer.net`; a name that referred
    # to several, such as a loop's, comes last.
    modules.sort(key=lambda one: (len(bound.get(one[0], ())) > 1, _steps(one[0])))
    reached = {id(part) for path, module, _ in modules for _, part in submodules(path, module)}
    rest = [one for one in recorder.named_modules if id(one[1]) not in reached]
    recorder.name_modules(modules + rest)


def _steps(path: str) -> int:
    return path.count(".") + path.count("[")


def _is(value: object, kind: type[Kind]) -> TypeGuard[Kind]:
    """isinstance without the value's own `__class__`, which may be the program's code."""
    return issubclass(type(value), kind)


def _inside(
    path: str, value: Any, depth: int
) -> Iterator[tuple[str, torch.Tensor | torch.nn.Module]]:
    if _is(value, torch.nn.Module):
        yield path, value
        for place, module in submodules(path, value):
            for key, part in list(module.__dict__.items()):
                # Members that a module does not register, such as layers in a plain list.
                if type(part) in (list, tuple, dict) and not key.startswith("_"):
                    yield from _inside(f"{place}.{key}", part, depth - 1)
        return
    if _is(value, torch.Tensor):
        if depth < _DEPTH:
            yield path, value
        return
    if depth <= 0 or _is(value, type):
        return
    members: list[tuple[str, Any]] = []
    if type(value) in (list, tuple):
        members = [(f"{path}[{index}]", part) for index, part in enumerate(value[:_MEMBERS])]
    elif type(value) is dict:
        members = [
            (f"{path}[{key!r}]", part)
            for key, part in list(value.items())[:_MEMBERS]
            if type(key) in (str, int)
        ]
    elif type(value).__module__ == "__main__":
        own = getattr(value, "__dict__", None)
        if type(own) is dict:
            members = [(f"{path}.{key}", part) for key, part in own.items() if type(key) is str][
                :_MEMBERS
            ]
    for name, part in members:
        yield from _inside(name, part, depth - 1)
