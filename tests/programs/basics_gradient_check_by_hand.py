import torch

eps = 1e-6
f = lambda v: (v.sin() * v**2).sum()
x = torch.tensor([0.3, 0.7, 1.1], dtype=torch.double, requires_grad=True)
f(x).backward()
numeric = torch.stack([
    (f(x.detach() + eps * e) - f(x.detach() - eps * e)) / (2 * eps) for e in torch.eye(3, dtype=torch.double)
])
print(torch.allclose(x.grad, numeric, atol=1e-6))
print(torch.autograd.gradcheck(f, (x,)))
