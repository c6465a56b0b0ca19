"""Every program of the corpus, run by the engine, equals plain PyTorch to the last bit."""

import re
from importlib import metadata
from pathlib import Path

import msgspec
import pytest

from tests import compare
from tests.corpus import LIMITS, parses, text, traced
from tests.plain import PROGRAMS, Observation, plain_python
from tests.traces import recorded
from viz_app.engine import client
from viz_app.errors import VizError
from viz_app.model import Trace


def test_corpus_is_not_empty() -> None:
    kinds = {path.name.split("_")[0] for path in PROGRAMS}
    assert len(PROGRAMS) >= 430
    assert len(kinds) >= 30
    assert sum(path.name.startswith("errors_") for path in PROGRAMS) >= 20
    assert sum(path.suffix == ".ipynb" for path in PROGRAMS) >= 3


def differences(trace: Trace, plain: Observation) -> list[str]:
    """All differences between a trace and plain PyTorch."""
    if broken := compare.well_formed(trace):
        return broken  # the rest follows its edges
    body = msgspec.msgpack.encode(trace)
    recursed = trace.error is not None and trace.error.type == "RecursionError"
    return [
        *compare.variables(trace, plain),
        *compare.output(trace, plain),
        *compare.backward(trace, plain),
        *compare.conservation(trace, plain),
        # At the bottom of a recursion Python's limit meets the recorder, too.
        *([f"left out {trace.left_out}"] if trace.left_out and not recursed else []),
        *(f"an address: {one!r}" for one in re.findall(rb"0x[0-9a-f]{6,}", body)),
    ]


@pytest.mark.parametrize(
    "path", [path for path in PROGRAMS if parses(path)], ids=lambda path: path.name
)
def test_a_program_is_recorded_as_plain_python_ran_it(path: Path) -> None:
    plain = plain_python().run(path.read_text("utf-8"))
    assert "died" not in plain
    assert (plain["error"] is not None) == path.name.startswith("errors_")
    assert differences(traced(path), plain) == []
    assert client.record(text(path), LIMITS) == recorded(text(path)), "another run gave other bytes"


def test_syntax_error_has_its_place() -> None:
    (path,) = (path for path in PROGRAMS if not parses(path))
    with pytest.raises(VizError) as caught:
        client.run(text(path), LIMITS)
    assert caught.value.failure.type == "SyntaxError"
    assert caught.value.failure.span.line == 4


def text_of(trace: Trace, op: str) -> list[str]:
    """The parts of the program that made the nodes of an operation."""
    lines = trace.source.split("\n")
    found = []
    for node in trace.nodes:
        if node.op == op and node.kind == "op":
            span = node.span
            assert span is not None
            parts = lines[span.line - 1 : span.end_line]
            parts[-1] = parts[-1][: span.end_column - 1]
            parts[0] = parts[0][span.column - 1 :]
            found.append("\n".join(parts))
    return found


PLACES = {
    "x = torch.ones(2, requires_grad=True)\ny = (x + 1) * (2 + x)": (
        ["x + 1", "2 + x"],
        ["(x + 1) * (2 + x)"],
    ),
    "기울기 = torch.ones(2, requires_grad=True)\n결과 = 기울기 * 2 + 기울기": (
        ["기울기 * 2 + 기울기"],
        ["기울기 * 2"],
    ),
    "def f(v):\n    return v.add(\n        v * 3\n    )\nf(torch.ones(1, requires_grad=True))": (
        ["v.add(\n        v * 3\n    )"],
        ["v * 3"],
    ),
    "x = torch.ones(1, requires_grad=True)\ny = [w * 2 for w in (x + a for a in range(2))]": (
        ["x + a", "x + a"],
        ["w * 2", "w * 2"],
    ),
    "x = torch.ones(1, requires_grad=True)\ns = '🎓'; y = torch.add(x, 1); z = torch.mul(y, y)": (
        ["torch.add(x, 1)"],
        ["torch.mul(y, y)"],
    ),
}


@pytest.mark.parametrize(("source", "places"), PLACES.items())
def test_node_span_is_the_users_text(source: str, places: tuple[list[str], list[str]]) -> None:
    trace = client.run(source, LIMITS)
    assert (text_of(trace, "add"), text_of(trace, "mul")) == places


