"""The claims of a story, checked one by one against the numbers of its trace.

Formulas are read by `reader.py`; sentences by the words that a person would take as the claim. None
of the code that chose a formula or a sentence is called: only the story's document and the trace.
"""

import itertools
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, NamedTuple

import torch

from tests.truth.reader import UnreadError, Value, agrees, alike, read
from viz_app.model import Array, Edge, Node, Send, Step, Trace

Verdict = Literal["true", "false", "unread"]

_EXACT: Final = {
    "torch.float64": 1e-7, "torch.complex128": 1e-7, "torch.float32": 3e-4,
    "torch.complex64": 3e-4, "torch.float16": 1e-2, "torch.bfloat16": 6e-2,
}  # fmt: skip
_READING: Final = (RuntimeError, IndexError, KeyError, ValueError, TypeError, AssertionError)
"""Exceptions of torch for a text that means nothing: numbers that don't fit together."""


class Claim(NamedTuple):
    """One claim of the story, and its truth."""

    verdict: Verdict
    kind: str
    text: str
    about: str


def claims(document: Mapping[str, Any], trace: Trace) -> Iterator[Claim]:
    """Every equation, derivative, sentence and sum of a story, judged."""
    for step in document["steps"]:
        if step.get("equation"):
            yield _equation(step["equation"], trace)
        if step["phase"] == "backward" and step["step"] is not None:
            ran = trace.steps[step["step"]]
            for one in step.get("derivatives", ()):
                yield _derivative(one, ran, trace)
                if one["value"] is not None:
                    yield _value(one, trace)
            yield from _sentence(step, ran, trace)
    for rule in document["chain_rules"]:
        yield from _rule(rule, trace)


def nodes_of(step: Mapping[str, Any], trace: Trace) -> set[int]:
    """The nodes that a step is about."""
    ran = [] if step["step"] is None else [trace.steps[step["step"]].node]
    return {*step["nodes"], *ran}


def whole(step: Mapping[str, Any], trace: Trace) -> bool:
    """True if all tensors of a step were kept whole: operands, results, saved ones, gradients."""
    nodes = nodes_of(step, trace)
    arrays: list[Array | None] = []
    if step["step"] is not None:
        ran = trace.steps[step["step"]]
        arrays += [*ran.upstream, *(one.grad for one in ran.sends)]
    for edge in trace.edges:
        if edge.target in nodes:
            arrays += trace.nodes[edge.source].values[edge.output : edge.output + 1]
    for node in nodes:
        arrays += trace.nodes[node].values
        arrays += [array for _, array in trace.nodes[node].saved]
    return not any(one is not None and one.truncated for one in arrays)


# ---- numbers -----------------------------------------------------------------------------------


def tensor(array: Array | None) -> Value | None:
    """A recorded tensor, None where it was not kept whole."""
    if array is None or array.truncated:
        return None
    return _flat(array).reshape(array.shape)


def _flat(array: Array) -> Value:
    if array.data and isinstance(array.data[0], tuple):
        return torch.tensor(
            [complex(*x) if isinstance(x, tuple) else x for x in array.data],
            dtype=torch.complex128,
        )
    if array.dtype in ("torch.bool", "bool"):
        return torch.tensor(array.data, dtype=torch.bool)
    return torch.tensor(array.data, dtype=torch.float64)


def _exact(arrays: Sequence[Array | None]) -> float:
    return max((_EXACT.get(one.dtype, 0.0) for one in arrays if one is not None), default=1e-7)


def _scale(values: Mapping[str, Value]) -> float:
    """The largest number that goes in: a result of cancellation is as inexact as its terms."""
    most = 0.0
    for one in values.values():
        if one.dtype != torch.bool and one.numel():
            size = one.abs()
            finite = size[torch.isfinite(size)]
            most = max(most, float(finite.max()) if finite.numel() else 0.0)
    return most


def _named(claim: Mapping[str, Any], trace: Trace) -> dict[str, Array]:
    """The recorded tensors that a formula names."""
    found: dict[str, Array] = {}
    for label, (node, output) in claim["names"].items():
        held = trace.nodes[node]
        array = (
            dict(held.saved)[output] if isinstance(output, str)
            else held.values[output] or _unseen(held, trace)
        )  # fmt: skip
        if array is not None:
            found[label] = array
    for label, array in list(found.items()):
        if label.endswith("ᵀ") and len(array.shape) == 2 and not array.truncated:
            found.setdefault(label[:-1], _turned(array))
    return found


