"""Trials of other texts for one operation: each is run, and its result is noted.

A reader is offered only what fits. The fit of `b.exp()` in place of `b ** 2` is not predicted: the
program is run with it, on its real operands, and the result's shape is read.
"""

import ast
import gc
from collections.abc import Callable
from typing import Any

import torch

from viz_app import notebook
from viz_app.engine.program import execute
from viz_app.engine.text.positions import Places
from viz_app.engine.wire import Trial
from viz_app.model import Span, Tried

_SEEN = "__viz_seen__"
_MOST = 8
"""Maximum number of shapes reported for an operation with many results."""

_Path = tuple[tuple[str, int | None], ...]


def try_out(asked: Trial, report: Callable[[Tried], None]) -> None:
    """Run each text; `report` gets their results, one by one.

    ValueError if no operation is at the span.
    """
    path = _path(asked.source, asked.at)
    for text in asked.texts:
        report(_tried(text, path, asked))
        gc.collect()  # a run leaves cycles, and tensors in them, that would add up


def _tried(text: str, path: _Path, asked: Trial) -> Tried:
    shapes: list[tuple[int, ...]] | None = None

    def seen(value: Any) -> Any:
        nonlocal shapes
        if isinstance(value, torch.nn.Module):  # a layer: its result when it is used
            value.register_forward_hook(lambda layer, given, result: seen(result))
        elif shapes is None:
            shapes = _shapes(value)
            if not asked.whole:
                execute.stop(execute.STOPPED)
        return value

    namespace = {_SEEN: seen}
    run = execute.Execution(
        text, asked.limits, None, None, namespace, lambda tree: _note(tree, path), asked.files
    )
    error = run.outcome()  # unrecorded: only shapes and failures are reported
    if error is not None and error.code == execute.STOPPED:
        error = None
    return Tried(tuple(shapes or ()), error)


def _shapes(value: Any) -> list[tuple[int, ...]]:
    with torch._C.DisableTorchFunction():
        many = value if isinstance(value, tuple | list) else (value,)
        return [tuple(it.shape) for it in many[:_MOST] if isinstance(it, torch.Tensor)]


def _path(source: str, at: Span) -> _Path:
    """The path from the tree's root to the operation at a span."""
    tree = notebook.parsed(source)
    places = Places(source, tree)
    walk: list[tuple[ast.AST, _Path]] = [(tree, ())]
    while walk:
        node, path = walk.pop()
        kinds = ast.BinOp | ast.UnaryOp | ast.Call | ast.AugAssign
        if isinstance(node, kinds) and places.span_of(node) == at:
            return path
        for name, value in ast.iter_fields(node):
            if isinstance(value, ast.AST):
                walk.append((value, (*path, (name, None))))
            elif isinstance(value, list):
                parts = [(it, (*path, (name, n))) for n, it in enumerate(value)]
                walk += [(it, way) for it, way in parts if isinstance(it, ast.AST)]
    raise ValueError("there is no operation")


def _note(tree: ast.Module, path: _Path) -> None:
    """Put a call around the expression at a path, which notes its value and passes it on.

    For a statement (`y *= 3`), the changed value is noted after it, if it still exists.
    """
    piece: Any = tree
    for name, place in path[:-1]:
        piece = getattr(piece, name) if place is None else getattr(piece, name)[place]
    name, place = path[-1]
    if name in ("body", "orelse", "finalbody") and place is not None:
        _note_statement(getattr(piece, name), place)
        return
    old = getattr(piece, name) if place is None else getattr(piece, name)[place]
    func = ast.copy_location(ast.Name(_SEEN, ast.Load()), old)
    new = ast.copy_location(ast.Call(func, [old], []), old)
    if place is None:
        setattr(piece, name, new)
    else:
        getattr(piece, name)[place] = new


def _note_statement(block: list[ast.stmt], place: int) -> None:
    done = block[place] if place < len(block) else None
    if isinstance(done, ast.AugAssign):
        target = ast.parse(ast.unparse(done.target), mode="eval").body
        seen = ast.Expr(ast.Call(ast.Name(_SEEN, ast.Load()), [target], []))
        for each in ast.walk(seen):
            ast.copy_location(each, done)
        block.insert(place + 1, seen)
