import torch
from torch.utils.checkpoint import checkpoint

x = torch.tensor([0.5, 1.0], requires_grad=True)


def heavy(v):
    return (v.exp() + v**2).tanh()


out = checkpoint(heavy, x, use_reentrant=True)
(out * 3).sum().backward()
x.grad
