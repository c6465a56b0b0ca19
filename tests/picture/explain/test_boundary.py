"""The plane of a classifier: proven by the run, the same as PyTorch's own, or not there."""

import numpy as np
import pytest
import torch

from tests import traces
from viz_app import browser
from viz_app.knowledge import text
from viz_app.picture import scene
from viz_app.picture.explain.boundary import GRID, Found, boundary
from viz_app.picture.payload import payload
from viz_app.picture.words.notation import Reading

DATA = """
import torch
from torch import nn
torch.manual_seed(0)
X = torch.tensor([[1., 1.], [1., -1.], [-1., 1.], [-1., -1.], [2., 1.], [2., -1.]])
Y = torch.tensor([[1.], [0.], [0.], [1.], [1.], [0.]])
"""
NET = """
net = nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.5)
for step in range(3):
    opt.zero_grad()
    loss = nn.functional.binary_cross_entropy_with_logits(net(X), Y)
    loss.backward()
    opt.step()
"""
BY_HAND = """
w = torch.tensor([[0.3], [-0.2]], requires_grad=True)
b = torch.zeros(1, requires_grad=True)
for step in range(3):
    p = torch.sigmoid(X @ w + b)
    loss = nn.functional.binary_cross_entropy(p, Y)
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        b -= 0.1 * b.grad
    w.grad = b.grad = None
"""
THREE = """
net = nn.Sequential(nn.Linear(2, 5), nn.ReLU(), nn.Linear(5, 3))
opt = torch.optim.SGD(net.parameters(), lr=0.5)
for step in range(6):
    opt.zero_grad()
    loss = nn.functional.cross_entropy(net(X), torch.tensor([0, 1, 2, 2, 1, 0]))
    loss.backward()
    opt.step()
"""
SQUARED = NET.replace("binary_cross_entropy_with_logits(net(X), Y)", "mse_loss(net(X), Y)")
SIGNS = SQUARED.replace("net(X), Y", "net(X), Y * 2 - 1")
SQUARED_BY_HAND = BY_HAND.replace(
    "nn.functional.binary_cross_entropy(p, Y)", "((p - Y) ** 2).mean()"
)
FROM_THE_TARGET = BY_HAND.replace(
    "nn.functional.binary_cross_entropy(p, Y)", "(Y - p).pow(2).sum()"
)
FLAT = SQUARED.replace("net(X), Y", "net(X).squeeze(), Y.squeeze()")
OTHERS = {
    name: NET.replace("nn.Tanh()", name)
    for name in (
        "nn.GELU()",
        "nn.GELU('tanh')",
        "nn.LeakyReLU(0.2)",
        "nn.ELU(1.5)",
        "nn.Softplus(2)",
        "nn.Hardtanh(-0.5, 0.5)",
    )
}
COLUMNS = """
x1, x2 = X[:, 0], X[:, 1]
w1 = torch.tensor(0.3, requires_grad=True)
w2 = torch.tensor(-0.2, requires_grad=True)
b = torch.tensor(0.1, requires_grad=True)
for step in range(3):
    p = torch.sigmoid(w1 * x1 + w2 * x2 + b)
    loss = nn.functional.binary_cross_entropy(p, Y.squeeze())
    loss.backward()
    with torch.no_grad():
        for w in (w1, w2, b):
            w -= 0.1 * w.grad
            w.grad = None
"""
COLUMNS_IN_THE_LOOP = COLUMNS.replace("w1 * x1 + w2 * x2", "w1 * X[:, 0] + w2 * X[:, 1]")
TWO_INPUTS = """
x1, x2 = X[:, :1], X[:, 1:]
one, two = nn.Linear(1, 1), nn.Linear(1, 1)
opt = torch.optim.SGD([*one.parameters(), *two.parameters()], lr=0.5)
for step in range(3):
    opt.zero_grad()
    loss = nn.functional.binary_cross_entropy_with_logits(one(x1) + two(x2), Y)
    loss.backward()
    opt.step()
"""
SLOW = THREE.replace("nn.Linear(5, 3))", "nn.Linear(5, 3), nn.Softmax(1))")
SOFTMAX = SLOW.replace("lr=0.5", "lr=4")  # cross-entropy takes a softmax once more: slow
LOG_OF_SOFTMAX = SLOW.replace("cross_entropy(net(X),", "nll_loss(torch.log(net(X)),")
LOG_SOFTMAX = THREE.replace("nn.Linear(5, 3))", "nn.Linear(5, 3), nn.LogSoftmax(1))").replace(
    "cross_entropy(", "nll_loss("
)


