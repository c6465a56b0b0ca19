import torch
from torch.autograd import Function
from torch.autograd.function import once_differentiable


class MyMatmul(Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(a, b):
        return a @ b

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.set_materialize_grads(False)

    @staticmethod
    def backward(ctx, g):
        a, b = ctx.saved_tensors
        ga = gb = None
        if g is None:
            return None, None
        if ctx.needs_input_grad[0]:
            ga = g @ b.mT
        if ctx.needs_input_grad[1]:
            gb = a.mT @ g
        return ga, gb


class Split(Function):
    @staticmethod
    def forward(ctx, x, k):
        ctx.k = k
        ctx.n = len(x)
        idx = x.argsort()
        ctx.mark_non_differentiable(idx)
        return x[:k].clone(), x[k:].clone(), idx

    @staticmethod
    @once_differentiable
    def backward(ctx, g1, g2, _):
        return torch.cat([g1, g2]), None


class NoOutput(Function):
    @staticmethod
    def forward(ctx, *xs):
        ctx.n = len(xs)
        return tuple(x + i for i, x in enumerate(xs))

    @staticmethod
    def backward(ctx, *gs):
        print("backward", [None if g is None else g.tolist() for g in gs])
        return gs


a = torch.randn(2, 3, requires_grad=True)
b = torch.randn(3, 2)
MyMatmul.apply(a, b).sum().backward()
bs = torch.randn(4, 3, 2, requires_grad=True)
torch.func.vmap(MyMatmul.apply, in_dims=(None, 0))(a, bs).sum().backward()
print(torch.autograd.gradcheck(MyMatmul.apply, (a.double().detach().requires_grad_(), b.double().requires_grad_())))
x = torch.tensor([3., 1., 2.], requires_grad=True)
lo, hi, idx = Split.apply(x, 1)
(lo.sum() * 2).backward()
p, q, r = NoOutput.apply(x, x * 2, torch.ones(3))
(p * 3).sum().backward()
