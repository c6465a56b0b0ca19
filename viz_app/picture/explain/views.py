"""Pictures made for an operation: a sliding kernel, bars of shares, arcs between tokens, rows.

All numbers are the trace's own, as texts. What a view says about them (a place of a convolution is
this sum of products, a gradient is shares minus target) is computed here in float64 and compared
with the run; a view without that proof shows the numbers alone. Tensors that were not kept whole,
or that have too many elements to read, have no view.
"""

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
SHAPES_ONLY: Final = RESHAPED | frozenset(
    f"{name}Backward0"
    for name in ("Expand", "Clone", "Transpose", "Permute", "Squeeze", "Unsqueeze")
)
"""Nodes through which shares pass as they are."""
PRODUCTS: Final = frozenset({"MmBackward0", "BmmBackward0"})


def view(reading: Reading, nodes: Sequence[Node]) -> browser.OperationView | None:
    """The view of the call that made these nodes, None where it has none."""
    for node in nodes:
        makes = _VIEWS.get(node.grad_fn or "")
        made = None if makes is None else makes(reading, node)
        if made is not None:
            return made
    return None


def attention(reading: Reading, nodes: Iterable[Node]) -> browser.OperationView | None:
    """The arcs of the first attention among the nodes of a folded module."""
    for node in nodes:
        if node.grad_fn == "SoftmaxBackward0" and (found := _attention(reading, node)):
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
    if len({loop.name for node in nodes if (loop := _loop(node)) is not None}) != 1:
        return None  # iterations of different loops
    turns: dict[int, int] = {}
    for node in nodes:
        if (loop := _loop(node)) is not None:
            turns[node.id] = loop.turn
    count = len(set(turns.values()))
    if not 2 <= count <= ITERATIONS:
        return None
    order = {turn: place for place, turn in enumerate(sorted(set(turns.values())))}
    sent: dict[int, dict[int, list[Array]]] = {}
    last: dict[int, Step] = {}
    for place in turns:
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
                place = order[turns[at]]
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
    image, weight = _saved(node, "input"), _saved(node, "weight")
    settings = dict(node.settings)
    if image is None or weight is None or settings.get("transposed") or settings.get("groups") != 1:
        return None
    flat = len(weight.shape) == 3
    x, w = _planes(image, flat), _planes(weight, flat)
    stride = _pair(settings.get("stride"), 1, flat)
    padding = _pair(settings.get("padding"), 0, flat)
    dilation = _pair(settings.get("dilation"), 1, flat)
    if x is None or w is None or not stride or padding is None or not dilation:
        return None
    if max(x.shape[2:]) > SIDE or max(w.shape[2:]) > SIDE or x.shape[1] != w.shape[1]:
        return None
    bias_edge = next((edge for edge in reading.into[node.id] if edge.slot == 2), None)
    bias = None
    if bias_edge is not None:
        bias = numbers(reading.nodes[bias_edge.source].values[bias_edge.output])
    patches = _patches(x, w.shape[2:], stride, padding, dilation)
    y = _planes(node.values[0], flat)
    step = _last(reading, node)
    up = _planes(_upstream(step), flat)
    sent = None if step is None else reading.proofs.sent(step, 1)
    grad = _planes(sent, flat)
    has_bias = bias_edge is not None
    summed = y is not None and (bias is not None or not has_bias)
    if summed and y is not None:
        ours = np.einsum("ncyxij,ocij->noyx", patches, w)
        if bias is not None:
            ours = ours + bias[None, :, None, None]
        summed = close(ours, y, EXACT, float(np.abs(w).max() * np.abs(x).max() * w[0].size))
    added = up is not None and grad is not None and x.shape[0] == 1 and not (step and step.hooked)
    if added and up is not None and grad is not None:
        ours = np.einsum("ncyxij,noyx->ocij", patches, up)
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
        names=(
            operands[0] if operands else "x",
            operands[1] if len(operands) > 1 else "w",
            reading.label(node.id),
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
        channels=x.shape[1],
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
    result = _saved(node, "result") or node.values[0]  # kept for a pass, or seen
    whole = numbers(result)
    dim = dict(node.settings).get("dim")
    if result is None or whole is None or whole.ndim not in (1, 2) or not isinstance(dim, int):
        return None
    if whole.ndim == 2 and dim not in (1, -1):
        return None
    logarithms = node.grad_fn == "LogSoftmaxBackward0"
    shares = np.exp(whole) if logarithms else whole
    rows = np.atleast_2d(shares)
    if not 2 <= rows.shape[1] <= CLASSES or not 1 <= len(rows) <= ROWS:
        return None
    if not np.isfinite(rows).all() or not close(rows.sum(axis=1), np.ones(len(rows)), EXACT):
        return None
    step = _last(reading, node)
    sent = None if step is None or step.hooked else reading.proofs.sent(step, 0)
    gradient = numbers(sent)
    right = _right(reading, node, rows) if logarithms else ()
    scale = _difference(reading, node, rows, right, gradient) if right else None
    source = next((edge for edge in reading.into[node.id] if edge.slot == 0), None)
    return browser.BarsView(
        name=reading.label(source.source, source.output) if source is not None else "",
        rows=_grid(rows, ""),
        right=right,
        gradient=() if gradient is None else _grid(np.atleast_2d(gradient), ""),
        factor="" if scale is None else notation.number(scale),
    )


def _loss(reading: Reading, node: Node) -> Node | None:
    """The node of the negative log-likelihood that reads these logarithms, if it is alone."""
    uses = reading.uses[node.id]
    after = [reading.nodes[edge.target] for edge in uses if edge.slot is not None]
    return after[0] if len(after) == 1 and after[0].grad_fn == "NllLossBackward0" else None


def _right(reading: Reading, node: Node, rows: Numbers) -> tuple[int, ...]:
    """The index of the right class of each row, -1 for a row that is ignored."""
    loss = _loss(reading, node)
    target = None if loss is None else numbers(_saved(loss, "target"))
    if target is None or target.size != len(rows):
        return ()
    found = tuple(int(x) for x in np.atleast_1d(target))
    return tuple(x if 0 <= x < rows.shape[1] else -1 for x in found)


def _difference(
    reading: Reading, node: Node, rows: Numbers, right: Sequence[int], gradient: Numbers | None
) -> float | None:
    """The number by which shares minus target must be multiplied to give the gradient; None if
    there is none."""
    if gradient is None:
        return None
    target = np.zeros_like(rows)
    for row, place in enumerate(right):
        if place < 0:
            return None
        target[row, place] = 1.0
    ours, theirs = rows - target, np.atleast_2d(gradient)
    size = float((ours * ours).sum())
    if ours.shape != theirs.shape or not size:
        return None
    factor = float((ours * theirs).sum()) / size
    return factor if factor and close(ours * factor, theirs, EXACT) else None


# Attention.


def _attention(reading: Reading, node: Node) -> browser.AttentionView | None:
    result = _saved(node, "result") or node.values[0]  # kept for a pass, or seen
    shares = numbers(result)
    dim = dict(node.settings).get("dim")
    if result is None or shares is None or shares.ndim < 2:
        return None
    product = _product(reading, node)
    if dim not in (-1, shares.ndim - 1) or product is None:
        return None
    gradient = numbers(_upstream(_last(reading, node)))
    own = numbers(_saved(product, "self"))
    if own is None or own.size != shares.size or not close(own.ravel(), shares.ravel(), EXACT):
        return _arcs(shares, gradient)  # not kept, or changed on the way
    values, output = numbers(_saved(product, "mat2")), numbers(_seen(reading, product))
    return _arcs(
        shares,
        gradient,
        weighed=values is not None and output is not None and _is_product(own, values, output),
        returned=_returned(reading, product, own, 1),
    )


def _seen(reading: Reading, node: Node) -> Array | None:
    """The result of a node, or of the reshaping of it that Python saw; same elements, same
    order."""
    for _ in range(HOPS):
        uses = reading.uses[node.id]
        if node.values[0] is not None or len(uses) != 1:
            break
        user = reading.nodes[uses[0].target]
        if user.grad_fn not in RESHAPED:
            break
        node = user
    return node.values[0]


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
            if user.grad_fn in SHAPES_ONLY and hops < HOPS:
                waiting.append((user.id, hops + 1))
    return None


def _fused_attention(reading: Reading, node: Node) -> browser.AttentionView | None:
    """The arcs of `scaled_dot_product_attention`, whose kernel keeps no shares.

    They are computed from the saved tensors, and shown if they give the saved output.
    """
    query, key, value, output = (
        numbers(_saved(node, name)) for name in ("query", "key", "value", "output")
    )
    settings = dict(node.settings)
    if query is None or key is None or value is None or output is None:
        return None
    if query.ndim != 4 or key.shape[1] != query.shape[1]:
        return None
    given = settings.get("scale")
    scale = float(given) if isinstance(given, int | float) else query.shape[-1] ** -0.5
    scores = query @ np.swapaxes(key, -1, -2) * scale
    if settings.get("is_causal"):
        scores = np.where(np.tril(np.ones(scores.shape[-2:], dtype=bool)), scores, -np.inf)
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    if not close(shares @ value, output, EXACT, float(np.abs(value).max())):
        return None  # a mask that was not kept, or dropout
    return _arcs(shares, None, weighed=True, returned=_returned(reading, node, shares, 2))


# An embedding.


def _rows(reading: Reading, node: Node) -> browser.RowsView | None:
    indices = numbers(_saved(node, "indices"))
    table = next((edge for edge in reading.into[node.id] if edge.slot == 0), None)
    if indices is None or table is None:
        return None
    value = reading.nodes[table.source].values[table.output]
    if value is None or len(value.shape) != 2 or not 1 <= value.shape[0] <= ENTRIES:
        return None
    used = [0] * value.shape[0]
    for index in indices.ravel():
        if not 0 <= index < len(used):
            return None
        used[int(index)] += 1
    step = _last(reading, node)
    gradient = None if step is None else numbers(reading.proofs.sent(step, 0))
    sizes: tuple[str, ...] = ()
    if gradient is not None and gradient.shape == value.shape and np.isfinite(gradient).all():
        sizes = tuple(notation.number(float(x)) for x in np.linalg.norm(gradient, axis=1))
    return browser.RowsView(reading.label(table.source, table.output), tuple(used), sizes)


_VIEWS: Final = {
    "ConvolutionBackward0": _convolution,
    "SoftmaxBackward0": _shares,
    "LogSoftmaxBackward0": _bars,
    "EmbeddingBackward0": _rows,
    "ScaledDotProductFlashAttentionForCpuBackward0": _fused_attention,
}
