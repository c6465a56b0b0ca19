import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode
import torch.nn as nn


class Logging(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.seen = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.seen.append(str(func))
        return func(*args, **(kwargs or {}))


torch.manual_seed(0)
net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
x = torch.randn(3, 4)
with FlopCounterMode(display=False) as counter:
    net(x).sum().backward()
print(counter.get_total_flops())
w = torch.randn(4, 30, requires_grad=True)
with Logging() as log:
    y = (x @ w) * 2
    y += 1
    s = torch.tensor(2.0)
    z = y[0, :2] * s
    v = w.detach().t()[0, :3].exp()
    loss = y.sum() + z.sum()
print(log.seen)
loss.backward()
