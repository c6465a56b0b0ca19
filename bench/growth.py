"""Growth of time and memory with a trace: `python -m bench.growth [FIRST] [DOUBLINGS] [PART]`.

PART is one of child, stages, browser; all three without it.

In the child it doubles what a program has: living tensors, calls, passes, operands of one call,
names, modules, nested modules, parameters, steps of a recurrent loop, prints, lines. It prints the
exponents of the seconds of a run beyond those of an empty one (the fastest of three tries), of the
memory that it takes beyond that, of the bytes of its answer, and of the seconds that weighing these
takes. A child weighs only records of more than 14 MB, and cuts those of more than it may send, so
that a series across these sizes has a step in it: here no size meets a limit, and the weighing has
a column of its own.

Then it doubles one thing at a time: nodes, nodes without a name on one line, leaves of one call,
density, parallel edges, named tensors, passes, scopes, results. For each stage of the picture it
prints the exponent of its time (1 is linear; the fastest of three tries), of the peak of the memory
taken, and of the bytes and the elements sent; then the same of a real Chromium: its DOM elements
and the milliseconds until a picture is painted. An exponent above 1.2 is marked. These traces are
made without running anything (`tests/graphs.py`), so that nothing but the stages is measured.
"""

import math
import os
import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping
from functools import partial
from statistics import linear_regression
from typing import TypeVar

import msgspec
from playwright.sync_api import Page, sync_playwright

from bench.stage import LOG
from tests import graphs
from tests.browser.serve import CHROMIUM, FLAGS, serve
from viz_app import share
from viz_app.engine import client
from viz_app.engine.program import execute
from viz_app.engine.weight import weight
from viz_app.knowledge import text
from viz_app.limits import Limits
from viz_app.model import Scope, Trace
from viz_app.picture import scene
from viz_app.picture.explain.panel import explain
from viz_app.picture.payload import payload
from viz_app.share import Settings
from viz_app.workers import worker

STEEP = 1.2
"""The largest exponent that passes for linear."""
SMALL = 0.02
"""Seconds below which a stage's time means nothing."""
LITTLE = 2e6
"""Bytes below which the growth of a process means nothing."""
TRIES = 3

Result = TypeVar("Result")


def _dense(edges: int) -> Trace:
    return graphs.trace(1, [range(k + 1) for k in range(math.isqrt(2 * edges))])


def _scopes(count: int) -> Trace:
    inside = [[Scope("function", "f", turn + 1) for turn in range(k % 32)] for k in range(count)]
    return graphs.trace(1, [[k] for k in range(count)], scopes=inside)