_SAVED_AS: Final = {
    "AddmmBackward0": ("", "mat1", "mat2"), "MmBackward0": ("self", "mat2"),
    "BmmBackward0": ("self", "mat2"), "MulBackward0": ("self", "other"),
    "DivBackward0": ("self", "other"),
}  # fmt: skip
"""autograd's names for the operands of these nodes (tools/autograd/derivatives.yaml)."""


def _unseen(node: Node, trace: Trace) -> Array | None:
    """The numbers of a tensor that Python never saw: its node saved them, or one that used it, or
    they are another's transposed."""
    own = dict(node.saved).get("result")
    if own is not None:
        return own
    for edge in trace.edges:
        if edge.source == node.id and edge.slot is not None:
            user = trace.nodes[edge.target]
            names = _SAVED_AS.get(user.grad_fn or "", ())
            if edge.slot < len(names) and names[edge.slot] in dict(user.saved):
                return dict(user.saved)[names[edge.slot]]
    if node.grad_fn in ("TBackward0", "TransposeBackward0") and node.inputs and node.inputs[0]:
        source, output = node.inputs[0]
        array = trace.nodes[source].values[output]
        if array is not None and len(array.shape) == 2 and not array.truncated:
            return _turned(array)
    return None


def _turned(array: Array) -> Array:
    """The matrix that a name with ᵀ is the transpose of."""
    rows, columns = array.shape
    data = tuple(array.data[r * columns + c] for c in range(columns) for r in range(rows))
    return Array((columns, rows), array.dtype, data)


def _dims(node: Node) -> list[Any]:
    """The dimensions that a function written without one may be over."""
    said = dict(node.settings).get("dim")
    arguments = [one.value for one in node.arguments if one.name == "dim"]
    found = [one for one in (said, *arguments) if isinstance(one, int)]
    return found or [1, -1, 0]


def _places(node: Node) -> dict[str, Any]:
    """The meaning of `index`: the tensors that an index was made of."""
    listed = {
        int(name[8:-1]): one
        for name, array in node.saved
        if name.startswith("indices[") and (one := tensor(array)) is not None
    }
    if not listed:
        return {}
    whole = [listed.get(place) for place in range(1 + max(listed))]
    return {
        "index": tuple(
            slice(None) if one is None else one if one.dtype == torch.bool else one.long()
            for one in whole
        )
    }


def _readings(text: str, names: Mapping[str, Value], node: Node) -> Iterator[list[Value]]:
    """The possible meanings of a text; raises UnreadError if there is none.

    Dimensions that are reduced inside a formula stay, with size 1, or are lost: both are usual.
    """
    last: Exception | None = None
    count = 0
    for keeps, dim in itertools.product((False, True), _dims(node)):
        given = dict(names)
        ignore = dict(node.settings).get("ignore_index")
        if isinstance(ignore, int):
            given["ignored"] = torch.tensor(float(ignore))
        if keeps:
            given["keeps"] = torch.tensor(1.0)
        try:
            found = list(read(text, given, dim, _places(node)))
        except UnreadError as problem:
            last = problem
            continue
        except _READING as problem:
            last = problem
            continue
        count += 1
        yield found
    if not count:
        raise UnreadError(f"{last}")


# ---- equations and derivatives -----------------------------------------------------------------


def _equation(claim: Mapping[str, Any], trace: Trace) -> Claim:
    node = trace.nodes[claim["node"]]
    about = f"{node.grad_fn} {node.op}"
    text = claim["plain"]
    known = [one for one in node.values if one is not None]
    result = node.values[0] or (known[0] if len(known) == 1 else None)
    if result is None:
        result = dict(node.saved).get("result")
    # The result itself is no operand: of it at most the shape goes in. What a node saved is one.
    operands = {
        label: of for label, of in claim["names"].items()
        if of[0] != node.id or isinstance(of[1], str)
    }  # fmt: skip
    arrays = _named({"names": operands or claim["names"]}, trace)
    if result is None:
        return Claim("unread", "equation", text, f"{about}: no result")
    exact = _exact([*arrays.values(), result])
    try:
        names, theirs = _part(arrays, result) if claim["part"] else _whole(arrays, result)
        for found in _readings(text, names, node):
            if found[0].numel() == 1 and theirs.numel() > 1:
                found = [one.expand(theirs.shape) for one in found]
            if found[0].ndim != theirs.ndim or found[0].shape != theirs.shape:
                found = _fitted(found, theirs)
            if result.dtype == "torch.float32":  # larger numbers than it can hold are infinite
                found = [
                    one if one.is_complex() else one.double().float().double() for one in found
                ]
            if agrees(found, theirs, exact, 0.01 * _scale(names)):
                return Claim("true", "equation", text, about)
    except UnreadError as problem:
        return Claim("unread", "equation", text, f"{about}: {problem}")
    return Claim("false", "equation", text, about)


