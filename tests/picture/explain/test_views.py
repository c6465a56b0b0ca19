"""Pictures made for an operation: their numbers are the run's, their claims are proven by it."""

from itertools import product
from typing import Any

import msgspec
import pytest
import torch

from tests import traces
from viz_app import browser
from viz_app.knowledge.text import load
from viz_app.picture import scene
from viz_app.picture.explain import views
from viz_app.picture.payload import _views as pictured
from viz_app.picture.payload import payload
from viz_app.picture.words import notation
from viz_app.picture.words.notation import Reading

CONVOLUTION = """
torch.manual_seed(0)
x = torch.randn({shape})
conv = torch.nn.Conv{sides}d({channels}, 3, {kernel}, {settings})
y = conv(x)
(y ** 2).sum().backward()
"""
ATTENTION = """
torch.manual_seed(0)
q, k, v = (torch.randn(2, 3, 4, requires_grad=True) for _ in range(3))
a = torch.softmax(q @ k.transpose(1, 2) / 2, dim=-1)
o = a @ v
(o ** 2).sum().backward()
"""


def _only(program: str, kind: type) -> tuple[browser.OperationView, Reading]:
    reading = Reading(traces.run(program))
    found = [
        view
        for node in reading.trace.nodes
        if (view := views.view(reading, [node])) is not None and isinstance(view, kind)
    ]
    assert len(found) == 1
    return found[0], reading


def _written(values: torch.Tensor) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(notation.number(x) for x in row) for row in values.tolist())


@pytest.mark.parametrize(
    ("sides", "shape", "channels", "kernel", "settings"),
    [
        (2, "1, 1, 5, 5", 1, 3, ""),
        (2, "1, 2, 6, 4", 2, 3, "stride=2, padding=1"),
        (2, "1, 1, 7, 7", 1, 2, "dilation=2, bias=False"),
        (1, "1, 1, 6", 1, 2, "padding=1"),
        (1, "1, 2, 9", 2, 3, "stride=2"),
    ],
)
def test_numbers_of_a_convolution_equal_torchs(
    sides: int, shape: str, channels: int, kernel: int, settings: str
) -> None:
    program = CONVOLUTION.format(
        shape=shape, channels=channels, kernel=kernel, settings=settings, sides=sides
    )
    view, _ = _only(program, browser.ConvolutionView)
    assert isinstance(view, browser.ConvolutionView)
    own: dict[str, Any] = {"torch": torch}
    exec(program, own)  # the program above, in plain PyTorch
    conv, x = own["conv"], own["x"]
    y = own["y"]
    there = {"image": x[0], "result": y[0].detach(), "upstream": 2 * y[0].detach()}
    for name, planes in there.items():
        planes = planes[:, None] if sides == 1 else planes
        assert getattr(view, name) == tuple(_written(plane) for plane in planes), name
    for name, planes in (("kernels", conv.weight.detach()), ("gradient", conv.weight.grad)):
        planes = planes[:, :, None] if sides == 1 else planes
        wanted = tuple(tuple(_written(plane) for plane in each) for each in planes)
        assert getattr(view, name) == wanted, name
    assert view.summed
    assert view.added


def test_products_under_a_kernel_add_up_to_result_and_gradient() -> None:
    """The sums that the page writes, done here by hand."""
    program = CONVOLUTION.format(
        shape="1, 1, 5, 6", channels=1, kernel=3, settings="stride=2, padding=1", sides=2
    )
    view, _ = _only(program, browser.ConvolutionView)
    assert isinstance(view, browser.ConvolutionView)
    image = [[float(x) for x in row] for row in view.image[0]]

    def seen(place: int, tap: int, side: int) -> int:
        return place * view.stride[side] + tap * view.dilation[side] - view.padding[side]

    taps = list(product(range(3), range(3)))
    for out, grid in enumerate(view.result):
        for y, row in enumerate(grid):
            for x, text in enumerate(row):
                total = float(view.bias[out])
                for i, j in taps:
                    at = seen(y, i, 0), seen(x, j, 1)
                    if 0 <= at[0] < 5 and 0 <= at[1] < 6:
                        total += float(view.kernels[out][0][i][j]) * image[at[0]][at[1]]
                assert total == pytest.approx(float(text), abs=2e-3)


