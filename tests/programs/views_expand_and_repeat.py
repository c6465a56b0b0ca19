import torch

x = torch.tensor([[1.0], [2.0]], requires_grad=True)
a = x.expand(2, 3)
b = x.repeat(1, 2)
c = x.repeat_interleave(2, dim=0)
(a.sum() + b.prod() + c.pow(2).sum()).backward()
print(a.stride(), x.grad)