ONE_HOT = THREE.replace(
    "cross_entropy(net(X), torch.tensor([0, 1, 2, 2, 1, 0]))",
    "mse_loss(net(X), torch.eye(3)[[0, 1, 2, 2, 1, 0]])",
)
ONE_HOT_BY_HAND = THREE.replace(
    "nn.functional.cross_entropy(net(X), torch.tensor([0, 1, 2, 2, 1, 0]))",
    "((net(X) - torch.eye(3)[[0, 1, 2, 2, 1, 0]]) ** 2).sum(1).mean()",
)
ONE_OUTPUT_PER_CLASS = ONE_HOT.replace("mse_loss", "binary_cross_entropy_with_logits").replace(
    "lr=0.5", "lr=4"
)
SHARES = THREE.replace("torch.tensor([0, 1, 2, 2, 1, 0])", "torch.eye(3)[[0, 1, 2, 2, 1, 0]]")
PICKED = THREE.replace(
    "nn.functional.cross_entropy(net(X), torch.tensor([0, 1, 2, 2, 1, 0]))",
    "-nn.functional.log_softmax(net(X), 1)[range(6), [0, 1, 2, 2, 1, 0]].mean()",
)
BY_EXPONENTIALS = THREE.replace(
    "loss = nn.functional.cross_entropy(net(X), torch.tensor([0, 1, 2, 2, 1, 0]))",
    "counts = net(X).exp()\n    probs = counts / counts.sum(1, keepdim=True)\n"
    "    loss = -probs[range(6), [0, 1, 2, 2, 1, 0]].log().mean()",
)
LEAVES = "x1, x2 = (X[:, i].clone().requires_grad_() for i in (0, 1))\n"
STACKED = LEAVES + NET.replace("net(X)", "net(torch.stack([x1, x2], dim=1))")
FEATURES = (
    NET.replace("nn.Linear(2, 4)", "nn.Linear(4, 4)")
    .replace("net(X)", "net(torch.cat([W * X, (W * X) ** 2], dim=1))")
    .replace("opt =", "W = torch.ones(2, requires_grad=True)\nopt =")
)


def found(program: str) -> Found | None:
    return boundary(Reading(traces.run(DATA + program)))


def of(program: str) -> browser.BoundaryView:
    seen = found(program)
    assert seen is not None
    return seen.view


def grid(view: browser.BoundaryView) -> torch.Tensor:
    """The middles of the squares, as the picture says where they are."""
    (left, low), (right, high) = view.low, view.high
    xs = [left + (right - left) * (column + 0.5) / view.size for column in range(view.size)]
    ys = [high - (high - low) * (row + 0.5) / view.size for row in range(view.size)]
    return torch.tensor([[x, y] for y in ys for x in xs])


def plainly(program: str, say: str) -> list[list[int]]:
    """The same in plain PyTorch: `say` is the class of each row of G, before each update."""
    view = of(program)
    space: dict[str, object] = {"G": grid(view), "said": []}
    asked = f"said.append(({say}).int().flatten().tolist())"
    lines = []
    for line in (DATA + program).splitlines():
        indent = line[: len(line) - len(line.lstrip())]
        lines += [indent + asked] * ("backward()" in line) + [line]
    exec("\n".join(lines), space)
    said = space["said"]
    assert isinstance(said, list)
    return said


