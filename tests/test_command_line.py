"""`python -m viz_app trace`, run like others run it: exit codes, one line of error, JSON."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from viz_app import __main__ as command
from viz_app import notebook
from viz_app.limits import Limits


def trace(
    text: str | bytes, tmp_path: Path, *more: str, name: str = "p.py"
) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of a trace in this process."""
    file = tmp_path / name
    file.write_bytes(text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
    return call("trace", str(file), *more)


def call(*arguments: str) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = command.main(list(arguments))
    return code, out.getvalue(), err.getvalue()


def one_line(err: str) -> None:
    assert err.endswith("\n")
    assert "\n" not in err[:-1]
    assert len(err) <= 501
    assert re.match(r".+?:\d+:\d+: \S", err)
    assert not {unicodedata.category(it) for it in err[:-1]} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


SEED = (
    "a = torch.tensor(data=[2, 3], dtype=torch.float, requires_grad=True)\nb = a + 1\n"
    "c = b ** 2\nd = 2 * c\nobj = d.mean()\nobj\nobj.backward()\na.grad\n"
)


TRAINING = (
    "w = torch.tensor(1., requires_grad=True)\nfor turn in range(60):\n"
    "    loss = (w - turn) ** 2\n    w.grad = None\n    loss.backward()\n"
)


def test_a_chosen_pass_of_a_long_training_is_kept(tmp_path: Path) -> None:
    code, out, err = trace(TRAINING, tmp_path, "--json", "--turn", "31")
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert 31 in document["truncated"]["passes_kept"]
    assert {it["grad_out"][0] for it in document["backward"] if it["pass"] == 31} == {1.0, -58.0}
    for wrong in ("0", "x", "-3"):
        code, out, err = trace(TRAINING, tmp_path, "--turn", wrong)
        assert (code, out) == (2, "")
        one_line(err)


def test_trace_of_a_program_as_json(tmp_path: Path) -> None:
    code, out, err = trace(SEED, tmp_path, "--json")
    document = json.loads(out, parse_constant=pytest.fail)
    assert (code, err, document["error"]) == (0, "", None)
    assert document["variables"]["a"]["grad"] == [6.0, 8.0]
    assert [it["text"] for it in document["echo"]] == [
        "tensor(25., grad_fn=<MeanBackward0>)",
        "tensor([6., 8.])",
    ]
    assert [it["grad_fn"] for it in document["backward"]] == [
        "MeanBackward0", "MulBackward0", "PowBackward0", "AddBackward0", "AccumulateGrad",
    ]  # fmt: skip
    assert {it["line"] for it in document["backward"]} == {7}


def test_trace_without_json_is_a_table(tmp_path: Path) -> None:
    code, out, err = trace(SEED, tmp_path)
    assert (code, err) == (0, "")
    assert "[6., 8.]" in out
    assert "PowBackward0" in out


def test_command_runs_as_a_process(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "viz_app", "trace", "-", "--json"],
        input=(SEED + "print('가')\nraise SystemExit(3)\n").encode(),
        capture_output=True,
        env={"PATH": "/usr/bin:/bin"},  # no locale: the output is UTF-8 all the same
    )
    document = json.loads(done.stdout)
    assert done.returncode == 2
    assert document["stdout"] == "가\n"
    assert document["error"]["line"] == 10
    assert done.stderr.decode() == "-:10:1: SystemExit: 3\n"


