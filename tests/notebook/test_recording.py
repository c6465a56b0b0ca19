"""Recording in one's own process: exact, and a guest that leaves nothing behind."""

import ast
import inspect
import json
import random
import re
import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from IPython.core.interactiveshell import InteractiveShell
from torch.utils.data import DataLoader

import viz_app
from viz_app.engine.host import validate
from viz_app.engine.program.guest import BusyError, Guest
from viz_app.engine.record.torch_patches import PATCHES
from viz_app.limits import Limits

pytestmark = pytest.mark.usefixtures("bundled")


def _replaced() -> list[object]:
    return [inspect.getattr_static(owner, name) for owner, name, _, _ in PATCHES]


@pytest.fixture(autouse=True)
def _torch_is_as_it_was() -> object:
    before = _replaced()
    yield
    assert all(now is then for now, then in zip(_replaced(), before, strict=True))


def test_a_block_is_recorded_with_its_names_and_lines() -> None:
    a = torch.tensor([2.0, 3.0], requires_grad=True)
    with viz_app.record() as run:
        b = a + 1
        c = b**2
        d = 2 * c
        obj = d.mean()
        obj.backward()
    assert a.grad is not None
    assert a.grad.tolist() == [6.0, 8.0]
    assert [it["grad_fn"] for it in run.trace["backward"]] == [
        "MeanBackward0", "MulBackward0", "PowBackward0", "AddBackward0", "AccumulateGrad",
    ]  # fmt: skip
    named = {name: it for it in run.trace["nodes"] for name in it["names"]}
    assert named["a"]["grad"] == [6.0, 8.0]
    assert named["obj"]["value"] == 25.0
    lines = Path(__file__).read_text("utf-8").split("\n")
    for name, text in (("b", "b = a + 1"), ("c", "c = b**2"), ("d", "d = 2 * c")):
        assert lines[named[name]["span"][0] - 1].strip() == text
    assert "a = torch.tensor" in lines[named["a"]["span"][0] - 1]
    assert list(validate.disagreements(run.recorded, Limits())) == []


def test_reassigned_name_names_each_result() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    with viz_app.record() as run:
        y = x
        for _ in range(3):
            y = y * 2
        y.backward()
    assert [it["names"] for it in run.trace["nodes"] if it["op"] == "mul"] == [["y"]] * 3


def test_exception_reaches_the_user_and_keeps_the_recording() -> None:
    x = torch.ones(2, requires_grad=True)
    run = viz_app.record()
    with pytest.raises(RuntimeError, match="scalar"), run:
        (x * 2).backward()
    assert run.trace["error"]["type"] == "RuntimeError"
    assert [it["op"] for it in run.trace["nodes"] if it["kind"] == "op"] == ["mul"]


def test_exhausted_budget_ends_the_recording_but_not_the_code() -> None:
    x = torch.ones(2, requires_grad=True)
    guest = Guest("", "", {}, Limits(nodes=10))
    with guest:
        y = x
        for _ in range(1_000):
            y = y + 1
        y.sum().backward()
    assert x.grad is not None
    assert x.grad.tolist() == [1.0, 1.0]
    trace = guest.trace({})
    assert trace.error is not None
    assert trace.error.code == "limit_nodes"
    assert len(trace.nodes) < 20


def test_recording_leaves_seeds_and_memory_unchanged() -> None:
    def numbers() -> tuple[float, float, float]:
        return random.random(), float(np.random.rand()), float(torch.rand(()))

    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(7)
    plain = numbers()
    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(7)
    with viz_app.record():
        recorded = numbers()
    assert recorded == plain


def test_recording_leaves_compile_and_loader_workers_to_torch() -> None:
    def double(x: torch.Tensor) -> torch.Tensor:
        return x * 2

    with viz_app.record():
        assert torch.compile(double, backend="eager") is not double
        loader: DataLoader[int] = DataLoader(
            torch.arange(4),  # type: ignore[arg-type]
            num_workers=2,
        )
        iterator = iter(loader)
        assert type(iterator).__name__ == "_MultiProcessingDataLoaderIter"
        assert [int(it) for it in iterator] == [0, 1, 2, 3]


