"""The lessons are whole, in every language, and the first is the notebook's own program."""

import pytest

from viz_app.engine import client
from viz_app.knowledge import lessons, text
from viz_app.limits import Limits

# The code cells of the notebook that lesson 1 teaches, as they stand there.
NOTEBOOK = [
    "SEED_NUM = 2025",
    """#(1) Import libraries
import os
import random
import numpy as np
import torch

#(2) Set up options
os.environ['PYTHONHASHSEED'] = str(SEED_NUM)
random.seed(a=SEED_NUM)
np.random.seed(seed=SEED_NUM)
torch.use_deterministic_algorithms(mode=True)
torch.manual_seed(seed=SEED_NUM)""",
    "pass",
    "pass",
    """#(1) Define `a`
a = torch.tensor(data=[2, 3], dtype=torch.float, requires_grad=True)

#(2) Print `a`
a""",
    "#(3) Define `b`\nb = a + 1 \n\n#(4) Define `b`\nb",
    "#(5) Define `c`\nc = b ** 2\n\n#(6) Define `c`\nc",
    "#(5) Define `d`\nd = 2 * c\n\n#(6) Define `d`\nd",
    "#(7) Define `obj`\nobj = d.mean()\n\n#(8) Print `obj`\nobj",
    """#(1) Perform backpropagation based on `obj`
obj.backward()

#(2) Print `a.grad`
a.grad""",
]

# What the notebook printed under its cells; the address behind `Generator at` differs by run.
PRINTED = [
    "tensor([2., 3.], requires_grad=True)",
    "tensor([3., 4.], grad_fn=<AddBackward0>)",
    "tensor([ 9., 16.], grad_fn=<PowBackward0>)",
    "tensor([18., 32.], grad_fn=<MulBackward0>)",
    "tensor(25., grad_fn=<MeanBackward0>)",
    "tensor([6., 8.])",
]

ALL = pytest.mark.parametrize("lesson", list(lessons.load().values()), ids=lambda each: each.slug)


def test_the_three_lessons_are_there_in_order() -> None:
    assert list(lessons.load()) == ["gradient-calculation", "fan-out", "two-layer-mlp"]
    assert [lesson.order for lesson in lessons.load().values()] == [1, 2, 3]


def test_the_first_lesson_is_the_notebook_cell_by_cell() -> None:
    cells = lessons.first().program.split("# %%\n")
    assert [cell.strip("\n") for cell in cells] == NOTEBOOK


def test_the_first_lesson_prints_what_the_notebook_printed() -> None:
    trace = client.run(lessons.first().program, Limits())
    assert trace.error is None
    assert trace.stdout == ""
    generator, *printed = [echo.text for echo in trace.echo]
    assert generator.startswith("<torch._C.Generator")
    assert printed == PRINTED


def test_fan_out_adds_up_to_the_numbers_in_its_text() -> None:
    trace = client.run(lessons.load()["fan-out"].program, Limits())
    grads = {variable.name: variable.grad for variable in trace.variables}
    x, y = grads["x"], grads["y"]
    assert x is not None
    assert y is not None
    assert (x.data, y.data) == ((37.0,), (45.0,))
    leaf = next(node.id for node in trace.nodes if any(name.text == "x" for name in node.names))
    terms = [
        send.grad.data
        for step in trace.steps
        for send in step.sends
        if send.grad is not None and trace.edges[send.edge].source == leaf
    ]
    assert sorted(terms) == [(1.0,), (6.0,), (30.0,)]


@ALL
def test_a_lesson_runs_and_fills_gradients(lesson: lessons.Lesson) -> None:
    trace = client.run(lesson.program, Limits())
    assert trace.error is None
    assert trace.steps
    assert {step.pass_number for step in trace.steps} == {1}
    replaced = {node.replaces for node in trace.nodes}
    leaves = [node for node in trace.nodes if node.kind in ("leaf", "parameter")]
    assert all(node.grads[0] is not None for node in leaves if node.id not in replaced)


@ALL
def test_lesson_exists_in_every_language(lesson: lessons.Lesson) -> None:
    for translations in (lesson.title, *(idea.text for idea in lesson.ideas)):
        assert set(translations) == set(text.languages())
        assert all(words == words.strip() and words for words in translations.values())


def test_a_language_without_a_lesson_yet_falls_back() -> None:
    title = lessons.first().title
    assert lessons.words(title, "ko") == title["ko"]
    assert lessons.words(title, "xx") == title["en"]
