import torch
from torch.utils._python_dispatch import TorchDispatchMode
class Log(TorchDispatchMode):
    def __init__(self):
        super().__init__(); self.ops=[]
    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.ops.append(str(func)); return func(*args, **(kwargs or {}))
x = torch.tensor([1.0, 2.0], requires_grad=True)
with Log() as log:
    w = (x * x).sum()
    w.retain_grad()
    y = x.clone(); y.mul_(2)
    w.backward()
print(log.ops)
