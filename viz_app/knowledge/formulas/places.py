"""Functions that move, pick, repeat or put back numbers: their values and their notation.

`put_back` is the reverse of picking: zeros, with what arrived added where it was taken.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from viz_app.knowledge.formulas.expression import (
    ATOM,
    FUNCTIONS,
    SHAPES,
    Function,
    Numbers,
    Text,
    within,
)


def _reshaped(x: Numbers, like: Numbers) -> Numbers:
    return np.reshape(x, np.shape(like))


def _silently(position: int = 0) -> tuple[Any, Any]:
    """A function written as its argument: the numbers stay unchanged."""
    return (lambda *parts: parts[position], lambda *parts: parts[position])


def shaped(x: Numbers, shape: Sequence[int]) -> Numbers:
    """The same numbers in another shape."""
    return np.reshape(x, tuple(shape))


def _shape_text(shape: Sequence[int]) -> str:
    return "×".join(map(str, shape)) if shape else "()"


FUNCTIONS["reshape"] = Function(
    shaped,
    lambda x, shape: Text(rf"\operatorname{{reshape}}({x.text})"),
    lambda x, shape: Text(f"reshape({x.text}, {_shape_text(shape)})"),
)
FUNCTIONS["permute"] = Function(
    lambda x, order: np.transpose(x, [one % max(1, np.ndim(x)) for one in order]),
    lambda x, order: Text(rf"\operatorname{{permute}}({x.text})"),
    lambda x, order: Text(f"permute({x.text}, {', '.join(map(str, order))})"),
)
FUNCTIONS["unpermute"] = Function(
    lambda x, order: np.transpose(x, np.argsort([one % max(1, np.ndim(x)) for one in order])),
    lambda x, order: Text(rf"\operatorname{{permute}}^{{-1}}({x.text})"),
    lambda x, order: Text(f"permute⁻¹({x.text})"),
)
FUNCTIONS["swap_dims"] = Function(
    lambda x, a, b: x if np.ndim(x) == 0 else np.swapaxes(x, a, b),
    lambda x, a, b: Text(rf"\operatorname{{transpose}}({x.text})"),
    lambda x, a, b: Text(f"transpose({x.text}, {a}, {b})"),
)
FUNCTIONS["flip"] = Function(
    lambda x, axes: np.flip(x, tuple(axes)),
    lambda x, axes: Text(rf"\operatorname{{flip}}({x.text})"),
    lambda x, axes: Text(f"flip({x.text}, {', '.join(map(str, axes))})"),
)


def _roll(x: Numbers, shifts: Sequence[int], axes: Sequence[int], sign: int = 1) -> Numbers:
    moved = tuple(sign * one for one in shifts)
    return np.roll(x, moved, tuple(axes)) if axes else np.roll(x, sum(moved))


def _rolled(x: str, shifts: Sequence[int], axes: Sequence[int], sign: int = 1) -> str:
    """The call as PyTorch takes it: the shifts, then the dimensions along which they are."""
    lists = [[sign * one for one in shifts], list(axes)] if axes else [[sign * sum(shifts)]]
    written = [str(one[0]) if len(one) == 1 else f"({', '.join(map(str, one))})" for one in lists]
    return f"roll({', '.join([x, *written])})"


FUNCTIONS["roll"] = Function(
    _roll,
    lambda x, shifts, axes: Text(rf"\operatorname{{roll}}({x.text})"),
    lambda x, shifts, axes: Text(_rolled(x.text, shifts, axes)),
)
FUNCTIONS["unroll"] = Function(
    lambda x, shifts, axes: _roll(x, shifts, axes, -1),
    lambda x, shifts, axes: Text(rf"\operatorname{{roll}}^{{-1}}({x.text})"),
    lambda x, shifts, axes: Text(_rolled(x.text, shifts, axes, -1)),
)
FUNCTIONS["select"] = Function(
    lambda x, dim, index: np.take(x, index, axis=dim),
    lambda x, dim, index: Text(_subscript(x, dim, str(index), True)),
    lambda x, dim, index: Text(_subscript(x, dim, str(index), False)),
)


def _placed(dim: int, index: str) -> str:
    """A subscript along one dimension; a negative one is counted from the end."""
    return f"{':, ' * dim}{index}" if dim >= 0 else f"…, {index}{', :' * (-dim - 1)}"


def _subscript(of: Text, dim: int, index: str, latex: bool) -> str:
    name, text = within(of, ATOM), _placed(dim, index)
    return rf"{name}\text{{[{text}]}}" if latex else f"{name}[{text}]"


def _cut(dim: int, start: int, end: int, step: int) -> Any:
    if dim < 0:
        return (Ellipsis, slice(start, end, step), *[slice(None)] * (-dim - 1))
    return (*[slice(None)] * dim, slice(start, end, step))


def _range(start: int, end: int | None, step: int) -> str:
    first = "" if start == 0 else str(start)
    last = "" if end is None or end >= 2**62 else str(end)
    return f"{first}:{last}{f':{step}' if step != 1 else ''}"


FUNCTIONS["cut"] = Function(
    lambda x, dim, start, end, step: np.asarray(x)[_cut(dim, start, end, step)],
    lambda x, dim, start, end, step: Text(_subscript(x, dim, _range(start or 0, end, step), True)),
    lambda x, dim, start, end, step: Text(_subscript(x, dim, _range(start or 0, end, step), False)),
)


def _on_diagonal(name: str, usual: tuple[int, int, int]) -> tuple[Any, Any]:
    """A call with the diagonal's offset and two dimensions, if they are not the defaults."""

    def numbers(place: Sequence[int]) -> str:
        return "" if tuple(place) == usual else f", {', '.join(map(str, place))}"

    escaped = name.replace("_", r"\_")
    return (
        lambda x, *place: Text(rf"\operatorname{{{escaped}}}({x.text}{numbers(place)})"),
        lambda x, *place: Text(f"{name}({x.text}{numbers(place)})"),
    )


