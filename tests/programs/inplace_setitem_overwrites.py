import torch

a = torch.ones(4, requires_grad=True)
b = a * 3
b[2] = 0.0
b[b > 2] *= 2
b[[0, 3]] = b[[3, 0]] + 1
b.sum().backward()
a.grad
