"""The words and formulas of operations, by the call: keywords, modes, ties, composite calls.

Each program was once described wrongly, by the name of its last node. Both languages must have the
right text, and neither the wrong one.
"""

import functools
from typing import Any

import pytest

from tests import traces
from viz_app import transcript
from viz_app.knowledge import text
from viz_app.picture.words.notation import Reading

F = "import torch.nn.functional as F\n"

CASES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    # name: (program, right in every language, English and Korean sentence, wrong)
    "a call of several nodes, by its own name": (
        "x = torch.tensor([1., 2., 4.], requires_grad=True)\ny = torch.trapezoid(x, dim=0)\n"
        "y.backward()",
        ("y = trapezoid(x, dim=0) = 4.5",), (), ("(x[1:",),
    ),
    "a cast": (
        "x = torch.tensor([1.0001, 2.], requires_grad=True)\ny = x.half()\ny.sum().backward()",
        ("y = float16(x) = [1, 2]",), (), ("y = x =",),
    ),
    "a Fourier transform": (
        "x = torch.tensor([1., 2., 4., 1.], requires_grad=True)\nc = torch.fft.rfft(x)\n"
        "y = torch.fft.irfft(c)\ny[0].backward()",
        ("c = rfft(x, dim=0)", "y = irfft(c, dim=0)", "∂y[0]/∂c = irfftᴴ(G, dim=0)",
         "Re(ifft(pad(G), dim=0, norm=forward))"), (), (),
    ),
    "a transposed convolution": (
        "x = torch.ones(1, 1, 3, requires_grad=True)\n"
        "k = torch.tensor([[[1., 2.]]], requires_grad=True)\n"
        "y = F.conv_transpose1d(x, k)\ny.sum().backward()",
        ("y = x ∗ k", "∂sum(y)/∂x = G ⋆ k", "∂sum(y)/∂k = G ⋆ x = [[[3, 3]]]"), (), (),
    ),
    "a padding with a value": (
        "x = torch.ones(2, requires_grad=True)\ny = F.pad(x, (1, 0), value=3.)\n"
        "y.sum().backward()",
        ("y = pad(x, (1, 0), 3) = [3, 1, 1]", "unpad(G) = [1, 1]"), (), (),
    ),
    "a padding by the function's older name": (
        "x = torch.ones(2, requires_grad=True)\ny = torch.constant_pad_nd(x, (1, 0), 3.)\n"
        "y.sum().backward()",
        ("y = pad(x, (1, 0), 3) = [3, 1, 1]", "unpad(G) = [1, 1]"), (), (),
    ),
    "class probabilities of two places": (
        "x = torch.tensor([[[1., 2.], [0., 1.]]], requires_grad=True)\n"
        "t = torch.tensor([[[1., 0.5], [0., 0.5]]])\nL = F.cross_entropy(x, t)\nL.backward()",
        ("L = −1/2·sum(t·ln softmax(x)) = 0.5633",), (), ("only its numbers here",),
    ),
    "a learned target of a loss from logits": (
        "x = torch.tensor([1., -2.])\nt = torch.tensor([0.5, 1.], requires_grad=True)\n"
        "L = F.binary_cross_entropy_with_logits(x, t, reduction='sum')\nL.backward()",
        ("∂L/∂t = −x = [-1, 2]",), (), ("only its numbers here",),
    ),
    "an index along the last dimension": (
        "x = torch.zeros(2, 3)\ns = torch.ones(2, 2, requires_grad=True)\n"
        "i = torch.tensor([0, 2])\ny = x.index_add(-1, i, s)\ny.sum().backward()",
        ("= G[…, i] = ",), (), ("= G[i]",),
    ),
    "a diagonal above the first": (
        "x = torch.ones(3, 3, requires_grad=True)\nd = x.diagonal(1)\nd.sum().backward()",
        ("d = diagonal(x, 1, 0, 1)",), (), ("diagonal(x)",),
    ),
    "softplus beyond its threshold": (
        "x = torch.tensor([0.1, 3.], requires_grad=True)\ny = F.softplus(x, threshold=1)\n"
        "y.sum().backward()",
        ("y = x if x > 1 else ln(1 + exp(x)) = [0.7444, 3]", "1 if x > 1 else σ(x)"), (), (),
    ),
    "a norm that is 0": (
        "x = torch.zeros(2, requires_grad=True)\nn = x.norm()\nn.backward()",
        ("x/n if n > 0 else 0",), (), (),
    ),
    "a product with a 0": (
        "x = torch.tensor([2., 0., 3.], requires_grad=True)\np = x.prod()\np.backward()",
        ("= [0, 6, 0]", "∏_(j≠i) xⱼ"), (), ("p/x",),
    ),
    "a running product with a 0": (
        "x = torch.tensor([2., 0., 3.], requires_grad=True)\nc = x.cumprod(0)\n"
        "c.sum().backward()",
        ("∑_(j≥i) Gⱼ·∏_(k≤j, k≠i) xₖ (dim 0) = [1, 8, 0]",), (), ("/x",),
    ),
    "the angle of a complex number": (
        "z = torch.tensor([1 + 2j], requires_grad=True)\na = z.angle()\na.sum().backward()",
        ("i·z/|z|²",), (), ("× 0",),
    ),
    "a real number among complex ones": (
        "x = torch.tensor([2.], requires_grad=True)\nz = torch.tensor([1 + 2j])\n"
        "y = x * z\ny.backward(torch.tensor([1 + 1j]))",
        ("Re(G·conj(z)) = [3]",), (), (),
    ),
    "a number too large for its dtype": (
        "x = torch.tensor([2e38], requires_grad=True)\ny = x * 10\ny.sum().backward()",
        ("y = x·10 = [inf]",), (), (),
    ),
    "a condition before what is no number": (
        "x = torch.tensor([1., -1.], requires_grad=True)\ny = x.relu()\n"
        "y.backward(torch.tensor([2., float('nan')]))",
        ("[x > 0]", "= [2, 0]"), ("lets it through where", "인 자리만 통과시키고"), (),
    ),
    "a class with the name of an operation": (
        "class Sign(torch.autograd.Function):\n"
        "    @staticmethod\n    def forward(ctx, x):\n        return x * 7\n"
        "    @staticmethod\n    def backward(ctx, g):\n        return g\n"
        "x = torch.tensor([1., -1.], requires_grad=True)\ny = Sign.apply(x)\n"
        "y.sum().backward()",
        (), (), ("sgn(x)",),
    ),
    "a mask that is a constant beside a number": (
        "e = torch.tensor([1., 2.], requires_grad=True)\nm = torch.tensor([True, False])\n"
        "o = torch.tensor([7., 8.])\ny = torch.where(m, e, o)\ny.sum().backward()",
        ("y = e if m else o = [1, 8]",), (), (),
    ),
    "a change in place": (
        "x = torch.tensor([1., 2.], requires_grad=True)\ny = x * 2\ny.add_(1)\n"
        "y.sum().backward()",
        ("y₂ = y + 1 = [3, 5]",), (), ("self + 1",),
    ),
    "one name for one state after another": (
        "w = torch.tensor(0.5, requires_grad=True)\nh = torch.tensor(1.)\n"
        "for _ in range(2):\n    h = torch.tanh(w * h)\nh.backward()",
        ("h₂ = tanh(w*h)", "h₃ = tanh(w*h₂)", "∂h₃/∂(w*h₂) = 1 − h₃²"), (), ("∂h/∂", "h₄"),
    ),
    "a name given to the result of its own tensor": (
        "z = torch.tensor([2., 1.], requires_grad=True)\nz = z * 2\nz = z + 1\nz[0] = z[0] * 3\n"
        "z.sum().backward()",
        ("z₂ = z·2", "z₃ = z₂ + 1", "z[0]₂ = z[0]·3", "∂z[0]₂/∂z[0] = 3"), (),
        ("∂z/∂z ", "∂z[0]/∂z[0]"),
    ),
    "results of one call, each by its own name": (
        "x = torch.tensor([1., 2., 3., 4.], requires_grad=True)\na, b = x.chunk(2)\n"
        "y = (a * b).sum()\ny.backward()",
        ("a = x[:2]", "1 · a · ∂b/∂x", "1 · b · ∂a/∂x"), (), ("1 · a · ∂a/∂x",),
    ),
    "a max pooling that no backward pass went through": (
        "import torch.nn.functional as F\nx = torch.tensor([[[5., 1., -2.], [-1., 7., 3.], "
        "[4., 0., 2.]]], requires_grad=True)\ny = F.max_pool2d(x, 2, 2, 1)\n"
        "z = F.max_pool2d(x, 2, 1, dilation=2)\nw = F.max_pool2d(x, 2, 2, ceil_mode=True)\n"
        "x.sum().backward()",
        ("y = max_pool(x) = [[[5, 1], [4, 7]]]", "z = max_pool(x) = [[[5]]]",
         "w = max_pool(x) = [[[7, 3], [4, 2]]]"), (), (),
    ),
    "a dropout's mask": (
        "x = torch.ones(8, requires_grad=True)\ny = torch.nn.functional.dropout(x, 0.5)\n"
        "y.sum().backward()",
        ("y = x·mask",), (), ("other",),
    ),
    "a part of an expression": (
        "x = torch.tensor([1., 2.], requires_grad=True)\na, b = (x * 2).unbind(0)\n"
        "(a * b).backward()",
        ("a = (x*2)[0] = 2",), (), ("x*2[0]",),
    ),
    "two results with the same short name": (
        "import torch.nn.functional as F\nx = torch.tensor([[1., 2.]], requires_grad=True)\n"
        "a = F.log_softmax(x, dim=1)[0, 1] * F.log_softmax(x, dim=-1)[0, 0]\n"
        "b = F.hinge_embedding_loss(x, torch.ones(1, 2))\n(a + b).backward()",
        (), (), ("where ones and",),
    ),
    "a value written unseen": (
        "w = torch.tensor([1., 1.], requires_grad=True)\nf = w * 1\nf.data.add_(1)\n"
        "y = f * f\ny.sum().backward()",
        ("y = f·f = [4, 4]",), (), (),
    ),
    "a result overwritten by out= later": (
        "x = torch.ones(6, 6, requires_grad=True)\ny = x * 3\nz = y + 1\n"
        "with torch.no_grad():\n    torch.mul(x, 2, out=y)\nz.sum().backward()",
        ("y = x·3 = [[", "(shape 6×6)"), (), (),
    ),
    "an operand first heard of when it is written to": (
        "x = torch.ones(6, 6, requires_grad=True)\nf = torch.zeros(6, 6)\nf[0] = x[0]\n"
        "f.diagonal().copy_(x[1])\nf.addcmul_(x, x, value=.1)\nf.sum().backward()",
        (" + 0.1x·x = [[",), (), (),
    ),
    "cross entropy with shares of classes": (
        "x = torch.tensor([[0.3, -1.]], requires_grad=True)\nt = torch.tensor([[0.3, 0.7]])\n"
        "L = F.cross_entropy(x, t)\nL.backward()",
        ("sum(t·ln softmax(x)) = 1.151",), (), ("= t/x", "t + x"),
    ),
    "normalize": (
        "x = torch.tensor([3., 4.], requires_grad=True)\ny = F.normalize(x, dim=0)\n"
        "y[0].backward()",
        ("y = x/max(‖x‖(dim=0), 1e-12) = [0.6, 0.8]",), (), ("x/x",),
    ),
    "tanhshrink": (
        "x = torch.tensor([0.3, -1.], requires_grad=True)\ny = F.tanhshrink(x)\ny.sum().backward()",
        ("y = x − tanh(x) = [0.008687, -0.2384]",), (), ("x − x", "x - x"),
    ),
    "float_power": (
        "x = torch.tensor(2., requires_grad=True)\ny = torch.float_power(x, 3)\ny.backward()",
        ("y = x³ = 8",), (), ("3 ** x", "3^x"),
    ),
    "mse_loss with a sum": (
        "x = torch.tensor([1., 2., 4.], requires_grad=True)\nt = torch.zeros(3)\n"
        "L = F.mse_loss(x, t, reduction='sum')\nL.backward()",
        ("L = sum((x − t)²) = 21", "∂L/∂x = 2(x − t) = [2, 4, 8]"), (), ("1/3", ")/3"),
    ),
    "add with alpha": (
        "x = torch.tensor(3., requires_grad=True)\ny = torch.tensor(5., requires_grad=True)\n"
        "z = torch.add(x, y, alpha=2)\nz.backward()",
        ("z = x + 2y = 13", "(× 2)"),
        ("one local derivative for each operand", "피연산자마다 각각의 국소 미분"),
        ("passes unchanged", "그대로 넘겨"),
    ),
    "variance of a population": (
        "x = torch.tensor([1., 2., 6.], requires_grad=True)\nv = x.var(unbiased=False)\n"
        "v.backward()",
        ("v = var(x, correction=0) = 4.667", "2(x − mean(x))/3 = [-1.333, -0.6667, 2]"), (),
        ("N − 1", "3 − 1"),
    ),
    "division rounded down": (
        "x = torch.tensor(7., requires_grad=True)\ny = torch.tensor(2., requires_grad=True)\n"
        "z = torch.div(x, y, rounding_mode='floor')\nz.backward()",
        ("z = ⌊x/y⌋ = 3", "(× 0)"), (), ("÷ y",),
    ),
    "batch norm in evaluation": (
        "bn = torch.nn.BatchNorm1d(2)\nbn.eval()\nbn.running_mean.copy_(torch.tensor([1., -1.]))\n"
        "bn.running_var.copy_(torch.tensor([4., 9.]))\n"
        "x = torch.tensor([[1., 2.], [3., 5.]], requires_grad=True)\ny = bn(x)\n"
        "y[0].sum().backward()",
        ("y = (x − running_mean)/√(running_var + 1e-5)·bn.weight + bn.bias = [[0, 1], [1, 2]]",
         "G·bn.weight/√(running_var + 1e-5)"), (), ("mean(G", "zeros", "ones"),
    ),
    "l1_loss": (
        "x = torch.tensor([0.3, -6.], requires_grad=True)\nt = torch.tensor([0.3, 1.])\n"
        "L = F.l1_loss(x, t)\nL.backward()",
        ("L = 1/2·sum(|x − t|) = 3.5", "1/2"),
        ("multiplies by its local derivative", "국소 미분"), ("1/1",),
    ),
    "backward with a vector": (
        "x = torch.tensor([1., 2., 3.], requires_grad=True)\ny = x * 2\n"
        "v = torch.tensor([0.1, 1., 0.0001])\ny.backward(v)",
        ("v = [0.1, 1, 0.0001]", "∂(v·y)/∂x = [0.2, 2, 0.0002]", "v · 2 = [0.2, 2, 0.0002]"),
        ("the gradient passed to backward for y", "backward에 y의 그래디언트로 건네준"),
        ("∂y/∂y",),
    ),
    "leaky_relu": (
        "x = torch.tensor([-2., 3.], requires_grad=True)\ny = F.leaky_relu(x, 0.1)\n"
        "y.sum().backward()",
        ("1 if x > 0 else 0.1 = [0.1, 1]",),
        ("multiplies by its local derivative", "국소 미분"),
        ("blocks it", "막은", "1orα"),
    ),
    "a place taken twice": (
        "x = torch.tensor([1., 2., 3.], requires_grad=True)\ny = x[[0, 0, 1]]\n"
        "(y * torch.tensor([1., 2., 3.])).sum().backward()",
        ("[3, 3, 0]",),
        ("adds up where a place was taken more than once", "여러 번 가져간 자리에서는 더한"), (),
    ),
    "a tie in amax": (
        "x = torch.tensor([2., 5., 5.], requires_grad=True)\nm = x.amax()\nm.backward()",
        ("[x = m]/sum([x = m]) = [0, 0.5, 0.5]",), (), ("lets it through", "통과시키고"),
    ),
    "a product of complex numbers": (
        "a = torch.tensor(1. + 2.j, requires_grad=True)\n"
        "b = torch.tensor(3. - 1.j, requires_grad=True)\nc = a * b\nL = c.real\nL.backward()",
        ("1+0j · conj(b) = 3+1j", "1+0j · conj(a) = 1-2j", "L = c.real = 5"),
        ("only its numbers are shown", "복소수라서"), ("too large", "너무 커서", "[ ](c)"),
    ),
    "an element of a matrix": (
        "x = torch.tensor([[1., 2.], [3., 4.]], requires_grad=True)\ny = x[0, 1] * 2\ny.backward()",
        ("∂y/∂x[0] = [0, 2]",), (), ("∂x[0,1]/∂x[0,1]", "∂y/∂x[0,1] = [0, 2]"),
    ),
    "abs at zero": (
        "x = torch.tensor([0., -3.], requires_grad=True)\ny = x.abs()\ny.sum().backward()",
        ("sgn(x) = [0, -1]",), (), ("= [1, -1]",),
    ),
    "a variance with its mean": (
        "x = torch.tensor([[1., 2.], [3., 8.]], requires_grad=True)\n"
        "v, m = torch.var_mean(x, 1, correction=0)\n(v * m).sum().backward()",
        ("var(x, dim=1, correction=0)", "∂sum(v*m)/∂x = 2G(x − mean(x, dim=1))/2 + G₁/2"),
        (), ("only its numbers",),
    ),
    "a deviation with its mean": (
        "x = torch.tensor([1., 2., 6.], requires_grad=True)\ns, m = torch.std_mean(x)\n"
        "(2 * s + m).backward()",
        ("std(x) = 2.646", "= G(x − mean(x))/((3 − 1)·s) + G₁/3"), (), ("only its numbers",),
    ),
    "the smallest and the largest": (
        "x = torch.tensor([1., 2., 6., 1.], requires_grad=True)\nlow, high = x.aminmax()\n"
        "(high - low).backward()",
        ("G·[x = low]/sum([x = low]) + G₁·[x = high]/sum([x = high]) = [-0.5, 0, 1, -0.5]",),
        (), ("only its numbers",),
    ),
    "the lower number in the middle": (
        "x = torch.tensor([4., 1., 3., 2.], requires_grad=True)\nm = x.median()\nm.backward()",
        ("m = median(x) = 2",), (), ("mean(",),
    ),
    "a softmax of a row that a mask hides": (
        "x = torch.tensor([[1., 2.], [-torch.inf, -torch.inf]], requires_grad=True)\n"
        "y = torch.ops.aten._safe_softmax(x, 1)\ny.sum().backward()",
        ("softmax(x) if max(x, dim=1) > -inf else 0",), (), (),
    ),
    "a reflection that also cuts": (
        "x = torch.tensor([[1., 2., 3., 4.]], requires_grad=True)\n"
        "y = F.pad(x, (-1, 1), mode='reflect')\ny.sum().backward()",
        ("y = pad(x) = [[2, 3, 4, 3]]", "∑_(j→i) Gⱼ = [[0, 1, 2, 1]]"), (), ("only its numbers",),
    ),
    "a filled place named twice": (
        "x = torch.ones(3, requires_grad=True)\nv = torch.tensor(5., requires_grad=True)\n"
        "y = x.index_fill(0, torch.tensor([2, 2]), v)\ny.sum().backward()",
        ("∂sum(y)/∂v = sum(G) − sum(without(G)) = 1",), (), ("sum(G[",),
    ),
    "a hinge loss of targets other than signs": (
        "x = torch.tensor([0.5, 2.], requires_grad=True)\nt = torch.tensor([1., 3.])\n"
        "L = F.hinge_embedding_loss(x, t, reduction='sum')\nL.backward()",
        ("L = sum((x if t ≠ −1 else 0) + (max(0, 1 − x) if t ≠ 1 else 0)) = 2.5",),
        (), ("if t = 1",),
    ),
    "a hinge loss of signs": (
        "x = torch.tensor([0.5, 0.2], requires_grad=True)\nt = torch.tensor([1., -1.])\n"
        "L = F.hinge_embedding_loss(x, t)\nL.backward()",
        ("L = 1/2·sum(x if t = 1 else max(0, 1 − x)) = 0.65",), (), ("≠",),
    ),
    "the largest of complex magnitudes": (
        "x = torch.tensor([3. + 4.j, 1. + 1.1j], dtype=torch.complex64, requires_grad=True)\n"
        "n = torch.linalg.vector_norm(x * 1.1, torch.inf)\nn.backward()",
        ("[|x*1.1| = n]/sum([|x*1.1| = n])",), (), ("no formula",),
    ),
    "an upper factor of complex numbers": (
        "x = torch.tensor([[5. + 0.j, 1. + 2.j], [1. - 2.j, 6. + 0.j]], requires_grad=True)\n"
        "U = torch.linalg.cholesky(x, upper=True)\n(U * (1 + 2j)).sum().real.backward()",
        ("U = conj(cholesky(x))ᵀ", "sym("), (), ("no formula",),
    ),
    "a lower factor of complex numbers": (
        "x = torch.tensor([[5. + 0.j, 1. + 2.j], [1. - 2.j, 6. + 0.j]], requires_grad=True)\n"
        "L = torch.linalg.cholesky(x)\n(L * (1 + 2j)).sum().real.backward()",
        ("L = cholesky(x)", "sym(conj(L)⁻ᵀ Φ(conj(L)ᵀ G) L⁻¹)"), (), ("no formula",),
    ),
    "the sign and size of a determinant": (
        "x = torch.tensor([[2., 1.], [0., -3.]], requires_grad=True)\n"
        "s, l = torch.linalg.slogdet(x)\n(s * l).backward()",
        ("s = sgn(det(x)) = -1", "∂(s*l)/∂x = G₁·x⁻ᵀ"), (), ("only its numbers",),
    ),
    "determinants of a batch": (
        "x = torch.tensor([[[2., 1.], [0., 3.]], [[1., 0.], [5., 4.]]], requires_grad=True)\n"
        "d = torch.linalg.det(x)\nd.sum().backward()",
        ("d = det(x) = [6, 4]", "∂sum(d)/∂x = G·d·x⁻ᵀ"), (), ("only its numbers",),
    ),
    "a distance of pairs": (
        "x = torch.tensor([[1., 2.]], requires_grad=True)\ny = torch.zeros(1, 2)\n"
        "d = F.pairwise_distance(x, y, p=1)\nd.sum().backward()",
        ("sgn(",), (), ("only its numbers",),
    ),
    "an interpolation between corners": (
        "x = torch.tensor([[[[0., 2.], [4., 6.]]]], requires_grad=True)\n"
        "y = F.interpolate(x, size=3, mode='bilinear', align_corners=True)\ny.sum().backward()",
        ("y = interpolate(x, size=3, mode='bilinear', align_corners=True)", "interpolateᵀ(G)"),
        (), ("only its numbers", "scale_factor"),
    ),
    "an interpolation by a factor": (
        "x = torch.tensor([[[0., 2., 4.]]], requires_grad=True)\n"
        "y = F.interpolate(x, scale_factor=1.5)\ny.sum().backward()",
        ("y = interpolate(x, scale_factor=1.5, mode='nearest')", "∑_(j→i) Gⱼ = [[[2, 1, 1]]]"),
        (), ("only its numbers", "size="),
    ),
    "a triangular system from the right": (
        "A = torch.tensor([[2., 1.], [9., 4.]], requires_grad=True)\n"
        "B = torch.tensor([[1., 2.]], requires_grad=True)\n"
        "y = torch.linalg.solve_triangular(A, B, upper=True, left=False)\ny.sum().backward()",
        ("y = B @ triu(A)⁻¹ = [[0.5, 0.375]]", "· triu(A)⁻ᵀ"),
        (), ("only its numbers", "tril("),
    ),
    "a triangular system with ones on its diagonal": (
        "A = torch.tensor([[2., 9.], [3., 4.]], requires_grad=True)\n"
        "B = torch.tensor([[1.], [5.]], requires_grad=True)\n"
        "y = torch.linalg.solve_triangular(A, B, upper=False, unitriangular=True)\n"
        "(y * B).sum().backward()",
        ("y = (I + tril(A, -1))⁻¹ @ B = [[1], [2]]", "∂sum(y*B)/∂A = −tril("),
        (), ("only its numbers",),
    ),
    "a complex factor of a product": (
        "b = torch.ones(1, 1, dtype=torch.complex64, requires_grad=True)\n"
        "x = torch.full((1, 1), 2j, requires_grad=True)\n"
        "y = torch.addmm(b, x, x, alpha=2 + 1j)\ny.real.sum().backward()",
        ("y = b + (2+1j)·x @ x = [[-7-4j]]", "conj((2+1j))"), (), ("alpha=1",),
    ),
    "a margin between classes, averaged": (
        "x = torch.tensor([[1., 0.5, 3.], [2., 2., 0.]], requires_grad=True)\n"
        "t = torch.tensor([0, 1])\nL = F.multi_margin_loss(x, t)\nL.backward()",
        ("L = sum(meanⱼ([j ≠ t[i]]·max(0, 1 − x[i, t[i]] + x[i, j])))/n = 0.75",
         "G/n/C·(d − [j = t[i]]·sumⱼ(d)), d = [j ≠ t[i]]·[m > 0]"),
        (), ("only its numbers",),
    ),
    "a squared margin between classes, with weights": (
        "x = torch.tensor([[1., 0.5, 3.], [2., 2., 0.]], requires_grad=True)\n"
        "t = torch.tensor([0, 1])\nw = torch.tensor([2., 1., 1.])\n"
        "L = F.multi_margin_loss(x, t, p=2, weight=w, reduction='sum')\nL.backward()",
        ("w[t[i]]·meanⱼ([j ≠ t[i]]·max(0, 1 − x[i, t[i]] + x[i, j])²)", "d = [j ≠ t[i]]·2·max("),
        (), ("only its numbers", "[m > 0]"),
    ),
    "an attention with a mask, as one node": (
        "q = torch.tensor([[[[1., 0.], [0., 2.]]]], requires_grad=True)\n"
        "k = torch.tensor([[[[1., 1.], [0., 1.]]]], requires_grad=True)\n"
        "v = torch.tensor([[[[1., 2.], [3., 5.]]]], requires_grad=True)\n"
        "m = torch.tensor([[0.5, 0.], [-1., 2.]])\n"
        "y = F.scaled_dot_product_attention(q, k, v, attn_mask=m, scale=0.3)\n"
        "(y * y).sum().backward()",
        ("y = softmax(0.3q @ kᵀ + m) @ v",
         "∂sum(y*y)/∂q = 0.3(softmax(0.3q @ kᵀ + m)·(G @ vᵀ − sum(G·y, dim=−1))) @ k",
         "∂sum(y*y)/∂k = 0.3(softmax(0.3q @ kᵀ + m)·(G @ vᵀ − sum(G·y, dim=−1)))ᵀ @ q",
         "∂sum(y*y)/∂v = softmax(0.3q @ kᵀ + m)ᵀ G"),
        (), ("only its numbers", "causal("),
    ),
    "a causal attention, as one node": (
        "q = torch.tensor([[[[1., 0.], [0., 2.]]]], requires_grad=True)\n"
        "k = torch.tensor([[[[1., 1.], [0., 1.]]]], requires_grad=True)\n"
        "v = torch.tensor([[[[1., 2.], [3., 5.]]]], requires_grad=True)\n"
        "y = F.scaled_dot_product_attention(q, k, v, is_causal=True)\n(y * y).sum().backward()",
        ("y = softmax(causal(q @ kᵀ/√(2))) @ v", "∂sum(y*y)/∂v = softmax(causal(q @ kᵀ/√(2)))ᵀ G"),
        (), ("only its numbers",),
    ),
    "singular vectors": (
        "A = torch.tensor([[2., 1.], [0., 3.]], requires_grad=True)\n"
        "U, S, Vh = torch.linalg.svd(A)\n(U[0, 0] * Vh[0, 0]).backward()",
        ("[[0.2898, 0], [0, 0]]",), ("no formula", "식은 없고"), ("diag(", "Vᵀ"),
    ),
    "a product that autograd reshapes first": (
        "x = torch.ones(1, 2, 3, requires_grad=True)\nw = torch.ones(3, 2)\ny = x @ w\n"
        "y.sum().backward()",
        ("y = x @ w = [[[3, 3], [3, 3]]]",), (), ("w @ x",),
    ),
    "an outer product": (
        "x = torch.tensor([1., 2.], requires_grad=True)\ny = torch.outer(x, x)\n"
        "y.sum().backward()",
        ("y = outer(x, x) = [[1, 2], [2, 4]]",), (), ("y = x·x", "y = x²"),
    ),
    "a number over a tensor": (
        "x = torch.tensor([1., 2.], requires_grad=True)\ny = 3 / x\ny.sum().backward()",
        ("y = 3/x = [3, 1.5]",), (), ("1/x·3",),
    ),
    "a gradient of a gradient": (
        "x = torch.tensor(0.5, requires_grad=True)\ny = x.tanh()\n"
        "(g,) = torch.autograd.grad(y, x, create_graph=True)\ng.backward()",
        ("g = 1 − y² = 0.7864", "∂g/∂y = −2y = -0.9242"), (), ("g = tanh(", "tanh′"),
    ),
    "a program with a G of its own": (
        "G = torch.tensor([[1., 2.], [3., 4.]], requires_grad=True)\n"
        "w = torch.tensor([[1., 1.], [0., 2.]], requires_grad=True)\n(G @ w).sum().backward()",
        ("∂sum(G @ w)/∂G = [[2, 2], [2, 2]]",), (), ("Gᵀ G", "G wᵀ"),
    ),
    "the largest elements": (
        "x = torch.tensor([1., 3., 2.], requires_grad=True)\nv, i = torch.topk(x, 2)\n"
        "v.sum().backward()",
        ("v = topk(x, 2) = [3, 2]",), (), (),
    ),
    "the smallest elements": (
        "x = torch.tensor([1., 3., 2.], requires_grad=True)\n"
        "v, i = torch.topk(x, 2, largest=False)\nv.sum().backward()",
        ("v = gather(x, dim=-1, index=[0, 2]) = [1, 2]",), (), ("topk(x, 2) =",),
    ),
    "a masked fill": (
        "x = torch.tensor([1., 3.], requires_grad=True)\nm = torch.tensor([True, False])\n"
        "y = x.masked_fill(m, 5.)\ny.sum().backward()",
        ("y = 5 if m else x = [5, 3]", "[not m]"), (), (),
    ),
    "only zeros arrive at an operation without a formula": (
        "class Twice(torch.autograd.Function):\n    @staticmethod\n"
        "    def forward(ctx, x):\n        return 2 * x\n    @staticmethod\n"
        "    def backward(ctx, grad):\n        return 2 * grad\n"
        "x = torch.tensor([1., 2.], requires_grad=True)\n(Twice.apply(x) * 0).sum().backward()",
        (), ("Only zeros arrived, so only zeros are passed on", "도착한 값이 모두 0이므로"),
        (),
    ),
    "a leaf written to in place between two uses": (
        "w = torch.ones(2, requires_grad=True)\na = (w * 3).sum()\nwith torch.no_grad():\n"
        "    w[1] = 5.\nb = (w ** 2).sum()\n(a + b).backward()",
        ("= [3, 3]", "= [2, 10]"), ("∂(a + b)/∂w (line 2)", "∂(a + b)/∂w(2번째 줄)"), (),
    ),
    "keywords that change a call are part of it": (
        "x = torch.tensor([3., -4.], requires_grad=True)\nt = torch.zeros(2)\n"
        "a = F.huber_loss(x, t, delta=2., reduction='sum')\nb = torch.linalg.norm(x, ord=1)\n"
        "c = F.binary_cross_entropy_with_logits(x, t, pos_weight=torch.tensor([2., 2.]))\n"
        "d = F.leaky_relu(x, 0.2).sum()\n(a + b + c + d).backward()",
        ("a = huber_loss(x, t, reduction='sum', delta=2) = 10",
         "b = linalg.norm(x, ord=1) = 7",
         "c = binary_cross_entropy_with_logits(x, t, pos_weight=tensor) = ",
         "leaky_relu(x, negative_slope=0.2) = [3, -0.8]"), (), ("= bce(", "= norm("),
    ),
    "a multiplication inside another call": (
        "torch.manual_seed(0)\nx = torch.tensor([3., -4., 2.], requires_grad=True)\n"
        "y = F.dropout(x, 0.25)\ny.sum().backward()",
        ("y = dropout(x, p=0.25) = ",), (), ("mul(x)",),
    ),
    "a part that is not written in one line": (
        "x = torch.ones(2, 3, requires_grad=True)\nrows = torch.tensor([0, 1])\n"
        "y = x[rows,\n      torch.tensor([1, 2])]\ny.sum().backward()",
        ("y = x[…] = [1, 1]",), (), ("getitem(", "[ ]"),
    ),
    "a hook that changes a gradient": (
        "x = torch.tensor([1., 2.], requires_grad=True)\ny = x * 3\n"
        "y.register_hook(lambda g: g * 10)\ny.sum().backward()",
        ("MulBackward0", "∇y = [10, 10]", "x.grad = ∇x = [30, 30]"),
        ("A hook of the program changed a gradient at this step.",
         "이 단계에서 프로그램의 훅이 그래디언트를 바꾸었습니다."),
        ("∂sum(y)/∂x", "too many", "너무 많아"),
    ),
    "a slope at a tie": (
        "x = torch.tensor([[1., 5., 5.]], requires_grad=True)\nv = x.max(dim=1).values.sum()\n"
        "v.backward()",
        (), ("at x[0, 1] = 5: finite differences give no single slope there",
             "x[0, 1] = 5일 때 v = 5입니다. 꺾이거나 끊어진 점"), ("slope 0.5", "기울기는 0.5"),
    ),
    "the first of several results, others unused": (
        "g = torch.nn.GroupNorm(1, 2)\n"
        "x = torch.tensor([[[1., 2.], [3., 5.]]], requires_grad=True)\n"
        "y = g(x)\ny[0, 0].sum().backward()",
        (), ("Three ways agree", "유한 차분"), ("too many", "너무 많아", "= \n"),
    ),
    "two results of one line whose names would be equal": (
        "x = torch.tensor([[1., 2.], [0.5, 3.]], requires_grad=True)\nfor turn in range(2):\n"
        "    y = (x * 2 + 1 - x).sum() * (x ** 3 - 4 * x).sum()\ny.backward()",
        ("y = sum·sum₂ = ", "∂y/∂sum₂"), (), ("sum·sum =", "sum₃"),
    ),
    "a convolution with a stride and groups": (
        "x = torch.arange(8.).reshape(1, 2, 4).requires_grad_()\n"
        "k = torch.ones(2, 1, 2, requires_grad=True)\n"
        "y = F.conv1d(x, k, stride=2, groups=2)\ny.sum().backward()",
        ("y = x ⋆(stride=2, groups=2) k = ", "G ∗(stride=2, groups=2) k"), (), (),
    ),
    "a product with a list of ones": (
        "x = torch.tensor([1., 2.], requires_grad=True)\ny = (x ** 3).sum()\n"
        "g, = torch.autograd.grad(y, x, create_graph=True)\n(g ** 2).sum().backward()",
        (), (), ("lets it through where 1", "1, 1인 곳"),
    ),
    "a result that takes its operand's name": (
        "y = x = torch.tensor(1.5, requires_grad=True)\nwhile y < 4:\n    y = y * y\ny.backward()",
        ("(× y)",), (), ("× self", "× other"),
    ),
    "a step of gradient descent": (
        "w = torch.tensor(1., requires_grad=True)\nfor turn in range(2):\n"
        "    L = (w - 3) ** 2\n    L.backward()\n    with torch.no_grad():\n"
        "        w -= 0.1 * w.grad\n        w.grad = None",
        ("w ← w − 0.1·∇w = 1 − 0.1·(-4) = 1.4",),
        ("0.1 times its gradient is subtracted", "그래디언트의 0.1배를 빼서"), (),
    ),
    "a step of another optimiser": (
        "w = torch.tensor([1., 2.], requires_grad=True)\nopt = torch.optim.Adam([w], lr=0.1)\n"
        "for turn in range(2):\n    opt.zero_grad()\n    L = (w ** 2).sum()\n"
        "    L.backward()\n    opt.step()",
        (), ("is changed in place from [1, 2] to [0.9, 1.9]. It is", "[1, 2]에서 [0.9, 1.9]로"),
        ("times its gradient", "∇w = ["),
    ),
    "shapes are no numbers": (
        "x = torch.arange(8.).requires_grad_()\ny = x * 2\ny.sum().backward()",
        ("y = x·2 = [0, 2, …] (shape 8)",), (), ("[8]",),
    ),
}  # fmt: skip


