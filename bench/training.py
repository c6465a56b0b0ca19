"""Cost of recording long trainings, compared to plain PyTorch. Target: at most 3 times.

    python -m bench.training [TURNS]

Prints a row per loop: seconds in plain PyTorch, the page's run as a ratio to it, and the seconds
until a pass from the middle is recorded after it was chosen (turn 1,537 of 4,000). A last row tells
how far a tiny loop of as many passes as are allowed comes within a page's own limits. Plain PyTorch
runs in a fork of this process, which has run one turn of each, so that neither side imports
anything. One torch thread; medians of rounds in which both take turns, so that other work on the
machine affects both alike.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable

import msgspec
import torch

from viz_app.engine.client import Engine
from viz_app.limits import Limits

ROUNDS = 3
CHOSEN = 1_537 / 4_000
"""The chosen turn, as a share of all."""
LIMITS = msgspec.structs.replace(Limits(), wall_seconds=120, cpu_seconds=120)

PROGRAMS = {
    "polynomial fit": """
import math
x = torch.linspace(-math.pi, math.pi, 2000)
y = torch.sin(x)
a = torch.randn((), requires_grad=True)
b = torch.randn((), requires_grad=True)
c = torch.randn((), requires_grad=True)
d = torch.randn((), requires_grad=True)
for t in range(TURNS):
    y_pred = a + b * x + c * x ** 2 + d * x ** 3
    loss = (y_pred - y).pow(2).sum()
    loss.backward()
    with torch.no_grad():
        for p in (a, b, c, d):
            p -= 1e-6 * p.grad
            p.grad = None
""",
    "MLP with Adam": """
from torch import nn
X = torch.randn(64, 8)
Y = torch.randn(64, 1)
net = nn.Sequential(nn.Linear(8, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for t in range(TURNS):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(net(X), Y)
    loss.backward()
    optimizer.step()
""",
    "RNN": """
from torch import nn
X = torch.randn(6, 4, 3)
Y = torch.randn(4, 5)
rnn = nn.RNN(3, 5)
optimizer = torch.optim.SGD(rnn.parameters(), lr=0.05)
for t in range(TURNS):
    optimizer.zero_grad()
    out, h = rnn(X)
    loss = ((h[0] - Y) ** 2).mean()
    loss.backward()
    optimizer.step()
""",
}

TINY = """
w = torch.tensor(1.0, requires_grad=True)
for t in range(TURNS):
    loss = (w - 3) ** 2
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
    w.grad = None
"""


def _text(program: str, turns: int) -> str:
    return "import torch\ntorch.manual_seed(0)" + program.replace("TURNS", str(turns))


def seconds(act: Callable[[], None]) -> float:
    """Seconds that one call takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def plain(text: str) -> None:
    """Run a program in a fork of this process. RuntimeError if it fails."""
    child = os.fork()
    if not child:
        try:
            torch.set_num_threads(1)
            exec(compile(text, "plain", "exec"), {})
        except BaseException:  # noqa: BLE001  a fork must not return
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        raise RuntimeError("the plain run failed")


def main(turns: int) -> None:
    engine = Engine()
    for program in PROGRAMS.values():
        exec(compile(_text(program, 1), "first", "exec"), {})
        engine.run(_text(program, 1))
    for name, program in PROGRAMS.items():
        text = _text(program, turns)
        chosen = round(turns * CHOSEN)

        def record(chosen: int | None = None, text: str = text) -> None:
            trace = engine.run(text, LIMITS, chosen_pass=chosen)
            assert trace.error is None, trace.error
            assert chosen is None or any(one.number == chosen for one in trace.passes)

        alone, ours, shown = [], [], []
        for _ in range(ROUNDS):
            alone.append(seconds(lambda text=text: plain(text)))  # type: ignore[misc]
            ours.append(seconds(record))
            shown.append(seconds(lambda: record(chosen)))  # noqa: B023  called at once
        base = statistics.median(alone)
        print(
            f"{name}, {turns:,} turns: plain {base:.2f} s; recorded "
            f"{statistics.median(ours) / base:.1f} times; turn {chosen:,} "
            f"{statistics.median(shown):.2f} s",
            flush=True,
        )
    most = Limits().passes
    trace = engine.run(_text(TINY, most))
    reached = trace.truncated.passes if trace.truncated is not None else len(trace.passes)
    print(f"tiny loop: {reached:,} of {most:,} passes within the limits of a page")
    engine.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4_000)
