import torch
from torch import nn
from torch.func import functional_call

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(1, 8), nn.ReLU(), nn.Linear(8, 1))
meta_opt = torch.optim.Adam(model.parameters(), lr=1e-2)


def task():
    amp, phase = torch.rand(1) * 4 + 1, torch.rand(1) * 3.14
    x = torch.rand(5, 1) * 10 - 5
    return x, amp * torch.sin(x + phase)


def inner(params, x, y, lr=0.01, steps=2):
    for _ in range(steps):
        loss = nn.functional.mse_loss(functional_call(model, params, (x,)), y)
        grads = torch.autograd.grad(loss, params.values(), create_graph=True)
        params = {name: p - lr * g for (name, p), g in zip(params.items(), grads)}
    return params


for it in range(2):
    meta_opt.zero_grad()
    outer = torch.zeros(())
    for _ in range(2):
        x, y = task()
        fast = inner(dict(model.named_parameters()), x, y)
        xq, yq = task()
        outer = outer + nn.functional.mse_loss(functional_call(model, fast, xq), yq)
    (outer / 2).backward()
    meta_opt.step()
    print(it, outer.item())
