"""Cost of recording, compared to peers: `python bench/capture.py [--seconds 4]`.

Prints one row per program: CPU milliseconds of the raw program, then each tool as a ratio to it.
One torch thread; medians; the tools take turns within each repetition, so that a busy moment of
the machine falls on all of them.

    bare        the least that a recorder in Python can do: each value cloned, each gradient kept
    capture     the program run with our recorder on
    whole       all of `program.run`: parsing and surroundings before, the Trace after
    torchviz    raw program + make_dot: a graph without values
    torchview   draw_graph of the forward pass: a graph without values, no backward
    torchlens   values of every operation, and gradients through backward

The peers are installed by this file, with --no-deps, into a folder of their own; the app does not
need them. A peer that fails on a program shows its error's type instead of a ratio.
"""

import argparse
import gc
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from viz_app.engine.program import execute as program
from viz_app.limits import Limits

PEERS = ("torchviz==0.0.3", "torchview==0.2.7", "torchlens==2.36.1")
NEEDED = ("graphviz", "safetensors", "tqdm", "typing_extensions", "packaging")
FOLDER = Path(tempfile.gettempdir()) / "viz_app_bench_peers"

MIN_ROUNDS, MAX_ROUNDS = 3, 200
TURNS, LONG = 2, 0.5
"""Runs in a row, of which the last is kept; no second one after this many seconds."""


@dataclass(frozen=True)
class Workload:
    """A program in three parts: the setup, the timed forward pass, and `loss.backward()`."""

    name: str
    setup: str
    forward: str

    @property
    def text(self) -> str:
        return self.forward + "loss.backward()\n"


RESNET = '''
import torch
from torch import nn

class Block(nn.Module):
    """Two 3 x 3 convolutions with a shortcut (He et al. 2015, figure 2)."""

    def __init__(self, before, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.short = nn.Identity()
        if stride != 1 or before != width:
            self.short = nn.Sequential(
                nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width)
            )

    def forward(self, x):
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return (y + self.short(x)).relu()

class ResNet18(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(),
            nn.MaxPool2d(3, 2, 1),
        )
        widths = [(64, 64, 1), (64, 128, 2), (128, 256, 2), (256, 512, 2)]
        self.stages = nn.Sequential(
            *(nn.Sequential(Block(b, w, s), Block(w, w, 1)) for b, w, s in widths)
        )
        self.head = nn.Linear(512, 1000)

    def forward(self, x):
        return self.head(self.stages(self.stem(x)).mean((2, 3)))

net = ResNet18()
x = torch.randn(2, 3, 224, 224)
goal = torch.tensor([1, 2])
'''

CHAIN = "y = x\nfor _ in range({}):\n    y = y * 1.0001\nloss = y.sum()\n"

WORKLOADS = (
    Workload(
        "seed",
        "x = torch.tensor([2.0, 3.0], requires_grad=True)\n",
        "b = x + 1\nc = b ** 2\nd = 2 * c\nloss = d.mean()\n",
    ),
    Workload(
        "two-layer MLP, batch 64",
        "net = torch.nn.Sequential(torch.nn.Linear(32, 64), torch.nn.ReLU(),"
        " torch.nn.Linear(64, 10))\n"
        "x = torch.randn(64, 32)\ngoal = torch.randint(0, 10, (64,))\n",
        "loss = torch.nn.functional.cross_entropy(net(x), goal)\n",
    ),
    Workload(
        "encoder block",
        "net = torch.nn.TransformerEncoderLayer(64, 4, 128, dropout=0.0, batch_first=True)\n"
        "x = torch.randn(8, 16, 64)\n",
        "loss = net(x).pow(2).mean()\n",
    ),
    Workload(
        "ResNet-18, batch 2", RESNET, "loss = torch.nn.functional.cross_entropy(net(x), goal)\n"
    ),
    Workload(
        "1,000 scalar operations",
        "x = torch.tensor(0.5, requires_grad=True)\nw = torch.tensor(0.25, requires_grad=True)\n",
        "total = x\nfor _ in range(250):\n    u = total * w\n    v = u + x\n    s = v.tanh()\n"
        "    total = total - s\nloss = total\n",
    ),
    Workload("chain of 1,000", "x = torch.ones(4, requires_grad=True)\n", CHAIN.format(1_000)),
    Workload("chain of 10,000", "x = torch.ones(4, requires_grad=True)\n", CHAIN.format(10_000)),
)


