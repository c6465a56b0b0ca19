import torch
import torch.nn as nn

torch.Tensor.double_it = lambda self: self * 2
original = torch.Tensor.backward


def loud(self, *args, **kwargs):
    print("backward of", self.shape)
    return original(self, *args, **kwargs)


torch.Tensor.backward = loud
old_relu = torch.relu
torch.relu = lambda t: old_relu(t) * 1.5
old_repr = torch.Tensor.__repr__
x = torch.tensor([1.0, -2.0], requires_grad=True)
y = torch.relu(x.double_it()).sum()
y.backward()
print(x.grad)
torch.Tensor.__repr__ = lambda self, **kw: f"<{tuple(self.shape)}>"
print(x, y)
torch.Tensor.__repr__ = old_repr
call = nn.Module.__call__


def traced(self, *a, **k):
    out = call(self, *a, **k)
    print(type(self).__name__, tuple(out.shape))
    return out


nn.Module.__call__ = traced
net = nn.Sequential(nn.Linear(2, 3), nn.Tanh())
net(x).sum().backward()
nn.Module.__call__ = call
torch.Tensor.__matmul__ = lambda a, b: torch.Tensor.mul(a, b)
z = (x @ x).sum()
z.backward()
import torch.nn.functional as F

old = F.softplus
F.softplus = lambda t, *a: old(t, *a) * 10
s = F.softplus(torch.zeros(2, requires_grad=True))
print(s)
F.softplus = old
