"""Functions of layers: convolution, pooling, norm layers, losses' selections, and of square
matrices.

Convolutions are computed as sums over the positions of the kernel; in one to three dimensions, with
stride, padding, dilation and groups, as PyTorch's documentation of Conv2d defines them.
"""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from viz_app.knowledge.formulas.expression import (
    ATOM,
    FUNCTIONS,
    POWER,
    PRODUCT,
    SHAPES,
    Function,
    Numbers,
    Text,
    number,
    within,
)
from viz_app.knowledge.formulas.places import put_back

Sizes = Sequence[int]


def _array(x: Numbers) -> Any:
    return np.asarray(x)


def _text(latex: Callable[..., str], plain: Callable[..., str], strength: int = ATOM) -> Any:
    return (
        lambda *parts: Text(latex(*parts), strength),
        lambda *parts: Text(plain(*parts), strength),
    )


def _word(name: str) -> Any:
    """`name(a, b)` with the tensors only."""

    def texts(parts: Sequence[Any]) -> str:
        return ", ".join(part.text for part in parts if isinstance(part, Text))

    escaped = name.replace("_", r"\_")
    return (
        lambda *parts: Text(rf"\operatorname{{{escaped}}}({texts(parts)})"),
        lambda *parts: Text(f"{name}({texts(parts)})"),
    )


# ---- convolution -------------------------------------------------------------------------------


def _kernel(size: Sizes) -> Iterator[tuple[int, ...]]:
    return itertools.product(*(range(one) for one in size))


def _strips(at: Sizes, out: Sizes, stride: Sizes, dilation: Sizes) -> tuple[slice, ...]:
    """The numbers of the padded input that one position of the kernel meets."""
    return tuple(
        slice(k * d, k * d + s * (n - 1) + 1, s)
        for k, n, s, d in zip(at, out, stride, dilation, strict=True)
    )


def _batched(x: Numbers, rank: int) -> Numbers:
    x = np.asarray(x)
    return x[None] if x.ndim == rank + 1 else x


def _sides(padding: Sizes, rank: int) -> tuple[int, ...]:
    """A padding for each dimension; a single number applies to all."""
    found = tuple(padding)
    return found * rank if len(found) == 1 else found[:rank]


def _pads(padding: Sizes, rank: int) -> list[tuple[int, int]]:
    return [(0, 0), (0, 0), *((one, one) for one in _sides(padding, rank))]


