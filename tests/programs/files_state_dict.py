import torch
from torch import nn
torch.manual_seed(0)
net = nn.Linear(2, 1)
x = torch.tensor([[1., 2.], [3., 4.]])
loss = net(x).pow(2).mean()
loss.backward()
torch.save(net.state_dict(), "net.pt")
net.load_state_dict(torch.load("net.pt"))
print(net.weight.grad)