def test_other_threads_are_not_recorded() -> None:
    x = torch.ones(2, requires_grad=True)
    net = torch.nn.Linear(2, 1)
    failed: list[BaseException] = []

    def beside() -> None:
        try:
            net(torch.ones(1, 2)).sum().backward()
        except BaseException as problem:  # noqa: BLE001  raised in the test's thread
            failed.append(problem)

    with viz_app.record() as run:
        thread = threading.Thread(target=beside)
        thread.start()
        thread.join()
        (x * 3).sum().backward()
    assert failed == []
    assert net.weight.grad is not None
    assert [it["op"] for it in run.trace["nodes"] if it["kind"] == "op"] == ["mul", "sum"]


def test_two_recordings_at_once_are_refused() -> None:
    with viz_app.record(), pytest.raises(BusyError), viz_app.record():
        pass
    with viz_app.record() as run:
        pass
    assert run.trace["nodes"] == []


def test_show_records_a_function_and_changes_no_grad() -> None:
    def area(width: torch.Tensor, height: torch.Tensor) -> torch.Tensor:
        side = width * height
        return side.sum()

    w = torch.tensor([1.0, 2.0], requires_grad=True)
    run = viz_app.show(area, w, torch.tensor([3.0, 4.0]))
    assert w.grad is None
    named = {name: it for it in run.trace["nodes"] for name in it["names"]}
    assert named["side"]["value"] == [3.0, 8.0]
    assert named["width"]["kind"] == "leaf"
    assert [it["grad_fn"] for it in run.trace["backward"]] == ["SumBackward0", "MulBackward0"]
    sent = run.trace["backward"][-1]["contributions"]
    assert sent[0]["grad"] == [3.0, 4.0]


def test_show_records_a_module() -> None:
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    run = viz_app.show(net, torch.ones(1, 2))
    names = {name for it in run.trace["nodes"] for name in it["names"]}
    assert {"net[0].weight", "net[2].bias"} <= names
    assert all(parameter.grad is None for parameter in net.parameters())


def test_a_recording_shows_and_saves_itself(tmp_path: Path) -> None:
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    with viz_app.record(lang="ko", step=1) as run:
        assert run._repr_mimebundle_() == {"text/plain": "<a recording that has not ended>"}
        (x**2).sum().backward()
    shown = run._repr_mimebundle_()
    assert "PowBackward0" in shown["text/plain"]
    assert shown["text/html"].count("<iframe") == 1
    assert 'sandbox="allow-scripts"' in shown["text/html"]
    assert shown["text/html"].count('<img alt="') == 1
    run.save(tmp_path / "run.json")
    saved = json.loads((tmp_path / "run.json").read_text("utf-8"))
    assert saved["trace"]["variables"]["x"]["grad"] == [4.0, 6.0]
    assert saved["story"]["language"] == "ko"
    run.save(str(tmp_path / "run.png"))
    with pytest.raises(ValueError, match="svg"):
        run.save("run.exe")


def test_sparse_gradients_are_compared_too() -> None:
    table = torch.nn.Embedding(4, 2, sparse=True)
    with viz_app.record() as run:
        (table(torch.tensor([1, 3, 1])).sum() + table.weight.sum()).backward()
    assert table.weight.grad is not None
    assert [it["hooked"] for it in run.trace["backward"]] == [False] * len(run.trace["backward"])
    assert len(run.trace["backward"]) > 2


