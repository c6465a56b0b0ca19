import torch
from torch import nn, optim
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(2, 2), nn.Linear(2, 1)]
    def forward(self, x):
        for l in self.layers:
            x = l(x)
        return x
net = Net()
out = net(torch.ones(1, 2))
opt = optim.SGD(net.parameters(), lr=0.1)