@pytest.mark.parametrize(
    ("program", "say"),
    [
        (NET, "net(G) > 0"),
        (BY_HAND, "torch.sigmoid(G @ w + b) > 0.5"),
        (THREE, "net(G).argmax(1)"),
        (SOFTMAX, "net(G).argmax(1)"),
        (LOG_OF_SOFTMAX, "net(G).argmax(1)"),
        (LOG_SOFTMAX, "net(G).argmax(1)"),
        (COLUMNS, "w1 * G[:, 0] + w2 * G[:, 1] + b > 0"),
        (COLUMNS_IN_THE_LOOP, "w1 * G[:, 0] + w2 * G[:, 1] + b > 0"),
        (TWO_INPUTS, "one(G[:, :1]) + two(G[:, 1:]) > 0"),
        (SQUARED, "net(G) > 0.5"),
        (SIGNS, "net(G) > 0"),
        (FLAT, "net(G) > 0.5"),
        (SQUARED_BY_HAND, "torch.sigmoid(G @ w + b) > 0.5"),
        (FROM_THE_TARGET, "torch.sigmoid(G @ w + b) > 0.5"),
        *((program, "net(G) > 0") for program in OTHERS.values()),
        *(
            (program, "net(G).argmax(1)")
            for program in (
                ONE_HOT,
                ONE_HOT_BY_HAND,
                ONE_OUTPUT_PER_CLASS,
                SHARES,
                PICKED,
                BY_EXPONENTIALS,
            )
        ),
        (STACKED, "net(G) > 0"),
        (FEATURES, "net(torch.cat([G, G ** 2], dim=1)) > 0"),
    ],
)
def test_each_square_has_the_class_that_pytorch_predicts(program: str, say: str) -> None:
    view, plain = of(program), plainly(program, say)
    assert len(view.passes) == len(plain)
    for one, classes in zip(view.passes, plain, strict=True):
        ours = [int(cell) for cell in one.cells]
        assert len(ours) == GRID * GRID
        # A square exactly on the boundary may fall either way in float32 and float64.
        assert np.mean(np.array(ours) != np.array(classes)) < 0.002
    assert len(set(view.passes[-1].cells)) > 1


def test_results_and_points_are_those_of_the_trace() -> None:
    trace = traces.run(DATA + NET)
    view = of(NET)
    results = [node for node in trace.nodes if node.op == "linear" and node.values[0]]
    last = [node for node in results if node.values[0] and node.values[0].shape == (6, 1)]
    for one, node in zip(view.passes, last, strict=True):
        assert node.values[0] is not None
        numbers = [float(x) for x in node.values[0].data if not isinstance(x, tuple)]
        assert [float(it) for it in one.results] == pytest.approx(numbers, rel=1e-3)
        assert list(one.predicted) == [int(number > 0) for number in numbers]
    assert view.points[4] == (2.0, 1.0)
    assert view.labels == (1, 0, 0, 1, 1, 0)
    assert [one.number for one in view.passes] == [1, 2, 3]


@pytest.mark.parametrize(("program", "meant"), [(SQUARED, (0, 1)), (SIGNS, (-1, 1)), (NET, ())])
def test_class_numbers_are_the_targets(program: str, meant: tuple[float, ...]) -> None:
    view = of(program)
    assert view.meant == meant
    assert view.labels == (1, 0, 0, 1, 1, 0)


@pytest.mark.parametrize(
    "program", [ONE_HOT, SHARES, PICKED, BY_EXPONENTIALS, ONE_OUTPUT_PER_CLASS]
)
def test_one_hot_targets_are_the_points_classes(program: str) -> None:
    view = of(program)
    assert view.labels == (0, 1, 2, 2, 1, 0)
    assert view.meant == ()
    own: dict[str, torch.Tensor] = {}
    exec(DATA + program, own)
    assert float(view.passes[-1].loss) == pytest.approx(own["loss"].item(), rel=1e-3)