def _conv(
    x: Numbers, k: Numbers, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> Numbers:
    k = np.asarray(k)
    rank = k.ndim - 2
    single = np.ndim(x) == rank + 1
    x = np.pad(_batched(x, rank), _pads(padding, rank))
    size = k.shape[2:]
    out = tuple(
        (n - d * (s - 1) - 1) // step + 1
        for n, s, d, step in zip(x.shape[2:], size, dilation, stride, strict=True)
    )
    each, channels = k.shape[0] // groups, k.shape[1]
    total: Any = np.zeros((x.shape[0], k.shape[0], *out), np.result_type(x, k, 1.0))
    for group in range(groups):
        xs = x[:, group * channels : (group + 1) * channels]
        rows = slice(group * each, (group + 1) * each)
        for at in _kernel(size):
            part = xs[(slice(None), slice(None), *_strips(at, out, stride, dilation))]
            weights = k[(rows, slice(None), *at)]
            total[:, rows] += np.einsum("oc,nc...->no...", weights, part)
    return total[0] if single else total


def _conv_input(
    g: Numbers, x: Numbers, k: Numbers, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> Numbers:
    k = np.asarray(k)
    rank = k.ndim - 2
    shape = np.shape(x)
    g = _batched(g, rank)
    whole = _batched(np.zeros(shape), rank)
    padded: Any = np.pad(whole, _pads(padding, rank))
    padded = padded.astype(np.result_type(padded, g, k))
    out = g.shape[2:]
    each, channels = k.shape[0] // groups, k.shape[1]
    for group in range(groups):
        rows = slice(group * each, (group + 1) * each)
        columns = slice(group * channels, (group + 1) * channels)
        for at in _kernel(k.shape[2:]):
            strip = (slice(None), columns, *_strips(at, out, stride, dilation))
            padded[strip] += np.einsum("oc,no...->nc...", k[(rows, slice(None), *at)], g[:, rows])
    sides = _sides(padding, rank)
    cut = tuple(slice(p, n - p) for p, n in zip(sides, padded.shape[2:], strict=True))
    return padded[(slice(None), slice(None), *cut)].reshape(shape)


def _conv_transposed(
    x: Numbers, k: Numbers, stride: Sizes, padding: Sizes, more: Sizes, dilation: Sizes, groups: int
) -> Numbers:
    """The gradient that a convolution from the result's shape to that of x would send back."""
    rank = np.ndim(k) - 2
    sides = _sides(padding, rank), _sides(more, rank)
    size = tuple(
        (n - 1) * s - 2 * p + d * (m - 1) + o + 1
        for n, m, s, d, p, o in zip(
            np.shape(x)[-rank:], np.shape(k)[2:], stride, dilation, *sides, strict=True
        )
    )
    batch = np.shape(x)[: np.ndim(x) - rank - 1]
    like = np.broadcast_to(0.0, (*batch, np.shape(k)[1] * groups, *size))
    return _conv_input(x, like, k, stride, padding, dilation, groups)


def _conv_weight(
    g: Numbers, x: Numbers, k: Numbers, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> Numbers:
    shape = np.shape(k)
    rank = len(shape) - 2
    g = _batched(g, rank)
    x = np.pad(_batched(x, rank), _pads(padding, rank))
    found: Any = np.zeros(shape, np.result_type(x, g, 1.0))
    each, channels = shape[0] // groups, shape[1]
    summed = [0, *range(2, rank + 2)]
    for group in range(groups):
        rows = slice(group * each, (group + 1) * each)
        xs = x[:, group * channels : (group + 1) * channels]
        for at in _kernel(shape[2:]):
            part = xs[(slice(None), slice(None), *_strips(at, g.shape[2:], stride, dilation))]
            found[(rows, slice(None), *at)] = np.tensordot(g[:, rows], part, (summed, summed))
    return found


def _channels_last(x: Numbers) -> tuple[int, ...]:
    return tuple(axis for axis in range(np.ndim(x)) if axis != 1)


def channel_sum(g: Numbers) -> Numbers:
    """The sum over all dimensions but 1, the channels."""
    return np.sum(g, axis=_channels_last(g))


_USUAL_SIZES: Final = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "output_padding": 0}
_PLAIN: Final = ("stride", "padding", "dilation", "groups")
_TRANSPOSED: Final = ("stride", "padding", "output_padding", "dilation", "groups")


def _sliding(sign: tuple[str, str], names: Sequence[str], place: Callable[..., Any]) -> Any:
    """The texts of a product of a kernel at each place, with the settings that change it.

    `place` picks (left, right, addend, settings) from the function's parts.
    """

    def texts(parts: Sequence[Any]) -> tuple[Text, Text, Text | None, list[tuple[str, str]]]:
        left, right, added, settings = place(*parts)
        shown = []
        for name, given in zip(names, settings, strict=True):
            sizes = tuple(given) if isinstance(given, tuple | list) else (given,)
            if any(size != _USUAL_SIZES[name] for size in sizes):
                alike = len(set(sizes)) == 1
                shown.append((name, str(sizes[0]) if alike else f"({', '.join(map(str, sizes))})"))
        return left, right, added, shown

    def latex(*parts: Any) -> Text:
        left, right, added, settings = texts(parts)
        below = ", ".join(rf"\text{{{name}}} = {size}" for name, size in settings)
        below = below.replace("_", r"\_")
        whole = f"{left} {sign[0]}{f'_{{{below}}}' if settings else ''} {right}"
        return Text(f"{whole} + {added.text}" if added else whole, 1 if added else PRODUCT)

    def plain(*parts: Any) -> Text:
        left, right, added, settings = texts(parts)
        below = ", ".join(f"{name}={size}" for name, size in settings)
        whole = f"{left} {sign[1]}{f'({below})' if settings else ''} {right}"
        return Text(f"{whole} + {added.text}" if added else whole, 1 if added else PRODUCT)

    return latex, plain


_STAR: Final = (r"\star", "⋆")
_AST: Final = (r"\ast", "∗")
FUNCTIONS["conv"] = Function(
    lambda x, k, b, *s: _conv(x, k, *s) + np.reshape(b, (-1, *[1] * (np.ndim(k) - 2))),
    *_sliding(_STAR, _PLAIN, lambda x, k, b, *s: (x.text, k.text, b, s)),
)
FUNCTIONS["conv_plain"] = Function(
    _conv, *_sliding(_STAR, _PLAIN, lambda x, k, *s: (x.text, k.text, None, s))
)
FUNCTIONS["conv_input"] = Function(
    _conv_input,
    *_sliding(_AST, _PLAIN, lambda g, x, k, *s: (within(g, PRODUCT), k.text, None, s)),
)
FUNCTIONS["conv_weight"] = Function(
    _conv_weight,
    *_sliding(_STAR, _PLAIN, lambda g, x, k, *s: (x.text, within(g, PRODUCT), None, s)),
)
FUNCTIONS["conv_transposed"] = Function(
    _conv_transposed,
    *_sliding(_AST, _TRANSPOSED, lambda x, k, *s: (x.text, k.text, None, s)),
)
FUNCTIONS["conv_transposed_bias"] = Function(
    lambda x, k, b, *s: _conv_transposed(x, k, *s) + np.reshape(b, (-1, *[1] * (np.ndim(k) - 2))),
    *_sliding(_AST, _TRANSPOSED, lambda x, k, b, *s: (x.text, k.text, b, s)),
)
FUNCTIONS["conv_bias"] = Function(
    lambda g, k: channel_sum(np.reshape(g, (-1, *np.shape(g)[1 - np.ndim(k) :]))),
    *_text(lambda g, k: rf"\sum_{{\text{{dim}} \neq 1}} {g.text}",
           lambda g, k: f"sum({g.text}, dim≠1)", 0),
)  # fmt: skip


# ---- pooling -----------------------------------------------------------------------------------


def _pooled(x: Numbers, index: Numbers) -> Numbers:
    x, index = np.asarray(x), np.asarray(index).astype(np.int64)
    flat = x.reshape(*x.shape[:-2], -1)
    return np.take_along_axis(flat, index.reshape(*index.shape[:-2], -1), -1).reshape(index.shape)


_MAXIMUM = _text(
    lambda x, *s: rf"\max_{{\text{{window}}}} {x.text}", lambda x, *s: f"max_pool({x.text})", 0
)
FUNCTIONS["pooled"] = Function(_pooled, *_MAXIMUM)
FUNCTIONS["pooled_back"] = Function(
    lambda g, x, i: put_back(g, x, lambda p: _pooled(p, i)),
    *_text(lambda g, x, i: rf"\operatorname{{place}}({g.text})",
           lambda g, x, i: f"place({g.text})"),
)  # fmt: skip


def _unpooled(x: Numbers, like: Numbers, index: Numbers) -> Numbers:
    """Each number at its place of the result, 0 elsewhere."""
    shape = np.shape(like)
    found: Any = np.zeros((*shape[:-2], shape[-2] * shape[-1]), np.result_type(x, 1.0))
    flat = np.reshape(index, (*np.shape(index)[:-2], -1)).astype(np.int64)
    np.put_along_axis(found, flat, np.reshape(x, flat.shape), -1)
    return found.reshape(shape)


FUNCTIONS["unpooled"] = Function(
    _unpooled,
    *_text(lambda x, like, i: rf"\operatorname{{place}}({x.text})",
           lambda x, like, i: f"place({x.text})"),
)  # fmt: skip


def _windows(
    shape: Sizes,
    out: Sizes,
    kernel: Sizes,
    stride: Sizes,
    padding: Sizes,
    padded: bool,
    divisor: int | None,
) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...], float]]:
    """(position of the result, numbers it averages, their divisor)."""
    for at in itertools.product(*(range(n) for n in out)):
        starts = [k * s - p for k, s, p in zip(at, stride, padding, strict=True)]
        ends = [
            min(a + k, n + p) for a, k, n, p in zip(starts, kernel, shape, padding, strict=True)
        ]
        inner = tuple(
            slice(max(0, a), min(n, e)) for a, e, n in zip(starts, ends, shape, strict=True)
        )
        whole = math.prod(e - a for a, e in zip(starts, ends, strict=True))
        count = whole if padded else math.prod(one.stop - one.start for one in inner)
        yield at, inner, float(divisor or count)


