import torch
from torch import nn

torch.manual_seed(3)
net = nn.Sequential(nn.Linear(2, 4), nn.ReLU(inplace=True), nn.Linear(4, 1))
x = torch.randn(5, 2)
out = net(x)
out.mean().backward()
print(net[0].weight.grad)