def _fitted(found: list[Value], theirs: Value) -> list[Value]:
    """Numbers repeated to the result's shape, where they were broadcast."""
    if found[0].numel() == theirs.numel():
        return found
    try:
        return [torch.broadcast_to(one, theirs.shape) for one in found]
    except RuntimeError:
        return found


def _whole(arrays: Mapping[str, Array], result: Array) -> tuple[dict[str, Value], Value]:
    names = {label: tensor(one) for label, one in arrays.items()}
    theirs = tensor(result)
    known = {label: one for label, one in names.items() if one is not None}
    if theirs is None:
        raise UnreadError("a tensor that was not kept whole")
    return known, theirs


def _part(arrays: Mapping[str, Array], result: Array) -> tuple[dict[str, Value], Value]:
    """The first elements of a large result, and those of its operands in the same places."""
    count = len(result.data)
    names = {}
    for label, array in arrays.items():
        if array.shape == result.shape:
            names[label] = _flat(array)[:count]
        elif not array.truncated:
            wide = torch.broadcast_to(tensor(array), result.shape)  # type: ignore[arg-type]
            names[label] = wide.reshape(-1)[:count]
        else:
            raise UnreadError("a part of another shape")
    return names, _flat(result)


def _edge(claim: Mapping[str, Any], trace: Trace) -> Edge:
    edge: Edge = trace.edges[claim["edge"]]
    return edge


def _sent(claim: Mapping[str, Any], step: Step) -> Array | None:
    return next((one.grad for one in step.sends if one.edge == claim["edge"]), None)


def _upstream(step: Step, node: Node) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for output, array in enumerate(step.upstream):
        name = "G" if not output else "G" + str(output).translate(_LOWERED)
        given = tensor(array)
        if given is not None:
            found[name] = given
        elif array is None and output < len(node.values):
            value = node.values[output]
            if value is not None:
                found[name] = torch.zeros(value.shape, dtype=torch.float64)
    return found


_LOWERED: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def _derivative(claim: Mapping[str, Any], step: Step, trace: Trace) -> Claim:
    node = trace.nodes[step.node]
    about = f"{node.grad_fn} {node.op} [{claim['slot']}] {claim['form']}"
    text = claim["plain"]
    sent = _sent(claim, step)
    if sent is None or step.hooked:
        return Claim("unread", "derivative", text, f"{about}: changed on its way")
    arrays = _named(claim, trace)
    exact = _exact([*arrays.values(), sent, *step.upstream])
    try:
        if sent.truncated:
            return _large(claim, step, sent, arrays, about, exact)
        theirs = tensor(sent)
        assert theirs is not None
        given = _upstream(step, node)
        names = {label: one for label, a in arrays.items() if (one := tensor(a)) is not None}
        if claim["form"] == "product":
            moved = _moved(text, node, claim["slot"], given, theirs)
            if moved is not None:
                return Claim(moved, "derivative", text, about)
        read_any = False
        for arrived in _widened(given, node, sent.shape):
            kept = _kept(names, arrays, node, sent.shape, claim)
            try:
                # A program may have a G of its own; what arrived is named in a product only.
                both = {**kept, **arrived} if claim["form"] == "product" else {**arrived, **kept}
                for found in _readings(text, both, node):
                    read_any = True
                    products = [_applied(claim["form"], text, one, arrived, sent.shape)
                                for one in found]  # fmt: skip
                    # Sums that cancel are as inexact as what they add.
                    scale = 0.01 * _scale({"": products[0], **arrived})
                    if agrees(products, theirs, exact, scale):
                        return Claim("true", "derivative", text, about)
            except _READING:
                continue
        if not read_any:
            raise UnreadError("no reading fits")
    except UnreadError as problem:
        return Claim("unread", "derivative", text, f"{about}: {problem}")
    return Claim("false", "derivative", text, about)


