"""Programs that try to escape, to use too much, or to leave something behind: none succeeds.

`hostile/` groups them by target, in cells that begin with `# %% name`. Each prints GOT if it got
something it should not have. `-> code` gives its ending, where that is certain. @DIR@ is a folder
anyone may write to, @SECRET@ a readable file, @PORT@ a listening socket, @PID@ this process.
"""

import os
import re
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.patience import PATIENCE_SECONDS, beside, until
from tests.processes import settle, spare, state, zygote
from tests.traces import UNMEASURED
from viz_app.engine.client import Engine
from viz_app.engine.process import sandbox
from viz_app.errors import VizError
from viz_app.limits import Limits
from viz_app.model import Trace
from viz_app.paths import PROJECT

FOLDER = PROJECT / "tests" / "hostile"
QUICK = Limits(wall_seconds=0.6, cpu_seconds=2, memory_bytes=256 * 2**20, result_bytes=2**24)
ENOUGH = msgspec.structs.replace(QUICK, wall_seconds=PATIENCE_SECONDS)
"""Limits for programs that end otherwise than by the time, however busy the machine is."""
PLANTED = "planted-in-a-file"
pytestmark = pytest.mark.skipif(not sandbox.LINUX, reason="seccomp is Linux's")

LOOK = """
import builtins, gc, logging, math, os, random, sys, time, warnings, numpy as np
print(dict(os.environ), len(vars(builtins)), len([1, 2]), math.pi, sorted(sys.modules), sys.path)
print(torch.get_default_dtype(), torch.get_default_device(), torch.rand(2), torch.randn(2))
print(torch.is_grad_enabled(), torch.is_anomaly_enabled(), torch.get_num_threads())
print(torch.are_deterministic_algorithms_enabled(), np.random.rand(2), np.geterr())
print(random.random(), gc.isenabled(), sys.getrecursionlimit(), os.getcwd(), time.tzname)
print(logging.root.manager.disable, len(logging.root.handlers), len(warnings.filters), 7 + 0)
print(os.listdir(), os.listdir("/tmp"), os.listdir("/"), os.path.exists("left.txt"))
open("new.txt", "w").write("new")
print(os.lseek.__name__, [n for n in range(20) if os.isatty(n)], hasattr(torch.ops, "left"))
a = torch.tensor([2., 3.], requires_grad=True)
b = a + 1
(b ** 2).mean().backward()
print(a.grad, torch.nn.Linear(2, 1)(a))
"""
"""A probe of everything in a process that an earlier program could have changed."""


SYSTEM = """
import _io, builtins, io, os, posix
builtins.open = io.open = _io.open
for name in dir(posix):
    if callable(getattr(posix, name)) and hasattr(os, name): setattr(os, name, getattr(posix, name))
"""
"""Gives a program the system's own functions for files, in the place of those in memory."""


def programs() -> Iterator[tuple[str, str, str | None]]:
    """(name, text, how it must end) of every program."""
    for path in sorted(FOLDER.glob("*.py")):
        cells = re.split(r"^# %% (\w+)(?: -> (\w+))?\n", path.read_text("utf-8"), flags=re.M)
        for name, code, text in zip(cells[1::3], cells[2::3], cells[3::3], strict=True):
            yield f"{path.stem}-{name}", text, code
            if "open(" in text or path.stem == "files":
                yield f"{path.stem}-{name}-by_the_system", SYSTEM + text, code


PROGRAMS = list(programs())


@pytest.fixture(scope="module", autouse=True)
def _walled(engine: Engine) -> None:
    """Nothing runs here without the full wall."""
    assert engine.start().missing == ()


@pytest.fixture(scope="module")
def clean(engine: Engine) -> bytes:
    """The output of LOOK in a clean process."""
    trace = engine.run(LOOK, UNMEASURED)
    assert trace.error is None
    return msgspec.msgpack.encode(trace)


class Bait(msgspec.Struct, frozen=True):
    """The targets that a program is tempted with."""

    folder: Path
    secret: Path
    server: socket.socket

    def put_into(self, program: str) -> str:
        marks = {
            "@DIR@": str(self.folder),
            "@SECRET@": str(self.secret),
            "@PORT@": str(self.server.getsockname()[1]),
            "@PID@": str(os.getpid()),
        }
        return re.sub("|".join(marks), lambda found: marks[found[0]], program)

    def untouched(self) -> bool:
        try:
            self.server.accept()
        except BlockingIOError:
            names = sorted(it.name for it in self.folder.iterdir())
            mode = self.secret.stat().st_mode & 0o777
            return names == ["secret"] and mode == 0o666 and self.secret.read_text() == PLANTED
        return False


@pytest.fixture(scope="module")
def bait() -> Iterator[Bait]:
    with (
        tempfile.TemporaryDirectory(prefix="viz-app-", dir="/tmp") as name,
        socket.create_server(("127.0.0.1", 0)) as server,
    ):
        folder = Path(name)
        folder.chmod(0o777)
        secret = folder / "secret"
        secret.write_text(PLANTED)
        secret.chmod(0o666)
        server.setblocking(False)
        yield Bait(folder, secret, server)


def answered(engine: Engine, program: str, limits: Limits) -> Trace | VizError:
    """The answer. TimeoutError if no limit ends the program."""
    try:
        return beside(lambda: engine.run(program, limits))()
    except VizError as problem:
        return problem


def test_hostile_programs_are_many_with_unique_names() -> None:
    assert len(PROGRAMS) >= 150
    assert len({name for name, _, _ in PROGRAMS}) == len(PROGRAMS)


@pytest.mark.parametrize(
    ("text", "code"),
    [pytest.param(text, code, id=name) for name, text, code in PROGRAMS],
)
def test_a_hostile_program_gets_nothing(
    engine: Engine, clean: bytes, bait: Bait, text: str, code: str | None
) -> None:
    program = bait.put_into(text)
    answer = answered(engine, program, QUICK if code in (None, "limit_wall") else ENOUGH)
    said = ""
    if isinstance(answer, Trace):
        said = answer.stdout + "".join(it.text for it in answer.echo)
        said += "".join(it.text for it in answer.stderr)
        failure = answer.error
    else:
        failure = answer.failure
    assert "GOT" not in said
    assert PLANTED not in said + (failure.message if failure else "")
    if code is not None:
        assert failure is not None
        assert failure.code == code
    assert bait.untouched()
    assert msgspec.msgpack.encode(engine.run(LOOK, UNMEASURED)) == clean
    settle(zygote(engine))


def test_spare_child_matches_freshly_forked_child(engine: Engine) -> None:
    engine.start()
    pid = zygote(engine)
    spare(pid)
    waited = engine.run(LOOK, UNMEASURED)
    killed = spare(pid)
    os.kill(killed, signal.SIGKILL)  # so that the next is forked
    until(lambda: state(killed) == "Z")
    assert msgspec.msgpack.encode(engine.run(LOOK, UNMEASURED)) == msgspec.msgpack.encode(waited)
    assert waited.error is None