STAND_INS = {
    "matplotlib": (
        "import matplotlib.pyplot as plt\n"
        "fig, ax = plt.subplots(figsize=(6, 4))\n"
        "ax.plot([1, 2], [3, 4], label='loss')\nax.set_title('t')\n"
        "plt.plot([1, 2]); plt.xlabel('x'); plt.legend(); plt.show()\n"
    ),
    "matplotlib later": "from matplotlib import pyplot\npyplot.scatter([1], [2])\npyplot.show()\n",
    "axes": (
        "import matplotlib.pyplot as plt\nfig, (a, b, c) = plt.subplots(1, 3, sharey=True)\n"
        "fig, axes = plt.subplots(2, 3)\nline, = a.plot([1], [2])\nlow, high = a.get_ylim()\n"
        "a.set_ylim(low - 1, high * 1.1)\nassert [i for i, _ in enumerate(axes.flat)][-1] == 5\n"
        "assert [len(row) for row in axes] == [3, 3]\naxes[1, 2].set_title(f'{high:.2f}')\n"
        "assert plt.figure().subplots(2).shape == (2,)\nplt.subplots()[1].plot([1])\n"
    ),
    "tqdm as it was": (
        "import tqdm\nfrom tqdm import tqdm_notebook, tnrange\n"
        "assert list(tqdm_notebook(range(5))) == [*tnrange(5)] == [*tqdm.notebook.tqdm(range(5))]\n"
    ),
    "tqdm": "from tqdm import tqdm\nassert sum(i for i in tqdm(range(4), desc='epochs')) == 6\n",
    "tqdm.auto": (
        "from tqdm.auto import tqdm, trange\nbar = tqdm(range(2))\nfor _ in bar:\n"
        "    bar.set_postfix(loss=1.0)\nassert len(list(trange(3))) == 3\n"
    ),
    "tqdm with totals": (
        "from tqdm import tqdm\nfrom tqdm.contrib import tenumerate\n"
        "bar = tqdm(range(4), 'train')\n"
        "assert [*bar] == [0, 1, 2, 3] and (bar.n, bar.total, bar.desc) == (4, 4, 'train')\n"
        "with tqdm(total=10) as bar:\n    bar.update(3); bar.update()\n    assert bar.n == 4\n"
        "class Mine(tqdm): pass\nassert [*tenumerate(Mine('ab'))] == [(0, 'a'), (1, 'b')]\n"
    ),
    "tensorboard": (
        "from torch.utils.tensorboard import SummaryWriter\nfrom tensorboardX import FileWriter\n"
        "writer = SummaryWriter('runs/a')\nwriter.add_scalar('loss', 1.0, 0)\nwriter.close()\n"
        "with SummaryWriter() as writer:\n    writer.add_graph(torch.nn.Linear(1, 1), [1])\n"
    ),
    "wandb": "import wandb\nrun = wandb.init(project='a')\nwandb.log({'loss': 1.0})\n",
    "pylab": (
        "from pylab import *\nassert linspace(0, pi, 3).shape == (3,) and max([1, 2]) == 2\n"
        "figure(figsize=(2, 2)); plot([1], [2]); title('a'); subplot(1, 2, 1); show()\n"
        "import pylab as pl\npl.hist(randn(3))\n"
    ),
    "pyplot's names": "from matplotlib.pyplot import *\nplot([1]); xlabel('x'); savefig('a')\n",
    "IPython's display": (
        "import IPython\nfrom IPython import display\ndisplay.clear_output(wait=True)\n"
        "display.display(1)\nIPython.display.display(display.HTML('<b>'))\ndisplay(2)\n"
    ),
    "IPython": (
        "from IPython.display import display, clear_output\nclear_output(wait=True)\ndisplay(1)\n"
        "from matplotlib_inline import backend_inline\n"
        "backend_inline.set_matplotlib_formats('svg')\n"
    ),
}


@pytest.mark.parametrize("name", STAND_INS)
def test_stub_modules_let_a_program_run(name: str) -> None:
    rest = "x = torch.tensor(2.0, requires_grad=True)\n(x * x).backward()\n"
    trace = client.run(STAND_INS[name] + rest, LIMITS)
    assert trace.error is None
    (x,) = (variable for variable in trace.variables if variable.name == "x")
    assert x.grad is not None
    assert x.grad.data == (4.0,)


