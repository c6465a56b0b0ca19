import torch

x = torch.tensor([1.7, -2.3], requires_grad=True)
k = x.int()
b = k.bool() & torch.tensor([True, False])
y = x * k.float() + x.double().sum()
y.sum().backward()
k << 2, b, ~b, x.grad