def test_a_convolution_that_is_not_a_plain_sum_has_no_view() -> None:
    program = (
        "x = torch.ones(1, 2, 4, 4, requires_grad=True)\n"
        "w = torch.ones(2, 2, 2, 2, requires_grad=True)\n"
        "torch.nn.functional.conv_transpose2d(x, w).sum().backward()\n"
    )
    reading = Reading(traces.run(program))
    assert all(views.view(reading, [node]) is None for node in reading.trace.nodes)


@pytest.mark.parametrize(
    ("channels", "kernels", "settings", "begins"),
    [
        (2, 2, "groups=2", (0, 1)),
        (4, 2, "groups=2, padding=1", (0, 2)),
        (3, 3, "groups=3", (0, 1, 2)),
    ],
)
def test_kernels_in_groups_see_their_own_channels(
    channels: int, kernels: int, settings: str, begins: tuple[int, ...]
) -> None:
    program = f"""
torch.manual_seed(0)
x = torch.randn(1, {channels}, 5, 5)
conv = torch.nn.Conv2d({channels}, {kernels}, 3, {settings})
y = conv(x)
(y ** 2).sum().backward()
"""
    view, _ = _only(program, browser.ConvolutionView)
    assert isinstance(view, browser.ConvolutionView)
    own: dict[str, Any] = {"torch": torch}
    exec(program, own)
    weight, y = own["conv"].weight, own["y"]
    assert view.begins == begins
    assert view.channels == weight.shape[1]
    assert view.result == tuple(_written(plane) for plane in y[0].detach())
    for name, whole in (("kernels", weight.detach()), ("gradient", weight.grad)):
        wanted = tuple(tuple(_written(plane) for plane in each) for each in whole)
        assert getattr(view, name) == wanted, name
    assert view.summed  # the kernels of a group, on its channels only
    assert view.added


@pytest.mark.parametrize(
    "call",
    [
        "torch.nn.functional.conv2d(torch.arange(16.).reshape(1, 4, 4), w)",  # one image alone
        "torch.nn.functional.conv2d(torch.arange(256.).reshape(1, 1, 16, 16), w)",  # a larger one
    ],
)
def test_the_result_of_one_image_and_of_a_large_one_is_proven(call: str) -> None:
    view, _ = _only(
        "w = torch.tensor([[[[1., 0.], [0., -1.]]]], requires_grad=True)\n"
        f"y = {call}\n(y * y).sum().backward()\n",
        browser.ConvolutionView,
    )
    assert isinstance(view, browser.ConvolutionView)
    assert view.names.result == "y"
    assert view.summed
    assert view.added
    side = len(view.image[0])
    assert {text for row in view.result[0] for text in row} == {str(-side - 1)}


def test_a_gradient_that_a_hook_changed_is_no_sum_of_products() -> None:
    program = """
x = torch.ones(1, 1, 3, 3)
w = torch.ones(1, 1, 2, 2, requires_grad=True)
y = torch.nn.functional.conv2d(x, w)
y.grad_fn.register_hook(lambda sent, arrived: (sent[0], sent[1] * 2, sent[2]))
y.sum().backward()
"""
    view, _ = _only(program, browser.ConvolutionView)
    assert isinstance(view, browser.ConvolutionView)
    assert view.summed
    assert not view.added


ONE_HOT = ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0))
SMOOTH = ((0.9 + 0.1 / 3, 0.1 / 3, 0.1 / 3), (0.1 / 3, 0.1 / 3, 0.9 + 0.1 / 3))
SOFT = ((0.5, 0.25, 0.25), (0.0, 0.0, 1.0))


