"""Names of parameters are unique paths; a leaf changed in place stays the same leaf."""

import pytest

from tests import traces
from viz_app.knowledge import text
from viz_app.picture import scene
from viz_app.picture.words import notation, sentence
from viz_app.picture.words.notation import Reading

NN = "from torch import nn\n"
UNREGISTERED = (
    NN
    + """\
class Bad(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(2, 2), nn.Linear(2, 1)]
    def forward(self, x):
        for l in self.layers:
            x = torch.relu(l(x))
        return x
m = Bad()
m(torch.ones(1, 2)).sum().backward()
"""
)
NESTED = (
    NN
    + """\
class Heads(nn.Module):
    def __init__(self):
        super().__init__()
        self.heads = {"x": nn.Linear(2, 1), "y": nn.Linear(2, 1)}
        self.scale = nn.ParameterList([nn.Parameter(torch.ones(2))])
        self.first = nn.ModuleDict({"in": nn.Linear(2, 2)})
        self.blocks = (nn.Linear(2, 2), [nn.Linear(2, 2)])
    def forward(self, x):
        h = self.first["in"](x) * self.scale[0]
        for block in (self.blocks[0], self.blocks[1][0]):
            h = block(h)
        return sum(head(h) for head in self.heads.values())
m = Heads()
m(torch.ones(1, 2)).sum().backward()
"""
)
SEQUENTIAL = (
    NN
    + """\
net = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.ReLU(), nn.Linear(2, 1)))
net(torch.ones(1, 2)).sum().backward()
"""
)
LISTED = (
    NN
    + """\
layers = [nn.Linear(2, 2) for _ in range(2)]
x = torch.ones(1, 2)
for l in layers:
    x = l(x)
x.sum().backward()
"""
)
LOCAL = (
    NN
    + """\
def main():
    for _ in range(2):
        net = nn.Linear(2, 1)
        net(torch.ones(1, 2)).sum().backward()
main()
"""
)
ADAM = """\
w = torch.tensor(1., requires_grad=True)
opt = torch.optim.Adam([w], lr=0.1, weight_decay=0.1)
for i in range(2):
    opt.zero_grad()
    L = (w - 3)**2
    L.backward()
    opt.step()
"""


def _first_names(program: str) -> list[str]:
    nodes = traces.run(program).nodes
    return [node.names[0].text for node in nodes if node.kind == "parameter"]


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (UNREGISTERED, {"m.layers[0].weight", "m.layers[1].weight"}),
        (NESTED, {"m.heads['x'].weight", "m.scale[0]", "m.first['in'].weight",
                  "m.blocks[0].weight", "m.blocks[1][0].bias"}),
        (SEQUENTIAL, {"net[0].weight", "net[1][1].bias"}),
        (LISTED, {"layers[0].weight", "layers[1].weight"}),
    ],
)  # fmt: skip
def test_parameter_is_named_by_the_path_to_it(program: str, expected: set[str]) -> None:
    names = _first_names(program)
    assert expected <= set(names)
    assert len(names) == len(set(names))
    for name in names:
        compile(name, "name", "eval")


def test_unreachable_parameters_have_different_names() -> None:
    assert _first_names(LOCAL) == ["net.weight", "net.bias", "net.weight (2)", "net.bias (2)"]


def test_updated_leaf_is_the_same_leaf() -> None:
    frames = [one for one in scene.build(traces.run(ADAM)).frames if one.phase == "update"]
    assert frames
    for language, wrong, right in (
        ("en", "a new leaf", "the same leaf, with a new value"),
        ("ko", "새로운 리프", "같은 리프 텐서"),
    ):
        for frame in frames:
            said = sentence.plain(frame.message, text.load(language))
            assert wrong not in said
            assert right in said


@pytest.mark.parametrize(
    ("program", "plain"),
    [
        ("c = x * 2\nc.backward()", ["c = x*2", "x*2 receives", "x.grad · x is a leaf"]),
        ("((x + 1) * (x + 2)).backward()", ["(x + 1)*(x + 2) receives", "x + 2 receives"]),
        # Too long for a sentence: the symbol on its disc.
        (
            "torch.nn.functional.smooth_l1_loss(x, torch.tensor(0.25), beta=0.123456).backward()",
            ["smooth_l1 receives"],
        ),
    ],
)
def test_a_caption_names_an_operation_as_written_or_as_autograd_does(
    program: str, plain: list[str]
) -> None:
    trace = traces.run(f"x = torch.tensor(3., requires_grad=True)\n{program}\n")
    words = text.load("en")
    said = [sentence.parts(frame.message, words) for frame in scene.build(trace).frames]
    plainly = "\n".join("".join(part.plain or part.text for part in parts) for parts in said)
    for each in plain:
        assert each in plainly
    assert "Backward0" not in plainly
    assert "AccumulateGrad" not in plainly
    named = "\n".join("".join(part.text for part in parts) for parts in said)
    for step in trace.steps:
        assert f"{step.grad_fn} " in named


def test_a_parameter_in_a_list_is_named_by_its_module() -> None:
    trace = traces.run(
        "net = torch.nn.Linear(2, 1)\nparams = list(net.parameters())\n"
        "net(torch.ones(1, 2)).sum().backward()\n"
    )
    names = [[it.text for it in node.names] for node in trace.nodes if node.kind == "parameter"]
    assert sorted(names) == [["net.bias", "params[1]"], ["net.weight", "params[0]"]]


def test_parameters_are_named_by_a_path_that_the_program_can_use() -> None:
    trace = traces.run(
        "def made():\n    inner = torch.nn.Linear(2, 1)\n"
        "    return inner(torch.ones(1, 2)).sum(), list(inner.parameters())\n"
        "loss, params = made()\nloss.backward()\n"
    )
    names = {node.names[0].text for node in trace.nodes if node.kind == "parameter"}
    assert names == {"params[0]", "params[1]"}


RESIDUAL = """\
def block(x):
    x = x * 3
    return x
x = torch.tensor(2., requires_grad=True)
x = x + 1
x = x + block(x)
x.backward()
"""
COLLECTED = """\
w = torch.tensor([1., 2.], requires_grad=True)
losses = []
for i in range(3):
    loss = (w * i).sum()
    losses.append(loss)
torch.stack(losses).mean().backward()
"""


@pytest.mark.parametrize("program", [RESIDUAL, COLLECTED])
def test_two_operands_of_one_operation_have_two_names(program: str) -> None:
    trace = traces.run(program)
    reading = Reading(trace)
    for node in trace.nodes:
        sources = {(edge.source, edge.output) for edge in reading.into[node.id]}
        labels = [
            reading.label(*it) for it in sources if not notation.is_number(trace.nodes[it[0]])
        ]
        assert len(labels) == len(set(labels))
    written = {reading.expression(node) for node in trace.nodes if node.kind == "op"}
    assert written & {"x₂ + x₃", "stack([loss, loss₂, loss₃])"}


def test_a_node_and_its_part_are_written_apart_whichever_is_asked_for_first() -> None:
    trace = traces.run("x = torch.ones(2, requires_grad=True)\ny = 2 / x\ny.sum().backward()")
    one, other = Reading(trace), Reading(trace)
    node = next(node for node in trace.nodes if any(name.text == "y" for name in node.names))
    whole, part = one.expression(node), one.expression(one.part(node))
    assert whole == "2/x"
    assert part not in ("", whole)
    assert other.expression(other.part(node)) == part
    assert other.expression(node) == whole
