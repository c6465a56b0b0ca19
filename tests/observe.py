"""Plain PyTorch, observed from outside: a program's results, and the engine's steps.

`python tests/observe.py` reads one JSON string per line (a program's text, or a notebook's) and
writes one JSON object per line:

    stdout, stderr, echo [[line, text]], error (the uncaught exception's type or None), variables
{name: array + requires_grad, is_leaf, grad_fn, grad}, passes [{reachable [name], steps [[name,
arrived, sent]], initial [array], raised}]

Each program runs in a fork of its own, so that none can change what the next one sees. Autograd's
work is observed in the simplest way possible: the one function through which `backward` and
`autograd.grad` reach the engine is wrapped, and every node reachable from its roots gets a hook
that records its arguments, as Python numbers, at once. It is slow, and too simple to be wrong.
"""

import ast
import gc
import io
import json
import linecache
import os
import random
import re
import sys
import sysconfig
import tempfile
import types
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import torch
import torch._dynamo  # An optimiser imports it at its first step: here once, not in each fork.

Seen = dict[str, Any]

format_warning = warnings.formatwarning

ELEMENTS, HEAD = 1_024, 32
"""Larger tensors are observed by their first elements and statistics, like everywhere else."""


def array(tensor: torch.Tensor) -> Seen:
    """A tensor as numbers: all of them up to ELEMENTS, else HEAD and float64 statistics."""
    plain = tensor.detach()
    if plain.layout is not torch.strided:
        plain = plain.to_dense()
    flat = plain.resolve_conj().resolve_neg().reshape(-1)
    whole = flat.tolist()
    if flat.is_complex():
        whole = [(number.real, number.imag) for number in whole]
    seen: Seen = {"shape": list(tensor.shape), "dtype": str(tensor.dtype), "data": whole}
    if len(whole) > ELEMENTS:
        seen["data"] = whole[:HEAD]
        if not flat.is_complex():
            numbers = np.array(whole, np.float64)
            finite = numbers[np.isfinite(numbers)]
            seen["minimum"], seen["maximum"] = float(finite.min()), float(finite.max())
            seen["mean"] = float(finite.mean())
            seen["norm"] = float(np.sqrt((finite * finite).sum()))
            seen["nan"] = int(np.isnan(numbers).sum())
            seen["inf"] = int(np.isinf(numbers).sum())
    return seen


def readable(tensor: torch.Tensor) -> bool:
    """True if it has numbers of its own in a shape; the inner tensors of `vmap` have not."""
    return not (
        tensor.is_nested
        or torch._C._functorch.is_legacy_batchedtensor(tensor)
        or torch._C._functorch.is_functorch_wrapped_tensor(tensor)
    )


def arrays(tensors: Iterable[torch.Tensor | None]) -> list[Seen | None]:
    return [array(t) if t is not None and readable(t) else None for t in tensors]


def place(tensor: torch.Tensor) -> Seen:
    """True for a leaf, and the name of its `grad_fn`."""
    try:
        node, leaf = tensor.grad_fn, tensor.is_leaf
    except RuntimeError:  # A view whose base was changed without gradients
        node, leaf = None, False
    return {"is_leaf": leaf, "grad_fn": None if node is None else type(node).__name__}


def reachable(roots: Iterable[Any]) -> list[Any]:
    """Every autograd node that can be reached from these tensors or gradient edges."""
    edge = torch.autograd.graph.GradientEdge
    waiting = [
        (root if isinstance(root, edge) else torch.autograd.graph.get_gradient_edge(root)).node
        for root in roots
    ]
    found: dict[Any, None] = {}
    while waiting:
        node = waiting.pop()
        if node not in found:
            found[node] = None
            waiting += [after for after, _ in node.next_functions if after is not None]
    return list(found)


