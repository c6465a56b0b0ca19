import torch
from torch import nn

torch.manual_seed(4)
features = nn.Conv2d(1, 3, 3)
head = nn.Linear(3, 2)
img = torch.randn(1, 1, 5, 5)
maps = features(img).relu()
maps.retain_grad()
score = head(maps.mean((2, 3)))[0, 1]
score.backward()
weights = maps.grad.mean((2, 3), keepdim=True)
cam = (weights * maps).sum(1).relu().detach()
cam
