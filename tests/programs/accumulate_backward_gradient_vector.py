import torch

x = torch.randn(3, generator=torch.Generator().manual_seed(5), requires_grad=True)
y = x * 2
while y.norm() < 1000:
    y = y * 2
v = torch.tensor([0.1, 1.0, 0.0001])
y.backward(gradient=v)
x.grad
