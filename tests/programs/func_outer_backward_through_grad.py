import torch
from torch.func import grad

a = torch.tensor(3.0, requires_grad=True)
slope = grad(lambda x: a * x**2)(torch.tensor(2.0))
slope.backward()
print(slope.item(), a.grad)
