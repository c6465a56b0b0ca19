import torch

m = torch.arange(9.0).view(3, 3).requires_grad_()
picked = m[[0, 2, 2], [1, 0, 0]]
masked = m[m > 4]
col = m[:, None, 1]
triu = m.triu().sum()
(picked.sum() * 2 + masked.sum() + col.sum() + triu).backward()
m.grad
