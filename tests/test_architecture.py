"""The project follows DESIGN.md: imports run one way."""

import ast
import functools
import re
import subprocess
import sys
from pathlib import Path

import pytest

from viz_app.paths import PROJECT

PACKAGE = PROJECT / "viz_app"
MODULES = sorted(PACKAGE.rglob("*.py"))

# The other rooms that each room may import.
LAW = {
    "model": "arrays measured",
    "arrays": "",
    "memory": "",
    "paths": "",
    "bundles": "",
    "patches": "",
    "measured": "arrays",
    "syntax": "",
    "browser": "arrays model",
    "limits": "",
    "errors": "model",
    "replicas": "",
    "engine": "errors knowledge limits measured model notebook patches paths",
    "knowledge": "errors model paths syntax",
    "picture": "browser errors knowledge limits measured model notebook syntax",
    "edit": "browser errors knowledge model notebook picture syntax",
    "grading": "engine errors export knowledge limits model share",
    "share": "errors knowledge limits model picture",
    "export": "errors knowledge model picture",
    "transcript": "export knowledge model picture",
    "notebook": "syntax",
    "render": "browser bundles export knowledge model notebook paths picture syntax transcript",
    "workers": "browser edit engine errors knowledge limits measured memory model paths picture "
    "render",
    "page": "browser bundles edit engine errors export grading knowledge limits memory model "
    "notebook patches paths picture render replicas share workers",
    "app": "engine knowledge page replicas workers",
    "__main__": "engine errors export grading knowledge limits model notebook picture render "
    "transcript",
    "kernel": "browser paths render",
    "recording": "engine export kernel model render transcript",
    "__init__": "recording",
}

# The sub-rooms that each sub-room may import of its room.
ROOMS = {
    "engine": {
        "client": "host wire",
        "wire": "",
        "weight": "",
        "scrub": "",
        "host": "weight wire",
        "process": "program record weight wire",
        "program": "record scrub text wire",
        "record": "scrub text wire",
        "text": "wire",
    },
    "picture": {
        "words": "",
        "story": "words",
        "layout": "story words",
        "scene": "layout story words",
        "lesson_faults": "moments payload scene",
        "moments": "scene",
        "printed": "",
        "whatif": "words",
        "drawing": "layout scene words",
        "explain": "scene story words",
        "payload": "drawing explain layout scene story words",
    },
    "page": {
        "server": "",
        "visit": "",
        "panels": "server visit",
        "live": "panels server visit",
        "session": "live panels visit",
        "header": "panels session visit",
        "screen": "header live panels server session visit",
        "main": "screen",
    },
}

# The modules that may import each third-party package that shapes the project.
QUARANTINE = {
    "anywidget": ("kernel.py",),
    "contourpy": ("picture/explain/contour.py",),
    "torch": (
        "engine/process/",
        "engine/program/",
        "engine/record/",
        "engine/text/literals.py",
    ),
    "numpy": (
        "engine/process/",
        "engine/program/",
        "engine/record/",
        "knowledge/formulas/",
        "picture/explain/boundary.py",
        "picture/explain/contour.py",
        "picture/explain/views.py",
        "picture/words/proof.py",
    ),
    "networkx": (
        "picture/layout/graph.py",
        "picture/layout/folding.py",
        "picture/layout/placement.py",
    ),
    "pygraphviz": ("picture/layout/placement.py",),
    "plotly": ("page/panels/stage.py",),
    "PIL": ("engine/program/vision.py", "render/moving.py"),
    "resvg_py": ("render/still.py",),
    "typst": ("render/handout.py",),
    "ziafont": ("render/still.py",),
    "ziamath": ("render/handout.py",),
    "streamlit": ("app.py", "page/"),
    "redis": ("replicas/by_redis.py",),
    "prometheus_client": ("page/server/metrics.py",),
    "segno": ("share.py",),
    "starlette": ("app.py", "page/"),
    "pyseccomp": ("engine/process/sandbox.py",),
}


def _name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@functools.cache
def _nodes(path: Path) -> tuple[ast.AST, ...]:
    """The syntax tree of a file, parsed once for all laws."""
    return tuple(ast.walk(ast.parse(path.read_text("utf-8"))))


def _imports(path: Path) -> set[str]:
    """Full names of everything a module imports, also inside functions; relative ones resolved."""
    found = set()
    package = ["viz_app", *path.relative_to(PACKAGE).parent.parts]
    for node in _nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            start = ".".join(part for part in (base, node.module or "") if part)
            found |= {f"{start}.{alias.name}" for alias in node.names}
    return found


def _ours(path: Path) -> set[tuple[str, str]]:
    """(room, room within it or file) of each import of our own."""
    parts = [(*name.split("."), "")[:4] for name in _imports(path) if name.startswith("viz_app.")]
    return {(room, within) for _, room, within, *_ in parts}


