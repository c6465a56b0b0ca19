import torch
import torch.nn as nn
from torch.utils.checkpoint import checkpoint, checkpoint_sequential

torch.manual_seed(0)


class Block(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(n, n), nn.Dropout(0.5), nn.ReLU())

    def forward(self, x, scale=1.0, *, shift=None):
        out = self.net(x) * scale
        return out if shift is None else out + shift


blocks = nn.ModuleList(Block(4) for _ in range(3))
x = torch.randn(2, 4, requires_grad=True)
s = torch.randn(4, requires_grad=True)
h = x
for i, block in enumerate(blocks):
    h = checkpoint(block, h, 0.5 * (i + 1), use_reentrant=False, shift=s, preserve_rng_state=True)
loss = h.pow(2).sum()
loss.backward()
print(x.grad, s.grad)
grads = torch.autograd.grad(checkpoint(lambda a, b: (a @ b.t()).tanh(), x, x, use_reentrant=False).sum(), x)
outer = checkpoint(lambda t: checkpoint(torch.sin, t, use_reentrant=False).exp(), x, use_reentrant=False)
outer.sum().backward()