@functools.cache
def _said(program: str, language: str) -> tuple[Any, str]:
    words = text.load(language)
    document = transcript.document(traces.run(F + program), words, language)
    return document, "\n".join(transcript.lines(document, words))


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", CASES)
def test_sentences_are_right(name: str, language: str) -> None:
    program, right, sentences, wrong = CASES[name]
    document, said = _said(program, language)
    for one in right:
        assert one in said
    if sentences:
        assert sentences[language == "ko"] in said
    for one in wrong:
        assert one not in said
    assert document["proofs"]["disproved"] == []


def test_variable_named_like_a_function_is_not_written_as_a_call() -> None:
    """σ(1 − σ) would read as the function of 1 − σ where σ is the name of a result."""
    _, said = _said(
        "cell = torch.nn.LSTMCell(1, 1)\nx = torch.ones(1, 1)\nh, c = cell(x)\nh.sum().backward()",
        "en",
    )
    assert "σ·(1 − σ)" in said
    assert "σ(1 − σ)" not in said


def test_a_derivative_is_proven_by_differences_where_only_zeros_arrive() -> None:
    """For twenty elements no Jacobian is read, and zeros prove nothing about a factor."""
    document, _ = _said(
        "x = torch.linspace(-1, 1, 20, requires_grad=True)\n(x.exp() * 0).sum().backward()", "en"
    )
    found = [one for step in document["steps"] for one in step.get("derivatives", ())]
    assert [(one["plain"], one["proof"]) for one in found if one["to"] == "x"] == [
        ("exp(x)", "differences")
    ]


