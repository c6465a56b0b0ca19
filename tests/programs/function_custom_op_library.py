import torch
from torch import Tensor


@torch.library.custom_op("lesson::scaled_square", mutates_args=())
def scaled_square(x: Tensor, k: float) -> Tensor:
    return k * x * x


@scaled_square.register_fake
def _(x, k):
    return torch.empty_like(x)


def setup_context(ctx, inputs, output):
    x, k = inputs
    ctx.save_for_backward(x)
    ctx.k = k


def backward(ctx, grad):
    (x,) = ctx.saved_tensors
    return grad * 2 * ctx.k * x, None


scaled_square.register_autograd(backward, setup_context=setup_context)
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = scaled_square(x, 3.0)
print(y)
y.sum().backward()
print(x.grad)
z = torch.ops.lesson.scaled_square(x, 0.5).sum()
(g,) = torch.autograd.grad(z, x)
