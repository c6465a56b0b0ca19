"""The reference: a program's text run as plain Python with plain PyTorch, seen from outside.

Nothing of the app is imported here. `python tests/plain.py` reads a JSON string a line (a
program's text) and writes a JSON object a line (what was observed). Each program runs in a fork
of its own, so that none can change what the next one sees. `PlainPython` is the client's side.

What autograd did is learned in the simplest way there is: the one function through which
`backward` and `autograd.grad` reach the engine is wrapped, and every node reachable from its roots
gets a hook that writes down what it sees. This holds on to every gradient by value and copies it
into Python numbers at once; it is slow and has no cleverness that could be wrong.
"""

import ast
import io
import json
import math
import os
import random
import re
import subprocess
import sys
import types
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

Observation = dict[str, Any]

ELEMENTS, HEAD = 1_024, 32
"""Larger tensors are observed by their first elements and statistics, like everywhere else."""


class PlainPython:
    """A clean process that runs programs; `run` gives what was observed of one."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONHASHSEED": "0"},
        )

    def run(self, source: str) -> Observation:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(source) + "\n")
        self._process.stdin.flush()
        return cast(Observation, json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        self._process.communicate()


def cells(source: str) -> Iterator[tuple[str, bool]]:
    """(text, is every bare expression echoed?): a notebook's code cells, or the whole program."""
    if not source.lstrip().startswith("{") or '"nbformat"' not in source:
        yield source, True
        return
    for cell in json.loads(source)["cells"]:
        if cell["cell_type"] == "code":
            lines = "".join(cell["source"]).split("\n")
            yield "\n".join("" if line[:1] in ("%", "!") else line for line in lines), False


def scrub(text: str) -> str:
    """Without what differs between two runs of plain Python itself: addresses."""
    return re.sub(r"0x[0-9a-fA-F]+", "0x", text)


def serve() -> None:
    """Answer programs on standard input until it ends."""
    import numpy
    import torch
    import torch._dynamo  # An optimiser imports it at its first step: once here, not once a fork.

    torch.set_num_threads(1)

    def array(tensor: Any) -> dict[str, Any]:
        """A tensor as numbers: all of them up to ELEMENTS, else HEAD and float64 statistics."""
        shape = list(tensor.shape)
        plain = tensor.detach()
        if plain.layout is not torch.strided:
            plain = plain.to_dense()
        flat = plain.resolve_conj().resolve_neg().reshape(-1)
        whole = flat.tolist()
        if flat.is_complex():
            whole = [(number.real, number.imag) for number in whole]
        seen = {"shape": shape, "dtype": str(tensor.dtype), "data": whole}
        if len(whole) > ELEMENTS:
            seen["data"] = whole[:HEAD]
            if not flat.is_complex():
                finite = [float(number) for number in whole if math.isfinite(number)]
                seen["min"], seen["max"] = min(finite), max(finite)
                seen["mean"] = math.fsum(finite) / len(finite)
                seen["norm"] = math.sqrt(math.fsum(number * number for number in finite))
                seen["nan"] = sum(math.isnan(number) for number in whole)
                seen["inf"] = sum(math.isinf(number) for number in whole)
        return seen

    def readable(tensor: Any) -> bool:
        return (
            not torch._C._functorch.is_legacy_batchedtensor(tensor)
            and not torch._C._functorch.is_functorch_wrapped_tensor(tensor)
        )

    def arrays(tensors: Any) -> list[dict[str, Any] | None]:
        return [array(t) if t is not None and readable(t) else None for t in tensors]

    def grad_fn_name(tensor: Any) -> str | None:
        try:
            node = tensor.grad_fn
        except RuntimeError:  # A view made without gradients whose base changed in place.
            return None
        return None if node is None else type(node).__name__

    def listen(passes: list[dict[str, Any]]) -> None:
        """Write down each direct backward call of the program."""
        run_backward = torch.autograd._engine_run_backward  # type: ignore[attr-defined]
        running = False

        def listening(t_outputs: Any, *args: Any, **kwargs: Any) -> Any:
            nonlocal running
            if running or torch._C._functorch.peek_interpreter_stack() is not None:
                return run_backward(t_outputs, *args, **kwargs)
            edges = [
                root
                if isinstance(root, torch.autograd.graph.GradientEdge)
                else torch.autograd.graph.get_gradient_edge(root)
                for root in t_outputs
            ]
            reachable, waiting = [], [edge.node for edge in edges]
            known = set()
            while waiting:
                node = waiting.pop()
                if node not in known:
                    known.add(node)
                    reachable.append(node)
                    waiting += [after for after, _ in node.next_functions if after is not None]
            steps: list[Any] = []

            def note(node: Any) -> Any:
                def hook(sent: Any, arrived: Any) -> None:
                    steps.append((type(node).__name__, arrays(arrived), arrays(sent)))

                return hook

            handles = [node.register_hook(note(node)) for node in reachable]
            names = sorted(type(node).__name__ for node in reachable)
            passes.append({"reachable": names, "steps": steps, "raised": True})
            running = True
            try:
                result = run_backward(t_outputs, *args, **kwargs)
            finally:
                running = False
                for handle in handles:
                    handle.remove()
            passes[-1]["raised"] = False
            return result

        torch.autograd._engine_run_backward = listening  # type: ignore[attr-defined]

    def observe(source: str) -> Observation:
        """Run one program here and tell what could be seen."""
        program = types.ModuleType("__main__")
        program.__dict__["torch"] = torch
        sys.modules["__main__"] = program
        random.seed(0)
        numpy.random.seed(0)
        torch.manual_seed(0)
        passes: list[dict[str, Any]] = []
        listen(passes)
        echo: list[tuple[int, str]] = []
        error = None
        sys.stdout = printed = io.StringIO()
        try:
            for text, echo_all in cells(source):
                body = ast.parse(text).body
                for statement in body:
                    if isinstance(statement, ast.Expr) and (echo_all or statement is body[-1]):
                        code = compile(ast.Expression(statement.value), "<program>", "eval")
                        value = eval(code, program.__dict__)
                        if value is not None:
                            echo.append((statement.lineno, scrub(repr(value))))
                    else:
                        exec(
                            compile(ast.Module([statement], []), "<program>", "exec"),
                            program.__dict__,
                        )
        except SystemExit as end:
            error = "SystemExit" if end.code else None
        except BaseException as end:  # noqa: BLE001 - whatever a program ends in is observed
            error = type(end).__name__
        sys.stdout = sys.__stdout__
        with torch.inference_mode(False), torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            variables = {
                name: array(value)
                | {
                    "requires_grad": value.requires_grad,
                    "is_leaf": value.is_leaf,
                    "grad_fn": grad_fn_name(value),
                    "grad": None if value.grad is None else array(value.grad),
                }
                for name, value in program.__dict__.items()
                if isinstance(value, torch.Tensor) and readable(value)
            }
        return {
            "stdout": printed.getvalue(),
            "echo": echo,
            "error": error,
            "variables": variables,
            "passes": passes,
        }

    answers = os.dup(1)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            nowhere = os.open(os.devnull, os.O_RDWR)
            for descriptor in (0, 1, 2):
                os.dup2(nowhere, descriptor)
            answer = json.dumps(observe(json.loads(line))).encode() + b"\n"
            with os.fdopen(answers, "wb") as out:
                out.write(answer)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status != 0:
            os.write(answers, json.dumps({"died": status}).encode() + b"\n")


PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.[pi]*"))
"""The corpus: every program's path."""

if __name__ == "__main__":
    serve()
