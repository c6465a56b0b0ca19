import torch

m = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
d = m.diagonal()
anti = m.flip(0).diagonal()
rolled = m.roll(1, dims=1)
lower = torch.tril(m, -1)
loss = d.prod() - anti.prod() + (rolled * m).sum() + lower.sum()
loss.backward()
m.grad