@pytest.mark.filterwarnings("ignore")  # the programs' own, as a notebook shows them
@pytest.mark.parametrize("name", ["basics", "inplace", "modules", "optim", "second", "views"])
def test_program_results_are_the_same_with_and_without_a_recording(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    programs = sorted((Path(__file__).parents[1] / "programs").glob(f"{name}_*.py"))
    assert len(programs) > 3
    for program in programs[:8]:
        source = program.read_text("utf-8")
        seen = []
        for recorded in (False, True):
            random.seed(1)
            np.random.seed(1)
            torch.manual_seed(1)
            torch.set_printoptions(profile="default")
            torch.set_default_dtype(torch.float32)
            names: dict[str, object] = {"__name__": "__main__", "torch": torch}
            if recorded:
                guest = Guest(source, "<cell>", names)
                with guest:
                    guest.run()
                trace = guest.trace(names)
                assert list(validate.disagreements(trace, Limits())) == [], program.name
            else:
                # A cell shows its last expression.
                *body, last = ast.parse(source).body
                exec(compile(ast.Module(body, []), "<cell>", "exec"), names)
                if isinstance(last, ast.Expr):
                    exec(compile(ast.Interactive([last]), "<cell>", "single"), names)
                else:
                    exec(compile(ast.Module([last], []), "<cell>", "exec"), names)
            tensors = [
                (name, repr(it), repr(it.grad) if it.is_leaf else "")
                for name, it in names.items()
                if isinstance(it, torch.Tensor) and name != "_"
            ]
            printed = re.sub(r"0x[0-9a-f]+", "0x", capsys.readouterr().out)
            seen.append((tensors, printed))
        assert seen[0] == seen[1], program.name


def test_failure_of_the_recording_raises_no_error_in_the_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr("viz_app.engine.program.guest.Assembled", fails)
    with viz_app.record() as run:
        x = torch.ones(1, requires_grad=True)
        x.sum().backward()
    assert x.grad is not None
    assert run.recorded.error is not None
    assert run.recorded.error.code == "internal"
    assert run._repr_mimebundle_()["text/plain"]
    with pytest.raises(ValueError, match="mine"), viz_app.record() as run:
        raise ValueError("mine")
    assert run.recorded.error is not None
    assert run.recorded.error.type == "ValueError"


def test_torch_method_replaced_by_the_code_is_called_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called = []
    plain = torch.Tensor.backward

    def replacement(self: torch.Tensor, *args: object, **kwargs: object) -> None:
        called.append(self)
        plain(self, *args, **kwargs)

    monkeypatch.setattr(torch.Tensor, "backward", replacement)
    with viz_app.record() as run:
        x = torch.ones(1, requires_grad=True)
        y = (x * 3).sum()
        y.backward()
    assert called == [y]
    assert x.grad is not None
    assert x.grad.tolist() == [3]
    assert len(run.recorded.passes) == 1


def test_torch_traces_a_function_the_same_in_a_recording() -> None:
    """Names are bound in it while torch.jit.trace writes down each operation."""
    text = """
def f(x):
    h = x * 2
    for i in range(2):
        h = h + i
    return h.relu()
traced = torch.jit.trace(f, torch.ones(2, requires_grad=True))
y = traced(torch.ones(2, requires_grad=True)).sum()
y.backward()
"""
    graphs = []
    for recorded in (False, True):
        names: dict[str, Any] = {"torch": torch, "__name__": "__main__"}
        if recorded:
            guest = Guest(text, "<cell>", names)
            with warnings.catch_warnings(record=True) as said, guest:
                warnings.simplefilter("always")
                guest.run()
            assert "TracerWarning" not in {it.category.__name__ for it in said}
            assert len(guest.trace(names).passes) == 1
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # its deprecation, in another class from 2.14 on
                exec(compile(text, "<cell>", "exec"), names)
        graphs.append(re.sub("#.*", "", str(names["traced"].graph)))
    assert graphs[0] == graphs[1]


SHELL = """
import torch, viz_app
def step(h):
    "Half a doc."
    for k in range(2):
        h = torch.tanh(h)
    return h
runs = []
for epoch in range(2):
    with viz_app.record() as run:
        x = torch.tensor(2., requires_grad=True)
        for i in range(3):
            y = step(x * i)
        y.backward()
    runs.append(run)
"""


def test_recorded_shell_cell_has_its_loop_iterations() -> None:
    """Only such a cell is changed; a loop around the recording is none of its loops."""
    shell = InteractiveShell()
    shell.run_line_magic("load_ext", "viz_app")
    assert shell.run_cell(SHELL).success
    assert len(shell.user_ns["runs"]) == 2
    for run in shell.user_ns["runs"]:
        scopes = [
            [(it.kind, it.name, it.ordinal) for it in node.scope]
            for node in run.recorded.nodes
            if node.op == "tanh"
        ]
        assert scopes == [
            [
                ("loop", "for i in range(3)", i),
                ("function", "step", i),
                ("loop", "for k in range(2)", k),
            ]
            for i in (1, 2, 3)
            for k in (1, 2)
        ]
    assert shell.user_ns["step"].__doc__ == "Half a doc."
    for cell in ("for i in range(2):\n    pass", "def record(): ...\nrecord()"):
        tree = ast.parse(cell)
        assert ast.dump(shell.transform_ast(tree)) == ast.dump(ast.parse(cell))
    others = len(shell.ast_transformers)
    assert shell.run_cell("pass").success
    assert len(shell.ast_transformers) == others - 1  # no work for the cells that record nothing
    later = "with viz_app.record() as run:\n    z = step(torch.ones(1, requires_grad=True))"
    assert shell.run_cell(later).success  # what `step` reports is of another cell's loops
    assert {node.scope for node in shell.user_ns["run"].recorded.nodes} == {()}
