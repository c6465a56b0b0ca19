"""Echoes like a notebook's: a cell's last expression, in texts with and without cells."""

import json

import pytest

from viz_app import notebook
from viz_app.engine import client
from viz_app.errors import VizError
from viz_app.limits import Limits

SHOWN = {
    # A text without cells: the last statement, and each name, attribute or subscript alone.
    "x = 2\nx\ny = x * 3\ny": ["2", "6"],
    "x = torch.ones(2)\nx.shape\nx[0]\nx + 1\nx.sum()": [
        "torch.Size([2])",
        "tensor(1.)",
        "tensor(2.)",
    ],
    "torch.manual_seed(0)\nx = 1": [],
    "x = [1]\nx.append(2)\nlen(x)\nx": ["[1, 2]"],
    "1\n'text'\n(1, 2)\n-3\n4": ["4"],
    "x = 1\nx;\nx; y = 2\ny;  # quiet": ["1"],
    "x = 1\nif x:\n    x": [],
    "def f():\n    x\nfor x in range(2):\n    x": [],
    "x = None\nx\nprint(5)": [],
    "x = 3\nx\nx == 3": ["3", "True"],
    '"""A docstring."""\nx = 1': [],
    '"""A docstring alone."""': [],
    '"""A docstring."""\nfrom __future__ import annotations\nx = 1\nx': ["1"],
    "x = 1\n'''a text at the end'''": ["'a text at the end'"],
    "x = '''\n# %% no cell\n'''\n1\nlen(x)": ["14"],
    # Cells: the last statement of each, and no other.
    "# %%\nx = 1\nx\nx\n# %%\n# nothing here\n# %%\nx + 1\ny = 5": ["1"],
    "# %%\ntorch.manual_seed(0)": ["<torch._C.Generator at 0x…>"],
    "#%%\nx = 1\nx\n#%% [markdown]\n# text\n#%%\nx.real": ["1", "1"],
    "# %%\nx = 4\nx;\n# %%\nx  # a comment;\n# %%\nx; \n# no": ["4"],
    '# %%\n"""A docstring."""\n# %%\n"""Just a text."""': ["'Just a text.'"],
    "# %%\n2 + 3\n# %%\n_ * 2\n# %%\nNone\n# %%\n_": ["5", "10", "10"],
    "# %%\nfor _ in range(3): pass\n# %%\n7\n# %%\n_": ["7", "2"],
    "# %%\nx = 1; x\n# %%\nif x:\n    x\n# %%\n(y := x + 1)": ["1", "2"],
    # A docstring has no echo, however it is written; any other text has one as the last statement.
    'r"""A raw docstring."""\nx = 1': [],
    "'one line'\nx = 1\nx": ["1"],
    '# a comment\n\n"""A docstring\nof two lines."""\nimport torch': [],
    '"""A docstring."""\n"""and a second text"""\nx = 1': [],
    '"""A docstring.""";\nx = 1': [],
    "b'bytes are no docstring'": ["b'bytes are no docstring'"],
    "f'{1}'": ["'1'"],
    '\n# %%\n# Title\n"""A docstring."""\nx = 1\n# %%\nx': ["1"],
    # Calls have none but as the last statement.
    "x = [3]\nx.pop()\nx.append(4)\nx": ["[4]"],
    "x = [3]\nx.sort()": [],
    "len([1])\nx = 1": [],
    "x = torch.ones(1)\nx.add_(1)\nx.item": ["<built-in method item of Tensor object at 0x…>"],
    "print(1)\n[1, 2]\n{}": ["{}"],
    "x = 5\nx if x else 0\nnot x": ["False"],
    "lambda: 0\n...": ["Ellipsis"],
    # An address is blanked in its place.
    "x = torch.ones(1, requires_grad=True)\n(x + 1).grad_fn": ["<AddBackward0 object at 0x…>"],
    "class A: pass\nA()": ["<__main__.A at 0x…>"],
    "def f(): pass\nf\n[f]": ["<function f at 0x…>", "[<function f at 0x…>]"],
}


@pytest.mark.parametrize("program", SHOWN)
def test_echoes_match_a_notebooks(program: str) -> None:
    trace = client.run(program, Limits())
    assert trace.error is None
    assert [echo.text for echo in trace.echo] == SHOWN[program]