def _large(
    claim: Mapping[str, Any],
    step: Step,
    sent: Array,
    arrays: Mapping[str, Array],
    about: str,
    exact: float,
) -> Claim:
    """The part of a large gradient that was kept, element by element."""
    arrived = step.upstream[0]
    if arrived is None:
        raise UnreadError("nothing arrived")
    names, theirs = _part({**arrays, "G": arrived}, sent)
    found = list(read(claim["plain"], names))
    products = [one * names["G"] if claim["form"] == "factor" else one for one in found]
    verdict: Verdict = "true" if agrees(products, theirs, exact) else "false"
    return Claim(verdict, "derivative", claim["plain"], about)


def _gone(node: Node, rank: int) -> list[int]:
    """The dimensions that an operation reduced."""
    said = dict(node.settings).get("dim")
    if said is None or said == ():
        return list(range(rank))
    dims = said if isinstance(said, tuple) else (said,)
    return sorted({int(one) % rank for one in dims if one is not None}) if rank else []


def _again(array: Value, node: Node, shape: tuple[int, ...]) -> Value | None:
    """A reduced tensor with its lost dimensions again, of size 1; None where that is no shape of
    it."""
    if array.ndim >= len(shape) or "dim" not in dict(node.settings):
        return None
    for dim in _gone(node, len(shape)):
        array = array.unsqueeze(dim)
    return array if array.ndim == len(shape) else None


_PER_MATRIX: Final = ("LinalgDetBackward0", "LinalgSlogdetBackward0")
"""Operations whose results have one number per matrix."""


def _widened(
    given: dict[str, Value], node: Node, shape: tuple[int, ...]
) -> Iterator[dict[str, Value]]:
    """The upstream gradient as it arrived, and with the dimensions that were reduced."""
    wide = {name: _again(one, node, shape) for name, one in given.items()}
    if all(one is not None for one in wide.values()) and wide:
        yield {name: one for name, one in wide.items() if one is not None}
    if node.grad_fn in _PER_MATRIX:
        yield {name: one[..., None, None] for name, one in given.items()}
        return
    yield given


def _kept(
    names: Mapping[str, Value],
    arrays: Mapping[str, Array],
    node: Node,
    shape: tuple[int, ...],
    claim: Mapping[str, Any],
) -> dict[str, Value]:
    """The node's own result, with the dimensions that were reduced."""
    found = dict(names)
    for label, (one, _) in claim["names"].items():
        if one == node.id and label in found and node.grad_fn in _PER_MATRIX:
            found[label] = found[label][..., None, None]
        elif one == node.id and label in found and claim["form"] == "factor":
            wide = _again(found[label], node, shape)
            if wide is not None:
                found[label] = wide
    return found


_CONDITION: Final = re.compile(r"\[(?=.*[^-−\d.e, \[\]])[^\[\]]*(\[[^\[\]]*\][^\[\]]*)*\]")
"""A bracket around more than numbers."""


def _applied(
    form: str, text: str, local: Value, given: Mapping[str, Value], shape: tuple[int, ...]
) -> Value:
    """The gradient that arrived, times a local derivative of this form, in the operand's shape."""
    if form == "product":
        found = local
    else:
        upstream = given["G"]
        if local.is_complex() or upstream.is_complex():
            local, upstream = local.to(torch.complex128), upstream.to(torch.complex128)
        else:
            local, upstream = local.double(), upstream.double()
        if form == "factor" and _CONDITION.fullmatch(text):
            found = torch.where(local != 0, upstream, 0)  # Iverson: 0, whatever it multiplies
        elif form == "factor":
            found = upstream if text == "1" else upstream * local
        elif form == "right":
            flat = upstream.ndim == local.ndim == 1
            found = torch.outer(upstream, local) if flat else upstream @ local
        else:
            found = local @ upstream
    if tuple(found.shape) == shape:
        return found
    if found.numel() == math.prod(shape):
        return found.reshape(shape)
    if found.numel() > math.prod(shape):
        return found.sum_to_size(shape)
    return torch.broadcast_to(found, shape)


