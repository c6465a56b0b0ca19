"""Pictures made for an operation: a sliding kernel, bars of shares, arcs between tokens, rows.

All numbers are the trace's own, as texts. What a view says about them (a place of a convolution is
this sum of products, a gradient is shares minus target) is computed here in float64 and compared
with the run; a view without that proof shows the numbers alone. Tensors that were not kept whole,
or that have too many elements to read, have no view.
"""

import itertools
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
import numpy as np

from viz_app import browser
from viz_app.browser import Matrix
from viz_app.knowledge.formulas import Numbers
from viz_app.model import Array, Node, Scope, Step
from viz_app.picture.words import notation
from viz_app.picture.words.notation import Reading
from viz_app.picture.words.proof import close, numbers

SIDE: Final = 32
"""Maximum number of rows and of columns of an image."""
CHANNELS: Final = 4
"""Maximum number of images of one tensor, and of kernels."""
TOKENS: Final = 16
"""Maximum number of tokens on either side of the arcs."""
HEADS: Final = 8
"""Maximum number of heads side by side."""
CLASSES: Final = 12
"""Maximum number of bars of one row."""
ROWS: Final = 6
"""Maximum number of rows of bars."""
ENTRIES: Final = 64
"""Maximum number of rows of a table that an embedding looks up."""
ITERATIONS: Final = 32
"""Maximum number of iterations whose terms of a gradient are shown."""
PARAMETERS: Final = 6
"""Maximum number of tensors that all iterations of a loop use."""
HOPS: Final = 5
"""Maximum number of nodes between the shares of an attention and the product that uses them."""
EXACT: Final = 2e-4

RESHAPED: Final = frozenset(
    f"{name}Backward0" for name in ("View", "UnsafeView", "Reshape", "ReshapeAlias")
)
"""Nodes whose result has the same elements in the same order."""
SQUEEZED: Final = RESHAPED | {"SqueezeBackward0", "SqueezeBackward1"}
"""These, and those that leave out sides of one element."""
SHAPES_ONLY: Final = RESHAPED | frozenset(
    f"{name}Backward0"
    for name in ("Expand", "Clone", "Transpose", "Permute", "Squeeze", "Unsqueeze")
)
"""Nodes through which shares pass as they are."""
PRODUCTS: Final = frozenset({"MmBackward0", "BmmBackward0"})
CHOSEN: Final = RESHAPED | frozenset(
    f"{name}Backward0" for name in ("Select", "Index", "Gather", "Slice", "Squeeze", "Unsqueeze")
)
"""Nodes that pick some of the shares, as they are, before a logarithm is taken."""


def view(reading: Reading, nodes: Sequence[Node]) -> browser.OperationView | None:
    """The view of the call that made these nodes, None where it has none."""
    for node in nodes:
        makes = _VIEWS.get(node.grad_fn or "")
        made = None if makes is None else makes(reading, node)
        if made is not None:
            return made
    return None


def senders(reading: Reading, nodes: Iterable[int]) -> tuple[int, ...]:
    """Other nodes that send what the view of these nodes shows as sent: a softmax by hand sends its
    operand the gradient by its exponential."""
    found = (exponential(reading, reading.nodes[node]) for node in nodes)
    return tuple(node.id for node in found if node is not None)


def attention(reading: Reading, nodes: Iterable[Node]) -> browser.OperationView | None:
    """The arcs of the first attention among the nodes of a folded module."""
    for node in nodes:
        makes = _ATTENTIONS.get(node.grad_fn or "")
        if makes is not None and (found := makes(reading, node)):
            return found
    return None


def of_leaf(reading: Reading, leaf: Node) -> browser.IterationsView | None:
    """The terms of a leaf's gradient, if every iteration of a loop uses it in one place."""
    users = [reading.nodes[edge.target] for edge in reading.uses[leaf.id]]
    if len(users) > ITERATIONS or any(_loop(node) is None for node in users):
        return None
    found = iterations(reading, users)
    own = [] if found is None else [it for it in found.tensors if it.name == reading.label(leaf.id)]
    return msgspec.structs.replace(found, tensors=tuple(own)) if found and own else None


def _loop(node: Node) -> Scope | None:
    return next((scope for scope in node.scope if scope.kind == "loop"), None)