def test_imports_run_one_way() -> None:
    """The law holds between rooms, and between the sub-rooms of a room.

    The engine is reached by its client.
    """
    against = []
    for path in MODULES:
        room, within, *_ = (*(part.removesuffix(".py") for part in _name(path).split("/")), "")
        for other, part in sorted(_ours(path)):
            if other == room:
                law = ROOMS.get(room, {}).get(within, part)
                fine = part in (within, *law.split()) or within in ("__init__", "")
            else:
                entry = "program" if room == "recording" else "client"
                fine = other in LAW[room].split() and (other != "engine" or part == entry)
            if not fine:
                against.append(f"{_name(path)} imports {other}.{part}")
    assert against == []


def test_each_room_has_its_law() -> None:
    """No file or folder is left out, and none is named that is gone."""
    for room, laws in ROOMS.items():
        found = {path.stem for path in (PACKAGE / room).iterdir() if path.suffix in ("", ".py")}
        assert set(laws) == found - {"__init__", "__pycache__"}
    found = {path.stem for path in PACKAGE.iterdir() if path.suffix in ("", ".py")}
    assert set(LAW) == found - {"__pycache__"}
    rooms = (PROJECT / "DESIGN.md").read_text("utf-8").partition("## The rooms")[2]
    assert [name for name in LAW if not re.search(rf"`{name}(/|\.py)`", rooms)] == ["__init__"]


def test_tests_mirror_the_rooms_and_sub_rooms() -> None:
    for room, laws in ROOMS.items():
        tests = PROJECT / "tests" / room
        subs = {path.name for path in tests.iterdir() if any(path.glob("test_*.py"))}
        assert subs == {name for name in laws if (PACKAGE / room / name).is_dir()}
        assert all((tests / name / "__init__.py").exists() for name in subs)


def test_third_party_packages_stay_in_their_modules() -> None:
    against = [
        f"{_name(path)} imports {package}"
        for path in MODULES
        for package in sorted({name.split(".")[0] for name in _imports(path)} & set(QUARANTINE))
        if not _name(path).startswith(QUARANTINE[package])
    ]
    assert against == []


def test_room_with_sub_rooms_has_a_readme() -> None:
    assert [room for room in ROOMS if not (PACKAGE / room / "README.md").exists()] == []


@pytest.mark.parametrize(
    "folder",
    [
        "viz_app/engine",
        "viz_app/picture",
        "viz_app/picture/words",
        "viz_app/page",
        "viz_app/knowledge/ops",
        "assets/stage",
        "tests",
    ],
)
def test_a_readme_names_each_file_of_its_folder(folder: str) -> None:
    text = (PROJECT / folder / "README.md").read_text("utf-8")
    found = [
        path.name
        for path in (PROJECT / folder).iterdir()
        if path.suffix in (".py", ".js", "")
        and path.stem not in ("__init__", "__pycache__")
        and not path.name.startswith(("test_", "."))
    ]
    assert len(found) > 5
    assert [name for name in sorted(found) if f"`{name}" not in text] == []


def test_nobody_else_writes_the_recorders_fields() -> None:
    against = []
    for path in (PACKAGE / "engine").rglob("*.py"):
        for node in _nodes(path):
            if not isinstance(getattr(node, "ctx", None), ast.Store | ast.Del):
                continue
            field = node.value if isinstance(node, ast.Subscript) else node
            if isinstance(field, ast.Attribute):
                owner = field.value
                name = getattr(owner, "id", getattr(owner, "attr", ""))
                if name == "recorder":
                    against.append(f"{_name(path)}:{field.lineno}")
    assert against == []


def test_the_session_holds_the_visit_and_what_belongs_to_one_panel() -> None:
    """Each key of the session's state is used by one module only: the visit's, a panel's, or the
    header's for its widgets."""
    allowed = ("page/visit/state.py", "page/panels/", "page/header.py")
    users = [
        _name(path)
        for path in MODULES
        if any(
            isinstance(node, ast.Attribute) and node.attr == "session_state"
            for node in _nodes(path)
        )
    ]
    assert len(users) > 5
    assert [name for name in users if not name.startswith(allowed)] == []
    owners: dict[str, str] = {}
    for name in users:
        for key in set(re.findall(r'session(?:_state)?(?:\.get\(|\.setdefault\(|\[)"(\w+)"',
                                  (PACKAGE / name).read_text("utf-8"))):  # fmt: skip
            assert owners.setdefault(key, name) == name, key


# The modules that replace functions of other packages; each lists all of its own, with reasons.
REPLACE = {
    "engine/program/file_calls.py": {"torch", "streamlit", "starlette", "uvicorn"},
    "engine/record/torch_patches.py": {"numpy", "streamlit", "starlette", "uvicorn"},
    "page/server/streamlit_patches.py": {"torch", "numpy"},
}
"""The packages that each leaves to the others."""