def install_peers() -> None:
    """Install the peers where only this benchmark finds them; do nothing if they are there."""
    if not all((FOLDER / peer.split("==")[0]).exists() for peer in PEERS):
        pip = [sys.executable, "-m", "pip", "--quiet", "--quiet", "install", "--no-deps"]
        subprocess.run([*pip, "--target", str(FOLDER), *PEERS, *NEEDED], check=True)
    sys.path.append(str(FOLDER))


class Forward(torch.nn.Module):
    """A workload's forward as a module, the only thing two of the peers accept."""

    def __init__(self, names: dict[str, Any], forward: str) -> None:
        super().__init__()
        self.names = names
        if "net" in names:
            self.net = names["net"]
        self.code = compile(forward, "<workload>", "exec")

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        names = {**self.names, "x": x}
        exec(self.code, names)
        loss: torch.Tensor = names["loss"]
        return loss


class Bare(TorchFunctionMode):
    """A lower bound for any recorder in Python: it records no name, line, leaf, view or saved
    tensor."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[Any] = []
        self.steps: list[Any] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if isinstance(result, torch.Tensor):
            with torch._C.DisableTorchFunction():
                if result.grad_fn is not None:
                    self.values.append((result.grad_fn, result.detach().clone(), args))
        return result

    def hook(self, root: torch.Tensor) -> None:
        """A hook on each autograd node that the backward call is going to run."""
        seen: set[Any] = set()
        walk: list[Any] = [root.grad_fn]
        while walk:
            fn = walk.pop()
            if fn is not None and fn not in seen:
                seen.add(fn)
                fn.register_hook(partial(self.ran, fn))
                walk.extend(before for before, _ in fn.next_functions)

    def ran(self, fn: Any, sent: Any, arrived: Any) -> None:
        self.steps.append((fn, sent, arrived))


def contestants(work: Workload, names: dict[str, Any]) -> dict[str, Callable[[], Any]]:
    """The timed contestants; `capture` is measured inside `whole` and so is not one itself."""
    import torchlens
    import torchview
    import torchviz

    text = compile(work.text, "<workload>", "exec")
    module = Forward(names, work.forward)
    limits = Limits()

    def raw() -> None:
        exec(text, dict(names))

    forward = compile(work.forward, "<workload>", "exec")

    def bare() -> Any:
        mine = dict(names)
        with Bare() as recorder:
            exec(forward, mine)
        recorder.hook(mine["loss"])
        mine["loss"].backward()
        return recorder

    def whole() -> Any:
        return program.run(work.text, limits, namespace=names)

    def viz() -> Any:
        loss = module(names["x"])
        dot = torchviz.make_dot(loss)
        loss.backward()
        return dot

    def view() -> Any:
        return torchview.draw_graph(module, input_data=names["x"], device="cpu")

    options = torchlens.options.CaptureOptions(save_grads="all", backward_ready=True)

    def lens() -> Any:
        trace = torchlens.trace(module, names["x"], capture=options)
        trace.log_backward(trace[trace.output_layers[0]].out)
        return trace

    return {
        "raw": raw,
        "bare": bare,
        "whole": whole,
        "torchviz": viz,
        "torchview": view,
        "torchlens": lens,
    }


def forget_gradients(names: dict[str, Any]) -> None:
    for value in names.values():
        if isinstance(value, torch.nn.Module):
            value.zero_grad()
        elif isinstance(value, torch.Tensor):
            value.grad = None


def measure(work: Workload, seconds: float) -> tuple[dict[str, list[float]], dict[str, str]]:
    """CPU milliseconds of every repetition, and the type of the error raised, by contestant."""
    names: dict[str, Any] = {"torch": torch}
    torch.manual_seed(0)
    exec(work.setup, names)
    names = {name: value for name, value in names.items() if name != "__builtins__"}
    captured = 0.0
    execute = program.Execution._execute

    def timed_execute(self: Any) -> Any:
        nonlocal captured
        start = time.process_time()
        try:
            return execute(self)
        finally:
            captured = time.process_time() - start

    program.Execution._execute = timed_execute  # type: ignore[method-assign]
    runs = contestants(work, names)
    times: dict[str, list[float]] = {name: [] for name in (*runs, "capture")}
    failed: dict[str, str] = {}
    end = time.monotonic() + seconds
    rounds = 0
    while rounds < MIN_ROUNDS or (time.monotonic() < end and rounds < MAX_ROUNDS):
        for name, contestant in runs.items():
            if name in failed:
                continue
            gc.collect()
            # The collection and the tool before have emptied the caches: the first turn warms up.
            for _ in range(TURNS):
                forget_gradients(names)
                start = time.process_time()
                try:
                    result = contestant()
                except Exception as error:  # noqa: BLE001 - a peer's failure is its result
                    failed[name] = type(error).__name__
                    break
                took = time.process_time() - start
                if name == "whole":
                    assert result.error is None, result.error
                del result
                if took > LONG:
                    break
            if name not in failed:
                times[name].append(took * 1e3)
                if name == "whole":
                    times["capture"].append(captured * 1e3)
        rounds += 1
    program.Execution._execute = execute  # type: ignore[method-assign]
    return times, failed


COLUMNS = ("bare", "capture", "whole", "torchviz", "torchview", "torchlens")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=4.0, help="for each program")
    parser.add_argument("--only", default="", help="programs whose name holds this")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    install_peers()
    warnings.simplefilter("ignore")
    gc.collect()
    gc.freeze()
    print(f"{'':26}{'raw ms':>9}" + "".join(f"{name:>15}" for name in COLUMNS))
    medians: dict[str, dict[str, float]] = {}
    for work in WORKLOADS:
        if arguments.only not in work.name:
            continue
        times, failed = measure(work, arguments.seconds)
        median = {
            name: statistics.median(kept[1:] or kept)  # the first warms caches up
            for name, kept in times.items()
            if name not in failed
        }
        medians[work.name] = median
        cells = (
            failed[name] if name in failed else f"{median[name] / median['raw']:.1f} x"
            for name in COLUMNS
        )
        print(
            f"{work.name:26}{median['raw']:9.2f}" + "".join(f"{cell:>15}" for cell in cells),
            flush=True,
        )
    verdict(medians)


TARGETS = {
    "two-layer MLP, batch 64": 2.0,
    "encoder block": 2.0,
    "1,000 scalar operations": 3.0,
    "chain of 1,000": 3.0,
    "chain of 10,000": 3.0,
}
"""Capture as a multiple of the raw program, at most."""


def verdict(medians: dict[str, dict[str, float]]) -> None:
    """The targets and the results of this run, one line each."""
    print()
    for name, most in TARGETS.items():
        if name in medians:
            ratio = medians[name]["capture"] / medians[name]["raw"]
            print(
                f"{'reached' if ratio <= most else 'MISSED ':8}{name}: {ratio:.1f} of {most} x raw"
            )
    for name, median in medians.items():
        if "torchlens" in median:
            lens = median["torchlens"]
            ratio = lens / median["capture"]
            print(
                f"{'reached' if ratio >= 20 else 'MISSED ':8}{name}: torchlens takes {ratio:.0f} "
                f"times as long as capture, {lens / median['whole']:.0f} times as whole"
            )
    if {"chain of 1,000", "chain of 10,000"} <= set(medians):
        growth = medians["chain of 10,000"]["whole"] / medians["chain of 1,000"]["whole"]
        verdict_ = "reached" if growth <= 13 else "MISSED "
        print(f"{verdict_:8}chain of 1,000 to 10,000: {growth:.1f} times the time")


if __name__ == "__main__":
    main()
