"""How each row of knowledge/ops is called, and its formula once more, in numpy.

`CALLS`: the row's name, the shapes of its leaves, an expression. `FORMULAS`: for the rows whose
derivative is not element by element, the gradient along each slot from the upstream gradient `g`,
the operands `a` (in autograd's order) and the result `r`, written down from the row's own formula.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Numbers = Any

CALLS = """
Add: x4 y4: x + y
Sub: x4 y4: x - y
Rsub: x4: 3 - x
Mul: x4 y4: x * y
Div: x4 y4: x / y
Pow: x4 y4: x ** y
PowBackward2: x4: 2.5 ** x
Remainder: x4 y4: torch.remainder(x, y)
Fmod: x4 y4: torch.fmod(x, y)
Hypot: x4 y4: torch.hypot(x, y)
Atan2: x4 y4: torch.atan2(x, y)
Logaddexp: x4 y4: torch.logaddexp(x, y)
Logaddexp2: x4 y4: torch.logaddexp2(x, y)
Xlogy: x4 y4: torch.xlogy(x, y)
SpecialXlog1Py: x4 y4: torch.special.xlog1py(x, y)
Lerp: x4 y4 z4: torch.lerp(x, y, z)
Addcmul: x4 y4 z4: torch.addcmul(x, y, z, value=2)
Addcdiv: x4 y4 z4: torch.addcdiv(x, y, z, value=2)
Copysign: x4 y4: torch.copysign(x, y)
Maximum: x4 y4: torch.maximum(x, y)
Minimum: x4 y4: torch.minimum(x, y)
Fmax: x4 y4: torch.fmax(x, y)
Fmin: x4 y4: torch.fmin(x, y)
Neg: x4: -x
Reciprocal: x4: x.reciprocal()
Abs: x4: x.abs()
Exp: x4: x.exp()
Expm1: x4: x.expm1()
Log: x4: x.log()
Log1P: x4: x.log1p()
Log2: x4: x.log2()
Sqrt: x4: x.sqrt()
Rsqrt: x4: x.rsqrt()
Sin: x4: x.sin()
Cos: x4: x.cos()
Tan: x4: x.tan()
Asin: x4: x.asin()
Atan: x4: x.atan()
Sinh: x4: x.sinh()
Cosh: x4: x.cosh()
Erf: x4: x.erf()
Exp2: x4: x.exp2()
Log10: x4: x.log10()
Acos: x4: x.acos()
Asinh: x4: x.asinh()
Acosh: x4: x.acosh()
Atanh: x4: x.atanh()
Erfc: x4: x.erfc()
Erfinv: x4: x.erfinv()
Sinc: x4: x.sinc()
Logit: x4: x.logit()
Lgamma: x4: x.lgamma()
Digamma: x4: x.digamma()
I0: x4: torch.special.i0(x)
SpecialEntr: x4: torch.special.entr(x)
Deg2Rad: x4: x.deg2rad()
Rad2Deg: x4: x.rad2deg()
Sgn: x4: x.sgn()
Sign: x4: x.sign()
Round: x4: x.round()
Floor: x4: x.floor()
Ceil: x4: x.ceil()
Trunc: x4: x.trunc()
Frac: x4: x.frac()
NanToNum: x4: x.nan_to_num()
Tanh: x4: x.tanh()
Sigmoid: x4: x.sigmoid()
LogSigmoid: x4: F.logsigmoid(x)
Relu: x4: x.relu()
LeakyRelu: x4: F.leaky_relu(x)
Elu: x4: F.elu(x)
Silu: x4: F.silu(x)
Gelu: x4: F.gelu(x)
Softplus: x4: F.softplus(x)
Clamp: x4: x.clamp(-1., 1.)
ClampMin: x4: x.clamp_min(-1.)
ClampMax: x4: x.clamp_max(1.)
Hardtanh: x4: F.hardtanh(x)
Hardsigmoid: x4: F.hardsigmoid(x)
Hardswish: x4: F.hardswish(x)
Celu: x4: F.celu(x)
Mish: x4: F.mish(x)
Softshrink: x4: F.softshrink(x)
Hardshrink: x4: F.hardshrink(x)
Threshold: x4: F.threshold(x, 0.5, 7.)
PreluKernel: x4 y1: F.prelu(x, y)
RreluWithNoise: x4: F.rrelu(x)
Glu: x4: F.glu(x)
MaskedFill: x4: x.masked_fill(torch.tensor([True, False, True, False]), 0.)
NativeDropout: x4: torch.native_dropout(x, 0.0, True)[0]
Sum: x4: x.sum()
Nansum: x4: x.nansum()
Mean: x4: x.mean()
Max: x4: x.max()
Min: x4: x.min()
Amax: x4: x.amax()
Amin: x4: x.amin()
Aminmax: x4: torch.stack(x.aminmax())
Median: x4: x.median()
Mode: x4: x.mode()[0]
Kthvalue: x4: x.kthvalue(2)[0]
Topk: x4: x.topk(2)[0]
Cummax: x4: x.cummax(0)[0]
Cummin: x4: x.cummin(0)[0]
Prod: x4: x.prod()
Var: x4: x.var()
Std: x4: x.std()
LinalgVectorNorm: x4: x.norm()
Dist: x4 y4: torch.dist(x, y)
Logsumexp: x4: x.logsumexp(0)
Cumsum: x4: x.cumsum(0)
Cumprod: x4: x.cumprod(0)
Logcumsumexp: x4: x.logcumsumexp(0)
Softmax: x4: x.softmax(0)
LogSoftmax: x4: x.log_softmax(0)
Trace: x33: x.trace()
Mm: x32 y24: x @ y
Mv: x32 y2: x @ y
Bmm: x232 y223: torch.bmm(x, y)
Dot: x4 y4: x @ y
Addmm: x4 y32 z24: torch.addmm(x, y, z)
Addmv: x3 y32 z2: torch.addmv(x, y, z)
Baddbmm: x233 y232 z223: torch.baddbmm(x, y, z)
Addr: x32 y3 z2: torch.addr(x, y, z)
LinalgInvEx: x33: torch.linalg.inv(x + 5 * I)
LinalgDet: x33: torch.linalg.det(x + 5 * I)
LinalgSlogdet: x33: torch.linalg.slogdet(x + 5 * I)[1]
LinalgSolveEx: x33 y32: torch.linalg.solve(x + 5 * I, y)
LinalgCholeskyEx: x33: torch.linalg.cholesky(x @ x.T + 5 * I)
LinalgEigh: x33: torch.linalg.eigh(x + x.T + D)[0]
LinalgSvd: x33: torch.linalg.svd(x + D)[1]
LinalgCross: x3 y3: torch.linalg.cross(x, y)
LinalgMatrixExp: x22: torch.linalg.matrix_exp(x)
Cdist: x32 y22: torch.cdist(x, y)
Convolution: x1233 y2222 z2: F.conv2d(x, y, z)
NativeLayerNorm: x23: F.layer_norm(x, (3,))
NativeBatchNorm: x42: F.batch_norm(x, None, None, training=True)
NativeGroupNorm: x243: F.group_norm(x, 2)
AvgPool2D: x1144: F.avg_pool2d(x, 2)
AdaptiveAvgPool2D: x1144: F.adaptive_avg_pool2d(x, 2)
MaxPool2DWithIndices: x1144: F.max_pool2d(x, 2)
AdaptiveMaxPool2D: x1144: F.adaptive_max_pool2d(x, 2)
UpsampleNearest2D: x1122: F.interpolate(x, scale_factor=2)
UpsampleBilinear2D: x1122: F.interpolate(x, scale_factor=2, mode="bilinear")
GridSampler2D: x1133: F.grid_sample(x, G, align_corners=False)
FftR2C: x4: torch.view_as_real(torch.fft.rfft(x))
FftC2R: x4 y4: torch.fft.irfft(torch.complex(x, y))
FftC2C: x4 y4: torch.view_as_real(torch.fft.fft(torch.complex(x, y)))
MseLoss: x4 y4: F.mse_loss(x, y)
SmoothL1Loss: x4 y4: F.smooth_l1_loss(x, y)
HuberLoss: x4 y4: F.huber_loss(x, y)
NllLoss: x33: F.nll_loss(x, torch.tensor([0, 2, 1]))
NllLoss2D: x1322: F.nll_loss(x, torch.tensor([[[0, 2], [1, 1]]]))
BinaryCrossEntropy: x4: F.binary_cross_entropy(x, H)
BinaryCrossEntropyWithLogits: x4: F.binary_cross_entropy_with_logits(x, H)
SoftMarginLoss: x4: F.soft_margin_loss(x, 2 * H - 1)
T: x32: x.t()
Transpose: x32: x.transpose(0, 1)
Permute: x32: x.permute(1, 0)
View: x32: x.view(6)
UnsafeView: x32: x.T.reshape(6)
Unsqueeze: x4: x.unsqueeze(0)
Squeeze: x14: x.squeeze(0)
Flip: x4: x.flip(0)
Roll: x4: x.roll(1)
Rot90: x32: x.rot90()
PixelShuffle: x1422: F.pixel_shuffle(x, 2)
AsStrided: x4: x.as_strided((2,), (2,))
Select: x32: x[1]
Slice: x4: x[1:3]
Index: x4: x[torch.tensor([2, 0])]
IndexSelect: x4: x.index_select(0, torch.tensor([2, 0]))
MaskedSelect: x4: x.masked_select(torch.tensor([True, False, True, False]))
Gather: x33: x.gather(1, torch.tensor([[2], [0], [1]]))
Take: x4: x.take(torch.tensor([2, 0]))
Embedding: x32: F.embedding(torch.tensor([2, 0]), x)
Sort: x4: x.sort()[0]
Diagonal: x33: x.diagonal()
Unfold: x4: x.unfold(0, 2, 2)
Im2Col: x1144: F.unfold(x, 2, stride=2)
Unbind: x24: x.unbind()[1]
Split: x4: x.split(2)[1]
SplitWithSizes: x4: x.split([1, 3])[1]
Cat: x4 y4: torch.cat([x, y])
Stack: x4 y4: torch.stack([x, y])
DiagEmbed: x4: torch.diag_embed(x)
ConstantPadNd: x4: F.pad(x, (1, 2))
Tril: x33: x.tril()
Triu: x33: x.triu()
IndexPut: x4 y2: x.index_put((torch.tensor([2, 0]),), y)
IndexCopy: x4 y2: x.index_copy(0, torch.tensor([2, 0]), y)
IndexFill: x4: x.index_fill(0, torch.tensor([2, 0]), 7.)
Scatter: x4 y2: x.scatter(0, torch.tensor([2, 0]), y)
MaskedScatter: x4 y4: x.masked_scatter(torch.tensor([True, False, True, False]), y)
CopySlices: x4 y2: put(x, y)
Where: x4 y4: torch.where(torch.tensor([True, False, True, False]), x, y)
Expand: x4: x.expand(2, 4)
Repeat: x4: x.repeat(2)
ReflectionPad2D: x133: F.pad(x, (1, 1, 1, 1), mode="reflect")
ReplicationPad2D: x133: F.pad(x, (1, 1, 1, 1), mode="replicate")
Col2Im: x144: F.fold(x, (4, 4), 2, stride=2)
IndexAdd: x4 y2: x.index_add(0, torch.tensor([2, 0]), y)
ScatterAdd: x4 y2: x.scatter_add(0, torch.tensor([2, 0]), y)
Clone: x4: x.clone()
ToCopy: x4: x.to(torch.float32).to(torch.float64)
Alias: x4: torch.ops.aten.alias(x)
"""
"""`x32` is a leaf of shape (3, 2); `F`, `I`, `D`, `G`, `H`, `put` are in `SETUP`."""

SETUP = """
import torch.nn.functional as F
I = torch.eye(3, dtype=torch.float64)
D = torch.diag(torch.tensor([20., 40., 60.], dtype=torch.float64))
G = torch.tensor([[[[-0.3, 0.2], [0.4, 0.5]], [[0.1, -0.6], [0.7, 0.3]]]], dtype=torch.float64)
H = torch.tensor([0., 1., 1., 0.], dtype=torch.float64)
def put(x, y):
    whole = x * 1
    whole[1:3] = y
    return whole
"""


def calls() -> dict[str, tuple[tuple[tuple[str, tuple[int, ...]], ...], str]]:
    """Row name -> (leaves with their shapes, expression)."""
    found = {}
    for line in CALLS.strip().splitlines():
        name, leaves, expression = line.split(": ", 2)
        shapes = tuple((leaf[0], tuple(int(n) for n in leaf[1:])) for leaf in leaves.split())
        found[name] = shapes, expression
    return found


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
