"""The six walks of CONTRIBUTING.md, each taken in a copy of the project."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests import traces
from viz_app.__main__ import main
from viz_app.knowledge import lessons
from viz_app.paths import ASSETS, PROJECT

GUIDE = (PROJECT / "CONTRIBUTING.md").read_text("utf-8")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package and its assets; the files built from npm stay where they are."""
    shutil.copytree(PROJECT / "viz_app", tmp_path / "viz_app")  # with its bytecode
    shutil.copytree(ASSETS, tmp_path / "assets", ignore=shutil.ignore_patterns("build"))
    if (ASSETS / "build").exists():
        (tmp_path / "assets/build").symlink_to(ASSETS / "build")
    return tmp_path


def edit(file: Path, old: str, new: str) -> None:
    """Insert something into a file of the copy, at the one place where it belongs."""
    text = file.read_text("utf-8")
    assert text.count(old) == 1, (file, old)
    file.write_text(text.replace(old, new), "utf-8")


def python(copy: Path, *arguments: str, given: str = "") -> str:
    """Run Python in the copy; the text that it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *arguments],
        cwd=copy,
        input=given,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


RECORDED = """
import sys
import msgspec
from viz_app.engine import client
run = msgspec.msgpack.decode(open("run", "rb").read(), type=client.Recorded)
def replay(source, limits, *, chosen_pass=None, files=()):
    assert (source, chosen_pass, files) == (run.source, None, ())
    return client.opened(run)
client.run = replay
def record(source, limits, **more):
    assert source == run.source
    return run