def iterations(reading: Reading, nodes: Sequence[Node]) -> browser.IterationsView | None:
    """The terms of the gradients of the tensors that every iteration of a loop uses.

    `nodes` are those of the loop. None where no backward pass went through two iterations of it.
    """
    if len({(it.name, it.line) for node in nodes if (it := _loop(node)) is not None}) != 1:
        return None  # iterations of different loops
    iterations: dict[int, int] = {}
    for node in nodes:
        if (loop := _loop(node)) is not None:
            iterations[node.id] = loop.ordinal
    count = len(set(iterations.values()))
    if not 2 <= count <= ITERATIONS:
        return None
    order = {iteration: place for place, iteration in enumerate(sorted(set(iterations.values())))}
    sent: dict[int, dict[int, list[Array]]] = {}
    last: dict[int, Step] = {}
    for place in iterations:
        for step in reading.proofs.steps(place)[-1:]:
            last[place] = step
    newest = max((step.pass_number for step in last.values()), default=0)
    for at, step in last.items():
        if step.pass_number != newest:
            continue
        for edge in reading.into[at]:
            leaf = reading.nodes[edge.source].kind in ("leaf", "parameter")
            grad = None if edge.slot is None else reading.proofs.sent(step, edge.slot)
            if leaf and grad is not None:
                place = order[iterations[at]]
                sent.setdefault(edge.source, {}).setdefault(place, []).append(grad)
    found = []
    for source, terms in sent.items():
        if len(terms) < count or any(len(several) > 1 for several in terms.values()):
            continue
        several = [terms[place][0] for place in range(count)]
        total = next(iter(reading.nodes[source].grads), None)
        found.append(
            browser.Terms(
                reading.label(source),
                tuple(map(_brief, several)),
                tuple(map(_norm, several)),
                _brief(total) if total is not None and _adds_up(several, total) else "",
            )
        )
    return browser.IterationsView(tuple(order), tuple(found[:PARAMETERS])) if found else None


def _adds_up(terms: Sequence[Array], total: Array) -> bool:
    """True if the terms are all there is in a gradient."""
    whole = [numbers(term) for term in terms]
    wanted = numbers(total)
    kept = [one for one in whole if one is not None]
    if wanted is None or len(kept) < len(whole):
        return False
    return close(np.sum(kept, axis=0), wanted, EXACT)


def _brief(array: Array) -> str:
    """A small tensor's numbers, the norm of another one."""
    if not array.truncated and len(array.data) <= 4:
        return notation.text(array)
    return f"‖{notation.number(_norm(array))}‖"


def _norm(array: Array) -> float:
    if array.norm is not None:
        return array.norm
    whole = numbers(array)
    size = 0.0 if whole is None else float(np.linalg.norm(np.nan_to_num(whole).ravel()))
    return float(f"{size:.5g}")


def _grid(matrix: Numbers, kind: str) -> Matrix:
    """The texts of a matrix, as they are written everywhere."""
    cast = float if kind not in ("torch.int64", "torch.int32", "torch.bool") else int
    return tuple(tuple(notation.number(cast(x)) for x in row) for row in matrix)


def _saved(node: Node, name: str) -> Array | None:
    return dict(node.saved).get(name)


def _whole(reading: Reading, node: Node, name: str, position: int) -> Array | None:
    """A saved tensor; of a larger one, which is kept in part, the operand's own value."""
    found = _saved(node, name)
    if found is None or not found.truncated:
        return found
    for edge in reading.into[node.id]:
        value = (
            reading.nodes[edge.source].values[edge.output] if edge.position == position else None
        )
        if value is not None and value.shape == found.shape:
            return value
    return found


def _result(node: Node) -> Array | None:
    """The result that a node kept for its pass, or the one that was seen."""
    kept = _saved(node, "result")
    return node.values[0] if kept is None or kept.truncated else kept


def _last(reading: Reading, node: Node) -> Step | None:
    steps = reading.proofs.steps(node.id)
    return steps[-1] if steps else None


def _upstream(step: Step | None) -> Array | None:
    return step.upstream[0] if step is not None and step.upstream else None


# A convolution.