FUNCTIONS["diagonal"] = Function(
    lambda x, offset, a, b: np.diagonal(x, offset, a, b),
    *_on_diagonal("diagonal", (0, 0, 1)),
)
FUNCTIONS["tril"] = Function(
    lambda x, k: np.tril(x, k),
    lambda x, k: Text(rf"\operatorname{{tril}}({x.text})"),
    lambda x, k: Text(f"tril({x.text}{f', {k}' if k else ''})"),
)
FUNCTIONS["triu"] = Function(
    lambda x, k: np.triu(x, k),
    lambda x, k: Text(rf"\operatorname{{triu}}({x.text})"),
    lambda x, k: Text(f"triu({x.text}{f', {k}' if k else ''})"),
)


def put_back(g: Numbers, like: Numbers, place: Callable[[Numbers], Numbers]) -> Numbers:
    """Zeros of the shape of `like` with `g` added where `place` took the numbers from."""
    shape = np.shape(like)
    index = place(np.arange(math.prod(shape)).reshape(shape))
    kind = np.complex128 if np.iscomplexobj(g) else np.float64
    total = np.zeros(math.prod(shape), dtype=kind)
    np.add.at(total, np.asarray(index).reshape(-1), np.broadcast_to(g, np.shape(index)).reshape(-1))
    return total.reshape(shape)


def _spread(name: str) -> tuple[Any, Any]:
    return (
        lambda g, like, *_: Text(rf"\operatorname{{{name}}}({g.text})"),
        lambda g, like, *_: Text(f"{name}({g.text})"),
    )


FUNCTIONS["unselect"] = Function(
    lambda g, like, dim, index: put_back(g, like, lambda p: np.take(p, index, axis=dim)),
    *_spread("place"),
)
FUNCTIONS["uncut"] = Function(
    lambda g, like, dim, start, end, step: put_back(
        g, like, lambda p: p[_cut(dim, start, end, step)]
    ),
    *_spread("place"),
)
FUNCTIONS["undiagonal"] = Function(
    lambda g, like, offset, a, b: put_back(g, like, lambda p: np.diagonal(p, offset, a, b)),
    *_spread("place"),
)


def _indexed(x: Numbers, indices: Sequence[Numbers | None]) -> Numbers:
    found = tuple(
        slice(None)
        if one is None
        else np.asarray(one).astype(bool if np.asarray(one).dtype == bool else np.int64)
        for one in indices
    )
    return np.asarray(x)[found]


