import torch
from torch import nn


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(2, 2) for _ in range(3)])
        self.acts = nn.ModuleDict({"tanh": nn.Tanh(), "relu": nn.ReLU()})
        self.scales = nn.ParameterList([nn.Parameter(torch.tensor(1.0 + i)) for i in range(3)])

    def forward(self, x, which):
        for layer, scale in zip(self.layers, self.scales):
            x = self.acts[which](layer(x)) * scale
        return x


torch.manual_seed(8)
b = Branches()
(b(torch.ones(1, 2), "tanh") + b(torch.ones(1, 2), which="relu")).sum().backward()
print([s.grad.item() for s in b.scales])
