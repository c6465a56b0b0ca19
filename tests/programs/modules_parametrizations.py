import torch
import torch.nn as nn
import torch.nn.utils.parametrize as parametrize

class Symmetric(nn.Module):
    def forward(self, X):
        return X.triu() + X.triu(1).transpose(-1, -2)

class MatrixExponential(nn.Module):
    def forward(self, X):
        return torch.matrix_exp(X)

class Skew(nn.Module):
    def forward(self, X):
        A = X.triu(1)
        return A - A.transpose(-1, -2)

layer = nn.Linear(3, 3)
parametrize.register_parametrization(layer, "weight", Symmetric())
A = layer.weight
assert torch.allclose(A, A.T)
print(layer)
layer_orthogonal = nn.Linear(3, 3)
parametrize.register_parametrization(layer_orthogonal, "weight", Skew())
parametrize.register_parametrization(layer_orthogonal, "weight", MatrixExponential())
X = layer_orthogonal.weight
print(torch.dist(X.T @ X, torch.eye(3)) < 1e-5)
with parametrize.cached():
    out = layer_orthogonal(layer(torch.ones(2, 3)))
    B = layer_orthogonal.weight
out.sum().backward()
print(layer.parametrizations.weight.original.grad)
print(layer_orthogonal.parametrizations.weight.original.grad)
print(parametrize.is_parametrized(layer, "weight"))
parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False)
net = nn.Sequential(nn.utils.parametrizations.spectral_norm(nn.Linear(3, 4)), nn.utils.parametrizations.weight_norm(nn.Linear(4, 2)), nn.utils.parametrizations.orthogonal(nn.Linear(2, 2)))
loss = net(torch.ones(1, 3)).pow(2).sum()
loss.backward()
