import torch

theta = torch.tensor([0.1, 0.2], requires_grad=True)
meta = 0.0
for task in (1.0, -1.0):
    inner = ((theta * task - 1) ** 2).sum()
    (g,) = torch.autograd.grad(inner, theta, create_graph=True)
    adapted = theta - 0.1 * g
    meta = meta + ((adapted * task - 1) ** 2).sum()
meta.backward()
theta.grad