def _gathered(x: Numbers, index: Numbers, dim: int) -> Numbers:
    """`torch.gather`, whose index may be smaller than the tensor along other dimensions."""
    x, index = np.atleast_1d(x), np.atleast_1d(index).astype(np.int64)
    places = list(np.indices(index.shape))
    places[dim % x.ndim] = index
    return x[tuple(places)]


def _lost(x: Numbers, index: Numbers, dim: int) -> Numbers:
    """Positions along a reduced dimension, with that dimension restored."""
    index = np.asarray(index)
    return np.expand_dims(index, dim) if index.ndim == np.ndim(x) - 1 else index


FUNCTIONS["take_along"] = Function(
    lambda x, index, dim: _gathered(x, _lost(x, index, dim), dim).reshape(np.shape(index)),
    lambda x, index, dim: Text(rf"\operatorname{{gather}}({x.text}, {index.text})"),
    lambda x, index, dim: Text(f"gather({x.text}, dim={dim}, index={index.text})"),
)
FUNCTIONS["put_along"] = Function(
    lambda g, like, index, dim: put_back(
        np.reshape(g, np.shape(np.atleast_1d(_lost(like, index, dim)))),
        like,
        lambda p: _gathered(p, _lost(p, index, dim), dim),
    ),
    lambda g, like, index, dim: Text(rf"\operatorname{{place}}({g.text})"),
    lambda g, like, index, dim: Text(f"place({g.text})"),
)
FUNCTIONS["rows"] = Function(
    lambda x, index, dim=0: np.take(x, np.asarray(index).astype(np.int64), axis=dim),
    lambda x, index, dim=0: Text(
        rf"{within(x, ATOM)}\text{{[{_placed(dim, chr(0))}]}}".replace(
            "\0", rf"}}{index.text}\text{{"
        )
    ),
    lambda x, index, dim=0: Text(f"{within(x, ATOM)}[{_placed(dim, index.text)}]"),
)
FUNCTIONS["put_rows"] = Function(
    lambda g, like, index, dim=0: put_back(
        g, like, lambda p: np.take(p, np.asarray(index).astype(np.int64), axis=dim)
    ),
    *_spread("place"),
)
FUNCTIONS["like"] = Function(_reshaped, *_silently())
FUNCTIONS["fill"] = Function(lambda g, like: np.broadcast_to(g, np.shape(like)), *_silently())
FUNCTIONS["cat"] = Function(
    lambda *parts: np.concatenate(
        [np.asarray(p) for p in parts[:-1] if np.shape(p) != (0,)], parts[-1]
    ),
    lambda *parts: Text(rf"\operatorname{{cat}}({', '.join(p.text for p in parts[:-1])})"),
    lambda *parts: Text(f"cat({', '.join(p.text for p in parts[:-1])}, dim={parts[-1]})"),
)
FUNCTIONS["stack"] = Function(
    lambda *parts: np.stack([np.asarray(p) for p in parts[:-1]], parts[-1]),
    lambda *parts: Text(rf"\operatorname{{stack}}({', '.join(p.text for p in parts[:-1])})"),
    lambda *parts: Text(f"stack({', '.join(p.text for p in parts[:-1])}, dim={parts[-1]})"),
)
FUNCTIONS["piece"] = Function(
    lambda g, dim, start, end: np.take(g, np.arange(start, end), axis=dim),
    lambda g, dim, start, end: Text(_subscript(g, dim, _range(start, end, 1), True)),
    lambda g, dim, start, end: Text(_subscript(g, dim, _range(start, end, 1), False)),
)
FUNCTIONS["top"] = Function(
    lambda x, k, dim: np.flip(np.sort(x, axis=dim), axis=dim)[_cut(dim, 0, k, 1)],
    lambda x, k, dim: Text(rf"\operatorname{{topk}}({x.text}, {k})"),
    lambda x, k, dim: Text(f"topk({x.text}, {k})"),
)
FUNCTIONS["indexed"] = Function(
    _indexed,
    lambda x, indices: Text(rf"{x.text}[\text{{index}}]"),
    lambda x, indices: Text(f"{x.text}[index]"),
)
FUNCTIONS["unindexed"] = Function(
    lambda g, like, indices: put_back(g, like, lambda p: _indexed(p, indices)), *_spread("place")
)