@pytest.mark.parametrize(
    ("loss", "factors", "target"),
    [
        ("F.cross_entropy(z, t)", (0.5,), ONE_HOT),
        ("F.cross_entropy(z, t, reduction='sum')", (1.0,), ONE_HOT),
        ("3 * F.cross_entropy(z, t)", (1.5,), ONE_HOT),
        ("F.nll_loss(F.log_softmax(z, dim=1), t)", (0.5,), ONE_HOT),
        ("F.cross_entropy(z, t, label_smoothing=0.1)", (0.5,), SMOOTH),
        ("F.cross_entropy(z, t, weight=torch.tensor([1., 2., 3.]))", (0.25, 0.75), ONE_HOT),
        ("F.cross_entropy(z, soft)", (0.5,), SOFT),
        ("F.kl_div(F.log_softmax(z, dim=1), soft, reduction='batchmean')", (0.5,), SOFT),
        ("-F.log_softmax(z, 1)[[0, 1], t].mean()", (0.5,), ONE_HOT),
        ("-F.log_softmax(z, 1).gather(1, t[:, None]).sum()", (1.0,), ONE_HOT),
        ("-(soft * F.log_softmax(z, 1)).sum(1).mean()", (0.5,), SOFT),
        ("-F.softmax(z, 1)[[0, 1], t].log().mean()", (0.5,), ONE_HOT),
        ("-torch.log(e / e.sum(1, keepdim=True))[[0, 1], t].mean()", (0.5,), ONE_HOT),
        ("-torch.log((e / e.sum(1, keepdim=True))[[0, 1], t]).mean()", (0.5,), ONE_HOT),
        # A loss that also pushes a share down asks for no shares.
        ("(F.log_softmax(z, 1) * torch.tensor([-1., 0.5, 0.])).sum()", (), ()),
        # No logarithm is taken: nothing says that the gradient is a difference.
        ("-F.softmax(z, 1)[[0, 1], t].sum()", (), ()),
        ("((F.softmax(z, 1) - soft) ** 2).sum()", (), ()),
    ],
)
def test_share_minus_target_is_stated_only_where_it_is_the_gradient(
    loss: str, factors: tuple[float, ...], target: tuple[tuple[float, ...], ...]
) -> None:
    view, _ = _only(
        "F = torch.nn.functional\n"
        "z = torch.tensor([[1., 2., 0.], [0., 1., 3.]], requires_grad=True)\n"
        "soft = torch.tensor([[0.5, 0.25, 0.25], [0., 0., 1.]])\ne = torch.exp(z)\n"
        f"t = torch.tensor([0, 2])\nL = {loss}\nL.backward()\n",
        browser.BarsView,
    )
    assert isinstance(view, browser.BarsView)
    z = torch.tensor([[1.0, 2.0, 0.0], [0.0, 1.0, 3.0]])
    shares = torch.softmax(z, dim=1)
    assert view.rows == _written(shares)
    assert [float(text) for text in view.factors] == pytest.approx(factors)
    found = [[float(text) for text in row] for row in view.target]
    assert found == [pytest.approx(row, rel=1e-3) for row in target]
    if factors:
        times = torch.tensor(factors)[:, None]
        wanted = times * (shares - torch.tensor(target))
        sent = torch.tensor([[float(text) for text in row] for row in view.gradient])
        assert torch.allclose(sent, wanted, atol=1e-3)


@pytest.mark.parametrize(
    ("call", "axis", "places"),
    [
        ("torch.softmax(z, dim=0)", 0, ("[:, 0]", "[:, 1]", "[:, 2]")),
        ("torch.softmax(z, dim=-1)", 1, ("[0, :]", "[1, :]")),
        ("torch.softmax(z[None], dim=2)", 1, ("[0, 0, :]", "[0, 1, :]")),
        ("e / e.sum(0)", 0, ("[:, 0]", "[:, 1]", "[:, 2]")),
        ("e / e.sum(1, keepdim=True)", 1, ("[0, :]", "[1, :]")),
    ],
)
def test_rows_of_shares_lie_along_the_side_of_the_softmax(
    call: str, axis: int, places: tuple[str, ...]
) -> None:
    view, _ = _only(
        "z = torch.tensor([[1., 2., 0.], [0., 1., 3.]], requires_grad=True)\ne = z.exp()\n"
        f"p = {call}\n(p * p).sum().backward()\n",
        browser.BarsView,
    )
    assert isinstance(view, browser.BarsView)
    z = torch.tensor([[1.0, 2.0, 0.0], [0.0, 1.0, 3.0]], requires_grad=True)
    p = torch.softmax(z, dim=axis)
    (grad,) = torch.autograd.grad((p * p).sum(), z)
    turned = (p.detach(), grad) if axis == 1 else (p.detach().T, grad.T)
    assert view.places == places
    assert view.rows == _written(turned[0])
    found = torch.tensor([[float(text) for text in row] for row in view.gradient])
    assert torch.allclose(found, turned[1], atol=1e-3)


