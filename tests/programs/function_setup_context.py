import torch


class Scale(torch.autograd.Function):
    @staticmethod
    def forward(x, k):
        return x * k

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, k = inputs
        ctx.k = k

    @staticmethod
    def backward(ctx, grad):
        if not ctx.needs_input_grad[0]:
            return None, None
        return grad * ctx.k, None


v = torch.tensor([1.0, 2.0], requires_grad=True)
out = Scale.apply(v, 7)
out.backward(torch.tensor([1.0, 10.0]))
v.grad
