"""The house holds what DESIGN.md says: imports run one way."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from viz_app.paths import PROJECT

PACKAGE = PROJECT / "viz_app"
MODULES = sorted(PACKAGE.rglob("*.py"))

# What each room may import of our own; the doors may use everything.
LAW = {
    "model": {"model", "measured", "arrays"},
    "arrays": set(),
    "paths": set(),
    "measured": {"arrays"},
    "browser": {"model", "arrays"},
    "limits": set(),
    "errors": {"model"},
    "picture": {"browser", "model", "measured", "limits", "errors", "knowledge", "picture"},
    "edit": {"browser", "model", "errors", "knowledge", "picture", "edit"},
    "engine": {"paths", "model", "measured", "limits", "errors", "knowledge", "engine"},
    "knowledge": {"paths", "model", "errors", "knowledge"},
    "share": {"model", "limits", "errors", "knowledge", "picture"},
    "export": {"model", "errors", "knowledge", "picture"},
    "transcript": {"model", "export", "knowledge", "picture"},
    "notebook": set(),
    "workers": {
        "browser",
        "paths",
        "model",
        "measured",
        "limits",
        "errors",
        "knowledge",
        "picture",
        "edit",
        "engine",
        "workers",
    },
    "page": {
        "browser",
        "paths",
        "model",
        "limits",
        "errors",
        "knowledge",
        "picture",
        "edit",
        "share",
        "export",
        "notebook",
        "page",
        "engine",
        "workers",
    },
    "app": {"page", "engine", "workers"},
    "__main__": {
        "model",
        "limits",
        "errors",
        "knowledge",
        "export",
        "notebook",
        "engine",
        "transcript",
    },
    "__init__": {"model", "errors", "knowledge", "picture", "edit", "share", "export", "engine"},
}

# Where each third-party package that shapes the house may be imported.
QUARANTINE = {
    "torch": ("engine/",),
    "numpy": ("engine/", "knowledge/formulas/", "picture/words/proof.py"),
    "networkx": (
        "picture/layout/graph.py",
        "picture/layout/folding.py",
        "picture/layout/placement.py",
    ),
    "pygraphviz": ("picture/layout/placement.py",),
    "plotly": ("picture/drawing/figure.py", "export.py", "page/panels/stage.py"),
    "streamlit": ("app.py", "page/"),
    "segno": ("share.py",),
    "starlette": ("app.py", "page/"),
    "pyseccomp": ("engine/process/sandbox.py",),
}


def _name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def _imports(path: Path) -> set[str]:
    """Full names of everything a module imports, also inside functions; relative ones resolved."""
    found = set()
    package = ["viz_app", *path.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            start = ".".join(part for part in (base, node.module or "") if part)
            found |= {f"{start}.{alias.name}" for alias in node.names}
    return found


def _ours(path: Path) -> set[tuple[str, str]]:
    """(room, rest) of each import of our own."""
    parts = [name.split(".") for name in _imports(path) if name.split(".")[0] == "viz_app"]
    return {(names[1], ".".join(names[2:])) for names in parts if len(names) > 1}


ALL = pytest.mark.parametrize("path", MODULES, ids=_name)


def test_there_are_modules_to_read() -> None:
    assert len(MODULES) > 15


@ALL
def test_imports_run_one_way(path: Path) -> None:
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert {name for name, _ in _ours(path)} <= LAW[room]


@ALL
def test_only_the_doors_reach_the_engine_and_only_through_the_client(path: Path) -> None:
    if _name(path).startswith("engine/"):
        pytest.skip("inside")
    reached = {rest.split(".")[0] for room, rest in _ours(path) if room == "engine"}
    assert reached <= {"client"}


@ALL
def test_a_package_stays_in_its_quarantine(path: Path) -> None:
    used = {name.split(".")[0] for name in _imports(path)} & set(QUARANTINE)
    assert {package for package in used if not _name(path).startswith(QUARANTINE[package])} == set()


def test_no_module_carries_the_name_of_a_library() -> None:
    """`streamlit run` puts viz_app/ on the path, where our name would hide the other."""
    top = {path.stem for path in PACKAGE.iterdir() if path.stem != "__init__"}
    assert top & set(sys.stdlib_module_names - {"__main__"}) == set()


@pytest.mark.parametrize("door", ["viz_app", "viz_app.page.screen", "viz_app.engine.client"])
def test_the_page_process_never_imports_torch(door: str) -> None:
    check = f"import sys, {door}; sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", check], capture_output=True)
    assert (done.returncode, done.stderr.decode()) == (0, "")


def test_every_way_to_install_brings_the_same_libraries() -> None:
    listed = re.search(r"^LIBRARIES := (.*)$", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    assert listed is not None
    libraries = listed[1].split()
    assert len(libraries) > 3
    assert set(libraries) <= set((PROJECT / "packages.txt").read_text().split())
    assert set(libraries) <= set((PROJECT / "Dockerfile").read_text().split())


def test_each_promise_names_a_test_that_there_is() -> None:
    file, found = "", 0
    for path, name in re.findall(
        r"`((?:\w+/)*test_\w+\.py)?(?:::)?(test_\w+)?`",
        (PROJECT / "SECURITY.md").read_text("utf-8"),
    ):
        file = path or file
        if file and (path or name):
            text = (PROJECT / "tests" / file).read_text("utf-8")
            assert not name or f"def {name}(" in text, (file, name)
            found += 1
    assert found > 10
