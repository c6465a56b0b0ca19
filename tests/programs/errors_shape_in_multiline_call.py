import torch
from torch import nn
x = torch.randn(4, 3)
net = nn.Sequential(
    nn.Linear(3, 5),
    nn.ReLU(),
    nn.Linear(4, 1),
)
loss = torch.mean(
    net(
        x
    ) ** 2
)
loss.backward()