def listen(passes: list[Seen]) -> Any:
    """Record each direct backward call from now on; returns a function that undoes this."""
    run_backward = torch.autograd._engine_run_backward  # type: ignore[attr-defined]
    running = False

    def listening(t_outputs: Any, grad_tensors: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal running
        if running or torch._C._functorch.peek_interpreter_stack() is not None:
            return run_backward(t_outputs, grad_tensors, *args, **kwargs)
        # A root without a graph is refused by the engine itself, a moment later.
        nodes = reachable(root for root in t_outputs if getattr(root, "requires_grad", True))
        steps: list[Any] = []

        def note(node: Any) -> Any:
            def hook(sent: Any, arrived: Any) -> None:
                steps.append((type(node).__name__, arrays(arrived), arrays(sent)))

            return hook

        handles = [node.register_hook(note(node)) for node in nodes]
        this = {
            "reachable": sorted(type(node).__name__ for node in nodes),
            "steps": steps,
            "initial": arrays(grad_tensors),
            "raised": True,
        }
        passes.append(this)
        running = True
        try:
            result = run_backward(t_outputs, grad_tensors, *args, **kwargs)
        finally:
            running = False
            for handle in handles:
                handle.remove()
        this["raised"] = False
        return result

    def undo() -> None:
        torch.autograd._engine_run_backward = run_backward  # type: ignore[attr-defined]

    torch.autograd._engine_run_backward = listening  # type: ignore[attr-defined]
    return undo


def cells(source: str) -> Iterator[tuple[str, bool]]:
    """(text, True if it is a whole program): the code cells of a notebook, the cells of a text
    divided by `# %%`, each on its own lines, or the program."""
    if '"nbformat"' not in source:
        lines = source.splitlines(keepends=True)
        starts = [number for number, line in enumerate(lines) if line.startswith("# %%")]
        for start, end in zip([0, *starts], [*starts, len(lines)], strict=True):
            if start < end:
                yield "\n" * start + "".join(lines[start:end]), not starts
        return
    for cell in json.loads(source)["cells"]:
        if cell["cell_type"] == "code":
            # IPython runs the statement after %time like any other.
            lines = "".join(cell["source"]).replace("%time ", "").split("\n")
            yield "\n".join("" if line[:1] in ("%", "!") else line for line in lines), False


def scrub(text: str) -> str:
    """The text without addresses, which differ between two runs of plain Python itself."""
    return re.sub(r" at 0x[0-9a-fA-F]+", " at 0x…", text)


def without_places(text: str) -> str:
    """The text without the folders that Python and torch are installed in."""
    places = {sys.prefix, sys.base_prefix, *map(sysconfig.get_path, ("stdlib", "purelib"))}
    for place in sorted(places, key=len, reverse=True):
        text = text.replace(place, "…")
    return text


def shortly(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    line: str | None = None,
) -> str:
    """A warning, with the text of its line if that is the program's."""
    return format_warning(message, category, filename, lineno, None if filename[:1] == "<" else "")


def execute(source: str, names: dict[str, Any], echo: list[tuple[int, str]]) -> None:
    """Run the program's statements in these names; `echo` gets the values that a notebook would
    show."""
    for text, whole in cells(source):
        tree = ast.parse(text)
        body = tree.body
        docstring = body[0] if whole and ast.get_docstring(tree) is not None else None
        # As Python does for a file that it runs: torch.jit.script reads functions' texts.
        linecache.cache["<program>"] = (len(text), None, text.splitlines(True), "<program>")
        for statement in body:
            # A semicolon after a cell's last expression makes a notebook not show it.
            quiet = statement is body[-1] and text.rstrip().endswith(";")
            shown = statement is body[-1] and not quiet and statement is not docstring
            if whole and isinstance(statement, ast.Expr):
                shown |= isinstance(statement.value, ast.Name | ast.Attribute | ast.Subscript)
            if isinstance(statement, ast.Expr) and shown:
                value = eval(compile(ast.Expression(statement.value), "<program>", "eval"), names)
                if value is not None:
                    echo.append((statement.lineno, scrub(displayed(value))))
            else:
                exec(compile(ast.Module([statement], []), "<program>", "exec"), names)


def displayed(value: object) -> str:
    """The text that a notebook shows: without the word "object" where a class has no repr."""
    text = repr(value)
    plain = type(value).__repr__ is object.__repr__ and type(value).__module__ != "builtins"
    return text.replace(" object at 0x", " at 0x") if plain else text


def variables(names: dict[str, Any]) -> dict[str, Seen]:
    """Every tensor among these names, as the user could read it."""
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `.grad` of a tensor that is not a leaf warns.
        return {
            name: array(value)
            | place(value)
            | {
                "requires_grad": value.requires_grad,
                "grad": None if value.grad is None else array(value.grad),
            }
            for name, value in names.items()
            if isinstance(value, torch.Tensor) and readable(value)
        }


def observe(source: str) -> Seen:
    """Run one program in this process and return what could be observed."""
    program = types.ModuleType("__main__")
    program.__dict__["torch"] = torch
    sys.modules["__main__"] = program
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
    passes: list[Seen] = []
    echo: list[tuple[int, str]] = []
    error = None
    sys.stdout = printed = io.StringIO()
    sys.stderr = stderr = io.StringIO()
    warnings.formatwarning = shortly
    listen(passes)
    try:
        execute(source, program.__dict__, echo)
    except SystemExit as end:
        error = "SystemExit" if end.code else None
    except BaseException as end:  # noqa: BLE001 - whatever a program ends in is observed
        error = type(end).__name__
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
    return {
        "stdout": scrub(printed.getvalue()),
        "stderr": without_places(stderr.getvalue()),
        "echo": echo,
        "error": error,
        "variables": variables(program.__dict__),
        "passes": passes,
    }


def serve() -> None:
    """Answer programs on standard input until it ends."""
    torch.set_num_threads(1)
    gc.collect()
    gc.freeze()  # a collection in a fork would copy what it looks at
    answers = os.dup(1)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            nowhere = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(nowhere, descriptor)
            with tempfile.TemporaryDirectory() as folder:  # for the files that it writes
                os.chdir(folder)
                answer = json.dumps(observe(json.loads(line))).encode() + b"\n"
            with os.fdopen(answers, "wb") as out:
                out.write(answer)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status != 0:
            os.write(answers, json.dumps({"died": status}).encode() + b"\n")


if __name__ == "__main__":
    serve()
