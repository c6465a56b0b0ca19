import torch
from torch import nn

torch.manual_seed(13)
net = nn.Sequential(nn.LazyLinear(4), nn.ReLU(), nn.LazyLinear(1))


def init(m):
    if isinstance(m, nn.Linear):
        nn.init.kaiming_normal_(m.weight)
        nn.init.constant_(m.bias, 0.1)


out = net(torch.randn(2, 3))
net.apply(init)
out = net(torch.ones(2, 3)).sum()
out.backward()
net[0].weight.grad