def _pool_sizes(x: Numbers, k: Sizes, s: Sizes, p: Sizes, ceil: bool) -> tuple[Any, Any, Any]:
    kernel_size = _sides(k, 2)
    stride = _sides(s, 2) if tuple(s) else kernel_size
    shape = np.shape(x)[-2:]
    out = []
    for n, kernel, step, pad in zip(shape, kernel_size, stride, _sides(p, 2), strict=True):
        room = n + 2 * pad - kernel
        count = (math.ceil(room / step) if ceil else room // step) + 1
        if ceil and (count - 1) * step >= n + pad:
            count -= 1
        out.append(count)
    return shape, tuple(out), stride


def _avg(
    x: Numbers, k: Sizes, s: Sizes, p: Sizes, ceil: bool, padded: bool, divisor: int | None
) -> Numbers:
    shape, out, stride = _pool_sizes(x, k, s, p, ceil)
    found: Any = np.zeros((*np.shape(x)[:-2], *out))
    sizes = _sides(k, 2), stride, _sides(p, 2)
    for at, inner, count in _windows(shape, out, *sizes, padded, divisor):
        found[(..., *at)] = _array(x)[(..., *inner)].sum(axis=(-2, -1)) / count
    return found


def _avg_back(
    g: Numbers,
    x: Numbers,
    k: Sizes,
    s: Sizes,
    p: Sizes,
    ceil: bool,
    padded: bool,
    divisor: int | None,
) -> Numbers:
    shape, out, stride = _pool_sizes(x, k, s, p, ceil)
    found: Any = np.zeros(np.shape(x))
    sizes = _sides(k, 2), stride, _sides(p, 2)
    for at, inner, count in _windows(shape, out, *sizes, padded, divisor):
        found[(..., *inner)] += (_array(g)[(..., *at)] / count)[..., None, None]
    return found


def _adaptive(x: Numbers, out: Sizes) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...]]]:
    shape = np.shape(x)[-2:]
    for at in itertools.product(*(range(n) for n in out)):
        yield (
            at,
            tuple(
                slice((k * n) // m, -((-(k + 1) * n) // m))
                for k, n, m in zip(at, shape, out, strict=True)
            ),
        )


def _adaptive_avg(x: Numbers, like: Numbers) -> Numbers:
    out = np.shape(like)[-2:]
    found: Any = np.zeros((*np.shape(x)[:-2], *out))
    for at, window in _adaptive(x, out):
        found[(..., *at)] = _array(x)[(..., *window)].mean(axis=(-2, -1))
    return found


def _adaptive_avg_back(g: Numbers, x: Numbers) -> Numbers:
    found: Any = np.zeros(np.shape(x))
    for at, window in _adaptive(x, np.shape(g)[-2:]):
        count = math.prod(one.stop - one.start for one in window)
        found[(..., *window)] += (_array(g)[(..., *at)] / count)[..., None, None]
    return found


_AVERAGE = _text(
    lambda x, *s: rf"\operatorname{{mean}}_{{\text{{window}}}} {x.text}",
    lambda x, *s: f"avg_pool({x.text})",
    0,
)
_SHARED = _text(
    lambda g, *s: rf"\frac{{{g.text}}}{{\text{{window}}}}",
    lambda g, *s: f"avg_poolᵀ({g.text})",
    0,
)


def _max_pool(x: Numbers, k: Sizes, s: Sizes, p: Sizes, dilation: Sizes, ceil: bool) -> Numbers:
    sizes, apart = _sides(k, 2), _sides(dilation, 2)
    wide = tuple(by * (size - 1) + 1 for size, by in zip(sizes, apart, strict=True))
    shape, out, stride = _pool_sizes(x, wide, s if tuple(s) else k, p, ceil)
    found: Any = np.zeros((*np.shape(x)[:-2], *out))
    for at in itertools.product(*(range(n) for n in out)):
        first = [i * step - pad for i, step, pad in zip(at, stride, _sides(p, 2), strict=True)]
        window = tuple(
            slice(low % by if low < 0 else low, max(0, min(n, low + size)), by)
            for low, size, by, n in zip(first, wide, apart, shape, strict=True)
        )
        found[(..., *at)] = _array(x)[(..., *window)].max(axis=(-2, -1))
    return found


FUNCTIONS["max_pool"] = Function(_max_pool, *_MAXIMUM)
FUNCTIONS["avg_pool"] = Function(_avg, *_AVERAGE)
FUNCTIONS["avg_pool_back"] = Function(_avg_back, *_SHARED)
FUNCTIONS["adaptive_avg"] = Function(_adaptive_avg, *_AVERAGE)
FUNCTIONS["adaptive_avg_back"] = Function(_adaptive_avg_back, *_SHARED)


# ---- interpolation -----------------------------------------------------------------------------


def _cubic(distance: Numbers) -> Numbers:
    """Keys' kernel with a = −0.75, as PyTorch has it."""
    a, d = -0.75, np.abs(distance)
    near = (a + 2) * d**3 - (a + 3) * d**2 + 1
    far = a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a
    return np.where(d <= 1, near, np.where(d < 2, far, 0.0))


def _interpolation(mode: str, n: int, size: int, align: bool, scale: float | None) -> Numbers:
    """The matrix that gives `size` numbers along a dimension from n of them."""
    place = np.arange(size)
    ratio = 1 / scale if scale else n / size
    found = np.zeros((size, n))
    if mode in ("nearest", "nearest-exact"):
        at = (place + (0.5 if mode == "nearest-exact" else 0.0)) * ratio
        found[place, np.minimum(np.floor(at).astype(np.int64), n - 1)] = 1
        return found
    if align:
        at = place * ((n - 1) / (size - 1) if size > 1 else 0.0)
    else:
        at = (place + 0.5) * ratio - 0.5
    if mode == "linear":
        at = np.clip(at, 0, n - 1)
        found[:] = np.maximum(0, 1 - np.abs(at[:, None] - np.arange(n)))
        return found
    first = np.floor(at).astype(np.int64)
    for shift in (-1, 0, 1, 2):
        taken = np.clip(first + shift, 0, n - 1)
        np.add.at(found, (place, taken), _cubic(at - (first + shift)))
    return found


def _interpolate(
    x: Numbers, mode: str, back: Sizes, size: Sizes, align: bool, scales: Sequence[float | None]
) -> Numbers:
    """Each spatial dimension times its matrix, or, with `back`, the operand's sizes, its
    transpose."""
    x = _array(x)
    for place, (to, scale) in enumerate(zip(size, scales, strict=True)):
        axis = x.ndim - len(size) + place
        of = back[axis] if back else x.shape[axis]
        matrix = _interpolation(mode, of, to, align, scale)
        x = np.moveaxis(np.moveaxis(x, axis, -1) @ (matrix if back else matrix.T), -1, axis)
    return x


_MODES: Final = {
    "nearest": ("nearest", "nearest", "nearest"),
    "nearest-exact": ("nearest-exact", "nearest-exact", "nearest-exact"),
    "linear": ("linear", "bilinear", "trilinear"),
    "cubic": ("", "bicubic", ""),
}
"""The modes of `interpolate` by the number of dimensions."""


def _interpolate_call(x: Text, mode: str, size: Sizes, align: bool, scales: Sequence[Any]) -> str:
    """The call as PyTorch takes it."""
    given = tuple(size) if None in scales else tuple(scales)
    numbers = [number(one, True) for one in given]
    word = "size" if None in scales else "scale_factor"
    wanted = numbers[0] if len(set(numbers)) == 1 else f"({', '.join(numbers)})"
    corners = ", align_corners=True" if align else ""
    return f"interpolate({x.text}, {word}={wanted}, mode={_MODES[mode][len(size) - 1]!r}{corners})"


def _add_interpolation(mode: str, copies: bool) -> None:
    FUNCTIONS[mode.replace("-", "_")] = Function(
        lambda x, size, align, *scales: _interpolate(x, mode, (), size, align, scales),
        lambda x, size, align, *scales: Text(rf"\operatorname{{interpolate}}({x.text})"),
        lambda x, size, align, *scales: Text(_interpolate_call(x, mode, size, align, scales)),
    )
    summed = _text(
        lambda g, *_: rf"\sum_{{j \to i}} {g.text}_{{j}}", lambda g, *_: f"∑_(j→i) {g.text}ⱼ", 0
    )
    turned = _text(
        lambda g, *_: rf"\operatorname{{interpolate}}^{{\top}}({g.text})",
        lambda g, *_: f"interpolateᵀ({g.text})",
    )
    FUNCTIONS[f"{mode.replace('-', '_')}_back"] = Function(
        lambda g, x, size, align, *scales: _interpolate(g, mode, np.shape(x), size, align, scales),
        *(summed if copies else turned),
    )


for _mode in _MODES:
    _add_interpolation(_mode, _mode.startswith("nearest"))


def _im2col(x: Numbers, k: Sizes, d: Sizes, p: Sizes, s: Sizes) -> Numbers:
    single = np.ndim(x) == 3
    x = np.pad(_batched(x, 2), _pads(p, 2))
    out = tuple(
        (n - dil * (size - 1) - 1) // step + 1
        for n, size, dil, step in zip(x.shape[2:], k, d, s, strict=True)
    )
    columns = [
        x[(slice(None), slice(None), *_strips(at, out, s, d))].reshape(*x.shape[:2], -1)
        for at in _kernel(k)
    ]
    found = np.stack(columns, 2).reshape(x.shape[0], -1, math.prod(out))
    return found[0] if single else found


FUNCTIONS["im2col"] = Function(_im2col, *_word("unfold"))
FUNCTIONS["im2col_back"] = Function(
    lambda g, like, k, d, p, s: put_back(
        g, like, lambda q: _im2col(q + 1, k, d, p, s) - 1
    ) if not any(p) else _padded_back(g, like, k, d, p, s),
    *_word("fold"),
)  # fmt: skip


def _padded_back(g: Numbers, like: Numbers, k: Sizes, d: Sizes, p: Sizes, s: Sizes) -> Numbers:
    wide = np.zeros(tuple(
        n + 2 * pad for n, pad in zip(
            np.shape(like), (*[0] * (np.ndim(like) - 2), *p), strict=True
        )
    ))  # fmt: skip
    found = put_back(g, wide, lambda q: _im2col(q, k, d, (0, 0), s))
    cut = tuple(slice(one, n - one) for one, n in zip(p, wide.shape[-2:], strict=True))
    return found[(..., *cut)]


# ---- norm layers -------------------------------------------------------------------------------


def _axes(x: Numbers, shape: Sizes) -> tuple[int, ...]:
    return tuple(range(np.ndim(x) - len(shape), np.ndim(x)))


def _z(x: Numbers, m: Numbers, s: Numbers) -> Numbers:
    return (x - m) * s


def _layer_norm(x: Numbers, w: Numbers, b: Numbers, m: Numbers, s: Numbers, d: Sizes) -> Numbers:
    return _z(x, m, s) * w + b


def _norm_back(g: Numbers, z: Numbers, s: Numbers, axes: tuple[int, ...]) -> Numbers:
    even = g - g.mean(axis=axes, keepdims=True)
    return s * (even - z * (g * z).mean(axis=axes, keepdims=True))


def _affine_text(symbol: str) -> Any:
    def latex(x: Text, w: Text, b: Text, *rest: Any) -> Text:
        z = rf"\frac{{{x.text} - \mu}}{{\sigma}}"
        scaled = z if w.text in ("1", "") else rf"{z} \cdot {w.text}"
        return Text(scaled if b.text in ("0", "") else f"{scaled} + {b.text}", 1)

    def plain(x: Text, w: Text, b: Text, *rest: Any) -> Text:
        z = f"({x.text} − μ)/σ"
        scaled = z if w.text in ("1", "") else f"{z}·{w.text}"
        return Text(scaled if b.text in ("0", "") else f"{scaled} + {b.text}", 1)

    return latex, plain


def _back_text() -> Any:
    def latex(g: Text, x: Text, w: Text, *rest: Any) -> Text:
        gw = g.text if w.text in ("1", "") else f"{g.text} {w.text}"
        inner = rf"{gw} - \overline{{{gw}}} - z \, \overline{{{gw} z}}"
        return Text(
            rf"\frac{{1}}{{\sigma}}\left({inner}\right), \; z = \frac{{{x.text} - \mu}}{{\sigma}}",
            0,
        )

    def plain(g: Text, x: Text, w: Text, *rest: Any) -> Text:
        gw = g.text if w.text in ("1", "") else f"{g.text}·{w.text}"
        return Text(f"({gw} − mean({gw}) − z·mean({gw}·z))/σ, z = ({x.text} − μ)/σ", 0)

    return latex, plain


_PER_CHANNEL = _text(
    lambda g, *r: rf"\sum_{{\text{{dim}} \neq 1}} {within(g, POWER)}",
    lambda g, *r: f"sum({g.text}, dim≠1)",
    0,
)
_CHANNEL_WEIGHT = _text(
    lambda g, *r: rf"\sum_{{\text{{dim}} \neq 1}} {g.text} z",
    lambda g, *r: f"sum({g.text}·z, dim≠1)",
    0,
)
_OVER_SAMPLES = _text(
    lambda g, *r: rf"\sum_{{\text{{dim}} < -{len(r[-1])}}} {within(g, POWER)}",
    lambda g, *r: f"sum({g.text}, dim<−{len(r[-1])})",
    0,
)
_SAMPLE_WEIGHT = _text(
    lambda g, *r: rf"\sum_{{\text{{dim}} < -{len(r[-1])}}} {g.text} z",
    lambda g, *r: f"sum({g.text}·z, dim<−{len(r[-1])})",
    0,
)
FUNCTIONS["normalised"] = Function(_layer_norm, *_affine_text("layer"))
FUNCTIONS["normalised_back"] = Function(
    lambda g, x, w, m, s, d: _norm_back(g * w, _z(x, m, s), s, _axes(x, d)), *_back_text()
)
FUNCTIONS["normalised_weight"] = Function(
    lambda g, x, m, s, d: (g * _z(x, m, s)).sum(axis=tuple(range(np.ndim(g) - len(d)))),
    *_SAMPLE_WEIGHT,
)
FUNCTIONS["normalised_bias"] = Function(
    lambda g, d: np.sum(g, axis=tuple(range(np.ndim(g) - len(d)))), *_OVER_SAMPLES
)
FUNCTIONS["channel_sum"] = Function(channel_sum, *_PER_CHANNEL)


def _by_channel(values: Numbers, x: Numbers) -> Numbers:
    """One number per channel, shaped so that it meets dimension 1 of x."""
    if np.ndim(values) == 0:
        return values
    return np.reshape(values, (1, -1, *[1] * (np.ndim(x) - 2)))


FUNCTIONS["channels"] = Function(_by_channel, lambda v, x: v, lambda v, x: v)
FUNCTIONS["scale_of"] = Function(_by_channel, lambda v, x: v, lambda v, x: v)
FUNCTIONS["affine"] = Function(
    lambda z, w, b: z * _by_channel(w, z) + _by_channel(b, z),
    lambda z, w, b: Text(
        (z.text if w.text == "1" else rf"{z.text} \cdot {w.text}")
        + ("" if b.text == "0" else f" + {b.text}"), 1,
    ),
    lambda z, w, b: Text(
        (z.text if w.text == "1" else f"{z.text}·{w.text}")
        + ("" if b.text == "0" else f" + {b.text}"),
        1,
    ),
)  # fmt: skip


def _batch_z(x: Numbers, m: Numbers, s: Numbers) -> Numbers:
    return (x - _by_channel(m, x)) * _by_channel(s, x)


FUNCTIONS["batch_normalised"] = Function(
    lambda x, w, b, m, s: _batch_z(x, m, s) * _by_channel(w, x) + _by_channel(b, x),
    *_affine_text("batch"),
)
FUNCTIONS["batch_normalised_back"] = Function(
    lambda g, x, w, m, s: _norm_back(
        g * _by_channel(w, x), _batch_z(x, m, s), _by_channel(s, x), _channels_last(x)
    ),
    *_back_text(),
)
FUNCTIONS["batch_normalised_weight"] = Function(
    lambda g, x, m, s: channel_sum(g * _batch_z(x, m, s)), *_CHANNEL_WEIGHT
)


def _grouped(x: Numbers, groups: int) -> Numbers:
    return np.reshape(x, (np.shape(x)[0], groups, -1))


def _group_z(x: Numbers, m: Numbers, s: Numbers, groups: int) -> Numbers:
    n = np.shape(x)[0]
    mean, scale = np.reshape(m, (n, groups, 1)), np.reshape(s, (n, groups, 1))
    return ((_grouped(x, groups) - mean) * scale).reshape(np.shape(x))


FUNCTIONS["group_normalised"] = Function(
    lambda x, w, b, m, s, g: _group_z(x, m, s, g) * _by_channel(w, x) + _by_channel(b, x),
    *_affine_text("group"),
)
FUNCTIONS["group_normalised_back"] = Function(
    lambda g, x, w, m, s, n: _norm_back(
        _grouped(g * _by_channel(w, x), n), _grouped(_group_z(x, m, s, n), n),
        np.reshape(s, (np.shape(x)[0], n, 1)), (2,),
    ).reshape(np.shape(x)),
    *_back_text(),
)  # fmt: skip
FUNCTIONS["group_normalised_weight"] = Function(
    lambda g, x, m, s, n: channel_sum(g * _group_z(x, m, s, n)), *_CHANNEL_WEIGHT
)

# ---- selections of losses ----------------------------------------------------------------------


def _classes(x: Numbers) -> int:
    return 0 if np.ndim(x) == 1 else 1


def _counted(t: Numbers, ignore: int) -> tuple[Numbers, Numbers]:
    t = np.asarray(t).astype(np.int64)
    counts = (t != ignore).astype(np.float64)
    return np.where(t == ignore, 0, t), counts


def _pick(x: Numbers, t: Numbers, ignore: int) -> Numbers:
    places, counts = _counted(t, ignore)
    axis = _classes(x)
    found = np.take_along_axis(np.asarray(x), np.expand_dims(places, axis), axis)
    return np.squeeze(found, axis) * counts


def _one_hot(t: Numbers, x: Numbers, ignore: int) -> Numbers:
    places, counts = _counted(t, ignore)
    axis = _classes(x)
    found: Any = np.zeros(np.shape(x))
    np.put_along_axis(found, np.expand_dims(places, axis), np.expand_dims(counts, axis), axis)
    return found


def _weigh(w: Numbers, t: Numbers, ignore: int) -> Numbers:
    places, counts = _counted(t, ignore)
    return np.asarray(w)[places] * counts


def _weigh_classes(w: Numbers, x: Numbers) -> Numbers:
    if np.ndim(x) == 1:
        return w
    return np.reshape(w, (1, -1, *[1] * (np.ndim(x) - 2)))


FUNCTIONS["pick"] = Function(
    _pick,
    *_text(lambda x, t, i: rf"{within(x, POWER)}_{{i, {t.text}_{{i}}}}",
           lambda x, t, i: f"{within(x, ATOM)}[i, {t.text}[i]]"),
)  # fmt: skip
FUNCTIONS["one_hot"] = Function(
    _one_hot,
    *_text(lambda t, x, i: rf"\operatorname{{onehot}}({t.text})",
           lambda t, x, i: f"onehot({t.text})"),
)  # fmt: skip
FUNCTIONS["weigh"] = Function(
    _weigh,
    *_text(lambda w, t, i: rf"{w.text}_{{{t.text}_{{i}}}}",
           lambda w, t, i: f"{w.text}[{t.text}[i]]"),
)  # fmt: skip
FUNCTIONS["weigh_classes"] = Function(_weigh_classes, lambda w, x: w, lambda w, x: w)
FUNCTIONS["classes"] = Function(
    lambda g, x: np.expand_dims(g, _classes(x)), lambda g, x: g, lambda g, x: g
)

# ---- halves, rows, matrices --------------------------------------------------------------------


def _half(x: Numbers, dim: int, which: int) -> Numbers:
    return np.split(np.asarray(x), 2, axis=dim)[which]


for _name, _which in (("first_half", 0), ("second_half", 1)):
    FUNCTIONS[_name] = Function(
        lambda x, dim, which=_which: _half(x, dim, which),
        lambda x, dim, which=_which: Text(rf"{within(x, ATOM)}_{{{which + 1}}}"),
        lambda x, dim, which=_which: Text(f"{within(x, ATOM)}{'₁₂'[which]}"),
    )
FUNCTIONS["joined"] = Function(
    lambda a, b, dim: np.concatenate([a, b], axis=dim),
    *_text(lambda a, b, dim: rf"\left({a.text}, \; {b.text}\right)",
           lambda a, b, dim: f"({a.text}, {b.text})"),
)  # fmt: skip
FUNCTIONS["free"] = Function(
    lambda n, correction: n - (1.0 if correction is None else float(correction)),
    lambda n, correction: _less(n, correction, "-"),
    lambda n, correction: _less(n, correction, "−"),
)


def _less(n: Text, correction: Any, sign: str) -> Text:
    less = 1 if correction is None else correction
    return n if less == 0 else Text(f"({n.text} {sign} {less:g})")


def _outer_or(a: Numbers, r: Numbers) -> Numbers:
    """The product with a transpose, also for a vector."""
    if np.ndim(a) == 1:
        return np.outer(a, r)
    return a @ np.swapaxes(np.asarray(r), -1, -2)


FUNCTIONS["outer_or"] = Function(
    _outer_or,
    *_text(lambda a, r: rf"{within(a, PRODUCT)} {within(r, ATOM)}^{{\top}}",
           lambda a, r: f"{within(a, PRODUCT)} @ {within(r, ATOM)}ᵀ", PRODUCT),
)  # fmt: skip


def _trilinear(x: Numbers, y: Numbers, z: Numbers, *over: Any) -> Numbers:
    """The product of three tensors, each with new dimensions of size 1, summed over `over[-1]`."""
    *new, total = over
    wide = [np.expand_dims(one, tuple(at)) for one, at in zip((x, y, z), new, strict=True)]
    return np.sum(wide[0] * wide[1] * wide[2], axis=tuple(total))


def _trilinear_back(g: Numbers, y: Numbers, z: Numbers, own: Sequence[int], *over: Any) -> Numbers:
    """The gradient of the operand whose new dimensions are `own`; y and z are the other two."""
    *new, total = over
    wide = [np.expand_dims(one, tuple(at)) for one, at in zip((y, z), new, strict=True)]
    return np.sum(np.expand_dims(g, tuple(total)) * wide[0] * wide[1], axis=tuple(own))


FUNCTIONS["trilinear"] = Function(_trilinear, *_word("trilinear"))
FUNCTIONS["trilinear_back"] = Function(_trilinear_back, *_word("trilinear"))
FUNCTIONS["each_matrix"] = Function(
    lambda g: np.asarray(g)[..., None, None], lambda g: g, lambda g: g
)
FUNCTIONS["cholesky"] = Function(np.linalg.cholesky, *_word("cholesky"))


def _half_said(half: str) -> str:
    """The `UPLO` of a function of symmetric matrices, if it is not the default."""
    return "" if half == "L" else f", UPLO={half!r}"


FUNCTIONS["svdvals"] = Function(lambda x: np.linalg.svd(x, compute_uv=False), *_word("svdvals"))
FUNCTIONS["eigvalsh"] = Function(
    lambda x, half="L": np.linalg.eigvalsh(x, half),
    *_text(lambda x, half="L": rf"\operatorname{{eigvalsh}}({x.text}{_half_said(half)})",
           lambda x, half="L": f"eigvalsh({x.text}{_half_said(half)})"),
)  # fmt: skip


def _cholesky_back(g: Numbers, left: Numbers, right: Numbers) -> Numbers:
    """Murray, Differentiation of the Cholesky decomposition (2016), equation 9; `right` is the
    factor, `left` its conjugate."""
    inner = np.tril(np.swapaxes(left, -1, -2) @ g)
    whole = inner + np.conj(np.swapaxes(np.tril(inner, -1), -1, -2))
    return np.linalg.inv(np.swapaxes(left, -1, -2)) @ whole @ np.linalg.inv(right) / 2


FUNCTIONS["cholesky_back"] = Function(
    _cholesky_back,
    *_text(
        lambda g, left, right: (
            rf"\operatorname{{sym}}({within(left, ATOM)}^{{-\top}} \, "
            rf"\Phi({within(left, ATOM)}^{{\top}} {g.text}) \, {within(right, ATOM)}^{{-1}})"
        ),
        lambda g, left, right: (
            f"sym({within(left, ATOM)}⁻ᵀ Φ({within(left, ATOM)}ᵀ {g.text}) {within(right, ATOM)}⁻¹)"
        ),
    ),
)


def _matrix_exp(x: Numbers) -> Numbers:
    """The matrix exponential, by scaling and squaring of the power series."""
    x = np.asarray(x)
    size = max(0, math.ceil(math.log2(max(1e-300, float(np.abs(x).sum(-1).max()))))) + 4
    small = x / 2**size
    term = total = np.broadcast_to(np.eye(x.shape[-1]), x.shape)
    for k in range(1, 20):
        term = term @ small / k
        total = total + term
    for _ in range(size):
        total = total @ total
    return total


def _matrix_exp_back(g: Numbers, x: Numbers) -> Numbers:
    """The derivative at the transpose, from the exponential of a block matrix (Najfeld and Havel
    1995)."""
    x = np.swapaxes(np.asarray(x), -1, -2)
    n = x.shape[-1]
    block = np.zeros((*x.shape[:-2], 2 * n, 2 * n), dtype=np.result_type(x, g))
    block[..., :n, :n] = block[..., n:, n:] = x
    block[..., :n, n:] = g
    return _matrix_exp(block)[..., :n, n:]


FUNCTIONS["matrix_exp"] = Function(
    _matrix_exp,
    lambda x: Text(f"e^{{{x.text}}}", POWER),
    lambda x: Text(f"matrix_exp({x.text})"),
)
FUNCTIONS["matrix_exp_back"] = Function(
    _matrix_exp_back,
    *_text(lambda g, x: rf"\operatorname{{d}}\!\exp_{{{x.text}^{{\top}}}}({g.text})",
           lambda g, x: f"dexp({x.text}ᵀ)({g.text})"),
)  # fmt: skip


def _cdist(x: Numbers, y: Numbers, p: float) -> Numbers:
    way = np.abs(np.asarray(x)[..., :, None, :] - np.asarray(y)[..., None, :, :])
    if p == math.inf:
        return way.max(-1)
    return (way != 0).sum(-1) if p == 0 else (way**p).sum(-1) ** (1 / p)


def _cdist_back(g: Numbers, x: Numbers, y: Numbers, r: Numbers, p: float) -> Numbers:
    way = np.asarray(x)[..., :, None, :] - np.asarray(y)[..., None, :, :]
    length = np.asarray(r)[..., None]
    with np.errstate(all="ignore"):
        if p == math.inf:
            slope = np.sign(way) * (np.abs(way) == length)
        else:
            slope = np.sign(way) * np.abs(way) ** (p - 1) / length ** (p - 1) * (p != 0)
    slope = np.where(length == 0, 0, slope)
    return (slope * np.asarray(g)[..., None]).sum(-2)


FUNCTIONS["cdist"] = Function(
    _cdist,
    *_text(lambda x, y, p: rf"\lVert {x.text}_{{i}} - {y.text}_{{j}} \rVert"
           + ("" if p == 2 else f"_{{{p:g}}}"),
           lambda x, y, p: f"‖{x.text}ᵢ − {y.text}ⱼ‖" + ("" if p == 2 else f"_{p:g}")),
)  # fmt: skip


def _cdist_latex(g: Text, x: Text, y: Text, r: Text, p: float) -> str:
    if p != 2:
        return rf"\operatorname{{cdist}}'({g.text})"
    return rf"\sum_{{j}} {g.text} \frac{{{x.text}_{{i}} - {y.text}_{{j}}}}{{{r.text}}}"


def _cdist_plain(g: Text, x: Text, y: Text, r: Text, p: float) -> str:
    if p != 2:
        return f"cdist′({g.text})"
    return f"∑ⱼ {g.text}·({x.text}ᵢ − {y.text}ⱼ)/{r.text}"


FUNCTIONS["cdist_back"] = Function(_cdist_back, *_text(_cdist_latex, _cdist_plain, 0))
FUNCTIONS["diag"] = Function(
    lambda x: np.asarray(x)[..., None] * np.eye(np.shape(x)[-1]),
    *_text(lambda x: rf"\operatorname{{diag}}({x.text})", lambda x: f"diag({x.text})"),
)  # fmt: skip

# ---- whole calls -------------------------------------------------------------------------------

FUNCTIONS["counts"] = Function(
    lambda t, x, ignore: np.expand_dims((np.asarray(t) != ignore).astype(np.float64), _classes(x)),
    *_text(
        lambda t, x, ignore: rf"[{t.text} \ne {ignore}]",
        lambda t, x, ignore: f"[{t.text} ≠ {ignore}]",
    ),
)
FUNCTIONS["causal"] = Function(
    lambda s: np.where(np.tri(*np.shape(s)[-2:]) > 0, s, -np.inf),
    *_text(
        lambda s: rf"\operatorname{{causal}}\left({s.text}\right)",
        lambda s: f"causal({s.text})",
    ),
)


def _masked(s: Numbers, mask: Numbers) -> Numbers:
    kind = np.asarray(mask)
    return np.where(kind, s, -np.inf) if kind.dtype == bool else s + kind


FUNCTIONS["masked"] = Function(
    _masked,
    *_text(
        lambda s, m: rf"\operatorname{{mask}}\left({s.text}, {m.text}\right)",
        lambda s, m: f"mask({s.text}, {m.text})",
    ),
)


def _apart(a: Numbers, b: Numbers, p: float, eps: float) -> Numbers:
    return (np.abs(a - b + eps) ** p).sum(-1) ** (1 / p)


FUNCTIONS["apart"] = Function(
    _apart,
    *_text(
        lambda a, b, p, e: (
            rf"\lVert {a.text} - {b.text} + {_power_of_ten(e)} "
            rf"\rVert_{{{p:g},\ \text{{dim }} -1}}"
        ),
        lambda a, b, p, e: f"‖{a.text} − {b.text} + {number(e, True)}‖_{p:g}(dim=−1)",
    ),
)


def _power_of_ten(value: float) -> str:
    exponent = round(math.log10(value)) if value > 0 else 0
    return f"10^{{{exponent}}}" if value == 10.0**exponent else f"{value:g}"


def _exceeded(x: Numbers, t: Numbers, margin: float) -> Numbers:
    """The part of the margin to the target's score that each class takes; 0 for the target."""
    own = np.expand_dims(_pick(x, t, -1), _classes(x))
    return np.maximum(0, margin - own + x) * (1 - _one_hot(t, x, -1))


def _multi_margin_back(g: Numbers, x: Numbers, t: Numbers, margin: float, power: int) -> Numbers:
    far, axis = _exceeded(x, t, margin), _classes(x)
    slope = (far > 0) * power * far ** (power - 1) / np.shape(x)[-1]
    sent = slope - _one_hot(t, x, -1) * slope.sum(axis, keepdims=True)
    return np.expand_dims(g, axis) * sent if np.ndim(g) else g * sent


def _exceeded_plain(x: Text, t: Text, margin: float) -> str:
    return f"max(0, {number(margin, True)} − {x.text}[i, {t.text}[i]] + {x.text}[i, j])"


def _exceeded_latex(x: Text, t: Text, margin: float) -> str:
    own, other = f"{x.text}_{{i, {t.text}_{{i}}}}", f"{x.text}_{{i, j}}"
    return rf"\max(0, {number(margin, False)} - {own} + {other})"


def _raised(power: int, latex: bool) -> str:
    return "" if power == 1 else f"^{{{power}}}" if latex else "²"


FUNCTIONS["multi_margin"] = Function(
    lambda x, t, m, p: np.sum(_exceeded(x, t, m) ** p, -1) / np.shape(x)[-1],
    lambda x, t, m, p: Text(
        rf"\operatorname{{mean}}_{{j}} [j \ne {t.text}_{{i}}] \,"
        f" {_exceeded_latex(x, t, m)}{_raised(p, True)}",
        PRODUCT,
    ),
    lambda x, t, m, p: Text(
        f"meanⱼ([j ≠ {t.text}[i]]·{_exceeded_plain(x, t, m)}{_raised(p, False)})"
    ),
)
FUNCTIONS["multi_margin_back"] = Function(
    _multi_margin_back,
    lambda g, x, t, m, p: Text(
        rf"\frac{{{g.text}}}{{C}} \left(d_{{i, j}} - [j = {t.text}_{{i}}] \sum_{{k}} d_{{i, k}}"
        rf"\right), \; d = [j \ne {t.text}_{{i}}] \, "
        + (rf"[m > 0], \; m = {_exceeded_latex(x, t, m)}" if p == 1
           else rf"2 {_exceeded_latex(x, t, m)}"),
        0,
    ),
    lambda g, x, t, m, p: Text(
        f"{within(g, PRODUCT)}/C·(d − [j = {t.text}[i]]·sumⱼ(d)), d = [j ≠ {t.text}[i]]·"
        + (f"[m > 0], m = {_exceeded_plain(x, t, m)}" if p == 1
           else f"2·{_exceeded_plain(x, t, m)}"),
        0,
    ),
)  # fmt: skip


def _smoothed(x: Numbers, t: Numbers, ignore: int, share: float, reduction: str) -> Numbers:
    x = np.asarray(x)
    axis = _classes(x)
    top = x.max(axis, keepdims=True)
    logs = x - top - np.log(np.exp(x - top).sum(axis, keepdims=True))
    _, counts = _counted(t, ignore)
    each = -_pick(logs, t, ignore) * (1 - share) - share * logs.mean(axis) * counts
    return (
        each if reduction == "none" else each.sum() / (counts.sum() if reduction == "mean" else 1)
    )


def _smoothed_latex(x: Text, t: Text, ignore: int, share: float, reduction: str) -> Text:
    sign = {"none": "-", "mean": r"-\frac{1}{n} \sum_{i} ", "sum": r"-\sum_{i} "}[reduction]
    log = rf"\ln p_{{i, {t.text}_{{i}}}}"
    even = rf"{share:g} \, \operatorname{{mean}}_{{j}} \ln p_{{i, j}}"
    return Text(
        rf"{sign}\left({1 - share:g} \, {log} + {even}\right), \;"
        rf" p = \operatorname{{softmax}}({x.text})", 0,
    )  # fmt: skip


def _smoothed_plain(x: Text, t: Text, ignore: int, share: float, reduction: str) -> Text:
    sign = {"none": "−", "mean": "−1/n·sum", "sum": "−sum"}[reduction]
    log = f"ln softmax({x.text})"
    return Text(f"{sign}({1 - share:g}·{log}[i, {t.text}[i]] + {share:g}·meanⱼ {log}[i, j])", 0)


FUNCTIONS["smoothed"] = Function(_smoothed, _smoothed_latex, _smoothed_plain)

SHAPES.update(
    dict.fromkeys(
        """
        like unselect uncut unindexed undiagonal put_along put_rows unchosen untaken put_embedding
        unwindows unstrided gathered spread unrepeat reflected_back replicated_back im2col_back
        pooled_back adaptive_avg adaptive_avg_back avg_pool_back nearest_back nearest_exact_back
        linear_back cubic_back one_hot counts
        classes weigh_classes conv_input channels scale_of wide
        """.split(),
        1,
    )
)
SHAPES["eye_like"] = 0
SHAPES["conv_weight"] = 2
SHAPES["conv_bias"] = SHAPES["unpooled"] = 1
