"""Echoes like a notebook's: a cell's last expression, in texts with and without cells."""

import json

import pytest

from viz_app import notebook
from viz_app.engine import client
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


def test_the_last_value_has_a_name_in_notebooks_only() -> None:
    trace = client.run("x = 2\nx\n_", Limits())
    assert trace.error is not None
    assert (trace.error.type, trace.error.span.line) == ("NameError", 3)
    cells = client.run("# %%\ntorch.ones(1)\n# %%\nx = _ + 1", Limits())
    assert [variable.name for variable in cells.variables] == ["x"]


def test_a_printed_address_is_blanked_in_its_place() -> None:
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