client.record = record
"""
COMMAND = RECORDED + "from viz_app.__main__ import main\nsys.exit(main(sys.argv[1:]))\n"


def keep_run(copy: Path, program: str) -> None:
    """Record a program here for RECORDED, which replays it: the copy's engine is this one's."""
    (copy / "run").write_bytes(msgspec.msgpack.encode(traces.recorded(program)))


def test_each_walk_has_a_test_and_names_existing_places() -> None:
    walks = re.search(r"## Six walks\n(.*?)\n## ", GUIDE, re.DOTALL)
    assert walks is not None
    names = [name.split()[-1] for name in re.findall(r"### (.*)", walks[1])]
    assert len(names) == 6
    assert all(f"test_{name}_is_added" in globals() for name in names)
    places = re.findall(r"`((?:viz_app|assets|tests)/[\w/.]*)`", GUIDE)
    assert len(places) > 20
    assert [place for place in places if not (PROJECT / place).exists()] == []


def test_operation_is_added(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = (
        "x = torch.tensor([0.5, 2.], requires_grad=True)\ntorch.special.erfcx(x).sum().backward()"
    )
    (copy / "program.py").write_text(program)
    assert main(["story", str(copy / "program.py")]) == 0
    before = capsys.readouterr().out
    keep_run(copy, program)
    edit(
        copy / "viz_app/knowledge/ops/activations.py",
        "ROWS: Final[tuple[Row, ...]] = (\n",
        "ROWS: Final[tuple[Row, ...]] = (\n"
        '    _of("SpecialErfcx", "", "2*x*r - 2/sqrt(pi())", "special_erfcx"),\n',
    )
    after = python(copy, "-c", COMMAND, "story", "program.py")
    formula = "multiplies by its local derivative ∂special_erfcx/∂x = 2x·special_erfcx − 2/√(π) = ["
    assert formula not in before
    assert formula in after


def test_panel_is_added(copy: Path) -> None:
    (copy / "assets/hello").mkdir()
    (copy / "assets/hello/hello.js").write_text(
        "export default function ({ parentElement, data }) {\n"
        "  parentElement.querySelector('.viz-hello').textContent = data.said;\n"
        "}\n"
    )
    (copy / "viz_app/page/panels/hello.py").write_text(
        "import streamlit as st\n\n"
        "from viz_app.knowledge.text import Text\n"
        "from viz_app.page.server import panel_scripts\n\n"
        "_component = st.components.v2.component(\n"
        "    'viz_hello', html='<p class=\"viz-hello\"></p>',\n"
        "    js=panel_scripts.panel('hello/hello.js'), isolate_styles=False,\n"
        ")\n\n\n"
        "def show(words: Text) -> None:\n"
        "    _component(key='hello', data=panel_scripts.data({'said': words('hello.said')}))\n"
    )
    for language in ("en", "ko"):
        with (copy / f"assets/text/{language}.toml").open("a", encoding="utf-8") as file:
            file.write('\n[hello]\nsaid = "Hello"\n')
    screen = copy / "viz_app/page/screen.py"
    edit(screen, "    explain,\n    inputs,\n", "    explain,\n    hello,\n    inputs,\n")
    edit(
        screen,
        "            output.show(",
        "            hello.show(words)\n            output.show(",
    )
    keep_run(copy, lessons.first().program)
    drawn = python(
        copy,
        "-c",
        f"{RECORDED}\n"
        "from streamlit.testing.v1 import AppTest\n"
        "at = AppTest.from_file('viz_app/page/main.py', default_timeout=600).run()\n"
        "drawn = [getattr(it, 'proto', None) for it in at.main]\n"
        "found = [getattr(it, 'component_name', '') for it in drawn]\n"
        "print([it.message for it in at.exception], found.count('viz_hello'))",
    )
    assert drawn == "[] 1\n"


def test_language_is_added(copy: Path) -> None:
    text = (copy / "assets/text/en.toml").read_text("utf-8")
    (copy / "assets/text/de.toml").write_text(
        text.replace(
            'exception = "The program stopped here."', 'exception = "Hier blieb es stehen."'
        )
    )
    told = python(
        copy,
        "-c",
        "from viz_app.knowledge import lessons, text\n"
        "words = text.load(text.choose('de-AT'))\n"
        "print(words('error.exception'), lessons.words(lessons.first().title, 'de'))",
    )
    assert told.startswith("Hier blieb es stehen. ")
    assert len(told.split()) > 4
    assert "de" in python(copy, "-m", "viz_app", "story", "--help")


def test_export_is_added(copy: Path) -> None:
    edit(
        copy / "viz_app/render/program.py",
        "def run(",
        "def csv(subject: Subject) -> bytes:\n"
        '    """The nodes, a line each."""\n'
        "    nodes = subject.trace.nodes\n"
        '    return "".join(f"{it.id},{it.op or it.kind}\\n" for it in nodes).encode()\n\n\n'
        "def run(",
    )
    edit(
        copy / "viz_app/render/exports.py",
        "EXPORTS: dict[str, Export] = {\n",
        'EXPORTS: dict[str, Export] = {\n    "csv": Export("program", "csv", "text/csv"),\n',
    )
    program = "x = torch.tensor(2., requires_grad=True)\ny = x.sin()"
    keep_run(copy, program)
    python(copy, "-c", COMMAND, "render", "-", "-o", "nodes.csv", given=program)
    assert (copy / "nodes.csv").read_text() == "0,leaf\n1,sin\n"


def test_lesson_is_added(copy: Path) -> None:
    (copy / "assets/lessons/sine.toml").write_text(
        "order = 99\nprogram = '''\nx = torch.tensor(2., requires_grad=True)\nx.sin().backward()\n"
        "'''\n"
        '[title]\nen = "A sine"\n[[ideas]]\nmoment = "first backward"\n'
        '[ideas.text]\nen = "cos(x) comes back."\n'
    )
    keep_run(copy, "x = torch.tensor(2., requires_grad=True)\nx.sin().backward()\n")
    printed = python(
        copy,
        "-c",
        f"{RECORDED}\n"
        "from viz_app.knowledge import lessons\n"
        "from viz_app.limits import Limits\n"
        "from viz_app.picture import moments, scene\n"
        "*_, lesson = lessons.load().values()\n"
        "trace = client.run(lesson.program, Limits())\n"
        "steps = [moments.step(idea, scene.build(trace)) for idea in lesson.ideas]\n"
        "print(lesson.slug, trace.error, *steps)",
    )
    assert printed == "sine None 2\n"


def test_limit_is_added(copy: Path) -> None:
    edit(
        copy / "viz_app/limits.py",
        "    lines: int = 20_000\n",
        '    tabs: int = 0\n    """Nobody sees how wide they are."""\n    lines: int = 20_000\n',
    )
    edit(
        copy / "viz_app/engine/host/source_text.py",
        "    lines = len(",
        '    if source.count("\\t") > limits.tabs:\n'
        '        line, column = _place(source, source.index("\\t"))\n'
        '        raise VizError(failure("tabs", line=line, column=column, most=limits.tabs))\n'
        "    lines = len(",
    )
    for language in ("en", "ko"):
        edit(
            copy / f"assets/text/{language}.toml",
            "\n[error]\n",
            '\n[error]\ntabs = "At most {most} tabs can be run."\n',
        )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "viz_app", "trace", "-"],
        cwd=copy, input="x = 1\ny =\t2", capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (2, "-:2:4: At most 0 tabs can be run.\n")