def test_derivative_uses_the_name_of_its_operand() -> None:
    """b is the second result of the split: a derivative with respect to it is not one for a."""
    _, said = _said(
        "x = torch.tensor([1., 2., 3., 4.], requires_grad=True)\na, b = x.split(2)\n"
        "y = b.tanh()\ny.sum().backward()",
        "en",
    )
    assert "∂y/∂b = 1 − y²" in said
    assert "∂y/∂a" not in said


def test_complex_nan_gradient_passes_unchanged() -> None:
    _, said = _said(
        "x = torch.ones(2, 2, dtype=torch.complex128, requires_grad=True)\n"
        "s = x.sum(1)\n(s / torch.tensor([0., 1.])).backward(torch.tensor([1j, 2 + 1j]))",
        "en",
    )
    assert "nan" in said
    assert "hands it unchanged to every element" in said
    assert "the same share" not in said


@pytest.mark.parametrize(
    ("call", "inside"),
    [
        ("torch.linalg.matrix_norm(x, 1)", "norm(x, dim=0, ord=1)"),
        ("torch.nn.functional.normalize(x, dim=0)", "norm(x, dim=0)"),
    ],
)
def test_a_reduction_inside_a_call_is_written_with_its_dimension(call: str, inside: str) -> None:
    trace = traces.run(
        f"x = torch.tensor([[3., 1.], [4., 2.]], requires_grad=True)\n{call}.sum().backward()"
    )
    reading = Reading(trace)
    norm = next(one for one in trace.nodes if one.grad_fn == "LinalgVectorNormBackward0")
    assert reading.expression(norm) == inside
    assert reading.label(norm.id) != "norm(x)"