GROWN: Mapping[str, Callable[[int], Trace]] = {
    "nodes in a row": lambda n: graphs.trace(2, [[k, k + 1] for k in range(n)]),
    "nodes side by side": lambda n: graphs.trace(1, [[0]] * n + [list(range(1, n + 1))]),
    "nameless, on a line": lambda n: graphs.trace(1, [[k] for k in range(n)], named=False),
    "leaves of one call": lambda n: graphs.trace(n, [list(range(n))]),
    "results of one call": lambda n: graphs.trace(1, [[0]], results=n),
    "density": _dense,
    "parallel edges": lambda n: graphs.trace(1, [[0], [1] * n]),
    "doubled edges": lambda n: graphs.trace(1, [[k, k] for k in range(n)]),
    "named tensors": lambda n: graphs.trace(1, [[0]], variables=n),
    "passes and steps": lambda n: graphs.trace(1, [[0], [1]], passes=n // 4),
    "scopes": _scopes,
}


class Taken(msgspec.Struct):
    """Seconds and bytes of memory for the stages of one picture, and the bytes it sends."""

    seconds: dict[str, float]
    memory: int
    sizes: dict[str, int]


def taken(made: Trace) -> Taken:
    """One picture of a trace, from a child's answer to the explanations."""
    words = text.load(text.DEFAULT)
    seconds: dict[str, float] = {}
    answer = graphs.recorded(made)
    body = answer.body
    assert body is not None
    # Only large records are weighed before they are decoded: a step in a series across that size.
    answer = msgspec.structs.replace(
        answer, limits=msgspec.structs.replace(answer.limits, result_memory=2**40)
    )

    def timed(stage: str, do: Callable[[], Result]) -> Result:
        began = time.process_time()
        result = do()
        taken = time.process_time() - began
        seconds[stage] = min(taken, seconds.get(stage, math.inf))
        return result

    for _ in range(TRIES):
        timed("weighing", partial(weight, body, WEIGHING))
        opened = timed("open", partial(client.opened, answer))
        built = timed("scene", partial(scene.build, opened))
        shown = timed("payload", partial(payload, built, words))
        explained = timed("explain", partial(explain, built, words))
    tracemalloc.start()
    again = scene.build(client.opened(answer))
    payload(again, words)
    explain(again, words)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    sizes = {
        "bytes": len(msgspec.json.encode(shown)) + len(msgspec.json.encode(explained)),
        "elements": len(shown.of),
        "marks": len(shown.shape_marks.element) + len(shown.text_marks.element),
    }
    return Taken(seconds, peak, sizes)


def exponent(at: list[int], values: list[float], least: float = 0.0) -> float | None:
    """The slope of a line through the logarithms; None if the growth is too small to measure."""
    pairs = [(math.log(n), math.log(v)) for n, v in zip(at, values, strict=True) if v > least]
    if len(pairs) < 3:
        return None
    return linear_regression(*zip(*pairs, strict=True)).slope


def powers(exponents: Mapping[str, float | None]) -> str:
    """The exponents in a row; those that are too steep are marked."""
    return "  ".join(
        f"{name} {'   - ' if it is None else f'{it:5.2f}'}{'!' if it and it > STEEP else ' '}"
        for name, it in exponents.items()
    )


def stages(first: int, doublings: int) -> None:
    at = [first * 2**k for k in range(doublings + 1)]
    worker.collect_little()
    for name, make in GROWN.items():
        found = [taken(make(n)) for n in at]
        rows = {
            stage: exponent(at, [it.seconds[stage] for it in found], SMALL)
            for stage in found[0].seconds
        }
        rows["memory"] = exponent(at, [float(it.memory) for it in found])
        rows |= {
            kind: exponent(at, [float(it.sizes[kind]) for it in found]) for kind in found[0].sizes
        }
        last = found[-1]
        spent = sum(last.seconds.values())
        size = last.sizes["bytes"] / 1e6
        print(f"{name:20} {powers(rows)}  at {at[-1]}: {spent:.1f} s, {size:.1f} MB", flush=True)


CHILD: Mapping[str, Callable[[int], str]] = {
    "living tensors": lambda n: (
        f"kept = [torch.ones(2) * k for k in range({n})]\n"
        "w = torch.ones(2, requires_grad=True)\n(w * kept[-1]).sum().backward()\n"
    ),
    "calls": lambda n: (
        "w = torch.ones((), requires_grad=True)\nx = w\n"
        f"for k in range({n}):\n    x = x * 1.001\nx.backward()\n"
    ),
    "calls without grad": lambda n: (
        f"x = torch.ones(())\nfor k in range({n}):\n    x = x * 1.001\n"
    ),
    "passes": lambda n: (
        f"w = torch.ones((), requires_grad=True)\nfor k in range({n}):\n    (w * 2).backward()\n"
    ),
    "operands of one call": lambda n: (
        "w = torch.ones((), requires_grad=True)\n"
        f"torch.stack([w * 2 for _ in range({n})]).sum().backward()\n"
    ),
    "names": lambda n: (
        "w = torch.ones((), requires_grad=True)\n"
        f"for k in range({n}):\n    globals()[f'x{{k}}'] = w * k\n"
        "x1.backward()\n"
    ),
    "modules": lambda n: (
        "from torch import nn\n"
        f"net = nn.Sequential(*[nn.Sequential(nn.Tanh()) for _ in range({n})])\n"
        "net(torch.ones(2, requires_grad=True)).sum().backward()\n"
    ),
    "nested modules": lambda n: (
        f"from torch import nn\nnet = nn.Tanh()\nfor k in range({n} // 40):\n"
        f"    net = nn.Sequential(net)\nx = torch.ones((), requires_grad=True)\n"
        f"for k in range(40):\n    x = net(x)\nx.backward()\n"
    ),
    "parameters": lambda n: (
        "from torch import nn\n"
        f"ws = nn.ParameterList([torch.ones(2) for _ in range({n})])\n"
        "opt = torch.optim.SGD(ws.parameters(), lr=0.1, momentum=0.9)\n"
        "for k in range(3):\n    opt.zero_grad()\n    sum(w.sum() for w in ws).backward()\n"
        "    opt.step()\n"
    ),
    "a recurrent loop": lambda n: (
        f"w = torch.eye(2, requires_grad=True)\nx = torch.ones({n}, 2)\nh = torch.zeros(2)\n"
        f"for k in range({n}):\n    h = torch.tanh(x[k] @ w + h)\nh.sum().backward()\n"
    ),
    "prints": lambda n: (
        "w = torch.ones((), requires_grad=True)\n"
        f"for k in range({n}):\n    print(k)\n(w * 2).backward()\n"
    ),
    "lines": lambda n: (
        "w = torch.ones((), requires_grad=True)\n" + "x = w * 2\n" * n + "x.backward()\n"
    ),
    "a sum over a list": lambda n: (
        f"pred = torch.arange({n}) % 3\nhits = sum(pred == 1)\n"
        "w = torch.ones((), requires_grad=True)\n(w * hits).backward()\n"
    ),
}
"""Programs of a size."""

CHILD_LIMITS = msgspec.structs.replace(
    Limits(),
    wall_seconds=60,
    cpu_seconds=60,
    curves=0,
    replayed_calls=0,
    jacobian_calls=0,
    memory_bytes=4 * 2**30,
    nodes=2**24,
    result_bytes=2**30,
    result_memory=2**40,
)
"""No size meets one of these."""
WEIGHING = Limits(result_memory=1)
"""Limits by which any record is weighed."""


def child(first: int, doublings: int) -> None:
    at = [first * 2**k for k in range(doublings + 1)]
    client.run("pass", CHILD_LIMITS)

    def seconds(program: str) -> tuple[float, int, float]:
        """Seconds of a run, the bytes of its answer, and the seconds that weighing these takes."""
        best, body, weighed = math.inf, b"", math.inf
        for _ in range(TRIES):
            began = time.perf_counter()
            body = client.record(program, CHILD_LIMITS).body or b""
            best = min(best, time.perf_counter() - began)
            began = time.perf_counter()
            weight(body, WEIGHING)
            weighed = min(weighed, time.perf_counter() - began)
        assert body, "the run failed"
        return best, len(body), weighed

    def memory(program: str) -> int:
        """The most bytes that a process had which ran the program like a child."""
        pid = os.fork()
        if not pid:
            execute.run(program, CHILD_LIMITS)
            os._exit(0)
        return os.wait4(pid, 0)[2].ru_maxrss * 1024

    nothing, _, _ = seconds("pass")
    execute.run("pass", CHILD_LIMITS)
    least = memory("pass")
    for name, make in CHILD.items():
        programs = ["import torch\n" + make(n) for n in at]
        found = [seconds(program) for program in programs]
        taken = [float(memory(program) - least) for program in programs]
        rows = {
            "seconds": exponent(at, [max(it - nothing, 1e-6) for it, _, _ in found], SMALL),
            "memory": exponent(at, taken, LITTLE),
            "bytes": exponent(at, [float(size) for _, size, _ in found]),
            "weighing": exponent(at, [it for _, _, it in found], SMALL),
        }
        print(f"child, {name:20} {powers(rows)}  at {at[-1]}: {found[-1][0]:.2f} s", flush=True)


PROGRAMS = {
    "operations": "x = torch.ones(1, requires_grad=True)\ny = x\nfor k in range({n}):\n"
    "    y = y * 1.001 + x\ny.backward()\n",
    "leaves": "xs = [torch.ones(1, requires_grad=True) for _ in range({n})]\n"
    "torch.stack(xs).sum().backward()\n",
}


def browser(page: Page, address: str, first: int, doublings: int) -> None:
    """DOM elements, and milliseconds from the page's opening to its painted picture."""
    at = [first * 2**k for k in range(doublings + 1)]
    for name, program in PROGRAMS.items():
        elements, waits = [], []
        for n in at:
            began = time.perf_counter()
            page.goto(address + share.link("", Settings(program=program.format(n=n))))
            page.locator("[role=region][data-state=ready]").wait_for(timeout=120_000)
            waits.append(1000 * (time.perf_counter() - began))
            elements.append(float(page.evaluate("document.querySelectorAll('*').length")))
        rows = {"elements": exponent(at, elements), "painted": exponent(at, waits)}
        print(f"Chromium, {name:10} {powers(rows)}  at {at[-1]}: {elements[-1]:.0f} elements")


def main(first: int, doublings: int, part: str) -> None:
    if part in ("", "child"):
        child(first, doublings)
    if part in ("", "stages"):
        stages(first, doublings)
    if part not in ("", "browser"):
        return
    with serve(LOG) as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        browser(chromium.new_page(), address, first, doublings)
        chromium.close()


if __name__ == "__main__":
    given = sys.argv[1:]
    sizes = [int(each) for each in given if each.isdigit()] or [500]
    parts = [each for each in given if not each.isdigit()] or [""]
    main(sizes[0], sizes[1] if len(sizes) > 1 else 3, parts[0])
