import torch

src = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
acc = torch.zeros(3, 2)
acc = acc.index_add(0, torch.tensor([0, 2]), src)
acc.scatter_add_(0, torch.tensor([[1, 1]]), src[:1] * 2)
acc.index_fill_(1, torch.tensor([1]), 0.5)
acc.masked_fill_(acc > 3.5, 0.0)
acc.sum().backward()
src.grad
