import torch
from torch.autograd.functional import jacobian, jvp, vjp

f = lambda x, y: (x * y).exp().sum()
x, y = torch.tensor([0.1, 0.2]), torch.tensor([1.0, -1.0])
out, t = jvp(f, (x, y), (torch.ones(2), torch.zeros(2)))
out2, (gx, gy) = vjp(f, (x, y), torch.tensor(1.0))
J = jacobian(lambda v: v**2, x)
out, t, gx, gy, J
