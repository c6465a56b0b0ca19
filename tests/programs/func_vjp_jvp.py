import torch
from torch.func import jvp, vjp

x = torch.tensor([1.0, 2.0])
out, pull = vjp(lambda v: v * v.sum(), x)
(back,) = pull(torch.tensor([1.0, 0.0]))
value, tangent = jvp(torch.exp, (x,), (torch.ones(2),))
t = torch.tensor(2.0, requires_grad=True)
(t * back.sum()).backward()
out, back, value, tangent, t.grad
