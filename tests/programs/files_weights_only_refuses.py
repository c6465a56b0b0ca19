import torch
from torch import nn
torch.manual_seed(0)
net = nn.Linear(2, 1)
x = torch.tensor([[1., 2.], [3., 4.]])
torch.save(net, "model.pth")
try:
    torch.load("model.pth")
except Exception as error:
    print(type(error).__name__)
loss = net(x).pow(2).mean()
loss.backward()
