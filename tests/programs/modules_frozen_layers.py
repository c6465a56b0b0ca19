import torch
from torch import nn

torch.manual_seed(4)
backbone = nn.Sequential(nn.Linear(3, 4), nn.ReLU())
head = nn.Linear(4, 2)
for p in backbone.parameters():
    p.requires_grad = False
features = backbone(torch.randn(2, 3))
loss = head(features).sum()
loss.backward()
print([p.grad is None for p in backbone.parameters()], features.requires_grad)
head.weight.grad