_PLACED: Final = re.compile(
    r"(place|permute⁻¹|permute|flip|roll|rot90|transpose|pixel_unshuffle|as_strided|"
    r"diagonal|diag_embed|tril|triu|unpad|stack|cat|rows|windows|without)\(.*\)$"
    r"|∑_\(j→i\) Gⱼ$|G\[[-\d:, …]*\]$|G$|Gᵀ$"
)


def _moved(
    text: str, node: Node, slot: int, given: Mapping[str, Value], sent: Value
) -> Verdict | None:
    """For numbers claimed to be moved, left out or added up: True if each one that was sent is a
    sum of some that arrived, each used once at most. By the Jacobian where it was read."""
    if not _PLACED.match(text) or text in ("Gᵀ",):
        return None
    arrived = torch.cat([one.reshape(-1) for one in given.values()]) if given else sent[:0]
    matrix = tensor(node.jacobians[slot]) if slot < len(node.jacobians) else None
    finite = bool(torch.isfinite(arrived).all())  # nothing times nan is nan in a product
    if finite and matrix is not None and not arrived.is_complex():
        if matrix.shape[0] != arrived.numel():
            return None
        ones = bool(((matrix == 0) | (matrix == 1)).all()) and bool((matrix.sum(1) <= 1).all())
        same = torch.allclose(
            torch.mv(*alike(matrix.T, arrived)),
            sent.reshape(-1).to(alike(matrix, arrived)[0].dtype),
            1e-4,
            1e-6,
            equal_nan=True,
        )
        if not ones and "without" not in text:
            return "false"
        return "true" if same else "false"
    before = Counter(map(_key, arrived.tolist()))
    after = Counter(map(_key, sent.reshape(-1).tolist()))
    fresh = after - before
    if not {one for one in fresh if one != _key(0.0)}:
        return "true"
    total, now = arrived.sum(), sent.sum()
    near = bool((total - now).abs() <= 1e-3 * (arrived.abs().sum() + 1e-30))
    return "true" if near else "false"


def _key(x: Any) -> str:
    return "nan" if x != x else repr(x) if x else "0"


def _value(claim: Mapping[str, Any], trace: Trace) -> Claim:
    """Check that the numbers given with a local derivative are those of its formula."""
    edge = _edge(claim, trace)
    node = trace.nodes[edge.target]
    about = f"{node.grad_fn} [{claim['slot']}]"
    arrays = _named(claim, trace)
    names = {label: one for label, a in arrays.items() if (one := tensor(a)) is not None}
    theirs = _literal(claim["value"])
    value = _operand(edge, trace)
    kept = _kept(names, arrays, node, value.shape if value else (), claim)
    try:
        for found in _readings(claim["plain"], kept, node):
            wide = _fitted(found, theirs)
            if agrees(wide, theirs, _exact(list(arrays.values())), 0.01 * _scale(names)):
                return Claim("true", "value", claim["plain"], about)
    except UnreadError as problem:
        return Claim("unread", "value", claim["plain"], f"{about}: {problem}")
    return Claim("false", "value", f"{claim['plain']} = {claim['value']}", about)


def _operand(edge: Edge, trace: Trace) -> Array | None:
    """The tensor along an edge; if Python never saw it, the gradient sent back to it, which has its
    shape."""
    values = trace.nodes[edge.source].values
    seen = values[edge.output] if edge.output < len(values) else None
    sent = (send.grad for step in trace.steps for send in step.sends if send.edge == edge.id)
    return seen or next((one for one in sent if one is not None), None)


def _literal(value: Any) -> Value:
    """Numbers of the JSON, complex ones as pairs or objects, nan and infinities as words."""

    def number(x: Any) -> Any:
        if isinstance(x, str):
            return float(x.replace("Infinity", "inf").replace("NaN", "nan"))
        if isinstance(x, dict):
            return complex(x["re"], x["im"])
        return [number(one) for one in x] if isinstance(x, list) else x

    given = number(value)
    found = torch.tensor(given)
    return torch.tensor(given, dtype=torch.complex128 if found.is_complex() else torch.float64)


# ---- sentences ---------------------------------------------------------------------------------

