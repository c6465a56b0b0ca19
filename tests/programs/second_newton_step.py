import torch

x = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
for i in range(5):
    f = x**4 - 3 * x**3 + 2
    g = torch.autograd.grad(f, x, create_graph=True)[0]
    h = torch.autograd.grad(g, x)[0]
    x = (x - g / h).detach().requires_grad_()
    print(i, round(x.item(), 6))