BROKEN = """# %%
import torch
x = torch.ones(2, requires_grad=True)
x.sum().backward()
x.grad
# %%
print("before")
# %%
for i in range(3)
    print(i)
# %%
print("after")
"""


def test_cells_before_one_that_is_not_python_run() -> None:
    trace = client.run(BROKEN, Limits())
    assert trace.stdout == "before\n"
    assert [echo.text for echo in trace.echo] == ["tensor([1., 1.])"]
    assert len(trace.passes) == 1
    assert trace.error is not None
    assert (trace.error.code, trace.error.type) == ("syntax", "SyntaxError")
    assert (trace.error.span.line, trace.error.hint) == (9, "syntax_colon")


@pytest.mark.parametrize(
    ("cells", "line"), [("1 +\n# %%\n2", 1), ("# %%\n1 +\n# %%\n2", 2), ("# a\n# %%\n1 +", 3)]
)
def test_a_first_cell_that_is_not_python_runs_nothing(cells: str, line: int) -> None:
    with pytest.raises(VizError) as caught:
        client.run(cells, Limits())
    assert caught.value.failure.span.line == line


def test_a_cell_that_only_fails_when_it_is_compiled_stops_there() -> None:
    trace = client.run("# %%\nprint(1)\n# %%\nreturn 5", Limits())
    assert (trace.stdout, trace.error and trace.error.span.line) == ("1\n", 4)


COMMANDS = """!pip install torch \\
  torchvision
%matplotlib inline
x = torch.ones(2, requires_grad=True)
for turn in range(2):
    !ls
    %time y = (x * x).sum()
files = !ls
%time y.backward()
y
"""


def test_a_program_may_have_a_notebooks_commands() -> None:
    trace = client.run(COMMANDS, Limits())
    assert trace.error is None
    assert trace.source == COMMANDS
    assert [echo.text for echo in trace.echo] == ["tensor(2., grad_fn=<SumBackward0>)"]
    (span,) = {node.span for node in trace.nodes if node.op == "mul"}
    assert span is not None
    assert COMMANDS.split("\n")[span.line - 1][span.column - 1 : span.end_column - 1] == "x * x"


def test_error_in_a_program_with_notebook_commands_has_its_line() -> None:
    with pytest.raises(VizError) as caught:
        client.run("!pip install torch\n%time x = 1\ny = (2", Limits())
    assert caught.value.failure.span.line == 3


def test_notebooks_have_display_and_the_shell() -> None:
    text = "display([1], 'a')\nget_ipython().run_line_magic('matplotlib', 'inline')"
    assert client.run(f"# %%\n{text}", Limits()).stdout == "[1]\n'a'\n"
    plain = client.run(text, Limits())
    assert plain.error is not None
    assert plain.error.type == "NameError"


def test_underscore_names_the_last_value_in_notebooks_only() -> None:
    trace = client.run("x = 2\nx\n_", Limits())
    assert trace.error is not None
    assert (trace.error.type, trace.error.span.line) == ("NameError", 3)
    cells = client.run("# %%\ntorch.ones(1)\n# %%\nx = _ + 1", Limits())
    assert [variable.name for variable in cells.variables] == ["x"]


def test_memory_addresses_are_blanked_in_place() -> None:
    trace = client.run("class A: pass\nprint(A(), [A], 'at 0x12')", Limits())
    assert trace.stdout == "<__main__.A object at 0x…> [<class '__main__.A'>] at 0x12\n"


def test_a_notebook_file_shows_the_last_expression_of_its_code_cells() -> None:
    cells = [
        ("markdown", "# Title\nx"),
        ("code", "x = 2\nx"),
        ("raw", "z"),
        ("code", "%time x * 2"),
        ("code", "x\ny = 3"),
        ("code", "x;"),
        ("code", ["x\n", "+1"]),
    ]
    source = json.dumps(
        {"nbformat": 4, "cells": [{"cell_type": kind, "source": text} for kind, text in cells]}
    )
    trace = client.run(notebook.program(source), Limits())
    assert [echo.text for echo in trace.echo] == ["2", "4", "1"]
