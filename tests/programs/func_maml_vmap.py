import torch
from torch.func import grad, vmap
import math
torch.manual_seed(3)
def net(params, x):
    x = torch.relu(x @ params[0] + params[1])
    x = torch.relu(x @ params[2] + params[3])
    return x @ params[4] + params[5]
sizes = [(1, 10), (10,), (10, 10), (10,), (10, 1), (1,)]
params = [torch.empty(s).uniform_(-.5, .5).requires_grad_() for s in sizes]
opt = torch.optim.Adam(params, lr=1e-3)
alpha, K, num_tasks = 0.1, 5, 4

def mse_loss(x, y):
    return torch.mean((x - y) ** 2)

def sample_tasks(outer_batch_size, inner_batch_size):
    As = [torch.rand(1).item() * 4.9 + .1 for _ in range(outer_batch_size)]
    phases = [torch.rand(1).item() * math.pi for _ in range(outer_batch_size)]
    def get_batch(n):
        xs, ys = [], []
        for A, phase in zip(As, phases):
            x = torch.rand(n, 1) * 10 - 5
            xs.append(x); ys.append(A * torch.sin(x + phase))
        return torch.stack(xs), torch.stack(ys)
    x1, y1 = get_batch(inner_batch_size)
    x2, y2 = get_batch(inner_batch_size)
    return x1, y1, x2, y2

def get_loss_for_task(x1, y1, x2, y2):
    def inner_loss(params, x1, y1):
        return mse_loss(net(params, x1), y1)
    grads = grad(inner_loss)(tuple(params), x1, y1)
    new_params = [p - alpha * g for p, g in zip(params, grads)]
    return mse_loss(net(new_params, x2), y2)

losses = []
for it in range(3):
    task = sample_tasks(num_tasks, K)
    inner_losses = vmap(get_loss_for_task)(*task)
    loss2 = sum(inner_losses) / len(inner_losses)
    loss2.backward()
    opt.step()
    opt.zero_grad()
    losses.append(loss2.detach())
    print(it, f"{loss2.item():.5f}")
