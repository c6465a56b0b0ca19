import torch


class Sign(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return torch.where(x >= 0, torch.ones_like(x), -torch.ones_like(x))

    @staticmethod
    def backward(ctx, g):
        return g.clamp(-1, 1)


weights = torch.tensor([0.3, -0.2, 0.0], requires_grad=True)
binary = Sign.apply(weights)
loss = (binary * torch.tensor([5.0, -0.5, 0.25])).sum()
loss.backward()
weights.grad
