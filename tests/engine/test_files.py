"""Files of a program's own: in its memory, as Python's, bounded, gone with the run."""

import os
from pathlib import Path

import pytest

from tests.traces import UNMEASURED
from viz_app.engine import client
from viz_app.engine.program import execute
from viz_app.limits import Limits
from viz_app.model import Trace

CHECKPOINT = """
import os
net = torch.nn.Linear(2, 1)
if os.path.exists("net.pt"):
    net.load_state_dict(torch.load("net.pt"))
loss = net(torch.ones(1, 2)).sum()
loss.backward()
with torch.no_grad():
    net.weight.zero_()
torch.save(net.state_dict(), "net.pt")
"""


def test_each_run_begins_without_files() -> None:
    first = client.run(CHECKPOINT, UNMEASURED)
    assert first.error is None
    assert client.run(CHECKPOINT, UNMEASURED) == first


def test_a_rerun_for_measurements_begins_without_files() -> None:
    source = (
        "import os\nw = torch.tensor(2., requires_grad=True)\n"
        "scale = 10. if os.path.exists('a') else 1.\nopen('a', 'w').close()\n"
        "(w * scale).backward()"
    )
    (check,) = client.run(source, Limits()).checks
    assert check.slopes == pytest.approx((1.0,))


def test_nothing_is_written_where_there_is_no_wall(tmp_path: Path) -> None:
    before = os.getcwd(), os.open, open
    source = (
        f"import os\nprint(os.path.exists({str(tmp_path)!r}), os.listdir())\n"
        f"os.makedirs({str(tmp_path / 'a')!r})\nopen({str(tmp_path / 'a/b')!r}, 'w').write('x')\n"
        f"torch.save(1, 'c.pt')\nos.chdir('/tmp')\nprint(os.listdir({str(tmp_path)!r}))"
    )
    trace = execute.run(source)
    assert (trace.error, trace.stdout) == (None, "False []\n['a']\n")
    assert list(tmp_path.iterdir()) == []
    assert not Path("c.pt").exists()
    assert (os.getcwd(), os.open, open) == before


def failed(source: str) -> Trace:
    trace = client.run(source, UNMEASURED)
    assert trace.error is not None
    return trace


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        (
            "open('a/b.txt', 'w')",
            "FileNotFoundError",
            "[Errno 2] No such file or directory: 'a/b.txt'",
        ),
        (
            "open('/etc/hosts')",
            "FileNotFoundError",
            "[Errno 2] No such file or directory: '/etc/hosts'",
        ),
        ("open('/', 'w')", "OSError", "[Errno 16] Device or resource busy: '/'"),
        ("open('.')", "IsADirectoryError", "[Errno 21] Is a directory: '.'"),
        ("open('x', 'w').read()", "UnsupportedOperation", "not readable"),
    ],
)
def test_errors_are_pythons_own(source: str, kind: str, message: str) -> None:
    error = failed(source).error
    assert error is not None
    assert (error.type, error.message) == (kind, message)


def test_saving_and_loading_is_recorded_like_any_call() -> None:
    source = (
        "x = torch.tensor([1., 2.], requires_grad=True)\ntorch.save(x, 'x.pt')\n"
        "y = torch.load('x.pt')\nz = (y * y).sum()\nz.backward()\nx.grad, y.grad"
    )
    trace = client.run(source, UNMEASURED)
    assert trace.error is None
    assert [echo.text for echo in trace.echo] == ["(None, tensor([2., 4.]))"]
