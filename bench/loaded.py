"""Cost of the notebook extension that records nothing: `python -m bench.loaded [--rounds 15]`.

Two plain IPython shells, one of them after `%load_ext viz_app`, run the same cells by turns, each
in a process of its own: the ratio of their times, cell by cell and over all, is that of a loaded
extension. To reach: 1.0. The second ratio, of two shells without the extension, is the
measurement's own error.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

from viz_app.paths import PROJECT

CELLS = {
    "small calls": "x = torch.ones(3, requires_grad=True)\n"
    "for _ in range(2000):\n    y = (x * 2 + 1).sum()",
    "backward": "for _ in range(500):\n"
    "    w = torch.ones(3, requires_grad=True)\n    (w * w).exp().sum().backward()",
    "layers": "nn = torch.nn\n"
    "net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 1))\n"
    "opt = torch.optim.SGD(net.parameters(), 0.1)\nbatch = torch.ones(4, 8)\n"
    "for _ in range(300):\n    opt.zero_grad()\n    net(batch).mean().backward()\n    opt.step()",
    "a long cell": "\n".join(f"v{number} = {number} + 1" for number in range(400)),
    "no torch": "total = 0\nfor number in range(300_000):\n    total += number * number",
}
SHELL = """
import json, sys, time
import torch
from IPython.core.interactiveshell import InteractiveShell
torch.set_num_threads(1)
shell = InteractiveShell()
shell.run_cell("import torch")
if sys.argv[1] == "loaded":
    shell.run_line_magic("load_ext", "viz_app")
for line in sys.stdin:
    cell = json.loads(line)
    began = time.process_time()
    ended = shell.run_cell(cell)
    print(json.dumps(time.process_time() - began), flush=True)
    assert ended.success
"""


def shell(way: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", SHELL, way],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT), "IPYTHONDIR": "/tmp"},
    )


def seconds(process: "subprocess.Popen[str]", cell: str) -> float:
    """Seconds of processor time that a shell takes for a cell."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(cell) + "\n")
    process.stdin.flush()
    return float(json.loads(process.stdout.readline()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    given = parser.parse_args()
    ways = ("plain", "loaded", "plain again")
    shells = {way: shell(way) for way in ways}
    took: dict[tuple[str, str], list[float]] = {(way, it): [] for way in ways for it in CELLS}
    for turn in range(given.rounds + 1):
        for name, cell in CELLS.items():
            for way in (*ways[turn % 3 :], *ways[: turn % 3]):
                found = seconds(shells[way], cell)
                if turn:  # the first warms up
                    took[way, name].append(found)
    print(f"{'cell':14} {'plain':>9} {'loaded/plain':>13} {'plain/plain':>12}")
    for name in CELLS:
        plain, loaded, again = (statistics.median(took[way, name]) for way in ways)
        print(f"{name:14} {1_000 * plain:6.1f} ms {loaded / plain:13.3f} {again / plain:12.3f}")
    sums = [sum(statistics.median(took[way, it]) for it in CELLS) for way in ways]
    print(
        f"{'all':14} {1_000 * sums[0]:6.1f} ms {sums[1] / sums[0]:13.3f} {sums[2] / sums[0]:12.3f}"
    )
    for process in shells.values():
        process.terminate()


if __name__ == "__main__":
    main()
