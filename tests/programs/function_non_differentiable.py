import torch


class TopOne(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        value, index = x.max(0)
        ctx.mark_non_differentiable(index)
        ctx.save_for_backward(index)
        ctx.n = x.numel()
        return value, index

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, gv, gi):
        (index,) = ctx.saved_tensors
        g = gv.new_zeros(ctx.n)
        g[index] = gv
        return g


x = torch.tensor([1.0, 9.0, 3.0], requires_grad=True)
v, i = TopOne.apply(x * 2)
v.backward()
print(v, i, x.grad)