_SAID: Final = (
    ("passes unchanged", "그대로 넘겨", "same"),
    ("lets it through where", "인 자리만 통과시키고", "gate"),
    ("hands it unchanged to every element", "모든 원소에 그대로 전달해", "spread"),
    ("hands every element it came from the same share", "모든 원소에 똑같이 나누어", "share"),
    ("adds up where a place was taken more than once", "여러 번 가져간 자리에서는 더한", "added"),
    ("0 wherever nothing was taken", "아무것도 가져가지 않은 자리에는 0을", "zeros"),
    ("puts every number back in its old place", "모든 수를 원래 자리로 되돌린", "back"),
    ("adds up the gradients of all copies", "복사본들의 그래디언트를 모두 더한", "copies"),
    ("multiplies by its local derivative", "국소 미분", "scale"),
    ("one local derivative for each operand", "피연산자마다 각각의 국소 미분", "swap"),
    ("Only zeros arrived", "모두 0이므로", "nothing"),
    ("sends nothing further", "더 보내지는 않습니다", "end"),
)
"""Words of a sentence in English, in Korean, and the claim that a reader takes them for; of several
that fit, the first."""


def _sentence(step: Mapping[str, Any], ran: Step, trace: Trace) -> Iterator[Claim]:
    caption = step["caption"]
    said = next((what for en, ko, what in _SAID if en in caption or ko in caption), None)
    if said is None:
        return
    arrived = [one for one in map(tensor, ran.upstream) if one is not None]
    sent = [(one, tensor(one.grad)) for one in ran.sends]
    if ran.hooked or not arrived or any(one is None for _, one in sent):
        if said != "end":
            yield Claim("unread", "sentence", caption, "not kept whole")
        return
    grads = [one for _, one in sent if one is not None]
    held = _holds(said, arrived, grads, step, ran.sends, trace)
    yield Claim("true" if held else "false", "sentence", caption, said)


def _near(one: Value, two: Value) -> bool:
    if one.shape != two.shape:
        return False
    if one.is_complex() or two.is_complex():
        one, two = one.to(torch.complex128), two.to(torch.complex128)
    else:
        one, two = one.double(), two.double()
    room = 1e-6 * (1 + float(two.abs().nan_to_num(0).max())) if two.numel() else 1.0
    return torch.allclose(one, two, 1e-3, room, equal_nan=True)


def _holds(
    said: str,
    arrived: list[Value],
    grads: list[Value],
    step: Mapping[str, Any],
    sends: Sequence[Send],
    trace: Trace,
) -> bool:
    first = arrived[0]
    before = Counter(_key(x) for one in arrived for x in one.reshape(-1).tolist())
    after = Counter(_key(x) for one in grads for x in one.reshape(-1).tolist())
    match said:
        case "same":
            return all(_near(_summed(first, one), one) for one in grads)
        case "gate":
            return len(grads) == 1 and all(
                x in (0, y) or (x != x and y != y)
                for x, y in zip(grads[0].reshape(-1).tolist(), _wide(first, grads[0]), strict=True)
            )
        case "spread":
            return all(_key(x) in before for one in grads for x in one.reshape(-1).tolist())
        case "share":
            # One factor for every element: what was sent is what arrived, times it.
            return all(one_factor(first, one) for one in grads)
        case "back":
            return before == after
        case "zeros":
            return not before - after and set(after - before) <= {_key(0.0)}
        case "added" | "copies":
            total, now = sum(one.sum() for one in arrived), sum(one.sum() for one in grads)
            size = sum(float(one.abs().sum()) for one in arrived)
            return abs(complex(total) - complex(now)) <= 1e-3 * (size + 1e-30)
        case "nothing":
            return not any(bool((one != 0).any()) for one in (*arrived, *grads))
        case "end":
            return not sends
        case "scale" | "swap":
            return len(step["derivatives"]) == len(sends)
    raise AssertionError(said)


def _summed(first: Value, like: Value) -> Value:
    if first.shape == like.shape:
        return first
    try:
        return first.sum_to_size(like.shape)
    except RuntimeError:
        return first


def _wide(first: Value, like: Value) -> list[Any]:
    found: list[Any] = torch.broadcast_to(first, like.shape).reshape(-1).tolist()
    return found


