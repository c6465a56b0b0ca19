"""The recorder, the notebook and the files with other versions of torch: `make matrix`.

    python -m tests.matrix [NAME ...]

A NAME is a version of torch, which gets an environment of its own with the newest versions that
pyproject.toml admits of everything else, or "oldest": the oldest versions of all. Without one:
"oldest", and the last release of each minor version of torch that the registry has. An environment
is removed after its tests: a torch from PyPI takes 5 GB. Prints a line per environment; pytest's
own words are in artefacts/. Exits with 1 if one was not installed or a test in it failed.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
import tomllib
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.version import Version

from viz_app.paths import PROJECT

EXTRAS: Final = ("notebook", "files")
TOOLS: Final = ("expecttest", "hypothesis", "nbclient", "pytest")
"""The packages that the tests need, in the versions of requirements.lock."""
TESTS: Final = (
    "tests/engine/record/test_torch_patches.py", "tests/notebook", "tests/render/test_exports.py",
    "tests/engine/test_programs.py",
)  # fmt: skip
KINDS: Final = (
    "test_torch_patches", "test_kernel", "test_recording", "test_exports", "[accumulate",
    "[attention", "[basics", "[func", "[function", "[hooks", "[inplace", "[modules", "[nograd",
    "[optim", "[rnn", "[second", "[views",
)  # fmt: skip
"""The programs are those of these kinds."""
OLDEST: Final = "oldest"
UV: Final = PROJECT / ".venv-lock/bin/uv"


def project() -> tuple[list[Requirement], list[Requirement]]:
    """The requirements of the package and of its extras."""
    held = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [it for name in EXTRAS for it in held["optional-dependencies"][name]]
    return [Requirement(it) for it in held["dependencies"]], [Requirement(it) for it in extras]


def releases() -> list[str]:
    """The last release of each minor version of torch that the package admits, from pip's index."""
    (torch,) = (it for it in project()[0] if it.name == "torch")
    printed = subprocess.run(
        [sys.executable, "-m", "pip", "index", "versions", "torch"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    listed = re.search(r"^Available versions: (.*)$", printed, re.MULTILINE)
    assert listed is not None, printed
    last: dict[tuple[int, int], Version] = {}
    for one in sorted(map(Version, listed[1].split(", "))):
        if torch.specifier.contains(one) and one.local is None:
            last[one.major, one.minor] = one
    return [str(one) for one in last.values()]


def wanted(name: str, folder: Path) -> Iterator[str]:
    """pip's arguments for an environment."""
    needs, extras = project()
    if name == OLDEST:
        lowest = folder / "lowest.txt"
        subprocess.run(
            [UV, "pip", "compile", "--quiet", "--resolution", "lowest-direct",
             *(f"--extra={it}" for it in EXTRAS), PROJECT / "pyproject.toml",
             "--output-file", lowest],
            check=True,
        )  # fmt: skip
        yield from ("--requirement", str(lowest))
    else:
        yield f"torch=={name}"
        yield from (str(it) for it in (*needs, *extras) if it.name != "torch")
    locked = (PROJECT / "requirements.lock").read_text("utf-8")
    for tool in TOOLS:
        pinned = re.search(rf"^{tool}==\S+", locked, re.MULTILINE)
        assert pinned is not None, tool
        yield pinned[0]


def tried(name: str) -> tuple[bool, str]:
    """Install an environment and run the tests there: if all passed, and their last line."""
    with tempfile.TemporaryDirectory(prefix=f"viz-matrix-{name}-") as place:
        folder = Path(place)
        venv.create(folder / "venv", with_pip=True)
        python = folder / "venv/bin/python"
        install = ["-m", "pip", "install", "--quiet", "--no-cache-dir", *wanted(name, folder)]
        done = subprocess.run([python, *install], capture_output=True, text=True)
        if done.returncode:
            return False, f"not installed: {done.stderr.strip().splitlines()[-1]}"
        kinds = " or ".join(KINDS)
        done = subprocess.run(
            [python, "-m", "pytest", "-p", "no:cacheprovider", "-o", "addopts=", "-q", *TESTS,
             "-k", kinds],
            cwd=PROJECT, capture_output=True, text=True,
            env={**os.environ, "PYTHONPATH": str(PROJECT)},
        )  # fmt: skip
    log = PROJECT / "artefacts" / f"matrix-{name}.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text(done.stdout + done.stderr, "utf-8")
    *_, last = done.stdout.strip().splitlines() or [done.stderr[-500:]]
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return done.returncode == 0, "\n    ".join([last, *failed])


def main(names: list[str]) -> int:
    """Print a line per environment; return the exit code."""
    passed = True
    for name in names:
        began = time.monotonic()
        good, outcome = tried(name)
        print(f"{name:8} {outcome}  ({time.monotonic() - began:.0f} s in all)", flush=True)
        passed &= good
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or [OLDEST, *releases()]))
