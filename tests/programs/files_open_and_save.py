import torch
from torch import nn
torch.manual_seed(0)
net = nn.Linear(2, 1)
x = torch.tensor([[1., 2.], [3., 4.]])
loss = net(x).pow(2).mean()
loss.backward()
with open("m.pt", "wb") as f:
    torch.save(net.state_dict(), f)
with open("m.pt", "rb") as f:
    state = torch.load(f)
print(state["weight"], list(state))