def _pair(value: object, row: int, flat: bool) -> tuple[int, int] | None:
    """A setting for rows and columns; a convolution of sequences has one row, with the setting
    `row`."""
    if not isinstance(value, tuple) or len(value) != (1 if flat else 2):
        return None
    sizes = [row] * flat + [x for x in value if isinstance(x, int)]
    return (sizes[0], sizes[1]) if len(sizes) == 2 else None


def _planes(array: Array | None, flat: bool) -> Numbers | None:
    """A whole tensor with four sides, (samples or kernels, channels, rows, columns)."""
    whole = numbers(array)
    if whole is None or whole.ndim != (3 if flat else 4) or 0 in whole.shape:
        return None
    return whole[:, :, None, :] if flat else whole


def _convolution(reading: Reading, node: Node) -> browser.ConvolutionView | None:
    image, weight = _whole(reading, node, "input", 0), _whole(reading, node, "weight", 1)
    settings = dict(node.settings)
    groups = settings.get("groups")
    if image is None or weight is None or settings.get("transposed"):
        return None
    if not isinstance(groups, int) or groups < 1:
        return None
    flat = len(weight.shape) == 3
    x, w = _planes(image, flat), _planes(weight, flat)
    stride = _pair(settings.get("stride"), 1, flat)
    padding = _pair(settings.get("padding"), 0, flat)
    dilation = _pair(settings.get("dilation"), 1, flat)
    if x is None or w is None or not stride or padding is None or not dilation:
        return None
    if max(x.shape[2:]) > SIDE or max(w.shape[2:]) > SIDE or x.shape[1] != w.shape[1] * groups:
        return None
    bias_edge = next((edge for edge in reading.into[node.id] if edge.slot == 2), None)
    bias = None
    if bias_edge is not None:
        bias = numbers(reading.nodes[bias_edge.source].values[bias_edge.output])
    patches = _patches(x, w.shape[2:], stride, padding, dilation)
    # Each group of kernels sees its own channels: (samples, groups, channels of one, ...).
    patches = patches.reshape(len(x), groups, w.shape[1], *patches.shape[2:])
    own = w.reshape(groups, -1, *w.shape[1:])
    found = np.einsum("ngcyxij,gocij->ngoyx", patches, own)
    found = found.reshape(len(x), len(w), *found.shape[3:])
    seen = _seen(reading, node)  # of one image without a side for samples, it is reshaped
    y = numbers(seen.values[0])
    y = y.reshape(found.shape) if y is not None and y.size == found.size else None
    step = _last(reading, node)
    up = _planes(_upstream(step), flat)
    sent = None if step is None else reading.proofs.sent(step, 1)
    grad = _planes(sent, flat)
    has_bias = bias_edge is not None
    summed = y is not None and (bias is not None or not has_bias)
    if summed and y is not None:
        ours = found if bias is None else found + bias[None, :, None, None]
        summed = close(ours, y, EXACT, float(np.abs(w).max() * np.abs(x).max() * w[0].size))
    added = up is not None and grad is not None and x.shape[0] == 1 and not (step and step.hooked)
    if added and up is not None and grad is not None:
        arrived = up.reshape(len(up), groups, -1, *up.shape[2:])
        ours = np.einsum("ngcyxij,ngoyx->gocij", patches, arrived).reshape(grad.shape)
        added = close(ours, grad, EXACT, float(np.abs(up).max() * np.abs(x).max() * up[0].size))
    kind = image.dtype

    def grids(planes: Numbers | None) -> tuple[Matrix, ...]:
        if planes is None or max(planes.shape[2:]) > SIDE:
            return ()
        return tuple(_grid(plane, kind) for plane in planes[0][:CHANNELS])

    def kernels(planes: Numbers | None) -> tuple[tuple[Matrix, ...], ...]:
        if planes is None:
            return ()
        return tuple(
            tuple(_grid(plane, kind) for plane in planes[out][:CHANNELS])
            for out in range(min(CHANNELS, len(planes)))
        )

    operands = reading.operands(node)
    return browser.ConvolutionView(
        names=browser.ConvolutionNames(
            input=operands[0] if operands else "x",
            kernel=operands[1] if len(operands) > 1 else "w",
            result=reading.label(seen.id),
        ),
        image=grids(x),
        kernels=kernels(w),
        result=grids(y),
        bias=() if bias is None else tuple(notation.number(float(b)) for b in bias[:CHANNELS]),
        upstream=grids(up),
        gradient=kernels(grad),
        stride=stride,
        padding=padding,
        dilation=dilation,
        channels=w.shape[1],
        begins=tuple(out // (len(w) // groups) * w.shape[1] for out in range(len(w)))[:CHANNELS],
        samples=x.shape[0],
        summed=summed,
        added=added,
    )


def _patches(
    x: Numbers,
    kernel: Sequence[int],
    stride: tuple[int, int],
    padding: tuple[int, int],
    dilation: tuple[int, int],
) -> Numbers:
    """The elements under a kernel at each place, (samples, channels, *places, *kernel)."""
    wide = np.pad(x, ((0, 0), (0, 0), *((size, size) for size in padding)))
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
    if any(span > side for span, side in zip(spans, wide.shape[2:], strict=True)):
        return np.zeros((*x.shape[:2], 0, 0, *kernel))
    seen = np.lib.stride_tricks.sliding_window_view(wide, spans, axis=(2, 3))
    return seen[:, :, :: stride[0], :: stride[1], :: dilation[0], :: dilation[1]]


# Shares: a softmax, alone or inside a cross-entropy.


def _shares(reading: Reading, node: Node) -> browser.OperationView | None:
    """The bars of a softmax, or its arcs if it says how much a token takes of each other."""
    return _attention(reading, node) or _bars(reading, node)


def _bars(reading: Reading, node: Node) -> browser.BarsView | None:
    made = _softmax(reading, node)
    if made is None:
        return None
    shares, axis, operand = made
    if not 2 <= shares.shape[axis] <= CLASSES or not 1 <= shares.size <= ROWS * CLASSES:
        return None
    rows = _by_row(shares, shares, axis)
    if rows is None or len(rows) > ROWS or not np.isfinite(rows).all():
        return None
    if not close(rows.sum(axis=1), np.ones(len(rows)), EXACT):
        return None
    step = _last(reading, operand)
    sent = None if step is None or step.hooked else reading.proofs.sent(step, 0)
    gradient = _by_row(numbers(sent), shares, axis)
    right = _right(reading, node, rows)
    asked = None if gradient is None or -1 in right else target(reading, node)
    factors = () if asked is None else _factors(rows - asked, gradient)
    source = next((edge for edge in reading.into[operand.id] if edge.slot == 0), None)
    return browser.BarsView(
        name=reading.label(source.source, source.output) if source is not None else "",
        places=_row_names(shares.shape, axis),
        rows=_grid(rows, ""),
        right=right,
        target=_grid(asked, "") if asked is not None and factors else (),
        gradient=() if gradient is None else _grid(gradient, ""),
        factors=tuple(map(notation.number, factors)),
    )


def _by_row(whole: Numbers | None, shares: Numbers, axis: int) -> Numbers | None:
    """Numbers of the shares' shape as rows along the side along which these add up to 1."""
    if whole is None or whole.size != shares.size:
        return None
    return np.moveaxis(whole.reshape(shares.shape), axis, -1).reshape(-1, shares.shape[axis])


def target(reading: Reading, node: Node) -> Numbers | None:
    """The shares that the last pass asked a softmax for, one row per sample: the weights with which
    its root adds up -log of each, made to add up to 1.

    None unless every row has some and none of them is negative, or if no logarithms were taken.
    """
    made = _softmax(reading, node)
    if made is None or made[0].size == 0:
        return None
    shares, axis, _ = made
    pull = _by_row(_pull(reading, node, shares), shares, axis)
    if pull is None or not np.isfinite(pull).all():
        return None
    sizes = -pull.sum(axis=1, keepdims=True)
    if not (sizes > 0).all() or (pull > 0).any():
        return None
    return np.abs(pull) / sizes


def _softmax(reading: Reading, node: Node) -> tuple[Numbers, int, Node] | None:
    """The shares of a softmax, the side along which they add up to 1, and the node that sends its
    operand the gradient."""
    settings = dict(node.settings)
    if node.grad_fn == "DivBackward0":
        return _softmax_by_hand(reading, node)
    whole, dim = numbers(_result(node)), settings.get("dim")
    if whole is None or not isinstance(dim, int) or not -whole.ndim <= dim < whole.ndim:
        return None
    shares = np.exp(whole) if node.grad_fn == "LogSoftmaxBackward0" else whole
    return shares, dim % whole.ndim, node


def _softmax_by_hand(reading: Reading, node: Node) -> tuple[Numbers, int, Node] | None:
    """The shares of `e / e.sum(dim)` with `e = x.exp()`."""
    power = exponential(reading, node)
    shares = numbers(node.values[0])
    if power is None or shares is None or shares.ndim == 0:
        return None
    total = _source(reading, node, 1)
    dims = None if total is None else dict(total.settings).get("dim")
    if dims is None:  # of all elements
        return None if shares.ndim > 1 else (shares, 0, power)
    if not isinstance(dims, tuple) or len(dims) != 1 or not isinstance(dims[0], int):
        return None
    dim = dims[0]
    return (shares, dim % shares.ndim, power) if -shares.ndim <= dim < shares.ndim else None


def exponential(reading: Reading, node: Node) -> Node | None:
    """The exponential that a quotient divides by its own sum; it sends the operand of such a
    softmax its gradient. None if the quotient is none."""
    if node.grad_fn != "DivBackward0":
        return None
    power, total = _source(reading, node, 0), _source(reading, node, 1)
    if power is None or power.grad_fn != "ExpBackward0":
        return None
    if total is None or total.grad_fn not in ("SumBackward0", "SumBackward1"):
        return None
    return power if _source(reading, total, 0) == power else None


def _source(reading: Reading, node: Node, slot: int) -> Node | None:
    """The node of an operand."""
    return next(
        (reading.nodes[edge.source] for edge in reading.into[node.id] if edge.slot == slot), None
    )


def _row_names(shape: Sequence[int], axis: int) -> tuple[str, ...]:
    """The index of each row of shares; none for a single row."""
    others = [range(size) for at, size in enumerate(shape) if at != axis]
    found = []
    for place in itertools.product(*others):
        index = [str(at) for at in place]
        index.insert(axis, ":")
        found.append(f"[{', '.join(index)}]")
    return tuple(found) if len(found) > 1 else ()


def _loss(reading: Reading, node: Node) -> Node | None:
    """The node of the negative log-likelihood that reads these logarithms, if it is alone."""
    for _ in range(HOPS):
        uses = [edge for edge in reading.uses[node.id] if edge.slot is not None]
        if len(uses) != 1:
            return None
        node = reading.nodes[uses[0].target]
        if node.grad_fn in ("NllLossBackward0", "NllLoss2DBackward0"):
            return node
        if node.grad_fn not in RESHAPED:
            return None
    return None


def _right(reading: Reading, node: Node, rows: Numbers) -> tuple[int, ...]:
    """The index of the right class of each row, -1 for a row that is ignored."""
    loss = _loss(reading, node) if node.grad_fn == "LogSoftmaxBackward0" else None
    target = None if loss is None else numbers(_saved(loss, "target"))
    if target is None or target.size != len(rows):
        return ()
    found = tuple(int(x) for x in target.ravel())
    return tuple(x if 0 <= x < rows.shape[1] else -1 for x in found)


def _pull(reading: Reading, node: Node, shares: Numbers) -> Numbers | None:
    """The gradient that arrived at the logarithms of the shares; None if none were taken."""
    step = _last(reading, node)
    arrived = None if step is None or step.hooked else numbers(_upstream(step))
    if arrived is None or arrived.size != shares.size:
        return None
    if node.grad_fn == "LogSoftmaxBackward0":
        return arrived
    if not _logarithm(reading, node):
        return None
    return arrived.reshape(shares.shape) * shares


def _logarithm(reading: Reading, node: Node) -> bool:
    """True if of these shares nothing is used but logarithms of some or all of them."""
    waiting, hops = [node.id], 0
    while waiting and hops < 4 * HOPS:
        hops += 1
        for edge in reading.uses[waiting.pop()]:
            user = reading.nodes[edge.target]
            if user.grad_fn in CHOSEN:
                waiting.append(user.id)
            elif user.grad_fn != "LogBackward0":
                return False
    return hops > 0 and not waiting


def _factors(difference: Numbers, gradient: Numbers | None) -> tuple[float, ...]:
    """The number of each row, or one of all rows, by which shares minus target must be multiplied
    to give the gradient; none if there is no such number."""
    if gradient is None or gradient.shape != difference.shape:
        return ()
    squares = (difference * difference).sum(axis=1)
    if not squares.all():
        return ()
    found = (difference * gradient).sum(axis=1) / squares
    if not found.all() or not close(difference * found[:, None], gradient, EXACT):
        return ()
    whole = float((difference * gradient).sum() / squares.sum())
    if close(difference * whole, gradient, EXACT):
        return (whole,)
    return tuple(map(float, found))


# Attention.


def _attention(reading: Reading, node: Node) -> browser.AttentionView | None:
    shares = numbers(_result(node))
    dim = dict(node.settings).get("dim")
    if shares is None or shares.ndim < 2:
        return None
    product = _product(reading, node)
    if dim not in (-1, shares.ndim - 1) or product is None:
        return None
    gradient = numbers(_upstream(_last(reading, node)))
    own = numbers(_whole(reading, product, "self", 0))
    if own is None or own.size != shares.size or not close(own.ravel(), shares.ravel(), EXACT):
        return _arcs(shares, gradient)  # not kept, or changed on the way
    values = numbers(_whole(reading, product, "mat2", 1))
    output = numbers(_seen(reading, product).values[0])
    return _arcs(
        shares,
        gradient,
        weighed=values is not None and output is not None and _is_product(own, values, output),
        returned=_returned(reading, product, own, 1),
    )


def _seen(reading: Reading, node: Node) -> Node:
    """The node itself, or the reshaping of it whose result Python saw; same elements, same
    order."""
    for _ in range(HOPS):
        uses = reading.uses[node.id]
        if node.values[0] is not None or len(uses) != 1:
            break
        user = reading.nodes[uses[0].target]
        if user.grad_fn not in SQUEEZED:
            break
        node = user
    return node


def _is_product(left: Numbers, right: Numbers, result: Numbers) -> bool:
    """True if this is the matrix product, matrix by matrix."""
    scale = float(np.abs(left).max(initial=0) * np.abs(right).max(initial=0) * right.shape[-2])
    ours = left @ right
    return ours.size == result.size and close(ours, result.reshape(ours.shape), EXACT, scale)


def _returned(reading: Reading, node: Node, shares: Numbers, slot: int) -> bool:
    """True if the last step sent to the values the outputs' gradients, each times its share."""
    step = _last(reading, node)
    arrived = numbers(_upstream(step))
    sent = None if step is None or step.hooked else numbers(reading.proofs.sent(step, slot))
    if arrived is None or sent is None or arrived.ndim != shares.ndim:
        return False
    return _is_product(np.swapaxes(shares, -1, -2), arrived, sent)


def _arcs(
    shares: Numbers, gradient: Numbers | None, *, weighed: bool = False, returned: bool = False
) -> browser.AttentionView | None:
    heads = shares.reshape(-1, *shares.shape[-2:])
    if max(heads.shape[1:]) > TOKENS or len(heads) > HEADS or min(heads.shape) == 0:
        return None
    if not np.isfinite(heads).all():
        return None
    if gradient is not None and gradient.shape != shares.shape:
        gradient = None
    return browser.AttentionView(
        heads=tuple(_grid(head, "") for head in heads),
        gradients=()
        if gradient is None
        else tuple(_grid(head, "") for head in gradient.reshape(heads.shape)),
        weighed=weighed,
        returned=returned,
    )


def _product(reading: Reading, node: Node) -> Node | None:
    """The matrix product whose left side is the result: each row weighs the rows of the other."""
    waiting = [(node.id, 0)]
    while waiting:
        at, hops = waiting.pop()
        for edge in reading.uses[at]:
            user = reading.nodes[edge.target]
            if user.grad_fn in PRODUCTS and edge.slot == 0:
                return user
            if hops < HOPS and (user.grad_fn in SHAPES_ONLY or _drops(reading.nodes[at], user)):
                waiting.append((user.id, hops + 1))
    return None


def _drops(before: Node, node: Node) -> bool:
    """True for a product that sets some elements to 0 and multiplies the others by one number, as
    dropout does."""
    if node.grad_fn != "MulBackward0":
        return False
    shares, kept = numbers(before.values[0]), numbers(node.values[0])
    if shares is None or kept is None or shares.shape != kept.shape:
        return False
    factors = kept[shares != 0] / shares[shares != 0]
    left = factors[factors != 0]
    return 0 < left.size < factors.size and close(left, np.full_like(left, left[0]), EXACT)


def _fused_attention(reading: Reading, node: Node) -> browser.AttentionView | None:
    """The arcs of `scaled_dot_product_attention`, whose kernel keeps no shares.

    They are computed from the saved tensors, and shown if they give the saved output.
    """
    query, key, value = (
        numbers(_whole(reading, node, name, at))
        for at, name in enumerate(("query", "key", "value"))
    )
    output = numbers(node.values[0] or _saved(node, "output"))
    settings = dict(node.settings)
    if query is None or key is None or value is None or output is None:
        return None
    if query.ndim != 4 or key.shape[1] != query.shape[1]:
        return None
    given = settings.get("scale")
    scale = float(given) if isinstance(given, int | float) else query.shape[-1] ** -0.5
    scores = query @ np.swapaxes(key, -1, -2) * scale
    if (
        mask := numbers(kept := _whole(reading, node, "attn_mask", 3))
    ) is not None and kept is not None:
        try:
            mask = np.broadcast_to(mask, scores.shape)
        except ValueError:
            return None
        scores = np.where(mask, scores, -np.inf) if kept.dtype == "torch.bool" else scores + mask
    if settings.get("is_causal"):
        scores = np.where(np.tril(np.ones(scores.shape[-2:], dtype=bool)), scores, -np.inf)
    with np.errstate(invalid="ignore"):  # a row in which all is masked
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
    if not close(shares @ value, output, EXACT, float(np.abs(value).max())):
        return None  # a mask that was not kept, or dropout
    return _arcs(shares, None, weighed=True, returned=_returned(reading, node, shares, 2))


# An embedding.


def _indices(node: Node) -> Numbers | None:
    """The numbers of the rows that were looked up: of an embedding, or of `table[ids]`."""
    names = [name for name, _ in node.saved if name.startswith("indices")]
    found = _saved(node, names[0]) if len(names) == 1 else None
    return numbers(found) if found is not None and found.dtype != "torch.bool" else None


def _rows(reading: Reading, node: Node) -> browser.RowsView | None:
    indices = _indices(node)
    table = next((edge for edge in reading.into[node.id] if edge.slot == 0), None)
    if indices is None or table is None:
        return None
    value = reading.nodes[table.source].values[table.output]
    if value is None or len(value.shape) != 2 or not 1 <= value.shape[0] <= ENTRIES:
        return None
    used = [0] * value.shape[0]
    for index in indices.ravel():
        if not -len(used) <= index < len(used):
            return None
        used[int(index)] += 1
    step = _last(reading, node)
    gradient = None if step is None else numbers(reading.proofs.sent(step, 0))
    sizes: tuple[str, ...] = ()
    if gradient is not None and gradient.shape == value.shape and np.isfinite(gradient).all():
        sizes = tuple(notation.number(float(x)) for x in np.linalg.norm(gradient, axis=1))
    return browser.RowsView(reading.label(table.source, table.output), tuple(used), sizes)


def _looked_up(reading: Reading, node: Node) -> browser.RowsView | None:
    """The rows of a leaf or parameter that `table[ids]` takes; of a result it is no lookup."""
    table = _source(reading, node, 0)
    if table is None or table.kind not in ("leaf", "parameter"):
        return None
    return _rows(reading, node) if [name for name, _ in node.saved] == ["indices[0]"] else None


_ATTENTIONS: Final = {
    "SoftmaxBackward0": _attention,
    "SafeSoftmaxBackward0": _attention,
    "ScaledDotProductFlashAttentionForCpuBackward0": _fused_attention,
}
_VIEWS: Final = {
    "ConvolutionBackward0": _convolution,
    "SoftmaxBackward0": _shares,
    "SafeSoftmaxBackward0": _shares,
    "LogSoftmaxBackward0": _bars,
    "DivBackward0": _bars,
    "EmbeddingBackward0": _rows,
    "EmbeddingBagBackward0": _rows,
    "IndexBackward0": _looked_up,
    "ScaledDotProductFlashAttentionForCpuBackward0": _fused_attention,
}
