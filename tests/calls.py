"""A call for each row of knowledge/ops: its name, the shapes of its leaves, an expression."""

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
Nanmedian: x4: x.nanmedian()
VarMean: x33: torch.cat(torch.var_mean(x, 0))
StdMean: x33: torch.cat(torch.std_mean(x, 1, correction=0))
Mode: x4: x.mode()[0]
Kthvalue: x4: x.kthvalue(2)[0]
Topk: x4: x.topk(2)[0]
Cummax: x4: x.cummax(0)[0]
Cummin: x4: x.cummin(0)[0]
Prod: x4: x.prod()
Var: x4: x.var()
Std: x4: x.std()
LinalgVectorNorm: x4: x.norm()
Trilinear: x42 y223 z43: F.bilinear(x, z, y)
Norm: x33: F.pairwise_distance(x, D, p=3)
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
Vdot: x4 y4: torch.vdot(x, y)
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
ReflectionPad1D: x23: F.pad(x, (1, 2), mode="reflect")
ReflectionPad3D: x1222: F.pad(x, (1, 1, 1, 0, 0, 1), mode="reflect")
ReplicationPad1D: x23: F.pad(x, (1, 2), mode="replicate")
ReplicationPad3D: x1222: F.pad(x, (1, 2, 1, 0, 0, 1), mode="replicate")
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
