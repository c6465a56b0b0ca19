import torch
from torch.func import grad, vmap

weights = torch.tensor([0.5, -1.0])


def loss(w, x, y):
    return (x @ w - y) ** 2


xs = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
ys = torch.tensor([0.0, 1.0, 2.0])
per_sample = vmap(grad(loss), in_dims=(None, 0, 0))(weights, xs, ys)
per_sample
w = weights.clone().requires_grad_()
vmap(loss, in_dims=(None, 0, 0))(w, xs, ys).mean().backward()
print(torch.allclose(w.grad, per_sample.mean(0)))
