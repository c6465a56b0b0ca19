import torch

x = torch.arange(8.0, requires_grad=True)
a, b, c = x.split([2, 3, 3])
first, *rest = x.unbind()
lo, hi = x.chunk(2)
loss = a.sum() + (b * c).sum() + first * 10 + (lo * hi).sum()
loss.backward()
x.grad
