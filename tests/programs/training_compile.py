import torch
import torch.nn as nn


@torch.compile(backend="eager")
def f(x):
    return torch.sin(x) ** 2 + torch.cos(x) ** 2


x = torch.linspace(0, 1, 4, requires_grad=True)
y = f(x).sum()
y.backward()
print(y, x.grad)

model = nn.Linear(2, 1)
opt_model = torch.compile(model, disable=True)
x = torch.ones(3, 2)
loss = opt_model(x).sum()
loss.backward()
print(model.weight.grad)


@torch.compiler.disable
def helper(t):
    return t * 2


helper(x)
