import torch
from torch import nn
torch.manual_seed(0)
net = nn.Linear(2, 1)
x = torch.tensor([[1., 2.], [3., 4.]])
try:
    net.load_state_dict(torch.load("absent.pt"))
except FileNotFoundError as error:
    print(error, error.errno, error.filename)
try:
    torch.save(net.state_dict(), "no/folder.pt")
except RuntimeError as error:
    print(error)
loss = net(x).pow(2).mean()
loss.backward()
