"""The wall: its parts, and a self-test that finds gaps; `test_hostile.py` attacks it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.patience import PATIENCE_SECONDS, beside, until
from tests.processes import running, sealed, settle, zygote
from viz_app.engine import wire
from viz_app.engine.client import Engine
from viz_app.engine.process import sandbox
from viz_app.engine.process import zygote as zygote_module
from viz_app.engine.process.zygote import prove_walls
from viz_app.limits import Limits
from viz_app.paths import PROJECT

ENOUGH = Limits(wall_seconds=PATIENCE_SECONDS)
pytestmark = pytest.mark.skipif(not sandbox.LINUX, reason="seccomp is Linux's")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine("required")
    engine.start()
    yield engine
    engine.close()


def test_the_probe_finds_the_whole_wall() -> None:
    assert sandbox.probe() == tuple(name for name, _ in sandbox.ATTEMPTS)


def test_without_seccomp_the_probe_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "seccomp", None)
    assert sandbox.probe() == ()


class Killed:
    """`os.fork`, whose first `times` children are killed before they can do anything."""

    def __init__(self, times: int) -> None:
        self.left = times
        self.fork = os.fork

    def __call__(self) -> int:
        if not self.left:
            return self.fork()
        self.left -= 1
        ours, theirs = os.pipe()
        child = self.fork()
        if child == 0:
            os.read(ours, 1)  # never written to: it waits to be killed
        os.kill(child, signal.SIGKILL)
        os.close(ours)
        os.close(theirs)
        return child


def test_killed_probe_yields_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fork", Killed(1))
    with pytest.raises(sandbox.ProbeError):
        sandbox.probe()


@pytest.mark.parametrize("times", range(1, 3))
def test_killed_probe_is_repeated(monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    monkeypatch.setattr(os, "fork", Killed(times))
    held, walls = prove_walls()
    assert held == tuple(name for name, _ in sandbox.ATTEMPTS)
    assert walls.seccomp


def test_engine_without_a_finding_never_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    """All its probes are killed, so even one that accepts what the system offers runs nothing."""
    monkeypatch.setattr(os, "fork", Killed(100))
    monkeypatch.setattr(zygote_module, "warm_up", lambda: "2")
    ours, theirs = socket.socketpair()
    with ours:
        assert zygote_module.main([str(theirs.detach()), "auto"]) == 1
        hello = wire.receive(ours, 2**16, time.monotonic() + PATIENCE_SECONDS)
    assert "ProbeError" in (msgspec.msgpack.decode(hello, type=wire.Wall).problem or "")


def test_a_gap_in_the_wall_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The probe really tries: with `openat` allowed, reading a file succeeds and does not count as
    held."""
    monkeypatch.setattr(sandbox, "ALLOWED", (*sandbox.ALLOWED, "openat"))
    monkeypatch.setattr(sandbox, "fence", lambda: 0)
    held = sandbox.probe()
    assert "open" not in held
    assert "fork" in held


def _landlock() -> int:
    """The version of Landlock in a process of its own; it can't be removed again."""
    look = "import os; from viz_app.engine.process import sandbox as s; s._prctl(38, 1); "
    look += "n = s.fence(); print(n); n and os.close(os.open('/dev/null', 0))"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True)
    version = int(done.stdout)
    assert ("PermissionError" in done.stderr) == (version > 0)
    return version


