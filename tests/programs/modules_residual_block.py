import torch
from torch import nn


class Residual(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, x):
        return x + self.f(x)


torch.manual_seed(9)
block = nn.Sequential(*(Residual(nn.Sequential(nn.Linear(3, 3), nn.GELU())) for _ in range(2)))
x = torch.randn(1, 3, requires_grad=True)
block(x).square().sum().backward()
x.grad
