import torch

empty = torch.empty(0, requires_grad=True)
s = empty.sum()
s.backward()
print(empty.grad, s)
single = torch.tensor([[[7.0]]], requires_grad=True)
single.squeeze().backward()
single.grad
