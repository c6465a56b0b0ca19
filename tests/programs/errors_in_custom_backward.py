import torch


class Broken(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2

    @staticmethod
    def backward(ctx, g):
        raise NotImplementedError("no backward yet")


x = torch.tensor(1.0, requires_grad=True)
y = Broken.apply(x + 1)
(y * 3).backward()
