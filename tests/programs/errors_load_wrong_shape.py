import torch
from torch import nn
torch.manual_seed(0)
net = nn.Linear(2, 1)
x = torch.tensor([[1., 2.], [3., 4.]])
torch.save(net.state_dict(), "n.pt")
other = nn.Linear(3, 1)
other.load_state_dict(torch.load("n.pt"))
