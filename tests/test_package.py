"""The installed package: wheel and sdist are built, and each command runs outside the checkout."""

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tarfile
import urllib.request
import venv
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.browser.serve import free_port
from tests.patience import until
from viz_app.paths import PROJECT

BUILD = PROJECT / "assets/build"
PROGRAM = "x = torch.tensor([2., 3.], requires_grad=True)\n(x ** 2).sum().backward()\n"


def _hook(project: Path, name: str, target: Path) -> Path:
    """Call a hook of the build backend as pip does, in the project's folder."""
    target.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", f"import build_browser as b; b.{name}({str(target)!r})"],
        cwd=project, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (made,) = target.iterdir()
    return made


def _contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as file:
        return {name: file.read(name) for name in file.namelist()}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel of a copy of the checkout, and the wheel of its sdist."""
    folder = tmp_path_factory.mktemp("package")
    ignored = (PROJECT / ".gitignore").read_text().split()
    leave = shutil.ignore_patterns(".git", "tests", *(it.strip("/") for it in ignored))
    project = folder / "project"
    shutil.copytree(
        PROJECT, project,
        ignore=lambda at, names: leave(at, [n for n in names if Path(at, n) != BUILD]),
    )  # fmt: skip
    (project / ".streamlit/secrets.toml").write_text("nobody = 'sees'")
    sdist = _hook(project, "build_sdist", folder / "sdist")
    with tarfile.open(sdist) as file:
        file.extractall(folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    shutil.rmtree(project / "build", ignore_errors=True)
    return (
        _hook(project, "build_wheel", folder / "wheel"),
        _hook(unpacked, "build_wheel", folder / "again"),
    )


@pytest.fixture(scope="module")
def place(built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and, lent by this one, what the wheel depends on."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(folder, with_pip=False)
    (packages,) = folder.glob("lib/python*/site-packages")
    # A path of a .pth file is not searched for .pth files: the checkout stays out of sight.
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib"))
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(folder / "bin/python"), "install", "-q",
         "--no-deps", "--no-index", "--disable-pip-version-check", str(built[0])],
        check=True,
    )  # fmt: skip
    return folder


def run(place: Path, *command: str, given: str = PROGRAM) -> subprocess.CompletedProcess[str]:
    """A command of the environment, in an empty folder with a plain environment."""
    empty = place.parent / "empty"
    empty.mkdir(exist_ok=True)
    return subprocess.run(
        [str(place / "bin" / command[0]), *command[1:]],
        input=given, capture_output=True, text=True, cwd=empty, env={"PATH": os.defpath},
    )  # fmt: skip


def test_the_sdist_builds_the_same_wheel(built: tuple[Path, Path]) -> None:
    wheel, again = map(_contents, built)
    assert wheel == again
    assert "viz_app/assets/text/ko.toml" in wheel
    assert "viz_app/.streamlit/config.toml" in wheel
    assert not [name for name in wheel if "secrets" in name]
    folders = {name.split("/")[0] for name in wheel}
    assert {name for name in folders if not name.endswith(".dist-info")} == {"viz_app"}
    assets = {
        it.relative_to(PROJECT).as_posix() for it in (PROJECT / "assets").rglob("*")
        if it.is_file() and "__pycache__" not in it.parts
    }  # fmt: skip
    assert {f"viz_app/{name}" for name in assets} <= set(wheel)


def test_everything_imported_is_the_installed_package(place: Path) -> None:
    printed = run(place, "python", "-c", "import viz_app.paths as p; print(p.__file__, p.ASSETS)")
    assert printed.stdout.count(str(place)) == 2, printed.stderr


COMMANDS = """
import contextlib, io, json, runpy, sys
SCRIPT, *calls = json.load(sys.stdin)
starts = {
    "viz-app": lambda: runpy.run_path(SCRIPT, run_name="__main__"),
    "python -m viz_app": lambda: runpy.run_module("viz_app", run_name="__main__", alter_sys=True),
}
ran = {}
for name, start in starts.items():
    ran[name] = []
    for arguments, program in calls:
        sys.argv, sys.stdin = [name, *arguments], io.StringIO(program)
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                start()
            except SystemExit as end:
                code = end.code
        ran[name].append((code, out.getvalue(), err.getvalue()))