def _without(g: Numbers, indices: Sequence[Numbers | None], accumulate: bool) -> Numbers:
    left = np.array(g)
    if not accumulate:
        found = tuple(
            slice(None) if one is None else one if one.dtype == bool else one.astype(np.int64)
            for one in (None if i is None else np.asarray(i) for i in indices)
        )
        left[found] = 0
    return left


FUNCTIONS["without"] = Function(_without, *_spread("without"))
FUNCTIONS["chosen"] = Function(
    lambda x, mask: np.broadcast_to(x, np.broadcast_shapes(np.shape(x), np.shape(mask)))[
        np.broadcast_to(np.asarray(mask) != 0, np.broadcast_shapes(np.shape(x), np.shape(mask)))
    ],
    lambda x, mask: Text(f"{x.text}[{mask.text}]"),
    lambda x, mask: Text(f"{x.text}[{mask.text}]"),
)
FUNCTIONS["unchosen"] = Function(
    lambda g, like, mask: put_back(
        g,
        like,
        lambda p: np.broadcast_to(p, np.broadcast_shapes(np.shape(p), np.shape(mask)))[
            np.broadcast_to(np.asarray(mask) != 0, np.broadcast_shapes(np.shape(p), np.shape(mask)))
        ],
    ),
    *_spread("place"),
)
FUNCTIONS["taken"] = Function(
    lambda x, index: np.reshape(x, -1)[np.asarray(index).astype(np.int64)],
    lambda x, index: Text(rf"\operatorname{{take}}({x.text}, {index.text})"),
    lambda x, index: Text(f"take({x.text}, {index.text})"),
)
FUNCTIONS["untaken"] = Function(
    lambda g, like, index: put_back(
        g, like, lambda p: np.reshape(p, -1)[np.asarray(index).astype(np.int64)]
    ),
    *_spread("place"),
)


def _put_embedding(g: Numbers, like: Numbers, index: Numbers, padding: int, by_count: bool) -> Any:
    places = np.asarray(index).astype(np.int64).reshape(-1)
    rows = np.reshape(g, (places.size, -1)).copy()
    if by_count:
        rows = rows / np.bincount(places)[places][:, None]
    if padding >= 0:
        rows[places == padding] = 0
    total = np.zeros((np.shape(like)[0], rows.shape[1]))
    np.add.at(total, places, rows)
    return total.reshape(np.shape(like))


FUNCTIONS["put_embedding"] = Function(_put_embedding, *_spread("rows"))


def _windows(x: Numbers, dim: int, size: int, step: int) -> Numbers:
    x = np.asarray(x)
    if x.ndim == 0:
        return x.reshape(1)
    found = np.lib.stride_tricks.sliding_window_view(x, size, axis=dim)
    cut: list[Any] = [slice(None)] * found.ndim
    cut[dim % x.ndim] = slice(None, None, step)
    return found[tuple(cut)]


FUNCTIONS["windows"] = Function(_windows, *_spread("windows"))
FUNCTIONS["unwindows"] = Function(
    lambda g, like, dim, size, step: put_back(g, like, lambda p: _windows(p, dim, size, step)),
    *_spread("place"),
)
FUNCTIONS["rot90"] = Function(
    lambda x, k, dims: np.rot90(x, k, tuple(dims)),
    lambda x, k, dims: Text(rf"\operatorname{{rot90}}({x.text})"),
    lambda x, k, dims: Text(f"rot90({x.text}{f', k={k}' if k != 1 else ''})"),
)
FUNCTIONS["unrot90"] = Function(
    lambda x, k, dims: np.rot90(x, -k, tuple(dims)),
    lambda x, k, dims: Text(rf"\operatorname{{rot90}}^{{-1}}({x.text})"),
    lambda x, k, dims: Text(f"rot90({x.text}, k={-k})"),
)


