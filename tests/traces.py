"""Real traces for the tests of the picture: each program runs once, for all test processes.

The child's answer is kept in a folder, under the program's text, its limits and the versions of
everything that it depends on: our engine, PyTorch, NumPy, Python. `make test` begins with an empty
folder. Each process opens, and so validates, the answer again.
"""

import fcntl
import functools
import hashlib
import importlib.metadata
import shutil
import sys
from pathlib import Path

import msgspec

from tests.patience import PATIENCE_SECONDS
from viz_app.engine import client
from viz_app.engine.client import Recorded
from viz_app.limits import Limits
from viz_app.model import Trace
from viz_app.paths import PROJECT

LIMITS = Limits(wall_seconds=PATIENCE_SECONDS)
"""The app's limits with more wall-clock time: ten seconds may pass on a busy machine."""
ONCE = msgspec.structs.replace(LIMITS, curves=0, replayed_calls=0)
"""The same without the runs that are repeated to measure a program: most of a small one's time."""
UNMEASURED = msgspec.structs.replace(ONCE, jacobian_calls=0)
"""The same without the Jacobians of single calls, too."""

SEED = """
a = torch.tensor([2., 3.], requires_grad=True)
b = a + 1
c = b ** 2
d = 2 * c
obj = d.mean()
obj.backward()
"""
FAN_OUT = """
x = torch.tensor(3., requires_grad=True)
y = torch.tensor(2., requires_grad=True)
u = x * y
v = x + u
z = u * v + x
z.backward()
"""
SQUARE = """
x = torch.tensor(3., requires_grad=True)
y = x * x
y.backward()
z = 1 / x
z.backward()
with torch.no_grad():
    x -= 0.1 * x.grad
"""
NETWORK = """
from torch import nn
torch.manual_seed(0)
X = torch.randn(8, 2)
Y = torch.randn(8, 1)
net = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
loss = ((net(X) - Y) ** 2).mean()
loss.backward()
"""
OUTPUTS = """
x = torch.arange(6.).reshape(2, 3).requires_grad_()
p, q = x.unbind(0)
best, where = x.max(dim=1)
total = (p * q).sum() + best.sum()
total.backward()
"""
TWICE = """
x = torch.tensor(2., requires_grad=True)
y = x ** 3
g, = torch.autograd.grad(y, x, create_graph=True)
g.backward()
"""
LOOP = """
w = torch.tensor(1., requires_grad=True)
for turn in range(30):
    loss = (w * 3 - 6) ** 2
    loss.backward()
    with torch.no_grad():
        w -= 0.01 * w.grad
    w.grad = None
"""
EMPTIED = """
from torch import nn
torch.manual_seed(0)
w = torch.tensor([1., 2.], requires_grad=True)
b = torch.tensor(3., requires_grad=True)
opt = torch.optim.SGD([w, b], lr=0.5)
for turn in range(3):
    opt.zero_grad()
    loss = ((w * w).sum() + b)
    loss.backward()
    opt.step()
"""
HOSTILE = """
x = torch.tensor(2., requires_grad=True)
globals()["<b>$\\\\frac{a}_&\\u202e"] = x * 2
y = x * 3 + globals()["<b>$\\\\frac{a}_&\\u202e"]
y.backward()
"""
NOTHING = "print(1)\n"
PROGRAMS = {
    name: value
    for name, value in list(globals().items())
    if name.isupper() and isinstance(value, str)
}


KEPT = PROJECT / ".pytest_cache" / "traces"
ELSEWHERE = ("app.py", "page", "picture", "edit", "workers", "render", "knowledge")
"""Packages that the engine's child does not import (`test_architecture.py`)."""


@functools.cache
def versions() -> str:
    """A hash of everything that a run depends on apart from its text and limits."""
    digest = hashlib.sha256(sys.version.encode())
    for package in ("torch", "numpy"):
        digest.update(importlib.metadata.version(package).encode())
    root = PROJECT / "viz_app"
    for path in sorted(root.rglob("*.py")):
        if path.relative_to(root).parts[0] not in ELSEWHERE:
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@functools.cache
def folder() -> Path:
    """The folder of answers of these versions; those of others are removed."""
    for other in KEPT.glob("*"):
        if other.name != versions():
            shutil.rmtree(other, ignore_errors=True)
    found = KEPT / versions()
    found.mkdir(parents=True, exist_ok=True)
    return found


@functools.cache
def recorded(program: str, limits: Limits = LIMITS) -> Recorded:
    """The child's answer for a program."""
    name = hashlib.sha256(f"{limits} {program}".encode()).hexdigest()
    with (folder() / name).open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # another process may be running it now
        file.seek(0)
        if kept := file.read():
            return msgspec.msgpack.decode(kept, type=Recorded)
        answer = client.record(program, limits)
        file.write(msgspec.msgpack.encode(answer))
    return answer


@functools.cache
def run(program: str, limits: Limits = LIMITS) -> Trace:
    """The trace of a program. `ONCE` suffices where no curve or difference is looked at."""
    return client.opened(recorded(program, limits))
