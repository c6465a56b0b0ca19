import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize


class Symmetric(nn.Module):
    def forward(self, X):
        return X.triu() + X.triu(1).transpose(-1, -2)


torch.manual_seed(11)
layer = nn.Linear(3, 3)
parametrize.register_parametrization(layer, "weight", Symmetric())
layer(torch.ones(1, 3)).sum().backward()
print(layer.parametrizations.weight.original.grad)
wn = parametrizations.weight_norm(nn.Linear(2, 2))
wn(torch.ones(1, 2)).sum().backward()
wn.parametrizations.weight.original0.grad