def test_notice_of_a_stub_module_is_not_printed_output() -> None:
    trace = client.run("import tqdm, wandb\nimport matplotlib.pyplot as plt\nprint(1)", LIMITS)
    assert trace.stdout == "1\n"
    assert [written.text.count("\n") for written in trace.stderr] == [3]


def test_versions_of_installed_packages_are_known() -> None:
    source = (
        "from importlib import metadata\nprint(metadata.version('torch'))\nmetadata.version('x')"
    )
    trace = client.run(source, LIMITS)
    assert trace.stdout == f"{metadata.version('torch')}\n"
    assert trace.error is not None
    assert (trace.error.type, trace.error.hint) == ("PackageNotFoundError", "no_module")


@pytest.mark.parametrize(
    "text", ["open('data.csv')", "import socket\nsocket.socket()", "torch.load('w.pt')"]
)
def test_a_missing_file_or_a_socket_is_refused_at_its_line(text: str) -> None:
    trace = client.run("x = torch.ones(1, requires_grad=True)\ny = x * 2\n" + text, LIMITS)
    assert trace.error is not None
    assert trace.error.span.line == 3 + text.count("\n")
    assert len(trace.error.params) + len(trace.error.message) > 0
    assert [node.op for node in trace.nodes if node.kind == "op"] == ["mul"]


def test_deep_recursion_keeps_its_outermost_and_innermost_frames() -> None:
    source = (
        "def f(x, n):\n    return x if n == 0 else f(x * 2, n - 1)\n"
        "f(torch.ones(1, requires_grad=True), 200).backward()"
    )
    trace = client.run(source, LIMITS)
    depths = [len(node.scope) for node in trace.nodes if node.op == "mul"]
    assert depths == [min(depth, 24) for depth in range(1, 201)]


FOREIGN = {
    "from_numpy": "memory = np.zeros(40)\nx = torch.from_numpy(memory)",
    "frombuffer": "memory = np.zeros(40)\nx = torch.frombuffer(memory, dtype=torch.float64)",
    "from_dlpack": "memory = np.zeros(40)\nx = torch.from_dlpack(memory)",
    "as_tensor": "memory = np.zeros(40)\nx = torch.as_tensor(memory)",
    "numpy": "x = torch.zeros(40).double()\nmemory = x.numpy()",
}


@pytest.mark.parametrize("making", FOREIGN)
def test_value_is_recorded_before_numpy_writes_to_its_memory(making: str) -> None:
    source = f"import numpy as np\n{FOREIGN[making]}\nx.requires_grad_()\ny = x[:30]\nmemory[:] = 9"
    trace = client.run(source, LIMITS)
    assert trace.error is None
    (view,) = (node.values[0] for node in trace.nodes if node.grad_fn == "SliceBackward0")
    assert view is not None
    assert set(view.data) == {0.0}


LOOP = """
w = torch.tensor(1.0, requires_grad=True)
for turn in range(1000):
    loss = (w * 0.999) ** 2
    loss.backward()
    w.data -= 0.001 * w.grad
    w.grad = None
"""


def test_a_long_training_loop_keeps_its_ends_whole_and_counts_the_middle() -> None:
    trace = client.run(LOOP, LIMITS)
    assert trace.error is None
    assert trace.truncated is not None
    assert trace.truncated.passes == 1000
    kept = trace.truncated.passes_kept
    assert kept[0] == 1
    assert kept[-1] == 1000
    assert {step.pass_number for step in trace.steps} == set(kept)
    assert compare.conservation(trace, plain_python().run(LOOP)) == []


def test_ten_thousand_operations_are_recorded() -> None:
    source = (
        "x = torch.tensor(1.0, requires_grad=True)\ny = x\n"
        "for _ in range(10_000):\n    y = y * 1.0001\ny.backward()\n"
    )
    trace = client.run(source, LIMITS)
    assert trace.error is None
    assert sum(node.op == "mul" for node in trace.nodes) == 10_000
    plain = plain_python().run(source)
    assert compare.variables(trace, plain) == []
    assert compare.backward(trace, plain) == []
