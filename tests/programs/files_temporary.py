import torch
from torch import nn
torch.manual_seed(0)
net = nn.Linear(2, 1)
x = torch.tensor([[1., 2.], [3., 4.]])
import os
import tempfile
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, "w.pt")
    torch.save(net.state_dict(), path)
    net.load_state_dict(torch.load(path))
    print(os.listdir(folder))
print(os.path.exists(folder))
with tempfile.NamedTemporaryFile() as f:
    torch.save(net.weight, f.name)
    print(torch.load(f.name).shape)
loss = net(x).pow(2).mean()
loss.backward()
