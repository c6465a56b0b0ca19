import torch
from torch.func import jvp, linearize

x = torch.tensor([1.0, 2.0])
out, pushforward = linearize(torch.exp, x)
for direction in torch.eye(2):
    print(out, pushforward(direction), jvp(torch.exp, (x,), (direction,))[1])

w = torch.ones(2, requires_grad=True)
_, along = linearize(lambda v: v * v * 3, x)
(along(torch.ones(2)) * w).sum().backward()
print(w.grad)