def _pixel_shuffle(x: Numbers, factor: int) -> Numbers:
    *batch, channels, high, wide = np.shape(x)
    parts = np.reshape(x, (*batch, channels // factor**2, factor, factor, high, wide))
    n = len(batch)
    moved = np.transpose(parts, (*range(n), n, n + 3, n + 1, n + 4, n + 2))
    return moved.reshape(*batch, channels // factor**2, high * factor, wide * factor)


def _pixel_unshuffle(x: Numbers, factor: int) -> Numbers:
    *batch, channels, high, wide = np.shape(x)
    parts = np.reshape(x, (*batch, channels, high // factor, factor, wide // factor, factor))
    n = len(batch)
    moved = np.transpose(parts, (*range(n), n, n + 2, n + 4, n + 1, n + 3))
    return moved.reshape(*batch, channels * factor**2, high // factor, wide // factor)


FUNCTIONS["pixel_shuffle"] = Function(_pixel_shuffle, *_spread("pixel_shuffle"))
FUNCTIONS["pixel_unshuffle"] = Function(_pixel_unshuffle, *_spread("pixel_unshuffle"))


def _strided(x: Numbers, size: Sequence[int], stride: Sequence[int], offset: int | None) -> Numbers:
    places = np.full(tuple(size), offset or 0)
    for axis, (count, step) in enumerate(zip(size, stride, strict=True)):
        shape = [1] * len(size)
        shape[axis] = count
        places = places + step * np.arange(count).reshape(shape)
    return np.reshape(x, -1)[places]


FUNCTIONS["strided"] = Function(_strided, *_spread("as_strided"))
FUNCTIONS["unstrided"] = Function(
    lambda g, like, size, stride, offset: put_back(
        g, like, lambda p: _strided(p, size, stride, offset)
    ),
    *_spread("place"),
)


def _diag_embed(x: Numbers, offset: int, a: int, b: int) -> Numbers:
    x = np.asarray(x)
    size = x.shape[-1] + abs(offset)
    found = np.zeros((*x.shape[:-1], size, size), dtype=x.dtype)
    index = np.arange(x.shape[-1])
    found[..., index + max(0, -offset), index + max(0, offset)] = x
    return np.moveaxis(found, (-2, -1), (a, b))


FUNCTIONS["diag_embed"] = Function(_diag_embed, *_on_diagonal("diag_embed", (0, -2, -1)))
FUNCTIONS["diag_embed_back"] = Function(
    lambda g, offset, a, b: np.diagonal(g, offset, a, b), *_on_diagonal("diagonal", (0, 0, 1))
)


def _unpadded(g: Numbers, pad: Sequence[int]) -> Numbers:
    cut: list[Any] = [slice(None)] * np.ndim(g)
    for place in range(len(pad) // 2):
        axis = np.ndim(g) - 1 - place
        before, after = pad[2 * place], pad[2 * place + 1]
        cut[axis] = slice(max(0, before), np.shape(g)[axis] - max(0, after))
    left = np.asarray(g)[tuple(cut)]
    back = [(0, 0)] * np.ndim(g)
    for place in range(len(pad) // 2):
        back[np.ndim(g) - 1 - place] = (max(0, -pad[2 * place]), max(0, -pad[2 * place + 1]))
    return np.pad(left, back)


FUNCTIONS["unpadded"] = Function(_unpadded, *_spread("unpad"))


def _zeroed_rows(g: Numbers, index: Numbers, dim: int) -> Numbers:
    left = np.array(g)
    cut: list[Any] = [slice(None)] * left.ndim
    if left.ndim:
        cut[dim] = np.asarray(index).astype(np.int64).reshape(-1)
        left[tuple(cut)] = 0
    return left if left.ndim else np.zeros_like(left)


def _zeroed_along(g: Numbers, index: Numbers, dim: int) -> Numbers:
    left = np.array(np.atleast_1d(g))
    index = np.atleast_1d(index).astype(np.int64)
    places = list(np.indices(index.shape))
    places[dim % left.ndim] = index
    left[tuple(places)] = 0
    return left.reshape(np.shape(g))


FUNCTIONS["zeroed_rows"] = Function(_zeroed_rows, *_spread("without"))
FUNCTIONS["zeroed_along"] = Function(_zeroed_along, *_spread("without"))


def _put_into(x: Numbers, index: Numbers, value: Numbers, dim: int) -> Numbers:
    found = np.array(x, np.result_type(x, value))
    if not found.ndim:
        return np.reshape(value, ())
    cut: list[Any] = [slice(None)] * found.ndim
    cut[dim] = np.asarray(index).astype(np.int64)
    found[tuple(cut)] = value
    return found


FUNCTIONS["put_into"] = Function(
    _put_into,
    lambda x, i, v, d: Text(rf"\operatorname{{index\_copy}}({x.text}, {v.text})"),
    lambda x, i, v, d: Text(f"index_copy({x.text}, {d}, {i.text}, {v.text})"),
)
FUNCTIONS["filled"] = Function(
    _put_into,
    lambda x, i, v, d: Text(rf"\operatorname{{index\_fill}}({x.text}, {d}, {i.text}, {v.text})"),
    lambda x, i, v, d: Text(f"index_fill({x.text}, {d}, {i.text}, {v.text})"),
)


def _scattered(x: Numbers, index: Numbers, value: Numbers, dim: int) -> Numbers:
    found = np.array(np.atleast_1d(x), np.result_type(x, value))
    index = np.atleast_1d(index).astype(np.int64)
    places = list(np.indices(index.shape))
    cut = tuple(slice(n) for n in index.shape)
    taken = np.broadcast_to(value, index.shape) if not np.ndim(value) else np.asarray(value)[cut]
    places[dim % found.ndim] = index
    found[tuple(places)] = taken
    return found.reshape(np.shape(x))


FUNCTIONS["scattered"] = Function(
    _scattered,
    lambda x, i, v, d: Text(rf"\operatorname{{scatter}}({x.text}, {d}, {i.text}, {v.text})"),
    lambda x, i, v, d: Text(f"scatter({x.text}, {d}, {i.text}, {v.text})"),
)


def _put_at(
    x: Numbers, value: Numbers, indices: Sequence[Numbers | None], accumulate: bool
) -> Numbers:
    found = np.array(x, np.result_type(x, value))
    if accumulate:
        at = _indexed(np.arange(found.size).reshape(found.shape), indices)
        np.add.at(found.reshape(-1), at, value)
    else:
        at = _indexed(np.arange(found.size).reshape(found.shape), indices)
        found.reshape(-1)[at] = value
    return found


FUNCTIONS["put_at"] = Function(
    _put_at,
    lambda x, v, i, a: Text(rf"\operatorname{{index\_put}}({x.text}, \text{{index}}, {v.text})"),
    lambda x, v, i, a: Text(
        f"index_put({x.text}, index, {v.text}{', accumulate=True' if a else ''})"
    ),
)


def _filled_from(x: Numbers, mask: Numbers, source: Numbers) -> Numbers:
    shape = np.broadcast_shapes(np.shape(x), np.shape(mask))
    found = np.array(np.broadcast_to(x, shape), np.result_type(x, source))
    chosen = np.broadcast_to(np.asarray(mask) != 0, shape)
    found[chosen] = np.reshape(source, -1)[: int(chosen.sum())]
    return found


def _filled_back(g: Numbers, like: Numbers, mask: Numbers) -> Numbers:
    """The gradient of the source: G at the chosen places, in order, then zeros."""
    chosen = np.asarray(g)[np.broadcast_to(np.asarray(mask) != 0, np.shape(g))]
    found = np.zeros(math.prod(np.shape(like)), chosen.dtype)
    found[: chosen.size] = chosen
    return found.reshape(np.shape(like))


FUNCTIONS["filled_from"] = Function(
    _filled_from,
    lambda x, m, v: Text(rf"\operatorname{{masked\_scatter}}({x.text}, {m.text}, {v.text})"),
    lambda x, m, v: Text(f"masked_scatter({x.text}, {m.text}, {v.text})"),
)
FUNCTIONS["filled_back"] = Function(
    _filled_back,
    lambda g, like, m: Text(rf"\operatorname{{place}}({g.text}[{m.text}])"),
    lambda g, like, m: Text(f"place({g.text}[{m.text}])"),
)
SHAPES["filled_back"] = 1
FUNCTIONS["padded"] = Function(
    lambda x, pad, value: _filled(x, pad, value),
    lambda x, pad, value: Text(
        rf"\operatorname{{pad}}({x.text}, ({', '.join(map(str, pad))})"
        rf"{f', {value:g}' if value else ''})"
    ),
    lambda x, pad, value: Text(
        f"pad({x.text}, ({', '.join(map(str, pad))}){f', {value:g}' if value else ''})"
    ),
)


def _filled(x: Numbers, pad: Sequence[int], value: float | None) -> Numbers:
    """The tensor padded with the value, or cropped, from the last dimension on."""
    x = np.asarray(x)
    cut: list[Any] = [slice(None)] * x.ndim
    wide = [(0, 0)] * x.ndim
    for place in range(len(pad) // 2):
        axis = x.ndim - 1 - place
        before, after = pad[2 * place : 2 * place + 2]
        cut[axis] = slice(max(0, -before), x.shape[axis] - max(0, -after))
        wide[axis] = (max(0, before), max(0, after))
    return np.pad(x[tuple(cut)], wide, constant_values=value or 0)


FUNCTIONS["spread"] = Function(
    lambda x, like: np.broadcast_to(x, np.shape(like)),
    lambda x, like: Text(rf"\operatorname{{expand}}({x.text})"),
    lambda x, like: Text(f"expand({x.text})"),
)


def gathered(g: Numbers, like: Numbers) -> Numbers:
    """The sum of all copies of an element that was repeated."""
    g, shape = np.asarray(g), np.shape(like)
    g = g.sum(axis=tuple(range(g.ndim - len(shape)))) if g.ndim > len(shape) else g
    axes = tuple(k for k, (a, b) in enumerate(zip(g.shape, shape, strict=True)) if a != b == 1)
    return g.sum(axis=axes, keepdims=True) if axes else g


FUNCTIONS["gathered"] = Function(
    gathered,
    lambda g, like: Text(rf"\sum_{{j \to i}} {g.text}_{{j}}", 2),
    lambda g, like: Text(f"∑_(j→i) {g.text}ⱼ", 0),
)


def _repeat(x: Numbers, counts: Sequence[int]) -> Numbers:
    return np.tile(x, tuple(counts))


FUNCTIONS["repeat"] = Function(
    _repeat,
    lambda x, counts: Text(rf"\operatorname{{repeat}}({x.text})"),
    lambda x, counts: Text(f"repeat({x.text}, {', '.join(map(str, counts))})"),
)
FUNCTIONS["unrepeat"] = Function(
    lambda g, like, counts: put_back(g, like, lambda p: _repeat(p, counts)),
    lambda g, like, counts: Text(rf"\sum_{{j \to i}} {g.text}_{{j}}", 2),
    lambda g, like, counts: Text(f"∑_(j→i) {g.text}ⱼ", 0),
)


_Padding = Literal["reflect", "edge"]


def _padded(mode: _Padding) -> Callable[[Numbers, Sequence[int]], Numbers]:
    def pad(x: Numbers, padding: Sequence[int]) -> Numbers:
        widths = [(0, 0)] * np.ndim(x)
        cut = [slice(None)] * np.ndim(x)
        for place in range(len(padding) // 2):
            before, after = padding[2 * place : 2 * place + 2]
            axis = np.ndim(x) - 1 - place
            cut[axis] = slice(max(0, -before), np.shape(x)[axis] - max(0, -after))
            widths[axis] = (max(0, before), max(0, after))
        return np.pad(np.asarray(x)[tuple(cut)], widths, mode=mode)

    return pad


_PADDINGS: tuple[tuple[str, _Padding], ...] = (("reflected", "reflect"), ("replicated", "edge"))
for _name, _mode in _PADDINGS:
    _pad = _padded(_mode)
    FUNCTIONS[_name] = Function(_pad, *_spread("pad"))
    FUNCTIONS[f"{_name}_back"] = Function(
        lambda g, like, padding, pad=_pad: put_back(g, like, lambda p: pad(p, padding)),
        lambda g, *_: Text(rf"\sum_{{j \to i}} {g.text}_{{j}}", 2),
        lambda g, *_: Text(f"∑_(j→i) {g.text}ⱼ", 0),
    )
