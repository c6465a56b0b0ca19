"""The formulas of knowledge/ops once more, in numpy.

`FORMULAS`: for the rows whose
derivative is not element by element, the gradient along each slot from the upstream gradient `g`,
the operands `a` (in autograd's order) and the result `r`, written down from the row's own formula.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Numbers = Any


def _sigmoid(x: Numbers) -> Numbers:
    return 1 / (1 + np.exp(-x))


def _swap(x: Numbers) -> Numbers:
    return np.swapaxes(x, -1, -2)


def _product(g: Numbers, a: Sequence[Numbers], r: Numbers) -> tuple[Numbers, ...]:
    return g @ _swap(a[1]), _swap(a[0]) @ g


def _affine(g: Numbers, a: Sequence[Numbers], r: Numbers) -> tuple[Numbers, ...]:
    added = g.sum(0) if a[0].ndim < g.ndim else g
    return added, g @ _swap(a[2]), _swap(a[1]) @ g


def _winner(g: Numbers, a: Sequence[Numbers], r: Numbers) -> tuple[Numbers, ...]:
    """Each element of the result is one of the operand's; there are no ties."""
    sent = np.zeros_like(a[0])
    for one, value in zip(g.reshape(-1), r.reshape(-1), strict=True):
        sent += one * (a[0] == value)
    return (sent,)


def _normalised(axes: tuple[int, ...], shape: tuple[int, ...] | None = None) -> "Formula":
    def formula(g: Numbers, a: Sequence[Numbers], r: Numbers) -> tuple[Numbers, ...]:
        x = a[0].reshape(shape or a[0].shape)
        g = g.reshape(x.shape)
        s = np.sqrt(x.var(axes, keepdims=True) + 1e-5)
        z = (x - x.mean(axes, keepdims=True)) / s
        sent = (g - g.mean(axes, keepdims=True) - z * (g * z).mean(axes, keepdims=True)) / s
        return (sent.reshape(a[0].shape),)

    return formula


def _windows(g: Numbers) -> Numbers:
    return np.repeat(np.repeat(g, 2, -1), 2, -2)


def _convolution(g: Numbers, a: Sequence[Numbers], r: Numbers) -> tuple[Numbers, ...]:
    """Stride 1, no padding."""
    back, weights = np.zeros_like(a[0]), np.zeros_like(a[1])
    for i in range(g.shape[-2]):
        for j in range(g.shape[-1]):
            window = np.s_[:, :, i : i + 2, j : j + 2]
            back[window] += np.einsum("no,ocij->ncij", g[:, :, i, j], a[1])
            weights += np.einsum("no,ncij->ocij", g[:, :, i, j], a[0][window])
    return back, weights, g.sum((0, 2, 3))


def _cholesky(g: Numbers, a: Sequence[Numbers], r: Numbers) -> tuple[Numbers, ...]:
    inner = np.tril(r.T @ g)
    np.fill_diagonal(inner, np.diag(inner) / 2)
    inverse = np.linalg.inv(r)
    sent = inverse.T @ inner @ inverse
    return ((sent + sent.T) / 2,)


def _eigh(g: Numbers, a: Sequence[Numbers], r: Numbers) -> tuple[Numbers, ...]:
    v = np.linalg.eigh(a[0])[1]
    return (v @ np.diag(g) @ v.T,)


def _svd(g: Numbers, a: Sequence[Numbers], r: Numbers) -> tuple[Numbers, ...]:
    u, _, v = np.linalg.svd(a[0])
    return (u @ np.diag(g) @ v,)


def _matrix_exp(g: Numbers, a: Sequence[Numbers], r: Numbers) -> tuple[Numbers, ...]:
    """The derivative of the power series at the transposed operand."""
    x, sent = a[0].T, np.zeros_like(a[0])
    powers = [np.linalg.matrix_power(x, k) for k in range(40)]
    for n in range(1, 40):
        inner = sum(powers[k] @ g @ powers[n - 1 - k] for k in range(n))
        sent = sent + inner / math.factorial(n)
    return (sent,)


