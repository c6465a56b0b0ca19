import torch
from torch.func import hessian, jacfwd, jacrev

A = torch.tensor([[1.0, 2.0], [0.0, -1.0]])
f = lambda x: torch.tanh(A @ x)
x = torch.tensor([0.1, 0.2])
J1, J2 = jacrev(f)(x), jacfwd(f)(x)
print(torch.allclose(J1, J2))
H = hessian(lambda x: f(x).sum())(x)
leaf = x.clone().requires_grad_()
f(leaf).sum().backward()
torch.allclose(leaf.grad, J1.sum(0)), H
