import torch
import torch.nn.functional as F

x = torch.tensor([-1.0, 0.0, 1.0], requires_grad=True)
for f in (torch.abs, F.relu, F.leaky_relu, F.elu, F.hardtanh, F.softplus, F.gelu, F.silu, torch.sign):
    x.grad = None
    f(x).sum().backward()
    print(f.__name__, x.grad.tolist())
