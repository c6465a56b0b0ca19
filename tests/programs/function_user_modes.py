import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode


class Count(TorchFunctionMode):
    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        self.names.append(getattr(func, '__name__', str(func)))
        return func(*args, **(kwargs or {}))


class Log(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.ops = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.ops.append(str(func))
        return func(*args, **(kwargs or {}))


x = torch.tensor([1.0, 2.0], requires_grad=True)
with Count() as c:
    y = (x * 2).exp()
    z = y.sum()
print(c.names)
with Log() as log:
    w = (x * x).sum()
    w.backward()
print([op for op in log.ops if 'mul' in op])
z.backward()


class Half(TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        return out * 0.5 if func is torch.sin else out


with Half():
    h = torch.sin(x).sum()
h.backward()
with torch.device('cpu'):
    q = torch.ones(2, requires_grad=True)
(q * x).sum().backward()
