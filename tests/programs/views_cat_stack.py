import torch

a = torch.tensor([1.0, 2.0], requires_grad=True)
b = torch.tensor([3.0], requires_grad=True)
joined = torch.cat([a, b, a])
piled = torch.stack([a, a * 2], dim=1)
block = torch.hstack([piled, piled]) @ torch.ones(4)
(joined @ torch.arange(5.0) + block.sum()).backward()
a.grad, b.grad
