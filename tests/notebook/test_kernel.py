"""The extension in a plain IPython kernel."""

import os
import re
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from viz_app.paths import PROJECT

pytestmark = pytest.mark.usefixtures("bundled")

CELLS = (
    "import torch\nbefore = torch.compile, torch.nn.Module.__call__\n%load_ext viz_app",
    "%%autodiff\na = torch.tensor([2., 3.], requires_grad=True)\nb = (a + 1) ** 2\n"
    "for _ in range(2):\n    b = b * 2\nb.mean().backward()\nprint('printed')\na.grad",
    "a.grad, b.shape",
    "%%autodiff ko\ndef double(x):\n    y = 2 * x\n    return y\n\ndouble(a).sum().backward()",
    "double(torch.ones(2)).tolist()",
    "import viz_app\nw = torch.tensor(3., requires_grad=True)",
    "with viz_app.record() as run:\n    square = w * w\n    square.backward()\nrun",
    "viz_app.show(double, w)",
    "print(before == (torch.compile, torch.nn.Module.__call__))",
    "%%autodiff\nx = torch.ones(2, requires_grad=True)\ny = x * 2\ny.backward()",
    "%%autodiff\n1 +",
)
ASKED = (
    "import msgspec\nfrom viz_app import browser, kernel\n"
    "asked = browser.KernelAsked(3, list(kernel._pictures)[0], ())\nanswer = kernel.answer(asked)\n"
    "held = msgspec.json.decode(answer.held)\n"
    "print(len(kernel._pictures), answer.ask, held['source'].splitlines()[1])"
)
"""A cell that asks for the first picture as its frame does."""
EXPLAINED = (
    "import json\nwidget, sent = kernel._passer(), []\n"
    "widget.comm.send = lambda data=None, **_: sent.append(data)\n"
    "def asks(*groups):\n"
    "    content = {'ask': 4, 'picture': list(kernel._pictures)[0], 'groups': groups}\n"
    "    data = {'method': 'custom', 'content': content}\n"
    "    widget.comm.handle_msg({'content': {'data': data}, 'buffers': []})\n"
    "asks({'number': 1, 'group': 5})\n"
    "print(len(sent))\n"
    "asks()\n"
    "explained = json.loads(sent[-1]['content']['held'])['explain']\n"
    "[rule, *_] = explained['rules']\n"
    "print(explained['whole'], rule['name'], rule['total'], rule['badge']['text'])\n"
    "for path in rule['paths']:\n"
    "    print([it['kind'] for it in path['factors']], path['product'])\n"
    "print([step['result'] for step in explained['steps']])"
)
"""A cell that receives a frame's messages through the widget, as the kernel's comm delivers
them."""
FAILING = {9: "RuntimeError", 10: "SyntaxError"}


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                source, metadata={"tags": ["raises-exception"] if number in FAILING else []}
            )
            for number, source in enumerate((*CELLS, ASKED, EXPLAINED))
        ]
    )
    folder = tmp_path_factory.mktemp("notebook")
    client = NotebookClient(
        notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute(env={**os.environ, "PYTHONPATH": str(PROJECT), "HOME": str(folder)})
    return list(notebook.cells)


def _outputs(cell: Any, kind: str) -> list[Any]:
    return [it for it in cell.outputs if it.output_type == kind]


def _shown(cell: Any) -> tuple[str, str]:
    """The picture of a cell, and its story."""
    (found,) = [
        it.data for it in cell.outputs if "<iframe" in (it.get("data") or {}).get("text/html", "")
    ]
    return found["text/html"], found["text/plain"]


def test_cell_prints_shows_and_names_as_without_the_extension(cells: list[Any]) -> None:
    cell = cells[1]
    assert "".join(it.text for it in _outputs(cell, "stream")) == "printed\n"
    (result,) = _outputs(cell, "execute_result")
    assert result.data["text/plain"] == "tensor([12., 16.])"
    assert _outputs(cells[2], "execute_result")[0].data["text/plain"] == (
        "(tensor([12., 16.]), torch.Size([2]))"
    )


def test_picture_of_a_cell_has_its_names_and_lines(cells: list[Any]) -> None:
    html, story = _shown(cells[1])
    assert "Line 1 · a = [2, 3] is a leaf" in story
    assert re.search(r"Line 4 · b₃ = b₂\*2 = .* MulBackward0", story)
    assert "∂b₃/∂b₂ = 2" in story
    assert "viz-held" in html


def test_functions_defined_in_a_recorded_cell_still_work_later(cells: list[Any]) -> None:
    _, story = _shown(cells[3])
    assert "번째 줄" in story
    assert _outputs(cells[4], "execute_result")[0].data["text/plain"] == "[2.0, 2.0]"


def test_record_and_show_show_themselves(cells: list[Any]) -> None:
    _, story = _shown(cells[6])
    assert "square = w*w = 9" in story
    assert "Line  ·" not in story
    _, story = _shown(cells[7])
    assert "y = 2*x = 6" in story


def test_torch_is_unchanged_after_a_recording(cells: list[Any]) -> None:
    assert "".join(it.text for it in _outputs(cells[8], "stream")) == "True\n"


@pytest.mark.parametrize("number", FAILING)
def test_error_in_a_cell_reaches_the_user(cells: list[Any], number: int) -> None:
    (error,) = _outputs(cells[number], "error")
    assert error.ename == FAILING[number]


def test_stopped_cell_shows_what_was_recorded(cells: list[Any]) -> None:
    _, story = _shown(cells[9])
    assert "MulBackward0" in story


def test_the_kernel_answers_for_each_picture(cells: list[Any]) -> None:
    outputs = [
        it.data
        for cell in cells
        for kind in ("display_data", "execute_result")
        for it in _outputs(cell, kind)
    ]
    pictures = [it for it in outputs if "<iframe" in it.get("text/html", "")]
    said = "".join(it.text for it in _outputs(cells[len(CELLS)], "stream"))
    assert said == f"{len(pictures)} 3 b = (a + 1) ** 2\n"
    assert not [it for it in outputs if "application/vnd.jupyter.widget-view+json" in it]


def test_the_kernel_explains_through_its_widget(cells: list[Any]) -> None:
    """Explanations come to a frame of ours; a message of another's is not answered."""
    said = "".join(it.text for it in _outputs(cells[-1], "stream")).splitlines()
    assert said == [
        "0",
        "True ∂mean(b₃)/∂a [12, 16] Autograd and the chain rule agree. Largest difference 0. "
        "Finite differences were left out: code of yours is not run a second time.",
        "['averages', 'a multiple of the identity', 'a multiple of the identity', "
        "'diagonal: element by element', 'a multiple of the identity'] [12, 16]",
        "['mean(b₃)', 'b₃', 'b₂', 'b', 'a + 1']",
    ]