def _cdist(g: Numbers, a: Sequence[Numbers], r: Numbers) -> tuple[Numbers, ...]:
    way = (a[0][:, None] - a[1][None]) / r[..., None] * g[..., None]
    return way.sum(1), -way.sum(0)


def _clipped(g: Numbers, a: Sequence[Numbers], r: Numbers) -> tuple[Numbers, ...]:
    """With beta and delta 1, smooth L1 and Huber are the same."""
    slope = g * np.clip(a[0] - a[1], -1, 1) / 4
    return slope, -slope


def _gelu(g: Numbers, a: Sequence[Numbers], r: Numbers) -> tuple[Numbers, ...]:
    below = np.array([(1 + math.erf(x / math.sqrt(2))) / 2 for x in a[0]])
    density = np.exp(-(a[0] ** 2) / 2) / math.sqrt(2 * math.pi)
    return (g * (below + a[0] * density),)


def _series(terms: Callable[[float], float]) -> "Formula":
    return lambda g, a, r: (g * np.array([terms(x) for x in a[0]]),)


def _glu(g: Numbers, a: Sequence[Numbers], r: Numbers) -> tuple[Numbers, ...]:
    first, second = np.split(a[0], 2)
    gate = _sigmoid(second)
    return (np.concatenate([g * gate, g * first * gate * (1 - gate)]),)


def _lower(g: Numbers, weights: Numbers) -> tuple[Numbers, ...]:
    return ((g[:, None] * weights * np.tri(len(g))).sum(0),)


Formula = Callable[[Numbers, Sequence[Numbers], Numbers], tuple[Numbers, ...]]
_Y2 = np.array([[[0, 2], [1, 1]]])
_H = np.array([0.0, 1.0, 1.0, 0.0])

