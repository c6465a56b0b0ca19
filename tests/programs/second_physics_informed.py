import torch
from torch import nn

torch.manual_seed(8)
net = nn.Sequential(nn.Linear(1, 10), nn.Tanh(), nn.Linear(10, 1))
t = torch.linspace(0, 1, 6).view(-1, 1).requires_grad_(True)
u = net(t)
du = torch.autograd.grad(u, t, torch.ones_like(u), create_graph=True)[0]
ddu = torch.autograd.grad(du, t, torch.ones_like(du), create_graph=True)[0]
residual = (ddu + 4 * u).pow(2).mean()
boundary = (net(torch.zeros(1, 1)) - 1).pow(2).sum()
(residual + boundary).backward()
print(net[0].weight.grad.flatten())