def test_two_leaves_that_are_joined_are_the_points() -> None:
    view = of(STACKED)
    assert view.name == "x1, x2"
    assert view.points[4] == (2.0, 1.0)


SILENT = {
    "joined along the points": LEAVES
    + NET.replace("net(X), Y", "net(torch.cat([torch.stack([x1, x2], 1)] * 2)), torch.cat([Y, Y])"),
    "several classes at once": ONE_OUTPUT_PER_CLASS.replace(
        "torch.eye(3)[[0, 1, 2, 2, 1, 0]]", "1 - torch.eye(3)[[0, 1, 2, 2, 1, 0]]"
    ),
    "shares of classes": SHARES.replace("torch.eye(3)", "(0.8 * torch.eye(3) + 0.1)"),
    "a reward that pushes away": PICKED.replace("-nn", "nn"),
    "batch norm mixes points": THREE.replace("nn.ReLU()", "nn.BatchNorm1d(5)"),
    "centred by the batch": BY_HAND.replace("X @ w + b", "X @ w - (X @ w).mean() + b"),
    "a softmax over the points": BY_HAND.replace("X @ w + b", "torch.softmax(X @ w, 0) + b"),
    "a softmax of classes over the points": SOFTMAX.replace("nn.Softmax(1)", "nn.Softmax(0)"),
    "three columns": COLUMNS.replace("x2 + b", "x2 * torch.arange(6.) + b"),
    "dropout": NET.replace("nn.Tanh()", "nn.Tanh(), nn.Dropout(0.5)"),
    "a number of each point's own": BY_HAND.replace(
        "X @ w + b", "X @ w + b + torch.arange(6.).reshape(6, 1)"
    ),
    "three coordinates": THREE.replace("net(X)", "net(torch.cat([X, X[:, :1]], 1))").replace(
        "Linear(2", "Linear(3"
    ),
    "soft targets": NET.replace("Y)", "Y * 0.9)"),
    "a regression": SQUARED.replace("net(X), Y", "net(X), Y * X[:, :1]"),
    "one class only": SQUARED.replace("net(X), Y", "net(X), Y * 0 + 1"),
    "numbers that stand for no class": SQUARED.replace("net(X), Y", "net(X), Y * 2"),
    "each result against each target": SQUARED.replace("net(X), Y", "net(X), Y.squeeze()"),
    "no error but its cube": SQUARED_BY_HAND.replace("** 2", "** 3"),
    "twice the target": SQUARED_BY_HAND.replace("(p - Y)", "torch.sub(p, Y, alpha=2)"),
    "no training": "X.sum()",
    "other points each time": NET.replace("net(X)", "net(X + 0.1 * step)"),
    "hundreds of operations in a row": """
w = torch.tensor([[0.3], [-0.2]], requires_grad=True)
z = X @ w
for step in range(600):
    z = z * 1.0
nn.functional.binary_cross_entropy_with_logits(z, Y).backward()
""",
    "nan": BY_HAND.replace("0.3", "float('nan')").replace(
        "binary_cross_entropy(p, Y)", "binary_cross_entropy_with_logits(X @ w + b, Y)"
    ),
}


@pytest.mark.parametrize("kind", SILENT)
def test_unproven_boundary_is_not_drawn(kind: str) -> None:
    assert found(SILENT[kind]) is None


def test_boundary_is_attached_to_points_and_model() -> None:
    drawn = payload(scene.build(traces.run(DATA + NET)), text.load("en"))
    planes = [at for at, it in enumerate(drawn.views) if isinstance(it, browser.BoundaryView)]
    assert len(planes) == 1
    names = [vertex.name for vertex in drawn.vertices if vertex.view == planes[0]]
    assert "X" in names
    assert len(names) > 1