@pytest.mark.parametrize("call", ["e / e.sum()", "e / z.exp().sum(1, keepdim=True)", "e / 2"])
def test_another_quotient_of_exponentials_is_no_softmax(call: str) -> None:
    reading = Reading(
        traces.run(
            "z = torch.tensor([[1., 2.], [0., 1.]], requires_grad=True)\ne = z.exp()\n"
            f"({call}).sum().backward()\n"
        )
    )
    assert all(views.view(reading, [node]) is None for node in reading.trace.nodes)


def test_the_gradient_of_a_softmax_by_hand_is_shown_once_its_exponential_sent_it() -> None:
    trace = traces.run(
        "z = torch.tensor([1., 2.], requires_grad=True)\ne = z.exp()\np = e / e.sum()\n"
        "loss = -p[0].log()\nloss.backward()\n"
    )
    built = scene.build(trace)
    drawn = payload(built, load("en"))
    [card] = [vertex for vertex in drawn.vertices if vertex.kind == "card" and vertex.name == "p"]
    sent = [
        frame.index for frame in built.frames
        if frame.step is not None
        and trace.nodes[trace.steps[frame.step].node].grad_fn == "ExpBackward0"
    ]  # fmt: skip
    assert card.sends == max(sent)


def test_an_ignored_row_has_no_right_class_and_no_sentence() -> None:
    view, _ = _only(
        "z = torch.ones(2, 3, requires_grad=True)\n"
        "torch.nn.functional.cross_entropy(z, torch.tensor([1, -100])).backward()\n",
        browser.BarsView,
    )
    assert isinstance(view, browser.BarsView)
    assert view.right == (1, -1)
    assert view.factors == ()


def test_arcs_are_the_shares_of_each_head() -> None:
    view, _ = _only(ATTENTION, browser.AttentionView)
    assert isinstance(view, browser.AttentionView)
    own: dict[str, Any] = {"torch": torch}
    exec(ATTENTION, own)
    a, o, v = own["a"].detach(), own["o"].detach(), own["v"].detach()
    assert view.heads == tuple(_written(head) for head in a)
    assert view.gradients == tuple(_written(head) for head in 2 * o @ v.transpose(1, 2))
    assert view.weighed
    assert view.returned


@pytest.mark.parametrize(
    ("program", "weighed", "returned"),
    [
        (ATTENTION.replace("a @ v", "(a * 0.5).view(2, 3, 3) @ v"), None, None),  # other shares
        (ATTENTION.replace("(o ** 2)", "o.detach().requires_grad_()"), False, False),  # no pass
        (
            ATTENTION.replace(
                "(o ** 2)",
                "node = o.grad_fn.next_functions[0][0]\n"
                "node.register_hook(lambda sent, arrived: (sent[0], 2 * sent[1]))\n(o ** 2)",
            ),
            True,
            False,
        ),
    ],
)
def test_attention_view_claims_only_what_the_run_proves(
    program: str, weighed: bool | None, returned: bool | None
) -> None:
    reading = Reading(traces.run(program))
    assert reading.trace.error is None
    found = [views.view(reading, [node]) for node in reading.trace.nodes]
    arcs = [view for view in found if isinstance(view, browser.AttentionView)]
    assert [(view.weighed, view.returned) for view in arcs] == (
        [] if weighed is None else [(weighed, returned)]
    )


@pytest.mark.parametrize("causal", [False, True])
def test_arcs_of_the_fused_attention_are_computed_and_compared(causal: bool) -> None:
    view, _ = _only(
        "torch.manual_seed(0)\n"
        "q, k, v = (torch.randn(1, 2, 3, 4, requires_grad=True) for _ in range(3))\n"
        f"torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal={causal})"
        ".sum().backward()\n",
        browser.AttentionView,
    )
    assert isinstance(view, browser.AttentionView)
    torch.manual_seed(0)
    q, k, _ = (torch.randn(1, 2, 3, 4) for _ in range(3))
    scores = q @ k.transpose(2, 3) / 2
    if causal:
        scores = scores.masked_fill(~torch.ones(3, 3).tril().bool(), -torch.inf)
    assert view.weighed
    assert view.returned
    wanted = torch.softmax(scores, dim=-1)[0]
    found = torch.tensor([[[float(x) for x in row] for row in head] for head in view.heads])
    assert torch.allclose(found, wanted, atol=1e-3)