def test_replacements_are_listed_in_one_file_per_package() -> None:
    """Nothing else assigns to a module, a class or an attribute of these packages."""
    found = {_name(path) for path in MODULES if "viz_app.patches.Patch" in _imports(path)}
    assert found == set(REPLACE)
    for name, left in REPLACE.items():
        assert not {it.split(".")[0] for it in _imports(PACKAGE / name)} & left
    packages = set().union(*REPLACE.values())
    against = []
    for path in MODULES:
        theirs = _bound(path, packages)
        for node in _nodes(path):
            target = node
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("setattr", "delattr"):
                target = node.args[0]
            elif not (
                isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del)
            ):
                continue
            while isinstance(target, ast.Attribute):
                target = target.value
            if isinstance(target, ast.Name) and target.id in theirs:
                against.append(f"{_name(path)}: {ast.unparse(node)}")
    assert against == []


def _bound(path: Path, packages: set[str]) -> set[str]:
    """The names under which a module has imported something from these packages."""
    names = set()
    for node in _nodes(path):
        if isinstance(node, ast.Import):
            named = [(alias.asname or alias.name, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            named = [(alias.asname or alias.name, node.module or "") for alias in node.names]
        else:
            continue
        names |= {name.split(".")[0] for name, home in named if home.split(".")[0] in packages}
    return names


# First words after which a reader learns the subject of a docstring last.
CLAUSES = frozenset(
    "what who whose whom which whether why how when where so of by as at in on from that those "
    "told tells says".split()
)


def _docstrings(path: Path) -> list[tuple[int, str]]:
    """The line and text of each docstring, and of each string below a constant or a field."""
    return [
        (node.lineno, node.value.value)
        for node in _nodes(path)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]


def test_a_docstring_begins_with_a_verb_or_with_the_thing_itself() -> None:
    against, count = [], 0
    own = [
        path
        for room in ("tests", "bench")
        for path in sorted((PROJECT / room).rglob("*.py"))
        if not path.is_relative_to(PROJECT / "tests/programs")
        and not path.is_relative_to(PROJECT / "tests/hostile")
    ]
    for path in [*MODULES, *own, PROJECT / "build_browser.py", PROJECT / "npm.py"]:
        for line, text in _docstrings(path):
            first = re.match(r"\W*(\w*)", text)
            count += 1
            if first is not None and first[1].lower() in CLAUSES:
                against.append(f"{path.relative_to(PROJECT)}:{line}: {text.split(chr(10))[0]}")
    assert against == []
    assert count > 1_500


def test_no_module_carries_the_name_of_a_library() -> None:
    """`streamlit run` puts viz_app/ on the path, where our name would hide the other."""
    top = {path.stem for path in PACKAGE.iterdir() if path.stem != "__init__"}
    assert top & set(sys.stdlib_module_names - {"__main__"}) == set()


@pytest.mark.parametrize("entry", ["viz_app", "viz_app.page.screen", "viz_app.engine.client"])
def test_the_page_process_never_imports_torch(entry: str) -> None:
    check = f"import sys, {entry}; sys.exit('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", check], capture_output=True)
    assert (done.returncode, done.stderr.decode()) == (0, "")


def test_every_way_to_install_brings_the_same_libraries() -> None:
    listed = re.search(r"^LIBRARIES := (.*)$", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    assert listed is not None
    libraries = listed[1].split()
    assert len(libraries) > 3
    assert set(libraries) <= set((PROJECT / "packages.txt").read_text().split())
    assert set(libraries) <= set((PROJECT / "Dockerfile").read_text().split())


def test_promises_name_existing_tests() -> None:
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


def test_promises_name_existing_attacks() -> None:
    """`kind-name` is a cell of a file in tests/hostile/, `-name` one of the kind named before."""
    cells = {
        path.stem: set(re.findall(r"^# %% (\S+)", path.read_text("utf-8"), re.MULTILINE))
        for path in (PROJECT / "tests/hostile").glob("*.py")
    }
    kind, named = "", []
    for group, name in re.findall(
        rf"`({'|'.join(cells)})?-(\w+)`", (PROJECT / "SECURITY.md").read_text("utf-8")
    ):
        kind = group or kind
        named.append((kind, name))
    assert len(named) > 20
    assert [(kind, name) for kind, name in named if name not in cells[kind]] == []


def test_the_groups_of_the_makefile_name_files_that_exist() -> None:
    text = subprocess.run(
        ["make", "--dry-run", "--always-make", "units", "computation", "processes", "fast"],
        cwd=PROJECT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    named = {
        it.removeprefix("--ignore=") for it in re.findall(r"(?:--ignore=)?tests/[\w/.]+", text)
    }
    assert len(named) > 15
    assert [it for it in sorted(named) if not (PROJECT / it).exists()] == []
