"""The wall, tried from inside: nothing opened, connected, started, signalled or left."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from viz_app.engine import sandbox
from viz_app.engine.client import Engine
from viz_app.limits import Limits

HOSTILE = sorted((Path(__file__).parent / "hostile").glob("*.py"))
QUICK = Limits(wall_seconds=2, cpu_seconds=2)
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


def test_a_gap_in_the_wall_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The probe really tries: with `openat` allowed, reading a file succeeds and is not held."""
    monkeypatch.setattr(sandbox, "ALLOWED", (*sandbox.ALLOWED, "openat"))
    held = sandbox.probe()
    assert "open" not in held
    assert "fork" in held


def test_there_are_hostile_programs() -> None:
    assert len(HOSTILE) >= 20


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_a_hostile_program_gets_nothing(
    engine: Engine, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each program prints GOT for whatever it should not have got.

    @DIR@ is a folder anyone may write to, @SECRET@ a readable file, @PORT@ a listening socket,
    @PID@ this process.
    """
    folder = Path("/tmp") / f"viz-app-hostile-{os.getpid()}"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o777)
    secret = folder / "secret"
    secret.write_text("planted-in-a-file")
    secret.chmod(0o666)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        program = path.read_text("utf-8")
        for mark, value in (
            ("@DIR@", str(folder)),
            ("@SECRET@", str(secret)),
            ("@PORT@", str(server.getsockname()[1])),
            ("@PID@", str(os.getpid())),
        ):
            program = program.replace(mark, value)
        try:
            trace = engine.run(program, QUICK)
            assert "GOT" not in trace.stdout
            assert "planted" not in trace.stdout
            with pytest.raises(BlockingIOError):
                server.accept()
            assert os.listdir(folder) == ["secret"]
            assert secret.read_text() == "planted-in-a-file"
            assert secret.stat().st_mode & 0o777 == 0o666
        finally:
            for left in folder.iterdir():
                left.unlink()
            folder.rmdir()
    clean = engine.run("print(1 + 1)")
    assert (clean.stdout, clean.error) == ("2\n", None)


def test_a_secret_in_the_page_is_nowhere_in_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLANTED", "planted-in-the-environment")
    fresh = Engine("required")
    look = (
        "import os, ctypes, gc\nprint(dict(os.environ))\n"
        "ctypes.pythonapi.environ\n"
        "block = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), 'environ')\n"
        "n = 0\nwhile block[n]:\n    print(block[n]); n += 1\n"
    )
    trace = fresh.run(look, QUICK)
    fresh.close()
    assert "PYTHONHASHSEED" in trace.stdout
    assert "planted" not in trace.stdout


def test_a_child_has_no_descriptor_but_its_own(engine: Engine) -> None:
    program = (
        "import os\nopen_ones = []\nfor n in range(64):\n    try:\n        os.lseek(n, 0, 1)\n"
        "        open_ones.append(n)\n    except OSError as e:\n"
        "        if e.errno != 9: open_ones.append(n)\nprint(open_ones)"
    )
    assert engine.run(program, QUICK).stdout == "[0, 1, 2, 3]\n"


def test_a_child_of_root_is_nobody(engine: Engine) -> None:
    seen = engine.run("import os; print(os.getuid())", QUICK).stdout
    assert seen == f"{sandbox.NOBODY if os.getuid() == 0 else os.getuid()}\n"


def test_memory_has_a_ceiling_above_the_zygotes_own(engine: Engine) -> None:
    small = Limits(wall_seconds=5, memory_bytes=256 * 2**20)
    assert engine.run("x = torch.zeros(150 * 2**18)", small).error is None
    over = engine.run("x = torch.zeros(300 * 2**18)", small).error
    assert over is not None
    assert over.hint == "memory"