import viz_app.page.main as page
from streamlit.testing.v1 import AppTest
at = AppTest.from_file(page.__file__, default_timeout=600).run()
found = [getattr(getattr(it, "proto", None), "component_name", "") for it in at.main]
ran["page"] = [[it.message for it in at.exception], found.count("viz_stage")]
ran["imported"] = [name for name in ("streamlit", "torch") if name in sys.modules]
json.dump(ran, sys.stdout)
"""
"""Begins each command as Python does, one after the other, and draws the page: one engine serves
all."""


@pytest.fixture(scope="module")
def ran(place: Path) -> dict[str, list[Any]]:
    """Exit code, output and error of each call of each command; errors and stages of the page;
    which of Streamlit and torch the process has imported."""
    calls = [
        (("trace", "-", "--json"), PROGRAM),
        (("story", "-", "--lang", "ko"), PROGRAM),
        (("trace", "-"), "1 +"),
        (("render", "-", "-o", "step.png"), PROGRAM),
    ]
    given = json.dumps([str(place / "bin/viz-app"), *calls])
    done = run(place, "python", "-W", "ignore", "-c", COMMANDS, given=given)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize("command", ["viz-app", "python -m viz_app"])
def test_trace_and_story_commands_run_when_installed(
    place: Path, ran: dict[str, list[Any]], command: str
) -> None:
    (code, out, error), (story_code, story, story_error), (refused, _, why), drawn = ran[command]
    assert code == 0, error
    assert json.loads(out)["variables"]["x"]["grad"] == [4.0, 6.0]
    assert story_code == 0, story_error
    assert "리프" in story
    assert refused == 2
    assert why.startswith("-:1:4: SyntaxError: invalid syntax")
    assert drawn == [0, "", ""]
    helped = run(place, *command.split(), "--help")  # in a process of its own
    assert (helped.returncode, helped.stderr) == (0, "")
    assert "render" in helped.stdout


def test_the_commands_and_the_page_never_import_torch(ran: dict[str, list[Any]]) -> None:
    assert ran["page"] == [[], 1]
    assert ran["imported"] == ["streamlit"]


@pytest.mark.usefixtures("ran")  # it rendered step.png
def test_a_recording_is_shown_and_saved(place: Path) -> None:
    recorded = run(
        place, "python", "-W", "ignore", "-c",
        "import sys, viz_app\n"
        "assert 'torch' not in sys.modules\n"
        "import torch\n"
        "x = torch.tensor([2., 3.], requires_grad=True)\n"
        "with viz_app.record() as run:\n"
        "    (x ** 2).sum().backward()\n"
        "print(run.trace['variables']['x']['grad'], '<iframe' in "
        "run._repr_mimebundle_()['text/html'])\n"
        "run.save('run.html'); run.save('run.pdf')\n",
    )  # fmt: skip
    assert recorded.stdout == "[4.0, 6.0] True\n", recorded.stderr
    made = {it.name: it.read_bytes()[:4] for it in (place.parent / "empty").iterdir()}
    assert made["run.html"] == b"<!DO"
    assert made["run.pdf"] == b"%PDF"
    assert made["step.png"] == b"\x89PNG"


def test_page_opens_when_installed(place: Path, ran: dict[str, list[Any]]) -> None:
    port = free_port()
    empty = place.parent / "empty"
    empty.mkdir(exist_ok=True)
    server = subprocess.Popen(
        [place / "bin/viz-app", "--port", str(port)],
        cwd=empty, env={"PATH": os.defpath, "HOME": str(empty)}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip

    def answer(path: str) -> str | None:
        assert server.poll() is None, server.stdout and server.stdout.read()
        try:
            with urllib.request.urlopen(f"http://localhost:{port}/{path}") as reply:
                return str(reply.read().decode())
        except OSError:
            return None

    try:
        until(lambda: answer("_stcore/health"))
        assert "<html" in (answer("") or "")
    finally:
        os.kill(server.pid, signal.SIGINT)
        said, _ = server.communicate()
    assert f"localhost:{port}" in said
    assert "Traceback" not in said
    assert ran["page"] == [[], 1]