MASKED = """
torch.manual_seed(0)
q, k, v = (torch.randn(1, 1, 3, 4, requires_grad=True) for _ in range(3))
mask = {mask}
torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask).sum().backward()
"""
MASKS = (
    "torch.tensor([[0., -9., 0.], [0., 0., -9.], [-9., 0., 0.]])",
    "torch.ones(3, 3).tril().bool()",
)


@pytest.mark.parametrize("mask", MASKS)
def test_arcs_of_a_masked_attention_are_compared_with_its_output(mask: str) -> None:
    view, _ = _only(MASKED.format(mask=mask), browser.AttentionView)
    assert isinstance(view, browser.AttentionView)
    torch.manual_seed(0)
    q, k, _ = (torch.randn(1, 1, 3, 4) for _ in range(3))
    given = eval(mask, {"torch": torch})
    scores = q @ k.transpose(2, 3) / 2
    hides = given.dtype == torch.bool
    scores = scores.masked_fill(~given, -torch.inf) if hides else scores + given
    wanted = torch.softmax(scores, dim=-1)[0]
    found = torch.tensor([[[float(x) for x in row] for row in head] for head in view.heads])
    assert torch.allclose(found, wanted, atol=1e-3)
    assert view.weighed


def test_a_mask_that_was_not_kept_shows_no_arcs() -> None:
    trace = traces.run(MASKED.format(mask=MASKS[0]))
    nodes = tuple(
        msgspec.structs.replace(
            node, saved=tuple(one for one in node.saved if one[0] != "attn_mask")
        )
        for node in trace.nodes
    )
    assert nodes != trace.nodes
    reading = Reading(msgspec.structs.replace(trace, nodes=nodes))
    assert all(
        not isinstance(views.view(reading, [node]), browser.AttentionView)
        for node in reading.trace.nodes
    )


@pytest.mark.parametrize(
    ("program", "heads", "weighed"),
    [
        # Without a side for heads PyTorch takes another way.
        ("q, k, v = (torch.randn(2, 3, 4, requires_grad=True) for _ in range(3))\n"
         "torch.nn.functional.scaled_dot_product_attention(q, k, v).sum().backward()\n", 2, True),
        # Dropout changes the shares: they are shown, but not said to be what weighs the values.
        (ATTENTION.replace("a @ v", "torch.nn.functional.dropout(a, 0.5) @ v"), 2, False),
        # More elements than a saved tensor keeps: the operands' own values are compared.
        ("x = torch.randn(12, 8)\nq, k, v = (torch.nn.Linear(8, 8)(x) for _ in range(3))\n"
         "(torch.softmax(q @ k.T, dim=1) @ v).sum().backward()\n", 1, True),
        ("q, k, v = (torch.randn(1, 2, 10, 16, requires_grad=True) for _ in range(3))\n"
         "torch.nn.functional.scaled_dot_product_attention(q, k, v).sum().backward()\n", 2, True),
    ],
)  # fmt: skip
def test_attention_in_other_words_has_its_arcs(program: str, heads: int, weighed: bool) -> None:
    view, _ = _only("torch.manual_seed(0)\n" + program, browser.AttentionView)
    assert isinstance(view, browser.AttentionView)
    assert len(view.heads) == heads
    assert view.weighed == weighed


def test_softmax_without_weighted_values_has_bars() -> None:
    view, _ = _only(
        "z = torch.tensor([1., 2., 3.], requires_grad=True)\n"
        "p = torch.softmax(z, dim=0)\np[0].backward()\n",
        browser.BarsView,
    )
    assert isinstance(view, browser.BarsView)
    assert view.right == ()
    assert view.rows == (("0.09003", "0.2447", "0.6652"),)


