import torch
from torch.func import grad, grad_and_value

f = lambda x: torch.sin(x) ** 2
x = torch.tensor(0.7)
print(grad(f)(x), grad(grad(f))(x))
g, v = grad_and_value(f)(x)
w = torch.tensor(1.0, requires_grad=True)
(w * g).backward()
w.grad
