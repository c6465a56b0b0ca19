import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.fc = nn.Linear(8, 2)

    def forward(self, x):
        h = F.max_pool2d(F.relu(self.conv(x)), 2)
        if h.sum() > 0:
            h = h * 2
        return self.fc(torch.flatten(h, 1))


@torch.jit.script
def swish(x: torch.Tensor, beta: float = 1.0) -> torch.Tensor:
    if beta > 2.0:
        return x
    return x * torch.sigmoid(beta * x)


torch.manual_seed(0)
x = torch.randn(2, 1, 6, 6)
scripted = torch.jit.script(Net())
out = swish(scripted(x))
out.sum().backward()
grads = [p.grad.norm().item() for p in scripted.parameters()]


class Cell(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(2, 2)

    def forward(self, x, h):
        h = torch.tanh(self.inner(x) + h)  # a name bound while torch.jit.trace writes down
        return h, h


state = torch.zeros(3, 2)
traced = torch.jit.trace(Cell(), (torch.rand(3, 2), state))
new, state = traced(torch.ones(3, 2), state)
new.sum().backward()
print(grads, traced.inner.weight.grad, swish.code)