@pytest.mark.parametrize(
    "lookup",
    [
        "w[torch.tensor([0, 3, 3])]",
        "w[[0, -2, 3]]",
        "torch.nn.functional.embedding_bag(torch.tensor([[0, 3, 3]]), w, mode='sum')",
    ],
)
def test_rows_that_are_picked_from_a_table_are_lookups(lookup: str) -> None:
    view, _ = _only(
        f"w = torch.ones(5, 2, requires_grad=True)\n({lookup} * torch.tensor([3., 4.])).sum()"
        ".backward()\n",
        browser.RowsView,
    )
    assert isinstance(view, browser.RowsView)
    assert view.used == (1, 0, 0, 2, 0)
    assert [float(text) for text in view.gradient] == [5, 0, 0, 10, 0]


@pytest.mark.parametrize(
    "pick", ["(w * 1)[[0, 3]]", "w[w > 0]", "w[:, [0, 1]]", "w[[0, 3], [1, 1]]"]
)
def test_other_indices_are_no_lookups_of_rows(pick: str) -> None:
    reading = Reading(
        traces.run(f"w = torch.ones(5, 2, requires_grad=True)\n({pick}).sum().backward()\n")
    )
    assert all(views.view(reading, [node]) is None for node in reading.trace.nodes)


def test_rows_of_an_embedding_count_its_lookups() -> None:
    view, _ = _only(
        "w = torch.ones(5, 2, requires_grad=True)\n"
        "h = torch.nn.functional.embedding(torch.tensor([0, 3, 3]), w)\n"
        "(h * torch.tensor([3., 4.])).sum().backward()\n",
        browser.RowsView,
    )
    assert isinstance(view, browser.RowsView)
    assert view == browser.RowsView("w", (1, 0, 0, 2, 0), ("5", "0", "0", "10", "0"))


RECURRENT = """
w = torch.tensor(0.9, requires_grad=True)
h = torch.tensor(1.)
for x in range({count}):
    h = w * h
h.backward()
"""


@pytest.mark.parametrize("count", [4, 30])
def test_iterations_list_the_gradient_each_sent(count: int) -> None:
    """Shown at the weight where the loop is open, in the loop's box where it is folded."""
    trace = traces.run(RECURRENT.format(count=count))
    found, boxes = pictured(scene.build(trace))
    shown = [view for view in found if isinstance(view, browser.IterationsView)]
    assert boxes
    assert all(it.name == "w" for view in shown for it in view.tensors)
    whole = [view for view in shown if view.iterations == tuple(range(1, count + 1))]
    assert whole
    for view in whole:
        (it,) = view.tensors
        assert len(it.terms) == count
        assert it.total == notation.text(trace.nodes[0].grads[0])
        assert sum(map(float, it.terms)) == pytest.approx(float(it.total), rel=1e-3)
    for view in shown:  # some are of a folded part of the loop, which is not all of the gradient
        (it,) = view.tensors
        assert len(it.terms) == len(view.iterations)
        assert bool(it.total) == (view in whole)


def test_a_training_loops_iterations_are_no_terms_of_one_gradient() -> None:
    trace = traces.run(
        "w = torch.tensor(1., requires_grad=True)\n"
        "for _ in range(4):\n    loss = (w * 2) ** 2\n    loss.backward()\n"
    )
    found, _ = pictured(scene.build(trace))
    assert not [view for view in found if isinstance(view, browser.IterationsView)]


def test_a_modules_box_has_the_arcs_of_what_is_inside() -> None:
    trace = traces.run(
        "torch.manual_seed(0)\n"
        "net = torch.nn.TransformerEncoderLayer(4, 2, 8, dropout=0., batch_first=True)\n"
        "x = torch.randn(1, 3, 4)\nattention = net.self_attn\n"
        "y, _ = attention(x, x, x)\ny.sum().backward()\n"
    )
    found, _ = pictured(scene.build(trace))
    arcs = [view for view in found if isinstance(view, browser.AttentionView)]
    assert len(arcs) == 1
    assert len(arcs[0].heads) == 2
    assert all(sum(map(float, row)) == pytest.approx(1, abs=1e-3) for row in arcs[0].heads[0])
