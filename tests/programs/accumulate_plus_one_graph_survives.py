import torch

a = torch.ones(2, requires_grad=True)
b = (a + 1).sum()
b.backward()
b.backward()
a.grad
