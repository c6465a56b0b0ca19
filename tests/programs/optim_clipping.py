import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 2)
loss = (net(torch.randn(3, 4)) * 100).pow(2).sum()
loss.backward()
norm = nn.utils.clip_grad_norm_(net.parameters(), max_norm=1.0)
print(norm)
clipped = torch.cat([p.grad.flatten() for p in net.parameters()]).norm()
nn.utils.clip_grad_value_(net.parameters(), 0.1)
net.weight.grad, clipped