def one_factor(first: Value, sent: Value) -> bool:
    """True if every number that was sent is one that arrived, times the same number."""
    first, sent = (one.reshape(-1).to(torch.complex128) for one in alike(first, sent))
    if not bool(sent.isfinite().all()) and bool(first.isfinite().all()):
        return bool(sent.isnan().all())
    first, sent = first[first.isfinite()], sent[sent.isfinite()]
    if not sent.numel() or not bool(first.any()):
        return not bool(sent.any())
    largest = sent[sent.abs().argmax()]
    room = 1e-3 * (1e-30 + float(largest.abs()))
    # It is one of those that arrived, times the factor.
    return any(
        bool(((sent[:, None] - factor * first).abs() <= room).any(1).all())
        for factor in largest / first[first != 0]
    )


# ---- chain rules -------------------------------------------------------------------------------

_LITERAL: Final = re.compile(r"-?(?:\d+(?:\.\d+)?(?:e-?\d+)?|inf|nan)")


def _numbers(text: str) -> list[float] | None:
    """A number or nested brackets of numbers as a flat list; None where some were left out."""
    if "…" in text or "j" in text or not re.fullmatch(r"[-\d.einfa,\[\] ]+", text):
        return None
    return [float(one) for one in _LITERAL.findall(text)]


def _rule(rule: Mapping[str, Any], trace: Trace) -> Iterator[Claim]:
    """Check that the total is what arrived at the leaf in that pass, and the sum of its paths."""
    total = _numbers(rule["total"])
    about = f"pass {rule['pass']}"
    steps = [
        one for one in trace.steps
        if one.pass_number == rule["pass"] and one.node == rule["leaf"]
        and one.grad_fn == "AccumulateGrad"
    ]  # fmt: skip
    arrived = [one for step in steps if (one := tensor(step.upstream[0])) is not None]
    if total is None or len(arrived) != 1:
        yield Claim("unread", "rule", f"{rule['name']} = {rule['total']}", about)
        return
    theirs = arrived[0].reshape(-1)
    if theirs.is_complex() or theirs.numel() != len(total):
        yield Claim("unread", "rule", f"{rule['name']} = {rule['total']}", about)
        return
    said = torch.tensor(total, dtype=torch.float64)
    theirs = theirs.double()
    # Gradients that a leaf got before it was written to in place are kept apart.
    along = [
        tensor(send.grad)
        for step in trace.steps if step.pass_number == rule["pass"]
        for send in step.sends if trace.edges[send.edge].source == rule["leaf"]
    ]  # fmt: skip
    known = [one for one in along if one is not None]
    if known and len(known) == len(along) and not _near_digits(said, theirs):
        theirs = sum(one.reshape(-1).double() for one in known)  # type: ignore[assignment]
    same = _near_digits(said, theirs)
    roots = next(one.roots for one in trace.passes if one.number == rule["pass"])
    if len(set(roots)) == 1 and tuple(rule["root"]) in roots:
        text = f"{rule['name']} = {rule['total']}"
        yield Claim("true" if same else "false", "rule", text, about)
    products = [_numbers(path["product"]) for path in rule["paths"]]
    whole = [one for one in products if one is not None and len(one) == len(total)]
    if (
        whole
        and tuple(rule["root"]) in roots
        and len(whole) == len(products)
        and rule["badge"]["state"] in ("agree", "product")
    ):
        added = torch.tensor(whole, dtype=torch.float64).sum(0)
        size = torch.tensor(whole, dtype=torch.float64).abs().sum(0)
        # A gradient that passed through a type with few digits agrees to those digits.
        few = any(one.dtype in ("torch.float16", "torch.bfloat16")
                  for node in trace.nodes for one in node.values if one is not None)  # fmt: skip
        # Cancellation leaves only the last digits of the terms.
        noise = max(
            1e-2 * _exact([one]) * _scale({"": _flat(one)})
            for step in trace.steps if step.pass_number == rule["pass"]
            for one in step.upstream if one is not None
        )  # fmt: skip
        near = bool(
            (
                (added - theirs).abs()
                <= (2e-2 if few else 2e-3) * size + 1e-6 * theirs.abs().max() + noise
            ).all()
        )
        yield Claim("true" if near else "false", "paths", json.dumps(rule["paths"])[:300], about)


def _near_digits(ours: Value, theirs: Value) -> bool:
    return torch.allclose(ours, theirs, 1e-3, 1e-12, equal_nan=True)