@pytest.mark.parametrize(
    ("program", "place", "recorded"),
    [
        ("x = 1\ndef f(:\n", "2:7", False),
        ("x = 1\n  y = 2\n", "2:", False),
        ("x = 1\nraise ValueError('no')\n", "2:1", True),
        ("x = torch.ones(3, requires_grad=True)\nx.backward()\n", "2:1", True),
        ("import os\nos._exit(0)\n", "2:1", True),
        ('x = 1\ntorch.div(torch.tensor([-2**63]), -1, rounding_mode="trunc")\n', "2:1", True),
        ("x = 1\nopen('/etc/passwd')\n", "2:1", True),
        ("raise ValueError('a\\nb\\x1b[31m\\u202e' + 'x' * 9999)", "1:1", True),
        ("raise ValueError('\\ud800')", "1:1", True),
        ("x = 1\0", "1:", False),
        (b"x = 1\n# \xff\xfe\n", "2:3", False),
        (b"# coding: nonsense\n", "1:1", False),
        (b"\xff\xfea\0", "1:1", False),
        ("#" * 100_001, "1:100001", False),
    ],
)
def test_failure_is_reported_in_one_line(
    tmp_path: Path, program: str | bytes, place: str, recorded: bool
) -> None:
    code, out, err = trace(program, tmp_path, "--json")
    assert code == 2
    one_line(err)
    assert f"p.py:{place}" in err
    assert bool(out) is recorded
    if recorded:
        assert json.loads(out)["error"]["line"] == int(place.split(":")[0])


def test_endless_loop_ends_at_the_time_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "Limits", lambda: Limits(wall_seconds=1))
    code, out, err = trace("a = torch.ones(1)\nwhile True: pass", tmp_path, "--json")
    document = json.loads(out)
    assert code == 2
    one_line(err)
    assert document["error"]["type"]
    assert document["variables"]["a"]["value"] == [1.0]


@pytest.mark.parametrize(
    "end", ["raise SystemExit(0)", "raise SystemExit", "import sys; sys.exit()"]
)
def test_normal_end_has_exit_code_0(tmp_path: Path, end: str) -> None:
    assert trace(end, tmp_path, "--json")[0] == 0


@pytest.mark.parametrize(
    "arguments",
    [("trace",), ("trace", "a", "b"), ("other",), ("trace", "--what", "x"),
     ("trace", "/no/such/file"), ("trace", "/"), ("trace", "a\0b"), ("trace", "x" * 5000)],
)  # fmt: skip
def test_wrong_arguments_are_reported_in_one_line(arguments: tuple[str, ...]) -> None:
    code, out, err = call(*arguments)
    assert (code, out) == (2, "")
    one_line(err)