FORMULAS: dict[str, Formula] = {
    "Addcmul": lambda g, a, r: (g, 2 * g * a[2], 2 * g * a[1]),
    "Addcdiv": lambda g, a, r: (g, 2 * g / a[2], -2 * g * a[1] / a[2] ** 2),
    "Lgamma": _series(
        lambda x: -0.5772156649015329 + sum(1 / n - 1 / (n - 1 + x) for n in range(1, 10**5))
        + (1 - x) / 1e5 * -1
    ),
    "Digamma": _series(lambda x: sum((n + x) ** -2 for n in range(10**5)) + 1 / (1e5 + x - 0.5)),
    "I0": _series(
        lambda x: sum((x / 2) ** (2 * k + 1) / math.factorial(k) / math.factorial(k + 1)
                      for k in range(40))
    ),
    "LeakyRelu": lambda g, a, r: (g * np.where(a[0] > 0, 1, 0.01),),
    "Elu": lambda g, a, r: (g * np.where(a[0] > 0, 1, r + 1),),
    "Gelu": _gelu,
    "Clamp": lambda g, a, r: (g * (abs(a[0]) <= 1),),
    "ClampMin": lambda g, a, r: (g * (a[0] >= -1),),
    "ClampMax": lambda g, a, r: (g * (a[0] <= 1),),
    "Hardtanh": lambda g, a, r: (g * (abs(a[0]) < 1),),
    "Celu": lambda g, a, r: (g * np.where(a[0] > 0, 1, np.exp(a[0])),),
    "Softshrink": lambda g, a, r: (g * (abs(a[0]) > 0.5),),
    "Hardshrink": lambda g, a, r: (g * (abs(a[0]) > 0.5),),
    "Threshold": lambda g, a, r: (g * (a[0] > 0.5),),
    "RreluWithNoise": lambda g, a, r: (g * np.where(a[0] > 0, 1, (1 / 8 + 1 / 3) / 2),),
    "Glu": _glu,
    "MaskedFill": lambda g, a, r: (g * [0, 1, 0, 1],),
    "NativeDropout": lambda g, a, r: (g,),
    "Sum": lambda g, a, r: (g * np.ones_like(a[0]),),
    "Nansum": lambda g, a, r: (g * np.ones_like(a[0]),),
    "Mean": lambda g, a, r: (g * np.ones_like(a[0]) / a[0].size,),
    "Prod": lambda g, a, r: (g * r / a[0],),
    "Var": lambda g, a, r: (g * 2 * (a[0] - a[0].mean()) / (a[0].size - 1),),
    "Std": lambda g, a, r: (g * (a[0] - a[0].mean()) / (a[0].size - 1) / r,),
    "LinalgVectorNorm": lambda g, a, r: (g * a[0] / r,),
    "Dist": lambda g, a, r: (g * (a[0] - a[1]) / r, g * (a[1] - a[0]) / r),
    "Logsumexp": lambda g, a, r: (g * np.exp(a[0] - r),),
    "Cumsum": lambda g, a, r: _lower(g, np.ones((4, 4))),
    "Cumprod": lambda g, a, r: _lower(g, r[:, None] / a[0]),
    "Logcumsumexp": lambda g, a, r: _lower(g, np.exp(a[0] - r[:, None])),
    "Softmax": lambda g, a, r: (g @ (np.diag(r) - np.outer(r, r)),),
    "LogSoftmax": lambda g, a, r: (g @ (np.eye(4) - np.outer(np.ones(4), np.exp(r))),),
    "Trace": lambda g, a, r: (g * np.eye(3),),
    "Mm": _product,
    "Mv": lambda g, a, r: (np.outer(g, a[1]), a[0].T @ g),
    "Bmm": _product,
    "Dot": lambda g, a, r: (g * a[1], g * a[0]),
    "Addmm": _affine,
    "Addmv": lambda g, a, r: (g, np.outer(g, a[2]), a[1].T @ g),
    "Baddbmm": _affine,
    "Addr": lambda g, a, r: (g, g @ a[2], g.T @ a[1]),
    "LinalgInvEx": lambda g, a, r: (-r.T @ g @ r.T,),
    "LinalgDet": lambda g, a, r: (g * r * np.linalg.inv(a[0]).T,),
    "LinalgSlogdet": lambda g, a, r: (g * np.linalg.inv(a[0]).T,),
    "LinalgSolveEx": lambda g, a, r: (
        -np.linalg.inv(a[0]).T @ g @ r.T, np.linalg.inv(a[0]).T @ g
    ),
    "LinalgCholeskyEx": _cholesky,
    "LinalgEigh": _eigh,
    "LinalgSvd": _svd,
    "LinalgCross": lambda g, a, r: (np.cross(a[1], g), np.cross(g, a[0])),
    "LinalgMatrixExp": _matrix_exp,
    "Cdist": _cdist,
    "Convolution": _convolution,
    "NativeLayerNorm": _normalised((1,)),
    "NativeBatchNorm": _normalised((0,)),
    "NativeGroupNorm": _normalised((2,), (2, 2, 6)),
    "AvgPool2D": lambda g, a, r: (_windows(g) / 4,),
    "AdaptiveAvgPool2D": lambda g, a, r: (_windows(g) / 4,),
    "MaxPool2DWithIndices": _winner,
    "AdaptiveMaxPool2D": _winner,
    "MseLoss": lambda g, a, r: (g * 2 * (a[0] - a[1]) / 4, g * 2 * (a[1] - a[0]) / 4),
    "SmoothL1Loss": _clipped,
    "HuberLoss": _clipped,
    "NllLoss": lambda g, a, r: (-g / 3 * np.eye(3)[[0, 2, 1]],),
    "NllLoss2D": lambda g, a, r: (-g / 4 * np.moveaxis(np.eye(3)[_Y2], -1, 1),),
    "BinaryCrossEntropy": lambda g, a, r: (g * (a[0] - _H) / (a[0] * (1 - a[0])) / 4,),
    "BinaryCrossEntropyWithLogits": lambda g, a, r: (g * (_sigmoid(a[0]) - _H) / 4,),
    "SoftMarginLoss": lambda g, a, r: (
        -g * (2 * _H - 1) * _sigmoid(-(2 * _H - 1) * a[0]) / 4,
    ),
    **dict.fromkeys(
        ("Max", "Min", "Amax", "Amin", "Median", "Mode", "Kthvalue", "Topk", "Cummax", "Cummin"),
        _winner,
    ),
}  # fmt: skip
