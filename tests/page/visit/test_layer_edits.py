"""Layers of a network are changed where they are made, and the change is tried."""

import pytest

from tests import traces
from viz_app import edit
from viz_app.edit import rows
from viz_app.knowledge import text
from viz_app.model import Call, Trace
from viz_app.page.visit import operations

SOURCE = """import torch
from torch import nn
from torch.nn import Sigmoid

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(2, 3)
        self.act = torch.nn.LeakyReLU(0.1)
        self.out = nn.Sequential(nn.Linear(3, 3), nn.Tanh(),  # 켜기
                                 nn.Linear(3, 1), Sigmoid())

    def forward(self, x):
        return self.out(self.act(self.fc(x)))

net = Net()
wide = nn.Sequential(*[nn.GELU() for _ in range(2)])
loss = nn.MSELoss(reduction="sum")(wide(net(torch.ones(4, 2))), torch.zeros(4, 1))
loss.backward()
"""


@pytest.fixture(scope="module")
def trace() -> Trace:
    return traces.run(SOURCE)


def _layer(trace: Trace, name: str) -> Call:
    (found,) = [call for call in trace.calls if call.form == "layer" and call.op == name]
    return found


def test_each_torch_layer_is_located_where_it_is_made(trace: Trace) -> None:
    layers = [call for call in trace.calls if call.form == "layer"]
    assert [call.op for call in layers] == [
        "Linear", "LeakyReLU", "Linear", "Tanh", "Linear", "Sigmoid", "GELU", "MSELoss",
    ]  # fmt: skip
    for call in layers:
        first, last = edit.offsets(SOURCE, call.span)
        assert SOURCE[first:last].split("(")[0].endswith(call.op)
    # One place, two layers.
    assert len(_layer(trace, "GELU").nodes) == 2


@pytest.mark.parametrize(
    ("layer", "kind", "to", "old", "new"),
    [
        ("Tanh", "change", "ReLU", "nn.Tanh()", "nn.ReLU()"),
        ("LeakyReLU", "change", "ELU", "torch.nn.LeakyReLU(0.1)", "torch.nn.ELU()"),
        ("Sigmoid", "change", "Tanh", " Sigmoid()", " torch.nn.Tanh()"),
        ("GELU", "change", "SiLU", "nn.GELU()", "nn.SiLU()"),
        ("MSELoss", "change", "L1Loss", "nn.MSELoss(red", "nn.L1Loss(red"),
        ("Tanh", "step", "Sigmoid", "nn.Tanh()", "nn.Tanh(), nn.Sigmoid()"),
        ("LeakyReLU", "step", "Tanh", "torch.nn.LeakyReLU(0.1)",
         "torch.nn.Sequential(torch.nn.LeakyReLU(0.1), torch.nn.Tanh())"),
        ("Tanh", "remove", "Identity", "nn.Tanh()", "nn.Identity()"),
    ],
)  # fmt: skip
def test_layer_edits_read_as_if_written_by_a_person(
    trace: Trace, layer: str, kind: edit.Kind, to: str, old: str, new: str
) -> None:
    done = edit.make(SOURCE, _layer(trace, layer), kind, to, 0)
    after = edit.apply(SOURCE, done)
    assert after == SOURCE.replace(old, new)
    assert edit.apply(after, edit.undo(done)) == SOURCE
    assert traces.run(after).error is None
    for language in text.languages():
        assert text.load(language)(done.name)


@pytest.mark.parametrize(
    ("layer", "kind", "to"),
    [
        ("Tanh", "change", "Linear"),
        ("Tanh", "change", "os.system"),
        ("Tanh", "change", "exp"),
        ("Linear", "change", "Tanh"),
        ("Tanh", "wrap", "Tanh"),
        ("Tanh", "swap", ""),
        ("MSELoss", "remove", "Identity"),
    ],
)
def test_unknown_layer_is_refused(trace: Trace, layer: str, kind: edit.Kind, to: str) -> None:
    call = next(it for it in trace.calls if it.op == layer)
    with pytest.raises(ValueError, match="no such layer"):
        edit.make(SOURCE, call, kind, to, 0)


def test_layer_under_an_alias_gets_a_step_but_no_replacement() -> None:
    source = "Act = torch.nn.Tanh\nw = torch.ones(2, requires_grad=True)\nAct()(w).sum().backward()"
    (call,) = [it for it in traces.run(source).calls if it.form == "layer"]
    offers = edit.offers(source, call)
    assert {each.kind for each in offers} == {"step", "remove"}
    step = next(each for each in offers if each.to == "ReLU")
    after = edit.apply(source, step.edit)
    assert "torch.nn.Sequential(Act(), torch.nn.ReLU())(w)" in after
    assert traces.run(after).error is None


def test_fitting_layers_are_shown_with_their_result_shapes(trace: Trace) -> None:
    at = trace.calls.index(_layer(trace, "Tanh"))
    found = operations.tries(trace, at, whole=True)
    assert found.complete
    kinds = operations.choices(found, text.load("en"), trace.calls[at]).kinds
    labels = {kind: [(each.label, each.shape) for each in some] for kind, some in kinds.items()}
    assert ("ReLU", "(4, 3)") in labels["change"]
    assert labels["remove"] == [("Identity", "(4, 3)")]
    assert ("Sigmoid", "(4, 3)") in labels["step"]
    assert all(each.stops is None for some in kinds.values() for each in some)
    assert rows.calls(trace)[at].name == "net.out[1]"


def test_layer_that_does_not_fit_shows_where_the_program_stops(trace: Trace) -> None:
    at = trace.calls.index(_layer_at(trace, "net.fc"))
    found = operations.tries(trace, at, whole=True)
    kinds = operations.choices(found, text.load("en"), trace.calls[at]).kinds
    (identity,) = kinds["remove"]
    assert identity.stops is not None
    assert "RuntimeError" in identity.stops.why


def _layer_at(trace: Trace, path: str) -> Call:
    return next(
        call
        for call in trace.calls
        if call.form == "layer" and trace.nodes[call.nodes[0]].scope[-1].name == path
    )
