"""Each offered repair fixes its error: the program runs, and undo restores the old text."""

import pytest

from tests import traces
from viz_app.edit import writing
from viz_app.edit.repairs import cleared, repairs
from viz_app.picture.story import grad_life
from viz_app.picture.words.notation import Reading

BROKEN = {
    "sum": """import torch
a = torch.tensor([1., 2.], requires_grad=True)
b = (a * 3)
(b + 1).backward()
""",
    "detach": """import torch
a = torch.tensor([1., 2.], requires_grad=True)
print((a * 3).numpy())
""",
    "retain": """import torch
a = torch.tensor([1., 2.], requires_grad=True)
loss = (a ** 2).sum()
loss.backward()
loss.backward()
""",
    "retain in a loop": """import torch
a = torch.tensor([1., 2.], requires_grad=True)
loss = (a ** 2).sum()
for _ in range(3):
    loss.backward()
""",
    "retain with arguments": """import torch
a = torch.tensor([1., 2.], requires_grad=True)
y = a ** 2
y.backward(torch.ones(2),)
y.backward(torch.ones(2))
""",
    "no_grad": """import torch
w = torch.tensor([1., 2.], requires_grad=True)
for turn in range(2):
    loss = (w ** 2).sum()
    loss.backward()
    w -= 0.1 * w.grad
    w.grad.zero_()
""",
    "clone": """import torch
a = torch.tensor([1., 2.], requires_grad=True)
a += 1
(a ** 2).sum().backward()
""",
    "clone an item": """import torch
a = torch.tensor([1., 2.], requires_grad=True)
a[0] = 5.
(a ** 2).sum().backward()
""",
    "clone what was saved": """import torch
a = torch.tensor([1., 2.], requires_grad=True)
y = a * 2
z = y ** 2
y.add_(1)
z.sum().backward()
""",
    "requires_grad": """import torch
가중치 = torch.tensor([1., 2.])
y = 가중치 * 2
y.sum().backward()
""",
    "requires_grad of whole numbers": """import torch
a = torch.tensor(data=[1, 2])
(a * 2).sum().backward()
""",
    "float": """import torch
a = torch.tensor([1, 2], requires_grad=True)
(a * 2).sum().backward()
""",
}


@pytest.mark.parametrize("name", BROKEN)
def test_repair_fixes_its_error_and_undo_restores_the_old_bytes(name: str) -> None:
    source = BROKEN[name]
    failure = traces.run(source).error
    assert failure is not None
    offered = repairs(source, failure)
    assert offered
    assert name.startswith(offered[0][0])
    for _, _, edit in offered:
        mended = writing.apply(source, edit)
        assert traces.run(mended).error is None, mended
        assert writing.apply(mended, writing.undo(edit)) == source


UNMENDABLE = {
    "history that detach cut": """import torch
a = torch.tensor([1., 2.], requires_grad=True)
(a * 2).detach().sum().backward()
""",
    "an error without a known edit": """import torch
a = torch.ones(2) + torch.ones(3)
""",
}


@pytest.mark.parametrize("name", UNMENDABLE)
def test_no_repair_is_offered_where_one_edit_does_not_suffice(name: str) -> None:
    failure = traces.run(UNMENDABLE[name]).error
    assert failure is not None
    assert repairs(UNMENDABLE[name], failure) == ()


def test_a_text_that_no_longer_parses_has_no_repairs() -> None:
    failure = traces.run(BROKEN["sum"]).error
    assert failure is not None
    assert repairs("a = (", failure) == ()


FORGOTTEN = {
    "the optimiser's": """import torch
w = torch.tensor(1., requires_grad=True)
opt = torch.optim.SGD([w], lr=0.1)
for turn in range(3):
    loss = (w - 3) ** 2
    loss.backward()
    opt.step()
""",
    "the leaves' own": """import torch
w = torch.tensor(1., requires_grad=True)
b = torch.tensor(1., requires_grad=True)
for turn in range(3):
    loss = (w * 2 + b - 7) ** 2
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        b -= 0.1 * b.grad
""",
}


@pytest.mark.parametrize("name", FORGOTTEN)
def test_a_forgotten_zero_grad_is_added_and_undo_gives_the_old_bytes(name: str) -> None:
    source = FORGOTTEN[name]
    found = grad_life.forgotten(Reading(traces.run(source)))
    assert found is not None
    repair = cleared(source, *found)
    assert repair is not None
    key, statement, edit = repair
    assert (key, statement) == (
        "zero_grad",
        "opt.zero_grad()" if "opt" in source else "w.grad = b.grad = None",
    )
    mended = writing.apply(source, edit)
    trace = traces.run(mended)
    assert trace.error is None
    assert grad_life.forgotten(Reading(trace)) is None
    assert writing.apply(mended, writing.undo(edit)) == source


def test_no_zero_grad_is_added_where_none_was_forgotten_or_no_line_fits() -> None:
    accumulates = "w = torch.tensor(1., requires_grad=True)\n(w * 2).backward()\n(w * 3).backward()"
    assert grad_life.forgotten(Reading(traces.run(accumulates))) is None
    source = FORGOTTEN["the leaves' own"]
    assert cleared(source, 6, ["net.0.weight"]) is None  # no name of the text
    assert cleared("w = 1; loss.backward()", 1, ["w"]) is None
    assert cleared("w = (", 1, ["w"]) is None
