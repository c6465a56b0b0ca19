import torch

p = torch.tensor([1.2, -0.7], requires_grad=True)


def rosenbrock(p):
    return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2


g = torch.autograd.grad(rosenbrock(p), p, create_graph=True)[0]
H = torch.stack([torch.autograd.grad(g[i], p, retain_graph=True)[0] for i in range(2)])
print(H)
print(torch.autograd.functional.hessian(rosenbrock, p.detach()))