def test_landlock_holds_without_seccomp(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> None:
    if _landlock() == 0:
        pytest.skip("this kernel has no Landlock")
    assert engine.start().landlock
    assert {"open", "create"} <= set(sandbox.probe(sealed=False))
    monkeypatch.setattr(sandbox, "ALLOWED", (*sandbox.ALLOWED, "openat"))
    assert sandbox.probe() == tuple(name for name, _ in sandbox.ATTEMPTS)


def test_child_sees_nothing_of_another_child_running_at_once(engine: Engine) -> None:
    """Each child shares a single page with the zygote: its own."""
    engine.start()
    pid = zygote(engine)
    settle(pid)
    ends = [beside(lambda: engine.run("import time; time.sleep(10**6)", ENOUGH)) for _ in range(3)]
    until(lambda: sum(map(sealed, running(pid))) == 3)
    found = running(pid)
    shared = [
        [it for it in Path(f"/proc/{child}/maps").read_text().splitlines() if "/dev/zero" in it]
        for child in found
    ]
    for child in found:
        os.kill(child, signal.SIGKILL)
    for end in ends:
        end()
    assert [len(it) for it in shared] == [1, 1, 1]


HUNT = """
import ctypes, os
found = [repr(dict(os.environ))]
block = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
n = 0
while block[n]:
    found.append(repr(block[n])); n += 1
for path in ("@FILE@", f"/proc/@PID@/environ", f"/proc/@PID@/mem", f"/proc/{os.getppid()}/environ"):
    try:
        found.append(open(path, "rb").read().decode("latin-1"))
    except OSError:
        pass
class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
room = ctypes.create_string_buffer(4096)
here, there = Piece(ctypes.addressof(room), 4096), Piece(@ADDRESS@, 64)
ctypes.CDLL(None).process_vm_readv(@PID@, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
found.append(room.raw.decode("latin-1"))
needle = "plant" + "ed-"
print("hunted", sum(needle in text for text in found))
"""
PAGE = """
import ctypes, os, sys
from viz_app.engine.client import Engine
secret = b"plant" + b"ed-in-the-memory"
address = ctypes.addressof(ctypes.c_char.from_buffer(room := bytearray(secret)))
engine = Engine("required")
program = sys.stdin.read().replace("@ADDRESS@", str(address))
trace = engine.run(program.replace("@PID@", str(os.getpid())))
engine.close()
print(trace.stdout, trace.error)
"""


def test_secrets_of_the_host_are_unreachable(tmp_path: Path) -> None:
    """One in the page's environment, one in Streamlit's file, one in the page's memory."""
    (tmp_path / ".streamlit").mkdir()
    file = tmp_path / ".streamlit/secrets.toml"
    file.write_text('key = "planted-in-a-file"')
    file.chmod(0o644)
    done = subprocess.run(
        [sys.executable, "-c", PAGE],
        input=HUNT.replace("@FILE@", str(file)),
        cwd=tmp_path,
        env={**os.environ, "SECRET": "planted-in-the-environment", "PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == ("hunted 0\n None\n", "")


def test_child_has_only_its_own_descriptors(engine: Engine) -> None:
    program = (
        "import os\nopen_ones = []\nfor n in range(64):\n    try:\n        os.lseek(n, 0, 1)\n"
        "        open_ones.append(n)\n    except OSError as e:\n"
        "        if e.errno != 9: open_ones.append(n)\nprint(open_ones)"
    )
    assert engine.run(program, ENOUGH).stdout == "[0, 1, 2, 3]\n"


def test_a_child_of_root_is_nobody(engine: Engine) -> None:
    seen = engine.run("import os; print(os.getuid())", ENOUGH).stdout
    assert seen == f"{sandbox.NOBODY if os.getuid() == 0 else os.getuid()}\n"


def test_memory_has_a_ceiling_above_the_zygotes_own(engine: Engine) -> None:
    small = Limits(wall_seconds=PATIENCE_SECONDS, memory_bytes=256 * 2**20)
    assert engine.run("x = torch.zeros(150 * 2**18)", small).error is None
    over = engine.run("x = torch.zeros(300 * 2**18)", small).error
    assert over is not None
    assert over.hint == "memory"


REWRITE = """
import gc, ctypes
gc.unfreeze()
things = gc.get_objects()
kept = []
while True:
    try:
        kept.append(b"x" * 2**20)
    except MemoryError:
        break
for thing in things:  # copies of pages that no limit of the kernel counts
    ctypes.c_ssize_t.from_address(id(thing)).value += 1
library = ctypes.c_void_p.from_address(id(torch._C._get_default_device) + 16).value
code = ctypes.c_void_p.from_address(library + 8).value & ~0xFFF
for place in range(code, code + 2**28, 4096):  # the library's code, made writable page by page
    if ctypes.CDLL(None).mprotect(ctypes.c_void_p(place), 4096, 7) != 0:
        break
    byte = ctypes.c_ubyte.from_address(place)
    byte.value = byte.value
while True:
    pass
"""


def test_written_memory_is_limited(engine: Engine) -> None:
    """The program allocates all it can, then writes to pages shared with the zygote, and
    continues."""
    limits = Limits(wall_seconds=60, cpu_seconds=60, memory_bytes=256 * 2**20)
    error = engine.run(REWRITE, limits).error
    assert error is not None
    assert error.code == "limit_memory"


def test_programs_environment_names_no_account(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name comes neither from the host's variables nor from libraries."""
    names = ("USER", "LOGNAME", "LNAME", "USERNAME", "HOME")
    for name in names:
        monkeypatch.setenv(name, "planted-account")
    other = Engine("required")
    program = "import os; print(sorted(os.environ.items()))"
    try:
        seen = other.run(program, ENOUGH).stdout
    finally:
        other.close()
    assert "HOME" in seen
    assert "planted" not in seen
    assert "torchinductor" not in seen.lower()
    assert not any(f"'{name}'" in seen for name in names if name != "HOME")