@pytest.mark.parametrize("name", ["VIZ_APP_SANDBOX", "VIZ_APP_AT_ONCE"])
def test_wrong_setting_is_reported_in_one_line(tmp_path: Path, name: str) -> None:
    file = tmp_path / "p.py"
    file.write_text("print(1)")
    ran = subprocess.run(
        [sys.executable, "-m", "viz_app", "trace", str(file)],
        env={**os.environ, name: "many"},
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert re.fullmatch(rf".*p\.py:1:1: {name} is [^\n]+\n", ran.stderr)


def test_help_has_exit_code_0() -> None:
    code, out, err = call("trace", "--help")
    assert (code, err) == (0, "")
    assert "--json" in out


def test_byte_order_mark_and_declared_encoding_are_honoured(tmp_path: Path) -> None:
    for data in ("\ufeffprint('é')".encode(), "# coding: latin-1\nprint('é')".encode("latin-1")):
        code, out, _ = trace(data, tmp_path, "--json")
        assert (code, json.loads(out)["stdout"]) == (0, "é\n")


def _notebook(*cells: str) -> str:
    code = [{"cell_type": "code", "source": cell.splitlines(keepends=True)} for cell in cells]
    text = {"cell_type": "markdown", "source": ["not ( python"]}
    return json.dumps({"nbformat": 4, "cells": [text, *code]})


def test_a_notebook_echoes_the_last_expression_of_each_cell(tmp_path: Path) -> None:
    book = _notebook(
        "%matplotlib inline\n!pip install torch\nx = 2", "x\nx + 1", "x + 2;\nx * 5", "x; y = 3"
    )
    code, out, err = trace(book, tmp_path, "--json", name="n.ipynb")
    assert (code, err) == (0, "")
    assert [it["text"] for it in json.loads(out)["echo"]] == ["3", "10"]


CELLS = {
    "print('%d'\n      % 3)": "print('%d'\n      % 3)",
    "y = (x\n     % 2)": "y = (x\n     % 2)",
    "y = x \\\n  % 2": "y = x \\\n  % 2",
    "y = 2  # why 2?": "y = 2  # why 2?",
    "# why?": "# why?",
    '"""Why?\n!so\n%well\n"""': '"""Why?\n!so\n%well\n"""',
    "x = 'a # b'  # c\n!ls": "x = 'a # b'  # c\n# !ls",
    "!pip install a \\\n  b\nx": "# !pip install a \\\n#   b\nx",
    "!echo don't\nx": "# !echo don't\nx",
    "nn.Linear?": "# nn.Linear?",
    "?nn.Linear": "# ?nn.Linear",
    "if x:\n    !ls\n    %time y = 1": "if x:\n    pass  # !ls\n    y = 1",
    "files = !ls": "files = []  # !ls",
    "%time loss.backward()": "loss.backward()",
    "%%time\nx": "# %%time\nx",
    "%%bash\nls\n\nls": "# %%bash\n# ls\n\n# ls",
    "  x = 1\n  if x:\n    y = 2\n!ls": "x = 1\nif x:\n  y = 2\n# !ls",
    "\n\t x = 1\n\t y = 2": "\nx = 1\ny = 2",
    ">>> x = 1\n>>> if x:\n...     y = 2\n>>>\n>>> %time y": "x = 1\nif x:\n    y = 2\n\ny",
}
"""A cell's text and the part of it that runs: a command can only begin where a line of Python
begins."""


@pytest.mark.parametrize("cell", CELLS)
def test_ipython_commands_are_distinguished_from_python(cell: str) -> None:
    assert notebook.program(_notebook(cell)) == f"# %%\n{CELLS[cell]}\n"


def test_a_later_cell_may_begin_with_an_import_from_the_future(tmp_path: Path) -> None:
    book = _notebook("x = 1", "from __future__ import annotations\nx")
    assert trace(book, tmp_path, name="n.ipynb")[0] == 0


@pytest.mark.parametrize("text", ["", "[]", "{", '{"cells": 3}', "[" * 100_000, b"\xff"])
def test_text_that_is_not_a_notebook_is_refused(tmp_path: Path, text: str | bytes) -> None:
    code, out, err = trace(text, tmp_path, name="n.ipynb")
    assert (code, out) == (2, "")
    one_line(err)


def test_render_writes_a_file_of_a_run(tmp_path: Path) -> None:
    program, output = tmp_path / "p.py", tmp_path / "step.svg"
    program.write_text(SEED)
    arguments = ("render", str(program), "-o", str(output))
    assert call(*arguments, "--step", "7", "--lang", "ko", "--theme", "dark") == (0, "", "")
    assert "PowBackward0" in output.read_text("utf-8")
    assert call(*arguments)[0] == 0


def test_file_of_a_stopped_run_has_the_recorded_part(tmp_path: Path) -> None:
    program, output = tmp_path / "p.py", tmp_path / "run.json"
    program.write_text(SEED + "1 / 0\n")
    code, out, err = call("render", str(program), "-o", str(output))
    assert (code, out) == (2, "")
    one_line(err)
    assert "ZeroDivisionError" in err
    assert json.loads(output.read_text())["trace"]["variables"]["a"]["grad"] == [6.0, 8.0]


@pytest.mark.parametrize(
    ("text", "name", "more"),
    [
        (SEED, "run.exe", ()),
        (SEED, "run", ()),
        (SEED, "none/run.svg", ()),
        (SEED, "run.svg", ("--step", "10")),
        (SEED, "run.svg", ("--step", "-1")),
        (SEED, "run.svg", ("--theme", "red")),
        ("1 +", "run.svg", ()),
    ],
)
def test_render_writes_no_file_on_failure(
    tmp_path: Path, text: str, name: str, more: tuple[str, ...]
) -> None:
    program, output = tmp_path / "p.py", tmp_path / name
    program.write_text(text)
    code, out, err = call("render", str(program), "-o", str(output), *more)
    assert (code, out) == (2, "")
    one_line(err)
    assert not output.exists()
