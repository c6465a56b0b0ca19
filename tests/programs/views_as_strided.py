import torch

x = torch.arange(6.0, requires_grad=True)
y = torch.as_strided(x, (3, 2), (1, 2))
(y * torch.arange(6.0).view(3, 2)).sum().backward()
x.grad
