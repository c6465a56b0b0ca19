import torch
from torch import nn

torch.manual_seed(6)
critic = nn.Sequential(nn.Linear(2, 8), nn.LeakyReLU(0.2), nn.Linear(8, 1))
real, fake = torch.randn(4, 2), torch.randn(4, 2)
alpha = torch.rand(4, 1)
mix = (alpha * real + (1 - alpha) * fake).requires_grad_()
score = critic(mix)
grads = torch.autograd.grad(score, mix, torch.ones_like(score), create_graph=True)[0]
gp = ((grads.norm(2, dim=1) - 1) ** 2).mean()
loss = critic(fake).mean() - critic(real).mean() + 10 * gp
loss.backward()
critic[0].weight.grad
