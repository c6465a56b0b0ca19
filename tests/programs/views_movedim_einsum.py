import torch

x = torch.arange(24.0).view(2, 3, 4).requires_grad_()
y = x.movedim(0, -1)
z = torch.einsum("abc,bd->acd", y, torch.ones(4, 2))
s = torch.einsum("ijk->k", x)
(z.sum() + s[0]).backward()
print(z.shape, s)
x.grad
