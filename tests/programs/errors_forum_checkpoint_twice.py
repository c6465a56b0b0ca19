import torch
from torch.utils.checkpoint import checkpoint
x = torch.ones(2, requires_grad=True)
y = checkpoint(lambda t: t.sin().exp(), x, use_reentrant=False).sum()
y.backward()
y.backward()
