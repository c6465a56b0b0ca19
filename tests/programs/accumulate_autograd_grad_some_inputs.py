import torch

x = torch.tensor([1.0, 2.0], requires_grad=True)
y = torch.tensor([3.0, 4.0], requires_grad=True)
unused = torch.zeros(1, requires_grad=True)
h = x * y
z = (h**2).sum()
gx, gh = torch.autograd.grad(z, [x, h], retain_graph=True)
gy, gu = torch.autograd.grad(z, (y, unused), allow_unused=True)
print(gx, gh, gy, gu, x.grad)
(zeros,) = torch.autograd.grad(x.sum(), [unused], materialize_grads=True, allow_unused=True)
zeros
