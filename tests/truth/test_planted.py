"""An error planted in a row is not shown in a run, is counted, and is seen by the truth test."""

import msgspec
import pytest

from tests import traces
from tests.truth import claims
from viz_app import transcript
from viz_app.knowledge import ops, text
from viz_app.knowledge.formulas import parse
from viz_app.knowledge.ops.operation import Row, Slot
from viz_app.picture.words import proof
from viz_app.picture.words.notation import Reading

START = "import torch.nn.functional as F\nx = torch.tensor([1., 2., 4.], requires_grad=True)\n"
TWO = START + "y = torch.tensor([3., 0.5, 2.], requires_grad=True)\n"
SQUARE = """\
m = torch.tensor([[1., 2.], [3., 5.]], requires_grad=True)
k = torch.tensor([[2., 1.], [0., 3.]], requires_grad=True)
"""

PLANTED = {
    "a sign": (TWO + "z = (x - y).sum()\nz.backward()", "Sub", 1, "alpha"),
    "a forgotten mean": (
        TWO + "z = F.mse_loss(x, y)\nz.backward()", "MseLoss", 0, "2*(x - t)",
    ),
    "alpha ignored": (TWO + "z = torch.add(x, y, alpha=2).sum()\nz.backward()", "Add", 1, "1"),
    "operands in the wrong order": (
        SQUARE + "z = (m @ k).sum()\nz.backward()", "Mm", 1, "G @ T(x)",
    ),
    "a missing conjugate": (
        "a = torch.tensor(1. + 2j, requires_grad=True)\nb = torch.tensor(3. - 1j)\n"
        "z = (a * b).real\nz.backward()", "Mul", 0, "conj(y)",
    ),
    "a wrong factor": (START + "z = x.var()\nz.backward()", "Var", 0, "2*(x - mean(x))/n"),
    "a wrong branch": (
        START + "z = F.leaky_relu(x - 3, 0.1).sum()\nz.backward()", "LeakyRelu", 0, "x > 0",
    ),
}  # fmt: skip


def planted(row: Row, slot: int, expression: str) -> Row:
    """The row with another derivative along one input."""
    tree = parse(expression)
    product = "G" in expression
    slots = tuple(
        Slot(tree, not product) if place == slot else one for place, one in enumerate(row.slots)
    )
    return msgspec.structs.replace(row, slots=slots)


@pytest.mark.parametrize("name", PLANTED)
def test_planted_error_is_refused_counted_and_detected(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, form, slot, wrong = PLANTED[name]
    trace = traces.run(source)
    node = next(one for one in trace.nodes if ops.base(one.grad_fn) == form)
    step = next(place for place, one in enumerate(trace.steps) if one.node == node.id)
    words = text.load("en")

    def backward() -> tuple[transcript.JSON, transcript.JSON]:
        document = transcript.document(trace, words, "en")
        return document, next(one for one in document["steps"] if one["step"] == step)

    assert any(one["slot"] == slot for one in backward()[1]["derivatives"])
    found = ops.find

    def find(grad_fn: str | None, settings: object) -> Row:
        row = found(grad_fn, settings)  # type: ignore[arg-type]
        return planted(row, slot, wrong) if ops.base(grad_fn) == form else row

    monkeypatch.setattr(ops, "find", find)
    # The run contradicts the row: nothing of it is shown, and it is counted.
    document, shown = backward()
    assert all(one["slot"] != slot for one in shown["derivatives"])
    assert len(document["proofs"]["disproved"]) >= 1
    # Were it shown all the same, the truth test would see it.
    monkeypatch.setattr(proof._Prover, "by_steps", lambda self: True)
    document, shown = backward()
    said = next(one["plain"] for one in shown["derivatives"] if one["slot"] == slot)
    verdicts = [one for one in claims.claims(document, trace) if one.verdict == "false"]
    assert any(one.kind == "derivative" and one.text == said for one in verdicts)


def test_a_wrong_equation_is_refused_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = traces.run(TWO + "z = x * y\nz.sum().backward()")
    found = ops.find

    def find(grad_fn: str | None, settings: object) -> Row:
        row = found(grad_fn, settings)  # type: ignore[arg-type]
        wrong = msgspec.structs.replace(row, equals=parse("x + y"))
        return wrong if ops.base(grad_fn) == "Mul" else row

    monkeypatch.setattr(ops, "find", find)
    proofs = Reading(trace).proofs
    node = next(one for one in trace.nodes if ops.base(one.grad_fn) == "Mul")
    assert proofs.equation(node) is None
    assert [where for where, _ in proofs.disproved] == [node.id]
