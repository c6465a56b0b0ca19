import torch
from torch import nn
torch.manual_seed(0)
a = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
torch.save(a.state_dict(), "a.pt")
b = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 2))
kept = {k: v for k, v in torch.load("a.pt").items() if k.startswith("0.")}
print(b.load_state_dict(kept, strict=False))
for p in b[0].parameters():
    p.requires_grad = False
b(torch.ones(1, 2)).sum().backward()
print(b[0].weight.grad, b[1].weight.grad)
